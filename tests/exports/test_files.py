"""Whole files: what is refused with which words, what is read all the same, and the control file."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from assets.exports.reading import _csv, is_ready
from assets.foundation.errors import Refused
from tests.exports.known import TAKEN

from .ledger import DAY, HEADS, ORDER, T, engine, folder, line, refused, take, write

BAD = [
    (b"", "the file is empty"),
    (b"\xef\xbb\xbf", "the file is empty"),
    (b"\n" + ORDER.encode() + b"\n", "first line is blank"),
    (ORDER.replace("quantity", "qty").encode() + b"\n", "missing_column quantity"),
    (ORDER.encode() + b",order_id\n", "'order_id' is there twice"),
    (ORDER.encode() + b"\n" + line().encode() + b",x\n", "row 2 has 11 fields; allowed: 10"),
    (ORDER.encode() + b"\n" + line().encode() + b"\nA,1,M0\n", "row 3 has 3 fields; allowed: 10"),
    (ORDER.encode() + b"\n" + line().encode() + b"\n\n" + line("B").encode() + b"\n", "row 3 has 1 fields"),
    (ORDER.encode() + b"\n" + line(product_name='"tea').encode() + b"\n", "a quote is not closed"),
    (ORDER.encode() + b"\n" + line(product_name='t"e"a').encode() + b"\n", "quote inside a plain field"),
    (ORDER.encode() + b"\n" + line(product_name='"te"a').encode() + b"\n", "text after a closing quote"),
    (ORDER.encode() + b"\n" + line(product_name="te\0a").encode() + b"\n", "NUL byte"),
    (ORDER.encode() + b"\n" + line(product_name="茶").encode("gbk") + b"\n", "line 2 is not UTF-8"),
    ((ORDER + "\n").encode("utf-16"), "NUL byte"),
    (ORDER.encode() + b"\r" + line().encode() + b"\r", "unreadable_file"),
    (ORDER.encode() + b"," + b",".join(b"c%d" % n for n in range(1000)) + b"\n", "at most 1000"),
]


@pytest.mark.parametrize(("data", "fragment"), BAD)
def test_bad_csv_refuses_the_day(tmp_path: Path, data: bytes, fragment: str) -> None:
    (folder(tmp_path) / "orders.csv").write_bytes(data)
    with pytest.raises(Refused, match=r"orders\.csv") as told:
        take(tmp_path)
    assert fragment in str(told.value)


def test_bad_folders_refuse_the_day(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such folder"):
        take(tmp_path)
    folder(tmp_path)
    with pytest.raises(Refused, match="orders is not there"):
        take(tmp_path)
    write(tmp_path)
    (folder(tmp_path) / "refunds.xlsx").write_bytes(b"x")
    with pytest.raises(Refused, match=r"refunds\.xlsx.*allowed: refunds\.csv or refunds\.parquet"):
        take(tmp_path)
    (folder(tmp_path) / "refunds.xlsx").unlink()
    (folder(tmp_path) / "orders.parquet").write_bytes(b"x")
    with pytest.raises(Refused, match="both are there"):
        take(tmp_path)


def _orders() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": ["A"], "line_no": [1], "member_id": ["M0"], "merchant_id": ["S0"], "product_id": ["P"],
            "product_name": [None], "unit_price": [Decimal("30.00")], "quantity": [2], "discount": ["0.5"],
            "completed_at": [datetime(2026, 11, 20, 10)],
        },
        schema_overrides={"unit_price": pl.Decimal(18, 4), "product_name": pl.String},
    )  # fmt: skip


def test_bad_parquet_refuses_the_day(tmp_path: Path) -> None:
    path = folder(tmp_path) / "orders.parquet"
    _orders().with_columns(pl.lit(30.0).alias("unit_price")).write_parquet(path)
    with pytest.raises(Refused, match=r"unit_price is floating point; allowed: text, integer \(yuan\) or DECIMAL"):
        take(tmp_path)
    _orders().write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Refused, match="unreadable_file"):
        take(tmp_path)
    _orders().drop("merchant_id").write_parquet(path)
    with pytest.raises(Refused, match="missing_column merchant_id"):
        take(tmp_path)


def test_csv_and_parquet_agree(tmp_path: Path) -> None:
    rows = []
    for name, tz in (("csv", None), ("plain", None), ("zoned", "UTC")):
        home, made = tmp_path / name, engine()
        if name == "csv":
            write(home, orders=[line(product_name="", quantity="2", discount="0.50")])
        else:
            frame = _orders()
            if tz:
                local = pl.col("completed_at").dt.replace_time_zone("Asia/Shanghai").dt.convert_time_zone(tz)
                frame = frame.with_columns(local)
            frame.write_parquet(folder(home) / "orders.parquet")
        assert refused(take(home, made)) == []
        rows.append([made.frame(table).rows() for table in ("taken_orders", "taken_lines")])
    assert rows[0] == rows[1] == rows[2]
    assert rows[0][0][0][-1] == 5950


def test_readable_variants_of_one_csv(tmp_path: Path) -> None:
    columns = ORDER.split(",")
    cells = dict(zip(columns, line().split(","), strict=True))
    turned = ",".join(reversed(columns)) + "\n" + ",".join(cells[c] for c in reversed(columns)) + "\n"
    quoted = ",".join(f'"{c}"' for c in columns) + "\n" + ",".join(f'"{cells[c]}"' for c in columns)
    usual = ORDER + "\n" + line() + "\n"
    wider = ORDER + ",colour\n" + line() + ",red\n"
    variants = (usual, "\ufeff" + usual, usual.replace("\n", "\r\n"), turned, quoted, wider, usual + "\n\n")
    for number, text in enumerate(variants):
        made = engine()
        intake = take(write(tmp_path / str(number), orders=text), made)
        assert made.frame("taken_lines").rows() == [("A", 1, "P", "tea", 3000, 1, 0)]
        assert bool(intake.notes) == (text in (wider, usual + "\n\n"))
    assert intake.files[0].sha256 == hashlib.sha256((usual + "\n\n").encode()).hexdigest()


def test_csv_reads_as_the_standard_reader_does() -> None:
    dice = random.Random(7)
    for _ in range(30):
        rows = [["a", "b", "c"]] + [
            ["".join(dice.choice('x", \n店') for _ in range(dice.randrange(4))) for _ in range(3)]
            for _ in range(dice.randrange(1, 40))
        ]
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        frame, _ = _csv(out.getvalue().encode(), "x.csv")
        assert [list(row) for row in frame.rows()] == rows[1:]


def test_large_csv_with_newlines_in_quotes() -> None:
    text = "a,b\n" + "".join(f'{n},"line {n}\nnext, ""{n}"""\n' for n in range(60_000))
    frame, _ = _csv(text.encode(), "x.csv")
    assert frame.height == 60_000
    assert frame.row(59_999) == ("59999", 'line 59999\nnext, "59999"')


