"""`settle export` as a person and as a script meet it: a file, standard output, its refusals."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.homes import settle, tree
from tests.pipelines.test_command_line import said

D2 = "2026-11-02"


def test_as_a_process(settled: Path, tmp_path: Path) -> None:
    before, file = tree(settled), tmp_path / "books.beancount"
    done = settle("export", "beancount", "--home", settled, "--from", D2, "--output", file)
    told = f"{file}: books of 2026-11-02 to 2026-11-03, 9 accounts\nto check them: bean-check {file}\n"
    assert (done.code, done.out, done.err) == (0, told, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = settle("export", "beancount", "--from", D2, "--output", "-", SETTLE_HOME=str(settled))
    assert (printed.code, printed.out, printed.err) == (0, file.read_text(encoding="utf-8"), "")
    assert tree(settled) == before


def test_hledger_by_holder(settled: Path, tmp_path: Path) -> None:
    file = tmp_path / "books.journal"
    done = said("export", "hledger", "--home", settled, "--by-holder", "--output", file)
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n", "").endswith(f"to check them: hledger -f {file} check --strict")
    assert "; account:member_debt, holder:m0001\n" in file.read_text(encoding="utf-8")


def test_who_reads_may_have_enough(settled: Path) -> None:
    words = [sys.executable, "-m", "pipelines.cli", "export", "beancount", "--home", str(settled), "--by-holder"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("--from", "2026-10-31"), 1, "refused: found 2026-10-31 to 2026-11-03, allowed the settled days: "),
        (("--from", "2026-11-03", "--to", D2), 2, "--from 2026-11-03 is after --to 2026-11-02"),
        (("--to", "yesterday"), 2, "allowed a date as YYYY-MM-DD"),
        (("--output", "/nowhere/books"), 1, "refused: /nowhere/books: cannot be written (No such file or directory)"),
        (("--output", "{home}/books"), 1, "found a place in the home"),
        (("--output", "{home}/rules.yaml"), 1, "found a place in the home"),
    ],
)
def test_what_cannot_be_asked_for(settled: Path, words: tuple[str, ...], code: int, named: str) -> None:
    before = tree(settled)
    done = said("export", "beancount", *(word.format(home=settled) for word in words), "--home", settled)
    assert (done.code, done.out) == (code, "")
    assert named in " ".join(done.err.replace("│", " ").split())
    assert tree(settled) == before
