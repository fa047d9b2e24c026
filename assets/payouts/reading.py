"""Reading a channel file again as ``payouts/manifest.json`` lists it: the one way for sealing, register and results.

Holds: the account hash, a listed file as payments by payout_id.
Never holds: writing; a channel's format.
Neighbour: ``files.py`` writes the files and the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from assets.payouts.channels import PROFILES
from assets.payouts.channels.base import READ

FOLDER, LIST, SHEET = "payouts", "manifest.json", "upload-sheet.html"


def account_hash(accounts: pl.Series) -> int:
    """Sum of the last 8 digits of every account, mod 10^10: a control figure as NACHA's entry hash (channels.md)."""
    digits = accounts.str.replace_all("[^0-9]", "").str.tail(8)
    return int(digits.replace("", "0").cast(pl.Int64).sum()) % 10**10


def listed_files(settlement: Path) -> list[dict[str, Any]]:
    """The channel files of a day's folder, staged or sealed, in the order of their names."""
    return list(json.loads((settlement / FOLDER / LIST).read_bytes())["files"])


def read_file(settlement: Path, listed: Mapping[str, Any]) -> pl.DataFrame:
    """One row a payment of a listed file, payout_id and READ, in the order of the file.

    Raises ValueError for a file that is not as its channel wants it, or whose serial the list does not know.
    """
    read = PROFILES[listed["profile"]].read_back(settlement / FOLDER / listed["file"], listed.get("form", {}))
    serials: dict[str, str] = listed.get("serials", {})
    if not serials:
        return read.select(pl.col("serial").alias("payout_id"), *READ)
    strange = read.filter(~pl.col("serial").is_in(list(serials)))
    if strange.height:
        raise ValueError(f"{listed['file']}: serial {strange['serial'][0]!r:.40} is not in the list")
    return read.select(pl.col("serial").replace_strict(serials, return_dtype=pl.String).alias("payout_id"), *READ)
