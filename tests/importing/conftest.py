"""A home with three settled days, made once, and copies of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.foundation.store import Home
from tests.importing.homes import write_six_days
from tests.pipelines.homes import D1, D2, D3, settle_days


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three of six days settled; never changed by a test."""
    home = write_six_days(tmp_path_factory.mktemp("importing") / "home")
    settle_days(home, D1, D2, D3)
    return home


@pytest.fixture
def home(settled: Home, tmp_path: Path) -> Home:
    """A copy of it."""
    shutil.copytree(settled.root, tmp_path / "home")
    return Home(tmp_path / "home")
