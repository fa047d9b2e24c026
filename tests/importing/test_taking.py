"""An import as a whole: which day takes it, what is refused, what it leaves and in which order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from assets.importing import taking
from assets.importing.taking import Import, imported_before, leave_import, look_at, read_source
from assets.payouts.channels import read_rules
from tests.importing.homes import D5, D6, FAILED_B, OF_A, OF_B, PAID_A, write_file, write_six_days
from tests.pipelines.homes import D1, D3, D4, RULES, contents, disk_steps, settle_days, tree

NOW = datetime(2025, 11, 4, 12)
UNDATED = f"{OF_A},paid,138.00,,\n"


def look(
    home: Home, file: Path, *, channel: str = "alipay", form: str = "", asked: date | None = None, now: datetime = NOW
) -> Import:
    return look_at(home, read_rules(home.rules_file), channel, read_source(file), form=form, asked=asked, now=now)


def leave(home: Home, found: Import) -> Path | None:
    lock = HomeLock(home, "importing", "now")
    lock.acquire()
    try:
        return leave_import(home, found)
    finally:
        lock.release()


def refused(home: Home, file: Path, **how: object) -> str:
    before = tree(home.root)
    with pytest.raises(Refused) as no:
        look(home, file, **how)  # type: ignore[arg-type]
    assert tree(home.root) == before
    return str(no.value)


# --- the day -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "asked", "day"),
    [
        ((PAID_A,), None, D4), ((UNDATED,), None, D4), ((PAID_A.replace("-04T", "-03T"),), None, D4),
        ((PAID_A, FAILED_B.replace("-04T", "-05T")), None, D5), ((PAID_A,), D6, D6), ((UNDATED,), D4, D4),
        ((PAID_A, f"{OF_B},open,3.85,,2025-11-09T09:00:00\n"), None, D4),
    ],
)  # fmt: skip
def test_the_next_day_or_the_last_that_the_file_tells_of(
    settled: Home, tmp_path: Path, rows: tuple[str, ...], asked: date | None, day: date
) -> None:
    assert look(settled, write_file(tmp_path, *rows), asked=asked).day == day


@pytest.mark.parametrize("asked", [D3, D1, date(2025, 10, 1)])
def test_a_settled_day_is_refused(settled: Home, tmp_path: Path, asked: date) -> None:
    said = refused(settled, write_file(tmp_path, PAID_A), asked=asked)
    assert said == f"{asked} is settled already; results come with 2025-11-04 or a later day"


def test_a_day_before_that_of_a_result_is_refused(settled: Home, tmp_path: Path) -> None:
    said = refused(settled, write_file(tmp_path, PAID_A.replace("-04T", "-05T")), asked=D4)
    assert said == "the file tells of 2025-11-05, found --date 2025-11-04; allowed: 2025-11-05 or a later day"


def test_a_day_that_lies_ahead_has_to_be_named(settled: Home, tmp_path: Path) -> None:
    file, day = write_file(tmp_path, PAID_A.replace("-04T", "-06T")), D6
    said = refused(settled, file)
    assert said == "the file tells of 2025-11-06, which lies ahead; --date 2025-11-06 lets it through if that is right"
    assert look(settled, file, asked=day).day == day
    assert look(settled, file, now=datetime(2025, 11, 5)).day == day  # a clock may be behind by a day
    # A home may be ahead of the clock: what its next day could bring needs no word.
    assert look(settled, write_file(tmp_path, PAID_A), now=datetime(2024, 1, 1)).day == D4


def test_a_home_without_a_settled_day(tmp_path: Path) -> None:
    home = write_six_days(tmp_path / "home")
    assert refused(home, write_file(tmp_path, PAID_A)).startswith("no day is settled: no payout was issued")


@pytest.mark.parametrize(
    ("now", "at"),
    [(NOW, "2025-11-04T12:00:00"), (datetime(2025, 11, 20, 8), "2025-11-04T23:59:59"),
     (datetime(2025, 1, 1), "2025-01-01T00:00:00")],
)  # fmt: skip
def test_what_has_no_time_happened_now_but_no_later_than_the_day(
    settled: Home, tmp_path: Path, now: datetime, at: str
) -> None:
    found = look(settled, write_file(tmp_path, UNDATED), now=now)
    assert found.judged.left["at"].to_list() == [datetime.fromisoformat(at)]


# --- the file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (("6.22E+18,paid,138.00,,\n",), "row 2: payout_id is a number that a spreadsheet has rounded"),
        ((f"{OF_A},paid\n",), "row 2 has 2 fields, allowed 5 as in the header"),
    ],
)  # fmt: skip
def test_what_the_channel_could_not_have_written(
    settled: Home, tmp_path: Path, rows: tuple[str, ...], why: str
) -> None:
    said = refused(settled, write_file(tmp_path, *rows))
    assert said.startswith(f"alipay, read as generic: {why}")
    assert said.endswith("; nothing was imported")


def test_the_profile_of_the_channel_on_the_day_or_the_one_named(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two profiles are needed to tell them apart: the second one reads as the first does, and says that it did."""
    asked: list[str] = []

    class Other:
        SETTINGS = taking.PROFILES["generic"].SETTINGS

        @staticmethod
        def read_results(raw: bytes, timezone: str) -> object:
            asked.append(timezone)
            return taking.PROFILES["generic"].read_results(raw, timezone)

    later = RULES.split("versions:\n")[1].replace("launch", "other").replace("-11-01", "-11-06")
    later = later.rstrip().removesuffix("}") + ", channels: {alipay: {profile: other}}}\n"
    home.rules_file.write_text(RULES + later, encoding="utf-8")
    monkeypatch.setitem(taking.PROFILES, "other", Other)  # type: ignore[arg-type]
    file = write_file(tmp_path, PAID_A)
    assert look(home, file).profile == "generic"
    assert asked == []
    assert look(home, file, asked=D6).profile == "other"
    assert look(home, file, form="other").profile == "other"
    assert asked == ["Asia/Shanghai"] * 2
    assert look(home, file, asked=D6, form="generic").profile == "generic"
    assert len(asked) == 2


