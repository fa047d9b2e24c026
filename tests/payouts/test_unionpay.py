"""The UnionPay channel: what it refuses, how it cuts, its files to the byte and read back, and its result files.

Golden files lie in ``golden/``. Neighbour: ``lines.py`` makes the payments.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.errors import Refused, RulesError
from assets.foundation.rules import Scalar
from assets.payouts.channels import read_rules, unionpay
from assets.payouts.channels.base import RESULT, PayoutFile, Plan, payee_most, payment_least
from assets.payouts.reading import listed_files
from assets.verification.home import verify_home
from tests.payouts.lines import lines, payout_id
from tests.pipelines.homes import D1, D2, DAYS, RULES, settle_days, write_home

GOLDEN = Path(__file__).parent / "golden"
MER_ID = "777290058110097"
CARD = "6221558812340000"  # of UnionPay's sample: it fails Luhn
TITLES = "orderId|currencyCode|txnAmt|accType|accNo|customerNm|bizType|certifTp|certifId|phoneNo|postscript"
# UnionPay's own sample (channels.md), ten payments of one yuan.
SAMPLE = (
    "5.0.0|1000|10||",
    TITLES,
    "0823000300003370|156|100|01|6221558812340000|互联网|000401|01|110101199003070000|13800000000|样例展示",
)
# The second byte of these letters is 7C in GBK, as the sign that parts the fields.
PARTED = "倈億剕厊唡"
Payment = dict[str, object]


def plan(first: int = 1, **given: Scalar) -> Plan:
    defaults = {name: setting.default for name, setting in unionpay.SETTINGS.items()}
    return Plan("unionpay", date(2026, 11, 20), {**defaults, "mer_id": MER_ID, **given}, first)


def written(folder: Path, plan: Plan, *payments: Payment) -> list[tuple[PayoutFile, Path]]:
    files = [(file, folder / file.name) for file in unionpay.cut(lines(*payments), plan)]
    for file, path in files:
        unionpay.write(file, path, plan)
    return files


# --- the files ---------------------------------------------------------------------------------------------------


def test_the_lines_of_unionpays_sample(tmp_path: Path) -> None:
    payments = [
        {
            "payout_id": f"08230003000033{n}", "net": 100, "account_no": CARD, "account_name": "互联网",
            "id_type": "01", "id_no": "110101199003070000", "phone": "13800000000",
        }
        for n in range(70, 80)
    ]  # fmt: skip
    ((file, path),) = written(tmp_path, plan(postscript="样例展示"), *payments)
    text = path.read_bytes().decode("utf-8")
    assert tuple(text.split("\r\n")[:3]) == SAMPLE
    assert file.name == path.name == "DF00000000777290058110097202611200001I.txt"
    assert file.batch == "0001"
    assert unionpay.read_back(path, file.form).rows() == [
        (f"08230003000033{n}", 100, CARD, "互联网", "") for n in range(70, 80)
    ]


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_the_files_to_the_byte(tmp_path: Path, encoding: str) -> None:
    """CR LF between lines and none after the last, no mark in front; a whole name of 30 bytes; 7C within a letter."""
    payments = [
        {"net": 1, "account_name": "张三"},
        {"net": 1_234_567, "account_name": "张" * (15 if encoding == "GBK" else 10), "account_no": CARD},
        {"net": 100, "account_name": f"{PARTED[0]}·喆", "id_type": "03", "id_no": "E12345678", "phone": "13800000000"},
    ]
    ((file, path),) = written(tmp_path, plan(encoding=encoding, acc_type="02"), *payments)
    raw = path.read_bytes()
    assert raw == (GOLDEN / f"unionpay-{encoding}.txt").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == 4
    assert [row[1:4:2] for row in unionpay.read_back(path, file.form).rows()] == [
        (one["net"], one["account_name"]) for one in payments
    ]


@pytest.mark.parametrize(
    ("given", "nets", "sizes"),
    [
        ({}, [1] * 10, [10]),
        ({"file_max_rows": 3}, [1] * 7, [3, 3, 1]),
        ({"file_max_rows": 7}, [1] * 7, [7]),
        ({"file_max_fen": 100}, [50, 50, 50, 100, 30], [2, 1, 1, 1]),
        ({}, [], []),
    ],
)
def test_where_a_file_ends(tmp_path: Path, given: dict[str, Scalar], nets: list[int], sizes: list[int]) -> None:
    files = written(tmp_path, plan(first=7, **given), *({"net": net} for net in nets))
    assert [file.rows.height for file, _ in files] == sizes
    numbers = [f"{n:04}" for n in range(7, 7 + len(sizes))]
    assert [file.batch for file, _ in files] == numbers
    assert [file.name for file, _ in files] == [f"DF00000000{MER_ID}20261120{n}I.txt" for n in numbers]
    heads = [path.read_text(encoding="utf-8").split("\n")[0] for _, path in files]
    assert heads == [f"5.0.0|{file.rows['net'].sum()}|{file.rows.height}||" for file, _ in files]


def test_the_hundred_thousandth_payment_ends_a_file() -> None:
    many = lines({"net": 1}).select(pl.exclude("net")).join(pl.DataFrame({"net": [1] * 100_001}), how="cross")
    assert [file.rows.height for file in unionpay.cut(many, plan())] == [100_000, 1]


def test_batch_numbers_of_a_day_end() -> None:
    two = lines({"net": 1}, {"net": 1})
    assert [file.batch for file in unionpay.cut(two, plan(first=9_998, file_max_rows=1))] == ["9998", "9999"]
    with pytest.raises(Refused, match=r"channel unionpay: found 10000 files for 2026-11-20, allowed 9999"):
        unionpay.cut(two, plan(first=9_999, file_max_rows=1))


@pytest.mark.parametrize(
    ("encoding", "postscript", "told"),
    [
        ("GBK", "款•", "postscript holds a letter that GBK has not"),
        ("GBK", "款" * 20, ""),
        ("GBK", "款" * 20 + "a", "postscript, allowed 40 bytes of GBK"),
        ("UTF-8", "款•", ""),
        ("UTF-8", "款" * 13 + "a", ""),
        ("UTF-8", "款" * 13 + "aa", "postscript, allowed 40 bytes of UTF-8"),
        ("UTF-8", "", ""),
    ],
)
def test_a_postscript_that_the_file_cannot_carry(tmp_path: Path, encoding: str, postscript: str, told: str) -> None:
    chosen = plan(encoding=encoding, postscript=postscript)
    if told:
        with pytest.raises(Refused, match=told):
            unionpay.cut(lines({"net": 1}), chosen)
        return
    ((file, path),) = written(tmp_path, chosen, {"net": 1})
    assert path.read_bytes().decode(encoding).endswith(f"|{postscript}")
    assert unionpay.read_back(path, file.form).height == 1


_LETTERS = "张李·•镕喆堃䶮㛃𠅤aZ '\"\\|,;" + PARTED
_PAYMENTS = st.lists(
    st.fixed_dictionaries({
        "net": st.sampled_from([1, 2, 10**12 // 100, 99_999_999_999]) | st.integers(1, 10**9),
        "account_no": st.text("0123456789", min_size=1, max_size=32),
        "account_name": st.text(_LETTERS, min_size=1, max_size=16)
        | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=31),
    }),
    max_size=8,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_PAYMENTS, st.sampled_from(["UTF-8", "GBK"]), st.integers(1, 4))
def test_what_is_not_refused_reads_back_as_it_was(payments: list[Payment], encoding: str, most: int) -> None:
    chosen = plan(encoding=encoding, file_max_rows=most)
    frame = lines(*payments)
    reasons = unionpay.refusals(frame, chosen.settings)
    read = []
    with tempfile.TemporaryDirectory() as folder:
        for file in unionpay.cut(frame.filter(reasons == ""), chosen):
            path = Path(folder) / file.name
            unionpay.write(file, path, chosen)
            read += unionpay.read_back(path, file.form).rows()
    for one, reason in zip(frame.iter_rows(named=True), reasons, strict=True):
        try:
            long = len(one["account_name"].encode(encoding)) > 30
        except UnicodeEncodeError:
            assert reason
            continue
        assert reason or not long
    assert read == [
        (one["payout_id"], one["net"], one["account_no"], one["account_name"], "")
        for one in frame.filter(reasons == "").iter_rows(named=True)
    ]


# --- what is refused ---------------------------------------------------------------------------------------------

_LACKS = "account_name holds a letter that GBK has not"


@pytest.mark.parametrize(
    ("encoding", "fields", "reason"),
    [
        ("UTF-8", {}, ""),
        ("UTF-8", {"account_no": CARD}, ""),
        ("UTF-8", {"account_no": "1" * 32}, ""),
        ("UTF-8", {"account_no": "1" * 33}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_no": "6222 0202"}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_no": "６２２２"}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_no": "6.22E+18"}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_no": ""}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_no": "6222\n"}, "account_no is no card or account number (1 to 32 digits)"),
        ("UTF-8", {"account_name": "张" * 10}, ""),
        ("UTF-8", {"account_name": "张" * 10 + "a"}, "account_name is longer than 30 bytes of UTF-8"),
        ("UTF-8", {"account_name": "𠅤" * 7 + "aa"}, ""),
        ("UTF-8", {"account_name": "𠅤" * 7 + "aaa"}, "account_name is longer than 30 bytes of UTF-8"),
        ("GBK", {"account_name": "张" * 15}, ""),
        ("GBK", {"account_name": "张" * 15 + "a"}, "account_name is longer than 30 bytes of GBK"),
        ("GBK", {"account_name": "镕喆堃·a"}, ""),
        ("GBK", {"account_name": PARTED}, ""),
        ("GBK", {"account_name": "䶮"}, _LACKS),
        ("GBK", {"account_name": "㛃"}, _LACKS),
        ("GBK", {"account_name": "张𠅤"}, _LACKS),
        ("GBK", {"account_name": "李•四"}, _LACKS),
        ("UTF-8", {"account_name": "䶮㛃𠅤•"}, ""),
        ("UTF-8", {"account_name": "张|三"}, "account_name holds |, which parts the fields"),
        ("UTF-8", {"account_name": "张\r三"}, "account_name holds a control character"),
        ("UTF-8", {"account_name": "张\u202e三"}, "account_name holds a control character"),
        ("UTF-8", {"account_name": "=1+1"}, "account_name starts like a formula"),
        ("UTF-8", {"account_name": "＠甲"}, "account_name starts like a formula"),
        ("UTF-8", {"id_type": "01", "id_no": "11010119900307888X"}, ""),
        ("UTF-8", {"id_type": "99", "id_no": "H12345678(1)"}, ""),
        ("UTF-8", {"id_type": "01"}, "id_type and id_no, allowed both or none"),
        ("UTF-8", {"id_no": "1"}, "id_type and id_no, allowed both or none"),
        ("UTF-8", {"id_type": "08", "id_no": "1"}, "id_type is no type of UnionPay (01 to 07, 99)"),
        ("UTF-8", {"id_type": "身份证", "id_no": "1"}, "id_type is no type of UnionPay (01 to 07, 99)"),
        ("UTF-8", {"id_type": "01", "id_no": "1" * 21}, "id_no is no document number (1 to 20 letters and digits)"),
        ("UTF-8", {"id_type": "01", "id_no": "1|2"}, "id_no is no document number (1 to 20 letters and digits)"),
        ("UTF-8", {"id_type": "01", "id_no": "-1"}, "id_no is no document number (1 to 20 letters and digits)"),
        ("UTF-8", {"phone": "13800000000"}, ""),
        ("UTF-8", {"phone": "+8613800000000"}, "phone is no number (1 to 20 digits)"),
        ("UTF-8", {"phone": "138 0000 0000"}, "phone is no number (1 to 20 digits)"),
    ],
)
def test_what_it_cannot_carry(encoding: str, fields: dict[str, str], reason: str) -> None:
    assert unionpay.refusals(lines({"net": 1, **fields}), plan(encoding=encoding).settings).to_list() == [reason]


@pytest.mark.parametrize(("encoding", "most"), [("UTF-8", 60), ("GBK", 40), ("UTF-8", 3)])
def test_the_longest_name_is_a_setting(tmp_path: Path, encoding: str, most: int) -> None:
    chosen = plan(encoding=encoding, name_max_bytes=most)
    name = "张" * (most // len("张".encode(encoding)))
    told = unionpay.refusals(lines(*({"net": 1, "account_name": one} for one in (name, f"{name}a"))), chosen.settings)
    assert told.to_list() == ["", f"account_name is longer than {most} bytes of {encoding}"]
    ((file, path),) = written(tmp_path, chosen, {"net": 1, "account_name": name})
    assert unionpay.read_back(path, file.form)["account_name"].to_list() == [name]
    with pytest.raises(ValueError, match=f"row 3: customerNm is longer than {most - 1} bytes"):
        unionpay.read_back(path, {**file.form, "name_max_bytes": most - 1})


def test_who_has_no_document_where_the_rules_require_one() -> None:
    frame = lines({"net": 1}, {"net": 1, "id_type": "01", "id_no": "1"})
    told = "id_no is not there, and this channel's rules require it"
    assert unionpay.refusals(frame, plan(require_id=True).settings).to_list() == [told, ""]


def test_limits_act_before_the_cut() -> None:
    assert (payment_least(plan().settings), payee_most(plan().settings)) == (1, 0)
    given = {"payment_max_fen": 300, "payee_day_max_fen": 200, "file_max_fen": 400, "payment_min_fen": 50}
    assert (payment_least(plan(**given).settings), payee_most(plan(**given).settings)) == (50, 200)


def with_channel(said: str) -> str:
    old = "labour_method: monthly}"
    assert old in RULES
    return RULES.replace(old, f"labour_method: monthly, channels: {{unionpay: {{profile: unionpay, {said}}}}}}}")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("encoding: GBK", "mer_id: missing, required by the profile unionpay, allowed 15 digits"),
        (f"mer_id: {MER_ID}", "allowed 15 digits; put a number in quotes"),
        ("mer_id: '1'", "allowed 15 digits"),
        (f"mer_id: '{MER_ID}', encoding: GB18030", 'encoding: found "GB18030", allowed UTF-8, GBK'),
        (f"mer_id: '{MER_ID}', acc_type: '03'", 'acc_type: found "03", allowed 01, 02, 04'),
        (f"mer_id: '{MER_ID}', file_max_rows: 100001", "file_max_rows: found 100001, allowed 1 to 100000"),
        (f"mer_id: '{MER_ID}', postscript: a|b", "postscript: found"),
        (f"mer_id: '{MER_ID}', postscript: =1", "postscript: found"),
        (f"mer_id: '{MER_ID}', require_id: 1", "require_id: found 1, allowed true or false"),
    ],
)
def test_settings_at_fault_are_told_by_their_key(tmp_path: Path, said: str, told: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(with_channel(said), encoding="utf-8")
    with pytest.raises(RulesError) as no:
        read_rules(path)
    assert "payout.channels.unionpay" in str(no.value)
    assert told in str(no.value)


def test_settings_have_defaults(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(with_channel(f"mer_id: '{MER_ID}'"), encoding="utf-8")
    (version,) = read_rules(path).versions
    assert version.payout.channel("unionpay").settings == plan().settings


# --- wrong files -------------------------------------------------------------------------------------------------

Change = Callable[[str], str]


def _swap(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


WRONG: dict[str, tuple[Change, str]] = {
    "total of a fen more": (_swap("|300|2|", "|301|2|"), "the head says 301 fen in 2 payments, the rows 300 fen in 2"),
    "one more": (_swap("|300|2|", "|300|3|"), "the head says 300 fen in 3 payments, the rows 300 fen in 2"),
    "an amount changed": (_swap("|156|100|", "|156|101|"), "the head says 300 fen in 2 payments, the rows 301 fen"),
    "an id twice": (_swap(payout_id(2), payout_id(1)), f"row 3: orderId {payout_id(1)} is there twice"),
    "a short id": (_swap(payout_id(2), "P202611"), "row 4: orderId is not as"),
    "a float": (_swap("|156|100|", "|156|100.0|"), "row 3: txnAmt is not as"),
    "yuan": (_swap("|156|100|", "|156|1.00|"), "row 3: txnAmt is not as"),
    "nothing": (_swap("|156|100|", "|156|0|"), "row 3: txnAmt is not as"),
    "less than nothing": (_swap("|156|100|", "|156|-100|"), "row 3: txnAmt is not as"),
    "13 digits": (_swap("|156|100|", "|156|1000000000000|"), "row 3: txnAmt is not as"),
    "other money": (_swap("|156|100|", "|840|100|"), "row 3: currencyCode is not as"),
    "no number": (_swap("6222020200012345678", "6.22E+18"), "row 3: accNo is not as"),
    "no name": (_swap("|张三|", "||"), "row 3: customerNm is not as"),
    "a long name": (_swap("|张三|", f"|{'张' * 11}|"), "row 3: customerNm is longer than 30 bytes"),
    "a field more": (_swap("|张三|", "|张|三|"), "row 3 has 12 fields, allowed 11"),
    "a field less": (_swap("|结算款", ""), "row 3 has 10 fields, allowed 11"),
    "a line less": (lambda text: text.rsplit("\r\n", 1)[0], "the head says 300 fen in 2 payments, the rows 100 fen"),
    "a line end more": (lambda text: text + "\r\n", "row 5 has 0 fields"),
    "LF": (lambda text: text.replace("\r\n", "\n"), "row 1: found another head"),
    "LF in a line": (_swap("张三", "张\n三"), "no line of fields"),
    "a mark in front": (lambda text: "\ufeff" + text, "row 1: found another head"),
    "other titles": (_swap("orderId", "orderID"), "row 2: found other titles"),
    "titles in another order": (_swap("orderId|currencyCode", "currencyCode|orderId"), "row 2: found other titles"),
    "a title twice": (_swap("currencyCode", "orderId"), "row 2: found other titles"),
    "no titles": (_swap("\r\n" + TITLES, ""), "row 2: found other titles"),
    "a head alone": (lambda text: text.split("\r\n")[0], "row 2: found other titles"),
    "no payments": (lambda text: "5.0.0|0|0||\r\n" + TITLES, "allowed the same figures"),
    "nothing at all": (lambda text: "", "row 1: found another head"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_does_not_read_back(tmp_path: Path, name: str) -> None:
    change, told = WRONG[name]
    ((file, path),) = written(tmp_path, plan(), {"net": 100}, {"net": 200})
    text = path.read_bytes().decode("utf-8")
    assert change(text) != text
    path.write_bytes(change(text).encode("utf-8"))
    with pytest.raises(ValueError) as no:
        unionpay.read_back(path, file.form)
    assert told in str(no.value)
    assert "张" not in str(no.value)


def test_a_file_in_another_encoding_does_not_read_back(tmp_path: Path) -> None:
    ((_, path),) = written(tmp_path, plan(encoding="GBK"), {"net": 100})
    with pytest.raises(ValueError, match="is not UTF-8; allowed the file as it was made"):
        unionpay.read_back(path, {"encoding": "UTF-8"})
    with pytest.raises(ValueError, match="encoding: found 'rot13', allowed UTF-8 or GBK"):
        unionpay.read_back(path, {"encoding": "rot13"})


# --- results -----------------------------------------------------------------------------------------------------

RESULT_TITLES = "respCode|respMsg|queryId|sysTraNo|sysTm|settleDate|" + TITLES


def result(code: str, number: int = 1, amount: object = 100, time: str = "1121010203", said: str = "说明") -> str:
    rest = f"156|{amount}|01|6221********0000|张*|000401||||结算款"
    return f"{code}|{said}|200|123456|{time}|1121|{payout_id(number)}|{rest}"


def result_file(*rows: str, head: str = "", eol: str = "\r\n") -> str:
    paid = sum(row.startswith("00|") for row in rows)
    head = head or f"5.0.0|{100 * len(rows)}|{len(rows)}|||{100 * paid}|{paid}||"
    return eol.join([head, RESULT_TITLES, *rows])


def read(text: str, encoding: str = "utf-8", timezone: str = "Asia/Shanghai") -> list[dict[str, Any]]:
    results = unionpay.read_results(text.encode(encoding), timezone)
    assert results.rows.schema == pl.Schema(RESULT)
    assert (results.batch, results.whole) == ("", "")
    return results.rows.to_dicts()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_all_that_a_row_says(encoding: str, eol: str) -> None:
    text = result_file(result("00"), result("61", 2, said="卡号无效"), eol=eol)
    for found in (text, text + eol):
        first, second = read(found, encoding)
        assert first == {
            "row": 3, "serial": payout_id(1), "state": "paid", "net": 100, "account_no": "6221********0000",
            "account_name": "张*", "reason": "", "at": datetime(2026, 11, 21, 1, 2, 3), "text": result("00"),
        }  # fmt: skip
        assert (second["row"], second["state"], second["reason"]) == (4, "failed", "61 卡号无效")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", "paid"), ("03", "open"), ("04", "open"), ("05", "open"), ("01", "failed"), ("61", "failed"),
        ("98", "failed"), ("99", "failed"), ("A2", "open"), ("A4", "open"), ("A5", "open"), ("A6", "open"),
        ("12", "open"), ("94", "open"), ("", "open"), ("0", "open"), ("000", "open"), ("成功", "open"),
    ],
)  # fmt: skip
def test_every_code(code: str, state: str) -> None:
    (row,) = read(result_file(result(code)))
    assert row["state"] == state
    assert row["reason"] == ("" if state == "paid" else f"{code} 说明".strip())


def test_rows_are_handed_on_in_order_whatever_they_say_of_each_other() -> None:
    found = read(result_file(result("61"), result("00"), result("00", 2), result("00", 2), result("61", 2)))
    assert [(row["row"], row["serial"], row["state"]) for row in found] == [
        (3, payout_id(1), "failed"), (4, payout_id(1), "paid"), (5, payout_id(2), "paid"), (6, payout_id(2), "paid"),
        (7, payout_id(2), "failed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "timezone", "at"),
    [
        ("1120000000", "Asia/Shanghai", datetime(2026, 11, 20)),
        ("1231235959", "Asia/Shanghai", datetime(2026, 12, 31, 23, 59, 59)),
        ("0101000000", "Asia/Shanghai", datetime(2027, 1, 1)),
        ("1119235959", "Asia/Shanghai", datetime(2027, 11, 19, 23, 59, 59)),
        ("1121003000", "UTC", datetime(2026, 11, 20, 16, 30)),
        ("0229000000", "Asia/Shanghai", None),
        ("", "Asia/Shanghai", None),
        ("1121", "Asia/Shanghai", None),
    ],
)
def test_the_year_of_a_time_follows_from_the_business_date(time: str, timezone: str, at: datetime | None) -> None:
    (row,) = read(result_file(result("00", time=time)), timezone=timezone)
    assert row["at"] == at


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("5.0.0|200|2|||100|1||", ""),
        ("5.0.0|200|2||100|1||", ""),  # the parts put together as channels.md writes them
        ("5.0.0|200|2|a|b|100|1|c|d", ""),
        ("5.0.0|200|2||", ""),
        ("5.0.0|201|2|||100|1||", "row 1: the amount in the head is '201', of the rows 200"),
        ("5.0.0|200|3|||100|1||", "row 1: the number in the head is '3', of the rows 2"),
        ("5.0.0|200|2|||200|1||", "row 1: successAmount in the head is '200', of the rows 100"),
        ("5.0.0|200|2|||100|2||", "row 1: successCount in the head is '2', of the rows 1"),
        ("5.0.0|200|2|||||", "row 1: successCount in the head is '', of the rows 1"),
        ("5.0.0|2.00|2|||100|1||", "row 1: the amount in the head is '2.00', of the rows 200"),
        ("5.0.0|200|2|", "title respCode is missing"),
        ("5.0.0|200|2|||100|1", "title respCode is missing"),
        ("200|2", "title respCode is missing"),
    ],
)
def test_the_figures_of_the_head_are_held_against_the_rows(head: str, told: str) -> None:
    text = result_file(result("00"), result("61", 2), head=head)
    if not told:
        assert [row["state"] for row in read(text)] == ["paid", "failed"]
        return
    with pytest.raises(ValueError) as no:
        read(text)
    assert told in str(no.value)


def test_a_reject_file_is_read_from_its_titles() -> None:
    """Its layout is not known: what has respCode and orderId is read, whatever else there is."""
    text = f"respCode|orderId|why\n14|{payout_id(1)}|x\n"
    (row,) = read(text)
    assert row == {
        "row": 2, "serial": payout_id(1), "state": "failed", "net": None, "account_no": "", "account_name": "",
        "reason": "14", "at": None, "text": f"14|{payout_id(1)}|x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "title respCode is missing"),
        ("<html></html>", "title respCode is missing"),
        ("respCode,orderId\n00,P1", "title respCode is missing"),
        (result_file(result("00")).replace("orderId", "orderNo"), "title orderId is missing"),
        (result_file(result("00")).replace("respMsg", "respCode"), "row 2: title 'respCode' is there twice"),
        (result_file(result("00")).replace("respMsg", "text"), "row 2: title 'text' is there twice or not one"),
        (result_file(result("00", said="a|b")), "row 3 has 18 fields, allowed 17"),
        (result_file(result("00"), "", result("00", 2)), "row 4 has 0 fields, allowed 17"),
        (result_file(result("00", amount="100.0")), "row 3: txnAmt, allowed whole fen"),
        (result_file(result("00", amount="-100")), "row 3: txnAmt, allowed whole fen"),
        (result_file(result("00", amount="1E+18")), "row 3: txnAmt is a number that a spreadsheet has rounded"),
        (result_file(result("00")).replace("6221********0000", "6.22E+18"), "row 3: accNo is a number that a spread"),
        (result_file(result("00")).replace("6221********0000", "6222020200012345000.0"), "row 3: accNo is a number"),
        (result_file(result("00")).replace(payout_id(1), "6.22E+18"), "row 3: orderId is a number that a spreadsheet"),
        (result_file(result("00")).replace(payout_id(1), "P-1"), "row 3: orderId, allowed 8 to 32 letters and digits"),
        (result_file(result("00", said="a\0b")), "found a NUL"),
        (result_file(result("00", said="a\rb")), "no line of fields"),
        (result_file(result("00", said="说" * 200_000)), "no line of fields"),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError) as no:
        read(text)
    assert told in str(no.value)
    assert "张" not in str(no.value)
    assert len(str(no.value)) < 300


def test_what_could_be_both_encodings_is_read_as_utf8() -> None:
    text = result_file(result("61", said="无效")).replace("张*", "张三").replace("结算款", "结算")
    assert "无效" not in text.encode("utf-8").decode("gbk")
    (row,) = read(text)
    assert (row["reason"], row["account_name"]) == ("61 无效", "张三")


def test_bytes_of_neither_encoding_are_refused() -> None:
    with pytest.raises(ValueError, match="neither UTF-8 nor GBK"):
        unionpay.read_results(result_file(result("00")).encode("gbk") + b"\xff", "Asia/Shanghai")


# --- a day through the desk --------------------------------------------------------------------------------------


def test_a_home_is_paid_by_it_and_verifies(tmp_path: Path) -> None:
    """A is paid 24.00 by a file in GBK, with the document of the account."""
    accounts = (
        "member_id,channel,account_no,account_name,id_type,id_no,phone,status\n"
        f"A,unionpay,{CARD},{PARTED[0]}安,01,11010119900307888X,,active\n"
    )
    days = {D1: {**DAYS[D1], "payout_accounts.csv": accounts}, D2: DAYS[D2]}
    home = write_home(tmp_path, days, with_channel(f"mer_id: '{MER_ID}', encoding: GBK, require_id: true"))
    settle_days(home, *days)
    (listed,) = listed_files(home.settlement(D2))
    assert (listed["file"], listed["batch"]) == (f"DF00000000{MER_ID}202511020001I.txt", "0001")
    assert (listed["rows"], listed["net_fen"], listed["account_hash"]) == (1, 2_400, int(CARD[-8:]))
    raw = (home.settlement(D2) / "payouts" / listed["file"]).read_bytes()
    assert raw.decode("gbk").split("\r\n")[2].split("|")[2:9] == [
        "2400", "01", CARD, f"{PARTED[0]}安", "000401", "01", "11010119900307888X",
    ]  # fmt: skip
    found = verify_home(home)
    assert (found.faults, found.stopped, found.notes) == ([], "", [])


@pytest.mark.parametrize(("counted", "taken"), [("100|1", True), ("200|2", True), ("300|3", False), ("0|0", False)])
def test_what_was_taken_with_a_defect_may_be_counted_as_a_success(counted: str, taken: bool) -> None:
    """UnionPay's A codes prove nothing here and stay in transit, however the head counts them."""
    text = result_file(result("00"), result("A6", 2), result("61", 3), head=f"5.0.0|300|3|||{counted}||")
    if taken:
        assert [row["state"] for row in read(text)] == ["paid", "open", "failed"]
        return
    with pytest.raises(ValueError, match=r"row 1: successCount in the head"):
        read(text)
