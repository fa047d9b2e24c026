"""The oracle of pool-priced points, green, circular and chain: figures of the law, trees and lots worked by hand.

Never compares the project with the oracle. Neighbour: `test_reference.py` for golden homes and the older programmes.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.reference.homes import random_home, write_home
from tests.reference.settle_reference import DayResult, ReferenceHome, Refused

START = date(2026, 9, 1)
GREEN = {"enabled": True}
CIRCULAR = {
    "enabled": True, "dividend_bp": 1000,
    "tiers": [
        {"min_fen": 10_000, "energy_fen": 3_000, "contribution": 1},
        {"min_fen": 20_000, "energy_fen": 9_000, "contribution": 2},
    ],
}  # fmt: skip
CHAIN = {
    "enabled": True, "released_by": "counsel", "n": 2, "packages": [{"product_id": "BOX", "price_fen": 10_000}],
    "fund_fen": 6_000, "direct_agent_fen": 1_000, "team_fen": 800, "peer_bp": 5_000, "direct_bp": 0, "slide_bp": 300,
}  # fmt: skip
PRICED = {
    "enabled": True, "mode": "pool_priced", "pool_bp": 3_000, "grant_bp": 2_100, "exit_multiple_bp": 0, "min_units": 0,
}  # fmt: skip
FIXED = {"enabled": True, "mode": "fixed", "grant_bp": 1_000, "cost_bp": 0}
RARE = {
    "chain award cut", "chain award taken back", "chain award withheld", "chain boss", "chain direct blocked_depth",
    "chain direct open", "chain peer blocked_depth", "chain peer open", "chain slide blocked_depth", "chain slide open",
    "chain team blocked_depth", "chain team open", "circular lot refunded above its energy", "forced exit",
    "green lot ended", "green period ended by growth", "green period ended by time", "green releases cut",
    "points mode changed", "points pool swept", "points sold", "refund of an ended green lot", "sold units refunded",
    "thin pool, no strike", "voucher redeemed with money behind it", "voucher redeemed without money behind it",
    "vouchers come back without their money",
}  # fmt: skip
Line = dict[str, str]


def version(name: str = "v1", day: date = START, **blocks: Any) -> dict[str, Any]:
    """A version that freezes nothing and has only the given programmes."""
    return {
        "version": name, "effective_from": day, "freeze_days": 0, "margin_bp": 10_000, "quarantine_limit_bp": 10_000,
        "payout": {"min_fen": 10**9}, **blocks,
    }  # fmt: skip


class Desk:
    """A home that is written and settled day by day: members M0, M1, … and two merchants, S0 and S1."""

    def __init__(self, path: Path, *versions: dict[str, Any], sponsors: dict[str, str] | None = None) -> None:
        self.path, self.day, self.number = path, START, 0
        (path / "rules.yaml").write_text(yaml.safe_dump({"versions": list(versions)}), encoding="utf-8")
        self.home = ReferenceHome(path)
        self.sponsors = sponsors or {f"M{n}": "" for n in range(10)}

    def next_id(self) -> str:
        """A new id; ids rise with time."""
        self.number += 1
        return f"X{self.number:03d}"

    def order(self, member: str, price: int, merchant: str = "S0", product: str = "P", order_id: str = "") -> Line:
        """An order of today; several follow one another in time."""
        return {
            "order_id": order_id or self.next_id(), "member_id": member, "merchant_id": merchant,
            "product_id": product, "unit_price": f"{price / 100:.2f}", "quantity": "1", "completed_at": self.at(),
        }  # fmt: skip

    def at(self) -> str:
        """A moment of today, later with every id."""
        return f"{self.day}T{self.number // 60:02d}:{self.number % 60:02d}:00"

    def refund(self, order_id: str, amount: int) -> Line:
        """A refund of today."""
        return {
            "refund_id": self.next_id(), "order_id": order_id, "amount": f"{amount / 100:.2f}",
            "refunded_at": self.at(),
        }  # fmt: skip

    def request(self, member: str, kind: str, commodity: str, amount: int, merchant: str = "") -> Line:
        """A redemption or sale of today."""
        return {
            "redemption_id": self.next_id(), "member_id": member, "kind": kind, "commodity": commodity,
            "amount": str(amount), "merchant_id": merchant, "requested_at": self.at(),
        }  # fmt: skip

    def exit(self, order_id: str) -> Line:
        """A queue exit of today."""
        return {"exit_id": self.next_id(), "order_id": order_id, "requested_at": self.at()}

    def settle(self, *lines: Line) -> DayResult:
        """Write the lines of today, settle, and go on to tomorrow."""
        folder = self.path / "exports" / self.day.isoformat()
        folder.mkdir(parents=True)
        names = {"refund_id": "refunds", "redemption_id": "redemptions", "exit_id": "queue_exits"}
        files: dict[str, list[Line]] = {"orders": []}
        for line in lines:
            files.setdefault(names.get(next(iter(line)), "orders"), []).append(line)
        if self.day == START:
            files["members"] = [
                {"member_id": member, "sponsor_id": sponsor, "joined_at": f"{START}T00:00:00"}
                for member, sponsor in self.sponsors.items()
            ]
            files["merchants"] = [
                {"merchant_id": "S0", "name": "店", "concession_bp": "2000", "referrer_id": "M9"},
                {"merchant_id": "S1", "name": "店", "concession_bp": "299", "referrer_id": ""},
            ]
        for name, content in files.items():
            header = list(content[0]) if content else list(self.order("M0", 1))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, header)
                writer.writeheader()
                writer.writerows(content)
        result = self.home.settle_day(self.day)
        self.day += timedelta(days=1)
        return result

    def balance(self, account: str, holder: str = "platform", commodity: str = "CNY") -> int:
        """A balance at the last close."""
        return self.home.ledger.balance(account, holder, commodity)


def lot(result: DayResult, lot_id: str) -> tuple[int, int, int, int, str]:
    """granted, left, received, contribution and status of a lot that changed."""
    row = next(row for row in result.rows("lots") if row["lot_id"] == lot_id)
    return row["granted"], row["left"], row["received"], row["contribution"], row["status"]


def claims(result: DayResult) -> dict[str, tuple[str, int, int, int, str]]:
    """Per claim that changed: member, cap, amount, received, status."""
    names = ("member_id", "cap", "amount", "received", "status")
    return {row["claim_id"].removeprefix("chain/"): tuple(row[n] for n in names) for row in result.rows("claims")}


# ---- pool-priced points ----------------------------------------------------------------------------------------------


def test_strikes_of_the_law(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(points=PRICED))
    strikes = []
    for _ in range(3):
        desk.settle(desk.order("M0", 10_000))
        strikes.append(desk.home.priced.price)
    assert strikes == [1_428_571, 1_680_672, 1_867_413]


def test_sale_and_late_refund_of_sold_units(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(points=PRICED))
    desk.settle(desk.order("M0", 10_000, order_id="A"), desk.order("M1", 10_000, order_id="B"))
    result = desk.settle(desk.request("M0", "sell", "POINT", 160_000))  # of 210 000 units at 1.428571
    assert lot(result, "points/A") == (210_000, 50_000, 160_000, 0, "live")
    assert desk.balance("member_wallet_rebate", "M0") == 1_828  # gross 2 285, net 80 %
    assert desk.home.priced.price == (6_000 - 1_828) * 10**8 // 260_000
    result = desk.settle(desk.refund("A", 5_000))  # the right is 105 000 units: 50 000 go, 55 000 were sold too many
    assert lot(result, "points/A") == (105_000, 0, 105_000, 0, "closed")
    assert desk.balance("member_wallet_rebate", "M0") == 1_828 - 628  # floor(1 828 x 55 000 / 160 000)
    assert desk.balance("member_points", "M0", "POINT") == 0


def test_price_of_a_thin_pool_stays_and_its_rest_goes_after_forced_exits(tmp_path: Path) -> None:
    keys = {**PRICED, "exit_multiple_bp": 14_000, "min_units": 300_000}
    later = version("v2", START + timedelta(days=2), points={**keys, "initial_price": 5_000_000})
    desk = Desk(tmp_path, version(points=keys), later)
    desk.settle(desk.order("M0", 10_000))  # 210 000 units: no strike
    assert (desk.home.priced.price, desk.balance("pool_points")) == (1_000_000, 3_000)
    result = desk.settle(desk.order("M1", 10_000, order_id="B"))  # strike 1.428571: both are forced out at 1.4
    assert (result.happened["forced exit"], lot(result, "points/B")) == (2, (210_000, 0, 210_000, 0, "closed"))
    assert desk.balance("member_wallet_rebate", "M1") == 2_940 * 8_000 // 10_000
    assert (desk.home.priced.price, desk.balance("pool_points")) == (None, 0)
    assert desk.balance("platform_income") == 6_000 - 2 * 2_352
    result = desk.settle(desk.order("M0", 10_000, order_id="C"))  # the initial price of this day's version
    assert lot(result, "points/C")[0] == 42_000


def test_a_thin_pool_keeps_its_rest_and_its_price(tmp_path: Path) -> None:
    keys = {**PRICED, "exit_multiple_bp": 20_000, "min_units": 200_000}
    desk = Desk(tmp_path, version(points=keys))
    desk.settle(desk.order("M0", 10_000))  # 210 000 units, struck at 1.428571
    desk.settle(desk.request("M0", "sell", "POINT", 200_000))  # net 2 285: 715 fen for 10 000 units
    assert (desk.home.priced.price, desk.balance("pool_points")) == (1_428_571, 715)
    desk.settle(desk.order("M1", 1_000))  # 14 700 units more: thin still, and nothing is taken from the holders
    assert (desk.home.priced.price, desk.balance("pool_points")) == (1_428_571, 1_015)
    desk.settle(desk.order("M2", 20_000))  # 294 000 units: strike 7 015 / 318 700 = 2.201129; M0 was issued at 1
    assert (desk.balance("member_points", "M0", "POINT"), desk.home.priced.price) == (
        0,
        (7_015 - 160) * 10**8 // 308_700,
    )


def test_the_price_after_a_forced_exit_that_leaves_a_thin_pool(tmp_path: Path) -> None:
    keys = {**PRICED, "exit_multiple_bp": 14_000, "min_units": 300_000}
    desk = Desk(tmp_path, version(points=keys))
    desk.settle(desk.order("M0", 10_000))  # 210 000 units, issued at 1
    desk.home.priced.price = 1_100_000  # as if struck before
    desk.settle(desk.order("M1", 10_000))  # 190 909 units at 1.1; strike 1.496597: only M0 is forced out, at 1.4
    assert desk.home.priced.outstanding() == 190_909
    assert desk.home.priced.price == 1_100_000  # neither the strike of today nor a second one
    assert desk.balance("pool_points") == 2_100  # the value of M1's units at that price, rounded up
    assert desk.balance("platform_income") == 6_000 - 2_352 - 2_100


def test_one_request_over_several_lots_floors_all_but_the_last(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(points={**PRICED, "min_units": 10**15}))
    desk.settle(*(desk.order("M0", price, order_id=name) for name, price in (("A", 1_001), ("B", 1_002), ("C", 1_003))))
    units = desk.balance("member_points", "M0", "POINT")
    desk.settle(desk.request("M0", "sell", "POINT", units - 1))  # 21 000 + 21 000 + 20 999 units, net 503 of 629
    lots = [desk.home.priced.of_order[name] for name in "ABC"]
    assert [(one.sold, one.net) for one in lots] == [(21_000, 167), (21_000, 167), (20_999, 169)]


def test_points_that_are_off_are_struck_and_sold_with_the_last_keys(tmp_path: Path) -> None:
    second = START + timedelta(days=1)
    off = version("v2", second, points={"enabled": False}, tax={"points": "chance", "queue": "rebate"})
    desk = Desk(tmp_path, version(points=PRICED), off)
    desk.settle(desk.order("M0", 10_000))
    lots = desk.settle(desk.order("M0", 10_000), desk.request("M0", "sell", "POINT", 100_000)).rows("lots")
    assert [(row["left"], row["received"]) for row in lots] == [(110_000, 100_000)]
    assert desk.balance("member_wallet_rebate", "M0") == 1_142  # the class of that version too
    assert desk.home.priced.price == (3_000 - 1_142) * 10**8 // 110_000


def test_requests_of_the_wrong_kind(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(points=PRICED))
    desk.settle(desk.order("M0", 10_000))
    requests = [("redeem", "POINT"), ("sell", "VOUCHER"), ("sell", "POINT"), ("redeem", "VOUCHER")]
    result = desk.settle(*(desk.request("M0", kind, commodity, 1) for kind, commodity in requests))
    assert [(row, reason) for _, row, reason in result.quarantine] == [
        (1, "bad_status"), (2, "bad_status"), (4, "insufficient_points"),
    ]  # fmt: skip


def test_a_mode_changes_only_when_nobody_holds_points(tmp_path: Path) -> None:
    second = START + timedelta(days=2)
    desk = Desk(tmp_path, version(points=FIXED), version("v2", second, points=PRICED))
    desk.settle(desk.order("M0", 10_000))
    desk.settle(desk.request("M0", "redeem", "POINT", 999))
    with pytest.raises(Refused, match="M0"):
        desk.settle()


def test_the_length_of_a_cycle_is_kept_once_there_is_a_referral(tmp_path: Path) -> None:
    keys = {"enabled": True, "n": 2, "ladder_bp": [0, 10_000], "need_buy": False, "base": "invitee"}
    longer = version("v2", START + timedelta(days=1), referral={**keys, "n": 3, "ladder_bp": [0, 0, 10_000]})
    for orders, refused in ((0, False), (1, True)):
        path = tmp_path / str(orders)
        path.mkdir()
        desk = Desk(path, version(referral=keys), longer, sponsors={"M0": "", "M1": "M0", "M9": ""})
        desk.settle(*(desk.order("M1", 10_000) for _ in range(orders)))
        if refused:
            with pytest.raises(Refused, match="from 2 to 3"):
                desk.settle()
        else:
            assert desk.settle().orders == []


@pytest.mark.parametrize(
    "blocks",
    [
        {"points": {**PRICED, "grant_bp": 3_001}},
        {"points": {**PRICED, "exit_multiple_bp": 9_999}},
        {"green": {**GREEN, "pool_bp": 9_501}},
        {"chain": {**CHAIN, "fund_fen": 10_001}},
        {"chain": {**CHAIN, "released_by": ""}},
        {"chain": {**CHAIN, "n": 4}},
        {"chain": {**CHAIN, "fund_fen": 5_001}, "green": GREEN, "points": PRICED},  # 5001 + 2000 + 3000 bp
        {"circular": {**CIRCULAR, "dividend_bp": 8_001}, "green": GREEN},
    ],
)
def test_rules_that_break_the_guard_are_refused(tmp_path: Path, blocks: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="v1"):
        Desk(tmp_path, version(**blocks))


# ---- green -----------------------------------------------------------------------------------------------------------


def test_a_green_lot_ends_in_period_36(tmp_path: Path) -> None:
    # A lot of 20 000 (200 yuan) at 50 bp, 15 % growth every period, five times, out of a pool that is large enough.
    desk = Desk(tmp_path, version(green={**GREEN, "period_days": 1, "growth_bp": 1_500}))
    desk.settle(desk.order("M0", 100_000, order_id="A"))
    desk.home.ledger.post(("merchant_receivable", "S1"), ("pool_green", "platform"), "CNY", 10**9)
    desk.home.flows["pool_green", "platform"][0] += 10**9
    desk.home.green.inflow = 0
    periods = 1
    while desk.home.green.lots["A"][0].closed_on is None:
        desk.home.green.inflow = 10**12  # enough growth for every measure
        desk.settle()
        periods += 1
    assert periods == 36
    assert desk.balance("member_vouchers", "M0", "VOUCHER") == desk.balance("merchant_vouchers", "S0", "VOUCHER")
    assert desk.balance("member_vouchers", "M0", "VOUCHER") == 100_000
    assert desk.balance("member_green", "M0", "GREEN") == 0


def test_concession_and_late_refund_of_a_green_lot(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(green={**GREEN, "first_release_bp": 5_000}))
    result = desk.settle(desk.order("M0", 10_000, order_id="A"), desk.order("M1", 10_000, "S1"))
    # Concession 2 000: 800 to the pool, 100 to M9, 1 100 to the platform. Period 1 ends: 1 000 + 1 000 due of 800.
    assert (desk.balance("member_wallet_labour", "M9"), desk.balance("platform_income")) == (100, 1_100)
    assert lot(result, "green/A") == lot(result, "green/A/merchant") == (2_000, 2_000, 400, 0, "live")
    assert (desk.balance("pool_green"), desk.balance("voucher_backing")) == (0, 800)
    desk.settle(desk.request("M0", "redeem", "VOUCHER", 300, "S1"))
    assert (desk.balance("merchant_payable", "S1"), desk.balance("voucher_backing")) == (300, 500)
    result = desk.settle(desk.refund("A", 5_000))  # half of all goes back; of M0's 200 only 100 are still there
    assert lot(result, "green/A") == lot(result, "green/A/merchant") == (1_000, 1_000, 200, 0, "live")
    assert desk.balance("member_vouchers", "M0", "VOUCHER") == -100
    assert (desk.balance("pool_green"), desk.balance("voucher_backing")) == (300, 200)
    result = desk.settle(desk.refund("A", 5_000))
    assert lot(result, "green/A") == (0, 0, 0, 0, "closed")
    assert desk.balance("green_issued", commodity="GREEN") == 0


def test_cut_releases_lapse_and_count_in_the_measure_of_the_next_period(tmp_path: Path) -> None:
    keys = {**GREEN, "first_release_bp": 5_000, "growth_bp": 1_500, "period_days": 3, "max_periods": 2}
    desk = Desk(tmp_path, version(green=keys))
    desk.settle(desk.order("M0", 10_000, order_id="A"))  # 2 000 due of 800
    assert (desk.home.green.period, desk.home.green.measure) == (2, 2_000)
    desk.settle(desk.order("M1", 3_700, order_id="B"))  # 296 < 15 % of 2 000
    assert desk.home.green.period == 2
    result = desk.settle(desk.order("M1", 1, order_id="C"), desk.refund("A", 5_000))
    # A's are 1 000 each now: of 400 released each 200 come back with their money, which is no inflow.
    assert lot(result, "green/A") == (1_000, 1_000, 200, 0, "live")
    assert (desk.home.green.inflow, desk.balance("pool_green")) == (296, 296 + 400)
    result = desk.settle()  # by time, g = 296 x 10 000 / 2 000 = 1 480: R_2 - R_1 = 574 each; B's first 370 each
    assert (desk.home.green.period, result.happened["green period ended by time"]) == (3, 1)
    assert lot(result, "green/A") == (1_000, 0, 200 + 574 * 696 // 1_888, 0, "closed")  # two periods are all
    assert ("green", "expire", "M0", "A", "", "GREEN", -1_000) in result.rewards
    assert lot(result, "green/B") == (740, 740, 370 * 696 // 1_888, 0, "live")
    received = 200 + 574 * 696 // 1_888
    result = desk.settle(desk.refund("A", 2_500))  # an ended lot: R was 1 000, capped nowhere, R' 537 of 1 074
    assert lot(result, "green/A") == (500, 0, received * 537 // 1_074, 0, "closed")
    assert desk.balance("member_green", "M0", "GREEN") == 0


def test_green_that_is_off_goes_on_with_the_last_keys(tmp_path: Path) -> None:
    keys = {**GREEN, "first_release_bp": 100, "period_days": 2}
    desk = Desk(tmp_path, version(green=keys), version("v2", START + timedelta(days=1), green={"enabled": False}))
    desk.settle(desk.order("M0", 10_000, order_id="A"))
    assert desk.settle(desk.order("M0", 10_000)).rows("lots") == []
    assert lot(desk.settle(), "green/A") == (2_000, 2_000, 40, 0, "live")  # no inflow, no growth: 20 more


# ---- circular --------------------------------------------------------------------------------------------------------


def test_circular_lots_are_paid_from_the_day_after(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(circular=CIRCULAR))
    desk.settle(desk.order("M0", 10_000, order_id="A"), desk.order("M1", 20_000, order_id="B"))
    assert desk.balance("pool_circular") == 3_000
    result = desk.settle(desk.order("M2", 9_999))  # 999 more and no lot; unit floor(3 999 / 3) = 1 333
    assert lot(result, "circular/A") == (3_000, 1_667, 1_333, 1, "live")
    assert (desk.balance("member_wallet_rebate", "M0"), desk.balance("member_vouchers", "M0", "VOUCHER")) == (666, 667)
    assert (desk.balance("pool_circular"), desk.balance("voucher_backing")) == (0, 667 + 1_333)
    result = desk.settle(desk.refund("B", 10_001))  # below 10 000: nothing remains of the lot
    assert lot(result, "circular/B") == (0, 0, 0, 0, "closed")
    # 1 333 in vouchers and 1 333 in money came back; A's unit is 2 666, his energy 1 667.
    assert (desk.balance("pool_circular"), desk.balance("voucher_backing")) == (2_666 - 1_667, 667 + 834)


# ---- chain -----------------------------------------------------------------------------------------------------------


def test_agents_bosses_teams_peers_and_the_slide(tmp_path: Path) -> None:
    tree = {"M0": "", "M1": "M0", "M2": "M0", "M3": "M0", "M4": "M3", "M5": "M3", "M6": "M3", "M7": "M1", "M9": ""}
    desk = Desk(tmp_path, version(chain=CHAIN, max_paid_depth=2), sponsors=tree)
    members = ["M0", "M1", "M2", "M3", "M4", "M5", "M6"]
    orders = [desk.order(member, 10_000, product="BOX", order_id=member) for member in members]
    paid = claims(desk.settle(*orders))
    assert paid == {
        "M1/direct": ("M0", 6_000, 1_000, 1_000, "paid"),
        "M2/direct": ("M0", 6_000, 1_000, 1_000, "paid"),  # now M0 is a boss
        "M3/direct": ("M0", 6_000, 1_800, 1_800, "paid"),  # with the team's part
        "M3/slide": ("M1", 4_200, 300, 300, "paid"),  # the third direct agent stands under the first
        "M4/direct": ("M3", 6_000, 1_000, 1_000, "paid"),
        "M4/team": ("M0", 5_000, 800, 800, "paid"),
        "M5/direct": ("M3", 6_000, 1_000, 1_000, "paid"),
        "M5/team": ("M0", 5_000, 800, 800, "paid"),  # then M3 is a boss
        "M6/direct": ("M3", 6_000, 1_800, 1_800, "paid"),
        "M6/peer": ("M0", 4_200, 400, 400, "paid"),
        "M6/slide": ("M4", 3_800, 300, 300, "paid"),
    }
    assert desk.balance("pool_chain") == 7 * 6_000 - sum(amount for _, _, amount, _, _ in paid.values())
    # M1 and M2 stay with M0 as a sponsor, but M0 was no boss when they joined: nobody gets a team's part for M7.
    paid = claims(desk.settle(desk.order("M7", 10_000, product="BOX", order_id="M7")))
    assert paid == {"M7/direct": ("M1", 6_000, 1_000, 1_000, "paid")}


def test_slides_go_to_the_weakest_of_the_first_n(tmp_path: Path) -> None:
    tree = {"M0": "", "M1": "M0", "M2": "M0", "M3": "M1", "M4": "M0", "M5": "M2", "M6": "M2", "M7": "M0", "M9": ""}
    desk = Desk(
        tmp_path, version(chain={**CHAIN, "direct_agent_fen": 0, "team_fen": 0}, max_paid_depth=2), sponsors=tree
    )
    orders = [desk.order(f"M{n}", 10_000, product="BOX", order_id=f"M{n}") for n in range(8)]
    # M4 finds M1 with one and M2 with none; M7 finds M1 with one and M2 with two: M4, who slid under M2, is no agent
    # of his own.
    assert {name: row[0] for name, row in claims(desk.settle(*orders)).items()} == {"M4/slide": "M2", "M7/slide": "M1"}


def test_depth_blocks_and_a_refund_voids(tmp_path: Path) -> None:
    tree = {"M0": "", "M1": "M0", "M2": "M0", "M3": "M0", "M4": "M3", "M9": ""}
    keys = {**CHAIN, "fund_fen": 2_000, "direct_bp": 1_500, "team_fen": 900}
    desk = Desk(tmp_path, version(chain=keys), sponsors=tree)
    orders = [desk.order(f"M{n}", 10_000, product="BOX", order_id=f"M{n}") for n in range(4)]
    paid = claims(desk.settle(*orders))
    assert paid["M3/direct"] == ("M0", 2_000, 2_000, 2_000, "paid")  # 1 500 + 900, cut at what M3 brought
    assert "M3/slide" not in paid
    paid = claims(desk.settle(desk.order("M4", 12_000, product="BOX", order_id="M4")))
    assert paid["M4/direct"] == ("M3", 2_000, 1_800, 1_800, "paid")
    assert paid["M4/team"] == ("M0", 200, 200, 0, "blocked_depth")
    changed = claims(desk.settle(desk.refund("M4", 2_000)))  # still a package: 15 % of 10 000
    assert changed == {"M4/direct": ("M3", 2_000, 1_500, 1_500, "paid")}
    changed = claims(desk.settle(desk.refund("M4", 1), desk.refund("M0", 9_999)))
    assert {name: row[2:] for name, row in changed.items()} == {
        "M4/direct": (0, 0, "void"), "M4/team": (0, 0, "void"),
    }  # fmt: skip
    assert desk.balance("member_wallet_labour", "M3") == 0
    tomorrow = desk.order("M9", 10_000, product="BOX", order_id="M9")
    assert claims(desk.settle(tomorrow)) == {}


def test_an_agent_whose_package_went_back_still_becomes_a_boss(tmp_path: Path) -> None:
    tree = {"M0": "", "M1": "M0", "M2": "M0", "M3": "M0", "M4": "M0", "M5": "M4", "M9": ""}
    desk = Desk(tmp_path, version(chain=CHAIN, max_paid_depth=2), sponsors=tree)
    box = {"product": "BOX"}
    desk.settle(*(desk.order(f"M{n}", 10_000, order_id=f"M{n}", **box) for n in range(2)))
    desk.settle(desk.refund("M0", 1))
    result = desk.settle(*(desk.order(f"M{n}", 10_000, order_id=f"M{n}", **box) for n in range(2, 6)))
    # M0 is given nothing for M2 to M4; M3 and M4 slide; the team's part of M5 would be M0's, so it is nobody's.
    assert {name: row[0] for name, row in claims(result).items()} == {
        "M3/slide": "M1", "M4/slide": "M1", "M5/direct": "M4",
    }  # fmt: skip
    assert result.happened["chain award withheld"] == 4


def test_an_agent_whose_package_went_back_is_given_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, version(chain=CHAIN), sponsors={"M0": "", "M1": "M0", "M9": ""})
    desk.settle(desk.order("M0", 10_000, product="BOX", order_id="A"))
    result = desk.settle(desk.refund("A", 1), desk.order("M1", 10_000, product="BOX"))
    assert (claims(result), result.happened["chain award withheld"]) == ({}, 1)
    assert desk.balance("pool_chain") == 12_000


def test_n_counts_by_the_version_of_the_joining_order_and_places_are_kept(tmp_path: Path) -> None:
    tree = {"M0": "", "M1": "M0", "M2": "M0", "M3": "M0", "M4": "M0", "M9": ""}
    second = START + timedelta(days=2)
    versions = [version(chain={**CHAIN, "n": 3}), version("v2", second, chain=CHAIN)]
    desk = Desk(tmp_path, *versions, sponsors=tree)
    box = {"product": "BOX"}
    desk.settle(*(desk.order(f"M{n}", 10_000, order_id=f"M{n}", **box) for n in range(3)))
    desk.settle(desk.refund("M1", 10_000), desk.refund("M2", 10_000))  # agents all the same
    paid = claims(desk.settle(desk.order("M3", 10_000, order_id="M3", **box)))
    assert paid == {"M3/direct": ("M0", 6_000, 1_000, 1_000, "paid")}  # no boss yet; M1, who would be next, is withheld
    paid = claims(desk.settle(desk.order("M4", 10_000, order_id="M4", **box)))
    assert paid == {"M4/direct": ("M0", 6_000, 1_800, 1_800, "paid")}


def test_the_dearest_package_of_an_order_counts_and_a_later_order_may_join(tmp_path: Path) -> None:
    packages = [{"product_id": "BOX", "price_fen": 10_000}, {"product_id": "BAG", "price_fen": 12_000}]
    desk = Desk(tmp_path, version(chain={**CHAIN, "packages": packages}))
    two = [desk.order("M0", 5_000, product="BAG", order_id="A"), desk.order("M0", 6_000, product="BOX", order_id="A")]
    two[1].update(completed_at=two[0]["completed_at"])
    desk.settle(*({**line, "line_no": str(number)} for number, line in enumerate(two, start=1)))
    assert desk.balance("pool_chain") == 0
    desk.settle(desk.order("M0", 12_000, product="BAG"))
    assert desk.balance("pool_chain") == 6_000


# ---- random homes ----------------------------------------------------------------------------------------------------


def test_a_home_with_schemes_is_a_function_of_its_seed(tmp_path: Path) -> None:
    homes = [random_home(3, tmp_path / name, days=4, schemes=True) for name in ("a", "b")]
    texts = [[path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()] for home in homes]
    assert texts[0] == texts[1]


def test_random_homes_meet_what_is_rare_in_schemes(tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for seed in range(40):
        for result in write_home(seed, tmp_path / str(seed), 8, 12, schemes=True):
            met.update(result.happened)
    assert {what for what in RARE if not met[what]} == set()
