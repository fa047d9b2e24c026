"""The typed rules: reading ``rules.yaml``, its defaults, its ranges and the funding guard.

Holds: the model of every version, the messages about faults, the views of it that SQL takes (parameters, tables).
Never holds: settlement arithmetic, sealed state (what a day may not change is checked where the state is known).
Neighbour: ``store.py`` hashes the file; ``assets/programmes/`` and ``assets/payouts/`` read one block each.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, TypeVar, get_origin
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from assets.foundation.errors import Refused, RulesError

if TYPE_CHECKING:
    import polars as pl

# Largest amount a key may name: 10^13 fen are 10^11 yuan, and leave room for bp and multiples in 64 bits.
MAX_FEN = 10**13
MAX_DAYS = 3_660
MAX_FILE_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_REPEATED = 10_000  # values that aliases may repeat in all
_TOLD = 30  # faults that one message names

PROGRAMMES = ("points", "referral", "queue", "green", "circular", "chain")
GREEN_GUARD_BP = 2_000  # a merchant concedes at most that much of an order (rules.md sections 3 and 7)

Scalar = int | str | bool
KeyPath = tuple[str | int, ...]


# --- what a value may be ---------------------------------------------------------------------------------------------


class _NumberText(str):
    """An unquoted number that is no plain decimal whole number (7.0, 0x7, 1_000, 1:30): neither text nor int here."""


def _allow(allowed: str) -> PydanticCustomError:
    return PydanticCustomError("allowed", "{allowed}", {"allowed": allowed})


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if type(value) is not int:  # bool is an int to Python, and is none here
            raise _allow(f"a whole number from {low} to {high}")
        if not low <= value <= high:
            raise _allow(f"{low} to {high}")
        return value

    return check


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise _allow("true or false")
    return value


def _multiple(value: Any) -> int:
    if type(value) is not int or (value != 0 and not 10_000 <= value <= 10**8):
        raise _allow("0 or 10000 to 100000000")
    return value


_ID_ALLOWED = "1 to 64 printable characters without spaces at the ends, quotes, commas, /, | or ^"


def _safe_id(value: Any) -> str:
    if type(value) is not str:
        raise _allow(f"text ({_ID_ALLOWED}); put a number in quotes")
    if not 1 <= len(value) <= 64 or value.strip() != value or not value.isprintable() or set(value) & set("'\",/|^"):
        raise _allow(_ID_ALLOWED)
    return value


def _product_id(value: Any) -> str:
    if value == "platform":
        raise _allow("an id other than the reserved word platform")
    return _safe_id(value)


def _sentence(value: Any) -> str:
    if type(value) is not str or not value.strip() or len(value) > 200 or not value.isprintable():
        raise _allow("1 to 200 printable characters that name who released the programme")
    return value


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        if type(value) is str and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _allow("a calendar day as YYYY-MM-DD")


def _bracket(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise _allow("a row [up_to or null, bp, quick], in fen")
    return value


Bp = Annotated[int, BeforeValidator(_whole(0, 10_000))]
Fen = Annotated[int, BeforeValidator(_whole(0, MAX_FEN))]
PositiveFen = Annotated[int, BeforeValidator(_whole(1, MAX_FEN))]
Days = Annotated[int, BeforeValidator(_whole(0, MAX_DAYS))]
Flag = Annotated[bool, BeforeValidator(_flag)]
Income = Literal["rebate", "chance", "labour"]
Bracket = Annotated[tuple[Fen | None, Bp, Fen], BeforeValidator(_bracket)]


# --- faults ----------------------------------------------------------------------------------------------------------


class Fault(NamedTuple):
    """One fault of a rules file: the keys that lead to it, and a sentence of what was found and what is allowed."""

    path: KeyPath
    text: str
    line: int = 0  # 0: that of the key


class Share(NamedTuple):
    """One term of the funding guard: what it is made of, and its size in bp of an order, exactly."""

    term: str
    bp: Fraction


@dataclass(frozen=True)
class Guard:
    """The funding guard of one version (rules.md section 3): terms and limit in bp, compared as exact fractions."""

    terms: tuple[Share, ...]
    limit: int

    @property
    def total(self) -> Fraction:
        """Sum of the terms, in bp."""
        return sum((share.bp for share in self.terms), Fraction(0))

    @property
    def holds(self) -> bool:
        """Whether every programme can be paid from what an order leaves."""
        return self.total <= self.limit

    def sentence(self) -> str:
        """The sum as it would be written by hand: each term that is not 0 with its name, then the total, in bp."""
        listed = " + ".join(f"{_mixed(share.bp)} ({share.term})" for share in self.terms if share.bp)
        return f"{listed or 'no share'} = {_mixed(self.total)} bp"


def _mixed(value: Fraction) -> str:
    whole, rest = divmod(value.numerator, value.denominator)
    return f"{whole} {rest}/{value.denominator}" if whole and rest else str(value)


def _spelled(path: KeyPath) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in path)
    return text.removeprefix(".")


def _plain(text: str) -> str:
    return text if text.isprintable() and len(text) <= 64 else _cut(json.dumps(text))


def _cut(text: str) -> str:
    return text if len(text) <= 64 else text[:60] + " ..."


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, str) and not isinstance(value, _NumberText):
        return _cut(json.dumps(value, ensure_ascii=not value.isprintable()))
    return _cut(str(value))


# --- the model -------------------------------------------------------------------------------------------------------


class _Block(BaseModel):
    """Frozen, complete, without unknown keys; schemas are built at first use, so that importing stays cheap."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Programme(_Block):
    """What every programme block has in common: it is on or off, and takes its shares of an order."""

    enabled: Flag = Field(description="whether the scheme is on; one that is off may be left out")

    @classmethod
    def off(cls) -> Self:
        """The block of a programme that is off: every key has its zero (0, False, "", ()), whatever the file said."""
        return cls.model_construct(**{name: _zero(info.annotation) for name, info in cls.model_fields.items()})

    def _shares(self) -> tuple[Share, ...]:
        """The terms of this programme in the funding guard (rules.md section 3)."""
        return ()

    def _paid_depth(self) -> int:
        """How many sponsor steps deep it pays, whatever the order: 0 pays the buyer himself (section 11.7)."""
        return 0

    def _faults(self) -> Iterator[Fault]:
        """Faults between the keys of an enabled block; paths are relative to the block."""
        yield from ()

    def _resolved(self) -> Self:
        """The block with everything that has no effect set to one spelling."""
        return self

    def _summary(self) -> str:
        """The block in one line for a person."""
        return "on" if self.enabled else "off"

    def _needs(self, names: Iterable[str], while_: str) -> Iterator[Fault]:
        for name in names:
            if name not in self.model_fields_set:
                yield Fault((name,), f"missing, required while {while_}")


