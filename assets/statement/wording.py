"""What a statement says: a sentence for every cause, names of accounts, amounts as text; English and 中文.

Holds: the words. A programme or cause that is not named here gets a sentence of its own name.
Never holds: figures, layout.
Neighbour: ``page.py`` and ``pipelines/statement.py`` lay it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.units import amount, yuan
from assets.wording import CAUSES, PROGRAMMES, Words

# Where programme and cause do not tell it all: by whose it is, too.
_OWN = {
    ("member", "points", "redeem", "VOUCHER"): Words("Vouchers: redeemed", "消费券：使用"),
    ("member", "points", "sale", "CNY"): Words("Points: sold, for money", "消费增值：出售所得"),
    ("member", "green", "grant", "CNY"): Words(
        "Green points: for a merchant whom you brought", "绿色积分：推荐商家奖励"
    ),
    ("merchant", "points", "redeem", "CNY"): Words("Vouchers: spent here by members", "消费券：会员在店内使用"),
    ("merchant", "green", "grant", "CNY"): Words("Green points: to the member who brought you", "绿色积分：推荐人奖励"),
}
_ACCOUNTS = {
    "member_wallet_rebate": Words("Rebate wallet", "返利钱包"),
    "member_wallet_chance": Words("Chance wallet", "偶然所得钱包"),
    "member_wallet_labour": Words("Labour wallet", "劳务报酬钱包"),
    "member_debt": Words("Debt", "欠款"),
    "member_points": Words("Points", "积分"),
    "member_green": Words("Green points", "绿色积分"),
    "member_vouchers": Words("Vouchers", "消费券"),
    "merchant_receivable": Words("Owed by the merchant", "商家应付"),
    "merchant_payable": Words("Owed to the merchant", "应付商家"),
    "merchant_green": Words("Green points", "绿色积分"),
    "merchant_vouchers": Words("Vouchers", "消费券"),
}
COMMODITY_NAMES = {
    "CNY": Words("Money, yuan", "金额（元）"),
    "POINT": Words("Points", "积分"),
    "GREEN": Words("Green points", "绿色积分"),
    "VOUCHER": Words("Vouchers", "消费券"),
}


def cause_of(kind: str, programme: str, cause: str, commodity: str) -> Words:
    """Why something of a member or merchant moved."""
    if own := _OWN.get((kind, programme, cause, commodity)):
        return own
    of, what = PROGRAMMES.get(programme, Words(programme, programme)), CAUSES.get(cause, Words(cause, cause))
    return Words(f"{of.en}: {what.en}", f"{of.zh}：{what.zh}")


def account_of(account: str) -> Words:
    """What an account is called."""
    return _ACCOUNTS.get(account, Words(account, account))


def reason_of(detail: Mapping[str, Any]) -> list[tuple[Words, str]]:
    """What a detail (``reading.DETAILS``) names, each with what it is: payout, orders; [] where it names none."""
    if detail["payout_id"]:
        return [
            (Words("payout", "付款"), detail["payout_id"]),
            (Words("by", "渠道"), detail["channel"]),
            (Words("attempt", "第几次"), str(detail["attempt"])),
            *((Words("instead of", "代替"), name) for name in (detail["replaces"] or "").split()),
            (Words("tax", "代扣税"), yuan(detail["tax"])),
            (Words("net", "实付"), yuan(detail["net"])),
        ]
    if detail["orders"] is not None:
        kept = (Words("kept of them", "实收"), yuan(detail["kept"]))
        return [(Words("orders", "订单数"), f"{detail['orders']:,}"), kept]
    order = Words("referral order", "推荐订单") if detail["programme"] == "referral" else Words("order", "订单")
    named = [(order, detail["order_id"]), (Words("money of order", "来自订单"), detail["from_order_id"])]
    return [(words, name) for words, name in named if name]


def change(commodity: str, units: int, point_units: int = 1) -> str:
    """As ``amount``, with its sign."""
    return ("+" if units > 0 else "") + amount(commodity, units, point_units)
