"""Three settled days for the tests of releasing: Zhang settled them; on the third, A is paid by alipay, B by wechat.

Never holds: an expectation. Neighbour: ``people.py`` has the names.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.foundation.store import Home
from tests.pipelines.homes import D1, D2, D3, DAYS, write_home
from tests.release.people import settle_by


@pytest.fixture(scope="session")
def _three_days(tmp_path_factory: pytest.TempPathFactory) -> Home:
    accounts = DAYS[D1]["payout_accounts.csv"].replace("B,alipay,b@example.org", "B,wechat,oB")
    home = write_home(
        tmp_path_factory.mktemp("release") / "home", {**DAYS, D1: {**DAYS[D1], "payout_accounts.csv": accounts}}
    )
    settle_by(home, "Zhang Wei", D1, D2, D3)
    return home


@pytest.fixture
def home(_three_days: Home, tmp_path: Path) -> Home:
    """A copy of them."""
    shutil.copytree(_three_days.root, tmp_path / "home")
    return Home(tmp_path / "home")
