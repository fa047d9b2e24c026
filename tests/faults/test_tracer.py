"""The tracer on programs of a few calls: every call is a point by its name, and a fault does what it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.faults.calls import CALLS, MACHINE
from tests.faults.tracer import ERRORS, Fault, Point, Traced, Tracer, give_in

_OPENS = "import os; from threading import Thread; f = os.open('x', os.O_CREAT | os.O_WRONLY | os.O_TRUNC); "


def run(folder: Path, program: str, fault: str = "") -> Traced:
    """A Python program in ``folder``, traced."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        give_in()
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", program])
    return Tracer(folder, Fault.parse(fault) if fault else None, lambda path: path != "apart").follow(child)


@pytest.fixture
def folder(tmp_path: Path, ptrace: None) -> Path:
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("program", "points"),
    [
        ("os.write(f, b'ab'); os.write(f, b'c')", "write:x:1 write:x:2"),
        ("os.pwrite(f, b'ab', 4)", "pwrite64:x:1"),
        ("os.writev(f, [b'ab', b'c'])", "writev:x:1"),
        ("os.pwritev(f, [b'ab', b'c'], 3)", "pwritev:x:1"),
        ("g = os.open('x', os.O_RDONLY); os.sendfile(f, g, 0, 9)", "sendfile:x:1"),
        ("g = os.open('x', os.O_RDONLY); os.copy_file_range(g, f, 9)", "copy_file_range:x:1"),
        ("os.posix_fallocate(f, 0, 9)", "fallocate:x:1"),
        ("os.ftruncate(f, 3); os.truncate('x', 1)", "ftruncate:x:1 truncate:x:1"),
        ("os.fsync(f); os.fdatasync(f); os.fsync(os.open('.', 0))", "fsync:x:1 fdatasync:x:1 fsync:.:1"),
        ("os.open('y', os.O_WRONLY | os.O_CREAT); os.open('y', os.O_RDWR); open('x', 'wb')", "open:y:1 open:x:2"),
        ("os.mkdir('d'); os.mkdir('e', dir_fd=os.open('d', 0))", "mkdir:d:1 mkdir:d/e:1"),
        ("os.mkdir('d'); os.rmdir('d'); os.unlink('x')", "mkdir:d:1 rmdir:d:1 unlink:x:1"),
        ("os.mkdir('d'); os.rmdir('d', dir_fd=os.open('.', 0))", "mkdir:d:1 rmdir:d:1"),
        ("os.rename('x', 'y'); os.replace('y', 'x')", "rename:y:1 rename:x:1"),
        ("os.link('x', 'y'); os.symlink('x', 'z')", "link:y:1 symlink:z:1"),
        ("os.chmod('x', 0o600); os.fchmod(f, 0o600)", "chmod:x:1 chmod:x:2"),
        ("import mmap; os.ftruncate(f, 9); g = os.open('x', os.O_RDWR); mmap.mmap(g, 9)", "ftruncate:x:1 map:x:1"),
        ("t = Thread(target=os.write, args=(f, b'ab')); t.start(); t.join()", "write:x:1"),
        ("p = os.fork()\nif p == 0: os.write(f, b'ab'); os._exit(0)\nos.waitpid(p, 0)", "write:x:1"),
        ("os.write(1, b''); os.open('/dev/null', os.O_WRONLY | os.O_CREAT); os.mkdir('apart')", ""),
        ("os.mkdir('../' + os.path.basename(os.getcwd()) + '/d')", "mkdir:d:1"),
    ],
)
def test_points(folder: Path, program: str, points: str) -> None:
    found = run(folder, _OPENS + program)
    assert found.code == 0
    assert " ".join(map(str, found.points)) == f"open:x:1 {points}".strip()
    assert not found.dealt


_TWO = _OPENS + "os.write(f, b'first '); os.write(f, b'second '); os.rename('x', 'y')"


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        ("before@open:x:1", {}),
        ("after@open:x:1", {"x": b""}),
        ("before@write:x:1", {"x": b""}),
        ("torn@write:x:1", {"x": b"fir"}),
        ("after@write:x:1", {"x": b"first "}),
        ("torn@write:x:2", {"x": b"first sec"}),
        ("before@rename:y:1", {"x": b"first second "}),
        ("after@rename:y:1", {"y": b"first second "}),
    ],
)
def test_killed(folder: Path, fault: str, left: dict[str, bytes]) -> None:
    found = run(folder, _TWO, fault)
    assert (found.code, found.dealt) == (-9, True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == left


def test_all_threads_die(folder: Path) -> None:
    busy = "Thread(target=lambda: [os.write(f, b'x') for _ in range(10**9)]).start()\nwhile True: os.mkdir('d')"
    assert run(folder, _OPENS + busy, "before@mkdir:d:1").code == -9
    assert not (folder / "d").exists()


@pytest.mark.parametrize("error", ERRORS)
def test_a_call_fails_once(folder: Path, error: str) -> None:
    program = (
        _OPENS + f"import errno\ntry: os.write(f, b'first ')\nexcept OSError as e: assert e.errno == errno.{error}\n"
        "else: os._exit(3)\nos.write(f, b'second ')"
    )
    found = run(folder, program, f"{error}@write:x:1")
    assert (found.code, found.dealt) == (0, True)
    assert (folder / "x").read_bytes() == b"second "


def test_a_call_fails_from_there_on(folder: Path) -> None:
    program = (
        _OPENS + "os.write(f, b'first ')\n"
        "def rename(): os.rename('x', 'y')\ndef create(): open('z', 'w')\n"
        "for do in (lambda: os.write(f, b'x'), rename, lambda: os.fsync(f), create):\n    try: do()\n"
        "    except OSError: pass\n    else: os._exit(3)\nos.write(1, b''); os.unlink('x')"
    )
    found = run(folder, program, "ENOSPC+@write:x:2")
    assert (found.code, found.dealt) == (0, True)  # what frees room works, and so does what lies elsewhere
    assert list(folder.iterdir()) == []


def test_a_point_that_is_not_reached(folder: Path) -> None:
    found = run(folder, _TWO, "before@write:x:3")
    assert (found.code, found.dealt) == (0, False)


def test_names_of_faults() -> None:
    for text in ("before@write:a:b/c:12", "ENOSPC+@open:x:1", "EIO@fsync:.:1", "torn@pwrite64:x:1"):
        assert str(Fault.parse(text)) == text
    assert Fault.parse("EACCES+@mkdir:d/e:3") == Fault(Point("mkdir", "d/e", 3), "EACCES", True)
    for text in ("before", "never@write:x:1", "EIO@write:x", "EIO@write"):
        with pytest.raises(ValueError):
            Fault.parse(text)


def test_every_call_has_a_number_and_a_place() -> None:
    assert MACHINE in ("x86_64", "aarch64")
    for number in ("x86_64", "aarch64"):
        numbers = [getattr(call, number) for call in CALLS if getattr(call, number) >= 0]
        assert len(numbers) == len(set(numbers)), number
    assert [call.kind for call in CALLS if call.fd < 0 and call.path < 0] == ["ring"]
