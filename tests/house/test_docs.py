"""What is written for people agrees with the code: the written pages, links between pages, the README's commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from assets.foundation.store import Home
from assets.payouts.channels import read_rules
from pipelines.cli import app
from pipelines.contract_page import lines as contract_lines
from pipelines.presets import names, preset
from pipelines.presets_page import lines as presets_lines
from pipelines.tables_page import lines as tables_lines
from tests.pipelines.homes import settle_days

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "lines"),
    [("contract.md", contract_lines), ("tables.md", tables_lines), ("presets.md", presets_lines)],
)
def test_a_written_page_is_current(page: str, lines: Callable[[], Iterator[str]]) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == "\n".join(lines()).rstrip() + "\n", "make docs"


# Of the folders of data/ alone: the home that the demo makes there holds settings that are no rules.
@pytest.mark.parametrize("path", sorted((ROOT / "data").glob("*/*.yaml")), ids=lambda path: path.stem)
def test_presets_are_sound_and_say_their_guard(path: Path) -> None:
    for version in read_rules(path).versions:
        assert version.guard().holds
        assert str(version.guard().total) in path.read_text(encoding="utf-8"), "the comment names the sum of all shares"


def test_the_readme_lists_every_preset() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| preset | title | what it does |\n|---|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == [f"| `{name}` | {preset(name).title} | {preset(name).line} |" for name in names()]


def test_the_two_presets_of_thirty_and_seventy_percent() -> None:
    plain = read_rules(ROOT / "data" / "rules" / "plain-30-70.yaml").versions[0]
    assert (plain.queue.pot_bp, plain.points.grant_bp) == (3000, 7000)
    priced = read_rules(ROOT / "data" / "rules" / "points-nav.yaml").versions[0]
    assert (priced.points.pool_bp, priced.points.grant_bp) == (3000, 2100)


def test_every_command_in_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {group.name for group in app.registered_groups if group.name}
    named = set(re.findall(r"settle ([a-z]+)", text)) - {"a"}
    assert named <= known
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) <= targets


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
        page = (path.parent / target) if target else path
        assert page.exists(), f"{target} of {path.name}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in known, f"{target}#{anchor} of {path.name}"


def test_every_command_is_on_the_contract_page() -> None:
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        assert re.search(rf"^### settle {name}\b", text, re.MULTILINE), name


def test_the_least_home_of_the_readme_is_settled(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"^```(?:yaml|csv)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    named = re.split(r"^# (my-home/\S+)\n", blocks, flags=re.MULTILINE)[1:]
    for name, content in zip(named[::2], named[1::2], strict=True):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    home, day = Home(tmp_path / "my-home"), date(2026, 11, 20)
    assert read_rules(home.rules_file).versions[0].guard().holds
    settle_days(home, day)
    seal = home.seal(day)
    assert seal
    taken = {name: row["rows_accepted"] for name, row in seal.content["totals"].items() if row["rows_in"]}
    assert taken == {"members": 2, "merchants": 1, "orders": 2}
    assert not any(row["rows_quarantined"] for row in seal.content["totals"].values())
