"""Small untidy random homes, each a deterministic function of its seed.

Holds the drawing of rules and exports; never holds a rule of the settlement: which payouts, tickets and claims exist
it asks `settle_reference.py`, its neighbour, day by day. With `schemes` a home draws pool-priced points, green,
circular and chain too, in `scheme_rules.py`. `python -m tests.reference.homes DIR SEED [DAYS ORDERS [schemes]]`.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.reference.scheme_rules import add_schemes, keep_mode
from tests.reference.settle_reference import DayResult, Order, ReferenceHome, Refused, Rules

HEADERS = {
    "members": ["member_id", "sponsor_id", "joined_at"],
    "merchants": ["merchant_id", "name", "group", "concession_bp", "referrer_id"],
    "payout_accounts": ["member_id", "channel", "account_no", "account_name", "status"],
    "orders": [
        "order_id", "line_no", "member_id", "merchant_id", "product_id", "unit_price", "quantity", "discount",
        "completed_at",
    ],
    "refunds": ["refund_id", "order_id", "amount", "refunded_at"],
    "redemptions": ["redemption_id", "member_id", "kind", "commodity", "amount", "merchant_id", "requested_at"],
    "queue_exits": ["exit_id", "order_id", "requested_at"],
    "payout_results": ["payout_id", "status", "amount", "reason", "at"],
}  # fmt: skip
# Starts that bring the end of a month, of a short month and of a year within a few days.
STARTS = (date(2026, 9, 1), date(2026, 1, 28), date(2026, 12, 28), date(2026, 3, 29))
Line = dict[str, str]


def yuan(fen: int) -> str:
    """Fen as yuan text with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


# --------------------------------------------------------------------------------------------------------------------
# Rules
# --------------------------------------------------------------------------------------------------------------------


def shares_of(rng: random.Random, parts: int) -> list[int]:
    """So many basis points that sum to at most 10 000."""
    cuts = sorted(rng.choice([0, 1000, 3333, 5000, 8000, 10000, rng.randint(0, 10000)]) for _ in range(parts))
    return [b - a for a, b in zip([0, *cuts], cuts, strict=False)]


