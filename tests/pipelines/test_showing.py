"""What the UI shows: sources of columns that exist, groups as a day flows, tables without people."""

from __future__ import annotations

import pytest

from assets.foundation.store import Home
from assets.lineage import LINEAGE
from assets.outputs import OUTPUTS
from assets.stages import STAGES, Stage
from pipelines.desk import Desk, Done
from pipelines.showing import _TABLES, day_table, description, lineage, schema, told
from tests.pipelines.homes import D1, D2, settle_days

BY_NAME = {stage.name: stage for stage in STAGES}
PERSONAL = {"account_no", "account_name", "phone", "id_no", "name", "product_name", "merchant_name", "original"}


def above(name: str) -> set[str]:
    """Every stage that one comes after."""
    return {name for parent in BY_NAME[name].after for name in (parent, *above(parent))}


def columns(stage: Stage) -> set[str]:
    return {column.name for column in schema(stage)["dagster/column_schema"].columns}


def test_every_source_of_a_column_is_a_column_of_an_asset_above() -> None:
    assert LINEAGE.keys() == OUTPUTS.keys()
    for table in LINEAGE:
        deps = lineage(table).deps_by_column
        assert deps.keys() <= columns(BY_NAME[table]), table
        for sources in deps.values():
            for source in sources:
                asset = source.asset_key.to_user_string()
                assert asset in above(table), (table, asset)
                assert source.column_name in columns(BY_NAME[asset]), (table, asset, source.column_name)


def test_people_and_money_of_every_table_have_a_source() -> None:
    for table, sources in LINEAGE.items():
        named = {"member_id", "order_id", "amount", "kept", "gross", "net", "balance"} & set(OUTPUTS[table].columns)
        assert named <= sources.keys(), table


def test_what_a_table_demands_is_shown() -> None:
    shown = {column.name: column for column in schema(BY_NAME["tickets"])["dagster/column_schema"].columns}
    assert shown["ended_on"].constraints.nullable and not shown["entered_on"].constraints.nullable
    shown = {column.name: column for column in schema(BY_NAME["claims"])["dagster/column_schema"].columns}
    assert [name for name, column in shown.items() if column.constraints.unique] == ["claim_id"]
    shown = {column.name: column for column in schema(BY_NAME["rewards"])["dagster/column_schema"].columns}
    assert shown["reward_id"].description == "`<day>/<n>` in the order of the next columns"


def test_groups_are_numbered_as_a_day_flows() -> None:
    for stage in STAGES:
        assert all(BY_NAME[name].group <= stage.group for name in stage.after), stage.name
    names = [group.partition("_") for group in sorted({stage.group for stage in STAGES})]
    assert [number for number, _, _ in names] == list("123456789")
    assert [name for _, _, name in names] == [
        "exports", "requests", "orders", "programmes", "funding", "ledger", "payouts", "report", "seal",
    ]  # fmt: skip


def test_no_arrow_says_what_others_say() -> None:
    for stage in STAGES:
        for name in stage.after:
            others = set(stage.after) - {name}
            assert name not in {far for other in others for far in above(other)}, (stage.name, name)


def test_every_description_names_its_rule() -> None:
    for stage in STAGES:
        assert "rules.md" in description(stage) or "contract.md" in description(stage), stage.name


@pytest.mark.parametrize("stage", ["rewards", "payouts", "balances", "exports", "entries", "orders"])
def test_tables_of_the_day(home: Home, stage: str) -> None:
    settle_days(home, D1)
    desk = Desk(home)
    try:
        for one in STAGES:
            desk.stage(one, D2)
            if one.name == stage:
                break
        assert desk.day
        shown = day_table(stage, desk.day)
        assert shown and shown[1].height
        assert not PERSONAL & set(shown[1].columns)
        if stage == "payouts":
            name, rows = shown
            cut = desk.day.frame("payouts_cut")
            assert name == "payouts by channel" and rows["net_fen"].sum() == cut["net"].sum()
    finally:
        desk.close()


def test_quarantine_is_shown_by_code(home: Home) -> None:
    desk = Desk(home)
    for stage in STAGES[:1]:
        desk.stage(stage, D1)
    assert desk.day
    shown = day_table("quarantine", desk.day)
    desk.close()
    assert shown and shown[1].rows() == [("orders", "bad_money", 1, 0)]


def test_stages_with_tables_exist() -> None:
    assert _TABLES.keys() <= BY_NAME.keys()
    assert {name for name in OUTPUTS if name != "controls"} <= _TABLES.keys()


def test_a_line_of_the_log() -> None:
    done = Done({"rows": 1200, "moved, fen": 123456, "points, units": 0, "sha256": "ab" * 32}, 0.5, 0, 0)
    assert told(BY_NAME["entries"], D1, done) == (
        "2025-11-01 entries: 1,200 rows; moved 1,234.56 yuan; sha256 abababababab… (0.50 s)"
    )
