"""docs/tables.md, written from the models that check the tables: `make docs`.

Holds: the page's layout.
Never holds: a column or description of its own.
Neighbour: ``assets/outputs.py``, ``assets/exports/models.py`` and the settings of the channels are its source.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from assets.exports.models import MODELS, describe
from assets.outputs import OUTPUTS
from assets.payouts.channels import PROFILES

_KINDS = {"String": "text", "Int64": "integer", "Date": "date", "Boolean": "true or false"}


def _table(name: str, text: str, columns: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield from (f"### {name}", "", text, "", "| column | type | what it is |", "|---|---|---|")
    for column, kind, description in columns:
        yield f"| {column} | {_KINDS.get(kind, 'time' if kind.startswith('Datetime') else kind)} | {description} |"
    yield ""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield from ("# Tables", "", "Written by `make docs` from the models that check every table.", "")
    yield from (
        "## settlements/<day>/",
        "",
        "Parquet, zstd, rows in the order of their keys. Amounts are 64-bit integers.",
        "",
    )
    for output in OUTPUTS.values():
        columns = [(name, kind, text) for name, (kind, text) in output.columns.items()]
        yield from _table(f"{output.name}.parquet", output.description, columns)
    yield from ("## exports/<day>/", "", "As they stand after parsing: money in fen, times local. CSV or Parquet.", "")
    for file, model in MODELS.items():
        yield from _table(file, " ".join((model.__doc__ or "").split()), describe(model))
    yield from _profiles()


def _profiles() -> Iterator[str]:
    yield from (
        "## payout.channels in rules.yaml",
        "",
        "What a channel of each profile may be set to. Money in fen.",
        "",
    )
    for name, profile in sorted(PROFILES.items()):
        yield from (f"### {name}", "", f"Goes to: {profile.CONSOLE}.", "")
        yield from ("| setting | default | allowed | what it is |", "|---|---|---|---|")
        for key, setting in profile.SETTINGS.items():
            default = "needed" if setting.needed else str(setting.default) or "empty"
            yield f"| {key} | {default} | {setting.range()} | {setting.about} |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()).rstrip() + "\n")
