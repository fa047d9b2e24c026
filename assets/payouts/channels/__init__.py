"""The channels, one module each; a new one is registered here and touches no other file.

A profile turns the rows of its channels into files: ``write(rows, path)``, and reads them back with a reader
of its own: ``read_back(path)`` gives payout_id, net (fen) and account_no of every payment.
"""

from __future__ import annotations

from types import ModuleType

from assets.payouts.channels import generic

PROFILES: dict[str, ModuleType] = {"generic": generic}
