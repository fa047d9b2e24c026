"""One literal row, one code: every fault that the intake tells, in the order of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from .ledger import T, engine, line, refused, take, write

ROWS = [
    ("orders", line(order=""), "missing_value", "order_id is empty"),
    ("orders", line(product_id=""), "missing_value", "product_id is empty"),
    ("orders", line(unit_price=""), "missing_value", "unit_price"),
    ("orders", line(completed_at=""), "missing_value", "completed_at"),
    ("orders", line(order=" A"), "bad_id", "order_id"),
    ("orders", line(order="A/1"), "bad_id", "allowed"),
    ("orders", line(order="A'1"), "bad_id", "order_id"),
    ("orders", line(order="a\u200bb"), "bad_id", "order_id"),
    ("orders", line(order="a\u3000b"), "bad_id", "order_id"),
    ("orders", line(member="platform"), "bad_id", "member_id is 'platform'"),
    ("orders", line(order="x" * 65), "bad_id", "1-64"),
    ("orders", line(unit_price="12.345"), "bad_money", "'12.345'"),
    ("orders", line(unit_price="+5"), "bad_money", "'+5'"),
    ("orders", line(unit_price=" 5"), "bad_money", "' 5'"),
    ("orders", line(unit_price="1e2"), "bad_money", "'1e2'"),
    ("orders", line(unit_price="-1"), "bad_money", "at least 0.00"),
    ("orders", line(unit_price="5."), "bad_money", "'5.'"),
    ("orders", line(unit_price="٣"), "bad_money", "unit_price"),
    ("orders", line(discount="-0.01"), "bad_money", "discount"),
    ("orders", line(unit_price="99999999999.99", quantity="2"), "bad_money", "a line"),
    ("orders", line(quantity="0"), "bad_quantity", "from 1"),
    ("orders", line(quantity="-2"), "bad_quantity", "'-2'"),
    ("orders", line(quantity="1.0"), "bad_quantity", "integer"),
    ("orders", line(quantity="1000000000"), "bad_quantity", "999999999"),
    ("orders", line(no="0"), "bad_quantity", "line_no"),
    ("orders", line(completed_at="2026-02-30"), "bad_time", "2026-02-30"),
    ("orders", line(completed_at="20261120"), "bad_time", "ISO 8601"),
    ("orders", line(completed_at="2026-11-20T24:00:00"), "bad_time", "ISO 8601"),
    ("orders", line(completed_at="2026-11-20 10:11.5"), "bad_time", "ISO 8601"),
    ("orders", line(completed_at="2026-11-21T00:00:00"), "future_time", "2026-11-20"),
    ("orders", line(completed_at="2026-11-20T16:00:00Z"), "future_time", "end of"),
    ("orders", line(order="OLD"), "duplicate_conflict", "'OLD'"),
    ("orders", line(order="OLD", no="2"), "late_line", "earlier export"),
    ("orders", line(completed_at="2026-10-20T23:59:59"), "too_late", "late_limit_days"),
    ("orders", line(member="M9"), "unknown_member", "'M9'"),
    ("orders", line(merchant_id="S9"), "unknown_merchant", "'S9'"),
    ("orders", line(discount="30"), "nonpositive_total", "above 0"),
    ("orders", line(order="", unit_price="x"), "missing_value", "order_id"),
    ("orders", line(order="a|b", unit_price="x", quantity="x"), "bad_id", "order_id"),
    ("refunds", f"R,OLD,0,{T}", "bad_money", "at least 0.01"),
    ("refunds", f"R,NO,1,{T}", "unknown_order", "'NO'"),
    ("refunds", f"R,OLD,40.01,{T}", "refund_exceeds_order", "40.01"),
    ("refunds", "R,OLD,1,2026-11-21", "future_time", "refunded_at"),
    ("members", f"M1,NO,{T}", "unknown_sponsor", "'NO'"),
    ("members", f"M1,M1,{T}", "self_sponsor", "himself"),
    ("members", f"M0,M0,{T}", "self_sponsor", "himself"),
    ("members", f"M0,NO,{T}", "unknown_sponsor", "'NO'"),
    ("members", f",M0,{T}", "missing_value", "member_id"),
    ("merchants", "S1,,,0,", "missing_value", "name"),
    ("merchants", "S1,shop,,10001,", "bad_money", "from 0 to 10000"),
    ("merchants", "S1,shop,,0,M9", "unknown_member", "referrer_id 'M9'"),
    ("payout_accounts", "M0,alipay,a@b,name,open", "bad_status", "active, held, closed"),
    ("payout_accounts", "M9,alipay,a@b,name,active", "unknown_member", "'M9'"),
    ("payout_accounts", "M0,alipay,,name,active", "missing_value", "account_no"),
    ("redemptions", f"D,M0,buy,POINT,5,,{T}", "bad_status", "redeem, sell"),
    ("redemptions", f"D,M0,redeem,GREEN,5,,{T}", "bad_status", "POINT, VOUCHER"),
    ("redemptions", f"D,M0,sell,VOUCHER,5,,{T}", "bad_status", "sell POINT"),
    ("redemptions", f"D,M0,redeem,,5.0,,{T}", "bad_quantity", "amount"),
    ("redemptions", f"D,M9,sell,,5,,{T}", "bad_status", "sell where points have a price"),
    ("redemptions", f"D,M9,redeem,,5,,{T}", "unknown_member", "'M9'"),
    ("redemptions", f"D,M0,redeem,VOUCHER,5,S9,{T}", "unknown_merchant", "'S9'"),
    ("queue_exits", f"X,NO,{T}", "unknown_order", "'NO'"),
    ("payout_results", f"P1,done,5,,{T}", "bad_status", "paid, failed, returned"),
    ("payout_results", "P1,paid,5,,", "missing_value", "at is empty"),
]


@pytest.mark.parametrize(("file", "row", "reason", "fragment"), ROWS)
def test_one_bad_row(tmp_path: Path, file: str, row: str, reason: str, fragment: str) -> None:
    intake = take(write(tmp_path, **{file: [row]}))
    assert refused(intake) == [(file, 2, reason)]
    assert fragment in intake.quarantined["sentence"][0]
    assert intake.totals.filter(file=file).select("rows_in", "rows_quarantined").row(0) == (1, 1)


@pytest.mark.parametrize(("priced", "row"), [(False, 2), (True, 3)])
def test_points_are_redeemed_or_have_a_price_and_are_sold(tmp_path: Path, priced: bool, row: int) -> None:
    """Before anything is asked about the member: contract.md has the codes in the order of the tests."""
    rows = [f"D1,M9,sell,,5,,{T}", f"D2,M9,redeem,POINT,5,,{T}", f"D3,M0,redeem,VOUCHER,5,,{T}"]
    intake = take(write(tmp_path, redemptions=rows), priced=priced)
    other = 5 - row
    assert refused(intake) == [
        ("redemptions", place, "bad_status" if place == row else "unknown_member") for place in sorted((row, other))
    ]


GOOD = [
    ("orders", line(unit_price="30.5")),
    ("orders", line(member="")),
    ("orders", line(order="店 1-#_.é")),
    ("orders", line(order="x" * 64)),
    ("orders", line(no="", discount="")),
    ("orders", line(unit_price="30", discount="29.99")),
    ("orders", line(completed_at="2026-11-20T23:59:59.999999")),
    ("orders", line(completed_at="2026-11-20T15:59:59Z")),
    ("orders", line(completed_at="2026-10-21")),
    ("refunds", f"R,OLD,40,{T}"),
    ("members", f"M1,M0,{T}"),
    ("merchants", "S1,'shop' /|^,G,300,M0"),
    ("payout_accounts", "M0,alipay,a@b,name,held"),
    ("redemptions", f"D,M0,redeem,,5,,{T}"),
    ("queue_exits", f"X,OLD,{T}"),
    ("payout_results", f"P1,paid,5.00,,{T}"),
]


@pytest.mark.parametrize(("file", "row"), GOOD)
def test_one_good_row(tmp_path: Path, file: str, row: str) -> None:
    intake = take(write(tmp_path, **{file: [row]}))
    assert refused(intake) == []
    assert intake.totals.filter(file=file)["rows_accepted"][0] == 1


def test_times_are_local_and_naive(tmp_path: Path) -> None:
    rows = ["2026-11-20 09:30", "2026-11-20T01:30:00Z", "2026-11-19T20:30:00-05:00", "2026-11-20T09:30:00.000000+08:00"]
    made = engine()
    take(write(tmp_path, members=[f"N{n},,{t}" for n, t in enumerate(rows)] + ["D,,2026-11-20"]), made)
    told = {str(row[0]) for row in made.query("select joined_at from taken_members")}
    assert told == {"2026-11-20 09:30:00", "2026-11-20 00:00:00"}


def test_money_of_faulty_rows_counts_where_it_is_a_number(tmp_path: Path) -> None:
    rows = [
        line("A", quantity="-2"),
        line("B", unit_price="1.239"),
        line("C", unit_price="x"),
        line("D", unit_price="-1.005", quantity="3"),
        line("E", quantity="9" * 30, unit_price="9" * 30),
        line("F", unit_price="10.00", quantity="1.5"),
    ]
    intake = take(write(tmp_path, orders=rows))
    assert intake.quarantined["fen"].to_list() == [6000, 123, 0, 300, 10**15, 1500]


def test_no_personal_data_in_sentences(tmp_path: Path) -> None:
    intake = take(write(tmp_path, payout_accounts=["M9,alipay,6222001,ZhangSan,active", "M0,ali,6222001,ZhangSan,x"]))
    assert not intake.quarantined["sentence"].str.contains("6222|Zhang").any()
