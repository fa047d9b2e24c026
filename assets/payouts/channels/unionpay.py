"""The UnionPay channel: the DF file of batch payouts (channels.md, unionpay).

Holds: its settings, its files, their writer, their reader, and the reader of result and reject files.
Never holds: the upload, with its DEFLATE and Base64, which the merchant's programme does; who is paid, how much, or
why.
Neighbour: ``base.py`` says what a profile is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.rules import Scalar, Setting
from assets.payouts.channels.base import (
    CONTROL,
    READ,
    RESULT,
    PayoutFile,
    Plan,
    Results,
    byte_length,
    first_reason,
    has_control,
    is_formula,
    lacks,
    require_undamaged,
    result_times,
    split,
)

TITLES = (
    "orderId", "currencyCode", "txnAmt", "accType", "accNo", "customerNm", "bizType", "certifTp", "certifId", "phoneNo",
    "postscript",
)  # fmt: skip
_MOST_ROWS = 100_000
_LAST_BATCH = 9_999
_POSTSCRIPT_BYTES = 40
_YUAN_CODE = "156"
# Code that writes such files parts lines by CR LF and ends the last one without: a reader that wants LF alone finds no
# more than a CR behind the last field, one that counts lines finds no empty payment.
_EOL = "\r\n"

SETTINGS: dict[str, Setting] = {
    "mer_id": Setting("", pattern=r"[0-9]{15}", allowed="15 digits", needed=True, about="the merchant's number, merId"),
    "encoding": Setting("UTF-8", choices=("UTF-8", "GBK"), about="of the files; who has a letter that it lacks waits"),
    "version": Setting("5.0.0", pattern=r"[0-9]\.[0-9]\.[0-9]", allowed="a version as 5.0.0", about="of the layout"),
    "biz_type": Setting("000401", pattern=r"[0-9]{6}", allowed="6 digits", about="the product; 000401: payouts"),
    "acc_type": Setting(
        "01", choices=("01", "02", "04"), about="of all accounts of the channel; 01: card, 02: passbook, 04: company"
    ),
    "postscript": Setting(
        "结算款", pattern=r"([^|=+@＝＋－＠-][^|]*)?", allowed="text without a pipe that does not start like a formula",
        about="what the payee's statement says, at most 40 bytes in the encoding; may be empty",
    ),
    "name_max_bytes": Setting(30, low=1, high=1_000, about="the longest customerNm, in bytes of the encoding"),
    "require_id": Setting(False, about="whether payees without id_type and id_no wait"),
    "payment_min_fen": Setting(1, low=1, about="the least net of a payment; less waits in the wallet"),
    "payment_max_fen": Setting(0, about="the most of a payment, gross; what is above waits; 0: any"),
    "payee_day_max_fen": Setting(0, about="the most that a payee gets in a day, gross; what is above waits; 0: any"),
    "file_max_fen": Setting(0, about="the most of a file, and so of a payment; 0: any"),
    "file_max_rows": Setting(_MOST_ROWS, low=1, high=_MOST_ROWS, about="the most payments of a file"),
}  # fmt: skip
CONSOLE = "银联 批量代付: by a programme of yours, which sends the file as Base64 of DEFLATE with its totals"
_ACCOUNT = r"^[0-9]{1,32}$"
_ID_TYPE = r"^(0[1-7]|99)$"
_ID = r"^[0-9A-Za-z][0-9A-Za-z()-]{0,19}$"
_PHONE = r"^[0-9]{1,20}$"


# --- the files ---------------------------------------------------------------------------------------------------


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """What has no place in a field, would be taken for the next one, or is no letter of the file's encoding."""
    encoding, most = str(settings["encoding"]), int(settings["name_max_bytes"])
    name, kind, number, phone = (pl.col(one) for one in ("account_name", "id_type", "id_no", "phone"))
    return first_reason(
        accounts.with_columns(lacking=lacks(accounts["account_name"], encoding)),
        [
            (~pl.col("account_no").str.contains(_ACCOUNT), "account_no is no card or account number (1 to 32 digits)"),
            (is_formula("account_name"), "account_name starts like a formula"),
            (has_control("account_name"), "account_name holds a control character"),
            (name.str.contains("|", literal=True), "account_name holds |, which parts the fields"),
            (pl.col("lacking"), f"account_name holds a letter that {encoding} has not"),
            (byte_length("account_name", encoding) > most, f"account_name is longer than {most} bytes of {encoding}"),
            ((kind == "") != (number == ""), "id_type and id_no, allowed both or none"),
            ((kind != "") & ~kind.str.contains(_ID_TYPE), "id_type is no type of UnionPay (01 to 07, 99)"),
            ((number != "") & ~number.str.contains(_ID), "id_no is no document number (1 to 20 letters and digits)"),
            ((phone != "") & ~phone.str.contains(_PHONE), "phone is no number (1 to 20 digits)"),
            ((number == "") & bool(settings["require_id"]), "id_no is not there, and this channel's rules require it"),
        ],
    )  # fmt: skip


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """Files of at most ``file_max_rows`` payments, each with a batch number of its own on that day.

    Raises Refused when the numbers of the day run out, and for a postscript that the file cannot carry.
    """
    encoding = plan.text("encoding")
    postscript = pl.DataFrame({"postscript": [plan.text("postscript")]})
    if lacks(postscript["postscript"], encoding)[0]:
        raise Refused(
            f"channel {plan.channel}: postscript holds a letter that {encoding} has not; nothing was published"
        )
    if postscript.select(byte_length("postscript", encoding)).item() > _POSTSCRIPT_BYTES:
        raise Refused(
            f"channel {plan.channel}: postscript, allowed {_POSTSCRIPT_BYTES} bytes of {encoding};"
            " nothing was published"
        )
    parts = list(
        split(lines.with_columns(serial="payout_id"), plan.number("file_max_rows"), plan.number("file_max_fen"))
    )
    last = plan.first + len(parts) - 1
    if last > _LAST_BATCH:
        raise Refused(
            f"channel {plan.channel}: found {last} files for {plan.day}, allowed {_LAST_BATCH}, the last batch number"
            " of a day; nothing was published"
        )
    files, form = [], {name: plan.settings[name] for name in ("encoding", "name_max_bytes")}
    for number, part in enumerate(parts, start=plan.first):
        name = f"DF00000000{plan.text('mer_id')}{plan.compact}{number:04}I.txt"
        files.append(PayoutFile(name, part, f"{number:04}", form))
    return files


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """A head with the totals, the titles, a line a payment; no mark of the encoding, no end of the last line."""
    table = file.rows.select(
        orderId="serial", currencyCode=pl.lit(_YUAN_CODE), txnAmt="net", accType=pl.lit(plan.text("acc_type")),
        accNo="account_no", customerNm="account_name", bizType=pl.lit(plan.text("biz_type")), certifTp="id_type",
        certifId="id_no", phoneNo="phone", postscript=pl.lit(plan.text("postscript")),
    ).write_csv(separator="|", line_terminator=_EOL, quote_style="never")  # fmt: skip
    head = f"{plan.text('version')}|{file.rows['net'].sum()}|{file.rows.height}||{_EOL}"
    path.write_bytes((head + table.removesuffix(_EOL)).encode(plan.text("encoding")))


