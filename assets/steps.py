"""The steps of a day up to the money in the wallets, in the order of rules.md section 1.

Holds: one function a step; each runs its statements and the schemes' part of it.
Never holds: a scheme's rules (``programmes/``), files for people (``ledger.py``, ``payouts/``, ``report/``).
Neighbour: ``stages.py`` names them as stages of the job.
"""

from __future__ import annotations

import polars as pl

from assets.day import Day
from assets.programmes import PROGRAMMES, concerned

Facts = dict[str, int | str]

# What of a changed table's rows is worth a figure.
_MONEY = {
    "tickets": ("received", "received by these tickets, fen"),
    "claims": ("amount", "owed by these claims, fen"),
}

# Rows of what schemes have in common.
_SHARED_REWARDS = ("refunds/takeback_rewards", "vouchers/vouchers_back_rewards")


def require_fit(day: Day) -> None:
    """Refuse rules that the sealed state forbids."""
    for programme in PROGRAMMES:
        programme.fits(day)


def read_exports(day: Day) -> Facts:
    """Read and check the day's exports; refuse the day when too much of its money is quarantined (contract.md)."""
    from assets.exports.intake import take_exports, within_limit

    require_fit(day)
    day.intake = take_exports(
        day.engine,
        day.lookup,
        day.home.root,
        day.date,
        timezone=day.rules.timezone,
        late_limit_days=day.version.late_limit_days,
        points_priced=day.keys("points").points.mode == "pool_priced",
        progress=day.progress,
    )
    day.keep("lines", "taken_lines")
    for programme in PROGRAMMES:
        programme.exported(day)
    day.engine.drop("taken_lines")
    if not within_limit(day.intake, day.version.quarantine_limit_bp, day.accept_quarantine):
        day.accept_quarantine = None  # the seal speaks of a waiver only where one was needed
    totals = day.intake.totals
    return {
        "rows": int(totals["rows_in"].sum()),
        "accepted rows": int(totals["rows_accepted"].sum()),
        "duplicate rows": int(totals["rows_duplicate"].sum()),
        "quarantined rows": int(totals["rows_quarantined"].sum()),
        "money in, fen": sum(totals["fen_in"].to_list()),
        "money quarantined, fen": sum(totals["fen_quarantined"].to_list()),
    }


def take_results(day: Day) -> Facts:
    """Step 1: results of earlier payouts (rules.md section 10.4)."""
    day.lookup("payouts", "payout_id", "taken_results", into="payouts_asked")
    day.run("results/judged_results", "results/payouts_resulted", "results/wallets_resulted")
    judged = day.frame("judged_results", "source, row_no")
    day.refuse(
        "payout_results",
        judged,
        {
            "unknown_payout": "no payout with this id was ever issued",
            "payout_amount_differs": "the amount is not the net amount of the payout",
            "payout_already_final": "the payout has another final state already",
        },
    )
    day.taken().count_duplicates("payout_results", judged.filter(pl.col("verdict") == "duplicate"))
    changed = day.engine.count("payouts_resulted")
    return {"rows": changed, "payouts with a result": changed}


def take_late_refunds(day: Day) -> Facts:
    """Step 2: late refunds, by lineage (rules.md section 9)."""
    day.run("orders/touched_orders", "refunds/late_refunds")
    for programme in concerned(day):
        programme.reverse(day)
    day.gather([path for programme in concerned(day) for path in programme.takebacks], into="takebacks_listed")
    day.run("refunds/takebacks")
    day.gather([path for programme in concerned(day) for path in programme.vouchers_back], into="vouchers_back_listed")
    day.run("vouchers/vouchers_back")
    return {
        "rows": day.engine.count("late_refunds"),
        "taken back, fen": day.total("takebacks", "amount"),
        "of it covered by wallets, fen": day.total("takebacks", "covered"),
    }


def take_requests(day: Day) -> Facts:
    """Step 3: redemptions and queue exits (rules.md sections 4.1 and 6.2)."""
    for programme in concerned(day):
        programme.request(day)
    redeemed = day.engine.count("judged_redemptions")
    exits = day.engine.count("judged_exits")
    return {"rows": redeemed + exits, "redemptions": redeemed, "exits": exits}


