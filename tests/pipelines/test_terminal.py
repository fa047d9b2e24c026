"""What a person and a script see of a run: a live area in a terminal, plain lines and JSON elsewhere; 80 columns."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import struct
import sys
import termios
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from assets.closing import Closing, closing_of
from assets.foundation.store import Home
from pipelines.desk import Done
from pipelines.run_view import RunView, closing_table, figure, json_line
from pipelines.streams import plain_streams, tell
from tests.pipelines.homes import BIN, D1, D2, D3, D4, ROOT, settle, settle_days, write_home

CLOSING = Closing(
    date="2025-11-01", rule_version="launch", seal="5e", rows_in=9, orders=3, quarantined=1, quarantined_fen=450,
    contributed_fen=5000, payouts=1, gross_fen=2500, tax_fen=100, net_fen=2400, in_transit_fen=2400, pools_fen=2600,
)  # fmt: skip
NEXT = CLOSING.model_copy(
    update={"date": "2025-11-02", "net_fen": 100, "tax_fen": 0, "in_transit_fen": 2500, "pools_fen": 999_999_999_99}
)
_ESCAPE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


def screen(raw: str) -> str:
    """What stands on the terminal after all of ``raw`` was written: rows up, rows erased, colours left out."""
    lines, row, column = [""], 0, 0
    for found in _ESCAPE.finditer(raw):
        number, letter, back, down, text = found.groups()
        if letter == "A":
            row -= int(number or 1)
        elif letter == "K":
            lines[row] = ""
        elif back:
            column = 0
        elif down:
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text:
            lines[row] = lines[row].ljust(column)[:column] + text + lines[row][column + len(text) :]
            column += len(text)
    return "\n".join(line.rstrip() for line in lines)


def at_terminal(*words: object, columns: int = 80, **more: str) -> str:
    """`settle` with ``words`` at a terminal of its own, ``columns`` wide: all that it wrote there."""
    child, terminal = pty.fork()
    if not child:
        for name in ("COLUMNS", "NO_COLOR"):
            os.environ.pop(name, None)
        os.environ |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}
        os.execv(sys.executable, [sys.executable, str(BIN / "settle"), *map(str, words)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    said = b""
    try:
        while piece := os.read(terminal, 65_536):
            said += piece
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
    return said.decode()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two settled days of four."""
    home = write_home(tmp_path_factory.mktemp("terminal") / "home")
    settle_days(home, D1, D2)
    return home


# --- the live area ------------------------------------------------------------------------------------------------


def _done(seconds: float, **facts: int | str) -> Done:
    return Done(
        {name.replace("_", " ").replace(" fen", ", fen"): value for name, value in facts.items()}, seconds, 0, 0
    )


def test_the_live_area_names_the_day_what_is_done_and_what_is_at_work() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    view = RunView(console, days=2, stages=4)
    view.starts(D1)
    for name, done in (("exports", _done(1.25, rows=9, money_in_fen=123_456)), ("late_refunds", _done(0.01, rows=0))):
        view.stage(name, "")
        view.done(name, done)
    view.stage("queue", "")
    view.stage("queue", "queue/lanes_found")
    with console.capture() as said:
        console.print(view)
    first, *rest = screen(said.get()).splitlines()
    assert re.fullmatch(r"2025-11-01  day 1 of 2  ━+╸?[━╺]*  0 s", first)
    assert rest[0] == "✓ exports  1.25 s  9 rows, money in 1,234.56 yuan"
    assert re.fullmatch(r". queue: queue/lanes_found", rest[1])  # a stage without rows and time is not worth a line


def test_the_live_area_fits_into_a_low_terminal_and_is_gone_after_a_range() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80, height=10)
    with RunView(console, days=2, stages=30) as view:
        for day in (CLOSING, NEXT):
            view.starts(date.fromisoformat(day.date))
            for place in range(30):
                view.stage(f"s{place}", "")
                view.done(f"s{place}", _done(0.1, rows=1))
            drawn = Console(file=io.StringIO(), width=80, height=10)
            with drawn.capture() as said:
                drawn.print(view)
            assert len(said.get().splitlines()) == 8
            assert "✓ s29" in said.get() and "✓ s0 " not in said.get()
            view.ends(day, fresh=True)
    assert screen(file.getvalue()).strip() == ""


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"rows": 1, "kept, fen": 100}, "1 row, kept 1.00 yuan"),
        ({"rows": 2, "kept, fen": 0, "left, fen": -205}, "2 rows, left -2.05 yuan"),
        ({"rows": 0, "redemptions": 0}, ""),
        ({"sha256": "ab", "files": 1200}, "1,200 files"),
        ({"points, units": 7}, ""),
    ],
)
def test_a_stage_has_its_rows_and_its_first_figure(facts: dict[str, int | str], said: str) -> None:
    assert figure(facts) == said


