"""The channels, one module each; a new one is registered here and touches no other file.

``base.py`` says what such a module has to offer (``Profile``).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from assets.foundation.rules import Rules, parse_rules, rules_text
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
    return _parsed(rules_text(path), str(path))


@lru_cache(4)
def _parsed(text: str, source: str) -> Rules:
    """Days that follow one another read the same file: its text is parsed once."""
    return parse_rules(text, source, {name: profile.SETTINGS for name, profile in PROFILES.items()})
