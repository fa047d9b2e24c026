"""The tables of a sealed day: read once, held against the seal and their model (contract.md, Outputs).

Holds: reading, the content hash by another way than the writer's, columns, order of rows, row counts, sums.
Never holds: what the figures mean.
Neighbour: ``chain.py`` says which files are sound; the other modules check what is returned here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from assets.outputs import OUTPUTS
from assets.verification.chain import Link
from assets.verification.findings import Page, total

_SLICE = 1 << 16
_SUMS = {
    "orders_kept_fen": ("orders", "kept"), "payouts_gross_fen": ("payouts", "gross"),
    "payouts_tax_fen": ("payouts", "tax"), "payouts_net_fen": ("payouts", "net"),
}  # fmt: skip


@dataclass(frozen=True)
class _Shape:
    types: dict[str, pl.DataType]
    required: list[str]
    key: list[str]


@cache
def _shape(name: str) -> _Shape:
    columns = OUTPUTS[name].model.to_schema().columns
    required = [column for column, model in columns.items() if not model.nullable]
    types = {column: model.dtype.type for column, model in columns.items()}
    return _Shape(types, required, list(OUTPUTS[name].key))


def content_hash(frame: pl.DataFrame) -> str:
    """The content hash of contract.md, written from its definition: a line of names, a line a row, U+001F between."""
    digest = hashlib.sha256(("\x1f".join(frame.columns) + "\n").encode())
    shown = [
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        if isinstance(kind, pl.Datetime)
        else pl.col(name).cast(pl.String)
        for name, kind in frame.schema.items()
    ]
    for part in frame.iter_slices(_SLICE):
        lines = part.select(pl.concat_str([one.fill_null("") for one in shown], separator="\x1f")).to_series()
        digest.update(("\n".join(lines) + "\n").encode() if part.height else b"")
    return digest.hexdigest()


def read_table(path: Path) -> pl.DataFrame | str:
    """The rows of a Parquet file, or what is wrong with it."""
    try:
        return pl.read_parquet(path, hive_partitioning=False, glob=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return " ".join(str(error).split())[:120]


def read_tables(folder: Path, link: Link, page: Page) -> dict[str, pl.DataFrame] | None:
    """All tables of a day; None when one of them cannot be read as what it should be (the faults say which)."""
    tables: dict[str, pl.DataFrame] = {}
    page.verification.count("tables", days=1)
    for name in OUTPUTS:
        frame = _read(folder, name, link, page)
        if frame is not None:
            tables[name] = frame
            page.verification.count("tables", files=1, rows=frame.height)
    if len(tables) < len(OUTPUTS):
        return None
    for sealed, (name, column) in _SUMS.items():
        page.same(
            "tables", "manifest.json", f"sums.{sealed}", total(tables[name], column), link.content.sums.get(sealed)
        )
    return tables


def _read(folder: Path, name: str, link: Link, page: Page) -> pl.DataFrame | None:
    file, shape = f"{name}.parquet", _shape(name)
    listed = link.content.outputs.get(file)
    if listed is None:
        page.fault("tables", file, "the table in the seal", "named", "not named")
        return None
    frame = read_table(folder / file)
    if isinstance(frame, str):
        page.fault("tables", file, "the table", "readable Parquet", frame)
        return None
    if dict(frame.schema) != shape.types:
        wrong = [column for column in [*shape.types, *frame.columns]
                 if frame.schema.get(column) != shape.types.get(column)]  # fmt: skip
        column = wrong[0] if wrong else "order of columns"
        page.fault("tables", file, f"column {column}", shape.types.get(column), frame.schema.get(column))
        return None
    for column in shape.required:
        if frame[column].null_count():
            page.fault("tables", file, f"empty values in column {column}", 0, frame[column].null_count())
            return None
    page.same("tables", file, "rows", listed.rows, frame.height)
    page.same("tables", file, "content_sha256", listed.content_sha256, content_hash(frame))
    keys = frame.select(shape.key)
    if not keys.equals(keys.sort(shape.key)) or keys.is_duplicated().any():
        page.fault("tables", file, "rows", f"in the order of {', '.join(shape.key)}, each once", "otherwise")
    return frame
