"""Lends credentials to another process for one unit: as they are now, renewed from outside."""

from dataclasses import dataclass, field

from botocore.credentials import ReadOnlyCredentials

from evidence.aws.sessions import AccountSession, frozen


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Credentials as plain data. No member shows in its representation, which other programs log."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)


def keys_of(session: AccountSession) -> SessionKeys:
    """Return a session's credentials, renewed first if they are about to expire.

    Raises RoleError, and CredentialSourceError.
    """
    keys = frozen(session.credentials)
    return SessionKeys(keys.access_key, keys.secret_key, keys.token)


class Lease:
    """botocore's credentials, of the keys that were lent last."""

    method = "evidence"

    def __init__(self, keys: SessionKeys) -> None:
        self.renew(keys)

    def renew(self, keys: SessionKeys) -> None:
        """Take these from now on."""
        self._frozen = ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token)

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return what the next request is signed with."""
        return self._frozen