# --- reading them back -------------------------------------------------------------------------------------------

_HEAD = re.compile(r"[0-9]\.[0-9]\.[0-9]\|([0-9]{1,12})\|([0-9]{1,6})\|\|")
_FIELDS = {
    "orderId": r"^[0-9A-Za-z]{8,32}$", "currencyCode": rf"^{_YUAN_CODE}$", "txnAmt": r"^[1-9][0-9]{0,11}$",
    "accType": r"^0[124]$", "accNo": _ACCOUNT, "customerNm": rf"^[^{CONTROL[1:-1]}]+$", "bizType": r"^[0-9]{6}$",
    "certifTp": rf"^$|{_ID_TYPE}", "certifId": rf"^$|{_ID}", "phoneNo": rf"^$|{_PHONE}",
    "postscript": rf"^[^{CONTROL[1:-1]}]*$",
}  # fmt: skip


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """By Python's csv reader with quotes off: every field, line ends, ids, and the head's totals held to the rows."""
    encoding = str(form["encoding"])
    if encoding not in SETTINGS["encoding"].choices:
        raise ValueError(f"encoding: found {encoding!r:.20}, allowed {' or '.join(SETTINGS['encoding'].choices)}")
    head, *lines = _decoded(path.read_bytes(), encoding).split(_EOL)
    totals = _HEAD.fullmatch(head)
    if not totals:
        raise ValueError("row 1: found another head, allowed version|total|number||")
    if lines[:1] != ["|".join(TITLES)]:
        raise ValueError(f"row 2: found other titles, allowed {'|'.join(TITLES)}")
    rows = _table(lines, 2)
    for name, pattern in _FIELDS.items():
        if (wrong := rows.filter(~pl.col(name).str.contains(pattern))).height:
            raise ValueError(f"row {wrong['row'][0]}: {name} is not as the channel wants it")
    most = int(form["name_max_bytes"])
    if (long := rows.filter(byte_length("customerNm", encoding) > most)).height:
        raise ValueError(f"row {long['row'][0]}: customerNm is longer than {most} bytes")
    if (twice := rows.filter(pl.col("orderId").is_duplicated())).height:
        raise ValueError(f"row {twice['row'][0]}: orderId {twice['orderId'][0]} is there twice")
    amounts = rows["txnAmt"].cast(pl.Int64)
    found, told = (int(amounts.sum()), rows.height), (int(totals[1]), int(totals[2]))
    if found != told or not 1 <= rows.height <= _MOST_ROWS:
        raise ValueError(
            f"row 1: the head says {told[0]} fen in {told[1]} payments, the rows {found[0]} fen in {found[1]}, allowed"
            f" the same figures and {_MOST_ROWS} payments"
        )
    return rows.select(
        serial="orderId", net=amounts, account_no="accNo", account_name="customerNm", bank_code=pl.lit("")
    ).select(list(READ))


