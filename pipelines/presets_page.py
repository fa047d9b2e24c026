"""docs/presets.md, written from the presets themselves: `make docs`.

Holds: the page's layout.
Never holds: a word about a preset; that is in its file.
Neighbour: ``presets.py`` reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pipelines.presets import names, preset


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield from (
        "# Presets",
        "",
        "Written by `make docs` from the comments of `data/rules/`. Rates are in bp of what the",
    )
    yield from ("buyer kept (10 000 bp = 100 %), sums in fen, unless they say something else.", "")
    for each in map(preset, names()):
        yield from (f"## {each.name}: {each.title}", "", each.line, "")
        for heading, text in each.about.items():
            yield from (f"**{heading}:** {text}", "")
        yield from ("```", *each.version.summary_lines(), "```", "")


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()).rstrip() + "\n")
