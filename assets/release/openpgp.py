"""OpenPGP for what goes to the outbox: detached signatures and encryption by the operator's own gpg and keyring.

Holds: finding a key, signing a file, encrypting one.
Never holds: keys or passphrases; those are gpg's and its agent's business.
Neighbour: ``outbox.py`` makes everything by it before it enters anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.foundation.errors import Refused


class Keyring:
    """The keyring of the user who runs this. Raises Refused when there is no gpg."""

    def __init__(self) -> None:
        import gnupg

        try:
            self._gpg: Any = gnupg.GPG()
        except (OSError, ValueError, RuntimeError):
            raise Refused(
                "gpg: no such program; --sign and --encrypt-to need GnuPG (Debian: apt-get install gnupg; macOS: brew"
                " install gnupg)"
            ) from None

    def fingerprint(self, key: str, *, secret: bool) -> str:
        """The fingerprint of the one key that ``key`` names (id, fingerprint or address). Raises Refused."""
        kind = "secret keys" if secret else "public keys"
        if not key or key.startswith("-"):
            raise Refused(f"key: found {key!r:.80}, allowed an id, a fingerprint or an address in gpg's keyring")
        found = self._gpg.list_keys(secret, keys=[key])
        if len(found) != 1:
            raise Refused(f"key {key!r:.80}: found {len(found)} {kind} in gpg's keyring, allowed one")
        return str(found[0]["fingerprint"])

    def sign(self, path: Path, key: str) -> Path:
        """Make ``<path>.asc``, a detached signature by the key of that fingerprint. Raises Refused."""
        made = path.with_name(f"{path.name}.asc")
        result = self._gpg.sign_file(
            str(path), detach=True, clearsign=False, output=str(made), extra_args=["--local-user", key]
        )
        return self._made(made, result, bool(result.fingerprint), f"{path.name}: gpg did not sign it")

    def encrypt(self, path: Path, keys: Sequence[str], signer: str) -> Path:
        """Make ``<path>.gpg`` for the keys of these fingerprints, signed inside where ``signer`` is one. Raises
        Refused, also for a key that gpg does not hold to be valid."""
        made = path.with_name(f"{path.name}.gpg")
        own = ["--sign", "--local-user", signer] if signer else []
        result = self._gpg.encrypt_file(str(path), list(keys), armor=False, output=str(made), extra_args=own)
        told = f"{path.name}: gpg did not encrypt it; a key must be valid for it (gpg --lsign-key KEY)"
        return self._made(made, result, bool(result.ok), told)

    @staticmethod
    def _made(made: Path, result: Any, well: bool, told: str) -> Path:
        if not well or not made.is_file() or not made.stat().st_size:
            raise Refused(f"{told}: {result.status or 'no reason given'}; nothing was released")
        return made
