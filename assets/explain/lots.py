"""Lots: points of both modes, green points, circular purchase: what was granted, released, sold, what is left.

Holds: the formulas of a grant, of a dividend's money and of a sale, as far as sealed tables tell; the tree of a lot.
Never holds: the growth of green points' periods lot by lot (the state's periods say what a period had).
Neighbour: ``rewards.py`` shows a lot below the money that it brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from assets.explain.formulas import Formula, agreed, part, plain
from assets.explain.reading import Past, Row
from assets.explain.shares import conceded
from assets.explain.tree import Node
from assets.explain.wording import cause_of, say
from assets.foundation.errors import Refused
from assets.units import points, yuan
from assets.units import price as price_text

_PRICE_UNIT = 10**8  # of a price in millionths of a yuan, fen and units of 1/10 000 point (rules.md section 4.2)
UNITS = {"points": "POINT", "green": "GREEN", "circular": "ENERGY"}


def sale(past: Past, row: Row) -> str:
    """The formula of the money for points that were sold, where it was one sale or a lot that was forced out.

    Several requests of a member on one day are one reward, each rounded down by itself: then nothing is claimed.
    """
    block = past.rule(row["rule_version"], "points")
    same = (pl.col("member_id") == row["member_id"]) & (pl.col("order_id") == row["order_id"])
    kind = (pl.col("programme") == "points") & (pl.col("kind") == "sale") & (pl.col("commodity") == "POINT")
    units = -sum(one["amount"] for one in past.rewards([row["date"]], same & kind))
    price = price_on(past, row["date"], block["initial_price"])
    gross = Formula(f"⌊{points(units)} × {price_text(price)}⌋", units * price // _PRICE_UNIT)
    found = part(gross, block["sale_return_bp"])
    return found.said if found.value == row["amount"] else ""


def price_on(past: Past, day: date, initial: int) -> int:
    """The price of a point in use on a day, in millionths of a yuan: what the close before it struck."""
    before = [row for row in past.where("strikes") if row["struck_on"] < day]
    return before[-1]["price"] if before and before[-1]["units"] else initial


def reason(past: Past, row: Row, found: Mapping[str, Row]) -> Node:
    """The lot that money came from: a dividend of circular purchase, or a merchant's referrer of green points."""
    lot = found.get(f"{row['programme']}/{row['order_id']}")
    if row["programme"] == "green":
        if lot is None:
            return Node("money", row["reward_id"], say("referrer_untold"), row["amount"])
        order = past.orders([row["order_id"]])[row["order_id"]]
        bp = past.rule(row["rule_version"], "green")["merchant_referrer_bp"]
        said = agreed(f"reward {row['reward_id']}", part(conceded(order["kept_at"], lot), bp), row["amount"])
        return Node("order", row["order_id"], say("referrer", merchant=order["merchant_id"]), row["amount"],
                    formula=said)  # fmt: skip
    if lot is None:
        raise Refused(f"lot {row['programme']}/{row['order_id']}: a reward names it and the state has it not")
    return Node("lot", lot["lot_id"], say("dividend_of", contribution=lot["contribution"]), row["amount"],
                formula=_dividend(past, row))  # fmt: skip


def _dividend(past: Past, row: Row) -> str:
    """The money of a day's dividend: its part of all that the lot was paid (rules.md section 8)."""
    same = (pl.col("order_id") == row["order_id"]) & (pl.col("programme") == "circular")
    paid = sum(one["amount"] for one in past.rewards([row["date"]], same & (pl.col("kind") == "release")))
    keys = past.last_enabled("circular", row["date"])
    if keys is None:
        return ""
    return agreed(f"reward {row['reward_id']}", part(plain(paid), keys["circular"]["cash_bp"]), row["amount"])


# --- the tree of a lot -----------------------------------------------------------------------------------------------


def lot_tree(past: Past, lot: Row) -> Node:
    """What was granted by which formula, what went, what is left; releases and dividends day by day."""
    programme, mode = lot["programme"], _mode(past, lot)
    unit = UNITS[programme]
    order = past.orders([lot["order_id"]])[lot["order_id"]]
    rows = past.rewards(past.days_from(lot["opened_on"]), _of_lot(lot, mode))
    left = Node("left", lot["lot_id"], say(f"left_{lot['status']}"), lot["left"], unit,
                children=tuple(_left(lot, mode, unit)))  # fmt: skip
    told = [_grant(past, lot, order, mode), left, *_received(past, lot, mode, rows)]
    if programme == "green":
        told.append(_periods(past, lot))
    text = say(f"lot_{mode}", holder=lot["holder"], order=lot["order_id"], day=lot["opened_on"],
               status=lot["status"], version=lot["rule_version"])  # fmt: skip
    return Node("lot", lot["lot_id"], text, children=tuple(told))


def _mode(past: Past, lot: Row) -> str:
    return str(past.rule(lot["rule_version"], "points")["mode"] if lot["programme"] == "points" else lot["programme"])


def _of_lot(lot: Row, mode: str) -> pl.Expr:
    own: pl.Expr = (pl.col("programme") == lot["programme"]) & (pl.col("order_id") == lot["order_id"])
    return own if mode == "circular" else own & (pl.col("member_id") == pl.lit(lot["holder"]))


