"""Why money in a member's wallets was not paid out: the verdicts of a day's cut, for one member.

Holds: the order in which they are tested (``sql/payouts/payees.sql``, ``sql/report/unpaid.sql``), with the figures.
Never holds: the account's number or name, not even when a channel refuses it.
Neighbour: ``members.py``. The golden homes hold its verdicts against those that the report counts.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.explain.payouts import CHANCE_BP, labour_due
from assets.explain.reading import Past, Row
from assets.explain.tree import Node
from assets.explain.wording import say
from assets.units import yuan


def why_not_paid(past: Past, member: str, wallets: dict[str, int], payouts: list[Row]) -> Node | None:
    """Why what the wallets (fen, by class) hold at the close was not paid on that day; None where they are empty."""
    held = sum(wallets.values())
    if not held:
        return None
    verdict, more = verdict_of(past, member, wallets, [row for row in payouts if row["paid_on"] == past.day])
    return Node("why_not", member, say(f"unpaid_{verdict}", held=yuan(held), **more))


def verdict_of(past: Past, member: str, wallets: dict[str, int], today: list[Row]) -> tuple[str, dict[str, Any]]:
    """The verdict of a day's cut over wallets that are not empty at its close, with the figures of its sentence;
    ``today``: what was cut of them on that day."""
    keys, held = past.in_force(past.day)["payout"], sum(wallets.values())
    owed = sum(row["remaining"] for row in past.where("debts", member_id=member))
    if owed:
        return "in_debt", {"owed": yuan(owed)}
    accounts = past.where("accounts", member_id=member)
    if not accounts:
        return "no_account", {}
    (account,) = accounts
    if account["status"] != "active":
        return f"account_{account['status']}", {}
    channel = keys["channels"].get(account["channel"]) or {"profile": "generic", "settings": {}}
    if today:
        most = keys["max_fen"]
        over = most and today[0]["gross"] >= most
        return ("over_maximum", {"most": yuan(most)}) if over else ("over_channel_limit", {})
    if held < keys["min_fen"]:
        return "below_minimum", {"least": yuan(keys["min_fen"])}
    from assets.payouts.channels import PROFILES  # long to import, and few are asked for

    frame = pl.DataFrame([account], schema=dict.fromkeys(account, pl.String))
    profile = PROFILES[channel["profile"]]
    if reason := profile.refusals(frame, channel["settings"])[0]:
        return "channel_cannot_carry", {"channel": account["channel"], "reason": reason}
    return _after_tax(past, member, wallets, keys, channel["settings"])


def _after_tax(
    past: Past, member: str, wallets: dict[str, int], keys: dict[str, Any], settings: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """What is left after tax: nothing, or less than the channel pays."""
    from assets.payouts.channels.base import payee_most, payment_least  # as above

    cut, limits = {}, [sum(wallets.values()), keys["max_fen"], payee_most(settings)]
    rest = min(limit for limit in limits if limit)
    for name, amount in wallets.items():
        cut[name] = min(amount, rest)
        rest -= cut[name]
    tax = cut["chance"] * CHANCE_BP // 10_000
    if cut["labour"]:
        tax += labour_due(past, member, past.day, keys, paid=cut["labour"], more=cut["labour"]).value
    net = sum(cut.values()) - tax
    if net <= 0:
        return "tax_takes_all", {"tax": yuan(tax)}
    return "below_channel_minimum", {"net": yuan(net), "least": yuan(payment_least(settings))}
