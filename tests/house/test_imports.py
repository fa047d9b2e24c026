"""Imports run down only, and the settlement knows no clock, no environment, no floating point."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OUTSIDE = {
    "os.environ": "the environment",
    "os.getenv": "the environment",
    "time.time": "a clock",
    "time.time_ns": "a clock",
    "random": "a random number",
}
CLOCKS = {"now", "utcnow", "today"}


def faults(root: Path) -> list[str]:
    """What the modules under ``root`` (a project folder) import or call that their room does not allow."""
    return [
        f"{path.relative_to(root).as_posix()}:{line}: {fault}"
        for room in ("assets", "pipelines", "tests", "data")
        for path in sorted((root / room).rglob("*.py"))
        for line, fault in _faults(path.relative_to(root), ast.parse(path.read_text(encoding="utf-8")))
    ]


def _faults(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if not ast.get_docstring(tree):
        yield 1, "the module has no docstring"
    if path.parts[0] != "assets":
        return
    foundation = path.parts[1] == "foundation"
    for line, name in _imported(path, tree):
        if _within(name, "pipelines"):
            yield line, f"imports {name}: assets never import pipelines"
        if name.split(".")[0].startswith("dagster"):
            yield line, f"imports {name}: dagster is for pipelines alone"
        if foundation and _within(name, "assets") and not _within(name, "assets.foundation"):
            yield line, f"imports {name}: the foundation knows no other asset"
        yield from ((line, f"imports {name}: {what}") for bad, what in OUTSIDE.items() if _within(name, bad))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            written = ast.unparse(node)
            if written in OUTSIDE:
                yield node.lineno, f"reads {written}: {OUTSIDE[written]}"
            if node.attr in CLOCKS:
                yield node.lineno, f"reads {written}: a clock"
            if node.attr in ("Float32", "Float64"):
                yield node.lineno, f"uses {written}: floating point"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield node.lineno, "calls float(): floating point"


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _imported(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import counts from the folder of the module.
            base = [*path.parts[: len(path.parts) - node.level]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def test_every_module_keeps_to_its_room() -> None:
    found = faults(ROOT)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("path", "line", "fault"),
    [
        ("assets/foundation/a.py", "from assets.orders import x", "imports assets.orders.x: the foundation"),
        ("assets/foundation/a.py", "from assets import orders", "imports assets.orders: the foundation"),
        ("assets/foundation/a.py", "from ..orders import x", "imports assets.orders.x: the foundation"),
        ("assets/foundation/a.py", "import assets.foundation_of_sand", "the foundation knows no other asset"),
        ("assets/foundation/a.py", "def f():\n    import pipelines.cli", "assets never import pipelines"),
        ("assets/a.py", "from pipelines import cli", "a.py:2: imports pipelines.cli: assets never import pipelines"),
        ("assets/programmes/a.py", "import dagster as dg", "dagster is for pipelines alone"),
        ("assets/a.py", "import os\nx = os.environ['HOME']", "reads os.environ: the environment"),
        ("assets/a.py", "from os import getenv", "imports os.getenv: the environment"),
        ("assets/a.py", "import datetime as d\nx = d.datetime.now()", "reads d.datetime.now: a clock"),
        ("assets/a.py", "from datetime import date\nx = date.today()", "reads date.today: a clock"),
        ("assets/a.py", "import time\nx = time.time()", "reads time.time: a clock"),
        ("assets/a.py", "import random", "a random number"),
        ("assets/a.py", "x = float('1')", "calls float()"),
        ("assets/a.py", "import polars as pl\nx = pl.Float64", "uses pl.Float64"),
    ],
)
def test_a_module_that_leaves_its_room_is_found(tmp_path: Path, path: str, line: str, fault: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f'"""A module."""\n{line}\n', encoding="utf-8")
    assert fault in "\n".join(faults(tmp_path))


def test_a_module_without_docstring_is_found(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "a.py").write_text("import dagster\n", encoding="utf-8")
    assert faults(tmp_path) == ["pipelines/a.py:1: the module has no docstring"]


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    (tmp_path / "assets" / "foundation").mkdir(parents=True)
    allowed = (
        '"""A module."""\nimport os\nfrom datetime import date\nfrom . import b\nfrom assets.foundation import c\n'
    )
    (tmp_path / "assets" / "foundation" / "a.py").write_text(allowed, encoding="utf-8")
    assert faults(tmp_path) == []
