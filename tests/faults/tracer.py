"""A process that is stopped at every call which changes a file below one folder, and killed or failed at one of them.

Holds: ptrace and seccomp through ctypes, naming the points, dealing the fault.
Never holds: which program runs (the caller forks it) or what a home must look like afterwards.
Neighbour: ``calls.py`` says which calls; ``server.py`` forks what is traced.

Native libraries write from threads of their own, past every hook of Python, so that the kernel itself stops the
process. Threads take turns as they like: a point is named by its call, its path and the how-manieth such call on that
path it is, which is the same in every run.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.calls import BY_NUMBER, LENGTHENED, MACHINE, WRITES, Call, kind_of, seccomp_filter

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.restype = ctypes.c_long
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

_TRACEME, _CONT, _SYSCALL, _OPTIONS = 0, 7, 24, 0x4200
_GETREGSET, _SETREGSET, _CALL_INFO = 0x4204, 0x4205, 0x420E
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL
_WANTED = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
_SECCOMP_EVENT = 7
_WALL = 0x40000000
_GENERAL, _ARM_CALL = 1, 0x404  # sets of registers: NT_PRSTATUS, NT_ARM_SYSTEM_CALL
_HERE = -100  # AT_FDCWD
# Which of the general registers holds what: the third argument, the answer; on x86_64 also the number of the call.
_THIRD, _ANSWER, _NUMBER = {"x86_64": (12, 10, 15), "aarch64": (2, 0, -1)}.get(MACHINE, (-1, -1, -1))

# What a disk without room, a broken one, or one that may not be written to, does not let happen.
_LASTING = WRITES | {"fallocate", "ftruncate", "truncate", "fsync", "fdatasync", "open", "mkdir", "rename", "link"}


@dataclass(frozen=True)
class Point:
    """A call that changes a file below the folder: its kind, the path relative to the folder, the how-manieth."""

    call: str
    path: str
    nth: int

    def __str__(self) -> str:
        return f"{self.call}:{self.path}:{self.nth}"

    @classmethod
    def parse(cls, text: str) -> Point:
        """The point that ``str`` wrote. Raises ValueError for any other text."""
        call, rest = text.split(":", 1)
        path, nth = rest.rsplit(":", 1)
        return cls(call, path, int(nth))


@dataclass(frozen=True)
class Fault:
    """What happens at a point. ``how``: ``before`` or ``after`` the call the process is killed, ``torn`` kills it
    after half of a write; ENOSPC, EIO, EACCES make the call fail, and with ``lasting`` all later ones too.
    """

    point: Point
    how: str
    lasting: bool = False

    @property
    def kills(self) -> bool:
        """Whether the process is killed, or told of an error."""
        return self.how in KILLS

    def __str__(self) -> str:
        return f"{self.how}{'+' if self.lasting else ''}@{self.point}"

    @classmethod
    def parse(cls, text: str) -> Fault:
        """The fault that ``str`` wrote. Raises ValueError for any other text."""
        how, point = text.split("@", 1)
        lasting, how = how.endswith("+"), how.removesuffix("+")
        if how not in (*KILLS, *ERRORS):
            raise ValueError(f"found {how!r}, allowed {', '.join((*KILLS, *ERRORS))}")
        return cls(Point.parse(point), how, lasting)


KILLS = ("before", "after", "torn")
ERRORS = ("ENOSPC", "EIO", "EACCES")


@dataclass
class Traced:
    """How a traced process ended: exit code or minus the signal, the points it passed, whether the fault was dealt."""

    code: int = 0
    points: list[Point] = field(default_factory=list)
    dealt: bool = False


def _ptrace(request: int, process: int, address: int = 0, data: int | ctypes.Array[ctypes.c_char] | object = 0) -> int:
    ctypes.set_errno(0)
    done: int = _LIBC.ptrace(request, process, address, data)
    if done < 0 and (number := ctypes.get_errno()):
        raise OSError(number, os.strerror(number), f"ptrace request {request:#x}")
    return done


def give_in() -> None:
    """In the forked process: let the parent trace it, then ask the kernel to stop it at the calls of the table."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    code = seccomp_filter()
    _ptrace(_TRACEME, 0)
    os.kill(os.getpid(), signal.SIGSTOP)  # here the parent sets its options
    program = Program(len(code) // 8, code)
    for option, *arguments in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(program), 0, 0)):  # no new rights; the filter
        if _LIBC.prctl(option, *arguments):
            raise OSError(ctypes.get_errno(), "prctl")


