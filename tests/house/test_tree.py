"""What lies at the top of the tree, and what the lock file holds."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ALLOWED = {
    "pipelines", "assets", "sql", "data", "tests", "docs",
    "workspace.yaml", "pyproject.toml", "README.md", "requirements.lock", "requirements-spark.lock", "Makefile",
    "LICENSE",
}  # fmt: skip
PIN = re.compile(r"^([a-z0-9-]+)(\[[a-z0-9,-]+\])?==\S+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def strangers(root: Path) -> list[str]:
    """Names at the top of ``root`` that have no place there; dot files and what git ignores there are no matter."""
    ignored = set(re.findall(r"(?m)^/([^/]+)/$", (root / ".gitignore").read_text(encoding="utf-8")))
    names = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    return sorted(names - ALLOWED - ignored)


def lock_faults(lock: str, wanted: list[str]) -> list[str]:
    """Lines of the lock file that are no pin and no hash, and what is wanted that it does not pin."""
    lines = lock.splitlines()
    pinned = {match[1] for line in lines if (match := PIN.match(line))}
    names = [re.split(r"[\[<>=!~ ]", name, maxsplit=1)[0].lower() for name in wanted]
    return [
        *(f"line {n}: {line}" for n, line in enumerate(lines, start=1) if not PIN.match(line) and not HASH.match(line)),
        *(f"not pinned: {name}" for name in names if name not in pinned),
    ]


def test_top_of_the_tree() -> None:
    assert strangers(ROOT) == []


def test_a_stranger_is_found(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/dist/\n/data/home/\n", encoding="utf-8")
    for name in ("assets", "dist", "home", "notes.txt", ".venv"):
        (tmp_path / name).mkdir()
    assert strangers(tmp_path) == ["home", "notes.txt"]


def test_gate_is_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_locks_hold_pins_and_hashes_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    plain = [name for extra in extras for name in extras[extra] if extra != "spark"]
    for name, wanted in (
        ("requirements.lock", project["dependencies"] + plain),
        ("requirements-spark.lock", extras["spark"]),
    ):
        assert lock_faults((ROOT / name).read_text(encoding="utf-8"), wanted) == [], name


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("--find-links wheels", "line 3: --find-links wheels"),
        ("--index-url https://example.org/simple", "line 3: --index-url"),
        ("rich==15.0.0", "line 3: rich==15.0.0"),
        ("rich @ file:///rich.whl \\", "line 3: rich @"),
    ],
)
def test_a_lock_that_names_a_place_is_found(line: str, fault: str) -> None:
    lock = f"duckdb==2.0.0 \\\n    --hash=sha256:{'0' * 64}\n{line}\n"
    found = lock_faults(lock, ["duckdb>=2", "pandera[polars]>=1"])
    assert found[0].startswith(fault)
    assert found[1] == "not pinned: pandera"
