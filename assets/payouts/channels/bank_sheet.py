"""Sheets that banks' consoles take: ICBC 批量支付 and CMB 代发, as xlsx (channels.md, bank_sheet).

Holds: the columns of both, and what of a payment stands in which.
Never holds: who is paid, how much, or why; a limit that a contract may change (those are settings).
Neighbour: ``base.py`` says what a profile is, ``xlsx.py`` writes and reads sheets.

Both sheets are likely facts. Their serial is the payout id, which stands in ICBC's 自定义序号 and in CMB's 汇款备注, so
that a line of a statement can be matched with it. The payer's own account is needed in the rules for either bank,
though CMB asks for it on the page alone: so ``settle rules check`` finds it missing, and not the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from assets.foundation.rules import Scalar, Setting
from assets.payouts.channels import generic, xlsx
from assets.payouts.channels.base import READ, PayoutFile, Plan, Results, fen, first_reason, split, yuan

CONSOLE = "the bank's own: ICBC 工商银行企业网银, 批量支付 (icbc_…) or CMB 招商银行企业网银, 代发 (cmb_…)"
HEADERS = {
    "icbc": (
        "币种(RMB)", "日期(YYYYMMDD)", "明细标志", "顺序号", "付款账号开户行", "付款账号/卡号", "付款账号名称/卡名称",
        "收款账号开户行", "收款账号省份", "收款账号地市", "收款账号地区码", "收款账号", "收款账号名称", "金额",
        "汇款用途", "备注信息", "汇款方式", "收款账户短信通知手机号码", "自定义序号", "预先审批编号",
    ),
    "cmb": ("账号", "户名", "金额", "开户行", "开户地", "汇款备注"),
}  # fmt: skip
SHEETS = {"icbc": "批量支付", "cmb": "代发"}
_PAYER = ("付款账号开户行", "付款账号/卡号", "付款账号名称/卡名称")
# Where the fields of READ stand.
_READ = {
    "icbc": {"自定义序号": "serial", "金额": "net", "收款账号": "account_no", "收款账号名称": "account_name"},
    "cmb": {"汇款备注": "serial", "金额": "net", "账号": "account_no", "户名": "account_name"},
}

_TEXT = r"[^\s=+\-@＝＋－＠](?:.{0,98}\S)?"
_NAMED = "1 to 100 characters without spaces at the ends, not starting like a formula"


def _named(about: str) -> Setting:
    """A text of the payer's own, needed."""
    return Setting("", pattern=_TEXT, allowed=_NAMED, needed=True, about=about)


def _said(default: str, column: str) -> Setting:
    """A text that may be empty: what stands in a column of ICBC's in every row."""
    return Setting(default, pattern=f"(?:{_TEXT})?", allowed=f"nothing, or {_NAMED}", about=f"{column} (ICBC)")


SETTINGS: dict[str, Setting] = {
    "bank": Setting("icbc", choices=("icbc", "cmb"), about="whose sheet it is"),
    "payer_bank": _named("the bank of your account"),
    "payer_account": Setting(
        "", pattern="[0-9]{5,34}", allowed="5 to 34 digits", needed=True, about="your account, which pays"
    ),
    "payer_name": _named("the name of your account"),
    "purpose": _said("返利", "汇款用途"),
    "note": _said("", "备注信息"),
    "detail_mark": _said("", "明细标志"),
    "remittance": _said("", "汇款方式"),
    "account_max_chars": Setting(0, high=1_000, about="the longest account, in characters; 0: any"),
    "name_max_chars": Setting(0, high=1_000, about="the longest name, in characters; 0: any"),
    "payment_min_fen": Setting(0, about="the least net of a payment; less waits"),
    "payment_max_fen": Setting(0, about="the most of a payment, gross; what is above waits; 0: any"),
    "payee_day_max_fen": Setting(0, about="the most that a payee gets in a day, gross; what is above waits; 0: any"),
    "file_max_fen": Setting(0, about="the most of a file, and so of a payment; 0: any"),
    "file_max_rows": Setting(1_000, low=1, high=100_000, about="the most payments of a file"),
}

