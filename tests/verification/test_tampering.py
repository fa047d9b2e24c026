"""What the second opinion says of a sound home, and of every way in which somebody may have touched one.

Two tables: files changed in place, which the seals give away; and tables changed and sealed anew, which only the
controls can find. Neighbour: ``conftest.py`` has the home and the forger.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from assets.foundation.files import content_sha256
from assets.foundation.store import Home
from assets.verification.findings import KINDS, Fault, Verification
from assets.verification.home import verify_home
from assets.verification.payouts import payout_id
from assets.verification.tables import content_hash
from pipelines.verifying import verify_and_show
from tests.pipelines.homes import D1, D2, D3, D4, PAID, settle
from tests.verification.conftest import Forger

Tamper = Callable[[Forger], object]
GONE = "no such file"


def first(outcome: Verification, kind: str) -> Fault:
    faults = outcome.of_kind(kind)
    assert faults, f"no fault of kind {kind} in {outcome.faults}"
    return faults[0]


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


def at(**values: object) -> pl.Expr:
    """Rows with these values."""
    return pl.all_horizontal(pl.col(name) == value for name, value in values.items())


def more(column: str, by: int = 1) -> pl.Expr:
    return pl.col(column) + by


def test_sound_home_is_clean(settled: Home) -> None:
    seen: list[tuple[date, int, int]] = []
    outcome = verify_home(settled, progress=lambda *step: seen.append(step))
    assert (outcome.faults, outcome.stopped, outcome.clean) == ([], "", True)
    assert seen == [(D1, 1, 4), (D2, 2, 4), (D3, 3, 4), (D4, 4, 4)]
    assert {kind: tally.days for kind, tally in outcome.tallies.items()} == dict.fromkeys(KINDS, 4)
    # Net of the payouts by hand: 24.00, then 138.00 + 3.85, then 3.85 again.
    assert outcome.tallies["payouts"].fen == 2400 + 13800 + 385 + 385


def test_one_day_still_sums_all_journals(settled: Home) -> None:
    outcome = verify_home(settled, upto=D3, only=D3)
    assert outcome.clean
    assert (outcome.first, outcome.last) == (D1, D3)
    assert (outcome.tallies["chain"].days, outcome.tallies["balances"].days) == (3, 1)


def test_hash_of_a_table_is_the_one_that_was_sealed(settled: Home) -> None:
    frame = pl.read_parquet(settled.settlement(D3) / "tickets.parquet")
    assert content_hash(frame) == content_sha256(frame)
    text = "queue_id\x1fticket_no\nmerchant/S\x1f1\n"
    assert content_hash(frame.select("queue_id", "ticket_no").head(1)) == hashlib.sha256(text.encode()).hexdigest()


def test_payout_id_by_formula() -> None:
    assert payout_id("2025-11-02", "A") == PAID


# --- changed in place: kind, file, what, expected (None: not looked at), found --------------------------------------

S2, S3, S4 = (f"settlements/{day}" for day in (D2, D3, D4))
IN_PLACE: dict[str, tuple[Tamper, str, str, str, str | None]] = {
    "a byte of a table": (
        lambda f: f.flip(f.path(D3, "rewards.parquet")), "files", f"{S3}/rewards.parquet", "sha256", None),
    "a byte of the state": (
        lambda f: f.flip(f.path(D2, "state/orders.arrow")), "files", f"{S2}/state/orders.arrow", "sha256", None),
    "a file deleted": (
        lambda f: f.path(D4, "tickets.parquet").unlink(), "files", f"{S4}/tickets.parquet", "sha256", GONE),
    "a file added": (
        lambda f: f.path(D3, "payouts/more.csv").write_text("x"),
        "files", f"{S3}/payouts/more.csv", "a file that the seal does not name", "present"),
    "a stray folder": (
        lambda f: (f.home.root / "settlements" / "old").mkdir(),
        "files", "settlements/old", "a file or folder of no day", "present"),
    "a payout file": (
        lambda f: rewrite(f.path(D3, "payouts/payouts-20251103-alipay.csv"), "138.00", "938.00"),
        "files", f"{S3}/payouts/payouts-20251103-alipay.csv", "sha256", None),
    "a seal": (
        lambda f: f.manifest(D2, lambda content: content["notes"].append("x")),
        "chain", f"{S2}/manifest.json", f"the seal as {D3} names it", None),
    "the head's spelling": (
        lambda f: rewrite(f.path(D4, "manifest.json"), "{\n", "{\n\n"),
        "chain", f"{S4}/manifest.json", "spelling", "another"),
    "the head's sums": (
        lambda f: f.manifest(D4, lambda content: content["sums"].update(payouts_net_fen=386)),
        "tables", f"{S4}/manifest.json", "sums.payouts_net_fen", "386"),
    "the head's row count": (
        lambda f: f.manifest(D4, lambda content: content["outputs"]["lots.parquet"].update(rows=99)),
        "tables", f"{S4}/lots.parquet", "rows", None),
    "a seal without a key": (
        lambda f: f.manifest(D4, lambda content: content.pop("state")),
        "chain", f"{S4}/manifest.json", "key state", "Field required"),
    "a seal cut short": (
        lambda f: f.path(D3, "manifest.json").write_text("{"), "chain", f"{S3}/manifest.json", "the seal", None),
    "a seal removed": (
        lambda f: f.path(D4, "manifest.json").unlink(), "chain", f"{S4}/manifest.json", "the seal", GONE),
    "a day removed": (
        lambda f: shutil.rmtree(f.home.settlement(D3)),
        "chain", f"{S3}/manifest.json", f"a settled day between {D2} and {D4}", "no folder"),
    "the first day removed": (
        lambda f: shutil.rmtree(f.home.settlement(D1)),
        "chain", f"{S2}/manifest.json", "the seal before the first settled day", None),
    "an export": (
        lambda f: rewrite(f.home.exports(D2) / "orders.csv", "50.00", "51.00"),
        "inputs", f"exports/{D2}/orders.csv", "sha256", None),
    "the rules": (
        lambda f: rewrite(f.home.rules_file, "pot_bp: 2000", "pot_bp: 2001"),
        "rules", f"settlements/{D1}/manifest.json", "rules.versions.launch", None),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_was_touched_is_named(forger: Forger, name: str) -> None:
    tamper, kind, where, what, found = IN_PLACE[name]
    tamper(forger)
    fault = first(verify_home(forger.home), kind)
    assert (fault.where, fault.what) == (where, what)
    assert fault.expected != fault.found
    assert found is None or fault.found == found


def test_changed_payout_file_names_the_payment(forger: Forger) -> None:
    rewrite(forger.path(D3, "payouts/payouts-20251103-alipay.csv"), "138.00,2,", "138.01,2,")
    fault = first(verify_home(forger.home), "payouts")
    assert fault.where == f"{S3}/payouts/payouts-20251103-alipay.csv"
    assert fault.expected.endswith(f"'A', 'alipay', '{PAID}', 2, 13800, 0, 13800)")
    assert fault.found.endswith("2, 13800, 0, 13801)")


@pytest.mark.parametrize("what", ["a day", "a table"])
def test_what_rests_on_a_lost_day_is_not_called_wrong(forger: Forger, what: str) -> None:
    if what == "a day":
        shutil.rmtree(forger.home.settlement(D2))
    else:
        forger.path(D2, "entries.parquet").write_bytes(b"PAR1")
    outcome = verify_home(forger.home)
    assert not outcome.clean
    assert str(D2) in outcome.stopped
    assert outcome.tallies["balances"].days == 1
    assert not outcome.of_kind("balances")


# --- changed and sealed anew: kind, file, what, expected, found ------------------------------------------------------

A_FUND = at(member_id="A", kind="fund", programme="queue")
FORGED: dict[str, tuple[Tamper, str, str, str, str, str]] = {
    "a debit": (
        lambda f: f.table(D3, "entries", at(account="merchant_receivable", holder="T", txn_id=f"{D3}/queue/contribute"),
                          debit=more("debit")),
        "entries", f"{S3}/entries.parquet", f"credits of {D3}/queue/contribute CNY", "3571", "3570"),
    "a balance": (
        lambda f: f.table(D3, "balances", at(account="pool_queue"), balance=more("balance")),
        "balances", f"{S3}/balances.parquet", "balance pool_queue merchant/T CNY", "770", "771"),
    "a wallet below zero": (
        lambda f: f.table(D4, "balances", at(account="member_wallet_rebate"), balance=pl.lit(-1)),
        "pools", f"{S4}/balances.parquet", "balance of member_wallet_rebate E CNY", "at least 0", "-1"),
    "a pool": (
        lambda f: f.table(D4, "balances", at(account="pool_queue"), balance=more("balance", -20)),
        "pools", f"{S4}/balances.parquet", "pool and dues of queue", "2920", "2900"),
    "a debt": (
        lambda f: f.table(D4, "balances", at(account="pool_due"), balance=more("balance", 7)),
        "pools", f"{S4}/balances.parquet", "pool and dues of referral", "8486", "8493"),
    "a reward": (
        lambda f: f.table(D4, "rewards", A_FUND, amount=more("amount")),
        "awards", f"{S4}/tickets.parquet or claims.parquet", "received of queue O1 A", "8401", "8400"),
    "a reward that the journal lacks": (
        lambda f: f.table(D4, "rewards", A_FUND, amount=more("amount")),
        "subledger", f"{S4}/entries.parquet", "members' movement of queue fund A CNY", "601", "600"),
    "a claim's receipts": (
        lambda f: f.table(D4, "claims", at(claim_id="referral/O8"), received=pl.lit(2000)),
        "awards", f"{S4}/claims.parquet", "status of claim referral/O8", "paid with 2100 received and only then",
        "2000"),
    "a ticket paid too much": (
        lambda f: f.table(D4, "tickets", at(order_id="O1"), received=pl.lit(9001)),
        "awards", f"{S4}/tickets.parquet", "received of ticket merchant/S#1", "0 to 9000", "9001"),
    "a turn": (
        lambda f: f.table(D4, "rewards", A_FUND, order_id=pl.lit("O4")),
        "turns", f"{S4}/rewards.parquet", "common pot of queue merchant/S", "ticket 1 first, which still needs some",
        "ticket 4 was paid"),
    "a ticket of the same day": (
        lambda f: f.table(D4, "rewards", A_FUND, order_id=pl.lit("O7")),
        "turns", f"{S4}/rewards.parquet", "a payment for O7", "0: no ticket of it waited", "600"),
    "a depth": (
        lambda f: f.table(D4, "rewards", at(programme="referral", kind="fund"), paid_depth=pl.lit(2)),
        "depth", f"{S4}/rewards.parquet", f"paid depth of {D4}/8", "at most 1", "2"),
    # Cycle 0 of A: shares of O2, O3, O4, O5 and O8 (16 + 16 + 10 + 18 + 60.01 yuan); claims of 8 and 10 yuan beside it.
    "a cycle": (
        lambda f: f.table(D4, "claims", at(claim_id="referral/O8"), amount=pl.lit(10202), cap=pl.lit(10202)),
        "depth", f"{S4}/claims.parquet", "claims of A cycle 0", "at most 12001", "12002"),
    "a cap": (
        lambda f: f.table(D4, "claims", at(claim_id="referral/O8"), cap=pl.lit(2099)),
        "awards", f"{S4}/claims.parquet", "amount of claim referral/O8", "at most its cap 2099", "2100"),
    "an order": (
        lambda f: f.table(D4, "orders", at(order_id="O7"), kept=pl.lit(2900)),
        "subledger", f"{S4}/entries.parquet", "queue shares of merchant S", "580", "600"),
    "an order that kept too much": (
        lambda f: f.table(D4, "orders", at(order_id="O7"), kept=pl.lit(3001)),
        "subledger", f"{S4}/orders.parquet", "kept (or rule_version) of O7", "1 to 3000 under launch", "3001"),
    "points": (
        lambda f: f.table(D4, "rewards", at(order_id="O7", kind="grant"), amount=more("amount", -1)),
        "subledger", f"{S4}/rewards.parquet", "points for order O7", "2100", "2099"),
    "a payout id": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), payout_id=pl.lit("P20251103RFE3TSL3PXYV6JL")),
        "payouts", f"{S4}/payouts.parquet", "payout_id of B", payout_id(str(D4), "B"), "P20251103RFE3TSL3PXYV6JL"),
    "a payout of another member": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), replaces=pl.lit(PAID)),
        "payouts", f"{S4}/payouts.parquet", f"replaced payout {PAID}", "an earlier one of B, replaced once",
        f"named by {payout_id(str(D4), 'B')}"),
    "a payout that came back": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), replaces=pl.lit(""), attempt=pl.lit(1)),
        "payouts", f"{S4}/payouts.parquet", "gross that came back and is replaced, of B", "385", "0"),
    "a tax": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), tax=pl.lit(10)),
        "payouts", f"{S4}/payouts.parquet", f"tax + net of {payout_id(str(D4), 'B')}", "385", "395"),
    "an amount": (
        lambda f: f.table(D3, "payouts", at(member_id="A"), gross=pl.lit(13900), net=pl.lit(13900)),
        "payouts", f"{S3}/entries.parquet", "gross of A", "13900", "13800"),
    "a control": (
        lambda f: f.table(D4, "controls", pl.col("name").str.starts_with("7 cycles"), found=pl.lit(1)),
        "controls", f"{S4}/controls.parquet", "control 7 cycles that claim more than they paid in", "0", "1"),
    "a control total": (
        lambda f: (f.manifest(D4, lambda content: content["totals"]["refunds"].update(fen_accepted=1)), f.reseal(D4)),
        "intake", f"{S4}/manifest.json", "totals.refunds: fen accepted + duplicate + quarantined", "9000", "1"),
    "a quarantined row": (
        lambda f: (rewrite(f.path(D1, "quarantine/orders.csv"), "OX", "OX\n"), f.reseal(D1)),
        "intake", f"settlements/{D1}/quarantine/orders.csv", "rows", "1", "2"),
    "a file's figures": (
        lambda f: (rewrite(f.path(D4, "payouts/manifest.json"), '"net_fen": 385', '"net_fen": 386'), f.reseal(D4)),
        "payouts", f"{S4}/payouts/manifest.json", "net_fen of payouts-20251104-alipay.csv", "385", "386"),
    "a payout issued before": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), payout_id=pl.lit("P20251103RFE3TSL3PXYV6JL")),
        "payouts", f"{S4}/payouts.parquet", "payout P20251103RFE3TSL3PXYV6JL", "issued once", "issued again"),
    "a channel": (
        lambda f: f.table(D4, "payouts", at(member_id="B"), channel=pl.lit("wechat")),
        "payouts", f"{S4}/entries.parquet", "payout_in_transit of alipay", "0", "385"),
    "a share": (
        lambda f: f.table(D4, "entries", at(txn_id=f"{D4}/referral/contribute"),
                          debit=pl.col("debit") * 2, credit=pl.col("credit") * 2),
        "subledger", f"{S4}/entries.parquet", "referral shares of merchant T", "6001", "12002"),
    "another transaction": (
        lambda f: f.table(D4, "entries", at(txn_id=f"{D4}/payout/paid"), txn_id=pl.lit(f"{D4}/queue/paid")),
        "subledger", f"{S4}/entries.parquet", "lines of payout accounts outside payout/", "0", "2"),
    "another day": (
        lambda f: f.table(D4, "entries", at(txn_id=f"{D4}/payout/paid"), txn_id=pl.lit(f"{D3}/payout/paid")),
        "entries", f"{S4}/entries.parquet", f"transaction {D3}/payout/paid (and 1 more)",
        f"<{D4}>/<programme>/<cause> on that day", f"dated {D4}"),
    "a line's number": (
        lambda f: f.table(D4, "entries", at(account="bank"), line=pl.lit(3)),
        "entries", f"{S4}/entries.parquet", "lines out of number", "0", "1"),
    "a negative side": (
        lambda f: f.table(D4, "entries", at(account="bank"), debit=pl.lit(-1)),
        "entries", f"{S4}/entries.parquet", "lines with a negative side", "0", "1"),
    "a balance of nothing": (
        lambda f: f.table(D4, "balances", at(account="bank"), balance=pl.lit(0)),
        "balances", f"{S4}/balances.parquet", "accounts listed with 0", "0", "1"),
    "a place in the sequence": (
        lambda f: f.table(D4, "orders", at(order_id="O8"), seq=pl.lit(3)),
        "subledger", f"{S4}/orders.parquet", "seq out of number", "0", "1"),
    "a reward's number": (
        lambda f: f.table(D4, "rewards", at(order_id="O8", kind="fund"), reward_id=pl.lit("x")),
        "subledger", f"{S4}/rewards.parquet", "reward_id out of number", "0", "1"),
    "a claim without referral": (
        lambda f: f.table(D4, "claims", at(claim_id="referral/O8"), order_id=pl.lit("O7")),
        "depth", f"{S4}/claims.parquet", "claim referral/O8", "O7 to be a referral", "2100 fen without one"),
    "a name twice": (
        lambda f: f.table(D4, "balances", at(holder="B", account="member_points"), holder=pl.lit("A")),
        "tables", f"{S4}/balances.parquet", "rows", "in the order of account, holder, commodity, each once",
        "otherwise"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_is_named(forger: Forger, name: str) -> None:
    tamper, kind, where, what, expected, found = FORGED[name]
    tamper(forger)
    outcome = verify_home(forger.home)
    assert not outcome.of_kind("chain")
    assert not outcome.of_kind("files")
    assert (where, what, expected, found) in [
        (fault.where, fault.what, fault.expected, fault.found) for fault in outcome.of_kind(kind)
    ], outcome.of_kind(kind)


def test_an_old_forgery_shows_in_the_journals_of_a_later_day_alone(forger: Forger) -> None:
    forger.table(D3, "balances", at(account="pool_queue"), balance=more("balance"))
    assert verify_home(forger.home, upto=D4, only=D4).clean
    assert not verify_home(forger.home, upto=D3, only=D3).clean


# --- what a person sees ----------------------------------------------------------------------------------------------


def test_lines_for_a_person(forger: Forger) -> None:
    forger.table(D4, "balances", at(account="pool_queue"), balance=more("balance"))
    page = io.StringIO()
    verify_and_show(Console(file=page, width=80), forger.home, None)
    text = page.getvalue()
    assert "✓ chain      seals readable" in text
    assert "✗ balances   1 balances recomputed from all journals: 4 days, 4 files, 38 rows" in text
    assert f"first of 1: {S4}/balances.parquet: balance pool_queue merchant/T CNY" in text
    assert text.splitlines()[-1].startswith("not verified: 2 faults in 4 days, ")


def test_command_line(settled: Home, forger: Forger) -> None:
    said = settle("verify", "--home", settled.root, "--date", D4)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].startswith("verified: nothing at fault in 4 days, ")
    forger.path(D4, "tickets.parquet").unlink()
    said = settle("verify", "--home", forger.home.root)
    assert said.code == 1
    assert "– balances" in said.out
    assert f"controls of content ended early: a table of {D4} cannot be read" in said.out


def test_a_day_that_is_not_settled(settled: Home) -> None:
    fault = first(verify_home(settled, upto=date(2025, 11, 9), only=date(2025, 11, 9)), "chain")
    assert (fault.where, fault.found) == ("settlements/2025-11-09", "none")


def test_a_home_without_a_settled_day(tmp_path: Path) -> None:
    outcome = verify_home(Home(tmp_path))
    assert (outcome.clean, outcome.stopped) == (False, "no day is settled")
