"""One day of 100,000 orders leaves the bytes it always left: on one thread, on two, and with a tenth of the memory.

Holds: the hash that a change for speed must not change.
Never holds: a time. Neighbour: ``tests/golden`` holds the hashes of the small homes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.foundation.duck import DuckEngine
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.desk import Desk
from tests.bench.generate import TODAY, Size, write_home
from tests.settling import content_digest

KEPT = "434218eaa183c0480433ff282f6d1a134ad2d167ce702affa8dcfcf9b75c184f"
_SCARCE = 110_000_000  # bytes for the engine; the day holds some three times as much where it may


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bench") / "home"
    write_home(folder, Size(100_000))
    yield folder
    shutil.rmtree(folder)


def settle(home: Path, threads: int, memory: int | None, patch: pytest.MonkeyPatch) -> tuple[str, str, int]:
    """Seal and content of the day, and the most bytes that lay in the engine's temporary files after a statement."""
    spilled = 0
    run = DuckEngine.run

    def watched(self: DuckEngine, path: str, /, *, into: str | None = None, **params: object) -> str:
        nonlocal spilled
        name = run(self, path, into=into, **params)
        spilled = max(spilled, int(self.query("select coalesce(sum(size), 0) from duckdb_temporary_files()")[0][0]))
        return name

    patch.setattr(DuckEngine, "run", watched)
    shutil.rmtree(home / "settlements" / TODAY.isoformat(), ignore_errors=True)
    desk = Desk(Home(home), threads=threads, memory=memory)
    for stage in STAGES:
        desk.stage(stage, TODAY)
    seal = Home(home).seal(TODAY)
    assert seal
    return seal.sha256, content_digest(home, [TODAY]), spilled


@pytest.mark.slow
def test_the_same_bytes_on_any_threads_and_memory(home: Path) -> None:
    outcomes = []
    for threads, memory in ((2, None), (1, None), (2, _SCARCE), (1, _SCARCE)):
        with pytest.MonkeyPatch.context() as patch:
            outcomes.append(settle(home, threads, memory, patch))
    assert [spilled > 0 for *_, spilled in outcomes] == [False, False, True, True]
    assert len({seal for seal, *_ in outcomes}) == 1
    assert {content for _, content, _ in outcomes} == {KEPT}
