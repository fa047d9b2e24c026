"""`settle verify --rerun`: sealed days computed again from their exports in a scratch folder, and compared.

Holds: the scratch home, computing a day in it, the wording and the progress line.
Never holds: the comparison (``assets/verification/rerun.py``); writing to the home, or its lock: a settlement goes on.
Neighbour: ``desk.py`` runs the same stages as in a settlement; ``verifying.py`` looks at what lies there.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from assets.foundation.errors import Refused, RulesError
from assets.foundation.store import Home, Seal, parse_day
from assets.pruning import pruned_state
from assets.seal import software
from assets.sealed import changed_inputs
from assets.stages import STAGES
from assets.verification.chain import Manifest
from assets.verification.rerun import Comparison, Difference, compare_day, other_software, pruned_of
from pipelines.desk import Desk
from pipelines.terminal import counted

Progress = Callable[[str], None]
_PREFIX = "settle-rerun-"


class _Pruned(Exception):  # noqa: N818 - no fault of the home
    """The state that the day starts from was pruned."""


@dataclass(frozen=True)
class Rerun:
    """What came of computing a day again. ``why_not`` says why it could not be, "" if it could.

    ``pruned``: it could not because its starting state was pruned, which is no fault of the home. ``software`` names
    the programs that are not those which sealed it.
    """

    day: date
    compared: Comparison = field(default=Comparison(0, ()))
    why_not: str = ""
    pruned: bool = False
    software: str = ""

    @property
    def same(self) -> bool:
        """Whether it was computed again and every byte is as sealed."""
        return not self.why_not and not self.compared.differences


def rerun_and_show(console: Console, home: Home, day: date | None) -> bool:
    """Compute ``day`` again, or every settled day, and print what differs; returns whether nothing is at fault.

    A day whose starting state was pruned is a fault only when it was asked for by name.
    """
    days = [day] if day else home.settled_days()
    if console.is_terminal:
        with console.status("recomputing") as status:
            reruns = list(_reruns(home, days, lambda at: status.update(f"recomputing {at}")))
    else:
        reruns = list(_reruns(home, days, lambda _: None))
    for line in _lines(reruns):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return all(one.same or (one.pruned and day is None) for one in reruns)


def _reruns(home: Home, days: list[date], progress: Progress) -> Iterator[Rerun]:
    for number, day in enumerate(days, start=1):
        yield rerun_day(home, day, partial(_at, progress, f"{day} ({number} of {len(days)})"))


def _at(progress: Progress, day: str, stage: str) -> None:
    progress(f"{day}: {stage}")


def rerun_day(home: Home, day: date, progress: Progress) -> Rerun:
    """Compute one sealed day again in a folder that is gone afterwards. ``progress`` hears of its stages."""
    try:
        seal, before = _sealed(home, day)
        with _scratch(home) as folder:
            again = _start(home, Home(folder), seal)
            _compute(home, again, seal, before, progress)
            progress("comparing")
            compared = compare_day(home, again, seal, pruned_of(seal, pruned_state(home, seal)))
    except _Pruned as pruned:
        return Rerun(day, why_not=str(pruned), pruned=True)
    except (Refused, RulesError) as refused:
        return Rerun(day, why_not=str(refused))
    return Rerun(day, compared, software=other_software(seal, software()))


def _sealed(home: Home, day: date) -> tuple[Seal, Seal | None]:
    """The seal of a day and of the one before it, none before the first. Raises Refused unless all is as it was."""
    seal = _seal(home, day)
    if changed := changed_inputs(home, seal):
        raise Refused("; ".join(changed))
    named = seal.content["previous"]
    if named is None:
        return seal, None
    before = _seal(home, parse_day(named["business_date"]) or day)
    if before.sha256 != named["sha256"]:
        raise Refused(f"the seal of {before.day} is not the one that the seal of {day} names")
    _require_kept(home, before)
    return seal, before


def _seal(home: Home, day: date) -> Seal:
    seal = home.seal(day)
    if seal is None:
        raise Refused(f"{day} is not settled")
    try:
        Manifest.model_validate(seal.content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(f"the seal of {day} is damaged: key {where}: {first['msg']}") from None
    return seal


def _require_kept(home: Home, before: Seal) -> None:
    if gone := pruned_state(home, before):
        raise _Pruned(f"{len(gone)} files of the state that it starts from were pruned")


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    """A folder for its owner alone below the system's temporary folder; gone after any end that a process notices.

    Not in the home: nothing there changes, and it may be one that cannot be written. Raises Refused when the
    temporary folder lies in it.
    """
    try:
        parent = Path(tempfile.gettempdir()).resolve()
    except FileNotFoundError as fault:
        raise Refused(f"no temporary folder can be written ({fault.strerror}); TMPDIR names one") from None
    if parent.is_relative_to(home.root.resolve()):
        raise Refused(f"the temporary folder {parent} lies in the home; TMPDIR names another")
    with _ended_like_interrupted():
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)  # links into the home are removed, not followed


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """SIGTERM ends as Ctrl+C does meanwhile, so that what is made is cleared away."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _start(home: Home, again: Home, seal: Seal) -> Home:
    """Lay out what the day starts from: the rules, its exports and imports, the days before it and what they issued."""
    shutil.copyfile(home.rules_file, again.rules_file)
    for part in ("exports", "imports"):
        _link(home, again, part, seal.day)
    (again.root / "settlements").mkdir(mode=0o700)
    for day in (day for day in home.settled_days() if day < seal.day):
        _link(home, again, "settlements", day)
    for day in (day for day in home.issued_days() if day < seal.day):
        again.issued_root.mkdir(mode=0o700, exist_ok=True)
        again.issued(day).symlink_to(home.issued(day))
    return again


