"""The chart of accounts: every account that anything posts to has its entry, and no two have one name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from beancount.core.account import is_valid
from hypothesis import example, given
from hypothesis import strategies as st

from assets.books.chart import CHART, book_name, spelled
from assets.foundation.errors import Refused
from assets.programmes import PROGRAMMES
from assets.verification.books import DEBIT_ACCOUNTS

ROOT = Path(__file__).parents[2]
IDS = st.text(
    st.characters(exclude_characters='",/|^', exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and text.isprintable())


def _read_back(part: str) -> str:
    return re.sub(r"-([0-9a-f]+)-", lambda found: chr(int(found[1], 16)), part.removeprefix("X--"))


@given(IDS)
@example("m0001")
@example("X--m0001")
@example("X-2d-")
@example("-")
@example("张三")
@example("﷽ 😀")
def test_an_id_can_be_read_back_from_its_spelling(text: str) -> None:
    name = book_name("member_debt", text)
    assert is_valid(name)
    assert _read_back(spelled(text)) == text


@pytest.mark.parametrize(
    ("account", "holder", "name"),
    [
        ("bank", "alipay", "Assets:Bank:Alipay"),
        ("bank", "Alipay", "Assets:Bank:X--Alipay"),
        ("payout_in_transit", "bank_2", "Liabilities:InTransit:Bank-5f-2"),
        ("pool_queue", "platform", "Liabilities:Pools:Queue:Platform"),
        ("pool_queue", "merchant/85123A", "Liabilities:Pools:Queue:Merchant:85123A"),
        ("pool_queue", "group/北京", "Liabilities:Pools:Queue:Group:X--北京"),
        ("pool_queue", "", "Liabilities:Pools:Queue"),
        ("pool_due", "pool_queue/group/G", "Liabilities:Due:Queue:Group:G"),
        ("pool_due", "pool_referral/platform", "Liabilities:Due:Referral"),
        ("pool_referral", "platform", "Liabilities:Pools:Referral"),
        ("member_wallet_labour", "a b", "Liabilities:Wallets:Labour:X--a-20-b"),
    ],
)
def test_names(account: str, holder: str, name: str) -> None:
    assert book_name(account, holder) == name
    assert is_valid(name)


def test_names_in_the_chart_differ_and_are_sound() -> None:
    names = [one.name for one in CHART.values()]
    assert len(set(names)) == len(names)
    assert all(unicodedata.is_normalized("NFC", name) and is_valid(name) for name in names)
    assert {name for name, one in CHART.items() if one.debit} == set(DEBIT_ACCOUNTS)


def test_everything_that_is_posted_has_an_entry() -> None:
    """The names of the ledger's accounts as statements and programmes write them."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "sql").rglob("*.sql")]
    posted = {name for text in texts for name in re.findall(r"'((?:[a-z]+_)+[a-z]+|bank)'", text)}
    pools = {f"pool_{programme.name}" for programme in PROGRAMMES} - {"pool_priced_points"}  # those of points are one
    ours = {name for name in posted if re.match(r"(?:pool|member|merchant|points|vouchers|green|voucher)_", name)}
    assert pools | ours - {"pool_priced"} <= CHART.keys()  # that is a mode
    assert len(ours) > 20


@pytest.mark.parametrize(
    ("account", "holder"), [("petty_cash", ""), ("pool_referral", "merchant/S"), ("pool_due", "wallet/A")]
)
def test_what_the_chart_does_not_know(account: str, holder: str) -> None:
    with pytest.raises(Refused, match=f"account {account}: "):
        book_name(account, holder)
