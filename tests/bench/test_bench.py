"""The benchmark runs, says what it promises and keeps it; what it compares with is a copy and no less.

Never holds: an assertion on a time: a loaded machine is no fault of the software.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from assets.foundation.files import write_parquet
from assets.stages import STAGES
from tests.bench import floor
from tests.bench.bench import main, parser
from tests.bench.fresh import ROOT
from tests.bench.kept import keep, last_like, regression
from tests.bench.making import make
from tests.bench.profiling import OUTSIDE, Spans

SIZE = {"orders": 2000, "waiting": 5, "mode": "fifo", "seed": 1}


class Run(NamedTuple):
    """What a run printed, and what it kept."""

    out: str
    kept: dict[str, Any]


def bench(folder: Path, *words: str) -> Run:
    """One run over the home and the kept runs of ``folder``."""
    file = folder / "kept.jsonl"
    places = ("--home", str(folder / "home"), "--json", str(file))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--orders", "2000", *places, *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Run(done.stdout, json.loads(file.read_text(encoding="utf-8").splitlines()[-1]))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run with its profile, and a second one over the same home."""
    folder = tmp_path_factory.mktemp("bench")
    return bench(folder, "--profile"), bench(folder)


# --- a run -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_stage_is_listed(runs: tuple[Run, Run]) -> None:
    stages = {stage["name"]: stage for stage in runs[0].kept["day"]["stages"]}
    assert stages.keys() == {stage.name for stage in STAGES}
    printed = {line.split()[0] for line in runs[0].out.splitlines() if line.strip()}
    assert stages.keys() <= printed
    assert stages["orders"]["rows"] > 0
    assert stages["orders"]["bytes"] > 0
    assert all(stage["peak_bytes"] > 0 for stage in stages.values())


@pytest.mark.slow
def test_the_bytes_of_the_stages_are_the_day(runs: tuple[Run, Run]) -> None:
    for run in runs:
        written = sum(stage["bytes"] for stage in run.kept["day"]["stages"])
        assert written == run.kept["floor"]["write_bytes"], "the floor writes what the stages wrote"


@pytest.mark.slow
def test_the_ratio_is_the_day_over_its_floor(runs: tuple[Run, Run]) -> None:
    for run in runs:
        assert run.kept["floor"]["seconds"] > 0
        assert run.kept["day"]["cpu_seconds"] > 0
        assert run.kept["floor"]["read_bytes"] > 0
        assert run.kept["ratio"] == run.kept["day"]["seconds"] / run.kept["floor"]["seconds"]
        assert f"{run.kept['ratio']:.2f}" in run.out


@pytest.mark.slow
def test_a_second_run_is_compared_with_the_first(runs: tuple[Run, Run]) -> None:
    first, second = runs
    assert "no kept run with these parameters" in first.out
    assert f"last kept {first.kept['ratio']:.2f} ({first.kept['at']})" in second.out


@pytest.mark.slow
def test_a_kept_home_is_taken_again(runs: tuple[Run, Run]) -> None:
    first, second = runs
    assert (first.kept["home"]["made"], second.kept["home"]["made"]) == (True, False)


@pytest.mark.slow
def test_the_profile_names_statements_and_python(runs: tuple[Run, Run]) -> None:
    first, second = runs
    pieces = {(piece["stage"], piece["kind"], piece["name"]): piece for piece in first.kept["day"]["profile"]}
    assert pieces["orders", "sql", "orders/qualified"]["rows"] > 0
    assert pieces["exports", "intake, read", "orders.csv"]["rows"] == SIZE["orders"]
    kinds = {kind for _, kind, _ in pieces}
    assert {"write Parquet", "content hash", "file hash", "to disk", "validate", "engine to Python"} <= kinds
    assert "Where the time goes" in first.out
    assert (second.kept["day"]["profile"], "Where the time goes" in second.out) == (None, False)


# --- the floor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder with a table of two columns and a file that is none."""
    rows = pl.DataFrame({"id": [f"O{n}" for n in range(10)], "fen": range(10)})
    write_parquet(rows, tmp_path / "sealed" / "state" / "orders.parquet", row_group=3)
    (tmp_path / "sealed" / "report.html").write_text("<p>", encoding="utf-8")
    return tmp_path / "sealed"


def test_the_copy_has_the_bytes_of_the_day(sealed: Path, tmp_path: Path) -> None:
    meter = floor.Meter()
    floor.write_again(sealed, tmp_path / "again", meter)
    for name in ("state/orders.parquet", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (sealed / name).read_bytes()
    assert meter.bytes == sum(path.stat().st_size for path in sealed.rglob("*.*"))


def test_a_long_table_is_copied_in_parts(sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "ROWS", 4)
    floor.write_again(sealed, tmp_path / "again", floor.Meter())
    parts = sorted((tmp_path / "again" / "state").iterdir(), key=lambda path: path.name)
    assert [path.name for path in parts] == ["orders.1.parquet", "orders.2.parquet", "orders.parquet"]
    rows = pl.concat(pl.read_parquet(path) for path in parts).sort("fen")
    assert rows.equals(pl.read_parquet(sealed / "state" / "orders.parquet"))


# --- homes, kept runs, spans, options ----------------------------------------------------------------------------


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="no benchmark made"):
        make(str(tmp_path), SIZE)
    assert main(["--orders", "10", "--home", str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def run_of(ratio: float, orders: int = 2000, wrote: int = 1000) -> dict[str, Any]:
    return {"at": "then", "parameters": {"orders": orders}, "ratio": ratio, "floor": {"write_bytes": wrote}}


def test_only_runs_of_the_same_parameters_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    for run in (run_of(8.0), run_of(4.0), run_of(1.0, orders=100)):
        keep(run, file)
    assert regression(run_of(5.0), last_like({"orders": 2000}, file)).endswith("last kept 4.00 (then): +25.0%, slower")
    assert regression(run_of(4.1), last_like({"orders": 2000}, file)).endswith("+2.5%, the same within noise")
    assert regression(run_of(0.5), last_like({"orders": 100}, file)).endswith("-50.0%, faster")
    assert "no kept run" in regression(run_of(5.0), last_like({"orders": 1}, file))
    assert last_like({"orders": 100}, tmp_path / "none.jsonl") is None


def test_a_floor_that_moved_is_told() -> None:
    told = regression(run_of(2.0, wrote=2000), run_of(4.0))
    assert told.endswith("-50.0%, faster; the day wrote +100.0% bytes, which moves the floor")


def test_own_times_add_up_to_the_whole() -> None:
    spans = Spans()
    with spans.span("job", "all") as whole:
        for stage in ("orders", "queue"):
            spans.stage = stage
            with spans.span("stage", "all"), spans.span("sql", "one"), spans.span("look-up", "two"):
                pass
        spans.stage = OUTSIDE
    pieces = spans.pieces()
    assert len(pieces) == 7
    assert sum(piece["own"] for piece in pieces) == pytest.approx(whole.whole)
    assert {piece["stage"] for piece in pieces} == {OUTSIDE, "orders", "queue"}


@pytest.mark.parametrize(("text", "number"), [("100k", 100_000), ("1M", 10**6), ("10M", 10**7), ("2_000", 2000)])
def test_sizes(text: str, number: int) -> None:
    assert parser().parse_args(["--orders", text]).orders == number


@pytest.mark.parametrize("words", [("--orders", "0"), ("--orders", "1.5M"), ("--mode", "lifo"), ("--waiting", "-1")])
def test_wrong_options(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
