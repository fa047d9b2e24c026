"""Charts are drawn beside the day, and come out the same wherever they are drawn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import vl_convert

from assets.report.charts import Bar, specification
from assets.report.drawing import Drawer

SPECS = [specification([Bar(name, (("covered", 4_200), ("uncovered", 800)))]) for name in ("merchant/S1", "商户", "ß")]


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    made = Drawer()
    yield made
    made.close()


def test_the_drawing_is_that_of_the_library(drawer: Drawer) -> None:
    drawn = [drawer.draw(spec) for spec in SPECS]
    assert [one.result() for one in drawn] == [vl_convert.vegalite_to_svg(spec) for spec in SPECS]
    assert "商户" in drawn[1].result()


def test_it_is_drawn_by_another_process(drawer: Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(vl_convert, "vegalite_to_svg")
    assert drawer.draw(SPECS[0]).result().startswith("<svg")


def test_where_the_process_has_ended_it_is_drawn_here(drawer: Drawer) -> None:
    before = drawer.draw(SPECS[0]).result()
    assert drawer._process
    os.kill(drawer._process.pid, signal.SIGKILL)
    drawer._process.wait()
    assert [drawer.draw(SPECS[0]).result() for _ in range(2)] == [before] * 2


def test_where_no_process_can_be_made_it_is_drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    drawer = Drawer()
    assert drawer._process is None
    assert drawer.draw(SPECS[0]).result() == vl_convert.vegalite_to_svg(SPECS[0])


def test_what_cannot_be_drawn_is_an_error_and_what_follows_is_drawn(drawer: Drawer) -> None:
    assert isinstance(drawer.draw({"mark": "no such mark"}).exception(), ValueError)
    assert drawer.draw(SPECS[0]).result().startswith("<svg")


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["at the end", "killed"])
def test_it_ends_with_the_process_that_asked(end: str) -> None:
    program = (
        f"import os, signal; from assets.report.drawing import start; print(start()._process.pid, flush=True); {end}"
    )
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    pid = int(asked.stdout)
    for _ in range(200):
        if not _lives(pid):
            return
        signal.sigtimedwait([], 0.05)
    pytest.fail(f"process {pid} still lives")


def _lives(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
