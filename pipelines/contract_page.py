"""docs/contract.md, written from the code that reads, tests and writes: `make docs`.

Holds: the page's layout, and in words what no model says: the home, the forms of values, what else a day leaves.
Never holds: a column, key, code, table or option of its own.
Neighbour: ``tables_page.py`` has the columns of the outputs; the models of exports, rules, state and commands are its
sources.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from assets.closing import Closing
from assets.exports.contract import CONTROL, EXPORTS, MEANINGS, Column, Export
from assets.exports.models import MODELS, describe
from assets.foundation.rules import PROGRAMMES, Package, Payout, Tax, Tier, Version, VersionHead
from assets.outputs import OUTPUTS
from assets.payouts.channels import PROFILES
from assets.tables import STATE_TABLES
from pipelines.cli import app

_FORMS = {
    "id": "id",
    "text": "text",
    "code": "word",
    "money": "yuan",
    "whole": "whole number",
    "time": "time",
}
_CONTROL = {
    "file": "name of a file of the export, with or without ending",
    "rows": "how many rows it has, without the header",
    "amount": "orders: sum of unit_price x quantity - discount; refunds: sum of amount; else empty",
    "sha256": "of the file's bytes; empty: not compared",
}
_NESTED: dict[str, type[BaseModel]] = {"tiers": Tier, "packages": Package}

_OPENING = """\
# Files and commands

Written by `make docs` from the code that reads, tests and writes them. What is reckoned of these files is in
[rules.md](rules.md); every column of the outputs and every setting of a channel is in [tables.md](tables.md); how a
home is run, copied, pruned and verified is in [operations.md](operations.md).

## The home

Everything lies below one folder: `--home DIR`, else `SETTLE_HOME`, else `data/home`.

| path | who writes it | what it is |
|---|---|---|
| rules.yaml | you | the rules, versioned by date |
| exports/DAY/ | the shop | one folder a business date; never changed by Settle |
| imports/DAY/ | `settle import` | payout results; taken with the exports of that day |
| settlements/DAY/ | `settle run` | the outputs of a settled day, sealed by its `manifest.json` |
| issued/DAY.csv | `settle run` | the register of payouts that were issued |
| outbox/ | `settle payouts release` | payout files to be uploaded |
| audit.jsonl | all that act | who settled, approved, released and cancelled what |
| settings.yaml | you | `group:` who may read besides the owner; `language:` of the report, `en` or `zh` |

A folder of exports is *ready* when it holds `control` or an empty file `_SUCCESS`. Schedule and sensor settle ready
days only; a person may run any.

## Exports

Each file is CSV or Parquet: `orders.csv` or `orders.parquet`, never both. CSV is RFC 4180 in UTF-8, with or without a
byte order mark, with a header row; columns are found by name, in any order. Columns that no table below names are
reported and left alone. Parquet holds the same columns as text, integers, decimals, dates or timestamps; money as
floating point is refused. Only `orders` must be there: on a day without trade it has a header and nothing else.

| form | what it may be |
|---|---|
| id | 1 to 64 printable characters without quotes, commas, `/`, `\\|`, `^` or spaces at the ends; not `platform` |
| yuan | `30`, `30.5` or `30.00`: at most two decimals, no thousands separators |
| whole number | digits; no decimals |
| time | ISO 8601, as `2026-11-20T18:30:00` or with an offset; without one it is in the `timezone` of the rules |
| word | one of those that the table names |

Members, merchants and accounts take effect before the orders of the same day, wherever they stand; a sponsor may come
after the member who names him. Of several rows of a merchant or an account the last counts. A member's sponsor, or
that he has none, is fixed by the first row that was taken. The same row again, in the same or a later export, is a
duplicate: it is counted and does nothing.
"""

_CONTROL_TEXT = """\
### control

Optional, as `control.csv` or `control.parquet`. A file that differs from it stops the day, with both figures.
"""

_QUARANTINE = """\
## Quarantine

A row that cannot be taken never stops the day and is never lost. It goes to `quarantine/FILE.csv` of the settled day:
source file and row, the text of every field as it stood, a code and a sentence. A corrected row may come with any
later export. The codes in the order of the tests; a row gets the first that applies:

| code | what it says |
|---|---|"""

_LIMIT = """
The money of quarantined order and refund rows (unit_price x quantity, amount; whatever their sign) may be
`quarantine_limit_bp` of that of all of them. With more the day stops, until a corrected export comes or `settle run
--accept-quarantine REASON` lets it through; the reason goes into the seal and onto the report. Requests and results
that are refused are not counted there.
"""

_RULES = """
## Rules file