@pytest.mark.parametrize("column", ["row", "text"])
def test_a_column_with_a_name_of_ours(settled: Home, tmp_path: Path, column: str) -> None:
    file = tmp_path / "results.csv"
    file.write_text(f"payout_id,status,amount,{column}\n{OF_A},paid,138.00,1\n", encoding="utf-8")
    assert refused(settled, file).startswith(f"alipay, read as generic: column {column} is none of a result file's")


def test_an_amount_that_cannot_be_read_is_not_taken_for_none(settled: Home, tmp_path: Path) -> None:
    rows = (f"{OF_A},paid,138.00.0,,\n", f"{OF_B},paid,,,\n")
    judged = look(settled, write_file(tmp_path, *rows)).judged
    assert judged.faults.select("row", "code").rows() == [(2, "bad_money")]
    assert judged.left.select("payout_id", "amount").rows() == [(OF_B, 385)]


def test_what_is_no_file_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "nothing.csv", tmp_path, tmp_path / "pipe"):
        with pytest.raises(Refused, match="found no file; allowed: a result file of a channel"):
            read_source(place)
    file = write_file(tmp_path, PAID_A)
    assert read_source(file).raw == file.read_bytes()
    monkeypatch.setattr(taking, "_MOST_BYTES", file.stat().st_size - 1)
    with pytest.raises(Refused, match="found more than 0 MiB"):
        read_source(file)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("R.CSV", ".csv"), ("r.xlsx", ".xlsx"), ("r", ""), ("r.zhang-san", ""), ("r.", "")],
)  # fmt: skip
def test_of_its_name_a_usual_suffix_is_kept(tmp_path: Path, name: str, suffix: str) -> None:
    assert read_source(write_file(tmp_path, PAID_A, name=name)).suffix == suffix


# --- what is left ------------------------------------------------------------------------------------------------


