"""Hostile rules files: what YAML can be made to do, and keys with values that nobody meant.

Holds: mutations by name. Never holds: what a sound rules file says (``tests/foundation/test_rules.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import mutations
from tests.fuzz.shop import RULES

_HOSTILE = (
    "a: &a [*a]", "&a a: *a", "a: &a {b: *a}", "<<: {timezone: x}", "? [a]\n: b", "? {a: b}\n: c", "*a : b",
    "!!python/object/apply:os.system ['touch hacked']", "!!python/object/new:subprocess.Popen [['touch', 'hacked']]",
    "timezone: !!python/name:os.system", "timezone: !!binary aGk=", "timezone: !!set {a}", "!!omap [a: b]",
    "--- a\n--- b",
    "%YAML 1.1\n---\n", "%TAG ! tag:x,2000:\n---\n!a b", "timezone: ../../etc/passwd", "timezone: /etc/localtime",
    "timezone: localtime", "timezone: 'Asia/Shanghai\\0'", "timezone: \"A\\0\"", "timezone: .", "timezone: ''",
    "timezone: [a]",
    "- a", "a", "''", "null", "{}", "[]", "{", "[", "}", "\"", "'", "|\n", ">\n", "&", "*", "!", "%", "@", "`",
    "\t", "- - - - a", ": :", "?",
)  # fmt: skip
_VALUES = (
    "1" * 5_000, "9223372036854775808", "-1", "1e400", ".inf", ".nan", "0x7f", "0o17", "1_000", "1:30", "yes", "on",
    "~", "''", "[]", "{}",
    "2026-11-31", "2026-11-01T00:00:00Z", "0001-01-01", "9999-12-31", "'; drop table x; --'", "\"\\u202e\"",
    "\"\\ud800\"", "\"\\x1b[31m\"",
    "!!int '3'", "[1, [2, [3]]]", "&b 1", "*b", "10000", "9999", "0", "1", "3650", "10000000000000", "true", "fifo",
    "seats", "average",
    "pro_rata", "platform", "flat", "once", "labour", "chance", "pool_priced", "cumulative", "{a: b}", "=1+1",
    "\u8336", "A" * 100_000,
)  # fmt: skip


def _laughs(rng: Random) -> str:
    wide, deep = rng.choice(((9, 12), (100, 5), (2, 40)))
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]" for n in range(1, deep)]
    return "\n".join(lines) + "\n"


def expand(rng: Random) -> bytes:
    """Aliases that grow, nesting without end, a long scalar, a million keys."""
    deep = rng.choice((17, 1_000, 100_000))
    text = rng.choice((
        _laughs(rng), "[" * deep, "{a: " * deep, "- " * deep + "a",
        "\n".join(" " * n + "a:" for n in range(min(deep, 1_000))),
        "a: " + "x" * 900_000, "a: " + "x" * 2_000_000, "\n".join(f"k{n}: 1" for n in range(60_000)), "? " * deep,
        "&a " * deep, "!x " * deep,
        "a: &a x\n" + "\n".join(f"k{n}: *a" for n in range(40_000)), '"' + "\\x41" * 200_000 + '"', "#" * 900_000,
        RULES + "#\n" * 400_000,
    ))  # fmt: skip
    return text.encode()


def odd_yaml(rng: Random) -> bytes:
    """Tags, cycles, documents and keys that are no rules, alone or within them."""
    piece = rng.choice(_HOSTILE)
    at = rng.choice((0, len(RULES), RULES.index("versions")))
    return rng.choice((piece, piece + "\n" + RULES, RULES[:at] + piece + "\n" + RULES[at:])).encode()


def values(rng: Random) -> bytes:
    """Keys with other values; some such files are sound."""
    text = RULES
    for _ in range(rng.choice((1, 1, 2, 5))):
        found = list(re.finditer(r"(?<=: )[A-Za-z0-9/-]+(?=[,}\n])", text))
        hit = rng.choice(found)
        text = text[: hit.start()] + rng.choice(_VALUES) + text[hit.end() :]
    return text.encode()


def keys(rng: Random) -> bytes:
    """Keys that are twice there, missing or unknown."""
    found = list(re.finditer(r"\b[a-z_]+(?=: )", RULES))
    one, other = rng.choice(found), rng.choice(found)
    name = rng.choice(
        (
            other[0],
            "",
            "x",
            "\u202e",
            "\u0430" + one[0][1:],
            "__class__",
            "model_config",
            '"\\0"',
            "A" * 50_000,
            "a.b",
            "[0]",
        )
    )
    return (RULES[: one.start()] + name + RULES[one.end() :]).encode()


def _of_bytes(change: Callable[[Random, bytes], bytes]) -> Callable[[Random], bytes]:
    return lambda rng: change(rng, RULES.encode())


TEXTS: dict[str, Callable[[Random], bytes]] = {
    "expanding yaml": expand, "odd yaml": odd_yaml, "yaml values": values, "yaml keys": keys,
    **{f"yaml {name}": _of_bytes(mutations.BYTES[name])
       for name in ("bytes", "splice", "truncated", "odd marks", "other encoding", "line ends", "quotes",
       "giant field")},
}  # fmt: skip
