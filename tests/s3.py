"""moto's S3 server on 127.0.0.1, homes in it, and faults at any request that changes something.

Holds: the server, putting a folder into a bucket and reading it back, opening a home as another machine would.
Never holds: an expectation. Neighbours: ``tests/foundation/test_remote.py`` and ``tests/pipelines/test_homes.py``.

moto looks whether a condition holds and puts the object in two steps, so the server lets one request that changes
something in at a time, as S3 does for one object.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assets.foundation.store import Home
from pipelines.homes import named_home

BUCKET, WRITES = "settle-tests", ("PUT", "POST", "DELETE")
SECRET = "never-to-be-seen-anywhere"
_REFUSED = b"<Error><Code>AccessDenied</Code><Message>gone</Message></Error>"


@dataclass
class Server:
    """The server: every request that changes something as ``(method, key)``, and what happens before the next one.

    ``before`` is called with each such request; where it returns False the request is refused and changes nothing, as
    if its sender had died before it.
    """

    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    before: Callable[[str, str], bool] = lambda *_: True
    blind: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, app: Any, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """One request, by moto."""
        method = environ["REQUEST_METHOD"]
        key = environ["PATH_INFO"].removeprefix(f"/{BUCKET}").lstrip("/")
        if self.blind:  # a store that knows no conditions
            for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
                environ.pop(name, None)
        if method not in WRITES:
            if method == "GET" and key:
                self.read.append(key)
            return app(environ, start)
        if not self.before(method, key):
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(_REFUSED)))])
            return [_REFUSED]
        with self._lock:
            self.asked.append((method, key))
            return app(environ, start)

    def upload(self, folder: Path, name: str = "home") -> str:
        """A folder as a home in the bucket; its URL."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.relative_to(folder).parts[0].startswith("."):
                self.put(f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return f"s3://{BUCKET}/{name}"

    def put(self, key: str, raw: bytes) -> None:
        """An object, put by something else than Settle; it is no request."""
        _backend().put_object(BUCKET, key, raw)

    def remove(self, key: str) -> None:
        """An object is gone; it is no request."""
        del _backend().buckets[BUCKET].keys[key]

    def objects(self, name: str = "home") -> dict[str, bytes]:
        """Every object of a home with its bytes; it is no request."""
        keys = _backend().buckets[BUCKET].keys
        return {key.removeprefix(f"{name}/"): keys[key].value for key in keys if key.startswith(f"{name}/")}

    def empty(self) -> None:
        """An empty bucket."""
        if BUCKET in _backend().buckets:
            _backend().buckets[BUCKET].keys.clear()
        else:
            _backend().create_bucket(BUCKET, "us-east-1")

    def home_files(self, name: str = "home") -> dict[str, bytes]:
        """``objects`` without what only a home at a URL has."""
        return {key: raw for key, raw in self.objects(name).items() if key != "turn.json"}


def _backend() -> Any:
    """What moto keeps, in this very process."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    reason = "moto and s3fs are not installed: pip install 'settle[s3,dev]'"
    pytest.importorskip("s3fs", reason=reason)
    moto = pytest.importorskip("moto.server", reason=reason)
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app, server = moto.DomainDispatcherApplication(moto.create_backend_app), Server()
    served = make_server("127.0.0.1", 0, lambda environ, start: server.answer(app, environ, start), threaded=True)
    server.port = served.server_port
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield server
    served.shutdown()
    thread.join()


@pytest.fixture
def server(_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    """The server with an empty bucket, and an environment that leads to it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{_server.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SETTLE_WORK", str(tmp_path / "work"))
    _server.before, _server.blind = lambda *_: True, False
    _server.empty()
    _server.asked.clear()
    _server.read.clear()
    return _server


def machine(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str = f"s3://{BUCKET}/home") -> Home:
    """The home as a machine with a working folder of its own sees it."""
    monkeypatch.setenv("SETTLE_WORK", str(folder))
    home = named_home(url)
    home.bring()
    return home
