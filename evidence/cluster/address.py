"""Parses the address of a Dask scheduler, as `--executor` takes it."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from evidence.settings.model import EXECUTOR_SCHEMES

_PORT = 8786
"""Dask's own."""


@dataclass(frozen=True, slots=True)
class SchedulerAddress:
    """Where the scheduler is."""

    scheme: str
    host: str
    dask: str
    """How Dask writes it."""

    @classmethod
    def of(cls, executor: str) -> "SchedulerAddress":
        """Return the address of an executor that the settings allow."""
        parts = urlsplit(executor)
        place = parts.netloc if parts.port else f"{parts.netloc}:{_PORT}"
        return cls(parts.scheme, parts.hostname or "", f"{EXECUTOR_SCHEMES[parts.scheme]}://{place}")

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects the connection."""
        return EXECUTOR_SCHEMES[self.scheme] == "tls"

    @property
    def warning(self) -> str:
        """What to tell whoever uses it: credentials must not cross a network in the clear."""
        if self.encrypted or _is_loopback(self.host):
            return ""
        return (
            f"The connection to {self.host} is not encrypted, and AWS credentials cross it: whoever "
            "reaches it can read them. Keep it on a private network, or use dask+tls:// (docs/cluster.md)."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
