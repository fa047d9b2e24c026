"""Alipay's batch payment (支付宝批量付款): its template as CSV or xlsx, and the results that come back.

Holds: the template's title, columns and serials, the names and states that result files may use.
Never holds: who is paid, how much, or why; a limit that a contract may change (those are settings).
Neighbour: ``base.py`` says what a profile is, ``xlsx.py`` writes and reads sheets.

The template and its limits are likely facts (channels.md, alipay). Its totals are typed on the page, from the upload
sheet. Columns of a result file are documented nowhere: they are read by the names below, and a name that is not among
them is refused, so that no column is ever taken for another.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from assets.foundation.rules import Scalar, Setting
from assets.payouts.channels import xlsx
from assets.payouts.channels.base import (
    READ,
    RESULT,
    PayoutFile,
    Plan,
    Results,
    fen,
    first_reason,
    lacks,
    require_undamaged,
    result_fen,
    result_times,
    split,
    yuan,
)

CONSOLE = "Alipay 支付宝商家平台, 批量付款: upload and type the totals; a second person releases, within 15 days"
TITLE = "支付宝批量付款文件模板（前面两行请勿删除）"
HEADER = ("序号（必填）", "收款方支付宝账号（必填）", "收款方姓名（必填）", "金额（必填，单位：元）", "备注（选填）")
SHEET = "页一支付宝批量付款文件上传模板"

# What GBK has and no reader takes for anything else; a remark always stands in the file, so that it makes no difference
# from which amount on Alipay requires one.
_OPENING, _WITHIN = "0-9A-Za-z一-龥（", "0-9A-Za-z一-龥（）()·，。、：；._# /-"
SETTINGS: dict[str, Setting] = {
    "format": Setting("csv", choices=("csv", "xlsx"), about="the file's format; xlsx carries letters that GBK lacks"),
    "remark": Setting(
        "返利",
        pattern=rf"[{_OPENING}](?:[{_WITHIN}]{{0,98}}[{_WITHIN.replace(' ', '')}])?",
        allowed="1 to 100 Chinese or Latin letters, digits and · ， 。 、 ： ； . _ # / - or brackets, first a letter",
        about="备注 of every payment",
    ),
    "account_max_chars": Setting(100, low=1, high=1_000, about="the longest account, in characters"),
    "name_max_chars": Setting(128, low=1, high=1_000, about="the longest name, in characters"),
    "payment_min_fen": Setting(10, low=1, about="the least net of a payment; less waits"),
    "payment_max_fen": Setting(5_000_000, about="the most of a payment, gross; what is above waits; 0: any"),
    "payee_day_max_fen": Setting(0, about="the most that a payee gets in a day, gross; what is above waits; 0: any"),
    "file_max_fen": Setting(0, about="the most of a file, and so of a payment; 0: any"),
    "file_max_rows": Setting(1_000, low=1, high=10_000, about="the most payments of a file"),
}

_COLUMNS = ("serial", "account_no", "account_name", "net", "remark")
_SERIAL = r"^[0-9]{18}$"


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """Lengths, ``|`` and ``^``, what a cell cannot hold; for CSV also what GBK lacks and what would need quotes, since
    it is not known that the upload reads them."""
    tests: list[xlsx.Test] = []
    for column, most in (("account_no", "account_max_chars"), ("account_name", "name_max_chars")):
        text = pl.col(column)
        tests += [
            (text == "", f"{column} is empty"),
            (text.str.len_chars() > settings[most], f"{column} is longer than {settings[most]} characters"),
            *xlsx.cell_refusals(column),
            (text.str.contains(r"[|^]"), f"{column} holds | or ^"),
        ]
        if settings["format"] == "csv":
            tests += [
                (text.str.contains('[,"]'), f"{column} holds a comma or a quotation mark"),
                (pl.lit(lacks(accounts[column], "gbk")), f"{column} holds a letter that GBK lacks"),
            ]
    return first_reason(accounts, tests)


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """Files of as many payments and as much money as the settings allow. A serial is the business date and the place
    among all payments of the day: 18 digits, used once whatever the number of files and channels."""
    place = pl.col("place").cast(pl.String).str.zfill(10)
    rows = lines.with_columns(serial=pl.concat_str(pl.lit(plan.compact), place))
    form = plan.text("format")
    parts = split(rows, plan.number("file_max_rows"), plan.number("file_max_fen"))
    return [
        PayoutFile(f"alipay_{plan.compact}_{number:04d}.{form}", part, form={"format": form})
        for number, part in enumerate(parts, start=plan.first)
    ]


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """The title, the header and five columns a payment: GBK with CRLF and no quotes, or a sheet of text cells."""
    rows = file.rows.with_columns(yuan("net"), remark=pl.lit(plan.text("remark"))).select(_COLUMNS)
    if file.form["format"] == "xlsx":
        xlsx.write_sheet(path, SHEET, [[TITLE], HEADER, *rows.rows()])
        return
    body = rows.write_csv(include_header=False, line_terminator="\r\n", quote_style="never")
    path.write_bytes(f"{TITLE}\r\n{','.join(HEADER)}\r\n{body}".encode("gbk"))


# --- reading back ------------------------------------------------------------------------------------------------


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """By Python's CSV reader or by calamine: title and header to the letter, five fields a row, serials of 18 digits,
    each once, amounts above nothing."""
    sheet = form["format"] == "xlsx"
    rows = xlsx.read_texts(path, SHEET) if sheet else _csv_rows(path)
    title = [TITLE, *[""] * (len(HEADER) - 1)] if sheet else [TITLE]
    if rows[:1] != [title]:
        raise ValueError(f"{path.name}: row 1 is not the template's title")
    if rows[1:2] != [list(HEADER)]:
        raise ValueError(f"{path.name}: row 2 is not the template's header")
    for at, row in enumerate(rows[2:], start=3):
        if len(row) != len(HEADER):
            raise ValueError(f"{path.name}: row {at} has {len(row)} fields, allowed {len(HEADER)}")
    found = fen(pl.DataFrame(rows[2:], schema=dict.fromkeys(_COLUMNS, pl.String), orient="row"), "net")
    if found.is_empty() or not found["net"].min():
        raise ValueError(f"{path.name}: found no payment, or one of 0.00")
    if not found["serial"].str.contains(_SERIAL).all() or found["serial"].is_duplicated().any():
        raise ValueError(f"{path.name}: a serial is not 18 digits, or stands there twice")
    return found.with_columns(bank_code=pl.lit("")).select(list(READ))


def _csv_rows(path: Path) -> list[list[str]]:
    """The fields of a file in GBK whose lines all end with CRLF; a quotation mark is a letter as any other."""
    try:
        text = path.read_bytes().decode("gbk")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name}: byte {error.start} is not GBK") from None
    *lines, rest = text.split("\r\n")
    if rest or any("\r" in line or "\n" in line for line in lines):
        raise ValueError(f"{path.name}: a line does not end with CRLF")
    try:
        return list(csv.reader(lines, quoting=csv.QUOTE_NONE, strict=True))
    except csv.Error as error:
        raise ValueError(f"{path.name}: no CSV ({error})") from None


# --- results -----------------------------------------------------------------------------------------------------

# The names that a column may have, without what stands in brackets behind them (（必填）, （元）); only 序号 may stand
# beside another serial, since it may count the rows there.
_COUNT = "序号"
_NAMES = {
    "serial": ("商户订单号", "商家订单号", "商户流水号", "商家流水号", "商户单号", "外部订单号", _COUNT),
    "account_no": ("收款方支付宝账号", "收款方支付宝账户", "收款支付宝账号", "收款方账号", "收款账号"),
    "account_name": ("收款方姓名", "收款方真实姓名", "收款方名称", "收款方户名", "收款人姓名", "收款人"),
    "amount": ("金额", "转账金额", "付款金额", "收款金额"),
    "status": ("状态", "处理状态", "转账状态", "付款状态", "处理结果", "转账结果", "付款结果", "结果"),
    "reason": ("失败原因", "错误原因", "失败描述", "错误描述", "原因"),
    "at": ("完成时间", "处理时间", "转账时间", "付款时间", "到账时间"),
}
# Columns that say nothing which a result needs: they go into ``text`` with all the others.
_ALSO = (
    "备注", "付款理由", "转账备注", "批次号", "支付宝批次号", "支付宝流水号", "业务流水号", "支付宝交易号",
    "支付宝订单号", "支付宝转账单号", "付款方支付宝账号", "付款方账号", "付款方名称", "币种", "手续费", "服务费",
    "创建时间", "提交时间", "错误码", "错误代码",
)  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names} | dict.fromkeys(_ALSO, "")
_NEEDED = ("serial", "amount", "status")
_STATES = {
    **dict.fromkeys(("成功", "转账成功", "付款成功", "交易成功", "已付款", "SUCCESS"), "paid"),
    **dict.fromkeys(("失败", "转账失败", "付款失败", "交易失败", "FAIL", "FAILED"), "failed"),
    **dict.fromkeys(("退票", "已退票", "退回", "已退回", "已退款", "REFUND"), "returned"),
}
_SUMMARY = ("#", "合计", "总计", "小计", "汇总", "总笔数", "总金额", "成功笔数", "失败笔数", "导出时间")
_BRACKETS = re.compile(r"\s|[（(][^（）()]*[）)]")


def read_results(raw: bytes, timezone: str) -> Results:
    """A downloaded result file, xlsx or CSV (UTF-8 or GBK) as its bytes tell, by the names of its columns.

    Titles before the header and sums among the rows (without a state) are passed over. A state that is neither success,
    failure nor return is ``open``: the payment stays in transit. Accounts and names that the file masks (``a***@b.cn``)
    come back as they stand.
    """
    rows = xlsx.read_cells(raw) if raw[:2] == b"PK" else _text_rows(raw)
    at, head = _header(rows)
    places = _places(head)
    found = []
    for number, row in enumerate(rows[at:], start=at + 1):
        texts = _trimmed(row)
        if not texts or _is_summary(texts, places["status"]):
            continue
        if len(texts) > len(head):
            raise ValueError(f"row {number} has {len(texts)} fields, allowed {len(head)} as in the header")
        texts += [""] * (len(head) - len(texts))
        _require_text(row, number, head, places)
        found.append([number, *(texts[place] for place in places.values()), ",".join(texts)])
    schema = {"row": pl.Int64, **dict.fromkeys(places, pl.String), "text": pl.String}
    return Results(_results(pl.DataFrame(found, schema=schema, orient="row"), timezone))


def _results(rows: pl.DataFrame, timezone: str) -> pl.DataFrame:
    rows = rows.with_columns(pl.lit("").alias(name) for name in _NAMES if name not in rows.columns)
    _refuse(rows.filter(pl.col("serial") == ""), "no serial", "one in every row")
    require_undamaged(rows, ["serial", "account_no"])
    rows = rows.with_columns(
        state=pl.col("status").replace_strict(_STATES, default="open", return_dtype=pl.String),
        net=result_fen(rows["amount"]), when=result_times(rows["at"], timezone),
    )  # fmt: skip
    _refuse(rows.filter(pl.col("net").is_null()), "no amount", "yuan with at most two decimals")
    odd = pl.col("when").is_null() & ~pl.col("at").is_in(["", "-", "--"])
    _refuse(rows.filter(odd), "a time that is none", "as 2026-11-20 09:30:00, or nothing")
    return rows.with_columns(at=pl.col("when")).select(list(RESULT))


def _refuse(rows: pl.DataFrame, found: str, allowed: str) -> None:
    if rows.height:
        raise ValueError(f"row {rows['row'][0]}: found {found}, allowed {allowed}")


def _text_rows(raw: bytes) -> Sequence[Sequence[xlsx.Cell]]:
    """The records of a CSV; GB18030 has all that GBK has."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            first = error.start
            continue
        if "\0" in text:
            raise ValueError("found a NUL, allowed text")
        try:
            return list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            raise ValueError(f"no CSV ({error})") from None
    raise ValueError(f"byte {first} is neither UTF-8 nor GBK; allowed: the file as it was downloaded")


