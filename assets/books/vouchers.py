"""The day's journal as vouchers (记账凭证) for accounting software: money alone, a line for each account and side.

Holds: codes and names of accounts in a chart as Chinese shops have it, the shop's own in their place, the lines.
Never holds: holders, but for the channel of a bank account; points, green points and vouchers, which are no money.
Neighbour: ``gathering.py`` sums holders; ``report/workbook.py`` prints the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.books.chart import account_of
from assets.books.gathering import on_control_accounts
from assets.foundation.errors import Refused
from assets.foundation.settings import Entry
from assets.statement.wording import cause_of
from assets.wording import Language, Words

# Codes of four digits are those of the Chinese standard chart, what is below them is ours.
_ACCOUNTS: dict[str, tuple[str, Words]] = {
    "bank": ("1002", Words("Bank", "银行存款")),
    "merchant_receivable": ("1122", Words("Receivable from merchants", "应收账款")),
    "member_debt": ("122101", Words("Owed by members", "其他应收款-会员欠款")),
    "merchant_payable": ("2202", Words("Payable to merchants", "应付账款")),
    "tax_withheld": ("222101", Words("Tax withheld", "应交税费-代扣个人所得税")),
    "pool_points": ("224101", Words("Pool of points", "其他应付款-积分池")),
    "pool_referral": ("224102", Words("Pool of referrals", "其他应付款-推荐池")),
    "pool_queue": ("224103", Words("Pools of queues", "其他应付款-排队池")),
    "pool_green": ("224104", Words("Pool of green points", "其他应付款-绿色积分池")),
    "pool_circular": ("224105", Words("Pool of circular purchase", "其他应付款-循环购池")),
    "pool_chain": ("224106", Words("Pool of the chain", "其他应付款-链动池")),
    "pool_due": ("224107", Words("Due to pools from debts", "其他应付款-待收欠款")),
    "voucher_backing": ("224108", Words("Behind vouchers", "其他应付款-消费券备付")),
    "member_wallet_rebate": ("224111", Words("Wallets: rebate", "其他应付款-返利钱包")),
    "member_wallet_chance": ("224112", Words("Wallets: chance", "其他应付款-偶然所得钱包")),
    "member_wallet_labour": ("224113", Words("Wallets: labour", "其他应付款-劳务报酬钱包")),
    "payout_in_transit": ("224121", Words("Payouts in transit", "其他应付款-付款在途")),
    "platform_income": ("6051", Words("Income of the platform", "其他业务收入")),
}
_A_DAY = 1_000  # numbers that a day may use, so that those of a month differ and the last is below 2^15


@dataclass(frozen=True)
class Line:
    """One line of a voucher; one of ``debit`` and ``credit`` is 0, both are fen. ``aside`` is the channel, or ""."""

    number: int
    summary: str
    code: str
    name: str
    debit: int
    credit: int
    aside: str
    txn_id: str


def vouchers(
    entries: pl.LazyFrame, day: date, language: Language, own: Mapping[str, Entry] | None = None
) -> list[Line]:
    """The money of the day's journal: a voucher for each transaction, debits before credits.

    Numbers are day of the month × 1 000 + n. ``own``: what accounts are in the shop's chart. Raises Refused for one
    that is none of ours, and where a voucher does not balance.
    """
    chart = _chart(language, own or {})
    money = on_control_accounts(entries).filter(pl.col("commodity") == "CNY")
    sums = money.group_by("txn_id", "account", "holder").agg(pl.col("debit", "credit").sum()).collect()
    _require_balance(sums)
    sides = pl.concat([
        sums.with_columns(side=pl.lit(0), credit=pl.lit(0, pl.Int64)).filter(pl.col("debit") != 0),
        sums.with_columns(side=pl.lit(1), debit=pl.lit(0, pl.Int64)).filter(pl.col("credit") != 0),
    ]).sort("txn_id", "side", "account", "holder").with_columns(number=pl.col("txn_id").rle_id() + 1)  # fmt: skip
    return [
        Line(day.day * _A_DAY + row["number"], _summary(row["txn_id"], language), *chart[row["account"]],
             row["debit"], row["credit"], row["holder"], row["txn_id"])
        for row in sides.iter_rows(named=True)
    ]  # fmt: skip


def _chart(language: Language, own: Mapping[str, Entry]) -> dict[str, tuple[str, str]]:
    for account in own:
        if account not in _ACCOUNTS:
            raise Refused(f"settings.yaml: accounts: found {account[:60]!r}, allowed {', '.join(_ACCOUNTS)}")
    chart = {account: (code, words.of(language)) for account, (code, words) in _ACCOUNTS.items()}
    return chart | {account: (one.code, one.name) for account, one in own.items()}


def _summary(txn_id: str, language: Language) -> str:
    day, programme, cause = txn_id.split("/", 2)
    return f"{cause_of('', programme, cause, '').of(language)} {day}"


def _require_balance(sums: pl.DataFrame) -> None:
    for account in sums["account"].unique():
        account_of(account)
    wrong = sums.group_by("txn_id").agg(pl.col("debit", "credit").sum()).filter(pl.col("debit") != pl.col("credit"))
    for txn_id, debit, credit in wrong.sort("txn_id").head(1).rows():
        raise Refused(f"{txn_id}: as a voucher it does not balance: debit {debit}, credit {credit} fen")