def _zero(annotation: Any) -> Any:
    if annotation is bool:
        return False
    if annotation is int:
        return 0
    return () if get_origin(annotation) is tuple else ""


def _at_most(name: str, values: Iterable[int]) -> Iterator[Fault]:
    total = sum(values)
    if total > 10_000:
        yield Fault((name,), f"found a sum of {total}, allowed at most 10000")


class Points(Programme):
    """消费增值 (rules.md section 4). ``grant_bp`` of kept; ``mode`` fixed: ``cost_bp`` (what a point costs) has no
    default, ``expire_months`` 0 = never; pool_priced: ``pool_bp`` has no default, ``initial_price`` in millionths of
    a yuan per point, ``min_units`` in 1/10 000 point, ``exit_multiple_bp`` 0 = none. Keys of the other mode read as 0.
    """

    mode: Literal["fixed", "pool_priced"] = Field(
        description="fixed: points of a fixed worth; pool_priced: points at the day's price"
    )
    grant_bp: Bp = Field(description="what the buyer gets in points, of kept")
    cost_bp: Bp = Field(default=0, description="fixed: what a point costs the shop; needed")
    expire_months: Annotated[int, BeforeValidator(_whole(0, 1_200))] = Field(
        default=0, description="fixed: months after which what is left of a grant expires; 0: never"
    )
    pool_bp: Bp = Field(default=0, description="pool_priced: the pool's share of kept; needed")
    initial_price: PositiveFen = Field(
        default=1_000_000, description="pool_priced: price of a point before the first strike, in millionths of a yuan"
    )
    sale_return_bp: Bp = Field(default=8_000, description="pool_priced: what a seller gets of his points' worth")
    exit_multiple_bp: Annotated[int, BeforeValidator(_multiple)] = Field(
        default=20_000,
        description="pool_priced: a lot is sold by force when the strike reaches that part of what it cost; 0: never",
    )
    min_units: Annotated[int, BeforeValidator(_whole(0, 10**15))] = Field(
        default=10_000_000, description="pool_priced: units (10 000 a point) that must be outstanding for a strike"
    )

    def _shares(self) -> tuple[Share, ...]:
        if self.mode == "pool_priced":
            return (Share("points.pool_bp", Fraction(self.pool_bp)),)
        cost = Fraction(self.grant_bp * self.cost_bp, 10_000)
        return (Share(f"points.grant_bp {self.grant_bp} x cost_bp {self.cost_bp} / 10000", cost),)

    def _faults(self) -> Iterator[Fault]:
        if self.mode == "fixed":
            yield from self._needs(("cost_bp",), "points are on in mode fixed")
            return
        yield from self._needs(("pool_bp",), "points are on in mode pool_priced")
        if "pool_bp" in self.model_fields_set and self.grant_bp > self.pool_bp:
            yield Fault(("grant_bp",), f"found {self.grant_bp}, allowed at most pool_bp {self.pool_bp}")

    def _resolved(self) -> Self:
        pool = ("pool_bp", "initial_price", "sale_return_bp", "exit_multiple_bp", "min_units")
        return self.model_copy(update=dict.fromkeys(pool if self.mode == "fixed" else ("cost_bp", "expire_months"), 0))

    def _summary(self) -> str:
        if self.mode == "fixed":
            expiry = f"expire after {self.expire_months} months" if self.expire_months else "never expire"
            return f"fixed, {self.grant_bp} bp of an order, {expiry}"
        leave = f"forced exit at {self.exit_multiple_bp} bp of the issue price" if self.exit_multiple_bp else "no exit"
        return (
            f"pool-priced, pool {self.pool_bp} bp, grant {self.grant_bp} bp, sale returns {self.sale_return_bp} bp, "
            f"{leave}, first price {self.initial_price} millionths of a yuan"
        )


class Referral(Programme):
    """推三返一 (rules.md section 5). ``ladder_bp`` has ``n`` entries; ``after`` and ``base`` have no default, and
    ``flat_bp`` has none while ``after`` is flat; amounts in fen.
    """

    n: Annotated[int, BeforeValidator(_whole(1, 1_000))] = Field(default=3, description="referrals of a cycle")
    ladder_bp: tuple[Bp, ...] = Field(
        default=(1_000, 2_000, 7_000), description="what each referral of a cycle earns, of the base; n entries"
    )
    reserve_bp: Bp = Field(default=3_334, description="what a referral's order pays into the pool, rounded up")
    after: Literal["cycle", "once", "flat"] = Field(
        description="after the first cycle: another (cycle), nothing (once), or flat_bp for each (flat)"
    )
    flat_bp: Bp = Field(default=0, description="after flat: what each further referral earns; needed then")
    base: Literal["min", "invitee", "referrer"] = Field(
        description="what the ladder is taken of: the new buyer's order, the sponsor's latest, or the smaller"
    )
    need_buy: Flag = Field(default=True, description="whether a sponsor must have bought before")
    repeat_invitee: Flag = Field(default=False, description="whether later orders of a referred buyer count too")
    min_order_fen: Fen = Field(default=0, description="least kept of both orders, fen")

    def _shares(self) -> tuple[Share, ...]:
        return (Share("referral.reserve_bp", Fraction(self.reserve_bp)),)

    def _paid_depth(self) -> int:
        return 1

    def _faults(self) -> Iterator[Fault]:
        if len(self.ladder_bp) != self.n:
            default = "" if "ladder_bp" in self.model_fields_set else " (the default)"
            yield Fault(("ladder_bp",), f"found {len(self.ladder_bp)} entries{default}, allowed n = {self.n} entries")
        yield from _at_most("ladder_bp", self.ladder_bp)
        if self.after == "flat":
            yield from self._needs(("flat_bp",), "referral is on with after: flat")

    def _summary(self) -> str:
        then = f"then flat {self.flat_bp} bp" if self.after == "flat" else f"then {self.after}"
        return (
            f"refer {self.n}, ladder {'/'.join(map(str, self.ladder_bp))} bp of the {self.base} order, {then}, "
            f"reserve {self.reserve_bp} bp"
        )


