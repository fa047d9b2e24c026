"""Where a day's time goes: every statement of ``sql/`` and the pieces of Python around them, by stage.

Holds: spans that nest, each with its own time (without what was inside it), and the list of functions they are put
around. The own times of the main thread add up to the whole; what ran beside it is listed apart.
Never holds: a change of what the functions do.
Neighbour: ``day.py`` puts the spans before the day is settled, ``showing.py`` prints them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.duck import DuckEngine
from assets.stages import Stage
from pipelines.desk import Desk, Done

OUTSIDE = "(job)"  # the stage of what runs between the stages
_ROOMS = ("assets", "pipelines")


@dataclass
class Piece:
    """What one piece took over the day; ``beside``: in another thread than the stages. Rows of its last result."""

    stage: str
    kind: str
    name: str
    beside: bool
    calls: int = 0
    own: float = 0.0
    whole: float = 0.0
    rows: int | None = None


class Spans:
    """The pieces of a day, entered as they end. ``stage`` is where the main thread is."""

    def __init__(self) -> None:
        self.stage = OUTSIDE
        self._pieces: dict[tuple[str, str, str, bool], Piece] = {}
        self._lock, self._main, self._local = threading.Lock(), threading.get_ident(), threading.local()

    @contextmanager
    def span(self, kind: str, name: str) -> Iterator[Piece]:
        """Measure the block as a call of a piece."""
        piece = self._piece(kind, name)
        inner: list[float] = self._local.__dict__.setdefault("inner", [])
        inner.append(0.0)
        started = time.perf_counter()
        try:
            yield piece
        finally:
            took = time.perf_counter() - started
            own = took - inner.pop()
            if inner:
                inner[-1] += took
            with self._lock:
                piece.calls, piece.own, piece.whole = piece.calls + 1, piece.own + own, piece.whole + took

    def _piece(self, kind: str, name: str) -> Piece:
        key = (self.stage, kind, name, threading.get_ident() != self._main)
        with self._lock:
            return self._pieces.setdefault(key, Piece(*key))

    def pieces(self) -> list[dict[str, Any]]:
        """All of them, the costliest first."""
        return [asdict(piece) for piece in sorted(self._pieces.values(), key=lambda piece: -piece.own)]


# --- what they are put around --------------------------------------------------------------------------------------


def _file(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@dataclass(frozen=True)
class _Around:
    """A function in its module (or Class.method), the kind of its pieces, a call's name, the rows of its result."""

    module: str
    path: str
    kind: str
    name: Callable[..., str]
    rows: Callable[..., int | None] | None = None


_AROUND = (
    _Around("assets.foundation.duck", "DuckEngine.run", "sql", lambda _, path, **__: path,
            lambda name, engine, *_, **__: engine.count(name)),
    _Around("assets.foundation.duck", "DuckEngine.frame", "engine to Python", lambda _, name, *__, **___: name,
            lambda frame, *_, **__: frame.height),
    _Around("assets.foundation.duck", "DuckEngine.put", "Python to engine", lambda _, name, frame: name,
            lambda _, __, ___, frame: len(frame)),
    _Around("assets.foundation.duck", "DuckEngine.query", "query", lambda _, text, **__: " ".join(text.split())[:60]),
    _Around("assets.foundation.duck", "DuckEngine.select", "engine to Python", lambda *_: "a query's rows",
            lambda frame, *_: frame.height),
    _Around("assets.foundation.duck", "DuckEngine.append", "Python to engine", lambda _, name, frame: name),
    _Around("assets.foundation.state", "State.lookup", "state look-up", lambda _, table, index, *__, **___:
            f"{table} by {index}"),
    _Around("assets.foundation.state", "State.lookup_some", "state look-up", lambda _, table, index, *__, **___:
            f"{table} by {index}, some"),
    _Around("assets.foundation.state", "State.sift", "state look-up", lambda _, table, *__, **___: f"{table} sifted"),
    _Around("assets.foundation.rows", "write_rows", "write rows", lambda _, __, path: _file(path),
            lambda table, *_, **__: table.rows),
    _Around("assets.foundation.index", "write_index", "write index", lambda _, path: _file(path)),
    _Around("assets.foundation.files", "write_parts", "write Parquet", lambda *args, **_: _file(args[2]),
            lambda table, *_, **__: table.rows),
    _Around("assets.foundation.files", "_Canonical.take", "content hash", lambda *_: "canonical text"),
    _Around("assets.foundation.store", "sha256_file", "file hash", _file),
    _Around("assets.foundation.store", "sync_tree", "to disk", _file),
    _Around("assets.exports.intake", "take_exports", "intake", lambda *_, **__: "all else of it"),
    _Around("assets.exports.reading", "read_sheet", "intake, read", lambda _, path, *__: path.name,
            lambda sheet, *_: sheet.frame.height),
    _Around("assets.exports.parsing", "parse", "intake, parse", lambda export, *_: export.name,
            lambda _, __, text, *___: text.height),
    _Around("assets.exports.sponsors", "judge_members", "intake, judge", lambda *_: "members"),
    _Around("assets.exports.greedy", "judge_refunds", "intake, judge", lambda *_: "refunds"),
    _Around("pipelines.history", "History.enter", "job", lambda *_: "run history for the UI"),
    _Around("pandera.polars", "DataFrameModel.validate", "validate", lambda model, *_, **__: model.__name__),
)  # fmt: skip


