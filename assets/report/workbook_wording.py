"""What the workbook of a report says beyond the report: short names of its sheets, its first sheet.

Holds: the words.
Never holds: figures, words that the page has as well (``wording.py``).
Neighbour: ``workbook.py`` prints them.
"""

from __future__ import annotations

from assets.wording import Words

# At most 31 characters, none of []:*?/\, all different.
SHEETS = {
    "totals": Words("Control totals", "控制合计"),
    "control_groups": Words("Controls", "核对"),
    "flow": Words("Flow of money", "资金流向"),
    "rewards": Words("Rewards", "会员所得"),
    "pools": Words("Pools", "资金池"),
    "payouts": Words("Payouts", "付款"),
    "payout_classes": Words("Payouts by class", "付款按所得类别"),
    "unpaid": Words("Not paid", "今日未付"),
    "uncarried": Words("Not carried", "渠道无法承载"),
    "queues": Words("Queues", "排队"),
    "queue_total": Words("All queues", "全部排队"),
    "waiting": Words("Health of queues", "队列健康"),
    "referral_ladder": Words("Referral ladder", "推荐阶梯"),
    "referral_cycles": Words("Referral cycles", "推荐周期"),
    "holdings": Words("Points and vouchers", "积分与消费券"),
    "lots": Words("Lots", "批次"),
    "prices": Words("Price of a point", "积分价格"),
    "periods": Words("Periods", "绿色积分周期"),
    "trees": Words("Trees", "链动各树"),
    "compliance": Words("Compliance", "合规指标"),
    "debtors": Words("Debtors", "欠款会员"),
    "below_zero": Words("Below zero", "负数积分"),
    "quarantine": Words("Quarantine", "隔离数据"),
    "files": Words("Files", "文件"),
    "controls": Words("Every control", "全部核对项"),
}
DAY = Words("Day", "当日")
VOUCHERS = Words("Vouchers", "记账凭证")
# As import templates of accounting software name them, whatever the language of the report (docs/books.md).
VOUCHER_HEADINGS = (
    "日期", "凭证字", "凭证号", "附单据数", "摘要", "科目代码", "科目名称", "借方金额", "贷方金额", "币别", "汇率",
    "辅助核算", "交易号",
)  # fmt: skip
VOUCHER_WORD, CURRENCY = "记", "人民币"
SHEET = Words("Sheet", "工作表")
ROWS = Words("Rows", "行数")
SAYS = Words("What it says", "内容")
VOUCHERS_SAY = Words(
    "The journal as vouchers: money alone, without members and merchants", "记账凭证：仅金额，不分会员和商家"
)
DEBIT, CREDIT = Words("Debit", "借方合计"), Words("Credit", "贷方合计")
NOT_MONEY = Words(
    "Points, green points and vouchers are no money and not in the vouchers: entries.parquet and `settle export` have"
    " them.",
    "积分、绿色积分和消费券不是货币，不在凭证中；见 entries.parquet 或 settle export。",
)
NUMBERED = Words(
    "Numbers of vouchers are day of the month × 1000 + n; let the software number them anew where it wants to. Codes"
    " of accounts: settings.yaml, accounts.",
    "凭证号 = 日 × 1000 + 序号，导入时可由软件重新编号。科目代码可在 settings.yaml 的 accounts 中设定。",
)
