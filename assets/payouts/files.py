"""The files that payment operations upload: written per channel, read back, tied to ``payouts.parquet``.

Holds: payouts.parquet, ``payouts/`` and its manifest.
Never holds: a channel's format (``channels/``), who is paid (``cut.py``).
Neighbour: ``ledger.check_controls`` compares what was read back with the journal.
"""

from __future__ import annotations

import polars as pl

from assets.day import Day
from assets.foundation.errors import Refused
from assets.foundation.store import canonical_json
from assets.payouts.channels import PROFILES
from assets.steps import Facts


def account_hash(accounts: pl.Series) -> int:
    """Sum of the last 8 digits of every account, mod 10^10: a control figure as NACHA's entry hash (channels.md)."""
    digits = accounts.str.replace_all("[^0-9]", "").str.tail(8)
    return int(digits.replace("", "0").cast(pl.Int64).sum()) % 10**10


def _same(cut: pl.DataFrame, read: pl.DataFrame) -> bool:
    """Whether a file pays what was cut: every payout once, to the fen."""
    one, other = (frame.select("payout_id", "net").sort("payout_id", "net") for frame in (cut, read))
    return one.equals(other)


def write_payout_files(day: Day) -> Facts:
    """Write each channel's file, read it back, and tie it to the cut: rows, fen, ids and account hash."""
    day.run("payouts/payout_lines")
    lines = day.frame("payout_lines", "payout_id")
    folder = day.staging / "payouts"
    folder.mkdir()
    listed: list[dict[str, object]] = []
    files: list[tuple[str, str]] = []
    for key, rows in lines.group_by("channel", maintain_order=True):
        channel = str(key[0])
        profile_name = day.version.payout.channel(channel).profile
        profile = PROFILES[profile_name]
        path = folder / profile.file_name(channel, day.params["day_compact"])
        profile.write(rows, path)
        read = profile.read_back(path)
        found = account_hash(read["account_no"])
        if not _same(rows, read) or found != account_hash(rows["account_no"]):
            raise Refused(f"{path.name}: what was read back is not what was cut; nothing was published")
        day.wrote(path, rows.height)
        listed.append(
            {
                "file": path.name, "channel": channel, "profile": profile_name, "rows": read.height,
                "net_fen": int(read["net"].sum()), "account_hash": found,
                "sha256": day.written[f"payouts/{path.name}"].sha256,
            }
        )  # fmt: skip
        files.append((channel, path.name))
    listed.sort(key=lambda item: str(item["file"]))
    manifest = folder / "manifest.json"
    manifest.write_bytes(canonical_json({"business_date": day.params["day_text"], "files": listed}))
    day.wrote(manifest)
    day.engine.put("payout_files", pl.DataFrame(files, schema={"channel": pl.String, "file": pl.String}, orient="row"))
    sums = [(item["rows"], item["net_fen"]) for item in listed]
    day.engine.put(
        "payout_files_read", pl.DataFrame(sums, schema={"rows_count": pl.Int64, "net": pl.Int64}, orient="row")
    )
    day.run("payouts/payouts")
    return {"rows": day.write_table("payouts"), "files": len(listed), "net, fen": day.total("payouts", "net")}
