"""Text of export rows to values, and the first fault that concerns one row alone.

Holds: the form of ids, money, integers, times and codes, tested as text before anything is cast; money to fen.
Never holds: a look at any other row or at sealed state; floating point.
Neighbour: ``contract.py`` states the limits, ``sql/exports/`` judges what crosses rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from assets.exports.contract import MAX_LINE_FEN, REASONS, Column, Export

MONEY = r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"
WHOLE = r"^-?[0-9]{1,15}$"
TIME_PLAIN = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
TIME = (
    r"^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?(\.[0-9]{1,6})?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$"
)
_BARRED = r"""\p{Cc}\p{Cf}\p{Zl}\p{Zp}"',/|^"""
ID = rf"^[^{_BARRED}\p{{Zs}}](?:(?:[^{_BARRED}\p{{Zs}}]| )*[^{_BARRED}\p{{Zs}}])?$"
ID_MAX = 64
_UNSEEN = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\p{Zs}--[ ]]"
RESERVED = "platform"

# A row's money where a row is at fault (contract.md "Quarantine": where these are numbers): any plain decimal.
_PLAIN = r"^-?[0-9]+(\.[0-9]*)?$"
_PLAIN_DIGITS = 15
ROW_FEN_MAX = 10**15  # a faulty row counts at most this, so that no sum of a day leaves 64 bits

_ALLOWED_ID = "1-64 printable characters without quotes, commas, / | ^ or spaces at the ends, not 'platform'"


@dataclass(frozen=True)
class _Check:
    reason: str
    bad: pl.Expr
    sentence: pl.Expr


@dataclass(frozen=True)
class Parsed:
    """One file's rows after the row-level tests.

    ``sound``: ``at_row`` and the parsed columns (fen, integers, local times, text) of rows without fault.
    ``faults``: at_row, reason, sentence of the others. ``money``: at_row, fen (|money|), net (signed, as in control).
    """

    sound: pl.DataFrame
    faults: pl.DataFrame
    money: pl.DataFrame


def parse(export: Export, text: pl.DataFrame, day: date, timezone: str) -> Parsed:
    """Parse a file's text (columns of the contract and ``at_row``) and name each row's first fault.

    Codes are tested in the order of contract.md "Quarantine"; ``future_time`` is anything from D+1 00:00 local on.
    """
    text = text.with_columns(
        [pl.lit(c.default).alias(c.name) for c in export.columns if c.name not in text.columns]
    ).select("at_row", *(c.name for c in export.columns))
    times = {c.name: local_times(text[c.name], timezone) for c in export.columns if c.kind == "time"}
    valued = text.with_columns([_value(c, times).alias(f"v:{c.name}") for c in export.columns])
    checks = sorted(_checks(export, day), key=lambda check: REASONS.index(check.reason))
    # Side by side; in most files no row fails any.
    failed = valued.select(check.bad.any().alias(str(number)) for number, check in enumerate(checks, start=1))
    first = pl.lit(0, pl.UInt8)
    for number, check in reversed(list(enumerate(checks, start=1))):
        if failed[str(number)][0]:
            first = pl.when(check.bad).then(pl.lit(number, pl.UInt8)).otherwise(first)
    valued = valued.with_columns(fault=first)
    # Of one piece: Polars panics where text that is put together begins with an empty piece.
    faulty = valued.filter(pl.col("fault") > 0).rechunk()
    sound = valued.filter(pl.col("fault") == 0) if faulty.height else valued
    sound = sound.select("at_row", *(pl.col(f"v:{c.name}").alias(c.parsed) for c in export.columns))
    return Parsed(sound, _sentences(faulty, checks), _money(export, sound, faulty))


def _value(column: Column, times: dict[str, pl.Series]) -> pl.Expr:
    text = pl.col(column.name)
    if column.default:
        text = pl.when(text == "").then(pl.lit(column.default)).otherwise(text)
    if column.kind == "money":
        return pl.when(text.str.contains(MONEY)).then(_fen(text))
    if column.kind == "whole":
        return pl.when(text.str.contains(WHOLE)).then(text.cast(pl.Int64, strict=False))
    if column.kind == "time":
        return pl.lit(times[column.name])
    return text


def _fen(text: pl.Expr) -> pl.Expr:
    """Yuan text that matches ``MONEY`` as fen: a decimal of two places, seen as its integer."""
    return text.cast(pl.Decimal(20, 2), strict=False).to_physical().cast(pl.Int64, strict=False)


