"""The files that payment operations upload: written per channel, read back, tied to ``payouts.parquet``.

Holds: payouts.parquet, ``payouts/`` with its list and the upload sheet.
Never holds: a channel's format (``channels/``), who is paid (``cut.py``).
Neighbour: ``ledger.check_controls`` compares what was read back with the journal.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from assets.day import Day
from assets.foundation.errors import Refused
from assets.foundation.store import canonical_json
from assets.payouts.channels import PROFILES
from assets.payouts.channels.base import LINES, PayoutFile, Plan
from assets.payouts.reading import FOLDER, LIST, SHEET, account_hash, read_file
from assets.payouts.sheet import upload_sheet
from assets.steps import Facts

_CARRIED = ("account_no", "account_name", "bank_code")  # "" where a channel's file does not carry the field


def _require_same(name: str, cut: pl.DataFrame, read: pl.DataFrame) -> None:
    """A file pays what was cut: every payout once, to the fen, to the account and name."""
    both = cut.join(read, on="payout_id", how="full", coalesce=True, suffix="_read")
    told = pl.all_horizontal((pl.col(f"{one}_read") == pl.col(one)) | (pl.col(f"{one}_read") == "") for one in _CARRIED)
    same = (pl.col("net") == pl.col("net_read")) & told
    wrong = both.filter(~same.fill_null(False)).height
    if wrong or read.height != cut.height:
        raise Refused(
            f"{name}: what was read back is not what was cut ({cut.height} payments cut, {read.height} read, {wrong}"
            " differ); nothing was published"
        )


def _listed(day: Day, plan: Plan, profile: str, file: PayoutFile) -> dict[str, Any]:
    """What ``payouts/manifest.json`` says of a file, once it was read back as cut."""
    rows = file.rows
    own = rows.filter(pl.col("serial") != pl.col("payout_id"))
    listed: dict[str, Any] = {
        "file": file.name, "channel": plan.channel, "profile": profile, "batch": file.batch, "form": dict(file.form),
        "serials": dict(zip(own["serial"], own["payout_id"], strict=True)),
    }  # fmt: skip
    read = read_file(day.staging, listed)
    _require_same(file.name, rows, read)
    day.wrote(day.staging / FOLDER / file.name, rows.height)
    return listed | {
        "rows": read.height, "net_fen": int(read["net"].sum()), "account_hash": account_hash(read["account_no"]),
        "sha256": day.written[f"{FOLDER}/{file.name}"].sha256,
    }  # fmt: skip


def write_payout_files(day: Day) -> Facts:
    """Write each channel's files, read them back, and tie them to the cut: rows, fen, ids, accounts and names."""
    day.run("payouts/payout_lines")
    lines = day.frame("payout_lines", "payout_id").select(list(LINES))
    folder = day.staging / FOLDER
    folder.mkdir()
    listed: list[dict[str, Any]] = []
    carried = [pl.DataFrame(schema={"payout_id": pl.String, "file": pl.String})]
    numbers: Counter[str] = Counter()
    for key, rows in sorted(lines.group_by("channel", maintain_order=True), key=lambda group: str(group[0][0])):
        channel = day.version.payout.channel(str(key[0]))
        profile = PROFILES[channel.profile]
        plan = Plan(str(key[0]), day.date, channel.settings, numbers[channel.profile] + 1)
        files = profile.cut(rows, plan)
        numbers[channel.profile] += len(files)
        for file in files:
            day.progress(file.name)
            profile.write(file, folder / file.name, plan)
            listed.append(_listed(day, plan, channel.profile, file))
            carried.append(file.rows.select("payout_id", pl.lit(file.name).alias("file")))
    listed.sort(key=lambda item: str(item["file"]))
    _say(day, listed)
    day.engine.put("payout_files", pl.concat(carried))
    sums = [(item["rows"], item["net_fen"]) for item in listed]
    day.engine.put(
        "payout_files_read", pl.DataFrame(sums, schema={"rows_count": pl.Int64, "net": pl.Int64}, orient="row")
    )
    day.run("payouts/payouts")
    return {"rows": day.write_table("payouts"), "files": len(listed), "net, fen": day.total("payouts", "net")}


def _say(day: Day, listed: list[dict[str, Any]]) -> None:
    """The list for programmes, and the sheet for the person who uploads."""
    folder = day.staging / FOLDER
    (folder / LIST).write_bytes(canonical_json({"business_date": day.params["day_text"], "files": listed}))
    day.wrote(folder / LIST)
    (folder / SHEET).write_text(upload_sheet(day.date, listed), encoding="utf-8")
    day.wrote(folder / SHEET)
