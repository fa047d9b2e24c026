"""The register of issued payouts, ``issued/<day>.csv``: which payout ids a seal has issued, and what each of them says.

Holds: the rows of a day's file, writing it once, what a day lacks, holding a day that is settled again against it.
Never holds: a change or removal of a file that is there; accounts or names of people; the home's lock (its caller's).
Neighbour: ``seal.py`` publishes a day between the two; ``verification/issued.py`` reads the register another way.

A row says: payout_id, net in fen, content_sha256 (``sql/payouts/issued.sql``), seal_sha256: the seal that issued it.
All but the last follows from the sealed folder alone, from ``payouts.parquet`` and the channel files.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl

from assets.day import FORMAT
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal, insist, replace_file, sha256_file, sync
from assets.payouts.reading import listed_files, read_file

COLUMNS = ("payout_id", "net", "content_sha256", "seal_sha256")
_WRITTEN = ("payout_id", "member_id", "channel", "gross", "tax", "net", "attempt", "replaces")
_TARGET = ("payout_id", "account_no", "account_name", "bank_code")
_NAMED = 5  # payouts that a refusal names
_SHA256 = "^[0-9a-f]{64}$"


def issued_rows(engine: Engine, folder: Path) -> pl.DataFrame:
    """What a day's folder, staged or sealed, issues: payout_id, net and content_sha256, in the order of payout_id."""
    read = [read_file(folder, one).select(_TARGET) for one in listed_files(folder)]
    engine.put("accounts_written", pl.concat([pl.DataFrame(schema=dict.fromkeys(_TARGET, pl.String)), *read]))
    engine.parquet("payouts_written", folder / "payouts.parquet", _WRITTEN)
    engine.run("payouts/issued")
    rows = engine.frame("issued", "payout_id")
    if rows.height != (payouts := engine.count("payouts_written")):
        raise Refused(f"{folder}: {payouts} payouts, and {rows.height} of them in the channel files")
    engine.drop("accounts_written", "issued")
    return rows


def enter_issued(home: Home, seal: Seal, rows: pl.DataFrame) -> None:
    """Write the file of a day that is sealed, unless it is there or the day issued nothing.

    Raises Refused when it cannot be written: the day is settled then, and the next writer makes up for it.
    """
    path = home.issued(seal.day)
    if rows.is_empty() or path.exists():
        return
    text = BytesIO()
    rows.select(*COLUMNS[:-1], pl.lit(seal.sha256).alias(COLUMNS[-1])).write_csv(text)

    def enter() -> None:
        if not path.exists():  # nobody else can enter it otherwise than the seal says it
            home.rights().make_folder(home.issued_root)
            replace_file(home, path, text.getvalue())
            sync(home.root)

    try:
        insist(home, enter)
    except OSError as error:
        raise Refused(
            f"{path}: the register of what {seal.day} issued cannot be written ({error.strerror}); the day is settled,"
            " and the next `settle run` makes up for it"
        ) from None


def is_unregistered(home: Home, seal: Seal) -> bool:
    """Whether the day of ``seal`` issued payouts and has no file in the register. Raises Refused at a damaged seal."""
    if home.issued(seal.day).exists() or seal.content.get("format") != FORMAT:
        return False  # what another version sealed is not continued from at all
    try:
        return int(seal.content["outputs"]["payouts.parquet"]["rows"]) > 0
    except (KeyError, TypeError, ValueError):
        raise Refused(f"{home.settlement(seal.day)}: the seal of {seal.day} is damaged: it names no payouts") from None


def make_up(home: Home, engine: Engine) -> None:
    """Write what the register lacks, from the sealed folders: of a day whose writer died after publishing it, or of
    all days that were settled before there was a register.

    Raises Refused when a seal is damaged or a payout file of such a day is not what was sealed: of what is not sure
    nothing is entered.
    """
    there = set(home.issued_days())
    for seal in (home.seal(day) for day in home.settled_days() if day not in there):
        if seal is None or not is_unregistered(home, seal):
            continue
        folder = home.settlement(seal.day)
        for name, sha256 in sorted(_sealed_payouts(seal)):
            found = sha256_file(folder / name) if (folder / name).is_file() else "no such file"
            if found != sha256:
                raise Refused(
                    f"{folder / name} is not what {seal.day} sealed: found {found[:16]}, expected {sha256[:16]}; what"
                    " the day issued cannot be entered into the register (settle verify says more)"
                )
        enter_issued(home, seal, issued_rows(engine, folder))


