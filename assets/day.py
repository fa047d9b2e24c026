"""One day at work: the engine with its relations, the rules in force, the staging folder and what was written to it.

Holds: what every stage needs of the day, and the one way to write an output.
Never holds: the order of the stages (``stages.py``), arithmetic, orchestration.
Neighbour: ``foundation/`` below it; every stage above takes a Day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.files import write_parts
from assets.foundation.rules import Rules, Version, content_differences
from assets.foundation.seen import Seen
from assets.foundation.segments import sealed_files
from assets.foundation.state import State
from assets.foundation.store import MANIFEST, Home, Seal, sha256_file
from assets.payouts.channels import read_rules
from assets.tables import STATE_TABLES
from assets.wording import Language

if TYPE_CHECKING:
    import polars as pl

    from assets.exports.intake import Intake
    from assets.outputs import Output

FORMAT = 6  # of the sealed state and its manifest
_BLOCK = 1 << 20  # rows that the two-level sums and numbers of sql/ put in order at a time
_FIRST, _TIMES = 8, 8  # rows of a text that are looked at first, and how many times as many whenever it takes more
_BALANCES = {"account": "varchar", "holder": "varchar", "commodity": "varchar", "balance": "bigint"}


@dataclass(frozen=True)
class Written:
    """A file in the staging folder, as the manifest names it."""

    sha256: str
    bytes: int
    rows: int | None = None
    content_sha256: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Without what it has not."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class Day:
    """The state of one settlement in progress; made by ``open_day``."""

    home: Home
    date: date
    rules: Rules
    rules_sha256: str
    version: Version
    previous: Seal | None
    engine: Engine
    state: State
    seen: Seen
    staging: Path
    accept_quarantine: str | None = None
    language: Language = "en"
    progress: Callable[[str], None] = field(default=lambda _: None)
    params: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    state_segments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    intake: Intake | None = None

    def keys(self, block: str) -> Version:
        """The version whose keys do the daily work of a programme: the last that had it enabled, else today's."""
        return self.rules.last_enabled(block, self.date) or self.version

    # --- running statements -----------------------------------------------------------------------------------------

    def run(self, *paths: str, into: str | None = None) -> None:
        """Run statements of ``sql/`` with the day's parameters."""
        for path in paths:
            self.progress(path)
            self.engine.run(path, into=into, **self.params)

    def name(self, path: str) -> str:
        """Name what a statement returns, without keeping its rows; returns the name."""
        return self.engine.name(path)

    def overlap(self, money: str, needs: str, *, into: str) -> None:
        """Lay ``money`` and ``needs`` end to end in each lane and keep where they meet (rules.md section 6.3).

        Where there are so many that one lane could be more than one sort should hold, lanes are laid in blocks.
        """
        self.engine.union("lay_money", [money])
        self.engine.union("lay_needs", [needs])
        pieces = self.engine.count(money) + self.engine.count(needs)
        self.engine.run("common/overlap_long" if pieces > _BLOCK else "common/overlap", into=into)

    def gather(self, paths: Iterable[str], *, into: str) -> None:
        """Run statements of one shape and keep all their rows as one relation."""
        self.engine.union(into, [self.engine.run(path, **self.params) for path in paths])

    def frame(self, name: str, order: str = "") -> pl.DataFrame:
        """Rows of a relation as a Polars frame."""
        return self.engine.frame(name, order)

    def total(self, name: str, column: str) -> int:
        """Sum of an integer column; 0 without rows."""
        return self.engine.total(name, column)

    # --- the intake -------------------------------------------------------------------------------------------------

    def taken(self) -> Intake:
        """The day's exports; ValueError before they were read."""
        if self.intake is None:
            raise ValueError("the exports were not read yet")
        return self.intake

    def refuse(self, file: str, judged: pl.DataFrame, sentences: dict[str, str]) -> None:
        """Send rows whose ``verdict`` is one of ``sentences`` to quarantine with that code and sentence."""
        if judged.is_empty():
            return
        import polars as pl  # late: the command line's help does without it

        rows = judged.filter(pl.col("verdict").is_in(list(sentences)))
        if rows.is_empty():
            return
        self.taken().refuse_later(
            rows.select(
                pl.lit(file).alias("file"), "source", "row_no", pl.col("verdict").alias("reason"),
                pl.col("verdict").replace_strict(sentences).alias("sentence"),
            )
        )  # fmt: skip

    # --- outputs ----------------------------------------------------------------------------------------------------

    def write_table(self, name: str, relation: str | None = None) -> int:
        """Write an output table of ``outputs.py`` to staging in the order of its key, every part checked against its
        model; returns its rows.

        The relation has the model's columns; those that number the rows are made here.
        """
        from assets.outputs import OUTPUTS  # late: pandera is slow to import

        output = OUTPUTS[name]
        path = self.staging / f"{name}.parquet"
        schema, parts = _in_order(self.engine, output, relation or name)
        if output.lined:
            schema, parts = _lined(schema, parts, output)
        plain: Iterator[pl.DataFrame] = (part for _, part in parts)
        if output.numbered:
            schema, plain = _numbered(schema, plain, output.numbered, self.params["day_text"])
        table = write_parts(self._checked(output, plain), schema, path, content=True)
        self.written[path.name] = Written(table.sha256, path.stat().st_size, table.rows, table.content_sha256)
        return table.rows

    def _checked(self, output: Output, parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The parts as they pass their model, with word of how many rows went by."""
        rows = 0
        for part in parts:
            yield output.check(part)
            rows += part.height
            self.progress(f"{output.name}, {rows:,} rows written")

    def reread(self, name: str) -> None:
        """From now on the relation ``name`` is the output table of that name, as it was written."""
        from assets.outputs import OUTPUTS

        self.engine.parquet(name, self.staging / f"{name}.parquet", [f'"{one}"' for one in OUTPUTS[name].columns])

    def lookup(self, table: str, index: str, asked: str, *, of: str = "", only: str = "", into: str) -> None:
        """Keep as ``into`` the rows of the sealed state that ``asked`` names (``State.lookup``)."""
        self.state.lookup(table, index, asked, of=of, only=only, into=into)

    def lookup_enough(
        self, table: str, index: str, asked: str, *, short: str, youngest: bool = False, only: str, into: str
    ) -> None:
        """Keep as ``into`` the oldest rows that ``asked`` names, or the ``youngest``, as many as it takes.

        ``short`` is the statement that returns the texts of which ``into`` has too few though there are more
        (``<into>_more``). So a member of many years costs what he did of late.
        """
        most = _FIRST
        self.state.lookup_some(table, index, asked, most=most, youngest=youngest, only=only, into=into)
        while self.engine.count(f"{into}_more"):
            self.run(short, into="missing_now")
            if not self.engine.count("missing_now"):
                return
            most *= _TIMES
            self.state.lookup_some(
                table, index, "missing_now", most=most, youngest=youngest, only=only, into="found_now"
            )
            self.engine.exchange(into, "found_now", index, "missing_now")
            self.engine.exchange(f"{into}_more", "found_now_more", index, "missing_now")

    def sift(self, table: str, condition: str, *, into: str) -> None:
        """Keep as ``into`` the rows of the sealed state that fulfil a condition (``State.sift``)."""
        self.state.sift(table, condition, into=into)

    def keep(self, table: str, relation: str) -> None:
        """Write what today changed in a state table, as soon as that is final (``State.keep``)."""
        self.progress(f"state of {table}")
        self.state.keep(self.staging / "state", table, relation)

    def unfinished(self) -> tuple[str, ...]:
        """How the paths begin of files that are not whole yet."""
        return tuple(f"{self.staging / 'state' / name}." for name in self.state.writing())

    def wrote(self, path: Path, rows: int | None = None) -> None:
        """Enter a file that a stage wrote below staging."""
        name = path.relative_to(self.staging).as_posix()
        self.written[name] = Written(sha256_file(path), path.stat().st_size, rows)


_Parts = Iterator[tuple[int, "pl.DataFrame"]]  # each with the number of its ``Output.led``


def _in_order(engine: Engine, output: Output, relation: str) -> tuple[pl.Schema, _Parts]:
    """The rows of an output in its order, without the columns that number them."""
    made = [column for column in output.columns if column not in (output.numbered, output.lined)]
    return engine.parts(relation, output.order, made, led=output.led)


def _lined(schema: pl.Schema, parts: _Parts, output: Output) -> tuple[pl.Schema, _Parts]:
    """Give every row its place among those of its ``led``, from 1."""
    import polars as pl

    columns = [column for column in output.columns if column != output.numbered]

    def lined() -> _Parts:
        group, before = -1, 0
        for number, part in parts:
            group, before = number, (before if number == group else 0)
            place = pl.int_range(before + 1, before + part.height + 1, dtype=pl.Int64)
            yield number, part.with_columns(place.alias(output.lined)).select(columns)
            before += part.height

    kinds = {**schema, output.lined: pl.Int64()}
    return pl.Schema({column: kinds[column] for column in columns}), lined()


def _numbered(
    schema: pl.Schema, parts: Iterator[pl.DataFrame], column: str, prefix: str
) -> tuple[pl.Schema, Iterator[pl.DataFrame]]:
    """Put ``<prefix>/<n>`` before every row, n from 1 in the order of the rows."""
    import polars as pl

    def numbered() -> Iterator[pl.DataFrame]:
        before = 0
        for part in parts:
            place = pl.int_range(before + 1, before + part.height + 1, dtype=pl.Int64)
            yield part.select(pl.format(f"{prefix}/{{}}", place).alias(column), pl.all())
            before += part.height

    return pl.Schema({column: pl.String(), **schema}), numbered()


def changed_versions(rules: Rules, previous: Seal) -> dict[str, str]:
    """Versions that the chain of seals used or passed and that read otherwise now, by name, and in what."""
    now = rules.contents(previous.day)
    sealed = previous.content["rules"]["versions"]
    changed = dict.fromkeys(sealed.keys() - now.keys(), "gone") | dict.fromkeys(now.keys() - sealed.keys(), "new")
    for name in sealed.keys() & now.keys():
        if found := content_differences(sealed[name], now[name]):
            changed[name] = ", ".join(found)
    return dict(sorted(changed.items()))


def open_day(
    home: Home,
    day: date,
    *,
    engine: Engine,
    accept_quarantine: str | None = None,
    language: Language | None = None,
    progress: Callable[[str], None] | None = None,
) -> Day:
    """Prepare ``day`` for settlement in a fresh staging folder; the caller holds the home's lock. Its report is in
    ``language``, by default the home's.

    Raises Refused when it is not the day's turn or no version fits, when a rules version that a sealed day used has
    changed, RulesError when the rules file is at fault.
    """
    work = look_at_day(home, day, previous=home.require_turn(day), engine=engine)
    work.accept_quarantine, work.progress = accept_quarantine, progress or work.progress
    work.language = language or home.language()
    work.staging.mkdir()
    return work


def look_at_day(home: Home, day: date, *, previous: Seal | None, engine: Engine) -> Day:
    """A day over the state that ``previous`` sealed, for reading and trying: nothing is written by itself."""
    rules = read_rules(home.rules_file)
    version = rules.version_on(day)
    seen = Seen(home)
    if previous:
        if (found := previous.content.get("format")) != FORMAT:
            raise Refused(f"{previous.day} was sealed in format {found}, this version of Settle continues {FORMAT}")
        _require_chain(home, previous)
        _require_same_rules(home, rules, previous)
        _require_sealed_files(home, previous, seen)
    state = State(engine, home.root, day, STATE_TABLES, previous.content["state"] if previous else None)
    _name_balances(engine, home, previous)
    engine.put("versions", rules.versions_frame())
    engine.put("ladder", rules.ladder_frame())
    engine.put("tiers", rules.tiers_frame())
    engine.put("packages", rules.packages_frame())
    return Day(
        home, day, rules, sha256_file(home.rules_file), version, previous, engine, state, seen,
        home.staging_root / day.isoformat(), params=_params(day, version),
    )  # fmt: skip


def _require_same_rules(home: Home, rules: Rules, previous: Seal) -> None:
    if changed := changed_versions(rules, previous):
        raise Refused(
            f"{home.rules_file}: version {', '.join(changed)} differs from what the sealed days up to {previous.day}"
            f" used ({'; '.join(changed.values())}); a change of rules needs a new version with a later effective_from"
        )
    if (zone := previous.content["rules"]["timezone"]) != rules.timezone:
        raise Refused(f"{home.rules_file}: timezone: found {rules.timezone}, allowed {zone} (sealed days used it)")


def starting_files(home: Home, seal: Seal) -> dict[str, str]:
    """What the day after ``seal`` rests on, all outputs and the state: path relative to the home, sha256 as sealed."""
    folder = home.settlement(seal.day).relative_to(home.root).as_posix()
    outputs = {f"{folder}/{name}": listed["sha256"] for name, listed in seal.content["outputs"].items()}
    return outputs | dict(sealed_files(seal.content["state"]))


def _require_chain(home: Home, previous: Seal) -> None:
    """The settled days follow one another without a gap, and the newest names the seal before it.

    That every older seal is the one that the next names, and its files are as sealed, was seen by the days that
    followed them; `settle verify` looks again.
    """
    days = home.settled_days()
    for one, following in pairwise(days):
        if (missing := one + timedelta(days=1)) != following:
            raise Refused(
                f"{home.settlement(missing)}: the sealed folder of {missing} is gone, between {one} and {following};"
                " nothing was settled. Bring it back first"
            )
    first, before = home.seal(days[0]), home.seal(previous.day - timedelta(days=1))
    if first and (named := first.content.get("previous")):
        raise Refused(
            f"{home.settlement(first.day)} follows {named['business_date']}, whose sealed folder is gone; nothing was"
            " settled. Bring it back first"
        )
    named = previous.content.get("previous")
    if before and named != {"business_date": before.day.isoformat(), "sha256": before.sha256}:
        raise Refused(
            f"{home.settlement(before.day) / MANIFEST} is not the seal that {previous.day} names; nothing was settled"
            " (settle verify says more)"
        )


def _require_sealed_files(home: Home, previous: Seal, seen: Seen) -> None:
    """What a day starts from is what was sealed, to the byte; anything else would pay out of thin air."""
    for name, expected in sorted(starting_files(home, previous).items()):
        path = home.root / name
        if not path.is_file():
            raise Refused(f"{name} is part of what {previous.day} sealed and is gone; nothing was settled")
        if (found := seen.sha256(name)) != expected:
            raise Refused(
                f"{name} is not what {previous.day} sealed: found sha256 {found[:16]}…, expected {expected[:16]}…;"
                " nothing was settled (settle verify says more)"
            )


def _name_balances(engine: Engine, home: Home, previous: Seal | None) -> None:
    if previous is None:
        engine.empty("prior_balances", _BALANCES)
    else:
        engine.parquet("prior_balances", home.settlement(previous.day) / "balances.parquet", _BALANCES)


def _params(day: date, version: Version) -> dict[str, Any]:
    """What statements may bind: every scalar of the version in force, and the day in the spellings they need."""
    return {
        **version.flat(),
        "version": version.version,
        "day": day,
        "day_text": day.isoformat(),
        "day_compact": day.strftime("%Y%m%d"),
        "month": day.replace(day=1),
        "year_start": day.replace(month=1, day=1),
    }
