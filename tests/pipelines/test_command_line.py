"""`settle` from outside: exit codes, what it says, and what it leaves on disk (contract.md, Command line).

The long ways run as processes; the many small refusals call the same commands in this one, which is quicker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from assets.foundation.audit import head, read_log
from assets.foundation.store import Home
from pipelines.cli import app
from tests.pipelines.homes import (
    D1,
    D2,
    D3,
    D4,
    DAYS,
    LATER_VERSION,
    ORDERS,
    RULES,
    Said,
    as_parquet,
    settle,
    tree,
    write_home,
)

CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x9b]")
Change = Callable[[Home], object]


def said(*words: object) -> Said:
    """The same as ``settle``, without a process of its own."""
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def one_line(text: str) -> str:
    return " ".join(text.split())


def export(home: Home, day: object, name: str) -> Path:
    return home.root / "exports" / str(day) / name


# --- days are settled --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Said], list[dict[str, tuple[int, int, str]]]]:
    """One day, then a range over it and two more, then a settled day again: what was said, the trees after each."""
    home = write_home(tmp_path_factory.mktemp("walk") / "home")
    told, trees = [], []
    for words in (("--date", D1), ("--from", D1, "--to", D3), ("--date", D2)):
        told.append(settle("run", "--home", home.root, *words))
        trees.append(tree(home.root))
    return home, told, trees


Walk = tuple[Home, list[Said], list[dict[str, tuple[int, int, str]]]]


@pytest.mark.slow
def test_run_settles_a_day(walk: Walk) -> None:
    home, told, trees = walk
    assert (told[0].code, told[0].err) == (0, "")
    assert re.match(r"2025-11-01  settled in \d+\.\d s: 0 orders, payouts 0\.00 yuan\n", told[0].out)
    assert f"Report:          {home.root}/settlements/2025-11-01/report.html\n" in told[0].out
    assert "settlements/2025-11-01/manifest.json" in trees[0]
    assert not [name for name in trees[0] if name.startswith((".staging", "settlements/2025-11-02"))]


@pytest.mark.slow
def test_run_settles_a_range_and_leaves_settled_days_alone(walk: Walk) -> None:
    home, told, trees = walk
    assert (told[1].code, told[1].err) == (0, "")
    first, second, third = told[1].out.splitlines()[:3]
    assert first == "2025-11-01  was settled before, inputs unchanged: 0 orders, payouts 0.00 yuan"
    assert re.match(r"2025-11-02  settled in .* 3 orders, payouts 24\.00 yuan$", second)
    assert re.match(r"2025-11-03  settled in .* 3 orders, payouts ", third)
    assert home.settled_days() == [D1, D2, D3]
    before = {name: was for name, was in trees[0].items() if name.startswith(("settlements/2025-11-01", "exports"))}
    assert before.items() <= trees[1].items()


@pytest.mark.slow
def test_a_settled_day_again_changes_nothing_and_says_so(walk: Walk) -> None:
    _, told, trees = walk
    assert (told[2].code, told[2].err) == (0, "")
    assert "2025-11-02  was settled before, inputs unchanged: 3 orders, payouts 24.00 yuan\n" in told[2].out
    assert trees[2] == trees[1]


@pytest.mark.slow
def test_without_a_terminal_plain_lines(walk: Walk) -> None:
    for each in walk[1]:
        assert not CONTROL_CHARACTERS.search(each.out + each.err)
        assert each.out.endswith("\n")


def test_a_range_stops_at_the_first_day_that_fails(settled: Home) -> None:
    export(settled, D3, "orders.csv").unlink()
    told = said("run", "--home", settled.root, "--from", D1, "--to", D4)
    assert told.code == 1
    lines = [line[:21] for line in told.out.splitlines()]
    assert lines[:2] == ["2025-11-01  was settl", "2025-11-02  was settl"]
    assert [line.split(":")[0] for line in lines[2:]] == ["Payout files", "Ledger snapshot", "Report"]
    assert told.err.startswith("refused: 2025-11-03: orders is not there")
    assert settled.settled_days() == [D1, D2]


def test_the_clock_has_no_say_in_which_day_is_settled(tmp_path: Path) -> None:
    later = {D1.replace(year=2999): {name: text.replace("2025-11", "2999-11") for name, text in DAYS[D1].items()}}
    home = write_home(tmp_path / "home", later)
    told = said("run", "--home", home.root, "--date", "2999-11-01")
    assert (told.code, told.err) == (0, "")
    assert home.settled_days() == list(later)


def test_home_from_the_environment(home: Home) -> None:
    done = settle("status", SETTLE_HOME=str(home.root))
    assert (done.code, done.err) == (0, "")
    assert f"home:                   {home.root}\n" in done.out


def test_no_home(tmp_path: Path) -> None:
    for command in (("run", "--date", D1), ("check", "--date", D1), ("status",)):
        told = said(*command, "--home", tmp_path / "nowhere")
        assert (told.code, told.out) == (1, "")
        assert told.err.startswith(f"refused: {tmp_path}/nowhere: no such home")
    assert list(tmp_path.iterdir()) == []


# --- what a settled day was made from has changed ----------------------------------------------------------------


def _append_to(name: str) -> Change:
    def change(home: Home) -> None:
        path = export(home, D2, name)
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    return change


def _rules(text: str) -> Change:
    return lambda home: home.rules_file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_append_to("orders.csv"), "exports/2025-11-02/orders.csv is not the file that was taken"),
        (lambda home: export(home, D2, "refunds.csv").unlink(), "exports/2025-11-02/refunds.csv was taken and is gone"),
        (
            lambda home: export(home, D2, "members.csv").write_text("member_id,sponsor_id,joined_at\n"),
            "exports/2025-11-02/members.csv was not there when the day was settled",
        ),
        (_rules(RULES.replace("grant_bp: 7000", "grant_bp: 6999")), "rules version launch is not what the day was"),
    ],
    ids=["changed", "removed", "added", "rules"],
)
def test_changed_inputs_of_a_settled_day(settled: Home, change: Change, named: str) -> None:
    change(settled)
    before = tree(settled.root)
    told = said("run", "--home", settled.root, "--date", D2)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("refused: 2025-11-02 is settled, but: ")
    assert named in told.err
    assert tree(settled.root) == before


def test_changed_input_as_a_process(settled: Home) -> None:
    _append_to("orders.csv")(settled)
    before = tree(settled.root)
    done = settle("run", "--home", settled.root, "--date", D2)
    assert (done.code, done.out) == (1, "")
    assert "exports/2025-11-02/orders.csv" in done.err
    assert "Traceback" not in done.err
    assert not CONTROL_CHARACTERS.search(done.err)
    assert tree(settled.root) == before


def test_a_changed_rules_version_stops_the_next_day(settled: Home) -> None:
    _rules(RULES.replace("pot_bp: 2000", "pot_bp: 1999"))(settled)
    before = tree(settled.root)
    told = said("run", "--home", settled.root, "--date", D3)
    assert told.code == 1
    assert "version launch differs from what the sealed days up to 2025-11-02 used" in told.err
    assert tree(settled.root) == before


def test_a_changed_timezone_stops_the_next_day(settled: Home) -> None:
    _rules(RULES.replace("Asia/Shanghai", "Asia/Tokyo"))(settled)
    told = said("run", "--home", settled.root, "--date", D3)
    assert told.code == 1
    assert "timezone: found Asia/Tokyo, allowed Asia/Shanghai" in told.err
    assert settled.settled_days() == [D1, D2]


def test_a_version_of_the_future_may_be_appended(settled: Home) -> None:
    _rules("# a comment changes nothing\n" + RULES + LATER_VERSION)(settled)
    assert said("run", "--home", settled.root, "--date", D2).code == 0
    told = said("run", "--home", settled.root, "--date", D3)
    assert (told.code, told.err) == (0, "")
    assert settled.settled_days() == [D1, D2, D3]


# --- refused days leave no trace ---------------------------------------------------------------------------------


def _truncated(home: Home) -> None:
    path = export(home, D1, "orders.csv")
    as_parquet(path)
    whole = path.with_suffix(".parquet").read_bytes()
    path.with_suffix(".parquet").write_bytes(whole[: len(whole) // 2])


def _floats(home: Home) -> None:
    path = export(home, D1, "orders.csv")
    as_parquet(path)
    frame = pl.read_parquet(path.with_suffix(".parquet"))
    frame.with_columns(unit_price=pl.lit(0.5)).write_parquet(path.with_suffix(".parquet"))


def _orders(data: bytes, name: str = "orders.csv") -> Change:
    def change(home: Home) -> None:
        export(home, D1, "orders.csv").unlink()
        export(home, D1, name).write_bytes(data)

    return change


def _differing_control(home: Home) -> None:
    export(home, D1, "control.csv").write_text("file,rows,amount\norders,5,261.00\n", encoding="utf-8")


NO_TRACE: dict[str, tuple[Change, object, str]] = {
    "missing folder": (lambda _: None, "2025-11-05", "exports/2025-11-05: no export folder for 2025-11-05"),
    "before the first export day": (lambda _: None, "2025-10-01", "2025-10-01: no export folder for 2025-10-01"),
    "missing orders": (lambda home: export(home, D1, "orders.csv").unlink(), D1, "orders is not there"),
    "not parquet": (_orders(b"no parquet at all", "orders.parquet"), D1, "orders.parquet: unreadable_file"),
    "empty parquet": (_orders(b"", "orders.parquet"), D1, "orders.parquet: unreadable_file"),
    "truncated parquet": (_truncated, D1, "exports/2025-11-01/orders.parquet: unreadable_file"),
    "money as floats": (_floats, D1, "column unit_price is floating point"),
    "binary": (_orders(b"order_id\0\xff\xfe\x00,\n"), D1, "orders.csv: unreadable_file: a NUL byte at offset 8"),
    "not utf-8": (_orders(ORDERS.encode() + b"\xd6\xd0\n"), D1, "orders.csv: unreadable_file: line 2 is not UTF-8"),
    "unknown suffix": (_orders(b"x", "orders.xlsx"), D1, "orders.xlsx: unreadable_file"),
    "missing column": (_orders(b"order_id,line_no\nO1,1\n"), D1, "orders.csv: missing_column member_id"),
    "control differs": (_differing_control, D1, "260.00"),
    "gap": (lambda _: None, D3, "settle run --from 2025-11-01 --to 2025-11-03"),
    "before the first version": (
        _rules(RULES.replace("2025-11-01", "2025-11-02")), D1, "found no version for 2025-11-01, allowed 2025-11-02",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "day", "named"), NO_TRACE.values(), ids=NO_TRACE.keys())
def test_a_refused_day_leaves_no_trace(home: Home, change: Change, day: object, named: str) -> None:
    change(home)
    before = tree(home.root)
    told = said("run", "--home", home.root, "--date", day)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("refused: ")
    assert named in told.err
    assert tree(home.root) == before


def test_a_refused_day_leaves_no_trace_as_a_process(home: Home) -> None:
    _truncated(home)
    before = tree(home.root)
    done = settle("run", "--home", home.root, "--date", D1)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("refused: exports/2025-11-01/orders.parquet: unreadable_file")
    assert len(done.err.splitlines()) == 1
    assert tree(home.root) == before


def test_a_refused_later_day_leaves_the_sealed_ones(settled: Home) -> None:
    export(settled, D3, "orders.csv").write_bytes(b"\0")
    before = tree(settled.root)
    assert said("run", "--home", settled.root, "--date", D3).code == 1
    assert tree(settled.root) == before


def test_a_day_before_the_settled_ones_is_refused(settled: Home) -> None:
    export(settled, "2025-10-31", "x").parent.mkdir()
    export(settled, "2025-10-31", "orders.csv").write_text(ORDERS, encoding="utf-8")
    told = said("run", "--home", settled.root, "--date", "2025-10-31")
    assert told.code == 1
    assert "2025-10-31 lies before the first settled day 2025-11-01" in told.err


# --- wrong usage, faulty rules: exit code 2 ----------------------------------------------------------------------

FAULTY = RULES.replace("freeze_days: 1", "freeze_days: -1").replace("pot_bp", "pott_bp")


def test_faulty_rules(home: Home) -> None:
    _rules(FAULTY)(home)
    before = tree(home.root)
    for told in (
        said("run", "--home", home.root, "--date", D1),
        said("check", "--home", home.root, "--date", D1),
        said("rules", "check", home.rules_file),
    ):
        assert (told.code, told.out) == (2, "")
        assert f"{home.rules_file}:5: versions[0].freeze_days: found -1" in told.err
        assert "pott_bp" in told.err
    assert tree(home.root) == before


def test_no_rules(home: Home) -> None:
    home.rules_file.unlink()
    told = said("run", "--home", home.root, "--date", D1)
    assert told.code == 2
    assert f"{home.rules_file}: cannot be read" in told.err
    assert not home.settled_days()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "give --date D, or --from A and --to B"),
        (("--from", D1), "give --date D, or --from A and --to B"),
        (("--date", D1, "--to", D2), "give --date D, or --from A and --to B"),
        (("--from", D2, "--to", D1), "--from 2025-11-02 is after --to 2025-11-01"),
        (("--date", "20251101"), "found '20251101', allowed a date as YYYY-MM-DD"),
        (("--date", "2025-02-30"), "found '2025-02-30', allowed a date as YYYY-MM-DD"),
        (("--date", D1, "--accept-quarantine", " "), "takes a reason and goes with --date"),
        (("--from", D1, "--to", D2, "--accept-quarantine", "x"), "takes a reason and goes with --date"),
        (("--date", D1, "--threads", "0"), "--threads"),
        (("--date", D1, "--memory", "1T"), "allowed a whole number with M or G, from 100M"),
        (("--date", D1, "--memory", "99M"), "allowed a whole number with M or G, from 100M"),
        (("--day", D1), "--day"),
    ],
)
def test_wrong_usage(home: Home, words: tuple[object, ...], named: str) -> None:
    before = tree(home.root)
    told = said("run", "--home", home.root, *words)
    assert (told.code, told.out) == (2, "")
    assert named in one_line(told.err.replace("│", " "))
    assert tree(home.root) == before


def test_unknown_command() -> None:
    assert said("settel").code == 2


@pytest.mark.parametrize(
    "fault",
    [
        KeyboardInterrupt(), RuntimeError("Query interrupted"),
        RuntimeError("scan of the object registered as 'x' failed: DagsterExecutionInterruptedError: "),
    ],
)  # fmt: skip
def test_an_interruption_is_no_defect(home: Home, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    def stops(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("pipelines.desk.open_day", stops)
    told = said("run", "--home", home.root, "--date", D1)
    assert (told.code, told.out) == (130, "")
    assert told.err == "interrupted: days that are settled stay, the one at work left nothing\n"
    assert not home.staging_root.exists()


# --- quarantine --------------------------------------------------------------------------------------------------

BAD_ORDER = "OB,1,A,nowhere,P1,40.00,1,0,2025-11-01T12:30:00\n"


@pytest.fixture
def over_the_limit(tmp_path: Path) -> Home:
    """40 of 300 yuan are quarantined, more than 500 bp."""
    first = {**DAYS[D1], "orders.csv": DAYS[D1]["orders.csv"] + BAD_ORDER}
    return write_home(tmp_path / "home", {**DAYS, D1: first})


def test_too_much_quarantine(over_the_limit: Home) -> None:
    home = over_the_limit
    before = tree(home.root)
    told = said("run", "--home", home.root, "--date", D1)
    assert (told.code, told.out) == (1, "")
    assert "2 order and refund rows of 40.00 yuan are quarantined, of 300.00 yuan in all (1333 bp)" in told.err
    assert "--accept-quarantine REASON" in told.err
    assert tree(home.root) == before


def test_accepted_quarantine_is_sealed_with_its_reason(over_the_limit: Home) -> None:
    home = over_the_limit
    told = said("run", "--home", home.root, "--date", D1, "--accept-quarantine", "the shop 店 knows")
    assert (told.code, told.err) == (0, "")
    seal = json.loads((home.settlement(D1) / "manifest.json").read_bytes())
    assert seal["accepted_quarantine"] == "the shop 店 knows"
    listed = (home.settlement(D1) / "quarantine" / "orders.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1:3] for line in listed[1:]] == [["6", "bad_money"], ["7", "unknown_merchant"]]
    # It lets one day through, not the next.
    export(home, D2, "orders.csv").write_text(ORDERS + BAD_ORDER.replace("11-01", "11-02"), encoding="utf-8")
    assert said("run", "--home", home.root, "--date", D2).code == 1


def test_check_shows_quarantine_and_settles_nothing(settled: Home) -> None:
    before = tree(settled.root)
    told = said("check", "--home", settled.root, "--date", D3)
    assert (told.code, told.err) == (0, "")
    shown = one_line(told.out)
    assert "quarantine: redemptions: insufficient_points: 1 row, 0.00 yuan" in shown
    assert "  redemptions: in 2, accepted 1, duplicate 0, quarantined 1\n" in told.out
    assert not CONTROL_CHARACTERS.search(told.out)
    assert tree(settled.root) == before


def test_check_of_a_settled_day_judges_it_as_it_was(settled: Home) -> None:
    before = tree(settled.root)
    told = said("check", "--home", settled.root, "--date", D1)
    assert told.code == 0
    assert re.search(r"^  orders: in 5 \S+, accepted 4 \S+, duplicate 0 0.00, quarantined 1 ", told.out, re.MULTILINE)
    assert "bad_money" in told.out
    assert tree(settled.root) == before


def test_check_refuses_what_run_would_refuse(over_the_limit: Home) -> None:
    before = tree(over_the_limit.root)
    told = said("check", "--home", over_the_limit.root, "--date", D1)
    assert told.code == 1
    assert "unknown_merchant" in told.out
    assert "1333 bp" in told.err
    told = said("check", "--home", over_the_limit.root, "--date", D2)
    assert told.code == 1
    assert "settle run --from 2025-11-01 --to 2025-11-02" in told.err
    assert tree(over_the_limit.root) == before


# --- status, rules check, demo, help -----------------------------------------------------------------------------


def test_status_of_a_fresh_home(home: Home) -> None:
    export(home, D4, "_SUCCESS").unlink()
    before = tree(home.root)
    told = said("status", "--home", home.root)
    assert told.code == 0
    assert told.out.splitlines()[1:] == [
        "settled:                no day yet",
        "exports not settled:    4 days, 3 of them ready, 2025-11-01 to 2025-11-04",
        f"next:                   settle run --date 2025-11-01 --home {home.root}",
    ]
    assert tree(home.root) == before


def test_status_of_settled_days(settled: Home) -> None:
    before = tree(settled.root)
    told = said("status", "--home", settled.root)
    assert told.code == 0
    seal = settled.seal(D2)
    assert seal
    assert told.out.splitlines()[1:] == [
        "settled:                2 days, 2025-11-01 to 2025-11-02",
        f"head of the chain:      2025-11-02, seal {seal.sha256[:16]}",
        "payouts in transit:     1 payout, 24.00 yuan",
        "  0 to 1 days:          1 payout, 24.00 yuan",
        "  2 to 3 days:          0 payouts, 0.00 yuan",
        "  4 to 7 days:          0 payouts, 0.00 yuan",
        "  8 days and more:      0 payouts, 0.00 yuan",
        "in debt:                0 members, 0.00 yuan",
        "files to approve:       1, of 2025-11-02",
        "files to release:       0",
        f"log:                    2 lines, the last {head(read_log(settled))[:16]}",
        "exports not settled:    2 days, 2 of them ready, 2025-11-03 to 2025-11-04",
        f"next:                   settle run --date 2025-11-03 --home {settled.root}",
    ]
    assert tree(settled.root) == before


def test_rules_check(home: Home) -> None:
    told = said("rules", "check", home.rules_file)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"{home.rules_file}: sound, 1 version(s), timezone Asia/Shanghai\n")
    assert "launch" in told.out.split("\n", 1)[1]


def test_demo_twice_is_fine_and_overwrites_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    told = settle("demo", folder)
    assert (told.code, told.err) == (0, "")
    assert "other rules to try: settle rules list\n" in told.out
    assert f"next: settle run --home {folder} --from 2011-10-04 --to 2011-10-17\n" in told.out
    written = tree(folder)
    assert {mode & 0o077 for mode, _, _ in written.values()} == {0}
    assert said("demo", folder).out == told.out
    assert tree(folder) == written
    (folder / "exports" / "2011-10-08" / "orders.csv").write_text("mine\n", encoding="utf-8")
    (folder / "rules.yaml").unlink()
    before = tree(folder)
    told = said("demo", folder)
    assert (told.code, told.out) == (1, "")
    assert f"{folder}/exports/2011-10-08/orders.csv is there already and differs" in told.err
    assert tree(folder) == before


@pytest.mark.slow
def test_demo_can_be_settled(tmp_path: Path) -> None:
    assert said("demo", tmp_path / "demo").code == 0
    done = settle("run", "--date", "2011-10-04", SETTLE_HOME=str(tmp_path / "demo"))
    assert (done.code, done.err) == (0, "")
    assert re.findall(r"^(\S+)  settled in", done.out, re.MULTILINE) == ["2011-10-04"]


EXAMPLES = {
    (): "settle demo data/home && settle run --home data/home --from 2011-10-04 --to 2011-10-17",
    ("run",): "settle run --date 2026-11-20 or: settle run --from 2026-11-01 --to 2026-11-20",
    ("check",): "settle check --date 2026-11-20",
    ("status",): "settle status --home data/home",
    ("verify",): "settle verify --home data/home or: settle verify --date 2026-11-20 --rerun",
    ("statement",): "settle statement M0001 --from 2026-11-01 --to 2026-11-30 --html statement.html",
    ("explain",): "settle explain payout/P20261120ABCDEFGHIJKLMNO or: settle explain ticket/merchant/S0001#17",
    ("export",): "settle export beancount --from 2026-11-01 --to 2026-11-30 --output november.beancount",
    ("export", "beancount"): "settle export beancount --output books.beancount && bean-check books.beancount",
    ("export", "hledger"): "settle export hledger --output books.journal && hledger -f books.journal check --strict",
    ("report",): "settle report 2026-11-20 --lang zh --html report.html",
    ("prune",): "settle prune --dry-run or: settle prune --keep 90",
    ("import",): "settle import alipay results.csv or: settle import bank typed.csv --format generic",
    ("payouts", "reconcile"): "settle payouts reconcile or: settle payouts reconcile --date 2026-11-20",
    ("demo",): "settle demo data/home",
    ("ui",): "settle ui --home data/home --port 3000",
    ("payouts",): "settle payouts list && settle payouts approve --date 2026-11-20 --by li",
    ("payouts", "list"): "settle payouts list or: settle payouts list --date 2026-11-20",
    ("payouts", "approve"): "settle payouts approve --date 2026-11-20 --by li",
    ("payouts", "release"): "settle payouts release --date 2026-11-20 --by li --sign KEY --encrypt-to KEY",
    ("payouts", "cancel"): "settle payouts cancel --date 2026-11-20 --by li --reason 'wrong account'",
    ("rules",): "settle rules show queue-fifo > rules.yaml && settle rules check rules.yaml",
    ("rules", "list"): "settle rules list",
    ("rules", "show"): "settle rules show queue-fifo > data/home/rules.yaml",
    ("rules", "check"): "settle rules check data/home/rules.yaml",
}


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_ends_with_an_example(command: tuple[str, ...]) -> None:
    done = settle(*command, "--help") if not command else said(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert one_line(done.out).endswith(f"Example: {EXAMPLES[command]}")
    assert "\x1b" not in done.out


def test_every_command_has_its_example_here() -> None:
    commands = {(command.name or command.callback.__name__,) for command in app.registered_commands if command.callback}
    groups = {(group.name,) for group in app.registered_groups}
    assert commands | groups == {words for words in EXAMPLES if len(words) == 1}