def _sealed_payouts(seal: Seal) -> Iterator[tuple[str, str]]:
    """What the register is made from: name in the day's folder, and sha256 as sealed."""
    for name, listed in seal.content["outputs"].items():
        if name == "payouts.parquet" or name.startswith("payouts/"):
            yield name, str(listed["sha256"])


def require_as_issued(home: Home, day: date, rows: pl.DataFrame, *, first: bool) -> None:
    """Hold the payouts of a day that is about to be published against what the register says was issued.

    ``first``: no sealed day lies before it. Raises Refused when ``day`` issued other payouts before its folder was
    taken away, when the file cannot be read, or when days before a home's first one issued payouts.
    """
    if home.issued_root.exists() and not home.issued_root.is_dir():
        raise Refused(f"{home.issued_root}: found something that is no folder; the register of issued payouts is one")
    if first and (before := [one for one in home.issued_days() if one < day]):
        raise Refused(
            f"{home.issued(before[0])}: payouts of {before[0]} were issued, and the settled days of this home would"
            f" begin with {day}. Bring back the folder of {before[0]}, or its exports, first; nothing was published"
        )
    prefix = f"P{day:%Y%m%d}"
    if rows.filter(~pl.col("payout_id").str.starts_with(prefix)).height:
        raise ValueError(f"a payout id of {day} does not start with {prefix}")
    path = home.issued(day)
    if not path.exists():
        return
    both = read_issued(path, day).join(rows, on="payout_id", how="full", coalesce=True, suffix="_now")
    same = pl.col("content_sha256").eq_missing(pl.col("content_sha256_now"))
    wrong = both.filter(~same | pl.col("net").ne_missing(pl.col("net_now"))).sort("payout_id")
    if wrong.height:
        told = "; ".join(_told(*row) for row in wrong.select("payout_id", "net", "net_now").head(_NAMED).iter_rows())
        more = f"; and {wrong.height - _NAMED} more" if wrong.height > _NAMED else ""
        raise Refused(
            f"{path}: {day} issued other payouts before, which may be on their way: {told}{more}. Bring back its sealed"
            " folder, or the exports and rules that it was settled with; nothing was published"
        )


def _told(payout: str, issued: int | None, now: int | None) -> str:
    if issued is None:
        return f"{payout} was not issued, now {now} fen"
    if now is None:
        return f"{payout} issued with {issued} fen, now gone"
    if issued == now:
        return f"{payout} issued with {issued} fen, now {now} fen with other content"
    return f"{payout} issued with {issued} fen, now {now} fen"


def read_issued(path: Path, day: date) -> pl.DataFrame:
    """The file of ``day``: payout_id, net and content_sha256. Raises Refused unless it is one that Settle writes."""
    try:
        raw = path.read_bytes()
        rows = pl.read_csv(BytesIO(raw), infer_schema=False)
    except OSError as error:
        raise _damaged(path, day, str(error.strerror)) from None
    except pl.exceptions.PolarsError as error:
        raise _damaged(path, day, f"no CSV ({type(error).__name__})") from None
    if tuple(rows.columns) != COLUMNS:
        found = ", ".join(rows.columns)
        raise _damaged(path, day, f"found columns {found!r:.80}, allowed {', '.join(COLUMNS)}")
    sound = (
        pl.col("payout_id").str.contains(f"^P{day:%Y%m%d}[A-Z2-7]{{15}}$")
        & pl.col("net").str.contains("^[0-9]{1,18}$")
        & pl.all_horizontal(pl.col(name).str.contains(_SHA256) for name in COLUMNS[2:])
        & (pl.col("payout_id") > pl.col("payout_id").shift()).fill_null(True)
    )
    faults = rows.with_row_index("row", 2).filter(~sound.fill_null(False))
    if faults.height:
        raise _damaged(path, day, f"row {faults['row'][0]} is no payout of the day in the order of payout_id")
    if rows.is_empty() or not raw.endswith(b"\n"):
        raise _damaged(path, day, "it is cut short")
    return rows.select("payout_id", pl.col("net").cast(pl.Int64), "content_sha256")


def _damaged(path: Path, day: date, what: str) -> Refused:
    return Refused(f"{path}: the register of what {day} issued is damaged: {what}; nothing was published")
