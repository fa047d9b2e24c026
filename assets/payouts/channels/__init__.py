"""The channels, one module each; a new one is registered here and touches no other file.

``base.py`` says what such a module has to offer (``Profile``).
"""

from __future__ import annotations

from pathlib import Path

from assets.foundation.rules import Rules, load_rules
from assets.payouts.channels import alipay, bank, bank_sheet, generic, unionpay, wechat
from assets.payouts.channels.base import Profile

PROFILES: dict[str, Profile] = {
    "alipay": alipay,
    "bank": bank,
    "bank_sheet": bank_sheet,
    "unionpay": unionpay,
    "wechat": wechat,
    "generic": generic,
}


def read_rules(path: Path) -> Rules:
    """The rules file with every channel's settings; raises RulesError, Refused when it cannot be read."""
    return load_rules(path, {name: profile.SETTINGS for name, profile in PROFILES.items()})