def local_times(text: pl.Series, timezone: str) -> pl.Series:
    """ISO 8601 text as naive local times in ``timezone`` (microseconds), null where the text is no such time.

    A text with an offset is converted; one without is already local; a date alone is its midnight.
    """
    fmt = "%Y-%m-%dT%H:%M:%S"
    frame = pl.DataFrame({"t": text.rename("t")})
    plain = pl.when(pl.col("t").str.contains(TIME_PLAIN)).then(pl.col("t"))
    frame = frame.with_columns(v=plain.str.to_datetime(fmt, time_unit="us", strict=False))
    if not frame["v"].has_nulls():
        return frame["v"]
    rest = frame.with_row_index("at").filter(pl.col("v").is_null() & pl.col("t").str.contains(TIME))
    if rest.height:
        part = [pl.col("t").str.extract(TIME, n) for n in range(1, 6)]
        stamp = pl.concat_str(
            part[0], pl.lit("T"), part[1].fill_null("00:00"), part[2].fill_null(":00"), part[3].fill_null("")
        )
        sign = pl.when(part[4].str.starts_with("-")).then(-1).otherwise(1)
        minutes = part[4].str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + part[4].str.slice(4, 2).cast(
            pl.Int64, strict=False
        )
        minutes = pl.when(part[4] == "Z").then(0).otherwise(minutes) * sign
        # A fraction needs the seconds before it, so 10:11.5 is no time.
        lone = part[3].is_not_null() & part[2].is_null()
        rest = rest.with_columns(
            v=pl.when(~lone).then(stamp.str.to_datetime(fmt + "%.f", time_unit="us", strict=False)), minutes=minutes
        ).with_columns(
            v=pl.when(pl.col("minutes").is_null())
            .then(pl.col("v"))
            .otherwise(
                (pl.col("v") - pl.duration(minutes=pl.col("minutes")))
                .dt.replace_time_zone("UTC")
                .dt.convert_time_zone(timezone)
                .dt.replace_time_zone(None)
            )
        )
        return frame["v"].scatter(rest["at"], rest["v"])
    return frame["v"]


# --- the tests of one row ----------------------------------------------------------------------------------------


def _found(name: str, allowed: str) -> pl.Expr:
    return pl.format(f"{name} is '{{}}'; allowed: {allowed}", _quoted(name))


def _quoted(name: str) -> pl.Expr:
    """A column's text as a sentence may quote it: short, without what steers a terminal, hides or turns the line."""
    return pl.col(name).str.slice(0, 40).str.replace_all(_UNSEEN, "?")


def _checks(export: Export, day: date) -> Iterator[_Check]:
    end = datetime.combine(day, datetime.min.time()) + timedelta(days=1)
    for c in export.columns:
        text, value = pl.col(c.name), pl.col(f"v:{c.name}")
        if c.filled:
            yield _Check("missing_value", text == "", pl.lit(f"{c.name} is empty; a value is needed"))
        if c.kind == "id":
            bad = ~text.str.contains(ID) | (text.str.len_chars() > ID_MAX) | (text == RESERVED)
            yield _Check(c.fault, bad & (text != ""), _found(c.name, _ALLOWED_ID))
        elif c.kind in ("money", "whole"):
            bad = value.is_null() | (value < c.low).fill_null(False) | (value > c.high).fill_null(False)
            yield _Check(c.fault, bad, _found(c.name, _limits(c)))
        elif c.kind == "time":
            yield _Check(c.fault, value.is_null(), _found(c.name, "ISO 8601, as 2026-11-20T09:30:00 or with +08:00"))
            late = (value >= end).fill_null(False)
            yield _Check("future_time", late, _found(c.name, f"up to the end of {day.isoformat()}"))
        elif c.kind == "code":
            bad = (text != "") & ~value.is_in(list(c.codes))
            yield _Check(c.fault, bad, _found(c.name, ", ".join(c.codes)))
    yield from _checks_of(export)


