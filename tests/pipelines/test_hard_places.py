"""Places where a settlement goes wrong quietly: odd paths, state that was touched, huge figures, a broken history.

Holds: one small home each, through the desk or the command in this process.
Never holds: the everyday of the command line (``test_command_line.py``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from pipelines.cli import app
from tests.pipelines.homes import D1, D2, D3, ORDERS, REFUNDS, contents, settle_days, write_home


def _run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("place", ["status=held", "h*x", "h[ab]c", "it's ? 空"])
def test_the_path_of_a_home_is_taken_to_the_letter(place: str, tmp_path: Path) -> None:
    """As a pattern or as partitions it would read other homes, or columns out of folder names."""
    plain = write_home(tmp_path / "plain" / "home")
    odd = write_home(tmp_path / place / "home")
    for neighbour in ("hAx", "ha c", "hac"):
        shutil.copytree(plain.root, tmp_path / neighbour / "home")
    settle_days(plain, D1, D2, D3)
    for neighbour in ("hAx", "hac"):
        settle_days(Home(tmp_path / neighbour / "home"), D1)
    settle_days(odd, D1, D2, D3)
    assert contents(odd.root / "settlements") == contents(plain.root / "settlements")


def test_a_touched_state_is_never_settled_from(settled: Home) -> None:
    path = settled.settlement(D2) / "balances.parquet"
    kept = path.read_bytes()
    gift = pl.DataFrame(
        {"account": ["member_wallet_rebate"], "holder": ["E"], "commodity": ["CNY"], "balance": [12345]}
    )
    pl.concat([pl.read_parquet(path), gift]).write_parquet(path)
    with pytest.raises(Refused, match=r"balances\.parquet is not what 2025-11-02 sealed"):
        settle_days(settled, D3)
    path.write_bytes(kept)
    segment = next((settled.settlement(D1) / "state").glob("members.parquet"))
    segment.rename(segment.with_suffix(".gone"))
    with pytest.raises(Refused, match=r"state/members\.parquet is part of what 2025-11-02 sealed and is gone"):
        settle_days(settled, D3)
    assert settled.settled_days() == [D1, D2]


def test_a_folder_without_a_seal_is_named_before_the_work(settled: Home) -> None:
    settled.settlement(D3).mkdir()
    code, _, told = _run("run", "--home", settled.root, "--date", D3)
    assert code == 1
    assert "a folder is there without a seal" in told


def test_the_quarantine_limit_does_not_wrap(home: Home) -> None:
    """5,000 orders and 5,000 refunds of some 10^13 yuan each: together more than 64 bits hold."""
    folder = home.exports(D1)
    price = "9999999999999.99"
    bad = "".join(f"B{n},1,A,S,P1,{price},1,0,2025-11-01T09:00:00\n" for n in range(5_000))
    good = "G,1,A,S,P1,1.00,1,0,2025-11-01T09:00:00\n"
    (folder / "orders.csv").write_text(ORDERS + bad + good, encoding="utf-8")
    refunds = "".join(f"R{n},B{n},{price},2025-11-01T10:00:00\n" for n in range(5_000))
    (folder / "refunds.csv").write_text(REFUNDS + refunds, encoding="utf-8")
    code, _, told = _run("run", "--home", home.root, "--date", D1)
    assert (code, home.settled_days()) == (1, [])
    assert "are quarantined, of" in told and "quarantine_limit_bp" in told


def test_redemptions_beyond_64_bits_are_refused_row_by_row(settled: Home) -> None:
    head = "redemption_id,member_id,kind,amount,requested_at\n"
    rows = "".join(f"X{n},A,redeem,999999999999999,2025-11-03T09:00:00\n" for n in range(9_300))
    (settled.exports(D3) / "redemptions.csv").write_text(head + rows, encoding="utf-8")
    settle_days(settled, D3)
    found = pl.read_csv(settled.settlement(D3) / "quarantine" / "redemptions.csv", infer_schema=False)
    assert set(found["reason"]) == {"insufficient_points"} and found.height == 9_300


def test_brackets_in_exports_are_text(home: Home) -> None:
    path = home.exports(D1) / "orders.csv"
    text = path.read_text(encoding="utf-8").replace("OX,1,A,S,P1,free", "OX,1,A,S,P1,[/b]")
    text = text.replace("completed_at\n", "completed_at,[/x]\n", 1).replace(":00\n", ":00,1\n")
    path.write_text(text, encoding="utf-8")
    code, out, _ = _run("check", "--home", home.root, "--date", D1)
    assert code == 0
    assert "[/x]" in out
    assert "unit_price is '[/b]'" in " ".join(out.split())


def test_check_refuses_what_run_would_refuse(settled: Home) -> None:
    with settled.rules_file.open("a", encoding="utf-8") as stream:
        stream.write(
            "  - version: priced\n    effective_from: 2025-11-03\n    margin_bp: 9000\n    points: {enabled: true,"
            " mode: pool_priced, pool_bp: 3000, grant_bp: 2100}\n    tax: {points: rebate}\n"
        )
    told = [_run(command, "--home", settled.root, "--date", D3) for command in ("check", "run")]
    assert [code for code, _, _ in told] == [1, 1]
    assert all("points.mode pool_priced" in err for _, _, err in told)


def test_a_history_that_cannot_be_written_does_not_undo_a_day(settled: Home) -> None:
    (settled.root / ".dagster").mkdir()
    (settled.root / ".dagster" / "dagster.yaml").write_text("telemetry: [", encoding="utf-8")
    code, _, told = _run("run", "--home", settled.root, "--date", D3)
    assert code == 0
    assert "2025-11-03 is settled; the run history for the UI could not be written" in told
    assert settled.settled_days() == [D1, D2, D3]


def test_a_home_that_the_history_cannot_name_settles_all_the_same(tmp_path: Path) -> None:
    home = write_home(tmp_path / "a%20b?c" / "home")
    code, _, told = _run("run", "--home", home.root, "--date", D1)
    assert (code, home.settled_days()) == (0, [D1])
    assert "run history" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a%20b?c"]


def test_a_waiver_that_nobody_needed_is_not_sealed(home: Home, tmp_path: Path) -> None:
    other = write_home(tmp_path / "other")
    assert _run("run", "--home", home.root, "--date", D1, "--accept-quarantine", "just in case")[0] == 0
    settle_days(other, D1)
    assert contents(home.root / "settlements") == contents(other.root / "settlements")


def test_who_cannot_be_carried_and_why_stands_in_the_report(home: Home) -> None:
    path = home.exports(D1) / "payout_accounts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",An,", ",=cmd,"), encoding="utf-8")
    settle_days(home, D1, D2)
    page = (home.settlement(D2) / "report.html").read_text(encoding="utf-8")
    assert "<td>A</td><td>alipay</td><td>account_name starts like a formula</td>" in page
    assert "=cmd" not in page
    assert "A" not in pl.read_parquet(home.settlement(D2) / "payouts.parquet")["member_id"].to_list()


def test_staging_that_is_no_folder_is_left_alone(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "keep").touch()
    home.staging_root.symlink_to(target)
    code, _, told = _run("run", "--home", home.root, "--date", D1)
    assert code == 1
    assert "found something that is no folder" in told
    assert (target / "keep").exists()


def test_dates_beyond_any_calendar_are_wrong_usage(home: Home) -> None:
    assert _run("run", "--home", home.root, "--date", "9999-12-31")[0] == 2


def test_an_unknown_column_of_any_type_is_ignored(home: Home) -> None:
    path = home.exports(D1) / "orders.csv"
    frame = pl.read_csv(path, infer_schema=False).with_columns(took=pl.lit(5).cast(pl.Duration("us")))
    frame.write_parquet(path.with_suffix(".parquet"))
    path.unlink()
    settle_days(home, D1)
    assert "unknown columns ignored: took" in (home.settlement(D1) / "manifest.json").read_text(encoding="utf-8")
