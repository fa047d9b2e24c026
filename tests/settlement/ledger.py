"""Ledgers as text: a home from a few rows in, and the rows that come out, short enough to check by hand.

Holds: the small default rules, the reading of day texts, the settled book and its readers.
Never holds: expected figures, or arithmetic of the rules (only the payout id, whose formula it spells out).
Neighbour: every ``test_*.py`` of this folder; ``tests/settling.py`` settles the days.

A day text has a line for each day and, below it, one row a line, fields apart by blanks, ``-`` for empty::

    2026-11-01
    member   B A                     member_id [sponsor_id]
    merchant S g1 500 A              merchant_id [group] [concession_bp 0] [referrer_id]
    account  A alipay held           member_id [channel bank] [status active]
    order    O1 A S 30.00 09:30      order_id member_id merchant_id yuan [completed_at 10:00] [product_id tea]
    line     O2 1 A S 10.00 3 1.50   order_id line_no member_id merchant_id price quantity [discount] [completed_at]
                                     [product_id]
    refund   R1 O1 5.00              refund_id order_id yuan [refunded_at 12:00]
    redeem   X1 A 500 POINT S        redemption_id member_id units [commodity POINT] [merchant_id] [requested_at 13:00]
    sell     X2 A 500                redemption_id member_id units of POINT [requested_at 13:00]
    exit     E1 O1                   exit_id order_id [requested_at 13:00]
    result   A/2026-11-01 paid 9.99  payout_id, or member/day of the payout; status, net in yuan [at 14:00]

Times are HH:MM of the day or a whole timestamp. Days between two lines are settled without trade.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.store import Home
from tests.settling import settle_day

POINTS = {"enabled": True, "mode": "fixed", "grant_bp": 7000, "cost_bp": 0, "expire_months": 0}
REFERRAL = {
    "enabled": True, "n": 3, "ladder_bp": [1000, 2000, 7000], "reserve_bp": 3334, "after": "cycle", "flat_bp": 1000,
    "base": "invitee", "need_buy": False, "repeat_invitee": False, "min_order_fen": 0,
}  # fmt: skip
QUEUE = {
    "enabled": True, "scope": "platform", "mode": "fifo", "target_bp": 10000, "target_max_fen": 0, "min_order_fen": 0,
    "pot_bp": 2000, "direct_bp": 0, "repurchase_bp": 0, "split_unit_fen": 0, "seats_bp": [5000, 3000, 2000],
    "exit_bp": 6000, "exit_after_days": 0, "exit_cost_bp": 0,
}  # fmt: skip
CIRCULAR = {
    "enabled": True, "dividend_bp": 1000, "cash_bp": 5000,
    "tiers": [{"min_fen": 1000, "energy_fen": 3000, "contribution": 1}],
}  # fmt: skip
CHAIN = {
    "enabled": True, "released_by": "counsel", "n": 2, "packages": [{"product_id": "P", "price_fen": 30000}],
    "fund_fen": 10000, "direct_agent_fen": 3000, "team_fen": 2000, "peer_bp": 1000, "direct_bp": 0, "slide_bp": 0,
}  # fmt: skip
_BLOCKS: dict[str, dict[str, Any]] = {
    "points": POINTS, "referral": REFERRAL, "queue": QUEUE, "circular": CIRCULAR, "chain": CHAIN,
}  # fmt: skip
_HEAD = {"freeze_days": 0, "margin_bp": 10000, "max_paid_depth": 1, "quarantine_limit_bp": 10000}
_TAX = {"points": "rebate", "queue": "rebate", "referral": "labour", "circular": "rebate", "chain": "labour"}
# High enough that no test pays out by the way.
_PAYOUT = {"min_fen": 10**12, "max_fen": 0, "labour_method": "monthly"}

_COLUMNS = {
    "members": "member_id,sponsor_id,joined_at",
    "merchants": "merchant_id,name,group,concession_bp,referrer_id",
    "payout_accounts": "member_id,channel,account_no,account_name,status",
    "orders": "order_id,line_no,member_id,merchant_id,product_id,unit_price,quantity,discount,completed_at",
    "refunds": "refund_id,order_id,amount,refunded_at",
    "redemptions": "redemption_id,member_id,kind,commodity,amount,merchant_id,requested_at",
    "queue_exits": "exit_id,order_id,requested_at",
    "payout_results": "payout_id,status,amount,at",
}


def version(start: str, **changed: Any) -> dict[str, Any]:
    """A rules version from ``start``: programmes named are on, their keys and every other block over the defaults."""
    blocks = {name: {**_BLOCKS.get(name, {}), **changed.pop(name)} for name in [*_BLOCKS, "green"]
              if name in changed}  # fmt: skip
    tax, payout = {**_TAX, **changed.pop("tax", {})}, {**_PAYOUT, **changed.pop("payout", {})}
    return {"version": f"v{start}", "effective_from": start, **_HEAD, **changed, **blocks, "tax": tax, "payout": payout}


def rules(start: str = "2026-01-01", **changed: Any) -> list[dict[str, Any]]:
    """One version for all days."""
    return [version(start, **changed)]


def payout_id(member: str, day: str) -> str:
    """rules.md section 10.3, in the terms of its sentence."""
    digest = hashlib.sha256(f"{day}|{member}".encode()).digest()
    return "P" + day.replace("-", "") + base64.b32encode(digest).decode()[:15]


# --- in --------------------------------------------------------------------------------------------------------------


def _member(at: Any, member: str, sponsor: str = "") -> tuple[str, list[str]]:
    return "members", [member, sponsor, at("00:00")]


def _merchant(
    at: Any, merchant: str, group: str = "", concession: str = "0", referrer: str = ""
) -> tuple[str, list[str]]:
    return "merchants", [merchant, f"shop {merchant}", group, concession, referrer]


def _account(at: Any, member: str, channel: str = "bank", status: str = "active") -> tuple[str, list[str]]:
    return "payout_accounts", [member, channel, f"6200{member}", f"name {member}", status]


def _line(
    at: Any, order: str, no: str, member: str, merchant: str, price: str, quantity: str,
    discount: str = "0", time: str = "10:00", product: str = "tea",
) -> tuple[str, list[str]]:  # fmt: skip
    return "orders", [order, no, member, merchant, product, price, quantity, discount, at(time)]


def _order(
    at: Any, order: str, member: str, merchant: str, yuan: str, time: str = "10:00", product: str = "tea"
) -> tuple[str, list[str]]:
    return _line(at, order, "1", member, merchant, yuan, "1", "0", time, product)


def _refund(at: Any, refund: str, order: str, yuan: str, time: str = "12:00") -> tuple[str, list[str]]:
    return "refunds", [refund, order, yuan, at(time)]


def _redeem(
    at: Any, redemption: str, member: str, units: str, commodity: str = "POINT", merchant: str = "",
    time: str = "13:00",
) -> tuple[str, list[str]]:  # fmt: skip
    return "redemptions", [redemption, member, "redeem", commodity, units, merchant, at(time)]


def _sell(at: Any, redemption: str, member: str, units: str, time: str = "13:00") -> tuple[str, list[str]]:
    return "redemptions", [redemption, member, "sell", "POINT", units, "", at(time)]


def _exit(at: Any, request: str, order: str, time: str = "13:00") -> tuple[str, list[str]]:
    return "queue_exits", [request, order, at(time)]


def _result(at: Any, payout: str, status: str, yuan: str, time: str = "14:00") -> tuple[str, list[str]]:
    named = payout_id(*payout.split("/")) if "/" in payout else payout
    return "payout_results", [named, status, yuan, at(time)]


_ROWS: dict[str, Callable[..., tuple[str, list[str]]]] = {
    "member": _member, "merchant": _merchant, "account": _account, "order": _order, "line": _line, "refund": _refund,
    "redeem": _redeem, "sell": _sell, "exit": _exit, "result": _result,
}  # fmt: skip


def _moment(day: date, time: str) -> str:
    return time if "T" in time else f"{day}T{time}:00"


def _read(text: str) -> dict[date, dict[str, list[str]]]:
    days: dict[date, dict[str, list[str]]] = {}
    for words in (line.split() for line in text.splitlines() if line.strip()):
        if len(words) == 1:
            following = date.fromisoformat(words[0])
            while days and (between := max(days) + timedelta(days=1)) < following:
                days[between] = {"orders": []}
            files = days[following] = {"orders": []}
            day = following
            continue
        file, fields = _ROWS[words[0]](partial(_moment, day), *("" if word == "-" else word for word in words[1:]))
        files.setdefault(file, []).append(",".join(fields))
    return days


class Book:
    """A home settled day by day, and its tables as sorted lines of text."""

    def __init__(self, root: Path, versions: list[dict[str, Any]] | Path, text: str = "") -> None:
        self.root = root
        self.write_rules(versions)
        self.settle(text)

    def write_rules(self, versions: list[dict[str, Any]] | Path) -> None:
        """Put the rules file in place: of these versions (JSON is YAML), or a copy of that one."""
        whole = {"timezone": "Asia/Shanghai", "versions": versions}
        text = versions.read_text(encoding="utf-8") if isinstance(versions, Path) else json.dumps(whole)
        (self.root / "rules.yaml").write_text(text, encoding="utf-8")

    def settle(self, text: str) -> None:
        """Write the exports of the text's days and settle them in order."""
        for day, files in _read(text).items():
            folder = self.root / "exports" / day.isoformat()
            folder.mkdir(parents=True)
            for file, rows in files.items():
                (folder / f"{file}.csv").write_text("\n".join([_COLUMNS[file], *rows, ""]), encoding="utf-8")
            settle_day(self.root, day, threads=1)

    def table(self, day: str, name: str, columns: str, where: str = "") -> list[str]:
        """Lines of a sealed table: the columns (blank-separated) of the rows that contain the words of ``where``."""
        path = Home(self.root).settlement(date.fromisoformat(day)) / f"{name}.parquet"
        frame = pl.read_parquet(path).select(columns.split())
        lines = [" ".join("-" if field in (None, "") else str(field) for field in row) for row in frame.rows()]
        return sorted(line for line in lines if set(where.split()) <= set(line.split()))

    def orders(self, day: str) -> list[str]:
        """``seq order member kept``"""
        return self.table(day, "orders", "seq order_id member_id kept")

    def rewards(self, day: str, where: str = "") -> list[str]:
        """``programme kind member order from_order amount commodity``"""
        return self.table(day, "rewards", "programme kind member_id order_id from_order_id amount commodity", where)

    def tickets(self, day: str, where: str = "") -> list[str]:
        """``queue no order part member received target behind status``"""
        names = "queue_id ticket_no order_id part member_id received target behind status"
        return self.table(day, "tickets", names, where)

    def claims(self, day: str, where: str = "") -> list[str]:
        """``claim member ordinal base_order cap amount received status``"""
        names = "claim_id member_id ordinal base_order_id cap amount received status"
        return self.table(day, "claims", names, where)

    def lots(self, day: str, where: str = "") -> list[str]:
        """``lot holder granted left status``"""
        return self.table(day, "lots", "lot_id holder granted left status", where)

    def balances(self, day: str, *accounts: str) -> list[str]:
        """``account holder balance`` of the accounts, or of all"""
        lines = self.table(day, "balances", "account holder balance")
        return [line for line in lines if not accounts or line.split()[0] in accounts]

    def payouts(self, day: str, where: str = "") -> list[str]:
        """``member channel gross tax net attempt``"""
        return self.table(day, "payouts", "member_id channel gross tax net attempt", where)

    def quarantine(self, day: str) -> list[str]:
        """``file key reason``: the key is the first field of the row as it came"""
        folder = Home(self.root).settlement(date.fromisoformat(day)) / "quarantine"
        return sorted(line for path in sorted(folder.glob("*.csv")) for line in _refused(path))

    def duplicates(self, day: str, file: str) -> int:
        """Rows of an export file that were counted as repetitions."""
        manifest = Home(self.root).settlement(date.fromisoformat(day)) / "manifest.json"
        return int(json.loads(manifest.read_text(encoding="utf-8"))["totals"][file]["rows_duplicate"])


def _refused(path: Path) -> Iterable[str]:
    frame = pl.read_csv(path, infer_schema=False)
    key = _COLUMNS[path.stem].partition(",")[0]
    return (f"{path.stem} {row[key]} {row['reason']}" for row in frame.iter_rows(named=True))


def ledger(text: str) -> list[str]:
    """The lines of a text, blanks squeezed, without what follows ``#``, sorted as the readers sort theirs."""
    lines = (" ".join(line.partition("# ")[0].split()) for line in text.splitlines())
    return sorted(line for line in lines if line)