def _checks_of(export: Export) -> Iterator[_Check]:
    """What two columns of one row say together."""
    if export.name == "orders":
        # price x quantity may pass 64 bits, so the price is held against what the quantity leaves room for
        quantity = pl.col("v:quantity").fill_null(1)
        room = pl.lit(MAX_LINE_FEN, pl.Int64) // pl.when(quantity < 1).then(1).otherwise(quantity)
        bad = (pl.col("v:unit_price") > room).fill_null(False)
        yield _Check(
            "bad_money",
            bad,
            pl.format(
                "unit_price '{}' x quantity '{}'; allowed: at most 100000000000.00 yuan a line",
                _quoted("unit_price"), _quoted("quantity"),
            ),
        )  # fmt: skip
    if export.name == "redemptions":
        # Only pool-priced points are sold (contract.md, redemptions); a voucher never is.
        yield _Check(
            "bad_status",
            (pl.col("kind") == "sell") & (pl.col("v:commodity") == "VOUCHER"),
            pl.lit("kind is 'sell' for VOUCHER; allowed: sell POINT, redeem POINT or VOUCHER"),
        )


def _limits(column: Column) -> str:
    if column.kind == "money":
        least = f"at least {column.low // 100}.{column.low % 100:02d}"
        return f"yuan with at most 2 decimals, {least}, at most {column.high // 100}.{column.high % 100:02d}"
    return f"an integer from {column.low} to {column.high}"


def _sentences(faulty: pl.DataFrame, checks: list[_Check]) -> pl.DataFrame:
    parts = [
        faulty.filter(pl.col("fault") == number).select(
            "at_row", reason=pl.lit(checks[number - 1].reason), sentence=checks[number - 1].sentence
        )
        for number in sorted(faulty["fault"].unique().to_list())
    ]
    return pl.concat([no_faults(), *parts])


def no_faults() -> pl.DataFrame:
    """An empty frame of faults: at_row, reason, sentence."""
    return pl.DataFrame(schema={"at_row": pl.Int64(), "reason": pl.String(), "sentence": pl.String()})


# --- money of every row ------------------------------------------------------------------------------------------


def _money(export: Export, sound: pl.DataFrame, faulty: pl.DataFrame) -> pl.DataFrame:
    """at_row, fen = |unit_price x quantity| or |amount|, net = what ``control`` counts; 0 where there is no money."""
    if export.name == "orders":
        gross = pl.col("unit_price") * pl.col("quantity")
        good = sound.select("at_row", fen=gross, net=gross - pl.col("discount"))
        product = _row_fen(_size("unit_price", 2) * _size("quantity", 4) // 10_000)
        discount = (
            pl.when(pl.col("discount") == "").then(0).otherwise(_row_fen(_size("discount", 2)) * _sign("discount"))
        )
        net = product * _sign("unit_price") * _sign("quantity") - discount
        rest = faulty.select("at_row", fen=product.fill_null(0), net=net.fill_null(0))
    elif any(c.name == "amount" and c.kind == "money" for c in export.columns):
        good = sound.select("at_row", fen=pl.col("amount"), net=pl.col("amount"))
        amount = _row_fen(_size("amount", 2)).fill_null(0)
        rest = faulty.select("at_row", fen=amount, net=amount * _sign("amount"))
    else:
        zero = pl.lit(0, pl.Int64)
        good = sound.select("at_row", fen=zero, net=zero)
        rest = faulty.select("at_row", fen=zero, net=zero)
    return pl.concat([good, rest]).sort("at_row") if rest.height else good


def _size(name: str, places: int) -> pl.Expr:
    """|x| of a plain decimal of any length, an integer of 10^-places cut off toward zero; null if no number."""
    text = pl.col(name)
    whole = text.str.extract(r"^-?0*([0-9]+)", 1)
    cut = text.str.extract(r"\.([0-9]*)$", 1).fill_null("").str.pad_end(places, "0").str.slice(0, places)
    digits = pl.when(whole.str.len_bytes() > _PLAIN_DIGITS).then(pl.lit("9" * _PLAIN_DIGITS)).otherwise(whole)
    number = digits.cast(pl.Int64, strict=False).cast(pl.Int128) * 10**places
    return pl.when(text.str.contains(_PLAIN)).then(number + cut.cast(pl.Int64, strict=False).cast(pl.Int128))


def _sign(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.starts_with("-")).then(pl.lit(-1, pl.Int64)).otherwise(pl.lit(1, pl.Int64))


def _row_fen(size: pl.Expr) -> pl.Expr:
    most = pl.lit(ROW_FEN_MAX, pl.Int128)
    return pl.when(size > most).then(most).otherwise(size).cast(pl.Int64)
