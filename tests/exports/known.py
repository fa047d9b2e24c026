"""The relations at the two ends of the intake, as Polars schemas.

Holds: what the sealed state must offer (``PRIOR``) and what the intake leaves in the engine (``TAKEN``).
Never holds: rows, paths, views; those belong to the day store.
Neighbour: ``intake.py`` reads the first and writes the second; tests make both from literals.
"""

from __future__ import annotations

import polars as pl

_ID = pl.String()
_TEXT = pl.String()
_FEN = pl.Int64()
_WHOLE = pl.Int64()
_TIME = pl.Datetime("us")

_ORDER = {"order_id": _ID, "member_id": _ID, "merchant_id": _ID, "completed_at": _TIME, "total": _FEN}
_LINE = {
    "order_id": _ID, "line_no": _WHOLE, "product_id": _ID, "product_name": _TEXT,
    "unit_price": _FEN, "quantity": _WHOLE, "discount": _FEN,
}  # fmt: skip
_REFUND = {"refund_id": _ID, "order_id": _ID, "amount": _FEN, "refunded_at": _TIME}
_MEMBER = {"member_id": _ID, "sponsor_id": _ID, "joined_at": _TIME}
_MERCHANT = {"merchant_id": _ID, "name": _TEXT, "merchant_group": _TEXT, "concession_bp": _WHOLE, "referrer_id": _ID}
_ACCOUNT: dict[str, pl.DataType] = dict.fromkeys(
    (
        "member_id", "channel", "account_no", "account_name", "bank_code", "bank_name", "province", "city", "phone",
        "id_type", "id_no", "status",
    ),
    _TEXT,
)  # fmt: skip
_REDEMPTION = {
    "redemption_id": _ID, "member_id": _ID, "kind": _TEXT, "commodity": _TEXT, "amount": _WHOLE, "merchant_id": _ID,
    "requested_at": _TIME,
}  # fmt: skip
_EXIT = {"exit_id": _ID, "order_id": _ID, "requested_at": _TIME}
_RESULT = {"payout_id": _ID, "status": _TEXT, "amount": _FEN, "reason": _TEXT, "at": _TIME}
_ROW = {"source": _TEXT, "row_no": _WHOLE}

Schema = dict[str, pl.DataType]

_STANDING: Schema = {"refunded": _FEN, "export_date": pl.Date(), "qualify_on": pl.Date()}

# The sealed state before today. ``refunded``: fen of all refunds taken so far. More columns do no harm.
PRIOR: dict[str, Schema] = {
    "prior_orders": {**_ORDER, **_STANDING, "seq": _WHOLE, "kept_at": _FEN, "rule_version": _TEXT},
    "prior_pending": {**_ORDER, **_STANDING},
    "prior_lines": dict(_LINE),
    "prior_refunds": dict(_REFUND),
    "prior_members": dict(_MEMBER),
    "prior_merchants": dict(_MERCHANT),
    "prior_accounts": dict(_ACCOUNT),
    "prior_redemptions": dict(_REDEMPTION),
    "prior_exits": dict(_EXIT),
    "prior_results": dict(_RESULT),
}

# What today's exports add, without repeats; amounts in fen (redemptions: units), times local and naive, "" for none.
TAKEN: dict[str, Schema] = {
    "taken_orders": dict(_ORDER),
    "taken_lines": dict(_LINE),
    "taken_refunds": dict(_REFUND),
    "taken_members": dict(_MEMBER),
    "taken_merchants": dict(_MERCHANT),
    "taken_accounts": dict(_ACCOUNT),
    "taken_redemptions": {**_REDEMPTION, **_ROW},
    "taken_exits": {**_EXIT, **_ROW},
    "taken_results": {**_RESULT, **_ROW},
}