# --- the closing table and the lines ------------------------------------------------------------------------------


def _printed(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as said:
        closing_table(console, [CLOSING, NEXT], {CLOSING.date: 1.25})
    return [line.rstrip() for line in said.get().splitlines()]


def test_the_closing_table_has_a_column_a_figure_where_there_is_room() -> None:
    text = [re.split(r"\s{2,}", line.strip()) for line in _printed(140)]
    assert ["Day", "Orders", "Quarantined", "Contributed", "Paid out", "Tax", "In transit", "Pools",
            "Seconds"] in text  # fmt: skip
    assert ["2025-11-01", "3", "1", "50.00", "24.00", "1.00", "24.00", "26.00", "1.2"] in text
    assert ["2025-11-02", "3", "1", "50.00", "1.00", "0.00", "25.00", "999,999,999.99", "before"] in text
    assert ["2 days", "6", "2", "100.00", "25.00", "1.00", "25.00", "999,999,999.99", "1.2"] in text


def test_the_closing_table_is_whole_in_eighty_columns() -> None:
    lines = _printed(80)
    assert all(len(line) <= 80 for line in lines)
    said = " ".join(lines)
    assert "…" not in said
    for figure_ in ("2025-11-02", "before", "999,999,999.99", "quarantined", "Contributed", "Paid out", "100.00"):
        assert figure_ in said, figure_


def test_a_log_has_a_line_a_day_and_no_more() -> None:
    said = io.StringIO()
    with RunView(Console(file=said, width=120), days=1, stages=2) as view:
        view.starts(D1)
        for name in ("exports", "orders"):
            for detail in ("", "one half"):
                view.stage(name, detail)
            view.done(name, _done(0.5, rows=1))
        assert said.getvalue() == ""
        view.ends(CLOSING.model_copy(update={"orders": 1}), fresh=True)
    assert said.getvalue().splitlines() == ["2025-11-01  settled in 0.0 s: 1 order, payouts 24.00 yuan"]


# --- the figures --------------------------------------------------------------------------------------------------


def test_a_days_figures_are_those_of_its_tables(two: Home) -> None:
    seal = two.seal(D2)
    assert seal
    found = closing_of(two, seal)
    folder = two.settlement(D2)
    entries, balances = (pl.read_parquet(folder / f"{name}.parquet") for name in ("entries", "balances"))
    owed = entries.filter(pl.col("account") == "merchant_receivable")["debit"].sum()
    # O1 keeps 90.00, O2 and O3 80.00: 20 % of each to the queue, and to referral of those whose buyers A referred.
    assert found.contributed_fen == owed == 1800 + 2 * 1600 + 2 * 1600
    by_account = dict(balances.group_by("account").agg(pl.col("balance").sum()).rows())
    assert found.pools_fen == by_account["pool_queue"] + by_account["pool_referral"] > 0
    assert found.in_transit_fen == by_account["payout_in_transit"] == found.net_fen == 2400
    assert (found.orders, found.quarantined, found.payouts, found.tax_fen) == (3, 0, 1, 0)
    assert (found.date, found.rule_version, found.seal) == ("2025-11-02", "launch", seal.sha256)


def test_what_debtors_owe_a_pool_is_not_in_it(two: Home, tmp_path: Path) -> None:
    seal = two.seal(D2)
    assert seal
    home = write_home(tmp_path / "home")
    folder = home.settlement(D2)
    folder.mkdir(parents=True)
    rows = [("pool_due", "pool_queue/merchant/S", "CNY", 700), ("pool_queue", "merchant/S", "CNY", 40),
            ("pool_points", "platform", "CNY", 2), ("member_points", "A", "POINT", 9)]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["account", "holder", "commodity", "balance"], orient="row")
    frame.write_parquet(folder / "balances.parquet")
    (folder / "entries.parquet").write_bytes((two.settlement(D2) / "entries.parquet").read_bytes())
    assert closing_of(home, seal).pools_fen == 42


def test_a_json_line_is_the_figures_in_fen() -> None:
    assert json.loads(json_line(CLOSING, 1.23456)) == {**CLOSING.model_dump(), "seconds": 1.235}
    assert json.loads(json_line(CLOSING, None))["seconds"] is None


