"""What becomes of each row of a result file: rows in, rows for the day and rows kept apart out.

The known payments are literals here; ``test_known.py`` finds them in sealed days.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from assets.foundation.errors import Refused
from assets.importing.judging import Judged, agrees, judge
from assets.importing.known import KNOWN
from assets.payouts.channels.base import RESULT, Results

NOON = datetime(2026, 11, 20, 12)
NINE = datetime(2026, 11, 20, 9)
# P1 is known by a serial of the channel's own as well; P3 went through another channel, P4 in another
# file, P5 in one without a number.
PAYMENTS = [
    ("20261119000001", "P1", "bank", "B1", 1000, "6222020200012345678", "王小明"),
    ("P1", "P1", "bank", "B1", 1000, "6222020200012345678", "王小明"),
    ("P2", "P2", "bank", "B1", 2000, "13800001234", "Zhang San"),
    ("P3", "P3", "cash", "B1", 3000, "", ""),
    ("P4", "P4", "bank", "B4", 4000, "a@example.org", "李"),
    ("P5", "P5", "bank", "", 5000, "", ""),
]
Row = tuple[object, ...]


def row(
    number: str, state: str = "paid", net: int | None = None, account: str = "", name: str = "", reason: str = "",
    at: datetime | None = None,
) -> Row:  # fmt: skip
    return (number, state, net, account, name, reason, at)


def results(*rows: Row, **more: object) -> Results:
    """Rows of a file, numbered from 2 as below a header; each has its number as its text."""
    whole = [(n, *one, f"text {n}") for n, one in enumerate(rows, 2)]
    return Results(pl.DataFrame(whole, schema=dict(RESULT), orient="row"), **more)  # type: ignore[arg-type]


def judged(*rows: Row, **more: object) -> Judged:
    known = pl.DataFrame(PAYMENTS, schema=dict(KNOWN), orient="row")
    return judge(results(*rows, **more), known, "bank", NOON)


def left(found: Judged) -> list[str]:
    return [f"{payout} {status} {amount}" for payout, status, amount, *_ in found.left.rows()]


def faults(found: Judged) -> list[str]:
    return [f"{n} {code} {payout or '-'}" for n, code, payout in found.faults.select("row", "code", "payout_id").rows()]


def apart(found: Judged) -> list[int]:
    return found.apart["row"].to_list()


# --- sound rows --------------------------------------------------------------------------------------------------


def test_final_states_are_left_and_open_ones_are_counted() -> None:
    found = judged(
        row("P4", "returned", 4000, reason="gone", at=NINE), row("20261119000001", "paid", 1000),
        row("P2", "open", 2000),
    )  # fmt: skip
    assert found.left.rows() == [("P4", "returned", 4000, "gone", NINE), ("P1", "paid", 1000, "", NOON)]
    assert found.tally == [("paid", 1, 1000), ("returned", 1, 4000), ("open", 1, 2000)]
    assert faults(found) == []


def test_where_the_file_says_no_amount_it_is_that_of_the_payout() -> None:
    found = judged(row("P1", "failed"), row("P2", "open"))
    assert left(found) == ["P1 failed 1000"]
    assert found.tally == [("failed", 1, 1000), ("open", 1, 2000)]


def test_what_is_open_is_open_whatever_else_is_wrong() -> None:
    found = judged(row("P9", "open", 5), row("", "open"), row("P2", "open", 1999, "1"), row("P3", "open", 3000))
    assert (left(found), faults(found)) == ([], [])
    assert found.tally == [("open", 4, 5 + 1999 + 3000)]


def test_blanks_around_a_number_do_not_count() -> None:
    assert left(judged(row(" P1\t", "paid", 1000))) == ["P1 paid 1000"]


def test_a_file_without_rows() -> None:
    found = judged()
    assert (left(found), found.tally) == ([], [])


def test_a_state_that_no_reader_may_say() -> None:
    with pytest.raises(ValueError, match="none of paid, failed, returned, open"):
        judged(row("P1", "done"))
    with pytest.raises(ValueError, match="none of paid, failed, returned, open"):
        judged(batch="B1", whole="done")


# --- rows that the day is told of, and quarantines ---------------------------------------------------------------


def test_unknown_numbers_and_other_amounts_are_left_as_they_stand() -> None:
    found = judged(row("P9", "paid", 5), row("P1", "paid", 1001), row("P2", "failed", 0))
    assert left(found) == ["P9 paid 5", "P1 paid 1001", "P2 failed 0"]
    assert faults(found) == ["2 unknown_payout -", "3 payout_amount_differs P1", "4 payout_amount_differs P2"]
    assert apart(found) == []
    assert found.tally == [("unknown_payout", 1, 5), ("payout_amount_differs", 2, 1001)]


# --- rows that are kept apart ------------------------------------------------------------------------------------


def test_rows_that_cannot_be_told_to_a_day() -> None:
    found = judged(
        row("", "paid", 1000), row("P9\0", "paid", 1000), row("P9", "paid"), row("P1", "paid", -1),
        row("P2", "paid", 10**14 + 1), row("P4", "paid", 4000),
    )  # fmt: skip
    assert left(found) == ["P4 paid 4000"]
    assert faults(found) == ["2 no_number -", "3 bad_id -", "4 bad_money -", "5 bad_money P1", "6 bad_money P2"]
    # Of an amount that cannot be read nothing is known but that of the payout.
    assert found.tally == [
        ("paid", 1, 4000), ("no_number", 1, 1000), ("bad_id", 1, 1000), ("bad_money", 3, 1000 + 10**14 + 1),
    ]  # fmt: skip
    assert found.apart.select("row", "text").rows() == [(n, f"text {n}") for n in (2, 3, 4, 5, 6)]


def test_made_and_failed_in_one_file() -> None:
    # By whatever number: the serial and the id of P1 are one payment. P2 failed, says the file twice; P4 came back.
    found = judged(
        row("P1", "paid", 1000), row("20261119000001", "failed", 1000), row("P2", "failed", 2000),
        row("P2", "failed", 2000), row("P4", "paid", 4000), row("P4", "returned", 4000), row("P9", "paid", 1),
        row("P9", "failed", 1),
    )  # fmt: skip
    assert faults(found) == [
        f"{n} conflicting_rows {payout}" for n, payout in ((2, "P1"), (3, "P1"), (8, "-"), (9, "-"))
    ]
    assert apart(found) == [2, 3, 8, 9]
    assert left(found) == ["P2 failed 2000", "P2 failed 2000", "P4 paid 4000", "P4 returned 4000"]


def test_one_that_was_open_and_is_made_is_made() -> None:
    assert left(judged(row("P1", "open", 1000), row("P1", "paid", 1000))) == ["P1 paid 1000"]


def test_a_contradiction_stands_whatever_else_is_wrong() -> None:
    found = judged(row("P1", "paid", 999), row("P1", "failed", 1000))
    assert faults(found) == ["2 conflicting_rows P1", "3 conflicting_rows P1"]


@pytest.mark.parametrize(
    ("account", "name"),
    [("6222020200012345679", ""), ("", "王小红"), ("6222020200012345678", "王小红"), ("6223***********5678", "王小明")],
)
def test_another_payee(account: str, name: str) -> None:
    found = judged(row("P1", "paid", 1000, account, name), row("P2", "paid", 2000))
    assert faults(found) == ["2 payee_differs P1"]
    assert apart(found) == [2]
    assert left(found) == ["P2 paid 2000"]


@pytest.mark.parametrize(
    ("account", "name"),
    [("6222020200012345678", "王小明"), ("6222 0202 0001 2345 678", ""), ("6222****5678", "*小明"), ("", "王**")],
)
def test_the_same_payee(account: str, name: str) -> None:
    assert left(judged(row("P1", "paid", 1000, account, name))) == ["P1 paid 1000"]


@pytest.mark.parametrize(
    ("found", "ours", "alike"),
    [
        ("138****1234", "13800001234", True), ("138****1234", "13800001235", False),
        ("138****1234", "13900001234", False), ("138***1234", "13800001234", True),
        ("138***1235", "13800001234", False), ("139***1234", "13800001234", False), ("*", "13800001234", True),
        ("1380000123*", "13800001234", True), ("138", "13800001234", False), ("138*", "13", False),
        ("12*21", "121", False), ("a**@ex*.org", "abc@ex1.org", True), ("a**@ex*.org", "abc@ey1.org", False),
        ("a*@ex*.org", "abc@ey1.org", True), ("王＊明", "王小明", True), ("王＊明", "王小红", False),
        ("Zhang San", "ZhangSan", True), ("", "13800001234", True), ("138****1234", "", True),
    ],
)  # fmt: skip
def test_what_is_masked_agrees_where_it_is_shown(found: str, ours: str, alike: bool) -> None:
    # Beside others, so that a row's letters are never taken for another's.
    column = pl.Series([found, "x*", found]), pl.Series([ours, "xy", ours])
    assert agrees(*column).to_list() == [alike, True, alike]


# --- the channel -------------------------------------------------------------------------------------------------


def test_a_payout_of_another_channel() -> None:
    found = judged(row("P3", "paid", 3000), row("P1", "paid", 1000))
    assert faults(found) == ["2 other_channel P3"]
    assert (apart(found), left(found)) == ([2], ["P1 paid 1000"])


def test_a_file_of_another_channel_is_refused() -> None:
    with pytest.raises(Refused, match=r"speaks of payouts of the channel cash, found bank on the command line"):
        judged(row("P3", "paid", 3000), row("P9", "paid", 1))


# --- a state for a whole file ------------------------------------------------------------------------------------


def test_a_whole_file_is_dealt_out_to_its_payments() -> None:
    found = judged(batch="B1", whole="failed", reason="closed", at=NINE)
    assert found.left.rows() == [("P1", "failed", 1000, "closed", NINE), ("P2", "failed", 2000, "closed", NINE)]
    assert found.tally == [("failed", 2, 3000)]


def test_rows_of_their_own_win_over_the_whole() -> None:
    found = judged(row("20261119000001", "open"), row("P4", "paid", 4000), batch="B1", whole="paid")
    assert left(found) == ["P4 paid 4000", "P2 paid 2000"]
    assert found.tally == [("paid", 2, 6000), ("open", 1, 1000)]


def test_a_row_that_is_kept_apart_wins_too() -> None:
    found = judged(row("P1", "paid", 1000, name="李"), batch="B1", whole="paid")
    assert (left(found), faults(found)) == (["P2 paid 2000"], ["2 payee_differs P1"])


def test_a_batch_with_nothing_said_of_the_whole() -> None:
    assert left(judged(row("P1"), batch="B1")) == ["P1 paid 1000"]


@pytest.mark.parametrize("batch", ["B9", ""])
def test_a_whole_file_that_is_none_of_ours(batch: str) -> None:
    with pytest.raises(
        Refused, match=f"speaks of a whole file '{batch}', and none that was made for bank is called so"
    ):
        judged(batch=batch, whole="paid")


def test_a_whole_file_of_another_channel() -> None:
    known = pl.DataFrame(PAYMENTS, schema=dict(KNOWN), orient="row")
    with pytest.raises(Refused, match="none that was made for cash is called so"):
        judge(results(batch="B4", whole="paid"), known, "cash", NOON)


def test_sums_beyond_sixty_four_bits() -> None:
    found = judged(*[row("P9", "paid", 10**18)] * 12)
    assert found.tally == [("bad_money", 12, 12 * 10**18)]
