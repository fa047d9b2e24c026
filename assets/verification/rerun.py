"""A day that was computed again, held against the sealed one: every byte of every file.

Holds: which files differ, and where: in a table the first row by key, in a text the first line, in the seal the keys.
Never holds: computing a day (``pipelines/rerunning.py``); what a person is called or where his money goes.
Neighbour: ``tables.py`` reads tables and makes their content hash; ``findings.py`` is the other kind of finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.segments import sealed_files
from assets.foundation.store import MANIFEST, Home, Seal, sha256_file
from assets.outputs import OUTPUTS
from assets.tables import STATE_TABLES
from assets.verification.tables import content_hash, read_table

_SHOWN = 80  # characters of a value
_KEYS_SHOWN = 8  # keys of a seal
_ABSENT = "no such file"
# Columns of the state whose values are never shown: names, accounts, free text.
_UNTOLD: dict[str, tuple[str, ...]] = {
    "accounts": (
        "account_no", "account_name", "bank_code", "bank_name", "province", "city", "phone", "id_type", "id_no",
    ),
    "merchants": ("name",), "lines": ("product_name",), "results": ("reason",),
}  # fmt: skip
_STATE_KEYS = {f"state/{table.file}": table.key for table in STATE_TABLES}
_OUTPUT_KEYS = {f"{name}.parquet": output.key for name, output in OUTPUTS.items()}


@dataclass(frozen=True)
class Difference:
    """A file, path relative to its day's folder, that is not the same: what of it, as sealed and as made again.

    ``same_rows`` says that no row differs in it: only the way in which they are written, or a hash that follows.
    """

    file: str
    what: str
    sealed: str
    again: str
    same_rows: bool = False


@dataclass(frozen=True)
class Comparison:
    """How many files were compared, and those that differ by name, the seal last."""

    files: int
    differences: tuple[Difference, ...]


def compare_day(home: Home, again: Home, seal: Seal, pruned: Mapping[str, str]) -> Comparison:
    """Compare the folder of the seal's day in ``home`` with that in ``again``.

    ``pruned`` are files of the day that were pruned, path relative to the home to sha256 as sealed: of these the hash
    is compared.
    """
    sealed, made = home.settlement(seal.day), again.settlement(seal.day)
    gone = {Path(name).relative_to(f"settlements/{seal.day}").as_posix(): digest for name, digest in pruned.items()}
    names = sorted({*_names(sealed), *_names(made), *gone}, key=lambda name: (name == MANIFEST, name))
    found = (_difference(sealed, made, name, gone.get(name)) for name in names)
    return Comparison(len(names), tuple(one for one in found if one))


def pruned_of(seal: Seal, gone: Sequence[str]) -> dict[str, str]:
    """Those of the files ``gone`` that the seal's own day wrote, with their hash as sealed."""
    own = f"settlements/{seal.day}/"
    return {
        file: digest for file, digest in sealed_files(seal.content["state"]) if file in gone and file.startswith(own)
    }


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _difference(sealed: Path, made: Path, name: str, digest: str | None) -> Difference | None:
    before, after = sealed / name, made / name
    if not after.is_file():
        return Difference(name, "the file", "there", _ABSENT)
    now = sha256_file(after)
    if not before.is_file():
        if digest is None:
            return Difference(name, "the file", _ABSENT, "there")
        return Difference(name, "sha256 (the file was pruned)", digest, now) if now != digest else None
    was = sha256_file(before)
    if was == now:
        return None
    if key := _OUTPUT_KEYS.get(name) or _STATE_KEYS.get(name):
        return _table(name, before, after, key, (was, now))
    if name == MANIFEST:
        return _seal(name, before, after)
    if before.suffix == ".arrow":
        return Difference(name, "sha256", was, now, same_rows=True)  # an index follows its rows
    return _text(name, before, after)


# --- tables --------------------------------------------------------------------------------------------------------


