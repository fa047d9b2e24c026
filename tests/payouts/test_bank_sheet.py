"""The sheets of ICBC and CMB: bytes, what stands in which column, what is refused, and a day settled with one.

Golden files: ``golden/icbc.xlsx`` and ``golden/cmb.xlsx``, compared by their bytes: the parts are stored and not
deflated, so that no other zlib makes others; only another xlsxwriter may.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.errors import RulesError
from assets.foundation.rules import Scalar, parse_rules
from assets.payouts.channels import PROFILES, bank_sheet
from assets.payouts.channels.base import PayoutFile, Plan, payee_most, payment_least
from assets.verification.home import verify_home
from tests.payouts.lines import lines, payout_id
from tests.payouts.sheets import cells, sheet
from tests.pipelines.homes import D1, D2, PAID, RULES, settle_days, write_home

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 11, 20)
PAYER = {"payer_bank": "工商银行北京分行", "payer_account": "0200000109234567890", "payer_name": "某某商贸有限公司"}
DEFAULTS: dict[str, Scalar] = {name: setting.default for name, setting in bank_sheet.SETTINGS.items()} | PAYER
BANKS = ("icbc", "cmb")


def plan(bank: str, first: int = 1, **changed: Scalar) -> Plan:
    return Plan("bank", DAY, {**DEFAULTS, "bank": bank, **changed}, first)


def written(folder: Path, payments: pl.DataFrame, to: Plan) -> list[tuple[Path, PayoutFile]]:
    made = []
    for file in bank_sheet.cut(payments, to):
        bank_sheet.write(file, folder / file.name, to)
        made.append((folder / file.name, file))
    return made


PAYMENTS = lines(
    {"net": 123450, "account_name": "张三", "bank_name": "农业银行", "province": "广东省", "city": "广州市"},
    {"net": 1, "account_no": "0012-3456", "account_name": "䶮·镕", "bank_name": "工商银行", "province": "上海市",
     "city": "上海市", "phone": "13800000000"},
    {"net": 900_000_000, "account_name": "李 四", "bank_name": "建设银行"},
)  # fmt: skip
P1, P2, P3 = (payout_id(place) for place in (1, 2, 3))
_PAID_BY = [PAYER["payer_bank"], PAYER["payer_account"], PAYER["payer_name"]]
CARD = "6222020200012345678"
EXPECTED = {
    "icbc": [
        ["币种(RMB)", "日期(YYYYMMDD)", "明细标志", "顺序号", "付款账号开户行", "付款账号/卡号", "付款账号名称/卡名称",
         "收款账号开户行", "收款账号省份", "收款账号地市", "收款账号地区码", "收款账号", "收款账号名称", "金额",
         "汇款用途", "备注信息", "汇款方式", "收款账户短信通知手机号码", "自定义序号", "预先审批编号"],
        ["RMB", "20261120", "", "1", *_PAID_BY, "农业银行", "广东省", "广州市", "", CARD, "张三", "1234.50", "返利",
         "", "", "", P1, ""],
        ["RMB", "20261120", "", "2", *_PAID_BY, "工商银行", "上海市", "上海市", "", "0012-3456", "䶮·镕", "0.01",
         "返利", "", "", "", P2, ""],
        ["RMB", "20261120", "", "3", *_PAID_BY, "建设银行", "", "", "", CARD, "李 四", "9000000.00", "返利",
         "", "", "", P3, ""],
    ],
    "cmb": [
        ["账号", "户名", "金额", "开户行", "开户地", "汇款备注"],
        [CARD, "张三", "1234.50", "农业银行", "广东省广州市", P1],
        ["0012-3456", "䶮·镕", "0.01", "工商银行", "上海市", P2],
        [CARD, "李 四", "9000000.00", "建设银行", "", P3],
    ],
}  # fmt: skip
TITLES = {"icbc": "批量支付", "cmb": "代发"}


# --- writing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bank", BANKS)
def test_the_file_is_the_golden_one_to_the_byte(tmp_path: Path, bank: str) -> None:
    ((path, file),) = written(tmp_path, PAYMENTS, plan(bank))
    assert path.name == f"{bank}_20261120_0001.xlsx"
    assert (file.batch, file.form, file.rows["serial"].to_list()) == ("", {"bank": bank}, [P1, P2, P3])
    assert path.read_bytes() == (GOLDEN / f"{bank}.xlsx").read_bytes()


@pytest.mark.parametrize("bank", BANKS)
def test_what_the_golden_files_say(bank: str) -> None:
    title, rows = cells((GOLDEN / f"{bank}.xlsx").read_bytes())
    assert title == TITLES[bank]
    assert rows == [[f"s:{cell}" for cell in row if cell] for row in EXPECTED[bank]]


@pytest.mark.parametrize("bank", BANKS)
def test_it_is_read_back_by_another_library(tmp_path: Path, bank: str) -> None:
    ((path, file),) = written(tmp_path, PAYMENTS, plan(bank))
    assert bank_sheet.read_back(path, file.form).rows() == [
        (P1, 123450, CARD, "张三", ""), (P2, 1, "0012-3456", "䶮·镕", ""), (P3, 900_000_000, CARD, "李 四", ""),
    ]  # fmt: skip


def test_what_icbc_is_told_of_every_payment(tmp_path: Path) -> None:
    said: dict[str, Scalar] = {"purpose": "货款", "note": "十一月", "detail_mark": "0", "remittance": "1"}
    ((path, file),) = written(tmp_path, PAYMENTS, plan("icbc", **said))
    rows = cells(path.read_bytes())[1]
    assert rows[1][2] == "s:0"
    assert rows[1][-4:] == ["s:货款", "s:十一月", "s:1", f"s:{P1}"]
    assert bank_sheet.read_back(path, file.form).height == 3


@pytest.mark.parametrize("bank", BANKS)
def test_files_end_at_their_rows_and_at_their_money_and_are_numbered_through(tmp_path: Path, bank: str) -> None:
    payments = lines(*({"net": net, "bank_name": "农业银行"} for net in (400, 300, 300, 1_000, 1)))
    by_rows = written(tmp_path, payments, plan(bank, first=3, file_max_rows=2))
    assert [(path.name, file.rows.height) for path, file in by_rows] == [
        (f"{bank}_20261120_000{number}.xlsx", height) for number, height in ((3, 2), (4, 2), (5, 1))
    ]
    by_money = written(tmp_path, payments, plan(bank, file_max_fen=1_000))
    assert [file.rows["net"].to_list() for _, file in by_money] == [[400, 300, 300], [1_000], [1]]
    read = pl.concat([bank_sheet.read_back(path, file.form) for path, file in by_money])
    assert read["serial"].to_list() == payments["payout_id"].to_list()
    if bank == "icbc":  # numbered anew in every file
        for path, file in by_money:
            order = [f"s:{number}" for number in range(1, file.rows.height + 1)]
            assert [row[2] for row in cells(path.read_bytes())[1][1:]] == order


# --- what a row may hold -----------------------------------------------------------------------------------------

_FIELDS = ("account_no", "account_name", "bank_name", "province", "city")
SOUND = (CARD, "张三", "农业银行", "广东省", "广州市")


def reasons(*rows: tuple[str, ...], **changed: Scalar) -> list[str]:
    accounts = pl.DataFrame(list(rows), schema=list(_FIELDS), orient="row")
    return bank_sheet.refusals(accounts, {**DEFAULTS, **changed}).to_list()


def _with(column: str, text: str) -> tuple[str, ...]:
    return tuple(text if name == column else value for name, value in zip(_FIELDS, SOUND, strict=True))


REFUSED = [
    (SOUND, ""),
    ((CARD, "䶮㛃𠅤•镕喆堃·", "农业银行", "", ""), ""),
    (_with("account_no", "0012-34"), ""),
    (_with("account_name", "张,三|"), ""),  # a cell carries both
    (_with("account_no", ""), "account_no is empty, which a bank's sheet needs"),
    (_with("account_name", ""), "account_name is empty, which a bank's sheet needs"),
    (_with("bank_name", ""), "bank_name is empty, which a bank's sheet needs"),
    (_with("account_no", "a@b.cn"), "account_no holds something else than letters, digits and hyphens"),
    (_with("account_no", "6222 0202"), "account_no holds something else than letters, digits and hyphens"),
    (_with("account_no", "６２２２"), "account_no holds something else than letters, digits and hyphens"),
    *((_with(column, "=1"), f"{column} starts like a formula") for column in _FIELDS),
    *((_with(column, "1\u200b1"), f"{column} holds a control character") for column in _FIELDS),
    *((_with(column, "1 "), f"{column} starts or ends with a space") for column in _FIELDS),
    *((_with(column, "1\uffff"), f"{column} holds a character that no spreadsheet has") for column in _FIELDS),
    *((_with(column, "1" * 32_768), f"{column} is longer than 32767 characters") for column in _FIELDS),
]


def test_what_a_sheet_cannot_carry_is_named_without_its_text() -> None:
    assert reasons(*(row for row, _ in REFUSED)) == [reason for _, reason in REFUSED]
    assert [reasons(row) for row, _ in REFUSED] == [[reason] for _, reason in REFUSED]


def test_the_limits_are_settings_and_there_are_none_before() -> None:
    assert reasons(_with("account_no", "1" * 99), _with("account_name", "张" * 999)) == ["", ""]
    assert reasons(SOUND, account_max_chars=19, name_max_chars=2) == [""]
    assert reasons(SOUND, account_max_chars=18) == ["account_no is longer than 18 characters"]
    assert reasons(SOUND, name_max_chars=1) == ["account_name is longer than 1 characters"]
    assert (payee_most(DEFAULTS), payment_least(DEFAULTS)) == (0, 1)
    changed = {**DEFAULTS, "payment_max_fen": 9, "file_max_fen": 8, "payee_day_max_fen": 7, "payment_min_fen": 5}
    assert (payee_most(changed), payment_least(changed)) == (7, 5)


_LETTER = st.sampled_from([*"张镕䶮㛃𠅤•|^=- \u3000\u202e\t'1", "\ufffe"]) | st.characters(
    exclude_categories=["Cs", "Cn", "Co"]
)
_TEXT = st.lists(_LETTER, min_size=1, max_size=5).map("".join)
_ROW = st.tuples(st.from_regex(r"\A[0-9A-Za-z-]{1,34}\Z"), _TEXT, _TEXT, _TEXT, _TEXT, st.integers(1, 10**13))


@pytest.mark.parametrize("bank", BANKS)
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(_ROW, min_size=1, max_size=5))
def test_what_is_not_refused_is_read_back_as_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, bank: str, rows: list[tuple[str, str, str, str, str, int]]
) -> None:
    told = reasons(*(row[:5] for row in rows))
    kept = [row for row, reason in zip(rows, told, strict=True) if not reason]
    payments = lines(*({**dict(zip(_FIELDS, row, strict=False)), "net": row[5]} for row in kept))
    files = written(tmp_path_factory.mktemp("a"), payments, plan(bank, file_max_rows=2))
    read = [row for path, file in files for row in bank_sheet.read_back(path, file.form).rows()]
    assert [row[1:4] for row in read] == [(row[5], row[0], row[1]) for row in kept]


# --- settings ----------------------------------------------------------------------------------------------------

_PAYS = ", ".join(f"{name}: '{text}'" for name, text in PAYER.items())


def channel(text: str) -> dict[str, Scalar]:
    known = {name: profile.SETTINGS for name, profile in PROFILES.items()}
    rules = RULES.replace("{min_fen: 100", f"{{channels: {{bank: {{profile: bank_sheet, {text}}}}}, min_fen: 100")
    return parse_rules(rules, "rules.yaml", known).versions[0].payout.channel("bank").settings


def test_the_defaults() -> None:
    assert channel(_PAYS) == {
        "bank": "icbc", **PAYER, "purpose": "返利", "note": "", "detail_mark": "", "remittance": "",
        "account_max_chars": 0, "name_max_chars": 0, "payment_min_fen": 0, "payment_max_fen": 0,
        "payee_day_max_fen": 0, "file_max_fen": 0, "file_max_rows": 1_000,
    }  # fmt: skip
    assert channel(f"{_PAYS}, purpose: ''")["purpose"] == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bank: cmb", "payer_account: missing, required by the profile bank_sheet, allowed 5 to 34 digits"),
        (
            _PAYS.replace("'0200000109234567890'", "0200000109234567890"),
            "payer_account: found .* put a number in quotes",
        ),
        (_PAYS.replace("0200000109234567890", "0200 0001"), "payer_account: found .*, allowed 5 to 34 digits"),
        (_PAYS.replace("某某", "=某"), "payer_name: found .*, allowed 1 to 100 characters without spaces at the ends"),
        (f"{_PAYS}, purpose: '=1'", "purpose: found .*, allowed nothing, or 1 to 100 characters"),
        (f"{_PAYS}, note: ' 1'", "note: found .*, allowed nothing, or 1 to 100 characters"),
        (f"{_PAYS}, bank: abc", 'bank: found "abc", allowed icbc, cmb'),
    ],
)
def test_other_settings_are_refused(text: str, told: str) -> None:
    with pytest.raises(RulesError, match=told):
        channel(text)


# --- files that are not as they were written ---------------------------------------------------------------------


def wrong(bank: str, row: int, column: str, cell: object) -> bytes:
    rows: list[list[object]] = [list(one) for one in EXPECTED[bank]]
    rows[row][EXPECTED[bank][0].index(column)] = cell
    return sheet(rows, name=TITLES[bank])


_NO_CHANGE = "is not as it is written"
WRONG = {
    "no bytes": ("icbc", b"", "no readable xlsx"),
    "no rows": ("cmb", sheet([], name="代发"), "row 1 is not the header of the sheet 代发"),
    "another sheet": ("cmb", sheet(EXPECTED["cmb"]), "found 1 sheets, allowed one that is named 代发"),
    "the other bank's": ("icbc", sheet(EXPECTED["cmb"], name="批量支付"), "row 1 is not the header of the sheet"),
    "another header": ("icbc", wrong("icbc", 0, "金额", "金额(元)"), "row 1 is not the header of the sheet 批量支付"),
    "a column less": ("cmb", sheet([row[:5] for row in EXPECTED["cmb"]], name="代发"), "row 1 is not the header"),
    "a column more": ("cmb", sheet([[*row, "x"] for row in EXPECTED["cmb"]], name="代发"), "row 1 is not the header"),
    "no payment": ("cmb", sheet(EXPECTED["cmb"][:1], name="代发"), "found no payment"),
    "one decimal": ("icbc", wrong("icbc", 1, "金额", "1234.5"), "amount '1234.5' is not yuan with two decimals"),
    "a number as amount": ("icbc", wrong("icbc", 1, "金额", 1234.5), "row 2, column 14 is no text cell"),
    "a number as account": ("cmb", wrong("cmb", 2, "账号", 12), "row 3, column 1 is no text cell"),
    "nothing": ("cmb", wrong("cmb", 2, "金额", "0.00"), "found no payment, or one of 0.00"),
    "an id twice": ("icbc", wrong("icbc", 2, "自定义序号", P1), "a payout id is none, or stands there twice"),
    "another id": ("cmb", wrong("cmb", 2, "汇款备注", P2[:-1]), "a payout id is none, or stands there twice"),
    "no id": ("cmb", wrong("cmb", 2, "汇款备注", ""), "a payout id is none, or stands there twice"),
    "another currency": ("icbc", wrong("icbc", 1, "币种(RMB)", "USD"), rf"the column 币种\(RMB\) {_NO_CHANGE}"),
    "another date": ("icbc", wrong("icbc", 1, "日期(YYYYMMDD)", "20261121"), f"the column 日期.* {_NO_CHANGE}"),
    "another order": ("icbc", wrong("icbc", 2, "顺序号", "3"), f"the column 顺序号 {_NO_CHANGE}"),
    "another payer": ("icbc", wrong("icbc", 3, "付款账号/卡号", CARD), f"the column 付款账号/卡号 {_NO_CHANGE}"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_sheet_is_refused(tmp_path: Path, name: str) -> None:
    bank, raw, what = WRONG[name]
    path = tmp_path / f"{bank}_20261120_0001.xlsx"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=what):
        bank_sheet.read_back(path, {"bank": bank})


def test_the_expected_rows_are_sound_by_themselves(tmp_path: Path) -> None:
    """So that each wrong sheet is refused for the one thing that was changed."""
    for bank in BANKS:
        path = tmp_path / "a.xlsx"
        path.write_bytes(sheet(EXPECTED[bank], name=TITLES[bank]))
        assert bank_sheet.read_back(path, {"bank": bank})["net"].to_list() == [123450, 1, 900_000_000]


# --- results -----------------------------------------------------------------------------------------------------


def test_results_come_as_the_generic_csv() -> None:
    raw = f"payout_id,status,amount,reason,at\n{P1},failed,1234.50,closed,2026-11-21T09:30:00\n{P2},sent,0.01,,\n"
    found = bank_sheet.read_results(raw.encode(), "Asia/Shanghai")
    assert found.rows.select("serial", "state", "net", "reason", "at").rows() == [
        (P1, "failed", 123450, "closed", datetime(2026, 11, 21, 9, 30)), (P2, "open", 1, "", None),
    ]  # fmt: skip


# --- a day -------------------------------------------------------------------------------------------------------


def test_a_day_settled_with_it_verifies_clean(tmp_path: Path) -> None:
    rules = RULES.replace("{min_fen: 100", f"{{channels: {{bank: {{profile: bank_sheet, {_PAYS}}}}}, min_fen: 100")
    home = write_home(tmp_path / "home", rules=rules)
    (home.exports(D1) / "payout_accounts.csv").write_text(
        f"member_id,channel,account_no,account_name,bank_name,status\nA,bank,{CARD},张三,农业银行,active\n", "utf-8"
    )
    settle_days(home, D1, D2)
    folder = home.settlement(D2) / "payouts"
    (listed,) = json.loads((folder / "manifest.json").read_bytes())["files"]
    assert (listed["file"], listed["profile"], listed["serials"]) == ("icbc_20251102_0001.xlsx", "bank_sheet", {})
    assert (listed["rows"], listed["net_fen"], listed["account_hash"]) == (1, 2_400, 12_345_678)
    (row,) = cells((folder / listed["file"]).read_bytes())[1][1:]
    assert row[-4:] == ["s:张三", "s:24.00", "s:返利", f"s:{PAID}"]
    outcome = verify_home(home)
    assert (outcome.faults, outcome.stopped) == ([], "")
