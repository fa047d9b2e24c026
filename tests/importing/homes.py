"""What tests of importing share: a home with three settled days and payouts in transit, and files for it.

On 2 November A was paid 24.00 yuan, which failed; on 3 November A 138.00 and B 3.85 through alipay: in transit.
Neighbour: ``tests/pipelines/homes.py`` for the days themselves.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import date
from pathlib import Path

from assets.foundation.store import Home, canonical_json
from tests.pipelines.homes import DAYS, ORDERS, RULES, Days, write_home

D5, D6 = date(2025, 11, 5), date(2025, 11, 6)
OF_A, OF_B = "P20251103KPVGMEMCTU4KTHM", "P20251103RFE3TSL3PXYV6JL"
HEAD = "payout_id,status,amount,reason,at\n"
PAID_A, FAILED_B = f"{OF_A},paid,138.00,,2025-11-04T10:00:00\n", f"{OF_B},failed,3.85,no,2025-11-04T11:00:00\n"
SIX_DAYS: Days = {**DAYS, **{day: {"_SUCCESS": "", "orders.csv": ORDERS} for day in (D5, D6)}}


def write_six_days(folder: Path, rules: str = RULES) -> Home:
    """Six days of exports, none settled."""
    return write_home(folder, SIX_DAYS, rules)


def write_file(folder: Path, *rows: str, name: str = "results.csv") -> Path:
    """A result file of the generic form."""
    path = folder / name
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def with_serials(home: Home, day: date, batch: str) -> dict[str, str]:
    """Seal a day's first channel file anew as one of a channel with numbers of its own: its serials by payout id."""
    folder = home.settlement(day) / "payouts"
    listed = json.loads((folder / "manifest.json").read_bytes())
    one = listed["files"][0]
    path = folder / one["file"]
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    serials = {row["payout_id"]: f"{day:%Y%m%d}{place:06d}" for place, row in enumerate(rows, 1)}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "payout_id": serials[row["payout_id"]]} for row in rows)
    one |= {"batch": batch, "serials": {serial: payout for payout, serial in serials.items()}}
    (folder / "manifest.json").write_bytes(canonical_json(listed))
    seal = home.settlement(day) / "manifest.json"
    content = json.loads(seal.read_bytes())
    for name in ("manifest.json", path.name):
        content["outputs"][f"payouts/{name}"]["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    seal.write_bytes(canonical_json(content))
    return serials
