"""The bank channel: one ISO 20022 credit transfer message a file, pain.001.001.09 or .03 (channels.md, bank).

Holds: its settings, what an account must be, cutting and writing.
Never holds: reading, which shares no code with the writer (``iso20022.py`` for our files, ``iso20022_results.py`` for
what the bank answers).
Neighbour: ``base.py`` says what a profile is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from lxml import etree
from lxml.builder import E

from assets.foundation.rules import Scalar, Setting
from assets.payouts.channels.base import (
    PayoutFile,
    Plan,
    Results,
    batch_no,
    first_reason,
    has_control,
    is_formula,
    split,
    yuan,
)
from assets.payouts.channels.iso20022 import MESSAGES, NAMESPACE, read_payments
from assets.payouts.channels.iso20022_results import read_report

# Of the payer's own: texts of the settings are printable (``Setting.read``), so XML can carry them.
SETTINGS: Mapping[str, Setting] = {
    "message": Setting(MESSAGES[0], choices=MESSAGES),
    "initiator": Setting("", pattern=".{1,140}", allowed="the company's name in 1 to 140 characters", needed=True),
    "debtor_name": Setting("", pattern=".{1,140}", allowed="the account's name in 1 to 140 characters", needed=True),
    "debtor_account": Setting(
        "", pattern="[0-9A-Za-z]{1,34}", allowed="1 to 34 letters and digits, in quotes", needed=True
    ),
    "debtor_bank": Setting("", pattern="[0-9]{12}", allowed="the bank's 12 CNAPS digits, in quotes", needed=True),
    "remittance": Setting("结算款", pattern=".{1,140}", allowed="1 to 140 characters"),
    "charge_bearer": Setting("none", choices=("none", "DEBT", "CRED", "SHAR", "SLEV")),
    "category_purpose": Setting("none", pattern="none|[A-Z]{4}", allowed="none or a code of 4 capitals, as SALA"),
    "payment_min_fen": Setting(0),
    "payment_max_fen": Setting(0),
    "payee_day_max_fen": Setting(0),
    "file_max_fen": Setting(0),
    "file_max_rows": Setting(10_000, low=1, high=100_000),
}
CONSOLE = "the bank's page or line for companies that takes ISO 20022 payment messages (pain.001)"

_ACCOUNT, _NAME = 34, 140
# Beside control characters, what no XML 1.0 document may hold. A lone surrogate cannot come this far: no column of
# text can hold one.
_NO_XML = r"[\x{FFFE}\x{FFFF}]"
_OFFSET = "+08:00"  # China's, all year (channels.md)


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """A bank that is no CNAPS number; an account or name that its field or XML cannot carry."""
    tests = [(~pl.col("bank_code").str.contains("^[0-9]{12}$").fill_null(False), "bank_code is not 12 digits (CNAPS)")]
    for column, most in (("account_no", _ACCOUNT), ("account_name", _NAME)):
        text = pl.col(column)
        tests += [
            (text.fill_null("") == "", f"{column} is empty"),
            (text.str.len_chars() > most, f"{column} is longer than {most} characters"),
            (is_formula(column), f"{column} starts like a formula"),
            (has_control(column), f"{column} holds a control character"),
            (text.str.contains(_NO_XML), f"{column} holds a character that XML cannot carry"),
        ]
    return first_reason(accounts, tests)


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """Files of at most ``file_max_rows`` payments and ``file_max_fen``; a payment is known by its payout_id."""
    rows = lines.with_columns(serial="payout_id")
    parts = split(rows, plan.number("file_max_rows"), plan.number("file_max_fen"))
    form = {"message": plan.text("message")}
    return [
        PayoutFile(f"bank_{plan.compact}_{number:04d}.xml", part, batch_no("B", plan, part), form)
        for number, part in enumerate(parts, start=plan.first)
    ]


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """UTF-8, one payment a line. Only one payment is held as XML at a time, whatever their number.

    What is inside ``Document`` is made without a namespace: lxml writes it as it is, so it reads as being in that of
    ``Document`` and does not repeat it on every payment.
    """
    namespace = NAMESPACE + plan.text("message")
    with etree.xmlfile(str(path), encoding="UTF-8") as out:
        out.write_declaration()
        with out.element(f"{{{namespace}}}Document", nsmap={None: namespace}), out.element("CstmrCdtTrfInitn"):
            created = f"{plan.day.isoformat()}T23:59:59{_OFFSET}"
            party = E.InitgPty(E.Nm(plan.text("initiator")))
            out.write("\n", E.GrpHdr(E.MsgId(file.batch), E.CreDtTm(created), *_sums(file.rows), party), "\n")
            with out.element("PmtInf"):
                out.write(E.PmtInfId(f"{file.batch}01"), E.PmtMtd("TRF"), *_sums(file.rows), *_terms(plan), "\n")
                _write_payments(out, file.rows, plan)
            out.write("\n")


def _sums(rows: pl.DataFrame) -> list[etree._Element]:
    total = int(rows["net"].sum())
    return [E.NbOfTxs(str(rows.height)), E.CtrlSum(f"{total // 100}.{total % 100:02d}")]


def _terms(plan: Plan) -> list[etree._Element]:
    """What is the same for all payments of a file, in the schema's order."""
    purpose, bearer = plan.text("category_purpose"), plan.text("charge_bearer")
    day = plan.day.isoformat()
    return [
        *([] if purpose == "none" else [E.PmtTpInf(E.CtgyPurp(E.Cd(purpose)))]),
        E.ReqdExctnDt(day) if plan.text("message") == "pain.001.001.03" else E.ReqdExctnDt(E.Dt(day)),
        E.Dbtr(E.Nm(plan.text("debtor_name"))),
        E.DbtrAcct(E.Id(E.Othr(E.Id(plan.text("debtor_account")))), E.Ccy("CNY")),
        E.DbtrAgt(_agent(E.MmbId(plan.text("debtor_bank")))),
        *([] if bearer == "none" else [E.ChrgBr(bearer)]),
    ]


def _agent(member: etree._Element) -> etree._Element:
    agent: etree._Element = E.FinInstnId(E.ClrSysMmbId(E.ClrSysId(E.Cd("CNAPS")), member))
    return agent


def _write_payments(out: etree._IncrementalFileWriter, rows: pl.DataFrame, plan: Plan) -> None:
    """Every payment is the same element with other texts: written, then filled anew."""
    instruction, end_to_end, amount, member = E.InstrId(), E.EndToEndId(), E.InstdAmt(Ccy="CNY"), E.MmbId()
    name, account = E.Nm(), E.Id()
    payment = E.CdtTrfTxInf(
        E.PmtId(instruction, end_to_end),
        E.Amt(amount),
        E.CdtrAgt(_agent(member)),
        E.Cdtr(name),
        E.CdtrAcct(E.Id(E.Othr(account))),
        E.RmtInf(E.Ustrd(plan.text("remittance"))),
    )
    payment.tail = "\n"
    texts = rows.select("payout_id", yuan("net"), "bank_code", "account_name", "account_no")
    for end_to_end.text, amount.text, member.text, name.text, account.text in texts.iter_rows():
        instruction.text = end_to_end.text
        out.write(payment)


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """Against the schema, then against its own totals (``iso20022.py``)."""
    return read_payments(path.read_bytes(), str(form.get("message", "")))


def read_results(raw: bytes, timezone: str) -> Results:
    """pain.002 status reports, and camt.053 and .054 for debits and returns (``iso20022_results.py``)."""
    return read_report(raw, timezone)
