"""The sound day that every hostile input starts from: one home, its exports as rows, and what hangs on what.

Holds: the rows of every file of the contract, rules, writing them as CSV or Parquet, the way from a touched key to all
that a change of it may move.
Never holds: a mutation (``mutations.py`` and its kin), a judgement (``oracle.py``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.pipelines import homes

Row = dict[str, str]
Node = tuple[str, str]  # a file and the key of a row in it

DAY = date(2026, 11, 20)
BEFORE = DAY - timedelta(days=1)
_T = "2026-11-20T%02d:00:00"

# Those of the small homes, but that nothing waits and no share of quarantine stops the day.
_OTHERWISE = {
    "effective_from: 2025-11-01": "effective_from: 2026-11-01", "freeze_days: 1": "freeze_days: 0",
    "limit_bp: 500": "limit_bp: 10000", "exit_after_days: 1": "exit_after_days: 0", "min_fen: 100": "min_fen: 0",
}  # fmt: skip
RULES = reduce(lambda text, key: text.replace(key, _OTHERWISE[key]), _OTHERWISE, homes.RULES)


def _rows(columns: str, *lines: str) -> list[Row]:
    names = columns.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


_ORDERS = "order_id,line_no,member_id,merchant_id,product_id,product_name,unit_price,quantity,discount,completed_at"
_ACCOUNTS = "member_id,channel,account_no,account_name,status"

SHOP: dict[str, list[Row]] = {
    "members": _rows(
        "member_id,sponsor_id,joined_at",
        *(f"M{n},{s},{_T % 8}" for n, s in enumerate(("", "M0", "M0", "", "M2", "M4", ""))),
    ),
    "merchants": _rows("merchant_id,name,group,concession_bp,referrer_id", "S0,Tea,,0,", "S1,Rice,G,100,M0",
    "S2,Cloth,G,,"),
    "payout_accounts": _rows(_ACCOUNTS, "M0,alipay,a@x.org,An,active", "M1,alipay,b@x.org,Bo,active",
    "M4,bank,622,Chen,held"),
    "orders": _rows(
        _ORDERS,
        f"A0,1,M0,S0,P,tea,30,1,0,{_T % 9}", f"A1,1,M1,S0,P,tea,45.50,2,1.5,{_T % 9}",
        f"A1,2,M1,S0,Q,cup,8,1,0,{_T % 9}",
        f"A2,1,M2,S1,R,rice,12.3,10,0,{_T % 10}", f"A3,1,,S1,R,rice,12.3,1,0,{_T % 10}",
        f"A4,1,M3,S2,T,silk,999.99,1,99,{_T % 11}",
        f"A5,1,M4,S2,T,silk,80,3,0,{_T % 12}", f"A6,1,M5,S0,P,tea,30,4,0,{_T % 13}",
        f"A7,1,M6,S1,R,rice,1,1,0,{_T % 14}",
    ),
    "refunds": _rows("refund_id,order_id,amount,refunded_at", f"F0,A0,5,{_T % 15}", f"F1,A1,10.50,{_T % 15}"),
    "redemptions": _rows(
        "redemption_id,member_id,kind,commodity,amount,merchant_id,requested_at",
        f"X0,M0,redeem,POINT,10,,{_T % 16}", f"X1,M1,redeem,VOUCHER,3,S0,{_T % 16}",
    ),
    "queue_exits": _rows("exit_id,order_id,requested_at", f"E0,A2,{_T % 17}"),
    "payout_results": _rows("payout_id,status,amount,reason,at", f"P1,paid,24.00,,{_T % 18}",
    f"P2,failed,1.00,closed,{_T % 18}"),
}  # fmt: skip
# The day before, which a whole day follows: it leaves wallets, tickets and payouts.
EARLIER: dict[str, list[Row]] = {
    "members": _rows("member_id,sponsor_id,joined_at", "N0,,2026-11-19T08:00:00", "N1,N0,2026-11-19T08:00:00"),
    "merchants": _rows("merchant_id,name,group,concession_bp,referrer_id", "S9,Old,,0,"),
    "payout_accounts": _rows(_ACCOUNTS, "N0,alipay,c@x.org,Du,active"),
    "orders": _rows(
        _ORDERS, "B0,1,N0,S9,P,tea,100,1,0,2026-11-19T09:00:00", "B1,1,N1,S9,P,tea,60,1,0,2026-11-19T10:00:00"
    ),
}
KEYS = {
    "orders": "order_id", "refunds": "refund_id", "members": "member_id", "merchants": "merchant_id",
    "payout_accounts": "member_id", "redemptions": "redemption_id", "queue_exits": "exit_id",
    "payout_results": "payout_id",
}  # fmt: skip
# What a row of a file hangs on: if that falls, the row may fall with it.
_NAMES = {
    "orders": {"member_id": "members", "merchant_id": "merchants"}, "refunds": {"order_id": "orders"},
    "members": {"sponsor_id": "members"}, "merchants": {"referrer_id": "members"},
    "payout_accounts": {"member_id": "members"}, "redemptions": {"member_id": "members", "merchant_id": "merchants"},
    "queue_exits": {"order_id": "orders"}, "payout_results": {},
}  # fmt: skip
_WHOLES = {"line_no", "quantity", "concession_bp"}


def untouched(file: str, rows: list[Row] | None) -> dict[str, list[str]]:
    """Keys by file of the shop that a change of ``file`` to ``rows`` cannot move; none of them where rows are unknown.

    ``rows`` hold text as the file has it.
    """
    if rows is None:
        return {}
    columns = tuple(SHOP[file][0])
    before, now = (sorted(tuple(row.get(c, "") for c in columns) for row in some) for some in (SHOP[file], rows))
    changed = _difference(before, now) + _difference(now, before)
    place = columns.index(KEYS[file])
    lost: set[Node] = {(file, row[place]) for row in changed}
    if file == "refunds":  # refunds of one order share what is left of it
        orders = {row[columns.index("order_id")] for row in changed}
        lost |= {(file, row["refund_id"]) for row in SHOP[file] if row["order_id"] in orders}
    while more := {node for node in _hanging(lost) if node not in lost}:
        lost |= more
    return {
        name: [row[KEYS[name]] for row in some if (name, row[KEYS[name]]) not in lost] for name, some in SHOP.items()
    }


def _difference(some: list[tuple[str, ...]], others: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    rest = list(others)
    left = []
    for row in some:
        if row in rest:
            rest.remove(row)
        else:
            left.append(row)
    return left


def _hanging(lost: set[Node]) -> Iterable[Node]:
    for file, rows in SHOP.items():
        for row in rows:
            if any((there, row[column]) in lost for column, there in _NAMES[file].items()):
                yield file, row[KEYS[file]]


def as_csv(rows: list[Row], columns: Iterable[str]) -> bytes:
    """Rows as RFC 4180 with LF."""
    names = list(columns)
    lines = [names, *([row[name] for name in names] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:  # the standard writer leaves a CR bare
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text


def as_table(rows: list[Row], columns: Iterable[str], typed: bool = False) -> pa.Table:
    """Rows as an Arrow table of text; ``typed``: whole numbers and money by their kind where all of a column fit."""
    return pa.table({name: _column(name, [row[name] for row in rows], typed) for name in columns})


def _column(name: str, texts: list[str], typed: bool) -> pa.Array:
    if typed and name in _WHOLES and all(text.isdigit() and len(text) < 16 for text in texts):
        return pa.array([int(text) for text in texts], pa.int64())
    if typed and name in ("unit_price", "discount") and all(text.replace(".", "").isdigit() for text in texts):
        return pa.array([Decimal(text) for text in texts], pa.decimal128(20, 2))
    return pa.array(texts, pa.string())


def as_parquet(table: pa.Table, **options: object) -> bytes:
    """A table as a Parquet file."""
    raw = io.BytesIO()
    pq.write_table(table, raw, **options)
    return raw.getvalue()


def write_shop(home: Path, day: date, shop: dict[str, list[Row]]) -> None:
    """Write a day's exports as CSV."""
    folder = home / "exports" / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for file, rows in shop.items():
        (folder / f"{file}.csv").write_bytes(as_csv(rows, rows[0]))