def put_spans(spans: Spans) -> None:
    """Put spans around every function of the list. A name that is gone is an error: its time would be lost."""
    for around in _AROUND:
        importlib.import_module(around.module)
    for around in _AROUND:
        _put(spans, around)
    _put_around_stages(spans)
    _put_around_parts(spans)


def _put(spans: Spans, around: _Around) -> None:
    *classes, name = around.path.split(".")
    owner: Any = functools.reduce(getattr, classes, sys.modules[around.module])
    found = inspect.getattr_static(owner, name)
    function = found.__func__ if isinstance(found, classmethod) else found

    @functools.wraps(function)
    def measured(*args: Any, **kwargs: Any) -> Any:
        with spans.span(around.kind, around.name(*args, **kwargs)) as piece:
            result = function(*args, **kwargs)
        if around.rows:
            piece.rows = around.rows(result, *args, **kwargs)
        return result

    if classes:
        setattr(owner, name, classmethod(measured) if isinstance(found, classmethod) else measured)
    else:
        _put_where_imported(name, function, measured)


def _put_where_imported(name: str, function: Any, measured: Any) -> None:
    """Modules that imported the function by name hold it themselves."""
    for module in list(sys.modules.values()):
        if module.__name__.split(".")[0] in _ROOMS and vars(module).get(name) is function:
            setattr(module, name, measured)


def _put_around_stages(spans: Spans) -> None:
    """The pieces inside a stage bear its name; what none of them covers is the stage's own."""
    function = Desk.stage

    @functools.wraps(function)
    def measured(desk: Desk, stage: Stage, *args: Any, **kwargs: Any) -> Done:
        spans.stage = stage.name
        try:
            with spans.span("stage", "all else of it"):
                return function(desk, stage, *args, **kwargs)
        finally:
            spans.stage = OUTSIDE

    Desk.stage = measured


def _put_around_parts(spans: Spans) -> None:
    """``DuckEngine.parts`` answers at once; its work is done as the parts are taken, each of them a call."""
    function = DuckEngine.parts

    @functools.wraps(function)
    def measured(
        engine: DuckEngine, name: str, *args: Any, **kwargs: Any
    ) -> tuple[pl.Schema, Iterator[tuple[int, pl.DataFrame]]]:
        with spans.span("engine to Python", name):
            schema, parts = function(engine, name, *args, **kwargs)
        return schema, _taken(spans, name, parts)

    DuckEngine.parts = measured


def _taken(spans: Spans, name: str, parts: Iterator[tuple[int, pl.DataFrame]]) -> Iterator[tuple[int, pl.DataFrame]]:
    while True:
        with spans.span("engine to Python", name):
            part = next(parts, None)
        if part is None:
            return
        yield part
