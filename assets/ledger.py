"""The ledger: debts collected, the journal, the balances and the controls that gate the seal.

Holds: rules.md sections 10.2 and 11, the journal and the snapshot of contract.md.
Never holds: how a scheme earns (``programmes/``) or how a file is written for a channel (``payouts/``).
Neighbour: ``seal.py`` publishes only what passed here.
"""

from __future__ import annotations

import polars as pl

from assets.day import Day
from assets.foundation.errors import Refused
from assets.programmes import concerned
from assets.steps import Facts, gather_moves

_CONTROLS = (
    "controls/balance_controls", "controls/pool_controls", "controls/claim_controls", "controls/cycle_controls",
    "controls/payout_controls",
)  # fmt: skip


def collect_debts(day: Day) -> Facts:
    """Step 7, first half: debts are collected, oldest first, before anybody is paid (rules.md section 10.2)."""
    gather_moves(day)
    day.run("debts/wallets_earned", "debts/debts_owed", "debts/debt_money")
    day.overlap("debt_money", "debts_owed", into="debts_met")
    day.run("debts/debts_collected", "debts/debts_left", "debts/changed_debts")
    for programme in concerned(day):
        programme.close(day)
    return {
        "rows": day.engine.count("debts_collected"),
        "collected, fen": day.total("debts_collected", "amount"),
        "still owed, fen": day.total("debts_left", "remaining"),
    }


def write_entries(day: Day) -> Facts:
    """The journal: one transaction per programme and cause (contract.md)."""
    day.run("debts/debt_moves", "payouts/payout_postings")
    day.name("ledger/postings")
    day.run("ledger/entries")
    rows = day.write_table("entries")
    day.run("ledger/transactions")
    sums = day.frame("transactions")
    money = sums.filter(pl.col("commodity") == "CNY")["debit"].sum()
    return {"rows": rows, "transactions": sums["txn_id"].n_unique(), "moved, fen": int(money)}


def write_balances(day: Day) -> Facts:
    """The ledger snapshot at the close (contract.md)."""
    day.run("ledger/balances")
    rows = day.write_table("balances")
    day.run("ledger/account_sums")
    sums = day.frame("account_sums")
    there = sums.filter(pl.col("account") != "pool_due")  # what debtors owe a pool is not in it
    held = {prefix: int(there.filter(pl.col("account").str.starts_with(prefix))["balance"].sum())
            for prefix in ("pool_", "member_wallet_")}  # fmt: skip
    return {"rows": rows, "in pools, fen": held["pool_"], "in wallets, fen": held["member_wallet_"]}


def intake_controls(day: Day) -> pl.DataFrame:
    """Control totals, as name, expected, found: of every file, rows and fen in are those of which it is known what
    became of them (rules.md section 11.5)."""
    names = {"rows": "rows", "net": "fen"}
    rows = [
        (f"5 control total {row['file']} {unit}", row[f"{kind}_in"],
         row[f"{kind}_accepted"] + row[f"{kind}_duplicate"] + row[f"{kind}_quarantined"])
        for row in day.taken().totals.iter_rows(named=True) for kind, unit in names.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"name": pl.String, "expected": pl.Int64, "found": pl.Int64}, orient="row")


def check_controls(day: Day) -> Facts:
    """Rules.md section 11: every control of the day, expected and found; ``require_controls`` gates the seal."""
    own = (path for programme in concerned(day) for path in programme.controls)
    paths = tuple(dict.fromkeys((*_CONTROLS, *own)))  # what schemes have in common once
    day.run(*paths)
    # Those of the tickets were taken when the tickets were written.
    day.engine.union("control_rows", [path.rsplit("/", 1)[-1] for path in (*paths, "controls/ticket_controls")])
    intake = intake_controls(day)
    both = pl.concat([day.frame("control_rows").select(intake.columns), intake])
    day.engine.put("controls", both.with_columns(ok=pl.col("expected") == pl.col("found")))
    return {"rows": day.write_table("controls"), "failed": day.frame("controls").filter(~pl.col("ok")).height}


def require_controls(day: Day) -> None:
    """Raise Refused, with the figures, when a control of the day failed: zero tolerance (rules.md section 11)."""
    rows = day.frame("controls", "name").to_dicts()
    failed = [row for row in rows if not row["ok"]]
    if failed:
        listed = "; ".join(f"{row['name']}: expected {row['expected']}, found {row['found']}" for row in failed[:10])
        raise Refused(f"{day.date}: {len(failed)} of {len(rows)} controls failed, nothing was published: {listed}")
