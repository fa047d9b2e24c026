"""A home of any size for the benchmark: a sealed day with prior state, and the exports of the day after.

Holds: seeded members, merchants, orders, tickets and referrals in realistic proportions, written through the
project's own state and seal. Never holds: a rule of a scheme beyond what makes the prior rows plausible.
Neighbour: ``bench.py`` settles the day that is left to settle.

Ids are scrambled on purpose, so that no order of theirs helps a look-up. The same arguments give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from assets.day import Day, open_day, starting_files
from assets.foundation.duck import DuckEngine
from assets.foundation.store import Home, HomeLock, publish
from assets.outputs import OUTPUTS
from assets.seal import manifest
from assets.steps import read_exports

PRIOR, TODAY = date(2026, 11, 19), date(2026, 11, 20)
MERCHANTS = 5_000
_MEMORY = 8 * 10**9  # bytes the engine may take while it makes a home
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
    """How large the home is: orders of the day, waiting tickets an order, the queue's discipline, the seed, orders of
    the day a member."""

    orders: int
    waiting: int = 5
    mode: str = "fifo"
    seed: int = 1
    each: int = 2

    @property
    def members(self) -> int:
        """Half as many as orders, where nothing else is said."""
        return max(4, self.orders // self.each)

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


def draw(index: pl.Expr, salt: int, below: int) -> pl.Expr:
    """Whole numbers below a bound, drawn from an index and a salt."""
    return (_mix(index, salt) % below).cast(pl.Int64)


def order_id(index: pl.Expr) -> pl.Expr:
    """A bijection of the index into 15 digits without any order of time: 10^15 and the factor share no divisor."""
    number = (index.cast(pl.Int128) * 618_033_988_749_895 + 271_828_182_845_904) % 10**15
    return pl.concat_str(pl.lit("O"), number.cast(pl.Int64).cast(pl.String).str.zfill(15))


def member_id(index: pl.Expr) -> pl.Expr:
    """A member's number as an id without any order."""
    number = (index.cast(pl.Int128) * 61_803_398_875 + 27_182_818_284) % 10**11
    return pl.concat_str(pl.lit("M"), number.cast(pl.Int64).cast(pl.String).str.zfill(11))


def merchant_id(index: pl.Expr) -> pl.Expr:
    """A merchant's number as an id."""
    return pl.concat_str(pl.lit("S"), index.cast(pl.String).str.zfill(5))


def people_drawn(size: Size, first: int, count: int) -> pl.DataFrame:
    """Members by number with their sponsor's number (-1: none; seven in ten have one, always an earlier member)."""
    n = pl.col("n")
    frame = pl.select(n=pl.int_range(first, first + count, dtype=pl.Int64, eager=False))
    sponsor = (_mix(n, size.seed * 101 + 1) % pl.max_horizontal(n, pl.lit(1)).cast(pl.UInt64)).cast(pl.Int64)
    has = (draw(n, size.seed * 101 + 2, 10) < 7) & (n > 0)
    return frame.with_columns(sponsor=pl.when(has).then(sponsor).otherwise(-1))


def orders_drawn(size: Size, first: int, count: int, salt: int, members: int) -> pl.DataFrame:
    """Orders by number: buyer (one of ``members``), merchant (skewed: a few have most), price and quantity."""
    numbers = pl.select(i=pl.int_range(first, first + count, dtype=pl.Int64, eager=False))
    return _drawn(size, numbers, salt, members)


def _drawn(size: Size, numbers: pl.DataFrame, salt: int, members: int) -> pl.DataFrame:
    i = pl.col("i")
    base = size.seed * 101 + salt
    share = (draw(i, base + 1, 1_000_000).cast(pl.Int128)) ** 3 * MERCHANTS // 10**18
    return numbers.with_columns(
        member=draw(i, base, members),
        merchant=share.cast(pl.Int64),
        unit_price=500 + draw(i, base + 2, 49_500),
        quantity=1 + draw(i, base + 3, 3),
        second=draw(i, base + 4, 86_400),
    )


def yuan(fen: pl.Expr) -> pl.Expr:
    """Fen as yuan text with two decimals."""
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))


def export(home: Home, day: date, name: str, frame: pl.DataFrame) -> None:
    """Write a CSV export of a day."""
    folder = home.exports(day)
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_csv(folder / f"{name}.csv")


