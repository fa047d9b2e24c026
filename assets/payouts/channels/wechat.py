"""The WeChat Pay channel: JSON files in the shape of POST /v3/transfer/batches (channels.md, wechat).

Holds: its settings, the batches cut by the rule about names, their writer, their reader, and the reader of what the
queries of a batch or of one detail answer.
Never holds: requests, keys, the encryption of names (the merchant's programme does it); who is paid, how much, or why.
Neighbour: ``base.py`` says what a profile is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import polars as pl
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from assets.foundation.errors import Refused
from assets.foundation.rules import MAX_FEN, Scalar, Setting
from assets.payouts.channels.base import (
    READ,
    RESULT,
    PayoutFile,
    Plan,
    Results,
    batch_no,
    first_reason,
    has_control,
    is_formula,
    result_times,
    split,
)

_MOST_ROWS = {"batch": 1_000, "reservation": 50}  # by the kind of the merchant's contract; never above
_LINE, _LINE_ALLOWED = r".{1,32}", "1 to 32 printable characters"

SETTINGS: dict[str, Setting] = {
    "appid": Setting(
        "", pattern=r"[0-9A-Za-z_-]{1,32}", allowed="1 to 32 letters, digits, - or _", needed=True,
        about="the appid of the merchant, to which the payees' openids belong",
    ),
    "kind": Setting(
        "batch", choices=tuple(_MOST_ROWS),
        about="batch: at most 1000 payees a file; reservation: at most 50, who have authorised it beforehand",
    ),
    "batch_name": Setting("每日结算付款", pattern=_LINE, allowed=_LINE_ALLOWED, about="the name of a batch"),
    "batch_remark": Setting("每日结算付款", pattern=_LINE, allowed=_LINE_ALLOWED, about="the remark of a batch"),
    "transfer_remark": Setting("结算款", pattern=_LINE, allowed=_LINE_ALLOWED, about="the remark that the payee sees"),
    "transfer_scene_id": Setting(
        "", pattern=r"[0-9A-Za-z]{0,36}", allowed="up to 36 letters and digits",
        about="the scene of the transfers, as 1000; empty: the merchant's own default",
    ),
    "names": Setting(
        "omit", choices=("send", "omit"),
        about="whether a name is sent where it is neither forbidden nor needed; without it, fewer personal data leave",
    ),
    "name_forbidden_below_fen": Setting(30, about="below that net, no name is sent"),
    "name_required_from_fen": Setting(200_000, about="from that net on, a name is sent"),
    "payment_min_fen": Setting(30, low=10, about="the least net of a payment; less waits in the wallet"),
    "payee_day_max_fen": Setting(
        2_000_000, about="the most that a payee gets in a day, gross; what is above waits; 0: any"
    ),
    "file_max_fen": Setting(0, about="the most of a file, and so of a payment; 0: any"),
    "file_max_rows": Setting(0, high=1_000, about="the most payments of a file, below what its kind allows; 0: that"),
}  # fmt: skip
CONSOLE = "微信支付: by a programme of yours, to POST /v3/transfer/batches, which encrypts the names; there is no page"
_LIMITS = ("payment_min_fen", "name_forbidden_below_fen", "name_required_from_fen")
_OPENID = r"^[0-9A-Za-z_-]{1,64}$"
_NUMBER = r"^[0-9A-Za-z]{1,32}$"


# --- the files ---------------------------------------------------------------------------------------------------


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """What is no openid, and names that a request should not carry."""
    return first_reason(
        accounts,
        [
            (is_formula("account_no"), "account_no starts like a formula"),
            (~pl.col("account_no").str.contains(_OPENID), "account_no is no openid (1 to 64 letters, digits, - or _)"),
            (is_formula("account_name"), "account_name starts like a formula"),
            (has_control("account_name"), "account_name holds a control character"),
        ],
    )


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """Batches without names, then batches with them: a batch names all of its payees or none.

    Raises Refused when the settings would both need and forbid a name.
    """
    forbidden, needed = plan.number("name_forbidden_below_fen"), plan.number("name_required_from_fen")
    if forbidden > needed:
        raise Refused(
            f"channel {plan.channel}: name_forbidden_below_fen is {forbidden}, allowed at most name_required_from_fen"
            f" {needed}; nothing was published"
        )
    named = pl.col("net") >= (forbidden if plan.text("names") == "send" else needed)
    most = _MOST_ROWS[plan.text("kind")]
    rows = min(plan.number("file_max_rows") or most, most)
    form: dict[str, Scalar] = {name: plan.settings[name] for name in ("kind", *_LIMITS)}
    files: list[PayoutFile] = []
    for names in (False, True):
        for part in split(lines.filter(named == names), rows, plan.number("file_max_fen")):
            name = f"wechat_{plan.compact}_{plan.first + len(files):04}.json"
            serials = part.with_columns(serial="payout_id")
            files.append(PayoutFile(name, serials, batch_no("W", plan, part), {**form, "names": names}))
    return files


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """The body of the request, keys in the order of the API's page; at most a thousand details."""
    names = {"user_name": "account_name"} if file.form["names"] else {}
    details = file.rows.select(
        out_detail_no="serial", transfer_amount="net", transfer_remark=pl.lit(plan.text("transfer_remark")),
        openid="account_no", **names,
    )  # fmt: skip
    scene = {"transfer_scene_id": plan.text("transfer_scene_id")} if plan.text("transfer_scene_id") else {}
    body = {
        "appid": plan.text("appid"), "out_batch_no": file.batch, "batch_name": plan.text("batch_name"),
        "batch_remark": plan.text("batch_remark"), "total_amount": int(file.rows["net"].sum()),
        "total_num": file.rows.height, "transfer_detail_list": details.to_dicts(), **scene,
    }  # fmt: skip
    path.write_bytes((json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


# --- reading them back -------------------------------------------------------------------------------------------

_Number = Annotated[str, Field(pattern=_NUMBER)]
_Fen = Annotated[int, Field(ge=1, le=MAX_FEN)]
_Line = Annotated[str, Field(min_length=1, max_length=32)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class _Transfer(_Body):
    out_detail_no: _Number
    transfer_amount: _Fen
    transfer_remark: _Line
    openid: Annotated[str, Field(pattern=_OPENID)]
    user_name: Annotated[str, Field(min_length=1)] = ""  # not there in a batch without names


class _Request(_Body):
    appid: _Line
    out_batch_no: _Number
    batch_name: _Line
    batch_remark: _Line
    total_amount: _Fen
    total_num: Annotated[int, Field(ge=1)]
    transfer_detail_list: Annotated[list[_Transfer], Field(min_length=1)]
    transfer_scene_id: Annotated[str, Field(min_length=1, max_length=36)] = ""


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """By pydantic's parser, without a look at the writer: types, lengths, totals, ids, the rule about names."""
    try:
        body = _Request.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None
    rows = pl.DataFrame([one.model_dump() for one in body.transfer_detail_list], schema=list(_Transfer.model_fields))
    amounts = rows["transfer_amount"]
    least, forbidden, needed = (int(form[name]) for name in _LIMITS)
    if body.total_num != rows.height:
        raise ValueError(f"total_num: found {body.total_num}, allowed {rows.height}, the number of details")
    if body.total_amount != (total := int(amounts.sum())):
        raise ValueError(f"total_amount: found {body.total_amount} fen, allowed {total}, the sum of the details")
    if rows.height > (most := _MOST_ROWS[str(form["kind"])]):
        raise ValueError(f"total_num: found {rows.height} details, allowed {most} in a {form['kind']}")
    twice = rows.filter(pl.col("out_detail_no").is_duplicated())["out_detail_no"]
    if twice.len():
        raise ValueError(f"out_detail_no: found {twice[0]} twice, allowed once")
    outside = rows.filter(pl.col("transfer_amount") < least)
    if outside.height:
        found = outside["transfer_amount"][0]
        raise ValueError(f"{outside['out_detail_no'][0]}: found {found} fen, allowed {least} and more")
    names = bool(form["names"])
    wrong = rows.filter(
        ((pl.col("user_name") != "") != names)
        | (pl.col("transfer_amount") < forbidden if names else pl.col("transfer_amount") >= needed)
    )
    if wrong.height:
        raise ValueError(
            f"{wrong['out_detail_no'][0]}: user_name, allowed for all or none of a batch, not below {forbidden} fen,"
            f" and needed from {needed} fen"
        )
    return rows.select(
        serial="out_detail_no",
        net="transfer_amount",
        account_no="openid",
        account_name="user_name",
        bank_code=pl.lit(""),
    ).cast(READ)  # type: ignore[arg-type]


def _sentence(error: ValidationError) -> str:
    """The first fault as place, what was found and what is allowed; what a person's field holds stays out."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = [f"{part + 1}" if isinstance(part, int) else part for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        return f"{' '.join([*where[:-1], 'an unknown key'])}: allowed only those of the request"
    if first["type"] == "json_invalid":
        return f"no JSON ({first['msg'].removeprefix('Invalid JSON: ')}); allowed the file as it was written"
    if first["type"] == "missing":
        return f"{' '.join(where)}: missing"
    found = first["input"]
    shown = str(found) if isinstance(found, int | float) else _kind(found)
    return f"{' '.join(where) or 'the file'}: found {shown:.40}, allowed: {first['msg'].removeprefix('Input ')}"


def _kind(value: Any) -> str:
    """What a value of a JSON file is, without saying it."""
    kinds = {str: "text", dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value), "a number")


# --- results -----------------------------------------------------------------------------------------------------

# Whatever else a detail's state is (INIT, WAIT_PAY, PROCESSING, one that is new): it stays in transit.
_STATES = {"SUCCESS": "paid", "FAIL": "failed", "BANK_REFUND": "returned"}
_CLOSED = ("MERCHANT_REVOCATION", "OVERDUE_CLOSE")
# An answer has a name as it was encrypted for the merchant: a long run of Base64 says nothing about it here.
_SEALED = r"^[0-9A-Za-z+/]{60,}={0,2}$"
_ALLOWED = "allowed the answer to the query of a batch or of one detail, or a list of such answers"
_MAX_DIGITS = 18
_Text = Annotated[str | None, Field(max_length=4_000)]
_Count = Annotated[int | None, Field(ge=0, le=MAX_FEN)]


class _Answer(BaseModel):
    """Answers grow new keys, so unknown ones pass; the reservation's answers say ``state`` for ``status``."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True)


class _Batch(_Answer):
    out_batch_no: _Number
    batch_status: Annotated[str, Field(validation_alias=AliasChoices("batch_status", "batch_state"), max_length=64)]
    close_reason: _Text = None
    success_num: _Count = None
    success_amount: _Count = None
    update_time: _Text = None

    def whole(self) -> str:
        """The state of all payments of a batch whose details the answer does not have.

        Only a batch that was closed for a known reason and says itself that nothing was paid has failed as a whole.
        """
        proved = self.batch_status == "CLOSED" and self.close_reason in _CLOSED
        return "failed" if proved and self.success_num == 0 and self.success_amount == 0 else "open"


class _Detail(_Answer):
    out_batch_no: Annotated[str | None, Field(pattern=_NUMBER)] = None
    out_detail_no: _Number
    detail_status: Annotated[str, Field(validation_alias=AliasChoices("detail_status", "detail_state"), max_length=64)]
    transfer_amount: Annotated[int | None, Field(ge=1, le=MAX_FEN)] = None
    openid: _Text = None
    user_name: _Text = None
    fail_reason: _Text = None
    update_time: _Text = None
    initiate_time: _Text = None


_A = TypeVar("_A", bound=_Answer)


def read_results(raw: bytes, timezone: str) -> Results:
    """What the query of a batch (with its details), of one detail, or a list of such answers says; amounts are fen.

    A batch that is finished is not a paid one: its details are read, each for itself.
    """
    try:
        found = _parse(raw)
        answers = [
            _opened(one, f"answer {n}") for n, one in enumerate(found if isinstance(found, list) else [found], 1)
        ]
        records = [(where, record, _text(where, record)) for _, inside in answers for where, record in inside]
    except RecursionError:
        raise ValueError(f"values are nested too deep; {_ALLOWED}") from None
    if not answers:
        raise ValueError(f"found an empty list; {_ALLOWED}")
    batches = [batch for batch, _ in answers if batch]
    details = [_checked(_Detail, record, where) for where, record, _ in records]
    numbers = {one.out_batch_no for one in batches} | {one.out_batch_no for one in details if one.out_batch_no}
    number = numbers.pop() if len(numbers) == 1 else ""
    rows = _rows(details, [text for *_, text in records], timezone)
    if len(answers) > 1:
        for n, (batch, inside) in enumerate(answers, start=1):
            if batch and batch.batch_status == "CLOSED" and not inside:
                raise ValueError(f"answer {n}: a closed batch without details, allowed alone in its file")
    elif batches and not records:
        batch = batches[0]
        at = result_times(pl.Series([batch.update_time or ""]), timezone)[0]
        return Results(rows, number, batch.whole(), batch.close_reason or batch.batch_status, at)
    return Results(rows, number)


def _opened(answer: Any, where: str) -> tuple[_Batch | None, list[tuple[str, Any]]]:
    """One answer as the batch that it speaks of, if any, and its details, each with its place."""
    if not isinstance(answer, dict):
        raise ValueError(f"{where}: found {_kind(answer)}; {_ALLOWED}")
    if not {"transfer_batch", "batch_status", "batch_state"} & answer.keys():
        return None, [(where, answer)]
    batch = _checked(_Batch, answer.get("transfer_batch", answer), where)
    inside = answer.get("transfer_detail_list")
    if not isinstance(inside, list | None):
        raise ValueError(f"{where} transfer_detail_list: found {_kind(inside)}, allowed a list")
    return batch, [(f"{where} detail {n}", detail) for n, detail in enumerate(inside or [], start=1)]


def _checked(model: type[_A], value: Any, where: str) -> _A:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: found {_kind(value)}, allowed an object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ValueError(f"{where} {_sentence(error)}") from None


def _text(where: str, record: Any) -> str:
    """All that a record says, on one line."""
    text = json.dumps(record, ensure_ascii=False)
    if re.search("[\ud800-\udfff]", text):
        raise ValueError(f"{where}: a letter is cut in half; allowed the answer as it came")
    return text


def _rows(details: list[_Detail], texts: list[str], timezone: str) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "serial": pl.String, "status": pl.String, "net": pl.Int64, "account_no": pl.String, "account_name": pl.String,
        "reason": pl.String, "time": pl.String,
    }  # fmt: skip
    said = [
        (one.out_detail_no, one.detail_status, one.transfer_amount, one.openid or "", one.user_name or "",
         one.fail_reason or "", one.update_time or one.initiate_time or "")
        for one in details
    ]  # fmt: skip
    rows = pl.DataFrame(said, schema=schema, orient="row")
    name, status = pl.col("account_name"), pl.col("status")
    return (
        rows.with_columns(
            row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
            state=status.replace_strict(_STATES, default="open", return_dtype=pl.String),
            account_name=pl.when(~name.str.contains(_SEALED)).then(name).otherwise(pl.lit("")),
            reason=pl.when((pl.col("reason") == "") & (status != "SUCCESS")).then(status).otherwise(pl.col("reason")),
            at=result_times(rows["time"], timezone),
            text=pl.Series(texts, dtype=pl.String),
        )
        .select(list(RESULT))
        .cast(RESULT)  # type: ignore[arg-type]
    )


def _parse(raw: bytes) -> Any:
    """JSON in UTF-8 without a key that is twice in an object and without numbers of more than 18 digits."""
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_int=_whole, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8; {_ALLOWED}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: no JSON ({error.msg}); {_ALLOWED}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"key {next(n for n in names if names.count(n) > 1)!r:.40} is twice in an object, allowed once"
        )
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"found a number of {len(digits)} digits, allowed {_MAX_DIGITS}")
    return int(digits)


def _no_number(name: str) -> Any:
    raise ValueError(f"found {name}, allowed numbers")
