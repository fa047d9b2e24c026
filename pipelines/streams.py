"""Standard output and standard error as they are: whatever they can carry, no command fails on a letter.

Holds: what stands for a character that a stream has no code for.
Never holds: words; colours, which rich leaves out where they do not belong.
Neighbour: ``cli.py`` sets both streams up before anything is printed.
"""

from __future__ import annotations

import codecs
import io
import sys

_HANDLER = "settle.plain"
# What has a plain spelling of the same width; of everything else a mark as wide is left, so that columns stay.
_PLAIN = {"✓": "+", "✗": "x", "–": "-", "—": "-", "…": "~", "→": ">", "·": "-", "×": "x", "⌊": "[", "⌋": "]", "÷": "/"}


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from rich.cells import cell_len  # late: most streams carry everything

    text = error.object[error.start : error.end]
    return "".join(_PLAIN.get(one, "?" * cell_len(one)) for one in text), error.end


def plain_streams() -> None:
    """From now on both streams replace what they cannot encode, such as Chinese in a C locale, instead of failing."""
    codecs.register_error(_HANDLER, _spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def tell(text: str, *, err: bool = False) -> None:
    """Print a line at once; unlike click's ``echo`` never in another encoding than the stream's own."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


def carries_unicode() -> bool:
    """Whether every character can be printed to standard output; what must stay whole is escaped otherwise."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