class Queue(Programme):
    """排队免单 (rules.md section 6). ``scope``, ``mode`` and ``exit_cost_bp`` (what a voucher costs the shop) have no
    default; ``target_max_fen`` and ``split_unit_fen`` 0 = none; ``exit_after_days`` in days.
    """

    scope: Literal["merchant", "group", "platform"] = Field(
        description="a queue for each merchant, each group of merchants, or one for all"
    )
    mode: Literal["fifo", "average", "pro_rata", "seats"] = Field(description="how the common pot is divided")
    target_bp: Bp = Field(default=10_000, description="what a ticket may receive, of kept")
    target_max_fen: Fen = Field(default=0, description="most that a ticket may receive, fen; 0: any")
    min_order_fen: Fen = Field(default=0, description="least kept that makes a ticket, fen")
    pot_bp: Bp = Field(default=2_000, description="what an order pays into its queue")
    direct_bp: Bp = Field(
        default=3_000, description="part of an order's pot that is offered to its buyer's sponsor first"
    )
    repurchase_bp: Bp = Field(
        default=0, description="part of an order's pot that is offered to its buyer's own earlier tickets"
    )
    split_unit_fen: Fen = Field(default=0, description="targets above it wait in parts of it, fen; 0: whole")
    seats_bp: tuple[Bp, ...] = Field(
        default=(5_000, 3_000, 2_000), description="mode seats: what each seat gets of an order's part of the pot"
    )
    exit_bp: Bp = Field(default=6_000, description="what who leaves gets in vouchers, of what his tickets still need")
    exit_after_days: Days = Field(default=30, description="days that a ticket waits before it may leave")
    exit_cost_bp: Bp = Field(description="what a voucher of an exit costs the shop")

    def _shares(self) -> tuple[Share, ...]:
        exits = Fraction(self.exit_bp * self.exit_cost_bp, 10_000)
        return (
            Share("queue.pot_bp", Fraction(self.pot_bp)),
            Share(f"queue.exit_bp {self.exit_bp} x exit_cost_bp {self.exit_cost_bp} / 10000", exits),
        )

    def _paid_depth(self) -> int:
        return 1 if self.direct_bp else 0

    def _faults(self) -> Iterator[Fault]:
        offered = self.direct_bp + self.repurchase_bp
        if offered > 10_000:
            yield Fault(("direct_bp",), f"found direct_bp + repurchase_bp = {offered}, allowed at most 10000")
        yield from _at_most("seats_bp", self.seats_bp)
        if self.mode == "seats" and not self.seats_bp:
            yield Fault(("seats_bp",), "found an empty list, allowed at least one seat while mode is seats")

    def _summary(self) -> str:
        seats = f" {'/'.join(map(str, self.seats_bp))} bp" if self.mode == "seats" else ""
        limit = f", at most {self.target_max_fen} fen" if self.target_max_fen else ""
        return (
            f"per {self.scope}, {self.mode}{seats}, pot {self.pot_bp} bp, target {self.target_bp} bp{limit}, "
            f"exit {self.exit_bp} bp after {self.exit_after_days} days"
        )


class Green(Programme):
    """众店 / 绿色积分 (rules.md section 7). bp of the concession; ``exit_multiple`` in lots."""

    pool_bp: Bp = Field(default=4_000, description="the pool's part of the concession")
    merchant_referrer_bp: Bp = Field(
        default=500, description="part of the concession for the member who brought the merchant"
    )
    user_factor_bp: Bp = Field(default=10_000, description="green points for the buyer, of the concession")
    merchant_factor_bp: Bp = Field(default=10_000, description="green points for the merchant, of the concession")
    first_release_bp: Bp = Field(default=50, description="what a lot releases in its first period")
    growth_bp: Bp = Field(
        default=1_500, description="growth of the pool that ends a period, and by which releases grow"
    )
    period_days: Annotated[int, BeforeValidator(_whole(1, MAX_DAYS))] = Field(
        default=30, description="days after which a period ends in any case"
    )
    max_periods: Annotated[int, BeforeValidator(_whole(1, 10_000))] = Field(
        default=40, description="periods after which a lot ends"
    )
    exit_multiple: Annotated[int, BeforeValidator(_whole(1, 10_000))] = Field(
        default=5, description="how many times its size a lot releases at most"
    )

    def _shares(self) -> tuple[Share, ...]:
        return (Share("green", Fraction(GREEN_GUARD_BP)),)

    def _faults(self) -> Iterator[Fault]:
        given = self.pool_bp + self.merchant_referrer_bp
        if given > 10_000:
            yield Fault(("pool_bp",), f"found pool_bp + merchant_referrer_bp = {given}, allowed at most 10000")

    def _summary(self) -> str:
        return (
            f"pool {self.pool_bp} bp of the concession, first release {self.first_release_bp} bp, growth "
            f"{self.growth_bp} bp, periods of {self.period_days} days, at most {self.max_periods}, "
            f"exit at {self.exit_multiple} times"
        )


class Tier(_Block):
    """One tier of circular purchase: an order of at least ``min_fen`` gets that energy (fen) and contribution."""

    min_fen: Fen = Field(description="least kept of an order of this tier, fen")
    energy_fen: PositiveFen = Field(description="what its lot may be paid in all, fen")
    contribution: Annotated[int, BeforeValidator(_whole(1, 10**9))] = Field(description="its weight in the dividend")


class Circular(Programme):
    """循环购 (rules.md section 8). ``dividend_bp`` and ``tiers`` have no default; tiers are kept by rising min_fen."""

    dividend_bp: Bp = Field(description="the pool's share of an order")
    cash_bp: Bp = Field(default=5_000, description="part of a dividend that is money; the rest is vouchers")
    tiers: tuple[Tier, ...] = Field(description="each with min_fen, energy_fen and contribution")

    def _shares(self) -> tuple[Share, ...]:
        return (Share("circular.dividend_bp", Fraction(self.dividend_bp)),)

    def _faults(self) -> Iterator[Fault]:
        if not self.tiers:
            yield Fault(("tiers",), "found an empty list, allowed at least one tier")
        yield from _repeated("tiers", "min_fen", [tier.min_fen for tier in self.tiers])

    def _resolved(self) -> Self:
        return self.model_copy(update={"tiers": tuple(sorted(self.tiers, key=lambda tier: tier.min_fen))})

    def _summary(self) -> str:
        return f"dividend {self.dividend_bp} bp, {len(self.tiers)} tiers, {self.cash_bp} bp of it as money"


