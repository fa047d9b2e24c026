"""The walk over a home's settled days: every day is read once, sums are carried along.

Holds: the order of the checks and which days they are made for.
Never holds: a check; writing of any kind; the home's lock (sealed days do not change).
Neighbour: ``pipelines/verifying.py`` shows the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from assets.foundation.errors import RulesError
from assets.foundation.rules import Rules
from assets.foundation.store import Home
from assets.payouts.channels import read_rules
from assets.verification.awards import REFERRAL, Awards
from assets.verification.books import Books
from assets.verification.chain import Chain, Link, check_rules, state_file
from assets.verification.findings import Fault, Page, Verification
from assets.verification.intake import check_sealed_controls, check_totals
from assets.verification.issued import check_issued, check_register
from assets.verification.log import Log
from assets.verification.lots import Lots
from assets.verification.payouts import Payouts
from assets.verification.tables import read_table, read_tables

Progress = Callable[[date, int, int], None]


def verify_home(
    home: Home, upto: date | None = None, only: date | None = None, progress: Progress | None = None
) -> Verification:
    """Verify the chain up to ``upto`` (the newest settled day without it) and the controls of ``only``, or every day.

    The journals of all days are summed either way. ``progress(day, number, of)`` is called before each day. What is
    wrong with the home is in the faults; nothing is raised for it.
    """
    outcome = Verification()
    chain = Chain(home, outcome)
    days = chain.days(upto)
    if not days or (upto is not None and days[-1] != upto):
        missing = upto or date.max
        what = "a settled day"
        outcome.faults.append(Fault("chain", missing, f"settlements/{upto or ''}", what, "its folder", "none"))
    if not days:
        outcome.stopped = "no day is settled"
        check_register(home, outcome, upto)
        Log(home, outcome).close(upto)
        return outcome
    outcome.first, outcome.last = days[0], days[-1]
    walk = _Walk(home, outcome, chain, _rules(home, outcome, days[-1]), only)
    for number, day in enumerate(days, start=1):
        if progress:
            progress(day, number, len(days))
        walk.visit(day)
    check_register(home, outcome, upto)
    walk.log.close(upto)
    return outcome


def _rules(home: Home, outcome: Verification, day: date) -> Rules | None:
    try:
        return read_rules(home.rules_file)
    except RulesError as error:
        found = str(error).splitlines()[0].removeprefix(f"{home.root}/")
        outcome.faults.append(Fault("rules", day, home.rules_file.name, "the rules", "a sound rules file", found))
        return None


class _Walk:
    """Carries the sums from day to day."""

    def __init__(self, home: Home, outcome: Verification, chain: Chain, rules: Rules | None, only: date | None) -> None:
        self._home, self._outcome, self._chain, self._rules, self._only = home, outcome, chain, rules, only
        self._books, self._awards, self._lots, self._payouts = Books(), Awards(rules), Lots(rules), Payouts()
        self._standing: pl.DataFrame | None = None
        self.log = Log(home, outcome)

    def visit(self, day: date) -> None:
        """All checks of one day; those of its content only while every day before it could be read."""
        page = Page(self._outcome, day)
        link = self._chain.link(day, page)
        tables = None
        if link:
            self._chain.files(link, page)
            self._chain.inputs(link, page)
            self.log.visit(link, self._chain.newest)
            if self._rules:
                check_rules(self._rules, link, page)
            tables = read_tables(self._home.settlement(day), link, page)
            if tables:
                check_issued(self._home, tables["payouts"], link.sha256, page)
        if self._chain.broken:
            self._stop(self._chain.broken)
        elif link and tables is None:
            self._stop(f"a table of {day} cannot be read")
        if link and tables and not self._outcome.stopped:
            self._weigh(link, tables, page)

    def _stop(self, why: str) -> None:
        # Later figures rest on every earlier journal: without one of them each would be called wrong.
        self._outcome.stopped = self._outcome.stopped or why

    def _weigh(self, link: Link, tables: dict[str, pl.DataFrame], page: Page) -> None:
        checked = self._only is None or self._only == page.day
        referrals = self._referrals(link, page)
        if self._outcome.stopped:
            return
        folder: Path = self._home.settlement(page.day)
        version = None
        if self._rules and any(one.effective_from <= page.day for one in self._rules.versions):
            version = self._rules.version_on(page.day)
        self._books.take(tables, version, page, checked=checked)
        self._awards.take(tables, referrals, page, checked=checked)
        self._lots.take(tables, version, page, checked=checked)
        self._payouts.take(folder, tables, page, checked=checked)
        if checked:
            check_totals(folder, link, page)
            check_sealed_controls(tables["controls"], page)

    def _referrals(self, link: Link, page: Page) -> pl.DataFrame | None:
        file = state_file(link, "referrals")
        if file is None:
            return None
        if file in self._outcome.pruned:
            return self._standing_referrals(page)
        found = read_table(self._home.root / file)
        if isinstance(found, str):
            page.fault("depth", "state/referrals.parquet", "the table", "readable Parquet", found)
            return None
        return found

    def _standing_referrals(self, page: Page) -> pl.DataFrame | None:
        """The referrals of all days, as the newest state has taken them in."""
        if self._standing is None:
            read = [read_table(path) for path in self._chain.standing("referrals") or []]
            parts = [part.select(*REFERRAL) for part in read if isinstance(part, pl.DataFrame)]
            if not parts or len(parts) < len(read):
                self._stop(f"the referrals of {page.day} were pruned, and the newest state cannot be read for them")
                return None
            self._standing = pl.concat(parts).unique("order_id", keep="last", maintain_order=True)
        return self._standing
