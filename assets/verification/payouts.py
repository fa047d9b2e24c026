"""Payouts: the channel files re-read, ids by formula and never twice, what came back replaced (rules.md 10.3, 11.6).

Holds: every id issued so far, and what came back to each member since his last cut.
Never holds: the writers of the files. A ``generic`` file is read here; for any other profile the profile's own
reader is used, which shares no code with its writer.
Neighbour: ``home.py`` hands it one day after the other.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.store import sha256_file
from assets.payouts.reading import LIST, SHEET, read_file
from assets.verification.books import journal
from assets.verification.findings import Page, sums, total
from assets.verification.running import Newest, Sums

_LIST = f"payouts/{LIST}"
_YUAN = re.compile(r"(\d+)\.(\d\d)")
_MONEY = ("gross", "tax", "net")
_TEXTS = ("payout_id", "member_id", "channel", "replaces")


def payout_id(day: str, member_id: str) -> str:
    """`P` + day + 15 letters of base32(SHA-256(day|member)) (rules.md section 10.3); ``day`` as YYYY-MM-DD."""
    digest = hashlib.sha256(f"{day}|{member_id}".encode()).digest()
    return "P" + day.replace("-", "") + base64.b32encode(digest).decode()[:15]


def _fen(text: str) -> int:
    if not (match := _YUAN.fullmatch(text)):
        raise ValueError(f"{text!r:.40} is not yuan with two decimals")
    return int(match[1]) * 100 + int(match[2])


def _account_figure(accounts: list[str]) -> int:
    digits = ("".join(letter for letter in account if letter in "0123456789") for account in accounts)
    return sum(int(each[-8:] or "0") for each in digits) % 10**10


class Payouts:
    """All payouts up to a day."""

    def __init__(self) -> None:
        text, number = pl.String(), pl.Int64()
        issued = {"payout_id": text, "member_id": text, "gross": number, "replaced": pl.Boolean()}
        self._issued = Newest(["payout_id"], issued)
        self._back = Sums(["holder"])

    def take(self, folder: Path, tables: dict[str, pl.DataFrame], page: Page, *, checked: bool) -> None:
        """Add a day's payouts and what came back; where ``checked``, hold files, table and journal together."""
        payouts = tables["payouts"]
        lines = journal(tables["entries"]).filter(pl.col("programme") == "payout")
        wallets = pl.col("account").str.starts_with("member_wallet_")
        self._back.add(
            lines.filter(wallets & pl.col("cause").is_in(["failed", "returned"])).select("holder", amount="change")
        )
        pairs = payouts.select("payout_id", "member_id", "attempt", pl.col("replaces").str.split(" ").alias("old"))
        named = pairs.explode("old").filter(pl.col("old") != "").join(
            self._issued.frame, left_on="old", right_on="payout_id", how="left", suffix="_old"
        )  # fmt: skip
        if checked:
            self._check_ids(payouts, page)
            self._check_replaced(payouts, named, page)
            _check_journal(payouts, lines, page)
            _check_files(folder, payouts, page)
            page.verification.count("payouts", days=1, files=2, rows=payouts.height, fen=total(payouts, "net"))
        gone = self._issued.frame.join(named, left_on="payout_id", right_on="old", how="semi")
        self._issued.take(gone.with_columns(replaced=pl.lit(True)))
        self._issued.take(payouts.with_columns(replaced=pl.lit(False)))
        self._back.drop(payouts.select(holder="member_id").unique())

    def _check_ids(self, payouts: pl.DataFrame, page: Page) -> None:
        file, day = "payouts.parquet", page.day.isoformat()
        for issued, member in payouts.select("payout_id", "member_id").iter_rows():
            if not page.same("payouts", file, f"payout_id of {member}", payout_id(day, member), issued):
                break
        again = payouts.join(self._issued.frame, on="payout_id", how="semi")
        page.none("payouts", file, "payout", again.select(name="payout_id", expected=pl.lit(1), found=pl.lit(2)),
                  "issued once", "issued again")  # fmt: skip
        uneven = (pl.col("gross") != pl.col("tax") + pl.col("net")) | (pl.col("tax") < 0) | (pl.col("net") < 0)
        wrong = payouts.filter(uneven).select(name="payout_id", expected="gross", found=pl.col("tax") + pl.col("net"))
        page.none("payouts", file, "tax + net of", wrong, "{}", "{}")

    def _check_replaced(self, payouts: pl.DataFrame, named: pl.DataFrame, page: Page) -> None:
        """What a cut replaces was issued to this member, is replaced once, and is all that came back since his last."""
        file = "payouts.parquet"
        known = (pl.col("member_id") == pl.col("member_id_old")) & ~pl.col("replaced")
        unknown = named.filter(~known.fill_null(False)) if named.height else named
        unknown = unknown.select(name="old", expected="member_id", found="payout_id")
        page.none("payouts", file, "replaced payout", unknown, "an earlier one of {}, replaced once", "named by {}")
        counts = named.group_by("payout_id").agg(amount=pl.len())
        attempts = payouts.select("payout_id", amount=pl.col("attempt") - 1)
        page.agree("payouts", file, "payouts replaced (attempt - 1) by", counts, attempts, ["payout_id"])
        came_back = self._back.frame.join(payouts, left_on="holder", right_on="member_id", how="semi")
        replaced = sums(named.select(holder="member_id", amount=pl.col("gross").fill_null(0)), ["holder"])
        page.agree("payouts", file, "gross that came back and is replaced, of", came_back, replaced, ["holder"])


