"""What the home's ``settings.yaml`` says: how the shop runs Settle, and nothing that a sum hangs on (``rules.py``).

Holds: the settings and reading them.
Never holds: what follows from one (``rights.py``, the report).
Neighbour: ``store.py`` says where a home is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assets.foundation.errors import Refused

SETTINGS = "settings.yaml"
Language = Literal["en", "zh"]
EngineName = Literal["duckdb", "spark"]
_ALLOWED = {
    "group": "the name of a group",
    "language": "en or zh",
    "engine": "duckdb or spark",
    "spark": "{master: URL or remote: URL, conf: {name: value}, near_rows: ROWS}, values of conf as text",
    "accounts": "for accounts of the ledger `{code: '224103', name: NAME}`, both as text",
}
_SHOWN = 60  # letters of a value in a message


class Entry(BaseModel):
    """An account in the shop's own chart of accounts."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=100)


class Spark(BaseModel):
    """Where Spark runs: a master URL (``local[*]``, ``spark://``, ``yarn``, ``k8s://``) or, with Spark Connect, a
    ``remote`` one (``sc://``); ``conf`` as Spark names its settings. Up to ``near_rows`` a relation
    is no work for a cluster and stays on the driver."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    master: str = Field(default="local[*]", min_length=1)
    remote: str | None = Field(default=None, min_length=1)
    conf: dict[str, str] = Field(default_factory=dict)
    near_rows: int = Field(default=1 << 14, ge=0)


class Settings(BaseModel):
    """The name of the group that may read what Settle makes, the language of the report, what accounts of the ledger
    are in the shop's own chart (vouchers), which engine settles its days, and where Spark runs."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    group: str | None = None
    language: Language | None = None
    accounts: dict[str, Entry] = Field(default_factory=dict)
    engine: EngineName | None = None
    spark: Spark = Field(default_factory=Spark)


def read_settings(root: Path) -> Settings:
    """The settings of the home in ``root``, all left open without a file; Refused when it is at fault."""
    path = root / SETTINGS
    try:
        content = yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}), allowed a settings file") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Refused(f"{path}: found no YAML ({type(error).__name__}), allowed `group: NAME`") from None
    try:
        return Settings.model_validate({} if content is None else content)
    except ValidationError as error:
        first, known = error.errors()[0], ", ".join(_ALLOWED)
        if not first["loc"]:
            raise Refused(f"{path}: found {shown(content)}, allowed keys with values: {known}") from None
        key, *below = first["loc"]
        if not below and first["type"] in ("extra_forbidden", "invalid_key"):
            raise Refused(f"{path}: {shown(key)}: found an unknown key, allowed {known}") from None
        named = ": ".join((str(key), *map(shown, below)))
        raise Refused(f"{path}: {named}: found {shown(first['input'])}, allowed {_ALLOWED[str(key)]}") from None


def shown(value: object) -> str:
    """A value of the file as a message shows it."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = value if isinstance(value, str) and value and value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
