"""The channels, one module each; a new one is registered here and touches no other file.

A profile turns the rows of its channels into files: ``write(rows, path)``, and reads them back with a reader
of its own: ``read_back(path)`` gives payout_id, net (fen) and what the file says of the account of every payment:
account_no, account_name and bank_code, "" where it carries none.
"""

from __future__ import annotations

from types import ModuleType

from assets.payouts.channels import generic

PROFILES: dict[str, ModuleType] = {"generic": generic}
