"""Where a home is named: folders, file URLs and S3, every command through a URL, and two processes at one home.

Neighbour: ``tests/foundation/test_remote.py`` for what is put in which order, and what dies when.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.needs import everything
from assets.verification.home import verify_home
from pipelines.definitions import JOB, build_defs
from pipelines.desk import home_from_environment
from pipelines.homes import named_home
from tests.importing.homes import PAID_A, write_file
from tests.pipelines.homes import D1, D2, D3, D4, environment
from tests.s3 import BUCKET, SECRET, Server, machine

URL = f"s3://{BUCKET}/home"
ALLOWED = "allowed: a folder, file:///… for one, or s3://bucket/path"


def _settle(*words: object, work: Path | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    own = {"SETTLE_WORK": str(work)} if work else {}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pipelines.cli", *map(str, words)], capture_output=True, text=True,
        check=False, timeout=300, cwd=cwd, env=environment(PYTHONWARNINGS="ignore", **own),
    )  # fmt: skip


def _begin(*words: object, work: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "pipelines.cli", *map(str, words)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(PYTHONWARNINGS="ignore", SETTLE_WORK=str(work)),
    )  # fmt: skip


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["{}", "file://{}", "file://localhost{}"])
def test_a_folder_is_named_as_such_or_by_its_url(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "my home"
    name = named.format(str(folder).replace(" ", "%20") if named.startswith("file") else folder)
    assert named_home(name) == Home(folder)
    assert named_home(name).remote is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gs://bucket/home", "gs://bucket/home: found the scheme gs"),
        ("https://example.org/home", "found the scheme https"),
        ("memory://home", "found the scheme memory"),
        ("file://elsewhere/home", "found a file URL without an absolute path on this machine"),
        ("file:home", "found a file URL without an absolute path on this machine"),
        ("s3:///home", "found no bucket and plain path"),
        ("s3://Not_A_Bucket/home", "found no bucket and plain path"),
        ("s3://bucket/../home", "found no bucket and plain path"),
        ("s3://bucket/home?versionId=1", "found a query or fragment"),
    ],
)
def test_another_url_is_refused(name: str, said: str) -> None:
    with pytest.raises(Refused, match=re.escape(said)) as no:
        named_home(name)
    assert ALLOWED in str(no.value)


def test_a_secret_in_a_url_is_not_repeated() -> None:
    with pytest.raises(Refused, match="found no bucket") as no:
        named_home(f"s3://AKIAEXAMPLE:{SECRET}@bucket/home")
    assert SECRET not in str(no.value)


def test_a_demo_goes_to_a_folder(tmp_path: Path) -> None:
    done = _settle("demo", URL, cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "aws s3 sync" in done.stderr


# --- commands -------------------------------------------------------------------------------------------------------


@pytest.mark.s3
def test_a_url_without_a_home_is_refused(server: Server, tmp_path: Path) -> None:
    done = _settle("status", "--home", URL, work=tmp_path / "work")
    told = f"refused: {URL}: no such home; allowed: a URL below which rules.yaml and exports/ lie\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@pytest.mark.s3
def test_the_resource_of_dagster_takes_a_url(
    server: Server, settled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.upload(settled.root)
    monkeypatch.setenv("SETTLE_HOME", URL)
    home = home_from_environment()
    assert (home.name, home.settled_days()) == (URL, [D1, D2])
    job = build_defs(home, until=D3).resolve_job_def(JOB)
    assert job.execute_in_process(partition_key=str(D3)).success
    assert "settlements/2025-11-03/manifest.json" in server.objects()


@pytest.mark.s3
def test_the_sensor_sees_what_others_put_and_removed(
    server: Server, settled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = settled.exports(D3) / "_SUCCESS"
    ready.unlink()
    server.upload(settled.root)
    monkeypatch.setenv("SETTLE_HOME", URL)
    defs = build_defs(home_from_environment(), until=D4)
    sensor = defs.resolve_sensor_def("ready_exports")

    def ask() -> list[str]:
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
            tick = sensor.evaluate_tick(context)
        return [f"{asked.partition_key} {asked.run_key}" for asked in tick.run_requests or ()]

    assert ask() == []
    server.put("home/exports/2025-11-03/_SUCCESS", b"")
    first = ask()
    assert [one.split()[0] for one in first] == ["2025-11-03"]
    assert ask() == first
    server.put("home/exports/2025-11-03/refunds.csv", b"refund_id,order_id,amount,refunded_at\n")
    assert ask()[0] != first[0]
    server.remove("home/exports/2025-11-03/_SUCCESS")
    assert ask() == []


def _commands(home: str, folder: Path) -> list[list[str]]:
    """A day at work, every command once, in an order in which each has something to do."""
    results = write_file(folder, PAID_A)
    at = ["--home", home]
    return [
        ["check", "--date", str(D3), *at],
        ["run", "--date", str(D3), "--by", "zhang", *at],
        ["status", *at],
        ["payouts", "list", *at],
        ["payouts", "approve", "--date", str(D3), "--by", "zhang", *at],
        ["payouts", "approve", "--date", str(D3), "--by", "li", *at],
        ["payouts", "release", "--date", str(D3), "--by", "zhou", *at],
        ["payouts", "release", "--date", str(D3), "--by", "zhou", *at],
        ["payouts", "cancel", "--date", str(D2), "--by", "li", "--reason", "no", *at],
        ["import", "alipay", str(results), "--format", "generic", *at],
        ["import", "alipay", str(results), "--format", "generic", *at],
        ["payouts", "reconcile", *at],
        ["report", str(D3), *at],
        ["report", str(D3), "--json", "--xlsx", str(folder / "report.xlsx"), *at],
        ["statement", "A", *at],
        ["explain", "member/A", *at],
        ["explain", "order/O1", "--date", str(D2), *at],
        ["export", "beancount", *at],
        ["export", "hledger", "--output", str(folder / "books.journal"), *at],
        ["run", "--from", str(D1), "--to", str(D4), "--json", "--by", "zhang", *at],
        ["prune", "--keep", "1", "--dry-run", *at],
        ["prune", "--keep", "1", *at],
        ["verify", *at],
        ["verify", "--date", str(D4), "--rerun", *at],
    ]


@pytest.mark.s3
@pytest.mark.slow
def test_every_command_says_of_a_url_what_it_says_of_a_folder(server: Server, settled: Home, tmp_path: Path) -> None:
    server.upload(settled.root)
    for name in ("folder", "url"):
        (tmp_path / name).mkdir()
    plain = _commands(str(settled.root), tmp_path / "folder")
    named = _commands(URL, tmp_path / "url")
    for one, other in zip(plain, named, strict=True):
        here, there = _settle(*one), _settle(*other, work=tmp_path / "work")
        assert _said(there, tmp_path / "url") == _said(here, tmp_path / "folder", str(settled.root)), other
        assert SECRET not in there.stdout + there.stderr
    for name in ("books.journal",):
        assert (tmp_path / "url" / name).read_bytes() == (tmp_path / "folder" / name).read_bytes()
    files = {
        path.relative_to(settled.root).as_posix(): path.read_bytes()
        for path in settled.root.rglob("*")
        if path.is_file() and not path.relative_to(settled.root).parts[0].startswith(".")
    }
    found = server.home_files()
    assert found.keys() == files.keys()
    other_times = {"audit.jsonl"} | {name for name in files if name.startswith("imports/")}
    assert {name for name in files if files[name] != found[name]} <= other_times


def _said(done: subprocess.CompletedProcess[str], folder: Path, home: str = "") -> tuple[int, str, str]:
    """Exit code and both streams, with one name for the home and none for times."""

    def plain(text: str) -> str:
        text = text.replace(home, URL) if home else text
        text = text.replace(str(folder), "FOLDER")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "AT", text)
        text = re.sub(r"\d+\.\d s\b", "TIME", text)
        text = re.sub(r'"seconds": [0-9.]+', "TIME", text)
        text = re.sub(r"the last [0-9a-f]{16}", "the last LINE", text)
        return re.sub(r"disk: (other|in all): .*", "", text)

    return done.returncode, plain(done.stdout), plain(done.stderr)


# --- two processes --------------------------------------------------------------------------------------------------


def _sound(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Home:
    home = machine(monkeypatch, folder)
    home.bring(everything)
    assert verify_home(home).faults == []
    return home


@pytest.mark.s3
@pytest.mark.slow
def test_of_two_processes_one_seals_the_day(
    server: Server, settled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    server.upload(settled.root)
    both = threading.Barrier(2, timeout=200)
    waits = {"home/turn.json": 2}

    def together(_: str, key: str) -> bool:
        if key.startswith("home/.turn/2-") and waits["home/turn.json"]:
            waits["home/turn.json"] -= 1
            both.wait()  # each has built the day and put its files
        return True

    server.before = together
    processes = [
        _begin("run", "--date", str(D3), "--lang", lang, "--home", URL, work=tmp_path / lang) for lang in ("en", "zh")
    ]
    said = [process.communicate(timeout=300) for process in processes]
    codes = [process.returncode for process in processes]
    assert sorted(codes) == [0, 1], said
    lost = codes.index(1)
    told = r"refused: .* 2025-11-03 was settled meanwhile by another \(.*\); nothing was published, run the .* again\n"
    assert re.fullmatch(told, said[lost][1])
    home = _sound(monkeypatch, tmp_path / "third")
    seal = home.seal(D3)
    assert seal
    assert seal.content["language"] == ("en", "zh")[codes.index(0)]
    again = _settle("run", "--date", str(D3), "--home", URL, work=tmp_path / ("en", "zh")[lost])
    assert (again.returncode, "was settled before" in again.stdout) == (0, True)


@pytest.mark.s3
@pytest.mark.parametrize(
    "at", [pytest.param("home/turn.json", marks=pytest.mark.slow), "home/settlements/2025-11-03/manifest.json"]
)
def test_a_process_that_is_killed_leaves_the_day_to_the_next_run(
    server: Server, settled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    server.upload(settled.root)
    killed: list[int] = []
    process: list[subprocess.Popen[str]] = []

    def kill(_: str, key: str) -> bool:
        if key == at and any(name.startswith("home/.turn/2-") for _, name in server.asked) and not killed:
            os.kill(process[0].pid, signal.SIGKILL)
            killed.append(process[0].pid)
            return False
        return not killed

    server.before = kill
    process.append(_begin("run", "--date", str(D3), "--home", URL, work=tmp_path / "one"))
    process[0].communicate(timeout=300)
    assert process[0].returncode == -signal.SIGKILL
    server.before = lambda *_: True
    assert "settlements/2025-11-03/manifest.json" not in server.objects()
    again = _settle("run", "--date", str(D3), "--home", URL, work=tmp_path / "one")
    assert (again.returncode, again.stderr) == (0, "")
    assert ("was settled before" in again.stdout) == (at != "home/turn.json")
    home = _sound(monkeypatch, tmp_path / "two")
    assert home.settled_days() == [D1, D2, D3]
