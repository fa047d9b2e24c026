"""A second opinion on the settlement rules: order by order, claim by claim, with dicts and loops.

Holds the day, fixed points, referral, queue, late refunds, requests, vouchers, tax, payouts, balances and the
quarantine of CSV exports. Pool-priced points, green, circular and chain are its neighbours of those names. Never holds
the project's own code. `homes.py` writes random homes; `python -m tests.reference.settle_reference HOME [EXPECTED]`.
"""

from __future__ import annotations

import base64
import calendar
import csv
import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from tests.reference.chain import Chain
from tests.reference.circular import Circular
from tests.reference.green import Green
from tests.reference.priced import PricedPoints

WALLETS = ("rebate", "chance", "labour")
COLUMNS: dict[str, tuple[str, ...]] = {
    "orders": ("order_id", "seq", "member_id", "merchant_id", "total", "kept"),
    "rewards": ("programme", "kind", "member_id", "order_id", "from_order_id", "commodity", "amount"),
    "tickets": (
        "queue_id", "ticket_no", "order_id", "part", "member_id", "target", "received", "behind",
        "status", "entered_on", "ended_on", "rule_version",
    ),
    "claims": (
        "claim_id", "programme", "member_id", "order_id", "ordinal", "base_order_id", "cap", "amount", "received",
        "status", "claimed_on", "ended_on", "rule_version",
    ),
    "lots": (
        "lot_id", "programme", "holder", "order_id", "granted", "left", "received", "contribution", "status",
        "opened_on", "closed_on", "rule_version",
    ),
    "balances": ("account", "holder", "commodity", "balance"),
    "payouts": ("payout_id", "member_id", "channel", "gross", "tax", "net", "attempt", "replaces"),
}  # fmt: skip


class Refused(Exception):  # noqa: N818  the same word as in the house
    """The day or the rules cannot be settled; nothing of the day was done."""


# --------------------------------------------------------------------------------------------------------------------
# Results
# --------------------------------------------------------------------------------------------------------------------


@dataclass
class DayResult:
    """What one day leaves behind: tuples in the order of `COLUMNS`, sorted by key; amounts in fen or units."""

    day: date
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    rewards: list[tuple[Any, ...]] = field(default_factory=list)
    tickets: list[tuple[Any, ...]] = field(default_factory=list)
    behind_only: list[tuple[Any, ...]] = field(default_factory=list)  # waiting tickets of which only `behind` changed
    claims: list[tuple[Any, ...]] = field(default_factory=list)
    lots: list[tuple[Any, ...]] = field(default_factory=list)
    balances: list[tuple[Any, ...]] = field(default_factory=list)
    payouts: list[tuple[Any, ...]] = field(default_factory=list)
    quarantine: list[tuple[str, int, str]] = field(default_factory=list)  # file, data row (1 = below the header), code
    duplicates: dict[str, int] = field(default_factory=dict)  # per export file
    accepted: dict[str, int] = field(default_factory=dict)  # per export file, refused requests not included
    happened: dict[str, int] = field(default_factory=dict)  # how often a rare thing occurred, for coverage of homes

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of one table by column name."""
        return [dict(zip(COLUMNS[table], row, strict=True)) for row in getattr(self, table)]


# --------------------------------------------------------------------------------------------------------------------
# Rules
# --------------------------------------------------------------------------------------------------------------------

DEFAULTS: dict[str, dict[str, Any]] = {
    "points": {
        "mode": "fixed", "expire_months": 0, "initial_price": 1_000_000, "sale_return_bp": 8000,
        "exit_multiple_bp": 20_000, "min_units": 10_000_000,
    },
    "referral": {
        "n": 3, "ladder_bp": [1000, 2000, 7000], "reserve_bp": 3334, "after": "cycle", "flat_bp": 1000, "base": "min",
        "need_buy": True, "repeat_invitee": False, "min_order_fen": 0,
    },
    "queue": {
        "scope": "merchant", "mode": "fifo", "target_bp": 10000, "target_max_fen": 0, "min_order_fen": 0,
        "pot_bp": 2000, "direct_bp": 3000, "repurchase_bp": 0, "split_unit_fen": 0, "seats_bp": [5000, 3000, 2000],
        "exit_bp": 6000, "exit_after_days": 30,
    },
    "green": {
        "pool_bp": 4000, "merchant_referrer_bp": 500, "user_factor_bp": 10_000, "merchant_factor_bp": 10_000,
        "first_release_bp": 50, "growth_bp": 1500, "period_days": 30, "max_periods": 40, "exit_multiple": 5,
    },
    "circular": {"cash_bp": 5000},
    "chain": {"direct_bp": 0, "slide_bp": 0},
    "tax": {"queue": "rebate", "points": "rebate", "referral": "labour", "circular": "rebate", "chain": "labour"},
    "payout": {"min_fen": 100, "max_fen": 0, "labour_method": "monthly"},
}  # fmt: skip


@dataclass(frozen=True)
class Version:
    """One version of the rules: plain dicts of the keys of rules.md with the defaults filled in."""

    name: str
    effective_from: date
    freeze_days: int
    max_paid_depth: int
    quarantine_limit_bp: int
    late_limit_days: int
    points: dict[str, Any]
    referral: dict[str, Any]
    queue: dict[str, Any]
    green: dict[str, Any]
    circular: dict[str, Any]
    chain: dict[str, Any]
    tax: dict[str, str]
    payout: dict[str, Any]

    def on(self, programme: str) -> bool:
        """Whether the programme is enabled in this version."""
        return bool(getattr(self, programme).get("enabled", False))

    def priced(self) -> bool:
        """Whether points are on and priced by their pool."""
        return self.on("points") and self.points["mode"] == "pool_priced"


def read_version(raw: dict[str, Any]) -> Version:
    """One entry of `versions`; refuses what section 3 refuses."""
    blocks = {name: {**DEFAULTS[name], **(raw.get(name) or {})} for name in DEFAULTS}
    version = Version(
        name=raw["version"],
        effective_from=date.fromisoformat(str(raw["effective_from"])),
        freeze_days=raw.get("freeze_days", 7),
        max_paid_depth=raw.get("max_paid_depth", 1),
        quarantine_limit_bp=raw.get("quarantine_limit_bp", 500),
        late_limit_days=raw.get("late_limit_days", 30),
        **blocks,
    )
    check_keys(version)
    total = sum(term for _, term in guard_terms(version))
    if total > raw["margin_bp"]:
        raise Refused(f"{version.name}: {guard_terms(version)} are {total} bp, more than margin_bp {raw['margin_bp']}")
    return version


def guard_terms(version: Version) -> list[tuple[str, Fraction]]:
    """The terms of the funding guard (section 3) in basis points, exact."""
    points, queue, chain, terms = version.points, version.queue, version.chain, []
    if version.priced():
        terms.append(("points.pool_bp", Fraction(points["pool_bp"])))
    elif version.on("points"):
        terms.append(("points.grant_bp at cost_bp", Fraction(points["grant_bp"] * points["cost_bp"], 10_000)))
    if version.on("referral"):
        terms.append(("referral.reserve_bp", Fraction(version.referral["reserve_bp"])))
    if version.on("queue"):
        terms.append(("queue.pot_bp", Fraction(queue["pot_bp"])))
        terms.append(("queue.exit_bp at exit_cost_bp", Fraction(queue["exit_bp"] * queue["exit_cost_bp"], 10_000)))
    if version.on("green"):
        terms.append(("green", Fraction(2_000)))
    if version.on("circular"):
        terms.append(("circular.dividend_bp", Fraction(version.circular["dividend_bp"])))
    if version.on("chain"):
        cheapest = min(package["price_fen"] for package in chain["packages"])
        terms.append(("chain.fund_fen", Fraction(chain["fund_fen"] * 10_000, cheapest)))
    return terms


def check_keys(version: Version) -> None:
    """What section 3 and the key lists refuse in one version, the guard apart."""
    for programme in ("points", "referral", "queue", "green", "circular", "chain"):
        block: dict[str, Any] = getattr(version, programme) if version.on(programme) else {}
        for key, value in block.items():
            if key.endswith("_bp") and key != "exit_multiple_bp":
                for bp in value if isinstance(value, list) else [value]:
                    demand(0 <= bp <= 10_000, version, f"{programme}.{key}: {bp}")
    points, referral, queue, green, chain = (
        version.points, version.referral, version.queue, version.green, version.chain,
    )  # fmt: skip
    if version.priced():
        demand(points["grant_bp"] <= points["pool_bp"], version, "points.grant_bp above pool_bp dilutes the holders")
        multiple = points["exit_multiple_bp"]
        demand(multiple == 0 or multiple >= 10_000, version, f"points.exit_multiple_bp: {multiple}")
    if version.on("referral"):
        demand(len(referral["ladder_bp"]) == referral["n"], version, "referral.ladder_bp has not n entries")
        demand(sum(referral["ladder_bp"]) <= 10_000, version, "referral.ladder_bp is above 10000 in sum")
    if version.on("queue"):
        demand(sum(queue["seats_bp"]) <= 10_000, version, "queue.seats_bp is above 10000 in sum")
        demand(queue["direct_bp"] + queue["repurchase_bp"] <= 10_000, version, "queue.direct_bp + repurchase_bp")
    if version.on("green"):
        shares = green["pool_bp"] + green["merchant_referrer_bp"]
        demand(shares <= 10_000, version, f"green.pool_bp + merchant_referrer_bp: {shares}")
    if version.on("chain"):
        demand(bool(chain.get("released_by")), version, "chain.released_by is missing")
        demand(chain["n"] in (2, 3), version, f"chain.n: {chain['n']}")
        demand(all(p["price_fen"] > 0 for p in chain["packages"]), version, "chain.packages: price_fen not above 0")
    pays_sponsors = version.on("referral") or (version.on("queue") and queue["direct_bp"] > 0)
    demand(version.max_paid_depth > 0 or not pays_sponsors, version, "max_paid_depth 0 with referral or direct_bp")
    demand(0 <= version.max_paid_depth <= 2, version, f"max_paid_depth: {version.max_paid_depth}")


def demand(holds: bool, version: Version, what: str) -> None:
    """Refuse the rules unless the condition holds."""
    if not holds:
        raise Refused(f"{version.name}: {what}")


class Rules:
    """rules.yaml: the version of a day, and the keys by which a programme lives on a day (section 3, last part)."""

    def __init__(self, path: Path) -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.timezone = ZoneInfo(raw.get("timezone", "Asia/Shanghai"))
        self.versions = sorted((read_version(one) for one in raw["versions"]), key=lambda v: v.effective_from)

    def of(self, day: date) -> Version:
        """The version in force on the day."""
        known = [v for v in self.versions if v.effective_from <= day]
        if not known:
            raise Refused(f"no rule version is in force on {day}")
        return known[-1]

    def last_on(self, programme: str, day: date) -> Version | None:
        """The last version up to the day that had the programme enabled."""
        known = [v for v in self.versions if v.effective_from <= day and v.on(programme)]
        return known[-1] if known else None

    def living(self, programme: str, day: date) -> dict[str, Any] | None:
        """The keys of the last version up to the day that had the programme enabled."""
        version = self.last_on(programme, day)
        return getattr(version, programme) if version else None

    def points_mode(self, day: date) -> str:
        """`fixed` or `pool_priced`; before points were ever on, `fixed`."""
        keys = self.living("points", day)
        return str(keys["mode"]) if keys else "fixed"


# --------------------------------------------------------------------------------------------------------------------
# Exports: reading and the tests that need one row only
# --------------------------------------------------------------------------------------------------------------------

# Per file: (column, kind, rule). Rule "required" wants a value, "empty" lets the value be empty, any other text is the
# default of a column that may be absent.
FILES: dict[str, list[tuple[str, str, str]]] = {
    "members": [("member_id", "id", "required"), ("sponsor_id", "id", "empty"), ("joined_at", "time", "required")],
    "merchants": [
        ("merchant_id", "id", "required"),
        ("name", "text", "required"),
        ("group", "id", "default:"),
        ("concession_bp", "bp", "default:0"),
        ("referrer_id", "id", "default:"),
    ],
    "payout_accounts": [
        ("member_id", "id", "required"),
        ("channel", "id", "required"),
        ("account_no", "text", "required"),
        ("account_name", "text", "required"),
        ("bank_code", "text", "default:"),
        ("bank_name", "text", "default:"),
        ("province", "text", "default:"),
        ("city", "text", "default:"),
        ("phone", "text", "default:"),
        ("id_type", "text", "default:"),
        ("id_no", "text", "default:"),
        ("status", "status:active,held,closed", "required"),
    ],
    "orders": [
        ("order_id", "id", "required"),
        ("line_no", "count", "default:1"),
        ("member_id", "id", "empty"),
        ("merchant_id", "id", "required"),
        ("product_id", "id", "required"),
        ("product_name", "text", "default:"),
        ("unit_price", "money", "required"),
        ("quantity", "count", "required"),
        ("discount", "money", "default:0"),
        ("completed_at", "time", "required"),
    ],
    "refunds": [
        ("refund_id", "id", "required"),
        ("order_id", "id", "required"),
        ("amount", "money+", "required"),
        ("refunded_at", "time", "required"),
    ],
    "redemptions": [
        ("redemption_id", "id", "required"),
        ("member_id", "id", "required"),
        ("kind", "status:redeem,sell", "required"),
        ("commodity", "status:POINT,VOUCHER", "default:POINT"),
        ("amount", "count", "required"),
        ("merchant_id", "id", "default:"),
        ("requested_at", "time", "required"),
    ],
    "queue_exits": [
        ("exit_id", "id", "required"),
        ("order_id", "id", "required"),
        ("requested_at", "time", "required"),
    ],
    "payout_results": [
        ("payout_id", "id", "required"),
        ("status", "status:paid,failed,returned", "required"),
        ("amount", "money", "required"),
        ("reason", "text", "default:"),
        ("at", "time", "required"),
    ],
}
KEYS = {
    "members": ("member_id",),
    "merchants": ("merchant_id",),
    "payout_accounts": ("member_id",),
    "orders": ("order_id", "line_no"),
    "refunds": ("refund_id",),
    "redemptions": ("redemption_id",),
    "queue_exits": ("exit_id",),
    "payout_results": ("payout_id", "status"),
}
# The tests of one row, in the order in which the contract names them.
ROW_TESTS = ("missing_value", "bad_id", "bad_money", "bad_quantity", "bad_time", "future_time", "bad_status")
BROKEN = object()


@dataclass
class Row:
    """One line of an export: its place, the texts, the parsed values, and what became of it."""

    file: str
    number: int
    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    reason: str = ""  # a quarantine code, "duplicate", or "" while sound

    @property
    def key(self) -> tuple[Any, ...]:
        """The key of the row's file."""
        return tuple(self.values[name] for name in KEYS[self.file])

    @property
    def content(self) -> tuple[Any, ...]:
        """All that the contract names, parsed: `30` and `30.00` are the same content."""
        return tuple(self.values[name] for name, _, _ in FILES[self.file])


