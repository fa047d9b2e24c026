"""Words in the two languages that people of a shop read.

Holds: what a pair of words is.
Never holds: the words of a page, which stand beside it (``statement/wording.py``, ``report/wording.py``).
Neighbour: ``statement/`` and ``report/`` print them.
"""

from __future__ import annotations

from typing import NamedTuple

from assets.foundation.settings import Language


class Words(NamedTuple):
    """The same in both languages."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        """In the language asked for."""
        return self.zh if language == "zh" else self.en


__all__ = ["Language", "Words"]
