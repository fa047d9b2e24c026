"""Hostile Parquet files: odd types, odd layouts, bombs, and footers that lie.

Holds: mutations by name; each makes a file of the sound rows of one export.
Never holds: mutations of rows or of plain bytes (``mutations.py``).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.mutations import hostile_text
from tests.fuzz.shop import Row, as_parquet, as_table

_WHEN = datetime(2026, 11, 20, 9)
# One value that every row of a column takes, and its type.
TYPES: tuple[tuple[Any, pa.DataType], ...] = (
    (30.5, pa.float64()), (float("nan"), pa.float64()), (1e300, pa.float64()), (30.5, pa.float32()), (1.0,
    pa.float16()),
    (True, pa.bool_()), (None, pa.null()), (None, pa.string()), (None, pa.int64()), (b"A0", pa.binary()),
    (b"\xff\xfe", pa.binary()),
    (b"ABCD", pa.binary(4)), (b"A", pa.large_binary()), ("A", pa.large_string()), ("A", pa.string_view()),
    (["A"], pa.list_(pa.string())), ([[1]], pa.list_(pa.list_(pa.int64()))), ({"a": 1}, pa.struct([("a", pa.int64())])),
    ([("k", 1)], pa.map_(pa.string(), pa.int64())), ([1.0, 2.0], pa.list_(pa.float32(), 2)),
    (timedelta(seconds=5), pa.duration("us")), (timedelta(days=9), pa.duration("ns")), (time(9, 0),
    pa.time64("us")), (time(9), pa.time32("s")),
    (Decimal("30.00"), pa.decimal128(10, 2)), (Decimal("30.0000"), pa.decimal128(12, 4)), (Decimal("30.005"),
    pa.decimal128(12, 3)),
    (Decimal(30), pa.decimal128(38, 0)), (Decimal("1.5"), pa.decimal128(38, 37)), (Decimal("9" * 38),
    pa.decimal128(38, 0)),
    (Decimal("9" * 76), pa.decimal256(76, 0)), (Decimal("1.5"), pa.decimal256(76, 70)), (Decimal(-30),
    pa.decimal128(9, 0)),
    (30, pa.int8()), (30, pa.uint8()), (2**63, pa.uint64()), (2**64 - 1, pa.uint64()), (-(2**63), pa.int64()),
    (2**63 - 1, pa.int64()),
    (date(2026, 11, 20), pa.date32()), (date(1, 1, 1), pa.date32()), (date(9999, 12, 31), pa.date32()), (_WHEN,
    pa.timestamp("s")),
    (_WHEN, pa.timestamp("ms", "UTC")), (_WHEN, pa.timestamp("us", "Asia/Shanghai")), (_WHEN, pa.timestamp("ns",
    "+08:00")),
    (_WHEN, pa.timestamp("us", "Nowhere/Land")), (datetime(1, 1, 1), pa.timestamp("us")), (datetime(9999, 12, 31,
    23, 59, 59), pa.timestamp("us", "America/New_York")),
    (2**63 - 1, pa.timestamp("us")), (-(2**63) + 1, pa.timestamp("us", "UTC")), (2**63 - 1, pa.timestamp("ms", "UTC")),
    (2**31 - 1, pa.date32()), (-(2**31), pa.date32()), (2**40, pa.date64()), (2**63 - 1, pa.duration("s")),
)  # fmt: skip
_COUNT = (0, 1, 7, 1_000, 2**31, 2**40)


def _array(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    if isinstance(value, int) and pa.types.is_temporal(kind):
        wide = pa.int32() if kind == pa.date32() else pa.int64()
        return pa.array([value] * rows, wide).cast(kind, safe=False)
    return pa.array([value] * rows, kind)


def _with(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)


def odd_type(rng: Random, rows: list[Row]) -> bytes:
    """A column of another type, or one more column of it."""
    table = as_table(rows, rows[0], typed=True)
    name = rng.choice([*rows[0], "more"])
    value, kind = rng.choice(TYPES)
    return as_parquet(
        _with(table, name, _array(value, kind, len(rows))), use_deprecated_int96_timestamps=rng.random() < 0.1
    )


def odd_layout(rng: Random, rows: list[Row]) -> bytes:
    """Versions, encodings and pages that other writers use."""
    table = as_table(rows, rows[0], typed=rng.random() < 0.5)
    options: dict[str, Any] = {
        "compression": rng.choice(("none", "snappy", "gzip", "brotli", "lz4", "zstd")),
        "version": rng.choice(("1.0", "2.4", "2.6")),
        "data_page_version": rng.choice(("1.0", "2.0")), "row_group_size": rng.choice((1, 2, 100)),
        "data_page_size": rng.choice((1, 64, 1 << 20)),
        "write_statistics": rng.random() < 0.5, "write_page_index": rng.random() < 0.5,
        "write_page_checksum": rng.random() < 0.5,
    }  # fmt: skip
    if rng.random() < 0.5:
        texts = [name for name in table.column_names if table.schema.field(name).type == pa.string()]
        kind = rng.choice(("DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"))
        options |= {"use_dictionary": False, "column_encoding": dict.fromkeys(texts, kind)}
    return as_parquet(table, **options)


def bomb(rng: Random, rows: list[Row]) -> bytes:
    """A small file that is large once it is read."""
    kind = rng.randrange(8)
    table = as_table(rows, rows[0])
    name = rng.choice([*rows[0], "more"])
    packed: dict[str, Any] = {"compression": rng.choice(("zstd", "gzip", "brotli")), "write_statistics": False}
    if kind == 0:  # one text
        column = pa.array(["A" * rng.choice((80_000_000, 250_000_000)), *[""] * (len(rows) - 1)])
        return as_parquet(_with(table, name, column), use_dictionary=False, **packed)
    if kind == 1:  # a text that every row repeats
        count = rng.choice((20_000, 1_000_000))
        many = pa.table({key: _repeated(rows[0][key], count) for key in rows[0]})
        return as_parquet(_with(many, name, _repeated("A" * rng.choice((1_000, 60_000, 1_000_000)), count)), **packed)
    if kind == 2:  # rows without anything
        many = pa.table({key: pa.nulls(20_000_000, pa.string()) for key in list(rows[0])[:3]})
        return as_parquet(many, **packed)
    if kind == 3:  # columns without anything
        return as_parquet(
            pa.table(
                {
                    **{k: _repeated(rows[0][k], 50_000) for k in rows[0]},
                    **{f"n{i}": pa.nulls(50_000, pa.string()) for i in range(400)},
                }
            ),
            **packed,
        )
    if kind == 4:  # one list in one row
        long = pa.ListArray.from_arrays(
            pa.array([0, 20_000_000] + [20_000_000] * (len(rows) - 1), pa.int32()),
            pa.nulls(20_000_000, pa.int64()).fill_null(7),
        )
        return as_parquet(_with(table, "more", long), **packed)
    if kind == 5:  # one number in every row
        many = pa.table({key: _repeated(rows[0][key], 3_000_000) for key in rows[0]})
        return as_parquet(many, **packed)
    if kind == 6:  # texts that begin like the one before
        base = "A" * 100_000
        column = pa.array([base + str(n) for n in range(2_000)])
        many = pa.table({**{k: _repeated(rows[0][k], 2_000) for k in rows[0]}, "more": column})
        return as_parquet(many, use_dictionary=False, column_encoding={"more": "DELTA_BYTE_ARRAY"}, **packed)
    return as_parquet(pa.concat_tables([table.slice(0, 1)] * 3_000), row_group_size=1, **packed)  # groups


def _repeated(text: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()).fill_null(0), pa.array([text]))


def _number(value: int) -> bytes:
    value <<= 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _padded(value: int, length: int) -> bytes | None:
    raw = _number(value)
    if len(raw) > length:
        return None
    return raw if len(raw) == length else bytes([*raw[:-1], raw[-1] | 128, *[128] * (length - len(raw) - 1), 0])


def lie(rng: Random, rows: list[Row]) -> bytes:
    """A whole file whose footer or page headers name other counts and sizes than there are."""
    many = pa.concat_tables([as_table(rows, rows[0])] * rng.choice((1, 40)))
    if rng.random() < 0.3:
        many = many.append_column("more", pa.array(["A" * 20_000_000] + [""] * (many.num_rows - 1)))
    data = as_parquet(
        many, compression=rng.choice(("zstd", "none")), write_statistics=False, use_dictionary=rng.random() < 0.5
    )
    meta = _meta(data)
    group = meta.row_group(0)
    column = group.column(rng.randrange(group.num_columns))
    true = rng.choice((meta.num_rows, meta.num_rows, column.total_uncompressed_size, column.total_compressed_size,
                       group.total_byte_size, column.data_page_offset))  # fmt: skip
    told = rng.choice((*_COUNT, true - 1, true + 1, true * 2))
    find = _number(true)
    put = _padded(max(told, 0), len(find)) or _number(max(told, 0))[: len(find)]
    places = [match.start() for match in re.finditer(re.escape(find), data)]
    for at in rng.sample(places, rng.choice((1, len(places)))) if places else ():
        data = data[:at] + put + data[at + len(find) :]
    return data


def _meta(data: bytes) -> Any:
    return pq.ParquetFile(io.BytesIO(data)).metadata


def names(rng: Random, rows: list[Row]) -> bytes:
    """Columns twice, thousands of them, hostile and long names."""
    table = as_table(rows, rows[0])
    kind = rng.randrange(4)
    if kind == 0:
        return as_parquet(table.append_column(rng.choice(table.column_names), pa.array(["x"] * len(rows))))
    if kind == 1:
        count = rng.choice((985, 1_000, 20_000))
        return as_parquet(pa.Table.from_arrays([*table.columns, *[pa.nulls(len(rows), pa.string())] * count],
                                               names=[*table.column_names,
                                               *(f"n{i}" for i in range(count))]))  # fmt: skip
    new = hostile_text(rng) if kind == 2 else "n" * 3_000_000
    if rng.random() < 0.5:
        return as_parquet(table.append_column(new, pa.array(["x"] * len(rows))))
    return as_parquet(table.rename_columns([new, *table.column_names[1:]]))


def no_table(rng: Random, rows: list[Row]) -> bytes:
    """No rows, no columns, no Parquet."""
    table = as_table(rows, rows[0])
    data = as_parquet(table)
    return rng.choice((
        b"", b"PAR1", b"PAR1PAR1", b"PARE" + data[4:-4] + b"PARE", data[:-4] + b"PAR2", data + b"\n", data + data,
        data[4:],
        b"PAR1" + b"\xff" * 8 + b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", as_parquet(table.slice(0, 0)),
        as_parquet(table.select([])),
        b"ARROW1\0\0", b"PK\x03\x04", b"order_id\n",
    ))  # fmt: skip


TABLES: dict[str, Callable[[Random, list[Row]], bytes]] = {
    "odd types": odd_type, "odd layout": odd_layout, "bomb": bomb, "lies": lie, "names": names, "no table": no_table,
}  # fmt: skip
