"""What must hold in any home that follows the rules, tried on random untidy ones (tests/reference/homes.py).

Holds: agreement with the sequential reference in every row, conservation, limits, and what a full refund leaves.
Never holds: hand-made figures; those are in ``tests/settlement``.
Neighbour: ``test_same_bytes.py`` for everything that may not change a byte.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assets.foundation.store import Home
from assets.verification.home import verify_home
from tests.reference.homes import write_home
from tests.reference.settle_reference import COLUMNS, DayResult
from tests.settling import rows, settle_day

pytestmark = pytest.mark.slow


def examples(count: int) -> settings:
    """The same examples on every machine and day; each takes seconds, so there is no deadline."""
    return settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, max_examples=count)


# `behind` of earlier parts is a matter of presentation: the order's open parts are shown on its newest ticket.
COMPARED = {table: [c for c in columns if (table, c) != ("tickets", "behind")] for table, columns in COLUMNS.items()}


def _expected(result: DayResult, table: str) -> list[tuple[object, ...]]:
    places = [COLUMNS[table].index(column) for column in COMPARED[table]]
    return sorted(tuple("" if row[at] is None else row[at] for at in places) for row in getattr(result, table))


def _quarantine(home: Path, day: date) -> list[tuple[str, int, str]]:
    folder = Home(home).settlement(day) / "quarantine"
    found = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        frame = pl.read_csv(path, infer_schema=False)
        found += [(path.stem, int(row) - 1, reason) for row, reason in frame.select("row", "reason").rows()]
    return sorted(found)


def _check_agreement(home: Path, result: DayResult) -> None:
    for table, columns in COMPARED.items():
        assert rows(home, result.day, table, columns) == _expected(result, table), f"{result.day} {table}"
    assert _quarantine(home, result.day) == sorted(result.quarantine), f"{result.day} quarantine"


def _sums(frame: pl.DataFrame, by: str, value: str) -> dict[str, int]:
    return dict(frame.group_by(by).agg(pl.col(value).sum()).rows())


def _check_conservation(home: Path, days: list[date]) -> None:
    """Σ paid out − Σ taken back + pool_due = Σ contributed − pool balance, per programme; wallets and pools >= 0."""
    contributed: dict[str, int] = defaultdict(int)
    given_out: dict[str, int] = defaultdict(int)
    for day in days:
        folder = Home(home).settlement(day)
        entries = pl.read_parquet(folder / "entries.parquet")
        contributions = entries.filter(pl.col("txn_id").str.ends_with("/contribute"))
        paid_in = contributions.filter(pl.col("account").str.starts_with("pool_"))
        for account, fen in _sums(paid_in, "account", "credit").items():
            contributed[account.removeprefix("pool_")] += fen
        money = pl.read_parquet(folder / "rewards.parquet").filter(pl.col("commodity") == "CNY")
        for programme, fen in _sums(money, "programme", "amount").items():
            given_out[programme] += fen
        balances = pl.read_parquet(folder / "balances.parquet")
        guarded = balances.filter(pl.col("account").str.contains("^(pool_|member_wallet_|voucher_backing)"))
        assert guarded.filter(pl.col("balance") < 0).is_empty(), day
        for programme in ("queue", "referral"):
            held = balances.filter(
                (pl.col("account") == f"pool_{programme}")
                | ((pl.col("account") == "pool_due") & pl.col("holder").str.starts_with(f"pool_{programme}/"))
            )["balance"].sum()
            assert given_out[programme] + held == contributed[programme], (day, programme)


def _check_limits(home: Path, days: list[date]) -> None:
    for day in days:
        folder = Home(home).settlement(day)
        tickets = pl.read_parquet(folder / "tickets.parquet")
        assert tickets.filter((pl.col("received") < 0) | (pl.col("received") > pl.col("target"))).is_empty(), day
        claims = pl.read_parquet(folder / "claims.parquet")
        assert claims.filter((pl.col("received") < 0) | (pl.col("received") > pl.col("amount"))).is_empty(), day
        assert claims.filter(pl.col("amount") > pl.col("cap")).is_empty(), day


@examples(3)
@given(seed=st.integers(min_value=0, max_value=100_000))
@example(seed=19)  # fifo with more waiting than the pot pays
@example(seed=2)  # average, then pro_rata; claims cut by their caps
@example(seed=3)  # fifo, then seats, with split orders and a change of scope
@example(seed=6)  # fifo with base orders refunded
@example(seed=13)  # pro_rata, then fifo; labour tax, ordinals freed, debts
def test_agrees_with_the_reference_and_conserves_money(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        results = write_home(seed, home, 8, 12)
        for result in results:
            settle_day(home, result.day)
            _check_agreement(home, result)
        days = [result.day for result in results]
        _check_conservation(home, days)
        _check_limits(home, days)
        assert not verify_home(Home(home)).faults  # fifo never overtakes, among much else


@examples(1)
@given(seed=st.integers(min_value=0, max_value=100_000))
@example(seed=2)  # every scheme pays and takes back
@example(seed=13)  # points of mode fixed refunded while points have a price
@example(seed=37)
def test_agrees_with_the_reference_on_every_scheme(seed: int) -> None:
    """Pool-priced points, green points, circular purchase and the chain beside the others: every row, every control."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        results = write_home(seed, home, 8, 12, schemes=True)
        for result in results:
            settle_day(home, result.day)
            _check_agreement(home, result)
        _check_limits(home, [result.day for result in results])
        assert not verify_home(Home(home)).faults


