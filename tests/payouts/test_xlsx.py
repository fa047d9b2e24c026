"""Spreadsheets: text cells alone, the same bytes every time, and foreign ones that cannot do harm."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.payouts.channels import xlsx
from assets.payouts.channels.base import first_reason
from tests.payouts.sheets import cells, sheet

ROWS = [["账号", "户名", "金额"], ["6222020200012345678", "张三", "1234.50"], ["0012", "镕 喆 堃 · 䶮 㛃 𠅤 •", ""]]


def written(path: Path, rows: list[list[str]] = ROWS) -> bytes:
    xlsx.write_sheet(path, "代发", rows)
    return path.read_bytes()


def parts(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(contents: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as out:
        for name, content in contents.items():
            out.writestr(name, content)
    return made.getvalue()


# --- writing -----------------------------------------------------------------------------------------------------


def test_every_cell_is_text_by_its_own_xml(tmp_path: Path) -> None:
    title, found = cells(written(tmp_path / "a.xlsx"))
    assert title == "代发"
    assert found[:2] == [["s:账号", "s:户名", "s:金额"], ["s:6222020200012345678", "s:张三", "s:1234.50"]]
    assert found[2] == ["s:0012", "s:镕 喆 堃 · 䶮 㛃 𠅤 •"]  # nothing is no cell


def test_the_same_rows_give_the_same_bytes_whatever_the_clock_and_the_zlib(tmp_path: Path) -> None:
    first = written(tmp_path / "a.xlsx")
    assert written(tmp_path / "b.xlsx") == first
    with zipfile.ZipFile(io.BytesIO(first)) as stored:
        assert {(part.compress_type, part.date_time) for part in stored.infolist()} == {
            (zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))
        }
    times = re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+Z", parts(first)["docProps/core.xml"])
    assert times == [b"2000-01-01T00:00:00Z"] * 2  # created and modified


def test_cells_stay_text_when_a_person_edits_them(tmp_path: Path) -> None:
    found = parts(written(tmp_path / "a.xlsx"))
    styles = re.findall(rb'<xf numFmtId="(\d+)"[^>]*xfId="0"', found["xl/styles.xml"])
    used = set(re.findall(rb'<c r="[A-Z]+\d+"( s="\d+")? t="s"', found["xl/worksheets/sheet1.xml"]))
    assert (styles[1], used) == (b"49", {b' s="1"'})  # 49 is the built-in format of text


def test_a_text_that_a_cell_would_cut_is_not_written(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", [["x" * 32_767]])
    with pytest.raises(ValueError, match="row 1, column 2: a cell holds at most 32767 characters"):
        written(tmp_path / "b.xlsx", [["a", "x" * 32_768]])
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("张三", ""), ("a@b.cn", ""), ("_x0041_", ""), ("", ""), ("x" * 32_767, ""),
        ("=1", "t starts like a formula"), ("＋1", "t starts like a formula"),
        ("a\u202eb", "t holds a control character"), ("a\nb", "t holds a control character"),
        ("a\ufffe", "t holds a character that no spreadsheet has"), ("\uffffa", "t holds a character that no"),
        (" a", "t starts or ends with a space"), ("a\u3000", "t starts or ends with a space"),
        ("x" * 32_768, "t is longer than 32767 characters"),
    ],
)  # fmt: skip
def test_what_a_cell_cannot_hold(text: str, reason: str) -> None:
    (found,) = first_reason(pl.DataFrame({"t": [text]}), xlsx.cell_refusals("t"))
    assert found.startswith(reason) and bool(found) is bool(reason)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=12), min_size=1, max_size=8))
def test_what_is_not_refused_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    reasons = first_reason(pl.DataFrame({"t": texts}), xlsx.cell_refusals("t"))
    kept = [["head", "x"], *([text, "x"] for text, reason in zip(texts, reasons, strict=True) if not reason)]
    path = tmp_path_factory.mktemp("cells") / "a.xlsx"
    xlsx.write_sheet(path, "代发", kept)
    assert xlsx.read_texts(path, "代发") == kept


# --- reading -----------------------------------------------------------------------------------------------------


def test_rows_are_read_as_long_as_the_longest(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", [["t"], [], ["a", "b"]])
    assert xlsx.read_texts(tmp_path / "a.xlsx", "代发") == [["t", ""], ["", ""], ["a", "b"]]


@pytest.mark.parametrize("cell", [1234.5, 7, True, 6.222020200012346e18], ids=str)
def test_a_cell_that_is_no_text_is_refused(tmp_path: Path, cell: object) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet([["a", "b"], ["c", cell]], name="代发"))
    with pytest.raises(ValueError, match=r"a\.xlsx: row 2, column 2 is no text cell; allowed: text alone"):
        xlsx.read_texts(path, "代发")


def test_another_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet([["a"]], name="代付"))
    with pytest.raises(ValueError, match="found 1 sheets, allowed one that is named 代发"):
        xlsx.read_texts(path, "代发")
    path.write_bytes(sheet([["a"]], name="代发", more={"b": []}))
    with pytest.raises(ValueError, match="found 2 sheets"):
        xlsx.read_texts(path, "代发")


def test_a_foreign_file_may_have_empty_sheets_and_only_one_with_rows() -> None:
    assert xlsx.read_cells(sheet([], more={"b": [["x"]], "c": []})) == [["x"]]
    assert xlsx.read_cells(sheet([])) == []
    with pytest.raises(ValueError, match="found 2 sheets with rows, allowed one"):
        xlsx.read_cells(sheet([["a"]], more={"b": [["x"]]}))


def test_rows_and_columns_keep_their_places() -> None:
    assert xlsx.read_cells(sheet([[], [None, "x"]])) == [["", ""], ["", "x"]]


def _far() -> bytes:
    """A value in the last cell that a sheet has: calamine would ask for 500 GB and end the process."""
    found = parts(sheet([["a"], ["b"]]))
    found["xl/worksheets/sheet1.xml"] = found["xl/worksheets/sheet1.xml"].replace(b'r="A2"', b'r="XFD1048576"')
    return packed(found)


def _unfolds() -> bytes:
    return packed({**parts(sheet([["a"]])), "xl/media.xml": b" " * (65 << 20)})


def _understated() -> bytes:
    """A part that unfolds to more than its header says."""
    raw = bytearray(_unfolds())
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = raw.rindex(mark) + offset
        raw[at : at + 4] = struct.pack("<I", 10)
    return bytes(raw)


def _without(part: str) -> bytes:
    return packed({name: content for name, content in parts(sheet([["a"]])).items() if name != part})


def _broken() -> bytes:
    found = parts(sheet([["a"]]))
    return packed({**found, "xl/worksheets/sheet1.xml": found["xl/worksheets/sheet1.xml"][:-30]})


def _deflate_broken() -> bytes:
    raw = bytearray(sheet([["a"]]))
    raw[60:90] = b"\xff" * 30
    return bytes(raw)


FOREIGN = {
    "nothing": (b"", "no readable xlsx"),
    "text": (b"PK, a text", "no readable xlsx"),
    "cut short": (sheet([["a"]])[:-40], "no readable xlsx"),
    "another zip": (packed({"a.xml": b"<a/>"}), "no xlsx: found no part xl/workbook.xml"),
    "damaged": (_deflate_broken(), "no readable xlsx"),
    "without its sheet": (_without("xl/worksheets/sheet1.xml"), "no readable xlsx"),
    "a part cut short": (_broken(), "no readable xlsx"),
    "far apart": (_far(), "its cells span 1048576 rows and 16384 columns, allowed 5000000 cells"),
    "large": (_unfolds(), "it unfolds to 681"),
    "larger than it says": (_understated(), "no readable xlsx"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_refused_and_does_no_harm(name: str) -> None:
    raw, what = FOREIGN[name]
    with pytest.raises(ValueError, match=what):
        xlsx.read_cells(raw)


def test_formats_far_out_are_no_cells() -> None:
    found = parts(sheet([["a"], ["b"]]))
    page = found["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    )
    assert xlsx.read_cells(packed({**found, "xl/worksheets/sheet1.xml": page})) == [["a"], ["b"]]
