"""Nothing in assets/ or pipelines/ is there for nobody; code that only a test calls counts as dead."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

from vulture import Vulture

ROOT = Path(__file__).parents[2]


def dead_code(root: Path, settings: dict[str, Any]) -> list[str]:
    """What nothing under ``root`` uses, after ``settings`` (the ``[tool.vulture]`` of pyproject.toml).

    Typed fields of a class are data, which SQL, Parquet and YAML read by name, and no code: they do not count.
    """
    found = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    found.scavenge([str(root / path) for path in settings["paths"]])
    unused = found.get_unused_code(min_confidence=settings["min_confidence"])
    fields = {path: _fields(Path(path)) for path in {str(item.filename) for item in unused}}
    return sorted(
        f"{Path(item.filename).relative_to(root).as_posix()}:{item.first_lineno}: unused {item.typ} {item.name}"
        for item in unused
        if (item.first_lineno, item.name) not in fields[str(item.filename)]
    )


def _fields(path: Path) -> set[tuple[int, str]]:
    return {
        (field.lineno, ast.unparse(field.target))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }


def test_no_dead_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = dead_code(ROOT, project["tool"]["vulture"])
    assert not found, "\n" + "\n".join(found)


def test_dead_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.py").write_text(
        "LIMIT = 1\n"
        "class Row:\n"
        "    amount: int\n"
        "    def total(self): return 0\n"
        "@app.command()\n"
        "def run(): return Row\n"
        "def lost(): return 0\n"
        "def kept(): return 0\n",
        encoding="utf-8",
    )
    settings = {"paths": ["assets"], "min_confidence": 60, "ignore_names": ["kept"], "ignore_decorators": ["@app.*"]}
    assert dead_code(tmp_path, settings) == [
        "assets/a.py:1: unused variable LIMIT",
        "assets/a.py:4: unused method total",
        "assets/a.py:7: unused function lost",
    ]