def test_json_of_a_run_is_one_object_a_settled_day_and_nothing_else(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    (home.exports(D3) / "orders.csv").unlink()
    done = settle("run", "--json", "--home", home.root, "--from", D1, "--to", D4)
    days = [json.loads(line) for line in done.out.splitlines()]
    assert [(day["date"], day["orders"], day["net_fen"]) for day in days] == [
        ("2025-11-01", 0, 0), ("2025-11-02", 3, 2400),
    ]  # fmt: skip
    assert all(isinstance(day["seconds"], float) for day in days)
    assert done.code == 1
    assert done.err.startswith("refused: ")
    again = settle("run", "--json", "--home", home.root, "--date", D2)
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out) == {**days[1], "seconds": None}


# --- real terminals -----------------------------------------------------------------------------------------------


def test_a_run_at_a_terminal_leaves_its_stages_and_the_table(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    raw = at_terminal("run", "--home", home.root, "--date", D1)
    left = screen(raw)
    assert raw.count("\x1b[2K") > 0  # it moved
    assert re.search(r"^✓ exports +\d+\.\d\d s +\d+ rows, money in ", left, re.MULTILINE)
    assert re.search(r"^✓ settlement +\d+\.\d\d s +\d+ files$", left, re.MULTILINE)
    assert re.search(r"^ 2025-11-01 +0 +0\.00 +0\.00 +0\.00 +0\.00$", left, re.MULTILINE)
    assert f"Report:          {home.settlement(D1)}/report.html" in left
    assert "day 1 of 1" not in left


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_that_moves_no_cursor_gets_lines(two: Home, more: dict[str, str]) -> None:
    said = at_terminal("status", "--home", two.root, **more)
    assert "\x1b" not in said
    assert said.startswith(f"home:                   {two.root}\r\n")  # where a table would have its title


def test_no_color_leaves_no_colour(two: Home) -> None:
    colours = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7]|38)[;m]")
    assert colours.search(at_terminal("run", "--help"))
    for words in (("run", "--help"), ("status", "--home", two.root), ("run", "--home", two.root, "--date", D2)):
        assert not colours.search(at_terminal(*words, NO_COLOR="1")), words


@pytest.mark.parametrize(
    "words",
    [("check", "--date", D3), ("payouts", "list"), ("payouts", "reconcile"), ("status",), ("prune", "--dry-run"),
     ("rules", "list"), ("statement", "A")],
    ids=lambda words: " ".join(map(str, words)),
)  # fmt: skip
def test_nothing_is_cut_at_eighty_columns(two: Home, words: tuple[object, ...]) -> None:
    home = () if words[0] == "rules" else ("--home", two.root)
    lines = screen(at_terminal(*words, *home)).splitlines()
    assert len(lines) > 3
    assert not [line for line in lines if "…" in line]
    assert all(len(line) <= 80 for line in lines if not line.startswith(("next:", "✓")))


def test_check_groups_what_would_be_quarantined(two: Home) -> None:
    said = screen(at_terminal("check", "--home", two.root, "--date", D3))
    assert re.search(r"^ File +yuan +yuan +yuan +yuan$", said, re.MULTILINE)
    assert re.search(r"^ redemptions +insufficient_points +1 +0\.00$", said, re.MULTILINE)
    plain = settle("check", "--home", two.root, "--date", D3).out
    assert "quarantine: redemptions: insufficient_points: 1 row, 0.00 yuan\n" in plain
    assert "  orders: in 1 30.00, accepted 1 30.00, duplicate 0 0.00, quarantined 0 0.00 yuan\n" in plain


# --- streams without Chinese --------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0",
                                                                    "LC_ALL": "C"}], ids=["ascii", "C"])  # fmt: skip
def test_what_a_stream_cannot_carry_is_replaced(two: Home, locale: dict[str, str]) -> None:
    listed = settle("rules", "list", **locale)
    assert (listed.code, listed.err) == (0, "")
    assert "queue-fifo  A queue for a free order (????????)  queue  20 % of every order" in listed.out
    sound = settle("payouts", "reconcile", "--home", two.root, **locale)
    assert "+ issued = paid + failed + returned + in transit: 1 payment, 24.00 yuan\n" in sound.out
    refused = settle("run", "--home", two.root / "链动", "--date", D1, **locale)
    assert refused.code == 1
    assert re.match(
        rf"refused: {two.root}/\?{{4,6}}: no such home", refused.err
    )  # letters, or bytes that are none here
    shown = settle("rules", "show", "queue-fifo", **locale)
    assert (shown.code, "排队免单" in shown.out) == (0, True)  # a file is a file


def test_marks_are_spelled_and_the_rest_keeps_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    plain_streams()
    tell("✓ a → b … 排队 é \udcff")
    assert raw.getvalue() == b"+ a > b ~ ???? ? ?\n"
