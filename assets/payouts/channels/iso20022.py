"""Reading ISO 20022 messages: XML that cannot reach out, and the payments of a credit transfer file of ours.

Holds: the guarded parser, validation against the schemas that the package sepaxml carries, the totals of pain.001.
Never holds: writing; what a bank answers (``iso20022_results.py``).
Neighbour: ``bank.py`` writes what ``read_payments`` reads and shares only the names of messages with it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from importlib.metadata import distribution
from typing import Any

import polars as pl
from lxml import etree

from assets.payouts.channels.base import READ, fen

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGES = ("pain.001.001.09", "pain.001.001.03")

_GROUP = "p:CstmrCdtTrfInitn/p:GrpHdr"
_BATCH = "p:CstmrCdtTrfInitn/p:PmtInf"
_PAYMENT = f"{_BATCH}/p:CdtTrfTxInf"
_BANK = "p:CdtrAgt/p:FinInstnId/p:ClrSysMmbId"
# One text each in every payment. A whole column is one XPath, not one a payment.
_COLUMNS = {
    "serial": "p:PmtId/p:EndToEndId/text()",
    "instruction": "p:PmtId/p:InstrId/text()",
    "net": "p:Amt/p:InstdAmt/text()",
    "currency": "p:Amt/p:InstdAmt/@Ccy",
    "account_no": "p:CdtrAcct/p:Id/p:Othr/p:Id/text()",
    "account_name": "p:Cdtr/p:Nm/text()",
    "bank_code": f"{_BANK}/p:MmbId/text()",
    "clearing": f"{_BANK}/p:ClrSysId/p:Cd/text()",
}
# What stands once in a file: the path and what it has to be.
_FIXED = {
    "PmtMtd": (f"{_BATCH}/p:PmtMtd/text()", "TRF"),
    "DbtrAcct/Ccy": (f"{_BATCH}/p:DbtrAcct/p:Ccy/text()", "CNY"),
    "DbtrAgt ClrSysId/Cd": (f"{_BATCH}/p:DbtrAgt/p:FinInstnId/p:ClrSysMmbId/p:ClrSysId/p:Cd/text()", "CNAPS"),
}
_ELEMENT = re.compile(r"^Element '(?:\{[^}]*\})?([A-Za-z0-9]+)'")


def parse(raw: bytes) -> etree._Element:
    """The root of a document, comments and instructions left out. Nothing outside of ``raw`` is read, no entity is
    unfolded, no DOCTYPE is taken, and libxml2's limits on depth and size hold.

    Raises ValueError that says where, without a text of the document.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, strip_cdata=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        found = parser.error_log.last_error
        kind = found.type_name if found is not None else "ERR_DOCUMENT_EMPTY"
        raise ValueError(f"line {line}, column {column}: no sound XML ({kind}); allowed: the file as it was") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("found a DOCTYPE, allowed a document without one: it could name entities and other files")
    return root


@cache
def _schema(message: str) -> etree.XMLSchema:
    path = distribution("sepaxml").locate_file(f"sepaxml/schemas/{message}.xsd")
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True)))


def read_payments(raw: bytes, message: str) -> pl.DataFrame:
    """The payments (READ) of a credit transfer file with one PmtInf, ``message`` as it was written.

    Raises ValueError for what its schema or our own rules (channels.md, bank) do not allow, and for totals that are not
    those of its rows; no name or account stands in the sentence.
    """
    if message not in MESSAGES:
        raise ValueError(f"message {message!r:.40}, allowed {' or '.join(MESSAGES)}")
    root = parse(raw)
    if root.tag != f"{{{NAMESPACE}{message}}}Document":
        raise ValueError(f"the root is not a Document of {message}")
    _require_schema(root, message)
    rows = _columns(root, message)
    _require_sums(root, message, rows)
    return rows.select(list(READ))


def _find(root: etree._Element, message: str, path: str) -> list[str]:
    found: Any = etree.XPath(path, namespaces={"p": NAMESPACE + message}, smart_strings=False)(root)
    return list(found)


def _require_schema(root: etree._Element, message: str) -> None:
    schema = _schema(message)
    if schema.validate(root):
        return
    faults: Any = schema.error_log
    fault = faults[0]  # its own sentence quotes the value
    name = _ELEMENT.match(fault.message)
    raise ValueError(f"line {fault.line}: {name[1] if name else 'an element'} breaks {message} ({fault.type_name})")


def _columns(root: etree._Element, message: str) -> pl.DataFrame:
    """The payments with all of ``_COLUMNS``, amounts in fen."""
    found = {name: _find(root, message, f"{_PAYMENT}/{path}") for name, path in _COLUMNS.items()}
    payments = len(root.findall(f"{_PAYMENT}", namespaces={"p": NAMESPACE + message}))
    for name, texts in found.items():
        if len(texts) != payments:
            raise ValueError(f"{_named(name)} is in {len(texts)} of {payments} payments, allowed: in each")
    rows = pl.DataFrame(found, schema=dict.fromkeys(_COLUMNS, pl.String))
    wrong = {
        "serial": ~pl.col("serial").is_first_distinct(),
        "instruction": pl.col("instruction") != pl.col("serial"),
        "currency": pl.col("currency") != "CNY",
        "clearing": pl.col("clearing") != "CNAPS",
        "bank_code": ~pl.col("bank_code").str.contains("^[0-9]{12}$"),
    }
    allowed = {
        "serial": "each once", "instruction": "the EndToEndId", "currency": "CNY", "clearing": "CNAPS",
        "bank_code": "12 digits",
    }  # fmt: skip
    for name, test in wrong.items():
        _refuse(rows.with_row_index("at", 1).filter(test), _named(name), allowed[name])
    rows = fen(rows, "net")
    _refuse(rows.with_row_index("at", 1).filter(pl.col("net") <= 0), _named("net"), "more than 0")
    return rows


def _named(column: str) -> str:
    """The element or attribute of a column."""
    steps = [step for step in _COLUMNS[column].split("/") if step != "text()"]
    return "/".join(steps[-2:]).replace("p:", "")


def _refuse(wrong: pl.DataFrame, name: str, allowed: str) -> None:
    if wrong.height:
        raise ValueError(f"payment {wrong['at'][0]}: {name} is wrong in {wrong.height} payments, allowed {allowed}")


def _require_sums(root: etree._Element, message: str, rows: pl.DataFrame) -> None:
    """Number and sum of the payments at both levels; what is said once; one day."""
    for level in (_GROUP, _BATCH):
        name = level.split(":")[-1]
        for item, due in (("NbOfTxs", Decimal(rows.height)), ("CtrlSum", Decimal(int(rows["net"].sum())) / 100)):
            told = _find(root, message, f"{level}/p:{item}/text()")
            if len(told) != 1 or Decimal(told[0]) != due:
                raise ValueError(f"{name}/{item} is {', '.join(told) or 'not there'}, allowed once {due} as its rows")
    for name, (path, due_text) in _FIXED.items():
        if _find(root, message, path) != [due_text]:
            raise ValueError(f"{name}: allowed once {due_text}")
    date = "p:ReqdExctnDt/text()" if message == "pain.001.001.03" else "p:ReqdExctnDt/p:Dt/text()"
    created, asked = _find(root, message, f"{_GROUP}/p:CreDtTm/text()"), _find(root, message, f"{_BATCH}/{date}")
    if len(asked) != 1 or created[0][:10] != asked[0]:
        raise ValueError(f"ReqdExctnDt is {', '.join(asked) or 'not a date'}, allowed the date of CreDtTm")
