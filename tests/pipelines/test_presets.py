"""`settle rules list` and `settle rules show`, and what each preset says of itself: the comment that it opens with.

Holds: the list of schemes that there must be, the form of a comment, figures of the comment against the file's own.
Never holds: a settled day (``tests/settlement/test_presets.py``).
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from assets.foundation.rules import parse_rules
from pipelines.cli import app
from pipelines.presets import FOLDER, names, preset, show_list

ROOT = Path(__file__).parents[2]
HEADINGS = ["Promise", "From the scheme", "Our choice", "Change first", "The law"]
# What makes each scheme what it is: the keys that its name stands for.
SCHEMES = {
    "plain-30-70": {"points": {"mode": "fixed", "grant_bp": 7000}, "queue": {"pot_bp": 3000}},
    "points-nav": {"points": {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100}},
    "referral-ladder": {"referral": {"n": 3, "ladder_bp": [1000, 2000, 7000], "after": "cycle"}},
    "referral-plain": {"referral": {"n": 3, "ladder_bp": [0, 0, 10000]}},
    "queue-fifo": {"queue": {"mode": "fifo", "scope": "merchant"}},
    "queue-seats": {"queue": {"mode": "seats", "seats_bp": [5000, 3000, 2000]}},
    "queue-5": {
        "queue": {
            "scope": "platform", "mode": "seats", "seats_bp": [5000, 3000, 2000], "split_unit_fen": 50000,
            "direct_bp": 3000, "repurchase_bp": 1000, "exit_bp": 6000,
        }
    },
    "queue-city": {"queue": {"scope": "platform", "mode": "fifo", "split_unit_fen": 30000, "exit_bp": 6000}},
    "queue-split": {"queue": {"mode": "fifo", "split_unit_fen": 10000}},
    "queue-alliance": {"queue": {"scope": "group"}},
    "green-queue": {"green": {"enabled": True}, "queue": {"enabled": True}},
    "circular-green": {"circular": {"enabled": True}, "green": {"enabled": True}},
    "chain-2-queue": {"chain": {"n": 2}, "queue": {"enabled": True}},
    "chain-3-queue-5": {
        "chain": {"n": 3},
        "queue": {
            "scope": "platform", "mode": "seats", "seats_bp": [5000, 3000, 2000], "split_unit_fen": 50000,
            "direct_bp": 3000, "repurchase_bp": 1000, "exit_bp": 6000,
        },
    },
    "sample": {"points": {"mode": "fixed"}, "referral": {"n": 3}, "queue": {"mode": "fifo"}},
}  # fmt: skip


def said(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["rules", *words], env={"COLUMNS": "200"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def head(name: str) -> str:
    """The comment of a preset on one line, without its marks."""
    rows = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").partition("\ntimezone:")[0].splitlines()
    assert all(row.startswith("#") for row in rows)
    return " ".join(row[1:].strip() for row in rows)


# --- the files ---------------------------------------------------------------------------------------------------


def test_every_scheme_has_its_preset() -> None:
    assert names() == sorted(SCHEMES)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_preset_is_the_scheme_that_its_name_says(name: str) -> None:
    (version,) = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["versions"]
    for block, keys in SCHEMES[name].items():
        assert version[block] == version[block] | keys
    assert preset(name).schemes == sorted(SCHEMES[name], key=list(version).index)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_preset_opens_with_its_comment(name: str) -> None:
    found = preset(name)
    assert re.fullmatch(r"[A-Z][^()]* \([^()]*[一-鿿][^()]*\)", found.title)
    assert len(found.line) <= 120 and found.line.endswith(".")
    assert list(found.about) == HEADINGS
    assert all(len(text) > 40 for text in found.about.values())
    words = [found.title, found.line, *(f"{heading}: {text}" for heading, text in found.about.items())]
    assert " ".join(words).split() == head(name).split()  # nothing of it is lost


@pytest.mark.parametrize("name", SCHEMES)
def test_the_margin_of_a_preset_is_what_it_gives_and_leaves_its_goods(name: str) -> None:
    version = preset(name).version
    terms = re.search(r"no more: ([^=]*) = (\d+)\.", preset(name).about["Our choice"])
    assert terms
    guard = version.guard()
    assert sorted(map(int, re.findall(r"\b\d+\b(?= [a-z])", terms[1]))) == sorted(
        share.bp for share in guard.terms if share.bp
    )
    assert guard.total == version.margin_bp == int(terms[2])
    # What points and vouchers buy costs that part of its price, and so do all goods: it must be left.
    cost = max(version.points.cost_bp, version.queue.exit_cost_bp if version.queue.exit_bp else 0)
    assert guard.total + cost <= 10_000
    if cost:
        left = 10_000 - int(guard.total) - cost
        assert f"Goods take {cost} more, {left} are left" in preset(name).about["Our choice"]


@pytest.mark.parametrize("name", SCHEMES)
def test_figures_named_in_a_comment_are_those_of_the_file(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    about = preset(name).about
    told = f"{about['From the scheme']} {about['Our choice']}".replace("cost_bp and exit_cost_bp", "exit_cost_bp")
    pairs = re.findall(r"\b((?:[a-z]+_)+(?:bp|fen|multiple)|n|scope|base) (\d+|\[[\d, ]+\]|min|platform|group)", told)
    assert len(pairs) >= 1
    assert [f"{key}: {figure}" for key, figure in pairs if f" {key}: {figure}" not in text] == []


@pytest.mark.parametrize("name", [name for name in SCHEMES if name.startswith("chain")])
def test_a_chain_says_that_nobody_has_released_it(name: str) -> None:
    assert preset(name).version.chain.released_by.startswith("PLACEHOLDER")
    assert "placeholder that no shop may leave as it is" in preset(name).about["The law"]


# --- the commands ------------------------------------------------------------------------------------------------


def test_list() -> None:
    code, out, err = said("list")
    assert (code, err) == (0, "")
    rows = [row.split("  ") for row in out.splitlines()]
    assert [row[0] for row in rows] == names()
    found = preset("chain-2-queue")
    assert rows[0] == ["chain-2-queue", found.title, "queue, chain", found.line]


def test_list_in_a_terminal() -> None:
    console = Console(force_terminal=True, width=80, record=True, file=io.StringIO())
    show_list(console, [preset("queue-fifo"), preset("sample")])
    out = console.export_text()
    assert re.search(r"Name +Title, and what it does", out)
    assert re.search(r"queue-fifo .*A queue for a free .*queue ", out)
    assert max(map(len, out.splitlines())) <= 80


def test_list_for_programs() -> None:
    code, out, err = said("list", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert [row["name"] for row in rows] == names()
    assert rows[0]["schemes"] == ["queue", "chain"]
    assert set(rows[0]) == {"name", "title", "schemes", "line"}


@pytest.mark.parametrize("name", SCHEMES)
def test_show_prints_the_file_to_the_byte_and_its_meaning_beside_it(name: str) -> None:
    done = CliRunner().invoke(app, ["rules", "show", name])
    assert done.exit_code == 0
    assert done.stdout_bytes == (FOLDER / f"{name}.yaml").read_bytes()
    assert done.stderr.splitlines() == parse_rules(done.stdout, "shown").versions[0].summary_lines()


def test_show_for_programs() -> None:
    code, out, err = said("show", "queue-5", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found["about"]) == HEADINGS
    assert found["summary"] == preset("queue-5").version.summary_lines()
    assert found["file"].encode() == (FOLDER / "queue-5.yaml").read_bytes()


@pytest.mark.parametrize("name", ["queue", "../demo/rules", "", "QUEUE-FIFO"])
def test_a_preset_that_is_not_there(name: str) -> None:
    code, out, err = said("show", name)
    assert (code, out) == (2, "")
    assert f"found {name!r}, allowed {', '.join(names())}" in " ".join(err.replace("│", "").split())


def test_what_is_shown_can_be_checked(tmp_path: Path) -> None:
    shown = tmp_path / "rules.yaml"
    shown.write_text(said("show", "queue-fifo")[1], encoding="utf-8")
    code, out, _ = said("check", str(shown))
    assert (code, out.splitlines()[0]) == (0, f"{shown}: sound, 1 version(s), timezone Asia/Shanghai")


def test_presets_are_found_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "rules", "list"], cwd=tmp_path, check=False, capture_output=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == len(names())
