"""Which payments of ours a channel's file speaks of: found by its numbers in the sealed days that these name.

Holds: number or batch to payout id, net, account and name, as they were sealed and sent.
Never holds: what the file says of them; any day that no number names.
Neighbour: ``judging.py`` holds the two against each other; ``payouts/reading.py`` reads a sealed channel file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal, sha256_file
from assets.needs import payouts_of
from assets.payouts.channels.base import day_of
from assets.payouts.reading import FOLDER, LIST, listed_files, read_file

# A row for every number by which a payment may be called: its payout id, and the channel's own serial where it has
# one. ``batch`` is that of its file; accounts and names "" where the file does not carry them; ``net`` in fen.
KNOWN = {
    "number": pl.String, "payout_id": pl.String, "channel": pl.String, "batch": pl.String, "net": pl.Int64,
    "account_no": pl.String, "account_name": pl.String,
}  # fmt: skip
_NUMBER = {"number": pl.String, "payout_id": pl.String}
_PAYEE = ("payout_id", "account_no", "account_name")
_DAYS = r"^([A-Za-z]{0,2}[0-9]{8})"  # as much of a number as ``day_of`` looks at


def known_payments(home: Home, numbers: pl.Series, batch: str = "") -> pl.DataFrame:
    """The payments that one of ``numbers`` calls, and all those of the file that is known as ``batch`` (KNOWN).

    Raises Refused where a sealed payout file is gone or not as sealed.
    """
    heads = numbers.str.extract(_DAYS).unique().drop_nulls().to_list()
    named = {day_of(head) for head in [*heads, batch]}
    found = [pl.DataFrame(schema=KNOWN)]
    days = [day for day in home.settled_days() if day in named]
    home.bring(payouts_of(days))
    for day in days:
        if seal := home.seal(day):
            found.append(_of_day(home.settlement(day), seal, numbers, batch))
    return pl.concat(found)


def _of_day(folder: Path, seal: Seal, numbers: pl.Series, batch: str) -> pl.DataFrame:
    for name in ("payouts.parquet", f"{FOLDER}/{LIST}"):
        _require_sealed(folder, seal, name)
    payouts = pl.read_parquet(folder / "payouts.parquet", columns=["payout_id", "channel", "net", "file"])
    listed = {str(one["file"]): one for one in listed_files(folder)}
    called = pl.concat([payouts.select(number="payout_id", payout_id="payout_id"), *_serials(listed.values())])
    whole = [name for name, one in listed.items() if batch and one["batch"] == batch]
    of_batch = payouts.filter(pl.col("file").is_in(whole)).select("payout_id")
    asked = called.filter(
        pl.col("number").is_in(numbers.implode()) | pl.col("payout_id").is_in(of_batch["payout_id"].implode())
    ).unique()
    payments = payouts.join(asked, on="payout_id")
    files = [listed[name] for name in sorted(payments["file"].unique())]
    payees = pl.concat([pl.DataFrame(schema=dict.fromkeys(_PAYEE, pl.String)), *_payees(folder, seal, files)])
    batches = pl.DataFrame(
        [(name, one["batch"]) for name, one in listed.items()], {"file": pl.String, "batch": pl.String}, orient="row"
    )
    return payments.join(payees, on="payout_id", how="left").join(batches, on="file", how="left").select(list(KNOWN))


def _serials(listed: Any) -> Iterator[pl.DataFrame]:
    for one in listed:
        serials: dict[str, str] = one["serials"]
        yield pl.DataFrame({"number": list(serials), "payout_id": list(serials.values())}, schema=_NUMBER)


def _payees(folder: Path, seal: Seal, files: list[dict[str, Any]]) -> Iterator[pl.DataFrame]:
    for one in files:
        _require_sealed(folder, seal, f"{FOLDER}/{one['file']}")
        yield read_file(folder, one).select(_PAYEE)


def _require_sealed(folder: Path, seal: Seal, name: str) -> None:
    """A payment is held only against what was sealed. Raises Refused for a file that is gone or another one."""
    path = folder / name
    sealed = seal.content["outputs"].get(name)
    if sealed is None or not path.is_file() or sha256_file(path) != sealed["sha256"]:
        raise Refused(f"{path} is not what {seal.day} sealed; nothing was imported (settle verify says more)")