def _trimmed(row: Sequence[xlsx.Cell]) -> list[str]:
    """The fields as text without spaces or tabs around them (Alipay adds tabs) and without empty ones at the end."""
    texts = [str(cell).strip() for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _header(rows: Sequence[Sequence[xlsx.Cell]]) -> tuple[int, list[str]]:
    """How many rows end with the header, and its names as they stand: the first row with a serial and another name."""
    for at, row in enumerate(rows, start=1):
        head = _trimmed(row)
        fields = [_FIELD_OF.get(_BRACKETS.sub("", name)) for name in head]
        if "serial" in fields and sum(bool(field) for field in fields) > 1:
            return at, head
    raise ValueError(
        f"found no header, allowed a row that names {', '.join(_NAMES['serial'])} and the amount and state"
    )


def _places(head: Sequence[str]) -> dict[str, int]:
    """Where each field stands that the header has. Raises ValueError for a name that is unknown, or says a field again,
    and for a field that is needed and missing."""
    names = [_BRACKETS.sub("", name) for name in head]
    for name in names:
        if name not in _FIELD_OF:
            raise ValueError(f"column {name!r:.40} is not known, allowed {', '.join(_FIELD_OF)}")
    places: dict[str, int] = {}
    lone = sum(_FIELD_OF[name] == "serial" for name in names) == 1
    for place, name in enumerate(names):
        field = _FIELD_OF[name]
        if not field or (name == _COUNT and not lone):
            continue
        if field in places:
            raise ValueError(f"columns {names[places[field]]} and {name} say the same, allowed one of them")
        places[field] = place
    for field in _NEEDED:
        if field not in places:
            raise ValueError(f"a column is missing, needed one of {', '.join(_NAMES[field])}")
    return places


def _is_summary(texts: Sequence[str], status: int) -> bool:
    first = next(text for text in texts if text)
    return first.startswith(_SUMMARY) and not (status < len(texts) and texts[status])


def _require_text(row: Sequence[xlsx.Cell], number: int, head: Sequence[str], places: Mapping[str, int]) -> None:
    """Numbers of a sheet have no more than 15 digits: no serial and no account may be one."""
    for field in ("serial", "account_no"):
        place = places.get(field, len(row))
        if place < len(row) and not isinstance(row[place], str):
            raise ValueError(
                f"row {number}: {head[place]} is a number cell, which loses digits; allowed: the file as it was"
                " downloaded, or the column as text"
            )