YAML or JSON: `timezone` (a name of the IANA database; Asia/Shanghai if not given) and `versions`, a list. The version
with the latest `effective_from` on or before a day governs it; [rules.md](rules.md) section 2 says what of an older
version goes on. An unknown key, a value of another kind, a promise beyond `margin_bp`: the file is refused, with the
line, the key, what was found and what is allowed. `settle rules check FILE` does it without settling.

"bp" are hundredths of a percent (10 000 are the whole), money is in fen. *Needed* keys have no default.
"""

_OUTPUTS = """\
## Outputs: settlements/DAY/

A day is settled when its `manifest.json` is there. The folder is written once. Tables are Parquet (zstd); amounts are
64-bit integers in fen or units. Settled again from the same exports and rules, every file has the same bytes.

| table | rows in the order of | what it holds |
|---|---|---|"""

_OTHERS = """
| file | what it is |
|---|---|
| payouts/ | the files for each channel ([channels.md](channels.md)); `manifest.json` with rows, sum, account \
hash and sha256 of each; `upload-sheet.html` for who uploads |
| quarantine/FILE.csv | the rows that were not taken |
| report.json | the day's report as figures: what page and workbook print |
| report.html | the report as a page for finance, in the home's language |
| report.xlsx | the same figures as a workbook, and the journal as vouchers |
| state/ | what later days must know (below) |
| manifest.json | the seal: sha256 of every input, output and state file, a content hash of each table, the \
rules versions up to the day, row counts, sums, notes, the sha256 of the seal before |

What a ticket, claim or lot looked like at the close of any day is its last row on or before that day. `balances`
alone is a whole snapshot. There a debit is positive on merchant_receivable, member_debt, bank, points_issued,
points_redeemed, points_expired, vouchers_issued, vouchers_redeemed and green_issued, a credit on all other accounts;
points_redeemed, points_expired and vouchers_redeemed are credited, so that they are negative.

## State

Tables of `state/`: one row a key, the newest row counts. They are Settle's own and may change with a version; read
the outputs instead.

| table | key | columns |
|---|---|---|"""

_COMMANDS = """
## Command line

Exit codes: 0 done; 1 the day was refused, a control failed or something else was not as it must be, and nothing was
published; 2 wrong usage, or a rules file that is itself at fault; 130 interrupted. What goes wrong is one sentence on
standard error, for `--json` too: standard output then has what was done before it.

In a terminal results are tables, elsewhere lines without control characters; so they are with `TERM=dumb`. `NO_COLOR`
leaves colours out. Characters that a stream cannot carry (Chinese in a C locale) are replaced by `?`, never an error.
"""

_JSON = """
### settle run --json

One line with one object for every day that is settled, as soon as it is. Money in fen.

