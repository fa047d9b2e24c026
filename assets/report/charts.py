"""The charts of the report: bars in Vega-Lite, drawn as SVG without a browser.

Holds: which figures of which section are drawn, colours, how.
Never holds: a figure that its section has not; what decides an amount.
Neighbour: ``drawing.py`` draws; ``page.py`` puts the charts above their tables. Nothing is placed by how wide a text
is, so that the bytes do not hang on the fonts of a machine: names are cut by counting letters, and the legend is part
of the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import markupsafe
from rich.cells import cell_len

from assets.report.drawing import draw
from assets.report.sections import Report, Section
from assets.report.wording import CHARTS, PARTS, text_of
from assets.units import yuan
from assets.wording import Language

_MOST = 12  # rows of a chart; the table has all
_WIDTH = 16  # of a name, in narrow letters, which a wide one is two of; the table has it whole
_ROW, _LEFT, _WIDE, _RIGHT, _BELOW = 20, 122, 226, 82, 26  # pixels of the picture, which scales
# From dark to light as they follow each other in a bar, so that they differ on grey paper too.
_COLOURS = {
    "put_in": "#17365c", "to_members": "#c2571a", "merchants": "#8a5a9e", "backing": "#e0a030", "platform": "#5f6b76",
    "pooled": "#a9c4e4", "rebate": "#17365c", "chance": "#8a5a9e", "labour": "#e0a030",
    "tax": "#c9ced4", "covered": "#17365c", "uncovered": "#a9c4e4", "fen": "#c2571a",
}  # fmt: skip
_FLOW = ("to_members", "merchants", "backing", "platform", "pooled")


@dataclass(frozen=True)
class Bar:
    """One bar: its name and its parts from left to right, fen, each above 0."""

    name: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All parts together, fen."""
        return sum(fen for _, fen in self.parts)


@dataclass(frozen=True)
class Chart:
    """A drawing with what it is called and what its colours mean."""

    section: str
    title: str
    svg: markupsafe.Markup
    legend: tuple[tuple[str, str], ...]


def charts(report: Report, language: Language) -> Callable[[], dict[str, Chart]]:
    """The charts of a report by section, none of a section without money: what waits for them, as drawn meanwhile."""
    found: dict[str, Callable[[], Chart]] = {}
    for name, bars_of in _BARS.items():
        section = report.section(name)
        bars = [bar for bar in bars_of(section, language) if bar.total] if section else []
        if bars:
            found[name] = _chart(name, bars[:_MOST], language)
    return lambda: {name: finished() for name, finished in found.items()}


# --- which figures ---------------------------------------------------------------------------------------------------


def _values(section: Section) -> Iterable[dict[str, Any]]:
    names = [column.name for column in section.columns]
    return (dict(zip(names, row, strict=True)) for row in section.rows)


def _flow(section: Section, language: Language) -> Iterable[Bar]:
    """Two bars of one length a programme: what went down somewhere stands on the side where money came from."""
    for row in _values(section):
        into = [("put_in", row["put_in"]), *((f"from_{name}", -row[name]) for name in _FLOW)]
        out = [*((name, row[name]) for name in _FLOW), ("from_put_in", -row["put_in"])]
        name = text_of("word", row["programme"], language)
        for side, parts in (("in", into), ("out", out)):
            yield Bar(f"{name} {PARTS[side].of(language)}", tuple((part, fen) for part, fen in parts if fen > 0))


def _payout_classes(section: Section, _: Language) -> Iterable[Bar]:
    channels: dict[str, list[dict[str, Any]]] = {}
    for row in _values(section):
        channels.setdefault(row["channel"], []).append(row)
    for channel, rows in channels.items():
        parts = [*((row["class"], row["net"]) for row in rows), ("tax", sum(row["tax"] for row in rows))]
        yield Bar(channel, tuple((part, fen) for part, fen in parts if fen > 0))


def _waiting(section: Section, _: Language) -> Iterable[Bar]:
    for row in _values(section):
        covered = min(row["inflow"], row["need"])
        parts = (("covered", covered), ("uncovered", row["need"] - covered))
        yield Bar(row["queue_id"], tuple((part, fen) for part, fen in parts if fen > 0))


