"""The page of a statement: what stands on it, nothing from outside, ids to the letter, and who may read its file."""

from __future__ import annotations

import shutil
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.handing import write_page
from assets.statement.page import statement_page
from tests.pipelines.homes import another_group, no_room_beyond
from tests.settlement.ledger import payout_id
from tests.statement.conftest import MEMBER, ORDER, SHOP
from tests.statement.telling import stated

D1, D2, D3 = (f"2026-11-0{day}" for day in (1, 2, 3))


class _Read(HTMLParser):
    """Tags, attributes and text of a page; rows of its tables as text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.text, self.in_cell = "", False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_cell:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


@pytest.fixture(scope="module")
def page(settled: Path) -> str:
    return statement_page(stated(settled, MEMBER))


def test_the_figures_of_a_member(page: str) -> None:
    read = _Read(page)
    paid = payout_id(MEMBER, D2)
    order = f"order 订单 {ORDER}"
    assert read.rows == [
        ["Account 账户", "Opening 期初", "In 增加", "Out 减少", "Closing 期末"],
        ["Rebate wallet 返利钱包", "0.00", "15.00", "-15.00", "0.00"],
        ["Debt 欠款", "0.00", "15.00", "0.00", "15.00"],
        ["Day 日期", "What 事项", "Account 账户", "Change 变动", "Balance 余额"],
        [D2, f"Queue: paid from the pool 排队免单：资金池返还 {order}, money of order 来自订单 {ORDER} +10.00"
         f" {order}, money of order 来自订单 OZ +5.00", "Rebate wallet 返利钱包", "+15.00", "15.00"],
        [D2, f"Payout: sent 提现：付款 payout 付款 {paid}, by 渠道 bank, attempt 第几次 1, tax 代扣税 0.00, net 实付"
         " 15.00", "Rebate wallet 返利钱包", "-15.00", "0.00"],
        [D3, f"Queue: taken back after a refund 排队免单：退款后收回 {order}", "Debt 欠款", "+15.00", "15.00"],
        ["Account 账户", "Opening 期初", "In 增加", "Out 减少", "Closing 期末"],
        ["Points 积分", "0", "1,400", "-1,400", "0"],
        ["Day 日期", "What 事项", "Account 账户", "Change 变动", "Balance 余额"],
        [D1, f"Points: granted 消费增值：发放 {order}", "Points 积分", "+1,400", "1,400"],
        [D2, f"Points: taken back after a refund 消费增值：退款后收回 {order}", "Points 积分", "-350", "1,050"],
        [D3, f"Points: taken back after a refund 消费增值：退款后收回 {order}", "Points 积分", "-1,050", "0"],
    ]  # fmt: skip


def test_a_merchant_and_a_day_without_movement(settled: Path) -> None:
    read = _Read(statement_page(stated(settled, f"merchant/{SHOP}", D2, D2)))
    assert read.rows[1] == ["Owed by the merchant 商家应付", "10.00", "1,234.57", "0.00", "1,244.57"]
    assert read.rows[3][1] == "Queue: share of orders 排队免单：订单分摊 orders 订单数 1, kept of them 实收 2,469.14"
    assert f"merchant 商家 {SHOP}" in read.text
    still = _Read(statement_page(stated(settled, f"merchant/{SHOP}", D3, D3)))
    assert "Nothing moved. 本期无变动。" in still.text
    assert "Nothing was there and nothing moved." in _Read(statement_page(stated(settled, "Z", D1, D1))).text


def test_ids_are_text_and_nothing_comes_from_outside(page: str, settled: Path) -> None:
    for text in (page, statement_page(stated(settled, f"merchant/{SHOP}"))):
        read = _Read(text)
        assert read.tags <= {
            "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "table", "thead", "tbody",
            "tr", "th", "td", "ul", "li", "span", "b", "br", "code", "footer",
        }  # fmt: skip
        assert not {name for name, _ in read.attributes} & {"src", "href", "style", "onload", "onerror"}
        assert "url(" not in text and "@import" not in text and "//" not in text
    assert MEMBER not in page and ORDER not in page


def test_no_account_or_name_of_anybody(page: str) -> None:
    assert f"6200{MEMBER}" not in _Read(page).text and "name " not in _Read(page).text


# --- the file --------------------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_for_its_owner_alone(settled: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_page(Home(settled), path, "one 一")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("one 一", 0o600)
    path.chmod(0o644)
    write_page(Home(settled), path, "two")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("two", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_group_that_reads_the_home_reads_it_too(settled: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(settled, home)
    with another_group() as group:
        (home / "settings.yaml").write_text(f"group: {group.gr_name}\n", encoding="utf-8")
        write_page(Home(home), tmp_path / "page.html", "one")
    found = (tmp_path / "page.html").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o640, group.gr_gid)


@pytest.mark.parametrize("place", ["page.html", "audit.jsonl", "settlements/2026-11-02/page.html", "exports/page.html"])
def test_no_file_in_the_home(settled: Path, place: str) -> None:
    before = sorted(settled.rglob("*"))
    with pytest.raises(Refused, match=r"found a place in the home .*, allowed one outside it"):
        write_page(Home(settled), settled / place, "page")
    with pytest.raises(Refused, match="found a place in the home"):
        write_page(Home(settled), settled / "exports" / ".." / place, "page")
    assert sorted(settled.rglob("*")) == before


def test_no_file_through_a_link_or_over_a_folder(settled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept", encoding="utf-8")
    (tmp_path / "link").symlink_to(other)
    (tmp_path / "inside").symlink_to(settled)
    for name in ("link", "."):
        with pytest.raises(Refused, match="found something that is no plain file"):
            write_page(Home(settled), tmp_path / name, "page")
    with pytest.raises(Refused, match="found a place in the home"):
        write_page(Home(settled), tmp_path / "inside" / "page.html", "page")
    assert other.read_text(encoding="utf-8") == "kept"


def test_a_place_that_cannot_be_written(settled: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"none/page\.html: cannot be written \(No such file or directory\)"):
        write_page(Home(settled), tmp_path / "none" / "page.html", "page")
    (tmp_path / "page.html").write_text("before", encoding="utf-8")
    with no_room_beyond(100), pytest.raises(Refused, match=r"cannot be written \(File too large\)"):
        write_page(Home(settled), tmp_path / "page.html", "page" * 100)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["before"]