def _table(name: str, before: Path, after: Path, key: Sequence[str], hashes: tuple[str, str]) -> Difference:
    """The first row by key that differs; of rows that agree the hashes of the files."""
    was, now = _rows(before), _rows(after)
    if isinstance(was, str) or isinstance(now, str):
        told = [rows if isinstance(rows, str) else "a readable table" for rows in (was, now)]
        return Difference(name, "the table", told[0], told[1])
    if was.schema != now.schema:
        return Difference(name, "columns", _schema(was), _schema(now))
    if content_hash(was) == content_hash(now):
        return Difference(name, "sha256, of the same rows written another way", *hashes, same_rows=True)
    only = (was.join(now, on=was.columns, how="anti", nulls_equal=True),
            now.join(was, on=was.columns, how="anti", nulls_equal=True))  # fmt: skip
    keys = pl.concat([rows.select(key) for rows in only]).unique().sort(key)
    if keys.is_empty():
        return Difference(name, "order or number of equal rows", f"{was.height:,} rows", f"{now.height:,} rows")
    first = keys.head(1)
    rows = [side.join(first, on=list(key), how="semi", nulls_equal=True).head(1) for side in only]
    named = ", ".join(f"{column} {_shown(first[column][0])}" for column in key)
    what = f"{keys.height:,} rows by key, the first {named}"
    return Difference(name, what, *_sides(Path(name).stem, rows[0], rows[1]))


def _rows(path: Path) -> pl.DataFrame | str:
    if path.suffix == ".parquet":
        return read_table(path)
    try:
        return pl.read_ipc(path)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return " ".join(str(error).split())[:120]


def _schema(rows: pl.DataFrame) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in rows.schema.items())


def _sides(table: str, was: pl.DataFrame, now: pl.DataFrame) -> tuple[str, str]:
    """The columns in which two rows differ, side by side; a row that is not there has none."""
    if was.is_empty() or now.is_empty():
        return ("no such row" if was.is_empty() else "the row"), ("no such row" if now.is_empty() else "the row")
    sides = was.row(0, named=True), now.row(0, named=True)
    wrong = [column for column in was.columns if sides[0][column] != sides[1][column]]
    untold = _UNTOLD.get(table, ())
    told = [", ".join(f"{one} {'(not shown)' if one in untold else _shown(side[one])}" for one in wrong)
            for side in sides]  # fmt: skip
    return told[0], told[1]


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# --- texts and the seal ----------------------------------------------------------------------------------------------


def _text(name: str, before: Path, after: Path) -> Difference:
    """The first line that differs, by its number: what stands in it may be a name or an account."""
    sizes = [f"{path.stat().st_size:,} bytes" for path in (before, after)]
    with before.open("rb") as one, after.open("rb") as other:
        pairs = enumerate(zip_longest(one, other), start=1)
        at = next(number for number, (was, now) in pairs if was != now)
    return Difference(name, f"line {at}", sizes[0], sizes[1])


def _seal(name: str, before: Path, after: Path) -> Difference:
    """The keys in which two seals differ; hashes of files are shown only where nothing else is."""
    was, now = (dict(_leaves(json.loads(path.read_bytes()))) for path in (before, after))
    wrong = [key for key in sorted(was.keys() | now.keys()) if was.get(key) != now.get(key)]
    own = [key for key in wrong if key[0] not in ("outputs", "state")] or wrong[:1]
    told = [", ".join(f"{'.'.join(key)} {_shown(side.get(key, 'none'))}" for key in own[:_KEYS_SHOWN])
            for side in (was, now)]  # fmt: skip
    same_rows = all(key[0] in ("outputs", "state", "software") for key in wrong)
    return Difference(name, f"{len(wrong)} keys", told[0] or "another spelling", told[1], same_rows=same_rows)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that holds no other, with the way to it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not pairs:
        yield path, value
    for name, inner in pairs:
        yield from _leaves(inner, (*path, str(name)))


def other_software(seal: Seal, here: Mapping[str, str]) -> str:
    """In which programs the day was sealed that are not those at work ``here``; "" where all are the same."""
    named = seal.content.get("software")
    sealed: Mapping[str, object] = named if isinstance(named, dict) else {}
    wrong = [name for name in sorted(here.keys() | sealed.keys()) if here.get(name) != sealed.get(name)]
    return ", ".join(f"{name} {sealed.get(name, 'unknown')} (here {here.get(name, 'none')})" for name in wrong)
