"""Results in the channels' own forms: a bank's status report and Alipay's table, from files that were really cut.

Home: A is paid through a bank (pain.001), B through Alipay, whose file has serials of its own.
Neighbour: ``tests/payouts`` for what each reader makes of its files.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from assets.foundation.store import Home
from assets.importing.taking import Import, look_at, read_source
from assets.payouts.channels import read_rules
from tests.importing.homes import OF_A, OF_B, write_six_days
from tests.pipelines.homes import D1, D2, D3, RULES, settle_days

CHANNELS = (
    "channels: {bank: {profile: bank, initiator: 商户, debtor_name: 商户, debtor_account: '6200001',"
    " debtor_bank: '102100099996'}, alipay: {profile: alipay}}"
)
XSD = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three settled days; never changed by a test."""
    rules = RULES.replace("labour_method: monthly", f"labour_method: monthly, {CHANNELS}")
    made = write_six_days(tmp_path_factory.mktemp("channels") / "home", rules)
    (made.exports(D1) / "payout_accounts.csv").write_text(
        "member_id,channel,account_no,account_name,bank_code,status\n"
        "A,bank,6222020200012345678,王小明,102100099996,active\nB,alipay,13800001234,李雷,,active\n",
        encoding="utf-8",
    )
    settle_days(made, D1, D2, D3)
    return made


def listed(home: Home, channel: str) -> dict[str, object]:
    """What the list of the third day's files says of the channel's only one."""
    found = json.loads((home.settlement(D3) / "payouts" / "manifest.json").read_bytes())["files"]
    (one,) = (one for one in found if one["channel"] == channel)
    return dict(one)


def look(home: Home, channel: str, file: Path, raw: bytes) -> Import:
    file.write_bytes(raw)
    now = datetime(2025, 11, 4, 12)
    return look_at(home, read_rules(home.rules_file), channel, read_source(file), form="", asked=None, now=now)


def report(message: str, status: str, rows: str = "") -> bytes:
    return (
        f"<Document xmlns='{XSD}'><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId><CreDtTm>2025-11-04T01:15:00Z</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>{rows}</CstmrPmtStsRpt></Document>"
    ).encode()


@pytest.mark.parametrize(("status", "state"), [("RJCT", "failed"), ("ACSC", "paid")])
def test_a_bank_speaks_of_a_whole_message(home: Home, tmp_path: Path, status: str, state: str) -> None:
    found = look(home, "bank", tmp_path / "r.xml", report(str(listed(home, "bank")["batch"]), status))
    assert found.profile == "bank"
    told = found.judged.left.select("payout_id", "status", "amount", "at").rows()
    assert told == [(OF_A, state, 13800, datetime(2025, 11, 4, 9, 15))]


def test_a_row_that_is_pending_in_a_rejected_message(home: Home, tmp_path: Path) -> None:
    rows = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>x</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{OF_A}</OrgnlEndToEndId>"
        "<TxSts>PDNG</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"
    )
    found = look(home, "bank", tmp_path / "r.xml", report(str(listed(home, "bank")["batch"]), "RJCT", rows))
    assert (found.judged.left.height, found.judged.tally) == (0, [("open", 1, 13800)])


@pytest.mark.parametrize(
    ("account", "name", "amount", "outcome"),
    [
        ("138****1234", "*雷", "3.85", "paid"), ("13800001234", "李雷", "3.85", "paid"),
        ("138****1235", "*雷", "3.85", "payee_differs"), ("138****1234", "*梅", "3.85", "payee_differs"),
        ("138****1234", "*雷", "3.86", "payout_amount_differs"),
    ],
)  # fmt: skip
def test_alipay_by_its_serial(home: Home, tmp_path: Path, account: str, name: str, amount: str, outcome: str) -> None:
    serials = listed(home, "alipay")["serials"]
    assert isinstance(serials, dict)
    ((serial, payout),) = serials.items()
    assert payout == OF_B != serial
    head = "商户订单号,收款方支付宝账号,收款方姓名,金额（元）,状态,完成时间"
    text = f"{head}\r\n{serial},{account},{name},{amount},成功,2025-11-04 09:30:00\r\n"
    judged = look(home, "alipay", tmp_path / "r.csv", text.encode("gbk")).judged
    assert [one for one, *_ in judged.tally] == [outcome]
    assert judged.left["payout_id"].to_list() == ([] if outcome == "payee_differs" else [OF_B])
