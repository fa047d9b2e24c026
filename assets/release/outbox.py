"""Releasing: an approved file is copied to the outbox, once, after the log says so.

Holds: releasing.
Never holds: uploading; a second copy of anything (after a release that died a person decides); the home's lock.
Neighbour: ``openpgp.py`` signs and encrypts; ``approving.py`` comes before.

The bytes are made in staging first, then the log names them, then they are renamed. Who dies before the log is written
has released nothing; who dies after it has released a file that may be missing in the outbox, and nobody copies it
again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.foundation.audit import Entry, Released, Stamp, add_entry
from assets.foundation.errors import Refused
from assets.foundation.store import Home, insist, move_in, sha256_file, sync
from assets.payouts.reading import FOLDER
from assets.release.files import DayFiles, SealedFile, day_files
from assets.release.openpgp import Keyring
from assets.release.unpaid import require_without_result


@dataclass(frozen=True)
class Copy:
    """A file ready to be released: what will lie in the outbox, by name, staged."""

    file: SealedFile
    staged: Mapping[str, Path]


def release(
    home: Home, day: date, stamp: Stamp, names: Sequence[str] = (), sign: str = "", encrypt_to: Sequence[str] = ()
) -> list[Entry]:
    """Release approved files of ``day``; without ``names`` all that wait for it. Returns what was entered, a file each.

    ``sign`` and ``encrypt_to`` name keys of gpg's keyring. Raises Refused, with nothing released, when a file was not
    approved, was released or cancelled, is not what was approved to the byte, when a payout of it has a result already,
    or a name of it lies in the outbox.
    """
    own = day_files(home, day)
    own.require_same_files()
    for name in names:
        _require_never_released(own, name)
    chosen = own.chosen(names, lambda name: own.standing(name).to_release, "to release (approve it first)")
    _require_free(home, [_outbox_names(file.name, sign, encrypt_to) for file in chosen])
    signer, readers, keyring = "", [], None
    if sign or encrypt_to:
        keyring = Keyring()
        signer = keyring.fingerprint(sign, secret=True) if sign else ""
        readers = [keyring.fingerprint(key, secret=False) for key in encrypt_to]
    try:
        copies = [_staged(own, file, keyring, signer, readers) for file in chosen]
        home.rights().make_folder(home.outbox)
        sync(home.root)
    except OSError as error:
        raise Refused(f"{home.outbox}: cannot be written ({error.strerror}); nothing was released") from None
    return [_put(home, day, stamp, copy, signer, readers) for copy in copies]


def _require_never_released(own: DayFiles, name: str) -> None:
    """Raise Refused for a file that was released, with what a person needs to decide what became of it."""
    entry = own.standing(name).released if name in own.files else None
    if entry is None or not isinstance(entry.says, Released):
        return
    there = [one for one in entry.says.outbox if (own.home.outbox / one).exists()]
    told = f"{', '.join(there)} lies in {own.home.outbox}" if there else f"it is not in {own.home.outbox} (any more)"
    raise Refused(
        f"{name} of {own.seal.day} was released by {entry.by} on {entry.at}, and no file is released twice: {told}. If"
        f" it was never uploaded, the sealed file is {own.home.settlement(own.seal.day) / FOLDER / name} with sha256"
        f" {entry.says.sha256}; a person decides"
    )


def _outbox_names(name: str, sign: str, encrypt_to: Sequence[str]) -> list[str]:
    if encrypt_to:
        return [f"{name}.gpg"]
    return [f"{name}.asc", name] if sign else [name]  # the file itself comes last: then all of it is there


def _require_free(home: Home, names: Sequence[Sequence[str]]) -> None:
    if home.outbox.is_symlink() or (home.outbox.exists() and not home.outbox.is_dir()):
        raise Refused(f"{home.outbox}: found something that is no folder; nothing was released")
    for name in (name for one in names for name in one):
        path = home.outbox / name
        if path.exists() or path.is_symlink():
            raise Refused(f"{path}: lies there already, and nothing is written over it; nothing was released")


def _staged(own: DayFiles, file: SealedFile, keyring: Keyring | None, signer: str, readers: Sequence[str]) -> Copy:
    """What will lie in the outbox, in staging and on disk. Raises Refused when its bytes are not those approved, or
    something is known of a payout in it: then it was paid by another way."""
    require_without_result(own.home, file, own.payments(file))
    rights, folder = own.home.rights(), own.home.staging_root / "outbox"
    rights.make_folder(folder)
    plain = folder / file.name
    shutil.copyfile(own.home.settlement(file.day) / FOLDER / file.name, plain)
    if sha256_file(plain) != file.sha256:  # the copy itself is looked at: nothing can change between the two
        raise Refused(f"{file.name} of {file.day} is not what was approved; nothing was released")
    if keyring and readers:
        parts = [keyring.encrypt(plain, readers, signer)]
    elif keyring:
        parts = [keyring.sign(plain, signer), plain]
    else:
        parts = [plain]
    for part in parts:
        rights.give(part)
        sync(part)
    return Copy(file, {part.name: part for part in parts})


def _put(home: Home, day: date, stamp: Stamp, copy: Copy, signer: str, readers: Sequence[str]) -> Entry:
    file = copy.file
    says = Released(
        file=file.name, sha256=file.sha256, outbox={name: sha256_file(path) for name, path in copy.staged.items()},
        signed_with=signer, encrypted_to=list(readers),
    )  # fmt: skip
    try:
        entry = add_entry(home, day, stamp, says)
    except OSError as error:
        raise Refused(
            f"{home.audit_file}: cannot be written ({error.strerror}); {file.name} was not released"
        ) from None

    def hand_out() -> None:
        home.rights().make_folder(home.outbox)
        move_in(home, {path: home.outbox / name for name, path in copy.staged.items()})

    try:
        insist(home, hand_out)  # the log says that these names are this release's
    except OSError as error:
        raise Refused(
            f"{home.outbox / file.name}: the log says that it is released, and it could not be put there"
            f" ({error.strerror}); settle payouts release --date {day} --file {file.name} says what to do"
        ) from None
    return entry
