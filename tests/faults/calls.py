"""The system calls that change files, by machine: their numbers, where they name a file, what kind of point each is.

Holds: one table of calls and the filter that makes the kernel stop at them.
Never holds: stopping, killing, homes.
Neighbour: ``tracer.py`` installs the filter and reads the calls by this table.
"""

from __future__ import annotations

import os
import platform
import struct
from dataclasses import dataclass

# Flags of an open that changes the folder or the file, the same on both machines.
_MAKES = os.O_CREAT | os.O_TRUNC
_REMOVE_FOLDER = 0x200  # AT_REMOVEDIR
_PROT_WRITE, _MAP_SHARED = 0x2, 0x1
LENGTHENED = frozenset({"write", "pwrite64"})  # a third argument says how many bytes: such a write can be torn


@dataclass(frozen=True)
class Call:
    """A system call: ``kind`` of point, numbers on x86_64 and aarch64 (-1: not there), and where its file is named.

    ``fd``, ``path`` and ``folder`` are places of arguments (-1: none): an open file, a text, the folder the text is
    relative to. ``flag`` is the argument of which one of ``bits`` must be set for the call to count (-1: always).
    """

    kind: str
    x86_64: int
    aarch64: int
    fd: int = -1
    path: int = -1
    folder: int = -1
    flag: int = -1
    bits: int = 0


CALLS = (
    Call("write", 1, 64, fd=0),
    Call("pwrite64", 18, 68, fd=0),
    Call("writev", 20, 66, fd=0),
    Call("pwritev", 296, 70, fd=0),
    Call("pwritev", 328, 287, fd=0),
    Call("sendfile", 40, 71, fd=0),
    Call("splice", 275, 76, fd=2),
    Call("copy_file_range", 326, 285, fd=2),
    Call("fallocate", 285, 47, fd=0),
    Call("ftruncate", 77, 46, fd=0),
    Call("truncate", 76, 45, path=0),
    Call("fsync", 74, 82, fd=0),
    Call("fdatasync", 75, 83, fd=0),
    Call("sync_file_range", 277, 84, fd=0),
    Call("open", 2, -1, path=0, flag=1, bits=_MAKES),
    Call("open", 85, -1, path=0),  # creat
    Call("open", 257, 56, path=1, folder=0, flag=2, bits=_MAKES),  # openat
    Call("open", 437, 437, path=1, folder=0),  # openat2, whose flags lie in memory
    Call("mkdir", 83, -1, path=0),
    Call("mkdir", 258, 34, path=1, folder=0),
    Call("rmdir", 84, -1, path=0),
    Call("unlink", 87, -1, path=0),
    Call("unlink", 263, 35, path=1, folder=0),
    Call("rename", 82, -1, path=1),  # a renaming is named by where it leads
    Call("rename", 264, 38, path=3, folder=2),
    Call("rename", 316, 276, path=3, folder=2),
    Call("link", 86, -1, path=1),
    Call("link", 265, 37, path=3, folder=2),
    Call("symlink", 88, -1, path=1),
    Call("symlink", 266, 36, path=2, folder=1),
    Call("chmod", 90, -1, path=0),
    Call("chmod", 91, 52, fd=0),
    Call("chmod", 268, 53, path=1, folder=0),
    Call("chmod", 452, 452, path=1, folder=0),
    # Ways to change a file that no later call shows. The harness counts none of them, and a test says so.
    Call("map", 9, 222, fd=4, flag=2, bits=_PROT_WRITE),
    Call("ring", 425, 425),
)
UNSEEN = frozenset({"map", "ring"})
WRITES = frozenset({"write", "pwrite64", "writev", "pwritev", "sendfile", "splice", "copy_file_range"})


def kind_of(call: Call, arguments: tuple[int, ...]) -> str:
    """What kind of point a call is, or "" where it changes nothing."""
    if call.kind == "map":  # a private mapping is memory
        return call.kind if arguments[3] & _MAP_SHARED else ""
    if call.kind == "unlink" and call.folder >= 0 and arguments[2] & _REMOVE_FOLDER:
        return "rmdir"
    return call.kind


# --- this machine --------------------------------------------------------------------------------------------------

MACHINE = platform.machine()
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*
BY_NUMBER = {getattr(call, MACHINE): call for call in CALLS if getattr(call, MACHINE, -1) >= 0}

# Classic BPF over struct seccomp_data: nr at 0, architecture at 4, arguments of 8 bytes from 16.
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _TRACE, _KILL = 0x7FFF0000, 0x7FF00000, 0x80000000


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def seccomp_filter() -> bytes:
    """A program that hands the calls of the table to the tracer and lets all others run at full speed."""
    program = [_op(_LOAD, 4), _op(_EQUAL, _ARCHITECTURES[MACHINE], yes=1), _op(_RETURN, _KILL), _op(_LOAD, 0)]
    for number, call in BY_NUMBER.items():
        if call.flag < 0:
            program += [_op(_EQUAL, number, no=1), _op(_RETURN, _TRACE)]
        else:
            program += [
                _op(_EQUAL, number, no=4), _op(_LOAD, 16 + 8 * call.flag), _op(_ANY_BIT, call.bits, no=1),
                _op(_RETURN, _TRACE), _op(_RETURN, _ALLOW),
            ]  # fmt: skip
    return b"".join([*program, _op(_RETURN, _ALLOW)])
