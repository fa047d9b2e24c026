"""Whose statement it is, and which accounts are his.

Holds: the two kinds of holders, their accounts in the order in which they are shown, the side of each.
Never holds: amounts.
Neighbour: ``reading.py`` reads by holder; ``wording.py`` names the accounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assets.exports.parsing import RESERVED
from assets.foundation.errors import Refused

# What the holder owes: its balance is debit - credit (contract.md, balances), and more of it makes him poorer.
OWED = ("member_debt", "merchant_receivable")
# In the order of rules.md section 10.1; an account that is not named here comes after these.
ACCOUNTS = (
    "member_wallet_rebate", "member_wallet_chance", "member_wallet_labour", "member_debt", "member_points",
    "member_green", "member_vouchers", "merchant_receivable", "merchant_payable", "merchant_green",
    "merchant_vouchers",
)  # fmt: skip
COMMODITIES = ("CNY", "POINT", "GREEN", "VOUCHER")
_SHOWN = 100  # letters of a name in a message
_NAMED = re.compile(r"(?:(member|merchant)/)?([^/]+)")


@dataclass(frozen=True)
class Holder:
    """A member or a merchant by his id."""

    kind: Literal["member", "merchant"]
    id: str

    @property
    def accounts(self) -> str:
        """What the names of his accounts begin with."""
        return f"{self.kind}_"

    @property
    def rewarded(self) -> str:
        """His name in rewards."""
        return self.id if self.kind == "member" else f"merchant/{self.id}"


def holder_of(text: str) -> Holder:
    """The holder that a person names as ``ID``, ``member/ID`` or ``merchant/ID``; raises Refused for anything else."""
    match = _NAMED.fullmatch(text)
    if match is None or match[2] == RESERVED or not text.isprintable():
        raise Refused(f"found {text[:_SHOWN]!r}, allowed the id of a member, or merchant/ID")
    return Holder("merchant" if match[1] == "merchant" else "member", match[2])
