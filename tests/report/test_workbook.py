"""report.xlsx: every cell is the report's figure, every total a formula that comes to its figure, text stays text."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from lxml import etree

from assets.foundation.store import Home
from assets.report.page import report_workbook
from assets.report.sections import Column, Report, Section, Value, from_json
from assets.report.wording import TITLES, text_of
from assets.report.workbook import workbook
from assets.report.workbook_wording import SHEETS
from assets.wording import Words
from tests.books.conftest import DAYS, RULES
from tests.pipelines.test_command_line import said
from tests.settlement.ledger import Book

D2 = "2026-11-02"
SCALES = {"fen": 100, "units": 100, "points": 10_000, "price": 1_000_000, "bp": 10_000, "count": 1, "days": 1}
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TODAY = date(2026, 11, 2)
CUT, SHARES, FUNDED = "payout/cut", "queue/contribute", "queue/fund"
POOL, WALLET = ("224103", "其他应付款-排队池"), ("224111", "其他应付款-返利钱包")
TRANSIT, SHOPS = ("224121", "其他应付款-付款在途"), ("1122", "应收账款")
# 凭证号, 摘要, account, debit, credit, 辅助核算, transaction; the rest is the same in every line.
VOUCHERS_OF_D2 = [
    (2001, "提现：付款", WALLET, 21.0, 0, "", CUT),
    (2001, "提现：付款", TRANSIT, 0, 21.0, "alipay", CUT),
    (2002, "排队免单：订单分摊", SHOPS, 1234.57, 0, "", SHARES),
    (2002, "排队免单：订单分摊", POOL, 0, 1234.57, "", SHARES),
    (2003, "排队免单：资金池返还", POOL, 21.0, 0, "", FUNDED),
    (2003, "排队免单：资金池返还", WALLET, 0, 21.0, "", FUNDED),
]
VOUCHER_HEADINGS = "日期 凭证字 凭证号 附单据数 摘要 科目代码 科目名称 借方金额 贷方金额 币别 汇率 辅助核算 交易号"


def _sheets(raw: bytes) -> dict[str, list[list[Any]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _formulas(raw: bytes) -> dict[str, list[tuple[str, str, float]]]:
    """Of every sheet by its number: cell, formula and the figure that the file says it comes to."""
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        return {
            name: [
                (cell.get("r"), cell.findtext(f"{SPREADSHEET}f"), float(cell.findtext(f"{SPREADSHEET}v")))
                for cell in etree.fromstring(parts.read(name)).iter(f"{SPREADSHEET}c")
                if cell.find(f"{SPREADSHEET}f") is not None
            ]
            for name in parts.namelist()
            if name.startswith("xl/worksheets/")
        }


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("workbook") / "home"
    root.mkdir()
    Book(root, RULES, DAYS)
    return Home(root)


@pytest.fixture(scope="module")
def folder(settled: Home) -> Path:
    return settled.settlement(date.fromisoformat(D2))


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return from_json((folder / "report.json").read_bytes())


def test_it_is_sealed_and_made_of_report_and_journal_alone(settled: Home, folder: Path, report: Report) -> None:
    seal = settled.seal(date.fromisoformat(D2))
    assert seal and "report.xlsx" in seal.content["outputs"]
    assert report_workbook(report, folder / "entries.parquet") == (folder / "report.xlsx").read_bytes()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_cell_is_the_figure_of_the_report(folder: Path, report: Report, language: Any) -> None:
    sheets = _sheets(report_workbook(report, folder / "entries.parquet", language))
    names = [SHEETS[section.name].of(language) for section in report.sections]
    assert list(sheets) == [
        Words("Day", "当日").of(language), *names, Words("Vouchers", "记账凭证").of(language),
    ]  # fmt: skip
    compared = 0
    for name, section in zip(names, report.sections, strict=True):
        found = sheets[name]
        headings = [column.heading.of(language) for column in section.columns]
        assert [cell for cell in found[0] if cell] == [heading for heading in headings if heading]
        for at, row in enumerate(section.rows, start=1):
            for place in range(len(row)):
                compared += 1
                assert _read(section, row, place, found[at][place]) == _meant(section, row, place, language), name
    assert compared > 150


def _read(section: Section, row: tuple[Value, ...], place: int, cell: Any) -> Any:
    """A cell as the integer or text that it stands for."""
    if isinstance(cell, float):
        return round(cell * SCALES[section.kind_at(row, place)])
    return cell.isoformat() if isinstance(cell, date) else cell


def _meant(section: Section, row: tuple[Value, ...], place: int, language: Any) -> Any:
    value = row[place]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return text_of(section.kind_at(row, place), value, language)


def test_every_total_comes_to_its_figure(folder: Path, report: Report) -> None:
    raw = (folder / "report.xlsx").read_bytes()
    sheets, formulas = _sheets(raw), _formulas(raw)
    reckoned = 0
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        for cell, formula, figure in formulas[f"xl/worksheets/sheet{number}.xml"]:
            match = re.fullmatch(r"SUM\((?:'(.+)'!)?([A-Z])(\d+):\2(\d+)\)", formula)
            assert match, formula
            column, first, last = ord(match[2]) - ord("A"), int(match[3]), int(match[4])
            summed = [row[column] for row in (sheets[match[1]] if match[1] else rows)[first - 1 : last]]
            assert all(isinstance(one, float) for one in summed), (name, cell)
            assert round(sum(summed) * 100) == round(figure * 100), (name, cell)
            reckoned += 1
    wanted = sum(column.summed for one in report.sections if len(one.rows) > 1 for column in one.columns)
    assert reckoned == wanted + 2 > 20


def test_the_journal_as_vouchers(folder: Path, report: Report) -> None:
    raw = report_workbook(report, folder / "entries.parquet", "zh")
    headings, *lines = _sheets(raw)["记账凭证"]
    assert headings == VOUCHER_HEADINGS.split()
    assert lines == [
        [TODAY, "记", number, 0, f"{what} {D2}", *account, debit, credit, "人民币", 1, channel, f"{D2}/{txn}"]
        for number, what, account, debit, credit, channel, txn in VOUCHERS_OF_D2
    ]
    day = _sheets(raw)["当日"]
    assert [row[:2] for row in day if row[0].startswith("记账凭证:")] == [
        ["记账凭证: 借方合计", 1276.57], ["记账凭证: 贷方合计", 1276.57],
    ]  # fmt: skip


def _made(*columns: Column, rows: tuple[tuple[Value, ...], ...], report: Report, **more: Any) -> bytes:
    section = Section(name="debtors", title=Words("D", "D"), columns=columns, rows=rows)
    return workbook(report.model_copy(update={"sections": (section,), **more}), [], "=LEAD()", "en")


def test_text_is_never_a_formula(report: Report) -> None:
    texts = ("=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://example.org", "12", "a\x00b\ufffe", "internal:'Day'!A1")
    column = Column(name="member_id", heading=Words("=H()", "H"), kind="id")
    raw = _made(column, rows=tuple((text,) for text in texts), report=report, notes=("=NOTE()",), waived="=WAIVED()")
    assert {formula for found in _formulas(raw).values() for _, formula, _ in found} <= {
        "SUM('Vouchers'!H2:H2)", "SUM('Vouchers'!I2:I2)",
    }  # fmt: skip
    sheets = _sheets(raw)
    assert [row[0] for row in sheets["Debtors"]] == ["=H()", *texts[:7], "a\ufffdb\ufffd", texts[8]]
    assert [row[0] for row in sheets["Day"][1:5]] == [
        "=LEAD()", "All 37 controls hold.", "The quarantine limit was waived: =WAIVED()", "=NOTE()",
    ]  # fmt: skip


def test_amounts_are_held_to_the_fen(report: Report) -> None:
    column = Column(name="owed", heading=Words("Owes", "欠款"), kind="fen")
    fen = (2**53 - 1, -(2**53 - 1), 1, 10, 123_456_789_012_345)
    raw = _made(column, rows=tuple((one,) for one in fen), report=report)
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        written = re.findall(r"<v>([-0-9.]+)</v></c></row>", parts.read("xl/worksheets/sheet2.xml").decode())[
            1:
        ]  # after the heading
    assert written == ["90071992547409.91", "-90071992547409.91", "0.01", "0.1", "1234567890123.45"]
    assert [round(row[0] * 100) for row in _sheets(raw)["Debtors"][1:]] == list(fen)


def test_an_amount_that_no_cell_holds_is_text_and_so_is_its_total(report: Report) -> None:
    column = Column(name="owed", heading=Words("Owes", "欠款"), kind="fen", summed=True)
    raw = _made(column, rows=((2**53,), (-(2**53) + 5,)), report=report)
    assert [row[0] for row in _sheets(raw)["Debtors"]] == [
        "Owes", "90,071,992,547,409.92", -90071992547409.87, "0.05",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [("fen", -5, -0.05), ("units", 250, 2.5), ("points", 12_345, 1.2345), ("price", 1_584_108, 1.584108),
     ("bp", 2_466, 0.2466), ("count", 7, 7.0), ("days", 41, 41.0), ("date", "2026-11-30", date(2026, 11, 30)),
     ("date", "runs", "runs"), ("ok", True, "✓"), ("ok", False, "✗"), ("word", "in_debt", "owes the shop first"),
     ("id", "12", "12"), ("fen", None, "")],
)  # fmt: skip
def test_a_cell_of_each_kind(report: Report, kind: Any, value: Value, cell: Any) -> None:
    columns = (
        Column(name="owed", heading=Words("V", "V"), kind=kind),
        Column(name="held", heading=Words("E", "E"), kind="id"),
    )
    assert _sheets(_made(*columns, rows=((value, "end"),), report=report))["Debtors"][1] == [cell, "end"]


def test_names_of_sheets() -> None:
    assert SHEETS.keys() == TITLES.keys()
    for language in ("en", "zh"):
        names = [words.of(language) for words in SHEETS.values()]  # type: ignore[arg-type]
        assert len({name.casefold() for name in names}) == len(names)
        assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


def test_headings_stay_in_sight(folder: Path) -> None:
    with zipfile.ZipFile(folder / "report.xlsx") as parts:
        for number in range(2, len([name for name in parts.namelist() if "worksheets/sheet" in name]) + 1):
            text = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in text


def test_as_a_person_asks_for_it(settled: Home, folder: Path, report: Report, tmp_path: Path) -> None:
    file = tmp_path / "day.xlsx"
    done = said("report", D2, "--home", settled.root, "--xlsx", file, "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n", "") == f"{D2} 结算报告: {file}"
    assert file.read_bytes() == report_workbook(report, folder / "entries.parquet", "zh")
    settings = settled.root / "settings.yaml"
    settings.write_text("accounts: {pool_queue: {code: '2241.07', name: 客户返还}}\n", encoding="utf-8")
    try:
        assert said("report", D2, "--home", settled.root, "--xlsx", file, "--lang", "zh").code == 0
        lines = _sheets(file.read_bytes())["记账凭证"]
        assert {tuple(line[5:7]) for line in lines if line[12].endswith("queue/fund")} == {
            ("2241.07", "客户返还"), ("224111", "其他应付款-返利钱包"),
        }  # fmt: skip
        settings.write_text("accounts: {petty_cash: {code: '1001', name: 现金}}\n", encoding="utf-8")
        refused = said("report", D2, "--home", settled.root, "--xlsx", file)
        assert refused.code == 1 and "accounts: found 'petty_cash', allowed bank, " in " ".join(refused.err.split())
    finally:
        settings.unlink()


def test_a_total_counts_the_rows_that_are_left_out(report: Report) -> None:
    column = Column(name="owed", heading=Words("Owes", "欠款"), kind="fen", summed=True)
    section = Section(
        name="debtors", title=Words("Debtors", "欠款会员"), columns=(column,), rows=((150,), (50,)), more=3,
        rest={"owed": 12_345},
    )  # fmt: skip
    raw = workbook(report.model_copy(update={"sections": (section,)}), [], "", "en")
    assert ("A4", "SUM(A2:A3)+123.45", 125.45) in _formulas(raw)["xl/worksheets/sheet2.xml"]
