"""Words in the two languages that people of a shop read.

Holds: what a pair of words is; what programmes are called and what they do with money.
Never holds: the words of one page, which stand beside it (``statement/wording.py``, ``report/wording.py``).
Neighbour: ``statement/`` and ``report/`` print them.
"""

from __future__ import annotations

from typing import NamedTuple

from assets.foundation.settings import Language


class Words(NamedTuple):
    """The same in both languages."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        """In the language asked for."""
        return self.zh if language == "zh" else self.en


PROGRAMMES = {
    "points": Words("Points", "消费增值"),
    "referral": Words("Referral", "推三返一"),
    "queue": Words("Queue", "排队免单"),
    "green": Words("Green points", "绿色积分"),
    "circular": Words("Circular purchase", "循环购"),
    "chain": Words("Chain", "链动"),
    "payout": Words("Payout", "提现"),
}
CAUSES = {
    "contribute": Words("share of orders", "订单分摊"),
    "income": Words("kept by the platform", "平台留存"),
    "grant": Words("granted", "发放"),
    "fund": Words("paid from the pool", "资金池返还"),
    "accelerate": Words("acceleration", "加速返还"),
    "exit": Words("left the queue for vouchers", "退出排队换取消费券"),
    "release": Words("released", "释放"),
    "sale": Words("sold", "出售"),
    "redeem": Words("redeemed", "兑换"),
    "expire": Words("expired", "到期作废"),
    "clawback": Words("taken back after a refund", "退款后收回"),
    "collect": Words("debt paid", "以钱包余额偿还欠款"),
    "cut": Words("sent", "付款"),
    "failed": Words("failed, money back", "付款失败，退回钱包"),
    "returned": Words("returned, money back", "付款后被退回，退回钱包"),
}

__all__ = ["CAUSES", "PROGRAMMES", "Language", "Words"]
