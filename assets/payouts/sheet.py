"""payouts/upload-sheet.html: one page for the person who uploads the day's files.

Holds: which figures stand on the page; the page itself is ``upload-sheet.html.j2``.
Never holds: a figure that is not in ``payouts/manifest.json``; names or accounts.
Neighbour: ``files.py`` writes it beside the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from assets.payouts.channels import PROFILES

_TEMPLATES = Path(__file__).resolve().parent


def _yuan(fen: int) -> str:
    """As it is typed: without separators."""
    return f"{fen // 100}.{fen % 100:02d}"


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["yuan"] = _yuan
    return environment.get_template("upload-sheet.html.j2")


def upload_sheet(day: date, listed: Iterable[Mapping[str, Any]]) -> str:
    """The page: per file what to type as totals, how many payments, which console, the sha256."""
    files = [{**one, "console": PROFILES[one["profile"]].CONSOLE} for one in listed]
    total = {"rows": sum(one["rows"] for one in files), "net_fen": sum(one["net_fen"] for one in files)}
    return _template().render(day=day, files=files, total=total)