class Package(_Block):
    """One package product of the chain, with its price in fen."""

    product_id: Annotated[str, BeforeValidator(_product_id)] = Field(
        description="the product that makes its buyer an agent"
    )
    price_fen: PositiveFen = Field(description="what the order must keep, fen")


class Chain(Programme):
    """链动 2+1 and 3+1 (rules.md section 8b). Only ``direct_bp`` and ``slide_bp`` have a default; ``released_by`` names
    who answers for switching it on; packages are kept by product_id.
    """

    released_by: Annotated[str, BeforeValidator(_sentence)] = Field(
        description="who has judged the scheme and answers for it"
    )
    n: Annotated[int, BeforeValidator(_whole(2, 3))] = Field(description="direct agents that make a boss")
    packages: tuple[Package, ...] = Field(description="each with product_id and price_fen")
    fund_fen: Fen = Field(description="what a joining order pays into the pool, fen")
    direct_agent_fen: Fen = Field(description="award of the sponsor, fen")
    team_fen: Fen = Field(description="award of the boss, fen")
    peer_bp: Bp = Field(description="award of the boss's boss, of team_fen")
    direct_bp: Bp = Field(default=0, description="the sponsor's award as a part of kept; 0: direct_agent_fen")
    slide_bp: Bp = Field(default=0, description="award of the agent under whom a later one is placed, of kept")

    def _shares(self) -> tuple[Share, ...]:
        price = min(package.price_fen for package in self.packages)
        bp = Fraction(self.fund_fen * 10_000, price)
        return (Share(f"chain.fund_fen {self.fund_fen} of the cheapest package {price}", bp),)

    def _faults(self) -> Iterator[Fault]:
        if not self.packages:
            yield Fault(("packages",), "found an empty list, allowed at least one package")
        yield from _repeated("packages", "product_id", [package.product_id for package in self.packages])

    def _resolved(self) -> Self:
        return self.model_copy(update={"packages": tuple(sorted(self.packages, key=lambda item: item.product_id))})

    def _summary(self) -> str:
        return f"{self.n}+1, {len(self.packages)} packages, fund {self.fund_fen} fen, released by {self.released_by}"


def _repeated(name: str, key: str, values: list[Any]) -> Iterator[Fault]:
    first: dict[Any, int] = {}
    for place, value in enumerate(values):
        if value in first:
            text = f"found {_shown(value)} again (as in {name}[{first[value]}]), allowed once"
            yield Fault((name, place, key), text)
        first.setdefault(value, place)


class Tax(_Block):
    """The income class of what each programme pays (rules.md section 10.1); green is always labour.

    A file without ``tax`` gets these defaults; a file with it names a class for every programme of its own that pays.
    """

    points: Income = Field(default="rebate", description="class of what the sale of points pays")
    referral: Income = Field(default="labour", description="class of what referral pays")
    queue: Income = Field(default="rebate", description="class of what the queue pays")
    green: Literal["labour"] = Field(default="labour", description="class of what bringing a merchant pays")
    circular: Income = Field(default="rebate", description="class of what circular purchase pays")
    chain: Income = Field(default="labour", description="class of what the chain pays")


@dataclass(frozen=True)
class Setting:
    """One setting of a channel profile: its default gives its type; numbers have a range, texts may have choices or a
    ``pattern`` that they match as a whole, with ``allowed`` to say it in words. ``needed``: the file must give it.
    ``about`` says what it is for, in the documentation.
    """

    default: Scalar
    low: int = 0
    high: int = MAX_FEN
    choices: tuple[str, ...] = ()
    pattern: str = ""
    allowed: str = ""
    needed: bool = False
    about: str = ""

    def range(self) -> str:
        """What it may be, in words."""
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, int):
            return f"{self.low} to {self.high}"
        return ", ".join(self.choices) or self.allowed or "up to 200 printable characters"

    def read(self, value: Any) -> Scalar:
        """The value if it is one this setting takes; raises PydanticCustomError with what is allowed."""
        if isinstance(self.default, bool):
            return _flag(value)
        if isinstance(self.default, int):
            return _whole(self.low, self.high)(value)
        if self.choices and value not in self.choices:
            raise _allow(self.range())
        if type(value) is not str or not value.isprintable() or len(value) > 200:
            raise _allow(f"{self.range()}; put a number in quotes")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise _allow(self.range())
        return value


# The profile of every channel that the rules do not list. ``payee_day_max_fen``: the most a payee may be paid in a day,
# gross, 0 = none (rules.md section 10.3). The other profiles bring their settings from assets/payouts/channels/.
GENERIC: dict[str, Setting] = {
    "payee_day_max_fen": Setting(0, about="the most that a payee gets in a day, gross; what is above waits; 0: any"),
}
PROFILES: dict[str, Mapping[str, Setting]] = {"generic": GENERIC}


class Channel(_Block):
    """One channel: the profile that writes its file, and that profile's settings with all defaults filled in."""

    profile: str
    settings: dict[str, Scalar]

    def summary(self) -> str:
        """The profile and what is set, for a person; 0 and empty texts say nothing."""
        told = (f"{key} {value}" for key, value in self.settings.items() if value != 0 and value != "")
        return ", ".join((f"profile {self.profile}", *told))


# B up to (fen, None = above), bp, quick deduction (fen): rules.md section 10.3, to be confirmed by the tax adviser.
CUMULATIVE_TABLE: tuple[tuple[int | None, int, int], ...] = (
    (3_600_000, 300, 0),
    (14_400_000, 1_000, 252_000),
    (30_000_000, 2_000, 1_692_000),
    (42_000_000, 2_500, 3_192_000),
    (66_000_000, 3_000, 5_292_000),
    (96_000_000, 3_500, 8_592_000),
    (None, 4_500, 18_192_000),
)


