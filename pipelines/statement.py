"""`settle statement`: a holder's statement in a terminal, as plain lines, as JSON, as a page in a file.

Holds: the wording around it and the shape of the JSON.
Never holds: sums (``assets/statement/``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.foundation.store import Home
from assets.handing import write_page
from assets.statement import wording
from assets.statement.adding import Statement, draw
from assets.statement.holders import holder_of
from assets.statement.page import statement_page
from assets.statement.sections import Movement, Section, sections
from assets.units import amount as amount_of
from pipelines.streams import carries_unicode
from pipelines.terminal import open_table

_UNITS = {"CNY": "fen", "POINT": "point"}
_SUMS = ("opening", "came_in", "went_out", "closing")


def statement_and_show(
    console: Console, home: Home, named: str, first: date | None, last: date | None, page: Path | None, *, as_json: bool
) -> None:
    """Draw the statement, leave its page where one is asked for, and print it; as JSON where that is asked for."""
    statement = draw(home, holder_of(named), first, last)
    if page:
        write_page(home, page, statement_page(statement))
    if as_json:
        _say(console, json.dumps(_as_json(statement), ensure_ascii=not carries_unicode(), indent=1))
    elif page:
        _say(console, f"{_title(statement)}: {page}")
    else:
        _show(console, statement)


def _title(statement: Statement) -> str:
    holder = statement.holder
    return f"Statement of {holder.kind} {holder.id}, {statement.first} to {statement.last}"


def _show(console: Console, statement: Statement) -> None:
    """A table for each commodity in a terminal, else lines."""
    _say(console, _title(statement))
    found = sections(statement)
    if not found:
        _say(console, "nothing was there and nothing moved")
    for section in found:
        if console.is_terminal:
            console.print(_table(statement, section))
        else:
            for line in _lines(statement, section):
                _say(console, line)


def _name(commodity: str) -> str:
    return wording.COMMODITY_NAMES[commodity].en if commodity in wording.COMMODITY_NAMES else commodity


def _reasons(statement: Statement, section: Section, move: Movement) -> Iterator[tuple[str, str]]:
    """Each reason with its amount, which is not said again where it is the whole movement."""
    whole = len(move.reasons) == len(move.parts) == 1
    for reason in move.reasons:
        told = ", ".join(f"{words.en} {name}" for words, name in wording.reason_of(reason))
        if told or not whole:
            said = wording.change(section.commodity, reason["amount"], statement.point_units)
            yield told or "of it", "" if whole else said


def _table(statement: Statement, section: Section) -> Table:
    amount = partial(amount_of, section.commodity, point_units=statement.point_units)
    change = partial(wording.change, section.commodity, point_units=statement.point_units)
    table = open_table(_name(section.commodity), ["Day", "What", "Account"], ["Change", "Balance"], kept=["Day"])
    for row in section.accounts:
        table.add_row("", Text("opening"), Text(wording.account_of(row["account"]).en), "", amount(row["opening"]))
    table.add_section()
    for move in section.movements:
        for place, part in enumerate(move.parts):
            named = ("", "") if place else (str(move.day), move.words.en)
            account = wording.account_of(part.account).en
            table.add_row(*map(Text, (*named, account)), change(part.amount), amount(part.balance))
        for told, said in _reasons(statement, section, move):
            table.add_row("", Text(f"· {told}  {said}".rstrip()), "", "", "")
    table.add_section()
    for row in section.accounts:
        table.add_row("", Text("closing"), Text(wording.account_of(row["account"]).en), "", amount(row["closing"]))
    return table


def _lines(statement: Statement, section: Section) -> Iterator[str]:
    amount = partial(amount_of, section.commodity, point_units=statement.point_units)
    change = partial(wording.change, section.commodity, point_units=statement.point_units)
    yield f"{_name(section.commodity)}:"
    for row in section.accounts:
        yield f"  opening  {wording.account_of(row['account']).en}  {amount(row['opening'])}"
    for move in section.movements:
        for part in move.parts:
            account = wording.account_of(part.account).en
            yield f"  {move.day}  {move.words.en}  {account}  {change(part.amount)}  balance {amount(part.balance)}"
        for told, said in _reasons(statement, section, move):
            yield f"      {told}{'  ' if said else ''}{said}"
    for row in section.accounts:
        yield f"  closing  {wording.account_of(row['account']).en}  {amount(row['closing'])}"


def _as_json(statement: Statement) -> dict[str, Any]:
    """Everything that the statement says; amounts are whole numbers of ``units``."""
    found = sections(statement)
    points = {} if statement.point_units == 1 else {"POINT": f"1/{statement.point_units} point"}
    return {
        "holder": {"kind": statement.holder.kind, "id": statement.holder.id},
        "from": statement.first.isoformat(),
        "to": statement.last.isoformat(),
        "seal": statement.seal,
        "units": {one.commodity: ({**_UNITS, **points}).get(one.commodity, "unit") for one in found},
        "accounts": [
            {name: row[name] for name in ("account", "commodity", *_SUMS)} for one in found for row in one.accounts
        ],
        "movements": [_move_as_json(one, move) for one in found for move in one.movements],
    }


def _move_as_json(section: Section, move: Movement) -> dict[str, Any]:
    said = ("date", "programme", "cause", "commodity")
    return {
        "date": move.day.isoformat(),
        "programme": move.programme,
        "cause": move.cause,
        "commodity": section.commodity,
        "text": move.words._asdict(),
        "accounts": {part.account: {"amount": part.amount, "balance": part.balance} for part in move.parts},
        "details": [
            {name: value for name, value in reason.items() if name not in said and value not in (None, "")}
            for reason in move.reasons
        ],
    }


def _say(console: Console, line: str) -> None:
    console.out(line, highlight=False)  # to the letter: print would make pictures of ids like :star:
