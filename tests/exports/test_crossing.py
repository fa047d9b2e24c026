"""What crosses rows: repeats, whole orders, sponsors, refunds, late refusals, and the totals over all of it."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from assets.exports.intake import within_limit, write_quarantine
from assets.exports.models import MODELS, describe
from assets.foundation.errors import Refused
from tests.exports.known import TAKEN

from .ledger import DAY, HEADS, MEMBER_0, STATE, T, engine, line, refused, take, write


def _old(**changed: str) -> str:
    return line("OLD", unit_price="50.00", completed_at="2026-11-10T10:00", **changed)


def test_repeats_are_counted_and_conflicts_quarantined(tmp_path: Path) -> None:
    rows = [line(), line(unit_price="30.00"), line("B"), line("B"), line("B", quantity="2"), line("B", no="2"), _old()]
    made = engine()
    intake = take(write(tmp_path, orders=rows), made)
    assert refused(intake) == [
        ("orders", 4, "duplicate_conflict"),
        ("orders", 5, "duplicate_conflict"),
        ("orders", 6, "duplicate_conflict"),
        ("orders", 7, "order_incomplete"),
    ]
    total = intake.totals.filter(file="orders").row(0, named=True)
    assert (total["rows_in"], total["rows_accepted"], total["rows_duplicate"]) == (7, 1, 2)
    assert (total["fen_in"], total["fen_accepted"], total["fen_duplicate"]) == (26_000, 3000, 8000)
    assert made.query("select order_id, total from taken_orders") == [("A", 3000)]


def test_orders_are_taken_whole(tmp_path: Path) -> None:
    rows = [
        line("A", "1"), line("A", "2", quantity="0"), line("A", "3"),
        line("B", "1"), line("B", "2", completed_at="2026-11-20T11:00:00"),
        line("C", "1", discount="31"), line("C", "2", unit_price="2"),
        line("D", "1", unit_price="0"), line("D", "2", discount="30"),
        line("OLD", "2"), line("E", "1", member="M9"), line("E", "2", member="M9"),
    ]  # fmt: skip
    made = engine()
    intake = take(write(tmp_path, orders=rows), made)
    assert [r[1:] for r in refused(intake)] == [
        (2, "order_incomplete"), (3, "bad_quantity"), (4, "order_incomplete"), (5, "mixed_order"), (6, "mixed_order"),
        (9, "nonpositive_total"), (10, "nonpositive_total"), (11, "late_line"), (12, "unknown_member"),
        (13, "unknown_member"),
    ]  # fmt: skip
    assert made.query("select order_id, total from taken_orders") == [("C", 100)]


def test_references_come_before_the_orders_of_their_day(tmp_path: Path) -> None:
    home = write(
        tmp_path,
        orders=[line("A", member="M2", merchant_id="S1"), line("B", member="M3")],
        members=[f"M2,M1,{T}", f"M1,M0,{T}", f"M3,M9,{T}"],
        merchants=["S1,first,,1,", "S1,first,,1,", "S1,last,G,2,M2", "S0,shop,,,"],
        payout_accounts=["M1,ali,1,n,active", "M1,ali,2,n,active", "M1,ali,1,n,active", "M3,ali,1,n,active"],
        refunds=[f"R1,A,30,{T}", f"R2,B,1,{T}"],
        queue_exits=[f"X,A,{T}", f"Y,B,{T}"],
    )
    made = engine()
    intake = take(home, made)
    assert refused(intake) == [
        ("members", 4, "unknown_sponsor"), ("orders", 3, "unknown_member"), ("payout_accounts", 5, "unknown_member"),
        ("queue_exits", 3, "unknown_order"), ("refunds", 3, "unknown_order"),
    ]  # fmt: skip
    assert made.query("select * from taken_merchants") == [("S1", "last", "G", 2, "M2")]
    assert made.query("select account_no from taken_accounts") == [("1",)]
    counted = intake.totals.filter(pl.col("file").is_in(["merchants", "payout_accounts"]))
    assert counted.select("rows_accepted", "rows_duplicate").rows() == [(2, 2), (3, 0)]


def test_sponsors(tmp_path: Path) -> None:
    rows = [
        f"A,B,{T}", f"B,C,{T}", f"C,A,{T}", f"D,C,{T}",  # a ring, and one below it
        f"E,NO,{T}", f"F,E,{T}", f"G,F,{T}",  # a sponsor who is not there, and those below
        f"H,,{T}", "H,,2026-11-01", f"I,M0,{T}", f"I,,{T}", f"J,I,{T}",  # a repeat, a conflict, one below
        f"M0,,{T}", f"M0,H,{T}", f"K,K,{T}", f"L,K,{T}", f"Z,H,{T}",
    ]  # fmt: skip
    state = {**STATE, "prior_members": [MEMBER_0]}
    made = engine(state)
    intake = take(write(tmp_path, members=rows), made)
    assert {rows[r - 2].split(",")[0] + str(r): reason for _, r, reason in refused(intake)} == {
        "A2": "sponsor_cycle", "B3": "sponsor_cycle", "C4": "sponsor_cycle", "D5": "unknown_sponsor",
        "E6": "unknown_sponsor", "F7": "unknown_sponsor", "G8": "unknown_sponsor", "I11": "duplicate_conflict",
        "I12": "duplicate_conflict", "J13": "unknown_sponsor", "M015": "sponsor_changed", "K16": "self_sponsor",
        "L17": "unknown_sponsor",
    }  # fmt: skip
    assert [r[0] for r in made.query("select member_id from taken_members order by 1")] == ["H", "Z"]
    assert intake.totals.filter(file="members")["rows_duplicate"][0] == 2
    alone = take(write(tmp_path / "alone", members=[f"M0,H,{T}", f"H,,{T}"]), engine(state))
    assert refused(alone) == [("members", 2, "sponsor_changed")]


def test_a_long_line_of_sponsors(tmp_path: Path) -> None:
    rows = [f"N{n},{f'N{n + 1}' if n < 999 else 'NO'},{T}" for n in range(1000)]
    rows += [f"V{n},V{(n + 1) % 777},{T}" for n in range(777)]
    rows += [f"W{n},{f'W{n + 1}' if n < 999 else ''},{T}" for n in range(1000)]
    intake = take(write(tmp_path, members=rows))
    reasons = dict(intake.quarantined.group_by("reason").len().rows())
    assert reasons == {"unknown_sponsor": 1000, "sponsor_cycle": 777}
    assert intake.totals.filter(file="members")["rows_accepted"][0] == 1000


def test_refunds_are_taken_greedily(tmp_path: Path) -> None:
    # 40.00 yuan of OLD are left
    rows = [
        f"R3,OLD,15,{T}", "R1,OLD,30,2026-11-20T08:00", f"R2,OLD,15,{T}", f"R4,OLD,10.00,{T}", f"R4,OLD,10,{T}",
        f"R5,OLD,0.01,{T}", "R0,OLD,999,2026-11-20T07:00",
    ]  # fmt: skip
    made = engine()
    intake = take(write(tmp_path, refunds=rows), made)
    assert [r[1:] for r in refused(intake)] == [(n, "refund_exceeds_order") for n in (2, 4, 7, 8)]
    assert made.query("select refund_id, amount from taken_refunds order by 1") == [("R1", 3000), ("R4", 1000)]


def test_known_from_earlier_exports(tmp_path: Path) -> None:
    at = "2026-11-19T09:00:00"
    state = {
        **STATE,
        "prior_refunds": [{"refund_id": "R", "order_id": "OLD", "amount": 1000, "refunded_at": at}],
        "prior_exits": [{"exit_id": "X", "order_id": "OLD", "requested_at": at}],
        "prior_results": [{"payout_id": "P1", "status": "paid", "amount": 500, "reason": "", "at": at}],
        "prior_redemptions": [{
            "redemption_id": "D", "member_id": "M0", "kind": "redeem", "commodity": "POINT", "amount": 5,
            "merchant_id": "", "requested_at": at,
        }],
        "prior_accounts": [dict.fromkeys(TAKEN["taken_accounts"], "") | {
            "member_id": "M0", "channel": "ali", "account_no": "1", "account_name": "n", "status": "active"}],
    }  # fmt: skip
    files = {
        "refunds": [f"R,OLD,10,{at}", f"R,OLD,11,{at}"],
        "queue_exits": [f"X,OLD,{at}", f"X,OLD,{T}"],
        "payout_results": [f"P1,paid,5,,{at}", f"P1,paid,6,,{at}"],
        "redemptions": [f"D,M0,redeem,,5,,{at}", f"D,M0,redeem,,6,,{at}"],
        "payout_accounts": ["M0,ali,1,n,active", "M0,ali,1,n,held"],
    }
    intake = take(write(tmp_path, **files), engine(state))
    assert refused(intake) == [(f, 3, "duplicate_conflict") for f in ("queue_exits", "redemptions", "refunds")]
    duplicates = dict(intake.totals.select("file", "rows_duplicate").rows())
    assert all(duplicates[file] == 1 for file in files)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    dice = random.Random(3)
    orders = [line(f"O{n % 7}", str(n % 3 + 1), quantity=str(n % 4), member=f"N{n % 5}") for n in range(40)]
    orders += [line(f"Q{n}", str(k + 1)) for n in range(9) for k in range(2)]
    files = {
        "orders": orders,
        "members": [f"N{n},{'' if n % 4 == 0 else f'N{(n * 3 + 1) % 9}'},{T}" for n in range(8)] + [f"N1,N4,{T}"],
        "refunds": [f"R{n},{('OLD', 'Q1', 'Q2')[n % 3]},{n + 1},{T}" for n in range(30)],
    }
    told = []
    for number in range(4):
        made = engine()
        take(write(tmp_path / str(number), **files), made)
        told.append({name: sorted(made.frame(name).rows()) for name in TAKEN})
        for rows in files.values():
            dice.shuffle(rows)
    assert told[0] == told[1] == told[2] == told[3]
    assert len(told[0]["taken_orders"]) >= 9


def test_limit(tmp_path: Path) -> None:
    orders = [line(), line("B", member="M9", unit_price="1.50")]
    intake = take(write(tmp_path, orders=orders, refunds=[f"R,NO,0.08,{T}"]))
    within_limit(intake, 501)
    with pytest.raises(Refused, match=r"2 order and refund rows of 1\.58 .* of 31\.58 .*500 bp\); allowed: 499 bp"):
        within_limit(intake, 499)
    within_limit(intake, 0, "checked by hand")
    within_limit(take(write(tmp_path / "none", members=[f"M1,NO,{T}"])), 0)


def test_quarantine_files(tmp_path: Path) -> None:
    head = "colour," + HEADS["orders"]
    rows = ["red," + line(product_name='"a ""b"", c\nd"', quantity="0")]
    rows += ["=1," + line("B", member="M9", product_name="")]
    home = write(tmp_path, orders="\n".join([head, *rows]) + "\n", payout_results=[f"P1,x,1,why,{T}"])
    paths = write_quarantine(take(home), tmp_path / "out")
    assert [p.name for p in paths] == ["orders.csv", "payout_results.csv"]
    source = f"exports/{DAY}/orders.csv"
    assert paths[0].read_bytes().decode() == (
        f"source,row,reason,sentence,{head}\n"
        f"{source},2,bad_quantity,quantity is '0'; allowed: an integer from 1 to 999999999,"
        f'red,A,1,M0,S0,P,"a ""b"", c\nd",30,0,0,{T}\n'
        f"{source},3,unknown_member,member_id 'M9' is in no accepted row of members,=1,B,1,M9,S0,P,,30,1,0,{T}\n"
    )
    assert paths[1].read_text().splitlines()[0] == (
        "source,row,reason,sentence," + HEADS["payout_results"].replace("reason", "original_reason")
    )


def test_later_steps_refuse_and_count(tmp_path: Path) -> None:
    made = engine()
    results = [f"P{n},paid,{n}.00,,{T}" for n in range(1, 4)]
    intake = take(write(tmp_path, payout_results=results, redemptions=[f"D,M0,redeem,,5,,{T}"]), made)
    rows = made.frame("taken_results").filter(payout_id="P2").select("source", "row_no")
    told = rows.with_columns(
        file=pl.lit("payout_results"), reason=pl.lit("unknown_payout"), sentence=pl.lit("payout_id 'P2' is unknown")
    )
    intake.refuse_later(told)
    intake.count_duplicates("payout_results", made.frame("taken_results").filter(payout_id="P3"))
    total = intake.totals.filter(file="payout_results").row(0, named=True)
    assert [total[f"rows_{s}"] for s in ("in", "accepted", "duplicate", "quarantined")] == [3, 1, 1, 1]
    assert [total[f"fen_{s}"] for s in ("in", "accepted", "duplicate", "quarantined")] == [600, 100, 300, 200]
    assert refused(intake) == [("payout_results", 3, "unknown_payout")]
    (path,) = write_quarantine(intake, tmp_path / "out")
    assert path.read_text().splitlines()[1].endswith(f"P2,paid,2.00,,{T}")
    with pytest.raises(ValueError, match="0 of them accepted"):
        intake.refuse_later(told)


def test_models_describe_every_column() -> None:
    for model in MODELS.values():
        described = describe(model)
        assert described
        assert all(text for _, _, text in described), model


def test_an_original_column_called_like_ours_keeps_its_text(tmp_path: Path) -> None:
    """payout_results has a `reason` of its own: a reader by column name must not lose the code."""
    made = engine()
    intake = take(write(tmp_path, payout_results=[f"P1,paid,x,said the bank,{T}"]), made)
    path = write_quarantine(intake, tmp_path / "out")[0]
    head, row = path.read_text(encoding="utf-8").splitlines()
    assert head == "source,row,reason,sentence,payout_id,status,amount,original_reason,at"
    assert ",bad_money," in row and ",said the bank," in row
