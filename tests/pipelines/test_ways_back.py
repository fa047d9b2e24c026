"""What each channel answers in its own form, through `settle import` to the journal: batches that come in parts, twice,
late and back.

Holds: a home with three payouts in transit in a file of every profile whose results have a form of their own, and
answers as the channels write them.
Neighbour: ``test_importing.py`` for the command itself, ``tests/payouts`` for what each reader makes of its files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from assets.payouts.reading import listed_files
from tests.importing.homes import D5, HEAD
from tests.pipelines.homes import D1, D2, D3, D4, ORDERS, RULES, settle_days, tree, write_home
from tests.pipelines.test_command_line import said
from tests.pipelines.test_importing import journal, quarantine

CHANNELS = {
    "alipay": "{profile: alipay}",
    "wechat": "{profile: wechat, appid: wx0123456789abcdef}",
    "unionpay": "{profile: unionpay, mer_id: '898110000000001', encoding: GBK}",
    "bank": "{profile: bank, initiator: 商户, debtor_name: 商户, debtor_account: '62', debtor_bank: '102100099996'}",
}
ONE, TWO, THREE = 2000, 800, 400  # fen of the three payouts of a channel
NAMES = {ONE: "张三", TWO: "李镕喆", THREE: "王五"}


@dataclass(frozen=True)
class Paid:
    """A payout of a channel as its file carries it, with the number by which the channel knows it."""

    payout_id: str
    serial: str
    account: str
    name: str
    fen: int

    @property
    def yuan(self) -> str:
        return f"{self.fen // 100}.{self.fen % 100:02d}"


# --- answers -----------------------------------------------------------------------------------------------------

Said = dict[Paid, str]  # payout: paid, failed, returned or open


def of_alipay(answer: Said, hour: int) -> bytes:
    words = {"paid": "成功", "failed": "失败", "returned": "退票", "open": "处理中"}
    rows = [
        f"{one.serial}\t,{one.account[:3]}****{one.account[-4:]}\t,*{one.name[1:]},{one.yuan},{words[state]},,"
        f"2025-11-04 {hour:02d}:00:00"
        for one, state in answer.items()
    ]
    head = "商户订单号,收款方支付宝账号,收款方姓名,转账金额（元）,状态,失败原因,完成时间"
    return "\r\n".join(["支付宝批量付款结果", head, *rows, ""]).encode("gbk")


def of_wechat(answer: Said, hour: int) -> bytes:
    words = {"paid": "SUCCESS", "failed": "FAIL", "returned": "BANK_REFUND", "open": "WAIT_PAY"}
    details = [
        {"out_detail_no": one.serial, "detail_status": words[state], "transfer_amount": one.fen, "openid": one.account,
         "update_time": f"2025-11-04T{hour:02d}:00:00+08:00"}
        for one, state in answer.items()
    ]  # fmt: skip
    batch = {"out_batch_no": "W20251103A", "batch_status": "FINISHED"}
    return json.dumps({"transfer_batch": batch, "transfer_detail_list": details}).encode()


def of_unionpay(answer: Said, hour: int) -> bytes:
    codes = {"paid": "00", "failed": "14", "open": "05"}
    rows = [
        f"{codes[state]}|说明|200|123456|1104{hour:02d}0000|1104|{one.serial}|156|{one.fen}|01|{one.account}|{one.name}"
        "|000401||||结算款"
        for one, state in answer.items()
    ]
    paid = [one.fen for one, state in answer.items() if state == "paid"]
    head = f"5.0.0|{sum(one.fen for one in answer)}|{len(rows)}||{sum(paid)}|{len(paid)}||"
    titles = (
        "respCode|respMsg|queryId|sysTraNo|sysTm|settleDate|orderId|currencyCode|txnAmt|accType|accNo|customerNm"
        "|bizType|certifTp|certifId|phoneNo|postscript"
    )
    return "\r\n".join([head, titles, *rows]).encode("gbk")


def of_bank(answer: Said, hour: int) -> bytes:
    words = {"paid": "ACSC", "failed": "RJCT", "open": "PDNG"}
    rows = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{one.serial}</OrgnlEndToEndId><TxSts>{words[state]}</TxSts><OrgnlTxRef><Amt>"
        f"<InstdAmt Ccy='CNY'>{one.yuan}</InstdAmt></Amt><Cdtr><Pty><Nm>{one.name}</Nm></Pty></Cdtr><CdtrAcct><Id>"
        f"<Othr><Id>{one.account}</Id></Othr></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
        for one, state in answer.items()
    )
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.10'><CstmrPmtStsRpt><GrpHdr><MsgId>R</MsgId>"
        f"<CreDtTm>2025-11-04T{hour:02d}:00:00+08:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>B20251103"
        "</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId>"
        f"{rows}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def of_account(one: Paid) -> bytes:
    """The bank's notice that a payment came back."""
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'><BkToCstmrDbtCdtNtfctn><GrpHdr>"
        "<MsgId>N</MsgId><CreDtTm>2025-11-05T09:00:00+08:00</CreDtTm></GrpHdr><Ntfctn><Id>1</Id><Ntry>"
        f"<Amt Ccy='CNY'>{one.yuan}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{one.serial}</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
        "</Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


