"""The page: nothing from outside, the same of the same figures, both languages whole, charts that say what tables say.

Never holds: what a section says (``test_sections_of_a_day.py``).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assets.programmes import PROGRAMMES
from assets.report import wording
from assets.report.charts import charts
from assets.report.page import report_page
from assets.report.sections import Column, Report, Section, Value, from_json
from assets.report.wording import text_of
from assets.wording import Words
from tests.report.conftest import DAY1, DAY2, page_of, report_of
from tests.settlement.ledger import Book, rules

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _words() -> list[Words]:
    tables = (
        wording.TITLES,
        wording.HEADINGS,
        wording.NOTES,
        wording.EMPTY,
        wording.WORDS,
        wording.SAID,
        wording.PARTS,
    )
    return [words for table in tables for words in table.values()] + [
        one for two in wording.CHARTS.values() for one in two
    ]


def test_every_word_is_there_in_both_languages() -> None:
    for words in _words():
        assert bool(words.en) == bool(words.zh)
        assert not words.zh or _CHINESE.search(words.zh)
        assert set(re.findall(r"{\w+}", words.en)) == set(re.findall(r"{\w+}", words.zh))
        assert not _CHINESE.search(words.en)


def test_every_code_that_a_page_shows_has_words(shop: Book) -> None:
    known = wording.WORDS.keys()
    assert {programme.block for programme in PROGRAMMES} <= known
    for day in (DAY1, DAY2):
        for section in report_of(shop, day).sections:
            places = [place for place, column in enumerate(section.columns) if column.kind == "word"]
            assert {row[place] for row in section.rows for place in places} <= known


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_from_outside_and_every_link_leads_to_a_file(shop: Book, language: str) -> None:
    for day in (DAY1, DAY2):
        page = report_page(report_of(shop, day), "zh" if language == "zh" else "en")
        for name in re.findall(r'(?:href|src)="([^"]*)"', page):
            assert (shop.root / "settlements" / day / name).is_file()
        outside = re.findall(r"https?://[^\"' )]*|<script|<link|<iframe|@import|url\(", page)
        assert set(outside) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page


def test_the_page_is_made_of_the_sealed_figures_alone(shop: Book) -> None:
    raw = (shop.root / "settlements" / DAY2 / "report.json").read_bytes()
    assert report_page(from_json(raw)) == page_of(shop, DAY2)
    chinese = report_page(from_json(raw), "zh")
    assert chinese == report_page(from_json(raw), "zh")
    assert "资金流向" in chinese and "Flow of money" not in chinese


def test_a_section_of_one_row_has_every_figure_under_its_own_name(shop: Book) -> None:
    report = report_of(shop, DAY2)
    told = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", report_page(report, "en"))
    wanted = [
        (column.heading.en, text_of(column.kind, value, "en") or "–")
        for section in report.sections
        if section.single
        for column, value in zip(section.columns, section.rows[0], strict=True)
        if column.heading.en
    ]
    assert len(wanted) > 10
    assert told == wanted


def test_charts_say_what_their_tables_say(shop: Book) -> None:
    drawn = charts(report_of(shop, DAY2), "en")()
    # Each side of the queue is 34.00 (4.00 put in, 30.00 out of the pool); of the referral 9.67 (6.67 and 3.00 back).
    assert _texts(drawn["flow"].svg)[-4:] == ["34.00", "34.00", "9.67", "9.67"]
    assert _widths(drawn["flow"].svg) == pytest.approx([400, 3000, 3400, 667, 300, 967], abs=1)
    assert [name for name, _ in drawn["flow"].legend] == [
        "Put in by merchants", "Out of the pool", "To members", "Taken back from members", "Stays in the pool"
    ]  # fmt: skip
    assert _texts(drawn["payout_classes"].svg)[-1] == "31.00"
    assert _widths(drawn["payout_classes"].svg) == pytest.approx([2900, 200], abs=1)
    assert _texts(drawn["waiting"].svg)[-1] == "86.00"
    assert _widths(drawn["waiting"].svg) == pytest.approx([3400, 5200], abs=1)
    assert "unknown_member" in drawn["quarantine"].svg and _texts(drawn["quarantine"].svg)[-1] == "10.00"


def _texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def _widths(svg: str) -> list[float]:
    """How many fen each part of a bar is long: the longest bar has what is written beside it."""
    bars = svg[svg.index("layer_0_marks") : svg.index("layer_1_marks")]
    found = [(float(left), float(wide)) for left, wide in re.findall(r'd="M([\d.e-]+),[^h]*h([\d.e-]+)v', bars)]
    most = max(int(text.replace(".", "").replace(",", "")) for text in _texts(svg[svg.index("layer_1_marks") :]))
    scale = most / max(left + wide for left, wide in found)
    return [wide * scale for _, wide in found]


def test_a_day_with_nothing_to_draw_draws_nothing(tmp_path: Path) -> None:
    empty = Book(tmp_path, rules(queue={}), f"{DAY1}\nmember A\n")
    page = page_of(empty, DAY1)
    assert "<svg" not in page and "<figure" not in page
    for words in (
        "No money moved.",
        "No pool holds money, and none moved.",
        "Nobody is paid on this day.",
        "Every row was sound.",
    ):
        assert words in page
    assert "Referral ladder" not in page and "Health of the queues" not in page


def test_rows_without_money_are_not_drawn() -> None:
    names = ("file", "reason", "rows", "fen")
    columns = tuple(Column(name=name, heading=Words(name, "列"), kind="count") for name in names)
    section = Section(
        name="quarantine", title=Words("Q", "隔"), columns=columns, rows=(("quarantine/members.csv", "x", 3, 0),)
    )
    assert charts(_report(section), "en")() == {}


def test_names_from_outside_are_text_wherever_they_stand() -> None:
    bad = '</style><script>alert("1")</script>'
    columns = (
        Column(name="queue_id", heading=Words(bad, bad), kind="id"),
        Column(name="need", heading=Words(bad, bad), kind="fen"),
        Column(name="inflow", heading=Words("In", "入"), kind="fen"),
    )
    section = Section(name="waiting", title=Words(bad, bad), columns=columns, rows=((bad, 500, 100),))
    page = report_page(_report(section, waived=bad, notes=(bad,)))
    assert "<script" not in page and page.count("</style>") == 1
    assert "&lt;script&gt;" in page


def test_values_as_text() -> None:
    def said(kind: str, value: Value) -> str:
        return text_of(kind, value, "zh")  # type: ignore[arg-type]

    assert [said("fen", -123456), said("units", 5), said("points", -15), said("price", 1428571)] == [
        "-1,234.56", "0.05", "-0.0015", "1.428571"
    ]  # fmt: skip
    assert [said("bp", 3334), said("count", 1234), said("ok", False), said("date", None)] == [
        "33.34 %",
        "1,234",
        "✗",
        "",
    ]
    # A merchant called like a scheme stays what he is called.
    assert [said("word", "queue"), said("id", "queue"), said("text", "queue")] == ["排队免单", "queue", "queue"]


def test_long_tables_are_folded_and_summed_whole() -> None:
    columns = (
        Column(name="member_id", heading=Words("Member", "会员"), kind="id"),
        Column(name="owed", heading=Words("Owes", "欠款"), kind="fen", summed=True),
    )
    many = tuple((f"M{number}", 100) for number in range(30))
    section = Section(
        name="debtors", title=Words("D", "欠"), columns=columns, rows=many, more=3, rest={"owed": 250},
        elsewhere="balances.parquet",
    )  # fmt: skip
    page = report_page(_report(section))
    assert "<summary>5 more rows</summary>" in page
    assert '<tfoot><tr><th>Total</th><th class="n">32.50</th></tr></tfoot>' in page
    assert "and 3 more, in balances.parquet" in page


def _report(section: Section, waived: str | None = None, notes: tuple[str, ...] = ()) -> Report:
    figures = dict.fromkeys(("orders", "kept", "payouts", "gross", "tax", "net", "controls", "failed"), 0)
    return Report(
        business_date=DAY1, rule_version="v", language="en", waived=waived, notes=notes, sections=(section,), **figures
    )
