"""Small literal homes for the tests of the intake, and an engine whose sealed state is given as literals."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.exports.intake import Intake, Lookup, take_exports
from assets.foundation.duck import DuckEngine
from tests.exports.known import PRIOR

DAY = date(2026, 11, 20)
ORDER = "order_id,line_no,member_id,merchant_id,product_id,product_name,unit_price,quantity,discount,completed_at"
HEADS = {
    "orders": ORDER,
    "refunds": "refund_id,order_id,amount,refunded_at",
    "members": "member_id,sponsor_id,joined_at",
    "merchants": "merchant_id,name,group,concession_bp,referrer_id",
    "payout_accounts": "member_id,channel,account_no,account_name,status",
    "redemptions": "redemption_id,member_id,kind,commodity,amount,merchant_id,requested_at",
    "queue_exits": "exit_id,order_id,requested_at",
    "payout_results": "payout_id,status,amount,reason,at",
}
T = "2026-11-20T10:00:00"
# Known before today: member M0, merchant S0, order OLD of 50.00 yuan with one line.
MEMBER_0 = {"member_id": "M0", "sponsor_id": "", "joined_at": "2026-11-01T00:00:00"}
MERCHANT_0 = {"merchant_id": "S0", "name": "shop", "merchant_group": "", "concession_bp": 0, "referrer_id": ""}
OLD = {
    "order_id": "OLD", "member_id": "M0", "merchant_id": "S0", "completed_at": "2026-11-10T10:00:00", "total": 5000,
    "refunded": 1000,
}  # fmt: skip
OLD_LINE = {
    "order_id": "OLD", "line_no": 1, "product_id": "P", "product_name": "tea", "unit_price": 5000, "quantity": 1,
    "discount": 0,
}  # fmt: skip
STATE: dict[str, list[dict[str, Any]]] = {
    "prior_members": [MEMBER_0],
    "prior_merchants": [MERCHANT_0],
    "prior_orders": [OLD],
    "prior_lines": [OLD_LINE],
}


def engine(state: dict[str, list[dict[str, Any]]] | None = None) -> DuckEngine:
    """An engine whose ``prior_*`` hold the given rows (times as text)."""
    made = DuckEngine()
    for name, schema in PRIOR.items():
        rows = (STATE if state is None else state).get(name, [])
        texts = {c: pl.String() if t == pl.Datetime("us") else t for c, t in schema.items()}
        frame = pl.DataFrame(rows, schema=texts)
        times = [pl.col(c).str.to_datetime(time_unit="us") for c, t in schema.items() if t == pl.Datetime("us")]
        made.put(name, frame.with_columns(times))
    return made


def scan(made: DuckEngine) -> Lookup:
    """Look-ups over the whole of ``prior_*``: what the state's indexes save."""

    def lookup(table: str, index: str, asked: str, *, into: str) -> None:
        among = f'select "{index}" from "{asked}"'
        made.query(f'create or replace table "{into}" as select * from "prior_{table}" where "{index}" in ({among})')

    return lookup


def folder(home: Path) -> Path:
    """The day's export folder, made if needed."""
    path = home / "exports" / DAY.isoformat()
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(home: Path, **files: str | list[str]) -> Path:
    """Write files as CSV: a text as it stands, a list as rows below the file's usual header."""
    for name, content in {"orders": [], **files}.items():
        text = content if isinstance(content, str) else "\n".join([HEADS[name], *content]) + "\n"
        (folder(home) / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return home


def take(home: Path, made: DuckEngine | None = None, limit: int = 30, *, priced: bool = False) -> Intake:
    """Take the day with the usual time zone."""
    made = made or engine()
    zone = "Asia/Shanghai"
    return take_exports(made, scan(made), home, DAY, timezone=zone, late_limit_days=limit, points_priced=priced)


def refused(intake: Intake) -> list[tuple[str, int, str]]:
    """(file, row, reason) of every quarantined row."""
    return intake.quarantined.select("file", "row", "reason").rows()


def line(order: str = "A", no: str = "1", member: str = "M0", **changed: str) -> str:
    """One order line of 30.00 yuan, with columns changed by name."""
    row = dict(zip(ORDER.split(","), [order, no, member, "S0", "P", "tea", "30", "1", "0", T], strict=True))
    return ",".join({**row, **changed}.values())
