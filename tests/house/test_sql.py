"""Every statement of sql/ keeps the contract of its header and runs on Spark too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import Token, TokenType

from assets.foundation import engine
from assets.foundation.carrying import no_rows

ROOT = Path(__file__).parents[2]

FORBIDDEN_TYPES = {"DOUBLE", "FLOAT", "INT128", "UINT128", "INT256", "UINT256"}
FORBIDDEN_NODES = {
    exp.Qualify: "qualify",
    exp.Div: "/ (a double in DuckDB; write // or mul_div)",
    exp.Avg: "avg (a double)",
    exp.Array: "a list",
    exp.ArrayAgg: "a list",
    exp.Bracket: "a list element",
    exp.Struct: "a struct",
    exp.Unnest: "a table function",
    exp.Explode: "a table function",
    exp.Lateral: "lateral",
}
FORBIDDEN_JOINS = {"ASOF", "POSITIONAL"}


def faults(root: Path, name: str) -> list[str]:
    """What is wrong with ``root/<name>.sql``: as sentences that start with the name."""
    return [f"{name}: {fault}" for fault in _faults(root, name)]


def _faults(root: Path, name: str) -> Iterator[str]:
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "SQL_ROOT", root)
            statement = engine.statement.__wrapped__(name)
        parsed = sqlglot.parse(statement.text, read="duckdb", error_level=ErrorLevel.RAISE)
        tokens = sqlglot.tokenize(statement.text, read="duckdb")
    except (ValueError, SqlglotError) as error:
        yield str(error)
        return
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        yield f"found {len(parsed)} statements, allowed one select"
        return
    tree = parsed[0]
    if not statement.text.startswith("-- grain:") or not statement.grain:
        yield "does not start with -- grain: and what one row is"
    yield from _contract_faults(statement, tree)
    yield from _token_faults(statement.text, tokens)
    yield from _node_faults(tree)
    try:
        sqlglot.parse_one(tree.sql("spark", unsupported_level=ErrorLevel.RAISE), read="spark")
    except SqlglotError as error:
        yield f"not carried to Spark: {error}"


def _contract_faults(statement: engine.Statement, tree: exp.Query) -> Iterator[str]:
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    reads = sorted({table.name for table in tree.find_all(exp.Table)} - own)
    found = {
        "reads": reads,
        "needs": _needs(tree, reads),
        "params": sorted({node.name for node in tree.find_all(exp.Placeholder, exp.Parameter)}),
        "returns": tree.named_selects,
    }
    # The order of what is returned is part of the contract; reads and params are sets.
    stated = {
        "reads": sorted(statement.reads),
        "needs": sorted(tuple(sorted(group)) for group in statement.needs),
        "params": sorted(statement.params),
        "returns": list(statement.returns),
    }
    for key, value in found.items():
        if value != stated[key]:
            yield f"{key}: the header says {stated[key]}, the statement {value}"


def _needs(tree: exp.Query, reads: list[str]) -> list[tuple[str, ...]]:
    """The least groups of relations without whose rows the statement returns none, by what the text proves."""
    found: list[tuple[str, ...]] = []
    for size in range(1, len(reads) + 1):
        for group in combinations(reads, size):
            if not any(set(least) <= set(group) for least in found) and no_rows(tree, frozenset(group)):
                found.append(group)
    return sorted(found)


def _token_faults(text: str, tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        # As it is written: the text of a keyword of two words is upper case, whatever the file says.
        written = text[token.start : token.end + 1]
        if token.token_type == TokenType.DCOLON:
            yield f"line {token.line}: found ::, allowed cast(x as t)"
        elif token.token_type == TokenType.SEMICOLON:
            yield f"line {token.line}: found a semicolon; the engine puts the statement into its own"
        elif token.token_type == TokenType.NUMBER and not token.text.replace(".", "").isdigit():
            yield f"line {token.line}: found the number {token.text}, a double"
        elif token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER) and written != written.lower():
            yield f"line {token.line}: found {written}, allowed lower case"


def _node_faults(tree: exp.Query) -> Iterator[str]:
    for kind, word in FORBIDDEN_NODES.items():
        if tree.find(kind):
            yield f"found {word}"
    for star in tree.find_all(exp.Star):
        if any(star.args.values()):
            yield "found * with exclude, replace or rename"
    for join in tree.find_all(exp.Join):
        if join.method in FORBIDDEN_JOINS:
            yield f"found {join.method.lower()} join"
    for clause in tree.find_all(exp.With):
        if clause.recursive:
            yield "found with recursive"
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield f"found the table function {table.this.sql('duckdb').lower()}"
    for kind in tree.find_all(exp.DataType):
        if kind.this.name in FORBIDDEN_TYPES:
            yield f"found the type {kind.sql('duckdb').lower()}"
    for node in tree.find_all(exp.Sum):
        if not _cast_to_bigint(node):
            yield f"{node.sql('duckdb').lower()} is not wrapped in cast(… as bigint): DuckDB makes it a hugeint"


def _cast_to_bigint(node: exp.Sum) -> bool:
    around = node.parent
    while isinstance(around, exp.Filter | exp.Window):
        around = around.parent
    return type(around) is exp.Cast and around.to.this.name == "BIGINT"


def test_every_statement_keeps_its_contract() -> None:
    root = ROOT / "sql"
    names = sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.sql"))
    found = [fault for name in names for fault in faults(root, name)]
    assert not found, "\n" + "\n".join(found)


GOOD = """\
-- grain:   one row per queue
-- reads:   tickets,
--          pots
-- needs:   pots, tickets
-- params:  bp, day
-- returns: queue_id, amount, running
with open_pots as (select queue_id, cast(sum(pot) as bigint) as pot from pots where day <= $day group by queue_id)
select
    t.queue_id,
    mul_div(p.pot, $bp, 10000) as amount,
    cast(sum(p.pot) over (order by t.queue_id rows unbounded preceding) as bigint) as running