def parse_id(text: str) -> Any:
    """An id as contract.md allows it, else BROKEN."""
    sound = 1 <= len(text) <= 64 and text.isprintable() and text == text.strip() and text != "platform"
    return text if sound and not re.search(r"[\"',/|^]", text) else BROKEN


def parse_money(text: str) -> Any:
    """Yuan text with at most two decimals to fen, not negative, else BROKEN."""
    match = re.fullmatch(r"(\d+)(?:\.(\d{1,2}))?", text, re.ASCII)
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")) if match else BROKEN


def parse_time(text: str, zone: ZoneInfo) -> Any:
    """ISO 8601 to a naive local time in the rules' timezone, else BROKEN."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return BROKEN
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def parse(text: str, kind: str, zone: ZoneInfo) -> Any:
    """One field to its value, or BROKEN."""
    if kind == "text":
        return text
    if kind == "id":
        return parse_id(text) if text else ""
    if kind in ("money", "money+"):
        fen = parse_money(text)
        return BROKEN if kind == "money+" and fen == 0 else fen
    if kind in ("count", "bp"):
        whole = int(text) if re.fullmatch(r"\d+", text, re.ASCII) else BROKEN
        if whole is not BROKEN and (whole == 0 if kind == "count" else whole > 10_000):
            return BROKEN
        return whole
    if kind == "time":
        return parse_time(text, zone)
    return text if text in kind.removeprefix("status:").split(",") else BROKEN


def test_row(row: Row, day: date, zone: ZoneInfo) -> str:
    """The first code of ROW_TESTS that applies to the row alone, or ""; fills `row.values`."""
    found: set[str] = set()
    code = {"id": "bad_id", "money": "bad_money", "money+": "bad_money", "bp": "bad_money", "time": "bad_time"}
    for name, kind, rule in FILES[row.file]:
        text = row.texts.get(name, "")
        if not text and rule.startswith("default:"):
            text = rule.removeprefix("default:")
        if not text and rule == "required":
            found.add("missing_value")
            row.values[name] = BROKEN
            continue
        value = parse(text, kind, zone)
        row.values[name] = value
        if value is BROKEN:
            found.add("bad_status" if kind.startswith("status:") else code.get(kind, "bad_quantity"))
        elif kind == "time" and value.date() > day:
            found.add("future_time")
    return next((name for name in ROW_TESTS if name in found), "")


def read_export(folder: Path, file: str, day: date, zone: ZoneInfo) -> list[Row]:
    """All rows of `<folder>/<file>.csv`, each tested by itself; a missing file is empty except `orders`."""
    path = folder / f"{file}.csv"
    if not path.exists():
        if file == "orders":
            raise Refused(f"{path} is missing")
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        header = reader.fieldnames or []
        for name, _, rule in FILES[file]:
            if name not in header and not rule.startswith("default:"):
                raise Refused(f"{path}: column {name} is missing")
        rows = [
            Row(file, number, {k: v or "" for k, v in texts.items() if k is not None})
            for number, texts in enumerate(reader, start=1)
        ]
    for row in rows:
        row.reason = test_row(row, day, zone)
    return rows


def row_money(row: Row) -> int:
    """|unit_price x quantity| or |amount| in 1/10 000 fen, 0 where these are no numbers (for quarantine_limit_bp)."""
    if row.file == "refunds":
        return abs(loose_number(row.texts.get("amount", "")))
    return abs(loose_number(row.texts.get("unit_price", "")) * loose_number(row.texts.get("quantity", ""))) // 10_000


def loose_number(text: str) -> int:
    """A signed decimal text in 1/10 000 (further decimals are cut), 0 if it is none."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?", text.strip(), re.ASCII)
    if not match:
        return 0
    value = int(match[2]) * 10_000 + int((match[3] or "0")[:4].ljust(4, "0"))
    return -value if match[1] else value


# --------------------------------------------------------------------------------------------------------------------
# The ledger
# --------------------------------------------------------------------------------------------------------------------

DEBIT_ACCOUNTS = {
    "merchant_receivable", "member_debt", "bank", "points_issued", "vouchers_issued", "green_issued", "points_redeemed",
    "points_expired", "vouchers_redeemed",
}  # fmt: skip
Account = tuple[str, str]
BACKING: Account = ("voucher_backing", "platform")


