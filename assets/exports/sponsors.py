"""Which new members can be taken: every sponsor line must end at a root or at a member already known.

Holds: pointer doubling over the day's new members (log rounds, no recursion).
Never holds: repeats and changed sponsors; ``sql/exports/member_standing.sql`` tells those.
Neighbour: ``intake.py`` puts the accepted rows as ``taken_members``.
"""

from __future__ import annotations

import polars as pl

_GOOD, _LOST = 0, 1  # the two ends of a line: taken, or a sponsor who is not there
_ENDS = 2


def judge_members(standing: pl.DataFrame) -> pl.DataFrame:
    """Give every member row its reason: at_row, member_id, sponsor_id, joined_at, reason ("" = taken).

    ``standing``: rows of ``member_standing``; those marked ``new`` hold each member once, ``duplicate`` and
    ``duplicate_conflict`` stay as they are. A member under one who is not taken has an ``unknown_sponsor``; only
    members on a ring are a ``sponsor_cycle`` (contract.md "Quarantine").
    """
    new = standing.filter(pl.col("standing") == "new").sort("at_row")
    reasons = _lines(new)
    taken = new.filter(reasons == "").select(pl.col("member_id").alias("sponsor_id"))
    changed = standing.filter(pl.col("standing") == "changed")
    there = (pl.col("sponsor_id") == "") | (pl.col("sponsor_before") == 1) | pl.col("here")
    changed = changed.join(taken.with_columns(here=True), on="sponsor_id", how="left", maintain_order="left")
    changed = changed.with_columns(pl.col("here").fill_null(False)).select(
        "at_row", "member_id", "sponsor_id", "joined_at",
        reason=pl.when(~there).then(pl.lit("unknown_sponsor"))
        .when(pl.col("sponsor_id") == pl.col("member_id")).then(pl.lit("self_sponsor"))
        .otherwise(pl.lit("sponsor_changed")),
    )  # fmt: skip
    columns = ["at_row", "member_id", "sponsor_id", "joined_at"]
    rest = standing.filter(pl.col("standing").is_in(["duplicate", "duplicate_conflict"]))
    return pl.concat(
        [new.select(columns).with_columns(reason=reasons), changed, rest.select(*columns, reason="standing")]
    )


def _lines(new: pl.DataFrame) -> pl.Series:
    """One reason for each new member, in the order of the frame."""
    if new.is_empty():
        return pl.Series("reason", [], dtype=pl.String)
    places = new.select("member_id").with_row_index("place", offset=_ENDS).with_columns(pl.col("place").cast(pl.Int64))
    joined = new.join(places, left_on="sponsor_id", right_on="member_id", how="left", maintain_order="left")
    own = pl.col("sponsor_id") == pl.col("member_id")
    start = joined.select(
        pl.when((pl.col("sponsor_id") == "") | (pl.col("sponsor_before") == 1)).then(_GOOD)
        .when(own | pl.col("place").is_null()).then(_LOST)
        .otherwise(pl.col("place"))
        .cast(pl.Int64)
        .alias("to")
    )["to"]  # fmt: skip
    to = pl.concat([pl.Series("to", [_GOOD, _LOST], dtype=pl.Int64), start])
    for _ in range(new.height.bit_length() + 1):
        if (to <= _LOST).all():
            break
        to = to.gather(to)
    # After as many steps as there are members every pointer is at an end or on a ring, and every place of a ring is
    # pointed at, because a ring turns into itself.
    ring = pl.DataFrame({"place": to.filter(to > _LOST).unique()}).with_columns(ring=True)
    ends = places.with_columns(to=to.slice(_ENDS)).join(ring, on="place", how="left", maintain_order="left")
    return ends.with_columns(own=new["sponsor_id"] == new["member_id"]).select(
        pl.when("own").then(pl.lit("self_sponsor"))
        .when(pl.col("to") == _GOOD).then(pl.lit(""))
        .when(pl.col("ring").fill_null(False)).then(pl.lit("sponsor_cycle"))
        .otherwise(pl.lit("unknown_sponsor"))
        .alias("reason")
    )["reason"]  # fmt: skip
