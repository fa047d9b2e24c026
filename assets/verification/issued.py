"""The register of issued payouts, recomputed from the sealed folders and compared row by row.

Holds: what each payout says, hashed anew from the channel files; files of the register that no sealed day explains.
Never holds: the writer of the register (``assets/issued.py``).
Neighbour: ``home.py`` calls it for every day; ``payouts.py`` reads the channel files for their own sake.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from assets.foundation.store import Home, parse_day
from assets.payouts.reading import read_file
from assets.verification.findings import Fault, Page, Verification

_HEAD = ["payout_id", "net", "content_sha256", "seal_sha256"]
_TARGET = ("account_no", "account_name", "bank_code")
_Issued = dict[str, tuple[str, str]]  # payout_id to net in fen and content hash, as they are written


def check_issued(home: Home, payouts: pl.DataFrame, seal_sha256: str, page: Page) -> None:
    """Compare the register of a day with its sealed payouts: a row each, none missing, none more, none other.

    The seal in it is the first that issued them: another one means that the day was settled again since, with the same
    payouts, which is worth a word and no fault.
    """
    where = f"issued/{page.day}.csv"
    page.verification.count("issued", days=1, rows=payouts.height)
    try:
        expected = _expected(home.settlement(page.day), payouts)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        page.fault("issued", "payouts/", "the channel files", "readable, as written", error)
        return
    path = home.issued(page.day)
    if not path.is_file():
        if expected:
            _fault(page, where, "the register of the day", f"{len(expected)} payouts", "no such file")
        return
    page.verification.count("issued", files=1)
    try:
        found, seals = _found(path)
    except (OSError, ValueError, csv.Error) as error:
        _fault(page, where, "the register of the day", "readable, as written", error)
        return
    if not expected:
        _fault(page, where, "the register of a day without payouts", "no such file", f"{len(found)} payouts")
    elif list(found) != sorted(found):
        _fault(page, where, "rows", "in the order of payout_id", "otherwise")
    for name in sorted(expected.keys() | found.keys()):
        if (one := expected.get(name)) != (other := found.get(name)):
            _fault(page, where, f"payout {name}", _told(one), _told(other))
            break
    if len(seals) > 1:
        _fault(page, where, "seal_sha256", "one seal", f"{len(seals)} of them")
    elif seals - {seal_sha256}:
        page.verification.notes.append(
            f"{where} names an earlier seal of {page.day}: the day was settled again since, with the same payouts"
        )


def check_register(home: Home, outcome: Verification, upto: date | None) -> None:
    """Every file of the register belongs to a sealed day."""
    for path in sorted(home.issued_root.iterdir()) if home.issued_root.is_dir() else []:
        day = parse_day(path.stem)
        if day is None or path.suffix != ".csv" or not path.is_file():
            strange = Fault("issued", upto or date.max, f"issued/{path.name}", "a file or folder of no day",
                            "files named by date", "present")  # fmt: skip
            outcome.faults.append(strange)
        elif (upto is None or day <= upto) and not home.is_settled(day):
            what = f"the sealed folder of {day}, which issued payouts"
            outcome.faults.append(Fault("issued", day, f"issued/{path.name}", what, "a sealed folder", "none"))


def _fault(page: Page, where: str, what: str, expected: object, found: object) -> None:
    page.verification.faults.append(Fault("issued", page.day, where, what, str(expected), str(found)))


def _told(row: tuple[str, str] | None) -> str:
    return f"net {row[0]} fen, content {row[1][:16]}" if row else "no such payout"


def _found(path: Path) -> tuple[_Issued, set[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream, strict=True)
    if head != _HEAD:
        raise ValueError(f"columns {', '.join(head)!r:.80}")
    if any(len(row) != len(_HEAD) for row in rows):
        raise ValueError(f"a row without {len(_HEAD)} fields")
    found = {row[0]: (row[1], row[2]) for row in rows}
    if len(found) != len(rows):
        raise ValueError("a payout twice")
    return found, {row[3] for row in rows}


def _expected(folder: Path, payouts: pl.DataFrame) -> _Issued:
    targets = dict(_targets(folder))
    columns = ("payout_id", "member_id", "channel", "gross", "tax", "net", "attempt", "replaces")
    expected: _Issued = {}
    for issued, member, channel, gross, tax, net, attempt, replaces in payouts.select(columns).iter_rows():
        says = (issued, member, channel, *targets[issued], gross, tax, net, attempt, replaces)
        digest = hashlib.sha256("\x1f".join(map(str, says)).encode("utf-8")).hexdigest()
        expected[issued] = (str(net), digest)
    return expected


def _targets(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of every payment in the channel files, where it goes."""
    for listed in json.loads((folder / "payouts" / "manifest.json").read_bytes())["files"]:
        path = folder / "payouts" / listed["file"]
        if listed["profile"] == "generic":
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream, strict=True):
                    yield row["payout_id"], tuple(row[name] for name in _TARGET)
        else:
            for issued, *target in read_file(folder, listed).select("payout_id", *_TARGET).iter_rows():
                yield issued, tuple(target)
