"""Rules files in, versions or messages out: small literal files, each with the line that refuses it.

Holds: the contract's sample, two whole homes' rules, one bad file a fault.
Neighbour: ``assets/foundation/rules.py``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.errors import Refused, RulesError
from assets.foundation.rules import (
    CUMULATIVE_TABLE,
    PROGRAMMES,
    Rules,
    Setting,
    content_differences,
    parse_rules,
    rules_text,
)

HEAD = """timezone: Asia/Shanghai
versions:
  - version: launch
    effective_from: 2026-11-01
    margin_bp: 9000
"""
SAMPLE = (
    HEAD
    + """\
    freeze_days: 7
    max_paid_depth: 1
    quarantine_limit_bp: 500
    late_limit_days: 30
    points:   {enabled: true, mode: fixed, grant_bp: 7000, cost_bp: 2000, expire_months: 24}
    referral: {enabled: true, n: 3, ladder_bp: [1000, 2000, 7000], reserve_bp: 3334, after: cycle, flat_bp: 1000,
               base: min, need_buy: true, repeat_invitee: false, min_order_fen: 0}
    queue:    {enabled: true, scope: merchant, mode: fifo, target_bp: 10000, target_max_fen: 0, min_order_fen: 0,
               pot_bp: 2000, direct_bp: 3000, repurchase_bp: 0, split_unit_fen: 0, seats_bp: [5000, 3000, 2000],
               exit_bp: 6000, exit_after_days: 30, exit_cost_bp: 2000}
    green:    {enabled: false}   # off
    circular: {enabled: false}
    chain:    {enabled: false}
    tax:      {queue: rebate, points: rebate, referral: labour}
    payout:   {min_fen: 100, max_fen: 0, labour_method: monthly}
"""
)
# The same rules with every default left out.
SHORT = """versions:
- effective_from: "2026-11-01"
  version: "launch"
  margin_bp: 9000
  queue: {exit_cost_bp: 2000, mode: fifo, scope: merchant, enabled: true}
  referral: {enabled: true, base: min, after: cycle, flat_bp: 1000}
  points: {enabled: true, mode: fixed, cost_bp: 2000, grant_bp: 7000, expire_months: 24}
