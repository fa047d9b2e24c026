"""The chart of accounts: what each account of the ledger is in the five kinds of account that all books have.

Holds: the name, side and holders of every account, and the one spelling of a holder as a part of a name.
Never holds: amounts, a format's syntax.
Neighbour: ``gathering.py`` names the accounts that are used; ``beancount.py`` and ``hledger.py`` write the names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assets.foundation.errors import Refused

# Whose an account is: nobody's but the shop's, a channel's, a member's or merchant's, a queue's, a pool's and its.
Holders = Literal["none", "channel", "person", "queue", "pool"]


@dataclass(frozen=True)
class Account:
    """One account: its name in books, whether its balance is debit - credit (contract.md, balances), whose it is."""

    name: str
    debit: bool
    holders: Holders


# Units that are no money stand under Equity against what people hold, so that no profit is made of them.
CHART: dict[str, Account] = {
    "bank": Account("Assets:Bank", True, "channel"),
    "merchant_receivable": Account("Assets:Receivable:Merchants", True, "person"),
    "member_debt": Account("Assets:Receivable:Members", True, "person"),
    "pool_points": Account("Liabilities:Pools:Points", False, "none"),
    "pool_referral": Account("Liabilities:Pools:Referral", False, "none"),
    "pool_queue": Account("Liabilities:Pools:Queue", False, "queue"),
    "pool_green": Account("Liabilities:Pools:Green", False, "none"),
    "pool_circular": Account("Liabilities:Pools:Circular", False, "none"),
    "pool_chain": Account("Liabilities:Pools:Chain", False, "none"),
    "pool_due": Account("Liabilities:Due", False, "pool"),
    "voucher_backing": Account("Liabilities:VoucherBacking", False, "none"),
    "member_wallet_rebate": Account("Liabilities:Wallets:Rebate", False, "person"),
    "member_wallet_chance": Account("Liabilities:Wallets:Chance", False, "person"),
    "member_wallet_labour": Account("Liabilities:Wallets:Labour", False, "person"),
    "payout_in_transit": Account("Liabilities:InTransit", False, "channel"),
    "tax_withheld": Account("Liabilities:TaxWithheld", False, "none"),
    "merchant_payable": Account("Liabilities:Payable:Merchants", False, "person"),
    "platform_income": Account("Income:Platform", False, "none"),
    "member_points": Account("Liabilities:Points:Members", False, "person"),
    "points_issued": Account("Equity:Points:Issued", True, "none"),
    "points_redeemed": Account("Equity:Points:Redeemed", True, "none"),
    "points_expired": Account("Equity:Points:Expired", True, "none"),
    "member_green": Account("Liabilities:Green:Members", False, "person"),
    "merchant_green": Account("Liabilities:Green:Merchants", False, "person"),
    "green_issued": Account("Equity:Green:Issued", True, "none"),
    "member_vouchers": Account("Liabilities:Vouchers:Members", False, "person"),
    "merchant_vouchers": Account("Liabilities:Vouchers:Merchants", False, "person"),
    "vouchers_issued": Account("Equity:Vouchers:Issued", True, "none"),
    "vouchers_redeemed": Account("Equity:Vouchers:Redeemed", True, "none"),
}
_PLATFORM = "platform"
_OTHER = re.compile(r"[^A-Za-z0-9\u4e00-\u9fa5]")
_MARK = "X--"  # no spelling begins so by itself: what follows an escape's first dash is a digit of its number


def account_of(name: str) -> Account:
    """The account of that name in the ledger; raises Refused for one that the chart has not."""
    if name not in CHART:
        raise Refused(f"account {name}: not in the chart of accounts, allowed {', '.join(CHART)}")
    return CHART[name]


def book_name(account: str, holder: str) -> str:
    """The name in books of an account of the ledger and its holder; of the control account where ``holder`` is "".

    Two that differ have different names. Raises Refused for a holder that the account cannot have.
    """
    entry = account_of(account)
    if not holder or (entry.holders == "none" and holder == _PLATFORM):
        return entry.name
    if entry.holders == "channel":
        return f"{entry.name}:{_word(holder)}"
    if entry.holders == "person":
        return f"{entry.name}:{spelled(holder)}"
    if entry.holders == "queue":
        return f"{entry.name}:{_queue(holder)}"
    pool, _, whose = holder.partition("/")
    if entry.holders == "none" or pool not in CHART:
        raise Refused(f"account {account}: found holder {holder!r}, which it cannot have")
    short = CHART[pool].name.rsplit(":", 1)[-1]
    return f"{entry.name}:{short}" + (f":{_queue(whose)}" if CHART[pool].holders == "queue" else "")


def _queue(holder: str) -> str:
    """A queue: ``platform``, or ``merchant/`` or ``group/`` and an id."""
    kind, _, named = holder.partition("/")
    return f"{kind.capitalize()}:{spelled(named)}" if named else kind.capitalize()


def _word(text: str) -> str:
    """As ``spelled``, for words that begin with a small letter as a rule: that is written large, a large one marked."""
    return text[0].upper() + _escaped(text[1:]) if "a" <= text[0] <= "z" else _MARK + _escaped(text)


def spelled(text: str) -> str:
    """An id as one part of an account's name, which begins with a large letter or a digit and has letters, digits and
    dashes alone. Every other character is ``-<its number in hexadecimal>-``; Chinese ones stay."""
    plain = _escaped(text)
    return plain if plain[0].isascii() and (plain[0].isupper() or plain[0].isdigit()) else _MARK + plain


def _escaped(text: str) -> str:
    return _OTHER.sub(lambda found: f"-{ord(found[0]):x}-", text)
