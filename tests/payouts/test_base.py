"""What all channels share: files cut by limits, numbers that are never reused, letters that an encoding has not."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.payouts.channels import base
from assets.payouts.channels.base import Plan
from tests.payouts.lines import lines

TODAY = Plan("c", date(2026, 11, 20), {})


def parts(nets: list[int], rows: int, fen: int = 0) -> list[list[int]]:
    return [part["net"].to_list() for part in base.split(lines(*({"net": net} for net in nets)), rows, fen)]


# --- cutting -----------------------------------------------------------------------------------------------------


def test_files_end_at_their_rows_and_at_their_money() -> None:
    assert parts([5, 5, 5], 2) == [[5, 5], [5]]
    assert parts([5, 5, 5], 3) == [[5, 5, 5]]
    assert parts([5, 5, 5], 3, 10) == [[5, 5], [5]]
    assert parts([5, 5, 5], 3, 9) == [[5], [5], [5]]
    assert parts([9, 1, 10, 1], 0, 10) == [[9, 1], [10], [1]]
    assert parts([], 3, 9) == []


def test_a_payment_that_no_file_may_carry_is_a_defect_of_the_cut() -> None:
    with pytest.raises(ValueError, match="is more than a file of 10 fen may carry"):
        parts([3, 11], 5, 10)


@given(nets=st.lists(st.integers(1, 50), min_size=1, max_size=60), rows=st.integers(1, 9), fen=st.integers(50, 200))
def test_every_payment_lies_in_one_file_and_no_file_could_take_the_next(nets: list[int], rows: int, fen: int) -> None:
    cut = parts(nets, rows, fen)
    assert [net for part in cut for net in part] == nets
    for part, following in zip(cut, [*cut[1:], [fen]], strict=True):
        assert part and len(part) <= rows and sum(part) <= fen
        assert len(part) == rows or sum(part) + following[0] > fen or part is cut[-1]


# --- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "most", "least"),
    [
        ({}, 0, 1),
        ({"payee_day_max_fen": 0, "payment_max_fen": 0, "file_max_fen": 0, "payment_min_fen": 0}, 0, 1),
        ({"payee_day_max_fen": 2_000_000, "payment_max_fen": 5_000_000, "payment_min_fen": 30}, 2_000_000, 30),
        ({"payee_day_max_fen": 0, "payment_max_fen": 700, "file_max_fen": 600}, 600, 1),
    ],
)
def test_the_narrowest_limit_counts_and_nothing_is_no_payment(settings: dict[str, int], most: int, least: int) -> None:
    assert (base.payee_most(settings), base.payment_least(settings)) == (most, least)


# --- numbers -----------------------------------------------------------------------------------------------------


def test_a_batch_number_follows_from_its_payments() -> None:
    one, other = lines({"net": 1}, {"net": 2}), lines({"net": 1})
    assert base.batch_no("W", TODAY, one) == base.batch_no("W", TODAY, one.with_columns(net=7))
    assert base.batch_no("W", TODAY, one) != base.batch_no("W", TODAY, other)
    assert base.batch_no("W", TODAY, other).startswith("W20261120") and len(base.batch_no("W", TODAY, other)) == 24
    assert base.batch_no("W", TODAY, other).isalnum()


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        ("P20261120ABCDEFGHIJKLMNO", date(2026, 11, 20)),
        ("202611200000000001", date(2026, 11, 20)),
        ("W20261120ABC", date(2026, 11, 20)),
        ("20261320", None),
        ("X1", None),
        ("", None),
        ("２０２６１１２０", None),
    ],
)
def test_the_day_stands_in_every_number_of_ours(serial: str, day: date | None) -> None:
    assert base.day_of(serial) == day


# --- letters -----------------------------------------------------------------------------------------------------


def test_letters_that_an_encoding_has_not() -> None:
    """channels.md, encodings: GB2312 lacks 镕 喆 堃, GBK lacks 䶮 㛃 𠅤 and • but has the dot ·, GB18030 has all."""
    names = pl.Series(["张三", "朱镕基", "陶喆", "䶮", "㛃", "𠅤", "a•b", "阿·卜", ""])
    expected = {
        "gb2312": [False, True, True, True, True, True, True, True, False],
        "gbk": [False, False, False, True, True, True, True, False, False],
        "gb18030": [False] * 9,
    }
    for encoding, lacking in expected.items():
        assert base.lacks(names, encoding).to_list() == lacking, encoding


@given(names=st.lists(st.text(st.characters(codec="utf-8"), max_size=6), max_size=8))
def test_what_is_not_lacking_encodes_and_has_its_length_in_bytes(names: list[str]) -> None:
    texts = pl.Series("t", names, dtype=pl.String)
    sizes = texts.to_frame().select(gbk=base.byte_length("t", "GBK"), utf=base.byte_length("t", "UTF-8"))
    for name, lacking, gbk, utf in zip(names, base.lacks(texts, "gbk"), sizes["gbk"], sizes["utf"], strict=True):
        assert utf == len(name.encode())
        try:
            assert gbk == len(name.encode("gbk")) and not lacking
        except UnicodeEncodeError:
            assert lacking


# --- results -----------------------------------------------------------------------------------------------------


def test_times_and_sums_of_result_files() -> None:
    told = pl.Series(
        ["2026-11-20 10:00:00", "2026/11/20 10:00:00", "20261120100000", "20261120", "2026-11-20T02:00:00Z", ""]
    )
    assert base.result_times(told, "Asia/Shanghai").to_list() == [
        *[datetime(2026, 11, 20, 10)] * 3, datetime(2026, 11, 20), datetime(2026, 11, 20, 10), None,
    ]  # fmt: skip
    short = pl.Series(["2026/1/2 9:05", "2026-1-2", "2026-11-2 9:05:07", "2026-1-22T19:05", "2026/1/2/3"])
    assert base.result_times(short, "Asia/Shanghai").to_list() == [
        datetime(2026, 1, 2, 9, 5), datetime(2026, 1, 2), datetime(2026, 11, 2, 9, 5, 7), datetime(2026, 1, 22, 19, 5),
        None,
    ]  # fmt: skip
    sums = pl.Series(["1,234.5", "0.01", " 7 ", "1.005", "1e3", "-1.00", ""])
    assert base.result_fen(sums).to_list() == [123450, 1, 700, None, None, None, None]


@pytest.mark.parametrize("text", ["6.22202E+18", "6E18", "6222020.0", "6222020200012345678.00"])
def test_a_number_that_a_spreadsheet_has_rounded_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"row 3: id is a number that a spreadsheet has rounded"):
        base.require_undamaged(pl.DataFrame({"row": [2, 3], "id": ["12E4567", text]}), ["id"])


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "found nothing"),
        (b"\n\n", "found nothing"),
        (b"a,b\n1\n", "row 2 has 1 fields, allowed 2"),
        (b"a,a\n1,2\n", "column 'a' is there twice"),
        (b'a,b\n"1,2\n', "no CSV"),
        (b"a\n\xff\n", "byte 2 is not utf-8"),
        (b"a\n\x00\n", "found a NUL"),
    ],
)
def test_what_is_no_table_is_named(raw: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        base.read_table(raw, "utf-8")


def test_a_table_keeps_the_text_and_place_of_every_row() -> None:
    assert base.read_table('\ufeffa,b\r\n\r\n 1 ,"2,3"\r\n'.encode(), "utf-8").to_dicts() == [
        {"row": 3, "a": "1", "b": "2,3", "text": "1,2,3"}
    ]
