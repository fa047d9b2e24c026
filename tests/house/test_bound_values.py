"""Values reach SQL as bound parameters or rows of relations, never as its text; YAML is read as events alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.foundation import duck as duck_module
from assets.foundation.duck import DuckEngine
from assets.foundation.errors import RulesError
from assets.foundation.rules import parse_rules
from tests.fuzz.shop import BEFORE, DAY, EARLIER, RULES, SHOP, Row, write_shop
from tests.settling import settle_day

ROOT = Path(__file__).parents[2]
# An engine's methods that take SQL text. Only the foundation may build such text: its pieces are names of ours, paths
# that ``DuckEngine.file`` quotes, and dates: ``test_no_text_of_an_export_is_in_any_statement`` looks at every letter.
_TAKE_SQL = ("query", "make", "select", "view", "execute", "sql", "extract_statements")


def built(source: str) -> list[str]:
    """Calls in a module that hand on SQL text which is put together there."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        on = ast.unparse(node.func.value)
        text = node.args[0]
        of_engine = on.endswith(("engine", "_db", "made")) or on == "duckdb"
        if node.func.attr in _TAKE_SQL and of_engine and not isinstance(text, ast.Constant):
            found.append(f"line {node.lineno}: {ast.unparse(node)[:100]}")
    return found


def test_only_the_foundation_puts_sql_together() -> None:
    modules = [path for room in ("assets", "pipelines") for path in sorted((ROOT / room).rglob("*.py"))]
    outside = [path for path in modules if path.parent != ROOT / "assets" / "foundation"]
    found = {path.name: calls for path in outside if (calls := built(path.read_text(encoding="utf-8")))}
    assert not found
    importers = {
        path.name for path in modules if re.search(r"(?m)^\s*import duckdb|from duckdb", path.read_text("utf-8"))
    }
    assert importers == {"duck.py"}


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        ("engine.query(f'select {member}')", True), ("day.engine.query('select ' + member)", True),
        ("engine.query('select 1')", False), ("engine.query(text)", True), ("frame.select(columns)", False),
    ],
)  # fmt: skip
def test_sql_that_is_put_together_is_found(call: str, is_found: bool) -> None:
    assert bool(built(call)) is is_found


def test_statements_have_no_place_for_text() -> None:
    """They are run as they stand: nothing in them asks for ``format``, ``%`` or a template."""
    for path in sorted((ROOT / "sql").rglob("*.sql")):
        assert not re.search(r"\{\w*\}|%\(|%s|\?", re.sub(r"(?m)^--.*$", "", path.read_text(encoding="utf-8"))), path


# --- what is run on a day --------------------------------------------------------------------------------------------

_MARK = "zqx"


class _Heard:
    """A connection that remembers every text it is asked to run."""

    def __init__(self, real: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
        self._real, self._texts = real, texts

    def __getattr__(self, name: str) -> Any:
        reached = getattr(self._real, name)
        if name == "cursor":
            return lambda: _Heard(reached(), self._texts)
        if name not in ("execute", "sql", "extract_statements"):
            return reached

        def called(text: Any, *more: Any) -> Any:
            if isinstance(text, str):
                self._texts.append(text)
            return reached(text, *more)

        return called


def _marked(rows: list[Row]) -> list[Row]:
    """The rows with every id and name made hostile, in the same way, so that they still fit each other."""
    fixed = ("status", "kind", "commodity", "line_no", "concession_bp")

    def hostile(name: str, text: str) -> str:
        number = re.fullmatch(r"[0-9.]+", text) or name.endswith("_at") or name == "at"
        return text if not text or name in fixed or number else f"{text};--${_MARK}{{day}}\\%s(select 1)"

    return [{name: hostile(name, text) for name, text in row.items()} for row in rows]


def test_no_text_of_an_export_is_in_any_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days whose ids, names, groups and channels would all run if they were ever put into a text."""
    texts: list[str] = []
    quoted: list[str] = []
    connect, text_of = duckdb.connect, duck_module._text
    monkeypatch.setattr(duckdb, "connect", lambda *given, **more: _Heard(connect(*given, **more), texts))
    monkeypatch.setattr(duck_module, "_text", lambda value: (quoted.append(value), text_of(value))[1])
    monkeypatch.setattr(duck_module, "_SHORT", 0)  # so that what leads rows is quoted on these small days, too
    monkeypatch.setattr(duck_module, "_BY_VALUE", -1)
    monkeypatch.setattr(duck_module, "_PARSED", {})
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    for day, shop in ((BEFORE, EARLIER), (DAY, SHOP)):
        write_shop(tmp_path, day, {file: _marked(rows) for file, rows in shop.items()})
        folder = settle_day(tmp_path, day)
    orders = pl.read_parquet(folder / "orders.parquet")
    assert orders.height == 7 and orders["order_id"].str.contains(_MARK).all()  # a guest's is none
    assert len(texts) > 300
    assert not [text for text in texts if _MARK in text.lower()]
    # What ``DuckEngine.parts`` quotes is of our making: programmes, kinds, accounts, transactions.
    assert {"fund", "queue", f"{DAY}/queue/fund"} <= set(quoted)
    ours = re.compile(r"[a-z_]+|\d{4}-\d\d-\d\d/[a-z_]+/[a-z_]+")
    assert [value for value in quoted if not ours.fullmatch(value)] == []


def test_what_leads_rows_is_quoted_rightly_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck_module, "_SHORT", 0)
    made = DuckEngine(threads=1)
    leading = ["a'; drop table t; --", 'b"', "c''", "d\\'"]
    made.put("t", pl.DataFrame({"led": leading, "n": [1, 2, 3, 4]}))
    _, parts = made.parts("t", ["n"], ["led", "n"], led=["led"])
    assert [row for _, part in parts for row in part.rows()] == list(zip(leading, [1, 2, 3, 4], strict=True))
    assert made.count("t") == 4


# --- YAML ------------------------------------------------------------------------------------------------------------

# ``parse`` gives events, ``safe_load`` (of the settings) plain values: no object is ever made of a tag.
_YAML = {"parse", "SafeLoader", "MarkedYAMLError", "reader", "safe_load", "YAMLError"}


def test_yaml_is_read_by_the_safe_loader_alone() -> None:
    used = set()
    for path in [path for room in ("assets", "pipelines") for path in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml":
                used.add(node.attr)
    assert {name for name in used if not name.endswith("Event")} == _YAML


@pytest.mark.parametrize(
    "text",
    [
        "timezone: !!python/object/apply:os.mkdir [{there}]", "!!python/object/new:os.mkdir [[{there}]]",
        "versions: !!python/name:os.system", "timezone: !!binary aGk=",
    ],
)  # fmt: skip
def test_a_tag_makes_nothing(tmp_path: Path, text: str) -> None:
    there = tmp_path / "made"
    with pytest.raises(RulesError, match=r"found the tag .*, allowed plain values"):
        parse_rules(text.format(there=there), "rules.yaml")
    assert not there.exists()
