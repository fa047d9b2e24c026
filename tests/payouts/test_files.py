"""The files of a day: read back before anything is published, listed with their figures, shown on the upload sheet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.rules import Scalar
from assets.foundation.store import Home
from assets.payouts.channels import generic
from assets.payouts.channels.base import PayoutFile, Plan
from assets.payouts.reading import account_hash, listed_files, read_file
from assets.payouts.sheet import upload_sheet
from tests.pipelines.homes import D1, D2, D3, settle_days, tree, write_home

NAME = "payouts-20251103-alipay.csv"


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = write_home(tmp_path_factory.mktemp("files") / "home")
    settle_days(home, D1, D2)
    return home


@pytest.fixture
def home(two_days: Home, tmp_path: Path) -> Home:
    shutil.copytree(two_days.root, tmp_path / "home")
    return Home(tmp_path / "home")


def swapped(text: str) -> str:
    head, one, other, *rest = text.split("\r\n")
    a, b = one.split(","), other.split(",")
    a[4], b[4] = b[4], a[4]
    return "\r\n".join([head, ",".join(a), ",".join(b), *rest])


SPOILED: dict[str, Callable[[str], str]] = {
    "a fen more": lambda text: text.replace(",3.85,", ",3.86,"),
    "another account": lambda text: text.replace("b@example.org", "c@example.org"),
    "another name": lambda text: text.replace(",Bo,", ",By,"),
    "accounts swapped": swapped,
    "a payment missing": lambda text: "\r\n".join(text.split("\r\n")[:2]) + "\r\n",
    "a payment twice": lambda text: text + text.split("\r\n")[2] + "\r\n",
    "another payout": lambda text: text.replace("XYV6JL", "XYV6JK"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_file_that_does_not_read_back_as_cut_stops_the_day(
    home: Home, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = generic.write

    def spoil(file: PayoutFile, path: Path, plan: Plan) -> None:
        write(file, path, plan)
        text = path.read_bytes().decode()
        assert SPOILED[how](text) != text
        path.write_bytes(SPOILED[how](text).encode())

    monkeypatch.setattr(generic, "write", spoil)
    before = tree(home.root)
    with pytest.raises(Refused, match=rf"^{NAME}: what was read back is not what was cut \(2 payments cut, "):
        settle_days(home, D3)
    assert tree(home.root) == before


def test_a_channel_s_own_serials_are_listed_and_lead_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that numbers its payments: the list says which payout each number is."""
    cut, write, read_back = generic.cut, generic.write, generic.read_back

    def numbered(lines, plan):  # type: ignore[no-untyped-def]
        (file,) = cut(lines, plan)
        return [PayoutFile(file.name, file.rows.with_columns(serial=file.rows["place"].cast(str)), form={"lead": "N"})]

    def as_number(file, path, plan):  # type: ignore[no-untyped-def]
        write(PayoutFile(file.name, file.rows.with_columns(payout_id="serial")), path, plan)

    seen: list[Mapping[str, Scalar]] = []

    def look(path, form):  # type: ignore[no-untyped-def]
        seen.append(form)
        return read_back(path, form)

    for name, function in (("cut", numbered), ("write", as_number), ("read_back", look)):
        monkeypatch.setattr(generic, name, function)
    settle_days(home, D3)
    (listed,) = listed_files(home.settlement(D3))
    ids = ["P20251103KPVGMEMCTU4KTHM", "P20251103RFE3TSL3PXYV6JL"]
    assert listed["serials"] == {"1": ids[0], "2": ids[1]} and listed["form"] == {"lead": "N"}
    read = read_file(home.settlement(D3), listed)
    assert read.select("payout_id", "serial", "net").rows() == [(ids[0], "1", 13800), (ids[1], "2", 385)]
    assert seen and all(form == {"lead": "N"} for form in seen)
    listed["serials"].pop("2")
    with pytest.raises(ValueError, match=f"{NAME}: serial '2' is not in the list"):
        read_file(home.settlement(D3), listed)


def test_the_list_and_the_sheet_say_what_to_type(home: Home) -> None:
    settle_days(home, D3)
    folder = home.settlement(D3) / "payouts"
    content = json.loads((folder / "manifest.json").read_bytes())
    read = read_file(home.settlement(D3), content["files"][0])
    (listed,) = content["files"]
    assert content["business_date"] == "2025-11-03"
    assert {name: listed[name] for name in ("file", "channel", "profile", "rows", "net_fen", "serials", "batch")} == {
        "file": NAME, "channel": "alipay", "profile": "generic", "rows": 2, "net_fen": 14185, "serials": {},
        "batch": "",
    }  # fmt: skip
    assert listed["account_hash"] == account_hash(read["account_no"])
    page = (folder / "upload-sheet.html").read_text(encoding="utf-8")
    for told in (NAME, generic.CONSOLE, '<td class="type">2</td>', '<td class="type">141.85</td>', listed["sha256"]):
        assert told in page
    assert "example.org" not in page and ">An<" not in page


def test_a_day_that_pays_nothing_has_a_sheet_that_says_so() -> None:
    assert "Nothing is paid today. 今日无付款。" in upload_sheet(date(2025, 11, 1), [])


def test_the_sheet_adds_up_several_files() -> None:
    listed = {"file": "<b>.csv", "channel": "a&b", "profile": "generic", "batch": "", "account_hash": 1, "sha256": "0"}
    page = upload_sheet(date(2025, 11, 1), [{**listed, "rows": 2, "net_fen": 5}, {**listed, "rows": 1, "net_fen": 100}])
    assert "<b>2</b> files 个文件, <b>3</b> payments 笔, <b>1.05</b> yuan" in page
    assert "&lt;b&gt;.csv" in page and "a&amp;b" in page