| name | what it is |
|---|---|"""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


# --- exports ------------------------------------------------------------------------------------------------------


def _exports() -> Iterator[str]:
    for name, export in EXPORTS.items():
        model = MODELS[name]
        said = {column: text for column, _, text in describe(model)}
        yield from _export(export, " ".join((model.__doc__ or "").split()), said)
    yield _CONTROL_TEXT
    yield from _columns(CONTROL, _CONTROL)


def _export(export: Export, text: str, said: dict[str, str]) -> Iterator[str]:
    yield from (f"### {export.name}", "", f"{text} Key: {', '.join(export.key)}.", "")
    yield from _columns(export, said)


def _columns(export: Export, said: dict[str, str]) -> Iterator[str]:
    yield from ("| column | must be there | form | what it is |", "|---|---|---|---|")
    for column in export.columns:
        # The models describe parsed rows; in the file money is yuan.
        yield _row(column.name, _presence(column), _form(column), said[column.parsed].replace(", in fen", ""))
    yield ""


def _presence(column: Column) -> str:
    if column.filled:
        return "filled"
    return "column" if column.needed else f"no ({column.default} if not)" if column.default else "no"


def _form(column: Column) -> str:
    form = ", ".join(column.codes) or _FORMS[column.kind]
    if column.kind == "money":
        low, high = (f"{fen // 100}.{fen % 100:02d}" for fen in (column.low, column.high))
        return f"{form}, {low} to {high}" if column.high else form
    return f"{form}, {column.low} to {column.high}" if column.high else form


# --- rules --------------------------------------------------------------------------------------------------------


def _rules() -> Iterator[str]:
    yield from _keys("A version", VersionHead.model_fields)
    for name in PROGRAMMES:
        block: Any = Version.model_fields[name].annotation
        fields = block.model_fields
        yield from _keys(name, {"enabled": fields["enabled"], **fields})
    yield from _keys("tax", Tax.model_fields)
    yield from _keys("payout", Payout.model_fields)
    listed = ", ".join(f"`{name}`" for name in sorted(PROFILES))
    yield f"A channel has a `profile` ({listed}) and its settings, which are in"
    yield from ("[tables.md](tables.md#payoutchannels-in-rulesyaml). What is not said or not listed is generic.", "")


def _keys(title: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    yield from (f"### {title}", "", "| key | default | allowed | what it is |", "|---|---|---|---|")
    for name, field in fields.items():
        yield _row(name, _default(field), _allowed(name, field), str(field.description))
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return (
            "["
            + ", ".join(str(list(one) if isinstance(one, tuple) else one) for one in value).replace("None", "null")
            + "]"
        )
    return str(value) if value != {} else "none"


def _allowed(name: str, field: FieldInfo) -> str:
    """What the model's own validator says to something that it cannot take."""
    if name in _NESTED:
        inner = ((key, _allowed(key, one)) for key, one in _NESTED[name].model_fields.items())
        return "a list of " + ", ".join(f"{key} ({text})" for key, text in inner)
    if name in ("channels", "cumulative_table"):
        return "a mapping" if name == "channels" else "rising brackets, the last without an end"
    kind = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return f"a list of {_asked(get_args(kind)[0].__metadata__)}"
    return _asked(field.metadata)


def _asked(metadata: Iterable[Any]) -> str:
    check: Any
    (check,) = (one.func for one in metadata if isinstance(one, BeforeValidator))
    try:
        check(object())
    except PydanticCustomError as error:
        return error.message().replace("|", "\\|")
    raise ValueError("a validator that takes anything")


# --- what a day leaves --------------------------------------------------------------------------------------------


def _outputs() -> Iterator[str]:
    for output in OUTPUTS.values():
        told = output.description.replace("rules.md", "[rules.md](rules.md)").replace(" (contract.md)", "")
        told = told.replace(" (contract.md).", ".")
        yield _row(f"[{output.name}.parquet](tables.md#{output.name}parquet)", ", ".join(output.key), told)


def _state() -> Iterator[str]:
    for table in STATE_TABLES:
        yield _row(table.name, ", ".join(table.key), ", ".join(table.columns))


# --- commands -----------------------------------------------------------------------------------------------------


def _commands() -> Iterator[str]:
    group = typer.main.get_command(app)
    yield from _command(group, "settle")


def _command(command: Any, name: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for inner, one in command.commands.items():
            yield from _command(one, f"{name} {inner}")
        return
    words = [one.metavar or one.name.upper() for one in command.params if one.param_type_name == "argument"]
    yield from (f"### {' '.join((name, *words))}", "", " ".join((command.help or "").split()), "")
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    if options:
        yield from ("| option | what it is |", "|---|---|")
    for one in options:
        metavar = f" {one.metavar}" if one.metavar else "" if one.is_flag else f" {one.name.upper()}"
        needed = " Needed." if one.required else ""
        yield _row(f"`{one.opts[0]}{metavar}`", f"{one.help}{needed}".replace("|", "\\|"))
    yield from ("", *((command.epilog or "").splitlines()), "")


def lines() -> Iterator[str]:
    """The page, line by line."""
    before = ""
    for line in "\n".join(_parts()).split("\n"):
        if line or before:  # parts that end and begin with an empty line have one between them
            yield line
        before = line


def _parts() -> Iterator[str]:
    yield _OPENING
    yield from _exports()
    yield _QUARANTINE
    yield from (_row(f"`{code}`", meaning) for code, meaning in MEANINGS.items())
    yield _LIMIT
    yield _RULES
    yield from _rules()
    yield _OUTPUTS
    yield from _outputs()
    yield _OTHERS
    yield from _state()
    yield _COMMANDS
    yield from _commands()
    yield _JSON
    yield from (_row(name, str(field.description)) for name, field in Closing.model_fields.items())
    yield _row("seconds", "how long it took; null: it was settled before")


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()).rstrip() + "\n")
