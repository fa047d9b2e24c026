"""Everything that Settle makes in a home has the home's rights, whoever made it and whatever the mask was.

The command line, the demo, prune, and the job of the UI with its databases; and who is told of files that are too open.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assets.foundation.store import Home
from pipelines.definitions import JOB
from tests.pipelines.homes import BIN, D1, D2, D3, ROOT, another_group, environment, tree
from tests.pipelines.test_command_line import said

PUT_THERE = {"exports", "imports", "rules.yaml", "settings.yaml"}  # by others


@contextmanager
def mask(bits: int) -> Iterator[None]:
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def made(home: Home) -> dict[str, Path]:
    """Everything below the home that Settle made."""
    names = (path.relative_to(home.root) for path in home.root.rglob("*"))
    return {name.as_posix(): home.root / name for name in names if name.parts[0] not in PUT_THERE}


def others(home: Home, folder: int, file: int, group: int | None = None) -> dict[str, str]:
    """What of it has other rights than these, with its mode and group."""
    found = {}
    for name, path in made(home).items():
        stat_ = path.stat()
        bits = stat.S_IMODE(stat_.st_mode)
        if bits != (folder if path.is_dir() else file) or group not in (None, stat_.st_gid):
            found[name] = f"{bits:o} {stat_.st_gid}"
    return found


def made_all(home: Home, *tops: str) -> bool:
    return set(tops) <= {name.split("/")[0] for name in made(home)}


@pytest.mark.parametrize("bits", [0, 0o022])
def test_command_line_and_prune(settled: Home, bits: int) -> None:
    home = settled
    shutil.rmtree(home.issued_root)  # the run makes up for it
    (home.root / ".seen.json").unlink()
    with mask(bits):
        told = said("run", "--home", home.root, "--date", D3)
        assert (told.code, told.err) == (0, "")
        assert made_all(home, "settlements", "issued", ".dagster", ".seen.json")
        assert (home.settlement(D3) / "quarantine" / "redemptions.csv").is_file()
        assert others(home, 0o700, 0o600) == {}
        assert said("prune", "--home", home.root, "--keep", 1).code == 0
        assert made_all(home, "pruned.json")
        assert others(home, 0o700, 0o600) == {}
        assert os.umask(bits) == bits


def test_with_a_group(home: Home) -> None:
    with another_group() as group, mask(0o077):
        (home.root / "settings.yaml").write_text(f"group: {group.gr_name}\n")
        told = said("run", "--home", home.root, "--from", D1, "--to", D3)
        assert (told.code, told.err) == (0, "")
        assert said("prune", "--home", home.root, "--keep", 1).code == 0
        assert made_all(home, "settlements", "issued", ".dagster", ".seen.json", "pruned.json")
        assert others(home, 0o2750, 0o640, group.gr_gid) == {}
        assert "open to others" not in said("status", "--home", home.root).out


def test_while_a_day_is_made(home: Home) -> None:
    """What is staged is as closed as what comes of it."""
    from assets.stages import STAGES
    from pipelines.desk import Desk

    with mask(0):
        desk = Desk(home)
        for stage in STAGES[:-1]:
            desk.stage(stage, D1)
        assert made_all(home, ".staging")
        assert others(home, 0o700, 0o600) == {}
        desk.close()


@pytest.mark.parametrize("words", [("run", "--date", D3), ("prune", "--keep", 1), ("ui",)], ids=["run", "prune", "ui"])
def test_faulty_settings_change_nothing(settled: Home, words: tuple[object, ...]) -> None:
    (settled.root / "settings.yaml").write_text("groop: finance\n")
    before = tree(settled.root)
    told = said(*words, "--home", settled.root)
    assert told.code == 1
    allowed = "group, language, engine, spark, accounts"
    assert told.err == f"refused: {settled.root}/settings.yaml: groop: found an unknown key, allowed {allowed}\n"
    assert tree(settled.root) == before


def test_demo(tmp_path: Path) -> None:
    with mask(0):
        assert said("demo", tmp_path / "own").code == 0
        (tmp_path / "team").mkdir()
        with another_group() as group:
            (tmp_path / "team" / "settings.yaml").write_text(f"group: {group.gr_name}\n")
            assert said("demo", tmp_path / "team").code == 0
    own, team = tmp_path / "own", tmp_path / "team" / "exports"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own, *own.rglob("*"))} == {0o700, 0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (team, *team.rglob("*"))} == {0o2750, 0o640}
    assert {path.stat().st_gid for path in (team, *team.rglob("*"), team.parent / "rules.yaml")} == {group.gr_gid}


def ui_mask(home: Home, monkeypatch: pytest.MonkeyPatch) -> int:
    """The mask with which `settle ui` becomes Dagster's web server and daemon."""
    found = []
    with mask(0), monkeypatch.context() as patch:
        patch.setattr(os, "execve", lambda *_: found.append(os.umask(0)))
        assert said("ui", "--home", home.root).code == 0
    return found[0]


def test_the_ui_starts_with_the_rights_of_the_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ui_mask(home, monkeypatch) == 0o077
    assert made_all(home, ".dagster")
    assert others(home, 0o700, 0o600) == {}
    with another_group() as group:
        (home.root / "settings.yaml").write_text(f"group: {group.gr_name}\n")
        shutil.rmtree(home.root / ".dagster")
        assert ui_mask(home, monkeypatch) == 0o027
        assert others(home, 0o2750, 0o640, group.gr_gid) == {}


@pytest.mark.slow
@pytest.mark.parametrize("team", [False, True], ids=["owner", "group"])
def test_a_run_of_the_ui(home: Home, monkeypatch: pytest.MonkeyPatch, team: bool) -> None:
    with another_group() as group:
        if team:
            (home.root / "settings.yaml").write_text(f"group: {group.gr_name}\n")
        bits = ui_mask(home, monkeypatch)
        for day in (D1, D2):
            words = ["job", "execute", "-j", JOB, "--tags", f'{{"dagster/partition": "{day}"}}']
            done = subprocess.run(
                [BIN / "dagster", *words, "-m", "pipelines.definitions"], capture_output=True, text=True, check=False,
                cwd=ROOT, timeout=120, umask=bits,
                env=environment(DAGSTER_HOME=str(home.root / ".dagster"), SETTLE_HOME=str(home.root)),
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
    assert made_all(home, "settlements", "issued", ".dagster", ".seen.json")
    assert any(name.endswith(".db") for name in made(home))
    expected = (0o2750, 0o640, group.gr_gid) if team else (0o700, 0o600)
    assert others(home, *expected) == {}


def test_status_and_verify_name_what_is_too_open(settled: Home) -> None:
    assert (
        "open to others" not in said("status", "--home", settled.root).out + said("verify", "--home", settled.root).out
    )
    (settled.settlement(D1) / "report.html").chmod(0o604)
    settled.issued(D2).chmod(0o660)
    settled.audit_file.chmod(0o640)
    line = (
        f"3 files and folders, audit.jsonl first: chmod -R go-rwx {settled.audit_file} {settled.issued_root}"
        f" {settled.root / 'settlements'}"
    )
    status, verified = said("status", "--home", settled.root), said("verify", "--home", settled.root)
    assert f"\nopen to others:         {line}\n" in status.out
    assert f"\nnote: open to others: {line}\n" in verified.out
    assert (status.code, verified.code) == (0, 0)  # the money is right
    (settled.root / "settings.yaml").write_text("group: no-such-group\n")
    line = f"{settled.root}/settings.yaml: group: found no-such-group, allowed a group of this machine"
    assert f"\nopen to others:         {line}\n" in said("status", "--home", settled.root).out
