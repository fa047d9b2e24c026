"""The presets: a rules file a scheme in ``data/rules``, and what its opening comment says of it.

Holds: finding them, reading the comment, the wording of `settle rules list` and `settle rules show`.
Never holds: figures or names of its own; a preset is a file, and one more file is one more preset.
Neighbour: ``demo.py`` finds ``data/demo`` alike; ``presets_page.py`` writes the page about them.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from assets.foundation.rules import PROGRAMMES, Version
from assets.payouts.channels import read_rules
from pipelines.terminal import open_table

FOLDER = Path(__file__).resolve().parents[1] / "data" / "rules"


class Preset(NamedTuple):
    """One preset: its file as it is, its one version, and its comment in parts.

    The comment has the title on its first line, what it is on the second, a blank one, and then paragraphs that begin
    with a heading and a colon; their further lines are set in.
    """

    name: str
    text: str
    version: Version
    title: str
    line: str
    about: dict[str, str]

    @property
    def schemes(self) -> list[str]:
        """The programmes that it turns on."""
        return [name for name in PROGRAMMES if self.version.programme(name).enabled]

    def listed(self) -> dict[str, Any]:
        """What the list says of it, for JSON."""
        return {"name": self.name, "title": self.title, "schemes": self.schemes, "line": self.line}

    def shown(self) -> dict[str, Any]:
        """All that there is to know, for JSON; ``file`` is the rules file itself."""
        return {**self.listed(), "about": self.about, "summary": self.version.summary_lines(), "file": self.text}


def names() -> list[str]:
    """The names of all presets, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def preset(name: str) -> Preset:
    """The preset of a name that ``names`` lists."""
    path = FOLDER / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    (version,) = read_rules(path).versions
    title, line, _, *rest = (row[2:] for row in takewhile(lambda row: row.startswith("#"), text.splitlines()))
    paragraphs = "\n".join(rest).replace("\n  ", " ").splitlines()
    about = dict(each.split(": ", 1) for each in paragraphs)
    return Preset(name, text, version, title, line, about)


def show_list(console: Console, presets: list[Preset]) -> None:
    """Print what there is: a table in a terminal, a line a preset elsewhere."""
    if not console.is_terminal:
        for each in presets:
            row = (each.name, each.title, ", ".join(each.schemes), each.line)
            console.print("  ".join(row), highlight=False, markup=False, soft_wrap=True)
        return
    table = open_table("Presets", ["Name", "Title, and what it does"], kept=["Name"])
    for place, each in enumerate(presets):
        if place:
            table.add_row()
        schemes = Text(f"{each.title}: {', '.join(each.schemes)}\n", style="bold")
        table.add_row(Text(each.name), schemes.append(each.line, style="not bold"))
    console.print(table)
