"""Tickets and claims: what they got, in whose turn, how deep, and what their cycle had (rules.md 11.3, 11.4, 11.7).

Holds: the newest row of every ticket and claim, rewards per order, what every referral paid into its cycle.
Never holds: how money is split; SQL or code of the stages.
Neighbour: ``home.py`` hands it one day after the other. The outputs do not list referrals without a claim
(contract.md): who referred whom is the one thing taken from the state file that the day wrote, or from the newest
state where that file was pruned: of a referral nothing but its status ever changes, and that is not read here.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.foundation.rules import Rules
from assets.verification.books import journal, receivable
from assets.verification.findings import Page, sums, total
from assets.verification.running import Newest, Sums

_PROGRAMMES = ["queue", "referral", "chain"]
_AWARD = ["programme", "order_id", "member_id"]
_TICKET = ["queue_id", "ticket_no"]
_CYCLE = ["sponsor_id", "lane"]
# What is read of state files of referrals.
REFERRAL = {
    "order_id": pl.String(), "sponsor_id": pl.String(), "ordinal": pl.Int64(), "share": pl.Int64(),
    "placed_on": pl.Date(), "rule_version": pl.String(),
}  # fmt: skip


class Awards:
    """What was promised and paid up to a day."""

    def __init__(self, rules: Rules | None) -> None:
        self._rules = rules
        text, number = pl.String(), pl.Int64()
        self._tickets = Newest(_TICKET, {
            "queue_id": text, "ticket_no": number, "order_id": text, "member_id": text, "target": number,
            "received": number, "status": text, "entered_on": pl.Date(),
        })  # fmt: skip
        self._claims = Newest(["claim_id"], {
            "claim_id": text, "programme": text, "order_id": text, "member_id": text, "amount": number,
            "received": number,
        })  # fmt: skip
        self._paid = Sums(_AWARD)
        self._paid_in = Sums(_CYCLE)
        self._lanes = Newest(["order_id"], {"order_id": text, "sponsor_id": text, "lane": text})

    def take(
        self, tables: dict[str, pl.DataFrame], referrals: pl.DataFrame | None, page: Page, *, checked: bool
    ) -> None:
        """Add a day's tickets, claims, rewards and ``referrals`` (state rows, of it or more; None without any)."""
        tickets, claims, rewards = tables["tickets"], tables["claims"], tables["rewards"]
        money = rewards.filter((pl.col("commodity") == "CNY") & pl.col("programme").is_in(_PROGRAMMES))
        waited = self._tickets.frame.filter(pl.col("status") == "waiting")
        self._tickets.take(tickets)
        self._claims.take(claims)
        self._paid.add(money)
        self._place(referrals, tables, page, checked=checked)
        if checked:
            self._check_turns(waited, money, page)
            _check_bounds(tickets, claims, page)
            self._check_received(tickets, claims, money, page)
            self._check_depth(rewards, page)
            self._check_chain(claims, tables["orders"], page)
            self._check_cycles(claims, page)

    # --- 3 ----------------------------------------------------------------------------------------------------------

    def _check_received(self, tickets: pl.DataFrame, claims: pl.DataFrame, money: pl.DataFrame, page: Page) -> None:
        """Per order and member: received over all parts is what was paid less what was taken back."""
        touched = pl.concat([
            tickets.select(pl.lit("queue").alias("programme"), "order_id", "member_id"),
            claims.select(_AWARD), money.select(_AWARD),
        ]).unique()  # fmt: skip
        standing = pl.concat([
            self._tickets.frame.select(pl.lit("queue").alias("programme"), "order_id", "member_id", amount="received"),
            self._claims.frame.select(*_AWARD, amount="received"),
        ]).join(touched, on=_AWARD, how="semi")  # fmt: skip
        expected = self._paid.frame.join(touched, on=_AWARD, how="semi")
        found = sums(standing, _AWARD)
        page.agree("awards", "tickets.parquet or claims.parquet", "received of", expected, found, _AWARD)
        page.verification.count(
            "awards", days=1, files=3, rows=tickets.height + claims.height + money.height, fen=total(standing)
        )

    # --- 4 ----------------------------------------------------------------------------------------------------------

    def _check_turns(self, waited: pl.DataFrame, money: pl.DataFrame, page: Page) -> None:
        """Only tickets that waited when the day opened are paid; in a fifo pot nobody overtakes."""
        paid = money.filter((pl.col("programme") == "queue") & pl.col("kind").is_in(["fund", "accelerate"]))
        strangers = paid.join(waited, on="order_id", how="anti").select(
            name="order_id", expected=pl.lit(0), found="amount"
        )
        page.none("turns", "rewards.parquet", "a payment for", strangers, "{}: no ticket of it waited", "{}")
        pot = paid.filter(pl.col("kind") == "fund").select("order_id").unique()
        if self._fifo_on(page.day):
            now = self._tickets.frame.select(*_TICKET, "target", "received", "status")
            still = now.join(waited.select(*_TICKET, "order_id"), on=_TICKET, how="inner").with_columns(
                open=(pl.col("status") == "waiting") & (pl.col("received") < pl.col("target"))
            )
            number = pl.col("ticket_no")
            lines = still.join(pot.with_columns(paid=True), on="order_id", how="left").group_by("queue_id").agg(
                name=pl.col("queue_id").first(), expected=number.filter("open").min(),
                found=number.filter(pl.col("paid").fill_null(False)).max(),
            )  # fmt: skip
            overtaken = lines.filter(pl.col("expected") < pl.col("found"))
            page.none("turns", "rewards.parquet", "common pot of queue", overtaken,
                      "ticket {} first, which still needs some", "ticket {} was paid")  # fmt: skip
        page.verification.count("turns", days=1, files=2, rows=paid.height, fen=total(paid))

    def _fifo_on(self, day: date) -> bool:
        keys = self._rules.last_enabled("queue", day) if self._rules else None
        return keys is not None and keys.queue.mode == "fifo"

    # --- 7 ----------------------------------------------------------------------------------------------------------

    def _check_depth(self, rewards: pl.DataFrame, page: Page) -> None:
        """An acceleration follows the version of the order that offers it, the day's; a payment that of its row."""
        page.verification.count("depth", days=1, files=2, rows=rewards.height)
        if self._rules is None:
            return
        allowed = {one.version: one.max_paid_depth for one in self._rules.versions}
        today = self._rules.version_on(page.day).max_paid_depth
        own = pl.col("rule_version").replace_strict(allowed, default=-1, return_dtype=pl.Int64)
        most = pl.when((pl.col("kind") == "accelerate") & (own >= 0)).then(pl.lit(today)).otherwise(own)
        paid = rewards.filter((pl.col("commodity") == "CNY") & (pl.col("amount") > 0)).with_columns(most=most)
        deep = paid.filter(pl.col("paid_depth") > pl.col("most")).select(
            name="reward_id", expected="most", found="paid_depth"
        )
        page.none("depth", "rewards.parquet", "paid depth of", deep, "at most {}", "{}")

    def _check_chain(self, claims: pl.DataFrame, orders: pl.DataFrame, page: Page) -> None:
        """Orders that joined the chain today award at most what they contributed; a blocked claim gets nothing."""
        ours = claims.filter(pl.col("programme") == "chain")
        blocked = ours.filter((pl.col("status") == "blocked_depth") & (pl.col("received") != 0))
        page.none("depth", "claims.parquet", "received of blocked claim",
                  blocked.select(name="claim_id", expected=pl.lit(0), found="received"), "{}", "{}")  # fmt: skip
        if self._rules is None:
            return
        fund = self._rules.version_on(page.day).chain.fund_fen
        made = ours.filter((pl.col("claimed_on") == page.day) & (pl.col("status") != "blocked_depth"))
        both = sums(made, ["order_id"]).join(orders, on="order_id", how="left").sort("order_id")
        most = pl.min_horizontal(pl.col("kept").fill_null(0), pl.lit(fund, pl.Int64))
        over = both.filter(pl.col("amount") > most).select(name="order_id", expected=most, found="amount")
        page.none("depth", "claims.parquet", "claims of order", over, "at most {}", "{}")

    def _place(
        self, referrals: pl.DataFrame | None, tables: dict[str, pl.DataFrame], page: Page, *, checked: bool
    ) -> None:
        """Enter the day's referrals: their cycle from ordinal and n, their share from kept, both by hand."""
        if self._rules is None:
            return
        if referrals is None:
            referrals = pl.DataFrame(schema=REFERRAL)
        keys = pl.DataFrame(
            [(one.version, one.referral.n, one.referral.after == "flat", one.referral.reserve_bp)
             for one in self._rules.versions],
            schema={"rule_version": pl.String(), "n": pl.Int64(), "flat": pl.Boolean(), "bp": pl.Int64()}, orient="row",
        )  # fmt: skip
        today = referrals.filter(pl.col("placed_on") == page.day).join(keys, on="rule_version", how="left")
        ordinal, n = pl.col("ordinal"), pl.col("n").clip(lower_bound=1)
        alone = pl.col("flat") & (ordinal >= n)
        lane = pl.when(alone).then("order " + pl.col("order_id")).otherwise("cycle " + (ordinal // n).cast(pl.String))
        orders = tables["orders"].select("order_id", "merchant_id", "kept")
        owed = pl.col("kept").cast(pl.Int128) * pl.col("bp")
        placed = today.with_columns(lane=lane).join(orders, on="order_id", how="left").with_columns(
            amount=((owed + 9_999) // 10_000).fill_null(0)
        )  # fmt: skip
        self._lanes.take(placed)
        self._paid_in.add(placed)
        if checked:
            page.agree("depth", "state/referrals.parquet", "share of", placed.select("order_id", "amount"),
                       placed.select("order_id", amount="share"), ["order_id"])  # fmt: skip
            booked = receivable(journal(tables["entries"]), "referral")
            owed_by = sums(placed.select(holder="merchant_id", amount="amount"), ["holder"])
            page.agree("subledger", "entries.parquet", "referral shares of merchant", owed_by, booked, ["holder"])

    def _check_cycles(self, claims: pl.DataFrame, page: Page) -> None:
        """Cycles of today's claims: what their claims are worth is at most what all their referrals paid in."""
        page.verification.count("depth", rows=claims.height)
        if self._rules is None:
            return
        referred = self._claims.frame.filter(pl.col("programme") == "referral")
        ours = referred.join(self._lanes.frame, on="order_id", how="left")
        lost = ours.filter(pl.col("lane").is_null()).select(name="claim_id", expected="order_id", found="amount")
        page.none("depth", "claims.parquet", "claim", lost, "{} to be a referral", "{} fen without one")
        touched = ours.join(claims, on="claim_id", how="semi").select(_CYCLE).unique()
        claimed = sums(ours.join(touched, on=_CYCLE, how="semi"), _CYCLE)
        both = claimed.join(self._paid_in.frame, on=_CYCLE, how="left", suffix="_in").sort(_CYCLE)
        most = pl.col("amount_in").fill_null(0)
        over = both.filter(pl.col("amount") > most).select(
            name=pl.concat_str("sponsor_id", "lane", separator=" "), expected=most, found="amount"
        )
        page.none("depth", "claims.parquet", "claims of", over, "at most {}", "{}")
        page.verification.count("depth", fen=total(claimed))


def _check_bounds(tickets: pl.DataFrame, claims: pl.DataFrame, page: Page) -> None:
    """Each row: received within its bounds, and the status that the figures mean."""
    named = pl.concat_str("queue_id", pl.lit("#"), "ticket_no")
    sides = (
        ("ticket", tickets.select("status", name=named, most="target", got="received"), "done"),
        ("claim", claims.select("status", name="claim_id", most="amount", got="received"), "paid"),
    )
    for what, rows, full in sides:
        file = f"{what}s.parquet"
        outside = rows.filter((pl.col("got") < 0) | (pl.col("got") > pl.col("most")))
        page.none("awards", file, f"received of {what}", _shown(outside), "0 to {}", "{}")
        ended = rows.filter((pl.col("status") == full) != (pl.col("got") == pl.col("most")))
        # Refunds may leave an exited ticket, a cancelled one or a void claim with all of the little that it was.
        wrong = ended.filter(pl.col("status").is_in([full, "waiting", "open"]))
        page.none("awards", file, f"status of {what}", _shown(wrong), f"{full} with {{}} received and only then", "{}")
    above = claims.filter(pl.col("amount") > pl.col("cap")).select(name="claim_id", expected="cap", found="amount")
    page.none("awards", "claims.parquet", "amount of claim", above, "at most its cap {}", "{}")


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("name", expected="most", found="got")