def draw_points(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.1:
        return {"enabled": False}
    return {
        "enabled": True, "mode": "fixed", "grant_bp": rng.choice([1, 100, 3333, 7000, 10000]),
        "cost_bp": rng.choice([0, 0, 500]), "expire_months": rng.choice([0, 1, 1, 2]),
    }  # fmt: skip


def draw_referral(rng: random.Random, n: int, ladder: list[int]) -> dict[str, Any]:
    if rng.random() < 0.1:
        return {"enabled": False}
    return {
        "enabled": True, "n": n, "ladder_bp": ladder,
        "reserve_bp": rng.choice([0, 60, 500, 3334, 5000]), "after": rng.choice(["cycle", "once", "flat"]),
        "flat_bp": rng.choice([0, 1000, 10000]), "base": rng.choice(["min", "invitee", "referrer"]),
        "need_buy": rng.random() < 0.5, "repeat_invitee": rng.random() < 0.6,
        "min_order_fen": rng.choice([0, 0, 1, 2000, 5000]),
    }  # fmt: skip


def draw_queue(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.08:
        return {"enabled": False}
    direct = rng.choice([0, 0, 3000, 10000, rng.randint(0, 10000)])
    return {
        "enabled": True, "scope": rng.choice(["merchant", "group", "platform"]),
        "mode": rng.choice(["fifo", "average", "pro_rata", "seats"]),
        "target_bp": rng.choice([10000, 5000, 1, rng.randint(0, 10000)]),
        "target_max_fen": rng.choice([0, 0, 30000, 7777]), "min_order_fen": rng.choice([0, 0, 1, 5000]),
        "pot_bp": rng.choice([0, 1, 500, 2000, 4000]), "direct_bp": direct,
        "repurchase_bp": rng.choice([0, 2000, 10000 - direct]) if direct <= 8000 else 0,
        "split_unit_fen": rng.choice([0, 0, 333, 1000, 5000, 10000]),
        "seats_bp": shares_of(rng, rng.randint(1, 4)), "exit_bp": rng.choice([0, 1, 6000, 10000]),
        "exit_after_days": rng.choice([0, 0, 1, 2]), "exit_cost_bp": rng.choice([0, 500]),
    }  # fmt: skip


def draw_version(rng: random.Random, name: str, start: date, n: int, ladder: list[int]) -> dict[str, Any]:
    """One version over the legal range; the largest draws stay within the funding guard of 10 000 bp."""
    income = ["rebate", "chance", "labour"]
    least = rng.choice([0, 1, 1000, 10000])
    return {
        "version": name, "effective_from": start, "freeze_days": rng.randint(0, 3), "margin_bp": 10000,
        "max_paid_depth": 1, "quarantine_limit_bp": 10000, "late_limit_days": 30,
        "points": draw_points(rng),
        "referral": draw_referral(rng, n, ladder if rng.random() < 0.7 else shares_of(rng, n)),
        "queue": draw_queue(rng),
        "tax": {"queue": rng.choice(income), "points": "rebate", "referral": rng.choice(income)},
        "payout": {
            "min_fen": least, "max_fen": rng.choice([0, 0, max(least, 1), 20000]),
            "labour_method": rng.choice(["monthly", "cumulative"]),
        },
    }  # fmt: skip


def tighten(rng: random.Random, version: dict[str, Any], n: int) -> None:
    """Cycles that pay out all that they took in, at once: a debt then leaves later claims without money."""
    version["referral"] = {
        "enabled": True, "n": n, "ladder_bp": [0] * (n - 1) + [10000], "reserve_bp": rng.choice([500, 3334, 5000]),
        "after": rng.choice(["cycle", "cycle", "flat"]), "flat_bp": 10000, "base": rng.choice(["invitee", "min"]),
        "need_buy": False, "repeat_invitee": True, "min_order_fen": 0,
    }  # fmt: skip
    version["payout"].update(min_fen=rng.choice([0, 1, 1000]), max_fen=0)


def write_rules(
    rng: random.Random, directory: Path, start: date, days: int, tight: bool, dice: random.Random | None
) -> None:
    """One or two versions; `n` stays, because it may not change once a referral exists."""
    n = rng.randint(1, 2 if tight else 4)
    ladder = rng.choice([[0] * (n - 1) + [10000], shares_of(rng, n)])
    versions = [draw_version(rng, "v1", start, n, ladder)]
    if days > 2 and rng.random() < 0.75:
        versions.append(draw_version(rng, "v2", start + timedelta(days=rng.randint(1, days - 2)), n, ladder))
    if tight:
        for version in versions:
            tighten(rng, version, n)
    if dice:
        versions = add_schemes(dice, versions, start, days)
    text = yaml.safe_dump({"timezone": "Asia/Shanghai", "versions": versions}, sort_keys=False, allow_unicode=True)
    (directory / "rules.yaml").write_text(text, encoding="utf-8")


# --------------------------------------------------------------------------------------------------------------------
# Exports
# --------------------------------------------------------------------------------------------------------------------


class Shop:
    """The shop that writes a day's exports, knowing what the settlement knows at the close before."""

    def __init__(
        self, rng: random.Random, directory: Path, start: date, orders_per_day: int, dice: random.Random | None
    ) -> None:
        self.rng, self.directory, self.start, self.orders_per_day = rng, directory, start, orders_per_day
        self.reference = ReferenceHome(directory)
        self.counter = 0
        self.members = [f"M{n:02d}" for n in range(rng.randint(8, 15))]
        self.later_members = [m for m in self.members[3:] if rng.random() < 0.2]
        self.savers = {m for m in self.members if rng.random() < 0.3}  # they redeem nothing: their points expire
        merchants = rng.randint(1, 4)
        self.merchants = {f"S{n}": rng.choice(["", "G1", "G1", "G2"]) for n in range(merchants)}
        self.old_lines: dict[str, list[Line]] = defaultdict(list)  # rows of earlier days, to be sent again
        self.waiting_fix: list[list[Line]] = []  # orders that were broken and come corrected
        self.storm = rng.random() < 0.3  # many refunds a day, so that those of one member meet
        self.scale = rng.choice([1, 1, 1, 10])  # some shops are dear: their labour income reaches the tax brackets
        self.dice = dice  # of what only homes with schemes draw; without it every home is as it was
        if dice:
            self.hubs = dice.random() < 0.5
            self.wave = start + timedelta(days=dice.choice([0, 0, 1, 1, 2, 9]))
            self.members += [f"M{n:02d}" for n in range(len(self.members), len(self.members) + dice.randint(0, 12))]

    def next_id(self, prefix: str) -> str:
        """A new id; ids do not rise with time, so ties in time are broken by their bytes."""
        self.counter += 1
        return f"{prefix}{(self.counter * 7919) % 9973:04d}"

    def at(self, day: date) -> str:
        """A moment of the day; few different ones, so that ties occur."""
        moment = datetime.combine(day, time(self.rng.choice([0, 9, 9, 12, 23]), self.rng.choice([0, 0, 30, 59])))
        return moment.isoformat() + ("+08:00" if self.rng.random() < 0.1 else "")

    def maybe(self, chance: int) -> bool:
        """True in about `chance` of 100 draws."""
        return self.rng.randrange(100) < chance

    # ---- references ------------------------------------------------------------------------------------------------

    def member_lines(self, day: date) -> list[Line]:
        first = day == self.start
        here = [m for m in self.members if (m not in self.later_members if first else m in self.later_members)]
        if not first:
            here = [m for m in here if self.maybe(35)]
            self.later_members = [m for m in self.later_members if m not in here]
        lines = [self.member_line(m, self.sponsor(m), day) for m in here]
        known = sorted(self.reference.sponsors)
        if known and self.maybe(25):  # the same again, and a change that is refused
            member = self.rng.choice(known)
            lines.append(self.member_line(member, self.reference.sponsors[member], day))
            lines.append(self.member_line(self.rng.choice(known), self.rng.choice([*known, ""]), day))
        if self.maybe(20):
            stranger = self.next_id("X")
            lines.append(self.member_line(stranger, self.rng.choice([stranger, "nobody"]), day))
        if self.maybe(15):
            a, b = self.next_id("Y"), self.next_id("Y")
            lines += [self.member_line(a, b, day), self.member_line(b, a, day)]
        self.rng.shuffle(lines)
        return lines

    def member_line(self, member: str, sponsor: str, day: date) -> Line:
        return {"member_id": member, "sponsor_id": sponsor, "joined_at": f"{day}T08:00:00"}

    def sponsor(self, member: str) -> str:
        """Few sponsors, so that cycles of referrals fill; only members with a smaller number, so no circle."""
        place = self.members.index(member)
        if self.dice and self.dice.random() < 0.9:
            return self.sponsor_in_tree(place)
        early = [m for m in self.members[: min(place, 4)] if m not in self.later_members]
        return self.rng.choice(early) if early and self.maybe(85) else ""

    def sponsor_in_tree(self, place: int) -> str:
        """A tree that grows deep: some three below each, or five below the last of the five before."""
        assert self.dice is not None
        if place == 0:
            return ""
        hub = (place - 1) // 5 * 5
        above = self.members[hub if self.hubs else self.dice.choice([(place - 1) // 3, (place - 1) // 2, hub])]
        return "" if above in self.later_members else above

    def merchant_lines(self, day: date) -> list[Line]:
        if day != self.start and not self.maybe(15):
            return []
        return [
            {"merchant_id": m, "name": f"店{m}", "group": g, **self.concession(day)} for m, g in self.merchants.items()
        ]

    def concession(self, day: date) -> Line:
        """What the merchant concedes, around both bounds, and who brought him; later rows may name nobody known."""
        if not self.dice:
            return {"concession_bp": "0", "referrer_id": ""}
        known = [m for m in self.members if m not in self.later_members]
        strangers = ["nobody"] if day != self.start else []
        bp = self.dice.choice([0, 299, 300, 500, 1000, 1999, 2000, 2000, 2001, 10000])
        return {"concession_bp": str(bp), "referrer_id": self.dice.choice(["", "", *known[:4], *strangers])}

    def account_lines(self, day: date) -> list[Line]:
        lines = []
        for member in self.members:
            new = member not in self.reference.accounts
            if (new and self.maybe(70)) or self.maybe(8):
                for _ in range(2 if self.maybe(10) else 1):
                    status = self.rng.choice(["active"] * 6 + ["held", "closed"])
                    lines.append(self.account_line(member, status))
        if self.maybe(15):
            member = self.rng.choice(["nobody", self.members[0]])
            lines.append(self.account_line(member, self.rng.choice(["frozen", ""])))
        named = {line["member_id"] for line in lines}
        settled = [m for m in sorted(self.reference.accounts) if m not in named]
        if settled and self.maybe(15):  # the newest row once more
            stored = self.reference.accounts[self.rng.choice(settled)]
            lines.append({name: stored[name] for name in HEADERS["payout_accounts"]})
        self.rng.shuffle(lines)
        return lines

    def account_line(self, member: str, status: str) -> Line:
        channel = self.rng.choice(["alipay", "wechat", "bank"])
        number = f"62220000{self.rng.randrange(10**4):04d}"
        return {
            "member_id": member, "channel": channel, "account_no": number, "account_name": "张三", "status": status,
        }  # fmt: skip

    # ---- orders ----------------------------------------------------------------------------------------------------

    def order_lines(self, day: date) -> list[Line]:
        groups = [lines for lines in self.waiting_fix if self.maybe(60)]
        self.waiting_fix = [lines for lines in self.waiting_fix if lines not in groups]
        count = self.rng.randint(0, self.orders_per_day) if self.maybe(30) else self.orders_per_day
        groups += [self.new_order(day) for _ in range(count)]
        groups += self.wave_orders(day) if self.dice and day == self.wave else []
        lines = [line for group in groups for line in self.spoil_order(group, day)]
        lines += self.again("orders", list(lines), 15)
        if self.maybe(10):  # a line for an order that was taken before
            earlier = sorted(self.reference.orders)
            if earlier:
                order = self.reference.orders[self.rng.choice(earlier)]
                late = self.line(order.order_id, 9, order.member_id, order.merchant_id, "1.00")
                lines.append({**late, "completed_at": order.completed_at.isoformat()})
        self.rng.shuffle(lines)
        return lines

    def new_order(self, day: date) -> list[Line]:
        rng = self.rng
        member = "" if self.maybe(6) else rng.choice(self.buyers())
        merchant = rng.choice(sorted(self.merchants))
        order_id = self.next_id(rng.choice(["O", "O", "o", "订"]))
        completed = self.at(day - timedelta(days=rng.choice([0, 0, 0, 1, 1, 2, 3, 5])))
        lines = []
        for number in range(1, rng.choice([1, 1, 1, 2, 3]) + 1):
            price = rng.choice([
                rng.randint(1, 9), rng.randint(1, 3000), rng.randint(1000, 9000), 10000, rng.randint(10000, 90000),
                rng.choice([100000, 200000, 1999999]),
            ])  # fmt: skip
            price *= self.scale
            line = self.line(order_id, number, member, merchant, yuan(price))
            line["quantity"] = str(rng.choice([1, 1, 1, 2, 3]))
            line["discount"] = yuan(rng.randint(0, price // 2)) if self.maybe(20) else ""
            lines.append({**line, "completed_at": completed})
        if self.dice:
            self.packages(lines)
        return lines

    def wave_orders(self, day: date) -> list[list[Line]]:
        """On one day most members buy a package one after the other, those above before those below."""
        dice, chain = self.dice, self.reference.rules.living("chain", day)
        assert dice is not None
        groups = []
        for minute, member in enumerate(self.members):
            if not chain or member in self.later_members or dice.random() < 0.05:
                continue
            package = dice.choice(chain["packages"])
            price = yuan(package["price_fen"] + dice.choice([0, 0, 1, 5000]))
            line = self.line(self.next_id("W"), 1, member, dice.choice(sorted(self.merchants)), price)
            moment = datetime.combine(day, time(1, minute))
            groups.append([{**line, "product_id": package["product_id"], "completed_at": moment.isoformat()}])
        return groups

    def packages(self, lines: list[Line]) -> None:
        """Some lines sell a package, at about its price or at one fen; small orders burn what others are due."""
        dice, chain = self.dice, self.reference.rules.living("chain", self.reference.last_day or self.start)
        assert dice is not None
        for line in lines:
            if chain and dice.random() < 0.2:
                package = dice.choice(chain["packages"])
                price = package["price_fen"]
                fen = dice.choice([price, price, price, price + 1, price * 2, max(1, price - 1), 1])
                line.update(product_id=package["product_id"], unit_price=yuan(fen), discount="")
        if lines[0]["member_id"] and dice.random() < 0.5:  # the tree grows from its root downwards
            agents, sponsors = self.reference.chain.agents, self.reference.sponsors
            missing = [m for m in self.members if m in sponsors and m not in agents]
            ready = [m for m in missing if sponsors[m] in agents] or missing[:1] or [""]
            member = ready[0] if dice.random() < 0.6 else dice.choice(ready)
            for line in lines:
                line["member_id"] = member or line["member_id"]
            if chain and member and dice.random() < 0.7:
                package = dice.choice(chain["packages"])
                price = {"product_id": package["product_id"], "unit_price": yuan(package["price_fen"]), "discount": ""}
                lines[0].update(price)

    def buyers(self) -> list[str]:
        """Mostly members who are known, and now and then one who is not yet."""
        known = [m for m in self.members if m not in self.later_members]
        return self.members if self.maybe(5) else known

    def line(self, order_id: str, number: int, member: str, merchant: str, price: str) -> Line:
        return {
            "order_id": order_id, "line_no": str(number), "member_id": member, "merchant_id": merchant,
            "product_id": f"P{self.rng.randrange(9)}", "unit_price": price, "quantity": "1", "discount": "0",
        }  # fmt: skip

    def spoil_order(self, lines: list[Line], day: date) -> list[Line]:
        """Some orders come broken; of those some come corrected on a later day."""
        if not self.maybe(14):
            return lines
        spoiled = [dict(line) for line in lines]
        last, moment = spoiled[-1], datetime.combine(day, time(1))
        tomorrow = (moment + timedelta(days=1)).isoformat()
        long_ago = (moment - timedelta(days=self.rng.choice([30, 31, 40]))).isoformat()
        fault = self.rng.randrange(12)
        changes: list[Line] = [
            {"quantity": "-1"}, {"unit_price": "12.345"}, {"unit_price": "-3"}, {"merchant_id": ""},
            {"member_id": "nobody"}, {"merchant_id": "S77"}, {"product_id": "P|1"}, {"completed_at": "yesterday"},
            {"completed_at": tomorrow}, {"completed_at": long_ago}, {"discount": "99999999"}, {},
        ]  # fmt: skip
        if fault == 11:  # the same key with other content
            spoiled.append({**last, "unit_price": "77.77"})
        elif fault in (4, 5, 8, 9):
            spoiled = [{**line, **changes[fault]} for line in spoiled]
        else:
            last.update(changes[fault])
            if len(spoiled) > 1 and self.maybe(30):  # lines of one order that disagree
                spoiled = [dict(line) for line in lines]
                spoiled[-1]["completed_at"] = datetime.combine(day, time(3, 3)).isoformat()
        if fault != 10 and self.maybe(50):
            self.waiting_fix.append(lines)
        return spoiled

    def again(self, file: str, today: Sequence[Line], chance: int) -> list[Line]:
        """Rows that were sent before or today, sent again as they were; some with other content."""
        sent = [dict(self.rng.choice(pool)) for pool in (today, self.old_lines[file]) if pool and self.maybe(chance)]
        if self.old_lines[file] and self.maybe(chance // 2):
            changed = dict(self.rng.choice(self.old_lines[file]))
            changed["unit_price" if file == "orders" else "amount"] = "1.23"
            sent.append(changed)
        self.old_lines[file] += [dict(line) for line in today]
        return sent

    # ---- refunds ---------------------------------------------------------------------------------------------------

    def refund_lines(self, day: date, orders: list[Line]) -> list[Line]:
        targets = [o for o in self.interesting_orders() if o.refunded < o.total]
        count = self.rng.randint(0, max(2, self.orders_per_day if self.storm else self.orders_per_day // 3))
        lines = []
        for _ in range(count if targets else 0):
            order = self.rng.choice(targets)
            left = order.total - order.refunded
            for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
                lines.append(self.refund_line(order.order_id, self.refund_amount(left), day))
        if orders and self.maybe(25):
            lines.append(self.refund_line(self.rng.choice(orders)["order_id"], self.rng.randint(1, 5000), day))
        if self.maybe(20):
            lines.append(self.refund_line("O-none", 500, day))
        if lines and self.maybe(15):
            lines[-1]["amount"] = self.rng.choice(["0", "1.001", "", "x"])
        lines += self.again("refunds", lines, 15)
        self.rng.shuffle(lines)
        return lines

    def interesting_orders(self) -> list[Order]:
        """All orders, those more often that others depend on: bases, places with parts, exited ones."""
        home = self.reference
        orders = [home.orders[key] for key in sorted(home.orders)]
        for claim in home.claims.values():
            orders += [claim.order] * 2 + ([claim.base_order] * 2 if claim.base_order else [])
        for place in home.places.values():
            weight = 3 if place.exited or len(place.parts) > 1 or place.behind else 1
            orders += [place.order] * (weight * (3 if place.received else 1))
        if self.dice:
            orders += [order for order in home.scheme_orders() for _ in range(3)]
        return orders

    def refund_amount(self, left: int) -> int:
        """All that is left, a part, one fen, or more than there is."""
        rng = self.rng
        if self.dice and self.dice.random() < 0.1:
            return max(1, left - 1)  # all but one fen
        return rng.choice([left, left, max(1, left // 3), max(1, left // 2), rng.randint(1, left), 1, left + 1])

    def refund_line(self, order_id: str, amount: int, day: date) -> Line:
        return {
            "refund_id": self.next_id("R"), "order_id": order_id, "amount": yuan(amount), "refunded_at": self.at(day),
        }  # fmt: skip

    # ---- requests and results --------------------------------------------------------------------------------------

    def redemption_lines(self, day: date) -> list[Line]:
        lines = []
        for account, member, commodity, balance in self.reference.ledger.close():
            if account not in ("member_points", "member_vouchers"):
                continue
            if member in self.savers and not self.last_of_mode(day):
                continue
            if self.last_of_mode(day) and commodity == "POINT":
                lines.append(self.redemption_line(member, commodity, max(balance, 1), day))
                continue
            if not self.maybe(30 if balance > 0 else 5):
                continue
            whole = max(balance, 1)
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                amount = self.rng.choice([whole, whole + 1, max(1, whole // 2), max(1, whole // 3), 1])
                lines.append(self.redemption_line(member, commodity, amount, day))
        if self.maybe(15):
            lines.append(self.redemption_line("nobody", "POINT", 5, day))
        if self.dice and lines and self.dice.random() < 0.2:
            lines[0]["kind"] = {"redeem": "sell", "sell": "redeem"}[lines[0]["kind"]]
        if lines and self.maybe(15):
            lines[-1].update(self.rng.choice([{"kind": "gift"}, {"merchant_id": "S77"}, {"commodity": "GOLD"}]))
        lines += self.again("redemptions", lines, 10)
        return [{**line, "amount": "1" if line["amount"] == "1.23" else line["amount"]} for line in lines]

    def last_of_mode(self, day: date) -> bool:
        """Whether tomorrow's points have another mode: then everybody gets rid of his own today."""
        rules = self.reference.rules
        return bool(self.dice) and rules.points_mode(day) != rules.points_mode(day + timedelta(days=1))

    def redemption_line(self, member: str, commodity: str, amount: int, day: date) -> Line:
        merchant = self.rng.choice(["", *sorted(self.merchants)]) if commodity == "VOUCHER" else ""
        named = "" if commodity == "POINT" and self.maybe(50) else commodity
        priced = commodity == "POINT" and self.reference.rules.points_mode(day) == "pool_priced"
        return {
            "redemption_id": self.next_id("D"), "member_id": member, "kind": "sell" if priced else "redeem",
            "commodity": named,
            "amount": str(amount), "merchant_id": merchant, "requested_at": self.at(day),
        }  # fmt: skip

    def exit_lines(self, day: date) -> list[Line]:
        places = [self.reference.places[key] for key in sorted(self.reference.places)]
        wanted = [p.order.order_id for p in places if p.waiting and self.maybe(12 if p.behind else 6)]
        if places and self.maybe(30):
            wanted.append(self.rng.choice(places).order.order_id)
        if wanted and self.maybe(15):
            wanted.append(wanted[0])
        if self.maybe(10):
            wanted.append("O-none")
        lines = [{"exit_id": self.next_id("E"), "order_id": key, "requested_at": self.at(day)} for key in wanted]
        repeated = [dict(line) for line in lines[:1] + self.old_lines["queue_exits"][-1:] if self.maybe(15)]
        self.old_lines["queue_exits"] += lines
        return lines + repeated

    def result_lines(self, day: date) -> list[Line]:
        lines = []
        for payout in self.reference.payouts.values():
            if payout.status == "in_transit" and self.maybe(55):
                status = self.rng.choice(["paid"] * 5 + ["failed", "failed", "returned"])
                lines.append(self.result_line(payout.payout_id, status, payout.net, day))
                if status == "paid" and self.maybe(8):
                    lines.append(self.result_line(payout.payout_id, "returned", payout.net, day))
            elif payout.status != "in_transit" and self.maybe(8):
                status = self.rng.choice(["returned", "returned", "failed", "paid"])
                net = payout.net + (1 if self.maybe(10) else 0)
                lines.append(self.result_line(payout.payout_id, status, net, day))
        if self.maybe(15):
            lines.append(self.result_line("P19990101AAAAAAAAAAAAAAA", "paid", 100, day))
        if lines and self.maybe(15):
            lines.append({**self.rng.choice(lines), **self.rng.choice([{}, {"status": "lost"}, {"amount": "1.23"}])})
        self.rng.shuffle(lines)
        return lines

    def result_line(self, payout_id: str, status: str, net: int, day: date) -> Line:
        at = self.at(day - timedelta(days=self.rng.choice([0, 0, 1])))
        return {"payout_id": payout_id, "status": status, "amount": yuan(net), "reason": "", "at": at}

    # ---- a day -----------------------------------------------------------------------------------------------------

    def write_day(self, day: date) -> DayResult:
        """Write the exports of a day and settle it; a change of mode that would be refused is taken back first."""
        try:
            self.reference.test_mode(day)
        except Refused:
            keep_mode(self.directory / "rules.yaml", day)
            self.reference.rules = Rules(self.directory / "rules.yaml")
        folder = self.directory / "exports" / day.isoformat()
        folder.mkdir(parents=True)
        orders = self.order_lines(day)
        files = {
            "members": self.member_lines(day),
            "merchants": self.merchant_lines(day),
            "payout_accounts": self.account_lines(day),
            "orders": orders,
            "refunds": self.refund_lines(day, orders),
            "redemptions": self.redemption_lines(day),
            "queue_exits": self.exit_lines(day),
            "payout_results": self.result_lines(day),
        }
        for name, lines in files.items():
            if lines or name == "orders" or self.maybe(50):
                self.write_file(folder / f"{name}.csv", HEADERS[name], lines)
        (folder / "_SUCCESS").touch()
        return self.reference.settle_day(day)

    def write_file(self, path: Path, header: list[str], lines: list[Line]) -> None:
        """Columns in any order, sometimes one that nobody knows, sometimes a byte order mark."""
        columns = list(header)
        if self.maybe(20):
            self.rng.shuffle(columns)
        if self.maybe(10):
            columns.append("note")
        with path.open("w", encoding="utf-8-sig" if self.maybe(20) else "utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, restval="", lineterminator=self.rng.choice(["\n", "\r\n"]))
            writer.writeheader()
            writer.writerows(lines)


def random_home(seed: int, directory: Path, *, days: int = 8, orders_per_day: int = 12, schemes: bool = False) -> Path:
    """Write a home below `directory` (rules.yaml, exports of `days` consecutive days) and return it.

    The same seed and sizes give the same bytes. Points expire only in homes of more than 28 days.
    """
    write_home(seed, directory, days, orders_per_day, schemes=schemes)
    return directory


def write_home(seed: int, directory: Path, days: int, orders_per_day: int, *, schemes: bool = False) -> list[DayResult]:
    """As `random_home`, with what the reference settled on the way."""
    rng, dice = random.Random(seed), random.Random(f"schemes {seed}") if schemes else None
    directory.mkdir(parents=True, exist_ok=True)
    start = rng.choice(STARTS)
    write_rules(rng, directory, start, days, rng.random() < 0.3, dice)
    shop = Shop(rng, directory, start, orders_per_day, dice)
    return [shop.write_day(start + timedelta(days=number)) for number in range(days)]


def main(arguments: list[str]) -> int:
    """Write one home and show what happened in it."""
    directory, seed = Path(arguments[0]), int(arguments[1])
    days, orders = (int(text) for text in arguments[2:4]) if len(arguments) > 3 else (8, 12)
    happened: dict[str, int] = defaultdict(int)
    for result in write_home(seed, directory, days, orders, schemes="schemes" in arguments):
        for what, times in result.happened.items():
            happened[what] += times
    for what, times in sorted(happened.items()):
        sys.stdout.write(f"{times:6d}  {what}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
