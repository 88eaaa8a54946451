"""Loads the authorities' certificates once for all connections, where urllib3 would for each: 25 to 45 ms.

botocore has no public seam for this, so that the context is put where its HTTP session keeps one. It is
botocore's own, made as ever, and botocore still says which file is loaded and that it is asked for.
"""

import ssl
import threading
from typing import Any

from botocore.client import BaseClient

_VERIFY_MODE: property = vars(ssl.SSLContext)["verify_mode"]


class _LoadedOnce(ssl.SSLContext):
    """A context that many connections share: it loads one file, once, and never stops verifying."""

    _lock: threading.Lock
    _loaded: tuple[Any, ...] | None

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        """Load the first time. Raises ssl.SSLError for any others: all connections would trust them."""
        asked = (cafile, capath, cadata)
        with self._lock:
            if self._loaded is None:
                super().load_verify_locations(cafile, capath, cadata)
                self._loaded = asked
        if asked != self._loaded:
            raise ssl.SSLError(f"a shared context trusts {self._loaded}, and was to trust {asked} as well")

    @property  # type: ignore[override]
    def verify_mode(self) -> ssl.VerifyMode:
        """CERT_REQUIRED, always."""
        return _VERIFY_MODE.fget(self)  # type: ignore[misc, no-any-return]

    @verify_mode.setter
    def verify_mode(self, value: ssl.VerifyMode) -> None:
        """Raises ssl.SSLError for anything that verifies less, as that would hold for all connections."""
        if value is not ssl.CERT_REQUIRED:
            raise ssl.SSLError("a shared context always verifies")
        _VERIFY_MODE.fset(self, value)  # type: ignore[misc]


class SharedCertificates:
    """The context of all clients of one session, which verify by the same authorities."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    def give_to(self, client: BaseClient) -> bool:
        """Let a client's connections share the context; say whether they do.

        Not where a client shows a certificate, or trusts a proxy by other authorities: others would too. And
        not where botocore keeps its context elsewhere; then each connection loads the file, as ever.
        """
        config = client.meta.config
        if config.client_cert or config.proxies_config:
            return False
        try:
            session = client._endpoint.http_session
            keywords = session._manager.connection_pool_kw
            if not isinstance(keywords["ssl_context"], ssl.SSLContext) or not callable(
                session._get_ssl_context
            ):
                return False
        except (AttributeError, KeyError):
            return False
        context = self._context = self._context or _shared(keywords["ssl_context"])
        keywords["ssl_context"] = context
        session._get_ssl_context = lambda: context  # for proxies, whose pools are made later
        return True


def _shared(context: ssl.SSLContext) -> ssl.SSLContext:
    """Turn a context that botocore has made, and no connection has used, into one to share."""
    context.__class__ = _LoadedOnce
    assert isinstance(context, _LoadedOnce)  # noqa: S101  for the type checker
    context._lock, context._loaded = threading.Lock(), None
    return context
