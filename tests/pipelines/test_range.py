"""Days that one run settles, one after the other: who hears of them, and what stands when one is refused."""

from __future__ import annotations

from datetime import date

import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from pipelines.running import Outcome, Runner
from tests.pipelines.homes import D1, D2, D3, D4, settle_days


class Heard:
    """What a runner says of days, in its order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, date]] = []

    def begins(self, day: date) -> None:
        self.said.append(("begins", day))

    def ended(self, outcome: Outcome) -> None:
        assert len(outcome.stages) == (25 if outcome.fresh else 0)
        self.said.append(("settled" if outcome.fresh else "was settled", outcome.day))


def run(home: Home, days: tuple[date, ...], heard: Heard) -> None:
    with Runner(home, until=days[-1]) as runner:
        runner.settle_days(days, begins=heard.begins, ended=heard.ended)


def test_each_day_is_told_of_when_it_begins_and_when_it_is_settled(home: Home) -> None:
    settle_days(home, D1)
    heard = Heard()
    run(home, (D1, D2, D3), heard)
    assert heard.said == [
        ("begins", D1), ("was settled", D1), ("begins", D2), ("settled", D2), ("begins", D3), ("settled", D3),
    ]  # fmt: skip


def test_days_that_were_all_settled(home: Home) -> None:
    settle_days(home, D1, D2)
    heard = Heard()
    run(home, (D1, D2), heard)
    assert [what for what, _ in heard.said] == ["begins", "was settled"] * 2


def test_a_day_is_settled_when_it_is_told_of(home: Home) -> None:
    with Runner(home, until=D3) as runner:
        found: list[list[date]] = []
        runner.settle_days((D1, D2, D3), ended=lambda _: found.append(home.settled_days()))
    assert found == [[D1], [D1, D2], [D1, D2, D3]]


@pytest.mark.parametrize("last", [D3, D4], ids=["the run's own day", "a day before it"])
def test_days_before_one_that_is_refused_stand(home: Home, last: date) -> None:
    orders = home.exports(D3) / "orders.csv"
    orders.write_text("member_id,merchant_id\n", encoding="utf-8")
    heard = Heard()
    with pytest.raises(Refused) as refused:
        run(home, (D1, D2, D3, D4) if last == D4 else (D1, D2, D3), heard)
    assert str(refused.value).startswith(f"{orders.relative_to(home.root)}")
    assert heard.said[-2:] == [("settled", D2), ("begins", D3)]
    assert home.settled_days() == [D1, D2]
    assert not home.staging_root.exists()


def test_who_hears_may_end_it(home: Home) -> None:
    def stops(outcome: Outcome) -> None:
        raise BrokenPipeError(str(outcome.day))

    with pytest.raises(BrokenPipeError, match=str(D1)), Runner(home, until=D3) as runner:
        runner.settle_days((D1, D2, D3), ended=stops)
    assert home.settled_days() == [D1]
