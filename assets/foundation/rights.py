"""Who may read what Settle makes in a home: its owner alone, or a group as well, by the home's ``settings.yaml``.

Holds: the modes that follow from it, making folders and files by them, naming what is open to others.
Never holds: what is made; what other users than Settle put into the home (exports, rules).
Neighbour: ``store.py`` says where everything lies; desk, prune, demo, history and UI work inside ``Rights.kept``.
"""

from __future__ import annotations

import contextlib
import grp
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import ClassVar

from assets.foundation.errors import Refused
from assets.foundation.settings import SETTINGS, read_settings, shown


@dataclass(frozen=True)
class Rights:
    """Rights of everything that Settle makes: the owner's, and reading for the group of that id."""

    group: int | None = None

    @property
    def mask(self) -> int:
        """The bits of a mode that nothing may have."""
        return 0o077 if self.group is None else 0o027

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Files and folders made inside have these rights, whoever writes them; a group is that of their folder."""
        held = _Held(self.mask)
        try:
            yield
        finally:
            held.end()

    def make_folder(self, path: Path) -> None:
        """Make a folder unless it is there; what is made inside takes its group after it."""
        if path.is_dir():
            return
        path.mkdir(mode=0o700)
        if self.group is not None:
            os.chown(path, -1, self.group)
            path.chmod(0o2750)  # after its group: a change of group takes the bit away

    def give(self, path: Path) -> None:
        """Give a file these rights, where its folder is not one that Settle made."""
        if self.group is not None:
            os.chown(path, -1, self.group)
        path.chmod(0o666 & ~self.mask)


class _Held:
    """A mask of the process from now until its end. They may end in any order: the last that is left holds, and after
    all of them what was before the first."""

    _all: ClassVar[list[_Held]] = []
    _before = 0
    _lock = RLock()

    def __init__(self, mask: int) -> None:
        self._mask = mask
        with self._lock:
            before = os.umask(mask)
            if not self._all:
                _Held._before = before
            self._all.append(self)

    def end(self) -> None:
        with self._lock:
            self._all.remove(self)
            os.umask(self._all[-1]._mask if self._all else self._before)


def rights_in(root: Path) -> Rights:
    """The rights that the home's settings name, the owner's alone without any.

    Raises Refused when the file cannot be read or is at fault, when there is no such group, or when the user who
    runs this is not in it.
    """
    path = root / SETTINGS
    name = read_settings(root).group
    if name is None:
        return Rights()
    try:
        group = grp.getgrnam(name).gr_gid
    except KeyError:
        raise Refused(f"{path}: group: found {shown(name)}, allowed a group of this machine") from None
    if group not in {os.getegid(), *os.getgroups()}:
        raise Refused(f"{path}: group: found {shown(name)}, allowed a group that the user who runs settle is in")
    return Rights(group)


def too_open(places: Iterable[Path], rights: Rights) -> list[Path]:
    """Files and folders, from each of ``places`` down, whose mode gives more than ``rights`` do; links are no matter.

    A file that goes meanwhile does not count.
    """
    found: list[Path] = []
    for place in places:
        walked: Iterable[tuple[str, list[str], list[str]]] = (
            os.walk(place) if place.is_dir() else [(str(place), [], [])]
        )
        for at, _, names in walked:
            for path in (at, *(os.path.join(at, name) for name in names)):  # noqa: PTH118 - twice as fast
                with contextlib.suppress(FileNotFoundError):
                    mode = os.lstat(path).st_mode
                    if mode & rights.mask and not stat.S_ISLNK(mode):
                        found.append(Path(path))
    return sorted(found)
