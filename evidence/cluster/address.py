"""Parses the address of a Dask scheduler, as `--executor` takes it."""

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

from evidence.settings.model import EXECUTOR_SCHEMES

_PORT = 8786
"""Dask's own."""


def dask_address(executor: str) -> str:
    """Return how Dask writes the address of an executor that the settings allow."""
    parts = urlsplit(executor)
    place = parts.netloc if parts.port else f"{parts.netloc}:{_PORT}"
    return f"{EXECUTOR_SCHEMES[parts.scheme]}://{place}"


def warning_of(executor: str) -> str:
    """Return what to tell whoever uses it: credentials must not cross a network in the clear."""
    host = urlsplit(executor).hostname or ""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return ""
    if host == "localhost" or dask_address(executor).startswith("tls:"):
        return ""
    return (
        f"The connection to {host} is not encrypted, and AWS credentials cross it: whoever "
        "reaches it can read them. Keep it on a private network, or use dask+tls:// (docs/cluster.md)."
    )
