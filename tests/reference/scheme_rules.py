"""Random rules of pool-priced points, green, circular and chain, with sharp little values, for homes with schemes.

Holds the drawing of versions that switch schemes and the mode of points on, off and over, within the funding guard.
Never holds exports: those are drawn by `homes.py`, its neighbour.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

Block = dict[str, Any]
OFF: Block = {"enabled": False}


def priced_block(dice: random.Random, room: int) -> Block:
    """Points that a pool prices: thin pools, no least or one that is never reached, all kinds of exits."""
    pool_bp = min(room, dice.choice([0, 1, 500, 2500, 3000, 9000]))
    return {
        "enabled": True, "mode": "pool_priced", "pool_bp": pool_bp,
        "grant_bp": min(pool_bp, dice.choice([0, 1, 300, 1500, 2100, pool_bp, pool_bp])),
        "initial_price": dice.choice([1, 333, 1_000_000, 1_000_000, 7_777_777]),
        "sale_return_bp": dice.choice([0, 8000, 8000, 9999, 10000]),
        "exit_multiple_bp": dice.choice([0, 0, 10000, 10001, 11000, 12000, 20000]),
        "min_units": dice.choice([0, 0, 1, 10**5, 10**6, 10**7, 3 * 10**7, 10**8, 10**9, 10**15]),
    }  # fmt: skip


def fixed_block(dice: random.Random) -> Block:
    """Fixed points at no cost, so that they take no room."""
    return {
        "enabled": True, "mode": "fixed", "grant_bp": dice.choice([1, 3333, 7000]), "cost_bp": 0,
        "expire_months": dice.choice([0, 0, 1]),
    }  # fmt: skip


def green_block(dice: random.Random) -> Block:
    """Short periods, lots that end soon, pools too small for their releases."""
    pool_bp = dice.choice([0, 1, 400, 4000, 9500, 10000])
    return {
        "enabled": True, "pool_bp": pool_bp,
        "merchant_referrer_bp": min(10_000 - pool_bp, dice.choice([0, 1, 500, 6000])),
        "user_factor_bp": dice.choice([0, 1, 7000, 10000]), "merchant_factor_bp": dice.choice([0, 3000, 10000]),
        "first_release_bp": dice.choice([0, 50, 500, 3000, 10000]), "growth_bp": dice.choice([0, 1, 1500, 5000, 10000]),
        "period_days": dice.randint(1, 4), "max_periods": dice.choice([1, 2, 3, 40]),
        "exit_multiple": dice.choice([1, 1, 2, 5]),
    }  # fmt: skip


def circular_block(dice: random.Random, room: int) -> Block:
    """Rising tiers near the sizes of orders."""
    least = sorted(dice.sample([1, 300, 2000, 5000, 20000, 60000], dice.randint(1, 3)))
    energies = sorted(dice.choice([1, 7, 500, 6000, 30000, 200000]) + place for place in range(len(least)))
    contributions = sorted(dice.choice([1, 1, 3, 9, 1000]) for _ in least)
    tiers = [
        {"min_fen": fen, "energy_fen": energy, "contribution": weight}
        for fen, energy, weight in zip(least, energies, contributions, strict=True)
    ]
    return {
        "enabled": True, "dividend_bp": min(room, dice.choice([0, 1, 500, 1000, 3000])),
        "cash_bp": dice.choice([0, 1, 5000, 9999, 10000]), "tiers": tiers,
    }  # fmt: skip


def chain_block(dice: random.Random, room: int) -> Block:
    """Few packages, cheap and dear; awards that ask for more than an order brings."""
    prices = [dice.choice([7, 500, 3000, 9900, 30000]) for _ in range(dice.randint(1, 3))]
    packages = [{"product_id": f"P{n}", "price_fen": fen} for n, fen in zip(dice.sample(range(9), 3), prices)]  # noqa: B905
    fund = min(prices) * min(room, dice.choice([0, 1000, 3000, 6000, 6000, 10000])) // 10_000
    if dice.random() < 0.5:  # every award finds its money
        fund = min(prices) * min(room, 6000) // 10_000
        return {
            "enabled": True, "released_by": "counsel", "n": 2, "packages": packages, "fund_fen": fund,
            "direct_agent_fen": fund // 4, "team_fen": fund // 3, "peer_bp": 5000, "direct_bp": 0, "slide_bp": 300,
        }  # fmt: skip
    return {
        "enabled": True, "released_by": "counsel", "n": dice.choice([2, 2, 3]), "packages": packages, "fund_fen": fund,
        "direct_agent_fen": dice.choice([0, fund // 4, fund // 3, fund // 2, fund]),
        "team_fen": dice.choice([0, fund // 4, fund // 3, fund // 2, fund]),
        "peer_bp": dice.choice([0, 1000, 5000, 5000, 10000]), "direct_bp": dice.choice([0, 0, 1, 500, 3000]),
        "slide_bp": dice.choice([0, 100, 300, 2000]),
    }  # fmt: skip


def change_version(dice: random.Random, version: Block, mode: str, day: date, number: int, sure: str) -> Block:
    """A version with schemes: in a random order each takes what room the guard still has, `sure` first and always."""
    depth = dice.choice([0, 1, 2, 2, 2])
    changed = {**version, "version": f"v{number}", "effective_from": day, "max_paid_depth": depth}
    changed["freeze_days"] = dice.choice([0, 0, 0, 1, version["freeze_days"]])
    income = ["rebate", "chance", "labour"]
    changed["tax"] = {**version["tax"], **{name: dice.choice(income) for name in ("points", "circular", "chain")}}
    changed["points"] = changed["green"] = changed["circular"] = changed["chain"] = OFF
    # At depth 0 nobody may be paid for another's order: neither a sponsor nor a sponsor's ticket.
    changed["referral"] = {**version["referral"]} if depth else OFF
    changed["queue"] = {**version["queue"], **({"exit_cost_bp": 0} if version["queue"]["enabled"] else {})}
    if depth == 0 and changed["queue"]["enabled"]:
        changed["queue"]["direct_bp"] = 0
    room = 10_000
    names = ["points", "green", "circular", "chain", "referral", "queue"]
    for name in sorted(dice.sample(names, len(names)), key=lambda one: one != sure):
        if dice.random() < 0.2 and name != sure:
            changed[name] = OFF
        elif name == "points":
            changed[name] = priced_block(dice, room) if mode == "pool_priced" else fixed_block(dice)
            room -= changed[name].get("pool_bp", 0)
        elif name == "green":
            changed[name] = green_block(dice) if room >= 2_000 else OFF
            room -= 2_000 if changed[name]["enabled"] else 0
        elif name == "circular":
            changed[name] = circular_block(dice, room)
            room -= changed[name]["dividend_bp"]
        elif name == "chain":
            changed[name] = chain_block(dice, room)
            cheapest = min(package["price_fen"] for package in changed[name]["packages"])
            room -= -(-changed[name]["fund_fen"] * 10_000 // cheapest)
        elif changed[name]["enabled"]:
            key = {"referral": "reserve_bp", "queue": "pot_bp"}[name]
            changed[name][key] = min(room, changed[name][key])
            room -= changed[name][key]
    return changed


def add_schemes(dice: random.Random, versions: list[Block], start: date, days: int) -> list[Block]:
    """One to four versions in place of the one or two drawn; where the mode of points changes, a day without points
    comes before, so that members can be rid of all they hold.
    """
    firsts = [0, *sorted(dice.sample(range(1, max(2, days)), min(dice.randint(0, 3), max(0, days - 2))))]
    mode = dice.choice(["pool_priced", "pool_priced", "fixed"])
    favourite = dice.choice(["", "chain", "chain", "green", "circular", "points"])
    changed: list[Block] = []
    for place, number in enumerate(firsts):
        base = versions[min(place, len(versions) - 1)]
        day = start + timedelta(days=number)
        over = place > 0 and number - firsts[place - 1] >= 2 and dice.random() < 0.35
        if over:
            mode = {"fixed": "pool_priced", "pool_priced": "fixed"}[mode]
            pause = {**changed[-1], "version": f"v{len(changed) + 1}", "effective_from": day - timedelta(days=1)}
            changed.append({**pause, "points": OFF})
        changed.append(change_version(dice, base, mode, day, len(changed) + 1, "points" if over else favourite))
    return changed


def keep_mode(path: Path, day: date) -> None:
    """Rewrite the rules: from the day on points stay as they were when they were last on."""
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    last = [v["points"] for v in rules["versions"] if v["effective_from"] < day and v["points"]["enabled"]][-1]
    for version in rules["versions"]:
        if version["effective_from"] >= day and version["points"]["enabled"]:
            version["points"] = {**last, **({"pool_bp": 0, "grant_bp": 0} if last["mode"] == "pool_priced" else {})}
    path.write_text(yaml.safe_dump(rules, sort_keys=False, allow_unicode=True), encoding="utf-8")
