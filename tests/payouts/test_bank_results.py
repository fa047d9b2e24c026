"""What a bank answers: status reports in rows and for a whole file, debits and returns on the account, hostile XML.

Holds: messages as literals, cut down to what a state rests on.
Neighbour: ``test_bank.py`` for our own files.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime
from pathlib import Path

import pytest

from assets.payouts.channels import bank
from assets.payouts.channels.base import RESULT, Results
from tests.payouts.lines import payout_id

ZONE = "Asia/Shanghai"
XSD = "urn:iso:std:iso:20022:tech:xsd:"
MSG = "B202611204MEFCWXO5LWO7A2"
P1, P2, P3 = (payout_id(n) for n in (1, 2, 3))
TOLD, ACCEPTED = datetime(2026, 11, 21, 9, 15), datetime(2026, 11, 21, 8, 0, 0, 250_000)


def status(rows: str = "", group: str = "", batch: str = "", version: str = "10", reasons: str = "") -> bytes:
    """A status report with one OrgnlPmtInfAndSts where there are rows or a status for it."""
    batch = batch and f"<PmtInfSts>{batch}</PmtInfSts>"
    inner = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{MSG}01</OrgnlPmtInfId>{batch}{rows}</OrgnlPmtInfAndSts>"
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<Document xmlns='{XSD}pain.002.001.{version}'><CstmrPmtStsRpt>"
        f"<GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-11-21T01:15:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{MSG}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"{group and f'<GrpSts>{group}</GrpSts>'}{reasons}</OrgnlGrpInfAndSts>{inner if batch or rows else ''}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def row(serial: str, code: str, more: str = "") -> str:
    return (
        f"<TxInfAndSts><OrgnlInstrId>{serial}</OrgnlInstrId><OrgnlEndToEndId>{serial}</OrgnlEndToEndId>"
        f"{code and f'<TxSts>{code}</TxSts>'}{more}</TxInfAndSts>"
    )


def reason(code: str, *texts: str) -> str:
    said = "".join(f"<AddtlInf>{text}</AddtlInf>" for text in texts)
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{said}</StsRsnInf>"


def original(amount: str, name: str = "<Nm>张三</Nm>", currency: str = "CNY") -> str:
    return (
        f"<OrgnlTxRef><Amt><InstdAmt Ccy='{currency}'>{amount}</InstdAmt></Amt><Dbtr><Nm>我们</Nm></Dbtr>"
        f"<Cdtr>{name}</Cdtr><CdtrAcct><Id><Othr><Id>6222020200012345678</Id></Othr></Id></CdtrAcct></OrgnlTxRef>"
    )


def read(raw: bytes) -> Results:
    results = bank.read_results(raw, ZONE)
    assert dict(results.rows.schema) == RESULT
    return results


def states(raw: bytes) -> list[tuple[object, ...]]:
    return read(raw).rows.select("serial", "state", "reason").rows()


# --- status reports in rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["03", "10", "14"])
def test_a_report_on_part_of_a_file(version: str) -> None:
    name = "<Nm>张三</Nm>" if version == "03" else "<Pty><Nm>张三</Nm><CtctDtls><Nm>x</Nm></CtctDtls></Pty>"
    accepted = "<AccptncDtTm>2026-11-21T08:00:00.250+08:00</AccptncDtTm>"
    raw = status(
        row(P1, "ACSC", accepted + original("12.34", name))
        + row(P2, "RJCT", reason("AC04", "账户已销户", "closed") + reason("MS03"))
        + row(P3, "PDNG"),
        group="PART",
        version=version,
    )
    results = read(raw)
    assert (results.batch, results.whole, results.reason, results.at) == (MSG, "", "", None)
    assert results.rows.drop("text").rows() == [
        (1, P1, "paid", 1234, "6222020200012345678", "张三", "", ACCEPTED),
        (2, P2, "failed", None, "", "", "AC04: 账户已销户 closed; MS03", TOLD),
        (3, P3, "open", None, "", "", "PDNG", TOLD),
    ]
    assert results.rows["text"][1] == (
        f'<TxInfAndSts xmlns="{XSD}pain.002.001.{version}"><OrgnlInstrId>{P2}</OrgnlInstrId>'
        f"<OrgnlEndToEndId>{P2}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>"
        "<AddtlInf>账户已销户</AddtlInf><AddtlInf>closed</AddtlInf></StsRsnInf><StsRsnInf><Rsn><Cd>MS03</Cd></Rsn>"
        "</StsRsnInf></TxInfAndSts>"
    )


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("ACSC", "paid"), ("ACCC", "paid"), ("RJCT", "failed"), ("PDNG", "open"), ("ACTC", "open"), ("ACCP", "open"),
        ("ACSP", "open"), ("ACWC", "open"), ("ACWP", "open"), ("RCVD", "open"), ("PART", "open"), ("CANC", "open"),
        ("BLCK", "open"), ("acsc", "open"), ("ACSCX", "open"), ("", "open"),
    ],
)  # fmt: skip
def test_every_status_that_is_not_final_leaves_the_money_in_transit(code: str, state: str) -> None:
    assert states(status(row(P1, code))) == [(P1, state, code if state == "open" else "")]
    assert read(status(group=code)).whole == state


def test_a_row_without_a_status_has_that_of_its_level_above() -> None:
    rows = row(P1, "", reason("AC01")) + row(P2, "ACSC")
    assert states(status(rows, group="ACTC", batch="RJCT")) == [(P1, "failed", "AC01"), (P2, "paid", "")]
    assert states(status(rows, group="RJCT")) == [(P1, "failed", "AC01"), (P2, "paid", "")]
    assert states(status(rows, group="PART")) == [(P1, "open", "AC01"), (P2, "paid", "")]


@pytest.mark.parametrize("group", ["ACSC", "RJCT"])
def test_rows_win_over_a_group_and_what_they_leave_out_stays_in_transit(group: str) -> None:
    results = read(status(row(P1, "RJCT", reason("AC04")), group=group))
    assert results.rows.select("serial", "state").rows() == [(P1, "failed")]
    assert (results.batch, results.whole) == (MSG, "")


def test_proprietary_reasons_and_texts_alone_are_kept() -> None:
    own = "<StsRsnInf><Rsn><Prtry>E007</Prtry></Rsn></StsRsnInf>"
    text = "<StsRsnInf><AddtlInf>see\n branch</AddtlInf><AddtlInf> </AddtlInf></StsRsnInf><StsRsnInf/>"
    assert states(status(row(P1, "RJCT", own + text))) == [(P1, "failed", "E007; see\n branch")]


@pytest.mark.parametrize(
    ("ids", "serial", "state"),
    [
        (f"<OrgnlInstrId>{P1}</OrgnlInstrId>", P1, "paid"),
        (f"<OrgnlInstrId>{P1}</OrgnlInstrId><OrgnlEndToEndId>NOTPROVIDED</OrgnlEndToEndId>", P1, "paid"),
        (f"<OrgnlEndToEndId> {P1} </OrgnlEndToEndId>", P1, "paid"),
        (f"<OrgnlInstrId>{P2}</OrgnlInstrId><OrgnlEndToEndId>{P1}</OrgnlEndToEndId>", P1, "open"),
        ("", "", "paid"),
    ],
)
def test_the_ids_of_a_row(ids: str, serial: str, state: str) -> None:
    ((found, is_now, _),) = states(status(f"<TxInfAndSts>{ids}<TxSts>ACSC</TxSts></TxInfAndSts>"))
    assert (found, is_now) == (serial, state)


@pytest.mark.parametrize(
    ("amount", "fen"),
    [("12.34", 1234), ("12.3", 1230), ("12", 1200), ("12.34000", 1234), ("+0012.340", 1234),
     ("9999999999999.99", 10**15 - 1)],
)  # fmt: skip
def test_amounts_as_banks_print_them(amount: str, fen: int) -> None:
    assert read(status(row(P1, "ACSC", original(amount)))).rows.select("state", "net").rows() == [("paid", fen)]


@pytest.mark.parametrize(
    "amount", ["12.345", "12,34", "1,234.00", "1e3", "-5.00", "", "NaN", "10000000000000", "100000000000000.00", "12."]
)
def test_an_amount_that_cannot_be_compared_proves_nothing(amount: str) -> None:
    found = read(status(row(P1, "ACSC", original(amount)))).rows
    assert found.select("state", "net").rows() == [("open", None)]
    assert found["reason"][0] == "the amount is not yuan with at most two decimals; ACSC"


def test_an_amount_in_another_currency_proves_nothing() -> None:
    found = states(status(row(P1, "RJCT", reason("AC04") + original("1.00", currency="USD"))))
    assert found == [(P1, "open", "the amount is not in CNY; AC04")]


def test_a_comment_does_not_cut_a_status_short() -> None:
    assert states(status(row(P1, "AC<!-- -->SC"))) == [(P1, "paid", "")]
    assert states(status(row(P1, "RJ<![CDATA[CT]]>"))) == [(P1, "failed", "")]


@pytest.mark.parametrize(("text", "at"), [("x", None), ("2026-11-21", datetime(2026, 11, 21))])
def test_times_that_are_none_or_days(text: str, at: datetime | None) -> None:
    assert read(status(row(P1, "ACSC", f"<AccptncDtTm>{text}</AccptncDtTm>"))).rows["at"].to_list() == [at]


def test_a_time_to_the_tenth_of_a_microsecond() -> None:
    raw = status(row(P1, "ACSC", "<AccptncDtTm>2026-11-21T00:00:00.2500001Z</AccptncDtTm>"))
    assert read(raw).rows["at"].to_list() == [ACCEPTED]


# --- status reports on a whole file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "batch", "whole"),
    [
        ("RJCT", "", "failed"), ("ACSC", "", "paid"), ("", "RJCT", "failed"), ("", "ACCC", "paid"),
        ("ACTC", "RJCT", "failed"), ("ACSP", "ACSC", "paid"), ("RJCT", "RJCT", "failed"), ("ACSC", "ACCC", "paid"),
        ("ACSC", "RJCT", "open"), ("RJCT", "ACSC", "open"), ("RJCT", "PDNG", "open"), ("PART", "ACSC", "open"),
        ("PART", "", "open"), ("", "", "open"), ("ACCP", "", "open"), ("", "ACSP", "open"),
    ],
)  # fmt: skip
def test_one_state_for_a_file_without_rows(group: str, batch: str, whole: str) -> None:
    results = read(status(group=group, batch=batch, reasons=reason("FF01", "格式")))
    assert results.rows.is_empty()
    assert (results.batch, results.whole, results.reason, results.at) == (MSG, whole, "FF01: 格式", TOLD)


def test_two_blocks_that_disagree_leave_a_file_in_transit() -> None:
    block = "<OrgnlPmtInfAndSts><PmtInfSts>{}</PmtInfSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>".format
    for second, whole in (("RJCT", "failed"), ("ACSC", "open"), ("ACTC", "open")):
        raw = status(batch="RJCT").replace(b"</CstmrPmtStsRpt>", block(second).encode())
        assert read(raw).whole == whole


# --- the account ---------------------------------------------------------------------------------------------------


def account(entries: str, message: str = "camt.054.001.08") -> bytes:
    outer, inner = ("BkToCstmrStmt", "Stmt") if "053" in message else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    return (
        f"<Document xmlns='{XSD}{message}'><{outer}><GrpHdr><MsgId>N1</MsgId><CreDtTm>2026-11-21T09:15:00+08:00"
        f"</CreDtTm></GrpHdr><{inner}><Id>1</Id>{entries}</{inner}></{outer}></Document>"
    ).encode()


def entry(
    details: str, side: str = "CRDT", booked: str = "<Sts><Cd>BOOK</Cd></Sts>", more: str = "", amount: str = "12.34",
    day: str = "<Dt>2026-11-20</Dt>",
) -> str:  # fmt: skip
    return (
        f"<Ntry><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{booked}<BookgDt>{day}</BookgDt>{more}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def details(serial: str, more: str = "", tag: str = "EndToEndId") -> str:
    return f"<TxDtls><Refs><{tag}>{serial}</{tag}></Refs>{more}</TxDtls>"


def code(subfamily: str) -> str:
    return f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>{subfamily}</SubFmlyCd></Fmly></Domn></BkTxCd>"


RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>退汇 账户已销户</AddtlInf></RtrInf>"
PAYEE = (
    "<RltdPties><Dbtr><Nm>我们</Nm></Dbtr><Cdtr>{}</Cdtr><CdtrAcct><Id><Othr><Id>6222020200012345678</Id></Othr></Id>"
    "</CdtrAcct></RltdPties>"
)


@pytest.mark.parametrize("message", ["camt.054.001.02", "camt.054.001.08", "camt.053.001.02", "camt.053.001.08"])
def test_a_debit_and_its_return(message: str) -> None:
    old = message.endswith("02")
    booked = "<Sts>BOOK</Sts>" if old else "<Sts><Cd>BOOK</Cd></Sts>"
    payee = PAYEE.format("<Nm>张三</Nm>" if old else "<Pty><Nm>张三</Nm></Pty>")
    raw = account(
        entry(details(P1, RETURN + payee), booked=booked) + entry(details(P1, payee), "DBIT", booked=booked), message
    )
    results = read(raw)
    assert (results.batch, results.whole) == ("", "")
    assert results.rows.drop("text").rows() == [
        (1, P1, "returned", 1234, "", "", "AC04: 退汇 账户已销户", TOLD),
        (2, P1, "paid", 1234, "6222020200012345678", "张三", "", datetime(2026, 11, 20)),
    ]
    assert results.rows["text"][0].startswith(f'<TxDtls xmlns="{XSD}{message}"><Refs><EndToEndId>{P1}</EndToEndId>')


def test_the_time_of_a_booking_is_taken_where_it_is_given() -> None:
    at = "<DtTm>2026-11-21T08:00:00.25</DtTm>"
    raw = account(entry(details(P1, RETURN), day=at) + entry(details(P2), "DBIT", day=at))
    assert read(raw).rows["at"].to_list() == [ACCEPTED, ACCEPTED]


@pytest.mark.parametrize(
    ("one", "state", "why"),
    [
        (entry(details(P1, code("RRTN"))), "returned", ""),
        (entry(details(P1), more=code("RRTN")), "returned", ""),
        (entry(details(P1, code("RPCR"))), "returned", ""),
        (entry(details(P1, "<RtrInf/>")), "returned", ""),
        (entry(details(P1)), "open", "a credit without return information"),
        (entry(details(P1, code("DMCT"))), "open", "a credit without return information"),
        (entry(details(P1, RETURN), "DBIT"), "open", "a debit with return information; AC04: 退汇 账户已销户"),
        (entry(details(P1, "<CdtDbtInd>DBIT</CdtDbtInd>")), "paid", ""),
        (entry(details(P1, "<CdtDbtInd>CRDT</CdtDbtInd><RtrInf/>"), "DBIT"), "returned", ""),
        (entry(details(P1), "DBIT", booked="<Sts><Cd>PDNG</Cd></Sts>"), "open", "the entry is not booked"),
        (entry(details(P1), "DBIT", booked="<Sts>INFO</Sts>"), "open", "the entry is not booked"),
        (entry(details(P1), "DBIT", booked=""), "open", "the entry is not booked"),
        (entry(details(P1, "<RtrInf/>"), booked="<Sts>PDNG</Sts>"), "open", "the entry is not booked"),
        (entry(details(P1), "DBIT", more="<RvslInd>true</RvslInd>"), "open", "the entry reverses another one"),
        (entry(details(P1, "<RtrInf/>"), more="<RvslInd>1</RvslInd>"), "open", "the entry reverses another one"),
        (entry(details(P1), "DBIT", more="<RvslInd>false</RvslInd>"), "paid", ""),
        (entry(details(P1), "?"), "open", "a credit without return information"),
    ],
)
def test_what_an_entry_proves(one: str, state: str, why: str) -> None:
    assert states(account(one)) == [(P1, state, why)]


def test_amounts_of_an_entry_with_several_payments() -> None:
    """A transaction's own amount counts; the entry's only for one that is alone in it; without one nothing is final."""
    both = details(P1, "<Amt Ccy='CNY'>10.00</Amt>") + details(
        P2, "<AmtDtls><InstdAmt><Amt Ccy='CNY'>9.00</Amt></InstdAmt><TxAmt><Amt Ccy='CNY'>2.34</Amt></TxAmt></AmtDtls>"
    )
    raw = account(entry(both + details(P3), "DBIT") + entry(details(P3, "<Amt Ccy='EUR'>1.00</Amt>"), "DBIT"))
    assert read(raw).rows.select("row", "serial", "state", "net", "reason").rows() == [
        (1, P1, "paid", 1000, ""),
        (2, P2, "paid", 234, ""),
        (3, P3, "open", None, "no amount is given"),
        (4, P3, "open", None, "the amount is not in CNY"),
    ]


def test_movements_of_others_are_left_out_but_for_a_return_that_names_no_payment() -> None:
    raw = account(
        entry(details("SALARY-1"), "DBIT")
        + entry(details("SALARY-1", RETURN))
        + entry(details(P1, tag="InstrId"), "DBIT")
        + entry("<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RtrInf/></TxDtls>")
        + entry("<TxDtls/>", "DBIT")
        + entry(f"<Btch><MsgId>{MSG}</MsgId></Btch>", "DBIT")
        + entry(details(f"{P2}x"), "DBIT")
    )
    assert read(raw).rows.select("row", "serial", "state").rows() == [
        (3, P1, "paid"),
        (4, "NOTPROVIDED", "returned"),
    ]


# --- what is no answer of a bank -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (f"<Document xmlns='{XSD}camt.052.001.08'/>".encode(), "found camt.052.001.08, allowed a Document of pain.002"),
        (f"<Document xmlns='{XSD}pain.001.001.09'/>".encode(), "found pain.001.001.09, allowed a Document of pain.002"),
        (f"<Document xmlns='{XSD}pain.002.001.03x'/>".encode(), "found no message of ISO 20022"),
        (f"<Report xmlns='{XSD}pain.002.001.03'/>".encode(), "found pain.002.001.03, allowed a Document of"),
        (b"<Document/>", "found no message of ISO 20022, allowed a Document of pain.002"),
        (f"<Document xmlns='{XSD}pain.002.001.03'/>".encode(), "OrgnlMsgId is not there, needed to know the file"),
        (status().replace(MSG.encode(), b" "), "OrgnlMsgId is not there, needed to know the file"),
        (f"<Document xmlns='{XSD}camt.054.001.08'/>".encode(), "no Stmt and no Ntfctn is there"),
        (b"", "line 1, column 1: no sound XML (ERR_DOCUMENT_EMPTY)"),
        (b"payout_id,status\n", "no sound XML (ERR_DOCUMENT_EMPTY)"),
        (status(row(P1, "ACSC"))[:-20], "no sound XML"),
        (status(row(P1, "ACSC", original("1.00"))).replace("张三".encode(), b"\xff"), "no sound XML (ERR_INVALID_"),
        (status(row(P1, "&secret;")), "no sound XML (ERR_UNDECLARED_ENTITY)"),
        (b"<a>" * 300 + b"</a>" * 300, "no sound XML (ERR_"),
    ],
)
def test_what_is_no_answer_is_named(raw: bytes, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        bank.read_results(raw, ZONE)
    assert said in str(caught.value)


LAUGHS = (
    "<!DOCTYPE Document [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(10))
    + "]>"
)


@pytest.mark.parametrize(
    ("doctype", "value"),
    [
        ("<!DOCTYPE Document [<!ENTITY x 'ACSC'>]>", "&x;"),
        ("<!DOCTYPE Document PUBLIC '-//x' 'http://127.0.0.1:1/x'>", "ACSC"),
    ],
)
def test_a_doctype_is_refused_in_results_too(doctype: str, value: str) -> None:
    raw = status(row(P1, value)).replace(b"<Document", doctype.encode() + b"<Document")
    with pytest.raises(ValueError, match=r"^found a DOCTYPE, allowed a document without one"):
        bank.read_results(raw, ZONE)


@pytest.mark.parametrize("body", [row(P1, "&k;"), row(P1, "ACSC", original("1.00", currency="&k;"))])
def test_laughs_are_cut_short(body: str) -> None:
    raw = status(body)
    raw = raw.replace(b"<Document", LAUGHS.encode() + b"<Document")
    with pytest.raises(ValueError, match=r"no sound XML \(ERR_RESOURCE_LIMIT\)|found a DOCTYPE"):
        bank.read_results(raw, ZONE)


@pytest.mark.parametrize("attribute", ["schemaLocation='urn:x {}'", "noNamespaceSchemaLocation='{}'"])
def test_a_schema_that_the_document_names_is_not_opened(tmp_path: Path, attribute: str) -> None:
    """As in ``test_bank.py``: a pipe, at whose other end the writer waits for a reader."""
    pipe, opened = tmp_path / "x.xsd", threading.Event()
    os.mkfifo(pipe)

    def offer() -> None:
        with pipe.open("wb"):
            opened.set()

    writer = threading.Thread(target=offer)
    writer.start()
    named = f"<Document xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:{attribute.format(pipe)}"
    try:
        found = states(status(row(P1, "ACSC")).replace(b"<Document", named.encode()))
        assert not opened.is_set()
    finally:
        if not opened.is_set():
            pipe.open("rb").close()
        writer.join()
    assert found == [(P1, "paid", "")]
