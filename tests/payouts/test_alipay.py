"""Alipay's batch template and its results: bytes, limits at their edges, what is refused, and a day settled with it.

Golden files: ``golden/alipay.csv`` and ``golden/alipay.xlsx``. The sheet is compared by its bytes: its parts are stored
and not deflated, so that no other zlib makes others; only another xlsxwriter may.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.errors import RulesError
from assets.foundation.rules import Scalar, parse_rules
from assets.payouts.channels import PROFILES, alipay
from assets.payouts.channels.base import RESULT, PayoutFile, Plan, payee_most, payment_least
from assets.verification.home import verify_home
from tests.payouts.lines import lines
from tests.payouts.sheets import cells, sheet
from tests.pipelines.homes import D1, D2, D3, PAID, RULES, settle_days, write_home

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 11, 20)
OF_A = "P20251103KPVGMEMCTU4KTHM"  # what A is paid on 3 November
DEFAULTS: dict[str, Scalar] = {name: setting.default for name, setting in alipay.SETTINGS.items()}


def plan(first: int = 1, **changed: Scalar) -> Plan:
    return Plan("alipay", DAY, {**DEFAULTS, **changed}, first)


def written(folder: Path, payments: pl.DataFrame, to: Plan) -> list[tuple[Path, PayoutFile]]:
    made = []
    for file in alipay.cut(payments, to):
        alipay.write(file, folder / file.name, to)
        made.append((folder / file.name, file))
    return made


PAYMENTS = lines(
    {"net": 123450, "account_no": "zhang@example.cn", "account_name": "张三"},
    {"net": 10, "account_no": "13800000000", "account_name": "阿卜杜·热合曼"},
    {"net": 5_000_000, "account_no": "li@example.cn", "account_name": "李镕喆"},
)


# --- writing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_is_the_golden_one_to_the_byte(tmp_path: Path, form: str) -> None:
    ((path, file),) = written(tmp_path, PAYMENTS, plan(format=form))
    assert path.name == f"alipay_20261120_0001.{form}"
    assert (file.batch, file.form) == ("", {"format": form})
    assert path.read_bytes() == (GOLDEN / f"alipay.{form}").read_bytes()


EXPECTED = [
    ["支付宝批量付款文件模板（前面两行请勿删除）"],
    ["序号（必填）", "收款方支付宝账号（必填）", "收款方姓名（必填）", "金额（必填，单位：元）", "备注（选填）"],
    ["202611200000000001", "zhang@example.cn", "张三", "1234.50", "返利"],
    ["202611200000000002", "13800000000", "阿卜杜·热合曼", "0.10", "返利"],
    ["202611200000000003", "li@example.cn", "李镕喆", "50000.00", "返利"],
]


def test_what_the_golden_files_say() -> None:
    text = (GOLDEN / "alipay.csv").read_bytes().decode("gbk")
    assert text == "".join(",".join(row) + "\r\n" for row in EXPECTED)
    title, rows = cells((GOLDEN / "alipay.xlsx").read_bytes())
    assert title == "页一支付宝批量付款文件上传模板"
    assert rows == [[f"s:{cell}" for cell in row] for row in EXPECTED]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_end_at_their_rows_and_at_their_money_and_are_numbered_through(tmp_path: Path, form: str) -> None:
    payments = lines(*({"net": net} for net in (400, 300, 300, 1_000, 1)))
    by_rows = written(tmp_path, payments, plan(first=3, format=form, file_max_rows=2))
    assert [(path.name, file.rows.height) for path, file in by_rows] == [
        (f"alipay_20261120_000{number}.{form}", height) for number, height in ((3, 2), (4, 2), (5, 1))
    ]
    by_money = written(tmp_path, payments, plan(format=form, file_max_fen=1_000))
    assert [file.rows["net"].to_list() for _, file in by_money] == [[400, 300, 300], [1_000], [1]]
    serials = [serial for path, file in by_money for serial in alipay.read_back(path, file.form)["serial"]]
    assert serials == [f"2026112000000000{place:02d}" for place in range(1, 6)]


def test_a_thousand_rows_a_file(tmp_path: Path) -> None:
    files = written(tmp_path, lines(*({"net": 10 + n} for n in range(1_001))), plan())
    assert [alipay.read_back(path, file.form).height for path, file in files] == [1_000, 1]
    assert all(len(path.name.encode()) <= 64 for path, _ in files)


def test_a_serial_is_the_place_of_the_payment_among_all_of_the_day(tmp_path: Path) -> None:
    payments = lines({"net": 10}, {"net": 20}).with_columns(place=pl.Series([7, 9_999_999_999]))
    ((path, file),) = written(tmp_path, payments, plan())
    assert alipay.read_back(path, file.form)["serial"].to_list() == ["202611200000000007", "202611209999999999"]


def test_nothing_is_written_for_a_letter_that_gbk_lacks(tmp_path: Path) -> None:
    """``refusals`` has kept such a row out; were it here all the same, no other letter would take its place."""
    with pytest.raises(UnicodeEncodeError):
        written(tmp_path, lines({"net": 10, "account_name": "䶮"}), plan())
    assert not list(tmp_path.iterdir())


# --- what a row may hold -----------------------------------------------------------------------------------------


def reasons(rows: list[tuple[str, str]], **changed: Scalar) -> list[str]:
    accounts = pl.DataFrame(rows, schema=["account_no", "account_name"], orient="row")
    return alipay.refusals(accounts, {**DEFAULTS, **changed}).to_list()


REFUSED = [
    ("a@b.cn", "张三", "", ""),
    ("a" * 100, "张" * 128, "", ""),
    ("a" * 101, "张三", "account_no is longer than 100 characters", None),
    ("a", "张" * 129, "account_name is longer than 128 characters", None),
    ("", "张三", "account_no is empty", None),
    ("a", "", "account_name is empty", None),
    ("a|b", "张三", "account_no holds | or ^", None),
    ("a", "张^三", "account_name holds | or ^", None),
    ("=1", "张三", "account_no starts like a formula", None),
    ("a", "＠张", "account_name starts like a formula", None),
    ("a", "张\u202e三", "account_name holds a control character", None),
    ("a\t", "张三", "account_no holds a control character", None),
    ("a", "张三 ", "account_name starts or ends with a space", None),
    ("a", "\u3000张三", "account_name starts or ends with a space", None),
    ("a", "张\uffff", "account_name holds a character that no spreadsheet has", None),
    ("a", "镕喆堃·", "", ""),
    ("a", "䶮", "account_name holds a letter that GBK lacks", ""),
    ("a", "㛃", "account_name holds a letter that GBK lacks", ""),
    ("a", "𠅤", "account_name holds a letter that GBK lacks", ""),
    ("a", "阿•甲", "account_name holds a letter that GBK lacks", ""),
    ("é@b.cn", "é", "", ""),  # GBK has it, for pinyin
    ("ü@ñ.cn", "张三", "account_no holds a letter that GBK lacks", ""),
    ("a,b", "张三", "account_no holds a comma or a quotation mark", ""),
    ("a", '张"三', "account_name holds a comma or a quotation mark", ""),
    ("a", "张 三", "", ""),
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_the_template_cannot_carry_is_named_without_its_text(form: str) -> None:
    expected = [csv if form == "csv" or xlsx is None else xlsx for _, _, csv, xlsx in REFUSED]
    assert reasons([row[:2] for row in REFUSED], format=form) == expected
    for row, reason in zip(REFUSED, expected, strict=True):  # each alone, as a channel with one payee has it
        assert reasons([row[:2]], format=form) == [reason]


def test_the_limits_of_a_text_are_settings() -> None:
    assert reasons([("abc", "甲乙")], account_max_chars=3, name_max_chars=2) == [""]
    assert reasons([("abc", "甲乙")], account_max_chars=2) == ["account_no is longer than 2 characters"]
    assert reasons([("abc", "甲乙")], name_max_chars=1) == ["account_name is longer than 1 characters"]


def test_the_limits_of_a_payment_reach_the_cut() -> None:
    assert (payee_most(DEFAULTS), payment_least(DEFAULTS)) == (5_000_000, 10)
    changed = {**DEFAULTS, "payment_max_fen": 0, "file_max_fen": 700, "payment_min_fen": 1}
    assert (payee_most(changed), payment_least(changed)) == (700, 1)


_ODD = st.sampled_from([*"张李镕喆堃·䶮㛃𠅤•,\"|^=+-@＝ \u3000\u202e\t\r\n'（）éA1", "张三", "\uffff"])
_LETTER = _ODD | st.characters(exclude_categories=["Cs", "Cn", "Co"])
_TEXT = st.lists(_LETTER, max_size=6).map("".join)


def carried(text: str, most: int, form: str) -> bool:
    """What channels.md says of a field, letter by letter."""
    if not 1 <= len(text) <= most or text != text.strip() or text[0] in "=+-@\t\r\n＝＋－＠" or set(text) & set("|^"):
        return False
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text):
        return False
    if form == "xlsx":
        return "\uffff" not in text
    return text == text.encode("gbk", "replace").decode("gbk") and not set(text) & set(',"')


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(_TEXT, _TEXT, st.integers(1, 10**13)), min_size=1, max_size=6), most=st.integers(1, 3))
def test_what_is_not_refused_is_read_back_as_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, form: str, rows: list[tuple[str, str, int]], most: int
) -> None:
    told = reasons([row[:2] for row in rows], format=form)
    kept = [row for row, reason in zip(rows, told, strict=True) if not reason]
    assert kept == [row for row in rows if carried(row[0], 100, form) and carried(row[1], 128, form)]
    payments = lines(*({"net": net, "account_no": no, "account_name": name} for no, name, net in kept))
    to = plan(format=form, file_max_rows=most)
    files = written(tmp_path_factory.mktemp("a"), payments, to)
    read = pl.concat([alipay.read_back(path, file.form) for path, file in files]) if files else pl.DataFrame()
    assert [row[1:4] for row in read.rows()] == [(net, no, name) for no, name, net in kept]


# --- settings ----------------------------------------------------------------------------------------------------


def channel(text: str) -> dict[str, Scalar]:
    """The settings of a channel in a rules file whose keys are ``text``."""
    known = {name: profile.SETTINGS for name, profile in PROFILES.items()}
    rules = RULES.replace("{min_fen: 100", f"{{channels: {{shop: {{profile: alipay{text}}}}}, min_fen: 100")
    return parse_rules(rules, "rules.yaml", known).versions[0].payout.channel("shop").settings


def test_the_defaults_are_those_of_the_channel() -> None:
    assert channel("") == {
        "format": "csv", "remark": "返利", "account_max_chars": 100, "name_max_chars": 128, "payment_min_fen": 10,
        "payment_max_fen": 5_000_000, "payee_day_max_fen": 0, "file_max_fen": 0, "file_max_rows": 1_000,
    }  # fmt: skip


@pytest.mark.parametrize("remark", ["返", "消费返利 2026-11", "返利（十一月）", "a" * 100, "返利·A_1#.x/y"])
def test_a_remark_that_stands_in_every_file(tmp_path: Path, remark: str) -> None:
    assert channel(f", remark: '{remark}'")["remark"] == remark
    ((path, file),) = written(tmp_path, PAYMENTS, plan(remark=remark))
    assert alipay.read_back(path, file.form).height == 3
    assert path.read_bytes().decode("gbk").count(f",{remark}\r\n") == 3


@pytest.mark.parametrize(
    "remark", ["", "a" * 101, "返,利", "返|利", "返^利", "=返", "-返", " 返", "返 ", "䶮", '返"', "@a"]
)
def test_a_remark_that_a_file_could_not_carry_is_a_fault_of_the_rules(remark: str) -> None:
    with pytest.raises(
        RulesError, match=r"channels\.shop\.remark: found .*, allowed 1 to 100 Chinese or Latin letters"
    ):
        channel(f", remark: '{remark}'")


def test_every_letter_of_a_remark_is_in_gbk() -> None:
    letters = [chr(code) for code in (*range(0x20, 0xFF), *range(0x2000, 0xA000), *range(0xFF00, 0xFFF0))]
    setting = alipay.SETTINGS["remark"]
    taken = []
    for letter in letters:
        try:
            setting.read(f"返{letter}利")
        except ValueError:
            continue
        taken.append(letter)
    assert len(taken) > 20_000
    assert "".join(taken).encode("gbk").decode("gbk") == "".join(taken)
    assert not set(taken) & set(",\"|^'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (", format: xls", 'format: found "xls", allowed csv, xlsx'),
        (", file_max_rows: 0", "file_max_rows: found 0, allowed 1 to 10000"),
        (", payment_min_fen: 0", "payment_min_fen: found 0, allowed 1 to"),
        (", name_max_chars: 0", "name_max_chars: found 0, allowed 1 to 1000"),
        (", appid: 1", "appid: found an unknown key, allowed profile, format, remark"),
    ],
)
def test_other_settings_are_refused(text: str, told: str) -> None:
    with pytest.raises(RulesError, match=told):
        channel(text)


# --- files that are not as they were written -----------------------------------------------------------------------


def _csv(change: Callable[[list[str]], object]) -> bytes:
    rows = [",".join(row) for row in EXPECTED]
    change(rows)
    return "".join(f"{row}\r\n" for row in rows).encode("gbk")


def _put(row: int, old: str, new: str) -> Callable[[list[str]], object]:
    def put(rows: list[str]) -> None:
        assert old in rows[row]
        rows[row] = rows[row].replace(old, new, 1)

    return put


WRONG_CSV = {
    "no bytes": (b"", "row 1 is not the template's title"),
    "another title": (_csv(_put(0, "勿", "不")), "row 1 is not the template's title"),
    "no title": (_csv(lambda rows: rows.pop(0)), "row 1 is not the template's title"),
    "no header": (_csv(lambda rows: rows.pop(1)), "row 2 is not the template's header"),
    "a column less in the header": (_csv(_put(1, ",备注（选填）", "")), "row 2 is not the template's header"),
    "a column less": (_csv(_put(2, ",返利", "")), "row 3 has 4 fields, allowed 5"),
    "a comma in a name": (_csv(_put(3, "阿", "阿,")), "row 4 has 6 fields, allowed 5"),
    "an empty line": (_csv(lambda rows: rows.append("")), "row 6 has 0 fields, allowed 5"),
    "one decimal": (_csv(_put(2, "1234.50", "1234.5")), "amount '1234.5' is not yuan with two decimals"),
    "separators": (_csv(_put(2, "1234.50", "1'234.50")), "is not yuan with two decimals"),
    "nothing": (_csv(_put(2, "1234.50", "0.00")), "found no payment, or one of 0.00"),
    "no payment": (_csv(lambda rows: rows.__delitem__(slice(2, None))), "found no payment"),
    "a serial twice": (_csv(_put(3, "0002,", "0001,")), "a serial is not 18 digits, or stands there twice"),
    "a short serial": (_csv(_put(3, "20261120", "2026112")), "a serial is not 18 digits"),
    "a serial of letters": (_csv(_put(3, "20261120", "P2026112")), "a serial is not 18 digits"),
    "line feeds": (_csv(lambda rows: None).replace(b"\r\n", b"\n"), "a line does not end with CRLF"),
    "one line feed": (_csv(lambda rows: None).replace(b"\r\n", b"\n", 1), "a line does not end with CRLF"),
    "cut short": (_csv(lambda rows: None)[:-2], "a line does not end with CRLF"),
    "UTF-8": (_csv(lambda rows: None).decode("gbk").encode(), "byte|title"),
    "half a letter": (_csv(lambda rows: None)[:-3] + b"\r\n", "is not GBK"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CSV)
def test_a_wrong_csv_is_refused(tmp_path: Path, name: str) -> None:
    raw, what = WRONG_CSV[name]
    path = tmp_path / "alipay_20261120_0001.csv"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=what):
        alipay.read_back(path, {"format": "csv"})


def _rows(row: int, place: int, cell: object) -> list[list[object]]:
    rows: list[list[object]] = [list(one) for one in EXPECTED]
    rows[row][place] = cell
    return rows


def test_a_quotation_mark_is_a_letter_as_any_other(tmp_path: Path) -> None:
    """So that a quoted name is another name than the one that was cut."""
    path = tmp_path / "alipay_20261120_0001.csv"
    path.write_bytes(_csv(_put(2, "张三", '"张三"')))
    assert alipay.read_back(path, {"format": "csv"})["account_name"][0] == '"张三"'


WRONG_XLSX = {
    "a number as amount": (sheet(_rows(2, 3, 1234.5), name=alipay.SHEET), "row 3, column 4 is no text cell"),
    "a number as serial": (sheet(_rows(2, 0, 202611200000000001), name=alipay.SHEET), "row 3, column 1 is no text"),
    "another sheet": (sheet(EXPECTED), "found 1 sheets, allowed one that is named 页一"),
    "another title": (sheet(_rows(0, 0, "x"), name=alipay.SHEET), "row 1 is not the template's title"),
    "a title of two": (sheet([[EXPECTED[0][0], "x"], *EXPECTED[1:]], name=alipay.SHEET), "row 1 is not"),
    "another header": (sheet(_rows(1, 4, "备注"), name=alipay.SHEET), "row 2 is not the template's header"),
    "a column less": (sheet([row[:4] for row in EXPECTED], name=alipay.SHEET), "row [12] is not the template's"),
    "a column more": (sheet([*EXPECTED[:3], [*EXPECTED[3], "x"]], name=alipay.SHEET), "row 1 is not"),
    "a serial twice": (sheet(_rows(3, 0, EXPECTED[2][0]), name=alipay.SHEET), "stands there twice"),
    "an amount of another form": (sheet(_rows(3, 3, "1e3"), name=alipay.SHEET), "is not yuan with two decimals"),
    "an empty cell": (sheet(_rows(3, 3, ""), name=alipay.SHEET), "is not yuan with two decimals"),
    "a csv": (_csv(lambda rows: None), "no readable xlsx"),
}


@pytest.mark.parametrize("name", WRONG_XLSX)
def test_a_wrong_sheet_is_refused(tmp_path: Path, name: str) -> None:
    raw, what = WRONG_XLSX[name]
    path = tmp_path / "alipay_20261120_0001.xlsx"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=what):
        alipay.read_back(path, {"format": "xlsx"})


# --- results -----------------------------------------------------------------------------------------------------

S1, S2, S3 = (row[0] for row in EXPECTED[2:])
HEAD = [
    "商户订单号",
    "收款方支付宝账号",
    "收款方姓名",
    "转账金额（元）",
    "状态",
    "失败原因",
    "完成时间",
    "支付宝流水号",
]
ROWS = [
    [S1, "zha***@example.cn", "*三", "1234.50", "成功", "", "2026-11-21 09:30:00", "7"],
    [S2, "138******00", "阿**", "0.10", "失败", "账户不存在", "2026/11/21 09:31:00", "8"],
    [S3, "li@example.cn", "李镕喆", "50,000.00", "退票", "账户已注销", "-", ""],
]
READ_ROWS = [
    (S1, "paid", 123450, "zha***@example.cn", "*三", "", datetime(2026, 11, 21, 9, 30)),
    (S2, "failed", 10, "138******00", "阿**", "账户不存在", datetime(2026, 11, 21, 9, 31)),
    (S3, "returned", 5_000_000, "li@example.cn", "李镕喆", "账户已注销", None),
]


def as_csv(rows: list[list[str]], encoding: str = "gbk") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def results(raw: bytes) -> pl.DataFrame:
    found = alipay.read_results(raw, "Asia/Shanghai")
    assert (found.batch, found.whole) == ("", "")
    assert found.rows.schema == pl.Schema(RESULT)
    return found.rows


def said(raw: bytes) -> list[tuple[object, ...]]:
    return results(raw).drop("row", "text").rows()


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
def test_results_in_csv(encoding: str) -> None:
    rows = results(as_csv([HEAD, *ROWS], encoding))
    assert rows.drop("row", "text").rows() == READ_ROWS
    assert rows["row"].to_list() == [2, 3, 4]
    assert rows["text"][1] == ",".join(ROWS[1])


def test_results_in_xlsx_with_amounts_and_times_as_cells_of_their_own() -> None:
    rows: list[list[object]] = [list(row) for row in ROWS]
    rows[0][3], rows[0][6] = 1234.5, datetime(2026, 11, 21, 9, 30)
    rows[1][3] = 0.1
    assert said(sheet([HEAD, *rows])) == READ_ROWS
    assert said(sheet([HEAD, *ROWS])) == READ_ROWS


def test_titles_before_and_sums_among_the_rows_are_passed_over() -> None:
    before = [["支付宝批量付款文件模板（前面两行请勿删除）"], ["序号"], ["批次号", "2026", "总笔数", "3"], [""]]
    after = [
        [""],
        ["合计", "", "", "51234.60"],
        ["", "总计", "3"],
        ["#-------列表结束-------"],
        ["导出时间：2026-11-22"],
    ]
    for raw in (as_csv([*before, HEAD, *ROWS, *after]), sheet([*before, HEAD, *ROWS, *after])):
        rows = results(raw)
        assert rows.drop("row", "text").rows() == READ_ROWS
        assert rows["row"].to_list() == [6, 7, 8]


def test_a_row_with_a_state_is_no_sum() -> None:
    assert [row[:2] for row in said(as_csv([HEAD, ["#1", *ROWS[0][1:]]]))] == [("#1", "paid")]


def test_times_are_those_of_the_rules_timezone() -> None:
    times = ["2026-11-21T01:30:00Z", "20261121093000", "2026-11-21 09:30:00"]
    found = said(as_csv([HEAD, *([*ROWS[0][:6], text, ""] for text in times)]))
    assert [row[-1] for row in found] == [datetime(2026, 11, 21, 9, 30)] * 3


def test_tabs_around_fields_and_commas_at_the_end_of_rows() -> None:
    lines_ = [
        ",".join([*(f"{field}\t" for field in row), ""]) for row in (HEAD, *([*row[:3], "1", *row[4:]] for row in ROWS))
    ]
    assert [row[0] for row in said("\r\n".join(lines_).encode("gbk"))] == [S1, S2, S3]


def test_a_row_may_end_early_and_columns_may_be_missing() -> None:
    found = said(as_csv([["序号（必填）", "金额（必填，单位：元）", "处理状态", "备注"], [S1, "1.00", "成功"]]))
    assert found == [(S1, "paid", 100, "", "", "", None)]


def test_a_column_that_counts_the_rows_is_no_serial_beside_one() -> None:
    for head in (["序号", "商户订单号"], ["商户订单号", "序号"]):
        row = ["1", S1] if head[0] == "序号" else [S1, "1"]
        assert said(as_csv([[*head, "金额", "状态"], [*row, "1.00", "成功"]]))[0][0] == S1


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *((text, "paid") for text in ("成功", "转账成功", "付款成功", "交易成功", "已付款", " 成功 ")),
        *((text, "failed") for text in ("失败", "转账失败", "付款失败", "交易失败")),
        *((text, "returned") for text in ("退票", "已退票", "退回", "已退回", "已退款")),
        *(
            (text, "open")
            for text in ("处理中", "待处理", "待审核", "审核中", "部分成功", "不成功", "", "未知", "关闭", "0")
        ),
    ],
)
def test_states(text: str, state: str) -> None:
    assert said(as_csv([HEAD, [*ROWS[0][:4], text, "", "", ""]]))[0][1] == state


@pytest.mark.parametrize("field", ["serial", "account_no", "account_name", "amount", "status", "reason", "at"])
def test_every_name_of_a_column_is_taken_for_its_field(field: str) -> None:
    place = {"serial": 0, "account_no": 1, "account_name": 2, "amount": 3, "status": 4, "reason": 5, "at": 6}[field]
    for name in alipay._NAMES[field]:
        for after in ("", "（必填）", "(元)", " "):
            head = [*HEAD[:place], name + after, *HEAD[place + 1 :]]
            assert said(as_csv([head, *ROWS])) == READ_ROWS


def test_columns_that_say_nothing_of_a_result_are_kept_as_text() -> None:
    rows = results(as_csv([[*HEAD[:7], *alipay._ALSO], [*ROWS[0][:7], *(f"x{n}" for n in range(len(alipay._ALSO)))]]))
    assert rows.drop("row", "text").rows() == READ_ROWS[:1]
    assert rows["text"][0].endswith(f",x{len(alipay._ALSO) - 1}")


def _field(place: int, value: object) -> list[list[object]]:
    return [list(HEAD), [*ROWS[0][:place], value, *ROWS[0][place + 1 :]]]


WRONG_RESULTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "found no header, allowed a row that names 商户订单号"),
    "the request": (_csv(lambda rows: None), "a column is missing, needed one of 状态, 处理状态"),
    "an unknown column": (
        as_csv([[*HEAD, "风险等级"], ROWS[0]]), "column '风险等级' is not known, allowed 商户订单号, .*错误代码"),
    "an unnamed column": (as_csv([["", *HEAD], ["", *ROWS[0]]]), "column '' is not known"),
    "two amounts": (as_csv([[*HEAD, "金额"], ROWS[0]]), "columns 转账金额 and 金额 say the same"),
    "two serials": (as_csv([[*HEAD, "商家订单号"], ROWS[0]]), "columns 商户订单号 and 商家订单号 say the same"),
    "no amount column": (as_csv([[*HEAD[:3], *HEAD[4:]], ROWS[0]]), "needed one of 金额, 转账金额"),
    "no serial": (as_csv([HEAD, ["", *ROWS[0][1:]]]), "row 2: found no serial, allowed one in every row"),
    "no amount": (as_csv(_field(3, "")), "row 2: found no amount, allowed yuan"),
    "three decimals": (as_csv(_field(3, "1.234")), "row 2: found no amount"),
    "another time": (as_csv(_field(6, "21.11.2026")), "row 2: found a time that is none, allowed as 2026"),
    "too many fields": (as_csv([HEAD, [*ROWS[0], "x"]]), "row 2 has 9 fields, allowed 8"),
    "a rounded serial": (as_csv(_field(0, "2.02611E+17")), "row 2: serial is a number that a spreadsheet has rounded"),
    "a serial with .0": (as_csv(_field(0, f"{S1}.0")), "row 2: serial is a number that a spreadsheet has rounded"),
    "a rounded account": (as_csv(_field(1, "1.38E+10")), "row 2: account_no is a number that a spreadsheet"),
    "a number as serial": (sheet(_field(0, int(S1))), "row 2: 商户订单号 is a number cell, which loses digits"),
    "a short number as serial": (sheet(_field(0, 7)), "row 2: 商户订单号 is a number cell"),
    "a number as account": (sheet(_field(1, 13800000000)), "row 2: 收款方支付宝账号 is a number cell"),
    "another encoding": (as_csv([HEAD, *ROWS], "utf-16"), "neither UTF-8 nor GBK|found a NUL"),
    "a NUL": (as_csv([HEAD, ["\0", *ROWS[0][1:]]]), "found a NUL"),
    "an open quote": (as_csv([HEAD])[:-2] + b'\r\n"', "no CSV"),
    "a damaged xlsx": (sheet([HEAD])[:-9], "no readable xlsx"),
    "two sheets": (sheet([HEAD, *ROWS], more={"b": [["x"]]}), "found 2 sheets with rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_RESULTS)
def test_a_wrong_result_file_is_refused_without_naming_a_person(name: str) -> None:
    raw, what = WRONG_RESULTS[name]
    with pytest.raises(ValueError, match=what) as no:
        alipay.read_results(raw, "Asia/Shanghai")
    assert not any(text in str(no.value) for text in (S1, "example.cn", "*三"))


# --- a day -------------------------------------------------------------------------------------------------------


def test_days_settled_with_it_verify_clean_and_who_cannot_be_carried_keeps_his_money(tmp_path: Path) -> None:
    rules = RULES.replace("{min_fen: 100", "{channels: {alipay: {profile: alipay}}, min_fen: 100")
    home = write_home(tmp_path / "home", rules=rules)
    accounts = home.exports(D1) / "payout_accounts.csv"
    accounts.write_text(accounts.read_text(encoding="utf-8").replace(",Bo,", ",䶮,"), encoding="utf-8")
    settle_days(home, D1, D2, D3)
    for day, number, row in (
        (D2, PAID, "202511020000000001,a@example.org,An,24.00,返利"),
        (D3, OF_A, "202511030000000001,a@example.org,An,138.00,返利"),
    ):
        folder = home.settlement(day) / "payouts"
        (listed,) = json.loads((folder / "manifest.json").read_bytes())["files"]
        assert (listed["file"], listed["profile"]) == (f"alipay_{day:%Y%m%d}_0001.csv", "alipay")
        assert (listed["rows"], listed["serials"]) == (1, {row[:18]: number})
        assert (folder / listed["file"]).read_bytes().decode("gbk").splitlines()[2:] == [row]
        assert "批量付款" in (folder / "upload-sheet.html").read_text(encoding="utf-8")
    assert "account_name holds a letter that GBK lacks" in (home.settlement(D3) / "report.html").read_text("utf-8")
    outcome = verify_home(home)
    assert (outcome.faults, outcome.stopped) == ([], "")
