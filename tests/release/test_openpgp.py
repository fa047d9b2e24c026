"""Signed and encrypted files of the outbox, by the real gpg with keys of its own that are gone afterwards."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.foundation.audit import read_log
from assets.foundation.store import Home
from assets.release.approving import approve
from assets.release.outbox import release
from tests.pipelines.homes import D3, contents
from tests.release.people import ALIPAY, WECHAT, act, refused, told

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
OURS, BANK, STRANGER = "settle@example.org", "bank@example.org", "stranger@example.org"


def gpg(*words: object) -> str:
    done = subprocess.run(["gpg", "--batch", *map(str, words)], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout + done.stderr


def make_key(address: str) -> None:
    """A key to sign by and to encrypt to, without a passphrase."""
    gpg("--passphrase", "", "--quick-generate-key", address, "ed25519", "sign", "never")
    gpg("--passphrase", "", "--quick-add-key", fingerprint(address), "cv25519", "encr", "never")


@pytest.fixture(scope="module")
def _keyring() -> Iterator[Path]:
    # Short, since the agent's socket lies in it.
    with tempfile.TemporaryDirectory(prefix="gpg") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNUPGHOME", folder)
        for address in (OURS, BANK):
            make_key(address)
        # A key of somebody else, whom this keyring has no reason to trust.
        with tempfile.TemporaryDirectory(prefix="gpg") as other, pytest.MonkeyPatch.context() as inner:
            inner.setenv("GNUPGHOME", other)
            make_key(STRANGER)
            gpg("--armor", "--output", Path(folder, "stranger.asc"), "--export", STRANGER)
            subprocess.run(["gpgconf", "--kill", "all"], check=False)
        gpg("--import", Path(folder, "stranger.asc"))
        yield Path(folder)
        subprocess.run(["gpgconf", "--kill", "all"], check=False)


@pytest.fixture
def keyring(_keyring: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A keyring with the secret keys of us and the bank, and the public key of a stranger."""
    monkeypatch.setenv("GNUPGHOME", str(_keyring))
    return _keyring


@pytest.fixture
def approved(home: Home) -> Home:
    act(home, approve, D3, "Li Na")
    return home


def fingerprint(address: str) -> str:
    return next(
        line.split(":")[9] for line in gpg("--with-colons", "--list-keys", address).splitlines() if "fpr" in line
    )


def sealed(home: Home, name: str) -> bytes:
    return (home.settlement(D3) / "payouts" / name).read_bytes()


@pytest.mark.system
@needs_gpg
def test_a_file_with_a_detached_signature(approved: Home, keyring: Path) -> None:
    act(approved, release, D3, "Wang", sign=OURS)
    assert sorted(contents(approved.outbox)) == [ALIPAY, f"{ALIPAY}.asc", WECHAT, f"{WECHAT}.asc"]
    for name in (ALIPAY, WECHAT):
        assert (approved.outbox / name).read_bytes() == sealed(approved, name)
        assert "Good signature" in gpg("--verify", approved.outbox / f"{name}.asc", approved.outbox / name)
    assert {stat.S_IMODE(path.stat().st_mode) for path in approved.outbox.iterdir()} == {0o600}
    says = read_log(approved)[-1].says.model_dump()
    assert (says["signed_with"], says["encrypted_to"]) == (fingerprint(OURS), [])
    assert sorted(says["outbox"]) == [WECHAT, f"{WECHAT}.asc"]


@pytest.mark.system
@needs_gpg
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_an_encrypted_file_lies_there_alone(approved: Home, keyring: Path, signed: bool) -> None:
    act(approved, release, D3, "Wang", [ALIPAY], sign=OURS if signed else "", encrypt_to=[BANK, OURS])
    assert sorted(contents(approved.outbox)) == [f"{ALIPAY}.gpg"]
    opened = keyring / "opened"
    said = gpg("--yes", "--output", opened, "--decrypt", approved.outbox / f"{ALIPAY}.gpg")
    assert opened.read_bytes() == sealed(approved, ALIPAY)
    assert ("Good signature" in said) == signed
    assert b"example.org" not in (approved.outbox / f"{ALIPAY}.gpg").read_bytes()
    says = read_log(approved)[-1].says.model_dump()
    assert says["encrypted_to"] == [fingerprint(BANK), fingerprint(OURS)]
    assert says["signed_with"] == (fingerprint(OURS) if signed else "")


@pytest.mark.system
@needs_gpg
@pytest.mark.parametrize(
    ("sign", "to", "said"),
    [
        ("nobody@example.org", [], "key 'nobody@example.org': found 0 secret keys in gpg's keyring, allowed one"),
        (STRANGER, [], f"key '{STRANGER}': found 0 secret keys in gpg's keyring, allowed one"),
        ("example.org", [], "key 'example.org': found 2 secret keys in gpg's keyring, allowed one"),
        ("", ["nobody@example.org"], "key 'nobody@example.org': found 0 public keys in gpg's keyring, allowed one"),
        ("", ["--export-secret-keys"], "key: found '--export-secret-keys', allowed an id, a fingerprint or an address"),
        ("", [""], "key: found '', allowed an id, a fingerprint or an address"),
        ("", [STRANGER], f"{ALIPAY}: gpg did not encrypt it; a key must be valid for it (gpg --lsign-key KEY): "),
    ],
)
def test_a_key_that_will_not_do(approved: Home, keyring: Path, sign: str, to: list[str], said: str) -> None:
    assert refused(approved, release, D3, "Wang", sign=sign, encrypt_to=to).startswith(said)
    assert told(approved) == [("approved", "Li Na", f"{ALIPAY} {WECHAT}")]


@pytest.mark.system
@needs_gpg
def test_a_key_that_has_lost_its_secret(approved: Home, keyring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gpg fails when it signs: what was staged is gone and nothing is entered."""
    other = Path(tempfile.mkdtemp(prefix="gpg"))
    try:
        shutil.copytree(keyring, other, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*"))
        monkeypatch.setenv("GNUPGHOME", str(other))
        gpg("--list-secret-keys")  # its agent knows the keys
        for path in (other / "private-keys-v1.d").iterdir():
            path.write_bytes(b"(11:private-key)")
        assert refused(approved, release, D3, "Wang", sign=OURS).startswith(f"{ALIPAY}: gpg did not sign it: ")
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
        shutil.rmtree(other)


def test_without_gpg_it_is_said_what_to_install(
    approved: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused(approved, release, D3, "Wang", sign=OURS)
    assert said.startswith("gpg: no such program; --sign and --encrypt-to need GnuPG (Debian: apt-get install gnupg;")
    act(approved, release, D3, "Wang")  # who asks for no key needs none
