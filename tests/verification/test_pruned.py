"""What the second opinion says of a home whose superseded state was pruned: sound, until it is not.

Neighbour: ``tests/pipelines/test_prune.py`` for the pruning itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.segments import sealed_files
from assets.foundation.store import Home, canonical_json, sha256_file
from assets.pruning import prune, superseded
from assets.tables import STATE_TABLES
from assets.verification.findings import Verification
from assets.verification.home import verify_home
from tests.pipelines.homes import D1, D2, D3, D4, EIGHT_DAYS, settle_days, write_home
from tests.verification.conftest import Forger

DAYS = list(EIGHT_DAYS)
D6, D7, D8 = DAYS[-3:]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Eight settled days, nothing pruned."""
    home = write_home(tmp_path_factory.mktemp("whole") / "home", EIGHT_DAYS)
    settle_days(home, *DAYS)
    return home


@pytest.fixture
def pruned(whole: Home, tmp_path: Path) -> Home:
    """A copy of them, of which only what the newest day and the one before it need is left."""
    shutil.copytree(whole.root, tmp_path / "pruned")
    home = Home(tmp_path / "pruned")
    home.staging_root.mkdir()
    assert prune(home, 1).files
    home.staging_root.rmdir()
    return home


def change_record(home: Home, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(home.pruned_file.read_bytes())
    change(content["files"])
    home.pruned_file.write_bytes(canonical_json(content))


def enter(home: Home, file: str, kept_from: date) -> None:
    """Let the record say of a file that is there that it was pruned."""
    raw = (home.root / file).read_bytes()
    entry = {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "newest": str(D8),
        "kept_from": str(kept_from),
    }
    change_record(home, lambda files: files.update({file: entry}))


def where(outcome: Verification) -> list[str]:
    return [fault.where for fault in outcome.faults]


def needed_by(home: Home, day: date) -> set[str]:
    state = json.loads((home.settlement(day) / "manifest.json").read_bytes())["state"]
    return {file for file, _ in sealed_files(state)}


def test_the_same_is_looked_at_but_for_what_was_pruned(whole: Home, pruned: Home) -> None:
    before, after = verify_home(whole), verify_home(pruned)
    assert (before.clean, before.pruned) == (True, set())
    assert (after.faults, after.stopped, after.clean) == ([], "", True)
    assert after.pruned == {one.file for one in superseded(whole, 1).files}
    assert after.tallies["files"].files == before.tallies["files"].files - len(after.pruned)
    for kind, tally in before.tallies.items():
        assert kind == "files" or after.tallies[kind] == tally, kind


@pytest.mark.parametrize("day", DAYS)
def test_every_day_by_itself(pruned: Home, day: date) -> None:
    outcome = verify_home(pruned, upto=day, only=day)
    assert (outcome.faults, outcome.stopped) == ([], "")
    assert outcome.tallies["depth"].days == 1


def test_some_referrals_were_pruned_and_stand_in_the_newest_state(pruned: Home, whole: Home) -> None:
    """Without the newest state the referrals of these days were nowhere, and every claim on them a fault."""
    gone = [file for file in verify_home(pruned).pruned if file.endswith("/referrals.parquet")]
    placed = pl.concat([pl.read_parquet(whole.root / file) for file in gone])
    assert placed.filter(pl.col("placed_on") < D7).height
    # It rests on this: the rows of referrals are never dropped when segments are merged.
    assert next(table for table in STATE_TABLES if table.name == "referrals").live == ""


def test_a_referral_that_was_voided_later_counts_once(pruned: Home) -> None:
    """In the newest state a younger segment may hold its row again, with another status."""
    forger, name = Forger(pruned), f"settlements/{D8}/state/voided.parquet"
    rows = pl.read_parquet(pruned.settlement(D8) / "state" / "referrals.parquet")
    again = rows.filter(pl.col("placed_on") < D6).with_columns(status=pl.lit("void"))
    again.write_parquet(pruned.root / name)
    part = {"file": name, "rows": again.height, "sha256": sha256_file(pruned.root / name)}
    forger.manifest(D8, lambda content: content["state"]["referrals"].append(part))
    pruned.audit_file.unlink()  # it knows the seal as it was
    assert again.height
    assert verify_home(pruned).faults == []


def test_pruned_while_a_verification_is_at_work(whole: Home, tmp_path: Path) -> None:
    shutil.copytree(whole.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    home.staging_root.mkdir()

    def at(day: date, *_: int) -> None:
        if day in (D3, D6):
            assert prune(home, 3 if day == D3 else 1).files

    outcome = verify_home(home, progress=at)
    assert (outcome.faults, outcome.stopped) == ([], "")
    # What had been looked at before it went was looked at.
    assert outcome.pruned
    assert {file.split("/")[1] for file in outcome.pruned} <= {str(day) for day in DAYS[2:]}


def test_a_forged_claim_of_a_pruned_day_is_still_named(pruned: Home) -> None:
    claims = pl.read_parquet(pruned.settlement(D3) / "claims.parquet")
    first = claims.filter(pl.col("programme") == "referral")["claim_id"][0]
    Forger(pruned).table(D3, "claims", pl.col("claim_id") == first, amount=pl.lit(10**9))
    fault = verify_home(pruned).of_kind("depth")[0]
    assert (fault.where, fault.what) == (f"settlements/{D3}/claims.parquet", "claims of A cycle 0")


# --- faults ------------------------------------------------------------------------------------------------------


def test_a_state_file_that_is_missing_and_not_in_the_record(pruned: Home) -> None:
    file = next(iter(sorted(verify_home(pruned).pruned)))
    change_record(pruned, lambda files: files.pop(file))
    outcome = verify_home(pruned)
    assert [(fault.kind, fault.where, fault.found) for fault in outcome.faults] == [("files", file, "no such file")]
    assert file not in outcome.pruned


def test_without_the_record_every_one_is_missing(pruned: Home) -> None:
    gone = verify_home(pruned).pruned
    pruned.pruned_file.unlink()
    outcome = verify_home(pruned)
    assert set(where(outcome)) >= gone
    assert not outcome.pruned


def test_a_record_of_another_file(pruned: Home) -> None:
    file = next(iter(sorted(verify_home(pruned).pruned)))
    change_record(pruned, lambda files: files[file].update(sha256="0" * 64))
    assert where(verify_home(pruned)) == [file]


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1, "files": {"x": {}}}', "\xff"])
def test_a_record_that_cannot_be_read(pruned: Home, text: str) -> None:
    pruned.pruned_file.write_bytes(text.encode("latin-1"))
    outcome = verify_home(pruned)
    assert where(outcome).count("pruned.json") == 1
    assert outcome.faults[0].where == "pruned.json"
    assert outcome.faults[0].what == "the record of pruned files"
    assert not outcome.pruned


@pytest.mark.parametrize("kept_from", [D7, date(2999, 1, 1)], ids=["as written", "forged"])
def test_a_file_of_the_newest_state_is_never_excused(pruned: Home, kept_from: date) -> None:
    file = f"settlements/{D8}/state/orders.arrow"
    enter(pruned, file, kept_from)
    (pruned.root / file).unlink()
    outcome = verify_home(pruned)
    assert where(outcome) == [file]
    assert file not in outcome.pruned


def test_a_file_that_a_kept_day_needs_is_not_excused(pruned: Home) -> None:
    """Of the day before the newest, which began with it: the record says from when on everything is there."""
    file = sorted(needed_by(pruned, D7) - needed_by(pruned, D8))[0]
    enter(pruned, file, D7)
    (pruned.root / file).unlink()
    assert where(verify_home(pruned)) == [file]


def test_a_home_put_back_to_a_day_whose_state_was_pruned(pruned: Home) -> None:
    """What the newest settled day needs is missing, whatever the record says: no day could follow."""
    for day in DAYS[4:]:
        shutil.rmtree(pruned.settlement(day))
    outcome = verify_home(pruned)
    missing = {file for file in needed_by(pruned, D4) if not (pruned.root / file).exists()}
    assert missing
    # What the days that are gone issued stays issued, and the log knows that they were settled.
    issued = {f"issued/{day}.csv" for day in DAYS[4:] if pruned.issued(day).exists()}
    assert len(issued) == 3
    assert set(where(outcome)) == missing | issued | {"audit.jsonl"}
    assert {fault.day for fault in outcome.faults if fault.where in missing} == {D4}


def test_the_newest_state_touched_stops_what_rests_on_it(pruned: Home) -> None:
    file = f"settlements/{D8}/state/referrals.parquet"
    Forger(pruned).flip(pruned.root / file)
    outcome = verify_home(pruned)
    assert where(outcome) == [file]
    assert outcome.stopped == f"the referrals of {D2} were pruned, and the newest state cannot be read for them"
    assert outcome.tallies["balances"].days == 1
    # A day by itself reads it too: nothing else holds what was referred then.
    assert verify_home(pruned, upto=D2, only=D2).stopped == outcome.stopped


def test_the_newest_seal_cut_short_stops_what_rests_on_it(pruned: Home) -> None:
    (pruned.settlement(D8) / "manifest.json").write_text("{")
    outcome = verify_home(pruned)
    assert where(outcome) == [f"settlements/{D8}/manifest.json"]
    assert f"the referrals of {D2} were pruned" in outcome.stopped


def test_a_pruned_file_that_is_back_is_looked_at(pruned: Home, whole: Home) -> None:
    file = next(iter(sorted(verify_home(pruned).pruned)))
    shutil.copy(whole.root / file, pruned.root / file)
    outcome = verify_home(pruned)
    assert outcome.clean
    assert file not in outcome.pruned
    Forger(pruned).flip(pruned.root / file)
    assert where(verify_home(pruned)) == [file]


def test_an_output_is_never_excused(pruned: Home) -> None:
    file = f"settlements/{D1}/lots.parquet"
    enter(pruned, file, D7)
    (pruned.root / file).unlink()
    assert [fault.where for fault in verify_home(pruned).of_kind("files")] == [file]
