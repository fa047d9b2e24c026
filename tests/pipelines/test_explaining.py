"""`settle explain` as a person and as a script meet it: lines, a tree, JSON, a page, and its refusals."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from rich.console import Console

from assets.foundation.store import Home
from pipelines.explaining import explain_and_show
from tests.pipelines.homes import settle, tree
from tests.pipelines.test_command_line import said
from tests.settlement.ledger import Book, rules

MEMBER, ORDER, SHOP = "<b>&amp;[red]", "<script>:star:", "<img:star:>"
DAYS = f"""
2026-11-01
member {MEMBER}
member Z
account {MEMBER}
merchant {SHOP}
order {ORDER} {MEMBER} {SHOP} 20.00
2026-11-02
order OZ Z {SHOP} 10.00
"""
WHY = f"""\
At the close of 2026-11-02; amounts in yuan, every amount the sum of those right below it:
20.00  ticket merchant/{SHOP}#1  ticket of order {ORDER}, part 1, of {MEMBER}: waiting, entered 2026-11-01 (rules \
v2026-01-01)  ⌊20.00 × 100 %⌋ = 20.00
├── 10.00  reward 2026-11-02/2  2026-11-02 Queue: paid from the pool, order {ORDER}
│   └── 10.00  order {ORDER}  money of this order, paid by merchant {SHOP}
│       └── 10.00  share queue/{ORDER}  share of order {ORDER} to its queue (rules v2026-01-01)  ⌊20.00 × 50 %⌋ = 10.00
├── 5.00  reward 2026-11-02/3  2026-11-02 Queue: paid from the pool, order {ORDER}
│   └── 5.00  order OZ  money of this order, paid by merchant {SHOP}
│       └── 5.00  share queue/OZ  share of order OZ to its queue (rules v2026-01-01)  ⌊10.00 × 50 %⌋ = 5.00
└── 5.00  need merchant/{SHOP}#1  still needs
    ├── ahead merchant/{SHOP}#1  tickets that wait before it: 0, which need 0.00 yuan (fifo)
    ├── queue merchant/{SHOP}  in turn: each in full before the next; in the whole queue 2 need 15.00 yuan
    ├── pace merchant/{SHOP}  the last 2 settled days brought its pool 15.00 yuan and paid 15.00
    └── pace merchant/{SHOP}#1  if it went on like that, 5.00 yuan would take some 1 days; nobody can promise it
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ids that would be markup, colours or pictures if anybody let them; never changed by a test."""
    made = tmp_path_factory.mktemp("explaining") / "home"
    made.mkdir()
    queue = {"scope": "merchant", "pot_bp": 5000}
    Book(made, rules(points={}, queue=queue, payout={"min_fen": 100}), DAYS)
    return made


def test_as_a_process(root: Path) -> None:
    before = tree(root)
    done = settle("explain", f"ticket/merchant/{SHOP}#1", SETTLE_HOME=str(root))
    assert (done.code, done.out, done.err) == (0, WHY, "")
    assert tree(root) == before


def test_as_json_and_a_page(root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = said("explain", f"order/{ORDER}", "--home", root, "--date", "2026-11-01", "--json", "--html", page)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["date"], found["point_units"]) == ("2026-11-01", 1)
    assert {name: found["tree"][name] for name in ("kind", "id", "amount", "unit", "formula")} == {
        "kind": "order", "id": ORDER, "amount": 2000, "unit": "fen", "formula": "",
    }  # fmt: skip
    assert found["tree"]["children"][0] == {
        "kind": "kept", "id": ORDER, "text": {"en": "total less refunds", "zh": "总额减退款"}, "amount": 2000,
        "unit": "fen", "formula": "", "children": [
            {"kind": "line", "id": f"{ORDER}/1", "text": {"en": "product tea", "zh": "商品 tea"}, "amount": 2000,
             "unit": "fen", "formula": "20.00 × 1 = 20.00", "children": []},
        ],
    }  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "<script" not in text and "&lt;script&gt;:star:" in text and "<details open>" in text
    assert "http" not in text and "⌊20.00 × 50 %⌋ = 10.00" in text and "总额减退款" in text


def test_only_a_page(root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = said("explain", "OZ", "--home", root, "--html", page)
    assert (done.code, done.out) == (0, f"order OZ at the close of 2026-11-02, 13 lines: {page}\n")
    done = said("explain", "OZ", "--home", root, "--html", root / "page.html")
    assert (done.code, done.out) == (1, "") and "found a place in the home" in done.err


def test_no_account_or_name_of_anybody(root: Path, tmp_path: Path) -> None:
    """The ledger gives every account the number 6200<member> and the name "name <member>"."""
    page = tmp_path / "page.html"
    done = said("explain", f"member/{MEMBER}", "--home", root, "--json", "--html", page)
    for text in (done.out, page.read_text(encoding="utf-8")):
        assert "6200" not in text and "name <" not in text and "name &lt;" not in text


def test_in_a_terminal(root: Path) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=200, no_color=True)
    explain_and_show(console, Home(root), f"order/{ORDER}", None, None, as_json=False)
    text = shown.getvalue()
    assert f"order {ORDER}" in text and "⌊20.00 × 50 %⌋ = 10.00" in text  # :star: is an id here and no picture


def test_a_long_list_is_cut_in_a_terminal_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.explaining._LISTED", 1)
    done = said("explain", f"ticket/merchant/{SHOP}#1", "--home", root)
    assert "└── 10.00  … and 2 more, which --json and --html have" in done.out
    assert "reward 2026-11-02/2" in done.out and "reward 2026-11-02/3" not in done.out
    whole = json.loads(said("explain", f"ticket/merchant/{SHOP}#1", "--home", root, "--json").out)
    assert len(whole["tree"]["children"]) == 3


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("nobody",), 1, "refused: found 'nobody', which nothing is called up to 2026-11-02; allowed KIND/ID"),
        (("order/nobody",), 1, "refused: order nobody: unknown up to 2026-11-02"),
        (("OZ", "--date", "2026-11-03"), 1, "allowed the settled days: 2026-11-01 to 2026-11-02"),
        (("OZ", "--date", "yesterday"), 2, "allowed a date as YYYY-MM-DD"),
        ((), 2, "Missing argument"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(root: Path, words: tuple[str, ...], code: int, named: str) -> None:
    done = said("explain", *words, "--home", root)
    assert (done.code, done.out) == (code, "")
    assert named in " ".join(done.err.replace("│", " ").split())
