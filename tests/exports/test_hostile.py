"""What the fuzzer (``tests/fuzz``) brought to light, one literal each: bombs, lies, odd times, links, long messages."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.exports.contract import EXPORTS
from assets.exports.intake import Intake
from assets.exports.parquet import Unfit, _page, open_parquet
from assets.exports.parsing import parse
from assets.exports.reading import read_sheet
from assets.foundation.errors import Refused, RulesError
from assets.foundation.rules import parse_rules, rules_text
from tests.exports.ledger import DAY, engine, folder, line, refused, take, write

_MIB = 1 << 20


def _parquet(table: pa.Table, **options: Any) -> bytes:
    raw = io.BytesIO()
    pq.write_table(table, raw, **{"compression": "zstd", "write_statistics": False, **options})
    return raw.getvalue()


def _member(**columns: pa.Array) -> pa.Table:
    rows = len(next(iter(columns.values())))
    texts = {"member_id": [f"N{n}" for n in range(rows)], "sponsor_id": [""] * rows, "joined_at": ["2026-11-20"] * rows}
    return pa.table({**{name: pa.array(text) for name, text in texts.items()}, **columns})


def _take_members(home: Path, data: bytes) -> Intake:
    write(home)
    (folder(home) / "members.parquet").write_bytes(data)
    return take(home)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _number(value: int, length: int = 0) -> bytes:
    """A whole number as a footer spells it, in so many bytes."""
    value <<= 1
    raw = bytearray()
    while value > 127 or len(raw) + 1 < length:
        raw.append(value & 127 | 128)
        value >>= 7
    return bytes([*raw, value])


@pytest.mark.parametrize("told", [1, 299, 301, 0, 16_000])
def test_a_footer_that_names_other_counts_than_the_pages(
    tmp_path: Path, told: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Polars read as many rows as the footer said, and lost the others in silence; or it panicked."""
    data = _parquet(_member(n=pa.array([0] * 300)))
    true = _number(300)
    assert len(true) == 2
    places = [match.start() for match in re.finditer(re.escape(true), data)]
    path, refusals = tmp_path / "members.parquet", 0
    for at in places:
        path.write_bytes(data[:at] + _number(told, 2) + data[at + 2 :])
        try:
            sheet = read_sheet(EXPORTS["members"], path, tmp_path, "Asia/Shanghai")
            assert sheet.read.rows == 300  # the number was no count
        except Refused as refusal:
            assert re.match(r"members\.parquet: unreadable_file: .+; allowed: .+", str(refusal))
            refusals += 1
    assert refusals >= 9
    assert capfd.readouterr().err == ""


def test_a_size_that_the_footer_hides(tmp_path: Path) -> None:
    """The pages say what they unfold to, whatever the footer says of them."""
    data = _parquet(_member(more=pa.array(["A" * 100 * _MIB])), use_dictionary=False)
    size = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(3).total_uncompressed_size
    small = data.replace(_number(size), _number(1_000, len(_number(size))))
    assert len(small) < 6_000
    assert pq.ParquetFile(io.BytesIO(small)).metadata.row_group(0).column(3).total_uncompressed_size == 1_000
    for one in (data, small):
        with pytest.raises(
            Refused, match=r"it unfolds to more than \d+ bytes; allowed: at most \d+ bytes in a file of its size"
        ):
            _take_members(tmp_path, one)


def _same(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array([text]))


@pytest.mark.parametrize(
    ("more", "options", "found"),
    [
        (lambda: _same("A" * 1_000_000, 20_000), {}, "repeats texts of more than 262144 bytes"),
        (lambda: _same("A" * 60_000, 20_000), {}, r"its texts come to more than \d+ bytes"),
        (lambda: pa.nulls(3_000_000, pa.string()), {}, r"it has more than \d+ values"),
        (lambda: pa.ListArray.from_arrays(pa.array([0, 9_000_000], pa.int32()), pa.nulls(9_000_000,
        pa.int8()).fill_null(7)),
         {}, r"it has more than \d+ values"),
        (lambda: pa.array(["A" * 99_999 + str(n) for n in range(900)]),
         {"use_dictionary": False, "column_encoding": {"more": "DELTA_BYTE_ARRAY"}}, "encoded as DELTA_BYTE_ARRAY"),
    ],
)  # fmt: skip
def test_a_small_file_that_would_come_to_much(more: Any, options: dict[str, Any], found: str) -> None:
    column = more()
    table = pa.table({"member_id": _same("N1", len(column)), "more": column})
    data = _parquet(table, **options)
    assert len(data) < 500_000
    before = pa.total_allocated_bytes()
    with pytest.raises(Unfit, match=found):
        open_parquet(data).frame()
    assert pa.total_allocated_bytes() - before < 150 * _MIB


