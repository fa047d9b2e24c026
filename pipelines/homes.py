"""Where a home is named: a folder, or a URL with a working folder on this machine.

Holds: what a name may be, where the working folder lies, who this process is among all that may write.
Never holds: fetching and putting (``assets/foundation/remote.py``); credentials.
Neighbour: ``cli.py`` and ``desk.py`` open the home that --home or SETTLE_HOME names.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assets.foundation.errors import Refused
from assets.foundation.objects import SCHEMES, Objects
from assets.foundation.remote import Remote
from assets.foundation.store import Home

_URL = re.compile(r"^([a-z][a-z0-9+.-]+):", re.IGNORECASE)
_BUCKET = re.compile(r"^[a-z0-9][a-z0-9.-]{1,62}$")
_ALLOWED = "allowed: a folder, file:///… for one, or s3://bucket/path (others have no conditional put that is tested)"


def named_home(name: str) -> Home:
    """The home that a person named, nothing of it looked at or fetched yet.

    Raises Refused for a URL of another kind than a folder's or S3's, and where s3fs is not installed.
    """
    scheme = _URL.match(name)
    if not scheme or (Path(name).exists() and "://" not in name):
        return Home(Path(name).resolve())
    url = urlsplit(name)
    if url.query or url.fragment:
        raise Refused(f"{_plain(name)}: found a query or fragment in the URL of a home; {_ALLOWED}")
    if url.scheme == "file":
        if url.netloc not in ("", "localhost") or not url.path.startswith("/"):
            raise Refused(f"{_plain(name)}: found a file URL without an absolute path on this machine; {_ALLOWED}")
        return Home(Path(unquote(url.path)).resolve())
    if url.scheme not in SCHEMES:
        raise Refused(f"{_plain(name)}: found the scheme {url.scheme}; {_ALLOWED}")
    if not _BUCKET.match(url.netloc) or {".", "..", ""} & set(url.path.strip("/").split("/")[:-1]):
        raise Refused(f"{_plain(name)}: found no bucket and plain path; {_ALLOWED}")
    return _remote(f"{url.scheme}://{url.netloc}{url.path}".rstrip("/"))


def _plain(name: str) -> str:
    """A URL without what may be a secret: credentials are no part of a home's name."""
    return re.sub(r"//[^/@]*@", "//…@", name.partition("?")[0].partition("#")[0])


def _remote(url: str) -> Home:
    objects, root = Objects(url), _working_folder(url)
    host = re.sub(r"[^A-Za-z0-9]+", "_", socket.gethostname())[:40]
    return Home(root, Remote(objects, root, f"{host}-{os.getpid()}-{secrets.token_hex(4)}"))


def _working_folder(url: str) -> Path:
    """``$SETTLE_WORK/<url>``, without it below the user's cache; every folder that is made is for its owner alone."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "settle"
    parent = Path(os.environ.get("SETTLE_WORK") or cache).resolve()
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", url.removeprefix("s3://"))[:60]
    folder = parent / f"{readable}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    try:
        for one in reversed([folder, *folder.parents]):
            if not one.exists():
                one.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.geteuid():
            raise Refused(f"{folder}: the working folder of {url} belongs to another user; SETTLE_WORK names another")
        folder.chmod(0o700)
    except OSError as fault:
        raise Refused(
            f"{folder}: the working folder of {url} cannot be made ({fault.strerror}); SETTLE_WORK names another place"
        ) from None
    return folder
