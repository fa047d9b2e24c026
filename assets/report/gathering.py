"""From the day to its report: which figures it tells, section by section, in the order in which they are printed.

Holds: the sections, their columns, where each figure comes from, how many rows of a long list stand.
Never holds: layout, a float, arithmetic of a scheme; figures of people other than ids of ours.
Neighbour: ``sections.py`` is the shape, ``wording.py`` has the words, ``sql/report/`` the statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from assets.day import Day
from assets.programmes import concerned
from assets.report.sections import Column, Kind, Report, Section, Value
from assets.report.wording import CONTROL_GROUPS, EMPTY, HEADINGS, NOTES, TITLES
from assets.wording import Language

_LISTED = 1_000  # a page with more rows is no page; the rest stands in the tables of the day
_MONTH = 30  # days over which the inflow of pools is looked at
_DEPTH = "7 rewards paid deeper than max_paid_depth"  # each by the version that governs it
_BALANCES = "balances.parquet"
_TICKETS = "balances.parquet, tickets.parquet"

Row = Mapping[str, Any]


def gather(day: Day, language: Language) -> Report:
    """Everything that the report of a day says; its tables must have been written."""
    controls = day.frame("controls", "name").to_dicts()
    return Report(
        business_date=day.date.isoformat(),
        rule_version=day.version.version,
        language=language,
        orders=day.total("qualified_sums", "orders"),
        kept=day.total("qualified_sums", "kept"),
        payouts=day.engine.count("payouts_cut"),
        gross=day.total("payouts_cut", "gross"),
        tax=day.total("payouts_cut", "tax"),
        net=day.total("payouts_cut", "net"),
        controls=len(controls),
        failed=sum(not row["ok"] for row in controls),
        waived=day.accept_quarantine,
        notes=tuple(day.taken().notes),
        sections=tuple(_sections(day, controls)),
    )


def _sections(day: Day, controls: list[dict[str, Any]]) -> Iterable[Section]:
    priced = day.keys("points").points.mode == "pool_priced"
    yield _totals(day)
    yield _control_groups(controls)
    yield _flow(day)
    yield _rewards(day, priced)
    yield _pools(day)
    yield _payouts(day)
    yield from _some(_payout_classes(day), _unpaid(day), _uncarried(day))
    yield _queues(day)
    yield from _some(*_queue_health(day), *_referral(day), _holdings(day, priced), _lots(day))
    yield from _some(_prices(day), _periods(day), _trees(day))
    yield _compliance(day, controls)
    yield from _some(_debtors(day), _below_zero(day, priced))
    yield _quarantine(day)
    yield _files(day)
    yield _controls(controls)


def _some(*sections: Section | None) -> Iterable[Section]:
    """Those that have something to say."""
    return (one for one in sections if one and one.rows)


# --- making sections -------------------------------------------------------------------------------------------------

_KINDS: dict[str, Kind] = {
    "account": "word", "accepted": "count", "age": "days", "amount": "units", "backing": "fen", "balance": "units",
    "base": "fen", "below": "units", "came_in": "fen", "changed": "count", "changes": "count",
    "claimed": "fen", "class": "word", "closed": "count", "closing": "fen", "commodity": "word", "controls": "count",
    "coverage": "bp", "cycles": "count", "days": "days", "depth": "count", "done": "count", "due": "fen",
    "duplicates": "count", "ended_on": "date", "entered": "count", "expected": "count", "failed": "count", "fen": "fen",
    "fen_in": "fen", "fen_quarantined": "fen", "found": "count", "gross": "fen", "group": "text", "growth": "count",
    "heads": "count", "held": "fen", "holder": "id", "income": "fen", "inflow": "fen", "joined": "count",
    "left_over": "fen", "levels": "count", "limit": "count", "members": "count", "member_id": "id", "merchants": "fen",
    "money": "fen", "need": "fen", "net": "fen", "ok": "ok", "open_claims": "count", "open_fen": "fen",
    "opened": "count", "opened_on": "date", "opening": "fen", "owed": "fen", "part": "bp", "payouts": "count",
    "period": "count", "platform": "fen", "pooled": "fen", "price": "price", "price_next": "price", "programme": "word",
    "put_in": "fen", "quarantined": "count", "queue_id": "id", "queues": "count", "received": "fen",
    "recruiting": "fen", "recruiting_bp": "bp", "referrals": "count", "released": "fen", "returned": "count",
    "returned_whole": "count", "reward": "word", "rewarded": "fen", "rewarded_before": "count", "rewarded_bp": "bp",
    "root_id": "id", "rows": "count", "rows_in": "count", "sponsors": "count", "started_on": "date", "step": "count",
    "taken_back": "fen", "tax": "fen", "tickets": "count", "to_members": "fen", "units": "points",
    "period_inflow": "fen", "verdict": "word", "waiting": "count", "went_out": "fen", "without": "units",
    "by_merchants": "units", "by_members": "units", "sponsors_all": "count",
}  # fmt: skip
# Columns whose sum over different rows says something; of what has rows of several commodities none has.
_SUMMED = frozenset((
    "rows_in", "accepted", "duplicates", "quarantined", "fen_in", "fen_quarantined", "put_in", "to_members",
    "merchants", "backing", "platform", "pooled", "opening", "came_in", "went_out", "closing", "payouts",
    "gross", "tax", "net", "held", "received", "tickets", "done", "entered", "waiting", "need", "inflow", "sponsors",
    "referrals", "claimed", "open_claims", "open_fen", "owed", "rows", "fen", "controls", "failed", "heads", "joined",
))  # fmt: skip


def _section(
    name: str, columns: str, rows: Iterable[Iterable[Value | date]], left: Iterable[int] = (), **more: Any
) -> Section:
    """A section of columns parted by blanks, each ``name`` or ``name:kind`` where it is another one than usual; a
    ``-`` behind it says that its sum says nothing here. ``left``: per column what the rows left out come to."""
    made = []
    for column in columns.split():
        key, _, kind = column.rstrip("-").partition(":")
        told = {"name": key, "heading": HEADINGS[key], "kind": kind or _KINDS[key]}
        made.append(Column.model_validate(told | {"summed": key in _SUMMED and not column.endswith("-")}))
    plain = tuple(tuple(one.isoformat() if isinstance(one, date) else one for one in row) for row in rows)
    rest = {column.name: sum_ for column, sum_ in zip(made, left, strict=False) if column.summed and sum_}
    words = {"note": NOTES.get(name), "empty": EMPTY.get(name), "rest": rest} | more
    return Section(name=name, title=TITLES[name], columns=tuple(made), rows=plain, **words)


def _taken(rows: Iterable[Row], names: str) -> list[list[Any]]:
    return [[row[name] for name in names.split()] for row in rows]


def _table(day: Day, path: str) -> list[dict[str, Any]]:
    return day.frame(day.engine.run(path, **day.params), "1, 2, 3").to_dicts()


def _first(frame: pl.DataFrame, names: str) -> dict[str, Any]:
    """For ``_section``: the first rows of a list that may be long, how many more there are, what these come to."""
    beyond = frame.select(names.split()).slice(_LISTED)
    left = [int(column.sum()) if column.dtype.is_integer() else 0 for column in beyond.get_columns()]
    return {"rows": _taken(frame.head(_LISTED).to_dicts(), names), "more": beyond.height, "left": left}


def _long(day: Day, path: str, names: str) -> dict[str, Any]:
    return _first(day.frame(day.engine.run(path, **day.params), "1, 2, 3"), names)


def _concerns(day: Day, name: str) -> bool:
    return any(programme.name == name for programme in concerned(day))


def _part(of: int, whole: int) -> int | None:
    """``of`` in ten thousandths of ``whole``, rounded down; none of nothing."""
    return of * 10_000 // whole if whole else None


# --- what came in, and what must hold --------------------------------------------------------------------------------


def _totals(day: Day) -> Section:
    names = "file rows_in rows_accepted rows_duplicate rows_quarantined net_in net_quarantined"
    rows = [row for row in day.taken().totals.sort("file").to_dicts() if row["rows_in"]]
    sound = [row["rows_accepted"] + row["rows_duplicate"] + row["rows_quarantined"] == row["rows_in"] for row in rows]
    return _section(
        "totals",
        "file:text rows_in accepted duplicates quarantined fen_in fen_quarantined ok",
        [[*row, ok] for row, ok in zip(_taken(rows, names), sound, strict=True)],
    )


def _control_groups(controls: list[dict[str, Any]]) -> Section:
    rows: list[list[Value]] = []
    for number in CONTROL_GROUPS:
        own = [row for row in controls if row["name"].startswith(f"{number} ")]
        failed = sum(not row["ok"] for row in own)
        if own:
            rows.append([f"control {number}", len(own), failed, not failed])
    return _section("control_groups", "group:word controls failed ok", rows)


def _controls(controls: list[dict[str, Any]]) -> Section:
    ordered = sorted(controls, key=lambda row: (row["ok"], row["name"]))
    return _section("controls", "name:text expected found ok", _taken(ordered, "name expected found ok"))


# --- money -----------------------------------------------------------------------------------------------------------


def _flow(day: Day) -> Section:
    names = "programme put_in members merchants backing platform pooled"
    columns = "programme put_in to_members merchants backing platform pooled ok"
    rows = _taken(_table(day, "report/money_flow"), names)
    moved = [row for row in rows if any(row[1:])]
    return _section("flow", columns, [[*row, row[1] == sum(row[2:])] for row in moved])


def _rewards(day: Day, priced: bool) -> Section:
    rows = day.frame("rewards_by_kind", "1, 2, 3").to_dicts()
    return _section(
        "rewards",
        "programme reward commodity changes members amount",
        _taken(rows, "programme kind commodity changes members amount"),
        note=NOTES["priced" if priced else "face"],
        priced=priced,
    )


def _pools(day: Day) -> Section:
    names = "account holder opening came_in went_out closing"
    return _section("pools", names, **_long(day, "report/pool_flows", names), elsewhere=_BALANCES)


def _payouts(day: Day) -> Section:
    rows = _taken(_table(day, "report/payouts_by_channel"), "channel file payouts gross tax net")
    placed = [[channel, f"payouts/{file}", *rest] for channel, file, *rest in rows]
    return _section("payouts", "channel:text file:file payouts gross tax net", placed)


def _payout_classes(day: Day) -> Section:
    rows = _taken(_table(day, "report/payouts_by_class"), "channel class payouts gross tax net")
    return _section("payout_classes", "channel:text class payouts- gross tax net", rows)


def _unpaid(day: Day) -> Section:
    return _section("unpaid", "verdict members held", _taken(_table(day, "report/unpaid"), "verdict members held"))


def _uncarried(day: Day) -> Section:
    long = _long(day, "report/uncarried_payees", "member_id channel reason held")
    return _section("uncarried", "member_id channel:text reason:text held", **long, elsewhere=_BALANCES)


# --- schemes ---------------------------------------------------------------------------------------------------------


def _queues(day: Day) -> Section:
    names = "queue_id received tickets done entered"
    return _section("queues", names, **_first(day.frame("queue_health", "1, 2, 3"), names), elsewhere=_TICKETS)


def _queue_health(day: Day) -> Iterable[Section]:
    """All queues together where there is more than one, then one by one those that need most."""
    (total,) = _table(day, "report/queues_total")
    days = _days_counted(day)
    rows = [
        [row["queue_id"], *_health(row, days), (day.date - row["oldest_on"]).days if row["oldest_on"] else None]
        for row in day.frame("queue_ages", "place").to_dicts()
    ]
    columns = "queue_id waiting need inflow coverage days age"
    left = [
        0,
        *(total[name] - sum(row[at] for row in rows) for at, name in enumerate(("tickets", "need", "inflow"), 1)),
    ]
    more = total["queues"] - len(rows)
    waiting = _section("waiting", columns, rows, left, more=more, elsewhere="tickets.parquet")
    if total["queues"] > 1:
        whole = [[total["queues"], *_health(total, days)]]
        yield _section("queue_total", "queues waiting need inflow coverage days", whole, single=True)
    yield waiting


def _health(row: Row, days: int) -> list[Value]:
    """Tickets, what they need, inflow, coverage, and the days until all of it came in, rounded up."""
    need, inflow = row["need"], row["inflow"]
    return [row["tickets"], need, inflow, _part(inflow, need), -(-need * days // inflow) if inflow else None]


def _days_counted(day: Day) -> int:
    """Over how many days the inflow of queues was counted: all settled ones, thirty at most."""
    settled = day.home.settled_days()
    return min(_MONTH, (day.date - settled[0]).days + 1) if settled else 1


def _referral(day: Day) -> Iterable[Section]:
    """Where sponsors stand, once there are any."""
    if not day.engine.count("changed_ladder") and not day.engine.count("prior_referral_steps"):
        return
    rows = _taken(_table(day, "report/referral_ladder"), "step bp sponsors referrals claimed open_claims open_fen")
    yield _section(
        "referral_ladder", "step part sponsors referrals claimed open_claims open_fen",
        [[step + 1, *rest] for step, *rest in rows],
    )  # fmt: skip
    cycles = _taken(_table(day, "report/referral_cycles"), "sponsors cycles left_over")
    yield _section("referral_cycles", "sponsors_all cycles left_over", cycles, single=True)


def _holdings(day: Day, priced: bool) -> Section:
    rows = []
    for row in _table(day, "report/holdings"):
        backed = row["commodity"] == "VOUCHER"
        without = max(row["members"] + row["merchants"] - row["money"], 0)
        rows.append(
            [row["commodity"], row["members"], row["merchants"], row["below"], row["money"] if backed else None,
             without if backed else None]
        )  # fmt: skip
    return _section("holdings", "commodity by_members by_merchants below money without", rows, priced=priced)


def _lots(day: Day) -> Section:
    names = "programme changed opened closed"
    return _section("lots", names, _taken(day.frame("lots_by_programme", "programme").to_dicts(), names))


def _prices(day: Day) -> Section | None:
    if not _concerns(day, "priced_points"):
        return None
    rows = _table(day, "report/point_price")
    told = [
        [row["price"], row["price_next"] if row["units"] else "as_begun", row["units"], row["income"]] for row in rows
    ]
    return _section("prices", "price price_next units income", told)


def _periods(day: Day) -> Section | None:
    if not _concerns(day, "green"):
        return None
    rows = [
        [row["period"], row["started_on"], row["ended_on"] or "runs", row["inflow"], row["base"],
         *(row[name] if row["ended_on"] else None for name in ("growth", "due", "released"))]
        for row in _table(day, "report/green_periods")
    ]  # fmt: skip
    return _section("periods", "period started_on ended_on period_inflow base growth due released", rows)


def _trees(day: Day) -> Section | None:
    """Heads and depth of every tree of the chain (rules.md section 8b)."""
    if not _concerns(day, "chain"):
        return None
    names = "root_id heads levels joined"
    return _section("trees", names, **_long(day, "report/chain_trees", names))


def _compliance(day: Day, controls: list[dict[str, Any]]) -> Section:
    (row,) = _table(day, "report/compliance")
    kept = all(one["ok"] for one in controls if one["name"] == _DEPTH)
    limit = day.version.max_paid_depth
    told = [
        row["depth"], limit, kept, row["rewarded"], row["recruiting"],
        _part(row["recruiting"], row["rewarded"]), row["returned"], row["returned_whole"], row["rewarded_before"],
        _part(row["rewarded_before"], row["returned"]), row["taken_back"],
    ]  # fmt: skip
    return _section(
        "compliance",
        "depth limit ok rewarded recruiting recruiting_bp"
        " returned returned_whole rewarded_before rewarded_bp taken_back",
        [told],
        single=True,
    )


# --- what is left ----------------------------------------------------------------------------------------------------


def _debtors(day: Day) -> Section:
    long = _long(day, "report/debtors", "member_id remaining opened_on")
    return _section("debtors", "member_id owed opened_on", **long, elsewhere=_BALANCES)


def _below_zero(day: Day, priced: bool) -> Section:
    names = "holder commodity balance"
    return _section("below_zero", names, **_long(day, "report/below_zero", names), elsewhere=_BALANCES, priced=priced)


def _quarantine(day: Day) -> Section:
    grouped = day.taken().quarantined.group_by("file", "reason").agg(pl.len().alias("rows"), pl.col("fen").sum())
    rows = grouped.sort("file", "reason").select("file", "reason", "rows", "fen").rows()
    told = [[f"quarantine/{file}.csv", reason, count, fen] for file, reason, count, fen in rows]
    return _section("quarantine", "file:file reason:id rows fen", told)


def _files(day: Day) -> Section:
    """Without their bytes: those of quarantined rows hang on the order in which an export lists its rows."""
    rows = [[name, written.rows] for name, written in sorted(day.written.items())]
    return _section("files", "file:file rows-", rows)
