"""Homes that the tests of the running share: fresh ones, copies of one with two settled days, and one with three."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.foundation.store import Home
from tests.importing.homes import write_six_days
from tests.pipelines.homes import D1, D2, D3, settle_days, write_home
from tests.s3 import _server, server

__all__ = ["_server", "server"]


@pytest.fixture(autouse=True)
def _no_home_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SETTLE_HOME", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Four days of exports, none settled."""
    return write_home(tmp_path / "home")


@pytest.fixture(scope="session")
def _two_days(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = write_home(tmp_path_factory.mktemp("settled") / "home")
    settle_days(made, D1, D2)
    return made


@pytest.fixture
def settled(_two_days: Home, tmp_path: Path) -> Home:
    """The same home with two days settled."""
    shutil.copytree(_two_days.root, tmp_path / "settled")
    return Home(tmp_path / "settled")


@pytest.fixture(scope="session")
def in_transit(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Six days of exports, three settled, after which two payouts wait for a result; never changed by a test."""
    made = write_six_days(tmp_path_factory.mktemp("in-transit") / "home")
    settle_days(made, D1, D2, D3)
    return made
