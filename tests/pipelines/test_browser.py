"""The Dagster UI in a real browser, as a person uses it: the graph, an asset, a check, days launched and refused.

Neighbour: ``test_ui.py`` asks the same server without a browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from assets.foundation.store import Home
from assets.stages import STAGES
from tests.pipelines.browser import CHROMIUM, DRIVER, Page, browse
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, write_home
from tests.pipelines.servers import Server, serve, wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (make test-full)"),
]
JOB = "/locations/pipelines.definitions/jobs/settle_day"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a day that this UI did not see being settled."""
    home = write_home(tmp_path_factory.mktemp("browser") / "home")
    settle_days(home, D1)
    return home


@pytest.fixture(scope="module")
def server(place: Home) -> Iterator[Server]:
    with serve(place) as started:
        yield started


@pytest.fixture(scope="module")
def page(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browse(server.port, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def launch(page: Page, days: str, button: str) -> None:
    """Click through the launch dialog."""
    page.open(JOB)
    field, none = "input[placeholder^='ex: ']", "input[placeholder='No matching partitions']"
    page.reads("1_exports")
    opened = page.click_until("Materialize all", f"{field}, {none}")
    if opened.get_attribute("placeholder") == "No matching partitions":  # the dialog begins with the last 90 days
        page.click("Show all partitions")
    page.find(field).send_keys(days, "\t")
    page.click(button)


def newest_run(server: Server) -> tuple[str, str]:
    """Id and status of the newest run, "" where there is none."""
    runs = server.ask("{runsOrError {... on Runs {results {runId status}}}}")["runsOrError"]["results"]
    return (runs[0]["runId"], runs[0]["status"]) if runs else ("", "")


def ended(server: Server, before: str) -> tuple[str, str]:
    """The run after ``before``, once it has ended."""
    wait_for(lambda: (run := newest_run(server))[0] != before and run[1] in ("SUCCESS", "FAILURE"), step=0.2)
    return newest_run(server)


def dots(page: Page, asset: str, day: date, word: str) -> None:
    """The page of an asset's day says that it is ``word``."""
    page.open(f"/assets/{asset}?view=partitions&partition={day}")
    page.reads(str(day), word)


def test_the_graph_flows_from_exports_to_seal(page: Page) -> None:
    page.open("/asset-groups")
    groups = sorted({stage.group for stage in STAGES})
    page.reads(*groups)
    where = {}
    for group in groups:
        nodes = page.driver.find_elements("xpath", f"//*[normalize-space(text())='{group}']")
        where[group] = max(node.location["x"] for node in nodes)  # the same words stand in the list on the left
    assert sorted(where, key=lambda group: where[group]) == groups


def test_an_asset_is_described(page: Page) -> None:
    page.open("/assets/rewards")
    page.reads(
        "every change of what a member has", "settlements/<day>/rewards.parquet", "from_order_id", "non-nullable",
        "orders.member_id", "5_funding", "finance", "DuckDB", "Parquet", str(D1),
    )  # fmt: skip


def test_days_settled_elsewhere_and_the_last_checks_are_shown(page: Page) -> None:
    dots(page, "settlement", D1, "Materialized (1)")
    page.reads("sha256", "report.html")
    page.open("/assets/controls?view=checks&checkDetail=1_books_balance")
    page.reads(
        "6_files_agree", "Every transaction has as much debit as credit", "Passed", "expected", "found", "difference"
    )


def test_a_launch_out_of_turn_shows_its_reason(page: Page, server: Server, place: Home) -> None:
    before = newest_run(server)[0]
    launch(page, str(D4), "Launch 1 run")
    run, status = ended(server, before)
    assert status == "FAILURE"
    page.open(f"/runs/{run}")
    page.reads("Failure", "2025-11-04 cannot be settled: 2025-11-03 is not settled")
    assert place.settled_days() == [D1]
    page.open("/assets/controls?view=checks&checkDetail=1_books_balance")
    page.reads("Passed")  # of the last settled day


@pytest.mark.parametrize(
    ("days", "button", "settled"),
    [(str(D2), "Launch 1 run", [D1, D2]), (f"[{D3}...{D4}]", "Launch backfill", [D1, D2, D3, D4])],
    ids=["a day", "a range, which Dagster's daemon hands to one run"],
)
def test_what_is_launched_is_sealed(
    page: Page, server: Server, place: Home, days: str, button: str, settled: list[date]
) -> None:
    before = newest_run(server)[0]
    launch(page, days, button)
    run, status = ended(server, before)
    page.open(f"/runs/{run}")
    page.reads("Success" if status == "SUCCESS" else "Failure")
    assert status == "SUCCESS", page.text()
    assert place.settled_days() == settled
    for asset in ("orders", "settlement"):
        dots(page, asset, settled[-1], f"Materialized ({len(settled)})")


def test_a_run_tells_its_story(page: Page, server: Server) -> None:
    page.open(f"/runs/{newest_run(server)[0]}?logs=orders%3A%7C")  # what typing into the filter makes of it
    page.reads(f"{D3} orders: ")
