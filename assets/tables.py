"""Which tables the sealed state has: their keys and columns.

Holds: one StateTable for each kind of thing that a later day may ask for.
Never holds: rules, SQL, or the output tables that people read (``outputs.py``).
Neighbour: ``foundation/state.py`` keeps them; every ``prior_<name>`` in ``sql/`` is one of these.
"""

from __future__ import annotations

from assets.foundation.segments import StateTable

_KINDS = {"text": "varchar", "int": "bigint", "date": "date", "time": "timestamp"}


def _table(
    name: str, key: str, columns: str, *, live: str = "", fixed: bool = False, indexes: str = "", since: str = "",
    along: str = "", by_row: bool = False, made: dict[str, str] | None = None,
) -> StateTable:  # fmt: skip
    """A table from a list of ``column:kind``; a column without a kind is text. ``made``: indexes over expressions."""
    pairs = (column.partition(":") for column in columns.split())
    kinds = {column: _KINDS[kind or "text"] for column, _, kind in pairs}
    return StateTable(
        name,
        tuple(key.split()),
        kinds,
        live,
        fixed,
        {c: f'"{c}"' for c in indexes.split()} | (made or {}),
        since,
        along,
        by_row,
    )


_PAYOUT = (
    "payout_id member_id paid_on:date channel gross:int tax:int net:int rebate:int chance:int labour:int"
    " labour_tax:int attempt:int status replaced_by"
)
_LOT = (
    "lot_id programme holder order_id granted:int left:int received:int contribution:int status opened_on:date"
    " closed_on:date rule_version seq:int price:int paid:int concession_bp:int period_in:int period_out:int"
)
_CLAIM = (
    "claim_id programme member_id order_id ordinal:int base_order_id cap:int amount:int received:int status"
    " claimed_on:date ended_on:date rule_version seq:int rate_bp:int"
)
STATE_TABLES: tuple[StateTable, ...] = (
    _table("members", "member_id", "member_id sponsor_id joined_at:time", fixed=True),
    _table("merchants", "merchant_id", "merchant_id name merchant_group concession_bp:int referrer_id"),
    _table(
        "accounts",
        "member_id",
        "member_id channel account_no account_name bank_code bank_name province city phone id_type id_no status",
    ),
    # Every order whose freeze has ended, and every guest's. kept_at is what was kept when it qualified; seq is its
    # place in the sequence of qualify_on, 0 if it did not qualify. total - refunded is the present kept.
    _table(
        "orders",
        "order_id",
        "order_id member_id merchant_id completed_at:time total:int refunded:int export_date:date qualify_on:date"
        " seq:int kept_at:int rule_version",
        indexes="order_id member_id",
        since="qualify_on",
        along="seq",
        by_row=True,
    ),
    # Orders whose freeze still runs, found by the day on which it ends.
    _table(
        "pending",
        "qualify_on order_id",
        "qualify_on:date order_id member_id merchant_id completed_at:time total:int refunded:int export_date:date",
        live="qualify_on > {day}",
    ),
    _table(
        "lines",
        "order_id line_no",
        "order_id line_no:int product_id product_name unit_price:int quantity:int discount:int",
        fixed=True,
        indexes="order_id",
    ),
    _table("refunds", "refund_id", "refund_id order_id amount:int refunded_at:time", fixed=True, indexes="refund_id"),
    _table(
        "redemptions",
        "redemption_id",
        "redemption_id member_id kind commodity amount:int merchant_id requested_at:time",
        fixed=True,
        indexes="redemption_id",
    ),
    _table("exits", "exit_id", "exit_id order_id requested_at:time", fixed=True, indexes="exit_id"),
    _table(
        "results",
        "payout_id status",
        "payout_id status amount:int reason at:time",
        fixed=True,
        indexes="payout_id",
    ),
    _table(
        "lots",
        "programme order_id",
        "programme holder order_id granted:int left:int received:int contribution:int status opened_on:date"
        " closed_on:date rule_version seq:int expires_on:date",
        indexes="holder",
        since="opened_on",
        along="seq",
        by_row=True,
    ),
    # Lots of pool-priced points, green points and circular purchase; "lots" has those of fixed points, which are many
    # and need less. price: what a point cost at the grant; paid: fen for the units sold (points), vouchers among what
    # was paid (circular); concession_bp, period_in, period_out: of green points.
    # issue: all lots of a day cost the same, so those that a strike reaches are found by it.
    _table(
        "scheme_lots",
        "lot_id",
        _LOT,
        indexes="order_id holder",
        since="opened_on",
        along="seq",
        by_row=True,
        made={"issue": "concat(programme, '/', cast(opened_on as varchar))"},
    ),
    # Of points with a price: units that are outstanding by the day of their issue, and what every close struck (price
    # in use from then on, 0 for none; units outstanding).
    _table("issues", "opened_on", "opened_on:date price:int units:int", live="units > 0"),
    _table("strikes", "struck_on", "struck_on:date price:int units:int", fixed=True),
    # Those of green points and circular purchase that live.
    _table("live_lots", "lot_id", _LOT, live="status = 'live'"),
    # What the merchant conceded when an order was exported, until the day on which its freeze ends.
    _table(
        "concessions",
        "qualify_on order_id",
        "order_id qualify_on:date concession_bp:int referrer_id",
        live="qualify_on > {day}",
        fixed=True,
    ),
    # Periods of green points; the one that runs has no end yet.
    _table(
        "periods",
        "period",
        "period:int started_on:date ended_on:date inflow:int base:int growth:int due:int released:int",
    ),
    # One row a referral, also of those that made no claim: the cycle and what its order paid into it.
    _table(
        "referrals",
        "order_id",
        "order_id sponsor_id member_id ordinal:int cycle:int share:int status placed_on:date seq:int rule_version",
        indexes="order_id sponsor_id",
        since="placed_on",
    ),
    # Of the referral ladder by step: sponsors with so many live referrals in their first cycle that is not complete,
    # the complete cycles of these sponsors, and what they left over.
    _table("referral_steps", "step", "step:int sponsors:int cycles:int left_over:int"),
    _table("claims", "claim_id", _CLAIM, indexes="order_id base_order_id", since="claimed_on"),
    # The agents of the chain, their places fixed at joining: referrer_id is the sponsor if he was an agent then,
    # ordinal the place among that one's direct agents from 1 (0 without), boss_steps the sponsor steps to boss_of,
    # level that in the tree of root_id (the root's is 1). directs counts direct agents; withheld_on: since when he
    # gets nothing.
    _table(
        "agents",
        "member_id",
        "member_id order_id joined_on:date seq:int rule_version price:int withheld_on:date referrer_id ordinal:int"
        " boss_of boss_steps:int placed_under root_id level:int directs:int boss_on:date",
        indexes="member_id order_id",
        since="joined_on",
        along="seq",
        by_row=True,
        # Those under whom a referrer's later agents may be placed: chain.n is at most 3.
        made={"first": "case when ordinal between 1 and 3 then referrer_id else '' end"},
    ),
    # Per root how many agents its tree has and how many levels.
    _table("trees", "root_id", "root_id heads:int levels:int"),
    # Claims that still want money.
    _table("open_claims", "claim_id", _CLAIM, live="status = 'open'"),
    # Whoever had an order that qualified, with the latest of at least `least` fen (referral.min_order_fen then) that
    # still keeps as much; without an order where there is none such.
    _table("buyers", "member_id", "member_id order_id qualify_on:date seq:int kept:int least:int"),
    _table("queues", "queue_id", "queue_id last_no:int"),
    # behind, exit_bp and exit_behind are what a late refund needs of a split or exited order (rules.md section 9).
    _table(
        "tickets",
        "queue_id ticket_no",
        "queue_id ticket_no:int order_id part:int member_id target:int received:int behind:int status entered_on:date"
        " ended_on:date rule_version exit_bp:int exit_behind:int",
        indexes="order_id",
        since="entered_on",
        by_row=True,
        # What is offered to a member in a queue, and the tickets that stand together in it (``blocks``).
        made={
            "lane": "concat(queue_id, '|', member_id)",
            "block": "concat(queue_id, '|', cast(ticket_no // 32 as varchar))",
        },
    ),
    # Per queue and 32 ticket numbers how many wait and what they need in all: the head of a queue is found here.
    _table("blocks", "queue_id block", "queue_id block:int tickets:int need:int", live="tickets > 0"),
    # Money of a queue that nobody has got yet, by the order that paid it; what came back has no order.
    _table(
        "layers", "queue_id paid_on seq", "queue_id paid_on:date seq:int order_id remaining:int", live="remaining > 0"
    ),
    # What orders of a day paid into a queue: at which pace it is funded (report.html).
    _table("inflows", "queue_id paid_on", "queue_id paid_on:date amount:int", live="paid_on > {day} - 30", fixed=True),
    _table(
        "debts",
        "member_id opened_on place",
        "member_id opened_on:date place:int account holder remaining:int",
        live="remaining > 0",
    ),
    _table("payouts", "payout_id", _PAYOUT, indexes="payout_id", since="paid_on"),
    # Payouts that came back and that no later cut has replaced yet.
    _table("returned", "payout_id", _PAYOUT, live="replaced_by = ''"),
    # Labour income paid and tax withheld by calendar month: the year is the sum of its months.
    _table("tax", "member_id month", "member_id month:date income:int withheld:int"),
)
