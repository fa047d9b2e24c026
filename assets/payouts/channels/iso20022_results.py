"""What a bank answers in ISO 20022: status reports (pain.002), and debits and returns on the account (camt.053, .054).

Holds: which status and which entry proves what. Money that nothing proves stays in transit (``open``).
Never holds: our own payment files (``iso20022.py``), what a result does to the books.
Neighbour: ``iso20022.py`` has the guarded parser; ``bank.py`` hands the files on.

Every version of a message is read, by the names of its elements: what is used here has kept its name in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from lxml import etree

from assets.payouts.channels.base import RESULT, Results, result_fen, result_times
from assets.payouts.channels.iso20022 import NAMESPACE, parse

# External payment status codes of ISO 20022 that are final; every other one, known or not, leaves a payment in transit.
_STATES = {"ACSC": "paid", "ACCC": "paid", "RJCT": "failed"}
# Credit entries that bring a payment back, if no RtrInf says so: bank transaction codes for a return, and for a recall
# that the other bank granted.
_RETURNS = {"RRTN", "RPCR"}
_OUR_ID = re.compile(r"P[0-9]{8}[A-Z2-7]{15}")
_NO_ID = ("", "NOTPROVIDED")
_ROOT = re.compile(r"\{" + re.escape(NAMESPACE) + r"(pain\.002|camt\.05[34])\.001\.[0-9]{2}\}Document")
_ALLOWED = "a Document of pain.002, camt.053 or camt.054 (urn:iso:std:iso:20022:tech:xsd:)"
_ANY_MESSAGE = re.compile(r"\{" + re.escape(NAMESPACE) + r"([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})\}")
# xs:decimal as banks write yuan: signs and zeros that say nothing are left out.
_DECIMAL = re.compile(r"\+?([0-9]{1,13})(?:(\.[0-9]{1,2})0*)?")
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


def read_report(raw: bytes, timezone: str) -> Results:
    """A status report or an account statement; ValueError for any other document, naming the message it is."""
    root = parse(raw)
    found = _ROOT.fullmatch(str(root.tag))
    if not found:
        other = _ANY_MESSAGE.match(str(root.tag))
        raise ValueError(f"found {other[1] if other else 'no message of ISO 20022'}, allowed {_ALLOWED}")
    document = _Node(root)
    return _status_report(document, timezone) if found[1] == "pain.002" else _statement(document, timezone)


@dataclass(frozen=True)
class _Node:
    """An element whose descendants are found by path, all in its own namespace."""

    element: etree._Element

    def _path(self, path: str) -> str:
        namespace = str(self.element.tag).partition("}")[0] + "}"
        return "/".join(namespace + step for step in path.split("/"))

    def all(self, path: str) -> list[_Node]:
        return [_Node(one) for one in self.element.findall(self._path(path))]

    def first(self, *paths: str) -> _Node | None:
        found = (self.element.find(self._path(path)) for path in paths)
        return next((_Node(one) for one in found if one is not None), None)

    def text(self, *paths: str) -> str:
        """The text at the first path that has one, "" without."""
        found = (self.element.findtext(self._path(path)) for path in paths)
        return next((one.strip() for one in found if one and one.strip()), "")

    def whole(self) -> str:
        return etree.tostring(self.element, encoding="unicode", with_tail=False)


def _reasons(node: _Node, path: str) -> str:
    """Codes and texts of all reasons at ``path``: ``AC04: closed; 2nd line``."""
    said = []
    for one in node.all(path):
        texts = [text for text in (line.element.text for line in one.all("AddtlInf")) if text and text.strip()]
        said.append(": ".join(part for part in (one.text("Rsn/Cd", "Rsn/Prtry"), " ".join(texts)) if part))
    return "; ".join(part for part in said if part)


def _money(node: _Node | None) -> tuple[str, str]:
    """An amount as yuan text, and why it cannot be compared, "" if it can; ("", "") where there is none."""
    if node is None:
        return "", ""
    currency, found = node.element.get("Ccy"), _DECIMAL.fullmatch((node.element.text or "").strip())
    if currency != "CNY":
        return "", "the amount is not in CNY"
    return (found[1] + (found[2] or ""), "") if found else ("", "the amount is not yuan with at most two decimals")


def _rows(records: Iterable[dict[str, Any]], timezone: str) -> pl.DataFrame:
    """Records with amounts and times as text, as RESULT."""
    texts = dict.fromkeys(RESULT, pl.String) | {"row": pl.Int64}
    rows = pl.DataFrame(list(records), schema=texts)
    times = rows["at"].str.replace(_FRACTION.pattern, "$1")
    return rows.with_columns(net=result_fen(rows["net"]), at=result_times(times, timezone)).select(list(RESULT))


# --- pain.002 ----------------------------------------------------------------------------------------------------


def _status_report(document: _Node, timezone: str) -> Results:
    """A status report: rows, or one state for the whole file where it names no row.

    A row without a status of its own has that of its PmtInf, else the group's. With rows, only what they name has a
    state: what a report leaves out stays in transit, also under a group that is ACSC or RJCT, since the two contradict
    each other or more is to come. Without rows the state is that of the PmtInf (our files have one), else the group's;
    where two levels contradict each other, or the group says PART, it is open.
    """
    report = document.first("CstmrPmtStsRpt")
    group = report.first("OrgnlGrpInfAndSts") if report else None
    if report is None or group is None or not group.text("OrgnlMsgId"):
        raise ValueError("CstmrPmtStsRpt/OrgnlGrpInfAndSts/OrgnlMsgId is not there, needed to know the file")
    batches = report.all("OrgnlPmtInfAndSts")
    created = report.text("GrpHdr/CreDtTm")
    rows = _rows(_status_rows(batches, group.text("GrpSts"), created), timezone)
    if rows.height:
        return Results(rows, batch=group.text("OrgnlMsgId"))
    reasons = [_reasons(level, "StsRsnInf") for level in (group, *batches)]
    return Results(
        rows, batch=group.text("OrgnlMsgId"),
        whole=_whole(group.text("GrpSts"), [batch.text("PmtInfSts") for batch in batches]),
        reason="; ".join(one for one in reasons if one), at=_rows([{"at": created}], timezone)["at"][0],
    )  # fmt: skip


def _whole(group: str, batches: list[str]) -> str:
    """One state for all payments of a file, from the statuses at both levels ("" where one is not given)."""
    states = {_STATES.get(status, "open") for status in batches if status}
    if group in _STATES:
        states.add(_STATES[group])
    elif group == "PART" or not states:
        return "open"
    return states.pop() if len(states) == 1 else "open"


def _status_rows(batches: list[_Node], group: str, created: str) -> Iterator[dict[str, Any]]:
    place = 0
    for batch in batches:
        above = batch.text("PmtInfSts") or group
        for one in batch.all("TxInfAndSts"):
            place += 1
            status = one.text("TxSts") or above
            yield _status_row(one, place, status, created)


def _status_row(one: _Node, place: int, status: str, created: str) -> dict[str, Any]:
    serial, instruction = one.text("OrgnlEndToEndId"), one.text("OrgnlInstrId")
    amount, fault = _money(one.first("OrgnlTxRef/Amt/InstdAmt"))
    if serial not in _NO_ID and instruction and instruction != serial:
        fault = "OrgnlInstrId is not OrgnlEndToEndId"  # ours are the same: it is not known which payment is meant
    state = "open" if fault else _STATES.get(status, "open")
    said = _reasons(one, "StsRsnInf")
    return {
        "row": place, "serial": instruction if serial in _NO_ID else serial, "state": state, "net": amount,
        "account_no": one.text("OrgnlTxRef/CdtrAcct/Id/Othr/Id", "OrgnlTxRef/CdtrAcct/Id/IBAN"),
        "account_name": one.text("OrgnlTxRef/Cdtr/Nm", "OrgnlTxRef/Cdtr/Pty/Nm"),
        "reason": "; ".join(part for part in (fault, said or (status if state == "open" else "")) if part),
        "at": one.text("AccptncDtTm") or created, "text": one.whole(),
    }  # fmt: skip


# --- camt.053 and camt.054 ---------------------------------------------------------------------------------------


def _statement(document: _Node, timezone: str) -> Results:
    """Booked movements of the account that carry an id of ours: a debit proves that the money went (``paid``), a credit
    with RtrInf or a return's code that it came back (``returned``). Both need an amount and status BOOK; anything else
    with our id is ``open``: a credit without a return, a reversal of an entry, one that is not booked yet.

    A date without a time counts from its start for a debit; a return, which always follows its debit, has the time of
    the message. Movements of others are left out, but for a return that names no payment: somebody has to look at it.
    A debit of a whole file without its payments says nothing of them. Payees are compared for debits only, since in
    returns banks name either side as creditor.
    """
    statements = document.all("BkToCstmrStmt/Stmt") + document.all("BkToCstmrDbtCdtNtfctn/Ntfctn")
    created = document.text("BkToCstmrStmt/GrpHdr/CreDtTm", "BkToCstmrDbtCdtNtfctn/GrpHdr/CreDtTm")
    if not statements:
        raise ValueError("no Stmt and no Ntfctn is there, needed at least one")
    return Results(_rows(_movements(statements, created), timezone))


def _movements(statements: list[_Node], created: str) -> Iterator[dict[str, Any]]:
    place = 0
    for statement in statements:
        told = statement.text("CreDtTm") or created
        for entry in statement.all("Ntry"):
            parts = entry.all("NtryDtls/TxDtls")
            for part in parts:
                place += 1
                one = _movement(entry, part, len(parts) == 1, told)
                if _OUR_ID.fullmatch(one["serial"]) or (one["serial"] in _NO_ID and one["state"] == "returned"):
                    yield one | {"row": place}


def _movement(entry: _Node, part: _Node, alone: bool, created: str) -> dict[str, Any]:
    """One transaction of an entry; ``alone``: the entry's amount is its own."""
    end_to_end, instruction = part.text("Refs/EndToEndId"), part.text("Refs/InstrId")
    ours = end_to_end not in _NO_ID or not _OUR_ID.fullmatch(instruction)
    debit = (part.text("CdtDbtInd") or entry.text("CdtDbtInd")) == "DBIT"
    own = part.first("Amt", "AmtDtls/TxAmt/Amt")
    amount, fault = _money(own or (entry.first("Amt") if alone else None))
    state, why = _moved(entry, part, debit)
    fault = fault or ("" if amount else "no amount is given")
    reasons = _reasons(part, "RtrInf")
    day = entry.text("BookgDt/DtTm") or (entry.text("BookgDt/Dt")[:10] if debit else "")
    return {
        "serial": end_to_end if ours else instruction, "net": amount, "text": part.whole(),
        "state": "open" if fault else state, "reason": "; ".join(one for one in (fault, why, reasons) if one),
        "account_no": part.text("RltdPties/CdtrAcct/Id/Othr/Id", "RltdPties/CdtrAcct/Id/IBAN") if debit else "",
        "account_name": part.text("RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm") if debit else "",
        "at": day or created,
    }  # fmt: skip


def _moved(entry: _Node, part: _Node, debit: bool) -> tuple[str, str]:
    """What a transaction proves, and why it proves nothing."""
    if entry.text("Sts/Cd", "Sts") != "BOOK":
        return "open", "the entry is not booked"
    if entry.text("RvslInd") in ("true", "1"):
        return "open", "the entry reverses another one"
    code = "BkTxCd/Domn/Fmly/SubFmlyCd"
    back = part.first("RtrInf") is not None or (part.text(code) or entry.text(code)) in _RETURNS
    if debit:
        return ("open", "a debit with return information") if back else ("paid", "")
    return ("returned", "") if back else ("open", "a credit without return information")