FORMS: dict[str, tuple[Callable[[Said, int], bytes], str]] = {
    "alipay": (of_alipay, "csv"), "wechat": (of_wechat, "json"), "unionpay": (of_unionpay, "txt"),
    "bank": (of_bank, "xml"),
}  # fmt: skip


# --- the home ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def in_transit(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three days settled, two to come; never changed by a test."""
    channels = ", ".join(f"{name}: {profile}" for name, profile in CHANNELS.items())
    rules = RULES.replace("labour_method: monthly}", f"labour_method: monthly, channels: {{{channels}}}}}")
    assert rules != RULES
    files = {
        "members.csv": "member_id,sponsor_id,joined_at\n",
        "merchants.csv": "merchant_id,name,group,concession_bp,referrer_id\n",
        "payout_accounts.csv": "member_id,channel,account_no,account_name,bank_code,status\n",
        "orders.csv": ORDERS,
    }
    for at, channel in enumerate(CHANNELS):
        for fen, name in NAMES.items():
            who, account, code = f"{channel}{fen}", f"62220202000{at:03d}{fen:05d}", "102100099996"
            files["members.csv"] += f"{who},,2025-10-01T09:00:00\n"
            files["merchants.csv"] += f"S{who},x,,0,\n"
            files["payout_accounts.csv"] += f"{who},{channel},{account},{name},{code},active\n"
            # A fifth of the only order of a shop comes back to who placed it.
            files["orders.csv"] += f"O{who},1,{who},S{who},P,{5 * fen / 100:.2f},1,0,2025-11-01T09:00:00\n"
    later = {day: {"_SUCCESS": "", "orders.csv": ORDERS} for day in (D2, D3, D4, D5)}
    made = write_home(tmp_path_factory.mktemp("back") / "home", {D1: {"_SUCCESS": "", **files}, **later}, rules)
    settle_days(made, D1, D2, D3)
    return made


@pytest.fixture
def home(in_transit: Home, tmp_path: Path) -> Home:
    shutil.copytree(in_transit.root, tmp_path / "home")
    return Home(tmp_path / "home")


def payments(home: Home, channel: str) -> list[Paid]:
    """The channel's three payouts of the third day, the largest first, as its file has them."""
    found = pl.read_parquet(home.settlement(D3) / "payouts.parquet").filter(pl.col("channel") == channel)
    (listed,) = (one for one in listed_files(home.settlement(D3)) if one["channel"] == channel)
    serials = {payout_id: serial for serial, payout_id in listed["serials"].items()}
    at = list(CHANNELS).index(channel)
    rows = found.sort("net", descending=True).select("payout_id", "net").rows()
    assert [fen for _, fen in rows] == [ONE, TWO, THREE]
    return [Paid(one, serials.get(one, one), f"62220202000{at:03d}{fen:05d}", NAMES[fen], fen) for one, fen in rows]


def bring(home: Home, channel: str, raw: bytes, suffix: str, *words: object) -> str:
    """Import what a channel sent, and what was said of it."""
    path = home.root.parent / f"answer.{suffix}"
    path.write_bytes(raw)
    told = said("import", channel, path, "--home", home.root, *words)
    assert (told.code, told.err) == (0, ""), told
    return told.out


def first_answer(home: Home, channel: str) -> bytes:
    one, two, three = payments(home, channel)
    return FORMS[channel][0]({one: "paid", two: "failed", three: "open"}, 9)