class Payout(_Block):
    """Payouts (rules.md section 10.3): amounts in fen, ``max_fen`` 0 = none. Defaults as in the contract's sample."""

    min_fen: Fen = Field(default=100, description="least that is paid, gross, fen")
    max_fen: Fen = Field(default=0, description="most that is paid to a member in a day, gross, fen; 0: any")
    labour_method: Literal["monthly", "cumulative"] = Field(
        default="monthly", description="how tax on labour income is reckoned"
    )
    cumulative_table: tuple[Bracket, ...] = Field(
        default=CUMULATIVE_TABLE, description="method cumulative: brackets [up to in fen, bp, quick deduction in fen]"
    )
    channels: dict[str, Channel] = Field(
        default_factory=dict, description="profile and settings of each channel that payout_accounts names"
    )

    def channel(self, name: str) -> Channel:
        """The channel of that name; one that the file does not list has the profile generic with its defaults."""
        return self.channels.get(name) or _default_channel("generic", PROFILES)

    def _faults(self) -> Iterator[Fault]:
        """Brackets rise, and only the last one is open."""
        tops = [row[0] for row in self.cumulative_table]
        if not tops or tops[-1] is not None:
            yield Fault(("cumulative_table",), "found no open end, allowed a last row with up_to null")
        for place, (low, high) in enumerate(pairwise(tops), start=1):
            if low is None:
                yield Fault(("cumulative_table", place - 1, 0), "found nothing, allowed null in the last row only")
            elif high is not None and high <= low:
                yield Fault(("cumulative_table", place, 0), f"found {high}, allowed more than {low} (the row before)")


class VersionHead(_Block):
    """The keys of a version that belong to no programme. ``margin_bp`` has no default."""

    version: Annotated[str, BeforeValidator(_safe_id)] = Field(description="its name, unique in the file")
    effective_from: Annotated[date, BeforeValidator(_day)] = Field(description="first day that it governs")
    freeze_days: Days = Field(default=7, description="days after completion before an order counts")
    margin_bp: Bp = Field(description="most that an order may promise in all")
    max_paid_depth: Annotated[int, BeforeValidator(_whole(0, 2))] = Field(
        default=1, description="most sponsor steps from buyer to payee"
    )
    quarantine_limit_bp: Bp = Field(default=500, description="part of a day's money that may be in quarantine")
    late_limit_days: Days = Field(default=30, description="days that an order may come after its completion")


class Version(VersionHead):
    """One version of the rules with every default filled in; programmes that are off have zeros (``Programme.off``)."""

    points: Points
    referral: Referral
    queue: Queue
    green: Green
    circular: Circular
    chain: Chain
    tax: Tax
    payout: Payout

    def programme(self, name: str) -> Programme:
        """The block of a programme; ValueError for a name that is none of ``PROGRAMMES``."""
        if name not in PROGRAMMES:
            raise ValueError(f"programme: found {name!r}, allowed {', '.join(PROGRAMMES)}")
        block: Programme = getattr(self, name)
        return block

    def guard(self) -> Guard:
        """The funding guard of this version (rules.md section 3)."""
        return _guard([self.programme(name) for name in PROGRAMMES], self.margin_bp)

    def content(self) -> dict[str, Any]:
        """The resolved version as plain JSON values: the same for every spelling of the same rules."""
        content: dict[str, Any] = self.model_dump(mode="json", warnings=False)
        return content

    def flat(self) -> dict[str, Scalar]:
        """Every scalar key as ``<block>_<key>`` (head keys bare, classes as ``tax_<programme>``): the same names for
        every version, zeros for programmes that are off. Lists, tiers, packages and channels are not in it.
        """
        row: dict[str, Scalar] = {
            name: getattr(self, name) for name in VersionHead.model_fields if name not in ("version", "effective_from")
        }
        for block in (*PROGRAMMES, "tax", "payout"):
            for name in type(getattr(self, block)).model_fields:
                value = getattr(getattr(self, block), name)
                if isinstance(value, int | str):
                    row[f"{block}_{name}"] = value
        return row

    def summary_lines(self) -> list[str]:
        """The version for a person: head, one line per enabled programme, payouts, and the guard with its limit."""
        on = [name for name in PROGRAMMES if self.programme(name).enabled]
        classes = {name: getattr(self.tax, name) for name in on if _pays(self.programme(name)) or name == "green"}
        highest = f", at most {self.payout.max_fen} fen" if self.payout.max_fen else ""
        return [
            f"{self.version}: from {self.effective_from}, freeze {self.freeze_days} days, "
            f"paid depth at most {self.max_paid_depth}",
            *(f"  {name}: {self.programme(name)._summary()}" for name in on),
            f"  tax: {', '.join(f'{name} {income}' for name, income in classes.items()) or 'nothing is paid'}",
            f"  payout: from {self.payout.min_fen} fen{highest}, labour {self.payout.labour_method}",
            *(f"  channel {name}: {channel.summary()}" for name, channel in sorted(self.payout.channels.items())),
            f"  guard: {self.guard().sentence()}, limit {self.margin_bp} bp",
        ]


_ABSENT = object()
# What these mappings hold is named by the shop; all other keys are Settle's, and a later Settle may have more of them.
_NAMED = ("payout.channels",)