class Ledger:
    """Signed balances (debit positive) of (account, holder, commodity); each posting has two sides."""

    def __init__(self) -> None:
        self.signed: dict[tuple[str, str, str], int] = defaultdict(int)

    def post(self, debit: Account, credit: Account, commodity: str, amount: int) -> None:
        """Move a non-negative amount; no pool, wallet or voucher backing may end below zero (section 11.2)."""
        assert amount >= 0, (debit, credit, amount)
        self.signed[(*debit, commodity)] += amount
        self.signed[(*credit, commodity)] -= amount
        name = debit[0]
        if name.startswith(("pool_", "member_wallet_", "member_debt")) or name == "voucher_backing":
            assert self.balance(*debit, commodity) >= 0, f"{debit} went below zero"
        if credit[0] in ("member_debt", "payout_in_transit"):
            assert self.balance(*credit, commodity) >= 0, f"{credit} went below zero"

    def balance(self, account: str, holder: str, commodity: str) -> int:
        """The balance on the account's own side."""
        signed = self.signed.get((account, holder, commodity), 0)
        return signed if account in DEBIT_ACCOUNTS else -signed

    def close(self) -> list[tuple[str, str, str, int]]:
        """All accounts that are not zero; per commodity debits equal credits."""
        sums: dict[str, int] = defaultdict(int)
        for (_, _, commodity), amount in self.signed.items():
            sums[commodity] += amount
        assert not any(sums.values()), sums
        return sorted((a, h, c, self.balance(a, h, c)) for (a, h, c), amount in self.signed.items() if amount)


# --------------------------------------------------------------------------------------------------------------------
# State
# --------------------------------------------------------------------------------------------------------------------


@dataclass
class Order:
    """One order as far as it is known: `kept` is the present one, `version` the one that governs it."""

    order_id: str
    member_id: str
    merchant_id: str
    completed_at: datetime
    total: int
    qualify_on: date
    kept: int
    products: frozenset[str]
    concession_bp: int  # the merchant's, and who brought him, as known on the export date
    referrer_id: str
    refunded: int = 0  # of all accepted refunds, tested against total
    kept_first: int = 0  # kept when it qualified
    version: Version | None = None  # set when it qualifies

    @property
    def place(self) -> tuple[date, datetime, bytes]:
        """Its place in the sequence (section 2)."""
        return self.qualify_on, self.completed_at, self.order_id.encode()


@dataclass
class Lot:
    """A grant of fixed points: what is left of it is counted from the newest lot backwards (section 4.1)."""

    order: Order
    granted: int
    left: int
    expires_on: date | None
    status: str = "live"
    closed_on: date | None = None


@dataclass
class Referral:
    """A referral of `sponsor`, with or without a claim; `cycle` names what shares a cap."""

    order: Order
    sponsor: str
    ordinal: int
    cycle: tuple[str, str, str]
    share: int
    void: bool = False


@dataclass
class Claim:
    """What a sponsor may get for one referral, with the recorded inputs of its formula."""

    order: Order
    sponsor: str
    ordinal: int
    cycle: tuple[str, str, str]
    bp: int
    base: str
    base_order: Order | None
    cap: int
    amount: int
    income: str
    version: str
    claimed_on: date
    received: int = 0
    status: str = "open"
    ended_on: date | None = None

    def settle_status(self, day: date) -> None:
        """Void without an amount, paid when all is received, else open."""
        before = self.status
        self.status = "void" if self.amount == 0 else "paid" if self.received == self.amount else "open"
        if before == "open" and self.status != "open":
            self.ended_on = day
        assert 0 <= self.received <= self.amount <= self.cap


@dataclass
class Ticket:
    """One part of an order's target that entered a queue."""

    number: int
    part: int
    target: int
    entered_on: date
    received: int = 0
    status: str = "waiting"
    ended_on: date | None = None

    @property
    def need(self) -> int:
        """What a waiting ticket still needs."""
        return self.target - self.received

    def end(self, status: str, day: date) -> None:
        """Take a final status; `ended_on` is the day it last left `waiting`."""
        if self.status == "waiting":
            self.ended_on = day
        self.status = status


@dataclass
class Place:
    """An order's whole place in one queue: its parts that entered, and `behind`, the fen that did not yet enter."""

    order: Order
    queue_id: str
    keys: dict[str, Any]
    income: str
    version: str
    behind: int
    parts: list[Ticket] = field(default_factory=list)
    exit_bp: int = 0
    voucher: int = 0
    exited: bool = False

    def target(self, kept: int) -> int:
        """The target of the whole order for a kept amount, by its own version."""
        whole: int = kept * self.keys["target_bp"] // 10_000
        most: int = self.keys["target_max_fen"]
        return min(whole, most) if most else whole

    @property
    def waiting(self) -> Ticket | None:
        """The one part that waits, if any."""
        return next((part for part in self.parts if part.status == "waiting"), None)

    @property
    def received(self) -> int:
        """What all parts together have received."""
        return sum(part.received for part in self.parts)


@dataclass
class Queue:
    """One queue: its places by ticket number, and its money laid end to end by origin (section 6.3.3)."""

    queue_id: str
    tickets: dict[int, tuple[Place, Ticket]] = field(default_factory=dict)
    returned: int = 0  # came back and is not yet paid out: no order can be named
    layers: list[list[Any]] = field(default_factory=list)  # [order_id, fen left], by sequence

    def draw(self, amount: int) -> dict[str, int]:
        """Take the next fen of the pot; whose money it was ("" = came back)."""
        taken: dict[str, int] = defaultdict(int)
        back = min(amount, self.returned)
        if back:
            self.returned -= back
            taken[""] += back
        amount -= back
        while amount:
            order_id, held = self.layers[0]
            part = min(amount, held)
            taken[order_id] += part
            amount -= part
            if part == held:
                self.layers.pop(0)
            else:
                self.layers[0][1] -= part
        return taken


@dataclass
class Debt:
    """What a member still owes to a pool, oldest first in the list that holds it."""

    member_id: str
    pool: Account
    left: int


@dataclass
class Payout:
    """A payout that was cut, by class, with the tax on its labour part."""

    payout_id: str
    member_id: str
    channel: str
    day: date
    parts: dict[str, int]
    chance_tax: int
    labour_tax: int
    status: str = "in_transit"
    was_paid: bool = False

    @property
    def gross(self) -> int:
        """All that left the wallets."""
        return sum(self.parts.values())

    @property
    def tax(self) -> int:
        """All that was withheld."""
        return self.chance_tax + self.labour_tax

    @property
    def net(self) -> int:
        """What the channel carries."""
        return self.gross - self.tax


# --------------------------------------------------------------------------------------------------------------------
# Formulas
# --------------------------------------------------------------------------------------------------------------------