def test_files_of_many_rows_are_not_bombs(tmp_path: Path) -> None:
    """A long repeated text, a column of one value, a million rows: what exports are like."""
    rows = 400_000
    table = _member(more=_same("x" * 60, rows), none=pa.nulls(rows, pa.string()))
    for version in ("1.0", "2.0"):
        found = open_parquet(_parquet(table, data_page_version=version))
        assert found.frame().shape == (rows, 5)


def test_a_header_that_names_a_billion_numbers_is_not_counted_out() -> None:
    """A page header with a list of 2^30 numbers took minutes and gigabytes."""
    list_of_doubles = b"\x19\xf7" + b"\x80\x80\x80\x80\x04"
    data = list_of_doubles + b"\x11" * 80_000_000
    started = time.process_time()
    with pytest.raises(Unfit, match="a page without a sound header"):
        _page(data, 0)
    assert time.process_time() - started < 1


_DAMAGED = """
import io, random, sys
import pyarrow as pa, pyarrow.parquet as pq
from assets.exports.contract import EXPORTS
from assets.exports.reading import read_sheet
from assets.foundation.errors import Refused
from pathlib import Path
rng, home, counts = random.Random(1), Path(sys.argv[1]), [0, 0]
table = pa.table({"member_id": [f"N{n}" for n in range(30)], "sponsor_id": [""] * 30, "joined_at": ["2026-11-20"] * 30})
for options in ({"compression": "zstd"}, {"compression": "none"}, {"compression": "snappy", "use_dictionary": False}):
    raw = io.BytesIO()
    pq.write_table(table, raw, **options)
    for _ in range(300):
        data = bytearray(raw.getvalue())
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (home / "members.parquet").write_bytes(data)
        try:
            read_sheet(EXPORTS["members"], home / "members.parquet", home, "Asia/Shanghai")
            counts[0] += 1
        except Refused:
            counts[1] += 1
print(*counts)
"""


def test_damaged_files_never_end_the_process(tmp_path: Path) -> None:
    """Polars' reader aborted on some of these, and printed a stack on others."""
    done = subprocess.run([sys.executable, "-c", _DAMAGED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    taken, not_taken = map(int, done.stdout.split())
    assert taken + not_taken == 900 and not_taken > 500


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2**31 - 1, pa.date32(), "2147483647"), (-(2**31), pa.date32(), "-2147483648"),
        (2**63 - 1, pa.timestamp("us"), "9223372036854775807"), (-(2**63) + 1, pa.timestamp("us", "UTC"),
        "-9223372036854775807"),
        (2**62, pa.timestamp("ms", "UTC"), "4611686018427387904"),
    ],
)  # fmt: skip
def test_a_time_outside_the_calendar_is_a_bad_time(tmp_path: Path, value: int, kind: pa.DataType, text: str) -> None:
    wide = pa.int32() if kind == pa.date32() else pa.int64()
    times = pa.array([value], wide).cast(kind)
    intake = _take_members(tmp_path, _parquet(_member(joined_at=times)))
    assert refused(intake) == [("members", 2, "bad_time")]
    assert intake.original["members"]["o:joined_at"].to_list() == [text]


@pytest.mark.parametrize("zone", ["Nowhere/Land", "+08:00", "", "UTC"])
def test_a_zone_has_no_say_in_when_a_moment_was(tmp_path: Path, zone: str) -> None:
    kind = pa.timestamp("us", zone) if zone else pa.timestamp("us")
    moment = int((datetime(2026, 11, 20, 1) - datetime(1970, 1, 1)).total_seconds()) * 10**6
    made = engine()
    write(tmp_path)
    (folder(tmp_path) / "members.parquet").write_bytes(
        _parquet(_member(joined_at=pa.array([moment], pa.int64()).cast(kind)))
    )
    take(tmp_path, made)
    assert made.frame("taken_members")["joined_at"].to_list() == [datetime(2026, 11, 20, 9 if zone else 1)]


# --- what stands in the place of a file ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "nowhere", "members.csv", "../../rules.yaml"])
def test_a_link_is_no_export(tmp_path: Path, target: str) -> None:
    """It was followed: the first line of any file then stood in the message."""
    write(tmp_path)
    (folder(tmp_path) / "members.csv").symlink_to(target)
    with pytest.raises(Refused, match=r"^members\.csv: unreadable_file: found a link; allowed: the file itself$"):
        take(tmp_path)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/etc/passwd")])