def _link(home: Home, again: Home, part: str, day: date) -> None:
    """Name a day's folder of the home in the scratch home: gigabytes are read where they lie."""
    target = home.root / part / day.isoformat()
    if target.is_dir():
        folder = again.root / part
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / day.isoformat()).symlink_to(target, target_is_directory=True)


def _compute(home: Home, again: Home, seal: Seal, before: Seal | None, progress: Progress) -> None:
    """Run the day's stages. Raises _Pruned when `settle prune` took its starting state away meanwhile."""
    told = Manifest.model_validate(seal.content)
    desk = Desk(
        again, lambda stage, detail: progress(f"{stage}{f': {detail}' if detail else ''}"), maker=None,
        language=told.language,
    )  # fmt: skip
    try:
        for stage in STAGES:
            desk.stage(stage, seal.day, seal.content.get("accepted_quarantine"))
            if desk.day:
                # Versions may have been added since; those that the day knew read the same, so its file is taken.
                desk.day.rules_sha256 = str(seal.content["rules"].get("sha256"))
    except Exception:
        if before:
            _require_kept(home, before)
        raise
    finally:
        desk.close()


def _lines(reruns: list[Rerun]) -> Iterator[str]:
    computed = [one for one in reruns if not one.why_not]
    for one in reruns:
        if one.compared.differences:
            yield from _told(one)
        elif one.why_not and not one.pruned:
            yield f"✗ {one.day} cannot be recomputed: {one.why_not}"
    if pruned := [one for one in reruns if one.pruned]:
        span = f"{pruned[0].day} to {pruned[-1].day}" if len(pruned) > 1 else f"{pruned[0].day}"
        yield f"– {len(pruned)} days cannot be recomputed, {span}: the state that they start from was pruned"
    files, equal = sum(one.compared.files for one in computed), sum(one.same for one in computed)
    days, same = counted(len(computed), "day"), counted(equal, "day")
    yield f"recomputed {days} in a scratch folder, {files:,} files: {same} equal to the byte"


def _told(one: Rerun) -> Iterator[str]:
    differences = one.compared.differences
    yield f"✗ {one.day} recomputed: {len(differences)} of {one.compared.files} files differ"
    for difference in differences:
        yield from _side_by_side(one.day, difference)
    if one.software:
        rows = "the same rows" if all(difference.same_rows for difference in differences) else "other rows"
        yield f"    sealed with other software: {one.software}; {rows} came of it"


def _side_by_side(day: date, one: Difference) -> Iterator[str]:
    yield f"    settlements/{day}/{one.file}: {one.what}"
    yield f"        sealed      {one.sealed}"
    yield f"        recomputed  {one.again}"
