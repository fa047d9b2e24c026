"""The judgement of a home: half a day of any kind is found, and so is what a refusal should not have said."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.faults.oracle import Expected, differences, snapshot, tolerated
from tests.faults.tracer import Fault
from tests.faults.trying import Ran, wrong_end
from tests.pipelines.homes import D2, D3


def _day(home: Path, name: str) -> None:
    folder = home / "settlements" / name
    (folder / "payouts").mkdir(parents=True)
    for file in ("manifest.json", "orders.parquet", "payouts/a.csv"):
        (folder / file).write_text(f"{name} {file}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text("rules")
    _day(tmp_path, str(D2))
    return tmp_path


@pytest.fixture
def expected(home: Path) -> Expected:
    """How ``home`` may stand; it is left with both days."""
    before = snapshot(home)
    _day(home, str(D3))
    return Expected(D3, before, snapshot(home))


def test_the_two_ways_to_stand(home: Path, expected: Expected) -> None:
    assert expected.stands(snapshot(home)) == "D"
    (home / "settlements" / str(D3)).rename(home / ".staging")
    assert expected.stands(snapshot(home)) == "D-1"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("rm settlements/2025-11-03/manifest.json", "manifest.json (missing)"),
        ("rm settlements/2025-11-03/payouts/a.csv", "2025-11-03/payouts/a.csv (missing)"),
        ("echo >> settlements/2025-11-03/orders.parquet", "2025-11-03/orders.parquet (other)"),
        ("echo >> settlements/2025-11-02/manifest.json", "2025-11-02/manifest.json (other)"),
        ("chmod 644 settlements/2025-11-03/orders.parquet", "2025-11-03/orders.parquet (other)"),
        ("chmod 755 settlements/2025-11-03/payouts", "2025-11-03/payouts/ (other)"),
        ("touch settlements/2025-11-03/orders.parquet.new", "orders.parquet.new (left over)"),
        ("mkdir settlements/2025-11-04", "settlements/2025-11-04/ (left over)"),
        ("touch half", "half (left over)"),
        ("rm rules.yaml", "rules.yaml (missing)"),
    ],
)
def test_what_lies_between_is_named(home: Path, expected: Expected, harm: str, said: str) -> None:
    for folder in home.rglob("*"):
        folder.chmod(0o700 if folder.is_dir() else 0o600)
    whole = snapshot(home)
    before = {name: one for name, one in whole.items() if str(D3) not in name}
    assert os.system(f"cd {home} && {harm}") == 0
    with pytest.raises(AssertionError) as wrong:
        Expected(D3, before, whole).stands(snapshot(home))
    assert str(wrong.value).startswith("neither D-1 nor D; apart from D: ")
    assert said in str(wrong.value)


def _log(*days: str) -> str:
    lines: list[str] = []
    for day in days:
        previous = hashlib.sha256(lines[-1].encode()).hexdigest() if lines else ""
        told = {"n": len(lines) + 1, "at": os.urandom(4).hex(), "by": "li", "event": "settled", "day": day}
        lines.append(json.dumps({**told, "seal": "0", "previous": previous}))
    return "".join(f"{line}\n" for line in lines)


def test_the_log_is_that_of_one_day_or_the_other(home: Path) -> None:
    log = home / "audit.jsonl"
    log.write_text(_log("D2"))
    before = snapshot(home)
    _day(home, str(D3))
    log.write_text(_log("D2", "D3"))
    expected = Expected(D3, before, snapshot(home))
    for days in (["D2"], ["D2", "D3"]):  # at another time of day
        log.write_text(_log(*days))
        assert expected.stands(snapshot(home)) == "D"
    assert differences(snapshot(home), expected.whole) == []
    whole = log.read_text()
    for text in (_log("D2", "D3", "D3"), _log("D3"), whole[:-1], whole.replace("li", "la", 1), ""):
        log.write_text(text)
        with pytest.raises(AssertionError, match="the log is neither that of D-1 nor that of D"):
            expected.stands(snapshot(home))
    log.write_text(whole)
    (home / "settlements" / str(D3)).rename(home / ".staging")
    with pytest.raises(AssertionError, match=r"apart from D-1: audit\.jsonl \(other\)"):
        expected.stands(snapshot(home))


def test_what_may_differ(home: Path) -> None:
    before = snapshot(home)
    for name in (".staging", ".dagster"):
        (home / name).mkdir()
        (home / name / "x").touch()
    for name in (".seen.json", ".seen.json.new"):
        (home / name).touch()
    assert differences(snapshot(home), before) == []
    assert tolerated(f"issued/{D3}.csv", "missing", D3)
    assert tolerated("settlements/", "left over", D3)
    for name, how in (
        (f"issued/{D3}.csv", "left over"), (f"issued/{D3}.csv", "other"), (f"issued/{D2}.csv", "missing"),
        ("settlements/", "missing"), (f"settlements/{D3}/", "left over"), ("pruned.json", "missing"),
    ):  # fmt: skip
        assert not tolerated(name, how, D3), (name, how)


_TOLD = "refused: 2025-11-03 could not be settled: No space left on device; nothing was published\n"
_AFTER = "refused: 2025-11-03 is settled whole, but what follows failed: No space left on device\n"


@pytest.mark.parametrize(
    ("fault", "code", "err", "stands", "wrong"),
    [
        ("before@write:x:1", -9, "", "D-1", ""),
        ("before@write:x:1", 0, "", "D", "the process outlived its end"),
        ("before@write:x:1", 1, "no", "D-1", "killed, but ended with 1: no"),
        ("EIO@write:x:1", 0, "", "D", ""),
        ("EIO@write:x:1", 0, "", "D-1", "exit code 0 and the home at D-1"),
        ("EIO@write:x:1", -6, "", "D-1", "exit code -6, expected 0 or 1: "),
        ("ENOSPC@write:x:1", 1, _TOLD, "D-1", ""),
        ("ENOSPC@write:x:1", 1, _AFTER, "D", ""),
        ("ENOSPC@write:x:1", 1, _TOLD, "D", f"said {_TOLD!r} with the home at D"),
        ("ENOSPC@write:x:1", 1, _AFTER, "D-1", f"said {_AFTER!r} with the home at D-1"),
        ("EIO@write:x:1", 1, _TOLD, "D-1", f"said {_TOLD!r}, expected one line of refusal with 'Input/output error'"),
        ("ENOSPC@write:x:1", 1, "Traceback\n" + _TOLD, "D-1", "expected one line"),
        ("ENOSPC@write:x:1", 1, _TOLD.replace("refused", "internal error"), "D-1", "expected one line"),
    ],
)
def test_how_a_run_may_end(fault: str, code: int, err: str, stands: str, wrong: str) -> None:
    found = wrong_end(Fault.parse(fault), Ran(code, "", err, False, (), True), stands)
    assert wrong in found and bool(wrong) == bool(found)


def test_a_run_that_hung_or_did_not_meet_its_fault() -> None:
    fault = Fault.parse("before@write:x:1")
    assert wrong_end(fault, Ran(-9, "", "", True, (), True), "D-1") == "the run hung"
    assert wrong_end(fault, Ran(0, "", "", False), "D") == ""
    assert wrong_end(fault, Ran(1, "", "", False), "D-1") == "exit code 1 and the home at D-1"
