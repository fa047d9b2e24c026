"""Processes that have everything imported and fork a run of the command line for every request, traced or not.

Holds: the warm processes, their forks, one line of JSON a request and one an answer.
Never holds: faults (``tracer.py``), judgement (``oracle.py``).
Neighbour: ``trying.py`` talks to it.

Importing takes longer than settling a small day, so it is done once. The fork is made before any pool of threads
exists: engines start theirs when a day is settled, which happens in forks alone.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from assets.foundation.store import Home
from tests.faults.tracer import Fault, Tracer, give_in
from tests.pipelines.homes import D1, DAYS, settle_days, write_home

WAYS = ("desk", "cli", "program")
_HUNG = 60  # seconds after which a run is given up


@dataclass(frozen=True)
class Request:
    """A run of ``settle`` with ``words`` on ``home``.

    ``way``: ``program`` is the command as a person types it, ``cli`` the same in a fork of the warm process, ``desk``
    its stages without Dagster, for `settle run` of one day. ``traced`` runs are stopped at their points, and ``fault``
    happens at one of them.
    """

    home: str
    words: tuple[str, ...]
    way: str = "cli"
    traced: bool = False
    fault: str = ""


def counts(path: str) -> bool:
    """Whether a path below the home is ours: Dagster's own files are not meant."""
    return path.split("/", 1)[0] != ".dagster"


def warm() -> None:
    """Import what a run imports, also what it imports late: a fork settles a day and says what it had in the end."""
    import pipelines.running  # noqa: F401 - most of it; the fork shares it

    with tempfile.TemporaryDirectory() as folder:
        home, names = write_home(Path(folder, "home"), {D1: DAYS[D1]}).root, Path(folder, "names.json")
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = _run(("run", "--home", str(home), "--date", str(D1)))
            names.write_text(json.dumps(list(sys.modules)), encoding="utf-8")
            os._exit(code)
        if os.waitpid(child, 0)[1]:
            raise ChildProcessError("the first day could not be settled")
        for name in json.loads(names.read_bytes()):
            with suppress(ImportError):
                importlib.import_module(name)


def _run(words: tuple[str, ...]) -> int:
    from pipelines.cli import app

    try:
        app(list(words), prog_name="settle")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _at_desk(words: tuple[str, ...]) -> int:
    """The stages of the day that ``words`` name, with the refusals of the command line."""
    import typer

    from pipelines.cli import _says_no

    told = dict(zip(words[1::2], words[2::2], strict=True))
    try:
        _says_no(settle_days)(Home(Path(told["--home"])), date.fromisoformat(told["--date"]), threads=1)
    except typer.Exit as end:
        return int(end.exit_code)
    return 0


def _child(request: Request, out: IO[bytes], err: IO[bytes]) -> None:
    """What a fork does; it never returns."""
    code = 70
    try:
        for stream, number in ((out, 1), (err, 2)):
            os.dup2(stream.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        if request.traced:
            give_in()
        if request.way == "program":
            program = str(Path(sys.executable).parent / "settle")
            os.execv(program, [program, *request.words])
        code = (_at_desk if request.way == "desk" else _run)(request.words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        with suppress(OSError):
            sys.stderr.flush()
    finally:
        os._exit(code)


def answer(request: Request) -> dict[str, Any]:
    """Run it and say how it ended: ``code`` (minus the signal of a killed one), ``out``, ``err``, ``hung``; of traced
    runs the ``points`` passed and whether the fault was ``dealt``."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _child(request, out, err)
        found: dict[str, Any] = {"hung": False}
        fault = Fault.parse(request.fault) if request.fault else None
        tracer = Tracer(Path(request.home), fault, counts)

        def give_up(*_: object) -> None:
            found["hung"] = True
            os.kill(child, signal.SIGKILL)

        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(_HUNG)
        try:
            if request.traced:
                traced = tracer.follow(child)
                found |= {"code": traced.code, "points": [str(one) for one in traced.points], "dealt": traced.dealt}
            else:
                found["code"] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        finally:
            signal.alarm(0)
        for name, stream in (("out", out), ("err", err)):
            stream.seek(0)
            found[name] = stream.read().decode("utf-8", "replace")
        return found


def serve(requests: int, answers: int) -> None:
    """Answer every line of one open pipe in another one, until there are no more."""
    with open(requests, encoding="utf-8") as asked, open(answers, "w", encoding="utf-8") as told:
        for line in asked:
            words = json.loads(line)
            reply = answer(Request(**{**words, "words": tuple(words["words"])}))
            told.write(json.dumps(reply) + "\n")
            told.flush()


def main(pipes: list[int]) -> None:
    """Get warm once, then serve every pair of open pipes in a process of its own, until all are closed."""
    warm()
    for mine in range(0, len(pipes), 2):
        if os.fork() == 0:
            for pipe in pipes:
                if pipe not in pipes[mine : mine + 2]:
                    os.close(pipe)
            serve(*pipes[mine : mine + 2])
            os._exit(0)
    for pipe in pipes:
        os.close(pipe)
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
