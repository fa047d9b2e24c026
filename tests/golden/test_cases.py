"""The golden homes: every row of every day equals what two independent references computed (tests/cases)."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.closing import closing_of
from assets.foundation.duck import DuckEngine
from assets.foundation.state import State
from assets.foundation.store import Home
from assets.payouts.channels import read_rules
from assets.report.sections import from_json
from assets.tables import STATE_TABLES
from assets.verification.home import verify_home
from tests.books.reading import books_agree
from tests.explain.adding import trees_add_up, verdicts_told
from tests.settling import content_digest, settle_all

CASES = Path(__file__).parents[1] / "cases"
# What every table and payout file of the cases said before the day was made fast.
KEPT: dict[str, str] = json.loads(Path(__file__).with_name("kept.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def few_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ups that take as many rows as are needed begin with one, so that these short lives need more."""
    monkeypatch.setattr("assets.day._FIRST", 1)


TABLES = ("rewards", "balances", "tickets", "claims", "lots", "payouts")


_LOTS = ["lot_id", "holder", "granted", "left", "received", "contribution", "status"]


def _expected(case: Path, day: str, table: str) -> pl.DataFrame:
    path = case / "expected" / day / f"{table}.csv"
    if table == "lots" and not path.exists():  # no lot changed
        return pl.DataFrame(schema=dict.fromkeys(_LOTS, pl.String))
    return pl.read_csv(path, infer_schema=False).fill_null("")


def _found(home: Home, day: str, table: str, columns: list[str]) -> pl.DataFrame:
    frame = pl.read_parquet(home.root / "settlements" / day / f"{table}.parquet")
    if table == "rewards":  # summed by programme, kind, member, order, commodity
        keys = [column for column in columns if column != "amount"]
        frame = frame.group_by(keys).agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)
    if table == "lots":  # those of fixed points are left out of the expected rows
        fixed = (pl.col("programme") == "points") & (_mode(home) == "fixed")
        frame = frame.filter(~fixed)
    return frame.select(pl.col(columns).cast(pl.String).fill_null(""))


def _mode(home: Home) -> pl.Expr:
    """The mode of points in the version of each row."""
    modes = {one.version: one.points.mode for one in read_rules(home.rules_file).versions}
    return pl.col("rule_version").replace_strict(modes)


# What the state keeps so as not to look at its history, and the same from the history.
SUMMARIES = {
    "live_lots": (
        "select * from prior_live_lots where status = 'live'",
        "select * from prior_scheme_lots where status = 'live' and programme <> 'points'",
    ),
    "open_claims": (
        "select * from prior_open_claims where status = 'open'",
        "select * from prior_claims where status = 'open'",
    ),
    "blocks": (
        "select queue_id, block, tickets, need from prior_blocks where tickets > 0",
        "select queue_id, ticket_no // 32 as block, count(*) as tickets, cast(sum(target - received) as bigint) as need"
        " from prior_tickets where status = 'waiting' group by queue_id, ticket_no // 32",
    ),
    "buyers": (
        "select member_id, order_id, kept from prior_buyers",
        "select o.member_id,"
        " coalesce(max_by(case when live then o.order_id end, (o.qualify_on, o.seq)), '') as order_id,"
        " coalesce(max_by(case when live then o.kept end, (o.qualify_on, o.seq)), 0) as kept"
        " from (select p.*, total - refunded as kept, total > refunded and total - refunded >= b.least as live"
        " from prior_orders p join prior_buyers b using (member_id) where p.seq > 0) o group by o.member_id",
    ),
}


def _disagreements(home: Home, day: date) -> dict[str, list[tuple[object, ...]]]:
    """Rows of a summary that the history does not bear out, or the other way round."""
    seal = home.seal(day)
    assert seal
    engine = DuckEngine()
    State(engine, home.root, day, STATE_TABLES, seal.content["state"])
    found = {
        name: engine.query(f"(({kept}) except ({history})) union all (({history}) except ({kept}))")
        for name, (kept, history) in SUMMARIES.items()
    }
    told = {name for name, (kept, _) in SUMMARIES.items() if engine.query(f"select count(*) from ({kept})")[0][0]}
    engine.close()
    # Where the homes have them: those of the schemes alone have no queue, the others no lots that live.
    assert "buyers" in told and told & {"blocks", "live_lots"}
    return found


def _pools(home: Home, day: date) -> int:
    """What the report of a day says that all pools hold at its close, fen."""
    section = from_json((home.settlement(day) / "report.json").read_bytes()).section("pools")
    assert section and not section.more
    return sum(int(row[-1] or 0) for row in section.rows if str(row[0]).startswith("pool_"))


def _unpaid(home: Home, day: date) -> dict[object, tuple[object, object]]:
    """What the report of a day counts as not paid, by verdict."""
    section = from_json((home.settlement(day) / "report.json").read_bytes()).section("unpaid")
    return {verdict: (members, held) for verdict, members, held in section.rows} if section else {}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_case(name: str, tmp_path: Path) -> None:
    case = CASES / name
    shutil.copytree(case / "exports", tmp_path / "exports")
    shutil.copy(case / "rules.yaml", tmp_path)
    home = Home(tmp_path)
    days = settle_all(tmp_path)
    assert [day.isoformat() for day in days] == sorted(path.name for path in (case / "expected").iterdir())
    compared = 0
    for day in days:
        for table in TABLES:
            expected = _expected(case, day.isoformat(), table)
            found = _found(home, day.isoformat(), table, expected.columns)
            order = expected.columns
            assert found.sort(order).rows() == expected.sort(order).rows(), f"{name} {day} {table}"
            compared += expected.height
    assert compared > 1_500
    assert content_digest(tmp_path, days) == KEPT[name]
    for day in days[4::5]:
        assert _disagreements(home, day) == {name: [] for name in SUMMARIES}, day
    assert not verify_home(home).faults
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert books_agree(home.root, scratch) > 50
    assert trees_add_up(home, days) > 20
    for day in days:
        seal = home.seal(day)
        assert seal and _pools(home, day) == closing_of(home, seal).pools_fen, day
    for day in days[9::10]:
        assert verdicts_told(home, day) == _unpaid(home, day), day
