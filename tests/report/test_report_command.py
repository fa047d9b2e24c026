"""`settle report` and the language of a report, as a person and as a script meet them."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.cli import app
from pipelines.desk import Desk
from pipelines.reporting import sealed_report
from pipelines.rerunning import rerun_day
from pipelines.running import Runner
from tests.report.conftest import DAY1, DAY2, page_of
from tests.settlement.ledger import Book


def _run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_the_page_again_in_the_other_language(shop: Book, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    told = _run("report", DAY2, "--home", shop.root, "--lang", "zh", "--html", page)
    assert told == (0, f"{DAY2} 结算报告: {page}\n", "")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert '<html lang="zh-CN">' in page.read_text(encoding="utf-8")
    assert _run("report", DAY2, "--home", shop.root, "--html", page)[0] == 0
    assert page.read_text(encoding="utf-8") == page_of(shop, DAY2)


def test_no_page_in_the_home(shop: Book) -> None:
    code, out, err = _run("report", DAY2, "--home", shop.root, "--html", shop.root / "page.html")
    assert (code, out) == (1, "") and "found a place in the home" in err


def test_the_sections_in_a_terminal(shop: Book) -> None:
    code, out, _ = _run("report", DAY1, "--home", shop.root)
    assert code == 0
    assert "2 orders of 150.00 yuan qualified under rule version v2026-01-01" in " ".join(out.split())
    for words in ("Flow of money, by programme", "Health of the queues", "16.67", "Compliance meter"):
        assert words in out
    assert "Every control" not in out


def test_as_json(shop: Book) -> None:
    code, out, _ = _run("report", DAY1, "--home", shop.root, "--json")
    assert code == 0
    assert out.encode() == (shop.root / "settlements" / DAY1 / "report.json").read_bytes()
    assert json.loads(out)["net"] == 500


def test_refusals(shop: Book, tmp_path: Path) -> None:
    assert _run("report", "2026-12-01", "--home", shop.root) == (1, "", "refused: 2026-12-01 is not settled\n")
    code, _, err = _run("report", DAY1, "--home", shop.root, "--lang", "fr")
    assert code == 2 and "found 'fr', allowed en or zh" in " ".join(err.replace("│", "").split())
    bad = shutil.copytree(shop.root, tmp_path / "bad")
    path = bad / "settlements" / DAY1 / "report.json"
    path.write_bytes(path.read_bytes().replace(b"500", b"900"))
    with pytest.raises(Refused, match=rf"gone or not what {DAY1} sealed"):
        sealed_report(Home(bad), date.fromisoformat(DAY1))


def _start(shop: Book, folder: Path) -> Home:
    shutil.copytree(shop.root / "exports", folder / "exports")
    shutil.copy(shop.root / "rules.yaml", folder)
    return Home(folder)


def test_a_day_in_the_language_of_the_home_and_of_the_command(shop: Book, tmp_path: Path) -> None:
    home, one, other = _start(shop, tmp_path), date.fromisoformat(DAY1), date.fromisoformat(DAY2)
    (tmp_path / "settings.yaml").write_text("language: zh\n")
    with Runner(home, until=one, threads=1) as runner:
        assert runner.settle(one).seal.content["language"] == "zh"
    desk = Desk(home, threads=1, language="en")
    for stage in STAGES:
        desk.stage(stage, other)
    pages = [(home.settlement(day) / "report.html").read_text(encoding="utf-8") for day in (one, other)]
    assert '<html lang="zh-CN">' in pages[0] and '<html lang="en">' in pages[1]
    # Computed again, each is in the language that its seal names, whatever the home says by now.
    (tmp_path / "settings.yaml").write_text("language: en\n")
    for day in (one, other):
        assert rerun_day(home, day, lambda _: None).same


def test_a_language_that_is_none(shop: Book, tmp_path: Path) -> None:
    home = _start(shop, tmp_path)
    (tmp_path / "settings.yaml").write_text("language: french\n")
    code, _, err = _run("run", "--home", home.root, "--date", DAY1)
    assert (code, err) == (1, f"refused: {home.root}/settings.yaml: language: found french, allowed en or zh\n")