_LONGEST = 100_000  # letters of a line; csv has a limit of its own, which the process may have changed


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not {encoding}; allowed the file as it was made") from None


def _table(lines: list[str], first: int) -> pl.DataFrame:
    """Lines of fields parted by |, the titles in the first of them, which is row ``first`` of the file: the fields as
    text, ``row``, and ``text``, the line as it stood."""
    if (long := next((n for n, line in enumerate(lines, first) if len(line) > _LONGEST), None)) is not None:
        raise ValueError(f"row {long}: no line of fields parted by | (it is longer than {_LONGEST} letters)")
    reader = csv.reader(lines, delimiter="|", quoting=csv.QUOTE_NONE, strict=True)
    try:
        titles, *rows = reader
    except csv.Error:
        raise ValueError(f"row {first - 1 + reader.line_num}: no line of fields parted by |") from None
    if twice := sorted({name for name in titles if titles.count(name) > 1} | {"row", "text"} & set(titles)):
        raise ValueError(f"row {first}: title {twice[0]!r:.40} is there twice or not one of the channel's")
    wrong = next((n for n, row in enumerate(rows) if len(row) != len(titles)), None)
    if wrong is not None:
        found = len(rows[wrong])
        raise ValueError(f"row {first + 1 + wrong} has {found} fields, allowed {len(titles)} as in the titles")
    table = pl.DataFrame(rows, schema=dict.fromkeys(titles, pl.String), orient="row")
    place = pl.int_range(first + 1, first + 1 + pl.len(), dtype=pl.Int64)
    return table.with_columns(row=place, text=pl.Series(lines[1:], dtype=pl.String))


# --- results -----------------------------------------------------------------------------------------------------

_PAID = "00"
# No proof that the money did not go: in flight or unknown; taken with a defect (A2 to A6, a success to UnionPay); an
# instruction given twice (12, 94), which says nothing about the first. They stay in transit.
_UNPROVED = ("03", "04", "05", "A2", "A4", "A5", "A6", "12", "94")
_NEEDED = ("respCode", "orderId")
_REQUEST_FIELDS = 5  # version, total, number and two that are reserved
_RESULT_HEAD = re.compile(r"[0-9]\.[0-9]\.[0-9](\|[^|]*){4}((\|[^|]*){3,4})?")


