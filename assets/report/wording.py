"""What a report says in both languages: names of sections and columns, words for our codes, values as text.

Holds: the words, and how a value of each kind is written.
Never holds: figures, layout.
Neighbour: ``gathering.py`` takes titles and headings from here, ``page.py`` and ``pipelines/reporting.py`` the rest.
"""

from __future__ import annotations

from assets.report.sections import Kind, Value
from assets.units import points, price, yuan
from assets.wording import CAUSES, PROGRAMMES, Language, Words

TITLES = {
    "totals": Words("Control totals: what came in", "控制合计：收到的数据"),
    "control_groups": Words("Controls", "核对"),
    "flow": Words("Flow of money, by programme", "资金流向（按方案）"),
    "rewards": Words("What members got, by programme", "会员所得（按方案）"),
    "pools": Words("Pools", "资金池"),
    "payouts": Words("Payouts", "付款"),
    "payout_classes": Words("Payouts by channel and class of income", "付款（按渠道和所得类别）"),
    "unpaid": Words("Not paid today", "今日未付"),
    "uncarried": Words("What their channel cannot carry stays in these wallets", "渠道无法承载，留在钱包中"),
    "queues": Words("Queues", "排队"),
    "queue_total": Words("What waits in all queues", "全部排队等待情况"),
    "waiting": Words("Health of the queues", "各队列健康状况"),
    "referral_ladder": Words("Referral ladder", "推荐阶梯"),
    "referral_cycles": Words("Complete referral cycles", "已完成的推荐周期"),
    "holdings": Words("Points and vouchers at the close", "日终积分与消费券"),
    "lots": Words("Lots", "批次"),
    "prices": Words("Price of a point", "积分价格"),
    "periods": Words("Periods of green points", "绿色积分周期"),
    "trees": Words("Trees of the chain", "链动各树"),
    "compliance": Words("Compliance meter", "合规指标"),
    "debtors": Words("Debtors", "欠款会员"),
    "below_zero": Words(
        "Points and vouchers below zero: what the shop may keep from the refund in money",
        "负数的积分和消费券：退款时商城可从货款中扣留的部分",
    ),
    "quarantine": Words("Quarantine", "隔离数据"),
    "files": Words("Files of the day", "当日文件"),
    "controls": Words("Every control", "全部核对项"),
}
HEADINGS = {
    "account": Words("Pool", "资金池"),
    "accepted": Words("Accepted", "接受"),
    "age": Words("Age of the oldest, days", "最早等待天数"),
    "amount": Words("Amount", "金额"),
    "backing": Words("Behind vouchers", "消费券备付"),
    "balance": Words("Balance", "余额"),
    "base": Words("Must grow against", "增长基数"),
    "below": Words("Below zero", "负数"),
    "came_in": Words("In", "转入"),
    "changed": Words("Changed today", "今日变动"),
    "changes": Words("Changes", "笔数"),
    "channel": Words("Channel", "渠道"),
    "claimed": Words("Claimed today", "今日应返"),
    "class": Words("Class of income", "所得类别"),
    "closed": Words("Closed", "关闭"),
    "closing": Words("Closing", "期末"),
    "commodity": Words("In", "币种"),
    "controls": Words("Controls", "核对项"),
    "coverage": Words("Coverage", "覆盖率"),
    "cycles": Words("Complete cycles", "已完成周期"),
    "days": Words("Days at that pace", "按此速度所需天数"),
    "depth": Words("Deepest paid today, sponsor steps", "今日最深返利层级"),
    "done": Words("Done", "完成"),
    "due": Words("Due", "应释放"),
    "duplicates": Words("Duplicates", "重复"),
    "ended_on": Words("Ended", "结束"),
    "entered": Words("Entered", "进入"),
    "expected": Words("Expected", "应为"),
    "failed": Words("Failed", "不符"),
    "fen": Words("Yuan", "金额（元）"),
    "fen_in": Words("Yuan in", "收到（元）"),
    "fen_quarantined": Words("Yuan quarantined", "隔离（元）"),
    "file": Words("File", "文件"),
    "found": Words("Found", "实为"),
    "gross": Words("Gross", "税前"),
    "group": Words("What must hold", "必须成立"),
    "growth": Words("Growth, bp", "增长（万分之）"),
    "heads": Words("Heads", "人数"),
    "held": Words("In their wallets", "钱包余额"),
    "holder": Words("Holder", "持有人"),
    "holding": Words("Held", "持有"),
    "income": Words("To the platform today", "今日归平台"),
    "inflow": Words("Pool inflow of 30 days", "30天入池"),
    "joined": Words("Joined today", "今日加入"),
    "left_over": Words("Left over in the pool", "结余在池"),
    "levels": Words("Depth, levels with the root's", "层数（含根）"),
    "limit": Words("Limit of the rules", "规则上限"),
    "members": Words("Members", "会员数"),
    "member_id": Words("Member", "会员"),
    "merchants": Words("To merchants", "给商家"),
    "money": Words("Money behind it", "备付资金"),
    "name": Words("Control", "核对项"),
    "need": Words("They still need", "尚需金额"),
    "net": Words("Net", "实付"),
    "ok": Words("", ""),
    "open_claims": Words("Open claims", "未付清笔数"),
    "open_fen": Words("Open", "未付清金额"),
    "opened": Words("Opened", "新增"),
    "opened_on": Words("Since", "起始日"),
    "opening": Words("Opening", "期初"),
    "owed": Words("Owes", "欠款"),
    "part": Words("Pays of the order", "返还比例"),
    "payouts": Words("Payouts", "笔数"),
    "period": Words("Period", "周期"),
    "platform": Words("To the platform", "归平台"),
    "pooled": Words("Change of the pool", "资金池变动"),
    "price": Words("Yuan, today", "今日（元）"),
    "price_next": Words("Yuan, from tomorrow on", "明日起（元）"),
    "programme": Words("Programme", "方案"),
    "put_in": Words("Put in by merchants", "商家投入"),
    "quarantined": Words("Quarantined", "隔离"),
    "queue_id": Words("Queue", "队列"),
    "queues": Words("Queues", "队列数"),
    "reason": Words("Reason", "原因"),
    "received": Words("Received today", "今日收到"),
    "recruiting": Words("From referral and chain", "其中推荐与链动"),
    "recruiting_bp": Words("Share from recruiting", "拉新占比"),
    "referrals": Words("Referrals today", "今日推荐"),
    "released": Words("Released", "已释放"),
    "returned": Words("Orders returned today after their freeze", "今日冻结期后退货订单"),
    "returned_whole": Words("Of these returned whole", "其中全部退货"),
    "reward": Words("Kind", "类别"),
    "rewarded": Words("Money rewarded today", "今日返利金额"),
    "rewarded_before": Words("Of these already rewarded", "其中已返利"),
    "rewarded_bp": Words("Share already rewarded", "已返利占比"),
    "root_id": Words("Root", "根会员"),
    "rows": Words("Rows", "行数"),
    "rows_in": Words("Rows in", "收到行数"),
    "sponsors": Words("Sponsors before it", "处于此步的推荐人"),
    "sponsors_all": Words("Sponsors", "推荐人"),
    "started_on": Words("From", "开始"),
    "step": Words("Step", "步"),
    "taken_back": Words("Money taken back", "收回金额"),
    "tax": Words("Tax", "代扣税"),
    "tickets": Words("Tickets paid", "返还单数"),
    "to_members": Words("To members", "给会员"),
    "units": Words("Points outstanding", "流通积分"),
    "period_inflow": Words("Came into the pool", "入池"),
    "verdict": Words("Why", "原因"),
    "waiting": Words("Waiting tickets", "等待单数"),
    "went_out": Words("Out", "转出"),
    "without": Words("Without money", "无备付"),
    "by_merchants": Words("By merchants", "商家持有"),
    "by_members": Words("By members", "会员持有"),
}
NOTES = {
    "face": Words(
        "POINT, GREEN and VOUCHER are shown at face value: one unit is worth one fen.",
        "积分（POINT）、绿色积分（GREEN）和消费券（VOUCHER）按面值显示：一个单位值一分钱。",
    ),
    "priced": Words(
        "POINT are shown in points, of 10 000 units each, which their pool gives a price; GREEN and VOUCHER are shown"
        " at face value: one unit is worth one fen.",
        "积分（POINT）以个显示，每个为10 000单位，价格由资金池决定；"
        "绿色积分（GREEN）和消费券（VOUCHER）按面值显示：一个单位值一分钱。",
    ),
    "flow": Words(
        "Put in by merchants = to members + to merchants + behind vouchers + to the platform + change of the"
        " pool. What was taken back from members counts against what they got.",
        "商家投入 = 给会员 + 给商家 + 消费券备付 + 归平台 + 资金池变动。从会员收回的金额已从其所得中减去。",
    ),
    "waiting": Words(
        "Coverage is the pool's inflow of 30 days (shares of orders) against what the waiting tickets still need. Days:"
        " how long a ticket that enters now waits for the head of the queue if the pool goes on at the pace of these 30"
        " days, or of all days if there are fewer.",
        "覆盖率 = 30天入池金额（订单分摊）÷ 等待票据尚需金额。"
        "天数：按这30天（不足30天则按全部天数）的速度，现在进入的票据排到队首所需时间。",
    ),
    "referral_ladder": Words(
        "Sponsors before a step: those whose next referral takes it. A claim is open while the pool owes it.",
        "“处于此步的推荐人”：其下一次推荐将落在该步。资金池尚欠的为未付清。",
    ),
    "referral_cycles": Words(
        "What the referrals of complete cycles paid in beyond what was claimed of them; it stays in the pool.",
        "已完成周期的推荐所投入、超出应返的部分，留在资金池中。",
    ),
    "compliance": Words(
        "Money rewarded: all that came into wallets today by a programme, before anything was taken back. Recruiting:"
        " what referral and chain paid of it. Returned: orders with a refund today after their freeze had ended;"
        " already rewarded: those of them of whose reward money was taken back today.",
        "返利金额：今日各方案进入钱包的全部金额，未减去收回部分。拉新：其中由推荐和链动支付的部分。"
        "退货：冻结期结束后今日发生退款的订单；已返利：其中今日因此收回返利的订单。",
    ),
}
EMPTY = {
    "rewards": Words("Nothing on this day.", "今日无变动。"),
    "flow": Words("No money moved.", "今日无资金流动。"),
    "pools": Words("No pool holds money, and none moved.", "资金池无余额，今日亦无变动。"),
    "payouts": Words("Nobody is paid on this day.", "今日无付款。"),
    "queues": Words("No queue moved.", "今日排队无变动。"),
    "quarantine": Words("Every row was sound.", "所有数据均有效。"),
}
CONTROL_GROUPS = {
    "1": Words("Every transaction balances; closing = opening + movements", "每笔交易借贷平衡；期末 = 期初 + 变动"),
    "2": Words(
        "No pool, wallet or voucher backing below zero; each pool equals contributed less paid out plus taken back",
        "资金池、钱包、消费券备付不为负；各池 = 投入 − 支付 + 收回",
    ),
    "3": Words(
        "Tickets, claims and lots: received within bounds, and equal to payments less take-backs",
        "票据、应返、批次：所得在范围内，且等于支付减收回",
    ),
    "4": Words("fifo: no ticket overtakes", "先进先出：无票据插队"),
    "5": Words(
        "Control totals: rows and fen in = accepted + duplicates + quarantined",
        "控制合计：收到的行数和金额 = 接受 + 重复 + 隔离",
    ),
    "6": Words("Payout files = payouts = journal", "付款文件 = 付款表 = 日记账"),
    "7": Words(
        "Paid depth within its limit; no cycle or joining order claims more than it paid in",
        "返利层级不超上限；任何周期或加盟订单的应返不超过其投入",
    ),
}
# Codes of ours as people call them; where one stands for itself in English, it stands so in the files as well.
WORDS: dict[str, Words] = {
    **{code: Words(code, words.zh) for code, words in (PROGRAMMES | CAUSES).items()},
    "CNY": Words("CNY", "人民币"),
    "POINT": Words("POINT", "积分"),
    "GREEN": Words("GREEN", "绿色积分"),
    "VOUCHER": Words("VOUCHER", "消费券"),
    "pool_referral": Words("pool_referral", "推荐池"),
    "pool_queue": Words("pool_queue", "排队池"),
    "pool_points": Words("pool_points", "积分池"),
    "pool_green": Words("pool_green", "绿色积分池"),
    "pool_circular": Words("pool_circular", "循环购池"),
    "pool_chain": Words("pool_chain", "链动池"),
    "pool_due": Words("pool_due", "待收欠款"),
    "voucher_backing": Words("voucher_backing", "消费券备付"),
    "rebate": Words("rebate", "返利（不征税）"),
    "chance": Words("chance", "偶然所得"),
    "labour": Words("labour", "劳务报酬"),
    "runs": Words("runs", "进行中"),
    "as_begun": Words("as the rules begin", "同规则初始价"),
    "in_debt": Words("owes the shop first", "先还欠款"),
    "no_account": Words("no payout account", "没有收款账户"),
    "account_held": Words("account held", "账户暂停"),
    "account_closed": Words("account closed", "账户已关闭"),
    "below_minimum": Words("below the payout minimum", "低于最低付款额"),
    "tax_takes_all": Words("the tax that is due takes all of it", "应缴税款等于全部金额"),
    "channel_cannot_carry": Words("the channel cannot carry the account or name", "渠道无法承载该账户或姓名"),
    "below_channel_minimum": Words("below the least that the channel pays", "低于渠道最低付款额"),
    "over_maximum": Words("paid up to the payout maximum, the rest waits", "已付至上限，其余等待"),
    "over_channel_limit": Words(
        "paid up to the channel's limit for a payee, the rest waits", "已付至渠道单人限额，其余等待"
    ),
}
WORDS |= {f"control {number}": words for number, words in CONTROL_GROUPS.items()}
_PLAIN = ("id", "text", "file")  # texts that stand for nothing else
MARKS = {True: "✓", False: "✗"}


