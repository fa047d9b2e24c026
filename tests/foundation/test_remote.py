"""A home at a URL: the same bytes as in a folder, one writer of two, and whole whatever dies when.

The faults are dealt by the server (``tests/s3.py``): a request that is refused, with all that follow, is a machine that
died before it, as the home sees it.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from assets.foundation.audit import Settled, read_log
from assets.foundation.errors import Changed, Refused
from assets.foundation.store import Home
from assets.importing.leaving import LEFT, leave_results
from assets.needs import everything, releasing, settling
from assets.pruning import prune
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from assets.verification.home import verify_home
from tests.pipelines.homes import D1, D2, D3, D4, EIGHT_DAYS, LATER, contents, write_home
from tests.release.people import act, settle_by, stamp
from tests.s3 import Server, machine

pytestmark = pytest.mark.s3
CASE = Path(__file__).parents[1] / "cases" / "schemes-all"
Machine = Callable[[str], Home]
LOCAL = (".seen.json", ".fetched.json", ".fetching.lock")


@pytest.fixture(scope="session")
def _plain(tmp_path_factory: pytest.TempPathFactory) -> dict[date | None, dict[str, bytes]]:
    """The files of a plain home before any day and after each of three days, settled by Zhang."""
    home = write_home(tmp_path_factory.mktemp("plain") / "home")
    after: dict[date | None, dict[str, bytes]] = {None: _kept(home)}
    for day in (D1, D2, D3):
        settle_by(home, "Zhang Wei", day)
        after[day] = _kept(home)
    return after


@pytest.fixture
def plain(_plain: dict[date | None, dict[str, bytes]]) -> dict[date | None, dict[str, bytes]]:
    return _plain


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """The home as the machine of that name sees it now."""
    return lambda name: machine(monkeypatch, tmp_path / name)


def _kept(home: Home) -> dict[str, bytes]:
    return {name: raw for name, raw in contents(home.root).items() if not name.startswith(".")}


def _put(server: Server, files: dict[str, bytes]) -> None:
    """Files as the objects of the home."""
    for name, raw in files.items():
        server.put(f"home/{name}", raw)
    server.asked.clear()


def _zhang(home: Home, *days: date) -> None:
    settle_by(home, "Zhang Wei", *days)


def _sound(home: Home) -> None:
    home.bring(everything)
    outcome = verify_home(home)
    assert (outcome.faults, outcome.stopped) == ([], "")


def _writes(server: Server) -> list[str]:
    return [key.removeprefix("home/") for method, key in server.asked]


# --- the same bytes -------------------------------------------------------------------------------------------------


def test_days_have_the_objects_that_a_folder_has_files(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[None])
    _zhang(at("one"), D1, D2)
    assert server.home_files() == plain[D2]
    _zhang(at("two"), D3)  # another machine, which has nothing
    assert server.home_files() == plain[D3]
    _sound(at("three"))


@pytest.mark.slow
def test_golden_days_have_the_same_bytes(server: Server, at: Machine, tmp_path: Path) -> None:
    for name in ("plain", "put"):
        shutil.copytree(CASE, tmp_path / name, ignore=shutil.ignore_patterns("expected"))
    days = Home(tmp_path / "plain").export_days()
    _zhang(Home(tmp_path / "plain"), *days)
    server.upload(tmp_path / "put")
    _zhang(at("one"), *days[: len(days) // 2])
    _zhang(at("two"), *days[len(days) // 2 :])
    assert server.home_files() == _kept(Home(tmp_path / "plain"))


def test_the_seal_is_the_last_object_of_a_day_and_each_is_put_once(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D1])
    _zhang(at("one"), D2)
    own = [name for name in _writes(server) if name.startswith("settlements/2025-11-02/")]
    assert own[-1] == "settlements/2025-11-02/manifest.json"
    assert sorted(own) == sorted(name for name in plain[D2] if name.startswith("settlements/2025-11-02/"))


def test_nothing_is_fetched_twice_and_nothing_that_is_not_needed(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D3])
    home = at("one")
    home.bring(settling(D4))
    read = [key.removeprefix("home/") for key in server.read if not key.endswith("turn.json")]
    assert len(read) == len(set(read))
    assert not [name for name in read if name.startswith(("settlements/2025-11-01/report", "exports/2025-11-02"))]
    assert {"settlements/2025-11-03/balances.parquet", "exports/2025-11-04/orders.csv"} <= set(read)
    server.read.clear()
    again = at("one")
    again.bring(settling(D4))
    assert server.read == ["home/turn.json"]
    assert contents(again.root).keys() == contents(home.root).keys()


def test_the_working_folder_is_its_owners_alone(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D2] | {"settings.yaml": b"group: nobody-has-this-group\n"})
    home = at("one")
    _zhang(home, D3)
    open_to_others = [path for path in (tmp_path / "one").rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700


# --- two at once ----------------------------------------------------------------------------------------------------


def _meanwhile(server: Server, act_now: Callable[[], object], at: str = ".turn/") -> list[str]:
    """Do it once, right before the next writer takes its turn or puts that object; returns what it raised."""
    said: list[str] = []
    first: list[str] = []
    done = threading.Event()

    def let_in(_: str, key: str) -> bool:
        if key.startswith(f"home/{at}") and not first:
            first.append(key)
            try:
                act_now()
            except Refused as refused:
                said.append(str(refused))
            done.set()
        elif key in first:
            done.wait()  # on a slow machine the writer grows impatient and asks again
        return True

    server.before = let_in
    return said


@pytest.mark.parametrize(
    ("language", "before"),
    [
        pytest.param("en", ".turn/", id="the same bytes", marks=pytest.mark.slow),
        pytest.param("zh", ".turn/", id="other bytes", marks=pytest.mark.slow),
        pytest.param("zh", "settlements/2025-11-03/of-this", id="one is slow to put its files"),
    ],
)
def test_of_two_that_settle_a_day_one_is_refused(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], language: str, before: str
) -> None:
    _put(server, plain[D2] | {"settings.yaml": f"language: {language}\n".encode()})
    slow = at("slow")
    slow.bring(settling(D3))
    (slow.root / "settings.yaml").unlink()  # what it builds is English
    quick = at("quick")
    said = _meanwhile(server, partial(_zhang, quick, D3), before)
    with pytest.raises(Changed, match="2025-11-03 was settled meanwhile by another"):
        settle_day_in(slow)
    assert said == []
    found = server.home_files()
    assert json.loads(found["settlements/2025-11-03/manifest.json"])["language"] == language
    if language == "en":
        assert {name: raw for name, raw in found.items() if name != "settings.yaml"} == plain[D3]
    assert found.keys() - {"settings.yaml"} == plain[D3].keys()
    _sound(at("third"))


def settle_day_in(home: Home) -> None:
    """The third day in English, whatever the home says by now, with a file that no other settlement of it has."""
    from assets.stages import STAGES
    from pipelines.desk import Desk

    desk = Desk(home, maker=lambda: stamp("Zhang Wei"), language="en")
    for stage in STAGES:
        if stage is STAGES[-1]:
            assert desk.day
            (desk.day.staging / "of-this-one-alone.csv").write_text("x", encoding="utf-8")
        desk.stage(stage, D3)


@pytest.mark.slow
def test_a_day_is_published_after_an_approval_that_came_between(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D2])
    settler, checker = at("one"), at("two")
    checker.bring(*releasing(D2))
    said = _meanwhile(server, lambda: act(checker, approve, D2, "Li"))
    _zhang(settler, D3)
    assert said == []
    log = read_log(at("three"))
    assert [(one.by, one.says.event, one.day) for one in log[-2:]] == [
        ("Li", "approved", D2), ("Zhang Wei", "settled", D3),
    ]  # fmt: skip
    _sound(at("three"))


@pytest.mark.slow
def test_a_day_is_refused_when_results_came_for_it_meanwhile_and_takes_them_then(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    import polars as pl

    _put(server, plain[D2])
    settler, importer = at("one"), at("two")
    rows = pl.DataFrame(schema=LEFT)

    def leave() -> None:
        act(importer, lambda home, day, *_: leave_results(home, day, "a" * 64, rows), D3, "Li")

    said = _meanwhile(server, leave)
    left = f"imports/2025-11-03/payout_results-{'a' * 64}.csv"
    with pytest.raises(Changed, match=rf"{left} changed meanwhile"):
        _zhang(settler, D3)
    assert said == []
    assert not any(name == "settlements/2025-11-03/manifest.json" for name in server.objects())
    _zhang(settler, D3)
    assert left in json.loads(server.objects()["settlements/2025-11-03/manifest.json"])["inputs"]


@pytest.mark.slow
def test_results_for_a_day_that_was_settled_meanwhile_are_refused(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    import polars as pl

    _put(server, plain[D2])
    settler, importer = at("one"), at("two")
    rows = pl.DataFrame(schema=LEFT)
    said = _meanwhile(server, partial(_zhang, settler, D3))
    with pytest.raises(Changed, match=r"settling 2025-11-03 was written meanwhile"):
        act(importer, lambda home, day, *_: leave_results(home, day, "a" * 64, rows), D3, "Li")
    assert said == []
    assert server.home_files() == plain[D3]
    with pytest.raises(Refused, match="2025-11-03 is settled already"):
        act(importer, lambda home, day, *_: leave_results(home, day, "a" * 64, rows), D3, "Li")


def test_a_payout_file_is_handed_out_by_one_machine(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D3])
    one, two = at("one"), at("two")
    for home in (one, two):
        home.bring(*releasing(D3))
    act(one, approve, D3, "Li")
    two.look_again()
    said = _meanwhile(server, lambda: act(two, release, D3, "Wang"))
    with pytest.raises(Changed, match=r"a test was written meanwhile \(since .*\); nothing was changed"):
        act(one, release, D3, "Zhou")
    assert said == []
    with pytest.raises(Refused, match="has no file to release"):
        act(one, release, D3, "Zhou")
    log = read_log(at("three"))
    assert [entry.by for entry in log if entry.says.event == "released"] == ["Wang"]
    assert [name for name in server.objects() if name.startswith("outbox/")] == ["outbox/payouts-20251103-alipay.csv"]
    _sound(at("three"))


def test_a_register_that_something_else_changed_is_refused(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D3])
    home = at("one")
    home.bring(*releasing(D3))

    def tamper(*_: object) -> None:
        server.put("home/audit.jsonl", b"")

    lock_and_tamper = lambda home, day, who: (tamper(), approve(home, day, who))  # noqa: E731 - one act
    with pytest.raises(Changed, match=r"audit\.jsonl is another one by now; nothing was changed"):
        act(home, lock_and_tamper, D3, "Li")
    assert server.objects()["audit.jsonl"] == b""


# --- what dies ------------------------------------------------------------------------------------------------------


def _steps(server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]]) -> list[str]:
    """Every request by which the third day changes the home."""
    _put(server, plain[D2])
    _zhang(at("whole"), D3)
    return _writes(server)


def _dies_before(server: Server, number: int) -> None:
    """From its request of that number on, counted from 0, a machine changes nothing more."""
    seen = iter(range(1 << 30))
    server.before = lambda *_: next(seen) < number


def _survives(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path, number: int, *, kept: bool
) -> None:
    """A settlement that dies before a request leaves the day before, or the day; run again it has the same bytes."""
    server.empty()
    _put(server, plain[D2])
    first = at(f"{number}")
    _dies_before(server, number)
    with pytest.raises(Refused):
        _zhang(first, D3)
    server.before = lambda *_: True
    reader = at(f"{number}-reader")
    assert reader.settled_days() in ([D1, D2], [D1, D2, D3])
    reader.bring(everything)
    faults = {(fault.kind, fault.found) for fault in verify_home(reader).faults}
    assert faults <= ({("issued", "no such file")} if reader.is_settled(D3) else set())  # as in a folder
    if not kept:
        shutil.rmtree(tmp_path / f"{number}")
    again = at(f"{number}")
    if again.remote and again.remote.pending:
        act(again, lambda *_: None, D3, "Zhang Wei")  # as the next command that writes does
    if again.is_settled(D3):
        from pipelines.desk import Desk

        again.bring(settling(D3))
        Desk(again, maker=lambda: stamp("Zhang Wei")).make_up(D3)
    else:
        _zhang(again, D3)
    found = server.home_files()
    log = [one.says.seal for one in read_log(at(f"{number}-log")) if isinstance(one.says, Settled)]
    assert len(log) == len(set(log)) == 3
    assert {n: raw for n, raw in found.items() if n != "audit.jsonl"} == {
        n: raw for n, raw in plain[D3].items() if n != "audit.jsonl"
    }


@pytest.mark.slow
def test_a_machine_that_dies_leaves_the_day_before_or_the_day(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    steps = _steps(server, at, plain)
    seal = steps.index("settlements/2025-11-03/manifest.json")
    assert seal > 40
    # In the midst of the day's files, before the turn is taken, before the seal, before the register.
    for number in (seal // 2, seal - 1, seal, steps.index("issued/2025-11-03.csv")):
        _survives(server, at, plain, tmp_path, number, kept=number % 2 == 0)


@pytest.mark.slow
def test_a_machine_may_die_before_any_request(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    steps = _steps(server, at, plain)
    # The files of the day are all put alike: of them every sixteenth, then every step.
    first = steps.index("settlements/2025-11-03/manifest.json") - 3
    for number in [*range(4), *range(4, first, 16), *range(first, len(steps))]:
        _survives(server, at, plain, tmp_path, number, kept=number % 2 == 0)


def test_what_an_attempt_without_a_seal_left_is_replaced(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    left = {
        "settlements/2025-11-03/rewards.parquet": b"of another attempt",
        "settlements/2025-11-03/state/members.parquet": b"that died",
        "settlements/2025-11-03/payouts/stray.csv": b"and whose files had other names",
    }
    _put(server, plain[D2] | left)
    home = at("one")
    home.bring(everything)
    assert not home.settlement(D3).exists()
    _sound(home)
    server.asked.clear()
    _zhang(home, D3)
    assert server.home_files() == plain[D3]
    put = [name for name in _writes(server) if name.startswith("settlements/")]
    assert put[-1] == "settlements/2025-11-03/manifest.json"
    assert put.count("settlements/2025-11-03/rewards.parquet") == 1  # in vain, then over it


def test_what_was_begun_is_completed_by_whoever_writes_next(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    steps = _steps(server, at, plain)
    seal = steps.index("settlements/2025-11-03/manifest.json")
    server.empty()
    _put(server, plain[D2])
    _dies_before(server, seal)
    with pytest.raises(Refused, match="settling 2025-11-03 is decided, but not all of it could be put"):
        _zhang(at("one"), D3)
    server.before = lambda *_: True
    checker = at("two")
    checker.bring(*releasing(D2))
    assert not checker.is_settled(D3)
    act(checker, approve, D2, "Li")
    assert checker.is_settled(D3)
    assert [name for name in server.objects() if name.startswith(".turn/")] == []
    _zhang(at("three"), D4)
    _sound(at("four"))


@pytest.mark.slow
def test_a_cancellation_and_a_pruning_go_on_after_death(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D3])
    home = at("one")
    home.bring(*releasing(D3))
    act(home, cancel, D3, "Li", "wrong account")
    steps = len(server.asked)
    for number in range(1, steps):
        server.empty()
        _put(server, plain[D3])
        one = at(f"{number}")
        one.bring(*releasing(D3))
        _dies_before(server, number)
        with pytest.raises(Refused):
            act(one, cancel, D3, "Li", "wrong account")
        server.before = lambda *_: True
        two = at(f"{number}-two")
        two.bring(*releasing(D3))
        try:
            act(two, cancel, D3, "Li", "wrong account")
        except Refused as refused:
            assert "cancelled by Li" in str(refused)  # the dead one's last step was to clear up
        left = [name for name in server.objects() if name.startswith("imports/")]
        assert [name.split("/")[1] for name in left] == ["2025-11-04"]
        assert [one.says.event for one in read_log(at("reader"))].count("cancelled") == 1


# --- what lies --------------------------------------------------------------------------------------------------------


def test_a_damaged_object_is_found(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    name = "settlements/2025-11-03/balances.parquet"
    _put(server, plain[D3] | {name: plain[D3][name][:-1] + b"?"})
    home = at("one")
    home.bring(everything)
    assert [fault.where for fault in verify_home(home).faults if fault.kind == "files"] == [name]
    with pytest.raises(Refused, match=f"{name} is not what 2025-11-03 sealed"):
        _zhang(at("two"), D4)


def test_a_file_here_that_was_altered_is_fetched_again(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D3])
    home = at("one")
    home.bring(settling(D4))
    altered, touched = (home.root / "settlements/2025-11-03" / name for name in ("balances.parquet", "payouts.parquet"))
    was = altered.stat()
    altered.write_bytes(b"x" * was.st_size)
    import os

    os.utime(altered, ns=(was.st_atime_ns, was.st_mtime_ns))
    touched.touch()
    (home.root / "settlements/2025-11-03/orders.parquet").unlink()
    (home.root / "settlements/2025-10-31").mkdir()
    (home.root / "settlements/2025-10-31/manifest.json").write_bytes(b"{}")
    server.read.clear()
    _zhang(at("one"), D4)
    fetched = {key for key in server.read if "2025-11-03" in key}
    assert fetched == {f"home/settlements/2025-11-03/{name}.parquet" for name in ("balances", "orders")}
    _sound(at("two"))


def test_an_object_leads_nowhere_else_by_its_name(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[D1])
    for key in ("exports/../../../out", "exports//2025-11-01/x", "settlements/2025-11-01/../../../../out", ".dagster/x",
                "outbox/a\\b", "exports/2025-11-09/"):  # fmt: skip
        server.put(f"home/{key}", b"x")
    home = at("one")
    home.bring(everything)
    assert not [path for path in tmp_path.rglob("*") if path.name in ("out", "a\\b", "x")]
    assert not (home.root / ".dagster").exists()


def test_a_store_that_knows_no_conditions_is_refused(
    server: Server, at: Machine, plain: dict[date | None, dict[str, bytes]], tmp_path: Path
) -> None:
    _put(server, plain[None])
    server.blind = True
    with pytest.raises(Refused, match="allowed: a store that keeps If-None-Match and If-Match"):
        _zhang(at("one"), D1)
    assert not [name for name in server.objects() if name.startswith("settlements/")]


@pytest.mark.slow
def test_pruned_state_goes_from_the_store_and_from_every_machine(server: Server, at: Machine, tmp_path: Path) -> None:
    plain = write_home(tmp_path / "plain", EIGHT_DAYS)
    _zhang(plain, D1, D2, D3, D4, *LATER)
    server.upload(plain.root)
    elsewhere = at("two")
    elsewhere.bring(everything)
    home = at("one")
    went = act(home, lambda home, *_: prune(home, 1), D4, "Li")
    there = act(plain, lambda home, *_: prune(home, 1), D4, "Li")
    assert went == there
    assert len(went.files) > 10
    assert server.home_files() == _kept(plain)
    elsewhere.look_again()
    assert _kept(elsewhere) == _kept(plain)
    _sound(elsewhere)