def qualify_orders(day: Day) -> Facts:
    """Step 4, first half: the orders that qualify today, in sequence (rules.md section 2)."""
    day.run("orders/qualified", "orders/buyers", "orders/changed_orders", "orders/changed_pending")
    day.keep("orders", "changed_orders")  # beside the output
    rows = day.write_table("orders", "qualified")
    day.run("orders/qualified_sums")
    day.keep("pending", "changed_pending")
    day.engine.drop("touched_orders", "changed_orders", "changed_pending", "orders_before")
    return {"rows": rows, "kept, fen": day.total("qualified_sums", "kept")}


def settle_programme(day: Day, name: str) -> Facts:
    """Steps 4 to 6 of one scheme."""
    programme = next(one for one in PROGRAMMES if one.name == name)
    if not programme.concerns(day):
        return {"rows": 0}
    programme.settle(day)
    return {_with_unit(key): value for key, value in programme.money(day).items()}


def _with_unit(key: str) -> str:
    """A figure's name with its unit: fen unless it names another one or is of what was granted."""
    return key if ", " in key else f"{key}, {'units' if 'granted' in key else 'fen'}"


def gather_moves(day: Day) -> None:
    """All two-sided movements of steps 2 to 6 as one relation, and the sums of the rest as another."""
    own = [path for programme in concerned(day) for path in programme.moves]
    day.gather([*own, "refunds/takeback_moves", "vouchers/vouchers_back_moves"], into="moves")
    day.gather([path for programme in concerned(day) for path in programme.postings], into="scheme_postings")


def write_rewards(day: Day) -> Facts:
    """rewards.parquet: every change of what a member has, by cause (contract.md)."""
    own = [path for programme in concerned(day) for path in programme.rewards]
    # Read where they lie: kept as rows they would be the largest table of the day.
    day.engine.union("reward_rows", [day.name(path) for path in (*own, *_SHARED_REWARDS)])
    day.name("rewards/rewards")
    rows = day.write_table("rewards")
    day.reread("rewards")
    day.run("rewards/reward_sums", "rewards/rewards_by_kind")
    for programme in concerned(day):
        day.engine.drop(*programme.causes)
    sums = day.frame("reward_sums").group_by("commodity").agg(pl.col("amount").sum())
    by_commodity = dict(sums.rows())
    named = {"CNY": "money to members, fen", "POINT": "points, units", "GREEN": "green points, units",
             "VOUCHER": "vouchers, units"}  # fmt: skip
    return {"rows": rows, **{text: int(by_commodity.get(key, 0)) for key, text in named.items()}}


def _listed(day: Day, name: str) -> list[str]:
    shown = [{**programme.changed, **programme.listed} for programme in concerned(day)]
    return [relations[name] for relations in shown if name in relations]


def changed_relations(day: Day) -> dict[str, str]:
    """State table -> relation with the rows that today changed, of all schemes."""
    found: dict[str, list[str]] = {}
    for programme in concerned(day):
        for table, relation in programme.changed.items():
            found.setdefault(table, []).append(relation)
    for table, relations in found.items():
        if len(relations) > 1:
            day.engine.union(f"changed_{table}_of_all", relations)
    return {table: one[0] if len(one) == 1 else f"changed_{table}_of_all" for table, one in found.items()}


def write_changed(day: Day, name: str) -> Facts:
    """tickets, claims or lots: what changed today, as it stands at the close (contract.md)."""
    if relation := changed_relations(day).get(name):
        day.keep(name, relation)  # beside the output
    day.engine.union(f"listed_{name}", _listed(day, name))
    facts: Facts = {"rows": day.write_table(name, f"listed_{name}")}
    if name == "lots":
        day.run("rewards/lots_by_programme")
        facts |= _left_of_lots(day)
    else:
        column, text = _MONEY[name]
        facts[text] = day.total(f"listed_{name}", column)
    for programme in concerned(day):
        if name in {**programme.changed, **programme.listed}:
            programme.written(day, name)
    return facts


def _left_of_lots(day: Day) -> Facts:
    """What is left of the lots that changed, each scheme's by itself: energy is fen, and no two count alike."""
    rows = day.frame("lots_by_programme", "programme").select("programme", "left").rows()
    return {f"left of these lots of {name}, {'fen' if name == 'circular' else 'units'}": left for name, left in rows}
