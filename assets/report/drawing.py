"""Drawing Vega-Lite as SVG in a process beside this one: its engine takes a while to start, and holds up all else here.

Holds: that process, started once and asked in turn; drawing here where it fails.
Never holds: what is drawn (``charts.py``).
Neighbour: ``charts.py`` asks; ``pipelines/desk.py`` starts it with a day, so that it is there when the report is made.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import IO, Any

# A line with a specification in, a line with its drawing out. It ends with its input, so with this process however
# that ends; an interruption from the keyboard is none of its business.
_PROGRAM = """
import json, sys, vl_convert
for line in sys.stdin:
    print(json.dumps(vl_convert.vegalite_to_svg(json.loads(line))), flush=True)
"""


def draw(spec: dict[str, Any]) -> Future[str]:
    """The SVG of a specification, soon."""
    return start().draw(spec)


@cache
def start() -> Drawer:
    """The one process that draws for this one; started by the first call."""
    drawer = Drawer()
    atexit.register(drawer.close)
    return drawer


class Drawer:
    """A process that draws, one specification after the other."""

    def __init__(self) -> None:
        self._turns = ThreadPoolExecutor(1, thread_name_prefix="drawing")
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, by the interpreter that runs this
                [sys.executable, "-I", "-c", _PROGRAM],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self._turns.submit(self._begin)
        except OSError:  # where no more processes are allowed
            self._process = None

    def draw(self, spec: dict[str, Any]) -> Future[str]:
        """The SVG of a specification, soon: the same text as drawn anywhere else."""
        return self._turns.submit(self._drawn, spec)

    def close(self) -> None:
        """End the process."""
        self._turns.shutdown()
        if self._process:
            with suppress(OSError), self._process:  # closes its input, and waits; it may have ended before
                self._process = None

    def _drawn(self, spec: dict[str, Any]) -> str:
        if answer := self._asked(spec):
            return answer
        import vl_convert  # late: it brings an engine of its own

        svg: str = vl_convert.vegalite_to_svg(spec)
        return svg

    def _begin(self) -> None:
        """Let it start its engine by drawing nothing much."""
        self._asked({"data": {"values": [{}]}, "mark": "point"})

    def _asked(self, spec: dict[str, Any]) -> str:
        """What the process draws; nothing where it has ended, or ends over this."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return ""
        line = json.dumps(spec).encode("ascii") + b"\n"
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            return str(json.loads(_line(self._process.stdout)))
        except (OSError, ValueError):
            return ""


def _line(stream: IO[bytes]) -> bytes:
    return stream.readline() or b'""'
