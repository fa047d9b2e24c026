"""Objects at a URL: listed, fetched, and put only where nobody else put something meanwhile.

Holds: S3 through fsspec's s3fs, every request that is made of it, what its errors mean in words.
Never holds: what the objects are (``remote.py``); credentials, which s3fs takes from where AWS keeps them.
Neighbour: ``remote.py`` keeps a home in objects.
"""

from __future__ import annotations

import errno
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from assets.foundation.errors import Refused

P = ParamSpec("P")
T = TypeVar("T")

SCHEMES = ("s3",)
_LOST = ("PreconditionFailed", "412")  # somebody else was first
_CONFLICT = ("ConditionalRequestConflict", "409")  # somebody else is at it right now: S3 says to ask again
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_TRIES, _PAUSE = 8, 0.25  # seconds
_GONE = ("NoSuchKey", "404")
_AT_ONCE = 1000  # objects that one request removes
_DIGEST = "sha256"  # name of what our objects say of themselves


@dataclass(frozen=True)
class Object:
    """An object as a listing names it: its ETag as the store writes it, its size, its time in nanoseconds."""

    etag: str
    bytes: int
    modified: int


def _code(error: BaseException | None) -> str:
    """The store's code for an error, "" where it said nothing: s3fs hides it behind an OSError."""
    while error is not None:
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        error = error.__cause__
    return ""


def _on_condition(put: Callable[[], T]) -> T | None:
    """What a put on condition returns; None where the condition does not hold."""
    for tried in range(_TRIES):
        try:
            return put()
        except OSError as error:
            code = _code(error)
            if isinstance(error, FileExistsError) or code in (*_LOST, *_GONE):
                return None
            if code not in _CONFLICT or tried == _TRIES - 1:
                raise
            time.sleep(_PAUSE)
    return None


def _in_words(request: Callable[P, T]) -> Callable[P, T]:
    """Turn what s3fs raises into a refusal without a word of the request: credentials are part of one."""

    @functools.wraps(request)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return request(*args, **kwargs)
        except Refused:
            raise
        except Exception as error:  # botocore's own errors have no common base with those of s3fs
            if isinstance(error, OSError) and (error.filename or error.errno in _DISK):
                raise  # of a file on this machine
            said = _code(error) or type(error).__name__
            url = getattr(args[0], "url", "") if args else ""
            raise Refused(
                f"{url}: the objects cannot be reached or changed ({said}); allowed: a bucket that the AWS credentials"
                " of this environment may list, read and write, at AWS_ENDPOINT_URL where that is set"
            ) from None

    return wrapped


class Objects:
    """The objects below a URL ``s3://bucket/path``; names are relative to it. Every method raises Refused where the
    store cannot be reached or says no."""

    def __init__(self, url: str) -> None:
        try:
            from s3fs import S3FileSystem  # late: an extra that only a URL asks for
        except ImportError:
            raise Refused(f"{url}: a home in S3 needs the package s3fs: pip install 'settle[s3]'") from None
        self.url = url.rstrip("/")
        self._bucket, _, path = self.url.removeprefix("s3://").partition("/")
        self._below = f"{path}/" if path else ""
        self._fs: Any = S3FileSystem(use_listings_cache=False, skip_instance_cache=True)

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._below + name}

    @_in_words
    def listing(self, prefix: str = "") -> dict[str, Object]:
        """All objects whose name begins with ``prefix``, in the order of their names."""
        return dict(self._pages(prefix))

    def _pages(self, prefix: str) -> Iterator[tuple[str, Object]]:
        more: dict[str, str] = {}
        while True:
            page = self._fs.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=self._below + prefix, **more)
            for one in page.get("Contents", ()):
                modified = int(one["LastModified"].timestamp()) * 10**9
                yield one["Key"].removeprefix(self._below), Object(one["ETag"], int(one["Size"]), modified)
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    @_in_words
    def read(self, name: str) -> tuple[bytes, str] | None:
        """Content and ETag of an object; None where there is none."""
        try:
            found = self._fs.call_s3("get_object", **self._named(name))
            return self._body(found["Body"]), str(found["ETag"])
        except OSError as error:
            if _code(error) in _GONE:
                return None
            raise

    def _body(self, stream: Any) -> bytes:
        from fsspec.asyn import sync

        return bytes(sync(self._fs.loop, stream.read))

    @_in_words
    def fetch(self, name: str, path: Path) -> bool:
        """Write an object to a file; False where there is none."""
        try:
            self._fs.get_file(f"{self._bucket}/{self._below}{name}", str(path))
        except OSError as error:
            if _code(error) in _GONE or isinstance(error, FileNotFoundError):
                return False
            raise
        return True

    @_in_words
    def put(self, name: str, raw: bytes, digest: str, *, over: str) -> str | None:
        """Put an object over the one with the ETag ``over``, "" for none at all; its ETag, None if it is another."""
        only = {"IfMatch": over} if over else {"IfNoneMatch": "*"}

        def put() -> str:
            done = self._fs.call_s3("put_object", **self._named(name), Body=raw, Metadata={_DIGEST: digest}, **only)
            return str(done["ETag"])

        return _on_condition(put)

    @_in_words
    def send(self, path: Path, name: str, digest: str) -> bool:
        """Put a file where no object is, in parts where it is large; False where one is."""

        def put() -> bool:
            self._fs.put_file(
                str(path), f"{self._bucket}/{self._below}{name}", mode="create", Metadata={_DIGEST: digest}
            )
            return True

        return bool(_on_condition(put))

    @_in_words
    def digest(self, name: str) -> str | None:
        """The sha256 that an object of ours says it has, "" if it says nothing; None where there is none."""
        try:
            found = self._fs.call_s3("head_object", **self._named(name))
        except OSError as error:
            if _code(error) in _GONE:
                return None
            raise
        return str(found.get("Metadata", {}).get(_DIGEST, ""))

    @_in_words
    def copy(self, name: str, to: str) -> bool:
        """Put a copy of an object over whatever is there, within the store; False where there is none to copy."""
        try:
            self._fs.cp_file(f"{self._bucket}/{self._below}{name}", f"{self._bucket}/{self._below}{to}")
        except OSError as error:
            if _code(error) in _GONE or isinstance(error, FileNotFoundError):
                return False
            raise
        return True

    @_in_words
    def remove(self, names: Sequence[str]) -> None:
        """Remove objects; one that is gone is no matter."""
        for start in range(0, len(names), _AT_ONCE):
            keys = [{"Key": self._below + name} for name in names[start : start + _AT_ONCE]]
            done = self._fs.call_s3("delete_objects", Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})
            if failed := done.get("Errors"):
                raise Refused(f"{self.url}: {len(failed)} objects cannot be removed ({failed[0].get('Code', '')})")