class _IoVector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Tracer:
    """Follows one process and its threads to the end; use once."""

    def __init__(self, folder: Path, fault: Fault | None, passes: Callable[[str], bool]) -> None:
        self._folder, self._fault, self._passes = str(folder), fault, passes
        self._seen: Counter[tuple[str, str]] = Counter()
        self._dying: set[int] = set()  # threads whose call runs to its end before all are killed
        self._process = 0
        self.found = Traced()

    def follow(self, process: int) -> Traced:
        """Trace a forked process that has called ``give_in``, until it and all its threads are gone."""
        self._process = process
        _, status = os.waitpid(process, _WALL)
        if not os.WIFSTOPPED(status):
            raise ChildProcessError(f"the process to be traced ended at once (status {status:#x}): is ptrace allowed?")
        _ptrace(_OPTIONS, process, 0, _WANTED)
        _ptrace(_CONT, process)
        while True:
            thread, status = os.waitpid(-1, _WALL)
            if os.WIFSTOPPED(status):
                self._stopped(thread, status)
            elif thread == process:
                self.found.code = os.waitstatus_to_exitcode(status)
                return self.found

    def kill(self) -> None:
        """Kill the process, now."""
        os.kill(self._process, signal.SIGKILL)

    def _stopped(self, thread: int, status: int) -> None:
        number, event = os.WSTOPSIG(status), status >> 16
        resume, told = _CONT, 0
        try:
            if event == _SECCOMP_EVENT:
                resume = self._called(thread)
            elif number == signal.SIGTRAP | 0x80:
                if thread in self._dying:
                    self.kill()
            elif not event and number not in (signal.SIGSTOP, signal.SIGTRAP):
                told = number  # a signal of the program's own
            _ptrace(resume, thread, 0, told)
        except ProcessLookupError:
            return  # it is being killed

    def _called(self, thread: int) -> int:
        """Look at a call that is about to be made; returns how the thread goes on."""
        number, *arguments = self._call(thread)
        call = BY_NUMBER.get(number)
        kind = kind_of(call, tuple(arguments)) if call else ""
        path = self._path(thread, call, arguments) if call and kind else None
        if path is None or not self._passes(path):
            return _CONT
        self._seen[kind, path] += 1
        point = Point(kind, path, self._seen[kind, path])
        self.found.points.append(point)
        fault = self._fault
        if fault is None:
            return _CONT
        if self.found.dealt and fault.lasting and kind in _LASTING:
            self._fail(thread, fault.how)
        if point != fault.point or self.found.dealt:
            return _CONT
        self.found.dealt = True
        return self._deal(thread, fault, kind, arguments)

    def _deal(self, thread: int, fault: Fault, kind: str, arguments: list[int]) -> int:
        if fault.how == "before":
            self.kill()
        elif fault.how == "torn" and kind in LENGTHENED:
            self._set(thread, _THIRD, arguments[2] // 2)
        elif not fault.kills:
            self._fail(thread, fault.how)
            return _CONT
        self._dying.add(thread)
        return _SYSCALL

    # --- the thread that is stopped ---------------------------------------------------------------------------------

    @staticmethod
    def _call(thread: int) -> tuple[int, ...]:
        """Number and six arguments of the call at which a thread is stopped (struct ptrace_syscall_info)."""
        info = ctypes.create_string_buffer(88)
        _ptrace(_CALL_INFO, thread, len(info), info)
        return struct.unpack_from("q6Q", info, 24)

    def _path(self, thread: int, call: Call, arguments: list[int]) -> str | None:
        """The path that a call names, relative to the folder; None where it lies elsewhere."""
        try:
            if call.fd >= 0:
                named = str(Path(f"/proc/{thread}/fd/{arguments[call.fd] & 0xFFFFFFFF}").readlink())
            elif call.path >= 0:
                named = self._named(thread, call, arguments)
            else:
                named = self._folder
        except OSError:  # no such open file: the call will say so
            return None
        if named == self._folder:
            return "."
        return named.removeprefix(self._folder + "/") if named.startswith(self._folder + "/") else None

    @staticmethod
    def _named(thread: int, call: Call, arguments: list[int]) -> str:
        with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
            memory.seek(arguments[call.path])
            text = b""
            while b"\0" not in text:
                # No page is crossed at once: the next one need not be there.
                text += memory.read(4096 - (arguments[call.path] + len(text)) % 4096)
        name = os.fsdecode(text.split(b"\0", 1)[0])
        folder = ctypes.c_int(arguments[call.folder] & 0xFFFFFFFF).value if call.folder >= 0 else _HERE
        at = Path(f"/proc/{thread}/cwd" if folder == _HERE else f"/proc/{thread}/fd/{folder}")
        return name if name.startswith("/") and ".." not in name else os.path.normpath(at.readlink() / name)

    def _set(self, thread: int, register: int, value: int) -> None:
        registers = (ctypes.c_uint64 * 64)()
        vector = _IoVector(ctypes.addressof(registers), ctypes.sizeof(registers))
        _ptrace(_GETREGSET, thread, _GENERAL, ctypes.addressof(vector))  # the kernel shortens the vector
        registers[register] = value & (2**64 - 1)
        _ptrace(_SETREGSET, thread, _GENERAL, ctypes.addressof(vector))

    def _fail(self, thread: int, name: str) -> None:
        """Let the call not happen and answer with an error."""
        if _NUMBER >= 0:
            self._set(thread, _NUMBER, -1)
        else:
            none = ctypes.c_int(-1)
            vector = _IoVector(ctypes.addressof(none), ctypes.sizeof(none))
            _ptrace(_SETREGSET, thread, _ARM_CALL, ctypes.addressof(vector))
        self._set(thread, _ANSWER, -getattr(errno, name))


def refusal() -> str:
    """Why this machine does not let a process be traced, or "" where it does."""
    if not sys.platform.startswith("linux") or not BY_NUMBER:
        return f"{sys.platform} on {MACHINE}; Linux on x86_64 or aarch64 is needed"
    child = os.fork()
    if child == 0:
        with suppress(OSError):
            give_in()
            os.chmod("/", -1)  # noqa: PTH101 - it fails, and is stopped at before
            os._exit(0)
        os._exit(1)
    tracer = Tracer(Path("/"), None, lambda _: True)
    try:
        traced = tracer.follow(child)
    except OSError as fault:
        return str(fault)
    return "" if traced.points else "the kernel did not stop at a call"