from tickets as t
join open_pots as p on p.queue_id = t.queue_id
"""


def _found(folder: Path, text: str) -> str:
    (folder / "queue").mkdir()
    (folder / "queue" / "pots.sql").write_text(text, encoding="utf-8")
    return "\n".join(faults(folder, "queue/pots"))


def test_a_sound_statement_has_no_fault(tmp_path: Path) -> None:
    assert _found(tmp_path, GOOD) == ""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("-- grain:   one row per queue\n", "", "header lacks grain"),
        ("-- params:  bp, day\n", "", "header lacks params"),
        ("-- grain:", "-- A pot.\n-- grain:", "does not start with -- grain:"),
        (
            "tickets,\n--          pots\n",
            "tickets\n",
            "reads: the header says ['tickets'], the statement ['pots', 'tickets']",
        ),
        ("-- needs:   pots, tickets\n", "", "header lacks needs"),
        (
            "needs:   pots, tickets",
            "needs:   pots",
            "needs: the header says [('pots',)], the statement [('pots',), ('tickets',)]",
        ),
        ("join open_pots", "left join open_pots", "the statement [('tickets',)]"),
        (
            "from tickets as t",
            "from (select queue_id from tickets union all select queue_id from pots) as t",
            "needs: the header says [('pots',), ('tickets',)], the statement [('pots',)]",
        ),
        (
            "join open_pots as p on p.queue_id = t.queue_id\n",
            "join open_pots as p on p.queue_id = t.queue_id\nunion all\nselect queue_id, 1, 1 from tickets\n",
            "the statement [('tickets',)]",
        ),
        ("bp, day", "day", "params: the header says ['day'], the statement ['bp', 'day']"),
        ("queue_id, amount,", "amount, queue_id,", "returns: the header says ['amount', 'queue_id', 'running']"),
        ("from tickets", "frm tickets", "queue/pots: "),
        ("p.queue_id = t.queue_id\n", "p.queue_id = t.queue_id; select 1\n", "found 2 statements"),
        ("p.queue_id = t.queue_id\n", "p.queue_id = t.queue_id;\n", "found a semicolon"),
        ("t.queue_id,\n", "t.queue_id::varchar as queue_id,\n", "found ::"),
        ("join open_pots", "JOIN open_pots", "found JOIN, allowed lower case"),
        ("group by", "GROUP BY", "found GROUP BY, allowed lower case"),
        ("join open_pots", "asof join open_pots", "found asof join"),
        ("cast(sum(pot) as bigint)", "sum(pot)", "sum(pot) is not wrapped"),
        ("cast(sum(pot) as bigint)", "coalesce(sum(pot), 0)", "sum(pot) is not wrapped"),
        ("cast(sum(pot) as bigint)", "cast(sum(pot) as decimal(38, 0))", "sum(pot) is not wrapped"),
        ("cast(sum(pot) as bigint)", "cast(max(pot) as hugeint)", "found the type int128"),
        ("cast(sum(pot) as bigint)", "cast(max(pot) as double)", "found the type double"),
        ("cast(sum(pot) as bigint)", "cast(max(pot) as float)", "found the type real"),
        ("cast(sum(pot) as bigint)", "max(pot) / 2", "found /"),
        ("cast(sum(pot) as bigint)", "avg(pot)", "found avg"),
        ("cast(sum(pot) as bigint)", "list(pot)", "found a list"),
        ("10000", "1e4", "found the number 1e4"),
        ("group by queue_id", "group by queue_id qualify max(pot) > 1", "found qualify"),
        ("select queue_id, cast", "select * exclude (pot), cast", "found * with exclude"),
        ("from pots where", "from range(5) where", "found the table function"),
        ("with open_pots", "with recursive open_pots", "found with recursive"),
    ],
)
def test_a_faulty_statement_is_found(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert before in GOOD
    assert fault in _found(tmp_path, GOOD.replace(before, after, 1))
