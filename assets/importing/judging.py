"""What becomes of each row of a channel's result file: left for the day, kept apart with a reason, or still open.

Holds: the checks of number, amount and payee; masked accounts; rows of one file that contradict each other; a state
for a whole file of ours, dealt out to its payments.
Never holds: a channel's format, files, what the day makes of a result (rules.md section 10.4).
Neighbour: ``known.py`` finds the payments; ``taking.py`` writes what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from assets.exports.contract import MAX_ORDER_FEN
from assets.foundation.errors import Refused
from assets.importing.leaving import LEFT
from assets.payouts.channels.base import RESULT, STATES, Results, has_control

# What a row may come to beside its state. The day quarantines the first two itself, and so reports them with their
# money; rows of the others cannot be told to a day: they are kept apart.
TOLD_BY_THE_DAY = {
    "unknown_payout": "no payout with this number was ever issued",
    "payout_amount_differs": "the amount is not the net amount of the payout",
}
KEPT_APART = {
    "no_number": "the row names no payment",
    "bad_id": "the number holds a control character",
    "bad_money": "the row has no amount that can be read",
    "other_channel": "the payout was sent through another channel",
    "conflicting_rows": "the file says that this payment was made and that it failed",
    "payee_differs": "the account or the name is not that of the payout",
}
_FINAL = STATES[:3]
_TAKEN = (*_FINAL, *TOLD_BY_THE_DAY)
_MASKS = "*＊"


@dataclass(frozen=True)
class Judged:
    """``left``: rows for the day (LEFT), in the order of the file. ``faults``: every row that is not as it should be,
    with code, sentence, payout_id ("" where the number is none of ours) and its text. ``tally``: outcome, payments,
    fen."""

    left: pl.DataFrame
    faults: pl.DataFrame
    tally: list[tuple[str, int, int]]

    @property
    def apart(self) -> pl.DataFrame:
        """Those of the faults that no day is told of."""
        return self.faults.filter(pl.col("code").is_in(list(KEPT_APART)))


def judge(results: Results, known: pl.DataFrame, channel: str, moment: datetime) -> Judged:
    """Hold a file's results against the payments that it names (``known_payments``).

    ``moment`` (local) stands where the file says no time. Raises Refused for a file that speaks of payouts of other
    channels alone, or of a whole file that is none of this channel's.
    """
    rows = _with_payments(results, known, channel)
    called = rows.filter(pl.col("payout_id").is_not_null())
    if called.height and not (called["channel"] == channel).any():
        raise Refused(
            f"the file speaks of payouts of the channel {called['channel'][0]}, found {channel} on the command line;"
            " nothing was imported"
        )
    rows = rows.with_columns(_verdict(rows, channel))
    number = pl.coalesce("payout_id", "serial")
    left = rows.filter(pl.col("verdict").is_in(_TAKEN)).select(
        number.alias("payout_id"), pl.col("state").alias("status"), pl.coalesce("net", "ours").alias("amount"),
        pl.col("reason").fill_null(""), pl.col("at").fill_null(moment),
    )  # fmt: skip
    sentences = TOLD_BY_THE_DAY | KEPT_APART
    faults = rows.filter(pl.col("verdict").is_in(list(sentences))).select(
        "row", pl.col("verdict").alias("code"),
        pl.col("verdict").replace_strict(sentences, return_dtype=pl.String).alias("sentence"),
        pl.col("payout_id").fill_null(""), "text",
    )  # fmt: skip
    return Judged(left.select(list(LEFT)), faults, _tally(rows))


def _with_payments(results: Results, known: pl.DataFrame, channel: str) -> pl.DataFrame:
    """Every row with the payment that it names, and a row for each payment of a file that is spoken of as a whole and
    has no row of its own."""
    ours = known.rename({"net": "ours", "account_no": "account_ours", "account_name": "name_ours"})
    rows = results.rows.select(list(RESULT)).with_columns(pl.col("serial").str.strip_chars())
    strange = rows.filter(~pl.col("state").is_in(STATES))
    if strange.height or results.whole not in ("", *STATES):
        raise ValueError(f"a state is none of {', '.join(STATES)}")
    rows = rows.join(ours, left_on="serial", right_on="number", how="left", validate="m:1", maintain_order="left")
    if not results.whole:
        return rows
    named = (pl.col("batch") == results.batch) & (pl.col("batch") != "")
    whole = ours.filter(named & (pl.col("channel") == channel))
    if whole.is_empty():
        raise Refused(
            f"the file speaks of a whole file {results.batch!r:.60}, and none that was made for {channel} is called so;"
            " nothing was imported"
        )
    rest = whole.unique("payout_id").join(rows, on="payout_id", how="anti").sort("payout_id")
    said = results.rows.select(list(RESULT)).clear(1).with_columns(
        pl.lit(results.whole).alias("state"), pl.lit(results.reason).alias("reason"),
        pl.lit(results.at, pl.Datetime("us")).alias("at"), pl.col("row").fill_null(0),
        pl.col("serial", "account_no", "account_name", "text").fill_null(""),
    )  # fmt: skip
    return pl.concat([rows, rest.drop("number").join(said, how="cross").select(rows.columns)])


def _verdict(rows: pl.DataFrame, channel: str) -> pl.Series:
    """Per row its state, where a day can take it, else the first of what is wrong with it."""
    state, net = pl.col("state"), pl.col("net")
    unknown = pl.col("payout_id").is_null()
    number = pl.coalesce("payout_id", "serial")
    made_and_failed = (state == "paid").any().over(number) & (state == "failed").any().over(number)
    payee = agrees(rows["account_no"], rows["account_ours"]) & agrees(rows["account_name"], rows["name_ours"])
    tests = (
        (state == "open", "open"),
        (unknown & (pl.col("serial") == ""), "no_number"),
        (unknown & has_control("serial"), "bad_id"),
        ((net < 0) | (net > MAX_ORDER_FEN) | (net.is_null() & unknown), "bad_money"),
        (pl.col("channel") != channel, "other_channel"),
        (made_and_failed, "conflicting_rows"),
        (~payee, "payee_differs"),
        (unknown, "unknown_payout"),
        (net != pl.col("ours"), "payout_amount_differs"),
    )
    verdict = state
    for test, outcome in reversed(tests):
        verdict = pl.when(test.fill_null(False)).then(pl.lit(outcome)).otherwise(verdict)
    return rows.select(verdict.alias("verdict")).to_series()


def agrees(found: pl.Series, ours: pl.Series) -> pl.Series:
    """Per row whether a field of the file is ours, or one of the two says nothing. Blanks do not count.

    Of a masked one (138****1234) all that is shown must stand at its place: counted from both ends, and between two
    masks where both texts have the same length.
    """
    shown, own = pl.col("shown"), pl.col("own")
    pairs = pl.DataFrame({"shown": found, "own": ours}).with_columns(pl.all().str.replace_all(r"\s", "")).fill_null("")
    first, last = shown.str.extract(rf"^([^{_MASKS}]*)[{_MASKS}]"), shown.str.extract(rf"[{_MASKS}]([^{_MASKS}]*)$")
    room = first.str.len_chars() + last.str.len_chars() <= own.str.len_chars()
    ends = own.str.starts_with(first) & own.str.ends_with(last) & room
    pairs = pairs.with_row_index("at").with_columns(
        same=(shown == "") | (own == "") | (shown == own), ends=ends.fill_null(False)
    )
    of_one_length = pairs.filter(~pl.col("same") & pl.col("ends") & (shown.str.len_chars() == own.str.len_chars()))
    letters = of_one_length.select("at", shown.str.split(""), own.str.split("")).explode("shown", "own")
    other = letters.filter((shown != own) & ~shown.str.contains(f"[{_MASKS}]"))["at"].unique()
    return pairs.select(pl.col("same") | (pl.col("ends") & ~pl.col("at").is_in(other.implode()))).to_series()


def _tally(rows: pl.DataFrame) -> list[tuple[str, int, int]]:
    """Outcome, payments, fen (the file's amount, ours where it has none), in the order in which people ask for them."""
    amount = pl.coalesce(pl.when(pl.col("net") >= 0).then(pl.col("net")), "ours").fill_null(0).cast(pl.Int128)
    sums = rows.group_by("verdict").agg(pl.len(), fen=amount.sum())
    found = {outcome: (payments, int(fen)) for outcome, payments, fen in sums.iter_rows()}
    order = (*STATES, *TOLD_BY_THE_DAY, *KEPT_APART)
    return [(outcome, *found[outcome]) for outcome in order if outcome in found]