"""
POOL = "    points: {enabled: true, mode: pool_priced, grant_bp: 2100, pool_bp: 3000}\n"
FIXED = "    points: {enabled: true, mode: fixed, grant_bp: 7000, cost_bp: 2000}\n"
REFERRAL = "    referral: {enabled: true, after: cycle, base: min}\n"
QUEUE = "    queue: {enabled: true, scope: merchant, mode: fifo, exit_cost_bp: 2000}\n"
GREEN = "    green: {enabled: true}\n"
CIRCULAR = "    circular: {enabled: true, dividend_bp: 1000, tiers: [{min_fen: 2, energy_fen: 6, contribution: 1}]}\n"
CHAIN = (
    "    chain: {enabled: true, released_by: counsel, n: 2, packages: [{product_id: P1, price_fen: 30000},"
    " {product_id: P2, price_fen: 49900}], fund_fen: 4000, direct_agent_fen: 3000, team_fen: 2000, peer_bp: 1000}\n"
)
SECOND = "  - {version: later, effective_from: 2026-12-01, margin_bp: 9000}\n"

SCHEMES_ALONE = """{
 "timezone": "Asia/Shanghai",
 "versions": [
  {"version": "v1", "effective_from": "2026-09-01", "freeze_days": 3, "margin_bp": 10000, "max_paid_depth": 2,
   "quarantine_limit_bp": 10000,
   "points": {"enabled": true, "mode": "pool_priced", "pool_bp": 2500, "grant_bp": 1500, "min_units": 0,
    "initial_price": 1000000, "sale_return_bp": 8000, "exit_multiple_bp": 12000},
   "referral": {"enabled": false}, "queue": {"enabled": false},
   "green": {"enabled": true, "pool_bp": 4000, "merchant_referrer_bp": 500, "user_factor_bp": 7000,
    "merchant_factor_bp": 10000, "first_release_bp": 500, "growth_bp": 1500, "period_days": 3, "max_periods": 40,
    "exit_multiple": 5},
   "circular": {"enabled": true, "dividend_bp": 1000, "cash_bp": 10000, "tiers": [
    {"min_fen": 60000, "energy_fen": 200000, "contribution": 3},
    {"min_fen": 2000, "energy_fen": 6000, "contribution": 1}]},
   "chain": {"enabled": true, "released_by": "counsel", "n": 3, "packages": [
    {"product_id": "P1", "price_fen": 30000}, {"product_id": "P4", "price_fen": 20000}], "fund_fen": 4000,
    "direct_agent_fen": 3000, "team_fen": 2000, "peer_bp": 1000, "direct_bp": 500, "slide_bp": 300},
   "tax": {"queue": "rebate", "points": "rebate", "referral": "labour", "circular": "rebate", "chain": "labour"},
   "payout": {"min_fen": 1, "max_fen": 20000, "labour_method": "monthly"}}
 ]
}"""
SEATS_PLATFORM = """{
 "timezone": "Asia/Shanghai",
 "versions": [
  {"version": "v1", "effective_from": "2026-09-01", "freeze_days": 7, "margin_bp": 10000, "max_paid_depth": 1,
   "quarantine_limit_bp": 10000,
   "points": {"enabled": true, "mode": "fixed", "grant_bp": 7000, "cost_bp": 0, "expire_months": 0},
   "referral": {"enabled": true, "n": 3, "ladder_bp": [1000, 2000, 7000], "reserve_bp": 3334, "min_order_fen": 0,
    "after": "once", "flat_bp": 1000, "base": "min", "need_buy": false, "repeat_invitee": false},
   "queue": {"enabled": true, "scope": "platform", "mode": "seats", "target_bp": 10000, "target_max_fen": 30000,
    "min_order_fen": 0, "pot_bp": 2000, "direct_bp": 0, "repurchase_bp": 0, "split_unit_fen": 0, "exit_bp": 6000,
    "exit_after_days": 2, "exit_cost_bp": 0, "seats_bp": [5000, 3000, 2000]},
   "green": {"enabled": false}, "circular": {"enabled": false}, "chain": {"enabled": false},
   "tax": {"queue": "rebate", "points": "rebate", "referral": "labour"},
   "payout": {"min_fen": 10000, "max_fen": 20000, "labour_method": "monthly"}}
 ]
}"""


def read(text: str) -> Rules:
    return parse_rules(text, "rules.yaml")


def refusal(text: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        read(text)
    return str(caught.value).split("\n")


# name, file, the whole refusal (one line per fault)
REFUSED: list[tuple[str, str, list[str]]] = [
    ("empty", "", ["rules.yaml:1: found nothing, allowed a mapping with timezone and versions"]),
    ("comment only", "# soon\n", ["rules.yaml:1: found nothing, allowed a mapping with timezone and versions"]),
    ("a list", "- 1\n- 2\n", ["rules.yaml:1: found a list of 2, allowed a mapping with timezone and versions"]),
    ("a word", "rules", ['rules.yaml:1: found "rules", allowed a mapping with timezone and versions']),
    ("no versions", "timezone: UTC\n", ["rules.yaml:1: versions: missing, allowed a list of at least one version"]),
    (
        "empty versions",
        "timezone: UTC\nversions: []\n",
        ["rules.yaml:2: versions: found a list of 0, allowed a list of at least one version"],
    ),
    (
        "a version that is no mapping",
        "versions:\n  - 7\n",
        ["rules.yaml:2: versions[0]: found 7, allowed a mapping with the keys of a version"],
    ),
    ("broken yaml", "versions: [1\nx: 2\n", ["rules.yaml:2: not readable as YAML or JSON: expected ',' or ']'"]),
    (
        "control character",
        HEAD + "    tax: \x00\n",
        ["rules.yaml:6: found a character that no YAML or JSON text may hold, allowed text"],
    ),
    ("second document", SAMPLE + "---\na: 1\n", ["found a second document, allowed one"]),
    (
        "unknown alias",
        "a: 1\nb: *a\n",
        ["rules.yaml:2: found the alias *a, allowed the name of a finished value above it"],
    ),
    ("alias of itself", "a: &a [*a]\n", ["rules.yaml:1: found the alias *a, allowed the name of a finished value"]),
    (
        "billion laughs",
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
        ["found aliases that repeat more than 10000 values, allowed at most that"],
    ),
    (
        "alias bad in place",
        SAMPLE.replace("flat_bp: 1000", "flat_bp: &f 1000").replace("grant_bp: 7000", "grant_bp: *f"),
        ["found the alias *f"],
    ),
    (
        "python tag",
        "versions: !!python/object/apply:os.getcwd []\n",
        ["rules.yaml:1: found the tag", "allowed plain values"],
    ),
    ("deep", "[" * 2000, ["rules.yaml:1: found more than 16 levels, allowed at most that"]),
    ("list as key", "? [1]\n: 2\n", ["rules.yaml:1: found a list or mapping as a key, allowed a word"]),
    (
        "repeated key",
        SAMPLE + "    margin_bp: 1\n",
        ["rules.yaml:21: versions[0].margin_bp: found again (first on line 5), allowed once"],
    ),
    (
        "unknown top key",
        SAMPLE + "zone: UTC\n",
        ["rules.yaml:21: zone: found an unknown key, allowed timezone, versions"],
    ),
    (
        "timezone",
        SAMPLE.replace("Asia/Shanghai", "Asia/Beijing"),
        ['rules.yaml:1: timezone: found "Asia/Beijing", allowed a name of the IANA time zone database'],
    ),
    ("timezone of the machine", SAMPLE.replace("Asia/Shanghai", "localtime"), ["rules.yaml:1: timezone: found"]),
    ("timezone path", SAMPLE.replace("Asia/Shanghai", "../UTC"), ["rules.yaml:1: timezone: found"]),
    ("timezone folder", SAMPLE.replace("Asia/Shanghai", "Asia"), ["rules.yaml:1: timezone: found"]),
    (
        "unknown version key",
        HEAD + "    freezedays: 7\n",
        ["rules.yaml:6: versions[0].freezedays: found an unknown key, allowed version, effective_from, freeze_days"],
    ),
    (
        "unknown programme key",
        HEAD + "    queue: {enabled: false, pots_bp: 1}\n",
        ["rules.yaml:6: versions[0].queue.pots_bp: found an unknown key, allowed enabled, scope, mode"],
    ),
    (
        "unknown tier key",
        HEAD + CIRCULAR.replace("min_fen: 2,", "min_fen: 2, max_fen: 3,"),
        ["versions[0].circular.tiers[0].max_fen: found an unknown key, allowed min_fen, energy_fen, contribution"],
    ),
    (
        "no margin",
        HEAD.replace("margin_bp: 9000", "freeze_days: 9"),
        ["rules.yaml:3: versions[0].margin_bp: missing, required"],
    ),
    ("no version name", HEAD.replace("version: launch", "freeze_days: 1"), ["versions[0].version: missing, required"]),
    ("quoted number", HEAD.replace("9000", '"9000"'), ['found "9000", allowed a whole number from 0 to 10000']),
    ("fraction", HEAD.replace("9000", "9000.0"), ["found 9000.0, allowed a whole number from 0 to 10000"]),
    ("hexadecimal", HEAD.replace("9000", "0x10"), ["found 0x10, allowed a whole number from 0 to 10000"]),
    ("underscore", HEAD.replace("9000", "9_000"), ["found 9_000, allowed a whole number from 0 to 10000"]),
    ("sixties", HEAD.replace("9000", "1:30"), ["found 1:30, allowed a whole number from 0 to 10000"]),
    ("exponent", HEAD.replace("9000", "9e3"), ["found 9e3, allowed a whole number from 0 to 10000"]),
    ("true for 1", HEAD.replace("9000", "true"), ["found true, allowed a whole number from 0 to 10000"]),
    ("null", HEAD.replace("9000", ""), ["found nothing, allowed a whole number from 0 to 10000"]),
    ("long number", HEAD.replace("9000", "9" * 5000), ["versions[0].margin_bp: found", "allowed"]),
    ("negative", HEAD + "    freeze_days: -1\n", ["versions[0].freeze_days: found -1, allowed 0 to 3660"]),
    (
        "too large",
        HEAD + "    payout: {max_fen: 10000000000001}\n",
        ["payout.max_fen: found 10000000000001, allowed 0 to"],
    ),
    ("margin above all", HEAD.replace("9000", "10001"), ["versions[0].margin_bp: found 10001, allowed 0 to 10000"]),
    ("depth", HEAD + "    max_paid_depth: 3\n", ["rules.yaml:6: versions[0].max_paid_depth: found 3, allowed 0 to 2"]),
    ("limit", HEAD + "    quarantine_limit_bp: 10001\n", ["quarantine_limit_bp: found 10001, allowed 0 to 10000"]),
    ("late", HEAD + "    late_limit_days: x\n", ['late_limit_days: found "x", allowed a whole number from 0 to 3660']),
    ("day and time", HEAD.replace("-11-01", "-11-01 00:00:00"), ["allowed a calendar day as YYYY-MM-DD"]),
    ("no such day", HEAD.replace("-11-01", "-11-31"), ['found "2026-11-31", allowed a calendar day as YYYY-MM-DD']),
    ("short day", HEAD.replace("-11-01", "-11-1"), ['found "2026-11-1", allowed a calendar day as YYYY-MM-DD']),
    ("packed day", HEAD.replace("2026-11-01", "'20261101'"), ["allowed a calendar day as YYYY-MM-DD"]),
    ("version is a number", HEAD.replace("launch", "7"), ["versions[0].version: found 7, allowed text"]),
    ("version is 1.0", HEAD.replace("launch", "1.0"), ["versions[0].version: found 1.0, allowed text"]),
    ("version is long", HEAD.replace("launch", "v" * 65), ["versions[0].version: found", "allowed 1 to 64 printable"]),
    ("version is empty", HEAD.replace("launch", '""'), ['versions[0].version: found "", allowed 1 to 64 printable']),
    ("version with /", HEAD.replace("launch", "a/b"), ['found "a/b", allowed 1 to 64 printable characters']),
    ("version with |", HEAD.replace("launch", "a|b"), ['found "a|b", allowed 1 to 64 printable characters']),
    ("version with ^", HEAD.replace("launch", "a^b"), ['found "a^b", allowed 1 to 64 printable characters']),
    ("version with ,", HEAD.replace("launch", "a,b"), ['found "a,b", allowed 1 to 64 printable characters']),
    ("version with '", HEAD.replace("launch", "a'b"), ['found "a\'b", allowed 1 to 64 printable characters']),
    ("version with space", HEAD.replace("launch", '" a"'), ['found " a", allowed 1 to 64 printable characters']),
    ("version with tab", HEAD.replace("launch", '"a\\tb"'), ['found "a\\tb", allowed 1 to 64 printable characters']),
    (
        "same name twice",
        HEAD + SECOND.replace("later", "launch"),
        ['rules.yaml:6: versions[1].version: found "launch" again (as in versions[0]), allowed once'],
    ),
    (
        "same day twice",
        HEAD + SECOND.replace("2026-12-01", "'2026-11-01'"),
        ['rules.yaml:6: versions[1].effective_from: found "2026-11-01" again (as in versions[0]), allowed once'],
    ),
    ("programme is null", HEAD + "    green:\n", ["rules.yaml:6: versions[0].green: found nothing, allowed a mapping"]),
    ("programme is true", HEAD + "    green: true\n", ["versions[0].green: found true, allowed a mapping"]),
    (
        "not said whether on",
        HEAD + "    green: {}\n",
        ["versions[0].green.enabled: missing, required while green is on"],
    ),
    ("enabled yes", HEAD + "    green: {enabled: yes}\n", ['green.enabled: found "yes", allowed true or false']),
    ("enabled 1", HEAD + "    green: {enabled: 1}\n", ["green.enabled: found 1, allowed true or false"]),
    (
        "off, still typed",
        HEAD + '    queue: {enabled: false, pot_bp: "1", mode: lifo}\n',
        [
            'rules.yaml:6: versions[0].queue.mode: found "lifo", allowed fifo, average, pro_rata or seats',
            'rules.yaml:6: versions[0].queue.pot_bp: found "1", allowed a whole number from 0 to 10000',
        ],
    ),
    (
        "points without mode",
        HEAD + FIXED.replace("mode: fixed, ", ""),
        ["points.mode: missing, required while points is on"],
    ),
    (
        "points mode",
        HEAD + FIXED.replace("fixed", "float"),
        ['points.mode: found "float", allowed fixed or pool_priced'],
    ),
    (
        "points grant",
        HEAD + FIXED.replace(" grant_bp: 7000,", ""),
        ["points.grant_bp: missing, required while points is"],
    ),
    (
        "points cost",
        HEAD + FIXED.replace(", cost_bp: 2000", ""),
        ["points.cost_bp: missing, required while points are on"],
    ),
    (
        "points pool",
        HEAD + POOL.replace(", pool_bp: 3000", ""),
        ["points.pool_bp: missing, required while points are on"],
    ),
    ("dilution", HEAD + POOL.replace("2100", "3001"), ["points.grant_bp: found 3001, allowed at most pool_bp 3000"]),
    (
        "multiple",
        HEAD + POOL.replace("pool_bp", "exit_multiple_bp: 9999, pool_bp"),
        ["points.exit_multiple_bp: found 9999, allowed 0 or 10000 to 100000000"],
    ),
    (
        "price",
        HEAD + POOL.replace("pool_bp", "initial_price: 0, pool_bp"),
        ["points.initial_price: found 0, allowed 1 to"],
    ),
    ("referral base", HEAD + REFERRAL.replace("min", "max"), ['found "max", allowed min, invitee or referrer']),
    ("referral after", HEAD + REFERRAL.replace("after: cycle,", ""), ["referral.after: missing, required while"]),
    (
        "flat",
        HEAD + REFERRAL.replace("cycle", "flat"),
        ["referral.flat_bp: missing, required while referral is on with"],
    ),
    ("need_buy", HEAD + REFERRAL.replace("min", "min, need_buy: 0"), ["need_buy: found 0, allowed true or false"]),
    (
        "ladder left out",
        HEAD + REFERRAL.replace("min", "min, n: 2"),
        ["referral.ladder_bp: found 3 entries (the default), allowed n = 2 entries"],
    ),
    (
        "ladder too short",
        HEAD + REFERRAL.replace("min", "min, ladder_bp: [1, 2]"),
        ["referral.ladder_bp: found 2 entries, allowed n = 3 entries"],
    ),
    (
        "ladder too steep",
        HEAD + REFERRAL.replace("min", "min, ladder_bp: [1000, 2000, 7001]"),
        ["referral.ladder_bp: found a sum of 10001, allowed at most 10000"],
    ),
    ("ladder no list", HEAD + REFERRAL.replace("min", "min, ladder_bp: 7"), ["ladder_bp: found 7, allowed a list"]),
    ("ladder mapping", HEAD + REFERRAL.replace("min", "min, ladder_bp: {}"), ["found a mapping, allowed a list"]),
    ("ladder text", HEAD + REFERRAL.replace("min", "min, ladder_bp: '777'"), ['found "777", allowed a list']),
    (
        "ladder step",
        HEAD + REFERRAL.replace("min", "min, ladder_bp: [1, 2, 10001]"),
        ["rules.yaml:6: versions[0].referral.ladder_bp[2]: found 10001, allowed 0 to 10000"],
    ),
    ("queue scope", HEAD + QUEUE.replace("merchant", "shop"), ['found "shop", allowed merchant, group or platform']),
    (
        "queue cost",
        HEAD + QUEUE.replace(", exit_cost_bp: 2000", ""),
        ["queue.exit_cost_bp: missing, required while queue"],
    ),
    (
        "pot",
        HEAD + QUEUE.replace("fifo", "fifo, pot_bp: 12000"),
        ["rules.yaml:6: versions[0].queue.pot_bp: found 12000, allowed 0 to 10000"],
    ),
    (
        "offers",
        HEAD + QUEUE.replace("fifo", "fifo, direct_bp: 6000, repurchase_bp: 4001"),
        ["queue.direct_bp: found direct_bp + repurchase_bp = 10001, allowed at most 10000"],
    ),
    (
        "seats sum",
        HEAD + QUEUE.replace("fifo", "fifo, seats_bp: [6000, 4001]"),
        ["queue.seats_bp: found a sum of 10001, allowed at most 10000"],
    ),
    (
        "no seats",
        HEAD + QUEUE.replace("fifo", "seats, seats_bp: []"),
        ["queue.seats_bp: found an empty list, allowed at least one seat while mode is seats"],
    ),
    (
        "green parts",
        HEAD + GREEN.replace("true", "true, pool_bp: 9501"),
        ["green.pool_bp: found pool_bp + merchant_referrer_bp = 10001, allowed at most 10000"],
    ),
    ("green period", HEAD + GREEN.replace("true", "true, period_days: 0"), ["period_days: found 0, allowed 1 to 3660"]),
    (
        "circular dividend",
        HEAD + CIRCULAR.replace("dividend_bp: 1000, ", ""),
        ["circular.dividend_bp: missing, required"],
    ),
    (
        "no tiers",
        HEAD + "    circular: {enabled: true, dividend_bp: 1, tiers: []}\n",
        ["circular.tiers: found an empty list, allowed at least one tier"],
    ),
    (
        "tier twice",
        HEAD + CIRCULAR.replace("}]}", "}, {min_fen: 2, energy_fen: 7, contribution: 2}]}"),
        ["circular.tiers[1].min_fen: found 2 again (as in tiers[0]), allowed once"],
    ),
    ("tier part", HEAD + CIRCULAR.replace(", contribution: 1", ""), ["tiers[0].contribution: missing, required"]),
    ("tier no mapping", HEAD + CIRCULAR.replace("[{", "[7, {"), ["circular.tiers[0]: found 7, allowed a mapping"]),
    (
        "not released",
        HEAD + CHAIN.replace("released_by: counsel,", ""),
        ["chain.released_by: missing, required while chain"],
    ),
    ("released by blanks", HEAD + CHAIN.replace("counsel", "' '"), ['chain.released_by: found " ", allowed 1 to 200']),
    ("released by true", HEAD + CHAIN.replace("counsel", "true"), ["chain.released_by: found true, allowed 1 to 200"]),
    ("chain of 4", HEAD + CHAIN.replace("n: 2", "n: 4"), ["chain.n: found 4, allowed 2 to 3"]),
    ("chain without n", HEAD + CHAIN.replace("n: 2,", ""), ["chain.n: missing, required while chain is on"]),
    ("free package", HEAD + CHAIN.replace("30000", "0"), ["chain.packages[0].price_fen: found 0, allowed 1 to"]),
    (
        "package twice",
        HEAD + CHAIN.replace("P2", "P1"),
        ['packages[1].product_id: found "P1" again (as in packages[0])'],
    ),
    ("package id", HEAD + CHAIN.replace("P2", "a/b"), ['packages[1].product_id: found "a/b", allowed 1 to 64']),
    ("reserved id", HEAD + CHAIN.replace("P2", "platform"), ["allowed an id other than the reserved word platform"]),
    (
        "no packages",
        HEAD + "    chain: {enabled: true, released_by: c, n: 2, packages: [], fund_fen: 1, direct_agent_fen: 1,"
        " team_fen: 1, peer_bp: 1}\n",
        ["chain.packages: found an empty list, allowed at least one package"],
    ),
    ("tax class", HEAD + "    tax: {queue: gift}\n", ['tax.queue: found "gift", allowed rebate, chance or labour']),
    ("tax green", HEAD + "    tax: {green: rebate}\n", ['tax.green: found "rebate", allowed labour']),
    ("tax list", HEAD + "    tax: []\n", ["versions[0].tax: found a list of 0, allowed a mapping"]),
    (
        "no class",
        HEAD + POOL + REFERRAL + "    tax: {queue: rebate}\n",
        [
            "rules.yaml:8: versions[0].tax.points: missing, required while the programme pays",
            "rules.yaml:8: versions[0].tax.referral: missing, required while the programme pays",
        ],
    ),
    ("labour", HEAD + "    payout: {labour_method: daily}\n", ['found "daily", allowed monthly or cumulative']),
    (
        "profile",
        HEAD + "    payout: {channels: {alipay: {profile: telex}}}\n",
        ['rules.yaml:6: versions[0].payout.channels.alipay.profile: found "telex", allowed generic'],
    ),
    (
        "setting",
        HEAD + "    payout: {channels: {alipay: {rows: 7}}}\n",
        ["payout.channels.alipay.rows: found an unknown key, allowed profile, payee_day_max_fen"],
    ),
    (
        "setting type",
        HEAD + "    payout: {channels: {alipay: {payee_day_max_fen: -1}}}\n",
        ["payout.channels.alipay.payee_day_max_fen: found -1, allowed 0 to"],
    ),
    ("channel id", HEAD + "    payout: {channels: {a/b: {}}}\n", ['found the name "a/b", allowed 1 to 64 printable']),
    ("channel null", HEAD + "    payout: {channels: {alipay: }}\n", ["alipay: found nothing, allowed a mapping"]),
    (
        "channels",
        HEAD + "    payout: {channels: [alipay]}\n",
        ["payout.channels: found a list of 1, allowed a mapping"],
    ),
    (
        "closed table",
        HEAD + "    payout: {cumulative_table: [[1, 300, 0]]}\n",
        ["payout.cumulative_table: found no open end, allowed a last row with up_to null"],
    ),
    (
        "falling table",
        HEAD + "    payout: {cumulative_table: [[9, 300, 0], [9, 400, 1], [null, 500, 2]]}\n",
        ["payout.cumulative_table[1][0]: found 9, allowed more than 9 (the row before)"],
    ),
    (
        "open row in the table",
        HEAD + "    payout: {cumulative_table: [[null, 300, 0], [null, 500, 2]]}\n",
        ["payout.cumulative_table[0][0]: found nothing, allowed null in the last row only"],
    ),
    (
        "short row",
        HEAD + "    payout: {cumulative_table: [[null, 300]]}\n",
        ["payout.cumulative_table[0]: found a list of 2, allowed a row [up_to or null, bp, quick], in fen"],
    ),
    (
        "guard of the sample",
        SAMPLE.replace("9000", "7933"),
        [
            "rules.yaml:5: versions[0].margin_bp: found shares of an order of "
            "1400 (points.grant_bp 7000 x cost_bp 2000 / 10000) + 3334 (referral.reserve_bp) + 2000 (queue.pot_bp) + "
            "1200 (queue.exit_bp 6000 x exit_cost_bp 2000 / 10000) = 7934 bp, allowed at most margin_bp 7933"
        ],
    ),
    (
        "guard of the other schemes, a third of a bp above",  # 3000 + 2000 + 1000 + 4000/30000
        HEAD.replace("9000", "7333") + POOL + GREEN + CIRCULAR + CHAIN,
        [
            "found shares of an order of 3000 (points.pool_bp) + 2000 (green) + 1000 (circular.dividend_bp) + 1333 1/3 "
            "(chain.fund_fen 4000 of the cheapest package 30000) = 7333 1/3 bp, allowed at most margin_bp 7333"
        ],
    ),
    (
        "guard, a ten-thousandth of a bp above",  # 1 x 1 / 10000
        HEAD.replace("9000", "0") + FIXED.replace("7000", "1").replace("2000", "1"),
        ["found shares of an order of 1/10000 (points.grant_bp 1 x cost_bp 1 / 10000) = 1/10000 bp, allowed at most"],
    ),
    (
        "every fault, by line",
        HEAD.replace("9000", "-1") + "    freeze_days: x\n" + QUEUE.replace("fifo", "fifo, pot_bp: 12000") + SECOND,
        [
            "rules.yaml:5: versions[0].margin_bp: found -1, allowed 0 to 10000",
            'rules.yaml:6: versions[0].freeze_days: found "x", allowed a whole number from 0 to 3660',
            "rules.yaml:7: versions[0].queue.pot_bp: found 12000, allowed 0 to 10000",
        ],
    ),
    (
        "faults of two versions",
        HEAD + REFERRAL.replace("min", "min, reserve_bp: 9001") + SECOND.replace("9000", "9000, nonsense: 1"),
        [
            "rules.yaml:5: versions[0].margin_bp: found shares",
            "rules.yaml:7: versions[1].nonsense: found an unknown key",
        ],
    ),
]


@pytest.mark.parametrize(("text", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_file_at_fault_is_refused_with_what_was_found_and_what_is_allowed(text: str, said: list[str]) -> None:
    lines = refusal(text)
    at = 0
    for fragment in said:  # in this order; two fragments may be of one line
        at = next((at + n for n, line in enumerate(lines[at:]) if fragment in line), -1)
        assert at >= 0, f"{fragment!r} is not said, or not in its place, in {lines}"
    assert len(lines) == len({line for line in lines for fragment in said if fragment in line}), lines
    assert all(line.startswith("rules.yaml:") for line in lines)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        (SAMPLE, "7934"),
        (SEATS_PLATFORM, "5334"),
        (SCHEMES_ALONE, "7500"),  # 2500 + 2000 + 1000 + 4000/20000
        (HEAD + POOL + GREEN + CIRCULAR + CHAIN, "22000/3"),
        (HEAD, "0"),
        (HEAD + "    referral: {enabled: false, reserve_bp: 9999, after: flat, ladder_bp: [9999, 9999]}\n", "0"),
        (SAMPLE.replace("9000", "7934"), "7934"),
    ],
)
def test_a_sound_file_is_read_and_its_guard_adds_up(text: str, total: str) -> None:
    (version,) = read(text).versions
    assert version.guard().total == Fraction(total)
    assert version.guard().holds


def test_every_key_of_the_sample_is_read() -> None:
    rules = read(SAMPLE)
    (one,) = rules.versions
    assert (rules.timezone, one.version, one.effective_from) == ("Asia/Shanghai", "launch", date(2026, 11, 1))
    assert (one.freeze_days, one.margin_bp, one.max_paid_depth) == (7, 9000, 1)
    assert (one.quarantine_limit_bp, one.late_limit_days) == (500, 30)
    assert (one.points.mode, one.points.grant_bp, one.points.expire_months) == ("fixed", 7000, 24)
    assert (one.referral.n, one.referral.ladder_bp, one.referral.need_buy) == (3, (1000, 2000, 7000), True)
    assert (one.queue.scope, one.queue.seats_bp, one.queue.exit_cost_bp) == ("merchant", (5000, 3000, 2000), 2000)
    assert not one.green.enabled
    assert (one.tax.queue, one.tax.referral, one.payout.min_fen) == ("rebate", "labour", 100)


def test_defaults_are_those_of_the_law() -> None:
    text = HEAD.replace("9000", "10000") + POOL + REFERRAL + QUEUE.replace("2000", "0") + GREEN.replace("true", "false")
    flat = read(text + CIRCULAR).versions[0].flat()
    wanted = {
        "freeze_days": 7, "max_paid_depth": 1, "quarantine_limit_bp": 500, "late_limit_days": 30,
        "points_initial_price": 1_000_000, "points_sale_return_bp": 8000, "points_exit_multiple_bp": 20_000,
        "points_min_units": 10_000_000, "referral_n": 3, "referral_reserve_bp": 3334, "referral_need_buy": True,
        "referral_repeat_invitee": False, "referral_min_order_fen": 0, "queue_target_bp": 10_000, "queue_pot_bp": 2000,
        "queue_direct_bp": 3000, "queue_repurchase_bp": 0, "queue_split_unit_fen": 0, "queue_exit_bp": 6000,
        "queue_exit_after_days": 30, "circular_cash_bp": 5000, "tax_points": "rebate", "tax_referral": "labour",
        "tax_queue": "rebate", "tax_green": "labour", "tax_circular": "rebate", "tax_chain": "labour",
        "payout_min_fen": 100, "payout_max_fen": 0, "payout_labour_method": "monthly",
    }  # fmt: skip
    assert {key: flat[key] for key in wanted} == wanted
    green = read(HEAD + GREEN).versions[0].green
    assert (green.pool_bp, green.merchant_referrer_bp, green.user_factor_bp) == (4000, 500, 10_000)
    assert (green.merchant_factor_bp, green.first_release_bp, green.growth_bp) == (10_000, 50, 1500)
    assert (green.period_days, green.max_periods, green.exit_multiple) == (30, 40, 5)
    chain = read(HEAD + CHAIN).versions[0].chain
    assert (chain.direct_bp, chain.slide_bp) == (0, 0)
    assert read("versions:\n- {version: a, effective_from: 2026-11-01, margin_bp: 0}").timezone == "Asia/Shanghai"


def test_only_a_programme_that_pays_money_needs_an_income_class() -> None:
    assert read(HEAD + FIXED + GREEN + "    tax: {}\n").versions[0].tax.points == "rebate"
    assert read(HEAD + POOL + "    tax: {points: chance}\n").versions[0].tax.points == "chance"
    assert read(HEAD + POOL).versions[0].tax.points == "rebate"  # no tax block: the defaults of the law


def test_a_programme_that_is_off_has_zeros_whatever_the_file_says() -> None:
    off = read(HEAD + "    queue: {enabled: false, scope: group, pot_bp: 1}\n").versions[0]
    assert off.queue == read(HEAD).versions[0].queue
    flat = off.flat()
    assert (flat["queue_enabled"], flat["queue_scope"], flat["queue_pot_bp"], off.queue.seats_bp) == (False, "", 0, ())
    assert flat["referral_need_buy"] is False


def test_flat_has_the_same_columns_for_every_version_and_only_keys_of_the_mode() -> None:
    fixed, pool, empty = (read(HEAD + block).versions[0].flat() for block in (FIXED, POOL, ""))
    assert list(fixed) == list(pool) == list(empty)
    assert all(type(value) in (int, str, bool) for value in (*fixed.values(), *empty.values()))
    assert (fixed["points_cost_bp"], fixed["points_pool_bp"], fixed["points_initial_price"]) == (2000, 0, 0)
    assert (pool["points_cost_bp"], pool["points_pool_bp"], pool["points_initial_price"]) == (0, 3000, 1_000_000)


def test_the_version_with_the_latest_date_governs_a_day() -> None:
    rules = read("versions:\n" + SECOND + HEAD.split("versions:\n")[1])  # out of order in the file
    assert [one.version for one in rules.versions] == ["launch", "later"]
    assert rules.version_on(date(2026, 11, 1)).version == "launch"
    assert rules.version_on(date(2026, 11, 30)).version == "launch"
    assert rules.version_on(date(2026, 12, 1)).version == "later"
    with pytest.raises(Refused, match=r"no version for 2026-10-31, allowed 2026-11-01 \(launch\) or later"):
        rules.version_on(date(2026, 10, 31))


def test_a_programme_that_was_switched_off_keeps_the_keys_of_its_last_version() -> None:
    third = "  - {version: third, effective_from: 2027-01-01, margin_bp: 9000,\n" + QUEUE.rstrip() + "}\n"
    rules = read(HEAD + QUEUE + SECOND + third)
    assert rules.last_enabled("queue", date(2026, 10, 31)) is None
    for day, version in [(date(2026, 11, 1), "launch"), (date(2026, 12, 31), "launch"), (date(2027, 1, 1), "third")]:
        found = rules.last_enabled("queue", day)
        assert found is not None and found.version == version
    assert rules.last_enabled("chain", date(2027, 1, 1)) is None
    with pytest.raises(ValueError, match="found 'lottery', allowed points"):
        rules.last_enabled("lottery", date(2027, 1, 1))


def test_the_content_hash_is_that_of_the_rules_and_not_of_their_spelling() -> None:
    (long,), (short,) = read(SAMPLE).versions, read(SHORT).versions
    assert long == short
    assert long.content() == short.content()
    turned = SCHEMES_ALONE.replace('"P1", "price_fen": 30000', '"P9"').replace('"P4", "price_fen": 20000', '"P1"')
    turned = turned.replace('"P9"', '"P4", "price_fen": 20000').replace('"P1"}', '"P1", "price_fen": 30000}')
    assert turned != SCHEMES_ALONE
    assert read(turned).versions[0].content() == read(SCHEMES_ALONE).versions[0].content()
    changes = [
        ("7000, cost", "7001, cost", "points.grant_bp (sealed 7000, now 7001)"),
        ("launch", "other", "version (another value)"),
        ("min_fen: 100", "min_fen: 101", "payout.min_fen (sealed 100, now 101)"),
        ("referral: labour", "referral: chance", "tax.referral (another value)"),
        ("[5000, 3000", "[3000, 5000", "queue.seats_bp (another value)"),
        ("2026-11-01", "2026-11-02", "effective_from (another value)"),
    ]
    for old, new, told in changes:
        changed = read(SAMPLE.replace(old, new)).versions[0]
        assert content_differences(long.content(), changed.content()) == [told]
    assert content_differences(long.content(), short.content()) == []


def test_what_a_later_settle_adds_is_no_change_of_rules() -> None:
    """Its keys were not sealed; a channel that the shop adds, or a value behind an old default, is a change."""
    now = read(SAMPLE).versions[0].content()
    sealed = json.loads(json.dumps(now))
    del sealed["points"]["expire_months"], sealed["payout"]["max_fen"]
    assert content_differences(sealed, now) == []
    sealed["queue"]["exit_bp"] = 5000
    sealed["queue"]["given_up"] = True
    assert content_differences(sealed, now) == ["queue.exit_bp (sealed 5000, now 6000)", "queue.given_up (gone)"]
    more = json.loads(json.dumps(now))
    more["payout"]["channels"]["alipay"] = {"profile": "generic", "settings": {"payee_day_max_fen": 0}}
    assert content_differences(now, more) == ["payout.channels.alipay (not sealed)"]
    wider = json.loads(json.dumps(more))
    wider["payout"]["channels"]["alipay"]["settings"]["new"] = "x"
    assert content_differences(more, wider) == []


def test_aliases_repeat_finished_values() -> None:
    text = SAMPLE.replace("ladder_bp: [1000, 2000, 7000]", "ladder_bp: &l [1000, 2000, 7000]")
    text = text.replace("seats_bp: [5000, 3000, 2000]", "seats_bp: *l")
    assert read(text).versions[0].queue.seats_bp == (1000, 2000, 7000)
    assert read(text).versions[0].referral.ladder_bp == (1000, 2000, 7000)


def test_frames_for_sql() -> None:
    rules = read(SAMPLE + SECOND)
    frame = rules.versions_frame()
    assert frame.columns == ["version", "effective_from", *rules.versions[0].flat()]
    assert frame.select("version", "effective_from", "freeze_days", "queue_mode", "queue_enabled").rows() == [
        ("launch", date(2026, 11, 1), 7, "fifo", True),
        ("later", date(2026, 12, 1), 7, "", False),
    ]
    assert set(frame.dtypes) == {pl.String, pl.Date, pl.Int64, pl.Boolean}
    assert rules.ladder_frame().rows() == [("launch", 0, 1000), ("launch", 1, 2000), ("launch", 2, 7000)]
    schemes = read(SCHEMES_ALONE)
    assert schemes.ladder_frame().is_empty()


def test_channels_have_a_profile_and_its_settings_with_defaults() -> None:
    text = HEAD + "    payout: {channels: {alipay: {}, bank: {profile: generic, payee_day_max_fen: 5000}}}\n"
    payout = read(text).versions[0].payout
    assert payout.channel("alipay").settings == {"payee_day_max_fen": 0}
    assert payout.channel("bank").settings == {"payee_day_max_fen": 5000}
    assert payout.channel("unheard of").profile == "generic"
    known = {"wide": {"rows": Setting(7, 1, 9), "kind": Setting("a", choices=("a", "b")), "strict": Setting(True)}}
    wide = parse_rules(HEAD + "    payout: {channels: {x: {profile: wide, kind: b}}}\n", "f", known)
    assert wide.versions[0].payout.channel("x").settings == {"rows": 7, "kind": "b", "strict": True}
    with pytest.raises(RulesError, match=r"kind: found 7, allowed a, b\n.*strict: found 1, allowed true or false"):
        parse_rules(HEAD + "    payout: {channels: {x: {profile: wide, kind: 7, strict: 1}}}\n", "f", known)


def test_a_setting_may_be_needed_and_may_have_a_form() -> None:
    known = {"pay": {"payer": Setting("", pattern="[0-9]{4}", allowed="4 digits", needed=True), "most": Setting(0)}}
    text = HEAD + "    payout: {channels: {x: {profile: pay, payer: '0017'}}}\n"
    version = parse_rules(text, "f", known).versions[0]
    assert version.payout.channel("x").settings == {"payer": "0017", "most": 0}
    assert "  channel x: profile pay, payer 0017" in version.summary_lines()
    for given, told in (
        ("", "payer: missing, required by the profile pay, allowed 4 digits"),
        (", payer: '17'", 'payer: found "17", allowed 4 digits'),
        (", payer: 1234", "payer: found 1234, allowed 4 digits; put a number in quotes"),
    ):
        with pytest.raises(RulesError) as fault:
            parse_rules(HEAD + f"    payout: {{channels: {{x: {{profile: pay{given}}}}}}}\n", "f", known)
        assert f"f:6: versions[0].payout.channels.x.{told}" in str(fault.value)


def test_the_cumulative_table_is_a_default_of_the_file() -> None:
    assert read(HEAD).versions[0].payout.cumulative_table == CUMULATIVE_TABLE
    text = HEAD + "    payout: {cumulative_table: [[100, 300, 0], [null, 1000, 7]]}\n"
    assert read(text).versions[0].payout.cumulative_table == ((100, 300, 0), (None, 1000, 7))


def test_quick_deductions_of_the_default_table_leave_no_step_in_the_tax() -> None:
    for low, high in pairwise(CUMULATIVE_TABLE):
        top = low[0]
        assert top is not None and top * low[1] - low[2] * 10_000 == top * high[1] - high[2] * 10_000


def test_files_with_bom_crlf_or_tabs_in_json_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    tabbed = json.dumps(json.loads(SEATS_PLATFORM), indent="\t")
    for raw in (
        b"\xef\xbb\xbf" + SAMPLE.encode(),
        SAMPLE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + tabbed.encode(),
    ):
        path.write_bytes(raw)
        assert parse_rules(rules_text(path), str(path)).versions[0].margin_bp in (9000, 10_000)
    path.write_bytes((b"\xef\xbb\xbf" + SAMPLE.replace("9000", "x").encode()).replace(b"\n", b"\r\n"))
    with pytest.raises(RulesError) as caught:
        parse_rules(rules_text(path), str(path))
    assert str(caught.value).startswith(f"{path}:5: versions[0].margin_bp: ")


@pytest.mark.parametrize("tail", ["x", ".x", ".5x", "e5x", ":00x", ":00.5x"])
def test_a_number_of_many_digits_is_read_in_one_pass(tmp_path: Path, tail: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"timezone: {'9' * 200_000}{tail}\n", encoding="utf-8")

    def late(*_: object) -> None:
        raise AssertionError("still at it after ten seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(10)
    try:
        with pytest.raises(RulesError, match="timezone"):
            parse_rules(rules_text(path), str(path))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"timezone: UTC\n\xff\xfe\x00", ":2: found a byte that is not UTF-8, allowed UTF-8 text"),
        (SAMPLE.encode("utf-16"), ":1: found a byte that is not UTF-8, allowed UTF-8 text"),
        (b"#" * ((1 << 20) + 1), ": found more than 1048576 bytes, allowed at most that"),
        (None, ": found no plain file, allowed a rules file"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes | None, said: str) -> None:
    path = tmp_path / "rules.yaml"
    if raw is None:
        path.mkdir()
    else:
        path.write_bytes(raw)
    with pytest.raises(RulesError) as caught:
        parse_rules(rules_text(path), str(path))
    assert str(caught.value).startswith(f"{path}{said}")
    with pytest.raises(RulesError, match="cannot be read"):
        rules_text(tmp_path / "missing.yaml")


def test_long_and_odd_texts_are_shown_short_and_on_one_line() -> None:
    (line,) = refusal(HEAD.replace("launch", '"' + "v\\n" * 99 + '"'))
    assert "\n" not in line and len(line) < 250
    (line,) = refusal(HEAD + '    "od\\nd": 1\n')
    assert r'versions[0]."od\nd": found an unknown key' in line


def test_summary_names_what_is_on_and_the_guard() -> None:
    lines = read(SAMPLE).versions[0].summary_lines()
    assert lines[0] == "launch: from 2026-11-01, freeze 7 days, paid depth at most 1"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "points",
        "referral",
        "queue",
        "tax",
        "payout",
        "guard",
    ]
    assert lines[-1].endswith("= 7934 bp, limit 9000 bp")
    every = read(HEAD.replace("9000", "10000") + POOL.replace("3000", "2100") + GREEN + CIRCULAR + CHAIN).versions[0]
    assert [line.split(":")[0].strip() for line in every.summary_lines()[1:5]] == [
        "points",
        "green",
        "circular",
        "chain",
    ]
    assert set(PROGRAMMES) == {"points", "referral", "queue", "green", "circular", "chain"}


def test_reading_rules_needs_no_data_frames() -> None:
    code = (
        "import sys, assets.foundation.rules as r; r.parse_rules(sys.argv[1], 'f'); sys.exit('polars' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code, SAMPLE], cwd=root, check=False).returncode == 0