def order_rows(orders: pl.DataFrame, day: date) -> pl.DataFrame:
    """Orders of a day as its export has them."""
    midnight = datetime.combine(day, datetime.min.time())
    stamp = (pl.lit(midnight) + pl.duration(seconds=pl.col("second"))).dt.to_string("%Y-%m-%dT%H:%M:%S")
    return orders.select(
        order_id=order_id(pl.col("i")), member_id=member_id(pl.col("member")),
        merchant_id=merchant_id(pl.col("merchant")), product_id=pl.format("P{}", pl.col("i") % 997),
        unit_price=yuan(pl.col("unit_price")), quantity=pl.col("quantity"), discount=pl.lit("0"), completed_at=stamp,
    )  # fmt: skip


def write_exports(home: Home, size: Size) -> None:
    """The exports of TODAY: orders, 2 % refunds of which half late, new members with accounts, _SUCCESS."""
    orders = orders_drawn(size, size.history, size.orders, 50, size.members + size.newcomers)
    export(home, TODAY, "orders", order_rows(orders, TODAY))
    today = orders.filter(draw(pl.col("i"), size.seed * 101 + 60, 100) == 0)
    late = max(1, size.orders // 100)
    back = _orders_of_history(size, _late(size, late)) if size.history else orders.head(0)
    part = pl.when(pl.col("i") % 2 == 0).then(pl.col("total")).otherwise(pl.max_horizontal(pl.col("total") // 3, 1))
    gone = pl.concat([today.select("i", "unit_price", "quantity"), back.select("i", "unit_price", "quantity")])
    export(home, TODAY, "refunds", gone.with_columns(total=pl.col("unit_price") * pl.col("quantity")).select(
        refund_id=pl.format("R{}", order_id(pl.col("i"))), order_id=order_id(pl.col("i")),
        amount=yuan(part), refunded_at=pl.lit(f"{TODAY}T23:00:00"),
    ))  # fmt: skip
    new = people_drawn(size, size.members, size.newcomers)
    export(home, TODAY, "members", member_rows(new).with_columns(
        pl.col("joined_at").dt.to_string("%Y-%m-%dT%H:%M:%S")))  # fmt: skip
    export(home, TODAY, "payout_accounts", account_rows(new).select(
        "member_id", "channel", "account_no", "account_name", "status"))  # fmt: skip
    (home.exports(TODAY) / "_SUCCESS").touch()


def _late(size: Size, count: int) -> pl.Series:
    """Numbers of earlier orders that come back today: of the last 15 days, one in fifty of any age."""
    n = pl.int_range(0, count, dtype=pl.Int64, eager=False)
    recent = max(1, size.history * 15 // _SPREAD)
    young = size.history - 1 - draw(n, size.seed * 101 + 61, recent)
    any_age = draw(n, size.seed * 101 + 62, size.history)
    return pl.select(i=pl.when(n % 50 == 0).then(any_age).otherwise(young)).unique("i").sort("i")["i"]


def _orders_of_history(size: Size, numbers: pl.Series) -> pl.DataFrame:
    return _drawn(size, numbers.to_frame("i"), 40, size.members)


def member_rows(people: pl.DataFrame) -> pl.DataFrame:
    """People as the rows of the members export."""
    return people.select(
        member_id=member_id(pl.col("n")),
        sponsor_id=pl.when(pl.col("sponsor") >= 0).then(member_id(pl.col("sponsor"))).otherwise(pl.lit("")),
        joined_at=pl.lit(datetime(2026, 1, 1, 9)),
    )


def account_rows(people: pl.DataFrame) -> pl.DataFrame:
    """People as payout accounts, six in ten with Alipay, three with WeChat."""
    empty = {name: pl.lit("") for name in ("bank_code", "bank_name", "province", "city", "phone", "id_type", "id_no")}
    n = pl.col("n")
    return people.select(
        member_id=member_id(n),
        channel=pl.when(n % 10 < 6).then(pl.lit("alipay")).when(n % 10 < 9).then(pl.lit("wechat"))
        .otherwise(pl.lit("bank")),
        account_no=pl.format("1{}", (n.cast(pl.Int128) * 9_876_543_211 % 10**10).cast(pl.Int64)),
        account_name=pl.format("收款人{}", n),
        **empty,
        status=pl.lit("active"),
    )  # fmt: skip


# --- the sealed day before ---------------------------------------------------------------------------------------


def _histories(size: Size) -> Iterator[pl.DataFrame]:
    """Every earlier order, day by day: its numbers, the day it qualified on and its place in that day's sequence."""
    days = min(_SPREAD, max(1, size.history))
    for back in reversed(range(days)):
        at = days - 1 - back
        first, end = at * size.history // days, (at + 1) * size.history // days
        day = PRIOR - timedelta(days=back)
        orders = orders_drawn(size, first, end - first, 40, size.members)
        yield (
            orders.with_columns(
                total=pl.col("unit_price") * pl.col("quantity"),
                day=pl.lit(day),
                completed_at=pl.lit(datetime.combine(day, datetime.min.time())) + pl.duration(seconds=pl.col("second")),
            )
            .sort(pl.col("completed_at"), order_id(pl.col("i")))
            .with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
            .select("i", "member", "merchant", "unit_price", "quantity", "total", "day", "completed_at", "seq")
        )


# The same ids as ``_order_id``, ``_member_id`` and ``_merchant_id`` make.
_MACROS = (
    "create macro scrambled(n, factor, shift, digits) as lpad(cast((cast(n as hugeint) * factor + shift)"
    " % cast(power(10, digits) as bigint) as varchar), digits, '0')",
    "create macro order_name(i) as 'O' || scrambled(i, 618033988749895, 271828182845904, 15)",
    "create macro member_name(n) as 'M' || scrambled(n, 61803398875, 27182818284, 11)",
    "create macro merchant_name(n) as 'S' || lpad(cast(n as varchar), 5, '0')",
)
# Tables of numbers from which the state's tables are read, in this order.
_NUMBERS = {
    "tickets": """
        select i, row_number() over (partition by merchant order by day, seq) as ticket_no from history""",
    "firsts": """
        select * from (select *, row_number() over (partition by member order by day, seq) as turn from history)
        where turn = 1""",
    "placed": """
        select f.i, s.member as sponsor, s.i as base, f.member, f.day, f.seq, f.total,
            row_number() over (partition by s.member order by f.day, f.seq) - 1 as ordinal
        from firsts f
        join bench_people p on p.n = f.member
        join firsts s on s.member = p.sponsor and (s.day, s.seq) < (f.day, f.seq)""",
    "claimed": """
        with wants as (
            select *, (total * 3334 + 9999) // 10000 as share,
                cast(sum((total * 3334 + 9999) // 10000) over cycles as bigint) as paid_in,
                cast(sum(case when ordinal % 3 < 2 then total * (ordinal % 3 + 1) // 10 else 0 end) over cycles
                    as bigint) as asked
            from placed
            window cycles as (partition by sponsor, ordinal // 3 order by ordinal)
        )
        select *, case when ordinal % 3 < 2 then total * (ordinal % 3 + 1) // 10
            else greatest(0, least(total * 7 // 10, paid_in - asked)) end as amount
        from wants""",
}
_STATE = {
    "accounts": "select * from bench_accounts",
    "members": "select * from bench_members",
    "merchants": """
        select merchant_name(n) as merchant_id, 'Shop ' || n as name, 'G' || n % 40 as merchant_group,
            cast(0 as bigint) as concession_bp, '' as referrer_id
        from range({merchants}) t(n)""",
    "orders": """
        select order_name(i) as order_id, member_name(member) as member_id, merchant_name(merchant) as merchant_id,
            completed_at, total, cast(0 as bigint) as refunded, day as export_date, day as qualify_on, seq,
            total as kept_at, 'bench' as rule_version
        from history""",
    "buyers": """
        select member_name(member) as member_id, order_name(i) as order_id, day as qualify_on, seq, total as kept,
            cast(0 as bigint) as least
        from (select *, row_number() over (partition by member order by day desc, seq desc) as back from history)
        where back = 1""",
    "lines": """
        select order_name(i) as order_id, cast(1 as bigint) as line_no, 'P' || i % 997 as product_id,
            '' as product_name, unit_price, quantity, cast(0 as bigint) as discount
        from history""",
    "lots": """
        select 'points' as programme, member_name(member) as holder, order_name(i) as order_id,
            total * 7 // 10 as granted, total * 7 // 10 as "left",
            cast(0 as bigint) as received, cast(0 as bigint) as contribution, 'live' as status, day as opened_on,
            cast(null as date) as closed_on, 'bench' as rule_version, seq,
            cast(day + interval 24 month as date) as expires_on
        from history""",
    "tickets": """
        select 'merchant/' || merchant_name(merchant) as queue_id, t.ticket_no, order_name(h.i) as order_id,
            cast(1 as bigint) as part, member_name(member) as member_id, total as target, cast(0 as bigint) as received,
            cast(0 as bigint) as behind, 'waiting' as status, day as entered_on, cast(null as date) as ended_on,
            'bench' as rule_version, cast(0 as bigint) as exit_bp, cast(0 as bigint) as exit_behind
        from history h join tickets t on t.i = h.i""",
    "queues": """
        select 'merchant/' || merchant_name(merchant) as queue_id, count(*) as last_no
        from history group by merchant""",
    "blocks": """
        select 'merchant/' || merchant_name(merchant) as queue_id, ticket_no // 32 as block, count(*) as tickets,
            cast(sum(total) as bigint) as need
        from history h join tickets t on t.i = h.i group by merchant, ticket_no // 32""",
    "referral_steps": """
        with counted as (select sponsor, ordinal // 3 as cycle, count(*) as live,
            cast(sum(share - amount) as bigint) as rest from claimed group by sponsor, ordinal // 3)
        select step, count(*) as sponsors, cast(sum(cycles) as bigint) as cycles, cast(sum(rest) as bigint) as left_over
        from (select sponsor, cast(sum(case when live < 3 then live else 0 end) as bigint) as step,
            count(*) filter (live = 3) as cycles, coalesce(sum(rest) filter (live = 3), 0) as rest
            from counted group by sponsor)
        group by step""",
    "inflows": """
        select 'merchant/' || merchant_name(merchant) as queue_id, day as paid_on,
            cast(sum(total // 5) as bigint) as amount
        from history where day > (select max(day) - 30 from history) group by merchant, day""",
    "referrals": """
        select order_name(i) as order_id, member_name(sponsor) as sponsor_id, member_name(member) as member_id,
            ordinal, ordinal // 3 as cycle, share, 'live' as status, day as placed_on, seq, 'bench' as rule_version
        from claimed""",
    "claims": """
        select 'referral/' || order_name(i) as claim_id, 'referral' as programme, member_name(sponsor) as member_id,
            order_name(i) as order_id, ordinal, order_name(base) as base_order_id, amount as cap, amount,
            amount as received, 'paid' as status, day as claimed_on, day as ended_on, 'bench' as rule_version, seq,
            cast(case ordinal % 3 when 0 then 1000 when 1 then 2000 else 7000 end as bigint) as rate_bp
        from claimed where amount > 0""",
}  # fmt: skip
_BALANCES = """
    select 'member_points' as account, member_name(member) as holder, 'POINT' as commodity,
        cast(sum(total * 7 // 10) as bigint) as balance
    from history group by member
    union all
    select 'points_issued', 'platform', 'POINT', coalesce(cast(sum(total * 7 // 10) as bigint), 0) from history
    union all
    select 'merchant_receivable', merchant_name(merchant), 'CNY', cast(sum(total // 5) as bigint)
    from history group by merchant
    union all
    select 'pool_referral', 'platform', 'CNY', coalesce(cast(sum(share - amount) as bigint), 0) from claimed
"""


def _write_state(day: Day, size: Size) -> None:
    engine = day.engine
    people = people_drawn(size, 0, size.members)
    engine.put("bench_people", people)
    engine.put("bench_members", member_rows(people))
    engine.put("bench_accounts", account_rows(people))
    for number, part in enumerate(_histories(size)):
        (engine.append if number else engine.put)("history", part)
    for text in _MACROS:
        engine.query(text)
    for name, text in _NUMBERS.items():
        engine.query(f"create table {name} as {text}")
    engine.query(f"create table balances as select * from ({_BALANCES}) where balance <> 0")
    for name, text in _STATE.items():
        engine.view(f"made_{name}", text.format(merchants=MERCHANTS))
        day.keep(name, f"made_{name}")
    day.state_segments = day.state.write(day.staging / "state", {})


def write_home(folder: Path, size: Size) -> Home:
    """Write a home with PRIOR sealed and the exports of TODAY; what was in ``folder`` is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    home = Home(folder)
    home.rules_file.write_text(RULES.format(mode=size.mode), encoding="utf-8")
    export(home, PRIOR, "orders", pl.DataFrame(schema=[
        "order_id", "member_id", "merchant_id", "product_id", "unit_price", "quantity", "completed_at"]))  # fmt: skip
    engine = DuckEngine(spill=home.staging_root / "spill", memory=_MEMORY)
    lock = HomeLock(home, "benchmark", PRIOR.isoformat())
    with home.rights().kept():
        lock.acquire()
        try:
            day = open_day(home, PRIOR, engine=engine)
            read_exports(day)
            _write_state(day, size)
            for name, output in OUTPUTS.items():
                if name != "balances":
                    types = {column: field.dtype.type for column, field in output.model.to_schema().columns.items()}
                    # What only orders the rows is a text and no column of the table.
                    engine.put(name, pl.DataFrame(schema=dict.fromkeys(output.order, pl.String()) | types))
                day.write_table(name)
            engine.put("qualified_sums", pl.DataFrame({"kept": [0]}))
            engine.put("payouts_cut", pl.DataFrame(schema={"gross": pl.Int64, "tax": pl.Int64, "net": pl.Int64}))
            seal = publish(home, PRIOR, day.staging, manifest(day), day.previous)
            day.seen.remember(starting_files(home, seal))  # as the seal of any day does
        finally:
            lock.release()
            engine.close()
    write_exports(home, size)
    return home