def content_differences(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Where a version reads otherwise than when it was sealed (two of ``Version.content``): a sentence a key, [] if it
    does not.

    A key that only ``now`` has is one that a later Settle brought: the sealed days were settled without it. Numbers and
    flags are told, texts are not: they may be accounts.
    """
    return [_difference(*one) for one in _differing(sealed, now, "")]


def _differing(sealed: Any, now: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(sealed, Mapping) and isinstance(now, Mapping):
        for key in sorted(sealed.keys() | (now.keys() if path in _NAMED else ())):
            inner = f"{path}.{key}" if path else str(key)
            yield from _differing(sealed.get(key, _ABSENT), now.get(key, _ABSENT), inner)
    elif type(sealed) is not type(now) or sealed != now:
        yield path, sealed, now


def _difference(path: str, sealed: Any, now: Any) -> str:
    if isinstance(sealed, int) and isinstance(now, int):
        return f"{path} (sealed {_shown(sealed)}, now {_shown(now)})"
    return f"{path} ({'not sealed' if sealed is _ABSENT else 'gone' if now is _ABSENT else 'another value'})"


class Rules(_Block):
    """A whole rules file: the timezone of every business date, and its versions by rising ``effective_from``."""

    timezone: str
    versions: tuple[Version, ...]

    def version_on(self, day: date) -> Version:
        """The version in force on a day: the latest with ``effective_from`` <= day. Refused before the first one."""
        for version in reversed(self.versions):
            if version.effective_from <= day:
                return version
        first = self.versions[0]
        raise Refused(f"rules: found no version for {day}, allowed {first.effective_from} ({first.version}) or later")

    def contents(self, day: date) -> dict[str, dict[str, Any]]:
        """What the versions in force up to a day say, by their names: what a seal keeps of them."""
        return {one.version: one.content() for one in self.versions if one.effective_from <= day}

    def last_enabled(self, programme: str, day: date) -> Version | None:
        """The last version on or before a day that had the programme on: its keys pay what is owed (section 3).

        None if it never was on; ValueError for a name that is no programme.
        """
        for version in reversed(self.versions):
            if version.programme(programme).enabled and version.effective_from <= day:
                return version
        return None

    def versions_frame(self) -> pl.DataFrame:
        """One row per version: version, effective_from (Date), then the columns of ``Version.flat``."""
        kinds: list[tuple[str, type]] = [("version", str), ("effective_from", date)]
        kinds += [(name, type(value)) for name, value in self.versions[0].flat().items()]
        rows = [(one.version, one.effective_from, *one.flat().values()) for one in self.versions]
        return _frame(rows, kinds)

    def ladder_frame(self) -> pl.DataFrame:
        """The referral ladders that are on: version, step (0 .. n-1), bp."""
        rows = [(one.version, step, bp) for one in self.versions for step, bp in enumerate(one.referral.ladder_bp)]
        return _frame(rows, [("version", str), ("step", int), ("bp", int)])

    def tiers_frame(self) -> pl.DataFrame:
        """Tiers of circular purchase: version, tier (from 1, by rising min_fen), min_fen, energy_fen, contribution."""
        rows = [
            (one.version, place, tier.min_fen, tier.energy_fen, tier.contribution)
            for one in self.versions for place, tier in enumerate(one.circular.tiers, start=1)
        ]  # fmt: skip
        names = ("tier", "min_fen", "energy_fen", "contribution")
        return _frame(rows, [("version", str), *((name, int) for name in names)])

    def packages_frame(self) -> pl.DataFrame:
        """The package products of the chain: version, product_id, price_fen."""
        rows = [(one.version, item.product_id, item.price_fen) for one in self.versions for item in one.chain.packages]
        return _frame(rows, [("version", str), ("product_id", str), ("price_fen", int)])


def _frame(rows: list[Any], kinds: list[tuple[str, type]]) -> pl.DataFrame:
    import polars as pl  # here, not above: `settle --help` and `settle rules check` do without it

    types = {bool: pl.Boolean, int: pl.Int64, str: pl.String, date: pl.Date}
    return pl.DataFrame(rows, schema={name: types[kind] for name, kind in kinds}, orient="row")


def _guard(blocks: Iterable[Programme], margin_bp: int) -> Guard:
    return Guard(tuple(share for block in blocks if block.enabled for share in block._shares()), margin_bp)


def _pays(block: Programme) -> bool:
    """Whether members may get money from it: all but fixed points; of green only referrers, whose class is fixed."""
    if isinstance(block, Points):
        return block.enabled and block.mode == "pool_priced"
    return block.enabled and not isinstance(block, Green)


# --- reading ---------------------------------------------------------------------------------------------------------


def rules_text(path: Path) -> str:
    """What is written in a rules file: UTF-8, with or without a byte order mark.

    Raises RulesError where it cannot be read, is no text, or is more than ``MAX_FILE_BYTES``.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device never ends
            raise RulesError(f"{path}: found no plain file, allowed a rules file")
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise RulesError(f"{path}: cannot be read ({error.strerror}), allowed a rules file") from error
    if len(raw) > MAX_FILE_BYTES:
        raise RulesError(f"{path}: found more than {MAX_FILE_BYTES} bytes, allowed at most that")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RulesError(f"{path}:{line}: found a byte that is not UTF-8, allowed UTF-8 text") from error


def parse_rules(text: str, source: str, profiles: Mapping[str, Mapping[str, Setting]] = PROFILES) -> Rules:
    """The rules in ``text`` (contract.md, "Rules file"): YAML or JSON. ``source`` names it in messages.

    Raises RulesError with every fault, one per line: ``source:line: path: found ..., allowed ...``.
    """
    tree = _Tree()
    try:
        value = tree.read(_without_tabs(text.removeprefix("\ufeff")))
        rules = _Reader(tree.faults, profiles).rules(value)
    except _Unreadable:
        rules = None
    if rules is None or tree.faults:
        placed = sorted(
            ((fault.line or tree.line(fault.path), fault) for fault in tree.faults), key=lambda item: item[0]
        )
        told = [_message(source, line, fault) for line, fault in placed[:_TOLD]]
        more = [f"{source}: and {len(placed) - _TOLD} more"] if len(placed) > _TOLD else []
        raise RulesError("\n".join(told + more))
    return rules


def _message(source: str, line: int, fault: Fault) -> str:
    where = _spelled(fault.path)
    return f"{source}:{line}: {where}: {fault.text}" if where else f"{source}:{line}: {fault.text}"


def _without_tabs(text: str) -> str:
    """JSON may be indented with tabs, which YAML refuses; within JSON no text holds a bare tab."""
    if "\t" not in text or not text.lstrip().startswith("{"):
        return text
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


class _Unreadable(Exception):  # noqa: N818 - only ends the reading; the fault is already listed
    """The text cannot be read any further."""


@dataclass
class _Frame:
    value: list[Any] | dict[str, Any]
    path: KeyPath
    key: str | None = None  # the key whose value comes next, in a mapping
    repeated: bool = False  # that key has already been given: its value is read and dropped
    anchor: str = ""


_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,39})")
# In one pass: no two parts that follow one another may both take a digit, or a long one is tried at every cut.
_NUMBER = re.compile(
    r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = ("", "~", "null", "Null", "NULL")


def _scalar(event: yaml.ScalarEvent) -> Any:
    """An unquoted true, false, null or decimal whole number is that; yes, 0x7 or 7.0 pass for nothing else."""
    text: str = event.value
    if event.style is not None:
        return text
    if text in _NOTHING:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return _NumberText(text) if _NUMBER.fullmatch(text) else text


def _nodes(value: Any) -> int:
    """How many values a plain value holds, itself included; its depth is bounded by MAX_DEPTH."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_nodes, inner))


@dataclass
class _Tree:
    """Plain values from YAML events, with the line of every key: no tags or repeated keys, no recursion.

    An alias repeats a finished value; what all aliases repeat is bounded, so a small file cannot grow without end.
    """

    faults: list[Fault] = field(default_factory=list)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    anchors: dict[str, Any] = field(default_factory=dict)
    repeated: int = 0

    def line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest key above it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def stop(self, line: int, text: str) -> _Unreadable:
        """List a fault after which nothing can be read."""
        self.faults.append(Fault((), text, line))
        return _Unreadable()

    def read(self, text: str) -> Any:
        """The one document of the text; raises _Unreadable where it cannot be read."""
        try:
            return self._document(text)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self.stop(line, "found a character that no YAML or JSON text may hold, allowed text") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.stop(mark.line + 1 if mark else 1, f"not readable as YAML or JSON: {error.problem}") from error

    def _document(self, text: str) -> Any:
        holder = _Frame([], ())
        stack = [holder]
        documents = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise self.stop(line, "found a second document, allowed one")
            if isinstance(event, yaml.AliasEvent):
                self._alias(str(event.anchor), stack, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = stack.pop()
                if closed.anchor:
                    self.anchors[closed.anchor] = closed.value
            elif isinstance(event, yaml.NodeEvent):
                self._node(event, stack, line)
        if not isinstance(holder.value, list) or not holder.value:
            raise self.stop(1, "found nothing, allowed a mapping with timezone and versions")
        return holder.value[0]

    def _alias(self, anchor: str, stack: list[_Frame], line: int) -> None:
        if anchor not in self.anchors:
            raise self.stop(line, f"found the alias *{_plain(anchor)}, allowed the name of a finished value above it")
        value = self.anchors[anchor]
        self.repeated += _nodes(value)
        if self.repeated > MAX_REPEATED:
            raise self.stop(line, f"found aliases that repeat more than {MAX_REPEATED} values, allowed at most that")
        frame = stack[-1]
        if isinstance(frame.value, dict) and frame.key is None:
            raise self.stop(line, f"found the alias *{_plain(anchor)} as a key, allowed a word")
        self.lines.setdefault(self._place(frame, len(stack) > 1), line)
        self._put(frame, copy.deepcopy(value))

    def _node(self, event: Any, stack: list[_Frame], line: int) -> None:
        if event.tag is not None:
            raise self.stop(line, f"found the tag {_plain(event.tag)}, allowed plain values")
        if len(stack) > MAX_DEPTH:
            raise self.stop(line, f"found more than {MAX_DEPTH} levels, allowed at most that")
        frame = stack[-1]
        if isinstance(frame.value, dict) and frame.key is None:
            self._key(event, frame, line)
            return
        path = self._place(frame, len(stack) > 1)
        self.lines.setdefault(path, line)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            if event.anchor:
                self.anchors[str(event.anchor)] = value
            self._put(frame, value)
            return
        child = _Frame({} if isinstance(event, yaml.MappingStartEvent) else [], path, anchor=str(event.anchor or ""))
        self._put(frame, child.value)
        stack.append(child)

    def _key(self, event: Any, frame: _Frame, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.stop(line, "found a list or mapping as a key, allowed a word")
        frame.key = event.value
        path = (*frame.path, event.value)
        frame.repeated = event.value in frame.value
        if frame.repeated:
            self.faults.append(Fault(path, f"found again (first on line {self.line(path)}), allowed once", line))
        self.lines.setdefault(path, line)

    @staticmethod
    def _place(frame: _Frame, inside: bool) -> KeyPath:
        if not inside:
            return ()
        return (*frame.path, frame.key if frame.key is not None else len(frame.value))

    @staticmethod
    def _put(frame: _Frame, value: Any) -> None:
        if isinstance(frame.value, list):
            frame.value.append(value)
            return
        if frame.key is not None and not frame.repeated:
            frame.value[frame.key] = value
        frame.key = None


_M = TypeVar("_M", bound=_Block)
_BLOCKS: dict[str, type[Programme]] = {
    "points": Points,
    "referral": Referral,
    "queue": Queue,
    "green": Green,
    "circular": Circular,
    "chain": Chain,
}
_NESTED: dict[str, type[_Block]] = {"tiers": Tier, "packages": Package}


@dataclass
class _Reader:
    """From plain values to the model, listing every fault on the way instead of stopping at the first."""

    faults: list[Fault]
    profiles: Mapping[str, Mapping[str, Setting]]

    def rules(self, value: Any) -> Rules | None:
        """The whole file, or None if a part of it is at fault."""
        if not isinstance(value, dict):
            self._add((), f"found {_shown(value)}, allowed a mapping with timezone and versions")
            return None
        for key in value:
            if key not in ("timezone", "versions"):
                self._add((key,), "found an unknown key, allowed timezone, versions")
        timezone = self._timezone(value.get("timezone", "Asia/Shanghai"))
        raw = value.get("versions")
        if not isinstance(raw, list) or not raw:
            found = "missing" if "versions" not in value else f"found {_shown(raw)}"
            self._add(("versions",), f"{found}, allowed a list of at least one version")
            return None
        self._unique(raw)
        versions = [self._version(item, ("versions", place)) for place, item in enumerate(raw)]
        whole = [version for version in versions if version is not None]
        if timezone is None or len(whole) < len(versions):
            return None
        return Rules(timezone=timezone, versions=tuple(sorted(whole, key=lambda one: one.effective_from)))

    def _add(self, path: KeyPath, text: str) -> None:
        self.faults.append(Fault(path, text))

    def _timezone(self, value: Any) -> str | None:
        # The files that a machine links to its own zone are no names: the same rules must mean the same everywhere.
        local = ("localtime", "posixrules", "posix/", "right/")
        try:
            if type(value) is str and value and not value.startswith(local):
                ZoneInfo(value)
                return value
        except (ValueError, OSError, KeyError):  # not found is a KeyError; a folder or a path outside are the others
            pass
        self._add(("timezone",), f"found {_shown(value)}, allowed a name of the IANA time zone database")
        return None

    def _unique(self, raw: list[Any]) -> None:
        for key in ("version", "effective_from"):
            first: dict[str, int] = {}
            for place, item in enumerate(raw):
                value = item.get(key) if isinstance(item, dict) else None
                if not isinstance(value, str):
                    continue
                if value in first:
                    text = f"found {_shown(value)} again (as in versions[{first[value]}]), allowed once"
                    self._add(("versions", place, key), text)
                first.setdefault(value, place)

    def _version(self, raw: Any, path: KeyPath) -> Version | None:
        if not isinstance(raw, dict):
            self._add(path, f"found {_shown(raw)}, allowed a mapping with the keys of a version")
            return None
        before = len(self.faults)
        inner = (*PROGRAMMES, "tax", "payout")
        head = self._model(VersionHead, {k: v for k, v in raw.items() if k not in inner}, path, Version)
        blocks = {name: self._programme(name, raw, path) for name in PROGRAMMES}
        whole = [block for block in blocks.values() if block is not None]
        tax = self._tax(raw, whole, path)
        payout = self._payout(raw, path)
        if len(whole) == len(blocks) and "margin_bp" in raw:
            self._check_guard(whole, raw["margin_bp"], path)
        self._check_depth(blocks, head, path)
        if len(self.faults) > before or head is None:
            return None
        return Version.model_validate({**dict(head), **blocks, "tax": tax, "payout": payout})

    def _check_depth(self, blocks: Mapping[str, Programme | None], head: VersionHead | None, path: KeyPath) -> None:
        for name, block in blocks.items():
            if head and block and block.enabled and (depth := block._paid_depth()) > head.max_paid_depth:
                text = f"pays {depth} sponsor step deep, allowed at most max_paid_depth {head.max_paid_depth}"
                self._add((*path, name), text)

    def _check_guard(self, blocks: list[Programme], margin_bp: Any, path: KeyPath) -> None:
        if type(margin_bp) is not int or not 0 <= margin_bp <= 10_000:
            return  # already listed
        guard = _guard(blocks, margin_bp)
        if not guard.holds:
            text = f"found shares of an order of {guard.sentence()}, allowed at most margin_bp {margin_bp}"
            self._add((*path, "margin_bp"), text)

    def _programme(self, name: str, raw: dict[str, Any], path: KeyPath) -> Programme | None:
        model = _BLOCKS[name]
        if name not in raw:
            return model.off()
        here = (*path, name)
        value = raw[name]
        off = isinstance(value, dict) and value.get("enabled") is False
        before = len(self.faults)
        block = self._model(model, value, here, model, optional=off, while_=f"{name} is on")
        if off:
            return model.off() if len(self.faults) == before else None
        if block is None:
            return None
        self.faults += [Fault((*here, *fault.path), fault.text) for fault in block._faults()]
        return block._resolved() if len(self.faults) == before else None

    def _tax(self, raw: dict[str, Any], blocks: list[Programme], path: KeyPath) -> Tax | None:
        if "tax" not in raw:
            return Tax()
        here = (*path, "tax")
        given = raw["tax"]
        if isinstance(given, dict):
            for name, model in _BLOCKS.items():
                pays = any(isinstance(block, model) and _pays(block) for block in blocks)
                if pays and name not in given:
                    self._add((*here, name), "missing, required while the programme pays: rebate, chance or labour")
        return self._model(Tax, given, here, Tax)

    def _payout(self, raw: dict[str, Any], path: KeyPath) -> Payout | None:
        here = (*path, "payout")
        given = raw.get("payout", {})
        channels: dict[str, Channel] = {}
        if isinstance(given, dict) and "channels" in given:
            channels = self._channels(given["channels"], (*here, "channels"))
            given = {key: value for key, value in given.items() if key != "channels"}
        payout = self._model(Payout, given, here, Payout)
        if payout is None:
            return None
        self.faults += [Fault((*here, *fault.path), fault.text) for fault in payout._faults()]
        return payout.model_copy(update={"channels": channels})

    def _channels(self, raw: Any, path: KeyPath) -> dict[str, Channel]:
        if not isinstance(raw, dict):
            self._add(path, f"found {_shown(raw)}, allowed a mapping of channel names")
            return {}
        found = {name: self._channel(name, value, (*path, name)) for name, value in raw.items()}
        return {name: channel for name, channel in found.items() if channel is not None}

    def _channel(self, name: str, raw: Any, path: KeyPath) -> Channel | None:
        try:
            _safe_id(name)
        except PydanticCustomError as error:
            self._add(path, f"found the name {_shown(name)}, allowed {error.message()}")
        if not isinstance(raw, dict):
            self._add(path, f"found {_shown(raw)}, allowed a mapping with profile and its settings")
            return None
        profile = raw.get("profile", "generic")
        if type(profile) is not str or profile not in self.profiles:
            self._add((*path, "profile"), f"found {_shown(profile)}, allowed {', '.join(sorted(self.profiles))}")
            return None
        settings = _default_channel(profile, self.profiles).settings
        for key, value in raw.items():
            if key != "profile":
                self._setting(settings, self.profiles[profile], key, value, path)
        for key, setting in self.profiles[profile].items():
            if setting.needed and key not in raw:
                self._add((*path, key), f"missing, required by the profile {profile}, allowed {setting.range()}")
        return Channel(profile=profile, settings=settings)

    def _setting(
        self, settings: dict[str, Scalar], known: Mapping[str, Setting], key: str, value: Any, path: KeyPath
    ) -> None:
        if key not in known:
            self._add((*path, key), f"found an unknown key, allowed {', '.join(('profile', *known))}")
            return
        try:
            settings[key] = known[key].read(value)
        except PydanticCustomError as error:
            self._add((*path, key), f"found {_shown(value)}, allowed {error.message()}")

    def _model(
        self,
        model: type[_M],
        value: Any,
        path: KeyPath,
        keys_of: type[_Block],
        optional: bool = False,
        while_: str = "",
    ) -> _M | None:
        """Validate one block; ``optional``: keys without a default may be left out (the programme is off)."""
        if not isinstance(value, dict):
            self._add(path, f"found {_shown(value)}, allowed a mapping")
            return None
        try:
            return model.model_validate(value)
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                if error["type"] == "missing" and optional:
                    continue
                self._add((*path, *error["loc"]), _sentence_of(error, keys_of, while_))
            return None


def _default_channel(profile: str, profiles: Mapping[str, Mapping[str, Setting]]) -> Channel:
    return Channel(profile=profile, settings={key: item.default for key, item in profiles[profile].items()})


def _sentence_of(error: ErrorDetails, keys_of: type[_Block], while_: str) -> str:
    """One of pydantic's errors in the words of the house."""
    kind, loc = error["type"], error["loc"]
    if kind == "missing":
        return f"missing, required while {while_}" if while_ else "missing, required"
    if kind == "extra_forbidden":
        model = keys_of if len(loc) == 1 else _NESTED[str(loc[-3])]
        return f"found an unknown key, allowed {', '.join(model.model_fields)}"
    allowed = {"tuple_type": "a list", "model_type": "a mapping", "model_attributes_type": "a mapping"}.get(kind)
    if kind == "literal_error":
        allowed = str(error["ctx"]["expected"]).replace("'", "")
    return f"found {_shown(error['input'])}, allowed {allowed or error['msg']}"
