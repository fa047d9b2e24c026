"""Parquet files of an export to a frame, for files that nobody vouches for: what a file would come to is known before
it is decoded.

A small file may say that it is small and unfold to gigabytes, name fewer rows than it has, or hold what no table of
ours has. So every page header is read and added up first, and held against the footer and against what a file of its
size may hold; Arrow then decodes a few rows at a time.

Holds: the limits, the walk over the pages, decoding the flat columns.
Never holds: what a column means or which are needed.
Neighbour: ``reading.py`` turns the values into text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

# What a file may hold: so much in any case, and so much for each of its bytes. Exports have some five bytes a value and
# unfold to a few times their size.
_CELLS, _CELLS_A_BYTE = 5_000_000, 16
_BYTES, _BYTES_A_BYTE = 64 << 20, 50
_TEXTS = 256 << 10  # bytes: the longest repeated texts of all columns together
_BATCH, _BATCH_BYTES = 1 << 16, 64 << 20  # rows and bytes of text that are decoded at a time

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_DELTA_BYTE_ARRAY = 7  # each text says how much of the one before it repeats: texts without end in a few bytes
_BYTE_ARRAY = 6
_CODECS = {0: "none", 1: "snappy", 2: "gzip", 4: "brotli", 5: "lz4_raw", 6: "zstd", 7: "lz4_raw"}
_HEADER, _FOOTER = 4_096, 4_000_000  # bytes of a page header, of the footer, without texts
_DEEP = 16  # structs within each other: a footer has six

FAULTS = (pa.ArrowException, OSError, ValueError, IndexError, KeyError)


class Unfit(Exception):  # noqa: N818 - reading.py says the rest of the sentence
    """A file that is not decoded: what was found, and what is allowed."""

    def __init__(self, found: str, allowed: str = "a whole Parquet file") -> None:
        super().__init__(found, allowed)
        self.found, self.allowed = found, allowed


@dataclass(frozen=True)
class Parquet:
    """A file whose footer was read: names in the file's order, and the Arrow type of each."""

    names: list[str]
    types: list[pa.DataType]
    data: bytes
    file: Any

    def frame(self) -> pl.DataFrame:
        """The flat columns, decoded; raises Unfit where the pages differ from the footer or come to too much."""
        rows, longest = _check(self.data, self.file.schema)
        flat = [name for name, kind in zip(self.names, self.types, strict=True) if is_flat(kind)]
        rest = _BYTES + _BYTES_A_BYTE * len(self.data)
        size = min(_BATCH, _BATCH_BYTES // max(1, longest))
        empty = _plain(self.file.schema_arrow.empty_table().select(flat))
        parts = [pl.DataFrame(pl.from_arrow(empty))]
        for batch in self.file.iter_batches(size, columns=flat) if flat else ():
            batch.validate(full=True)  # text is UTF-8 from here on
            table = _plain(pa.Table.from_batches([batch]).select(flat))
            rest -= table.nbytes
            if rest < 0:
                raise _large("its texts come to", _BYTES + _BYTES_A_BYTE * len(self.data), "bytes")
            parts.append(pl.DataFrame(pl.from_arrow(table)))
        frame = pl.concat(parts)
        if not flat:
            return pl.DataFrame(height=rows)
        if frame.height != rows:
            raise Unfit(f"{frame.height} rows where its footer names {rows}")
        return frame


def open_parquet(data: bytes) -> Parquet:
    """Read the footer; raises Unfit, or what Arrow says of a file that is no Parquet."""
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = file.schema_arrow
    except FAULTS as error:
        raise Unfit((str(error).splitlines() or ["no Parquet"])[0]) from error
    return Parquet(list(schema.names), list(schema.types), data, file)


def is_flat(kind: pa.DataType) -> bool:
    """Whether a value of the type is one value that can be printed."""
    if pa.types.is_dictionary(kind):
        return bool(is_text(kind.value_type))
    test = pa.types
    return bool(
        is_text(kind) or test.is_integer(kind) or test.is_floating(kind) or test.is_boolean(kind) or test.is_null(kind)
        or test.is_date(kind) or test.is_timestamp(kind) or test.is_time(kind)
        or (test.is_decimal128(kind) and 0 <= kind.scale <= kind.precision)
    )  # fmt: skip


def is_text(kind: pa.DataType) -> bool:
    """Whether the type is one of Arrow's texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _plain(table: pa.Table) -> pa.Table:
    """The columns without what Polars need not know: repeated texts by number, the names of time zones."""
    types = [_plain_type(kind) for kind in table.schema.types]
    columns = [column.cast(kind) for column, kind in zip(table.columns, types, strict=True)]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.tz:  # the instant counts, whatever the zone is called
        return pa.timestamp(kind.unit, "UTC")
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _large(what: str, most: int, unit: str) -> Unfit:
    return Unfit(f"{what} more than {most} {unit}", f"at most {most} {unit} in a file of its size")


# --- the walk over the pages -----------------------------------------------------------------------------------------


class _Page(NamedTuple):
    kind: int
    unfolded: int
    values: int
    encoding: int
    start: int
    end: int


class _Chunk(NamedTuple):
    """One column in one row group, as the footer has it; the numbers of fields are those of parquet.thrift."""

    kind: int
    codec: str
    values: int
    start: int
    end: int

    @classmethod
    def of(cls, fields: dict[int, Any]) -> _Chunk:
        about = fields[3]
        start = min(int(about[number]) for number in (9, 11) if number in about)
        codec = _CODECS.get(int(about[4]))
        if codec is None:
            raise Unfit("a column whose compression is not known", f"{', '.join(_CODECS.values())}")
        return cls(int(about[1]), codec, int(about[5]), start, start + int(about[7]))


class _Group(NamedTuple):
    rows: int
    chunks: list[_Chunk]


def _groups(data: bytes) -> tuple[int, list[_Group]]:
    """Rows and row groups by the footer. Arrow has read it, but ends the process over some of its numbers."""
    try:
        size = int.from_bytes(data[-8:-4], "little")
        footer = _Thrift(data, len(data) - 8 - size, _FOOTER).struct()
        return int(footer[3]), [_Group(int(group[3]), [_Chunk.of(one) for one in group[1]]) for group in footer[4]]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Unfit("a footer that does not read") from error


def _check(data: bytes, schema: Any) -> tuple[int, int]:
    """Hold the page headers of every column against the footer and the limits.

    Returns rows, and how long the longest repeated texts of all columns are together, in bytes. Raises Unfit.
    """
    cells = unfolded = 0
    most_cells, most_bytes = _CELLS + _CELLS_A_BYTE * len(data), _BYTES + _BYTES_A_BYTE * len(data)
    longest: dict[int, int] = {}
    rows, groups = _groups(data)
    if sum(group.rows for group in groups) != rows:
        raise Unfit(f"row groups of other rows than the {rows} that its footer names")
    if rows * len(schema) > most_cells:
        raise _large("it has", most_cells, "values")
    for group in groups:
        if len(group.chunks) != len(schema):
            raise Unfit("a row group of other columns than the file")
        for number, chunk in enumerate(group.chunks):
            if not schema.column(number).max_repetition_level and chunk.values != group.rows:
                raise Unfit(f"a column of {chunk.values} values in {group.rows} rows")
            for page in _pages(data, chunk):
                cells += page.values if page.kind != _DICTIONARY else 0
                unfolded += page.unfolded
                if cells > most_cells:
                    raise _large("it has", most_cells, "values")
                if unfolded > most_bytes:
                    raise _large("it unfolds to", most_bytes, "bytes")
                if page.encoding == _DELTA_BYTE_ARRAY:
                    raise Unfit("texts encoded as DELTA_BYTE_ARRAY", "plain, dictionary or DELTA_LENGTH_BYTE_ARRAY")
                if page.kind == _DICTIONARY and chunk.kind == _BYTE_ARRAY:
                    longest[number] = max(longest.get(number, 0), _longest(data, page, chunk.codec))
    if sum(longest.values()) > _TEXTS:
        raise _large("it repeats texts of", _TEXTS, "bytes")
    return rows, sum(longest.values())


def _pages(data: bytes, chunk: _Chunk) -> Iterator[_Page]:
    """The pages of one column in one row group, until all of its values were met."""
    at, left = chunk.start, chunk.values
    while left > 0:
        page = _page(data, at)
        if page.end <= at or page.end > len(data) or page.unfolded < 0 or page.values < 0:
            raise Unfit("a page that ends outside the file")
        yield page
        at = page.end
        left -= page.values if page.kind in (_DATA, _DATA_V2) else 0
    if left < 0 or _goes_on(data, at, chunk.end):
        raise Unfit("pages of more values than its footer names")


def _goes_on(data: bytes, at: int, end: int) -> bool:
    """Whether another page of values lies there; some writers count a few bytes too many."""
    try:
        page = _page(data, at)
    except Unfit:
        return False
    return at < end and page.end <= end and page.kind in (_DATA, _DATA_V2) and page.values > 0


def _page(data: bytes, at: int) -> _Page:
    try:
        if at < 0:
            raise IndexError
        header = _Thrift(data, at, _HEADER)
        fields = header.struct()
        kind, unfolded, folded = (int(fields[number]) for number in (1, 2, 3))
        about = fields.get({_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}.get(kind, 0)) or {}
        encoding = int(about.get(4 if kind == _DATA_V2 else 2, 0))
        return _Page(kind, unfolded, int(about.get(1, 0)), encoding, header.at, header.at + folded)
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise Unfit("a page without a sound header") from error


def _longest(data: bytes, page: _Page, codec: str) -> int:
    """Bytes of the longest text of a dictionary page."""
    body: bytes | pa.Buffer = data[page.start : page.end]
    if codec != "none":
        body = pa.Codec(codec).decompress(body, page.unfolded).to_pybytes()
    at = longest = 0
    while at + 4 <= len(body):
        size = int.from_bytes(body[at : at + 4], "little")
        longest = max(longest, size)
        at += 4 + size
    return min(longest, len(body))


class _Thrift:
    """Thrift's compact protocol: numbers, lists and structs, of so many bytes at ``most``; texts are passed over.

    Raises IndexError where there are more, or where the data end.
    """

    def __init__(self, data: bytes, at: int, most: int) -> None:
        self._data, self.at, self._left = data, at, most

    def struct(self, deep: int = 0) -> dict[int, Any]:
        """Field number to value."""
        if deep > _DEEP:
            raise IndexError
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._number()
            fields[number] = self._value(head & 15, deep)
        return fields

    def _byte(self) -> int:
        self.at += 1
        self._left -= 1
        if self._left < 0:
            raise IndexError
        return self._data[self.at - 1]

    def _plain(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise IndexError

    def _number(self) -> int:
        value = self._plain()
        return (value >> 1) ^ -(value & 1)

    def _value(self, kind: int, deep: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._number()
        if kind == 7:
            self._byte()
            self.at += 7
        elif kind == 8:
            size = self._plain()
            self.at += size
        elif kind in (9, 10):
            return self._list(deep + 1)
        elif kind == 12:
            return self.struct(deep + 1)
        else:
            raise IndexError
        return None

    def _list(self, deep: int) -> list[Any]:
        head = self._byte()
        kind, size = head & 15, head >> 4 if head >> 4 < 15 else self._plain()
        if deep > _DEEP:
            raise IndexError
        return [self._byte() if kind in (1, 2) else self._value(kind, deep) for _ in range(size)]