_ID = r"^P[0-9]{8}[A-Z2-7]{15}$"


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """What a cell cannot hold, a bank's name that is missing, and an account that is none of a bank."""
    tests: list[xlsx.Test] = []
    for column in ("account_no", "account_name", "bank_name"):
        tests.append((pl.col(column) == "", f"{column} is empty, which a bank's sheet needs"))
    for column in ("account_no", "account_name", "bank_name", "province", "city"):
        tests += xlsx.cell_refusals(column)
    stranger = pl.col("account_no").str.contains("[^0-9A-Za-z-]")
    tests.append((stranger, "account_no holds something else than letters, digits and hyphens"))
    for column, limit in (("account_no", "account_max_chars"), ("account_name", "name_max_chars")):
        if most := settings[limit]:
            tests.append((pl.col(column).str.len_chars() > most, f"{column} is longer than {most} characters"))
    return first_reason(accounts, tests)


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """Files of as many payments and as much money as the settings allow."""
    bank = plan.text("bank")
    parts = split(lines.with_columns(serial="payout_id"), plan.number("file_max_rows"), plan.number("file_max_fen"))
    return [
        PayoutFile(f"{bank}_{plan.compact}_{number:04d}.xlsx", part, form={"bank": bank})
        for number, part in enumerate(parts, start=plan.first)
    ]


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """One sheet: the header, and a row of text cells a payment."""
    bank = plan.text("bank")
    rows = file.rows.with_columns(yuan("net"), order=pl.int_range(1, pl.len() + 1).cast(pl.String))
    columns = [values.alias(name) for name, values in zip(HEADERS[bank], _columns(bank, plan), strict=True)]
    xlsx.write_sheet(path, SHEETS[bank], [HEADERS[bank], *rows.select(columns).rows()])


def _columns(bank: str, plan: Plan) -> list[pl.Expr]:
    """What stands in the columns of HEADERS. Area code, phone and approval stay empty: no message is asked for."""
    text, nothing = pl.lit, pl.lit("")
    if bank == "cmb":
        place = pl.when(pl.col("province") == pl.col("city")).then("city").otherwise(pl.concat_str("province", "city"))
        return [*map(pl.col, ("account_no", "account_name", "net", "bank_name")), place, pl.col("serial")]
    return [
        text("RMB"), text(plan.compact), text(plan.text("detail_mark")), pl.col("order"),
        text(plan.text("payer_bank")), text(plan.text("payer_account")), text(plan.text("payer_name")),
        *map(pl.col, ("bank_name", "province", "city")), nothing, *map(pl.col, ("account_no", "account_name", "net")),
        text(plan.text("purpose")), text(plan.text("note")), text(plan.text("remittance")), nothing,
        pl.col("serial"), nothing,
    ]  # fmt: skip


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """By calamine: the header to the letter, every cell text, our ids once each, amounts above nothing; for ICBC also
    currency, date (that of the ids), order, and one payer."""
    bank = str(form["bank"])
    head, *rows = xlsx.read_texts(path, SHEETS[bank]) or [[]]
    if head != list(HEADERS[bank]):
        raise ValueError(f"{path.name}: row 1 is not the header of the sheet {SHEETS[bank]}")
    sheet = pl.DataFrame(rows, schema=dict.fromkeys(head, pl.String), orient="row")
    found = fen(sheet.rename(_READ[bank]), "net")
    if found.is_empty() or not found["net"].min():
        raise ValueError(f"{path.name}: found no payment, or one of 0.00")
    if not found["serial"].str.contains(_ID).all() or found["serial"].is_duplicated().any():
        raise ValueError(f"{path.name}: a payout id is none, or stands there twice")
    if bank == "icbc":
        _require_icbc(path.name, found)
    return found.with_columns(bank_code=pl.lit("")).select(list(READ))


def _require_icbc(name: str, found: pl.DataFrame) -> None:
    """Currency, date and order of every row, and that one account pays for all; ValueError names the first column."""
    order = pl.Series([str(number) for number in range(1, found.height + 1)])
    wrong = {
        "币种(RMB)": (found["币种(RMB)"] != "RMB").any(),
        "日期(YYYYMMDD)": (found["日期(YYYYMMDD)"] != found["serial"].str.slice(1, 8)).any(),
        "顺序号": (found["顺序号"] != order).any(),
        **{column: found[column].n_unique() > 1 or not found[column][0] for column in _PAYER},
    }
    if column := next((column for column, is_wrong in wrong.items() if is_wrong), ""):
        raise ValueError(f"{name}: the column {column} is not as it is written")


def read_results(raw: bytes, timezone: str) -> Results:
    """These banks report in ways of their own, on statements or on the page: what a person took from there comes as the
    CSV of the generic channel, with our payout ids."""
    return generic.read_results(raw, timezone)
