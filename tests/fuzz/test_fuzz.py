"""The short part of the fuzzer that runs with every test: the same inputs each time, and that the judge does judge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assets.exports import intake
from assets.exports.parsing import Parsed
from assets.foundation.errors import Refused
from tests.fuzz.fuzz import main, run
from tests.fuzz.inputs import Input, read_csv, write_input
from tests.fuzz.oracle import Bench, Verdict, tree
from tests.fuzz.shop import DAY, SHOP, as_csv, untouched, write_shop

_INPUTS = 40


def test_hostile_inputs_are_refused_or_quarantined(tmp_path: Path) -> None:
    results = list(run(20261120, range(_INPUTS), ways="intake", scratch=tmp_path))
    assert [one for one in results if one.outcome == "fault"] == []
    assert len(results) == _INPUTS
    assert {"refused", "rules", "quarantined", "taken"} == set(Counter(one.outcome for one in results))


def test_an_input_is_the_same_every_time(tmp_path: Path) -> None:
    for number in range(30):
        one, other = (write_input(tmp_path / f"{number}-{n}", 7, number) for n in (1, 2))
        assert one == other
        assert tree(tmp_path / f"{number}-1") == tree(tmp_path / f"{number}-2")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def _judged(bench: Bench, home: Path, file: str = "orders", data: bytes | None = None) -> Verdict:
    write_shop(home, DAY, SHOP)
    data = as_csv(SHOP[file], SHOP[file][0]) if data is None else data
    (home / "exports" / DAY.isoformat() / f"{file}.csv").write_bytes(data)
    return bench.judge(home, Input(0, 0, "intake", file, "csv", "none", read_csv(data)))


def test_the_shop_itself_is_taken_whole(bench: Bench, tmp_path: Path) -> None:
    assert _judged(bench, tmp_path) == Verdict("taken")


def test_an_error_that_is_no_refusal_is_a_fault(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "read_sheet", lambda *_: 1 // 0)
    assert _judged(bench, tmp_path).faults[0].startswith("ZeroDivisionError")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("", "not one sentence"),
        ("a\nb", "not one sentence"),
        ("a\x1b", "message holds"),
        ("a" * 9_000, "message of 9000"),
    ],
)
def test_a_message_nobody_can_read_is_a_fault(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, fault: str
) -> None:
    def refuse(*_: object) -> None:
        raise Refused(said)

    monkeypatch.setattr(intake, "read_sheet", refuse)
    assert _judged(bench, tmp_path).faults[0].startswith(fault)


def test_a_sound_row_that_fell_and_a_row_that_is_gone_are_faults(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = intake.parse

    def losing(export: object, text: object, *more: object) -> Parsed:
        parsed = parse(export, text, *more)  # type: ignore[arg-type]
        if export is intake.EXPORTS["orders"]:
            return Parsed(parsed.sound.head(-1), parsed.faults, parsed.money.head(-1))
        return parsed

    monkeypatch.setattr(intake, "parse", losing)
    faults = " ".join(_judged(bench, tmp_path).faults)
    assert "orders: 8 rows in, the file has 9" in faults
    assert "taken_orders: sound rows changed" in faults


def test_a_quarantined_text_that_changed_and_a_new_file_are_faults(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = intake.take_exports

    def changing(engine: object, lookup: object, home: Path, *given: object, **more: object) -> intake.Intake:
        (home / "left.txt").write_text("x", encoding="utf-8")
        taken = take(engine, lookup, home, *given, **more)  # type: ignore[arg-type]
        original = taken.original["orders"]
        taken.original["orders"] = original.with_columns(original["o:order_id"].str.to_lowercase())
        return taken

    monkeypatch.setattr(intake, "take_exports", changing)
    data = as_csv(SHOP["orders"], SHOP["orders"][0]).replace(b"A7,1,M6", b"A7,one,M6")
    faults = " ".join(_judged(bench, tmp_path, data=data).faults)
    assert "row 10 was" in faults and "changed on disk: ['left.txt']" in faults


def test_what_a_change_can_move() -> None:
    rows = [dict(row) for row in SHOP["members"]]
    rows[2]["joined_at"] = "never"
    safe = untouched("members", rows)
    assert safe["members"] == ["M0", "M1", "M3", "M6"]  # M4 is M2's, M5 is M4's
    assert "A5" not in safe["orders"] and "A3" in safe["orders"]
    assert safe["payout_accounts"] == ["M0", "M1"] and safe["queue_exits"] == []
    assert untouched("members", None) == {}


def test_the_command_says_how_to_do_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--inputs", "2", "--seed", "3", "--ways", "intake", "--keep", str(tmp_path)]) == 0
    assert "2 inputs (2 intake)" in capsys.readouterr().out