def test_agrees_with_the_reference_over_a_month_with_expiry() -> None:
    seed, expired = 2, 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for result in write_home(seed, home, 33, 4):
            settle_day(home, result.day)
            _check_agreement(home, result)
            expired += sum(row[1] == "expire" for row in result.rewards)
    assert expired


def _last(home: Path, days: list[date], table: str, key: list[str]) -> pl.DataFrame:
    parts = [pl.read_parquet(Home(home).settlement(day) / f"{table}.parquet") for day in days]
    return pl.concat(parts).unique(key, keep="last", maintain_order=True)


@examples(1)
@given(seed=st.integers(min_value=0, max_value=100_000))
@example(seed=0)  # referrals and base orders refunded, exits of split orders
@example(seed=13)  # ordinals freed, debts
def test_an_order_and_its_full_refund_leave_only_the_contributions(seed: int) -> None:
    """Rules.md section 9: points, tickets, claims and their money go back; shares stay; exited parts stay exited."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        days = [result.day for result in write_home(seed, home, 8, 12)]
        for day in days:
            settle_day(home, day)
        orders = pl.concat([_segment(home, day) for day in days]).unique("order_id", keep="last", maintain_order=True)
        gone = orders.filter((pl.col("seq") > 0) & (pl.col("refunded") == pl.col("total")))["order_id"].to_list()
        assert gone
        rewards = pl.concat([pl.read_parquet(Home(home).settlement(day) / "rewards.parquet") for day in days])
        own = rewards.filter(pl.col("order_id").is_in(gone) & ~pl.col("kind").is_in(["exit", "expire"]))
        left = own.filter(pl.col("commodity") != "VOUCHER").group_by("programme", "order_id", "commodity")
        assert left.agg(pl.col("amount").sum()).filter(pl.col("amount") != 0).is_empty()
        tickets = _last(home, days, "tickets", ["queue_id", "ticket_no"]).filter(pl.col("order_id").is_in(gone))
        live = tickets.filter(pl.col("status") != "exited")
        assert live.filter((pl.col("status") != "cancelled") | (pl.col("target") != 0)).is_empty()
        assert tickets.filter(pl.col("received") != 0).is_empty()
        claims = _last(home, days, "claims", ["claim_id"]).filter(pl.col("order_id").is_in(gone))
        assert set(claims["status"]) <= {"void"}
        assert claims["amount"].sum() == claims["received"].sum() == 0
        referrals = [_referrals(home, day).filter(pl.col("order_id").is_in(gone)) for day in days]
        assert set(pl.concat(referrals).unique("order_id", keep="last", maintain_order=True)["status"]) <= {"void"}


def _referrals(home: Path, day: date) -> pl.DataFrame:
    path = Home(home).settlement(day) / "state" / "referrals.parquet"
    columns = {"order_id": pl.String, "status": pl.String}
    return pl.read_parquet(path, columns=list(columns)) if path.is_file() else pl.DataFrame(schema=columns)


def _segment(home: Path, day: date) -> pl.DataFrame:
    """Orders that changed on a day or before, as the state's segment of that day has them; none if it wrote none."""
    path = Home(home).settlement(day) / "state" / "orders.arrow"
    columns = {"order_id": pl.String, "seq": pl.Int64, "total": pl.Int64, "refunded": pl.Int64}
    return pl.read_ipc(path, columns=list(columns)) if path.is_file() else pl.DataFrame(schema=columns)
