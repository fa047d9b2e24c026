"""Writing tables so that the same rows give the same bytes, and hashing what they say.

Holds: the Parquet writer's fixed settings and the canonical text of a table.
Never holds: which tables there are.
Neighbour: ``day.py`` and ``state.py`` write through it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from assets.foundation.store import sha256_file

_ROW_GROUP = 1 << 17
_SLICE = 1 << 18


def write_parquet(frame: pl.DataFrame, path: Path) -> str:
    """Write ``frame`` in the order it has (zstd, fixed row groups); returns the file's sha256."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The layout of a frame's chunks follows the number of threads; one chunk makes the bytes independent of it.
    frame.rechunk().write_parquet(path, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP)
    return sha256_file(path)


def content_sha256(frame: pl.DataFrame) -> str:
    """sha256 over a table's rows in canonical text: it outlives a change of Parquet writers.

    A header line of column names, then a line a row: fields parted by U+001F, integers in decimal, dates and times
    in ISO 8601, booleans as true and false, nothing quoted; each line ends with LF.
    """
    digest = hashlib.sha256(("\x1f".join(frame.columns) + "\n").encode("utf-8"))
    for part in frame.iter_slices(_SLICE):
        text = part.write_csv(
            include_header=False, separator="\x1f", quote_style="never", datetime_format="%Y-%m-%dT%H:%M:%S%.6f"
        )
        digest.update(text.encode("utf-8"))
    return digest.hexdigest()