def percent(bp: int) -> str:
    """A part in ten thousandths as per cent with two decimals, exact."""
    return f"{yuan(bp)} %"


def counted(number: int) -> str:
    """A number of things."""
    return f"{number:,}"


def text_of(kind: Kind, value: Value, language: Language) -> str:
    """A value as people read it; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return MARKS[value]
    if isinstance(value, int):
        written = {"fen": yuan, "units": yuan, "points": points, "price": price, "bp": percent}.get(kind, counted)
        return written(value)
    return value if kind in _PLAIN or value not in WORDS else WORDS[value].of(language)


SAID = {
    "title": Words("Settlement of {day}", "{day} 结算报告"),
    "lead": Words(
        "{orders} orders of {kept} yuan qualified under rule version {version}; {payouts} payouts of {net} yuan net"
        " were cut ({gross} gross, {tax} tax).",
        "按规则版本 {version}，{orders} 笔订单达标，共 {kept} 元；"
        "生成付款 {payouts} 笔，实付 {net} 元（税前 {gross} 元，代扣税 {tax} 元）。",
    ),
    "hold": Words("All {controls} controls hold.", "{controls} 项核对全部相符。"),
    "fail": Words("{failed} controls failed.", "{failed} 项核对不符。"),
    "waived": Words("The quarantine limit was waived: {waived}", "隔离上限已豁免：{waived}"),
    "more": Words("and {more} more", "另有 {more} 行"),
    "elsewhere": Words("and {more} more, in {elsewhere}", "另有 {more} 行，见 {elsewhere}"),
    "rest": Words("{rest} more rows", "其余 {rest} 行"),
    "total": Words("Total", "合计"),
    "notes": Words("Notes on the exports", "导出数据说明"),
    "fold": Words("{controls} controls, {failed} failed", "{controls} 项核对，{failed} 项不符"),
    "foot": Words(
        "Amounts are yuan unless said otherwise; ✓ holds, ✗ does not. The same figures for programs: report.json.",
        "除另有说明外，金额单位为元；✓ 相符，✗ 不符。供程序读取的同样数据见 report.json。",
    ),
}  # fmt: skip
# Titles of charts, what they show, and what their colours mean.
CHARTS = {
    "flow": (
        Words("Where the money came from and where it went, yuan", "资金来源与去向（元）"),
        Words("Two bars a programme: what came in and what became of it.", "每个方案两条：来源与去向。"),
    ),
    "payout_classes": (
        Words("Payouts by channel and class of income, yuan", "各渠道付款与所得类别（元）"),
        Words("A bar a channel: net by class of income, and tax.", "每个渠道一条：按所得类别的实付与代扣税。"),
    ),
    "waiting": (
        Words("What waiting tickets still need, yuan", "排队尚需金额（元）"),
        Words(
            "A bar a queue: what 30 days of inflow cover, and the rest.", "每个队列一条：30天入池可覆盖部分与其余部分。"
        ),
    ),
    "quarantine": (
        Words("Quarantined money by reason, yuan", "隔离金额（按原因，元）"),
        Words("A bar a reason.", "每个原因一条。"),
    ),
}
PARTS = {
    "put_in": HEADINGS["put_in"],
    "to_members": HEADINGS["to_members"],
    "merchants": HEADINGS["merchants"],
    "backing": HEADINGS["backing"],
    "platform": HEADINGS["platform"],
    "pooled": Words("Stays in the pool", "留在资金池"),
    "from_to_members": Words("Taken back from members", "从会员收回"),
    "from_merchants": Words("Taken back from merchants", "从商家收回"),
    "from_backing": Words("Out of voucher backing", "动用消费券备付"),
    "from_platform": Words("From the platform", "平台支付"),
    "from_pooled": Words("Out of the pool", "动用资金池"),
    "from_put_in": Words("Back to merchants", "退回商家"),
    "rebate": WORDS["rebate"],
    "chance": WORDS["chance"],
    "labour": WORDS["labour"],
    "tax": HEADINGS["tax"],
    "covered": Words("Covered by 30 days of inflow", "30天入池可覆盖"),
    "uncovered": Words("Not covered", "未覆盖"),
    "fen": HEADINGS["fen_quarantined"],
    "in": Words("in", "来源"),
    "out": Words("out", "去向"),
}


def said(name: str, language: Language, **figures: object) -> str:
    """A sentence of the page."""
    return SAID[name].of(language).format(**figures)
