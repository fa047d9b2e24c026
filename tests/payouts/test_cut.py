"""The statements of the payout cut on their own: ids by the formula, and what a channel refuses."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from assets.payouts.channels import generic
from assets.payouts.channels.base import Plan
from assets.payouts.reading import account_hash
from tests.payouts.lines import lines

DAY = "2026-11-20"


def _id(member: str) -> str:
    digest = hashlib.sha256(f"{DAY}|{member}".encode()).digest()
    return "P20261120" + base64.b32encode(digest).decode()[:15]


def test_payout_ids_follow_the_formula_for_every_letter() -> None:
    """rules.md section 10.3; some 500 members show every base32 letter in every place."""
    members = [f"M{n}" for n in range(500)] + ["会员·七", "a b", "x" * 64]
    engine = DuckEngine(threads=1)
    engine.put("payable", pl.DataFrame({"member_id": members}))
    engine.run("payouts/payout_ids", day_text=DAY, day_compact="20261120")
    found = dict(engine.query("select member_id, payout_id from payout_ids"))
    assert found == {member: _id(member) for member in members}
    letters = [{payout_id[place] for payout_id in found.values()} for place in range(9, 24)]
    assert all(len(seen) == 32 for seen in letters)


def test_what_a_plain_file_cannot_carry_is_named_and_a_spreadsheet_runs_nothing() -> None:
    rows = [
        ("6222020200012345678", "张三", ""),
        ("a@b.cn", "=1+1", "account_name starts like a formula"),
        ("+8613800000000", "李四", "account_no starts like a formula"),
        ("1", "＝甲", "account_name starts like a formula"),
        ("1", "a\u202eb", "account_name holds a control character"),
        ("1\n2", "王五", "account_no holds a control character"),
    ]
    frame = pl.DataFrame(rows, schema=["account_no", "account_name", "expected"], orient="row").with_columns(
        channel=pl.lit("bank"), member_id=pl.lit("M1"), bank_code=pl.lit("")
    )
    assert generic.refusals(frame, {}).to_list() == frame["expected"].to_list()
    code = frame.head(1).with_columns(bank_code=pl.lit("=HYPERLINK(1)"))
    assert generic.refusals(code, {}).to_list() == ["bank_code starts like a formula"]


def _line(channel: str = "bank") -> pl.DataFrame:
    return pl.DataFrame(
        [{"payout_id": "P1", "business_date": DAY, "member_id": "M1", "channel": channel, "account_no": "0012",
          "account_name": 'A "b", c', "bank_code": "", "gross": 123456, "tax": 5, "net": 123451, "attempt": 2,
          "replaces": "P0"}]
    )  # fmt: skip


def _name(channel: str) -> str:
    (file,) = generic.cut(_line(channel), Plan(channel, date(2026, 11, 20), {}))
    return file.name


def test_a_channel_with_a_long_name_still_gets_a_file() -> None:
    assert _name("bank") == "payouts-20261120-bank.csv"
    assert len(_name("😀" * 64).encode()) < 60 and _name("😀" * 64) != _name("😁" * 64)


def test_the_generic_file_reads_back_to_the_fen(tmp_path: Path) -> None:
    path, plan = tmp_path / "f.csv", Plan("bank", date(2026, 11, 20), {})
    generic.write(generic.cut(_line(), plan)[0], path, plan)
    assert path.read_bytes() == (
        b"payout_id,business_date,member_id,channel,account_no,account_name,bank_code,gross,tax,net,attempt,replaces\r\n"
        b'P1,2026-11-20,M1,bank,0012,"A ""b"", c",,1234.56,0.05,1234.51,2,P0\r\n'
    )
    assert generic.read_back(path, {}).rows() == [("P1", 123451, "0012", 'A "b", c', "")]


@given(
    payments=st.lists(
        st.tuples(st.integers(1, 10**13), st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1)),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_what_the_generic_file_carries_reads_back(
    payments: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = lines(*({"net": net, "account_name": name} for net, name in payments))
    rows = rows.filter(generic.refusals(rows, {}) == "")
    path, plan = tmp_path_factory.mktemp("generic") / "f.csv", Plan("c", date(2026, 11, 20), {})
    (file,) = generic.cut(rows, plan)
    generic.write(file, path, plan)
    wanted = rows.select("payout_id", "net", "account_no", "account_name", "bank_code").rows()
    assert generic.read_back(path, {}).rows() == wanted


@pytest.mark.parametrize("amount", ["12.3", "1e5", "", "-1.00", "１.00", "1,000.00"])
def test_an_amount_that_is_no_yuan_is_named_when_read_back(tmp_path: Path, amount: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        f'payout_id,net,account_no,account_name,bank_code\nP0,1.00,7,A,\nP1,"{amount}",8,B,\n', encoding="utf-8"
    )
    with pytest.raises(ValueError, match=f"amount '{re.escape(amount)}' is not yuan with two decimals"):
        generic.read_back(path, {})


def test_a_file_without_a_column_does_not_read_back(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("payout_id,net\nP0,1.00\n", encoding="utf-8")
    with pytest.raises((KeyError, ValueError), match="account_no"):
        generic.read_back(path, {})


def test_the_account_hash_sums_the_last_eight_digits() -> None:
    accounts = pl.Series(["6222 0202-0001", "a@b.cn", "13800000000", "99999999", "１２３"])
    # 02020001 + none + 00000000 + 99999999 + none: full-width digits are letters to the figure
    assert account_hash(accounts) == 2_020_001 + 99_999_999
    assert account_hash(pl.Series(["99999999"] * 101)) == 99_999_999 * 101 % 10**10
