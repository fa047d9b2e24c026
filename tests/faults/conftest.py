"""Whether this machine lets one process trace another, which is what every fault is dealt by."""

from __future__ import annotations

import os

import pytest

from tests.faults.tracer import refusal


@pytest.fixture(scope="session")
def ptrace() -> None:
    """Skips where tracing is not allowed; on the machines that judge a change it must be, and the test fails."""
    if reason := refusal():
        told = f"this machine does not let one process trace another, so no call can be made to fail: {reason}"
        assert not os.environ.get("CI"), told
        pytest.skip(told)
