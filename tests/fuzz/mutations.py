"""Hostile texts: cells, rows and raw bytes of a CSV file, and things in the place of a file.

Holds: mutations by name; each takes the random numbers of one input and what it changes.
Never holds: Parquet (``parquet.py``), rules (``rules.py``), which input gets which (``inputs.py``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.shop import Row

HOSTILE = (
    "", " ", "  A", "A ", "\t", "\n", "\r", "\r\n", "A\nB", 'A"B', "A,B", "'", "';drop table taken_orders;--",
    "' or '1'='1", '"; select 1; --', "A'B", "$day", "{day}", "{}", "%s", "{{7*7}}", "<script>alert(1)</script>",
    "&amp;",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1", "\uff0b1", "=cmd|'/C calc'!A0", "../../x", "/etc/passwd", "..",
    ".", "%2e%2e%2fx", "..\\x", "C:\\x", "~", "a/b", "a|b", "a^b", "platform", "Platform", "\u202eevil", "A\u200bB",
    "\u2066A\u2069", "\ufeffA", "A\ufeff", "\u00a0A", "A\u3000", "\u2028", "\x1b[31mred", "\x1b]0;t\x07", "\x7f",
    "\x85",
    "\u0301", "e\u0301", "\u00e9", "\U0001f4a9", "\uff11\uff12", "\u0661\u0662", "\ud7ff", "\ue000", "\U0010ffff",
    "\ufffe",
    "NaN", "nan", "Infinity", "-inf", "1e3", "1E-3", "0x10", "1_000", "1.", ".5", "-0", "+5", "00030", "1.005", "1.000",
    "30.0", "-30", "0", "9999999999999", "99999999999.99", "99999999999.999", "9" * 15, "9" * 16, "9" * 19,
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9" * 40, "9" * 400, "-" + "9" * 400,
    "100000000000", "100000000000.01", "999999999", "1000000000", "92233720368547758.07",
    "170141183460469231731687303715884105728",
    "null", "NULL", "None", "true", "A" * 64, "A" * 65, "\U0001f4a9" * 64, "e\u0301" * 33,
    "2026-11-20", "2026-11-20T23:59:59.999999", "2026-11-21T00:00:00", "2026-11-20T24:00:00", "2026-02-30T00:00:00",
    "2026-02-29", "2024-02-29", "0001-01-01T00:00:00", "0000-00-00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00",
    "1000-01-01T00:00:00+14:00", "10000-01-01", "-2026-11-20", "2026-11-20T09:00:00Z", "2026-11-20T09:00:00+08:00",
    "2026-11-20T09:00:00+24:00", "2026-11-20T09:00:60", "2026-11-20 09:00", "20261120T090000", "1764547200",
    "2026-11-20T09:00:00.1234567", "2026-10-21T00:00:00", "2026-10-20T23:59:59", "1969-12-31T23:59:59",
    "1900-01-01T00:00:00",
    "2026-11-20T10:11.5", "active", "paid", "redeem", "sell", "VOUCHER", "M0", "M6", "S0", "A0", "A1", "P1", "N0", "B0",
)  # fmt: skip


def hostile_text(rng: Random) -> str:
    """One text that has made software stumble, or some of them side by side, or a long one."""
    kind = rng.random()
    if kind < 0.75:
        return rng.choice(HOSTILE)
    if kind < 0.9:
        return rng.choice(HOSTILE) + rng.choice(HOSTILE)
    if kind < 0.97:
        return "".join(chr(rng.choice((rng.randrange(1, 0x250), rng.randrange(0x2000, 0x2070)))) for _ in range(20))
    return rng.choice(("A", "9", "\u00e9", '"', "=", " ", "\n")) * rng.choice((1_000, 70_000, 300_000))


# --- rows: the text of every one is known ----------------------------------------------------------------------------


def change_cells(rng: Random, rows: list[Row]) -> list[Row]:
    """One to three cells."""
    for _ in range(rng.randint(1, 3)):
        rng.choice(rows)[rng.choice(list(rows[0]))] = hostile_text(rng)
    return rows


def change_column(rng: Random, rows: list[Row]) -> list[Row]:
    """One column of every row."""
    name, text = rng.choice(list(rows[0])), hostile_text(rng)
    for row in rows:
        row[name] = text
    return rows


def add_rows(rng: Random, rows: list[Row]) -> list[Row]:
    """Rows like others but for some cells, or wholly alike."""
    for _ in range(rng.randint(1, 4)):
        rows.insert(rng.randrange(len(rows) + 1), dict(rng.choice(rows)))
        if rng.random() < 0.8:
            rng.choice(rows)[rng.choice(list(rows[0]))] = hostile_text(rng)
    return rows


def swap_cells(rng: Random, rows: list[Row]) -> list[Row]:
    """Cells of a row in each other's place, or a row's cell in another row."""
    for _ in range(rng.randint(1, 3)):
        one, other = rng.choice(rows), rng.choice(rows)
        here, there = rng.choice(list(rows[0])), rng.choice(list(rows[0]))
        one[here], other[there] = other[there], one[here]
    return rows


def overflow(rng: Random, rows: list[Row]) -> list[Row]:
    """Amounts at the edge of 64 bits, in many rows: a sum of them passes it."""
    texts = (
        "9999999999999.99",
        "99999999999.99",
        "92233720368547758.07",
        "999999999",
        "9" * 18,
        "-" + "9" * 15,
        "1000000000000.00",
    )
    names = [
        name for name in rows[0] if name in ("unit_price", "quantity", "discount", "amount", "line_no", "concession_bp")
    ]
    some = [dict(rng.choice(rows)) for _ in range(rng.choice((1, 30, 900)))]
    for row in some:
        for name in names:
            if rng.random() < 0.7:
                row[name] = rng.choice(texts)
    return rows + some


def lose_rows(rng: Random, rows: list[Row]) -> list[Row]:
    """Some rows, or all of them."""
    keep = rng.choice((0.0, 0.5, 0.9))
    return [row for row in rows if rng.random() < keep]


def shuffle(rng: Random, rows: list[Row]) -> list[Row]:
    """Another order of the rows."""
    rng.shuffle(rows)
    return rows


ROWS: dict[str, Callable[[Random, list[Row]], list[Row]]] = {
    "hostile cells": change_cells, "hostile column": change_column, "rows added": add_rows, "cells swapped": swap_cells,
    "overflow": overflow, "rows lost": lose_rows, "rows shuffled": shuffle,
}  # fmt: skip

# --- bytes of a CSV file ---------------------------------------------------------------------------------------------


def flip(rng: Random, data: bytes) -> bytes:
    """A few bytes changed, added or lost."""
    raw = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 40))):
        at = rng.randrange(len(raw)) if raw else 0
        kind = rng.randrange(3)
        if kind == 0 and raw:
            raw[at] = rng.randrange(256)
        elif kind == 1:
            raw[at:at] = bytes([rng.choice((rng.randrange(256), 0, 10, 13, 34, 44))])
        elif raw:
            del raw[at]
    return bytes(raw)


def splice(rng: Random, data: bytes) -> bytes:
    """A piece of the file put elsewhere, or repeated."""
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[a:b] * rng.choice((1, 1, 2, 50)) + data[at:]


def truncate(rng: Random, data: bytes) -> bytes:
    """Only the beginning."""
    return data[: rng.randrange(len(data) + 1)]


def put_in(rng: Random, data: bytes, *pieces: bytes) -> bytes:
    """One of the pieces, somewhere."""
    at = rng.choice((0, len(data), rng.randrange(len(data) + 1)))
    return data[:at] + rng.choice(pieces) + data[at:]


def odd_marks(rng: Random, data: bytes) -> bytes:
    """BOMs, NULs, bytes that are no UTF-8, surrogates."""
    return put_in(
        rng, data, b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 3, b"\0", b"\xff\xfe", b"\xfe\xff", b"\xc0\xaf", b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x80", b"\x1a", b"\x0c", b"\xc2\x85", b"\xe2\x80\xa8",
    )  # fmt: skip


def other_encoding(rng: Random, data: bytes) -> bytes:
    """UTF-16, UTF-32, GBK or EBCDIC."""
    text = data.decode("utf-8", "replace").replace("tea", "\u8336")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "cp037")), "replace")


def line_ends(rng: Random, data: bytes) -> bytes:
    """CR, LF and CRLF mixed, blank lines, no end of the last line."""
    ends = rng.choice(
        ((b"\r",), (b"\r\n",), (b"\r", b"\n"), (b"\n", b"\r\n"), (b"\n\n", b"\n"), (b"\n\r",), (b"\r\r\n",))
    )
    return b"".join(line + rng.choice(ends) for line in data.split(b"\n")[: rng.choice((-1, None))])


def quotes(rng: Random, data: bytes) -> bytes:
    """Quotes that never close, or stand where none may."""
    return put_in(rng, data, b'"', b',"', b'""', b'"a"b', b'\n"', b'"\n', b'"' * 999, b'","', b"'")


def giant(rng: Random, data: bytes) -> bytes:
    """A field, a line or a name of megabytes."""
    size = rng.choice((100_000, 1_000_000, 3_000_000))
    piece = rng.choice((b"A", b"9", b",", b'""', b"\n", b"\r\n", b" ", b"A,", "\u8336".encode()))
    body = piece * (size // len(piece))
    at = rng.choice((0, data.find(b"\n"), rng.randrange(len(data))))
    wrapped = b'"' + body + b'"' if rng.random() < 0.3 else body
    return data[:at] + wrapped + data[at:]


def header(rng: Random, data: bytes) -> bytes:
    """Names twice, missing, hostile, of another case, very long."""
    head, _, body = data.partition(b"\n")
    names = head.split(b",")
    at = rng.randrange(len(names))
    kind = rng.randrange(6)
    if kind == 0:
        names[at] = names[rng.randrange(len(names))]
    elif kind == 1:
        del names[at]
    elif kind == 2:
        text = hostile_text(rng).replace('"', '""')
        names[at] = f'"{text}"'.encode("utf-8", "surrogatepass")
    elif kind == 3:
        names[at] = rng.choice(
            (names[at].upper(), b" " + names[at], names[at] + b" ", b"\xe2\x80\x8b" + names[at], b"o:" + names[at])
        )
    elif kind == 4:
        names[at] = names[at] * rng.choice((40, 100_000))
    else:
        more = rng.choice(
            (
                b"row",
                b"source",
                b"reason",
                b"at_row",
                b"row_no",
                b"fen",
                b"net",
                b"sentence",
                b"file",
                b"v:quantity",
                b"fault",
            )
        )
        lines = [line + b"," + (b"x" if line else b"") for line in body.split(b"\n") if line]
        return b"\n".join([head + b"," + more, *lines, b""])
    return b",".join(names) + b"\n" + body


def million_columns(rng: Random, data: bytes) -> bytes:
    """A header, or every row, of a thousand to a million fields."""
    more = b",x" * rng.choice((991, 1_001, 1_000_000))
    if rng.random() < 0.5:
        return data.replace(b"\n", more + b"\n", 1)
    names = b"".join(b",n%d" % n for n in range(more.count(b",")))
    head, _, body = data.partition(b"\n")
    return head + names + b"\n" + body.replace(b"\n", more + b"\n", 2)


BYTES: dict[str, Callable[[Random, bytes], bytes]] = {
    "bytes": flip, "splice": splice, "truncated": truncate, "odd marks": odd_marks, "other encoding": other_encoding,
    "line ends": line_ends, "quotes": quotes, "giant field": giant, "header": header,
    "million columns": million_columns,
}  # fmt: skip

# --- something else in the place of a file ---------------------------------------------------------------------------


def _twice(rng: Random, path: Path) -> None:
    path.with_suffix(rng.choice((".parquet", ".csv.gz", ".CSV", ".csv.bak", ""))).write_bytes(path.read_bytes())


def _link(rng: Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(
        rng.choice(("/dev/zero", "/dev/tty", "/proc/self/mem", "/etc/passwd", path.name, "nowhere", "/", "/dev/stdin"))
    )


def _folder(rng: Random, path: Path) -> None:
    path.unlink()
    path.mkdir()
    if rng.random() < 0.5:
        (path / path.name).write_bytes(b"x")


def _pipe(_: Random, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _locked(_: Random, path: Path) -> None:
    path.chmod(0)


def _gone(_: Random, path: Path) -> None:
    path.unlink()


def _stranger(rng: Random, path: Path) -> None:
    name = rng.choice(
        ("orders .csv", "Orders.csv", "..csv", "=1.csv", "\u202eorders.csv", "o\nx.csv", "\x1b[31m.csv", "orders.json")
    )
    path.with_name(name).write_bytes(path.read_bytes())


def _odd_bytes_in_name(_: Random, path: Path) -> None:
    path.rename(path.with_name(os.fsdecode(b"\xff\xfe.csv")))


PLACES: dict[str, Callable[[Random, Path], None]] = {
    "file twice": _twice, "symlink": _link, "folder": _folder, "pipe": _pipe, "unreadable": _locked, "gone": _gone,
    "stranger": _stranger, "odd name": _odd_bytes_in_name,
}  # fmt: skip