def test_what_an_import_leaves(home: Home, tmp_path: Path) -> None:
    rows = (PAID_A, FAILED_B, "P9,paid,1.00,,2025-11-04T09:00:00\n", ",paid,2.00,,\n")
    file = write_file(tmp_path, *rows, name="Zhang San.csv")
    found = look(home, file)
    digest = found.source.digest
    assert leave(home, found) == home.imports(D4) / f"payout_results-{digest}.csv"
    assert imported_before(home, digest) == home.imports(D4) / f"payout_results-{digest}.csv"
    there = {name: raw.decode() for name, raw in contents(home.imports_root).items()}
    summary = json.loads(there.pop(f"2025-11-04/import-{digest}.json"))
    assert there == {
        f"2025-11-04/source-{digest}.csv": file.read_text(encoding="utf-8"),
        f"2025-11-04/quarantine-{digest}.csv": "row,code,sentence,payout_id,text\n"
        '5,no_number,the row names no payment,,",paid,2.00,,"\n',
        f"2025-11-04/payout_results-{digest}.csv": "payout_id,status,amount,reason,at\n"
        f"{PAID_A}{FAILED_B}P9,paid,1.00,,2025-11-04T09:00:00\n",
    }
    assert summary == {
        "business_date": "2025-11-04", "channel": "alipay", "profile": "generic", "results": 3,
        "source": f"source-{digest}.csv",
        "outcomes": {
            "paid": {"payments": 1, "fen": 13800}, "failed": {"payments": 1, "fen": 385},
            "unknown_payout": {"payments": 1, "fen": 100}, "no_number": {"payments": 1, "fen": 200},
        },
    }  # fmt: skip


def test_without_faults_nothing_is_kept_apart(home: Home, tmp_path: Path) -> None:
    leave(home, look(home, write_file(tmp_path, PAID_A)))
    names = sorted(name.split("/")[1].split("-")[0] for name in contents(home.imports_root))
    assert names == ["import", "payout_results", "source"]


def test_the_results_come_last(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(home, write_file(tmp_path, PAID_A, ",paid,2.00,,\n"))
    done = disk_steps(monkeypatch, home.root)
    leave(home, found)
    renamed = [step.split("/")[-1].split("-")[0] for step in done if step.startswith("rename")]
    assert renamed == ["source", "quarantine", "import", "payout_results"]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_who_dies_in_between_has_imported_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    file = write_file(tmp_path, PAID_A, ",paid,2.00,,\n")
    found, renames = look(home, file, now=datetime(2025, 11, 4, 7)), [0]
    rename = Path.rename

    def dies(self: Path, target: Path) -> Path:
        renames[0] += 1
        if renames[0] > after:
            raise Killed
        return rename(self, target)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "rename", dies)
        leave(home, found)
    assert len(list(home.imports(D4).iterdir())) == after
    assert imported_before(home, found.source.digest) is None
    assert leave(home, look(home, file)) is not None
    assert len(contents(home.imports(D4))) == 4


def test_nothing_is_left_where_all_is_open(home: Home, tmp_path: Path) -> None:
    before = tree(home.root)
    found = look(home, write_file(tmp_path, f"{OF_A},processing,138.00,,\n"))
    assert found.judged.tally == [("open", 1, 13800)]
    assert leave(home, found) is None
    assert tree(home.root) == before


def test_rows_that_are_kept_apart_alone_are_no_import(home: Home, tmp_path: Path) -> None:
    file = write_file(tmp_path, ",paid,2.00,,\n")
    found = look(home, file)
    assert leave(home, found) is None
    names = {name.split("/")[1].split("-")[0] for name in contents(home.imports_root)}
    assert names == {"source", "quarantine", "import"}
    assert imported_before(home, found.source.digest) is None
    assert leave(home, look(home, file)) is None  # read again, and the same is left


def settle_next(home: Home) -> None:
    settle_days(home, D4)


def import_it(home: Home) -> None:
    leave(home, look(home, home.root.parent / "results.csv", asked=D5))


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [(settle_next, "2025-11-04 is settled already; results come with a later day"),
     (import_it, "the file was imported meanwhile")],
)  # fmt: skip
def test_what_happened_since_it_was_read(
    home: Home, tmp_path: Path, meanwhile: Callable[[Home], None], why: str
) -> None:
    found = look(home, write_file(tmp_path, PAID_A))
    meanwhile(home)
    before = tree(home.root)
    with pytest.raises(Refused, match=f"{why}$"):
        leave(home, found)
    assert tree(home.root) == before
