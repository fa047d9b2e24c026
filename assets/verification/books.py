"""The journal, the balances and the pools, summed anew from every journal of the chain (rules.md sections 11.1, 11.2).

Holds: which accounts are debit accounts, the running balances, the pools' identity, the tie to rewards and orders.
Never holds: SQL or code of the stages; tickets and claims (``awards.py``), payout files (``payouts.py``).
Neighbour: ``home.py`` hands it one day after the other.
"""

from __future__ import annotations

import polars as pl

from assets.foundation.rules import Version
from assets.verification.findings import Page, first_difference, sums, total
from assets.verification.running import Sums

# Contract.md, balances: these are debit - credit, all others credit - debit.
DEBIT_ACCOUNTS = (
    "merchant_receivable", "member_debt", "bank", "points_issued", "vouchers_issued", "green_issued",
    "points_redeemed", "points_expired", "vouchers_redeemed",
)  # fmt: skip
_ACCOUNT = ["account", "holder", "commodity"]
_PAYOUT_ACCOUNTS = ["payout_in_transit", "tax_withheld", "bank"]
_CHANGE = ["programme", "kind", "member_id", "commodity"]


def journal(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with ``programme`` and ``cause``, ``change`` (credit - debit) and ``amount`` (on the account's side)."""
    parts = pl.col("txn_id").str.splitn("/", 3)
    change = pl.col("credit").cast(pl.Int128) - pl.col("debit").cast(pl.Int128)
    return entries.with_columns(
        of=parts.struct.field("field_0"), programme=parts.struct.field("field_1").fill_null(""),
        cause=parts.struct.field("field_2").fill_null(""), change=change,
        amount=pl.when(pl.col("account").is_in(DEBIT_ACCOUNTS)).then(0 - change).otherwise(change),
    )  # fmt: skip


def in_pools(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of pool accounts and of what is due to them, with their ``programme``."""
    due = pl.col("holder").str.split("/").list.first().str.strip_prefix("pool_")
    own = pl.col("account").str.strip_prefix("pool_")
    programme = pl.when(pl.col("account") == "pool_due").then(due).otherwise(own)
    return frame.filter(pl.col("account").str.starts_with("pool_")).with_columns(programme=programme)


class Books:
    """Running sums of all days so far: balances, contributions and rewards per programme."""

    def __init__(self) -> None:
        self._balances = Sums(_ACCOUNT)
        self._flows = Sums(["programme"])

    def take(self, tables: dict[str, pl.DataFrame], version: Version | None, page: Page, *, checked: bool) -> None:
        """Add a day's journal and rewards; where ``checked``, hold the day against them."""
        lines, rewards = journal(tables["entries"]), tables["rewards"]
        self._balances.add(lines)
        self._flows.add(_contributed(lines))
        paid = rewards.filter(pl.col("commodity") == "CNY")
        self._flows.add(paid.select("programme", amount=0 - pl.col("amount").cast(pl.Int128)))
        if checked:
            _check_entries(lines, page)
            self._check_balances(tables["balances"], page)
            self._check_pools(tables["balances"], page)
            _check_rewards(lines, rewards, page)
            _check_backing(lines, rewards, page)
            if version:
                _check_shares(lines, tables["orders"], rewards, version, page)

    def _check_balances(self, balances: pl.DataFrame, page: Page) -> None:
        found = balances.rename({"balance": "amount"})
        page.agree("balances", "balances.parquet", "balance", self._balances.frame, found, _ACCOUNT)
        zeros = found.filter(pl.col("amount") == 0).height
        page.same("balances", "balances.parquet", "accounts listed with 0", 0, zeros)
        money = found.filter(pl.col("commodity") == "CNY").select(pl.col("amount").abs())
        page.verification.count("balances", days=1, files=1, rows=balances.height, fen=total(money))

    def _check_pools(self, balances: pl.DataFrame, page: Page) -> None:
        guarded = pl.col("account").str.contains("^(pool_|member_wallet_)|^voucher_backing$")
        named = pl.concat_str("account", "holder", "commodity", separator=" ")
        below = balances.filter(guarded & (pl.col("balance") < 0)).select(
            name=named, expected=pl.lit(0), found=pl.col("balance")
        )
        page.none("pools", "balances.parquet", "balance of", below, "at least {}", "{}")
        held = in_pools(balances).rename({"balance": "amount"})
        # Contributed less paid out less what was passed on is what the pool and its debtors still hold.
        page.agree("pools", "balances.parquet", "pool and dues of", self._flows.frame, sums(held, ["programme"]),
                   ["programme"])  # fmt: skip
        page.verification.count("pools", days=1, files=3, rows=held.height, fen=total(held))


def _contributed(lines: pl.DataFrame) -> pl.DataFrame:
    """Per line what merchants paid into a programme, less what it passed on to others than members."""
    others = ["merchant_receivable", "merchant_payable", "voucher_backing", "platform_income"]
    own = lines.filter(pl.col("account").is_in(others) & (pl.col("commodity") == "CNY"))
    return own.select("programme", amount=0 - pl.col("change"))


def _check_entries(lines: pl.DataFrame, page: Page) -> None:
    file, day = "entries.parquet", page.day.isoformat()
    key = ["txn_id", "commodity"]
    debits, credits_ = (sums(lines, key, side) for side in ("debit", "credit"))
    page.agree("entries", file, "credits of", debits, credits_, key)
    strange = (pl.col("of") != day) | (pl.col("date") != page.day) | (pl.col("cause") == "")
    wrong = lines.filter(strange).select(name="txn_id", expected=pl.lit(day), found=pl.col("date"))
    page.none("entries", file, "transaction", wrong, "<{}>/<programme>/<cause> on that day", "dated {}")
    negative = lines.filter((pl.col("debit") < 0) | (pl.col("credit") < 0))
    page.same("entries", file, "lines with a negative side", 0, negative.height)
    numbers = lines.with_columns(place=pl.int_range(1, pl.len() + 1).over("txn_id"))
    page.same("entries", file, "lines out of number", 0, numbers.filter(pl.col("line") != pl.col("place")).height)
    money = lines.filter(pl.col("commodity") == "CNY")
    page.verification.count("entries", days=1, files=1, rows=lines.height, fen=total(money, "debit"))


def _check_rewards(lines: pl.DataFrame, rewards: pl.DataFrame, page: Page) -> None:
    """Per programme, cause and member: what the journal gives is what the rewards list; payouts are tied elsewhere."""
    merchants = pl.col("account").is_in(["merchant_green", "merchant_vouchers"])
    whose = pl.when(merchants).then("merchant/" + pl.col("holder")).otherwise(pl.col("holder"))
    moved = lines.filter(
        (pl.col("account").str.starts_with("member_") | merchants) & (pl.col("programme") != "payout")
    ).select("programme", "commodity", kind="cause", member_id=whose, amount="change")
    listed, booked = sums(rewards, _CHANGE), sums(moved, _CHANGE)
    page.agree("subledger", "entries.parquet", "members' movement of", listed, booked, _CHANGE)
    outside = lines.filter((pl.col("programme") != "payout") & pl.col("account").is_in(_PAYOUT_ACCOUNTS))
    page.same("subledger", "entries.parquet", "lines of payout accounts outside payout/", 0, outside.height)
    ids = rewards.select(pl.lit(f"{page.day}/") + pl.int_range(1, pl.len() + 1).cast(pl.String)).to_series()
    page.same("subledger", "rewards.parquet", "reward_id out of number", 0, int((ids != rewards["reward_id"]).sum()))
    money = rewards.filter(pl.col("commodity") == "CNY").select(pl.col("amount").abs())
    page.verification.count("subledger", days=1, files=3, rows=moved.height + rewards.height, fen=total(money))


def _check_backing(lines: pl.DataFrame, rewards: pl.DataFrame, page: Page) -> None:
    """A fen lies behind every voucher released; no more than that follows those that are redeemed or taken back."""
    vouchers = rewards.filter(pl.col("commodity") == "VOUCHER")
    key = ["programme"]
    backing = lines.filter((pl.col("account") == "voucher_backing") & (pl.col("programme") != "payout"))
    file = "entries.parquet"
    released = sums(vouchers.filter(pl.col("kind") == "release"), key)
    put = sums(backing.filter(pl.col("cause") == "release").select("programme", amount="change"), key)
    page.agree("pools", file, "money put behind vouchers of", released, put, key)
    rest = backing.filter(pl.col("cause") != "release").select("programme", kind="cause", amount=0 - pl.col("change"))
    both = sums(rest, [*key, "kind"]).join(
        sums(vouchers, [*key, "kind"]).rename({"amount": "gone"}), on=[*key, "kind"], how="left"
    ).with_columns(most=0 - pl.col("gone").fill_null(0))  # fmt: skip
    above = both.filter((pl.col("amount") < 0) | (pl.col("amount") > pl.col("most"))).select(
        name=pl.concat_str("programme", "kind", separator="/"), expected="most", found="amount"
    )
    page.none("pools", file, "money that follows vouchers of", above, "0 to {}", "{}")


def receivable(lines: pl.DataFrame, programme: str) -> pl.DataFrame:
    """What each merchant (``holder``) owes for the day's shares of a programme."""
    shares = (pl.col("programme") == programme) & (pl.col("cause") == "contribute")
    return sums(lines.filter(shares & (pl.col("account") == "merchant_receivable")), ["holder"])


def share_of(kept: str, bp: int | pl.Expr) -> pl.Expr:
    """The floor of kept x bp / 10 000, in 128 bits."""
    return pl.col(kept).cast(pl.Int128) * bp // 10_000


def _check_shares(
    lines: pl.DataFrame, orders: pl.DataFrame, rewards: pl.DataFrame, version: Version, page: Page
) -> None:
    """What every member's order of the day owes a queue and earns in points, by hand (rules.md sections 3, 4.1)."""
    bought = orders.filter(pl.col("member_id") != "")
    page.same("subledger", "orders.parquet", "seq out of number", 0,
              orders.filter(pl.col("seq") != pl.int_range(1, pl.len() + 1)).height)  # fmt: skip
    unsound = (pl.col("kept") <= 0) | (pl.col("kept") > pl.col("total")) | (pl.col("rule_version") != version.version)
    wrong = orders.filter(unsound).select(name="order_id", expected=pl.col("total"), found=pl.col("kept"))
    expected = f"1 to {{}} under {version.version}"
    page.none("subledger", "orders.parquet", "kept (or rule_version) of", wrong, expected, "{}")
    shares = {"queue": version.queue.pot_bp, "points": version.points.pool_bp, "circular": version.circular.dividend_bp}
    for programme, bp in shares.items():
        owed = bought.select(holder="merchant_id", amount=share_of("kept", bp))
        page.agree("subledger", "entries.parquet", f"{programme} shares of merchant", sums(owed, ["holder"]),
                   receivable(lines, programme), ["holder"])  # fmt: skip
    _check_packages(lines, bought, version, page)
    if version.points.enabled and version.points.mode == "fixed":
        grants = bought.select("order_id", amount=share_of("kept", version.points.grant_bp))
        given = rewards.filter((pl.col("programme") == "points") & (pl.col("kind") == "grant"))
        if row := first_difference(grants, given, ["order_id"]):
            what = f"points for order {row['order_id']}"
            page.fault("subledger", "rewards.parquet", what, row["expected"], row["found"])


def _check_packages(lines: pl.DataFrame, bought: pl.DataFrame, version: Version, page: Page) -> None:
    """A merchant owes the chain at most fund_fen an order, nothing while it is off (rules.md section 8b)."""
    most = bought.select(holder="merchant_id", amount=pl.min_horizontal("kept", version.chain.fund_fen))
    owed = receivable(lines, "chain").join(sums(most, ["holder"]), on="holder", how="left", suffix="_most")
    above = owed.with_columns(pl.col("amount_most").fill_null(0)).filter(
        (pl.col("amount") < 0) | (pl.col("amount") > pl.col("amount_most"))
    )
    page.none("subledger", "entries.parquet", "chain shares of merchant",
              above.select(name="holder", expected="amount_most", found="amount"), "0 to {}", "{}")  # fmt: skip
