"""What the trees say, English and 中文.

Holds: the words; names of programmes, causes and commodities are the statement's.
Never holds: figures, layout.
Neighbour: every module with a tree takes its sentences from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.explain.tree import Node
from assets.statement import wording
from assets.units import amount
from assets.wording import Words

_SAID: dict[str, tuple[str, str]] = {
    # shares and money
    "share_queue": (
        "share of order {order} to its queue (rules {version})",
        "订单 {order} 对排队资金池的分摊（规则 {version}）",
    ),
    "share_referral": (
        "share of order {order} to the referral pool, rounded up (rules {version})",
        "订单 {order} 对推荐资金池的分摊，向上取整（规则 {version}）",
    ),
    "share_points": (
        "share of order {order} to the pool of points (rules {version})",
        "订单 {order} 对积分资金池的分摊（规则 {version}）",
    ),
    "share_circular": (
        "share of order {order} to the pool of circular purchase (rules {version})",
        "订单 {order} 对循环购资金池的分摊（规则 {version}）",
    ),
    "share_green": (
        "share of order {order} to the pool of green points, of what the merchant conceded (rules {version})",
        "订单 {order} 让利对绿色积分资金池的分摊（规则 {version}）",
    ),
    "share_chain": (
        "share of order {order} to the pool of the chain (rules {version})",
        "订单 {order} 对链动资金池的分摊（规则 {version}）",
    ),
    "share_elsewhere": ("what of it was paid to others, or to nobody yet", "其中付给他人或尚未付出的部分"),
    "money_of": ("money of this order, paid by merchant {merchant}", "来自该订单，由商家 {merchant} 承担"),
    "money_back": (
        "money that came back to the queue (take-backs, debts collected); of no order",
        "收回后重新进入队列的资金（退款收回、欠款偿还），不属于某一订单",
    ),
    "reward": ("{day} {cause}, order {order}", "{day} {cause_zh}，订单 {order}"),
    "reward_elsewhere": (
        "what of this reward went elsewhere: paid at another time, taken back, or kept for a debt",
        "该笔奖励中用于其他去向的部分：其他时间付出、被收回或抵偿欠款",
    ),
    "whole_reward": ("the whole reward", "该笔奖励全额"),
    # claims
    "worth": ("what the claim is worth (rules {version})", "应得金额（规则 {version}）"),
    "claim_elsewhere": (
        "what of it was paid at another time, is still open, or was taken back",
        "其中其他时间支付、尚未支付或已收回的部分",
    ),
    "claim_referral": (
        "claim for referral order {order}, on base order {base}",
        "推荐订单 {order} 的应得，基数订单 {base}",
    ),
    "claim_chain": ("claim for package order {order}", "套餐订单 {order} 的应得"),
    "claim": (
        "claim of {member} of {day}: {status} (rules {version})",
        "{member} 于 {day} 的应得：{status}（规则 {version}）",
    ),
    "reward_fund": ("{day} paid", "{day} 支付"),
    "reward_clawback": ("{day} taken back after a refund", "{day} 退款后收回"),
    "received_together": (
        "paid; rewards do not tell this claim from another of the same order and member",
        "已付；奖励记录不区分同一订单同一会员的另一笔应得",
    ),
    "still_open": ("still open: the pool pays when it has the money", "尚未支付：待资金池有款"),
    "blocked": ("not paid: deeper than the rules allow", "不予支付：超过允许层级"),
    "claims_ahead": ("claims to be paid before it: {count}, with {fen} yuan", "之前还有 {count} 笔应得，共 {fen} 元"),
    "based_on": ("the orders that it is reckoned from, as they are kept now", "计算依据的订单（现实收金额）"),
    "order_keeps": ("kept of an order of {member}", "{member} 订单现实收"),
    "cap": (
        "at most what its cycle's referrals had paid in, less its earlier claims as they stood",
        "上限：本轮推荐订单已缴入减本轮之前的应得",
    ),
    "limit": ("why it is not more", "为何不能更多"),
    "chain_cap": ("at most {cap} yuan: what the order had left of its share", "上限 {cap} 元：该订单分摊的余额"),
    "claimed_before": ("an earlier claim of the cycle", "本轮之前的应得"),
    # tickets
    "ticket": (
        "ticket of order {order}, part {part}, of {member}: {status}, entered {entered} (rules {version})",
        "{member} 订单 {order} 第 {part} 部分的排队号：{status}，{entered} 入队（规则 {version}）",
    ),
    "still_needs": ("still needs", "还需"),
    "never_exited": ("what it had not received when it left the queue", "退出排队时未返还的部分"),
    "never_cancelled": ("what it will not receive: cancelled after a refund", "因退款取消而不再返还的部分"),
    "parts_taken_back": (
        "taken back after refunds of the order, whose last part loses first",
        "订单退款后收回（从最后一部分起）",
    ),
    "parts": ("other parts of the same order", "同一订单的其他部分"),
    "part": (
        "part {part}: {status}, received {received} of {target} yuan",
        "第 {part} 部分：{status}，已返 {received} / {target} 元",
    ),
    "behind": ("{fen} yuan of the order have not entered yet", "该订单还有 {fen} 元尚未入队"),
    "ahead": (
        "tickets that wait before it: {count}, which need {fen} yuan ({mode})",
        "之前还有 {count} 个号、{fen} 元（{mode}）",
    ),
    "mode_fifo": (
        "in turn: each in full before the next; in the whole queue {count} need {fen} yuan",
        "按序全额返还；全队 {count} 个号共需 {fen} 元",
    ),
    "mode_average": (
        "all tickets get the same at a time; in the whole queue {count} need {fen} yuan",
        "每次平均返还；全队 {count} 个号共需 {fen} 元",
    ),
    "mode_pro_rata": (
        "all tickets get by what they need; in the whole queue {count} need {fen} yuan",
        "按需求比例返还；全队 {count} 个号共需 {fen} 元",
    ),
    "mode_seats": (
        "the first seats get their parts of each order; this is place {place} of {count}, which need {fen} yuan",
        "前几席按比例返还；当前第 {place} 席，共 {count} 个号、{fen} 元",
    ),
    "queue_off": (
        "the queue takes no new orders: it is paid from what its pool still holds",
        "该队列已停止接收新订单，仅以池中余额返还",
    ),
    "pace": (
        "the last {days} settled days brought its pool {came_in} yuan and paid {paid}",
        "最近 {days} 个结算日：入池 {came_in} 元，返还 {paid} 元",
    ),
    "no_pace": (
        "it paid nothing lately: when it will be this ticket's turn cannot be told",
        "近期无返还，无法估计何时轮到",
    ),
    "at_that_pace": (
        "if it went on like that, {fen} yuan would take some {days} days; nobody can promise it",
        "照此速度，{fen} 元约需 {days} 天，仅供参考",
    ),
    # lots
    "lot_fixed": (
        "points of {holder} for order {order}, {day}: {status} (rules {version})",
        "{holder} 订单 {order} 的积分，{day}：{status}（规则 {version}）",
    ),
    "lot_pool_priced": (
        "points with a price of {holder} for order {order}, {day}: {status} (rules {version})",
        "{holder} 订单 {order} 的增值积分，{day}：{status}（规则 {version}）",
    ),
    "lot_green": (
        "green points of {holder} for order {order}, {day}: {status} (rules {version})",
        "{holder} 订单 {order} 的绿色积分，{day}：{status}（规则 {version}）",
    ),
    "lot_circular": (
        "circular purchase of {holder} for order {order}, {day}: {status} (rules {version})",
        "{holder} 订单 {order} 的循环购，{day}：{status}（规则 {version}）",
    ),
    "grant_of": (
        "granted for order {order}, of which {kept} yuan are kept now",
        "按订单 {order} 发放，现实收 {kept} 元",
    ),
    "left_live": ("left of it", "剩余"),
    "left_closed": ("left of it: it is closed", "剩余：已结束"),
    "granted_now": ("granted, as refunds left it", "发放（退款调整后）"),
    "consumed": (
        "redeemed, taken back or expired; which of these, no sealed table tells lot by lot",
        "已使用、收回或到期；封存数据不逐笔区分",
    ),
    "sold": ("sold", "已出售"),
    "destroyed": ("ended", "已结束作废"),
    "paid": ("paid out", "已返"),
    "sold_for": (
        "{units} points of it were sold for {paid} yuan; requested sales name no lot",
        "已出售 {units} 积分，所得 {paid} 元；出售申请不逐笔对应",
    ),
    "received_green": ("vouchers released", "已释放消费券"),
    "received_circular": ("paid on it, money and vouchers", "已返（现金与消费券）"),
    "lot_day": ("{day} {cause}", "{day} {cause_zh}"),
    "dividend_of": (
        "the money of the day's dividend; the lot's contribution is {contribution} now",
        "当日分红的现金部分；现贡献值 {contribution}",
    ),
    "referrer": ("for having brought merchant {merchant}", "推荐商家 {merchant} 的奖励"),
    "referrer_untold": (
        "for having brought a merchant; no sealed table tells what he conceded",
        "推荐商家奖励；封存数据未记让利比例",
    ),
    "periods": ("the periods it lived through (figures of all lots together)", "所经各期（全部批次合计）"),
    "period": (
        "period {number} ended {ended}: inflow {inflow}, growth {growth} bp, due {due}, released {released}",
        "第 {number} 期，{ended} 结束：流入 {inflow}，增长 {growth} bp，应释放 {due}，已释放 {released}",
    ),
    # orders
    "order": (
        "order of {member} at merchant {merchant}, completed {completed}",
        "{member} 在商家 {merchant} 的订单，{completed} 完成",
    ),
    "kept": ("total less refunds", "总额减退款"),
    "line": ("product {product}", "商品 {product}"),
    "refund": ("refunded {at}", "{at} 退款"),
    "pending": (
        "qualifies on {day}: completed {completed} + {days} days of freeze (exported {exported})",
        "{day} 生效：{completed} 完成 + 冻结 {days} 天（{exported} 导出）",
    ),
    "guest": ("a guest's order: it takes part in nothing", "游客订单，不参与任何活动"),
    "never": ("nothing was kept of it on {day}: it did not qualify", "{day} 无实收，未生效"),
    "qualified": (
        "qualified on {day} as number {seq} of the day, with {kept} yuan kept (rules {version})",
        "{day} 生效，当日第 {seq} 笔，实收 {kept} 元（规则 {version}）",
    ),
    "shares": ("what it paid into the pools", "对各资金池的分摊"),
    "in_all": ("in all", "合计"),
    "paid_to": ("{day} {cause}: to {member} for order {order}", "{day} {cause_zh}：付给 {member}，订单 {order}"),
    "in_pool": ("still in the pool", "仍在资金池"),
    "earned": ("what it earned: {what}", "带来的收益：{what_zh}"),
    "earned_by": ("{day} {cause}: {member}", "{day} {cause_zh}：{member}"),
    "earned_of": (
        "{day} {cause}: {member}, money of order {source}",
        "{day} {cause_zh}：{member}，资金来自订单 {source}",
    ),
    "no_ticket": ("no ticket: {kept} yuan kept, {least} are asked for", "无排队号：实收 {kept} 元，最低 {least} 元"),
    "its_tickets": (
        "its tickets may receive together; {fen} yuan have not entered yet",
        "排队号合计可返；其中 {fen} 元尚未入队",
    ),
    "its_ticket": ("{status}, received {received} of {target} yuan", "{status}，已返 {received} / {target} 元"),
    "its_lot": ("a lot of {holder}: {status}", "{holder} 的批次：{status}"),
    # referral
    "is_referral": ("a referral", "属于推荐订单"),
    "no_referral": ("no referral: a condition failed", "不属于推荐订单：有条件未满足"),
    "ordinal": (
        "number {ordinal} (from 0) of {sponsor}'s referrals, step {step} of {n}: {status}",
        "{sponsor} 的第 {ordinal} 个推荐（从 0 起），第 {step}/{n} 步：{status}",
    ),
    "no_claim_rate": ("no claim: its step earns nothing (after: {after})", "无应得：该步不返（after：{after}）"),
    "no_claim_amount": (
        "no claim: its cycle had no money left, or the part is less than a fen",
        "无应得：本轮无余额，或不足一分",
    ),
    "sponsor_failed": ("✗ {member} has no sponsor", "✗ {member} 无推荐人"),
    "first_held": ("✓ the buyer's first qualified order, or later ones count too", "✓ 买家首笔生效订单，或允许重复"),
    "first_failed": (
        "✗ not the buyer's first qualified order, which was {first}",
        "✗ 非买家首笔生效订单，首笔为 {first}",
    ),
    "least_held": ("✓ {kept} yuan kept, at least {least}", "✓ 实收 {kept} 元，不低于 {least}"),
    "least_failed": ("✗ {kept} yuan kept, below the {least} that are asked for", "✗ 实收 {kept} 元，低于 {least}"),
    "need_buy_held": (
        "✓ sponsor {sponsor} had bought before, with at least {least} yuan kept",
        "✓ 推荐人 {sponsor} 此前已消费，实收不低于 {least} 元",
    ),
    "need_buy_failed": (
        "✗ sponsor {sponsor} had no earlier order of which at least {least} yuan were kept",
        "✗ 推荐人 {sponsor} 此前无实收不低于 {least} 元的订单",
    ),
    "base_held": (
        "✓ there is a base ({base}), the sponsor's order keeping {kept} yuan",
        "✓ 有计算基数（{base}），推荐人订单实收 {kept} 元",
    ),
    "base_failed": (
        "✗ no base ({base}): the sponsor's order keeps {kept} yuan",
        "✗ 无计算基数（{base}）：推荐人订单实收 {kept} 元",
    ),
    "condition_untold": (
        "what sponsor {sponsor} had bought by then cannot be told: the state of that day was pruned",
        "推荐人 {sponsor} 当时的消费无法得知：该日状态已清理",
    ),
    # payouts
    "payout": (
        "payout to {member} of {day} by {channel}, attempt {attempt}: {gross} less tax {tax}",
        "{day} 付给 {member}，渠道 {channel}，第 {attempt} 次：{gross} 减税 {tax}",
    ),
    "payout_in_transit": ("in transit by {channel}: no result yet", "{channel} 在途：尚无结果"),
    "payout_paid": ("paid by {channel}", "{channel} 已付"),
    "payout_failed": ("failed: the money went back to the wallets", "付款失败，已退回钱包"),
    "payout_returned": ("returned after it was paid: the money went back to the wallets", "付款后被退回，已退回钱包"),
    "replaced_by": ("paid again with this payout", "由此笔重新支付"),
    "replaces": ("replaces this payout of {day}, which {status}", "代替 {day} 的此笔（{status}）"),
    "came_back": ("of this payout, which came back", "来自此笔退回的付款"),
    "came_back_untold": (
        "of payouts that came back; no sealed table tells which rewards it was",
        "来自退回的付款；封存数据未记对应奖励",
    ),
    "wallet_rebate": ("rebate wallet, first in first out", "返利钱包（先进先出）"),
    "wallet_chance": ("chance wallet, first in first out", "偶然所得钱包（先进先出）"),
    "wallet_labour": ("labour wallet, first in first out", "劳务报酬钱包（先进先出）"),
    "tax": ("tax withheld", "代扣税"),
    "tax_chance": ("on chance income", "偶然所得"),
    "tax_labour_monthly": ("on labour income of the month, less what was withheld", "当月劳务报酬，减已扣"),
    "tax_labour_cumulative": ("on labour income of the year, less what was withheld", "当年累计劳务报酬，减已扣"),
    "tax_untold": (
        "what the month held before cannot be told: the state of that day was pruned",
        "此前累计无法得知：该日状态已清理",
    ),
    # members
    "member": (
        "sponsor {sponsor}; wallets {wallets} less debt {debt}",
        "推荐人 {sponsor}；钱包 {wallets} 减欠款 {debt}",
    ),
    "of_order": ("for this order", "该订单"),
    "without_order": ("of no order", "不属于订单"),
    "paid_out": ("paid out, tax included", "已付出（含税）"),
    "paid_on": ("{day}: {status}, net {net}, tax {tax}", "{day}：{status}，实付 {net}，税 {tax}"),
    "wallets": ("what is in the wallets", "钱包余额"),
    "debts": ("debts", "欠款"),
    "owed": ("owed to the shop; no payout while a debt is left", "应还商城；有欠款时不付款"),
    "debt_to": ("since {day}, to {account} of {holder}", "自 {day}，欠 {account}（{holder}）"),
    "holdings": ("what he has beside money", "其他持有"),
    "waiting": ("tickets that wait: {count}", "{count} 个排队号等待中"),
    "waits": ("order {order}: received {received} of {target} yuan", "订单 {order}：已返 {received} / {target} 元"),
    "claims_open": ("claims that are not paid in full: {count}", "{count} 笔应得未付清"),
    "claim_open": ("received {received} of {amount} yuan", "已付 {received} / {amount} 元"),
    # why not paid
    "unpaid_in_debt": ("{held} yuan not paid out: owes the shop {owed} first", "{held} 元未付：先欠商城 {owed} 元"),
    "unpaid_no_account": ("{held} yuan not paid out: no payout account", "{held} 元未付：无收款账户"),
    "unpaid_account_held": ("{held} yuan not paid out: account held", "{held} 元未付：账户冻结"),
    "unpaid_account_closed": ("{held} yuan not paid out: account closed", "{held} 元未付：账户注销"),
    "unpaid_below_minimum": (
        "{held} yuan not paid out: below the payout minimum of {least}",
        "{held} 元未付：低于最低 {least} 元",
    ),
    "unpaid_channel_cannot_carry": (
        "{held} yuan not paid out: channel {channel} cannot carry the account or name ({reason})",
        "{held} 元未付：渠道 {channel} 无法处理账户或姓名（{reason}）",
    ),
    "unpaid_tax_takes_all": (
        "{held} yuan not paid out: the tax that is due, {tax}, takes all of it",
        "{held} 元未付：应扣税 {tax} 元已占全部",
    ),
    "unpaid_below_channel_minimum": (
        "{held} yuan not paid out: {net} after tax is below the least that the channel pays, {least}",
        "{held} 元未付：税后 {net} 元低于渠道最低 {least} 元",
    ),
    "unpaid_over_maximum": (
        "{held} yuan wait: paid up to the payout maximum of {most}",
        "{held} 元待付：已付至上限 {most} 元",
    ),
    "unpaid_over_channel_limit": (
        "{held} yuan wait: paid up to the channel's limit for a payee",
        "{held} 元待付：已付至渠道单人限额",
    ),
}


def say(name: str, **figures: Any) -> Words:
    """A sentence with its figures; one that is in two languages itself, as a cause, stands in both."""
    en, zh = _SAID[name]
    pairs = {key: value for key, value in figures.items() if isinstance(value, Words)}
    both = {**figures, **{f"{key}_zh": value.zh for key, value in pairs.items()}}
    said = {**both, **{key: value.en for key, value in pairs.items()}}
    return Words(en.format(**said), zh.format(**said))


def cause_of(row: Mapping[str, Any]) -> Words:
    """Programme and kind of a reward, as the statement calls them."""
    return wording.cause_of("member", row["programme"], row["kind"], row.get("commodity", ""))


def commodity_of(unit: str) -> Words:
    """Money, points, green points, vouchers."""
    return wording.COMMODITY_NAMES.get(unit, Words(unit, unit))


def amount_of(node: Node, point_units: int) -> str:
    """A node's amount: money and energy as yuan, points with their decimals, else whole units; "" without one."""
    unit = "CNY" if node.unit == "ENERGY" else node.unit
    return "" if node.amount is None else amount(unit, node.amount, point_units)
