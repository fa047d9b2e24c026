"""`settle payouts reconcile`: every payout in one state, by channel and file, held against the ledger.

Home: A's 24.00 of 2 November failed; on the 3rd A was paid 138.00, which arrived, and B 3.85, which failed; on the 4th
A's 6.00 and again B's 3.85 are on their way. On the 5th A's 138.00 comes back and is paid again. All through alipay.
"""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from assets.foundation.store import Home
from assets.importing.reconciling import reconcile
from pipelines.reconciling import reconcile_and_show
from tests.importing.homes import D5, FAILED_B, HEAD, OF_A, PAID_A, write_six_days
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, tree
from tests.pipelines.test_command_line import said

SOUND = "✓ issued = paid + failed + returned + in transit: "
BOOKED = "✓ in transit = payout_in_transit of the ledger at the close of 2025-11-05, by channel"


@pytest.fixture(scope="module")
def five(in_transit: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Five settled days; never changed by a test."""
    home = Home(tmp_path_factory.mktemp("reconciling") / "home")
    shutil.copytree(in_transit.root, home.root)
    for day, results in ((D4, PAID_A + FAILED_B), (D5, f"{OF_A},returned,138.00,,2025-11-05T09:00:00\n")):
        (home.exports(day) / "payout_results.csv").write_text(HEAD + results, encoding="utf-8")
        settle_days(home, day)
    return home


@pytest.fixture
def home(five: Home, tmp_path: Path) -> Home:
    """A copy of it."""
    shutil.copytree(five.root, tmp_path / "home")
    return Home(tmp_path / "home")


def told(home: Home, *words: object, code: int = 0) -> list[str]:
    done = said("payouts", "reconcile", "--home", home.root, *words)
    assert (done.code, done.err) == (code, "")
    return done.out.splitlines()


# --- what adds up ------------------------------------------------------------------------------------------------


def test_channels_then_files_with_payments_in_transit(five: Home) -> None:
    before = tree(five.root)
    assert told(five) == [
        "By channel:",
        "  alipay: issued 6 313.70, paid 0 0.00, failed 2 27.85, returned 1 138.00, in transit 3 147.85 yuan, 1 day",
        "Files with payments in transit:",
        "  alipay payouts-20251104-alipay.csv: issued 2 9.85, paid 0 0.00, failed 0 0.00, returned 0 0.00,"
        " in transit 2 9.85 yuan, 1 day",
        "  alipay payouts-20251105-alipay.csv: issued 1 138.00, paid 0 0.00, failed 0 0.00, returned 0 0.00,"
        " in transit 1 138.00 yuan, 0 days",
        f"{SOUND}6 payments, 313.70 yuan",
        BOOKED,
    ]
    assert tree(five.root) == before


def test_of_one_day_all_files(five: Home) -> None:
    assert told(five, "--date", D3) == [
        "By channel:",
        "  alipay: issued 2 141.85, paid 0 0.00, failed 1 3.85, returned 1 138.00, in transit 0 0.00",
        "Files of 2025-11-03:",
        "  alipay payouts-20251103-alipay.csv: issued 2 141.85, paid 0 0.00, failed 1 3.85, returned 1 138.00,"
        " in transit 0 0.00",
        f"{SOUND}2 payments, 141.85 yuan",
        BOOKED,
    ]


@pytest.mark.parametrize(
    ("words", "sum_"),
    [
        (("--from", D3, "--to", D4), "4 payments, 151.70 yuan"), (("--from", D4), "3 payments, 147.85 yuan"),
        (("--to", D2), "1 payment, 24.00 yuan"), (("--date", D1), "0 payments, 0.00 yuan"),
        (("--date", "2031-01-01"), "0 payments, 0.00 yuan"),
    ],
)  # fmt: skip
def test_days_that_are_asked_for(five: Home, words: tuple[object, ...], sum_: str) -> None:
    lines = told(five, *words)
    assert lines[-2:] == [SOUND + sum_, BOOKED]
    assert (lines[0] == "By channel: none") is sum_.startswith("0")


def test_the_age_of_a_channel_is_that_of_its_oldest_payment_in_transit(home: Home) -> None:
    change(home.settlement(D4) / "payouts.parquet", pl.col("member_id") == "A", channel="bank")
    change(home.settlement(D4) / "payouts.parquet", pl.col("member_id") == "B", channel="cash")
    found = reconcile(home, D1, D4)
    shown = found.channels.select("channel", "issued_fen", "failed_fen", "returned_fen", "in_transit_fen", "age").rows()
    assert shown == [("alipay", 16585, 2785, 13800, 0, None), ("bank", 600, 0, 0, 600, 1), ("cash", 385, 0, 0, 385, 1)]
    assert reconcile(home).channels.filter(channel="alipay")["age"].to_list() == [0]  # of the 5th, not of the 2nd
    assert found.files.select("channel", "file", "age").rows() == [
        ("alipay", "payouts-20251102-alipay.csv", 3), ("alipay", "payouts-20251103-alipay.csv", 2),
        ("bank", "payouts-20251104-alipay.csv", 1), ("cash", "payouts-20251104-alipay.csv", 1),
    ]  # fmt: skip


def test_a_table_in_a_terminal(five: Home) -> None:
    file = io.StringIO()
    assert reconcile_and_show(Console(file=file, width=140, force_terminal=True), five, None, None)
    text = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert re.search(r" alipay +6 +0 +2 +1 +3 +1 *\n +313\.70 ", text)
    assert re.search(r" alipay +2 .*\n payouts-20251104-alipay\.csv ", text)
    assert f"{SOUND}6 payments, 313.70 yuan\n{BOOKED}\n" in text


def test_it_is_quick(five: Home) -> None:
    begun = time.process_time()
    reconcile(five)
    assert time.process_time() - begun < 2


# --- what does not -----------------------------------------------------------------------------------------------


def change(path: Path, where: pl.Expr, **columns: object) -> None:
    frame = pl.read_parquet(path)
    assert frame.filter(where).height == 1
    new = (pl.when(where).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in columns.items())
    frame.with_columns(*new).cast(frame.schema).write_parquet(path)


def another_amount(home: Home) -> None:
    change(home.settlement(D3) / "payouts.parquet", pl.col("payout_id") == OF_A, net=13801)


def one_that_is_gone(home: Home) -> None:
    path = home.settlement(D3) / "payouts.parquet"
    pl.read_parquet(path).filter(pl.col("payout_id") != OF_A).write_parquet(path)


def another_id(home: Home) -> None:
    change(home.settlement(D3) / "payouts.parquet", pl.col("payout_id") == OF_A, payout_id="P20251103X")


def one_more_of_nothing(home: Home) -> None:
    path = home.settlement(D3) / "payouts.parquet"
    frame = pl.read_parquet(path)
    more = frame.head(1).with_columns(payout_id=pl.lit("P20251103X"), net=pl.lit(0, pl.Int64))
    pl.concat([frame, more]).write_parquet(path)


FILE = "✗ payouts-20251103-alipay.csv: issued"


@pytest.mark.parametrize(
    ("forge", "lines"),
    [
        (another_amount, [f"{FILE} 2 141.86, paid 0 0.00, failed 1 3.85, returned 1 138.00, in transit 0 0.00"]),
        (one_more_of_nothing, [f"{FILE} 1 0.00, paid 0 0.00, failed 0 0.00, returned 0 0.00, in transit 0 0.00"]),
        (one_that_is_gone, ["✗ alipay, in no file: issued 0 0.00, paid 0 0.00, failed 0 0.00, returned 1 138.00,"
                            " in transit 0 0.00"]),
        (another_id, ["✗ alipay, in no file: issued 0 0.00, paid 0 0.00, failed 0 0.00, returned 1 138.00,"
                      " in transit 0 0.00",
                      f"{FILE} 1 138.00, paid 0 0.00, failed 0 0.00, returned 0 0.00, in transit 0 0.00"]),
    ],
)  # fmt: skip
def test_a_payment_that_is_in_no_state_or_in_no_file(
    home: Home, forge: Callable[[Home], None], lines: list[str]
) -> None:
    forge(home)
    found = told(home, "--date", D3, code=1) if forge is not another_id else told(home, code=1)
    assert sorted(line for line in found if line.startswith("✗")) == sorted(
        [*lines, next(line for line in found if line.startswith("✗ issued = paid + failed"))]
    )
    assert found[-1] == BOOKED


def test_another_figure_in_the_ledger(home: Home) -> None:
    change(home.settlement(D5) / "balances.parquet", pl.col("account") == "payout_in_transit", balance=14700)
    found = told(home, "--date", D3, code=1)
    assert found[-3].startswith(SOUND)
    assert found[-2:] == [BOOKED.replace("✓", "✗"), "✗ alipay: in transit 147.85 yuan, in the ledger 147.00 yuan"]


def test_a_channel_that_is_in_one_of_the_two_alone(home: Home) -> None:
    where = pl.col("account") == "payout_in_transit"
    change(home.settlement(D5) / "balances.parquet", where, holder="wechat")
    assert told(home, code=1)[-2:] == [
        "✗ alipay: in transit 147.85 yuan, in the ledger 0.00 yuan",
        "✗ wechat: in transit 0.00 yuan, in the ledger 147.85 yuan",
    ]


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "named"),
    [("2025-11-03/payouts.parquet", r"payouts\.parquet was sealed and is gone"),
     ("2025-11-05/balances.parquet", r"balances\.parquet was sealed and is gone"),
     ("2025-11-05/state/payouts.parquet", r"state/payouts\.parquet is part of the sealed state of 2025-11-05")],
)  # fmt: skip
def test_files_that_are_gone(home: Home, gone: str, named: str) -> None:
    (home.root / "settlements" / gone).unlink()
    done = said("payouts", "reconcile", "--home", home.root)
    assert (done.code, done.out) == (1, "")
    assert re.match(f"refused: .*{named}", done.err)


def test_before_the_first_day(tmp_path: Path) -> None:
    home = write_six_days(tmp_path / "home")
    done = said("payouts", "reconcile", "--home", home.root)
    assert (done.code, done.out, done.err) == (1, "", "refused: no day is settled yet: no payout was issued\n")


@pytest.mark.parametrize(
    "words", [("--date", D3, "--from", D2), ("--date", D3, "--to", D3), ("--from", D4, "--to", D3)]
)  # fmt: skip
def test_days_that_cannot_be_asked_for(five: Home, words: tuple[object, ...]) -> None:
    assert said("payouts", "reconcile", "--home", five.root, *words).code == 2
