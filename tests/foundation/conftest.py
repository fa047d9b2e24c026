"""An S3 server for the tests of homes at URLs."""

from __future__ import annotations

from tests.s3 import _server, server

__all__ = ["_server", "server"]
