"""Pages that people open in a browser: the one way to make them from a template.

Holds: how templates are read: everything escaped, nothing missing, no empty lines of loops.
Never holds: a page or its figures.
Neighbour: ``report/``, ``statement/`` and ``explain/`` have a template each; ``handing.py`` hands pages out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2


@cache
def template(path: Path) -> jinja2.Template:
    """The page of a template; made once, since days that follow one another have the same."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return pages.get_template(path.name)