def test_files_outside_the_contract_are_noted(tmp_path: Path) -> None:
    write(tmp_path)
    (folder(tmp_path) / "stock.csv").write_text("x")
    assert not is_ready(folder(tmp_path))
    (folder(tmp_path) / "_SUCCESS").touch()
    assert is_ready(folder(tmp_path))
    intake = take(tmp_path)
    assert intake.notes == ["stock.csv: not in the contract, ignored"]


def _control(home: Path, *rows: str) -> Path:
    (folder(home) / "control.csv").write_text("\n".join(["file,rows,amount,sha256", *rows]) + "\n")
    return home


def test_control_that_agrees(tmp_path: Path) -> None:
    # a repeated and a faulty row count, too; x is no number
    write(tmp_path, orders=[line(), line(), line("B", quantity="-1"), line("C", unit_price="x")], members=[f"M1,,{T}"])
    sha = hashlib.sha256((folder(tmp_path) / "orders.csv").read_bytes()).hexdigest()
    intake = take(_control(tmp_path, f"orders,4,30.00,{sha}", "members.csv,1,,"))
    assert intake.totals.filter(file="orders")["net_in"][0] == 3000
    assert {f.file for f in intake.files} == {"orders", "members", "control"}
    assert is_ready(folder(tmp_path))


CONTROLS = [
    ("orders,2,30.00,", "control has 2 rows, the file 1"),
    ("orders,1,30.01,", "control has 30.01 yuan, the file 30.00"),
    ("orders,1,30,abc", "sha256"),
    ("refunds,0,0,", "the file is not there"),
    ("orders,one,30,", "rows is 'one'"),
    ("orders,1,,", "amount is ''"),
    ("stock,1,,", "file is 'stock'"),
    ("orders,1,30,\norders,1,30,", "listed twice"),
]


@pytest.mark.parametrize(("row", "fragment"), CONTROLS)
def test_control_that_differs(tmp_path: Path, row: str, fragment: str) -> None:
    with pytest.raises(Refused) as told:
        take(_control(write(tmp_path, orders=[line()]), row))
    assert fragment in str(told.value)


def test_imports_are_taken_with_the_exports(tmp_path: Path) -> None:
    row = f"P1,paid,5.00,ok,{T}"
    home = write(tmp_path, payout_results=[row, f"P2,failed,5,,{T}"])
    imports = home / "imports" / DAY.isoformat()
    imports.mkdir(parents=True)
    (imports / "payout_results-ab.csv").write_text(f"{HEADS['payout_results']}\n{row}\nP3,x,1,,{T}\n")
    made = engine()
    intake = take(home, made)
    assert made.query("select payout_id, row_no from taken_results order by 1") == [("P1", 2), ("P2", 3)]
    assert intake.totals.filter(file="payout_results").select("rows_in", "rows_duplicate").row(0) == (4, 1)
    assert intake.quarantined.select("source", "row").row(0) == (f"imports/{DAY}/payout_results-ab.csv", 3)


def test_tables_have_the_agreed_columns_without_nulls(tmp_path: Path) -> None:
    made = engine()
    take(write(tmp_path, orders=[line(member="")], merchants=["S1,shop,,,"], payout_accounts=["M0,a,1,n,active"]), made)
    for name, schema in TAKEN.items():
        frame = made.frame(name)
        assert dict(frame.schema) == schema, name
        assert not any(frame.null_count().row(0)), name
