"""From a seed and a number to one hostile input on disk.

Holds: which way it goes, which file it hits, in which form, by which mutation.
Never holds: the mutations, the judgement.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.mutations import BYTES, PLACES, ROWS
from tests.fuzz.parquet import TABLES
from tests.fuzz.rules import TEXTS
from tests.fuzz.shop import DAY, KEYS, RULES, SHOP, Row, as_csv, as_parquet, as_table, write_shop

_FILES = (*KEYS, "control")
_FIGURES = {"orders": "1524.79", "refunds": "15.50"}  # of the shop, as control counts them
CONTROL: list[Row] = [
    {"file": file, "rows": str(len(rows)), "amount": _FIGURES.get(file, "")} for file, rows in SHOP.items()
]
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Input:
    """One input: ``way`` is intake, day or command; ``rows`` what the file holds, where that is known."""

    seed: int
    number: int
    way: str
    file: str
    form: str
    mutation: str
    rows: list[Row] | None = None


def read_csv(data: bytes) -> list[Row] | None:
    """The rows of a CSV as the standard library reads them, or None where it finds no table in it."""
    try:
        read = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        head, *body = list(read)
    except (ValueError, csv.Error):
        return None
    while body and not body[-1]:
        body.pop()
    if len(set(head)) < len(head) or any(len(row) != len(head) for row in body):
        return None
    return [dict(zip(head, row, strict=True)) for row in body]


def _way(rng: Random, ways: str) -> str:
    if ways != "mixed":
        return ways
    drawn = rng.random()
    return "command" if drawn < 0.0005 else "day" if drawn < 0.03 else "intake"


def write_input(home: Path, seed: int, number: int, ways: str = "mixed") -> Input:
    """Write the home that input ``number`` of ``seed`` is, over what lies there; the same every time."""
    rng = Random(f"{seed}/{number}")
    way = _way(rng, ways)
    home.mkdir(parents=True, exist_ok=True)
    (home / "rules.yaml").write_text(RULES, encoding="utf-8")
    write_shop(home, DAY, SHOP)
    folder = home / "exports" / DAY.isoformat()
    if rng.random() < 0.12:
        return _hit_rules(rng, home, seed, number, way)
    file = rng.choice(_FILES)
    rows = [dict(row) for row in (CONTROL if file == "control" else SHOP[file])]
    place = folder / f"{file}.csv"
    if file == "payout_results" and rng.random() < 0.3:
        place.unlink()
        place = home / "imports" / DAY.isoformat() / "payout_results-0a1b.csv"
        place.parent.mkdir(parents=True)
    place.write_bytes(as_csv(rows, rows[0]))
    kind = rng.choices(("rows", "bytes", "table", "table bytes", "place"), (16, 36, 20, 22, 6))[0]
    if place.parent != folder and kind.startswith("table"):
        kind = "bytes"
    if kind == "place":
        mutation = rng.choice(list(PLACES))
        PLACES[mutation](rng, place)
        return Input(seed, number, way, file, "place", mutation)
    known: list[Row] | None = None
    if kind == "rows":
        mutation = rng.choice(list(ROWS))
        columns = list(rows[0])
        known = ROWS[mutation](rng, rows)
        if rng.random() < 0.7 or place.parent != folder:
            data, form = as_csv(known, columns), "csv"
        else:
            known = [{k: _sound(v) for k, v in row.items()} for row in known]
            data, form = as_parquet(as_table(known, columns)), "parquet"
    elif kind == "bytes":
        mutation, form = rng.choice(list(BYTES)), "csv"
        if mutation == "million columns" and rng.random() < 0.6:  # dear
            mutation = "bytes"
        data = BYTES[mutation](rng, as_csv(rows, rows[0]))
        if rng.random() < 0.25:
            second = rng.choice(list(BYTES)[:7])
            data = BYTES[second](rng, data)
        known = read_csv(data)
    elif kind == "table":
        mutation, form = rng.choice(list(TABLES)), "parquet"
        if mutation == "bomb" and rng.random() < 0.7:  # dear
            mutation = "odd types"
        data = TABLES[mutation](rng, rows)
    else:
        mutation, form = rng.choice(("bytes", "splice", "truncated")), "parquet"
        options = {"compression": rng.choice(("zstd", "snappy", "none")), "use_dictionary": rng.random() < 0.5}
        data = BYTES[mutation](rng, as_parquet(as_table(rows, rows[0], typed=rng.random() < 0.5), **options))
    place.unlink()
    place.with_suffix(f".{form}").write_bytes(data)
    return Input(seed, number, way, file, form, mutation, None if file == "control" else known)


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _hit_rules(rng: Random, home: Path, seed: int, number: int, way: str) -> Input:
    if rng.random() < 0.05:
        mutation = rng.choice(("symlink", "folder", "pipe", "gone", "unreadable"))
        PLACES[mutation](rng, home / "rules.yaml")
        return Input(seed, number, way, "rules", "place", mutation)
    mutation = rng.choice(list(TEXTS))
    (home / "rules.yaml").write_bytes(TEXTS[mutation](rng))
    return Input(seed, number, way, "rules", "yaml", mutation)
