"""The payout cut: who is paid today, how much, and the tax withheld (rules.md section 10.3).

Holds: the order of the statements of ``sql/payouts/``.
Never holds: files (``files.py``) or the ledger.
Neighbour: ``ledger.py`` collects debts before it and writes the journal after it.
"""

from __future__ import annotations

import polars as pl

from assets.day import Day
from assets.payouts.channels import PROFILES
from assets.payouts.channels.base import payee_most, payment_least
from assets.steps import Facts

_NO_LIMIT = 2**63 - 1


def _tax_table(day: Day) -> pl.DataFrame:
    rows = [(_NO_LIMIT if top is None else top, bp, quick) for top, bp, quick in day.version.payout.cumulative_table]
    return pl.DataFrame(rows, schema={"up_to": pl.Int64, "bp": pl.Int64, "quick": pl.Int64}, orient="row")


def _channel_limits(day: Day) -> pl.DataFrame:
    """Per channel of today's payees the most a payee may get in a day, gross, 0 = any, and the least net that a payment
    may carry (rules.md section 10.3)."""
    names = [row[0] for row in day.engine.query("select distinct channel from payee_accounts order by 1")]
    settings = [day.version.payout.channel(name).settings for name in names]
    rows = [(name, payee_most(one), payment_least(one)) for name, one in zip(names, settings, strict=True)]
    schema = {"channel": pl.String, "most_fen": pl.Int64, "least_fen": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _uncarried(day: Day) -> pl.DataFrame:
    """Payees whose account or name their channel cannot carry, with the reason: their money stays in the wallet."""
    accounts = day.frame("payee_accounts", "member_id")
    found = [pl.DataFrame(schema={"member_id": pl.String, "reason": pl.String})]
    for key, rows in accounts.group_by("channel", maintain_order=True):
        channel = day.version.payout.channel(str(key[0]))
        reasons = PROFILES[channel.profile].refusals(rows, channel.settings)
        found.append(rows.select("member_id", reasons.alias("reason")).filter(pl.col("reason") != ""))
    return pl.concat(found)


def cut_payouts(day: Day) -> Facts:
    """Step 7, second half: cut today's payouts; no member has more than one (rules.md section 10.3)."""
    day.run("payouts/wallets_closing", "payouts/payee_accounts")
    day.engine.put("channel_limits", _channel_limits(day))
    day.engine.put("uncarried", _uncarried(day))
    day.engine.put("tax_table", _tax_table(day))
    day.run(
        "payouts/payees", "payouts/cuts", "payouts/tax_before", "payouts/taxed", "payouts/payable",
        "payouts/payout_ids", "payouts/replaced", "payouts/payouts_cut", "payouts/changed_payouts",
        "payouts/changed_returned", "payouts/changed_tax",
    )  # fmt: skip
    return {
        "rows": day.engine.count("payouts_cut"),
        "gross, fen": day.total("payouts_cut", "gross"),
        "tax, fen": day.total("payouts_cut", "tax"),
        "net, fen": day.total("payouts_cut", "net"),
    }
