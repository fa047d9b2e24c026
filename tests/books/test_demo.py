"""Fourteen real days, as the demo settles them, in the books of both programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.books.gathering import gather
from assets.books.hledger import hledger
from assets.foundation.store import Home
from pipelines.demo import write_demo
from tests.books.reading import books_agree, by_hledger, needs_hledger, sealed
from tests.settling import settle_all

DAYS_OF_SCHEMES = 8  # until then every scheme has had money
CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("demo") / "home"
    write_demo(root)
    assert len(settle_all(root)) == 14
    return Home(root)


@pytest.mark.slow
def test_beancount_of_the_demo(demo: Home, tmp_path: Path) -> None:
    assert books_agree(demo.root, tmp_path) > 400


def _by_hledger(home: Home, path: Path) -> int:
    compared = 0
    for by_holder in (False, True):
        path.write_text("".join(hledger(gather(home, None, None, by_holder=by_holder))), encoding="utf-8")
        expected = sealed(home, home.settled_days()[-1], by_holder=by_holder)
        assert by_hledger(path) == expected
        compared += len(expected)
    return compared


@pytest.mark.slow
@needs_hledger
def test_hledger_of_the_demo(demo: Home, tmp_path: Path) -> None:
    assert _by_hledger(demo, tmp_path / "books") > 400


@pytest.mark.slow
@needs_hledger
def test_hledger_of_every_scheme(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for folder in sorted((CASES / "schemes-all" / "exports").iterdir())[:DAYS_OF_SCHEMES]:
        shutil.copytree(folder, home / "exports" / folder.name)
    shutil.copy(CASES / "schemes-all" / "rules.yaml", home)
    settle_all(home)
    assert _by_hledger(Home(home), tmp_path / "books") > 90