def add_months(day: date, months: int) -> date:
    """The same day `months` later; a day that does not exist becomes the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def monthly_tax(income: int) -> int:
    """T of section 10.3 for the labour income of one calendar month, in fen."""
    base = max(0, income - 80_000) if income <= 400_000 else income - income // 5
    for top, rate_bp, quick in ((2_000_000, 2_000, 0), (5_000_000, 3_000, 200_000)):
        if base <= top:
            return base * rate_bp // 10_000 - quick
    return base * 4_000 // 10_000 - 700_000


CUMULATIVE = (
    (3_600_000, 300, 0), (14_400_000, 1_000, 252_000), (30_000_000, 2_000, 1_692_000), (42_000_000, 2_500, 3_192_000),
    (66_000_000, 3_000, 5_292_000), (96_000_000, 3_500, 8_592_000),
)  # fmt: skip


def cumulative_tax(income: int, months: int) -> int:
    """The tax of a year so far (section 10.3, announcement 16 of 2025), in fen."""
    base = max(0, income - income // 5 - 500_000 * months)
    for top, rate_bp, quick in CUMULATIVE:
        if base <= top:
            return base * rate_bp // 10_000 - quick
    return base * 4_500 // 10_000 - 18_192_000


def level(needs: list[int], pot: int) -> int:
    """The largest L with sum of min(need, L) <= pot, but no more than the largest need (section 6.3 `average`)."""
    low, high = 0, max(needs, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(need, middle) for need in needs) <= pot:
            low = middle
        else:
            high = middle - 1
    return low


def payout_id_of(day: date, member_id: str) -> str:
    """`P` + YYYYMMDD + 15 characters of base32(sha256(`D|member`)) (section 10.3)."""
    digest = hashlib.sha256(f"{day.isoformat()}|{member_id}".encode()).digest()
    return f"P{day:%Y%m%d}{base64.b32encode(digest).decode()[:15]}"


# --------------------------------------------------------------------------------------------------------------------
# The home
# --------------------------------------------------------------------------------------------------------------------


class ReferenceHome:
    """A home that is settled day by day in memory: `settle_day(D)` reads `exports/D` and moves the state on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rules = Rules(path / "rules.yaml")
        self.ledger = Ledger()
        self.taken: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {name: {} for name in FILES}
        self.sponsors: dict[str, str] = {}
        self.merchants: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Order] = {}
        self.unqualified: list[Order] = []
        self.bought: dict[str, list[Order]] = defaultdict(list)  # qualified orders of a member, in sequence
        self.lots: dict[str, list[Lot]] = defaultdict(list)
        self.referrals: dict[str, Referral] = {}
        self.next_ordinal: dict[str, int] = defaultdict(int)
        self.freed: dict[str, set[int]] = defaultdict(set)
        self.claims: dict[str, Claim] = {}
        self.queues: dict[str, Queue] = {}
        self.places: dict[str, Place] = {}
        self.debts: list[Debt] = []
        self.payouts: dict[str, Payout] = {}
        self.failed: dict[str, list[str]] = defaultdict(list)  # since the member's last cut
        self.flows: dict[Account, list[int]] = defaultdict(lambda: [0, 0, 0])  # contributed, paid, taken back
        self.last_day: date | None = None
        self.priced, self.green, self.circular, self.chain = (
            PricedPoints(self), Green(self), Circular(self), Chain(self),
        )  # fmt: skip

    # ---- one day ---------------------------------------------------------------------------------------------------

    def settle_day(self, day: date) -> DayResult:
        """All steps of section 1, in their order."""
        if self.last_day is not None and day != self.last_day + timedelta(days=1):
            raise Refused(f"{day} does not follow {self.last_day}")
        self.test_mode(day)
        self.test_cycle(day)
        self.day, self.version = day, self.rules.of(day)
        self.result = DayResult(day)
        self.sums: dict[tuple[str, ...], int] = defaultdict(int)
        self.happen("points mode changed", self.mode_changes(day))
        before = self.snapshot()
        rows = self.take_exports()
        self.step_results(rows["payout_results"])
        self.step_late_refunds(rows["refunds"])
        self.step_requests(rows["redemptions"], rows["queue_exits"])
        today = self.step_orders()
        self.step_fund_referral()
        self.chain.fund()
        self.step_fund_queues(today)
        self.step_expire()
        self.green.close()
        self.circular.close()
        self.priced.close()
        self.step_collect()
        self.step_payouts()
        self.finish(rows, before)
        self.last_day = day
        return self.result

    def mode_changes(self, day: date) -> bool:
        """Whether points have another mode than on the day before."""
        return self.last_day is not None and self.rules.points_mode(self.last_day) != self.rules.points_mode(day)

    def test_mode(self, day: date) -> None:
        """A day whose `points.mode` differs from the last day's needs all balances of points at 0 (section 4.1)."""
        held = [holder for account, holder, _, _ in self.ledger.close() if account == "member_points"]
        if held and self.mode_changes(day):
            raise Refused(f"{day}: points.mode changes while members hold points: {held}")

    def test_cycle(self, day: date) -> None:
        """`n` of the referral cycle may change only while no referral exists (section 5.2)."""
        before = self.rules.living("referral", self.last_day) if self.last_day else None
        now = self.rules.living("referral", day)
        if self.referrals and before and now and before["n"] != now["n"]:
            raise Refused(f"{day}: referral.n changes from {before['n']} to {now['n']} while referrals exist")

    def scheme_orders(self) -> list[Order]:
        """Orders that made lots or agents, in a fixed order: what refunds of them do is worth trying."""
        schemes = (self.priced.of_order, self.green.lots, self.circular.lots, self.chain.awards)
        return [self.orders[key] for scheme in schemes for key in sorted(scheme)]

    def happen(self, what: str, times: int = 1) -> None:
        """Count something rare, so that tests of the generator can see that it occurs."""
        if times:
            self.result.happened[what] = self.result.happened.get(what, 0) + times

    def reward(
        self, programme: str, kind: str, member: str, order: str, commodity: str, amount: int, origin: str = ""
    ) -> None:
        """Add to the sum of one row of `rewards`."""
        self.sums[(programme, kind, member, order, origin, commodity)] += amount

    # ---- exports and quarantine ------------------------------------------------------------------------------------

    def take_exports(self) -> dict[str, list[Row]]:
        """Read all files of the day and test them in the order that the contract gives; references come first."""
        folder = self.path / "exports" / self.day.isoformat()
        rows = {name: read_export(folder, name, self.day, self.rules.timezone) for name in FILES}
        self.take_members(rows["members"])
        self.take_newest(rows["merchants"], self.merchants, self.needs_referrer)
        self.take_newest(rows["payout_accounts"], self.accounts, self.needs_member)
        self.take_orders(rows["orders"])
        self.take_refunds(rows["refunds"])
        money = [row for name in ("orders", "refunds") for row in rows[name]]
        bad = sum(row_money(row) for row in money if row.reason not in ("", "duplicate"))
        if bad * 10_000 > sum(map(row_money, money)) * self.version.quarantine_limit_bp:
            raise Refused(f"{self.day}: more money in quarantine than quarantine_limit_bp allows")
        self.test_kinds(rows["redemptions"])
        self.sift(rows["redemptions"])
        for row in sound(rows["redemptions"]):
            row.reason = self.needs_member(row)
            if not row.reason and row.values["merchant_id"] and row.values["merchant_id"] not in self.merchants:
                row.reason = "unknown_merchant"
        self.sift(rows["queue_exits"])
        for row in sound(rows["queue_exits"]):
            if row.values["order_id"] not in self.orders:
                row.reason = "unknown_order"
        return rows

    def test_kinds(self, rows: list[Row]) -> None:
        """`sell` is for pool-priced points, `redeem` for vouchers and fixed points."""
        mode = self.rules.points_mode(self.day)
        for row in sound(rows):
            sold = row.values["commodity"] == "POINT" and mode == "pool_priced"
            if row.values["kind"] != ("sell" if sold else "redeem"):
                row.reason = "bad_status"

    def needs_member(self, row: Row) -> str:
        """`unknown_member` if the row names nobody who was taken."""
        return "" if row.values["member_id"] in self.sponsors else "unknown_member"

    def needs_referrer(self, row: Row) -> str:
        """`unknown_member` if a merchant's referrer is nobody who was taken."""
        return "" if row.values["referrer_id"] in ("", *self.sponsors) else "unknown_member"

    def sift(self, rows: list[Row]) -> None:
        """Duplicates and `duplicate_conflict`: against earlier exports first, then within the file."""
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in sound(rows):
            groups[row.key].append(row)
        for key, group in groups.items():
            earlier = self.taken[group[0].file].get(key)
            if earlier is not None:
                for row in group:
                    row.reason = "duplicate" if row.content == earlier else "duplicate_conflict"
            elif len({row.content for row in group}) > 1:
                for row in group:
                    row.reason = "duplicate_conflict"
            else:
                for row in group[1:]:
                    row.reason = "duplicate"

    def take(self, row: Row) -> None:
        """Remember a row that was taken."""
        self.taken[row.file][row.key] = row.content

    def take_members(self, rows: list[Row]) -> None:
        """A member's sponsor is fixed by his first accepted row; `joined_at` does not make a conflict."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sound(rows):
            groups[row.values["member_id"]].append(row)
        named: dict[str, str] = {}
        for member, group in groups.items():
            choices = {row.values["sponsor_id"] for row in group}
            if member not in self.sponsors and len(choices) > 1:
                for row in group:
                    row.reason = "duplicate_conflict"
            elif member not in self.sponsors:
                named[member] = group[0].values["sponsor_id"]
                for row in group[1:]:
                    row.reason = "duplicate"
            else:
                for row in group:
                    if row.values["sponsor_id"] == self.sponsors[member]:
                        row.reason = "duplicate"
        accepted, reasons = self.sponsor_tests(named)
        for row in sound(rows):
            member, sponsor = row.key[0], row.values["sponsor_id"]
            if member in reasons:
                row.reason = reasons[member]
            elif member in self.sponsors:
                known = sponsor in self.sponsors or sponsor in accepted
                row.reason = "self_sponsor" if sponsor == member else "sponsor_changed"
                if sponsor and not known:
                    row.reason = "unknown_sponsor"
        self.sponsors.update(accepted)

    def sponsor_tests(self, named: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """New members and their sponsors: who is accepted, and why the others are not."""
        reasons: dict[str, str] = {m: "self_sponsor" for m, s in named.items() if m == s}
        for member, sponsor in named.items():
            path, at = [member], sponsor
            while at in named and at not in path:
                path.append(at)
                at = named[at]
            if at == member and len(path) > 1:
                reasons[member] = "sponsor_cycle"
        changed = True
        while changed:  # whoever names a row that was not taken names nobody
            changed = False
            for member, sponsor in named.items():
                there = not sponsor or sponsor in self.sponsors or (sponsor in named and sponsor not in reasons)
                if member not in reasons and not there:
                    reasons[member] = "unknown_sponsor"
                    changed = True
        return {m: s for m, s in named.items() if m not in reasons}, reasons

    def take_newest(self, rows: list[Row], store: dict[str, dict[str, Any]], test: Callable[[Row], str]) -> None:
        """Merchants and accounts: the newest row counts; the same as the newest again is a duplicate."""
        for row in sound(rows):
            row.reason = test(row)
            key = row.key[0]
            if not row.reason and store.get(key) == row.values:
                row.reason = "duplicate"
            if not row.reason:
                store[key] = row.values

    def take_orders(self, rows: list[Row]) -> None:
        """Lines to orders: an order is settled whole or not at all."""
        self.sift(rows)
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sound(rows):
            groups[row.values["order_id"]].append(row)
        broken = {row.texts.get("order_id", "") for row in rows if row.reason not in ("", "duplicate")}
        for order_id, lines in groups.items():
            reason = self.order_reason(order_id, lines, order_id in broken)
            for line in lines:
                line.reason = reason
            if not reason:
                self.open_order(lines)

    def order_reason(self, order_id: str, lines: list[Row], broken: bool) -> str:
        """The code for all sound lines of one order, or ""."""
        first = lines[0].values
        head = ("member_id", "merchant_id", "completed_at")
        if any(line.values[name] != first[name] for line in lines for name in head):
            return "mixed_order"
        if broken:
            return "order_incomplete"
        if order_id in self.orders:
            return "late_line"
        if first["completed_at"].date() < self.day - timedelta(days=self.version.late_limit_days):
            return "too_late"
        if first["member_id"] and first["member_id"] not in self.sponsors:
            return "unknown_member"
        if first["merchant_id"] not in self.merchants:
            return "unknown_merchant"
        return "" if order_total(lines) > 0 else "nonpositive_total"

    def open_order(self, lines: list[Row]) -> None:
        """Enter one sound order; its qualifying day is fixed by the version of the export date (section 2)."""
        first, total = lines[0].values, order_total(lines)
        frozen = first["completed_at"].date() + timedelta(days=self.version.freeze_days)
        merchant = self.merchants[first["merchant_id"]]
        order = Order(
            first["order_id"], first["member_id"], first["merchant_id"], first["completed_at"], total,
            max(self.day, frozen), total, frozenset(line.values["product_id"] for line in lines),
            merchant["concession_bp"], merchant["referrer_id"],
        )  # fmt: skip
        self.orders[order.order_id] = order
        self.unqualified.append(order)
        for line in lines:
            self.take(line)

    def take_refunds(self, rows: list[Row]) -> None:
        """Refunds of known orders, as long as their sum stays within the order's total (section 2)."""
        self.sift(rows)
        for row in sorted(sound(rows), key=lambda r: (r.values["refunded_at"], r.values["refund_id"].encode())):
            order = self.orders.get(row.values["order_id"])
            if order is None:
                row.reason = "unknown_order"
            elif order.refunded + row.values["amount"] > order.total:
                row.reason = "refund_exceeds_order"
            else:
                order.refunded += row.values["amount"]
                self.take(row)

    # ---- step 1: results -------------------------------------------------------------------------------------------

    def step_results(self, rows: list[Row]) -> None:
        """Results of earlier payouts in (at, row) order (section 10.4)."""
        seen: set[tuple[Any, ...]] = set()
        for row in sorted(sound(rows), key=lambda r: (r.values["at"], r.number)):
            payout = self.payouts.get(row.values["payout_id"])
            again = row.content in seen or self.taken["payout_results"].get(row.key) == row.content
            seen.add(row.content)
            if again:
                row.reason = "duplicate"
            elif payout is None:
                row.reason = "unknown_payout"
            elif row.values["amount"] != payout.net:
                row.reason = "payout_amount_differs"
            else:
                row.reason = self.apply_result(payout, row.values["status"])
            if not row.reason:
                self.take(row)

    def apply_result(self, payout: Payout, status: str) -> str:
        """Post one result; "duplicate" or a code if it changes nothing."""
        if status == "returned" and not payout.was_paid:
            status = "failed"
            self.happen("returned without paid")
        transit, bank = ("payout_in_transit", payout.channel), ("bank", payout.channel)
        if payout.status == status:
            return "duplicate"
        if payout.status == "in_transit" and status == "paid":
            payout.status, payout.was_paid = "paid", True
            self.ledger.post(transit, bank, "CNY", payout.net)
            return ""
        if payout.status == "in_transit" and status == "failed":
            self.give_back(payout, transit, "failed")
            return ""
        if payout.status == "paid" and status == "returned":
            self.give_back(payout, bank, "returned")
            return ""
        return "payout_already_final"

    def give_back(self, payout: Payout, source: Account, status: str) -> None:
        """Net and tax return to the wallets that they left."""
        tax = {"rebate": 0, "chance": payout.chance_tax, "labour": payout.labour_tax}
        for income, amount in payout.parts.items():
            wallet = (f"member_wallet_{income}", payout.member_id)
            self.ledger.post(source, wallet, "CNY", amount - tax[income])
            self.ledger.post(("tax_withheld", "platform"), wallet, "CNY", tax[income])
        payout.status = status
        self.failed[payout.member_id].append(payout.payout_id)
        self.happen(f"payout {status}")

    # ---- step 2: late refunds --------------------------------------------------------------------------------------

    def step_late_refunds(self, rows: list[Row]) -> None:
        """Refunds of orders that qualified earlier, one order at a time at the place of its last refund (section 9)."""
        amounts: dict[str, int] = defaultdict(int)
        places: dict[str, tuple[datetime, bytes]] = {}
        for row in sound(rows):
            order = self.orders[row.values["order_id"]]
            if order.qualify_on >= self.day:
                order.kept -= row.values["amount"]
                continue
            place = (row.values["refunded_at"], row.values["refund_id"].encode())
            amounts[order.order_id] += row.values["amount"]
            places[order.order_id] = max(places.get(order.order_id, place), place)
        for order_id in sorted(amounts, key=lambda key: places[key]):
            order = self.orders[order_id]
            before, order.kept = order.kept, order.kept - amounts[order_id]
            if order.member_id and order.version is not None:
                self.happen("late refund")
                self.reverse(order, before)

    def reverse(self, order: Order, before: int) -> None:
        """Recompute what the order caused, in the order of the list of section 9."""
        version = order.version
        assert version is not None
        if version.on("points") and not version.priced():
            bp = version.points["grant_bp"]
            less = before * bp // 10_000 - order.kept * bp // 10_000
            self.ledger.post(("member_points", order.member_id), ("points_issued", "platform"), "POINT", less)
            self.reward("points", "clawback", order.member_id, order.order_id, "POINT", -less)
            self.count_lots(order.member_id)
        self.reverse_claims(order)
        if order.order_id in self.places:
            self.reverse_place(self.places[order.order_id])
        self.priced.reverse(order)
        self.green.reverse(order)
        self.circular.reverse(order)
        self.chain.reverse(order)

    def reverse_claims(self, order: Order) -> None:
        """The claim of which O is the invitee's order, then the claims that are based on O, as they were made."""
        referral = self.referrals.get(order.order_id)
        if referral and order.kept == 0 and not referral.void:
            referral.void = True
            self.freed[referral.sponsor].add(referral.ordinal)
            self.happen("ordinal freed")
        if order.order_id in self.claims:
            self.shrink_claim(self.claims[order.order_id])
        for claim in self.claims.values():
            if claim.base_order is order:
                self.happen("base order refunded")
                self.shrink_claim(claim)

    def shrink_claim(self, claim: Claim) -> None:
        """The formula of 5.2 with the present kepts and the recorded cap; what was funded above it is taken back."""
        claim.amount = min(claim_want(claim.base, claim.bp, claim.order, claim.base_order), claim.cap)
        back = max(0, claim.received - claim.amount)
        claim.received -= back
        self.take_back(claim.sponsor, claim.income, back, ("pool_referral", "platform"))
        self.reward("referral", "clawback", claim.sponsor, claim.order.order_id, "CNY", -back)
        claim.settle_status(self.day)

    def reverse_place(self, place: Place) -> None:
        """The new target of the order's parts (section 9, the queue)."""
        target = place.target(place.order.kept)
        back = self.shrink_exited(place, target) if place.exited else self.shrink_parts(place, target)
        self.take_back(place.order.member_id, place.income, back, ("pool_queue", place.queue_id))
        self.reward("queue", "clawback", place.order.member_id, place.order.order_id, "CNY", -back)

    def shrink_parts(self, place: Place, target: int) -> int:
        """Parts not yet entered shrink first, then the waiting one, then done ones, last first; what to take back."""
        over = sum(part.target for part in place.parts) + place.behind - target
        assert over >= 0
        cut = min(over, place.behind)
        place.behind, over, back = place.behind - cut, over - cut, 0
        for part in reversed(place.parts):
            cut = min(over, part.target)
            part.target, over = part.target - cut, over - cut
            above = max(0, part.received - part.target)
            part.received, back = part.received - above, back + above
            if part.target == 0:
                part.end("cancelled", self.day)
            elif part.status == "waiting" and part.need == 0:
                part.end("done", self.day)
        return back

    def shrink_exited(self, place: Place, target: int) -> int:
        """The exited part keeps its target, its voucher is recomputed; what to take back in money."""
        voucher = max(0, target - place.received) * place.exit_bp // 10_000
        less, place.voucher = place.voucher - voucher, voucher
        member = place.order.member_id
        self.ledger.post(("member_vouchers", member), ("vouchers_issued", "platform"), "VOUCHER", less)
        self.reward("queue", "clawback", member, place.order.order_id, "VOUCHER", -less)
        self.happen("refund of an exited order")
        over = back = max(0, place.received - target)
        for part in reversed(place.parts):
            cut = min(over, part.received)
            part.received, over = part.received - cut, over - cut
            if part.status != "exited":
                part.target -= cut
                if part.target == 0:
                    part.end("cancelled", self.day)
        return back

    def take_back(self, member: str, income: str, amount: int, pool: Account) -> None:
        """What the wallet of that class holds goes back now, the rest is a debt (section 9)."""
        wallet = (f"member_wallet_{income}", member)
        now = min(amount, self.ledger.balance(*wallet, "CNY"))
        self.ledger.post(wallet, pool, "CNY", now)
        self.came_back(pool, now)
        self.flows[pool][2] += amount
        self.happen("take-back", amount > 0)
        if amount > now:
            self.debts.append(Debt(member, pool, amount - now))
            self.ledger.post(("member_debt", member), due_of(pool), "CNY", amount - now)
            self.happen("debt")

    def came_back(self, pool: Account, amount: int) -> None:
        """Money that no order can be named for, at the front of a queue's pot."""
        if pool[0] == "pool_queue":
            self.queues[pool[1]].returned += amount

    # ---- step 3: requests ------------------------------------------------------------------------------------------

    def step_requests(self, redemptions: list[Row], exits: list[Row]) -> None:
        """Redemptions, sales and exits in (requested_at, id) order; exits touch nothing that the others test."""
        limits: dict[tuple[str, str], int] = {}  # what the member may still redeem today; -1 after the first refusal
        for row in sorted(sound(redemptions), key=lambda r: (r.values["requested_at"], r.key[0].encode())):
            member, commodity = row.values["member_id"], row.values["commodity"]
            account = "member_points" if commodity == "POINT" else "member_vouchers"
            limit = limits.get((member, commodity), self.ledger.balance(account, member, commodity))
            if row.values["amount"] > limit:
                limits[member, commodity] = -1
                row.reason = "insufficient_points"
                continue
            limits[member, commodity] = limit - row.values["amount"]
            if row.values["kind"] == "sell":
                self.priced.sell(member, row.values["amount"])
            else:
                self.redeem(member, account, commodity, row.values["amount"], row.values["merchant_id"])
            self.take(row)
        for row in sorted(sound(exits), key=lambda r: (r.values["requested_at"], r.key[0].encode())):
            row.reason = self.leave_queue(row.values["order_id"])
            if not row.reason:
                self.take(row)

    def redeem(self, member: str, account: str, commodity: str, amount: int, merchant: str) -> None:
        """Units leave the member; the money behind vouchers follows to the merchant who took them (section 4.1)."""
        contra = "points_redeemed" if commodity == "POINT" else "vouchers_redeemed"
        self.ledger.post((account, member), (contra, "platform"), commodity, amount)
        self.reward("points", "redeem", member, "", commodity, -amount)
        self.happen(f"redeemed {commodity}")
        self.count_lots(member)
        if commodity == "VOUCHER":
            money = min(amount, self.ledger.balance(*BACKING, "CNY"))
            self.ledger.post(BACKING, ("merchant_payable", merchant or "platform"), "CNY", money)
            self.happen("voucher redeemed with money behind it", money > 0)
            self.happen("voucher redeemed without money behind it", money < amount)

    # ---- vouchers with money behind them (sections 7 and 8) --------------------------------------------------------

    def back_vouchers(self, holder: Account, amount: int, pool: Account) -> None:
        """Issue vouchers, their money going from the pool to the backing."""
        self.ledger.post(("vouchers_issued", "platform"), holder, "VOUCHER", amount)
        self.ledger.post(pool, BACKING, "CNY", amount)
        self.flows[pool][1] += amount

    def vouchers_back(self, holder: Account, amount: int, pool: Account) -> None:
        """Vouchers come back (below zero if need be); money follows as far as the holder still had vouchers."""
        held = max(0, self.ledger.balance(*holder, "VOUCHER"))
        self.ledger.post(holder, ("vouchers_issued", "platform"), "VOUCHER", amount)
        money = min(amount, held, self.ledger.balance(*BACKING, "CNY"))
        self.ledger.post(BACKING, pool, "CNY", money)
        self.flows[pool][2] += money
        self.happen("vouchers come back without their money", money < amount)

    def leave_queue(self, order_id: str) -> str:
        """Exit of an order's waiting part and the parts behind it (section 6.2); a code if it is refused."""
        place, keys = self.places.get(order_id), self.rules.living("queue", self.day)
        part = place.waiting if place else None
        if place is None or part is None or keys is None:
            return "no_waiting_ticket"
        if part.entered_on > self.day - timedelta(days=keys["exit_after_days"]):
            return "exit_too_early"
        self.happen("exit with parts behind", place.behind > 0)
        place.exit_bp, place.exited = keys["exit_bp"], True
        place.voucher = (part.need + place.behind) * place.exit_bp // 10_000
        place.behind = 0
        part.end("exited", self.day)
        member = place.order.member_id
        self.ledger.post(("vouchers_issued", "platform"), ("member_vouchers", member), "VOUCHER", place.voucher)
        self.reward("queue", "exit", member, order_id, "VOUCHER", place.voucher)
        return ""

    # ---- step 4: orders that qualify -------------------------------------------------------------------------------

    def step_orders(self) -> dict[str, list[tuple[Order, int]]]:
        """Contributions, grants, claims and new places, in sequence; per queue today's (order, pot)."""
        ready = sorted((o for o in self.unqualified if o.qualify_on == self.day), key=lambda o: o.place)
        self.unqualified = [o for o in self.unqualified if o.qualify_on > self.day]
        pots: dict[str, list[tuple[Order, int]]] = defaultdict(list)
        self.entering: list[Place] = []
        for order in ready:
            assert order.kept >= 0
            if order.kept == 0 or not order.member_id:
                continue
            order.version, order.kept_first = self.version, order.kept
            seq = len(self.result.orders) + 1
            self.result.orders.append(
                (order.order_id, seq, order.member_id, order.merchant_id, order.total, order.kept)
            )
            self.grant_points(order)
            self.place_referral(order)
            self.chain.join(order)
            self.bought[order.member_id].append(order)
            self.queue_order(order, pots)
            self.green.grant(order)
            self.circular.grant(order)
        return pots

    def contribute(self, order: Order, pool: Account, amount: int) -> None:
        """The merchant owes a share; the pool has it (section 3)."""
        self.ledger.post(("merchant_receivable", order.merchant_id), pool, "CNY", amount)
        self.flows[pool][0] += amount

    def grant_points(self, order: Order) -> None:
        """Points and their lot: fixed ones here (section 4.1)."""
        if self.version.priced():
            self.priced.grant(order)
        if not self.version.on("points") or self.version.priced():
            return
        keys, member = self.version.points, order.member_id
        grant = order.kept * keys["grant_bp"] // 10_000
        if grant == 0:
            return
        self.happen("grant over a negative balance", self.ledger.balance("member_points", member, "POINT") < 0)
        self.ledger.post(("points_issued", "platform"), ("member_points", member), "POINT", grant)
        self.reward("points", "grant", member, order.order_id, "POINT", grant)
        months = keys["expire_months"]
        expires = add_months(order.qualify_on, months) if months else None
        self.lots[member].append(Lot(order, grant, grant, expires))
        self.count_lots(member)

    def count_lots(self, member: str) -> None:
        """What is left of each lot: in all max(0, balance), counted from the newest lot backwards."""
        if self.rules.points_mode(self.day) != "fixed":
            return
        rest = max(0, self.ledger.balance("member_points", member, "POINT"))
        for lot in reversed(self.lots[member]):
            if lot.status == "live":
                lot.left = min(lot.granted, rest)
                rest -= lot.left
                if lot.left == 0:  # nothing can bring it back: what comes later belongs to newer lots
                    lot.status, lot.closed_on = "closed", self.day
        assert rest == 0, f"{member} has points without a lot"

    def place_referral(self, order: Order) -> None:
        """Sections 5.1 and 5.2: is the order a referral, which ordinal does it take, what may the sponsor get."""
        keys, sponsor = self.version.referral, self.sponsors[order.member_id]
        if not self.version.on("referral") or not sponsor:
            return
        if self.bought[order.member_id] and not keys["repeat_invitee"]:
            return
        live = [o for o in self.bought[sponsor] if o.kept > 0 and o.kept >= keys["min_order_fen"]]
        if (keys["need_buy"] and not live) or order.kept < keys["min_order_fen"]:
            return
        base_order = live[-1] if live and keys["base"] != "invitee" else None
        if claim_base(keys["base"], order, base_order) <= 0:
            return
        ordinal = self.take_ordinal(sponsor)
        step, cycle = ordinal % keys["n"], ordinal // keys["n"]
        flat = keys["after"] == "flat" and cycle > 0
        name = (sponsor, "flat", order.order_id) if flat else (sponsor, "cycle", str(cycle))
        share = -(-order.kept * keys["reserve_bp"] // 10_000)
        self.contribute(order, ("pool_referral", "platform"), share)
        self.referrals[order.order_id] = Referral(order, sponsor, ordinal, name, share)
        if keys["after"] == "once" and cycle > 0:
            return
        self.make_claim(order, keys["flat_bp"] if flat else keys["ladder_bp"][step], base_order)

    def take_ordinal(self, sponsor: str) -> int:
        """The smallest freed ordinal, else the next new one."""
        if self.freed[sponsor]:
            ordinal = min(self.freed[sponsor])
            self.freed[sponsor].remove(ordinal)
            self.happen("ordinal refilled")
            return ordinal
        self.next_ordinal[sponsor] += 1
        return self.next_ordinal[sponsor] - 1

    def make_claim(self, order: Order, bp: int, base_order: Order | None) -> None:
        """amount = min(want, cap), the cap being what the cycle's referrals paid in less its earlier claims."""
        referral, base = self.referrals[order.order_id], self.version.referral["base"]
        paid_in = sum(r.share for r in self.referrals.values() if r.cycle == referral.cycle)
        promised = sum(c.amount for c in self.claims.values() if c.cycle == referral.cycle)
        cap = max(0, paid_in - promised)
        want = claim_want(base, bp, order, base_order)
        self.happen("claim cut by its cap", want > cap)
        if min(want, cap) == 0:
            return
        self.claims[order.order_id] = Claim(
            order, referral.sponsor, referral.ordinal, referral.cycle, bp, base, base_order, cap, min(want, cap),
            self.version.tax["referral"], self.version.name, self.day,
        )  # fmt: skip

    def queue_id(self, merchant_id: str) -> str:
        """The queue of a merchant's orders under today's scope (section 6)."""
        scope = self.version.queue["scope"]
        group = self.merchants[merchant_id]["group"]
        if scope == "platform":
            return "platform"
        return f"group/{group}" if scope == "group" and group else f"merchant/{merchant_id}"

    def queue_order(self, order: Order, pots: dict[str, list[tuple[Order, int]]]) -> None:
        """The order's pot, and its place, which enters at the close (section 6.1)."""
        if not self.version.on("queue"):
            return
        keys, queue_id = self.version.queue, self.queue_id(order.merchant_id)
        self.queues.setdefault(queue_id, Queue(queue_id))
        pot = order.kept * keys["pot_bp"] // 10_000
        if pot:
            self.contribute(order, ("pool_queue", queue_id), pot)
            pots[queue_id].append((order, pot))
        place = Place(order, queue_id, keys, self.version.tax["queue"], self.version.name, 0)
        place.behind = place.target(order.kept)
        if order.kept >= keys["min_order_fen"] and place.behind > 0:
            self.places[order.order_id] = place
            self.entering.append(place)

    # ---- step 5: funding -------------------------------------------------------------------------------------------

    def step_fund_referral(self) -> None:
        """Open claims in (claim date, sequence of O) order, each in full before the next (section 5.3)."""
        pool = ("pool_referral", "platform")
        opened = [claim for claim in self.claims.values() if claim.status == "open"]
        for claim in sorted(opened, key=lambda c: (c.claimed_on, c.order.place)):
            amount = min(claim.amount - claim.received, self.ledger.balance(*pool, "CNY"))
            claim.received += amount
            self.pay(pool, claim.sponsor, claim.income, amount)
            self.reward("referral", "fund", claim.sponsor, claim.order.order_id, "CNY", amount)
            claim.settle_status(self.day)
            self.happen("claim not funded in full", claim.status == "open")

    def pay(self, pool: Account, member: str, income: str, amount: int) -> None:
        """Pool money to a wallet."""
        self.ledger.post(pool, (f"member_wallet_{income}", member), "CNY", amount)
        self.flows[pool][1] += amount

    def step_fund_queues(self, pots: dict[str, list[tuple[Order, int]]]) -> None:
        """Per queue: accelerations, the common pot, tickets that are done, and who enters at the close (6.1, 6.3)."""
        keys = self.rules.living("queue", self.day)
        for queue_id in sorted(self.queues):
            assert keys is not None
            queue, offers = self.queues[queue_id], pots.get(queue_id, [])
            waiting = [(n, place, part) for n, (place, part) in sorted(queue.tickets.items())
                       if part.status == "waiting"]  # fmt: skip
            self.happen("old queue funded after a scope change", bool(waiting) and self.is_old(queue_id))
            spent = self.accelerate(queue, waiting, offers, keys)
            self.share_pot(queue, waiting, [(o, pot - spent[o.order_id]) for o, pot in offers], keys)
            finished = [(place, part) for _, place, part in waiting if part.need == 0]
            for _, part in finished:
                part.end("done", self.day)
            entering = [place for place in self.entering if place.queue_id == queue_id]
            for place in entering + [place for place, _ in finished if place.behind]:
                self.enter(queue, place)

    def is_old(self, queue_id: str) -> bool:
        """Whether no merchant's orders go to this queue today."""
        return not self.version.on("queue") or queue_id not in {self.queue_id(m) for m in self.merchants}

    def enter(self, queue: Queue, place: Place) -> None:
        """The next part of an order takes the next number of its queue."""
        unit = place.keys["split_unit_fen"]
        target = min(unit, place.behind) if unit else place.behind
        place.behind -= target
        number = len(queue.tickets) + 1
        part = Ticket(number, len(place.parts) + 1, target, self.day)
        place.parts.append(part)
        queue.tickets[number] = (place, part)
        self.happen("later part entered", part.part > 1)

    def accelerate(
        self,
        queue: Queue,
        waiting: list[tuple[int, Place, Ticket]],
        offers: list[tuple[Order, int]],
        keys: dict[str, Any],
    ) -> dict[str, int]:
        """All direct offers, then all own offers; what each order's offers paid (section 6.3.1)."""
        spent: dict[str, int] = defaultdict(int)
        for kind in ("direct_bp", "repurchase_bp"):
            for order, pot in offers:
                member = order.member_id if kind == "repurchase_bp" else self.sponsors[order.member_id]
                offer = pot * keys[kind] // 10_000
                for _, place, part in waiting:
                    if place.order.member_id == member and member:
                        amount = min(offer, part.need)
                        offer -= amount
                        spent[order.order_id] += amount
                        self.pay_ticket(queue, place, part, amount, "accelerate", {order.order_id: amount})
        return spent

    def pay_ticket(
        self, queue: Queue, place: Place, part: Ticket, amount: int, kind: str, origins: dict[str, int]
    ) -> None:
        """Credit one ticket, one reward row per order whose money it was."""
        assert sum(origins.values()) == amount <= part.need
        part.received += amount
        member = place.order.member_id
        self.pay(("pool_queue", queue.queue_id), member, place.income, amount)
        for origin, fen in origins.items():
            self.reward("queue", kind, member, place.order.order_id, "CNY", fen, origin)

    def share_pot(
        self,
        queue: Queue,
        waiting: list[tuple[int, Place, Ticket]],
        rests: list[tuple[Order, int]],
        keys: dict[str, Any],
    ) -> None:
        """The common pot (section 6.3.2), its payments laid against its money end to end (6.3.3)."""
        carry = queue.returned + sum(fen for _, fen in queue.layers)
        queue.layers += [[order.order_id, fen] for order, fen in rests if fen]
        pot = carry + sum(fen for _, fen in rests)
        assert pot == self.ledger.balance("pool_queue", queue.queue_id, "CNY")
        needs = [(number, part.need) for number, _, part in waiting if part.need > 0]
        if keys["mode"] == "seats":
            payments = split_seats(needs, carry, [fen for _, fen in rests], keys["seats_bp"])
        else:
            payments = SPLITS[keys["mode"]](needs, pot)
        assert sum(amount for _, amount in payments) <= pot
        for number, amount in payments:
            place, part = queue.tickets[number]
            self.happen("payment with money that came back", amount > 0 and queue.returned > 0)
            self.pay_ticket(queue, place, part, amount, "fund", queue.draw(amount))

    # ---- steps 6 and 7 ---------------------------------------------------------------------------------------------

    def step_expire(self) -> None:
        """Lots of fixed points whose day has come (section 4.1)."""
        for member in sorted(self.lots):
            for lot in self.lots[member]:
                if lot.status == "live" and lot.expires_on == self.day:
                    self.ledger.post(("member_points", member), ("points_expired", "platform"), "POINT", lot.left)
                    self.reward("points", "expire", member, lot.order.order_id, "POINT", -lot.left)
                    self.happen("points expired")
                    lot.left, lot.status, lot.closed_on = 0, "closed", self.day
            self.count_lots(member)

    def step_collect(self) -> None:
        """Debts, oldest first, from the member's wallets (section 10.2)."""
        for debt in self.debts:
            for income in WALLETS:
                wallet = (f"member_wallet_{income}", debt.member_id)
                amount = min(debt.left, self.ledger.balance(*wallet, "CNY"))
                self.ledger.post(wallet, debt.pool, "CNY", amount)
                self.ledger.post(due_of(debt.pool), ("member_debt", debt.member_id), "CNY", amount)
                self.came_back(debt.pool, amount)
                debt.left -= amount
                self.happen("debt collected", amount > 0)
        self.debts = [debt for debt in self.debts if debt.left]

    def step_payouts(self) -> None:
        """Everybody who has enough, an active account and no debt (section 10.3)."""
        indebted = {debt.member_id for debt in self.debts}
        for member in sorted(self.sponsors):
            held = {income: self.ledger.balance(f"member_wallet_{income}", member, "CNY") for income in WALLETS}
            total, account = sum(held.values()), self.accounts.get(member)
            if total == 0 or total < self.version.payout["min_fen"]:
                continue
            if account is None or account["status"] != "active" or member in indebted:
                self.happen("no payout: account or debt")
                continue
            self.cut(member, account["channel"], held)

    def cut(self, member: str, channel: str, held: dict[str, int]) -> None:
        """One payout: classes in order up to max_fen, tax, and the ids it replaces."""
        room = self.version.payout["max_fen"] or sum(held.values())
        parts: dict[str, int] = {}
        for income in WALLETS:
            parts[income] = min(held[income], room)
            room -= parts[income]
        chance = parts["chance"] * 2_000 // 10_000
        payout = Payout(
            payout_id_of(self.day, member), member, channel, self.day, parts, chance,
            self.labour_tax(member, parts["labour"]),
        )  # fmt: skip
        if payout.net <= 0:  # no channel takes a payment of nothing; the law is silent
            self.happen("tax takes all")
            return
        self.payouts[payout.payout_id] = payout
        for income, amount in parts.items():
            tax = {"rebate": 0, "chance": payout.chance_tax, "labour": payout.labour_tax}[income]
            wallet = (f"member_wallet_{income}", member)
            self.ledger.post(wallet, ("payout_in_transit", channel), "CNY", amount - tax)
            self.ledger.post(wallet, ("tax_withheld", "platform"), "CNY", tax)
        replaces = sorted(self.failed.pop(member, []))
        self.happen("payout replaces", len(replaces))
        self.result.payouts.append(
            (payout.payout_id, member, channel, payout.gross, payout.tax, payout.net, 1 + len(replaces),
             " ".join(replaces))
        )  # fmt: skip

    def labour_tax(self, member: str, labour: int) -> int:
        """Tax on the labour part; payouts that failed have left their month or year, so they do not count."""
        if labour == 0:
            return 0
        counted = [
            p for p in self.payouts.values()
            if p.member_id == member and p.day.year == self.day.year and p.parts["labour"] > 0
            and p.status in ("in_transit", "paid")
        ]  # fmt: skip
        if self.version.payout["labour_method"] == "monthly":
            counted = [p for p in counted if p.day.month == self.day.month]
        income = labour + sum(p.parts["labour"] for p in counted)
        if self.version.payout["labour_method"] == "monthly":
            whole = monthly_tax(income)
        else:
            first = min((p.day.month for p in counted), default=self.day.month)
            whole = cumulative_tax(income, self.day.month - first + 1)
        tax = max(0, whole - sum(p.labour_tax for p in counted))
        self.happen("labour tax", tax > 0)
        self.happen("labour tax above the labour part", tax > labour)
        return min(tax, labour)  # the law names no limit: a payout below zero cannot be

    # ---- the close -------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]]]:
        """Tickets, claims and lots: per key (what makes a change, the row)."""
        return {"tickets": dict(self.ticket_rows()), "claims": dict(self.claim_rows()), "lots": dict(self.lot_rows())}

    def ticket_rows(self) -> Iterator[tuple[str, tuple[tuple[Any, ...], tuple[Any, ...]]]]:
        for queue in self.queues.values():
            for number, (place, part) in queue.tickets.items():
                row = (
                    queue.queue_id, number, place.order.order_id, part.part, place.order.member_id, part.target,
                    part.received, place.behind, part.status, part.entered_on, part.ended_on, place.version,
                )  # fmt: skip
                # A refund that shrinks nothing but `behind` is no change of the ticket: the golden cases list none.
                yield f"{queue.queue_id}#{number}", ((*row[:7], *row[8:]), row)

    def claim_rows(self) -> Iterator[tuple[str, tuple[tuple[Any, ...], tuple[Any, ...]]]]:
        for order_id, claim in self.claims.items():
            base = claim.base_order.order_id if claim.base_order else ""
            row = (
                f"referral/{order_id}", "referral", claim.sponsor, order_id, claim.ordinal, base, claim.cap,
                claim.amount, claim.received, claim.status, claim.claimed_on, claim.ended_on, claim.version,
            )  # fmt: skip
            yield order_id, (row, row)
        for row in self.chain.rows():
            yield row[0], (row, row)

    def lot_rows(self) -> Iterator[tuple[str, tuple[tuple[Any, ...], tuple[Any, ...]]]]:
        for member, lots in self.lots.items():
            for lot in lots:
                version = lot.order.version
                assert version is not None
                row = (
                    f"points/{lot.order.order_id}", "points", member, lot.order.order_id, lot.granted, lot.left,
                    0, 0, lot.status, lot.order.qualify_on, lot.closed_on, version.name,
                )  # fmt: skip
                yield row[0], (row, row)
        for scheme in (self.priced, self.green, self.circular):
            for row in scheme.rows():
                yield row[0], (row, row)

    def finish(self, rows: dict[str, list[Row]], before: dict[str, dict[str, Any]]) -> None:
        """Collect what changed, and check section 11."""
        result = self.result
        result.rewards = sorted((*key, amount) for key, amount in self.sums.items() if amount)
        for table, after in self.snapshot().items():
            changed = [row for key, (changes, row) in after.items()
                       if key not in before[table] or before[table][key][0] != changes]  # fmt: skip
            getattr(result, table).extend(sorted(changed, key=lambda row: row[:2] if table == "tickets" else row[:1]))
            if table == "tickets":
                self.result.behind_only = sorted(
                    row for key, (changes, row) in after.items()
                    if row[8] == "waiting" and row not in changed and before[table][key][1] != row
                )  # fmt: skip
        result.balances = list(self.ledger.close())
        result.payouts.sort()
        for name, lines in rows.items():
            result.duplicates[name] = sum(row.reason == "duplicate" for row in lines)
            result.accepted[name] = sum(row.reason == "" for row in lines)
            result.quarantine += [(name, r.number, r.reason) for r in lines if r.reason not in ("", "duplicate")]
        result.quarantine.sort()
        self.happen("points below zero", any(a == "member_points" and b < 0 for a, _, _, b in result.balances))
        self.check()

    def check(self) -> None:
        """Section 11, as far as postings do not already assert it."""
        for pool, (contributed, paid, taken) in self.flows.items():
            due = self.ledger.balance(*due_of(pool), "CNY")
            assert paid - taken + due == contributed - self.ledger.balance(*pool, "CNY"), pool
        for place in self.places.values():
            for part in place.parts:
                assert 0 <= part.received <= part.target, place
                assert (part.status == "waiting") == (part.need > 0 and part.status != "exited"), (place, part)
            if not place.exited:
                whole = sum(part.target for part in place.parts) + place.behind
                assert whole == place.target(place.order.kept), place
            assert sum(part.status == "waiting" for part in place.parts) <= 1
        owed: dict[tuple[str, str], int] = defaultdict(int)
        for debt in self.debts:
            owed[("member_debt", debt.member_id)] += debt.left
            owed[due_of(debt.pool)] += debt.left
        for (account, holder), amount in owed.items():
            assert self.ledger.balance(account, holder, "CNY") == amount
        amounts: dict[tuple[str, str, str], int] = defaultdict(int)
        for claim in self.claims.values():
            amounts[claim.cycle] += claim.amount
        shares: dict[tuple[str, str, str], int] = defaultdict(int)
        for referral in self.referrals.values():
            shares[referral.cycle] += referral.share
        assert all(amount <= shares[cycle] for cycle, amount in amounts.items())
        for scheme in (self.priced, self.green, self.circular, self.chain):
            scheme.check()


# --------------------------------------------------------------------------------------------------------------------
# Small helpers of the home
# --------------------------------------------------------------------------------------------------------------------


def sound(rows: list[Row]) -> list[Row]:
    """The rows that no test has stopped so far."""
    return [row for row in rows if not row.reason]


def order_total(lines: list[Row]) -> int:
    """Sum of unit_price x quantity less discount, in fen."""
    return sum(r.values["unit_price"] * r.values["quantity"] - r.values["discount"] for r in lines)


def due_of(pool: Account) -> Account:
    """The account of what debtors still owe to a pool."""
    return "pool_due", f"{pool[0]}/{pool[1]}"


def claim_base(base: str, order: Order, base_order: Order | None) -> int:
    """The base of 5.2 with the present kepts."""
    bought = base_order.kept if base_order else 0
    return {"invitee": order.kept, "referrer": bought, "min": min(order.kept, bought)}[base]


def claim_want(base: str, bp: int, order: Order, base_order: Order | None) -> int:
    """want = min(floor(base x bp / 10 000), kept(O))."""
    return min(claim_base(base, order, base_order) * bp // 10_000, order.kept)


Needs = list[tuple[int, int]]


def split_fifo(needs: Needs, pot: int) -> Needs:
    """Each ticket in full before the next."""
    payments = []
    for number, need in needs:
        payments.append((number, min(need, pot)))
        pot -= payments[-1][1]
    return payments


def split_average(needs: Needs, pot: int) -> Needs:
    """The same amount to every ticket, none above its need."""
    line = level([need for _, need in needs], pot)
    return [(number, min(need, line)) for number, need in needs]


def split_pro_rata(needs: Needs, pot: int) -> Needs:
    """By what each still needs."""
    whole = sum(need for _, need in needs)
    return [(number, pot * need // whole if pot < whole else need) for number, need in needs]


def split_seats(needs: Needs, carry: int, rests: list[int], seats_bp: list[int]) -> Needs:
    """The day's orders take turns; the first tickets that still wait get their seats of each turn's part."""
    payments: Needs = []
    left, part = dict(needs), carry
    for rest in rests:
        part += rest
        turn = part
        for number, seat_bp in zip([n for n, need in left.items() if need > 0], seats_bp, strict=False):
            amount = min(left[number], turn * seat_bp // 10_000)
            left[number] -= amount
            part -= amount
            payments.append((number, amount))
    return payments


SPLITS: dict[str, Callable[[Needs, int], Needs]] = {
    "fifo": split_fifo,
    "average": split_average,
    "pro_rata": split_pro_rata,
}


def settle(home: Path, first: date, last: date) -> dict[date, DayResult]:
    """Settle the days of a home in order; raises Refused where a day or the rules are refused."""
    reference = ReferenceHome(home)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day: reference.settle_day(day) for day in days}


# --------------------------------------------------------------------------------------------------------------------
# Comparison with expected rows
# --------------------------------------------------------------------------------------------------------------------


def compare_table(result: DayResult, table: str, path: Path, mode: str) -> tuple[int, list[str]]:
    """How many rows were expected, and the differences; rows are summed over columns that the file leaves out.

    With points of mode `fixed` the expected `lots` hold none of points.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader)
        expected = sorted(tuple(row) for row in reader)
    if table == "rewards":
        sums: dict[tuple[str, ...], int] = defaultdict(int)
        for row in result.rows(table):
            sums[tuple(row[name] for name in header if name != "amount")] += row["amount"]
        found = sorted((*key, str(amount)) for key, amount in sums.items() if amount)
    else:
        rows = [r for r in result.rows(table) if (table, mode, r.get("programme")) != ("lots", "fixed", "points")]
        found = sorted(tuple("" if row[name] is None else str(row[name]) for name in header) for row in rows)
    differences = [f"- expected {row}" for row in expected if row not in found]
    differences += [f"+ found    {row}" for row in found if row not in expected]
    if len(expected) != len(found):
        differences.append(f"{len(expected)} rows expected, {len(found)} found")
    return len(expected), differences


def main(arguments: list[str]) -> int:
    """Settle all export days of HOME; with EXPECTED print every row that differs. Returns the exit code."""
    home = Path(arguments[0])
    expected = Path(arguments[1]) if len(arguments) > 1 else home / "expected"
    days = sorted(date.fromisoformat(folder.name) for folder in (home / "exports").iterdir())
    counts: dict[str, int] = defaultdict(int)
    faults, rules = 0, Rules(home / "rules.yaml")
    for day, result in settle(home, days[0], days[-1]).items():
        for path in sorted((expected / day.isoformat()).glob("*.csv")):
            rows, differences = compare_table(result, path.stem, path, rules.points_mode(day))
            counts[path.stem] += rows
            faults += len(differences)
            for line in differences[:20]:
                sys.stdout.write(f"{day} {path.stem}: {line}\n")
    compared = ", ".join(f"{table} {count}" for table, count in sorted(counts.items()))
    sys.stdout.write(f"{home.name}: {len(days)} days, {sum(counts.values())} rows ({compared}), {faults} differences\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