def _check_journal(payouts: pl.DataFrame, lines: pl.DataFrame, page: Page) -> None:
    cut = lines.filter(pl.col("cause") == "cut")
    wallet = pl.col("account").str.starts_with("member_wallet_")
    sides = (
        ("gross of", payouts.select(holder="member_id", amount="gross"), cut.filter(wallet), -1),
        ("payout_in_transit of", payouts.select(holder="channel", amount="net"),
         cut.filter(pl.col("account") == "payout_in_transit"), 1),
        ("tax_withheld of", payouts.select(holder=pl.lit("platform"), amount="tax"),
         cut.filter(pl.col("account") == "tax_withheld"), 1),
    )  # fmt: skip
    for what, expected, booked, sign in sides:
        found = sums(booked.select("holder", amount=pl.col("change") * sign), ["holder"])
        page.agree("payouts", "entries.parquet", what, sums(expected, ["holder"]), found, ["holder"])


def _check_files(folder: Path, payouts: pl.DataFrame, page: Page) -> None:
    """Every file is listed once with its figures and carries the payouts that the table says, to the fen."""
    try:
        content = json.loads((folder / _LIST).read_bytes())
        listed: dict[str, dict[str, Any]] = {str(one["file"]): one for one in content["files"]}
        page.same("payouts", _LIST, "business_date", page.day.isoformat(), content["business_date"])
        page.same("payouts", _LIST, "files listed", len(content["files"]), len(listed))
    except (OSError, ValueError, KeyError, TypeError) as error:
        page.fault("payouts", _LIST, "the list of files", "readable, as written", error)
        return
    present = {path.name for path in (folder / "payouts").iterdir()} - {LIST, SHEET}
    for name in sorted(listed.keys() | set(payouts["file"]) | present):
        if name not in listed or name not in present:
            page.fault("payouts", f"payouts/{name}", "the file", "listed and present", "not both")
            continue
        rows = payouts.filter(pl.col("file") == name)
        try:
            _check_file(folder / "payouts" / name, listed[name], rows, page)
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            page.fault("payouts", f"payouts/{name}", "the file", "readable by its profile", error)
        page.verification.count("payouts", files=1)


def _check_file(path: Path, listed: dict[str, Any], rows: pl.DataFrame, page: Page) -> None:
    where = f"payouts/{path.name}"
    found: list[tuple[Any, ...]]
    columns: tuple[str, ...]
    if listed["profile"] == "generic":
        found, accounts = _generic(path, page.day.isoformat())
        columns = (*_TEXTS, "attempt", *_MONEY)
    else:
        read = read_file(path.parents[1], listed)
        found, accounts = list(read.select("payout_id", "net").rows()), read["account_no"].to_list()
        columns = ("payout_id", "net")
    expected = sorted(rows.select(columns).rows())
    pairs = ((e, f) for e, f in zip([*expected, None], [*sorted(found), None], strict=False) if e != f)
    if wrong := next(pairs, None):
        page.fault("payouts", where, f"row of {', '.join(columns)}", wrong[0], wrong[1])
    nets = [row[-1] for row in found]
    figures = {"rows": len(found), "net_fen": sum(nets), "account_hash": _account_figure(accounts),
               "sha256": sha256_file(path)}  # fmt: skip
    for name, figure in figures.items():
        page.same("payouts", _LIST, f"{name} of {path.name}", figure, listed[name])


def _generic(path: Path, day: str) -> tuple[list[tuple[Any, ...]], list[str]]:
    found: list[tuple[Any, ...]] = []
    accounts: list[str] = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            if row["business_date"] != day:
                raise ValueError(f"business_date {row['business_date']!r:.20}")
            texts = (row[name] for name in _TEXTS)
            found.append((*texts, int(row["attempt"]), *(_fen(row[name]) for name in _MONEY)))
            accounts.append(row["account_no"])
    return found, accounts
