"""Payouts of a member that failed or came back: which one on which day.

Holds: the look into the results that a day took, for the days on which the journal says that money came back.
Never holds: what is done with a result (``sql/results/``).
Neighbour: ``reading.py`` reads everything else. The state at the head says of every payout how it ended, but not when
that was taken; the journal says when and how much, but not of which; the results that the day took say which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.statement.holders import Holder
from assets.statement.reading import DETAILS, as_details, journal

BACK = ("failed", "returned")
_QUARANTINE = "payout_results.csv"
_ENDED = ("payout_id", "channel", "attempt", "tax", "net", "amount", "cause", "paid_on")
_FIRST_ROW = 2  # of a file, below its header


def came_back(home: Home, days: Sequence[date], earlier: Sequence[date], holder: Holder) -> pl.DataFrame:
    """DETAILS of the payouts whose money came back to the member on each of ``days``, as far as the results that these
    days took still lie there; ``earlier`` are the settled days before the first of them.

    A payout comes back once; a result that repeats it later is a duplicate. So those of earlier days are told first.
    """
    if not days:
        return pl.DataFrame(schema=DETAILS)
    ended = _ended(home, holder)
    before = _back_days(home, _after_the_first(ended, earlier), holder)
    made = [pl.DataFrame(schema=DETAILS)]
    for day in (*before, *sorted(days)):
        told = pl.Series("payout_id", list(_told(home, day)), pl.String)
        now = ended.filter(pl.col("payout_id").is_in(told.implode()) & (pl.col("paid_on") < day))
        ended = ended.join(now, on="payout_id", how="anti")
        if day in days:
            made.append(as_details(now.with_columns(date=pl.lit(day))))
    return pl.concat(made)


def _ended(home: Home, holder: Holder) -> pl.DataFrame:
    """All payouts of the member that came back by the last settled day; ``cause`` says how."""
    from assets.sealed import sealed_state  # as in ``reading.require_known``

    head = home.seal(home.settled_days()[-1])
    if head is None:
        raise Refused(f"{home.root}: no day is settled yet")
    with sealed_state(home, head, "payouts") as engine:
        rows = engine.query(
            "select payout_id, channel, attempt, tax, net, gross, status, paid_on from prior_payouts"
            " where member_id = $member and status in ('failed', 'returned') order by payout_id",
            member=holder.id,
        )
    texts = ("payout_id", "channel", "cause")
    schema = {name: pl.String() if name in texts else pl.Int64() for name in _ENDED} | {"paid_on": pl.Date()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(programme=pl.lit("payout"), commodity=pl.lit("CNY"))


def _after_the_first(ended: pl.DataFrame, days: Sequence[date]) -> list[date]:
    """Those of the days on which one of the payouts could have come back."""
    cut = ended["paid_on"].to_list()
    return [day for day in days if cut and day > min(cut)]


def _back_days(home: Home, days: Sequence[date], holder: Holder) -> list[date]:
    if not days:
        return []
    lines = journal(home, days, holder)
    back = lines.filter((pl.col("programme") == "payout") & pl.col("cause").is_in(BACK))
    return back["date"].unique().sort().to_list()


def _told(home: Home, day: date) -> Iterator[str]:
    """Ids of payouts of which a result of the day, other than quarantined ones, says that they failed or came back."""
    from assets.exports.contract import EXPORTS
    from assets.exports.reading import ORIGINAL, read_sheet

    seal = home.seal(day)
    if seal is None:
        return
    for name in sorted(seal.content["inputs"]):
        path = home.root / name
        if path.name.startswith("payout_results") and path.is_file():
            sheet = read_sheet(EXPORTS["payout_results"], path, home.root, seal.content["rules"]["timezone"])
            rows = sheet.frame.with_row_index("row", _FIRST_ROW)
            taken = ~pl.col("row").is_in(_quarantined(home, day, name))
            yield from rows.filter(pl.col(f"{ORIGINAL}status").is_in(BACK) & taken)[f"{ORIGINAL}payout_id"]


def _quarantined(home: Home, day: date, source: str) -> list[int]:
    """Rows of a file of results that the day did not take."""
    path = home.settlement(day) / "quarantine" / _QUARANTINE
    if not path.is_file():
        return []
    rows = pl.read_csv(path, infer_schema=False, columns=["source", "row"])
    return [int(row) for row in rows.filter(pl.col("source") == source)["row"]]
