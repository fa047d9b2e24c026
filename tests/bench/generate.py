"""A home of any size for the benchmark: a sealed day with prior state, and the exports of the day after.

Holds: seeded members, merchants, orders, tickets and referrals in realistic proportions, written through the
project's own state and seal. Never holds: a rule of a scheme beyond what makes the prior rows plausible.
Neighbour: ``bench.py`` settles the day that is left to settle.

Ids are scrambled on purpose, so that no order of theirs helps a look-up. The same arguments give the same bytes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from assets.day import Day, open_day
from assets.foundation.engine import Engine
from assets.foundation.store import Home, HomeLock, owner_only, publish
from assets.outputs import OUTPUTS
from assets.seal import manifest
from assets.steps import read_exports
from assets.tables import STATE_TABLES

PRIOR, TODAY = date(2026, 11, 19), date(2026, 11, 20)
MERCHANTS = 5_000
_SPREAD = 60  # the prior orders came on this many days up to PRIOR

RULES = """\
timezone: Asia/Shanghai
versions:
  - version: bench
    effective_from: 2026-01-01
    freeze_days: 0
    margin_bp: 9000
    max_paid_depth: 1
    quarantine_limit_bp: 500
    late_limit_days: 30
    points:   {{enabled: true, mode: fixed, grant_bp: 7000, cost_bp: 2000, expire_months: 24}}
    referral: {{enabled: true, n: 3, ladder_bp: [1000, 2000, 7000], reserve_bp: 3334, after: cycle, flat_bp: 1000,
               base: min, need_buy: true, repeat_invitee: false, min_order_fen: 0}}
    queue:    {{enabled: true, scope: merchant, mode: {mode}, target_bp: 10000, target_max_fen: 0, min_order_fen: 0,
               pot_bp: 2000, direct_bp: 3000, repurchase_bp: 0, split_unit_fen: 0, seats_bp: [5000, 3000, 2000],
               exit_bp: 6000, exit_after_days: 30, exit_cost_bp: 2000}}
    tax:      {{queue: rebate, points: rebate, referral: labour}}
    payout:   {{min_fen: 100, max_fen: 0, labour_method: monthly}}