def transit(home: Home, channel: str) -> int:
    balances = pl.read_parquet(home.settlement(home.settled_days()[-1]) / "balances.parquet")
    mine = (pl.col("account") == "payout_in_transit") & (pl.col("holder") == channel)
    return int(balances.filter(mine)["balance"].sum())


# --- what becomes of it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_batch_that_comes_in_parts_late_and_back(home: Home, channel: str) -> None:
    make, suffix = FORMS[channel]
    one, two, three = payments(home, channel)
    told = bring(home, channel, first_answer(home, channel), suffix)
    for state, fen in (("paid", "20.00"), ("failed", "8.00"), ("open", "4.00")):
        assert f"{state + ':':<24}1 payment, {fen} yuan\n" in told
    settle_days(home, D4)
    assert journal(home, D4, "paid") == [f"bank {channel} 0 {ONE}", f"payout_in_transit {channel} {ONE} 0"]
    (wallet, sent) = journal(home, D4, "failed")
    assert wallet.endswith(f" {channel}{TWO} 0 {TWO}") and sent == f"payout_in_transit {channel} {TWO} 0"
    assert transit(home, channel) == THREE + TWO  # what failed was cut anew
    # The day after: the open one was made, what failed is said to be made all the same, what was made came back.
    bring(home, channel, make({two: "paid", three: "paid"}, 10), suffix)
    if channel == "bank":
        bring(home, channel, of_account(one), "xml")
    elif channel == "unionpay":  # its results know no return
        generic = f"{HEAD}{one.payout_id},returned,{one.yuan},退汇,2025-11-05T09:00:00\n"
        bring(home, channel, generic.encode(), "csv", "--format", "generic")
    else:
        bring(home, channel, make({one: "returned"}, 11), suffix)
    settle_days(home, D5)
    assert journal(home, D5, "paid") == [f"bank {channel} 0 {THREE}", f"payout_in_transit {channel} {THREE} 0"]
    back, wallet = journal(home, D5, "returned")
    assert back == f"bank {channel} {ONE} 0" and wallet.endswith(f" {channel}{ONE} 0 {ONE}")
    assert quarantine(home, D5) == [f"{two.payout_id} payout_already_final"]
    assert transit(home, channel) == TWO + ONE  # the second attempts of both
    assert said("verify", "--home", home.root).code == 0
    assert said("payouts", "reconcile", "--home", home.root).code == 0


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_comes_twice_counts_once(home: Home, channel: str) -> None:
    raw, suffix = first_answer(home, channel), FORMS[channel][1]
    bring(home, channel, raw, suffix)
    before = tree(home.root)
    assert bring(home, channel, raw, suffix).startswith("imported before, with the results of 2025-11-04 ")
    assert tree(home.root) == before
    settle_days(home, D4)
    # Downloaded again it is another file, of which every row is known.
    bring(home, channel, raw + b"\n", suffix)
    settle_days(home, D5)
    assert [journal(home, D5, cause) for cause in ("paid", "failed", "returned")] == [[], [], []]
    assert quarantine(home, D5) == []
    assert transit(home, channel) == THREE + TWO


@pytest.mark.parametrize("channel", CHANNELS)
def test_another_amount_another_payee_another_number(home: Home, channel: str) -> None:
    make, suffix = FORMS[channel]
    one, two, three = payments(home, channel)
    strange = three.serial[:-1] + ("9" if channel == "alipay" else "A" if three.serial[-1] != "A" else "B")
    wrong: Said = {
        replace(one, fen=ONE + 1): "paid",
        replace(two, account=two.account[:-1] + "9"): "paid",
        replace(three, serial=strange): "paid",
    }
    told = bring(home, channel, make(wrong, 9), suffix)
    for reason, fen in (("unknown_payout", "4.00"), ("payout_amount_differs", "20.01"), ("payee_differs", "8.00")):
        assert f"{reason + ':':<24}1 payment, {fen} yuan\n" in told
    settle_days(home, D4)
    assert quarantine(home, D4) == [f"{one.payout_id} payout_amount_differs", f"{strange} unknown_payout"]
    assert journal(home, D4, "paid") == []
    assert transit(home, channel) == ONE + TWO + THREE