def _quarantine(section: Section, _: Language) -> Iterable[Bar]:
    reasons: dict[str, int] = {}
    for row in _values(section):
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["fen"]
    ordered = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return (Bar(reason, (("fen", fen),)) for reason, fen in ordered)


_BARS: dict[str, Callable[[Section, Language], Iterable[Bar]]] = {
    "flow": _flow, "payout_classes": _payout_classes, "waiting": _waiting, "quarantine": _quarantine,
}  # fmt: skip


# --- drawing ---------------------------------------------------------------------------------------------------------


def _chart(name: str, bars: list[Bar], language: Language) -> Callable[[], Chart]:
    drawn = draw(specification(bars))
    title, about = (words.of(language) for words in CHARTS[name])
    used = dict.fromkeys(part for bar in bars for part, _ in bar.parts)
    legend = tuple((PARTS[part].of(language), _colour(part)) for part in used)
    return lambda: Chart(name, title, _described(drawn.result(), name, title, about), legend)


def _colour(part: str) -> str:
    return _COLOURS[part.removeprefix("from_")]


def specification(bars: list[Bar]) -> dict[str, Any]:
    """The chart in Vega-Lite: every part of every bar as a row of its data, in fen."""
    data = [row for place, bar in enumerate(bars) for row in _rows(place, bar)]
    ends = [{"place": place, "total": bar.total, "text": yuan(bar.total)} for place, bar in enumerate(bars)]
    names = {str(place): _cut(bar.name) for place, bar in enumerate(bars)}
    most = max(bar.total for bar in bars)
    y = {
        "field": "place", "type": "ordinal", "sort": None, "title": None, "scale": {"paddingInner": 0.25},
        "axis": {
            "labelExpr": f"({json.dumps(names, ensure_ascii=False)})[datum.label]", "labelLimit": 0, "ticks": False,
            "domain": False, "minExtent": 0, "maxExtent": 0, "labelPadding": 6,
        },
    }  # fmt: skip
    x = {
        "field": "left", "type": "quantitative", "title": None, "scale": {"domain": [0, most], "nice": False},
        "axis": {
            "labelExpr": "format(datum.value / 100, ',~f')", "tickCount": 3, "grid": True, "gridColor": "#d9dfe6",
            "domain": False, "ticks": False, "labelLimit": 0, "minExtent": 0, "maxExtent": 0, "labelOverlap": False,
        },
    }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": _WIDE, "height": _ROW * len(bars),
        "padding": {"left": _LEFT, "top": 4, "right": _RIGHT, "bottom": _BELOW},
        "autosize": {"type": "none"},
        "config": {"aria": False, "font": "system-ui, sans-serif", "view": {"stroke": None},
                   "axis": {"labelFontSize": 12, "labelColor": "#1d2733"}},
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1},
                "encoding": {"y": y, "x": x, "x2": {"field": "right"},
                             "fill": {"field": "colour", "type": "nominal", "scale": None}},
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 4, "fontSize": 12,
                         "fill": "#1d2733"},
                "encoding": {"y": {"field": "place", "type": "ordinal", "sort": None},
                             "x": {"field": "total", "type": "quantitative"}, "text": {"field": "text"}},
            },
        ],
    }  # fmt: skip


def _rows(place: int, bar: Bar) -> Iterable[dict[str, Any]]:
    left = 0
    for part, fen in bar.parts:
        yield {"place": place, "part": part, "left": left, "right": left + fen, "colour": _colour(part)}
        left += fen


def _cut(name: str) -> str:
    if cell_len(name) <= _WIDTH:
        return name
    while cell_len(name) >= _WIDTH:
        name = name[:-1]
    return f"{name}…"


def _described(svg: str, name: str, title: str, about: str) -> markupsafe.Markup:
    """The drawing as a part of a page: it scales, and says what it is to who cannot see it."""
    escape = markupsafe.escape
    body = svg[svg.index(">") + 1 :]
    head = svg[: svg.index(">")]
    box = head[head.index('viewBox="') :].split('"')[1]
    return markupsafe.Markup(  # noqa: S704 - what stands in it is drawn or escaped
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img"'
        f' aria-labelledby="{name}-title {name}-about"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-about">{escape(about)}</desc>{body}'
    )