def _left(lot: Row, mode: str, unit: str) -> list[Node]:
    """Granted, less what went from the lot."""
    name = lot["lot_id"]
    gone = lot["left"] - lot["granted"]
    words = say({"fixed": "consumed", "pool_priced": "sold", "green": "destroyed", "circular": "paid"}[mode])
    found = [Node("granted", name, say("granted_now"), lot["granted"], unit)]
    return [*found, Node("gone", name, words, gone, unit)] if gone else found


def _grant(past: Past, lot: Row, order: Row, mode: str) -> Node:
    """The formula of the grant on what is kept now; raises Refused where it is not what the lot says."""
    rules, kept = past.rule(lot["rule_version"], lot["programme"]), plain(order["kept"])
    named, what = lot["lot_id"], f"lot {lot['lot_id']}"
    if mode == "fixed":
        first = part(plain(order["kept_at"]), rules["grant_bp"])  # what a refund takes goes from the oldest lot
        agreed(what, first, lot["granted"])
        said = f"{first.text} = {first.value:,}"
    elif mode == "pool_priced":
        said = _priced_grant(what, lot, order, rules["grant_bp"])
    elif mode == "green":
        side = "merchant_factor_bp" if lot["holder"].startswith("merchant/") else "user_factor_bp"
        units = part(conceded(order["kept"], lot), rules[side])
        agreed(what, units, lot["granted"])
        said = f"{units.text} = {units.value:,}"
    else:
        said = _tier(lot, order, rules["tiers"])
    return Node("grant", named, say("grant_of", kept=kept.text, order=order["order_id"]), formula=said)


def _priced_grant(what: str, lot: Row, order: Row, bp: int) -> str:
    value = part(plain(order["kept_at"]), bp)
    at_first = value.value * _PRICE_UNIT // lot["price"]
    units = at_first * order["kept"] // order["kept_at"]
    if units != lot["granted"]:
        raise Refused(f"{what}: {units} units were expected, found {lot['granted']} (settle verify says more)")
    said = f"⌊{value.text} / {price_text(lot['price'])}⌋ = {points(at_first)}"
    if order["kept"] == order["kept_at"]:
        return said
    shrunk = f"⌊{points(at_first)} × {yuan(order['kept'])} / {yuan(order['kept_at'])}⌋"
    return f"{said}; {shrunk} = {points(units)}"


def _tier(lot: Row, order: Row, tiers: list[Row]) -> str:
    """The tier that the order reached when it qualified, and that of what it keeps."""

    def of(kept: int) -> Row:
        return max((one for one in tiers if one["min_fen"] <= kept), key=lambda one: int(one["min_fen"]),
                   default={"energy_fen": 0, "contribution": 0, "min_fen": 0})  # fmt: skip

    first, now = of(order["kept_at"]), of(order["kept"])
    said = f"{yuan(order['kept_at'])} ≥ {yuan(first['min_fen'])} → {yuan(first['energy_fen'])}"
    if order["kept"] == order["kept_at"]:
        return f"{said}, {first['contribution']}"
    shrunk = f"⌊{yuan(first['energy_fen'])} × {yuan(order['kept'])} / {yuan(order['kept_at'])}⌋"
    return f"{said}; min({shrunk}, {yuan(now['energy_fen'])}), {yuan(lot['granted'])}"


def _received(past: Past, lot: Row, mode: str, rows: list[Row]) -> list[Node]:
    """Releases, dividends and forced sales of the lot by day. Requested sales of points name no lot: what such a lot
    sold is told as a whole."""
    name = lot["lot_id"]
    if mode == "fixed":
        return []
    if mode == "pool_priced":
        return [Node("sold", name, say("sold_for", units=points(lot["received"]),
                     paid=yuan(lot["paid"])))]  # fmt: skip
    unit = "VOUCHER" if mode == "green" else "ENERGY"
    kinds = ("release", "clawback")
    counted = [row for row in rows if row["kind"] in kinds and (mode == "circular" or row["commodity"] == "VOUCHER")]
    days = {row["date"]: [one for one in counted if one["date"] == row["date"]] for row in counted}
    found = tuple(_day(past, name, mode, unit, rows) for rows in days.values())
    return [Node("received", name, say(f"received_{mode}"), lot["received"], unit, children=found)]


def _day(past: Past, name: str, mode: str, unit: str, rows: list[Row]) -> Node:
    """What a lot got or gave back on a day; of circular purchase with how much of it was money."""
    total, day = sum(row["amount"] for row in rows), rows[0]["date"]
    money = [row for row in rows if row["commodity"] == "CNY" and row["kind"] == "release"]
    formula = _dividend(past, money[0]) if money else ""
    return Node("day", f"{name}@{day}", say("lot_day", day=day, cause=cause_of(rows[0])), total, unit, formula)


def _periods(past: Past, lot: Row) -> Node:
    """The periods of green points that the lot lived through, as the state keeps them."""
    rows = [row for row in past.where("periods") if row["period"] >= lot["period_in"] and row["ended_on"]]
    until = lot["closed_on"] or past.day
    found = tuple(
        Node("period", str(row["period"]), say("period", number=row["period"], ended=row["ended_on"],
             growth=row["growth"], inflow=yuan(row["inflow"]), due=yuan(row["due"]), released=yuan(row["released"])))
        for row in rows if row["ended_on"] <= until
    )  # fmt: skip
    return Node("periods", lot["lot_id"], say("periods"), children=found)
