"""Lots of the schemes that have them: as their orders say, paid what the rewards list, held as the balances say.

Holds: the newest row of every lot of pool-priced points, green points and circular purchase, what was released on each,
the price of a point that a close leaves to the next day (rules.md sections 4.2, 7 and 8).
Never holds: lots of points in mode fixed (balances and rewards say it all); periods of green points, of which the
outputs tell nothing; SQL or code of the stages.
Neighbour: ``home.py`` hands it one day after the other; ``books.py`` has what merchants pay for them.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.foundation.rules import Circular, Green, Points, Rules, Version
from assets.verification.books import journal, share_of
from assets.verification.findings import Page, sums, total
from assets.verification.running import Newest, Sums

_FILE = "lots.parquet"
_UNIT = 10**8  # of a price in millionths of a yuan, fen and units of 1/10 000 point (rules.md section 4.2)
_PAID = ["programme", "order_id", "holder"]
_HOLDINGS = (("green", "GREEN", "member_green", "merchant_green"), ("points", "POINT", "member_points", ""))
_LOT = {
    "lot_id": pl.String(), "programme": pl.String(), "holder": pl.String(), "order_id": pl.String(),
    "granted": pl.Int64(), "left": pl.Int64(), "received": pl.Int64(), "contribution": pl.Int64(),
    "status": pl.String(), "opened_on": pl.Date(), "closed_on": pl.Date(), "rule_version": pl.String(),
}  # fmt: skip


class Lots:
    """What lots gave and hold up to a day."""

    def __init__(self, rules: Rules | None) -> None:
        self._rules = rules
        priced = [one.version for one in rules.versions if one.points.mode == "pool_priced"] if rules else []
        self._ours = (pl.col("programme") != "points") | pl.col("rule_version").is_in(priced)
        self._lots = Newest(["lot_id"], _LOT)
        self._paid = Sums(_PAID)
        # Points of mode fixed: an order of their days that is refunded takes back what nobody may have any more.
        self._fixed = Sums(["holder"])
        self._of_fixed = pl.lit(bool(priced)) & (pl.col("commodity") == "POINT") & ~pl.col("rule_version").is_in(priced)
        self._price: int | None = None  # what the last close left, in millionths of a yuan; None: nothing

    def take(self, tables: dict[str, pl.DataFrame], version: Version | None, page: Page, *, checked: bool) -> None:
        """Add a day's lots and what was released on them; where ``checked``, hold the day against them."""
        lots, rewards, lines = tables["lots"].filter(self._ours), tables["rewards"], journal(tables["entries"])
        before = self._lots.frame
        self._lots.take(lots)
        released = _released(rewards)
        self._paid.add(released)
        self._fixed.add(rewards.filter(self._of_fixed).select("amount", holder="member_id"))
        if checked:
            self._check_bounds(lots, page)
            self._check_received(lots, released, page)
            self._check_held(tables["balances"], page)
            if version:
                _check_owners(lots, tables["orders"], page)
                self._check_energy(lots, tables["orders"], version, page)
                self._check_units(lots, tables["orders"], version, page)
                _check_concessions(lots, tables["orders"], lines, version.green, page)
            self._check_dividend(before, lots, rewards, page)
            page.verification.count("lots", days=1, files=3, rows=lots.height + released.height, fen=total(
                released.filter(pl.col("commodity") == "CNY").select(pl.col("amount").abs())
            ))  # fmt: skip
        self._strike(tables["balances"], lines, page.day)

    def _keys(self, block: str, day: date) -> Version | None:
        return self._rules.last_enabled(block, day) if self._rules else None

    def _priced(self, day: date) -> Points | None:
        keys = self._keys("points", day)
        return keys.points if keys and keys.points.mode == "pool_priced" else None

    # --- each lot by itself -----------------------------------------------------------------------------------------

    def _check_bounds(self, lots: pl.DataFrame, page: Page) -> None:
        """No figure below zero; a lot that lives has something left, a closed one nothing, and both add up."""
        live, left = pl.col("status") == "live", pl.col("left")
        least = pl.min_horizontal("granted", "left", "received", "contribution")
        _none(page, "least figure of lot", lots.filter(least < 0), 0, least, "at least {}")
        ended = lots.filter(live != pl.col("closed_on").is_null())
        _none(page, "status of lot", ended, pl.col("closed_on"), pl.col("status"), "live and only then open ({})")
        wrong = lots.filter(live != (left > 0))
        _none(page, "left of lot", wrong, pl.col("status"), left, "something while it lives ({}), else nothing")
        green = pl.col("programme") == "green"
        # Releases do not lower a lot of green points: it is there as a whole until it ends.
        held = pl.when(green).then(pl.when(live).then(pl.col("granted")).otherwise(0)).otherwise(
            pl.col("granted") - pl.col("received")
        )  # fmt: skip
        _none(page, "left of lot", lots.filter(left != held), held, left, "{}")
        counts = (pl.col("programme") == "circular") & live
        gone = lots.filter(counts != (pl.col("contribution") > 0))
        _none(
            page, "contribution of lot", gone, pl.col("status"), pl.col("contribution"), "above 0 while it lives ({})"
        )
        if self._rules:
            exits = {one.version: one.green.exit_multiple for one in self._rules.versions}
            most = pl.col("granted").cast(pl.Int128) * pl.col("rule_version").replace_strict(
                exits, default=0, return_dtype=pl.Int64
            )
            above = lots.filter(green & (pl.col("received") > most))
            _none(page, "released of lot", above, most, pl.col("received"), "at most {}")

    def _check_received(self, lots: pl.DataFrame, released: pl.DataFrame, page: Page) -> None:
        """Per order and holder: what a lot received is what was released on it less what was taken back."""
        ours = pl.col("programme").is_in(["green", "circular"])
        touched = pl.concat([lots.filter(ours).select(_PAID), released.select(_PAID)]).unique()
        standing = self._lots.frame.filter(ours).join(touched, on=_PAID, how="semi")
        expected = self._paid.frame.join(touched, on=_PAID, how="semi")
        page.agree("lots", _FILE, "received of lot", expected, standing.select(*_PAID, amount="received"), _PAID)

    # --- all lots of a holder ---------------------------------------------------------------------------------------

    def _check_held(self, balances: pl.DataFrame, page: Page) -> None:
        """GREEN and units of points that a member or a merchant holds are what is left of his lots, and what points of
        mode fixed left behind."""
        for programme, commodity, members, merchants in _HOLDINGS:
            if programme == "points" and not self._priced(page.day):
                continue
            own = balances.filter((pl.col("commodity") == commodity) & pl.col("account").is_in([members, merchants]))
            shop = pl.col("account") == merchants
            held = own.select(
                holder=pl.when(shop).then("merchant/" + pl.col("holder")).otherwise(pl.col("holder")), amount="balance"
            )
            lots = self._lots.frame.filter((pl.col("programme") == programme) & (pl.col("left") > 0))
            left = sums(lots.select("holder", amount="left"), ["holder"])
            if programme == "points":
                left = sums(pl.concat([left, self._fixed.frame.select(left.columns)]), ["holder"])
            page.agree("lots", "balances.parquet", f"{commodity} of", left, held, ["holder"])

    # --- lots that are new ------------------------------------------------------------------------------------------

    def _check_energy(self, lots: pl.DataFrame, orders: pl.DataFrame, version: Version, page: Page) -> None:
        """Each order becomes a lot of the highest tier at or below what was kept (rules.md section 8)."""
        block: Circular = version.circular
        kept, energy, contribution = pl.col("kept"), pl.lit(0), pl.lit(0)
        for tier in block.tiers:  # by rising min_fen
            reached = kept >= tier.min_fen
            energy = pl.when(reached).then(tier.energy_fen).otherwise(energy)
            contribution = pl.when(reached).then(tier.contribution).otherwise(contribution)
        bought = _bought(orders).with_columns(energy=energy, contribution=contribution)
        new = _opened(lots, "circular", page.day)
        for what, column, found in (("energy", "energy", "granted"), ("contribution", "contribution", "contribution")):
            page.agree(
                "lots", _FILE, f"{what} of a new lot of order", bought.select("order_id", amount=column),
                new.select("order_id", amount=found), ["order_id"],
            )  # fmt: skip

    def _check_units(self, lots: pl.DataFrame, orders: pl.DataFrame, version: Version, page: Page) -> None:
        """Each order gets points for its part at the price that the last close left (rules.md section 4.2)."""
        block, new = version.points, _opened(lots, "points", page.day)
        if not (block.enabled and block.mode == "pool_priced"):
            page.agree("lots", _FILE, "units of", new.select("order_id", amount=pl.lit(0)),
                       new.select("order_id", amount="granted"), ["order_id"])  # fmt: skip
            return
        price = block.initial_price if self._price is None else self._price
        worth = share_of("kept", block.grant_bp)
        units = worth * _UNIT // price if price else pl.lit(0)
        page.agree(
            "lots", _FILE, f"units at {price} of order", _bought(orders).select("order_id", amount=units),
            new.select("order_id", amount="granted"), ["order_id"],
        )  # fmt: skip

    # --- what a day pays --------------------------------------------------------------------------------------------

    def _check_dividend(self, before: pl.DataFrame, lots: pl.DataFrame, rewards: pl.DataFrame, page: Page) -> None:
        """A contribution is worth the same on every lot that still lives, and the money is the day's part of what is
        paid (rules.md section 8)."""
        keys = self._keys("circular", page.day)
        paid = rewards.filter((pl.col("programme") == "circular") & (pl.col("kind") == "release"))
        per = paid.group_by("order_id").agg(
            cash=pl.col("amount").filter(pl.col("commodity") == "CNY").sum(), amount=pl.col("amount").sum()
        )
        if keys:
            cash = share_of("amount", keys.circular.cash_bp)
            page.agree("lots", "rewards.parquet", "money of the dividend of", per.select("order_id", amount=cash),
                       per.select("order_id", amount="cash"), ["order_id"])  # fmt: skip
        was = before.filter((pl.col("programme") == "circular") & (pl.col("status") == "live")).select("order_id")
        strange = per.join(was, on="order_id", how="anti").select(name="order_id", expected=pl.lit(0), found="amount")
        page.none("lots", "rewards.parquet", "dividend of", strange, "{}: no lot of it lived", "{}")
        living = self._lots.frame.join(was, on="order_id", how="semi").filter(
            (pl.col("programme") == "circular") & (pl.col("status") == "live")
        )
        both = living.join(per, on="order_id", how="left").with_columns(pl.col("amount").fill_null(0))
        if both.height:
            # One that was paid nothing had no less of a claim.
            unit = int(both.select((pl.col("amount") // pl.col("contribution")).max()).item())
            page.agree("lots", "rewards.parquet", f"dividend at {unit} a contribution of",
                       both.select("order_id", amount=pl.col("contribution").cast(pl.Int128) * unit),
                       both.select("order_id", "amount"), ["order_id"])  # fmt: skip

    def _strike(self, balances: pl.DataFrame, lines: pl.DataFrame, day: date) -> None:
        """The price of the next day, from the pool and the lots at the close; what debtors paid came later."""
        block = self._priced(day)
        if block is None or self._rules is None:
            return
        units = total(self._lots.frame.filter(pl.col("programme") == "points"), "left")
        if not units:
            self._price = None
        elif units >= max(1, block.min_units):
            pool = total(balances.filter(pl.col("account") == "pool_points"), "balance")
            late = (pl.col("account") == "pool_points") & (pl.col("cause") == "collect")
            self._price = (pool - total(lines.filter(late), "change")) * _UNIT // units
        elif self._price is None:
            # Too few for a strike: the price in use stays, whatever a later version begins with.
            today = self._rules.version_on(day).points
            self._price = today.initial_price if today.mode == "pool_priced" else block.initial_price


def _released(rewards: pl.DataFrame) -> pl.DataFrame:
    """What lots of green points and circular purchase were paid or gave back, by order and holder."""
    kind = pl.col("kind").is_in(["release", "clawback"])
    circular = pl.col("programme") == "circular"
    green = (pl.col("programme") == "green") & (pl.col("commodity") == "VOUCHER")
    found = rewards.filter(kind & (circular | green))
    return found.select("programme", "order_id", "commodity", "amount", holder="member_id")


def _bought(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.filter(pl.col("member_id") != "")


def _opened(lots: pl.DataFrame, programme: str, day: date) -> pl.DataFrame:
    return lots.filter((pl.col("programme") == programme) & (pl.col("opened_on") == day))


def _of_merchant() -> pl.Expr:
    """Whether a lot is the merchant's, by its name: an order may be called merchant too."""
    return pl.col("lot_id").str.ends_with(pl.concat_str(pl.lit("/"), "order_id", pl.lit("/merchant")))


def _none(
    page: Page, what: str, rows: pl.DataFrame, expected: int | pl.Expr, found: pl.Expr, allowed: str
) -> None:  # fmt: skip
    shown = rows.select(name="lot_id", expected=expected if isinstance(expected, pl.Expr) else pl.lit(expected),
                        found=found)  # fmt: skip
    page.none("lots", _FILE, what, shown, allowed, "{}")


def _check_owners(lots: pl.DataFrame, orders: pl.DataFrame, page: Page) -> None:
    """A lot that is new is that of an order of the day: of its member, or of its merchant where it says so."""
    named = pl.concat_str("programme", "order_id", separator="/")
    shop = _of_merchant() & (pl.col("programme") == "green")
    new = lots.filter(pl.col("opened_on") == page.day).join(
        orders.select("order_id", "member_id", "merchant_id", version="rule_version"), on="order_id", how="left"
    )
    owner = pl.when(shop).then("merchant/" + pl.col("merchant_id")).otherwise(pl.col("member_id")).fill_null("nobody")
    sound = (
        (pl.col("holder") == owner)
        & (pl.col("lot_id") == pl.when(shop).then(named + "/merchant").otherwise(named))
        & (pl.col("rule_version") == pl.col("version"))
    )
    _none(page, "holder (or name, or rule_version) of lot", new.filter(~sound.fill_null(False)), owner,
          pl.col("holder"), "{}")  # fmt: skip


def _check_concessions(lots: pl.DataFrame, orders: pl.DataFrame, lines: pl.DataFrame, block: Green, page: Page) -> None:
    """What merchants concede, where lots tell it: a factor of 10 000 makes a lot as large as the concession."""
    new = _opened(lots, "green", page.day)
    if not block.enabled:
        page.same("lots", _FILE, "new lots of green points while they are off", 0, new.height)
        return
    shop = _of_merchant()
    if block.merchant_factor_bp == 10_000:
        told = new.filter(shop)
    elif block.user_factor_bp == 10_000:
        told = new.filter(~shop)
    else:
        return
    conceded = told.select("order_id", concession="granted").join(
        orders.select("order_id", "merchant_id", "kept"), on="order_id", how="inner"
    )
    least, most = share_of("kept", 300), share_of("kept", 2_000)
    outside = conceded.filter(~pl.col("concession").is_between(least, most))
    shown = outside.select(name="order_id", expected="kept", found="concession")
    page.none("lots", _FILE, "concession of order", shown, "3 to 20 % of {}", "{}")
    owed = sums(conceded.select(holder="merchant_id", amount="concession"), ["holder"])
    green = lines.filter(pl.col("programme") == "green")  # what is not the pool's has causes of its own
    paid = sums(green.filter(pl.col("account") == "merchant_receivable"), ["holder"])
    page.agree("subledger", "entries.parquet", "concessions of merchant", owed, paid, ["holder"])
    booked = green.filter((pl.col("account") == "pool_green") & (pl.col("cause") == "contribute"))
    due = total(conceded.select(amount=share_of("concession", block.pool_bp)))
    page.same("subledger", "entries.parquet", "what concessions bring to pool_green", due, total(booked, "change"))
    for factor, sides in ((block.user_factor_bp, ~shop), (block.merchant_factor_bp, shop)):
        page.agree("lots", _FILE, "GREEN for order", conceded.select("order_id", amount=share_of("concession", factor)),
                   new.filter(sides).select("order_id", amount="granted"), ["order_id"])  # fmt: skip