def test_what_is_no_file_among_the_imports_is_not_left_out_in_silence(tmp_path: Path, make: Any) -> None:
    imports = write(tmp_path) / "imports" / DAY.isoformat()
    imports.mkdir(parents=True)
    make(imports / "payout_results-0a.csv")
    with pytest.raises(
        Refused, match=r"imports/2026-11-20/payout_results-0a\.csv: unreadable_file; allowed: a plain file"
    ):
        take(tmp_path)


def test_a_file_that_the_system_does_not_hand_out(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"^mem: unreadable_file: Input/output error; allowed: a file that can be read$"):
        read_sheet(EXPORTS["members"], Path("/proc/self/mem"), Path("/proc/self"), "Asia/Shanghai")


def test_rules_that_are_a_pipe_are_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    os.mkfifo(path)
    with pytest.raises(RulesError, match="found no plain file, allowed a rules file"):
        parse_rules(rules_text(path), str(path))


# --- messages --------------------------------------------------------------------------------------------------------

_STEERS = "\x1b[31m\u202e\u200b\r"


@pytest.mark.parametrize(
    "files",
    [
        {"members": f"member_id,sponsor_id,{_STEERS.strip()}joined_at\nN,,2026-11-20\n"},
        {"members": f"member_id,member_id\n{_STEERS}\n"},
        {"members": f'"{"x" * 500_000}{_STEERS}","{"x" * 500_000}{_STEERS}"\n'},
        {"control": f"file,rows,amount,sha256\nmembers,1,,\"{_STEERS}\"\n",
        "members": "member_id,sponsor_id,joined_at\n"},
    ],
)  # fmt: skip
def test_a_refusal_is_one_short_line_that_steers_no_terminal(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        take(write(tmp_path, **files))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 700


def test_a_sentence_shows_no_character_that_steers_or_hides_and_the_text_is_kept(tmp_path: Path) -> None:
    text = "A\u202eB\u200bC\x1bD\u3000E"
    intake = take(
        write(
            tmp_path,
            orders=[line(order=text)],
            **{"members": "member_id,sponsor_id,joined_at,\x1b]0;\u2066\nN,,2026-11-20,\n"},
        )
    )
    assert intake.quarantined["sentence"][0].startswith("order_id is 'A?B?C?D?E'; allowed: ")
    assert intake.original["orders"]["o:order_id"].to_list() == [text]
    assert [note for note in intake.notes if not note.isprintable()] == []


def test_a_name_in_the_folder_is_shown_without_what_steers(tmp_path: Path) -> None:
    write(tmp_path)
    (folder(tmp_path) / "\x1b[31m.csv").write_text("x", encoding="utf-8")
    assert "?[31m.csv: not in the contract, ignored" in take(tmp_path).notes


def test_control_counts_in_at_most_fifteen_digits(tmp_path: Path) -> None:
    """Python refuses to make a number of more than some four thousand, with an error of its own."""
    with pytest.raises(Refused, match=r"row 2: rows is '9{40}'; allowed: an integer"):
        take(write(tmp_path, control=f"file,rows,amount\norders,{'9' * 5_000},0\n"))


def test_a_rules_file_of_a_thousand_faults_names_some(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("".join(f"k{n}: 1\n" for n in range(1_000)), encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        parse_rules(rules_text(path), str(path))
    said = str(caught.value).splitlines()
    assert len(said) == 31 and said[-1].endswith("and 971 more")


# --- rows that are read in pieces ------------------------------------------------------------------------------------


def _in_pieces(joined: list[str]) -> pl.DataFrame:
    """Members as a file of some size is read: text in two pieces, the numbers of the rows in one."""
    ids = [f"N{n}" for n in range(len(joined))]
    text = pl.DataFrame({"member_id": ids, "sponsor_id": [""] * len(ids), "joined_at": joined})
    pieces = pl.concat([text.head(2), text.tail(-2)], rechunk=False)
    frame = pieces.with_columns(at_row=pl.Series(range(len(ids)), dtype=pl.Int64))
    assert frame["joined_at"].n_chunks() == 2 and frame["at_row"].n_chunks() == 1
    return frame


def test_a_fault_in_a_later_piece_of_a_file_is_told() -> None:
    """Polars panicked on text that began with an empty piece: the day ended in a defect instead of a quarantine."""
    parsed = parse(EXPORTS["members"], _in_pieces(["2026-11-20", "2026-11-20", "never", "never"]), DAY, "Asia/Shanghai")
    assert parsed.faults.select("at_row", "reason").rows() == [(2, "bad_time"), (3, "bad_time")]
    assert parsed.sound.height == 2