"""


@dataclass(frozen=True)
class Size:
    """How large the home is: orders of the day, waiting tickets an order, the queue's discipline, the seed."""

    orders: int
    waiting: int = 5
    mode: str = "fifo"
    seed: int = 1

    @property
    def members(self) -> int:
        """Half as many as orders."""
        return max(4, self.orders // 2)

    @property
    def newcomers(self) -> int:
        """Members who join today, two in a hundred."""
        return max(1, self.members // 50)

    @property
    def history(self) -> int:
        """Orders of earlier days, each with a ticket that waits."""
        return self.orders * self.waiting


def _mix(index: pl.Expr, salt: int) -> pl.Expr:
    """64 well-mixed bits of an index (the finaliser of SplitMix64), the same on every machine and version."""
    z = index.cast(pl.UInt64) * pl.lit(0x9E3779B97F4A7C15, pl.UInt64) + pl.lit(
        (salt * 0xD1B54A32D192ED03) % 2**64, pl.UInt64
    )
    z = (z ^ (z // 2**30)) * pl.lit(0xBF58476D1CE4E5B9, pl.UInt64)
    z = (z ^ (z // 2**27)) * pl.lit(0x94D049BB133111EB, pl.UInt64)
    return z ^ (z // 2**31)


def _draw(index: pl.Expr, salt: int, below: int) -> pl.Expr:
    return (_mix(index, salt) % below).cast(pl.Int64)


def _order_id(index: pl.Expr) -> pl.Expr:
    """A bijection of the index into 15 digits without any order of time: 10^15 and the factor share no divisor."""
    number = (index.cast(pl.Int128) * 618_033_988_749_895 + 271_828_182_845_904) % 10**15
    return pl.concat_str(pl.lit("O"), number.cast(pl.Int64).cast(pl.String).str.zfill(15))


def _member_id(index: pl.Expr) -> pl.Expr:
    number = (index.cast(pl.Int128) * 61_803_398_875 + 27_182_818_284) % 10**11
    return pl.concat_str(pl.lit("M"), number.cast(pl.Int64).cast(pl.String).str.zfill(11))


def _merchant_id(index: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("S"), index.cast(pl.String).str.zfill(5))


def _people(size: Size, first: int, count: int) -> pl.DataFrame:
    """Members by number with their sponsor's number (-1: none; seven in ten have one, always an earlier member)."""
    n = pl.col("n")
    frame = pl.select(n=pl.int_range(first, first + count, dtype=pl.Int64, eager=False))
    sponsor = (_mix(n, size.seed * 101 + 1) % pl.max_horizontal(n, pl.lit(1)).cast(pl.UInt64)).cast(pl.Int64)
    has = (_draw(n, size.seed * 101 + 2, 10) < 7) & (n > 0)
    return frame.with_columns(sponsor=pl.when(has).then(sponsor).otherwise(-1))


def _orders(size: Size, first: int, count: int, salt: int, members: int) -> pl.DataFrame:
    """Orders by number: buyer (one of ``members``), merchant (skewed: a few have most), price and quantity."""
    i = pl.col("i")
    base = size.seed * 101 + salt
    share = (_draw(i, base + 1, 1_000_000).cast(pl.Int128)) ** 3 * MERCHANTS // 10**18
    return pl.select(i=pl.int_range(first, first + count, dtype=pl.Int64, eager=False)).with_columns(
        member=_draw(i, base, members),
        merchant=share.cast(pl.Int64),
        unit_price=500 + _draw(i, base + 2, 49_500),
        quantity=1 + _draw(i, base + 3, 3),
        second=_draw(i, base + 4, 86_400),
    )


def _yuan(fen: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))


def _export(home: Home, day: date, name: str, frame: pl.DataFrame) -> None:
    folder = home.exports(day)
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_csv(folder / f"{name}.csv")


def write_exports(home: Home, size: Size) -> None:
    """The exports of TODAY: orders, 2 % refunds of which half late, new members with accounts, _SUCCESS."""
    orders = _orders(size, size.history, size.orders, 50, size.members + size.newcomers)
    midnight = datetime.combine(TODAY, datetime.min.time())
    stamp = (pl.lit(midnight) + pl.duration(seconds=pl.col("second"))).dt.to_string("%Y-%m-%dT%H:%M:%S")
    _export(home, TODAY, "orders", orders.select(
        order_id=_order_id(pl.col("i")), member_id=_member_id(pl.col("member")),
        merchant_id=_merchant_id(pl.col("merchant")), product_id=pl.format("P{}", pl.col("i") % 997),
        unit_price=_yuan(pl.col("unit_price")), quantity=pl.col("quantity"), discount=pl.lit("0"), completed_at=stamp,
    ))  # fmt: skip
    today = orders.filter(_draw(pl.col("i"), size.seed * 101 + 60, 100) == 0)
    late = max(1, size.orders // 100)
    # Earlier orders that come back are as old as chance has it, half of them wholly.
    back = _orders_of_history(size, pl.select(
        i=_draw(pl.int_range(0, late, dtype=pl.Int64, eager=False), size.seed * 101 + 61, size.history)
    ).unique("i").sort("i")["i"]) if size.history else orders.head(0)  # fmt: skip
    part = pl.when(pl.col("i") % 2 == 0).then(pl.col("total")).otherwise(pl.max_horizontal(pl.col("total") // 3, 1))
    gone = pl.concat([today.select("i", "unit_price", "quantity"), back.select("i", "unit_price", "quantity")])
    _export(home, TODAY, "refunds", gone.with_columns(total=pl.col("unit_price") * pl.col("quantity")).select(
        refund_id=pl.format("R{}", _order_id(pl.col("i"))), order_id=_order_id(pl.col("i")),
        amount=_yuan(part), refunded_at=pl.lit(f"{TODAY}T23:00:00"),
    ))  # fmt: skip
    new = _people(size, size.members, size.newcomers)
    _export(home, TODAY, "members", _member_rows(new).with_columns(
        pl.col("joined_at").dt.to_string("%Y-%m-%dT%H:%M:%S")))  # fmt: skip
    _export(home, TODAY, "payout_accounts", _accounts(new).select(
        "member_id", "channel", "account_no", "account_name", "status"))  # fmt: skip
    (home.exports(TODAY) / "_SUCCESS").touch()


def _orders_of_history(size: Size, numbers: pl.Series) -> pl.DataFrame:
    whole = _orders(size, 0, size.history, 40, size.members)
    return whole.join(numbers.to_frame("i"), on="i", how="semi", maintain_order="left")


def _member_rows(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        member_id=_member_id(pl.col("n")),
        sponsor_id=pl.when(pl.col("sponsor") >= 0).then(_member_id(pl.col("sponsor"))).otherwise(pl.lit("")),
        joined_at=pl.lit(datetime(2026, 1, 1, 9)),
    )


def _accounts(people: pl.DataFrame) -> pl.DataFrame:
    empty = {name: pl.lit("") for name in ("bank_code", "bank_name", "province", "city", "phone", "id_type", "id_no")}
    n = pl.col("n")
    return people.select(
        member_id=_member_id(n),
        channel=pl.when(n % 10 < 6).then(pl.lit("alipay")).when(n % 10 < 9).then(pl.lit("wechat"))
        .otherwise(pl.lit("bank")),
        account_no=pl.format("1{}", (n.cast(pl.Int128) * 9_876_543_211 % 10**10).cast(pl.Int64)),
        account_name=pl.format("收款人{}", n),
        **empty,
        status=pl.lit("active"),
    )  # fmt: skip


# --- the sealed day before ---------------------------------------------------------------------------------------


def _history(size: Size) -> pl.DataFrame:
    """Every earlier order with the day it qualified on and its place in that day's sequence."""
    whole = _orders(size, 0, size.history, 40, size.members)
    # Later numbers came later, so that ticket numbers and days agree.
    back = (_SPREAD - 1) - pl.col("i") * _SPREAD // max(1, size.history)
    return whole.with_columns(
        total=pl.col("unit_price") * pl.col("quantity"),
        day=pl.lit(PRIOR) - pl.duration(days=back),
        completed_at=(pl.lit(PRIOR) - pl.duration(days=back)).cast(pl.Datetime("us"))
        + pl.duration(seconds=pl.col("second")),
        order_id=_order_id(pl.col("i")), member_id=_member_id(pl.col("member")),
        merchant_id=_merchant_id(pl.col("merchant")),
    ).with_columns(
        pl.col("day").cast(pl.Date),
        seq=pl.struct("completed_at", "order_id").rank("ordinal").over("day").cast(pl.Int64),
    )  # fmt: skip


_SQL = {
    "accounts": "select * from bench_accounts",
    "members": "select * from bench_members",
    "merchants": """
        select 'S' || lpad(cast(n as varchar), 5, '0') as merchant_id, 'Shop ' || n as name,
            'G' || n % 40 as merchant_group, cast(0 as bigint) as concession_bp, '' as referrer_id
        from range({merchants}) t(n)""",
    "orders": """
        select order_id, member_id, merchant_id, completed_at, total, cast(0 as bigint) as refunded,
            day as export_date, day as qualify_on, seq, total as kept_at, 'bench' as rule_version
        from history""",
    "buyers": """
        select member_id, order_id, day as qualify_on, seq, total as kept, cast(0 as bigint) as least
        from (select *, row_number() over (partition by member_id order by day desc, seq desc) as back from history)
        where back = 1""",
    "lines": """
        select order_id, cast(1 as bigint) as line_no, 'P' || i % 997 as product_id, '' as product_name, unit_price,
            quantity, cast(0 as bigint) as discount
        from history""",
    "lots": """
        select 'points/' || order_id as lot_id, 'points' as programme, member_id as holder, order_id,
            total * 7 // 10 as granted, total * 7 // 10 as "left", cast(0 as bigint) as received,
            cast(0 as bigint) as contribution, 'live' as status, day as opened_on, cast(null as date) as closed_on,
            'bench' as rule_version, seq, day + interval 24 month as expires_on
        from history""",
    "tickets": """
        select 'merchant/' || merchant_id as queue_id,
            row_number() over (partition by merchant_id order by day, seq) as ticket_no, order_id,
            cast(1 as bigint) as part, member_id, total as target, cast(0 as bigint) as received,
            cast(0 as bigint) as behind, 'waiting' as status, day as entered_on, cast(null as date) as ended_on,
            'bench' as rule_version, cast(0 as bigint) as exit_bp, cast(0 as bigint) as exit_behind
        from history""",
    "queues": "select queue_id, max(ticket_no) as last_no from prior_made_tickets group by queue_id",
    "referrals": """
        with firsts as (
            select * from (
                select *, row_number() over (partition by member order by day, seq) as turn from history
            ) where turn = 1
        ),
        placed as (
            select f.order_id, s.member_id as sponsor_id, f.member_id, f.day, f.seq, f.total, s.order_id as base_id,
                row_number() over (partition by s.member order by f.day, f.seq) - 1 as ordinal
            from firsts f
            join bench_people p on p.n = f.member
            join firsts s on s.member = p.sponsor and (s.day, s.seq) < (f.day, f.seq)
        )
        select order_id, sponsor_id, member_id, ordinal, ordinal // 3 as cycle,
            (total * 3334 + 9999) // 10000 as share, 'live' as status, day as placed_on, seq, 'bench' as rule_version,
            total, base_id
        from placed""",
    "claims": """
        with wants as (
            select *, (case ordinal % 3 when 0 then 1000 when 1 then 2000 else 7000 end) as bp,
                cast(sum(share) over cycles as bigint) as paid_in,
                cast(sum(case when ordinal % 3 < 2 then total * (ordinal % 3 + 1) // 10 else 0 end) over cycles
                    as bigint) as asked
            from prior_made_referrals
            window cycles as (partition by sponsor_id, cycle order by ordinal)
        ),
        sized as (
            select *, case when ordinal % 3 < 2 then total * (ordinal % 3 + 1) // 10
                else greatest(0, least(total * 7 // 10, paid_in - asked)) end as amount
            from wants
        )
        select 'referral/' || order_id as claim_id, 'referral' as programme, sponsor_id as member_id, order_id,
            ordinal, base_id as base_order_id, amount as cap, amount, amount as received, 'paid' as status,
            placed_on as claimed_on, placed_on as ended_on, rule_version, seq, cast(bp as bigint) as rate_bp
        from sized where amount > 0""",
}
_BALANCES = """
    select 'member_points' as account, holder, 'POINT' as commodity, cast(sum("left") as bigint) as balance
    from prior_made_lots group by holder
    union all
    select 'points_issued', 'platform', 'POINT', coalesce(cast(sum("left") as bigint), 0) from prior_made_lots
    union all
    select 'merchant_receivable', merchant_id, 'CNY', cast(sum(total // 5) as bigint) from history group by merchant_id
    union all
    select 'pool_referral', 'platform', 'CNY',
        coalesce((select cast(sum(share) as bigint) from prior_made_referrals), 0)
        - coalesce((select cast(sum(amount) as bigint) from prior_made_claims), 0)
"""


def _write_state(day: Day, size: Size) -> None:
    engine = day.engine
    people = _people(size, 0, size.members)
    engine.put("bench_people", people)
    engine.put("bench_members", _member_rows(people))
    engine.put("bench_accounts", _accounts(people))
    engine.put("history", _history(size))
    changed = {}
    for name, text in _SQL.items():
        changed[name] = f"prior_made_{name}"
        engine.query(f"create table prior_made_{name} as {text.format(merchants=MERCHANTS)}")
    engine.query(f"create table balances as select * from ({_BALANCES}) where balance <> 0")
    day.state_segments = day.state.write(day.staging / "state", changed)


def write_home(folder: Path, size: Size) -> Home:
    """Write a home with PRIOR sealed and the exports of TODAY; what was in ``folder`` is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    home = Home(folder)
    home.rules_file.write_text(RULES.format(mode=size.mode), encoding="utf-8")
    _export(home, PRIOR, "orders", pl.DataFrame(schema=[
        "order_id", "member_id", "merchant_id", "product_id", "unit_price", "quantity", "completed_at"]))  # fmt: skip
    engine = Engine()
    lock = HomeLock(home, "benchmark", PRIOR.isoformat())
    with owner_only():
        lock.acquire()
        try:
            day = open_day(home, PRIOR, engine=engine)
            read_exports(day)
            _write_state(day, size)
            for name, output in OUTPUTS.items():
                if name != "balances":
                    engine.put(
                        name,
                        pl.DataFrame(
                            schema={
                                column: field.dtype.type for column, field in output.model.to_schema().columns.items()
                            }
                        ),
                    )
                day.write_table(name)
            engine.put("qualified_sums", pl.DataFrame({"kept": [0]}))
            engine.put("payouts_cut", pl.DataFrame(schema={"gross": pl.Int64, "tax": pl.Int64, "net": pl.Int64}))
            publish(home, PRIOR, day.staging, manifest(day), day.previous)
        finally:
            lock.release()
            engine.close()
    write_exports(home, size)
    return home