def read_results(raw: bytes, timezone: str) -> Results:
    """A result file, or a reject file of the same layout, with a head or from its titles on, in UTF-8 or GBK.

    The head's number and total, and the number and amount of what succeeded, are held against the rows.
    """
    lines = _text(raw).replace("\r\n", "\n").rstrip("\n").split("\n")
    head = lines[0] if _RESULT_HEAD.fullmatch(lines[0]) else ""
    titles = (lines[1:2] or [""] if head else lines)[0].split("|")
    if missing := [name for name in _NEEDED if name not in titles]:
        raise ValueError(f"title {missing[0]} is missing; allowed a result or reject file, with respCode and orderId")
    rows = _table(lines[1:] if head else lines, 2 if head else 1)
    require_undamaged(rows, [name for name in ("orderId", "accNo", "txnAmt") if name in titles])
    if (wrong := rows.filter(~pl.col("orderId").str.contains(_FIELDS["orderId"]))).height:
        raise ValueError(f"row {wrong['row'][0]}: orderId, allowed 8 to 32 letters and digits")
    rows = _with_columns(rows)
    if (wrong := rows.filter(~pl.col("txnAmt").str.contains(r"^[0-9]{0,12}$"))).height:
        raise ValueError(f"row {wrong['row'][0]}: txnAmt, allowed whole fen")
    code, message = pl.col("respCode"), pl.col("respMsg")
    failed = code.str.contains(r"^[0-9A-Z]{2}$") & ~code.is_in(_UNPROVED)
    read = rows.select(
        "row", serial="orderId",
        state=pl.when(code == _PAID).then(pl.lit("paid")).when(failed).then(pl.lit("failed")).otherwise(pl.lit("open")),
        net=pl.col("txnAmt").cast(pl.Int64, strict=False), account_no="accNo", account_name="customerNm",
        reason=pl.when(code != _PAID).then((code + " " + message).str.strip_chars()).otherwise(pl.lit("")),
        at=_times(rows, timezone), text="text",
    ).select(list(RESULT))  # fmt: skip
    if head:
        _require_totals(head.split("|"), read, amounts="txnAmt" in titles)
    return Results(read)


def _text(raw: bytes) -> str:
    """UTF-8, else GBK: the files do not say, and text in GBK is hardly ever UTF-8 as well."""
    for encoding in ("utf-8-sig", "gbk"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise ValueError("found a NUL, allowed text")
        return text
    raise ValueError("found bytes that are neither UTF-8 nor GBK; allowed the file as it was downloaded")


def _with_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that are read where they are there, "" where the file has none."""
    wanted = ("respMsg", "txnAmt", "accNo", "customerNm", "sysTm")
    return rows.with_columns(pl.lit("").alias(name) for name in wanted if name not in rows.columns)


def _times(rows: pl.DataFrame, timezone: str) -> pl.Series:
    """``sysTm`` (MMDDhhmmss, in China) with the year that follows from the business date in our orderId: the first such
    day on or after it."""
    time, day = pl.col("sysTm"), pl.col("orderId").str.extract(r"^[A-Za-z]{0,2}([0-9]{8})")
    year = day.str.head(4).cast(pl.Int64) + (time.str.head(4) < day.str.slice(4)).cast(pl.Int64)
    part = [time.str.slice(at, 2) for at in (0, 2, 4, 6, 8)]
    told = pl.when(time.str.contains(r"^[0-9]{10}$")).then(pl.format("{}-{}-{}T{}:{}:{}+08:00", year, *part))
    return result_times(rows.select(told.fill_null("")).to_series(), timezone)


def _require_totals(head: list[str], read: pl.DataFrame, *, amounts: bool) -> None:
    paid = read.filter(pl.col("state") == "paid")
    # What was taken with a defect stays in transit here; UnionPay may count it as a success.
    counted = read.filter((pl.col("state") == "paid") | pl.col("reason").str.contains("^A[0-9]"))
    figures = [("the number", head[2], read, read), ("the amount", head[1], read, read)]
    if len(head) > _REQUEST_FIELDS:
        figures += [("successCount", head[-3], paid, counted), ("successAmount", head[-4], paid, counted)]
    for name, told, *sets in figures:
        of_money = name in ("the amount", "successAmount")
        found = [int(one["net"].sum()) if of_money else one.height for one in sets]
        if (amounts or not of_money) and not (re.fullmatch("[0-9]{1,12}", told) and int(told) in found):
            raise ValueError(f"row 1: {name} in the head is {told!r:.20}, of the rows {found[0]}; allowed the same")
