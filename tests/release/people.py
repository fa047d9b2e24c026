"""People at work in the tests of releasing: who settles, approves, releases, with the lock that each of them holds.

Holds: stamps from names, settling by a name, acting as the writer of a home, what a refusal leaves, forging the log.
Never holds: an expectation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from assets.foundation.audit import Stamp, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from assets.stages import STAGES
from pipelines.desk import Desk
from tests.pipelines.homes import contents

AT = "2025-11-04T01:30:00+00:00"  # half past nine in Shanghai
ALIPAY, WECHAT = "payouts-20251103-alipay.csv", "payouts-20251103-wechat.csv"
OF_A, OF_B = "P20251103KPVGMEMCTU4KTHM", "P20251103RFE3TSL3PXYV6JL"


def stamp(by: str, at: str = AT) -> Stamp:
    return Stamp(at, by, "ops")


def settle_by(home: Home, by: str, *days: date) -> None:
    """Settle days without Dagster, by somebody."""
    desk = Desk(home, maker=lambda: stamp(by))
    for day in days:
        for stage in STAGES:
            desk.stage(stage, day)


@contextmanager
def at_work(home: Home) -> Iterator[None]:
    """As a command does it: the home's lock and rights around it."""
    lock = HomeLock(home, "a test", AT)
    with home.rights().kept():
        lock.acquire()
        try:
            yield
        finally:
            lock.release()


def act(home: Home, what: Callable[..., Any], day: date, by: str, *words: Any, **more: Any) -> Any:
    """Approve, release or cancel, by somebody."""
    with at_work(home):
        return what(home, day, stamp(by), *words, **more)


def refused(home: Home, what: Callable[..., Any], day: date, by: str, *words: Any, **more: Any) -> str:
    """Why that is refused; nothing changes in the home."""
    before = contents(home.root)
    with pytest.raises(Refused) as no:
        act(home, what, day, by, *words, **more)
    assert contents(home.root) == before
    return str(no.value)


def edit_log(home: Home, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the lines of the log as a forger would: numbers and chain are mended afterwards."""
    lines = [json.loads(line) for line in home.audit_file.read_bytes().splitlines()]
    change(lines)
    written: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        line |= {"n": number, "previous": hashlib.sha256(written[-1]).hexdigest() if written else ""}
        written.append(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    home.audit_file.write_bytes(b"".join(line + b"\n" for line in written))


def told(home: Home) -> list[tuple[str, str, str]]:
    """The log, from after the three days were settled: event, by whom, which files."""
    return [
        (one.says.event, one.by, " ".join(getattr(one.says, "files", None) or [getattr(one.says, "file", "")]))
        for one in read_log(home)[3:]
    ]
