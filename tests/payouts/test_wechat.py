"""The WeChat channel: what it refuses, how it cuts, its files to the byte and read back, and the answers of queries.

Golden files lie in ``golden/``. Neighbour: ``lines.py`` makes the payments.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.errors import Refused, RulesError
from assets.foundation.rules import Scalar
from assets.payouts.channels import read_rules, wechat
from assets.payouts.channels.base import RESULT, PayoutFile, Plan, payee_most, payment_least
from assets.payouts.reading import listed_files
from assets.verification.home import verify_home
from tests.payouts.lines import lines, payout_id
from tests.pipelines.homes import D1, D2, DAYS, RULES, settle_days, write_home

GOLDEN = Path(__file__).parent / "golden"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
Payment = dict[str, object]


def plan(first: int = 1, **given: Scalar) -> Plan:
    defaults = {name: setting.default for name, setting in wechat.SETTINGS.items()}
    return Plan("wechat", date(2026, 11, 20), {**defaults, "appid": "wx1234567890abcdef", **given}, first)


def pay(net: int, **fields: object) -> Payment:
    return {"net": net, "account_no": OPENID, **fields}


def written(folder: Path, plan: Plan, *payments: Payment) -> list[tuple[PayoutFile, Path]]:
    files = [(file, folder / file.name) for file in wechat.cut(lines(*payments), plan)]
    for file, path in files:
        wechat.write(file, path, plan)
    return files


# --- the files ---------------------------------------------------------------------------------------------------


def test_the_files_to_the_byte(tmp_path: Path) -> None:
    """The least, and the last fen without a name; then the names, with a letter beyond 16 bits and both dots."""
    payments = [
        pay(30, account_name="张三"),
        pay(200_000, account_name="阿依古丽·买买提"),
        pay(199_999, account_name="李四"),
        pay(2_000_000, account_name="𠅤䶮•喆", account_no="o-1"),
    ]
    files = written(tmp_path, plan(transfer_scene_id="1000"), *payments)
    assert [file.name for file, _ in files] == ["wechat_20261120_0001.json", "wechat_20261120_0002.json"]
    for _, path in files:
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes()


def test_the_body_has_the_keys_of_the_api_and_no_scene_without_one(tmp_path: Path) -> None:
    ((file, path),) = written(tmp_path, plan(), pay(30), pay(31))
    body = json.loads(path.read_bytes())
    assert list(body) == [
        "appid", "out_batch_no", "batch_name", "batch_remark", "total_amount", "total_num", "transfer_detail_list",
    ]  # fmt: skip
    assert (body["total_amount"], body["total_num"], body["out_batch_no"]) == (61, 2, file.batch)
    assert list(body["transfer_detail_list"][1].items()) == [
        ("out_detail_no", payout_id(2)), ("transfer_amount", 31), ("transfer_remark", "结算款"), ("openid", OPENID),
    ]  # fmt: skip
    assert len(file.batch) == 24
    assert file.batch.isalnum()


@pytest.mark.parametrize(
    ("net", "names", "named"),
    [
        (29, "send", False), (30, "send", True), (30, "omit", False), (199_999, "send", True),
        (199_999, "omit", False), (200_000, "omit", True), (2_000_000, "send", True),
    ],
)  # fmt: skip
def test_who_is_named(tmp_path: Path, net: int, names: str, named: bool) -> None:
    ((file, path),) = written(tmp_path, plan(names=names, payment_min_fen=10), pay(net))
    (detail,) = json.loads(path.read_bytes())["transfer_detail_list"]
    assert detail.get("user_name") == ("张三" if named else None)
    assert wechat.read_back(path, file.form).rows() == [(payout_id(1), net, OPENID, "张三" if named else "", "")]


@pytest.mark.parametrize(
    ("given", "nets", "sizes"),
    [
        ({}, [30] * 1_000, [1_000]),
        ({}, [30] * 1_001, [1_000, 1]),
        ({"kind": "reservation"}, [30] * 50, [50]),
        ({"kind": "reservation"}, [30] * 51, [50, 1]),
        ({"kind": "reservation", "file_max_rows": 1_000}, [30] * 51, [50, 1]),
        ({"file_max_rows": 2}, [30] * 5, [2, 2, 1]),
        ({"file_max_fen": 100}, [50, 50, 50, 100, 30], [2, 1, 1, 1]),
        ({"file_max_rows": 1}, [200_000, 30, 200_000, 30], [1, 1, 1, 1]),
        ({}, [200_000, 30, 200_000, 30], [2, 2]),
        ({}, [], []),
    ],
)  # fmt: skip
def test_where_a_file_ends(tmp_path: Path, given: dict[str, Scalar], nets: list[int], sizes: list[int]) -> None:
    files = written(tmp_path, plan(first=7, **given), *map(pay, nets))
    assert [file.rows.height for file, _ in files] == sizes
    assert [file.name for file, _ in files] == [f"wechat_20261120_{n:04}.json" for n in range(7, 7 + len(sizes))]
    assert len({file.batch for file, _ in files}) == len(sizes)
    assert [file.form["names"] for file, _ in files] == sorted(file.form["names"] for file, _ in files)
    read = [wechat.read_back(path, file.form) for file, path in files]
    assert sorted(one for part in read for one in part["serial"]) == [payout_id(n + 1) for n in range(len(nets))]


_LETTERS = "张李·•镕喆堃䶮㛃𠅤aZ '\"\\|,/<&"
_PAYMENTS = st.lists(
    st.fixed_dictionaries({
        "net": st.sampled_from([30, 31, 199_999, 200_000, 200_001, 2_000_000]) | st.integers(30, 2_000_000),
        "account_no": st.text("ABYZabyz0189-_", min_size=1, max_size=64),
        "account_name": st.text(_LETTERS, min_size=1, max_size=40)
        | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    }),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_PAYMENTS, st.sampled_from(["send", "omit"]), st.integers(1, 4))
def test_what_is_not_refused_reads_back_as_it_was(payments: list[Payment], names: str, most: int) -> None:
    chosen = plan(names=names, file_max_rows=most)
    frame = lines(*payments)
    carried = frame.filter(wechat.refusals(frame, chosen.settings) == "")
    read = []
    with tempfile.TemporaryDirectory() as folder:
        for file in wechat.cut(carried, chosen):
            path = Path(folder) / file.name
            wechat.write(file, path, chosen)
            part = wechat.read_back(path, file.form)
            assert 1 <= part.height <= most
            assert len({name == "" for name in part["account_name"]}) == 1
            read += part.rows()
    start = 30 if names == "send" else 200_000
    expected = [
        (one["payout_id"], one["net"], one["account_no"], one["account_name"] if one["net"] >= start else "", "")
        for one in carried.iter_rows(named=True)
    ]
    assert sorted(read) == expected


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account_no", "account_name", "reason"),
    [
        (OPENID, "张三", ""),
        ("o" * 64, "𠅤", ""),
        ("o" * 65, "张三", "account_no is no openid (1 to 64 letters, digits, - or _)"),
        ("o.1", "张三", "account_no is no openid (1 to 64 letters, digits, - or _)"),
        ("", "张三", "account_no is no openid (1 to 64 letters, digits, - or _)"),
        ("oＡ", "张三", "account_no is no openid (1 to 64 letters, digits, - or _)"),
        ("o1\n", "张三", "account_no is no openid (1 to 64 letters, digits, - or _)"),
        ("-o1", "张三", "account_no starts like a formula"),
        (OPENID, "＝甲", "account_name starts like a formula"),
        (OPENID, "张\u202e三", "account_name holds a control character"),
        (OPENID, "张\u2028三", "account_name holds a control character"),
    ],
)
def test_what_it_cannot_carry(account_no: str, account_name: str, reason: str) -> None:
    frame = lines(pay(30, account_no=account_no, account_name=account_name))
    assert wechat.refusals(frame, plan().settings).to_list() == [reason]


def test_limits_of_a_payee_act_before_the_cut() -> None:
    assert (payment_least(plan().settings), payee_most(plan().settings)) == (30, 2_000_000)


def test_a_name_that_is_needed_and_forbidden() -> None:
    told = r"channel wechat: name_forbidden_below_fen is 31, allowed at most name_required_from_fen 30"
    with pytest.raises(Refused, match=told):
        wechat.cut(lines(pay(30)), plan(name_forbidden_below_fen=31, name_required_from_fen=30))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("kind: batch", "appid: missing, required by the profile wechat, allowed 1 to 32 letters, digits, - or _"),
        (f"appid: {'x' * 33}", "allowed 1 to 32 letters, digits, - or _"),
        ("appid: wx1, kind: single", 'kind: found "single", allowed batch, reservation'),
        ("appid: wx1, payment_min_fen: 9", "payment_min_fen: found 9, allowed 10 to"),
        ("appid: wx1, file_max_rows: 1001", "file_max_rows: found 1001, allowed 0 to 1000"),
        (f"appid: wx1, transfer_remark: {'款' * 33}", "transfer_remark: found"),
        ("appid: wx1, batch_name: ''", 'batch_name: found "", allowed 1 to 32 printable characters'),
        ("appid: wx1, transfer_scene_id: a-b", "transfer_scene_id: found"),
    ],
)
def test_settings_at_fault_are_told_by_their_key(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(RulesError) as no:
        read_rules(rules(tmp_path, said))
    assert "payout.channels.wechat" in str(no.value)
    assert told in str(no.value)


def rules(folder: Path, said: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(with_channel(said), encoding="utf-8")
    return path


def with_channel(said: str) -> str:
    old = "labour_method: monthly}"
    assert old in RULES
    return RULES.replace(old, f"labour_method: monthly, channels: {{wechat: {{profile: wechat, {said}}}}}}}")


def test_settings_have_defaults(tmp_path: Path) -> None:
    (version,) = read_rules(rules(tmp_path, f"appid: wx1, batch_name: {'款' * 32}")).versions
    channel = version.payout.channel("wechat")
    assert channel.settings == {**plan(appid="wx1").settings, "batch_name": "款" * 32}


# --- wrong files -------------------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], object]


def _detail(**fields: Any) -> Change:
    return lambda body: body["transfer_detail_list"][0].update(fields)


def _drop(key: str) -> Change:
    return lambda body: body["transfer_detail_list"][0].pop(key)


WRONG: dict[str, tuple[Change, str]] = {
    "total of a fen more": (lambda b: b.update(total_amount=400_002), "total_amount: found 400002 fen, allowed 400001"),
    "one more": (lambda b: b.update(total_num=3), "total_num: found 3, allowed 2, the number of details"),
    "an id twice": (_detail(out_detail_no=payout_id(2)), f"out_detail_no: found {payout_id(2)} twice"),
    "an amount changed": (_detail(transfer_amount=200_001), "total_amount: found 400001 fen, allowed 400002"),
    "a float": (_detail(transfer_amount=200_000.0), "transfer_detail_list 1 transfer_amount: found 200000.0, allowed"),
    "text for an amount": (_detail(transfer_amount="200000"), "1 transfer_amount: found text, allowed"),
    "nothing": (_detail(transfer_amount=0), "1 transfer_amount: found 0, allowed"),
    "less than nothing": (_detail(transfer_amount=-1), "1 transfer_amount: found -1, allowed"),
    "true": (_detail(transfer_amount=True), "1 transfer_amount: found True, allowed"),
    "no openid": (_detail(openid="o 1"), "1 openid: found text, allowed"),
    "an id with a mark": (_detail(out_detail_no="P_1"), "1 out_detail_no: found text, allowed"),
    "a long remark": (_detail(transfer_remark="款" * 33), "1 transfer_remark: found text, allowed"),
    "a key more": (_detail(phone="1"), "transfer_detail_list 1 an unknown key"),
    "a key less": (_drop("openid"), "1 openid: missing"),
    "a name less": (_drop("user_name"), f"{payout_id(1)}: user_name, allowed for all or none"),
    "a name that is null": (_detail(user_name=None), "1 user_name: found null"),
    "no details": (lambda b: b.update(transfer_detail_list=[]), "transfer_detail_list: found a list, allowed"),
    "another version": (lambda b: b.update(notify_url="x"), "an unknown key: allowed only those"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_does_not_read_back(tmp_path: Path, name: str) -> None:
    change, told = WRONG[name]
    ((file, path),) = written(tmp_path, plan(), pay(200_000), pay(200_001))
    body = json.loads(path.read_bytes())
    change(body)
    path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(ValueError) as no:
        wechat.read_back(path, file.form)
    assert told in str(no.value)
    assert "张三" not in str(no.value)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"payment_min_fen": 31}, f"{payout_id(1)}: found 30 fen, allowed 31 and more"),
        ({"names": True}, f"{payout_id(1)}: user_name, allowed for all or none"),
        ({"name_required_from_fen": 31}, f"{payout_id(2)}: user_name, allowed"),
        ({"kind": "reservation"}, "total_num: found 51 details, allowed 50 in a reservation"),
    ],
)
def test_the_limits_are_held_when_read_back(tmp_path: Path, form: dict[str, Scalar], told: str) -> None:
    ((file, path),) = written(tmp_path, plan(), *(pay(30 + n) for n in range(51)))
    wechat.read_back(path, file.form)
    with pytest.raises(ValueError) as no:
        wechat.read_back(path, {**file.form, **form})
    assert told in str(no.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"{}\n{}"])
def test_what_is_no_batch_does_not_read_back(tmp_path: Path, raw: bytes) -> None:
    ((file, path),) = written(tmp_path, plan(), pay(30))
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"allowed|missing"):
        wechat.read_back(path, file.form)


# --- results -----------------------------------------------------------------------------------------------------

BATCH = {"mchid": "19", "out_batch_no": "W20261120A", "batch_id": "1", "appid": "wx", "batch_status": "FINISHED"}


def answer(status: str, number: int = 1, **more: object) -> dict[str, object]:
    return {"out_detail_no": payout_id(number), "detail_id": "1", "detail_status": status, **more}


def read(found: object, timezone: str = "Asia/Shanghai") -> tuple[list[dict[str, Any]], Any]:
    results = wechat.read_results(json.dumps(found, ensure_ascii=False).encode(), timezone)
    assert results.rows.schema == pl.Schema(RESULT)
    return results.rows.to_dicts(), results


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("SUCCESS", "paid", ""), ("FAIL", "failed", "FAIL"), ("BANK_REFUND", "returned", "BANK_REFUND"),
        ("INIT", "open", "INIT"), ("WAIT_PAY", "open", "WAIT_PAY"), ("PROCESSING", "open", "PROCESSING"),
        ("REFUNDING", "open", "REFUNDING"), ("success", "open", "success"), ("", "open", ""),
    ],
)  # fmt: skip
def test_every_state(status: str, state: str, reason: str) -> None:
    (row,), _ = read({"transfer_batch": BATCH, "transfer_detail_list": [answer(status)]})
    assert (row["serial"], row["state"], row["reason"], row["net"], row["at"]) == (
        payout_id(1), state, reason, None, None
    )  # fmt: skip


@pytest.mark.parametrize(
    "reason", ["ACCOUNT_FROZEN", "REAL_NAME_CHECK_FAIL", "NAME_NOT_CORRECT", "OVERDUE_CLOSE", "ONE_THAT_IS_NEW"]
)
def test_the_reason_of_a_failure(reason: str) -> None:
    (row,), _ = read(answer("FAIL", fail_reason=reason))
    assert (row["state"], row["reason"]) == ("failed", reason)


def test_one_detail_with_all_that_it_says() -> None:
    found = answer(
        "SUCCESS", out_batch_no="W1", transfer_amount=30, openid=OPENID, user_name="张*", fail_reason=None,
        initiate_time="2026-11-20T23:00:00+08:00", update_time="2026-11-21T01:02:03+08:00", fresh={"key": [1.5]},
    )  # fmt: skip
    (row,), results = read(found, "Asia/Tokyo")
    assert row == {
        "row": 1, "serial": payout_id(1), "state": "paid", "net": 30, "account_no": OPENID, "account_name": "张*",
        "reason": "", "at": datetime(2026, 11, 21, 2, 2, 3), "text": json.dumps(found, ensure_ascii=False),
    }  # fmt: skip
    assert (results.batch, results.whole) == ("W1", "")


def test_a_name_that_is_still_encrypted_says_nothing() -> None:
    (row,), _ = read(answer("SUCCESS", user_name="aB+/" * 85 + "aB=="))
    assert row["account_name"] == ""


def test_a_list_of_answers_hands_on_every_row_in_order() -> None:
    """A late success after a failure and a return after a success are rows like others; so is one that is twice."""
    found = [
        {"transfer_batch": BATCH, "transfer_detail_list": [answer("FAIL"), answer("SUCCESS", 2)]},
        answer("SUCCESS"),
        {"transfer_batch": {**BATCH, "out_batch_no": "W2"}, "transfer_detail_list": [answer("BANK_REFUND", 2)]},
        {"transfer_batch": {**BATCH, "batch_status": "PROCESSING"}},
        answer("SUCCESS"),
    ]
    rows, results = read(found)
    assert [(one["row"], one["serial"], one["state"]) for one in rows] == [
        (1, payout_id(1), "failed"), (2, payout_id(2), "paid"), (3, payout_id(1), "paid"),
        (4, payout_id(2), "returned"), (5, payout_id(1), "paid"),
    ]  # fmt: skip
    assert (results.batch, results.whole) == ("", "")


def test_the_answer_of_a_reservation() -> None:
    found = {
        "mch_id": "19", "out_batch_no": "W3", "reservation_batch_no": "1", "batch_state": "FINISHED",
        "transfer_detail_list": [{"out_detail_no": payout_id(1), "transfer_bill_no": "1", "detail_state": "SUCCESS"}],
    }  # fmt: skip
    (row,), results = read(found)
    assert (row["state"], results.batch) == ("paid", "W3")


@pytest.mark.parametrize(
    ("more", "whole", "reason"),
    [
        ({"close_reason": "OVERDUE_CLOSE", "success_num": 0, "success_amount": 0}, "failed", "OVERDUE_CLOSE"),
        ({"close_reason": "MERCHANT_REVOCATION", "success_num": 0, "success_amount": 0}, "failed",
         "MERCHANT_REVOCATION"),
        ({"close_reason": "OVERDUE_CLOSE", "success_num": 1, "success_amount": 30}, "open", "OVERDUE_CLOSE"),
        ({"close_reason": "OVERDUE_CLOSE", "success_num": 0}, "open", "OVERDUE_CLOSE"),
        ({"close_reason": "OVERDUE_CLOSE"}, "open", "OVERDUE_CLOSE"),
        ({"close_reason": "A_NEW_ONE", "success_num": 0, "success_amount": 0}, "open", "A_NEW_ONE"),
        ({"success_num": 0, "success_amount": 0}, "open", "CLOSED"),
        ({"batch_status": "PROCESSING", "close_reason": "OVERDUE_CLOSE", "success_num": 0, "success_amount": 0}, "open",
         "OVERDUE_CLOSE"),
        ({"batch_status": "FINISHED", "success_num": 0, "success_amount": 0}, "open", "FINISHED"),
        ({"batch_status": "ACCEPTED"}, "open", "ACCEPTED"),
    ],
)  # fmt: skip
def test_a_batch_without_its_details_failed_only_where_it_says_that_nothing_was_paid(
    more: dict[str, object], whole: str, reason: str
) -> None:
    batch = {**BATCH, "batch_status": "CLOSED", "update_time": "2026-11-21T10:00:00+08:00", **more}
    for found in ({"transfer_batch": batch}, {"transfer_batch": batch, "transfer_detail_list": []}, [batch]):
        rows, results = read(found)
        assert (rows, results.batch, results.whole, results.reason) == ([], "W20261120A", whole, reason)
        assert results.at == datetime(2026, 11, 21, 10)


def test_a_closed_batch_with_details_is_read_by_them() -> None:
    batch = {**BATCH, "batch_status": "CLOSED", "close_reason": "OVERDUE_CLOSE", "success_num": 0, "success_amount": 0}
    (row,), results = read({"transfer_batch": batch, "transfer_detail_list": [answer("SUCCESS")]})
    assert (row["state"], results.whole) == ("paid", "")


# Some are of ten megabytes, so each is named by what it is told.
NO_ANSWERS: list[tuple[bytes, str]] = [
    (b"", "line 1, column 1: no JSON"),
    (b"\xff", "byte 0 is not UTF-8"),
    (b"payout_id,status\n", "no JSON"),
    (b"[]", "found an empty list"),
    (b"[[]]", "answer 1: found a list; allowed the answer"),
    (b"{}", "answer 1 out_detail_no: missing"),
    (b'{"transfer_batch": null}', "answer 1: found null, allowed an object"),
    (b'{"out_detail_no": "P1"}', "answer 1 detail_status: missing"),
    (b'{"out_detail_no": "P-1", "detail_status": "SUCCESS"}', "answer 1 out_detail_no: found text, allowed"),
    (b'{"out_detail_no": 1, "detail_status": "SUCCESS"}', "answer 1 out_detail_no: found 1, allowed"),
    (b'{"out_detail_no": "P1", "detail_status": {"a": "b"}}', "answer 1 detail_status: found an object, allowed"),
    (b'{"out_detail_no": "P1", "detail_status": "SUCCESS", "transfer_amount": 30.0}', "transfer_amount: found 30.0"),
    (b'{"out_detail_no": "P1", "detail_status": "SUCCESS", "transfer_amount": 3e1}', "transfer_amount: found 30.0"),
    (b'{"out_detail_no": "P1", "detail_status": "SUCCESS", "transfer_amount": "30"}', "transfer_amount: found text"),
    (b'{"out_detail_no": "P1", "detail_status": "SUCCESS", "transfer_amount": true}', "transfer_amount: found True"),
    (b'{"out_detail_no": "P1", "detail_status": "SUCCESS", "transfer_amount": -1}', "transfer_amount: found -1"),
    (b'{"out_detail_no": "P1", "detail_status": "X", "n": ' + b"9" * 5_000 + b"}", "a number of 5000 digits"),
    (b'{"out_detail_no": "P1", "detail_status": "X", "n": NaN}', "found NaN"),
    (b'{"out_detail_no": "P1", "detail_status": "FAIL", "detail_status": "SUCCESS"}', "'detail_status' is twice"),
    (b'{"out_detail_no": "P1", "detail_status": "X", "n": "\\ud800"}', "a letter is cut in half"),
    (b"[" * 10_000_000, "nested too deep"),
    (b'{"a":' * 2_000_000, "nested too deep"),
    (b'{"transfer_batch": {"out_batch_no": "W1", "batch_status": "X"}, "transfer_detail_list": {}}',
     "answer 1 transfer_detail_list: found an object, allowed a list"),
    (b'{"transfer_batch": {"out_batch_no": "W1", "batch_status": "X"}, "transfer_detail_list": [1]}',
     "answer 1 detail 1: found a number, allowed an object"),
    (b'[{"out_batch_no": "W1", "batch_status": "CLOSED"}, {"out_detail_no": "P1", "detail_status": "X"}]',
     "answer 1: a closed batch without details, allowed alone"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "told"), NO_ANSWERS, ids=[told for _, told in NO_ANSWERS])
def test_what_is_no_answer_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(ValueError) as no:
        wechat.read_results(raw, "Asia/Shanghai")
    assert told in str(no.value)
    assert len(str(no.value)) < 300


# --- a day through the desk --------------------------------------------------------------------------------------


def test_a_home_is_paid_by_it_and_verifies(tmp_path: Path) -> None:
    """A has an openid and gets 24.00, by these rules with a name."""
    accounts = "member_id,channel,account_no,account_name,status\nA,wechat,oA_1,安,active\n"
    days = {D1: {**DAYS[D1], "payout_accounts.csv": accounts}, D2: DAYS[D2]}
    home = write_home(tmp_path, days, with_channel("appid: wx1234567890abcdef, name_required_from_fen: 2400"))
    settle_days(home, *days)
    (listed,) = listed_files(home.settlement(D2))
    assert (listed["file"], listed["rows"], listed["net_fen"]) == ("wechat_20251102_0001.json", 1, 2_400)
    body = json.loads((home.settlement(D2) / "payouts" / listed["file"]).read_bytes())
    (detail,) = body["transfer_detail_list"]
    assert (body["out_batch_no"], detail["openid"], detail["user_name"]) == (listed["batch"], "oA_1", "安")
    found = verify_home(home)
    assert (found.faults, found.stopped, found.notes) == ([], "", [])
