"""Makes boto3 sessions and clients; credentials, region, endpoint and proxies come from AWS's settings."""

import getpass
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound, UnknownRegionError
from botocore.session import Session
from botocore.utils import create_nested_client

from evidence import __version__
from evidence.aws import answers, gate
from evidence.aws.cause import credentials_error
from evidence.aws.failures import CodeNeededError, RoleError
from evidence.aws.gate import ASSUME_ROLE
from evidence.aws.models import open_session
from evidence.aws.reach import AwsEndpoints, bare_session, require_plain_endpoints
from evidence.aws.tls import SharedCertificates
from evidence.errors import CredentialsError, UsageError
from evidence.foreign import CredentialSourceError, as_error, printable
from evidence.records import Operation

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 60
"""Seconds. GetAccountAuthorizationDetails is the slowest answer; 60 s is botocore's own default."""


Guard = Callable[[Session, Iterable[Operation]], None]
"""Lets clients of a session send these operations, and nothing else."""


class _SigningCredentials(threading.local):
    """Whose credentials sign what this thread sends. Without `__slots__`, as those are shared by threads."""

    def __init__(self) -> None:
        self.credentials: Any = None


_signing = _SigningCredentials()


def frozen(credentials: Any) -> Any:
    """Return botocore's credentials as they are now, renewed first if they are about to expire.

    Raises RoleError, and CredentialSourceError whatever else their source raises.
    """
    with _source_errors():
        return credentials.get_frozen_credentials()


@contextmanager
def _source_errors() -> Iterator[None]:
    """Take whatever comes out of a source of credentials for its failure: botocore lets anything through."""
    try:
        yield
    except RoleError:
        raise
    except Exception as error:
        raise CredentialSourceError(error) from error


class _ThreadCredentials:
    """botocore's credentials of clients that many accounts share: those of the account asked right now.

    A client takes 20 to 100 ms to make and megabytes to keep, and an account needs one for each service and
    region. Shared, thousands of accounts need no more of them than one does.
    """

    method = "evidence"

    def get_frozen_credentials(self) -> Any:
        """Return what the request is signed with."""
        if _signing.credentials is None:
            raise RuntimeError("a request was made outside of any account's session")
        return frozen(_signing.credentials)

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that returns a member of the credentials."""
        return lambda: getattr(self.get_frozen_credentials(), name, None)


class Clients:
    """The clients of one gated session, shared by all threads and accounts.

    The session, which is not thread-safe, stays behind a lock and is not handed out, so that no client can
    be made around the gate.
    """

    def __init__(
        self,
        session: Session,
        connections: int,
        attempts: int = 1,
        reach: AwsEndpoints | None = None,
    ) -> None:
        self._session = session
        self._reach = reach
        self._config = _config(connections, attempts)
        if reach is not None:
            self._config = self._config.merge(reach.config())
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._certificates = SharedCertificates()
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> BaseClient:
        """Return the client of a service (boto3's name) in a region."""
        key = (service, region)
        return self._clients.get(key) or self._create(key)

    def _create(self, key: tuple[str, str]) -> BaseClient:
        with self._lock:
            if key not in self._clients:
                # botocore's name for a client without the plugins that the environment may name: they could
                # take the gate out again.
                made = create_nested_client(
                    self._session,
                    key[0],
                    region_name=key[1],
                    config=self._config,
                    endpoint_url=self._reach.endpoint(key[0]) if self._reach else None,
                )
                self._certificates.give_to(made)
                self._clients[key] = made
            return self._clients[key]


@dataclass(frozen=True, slots=True)
class AccountSession:
    """One account's credentials and the clients that are signed with them."""

    clients: Clients
    credentials: Any
    """botocore's, which renew themselves where their source does."""
    region: str
    """Where calls go that name no region."""

    def client(self, service: str, region: str | None = None) -> BaseClient:
        """Return the client of a service; to be used inside `signing` only."""
        return self.clients.client(service, region or self.region)

    @contextmanager
    def signing(self) -> Iterator[None]:
        """Sign what this thread sends in this account's name."""
        before, _signing.credentials = _signing.credentials, self.credentials
        try:
            yield
        finally:
            _signing.credentials = before


@dataclass(frozen=True, slots=True)
class Connection:
    """The caller's own account, the way into others, and where both point."""

    account: AccountSession
    assuming: AccountSession
    """The same credentials behind a gate that lets AssumeRole through, and nothing else."""
    partition: str
    known_regions: frozenset[str]
    """The partition's regions that this version of botocore knows."""

    def member(self, credentials: Any) -> AccountSession:
        """Return the session of another account, behind the same gate as the caller's own."""
        return AccountSession(self.account.clients, credentials, self.account.region)


def connect(
    *,
    profile: str | None,
    region: str | None,
    operations: Iterable[Operation],
    connections: int,
    attempts: int = 1,
    guard: Guard | None = None,
) -> Connection:
    """Find credentials, region and partition; return a session whose clients may send `operations` only.

    `attempts` is for callers that leave retries to botocore; see `_config`. `guard` is another gate in the
    place of the read-only one.

    Raises CredentialsError without usable credentials, UsageError for a profile or region that is unknown,
    EndpointError for an endpoint that is more than scheme and host.
    """
    operations = (*operations, gate.CALLER_IDENTITY)
    try:
        own = open_session(profile)
        require_plain_endpoints(own, {operation.service for operation in operations})
        region = region or own.get_config_variable("region") or default_region(own)
        partition = own.get_partition_for_region(region)
    except ProfileNotFound as error:
        raise UsageError(
            f"There is no AWS profile named {profile or os.environ.get('AWS_PROFILE', '')!r}.",
            "`aws configure list-profiles` lists them.",
        ) from error
    except UnknownRegionError as error:
        raise _unknown_region(region) from error
    except BotoCoreError as error:  # a configuration file that is none
        raise as_error(error) from error
    known = _regions_of(own, partition)
    if region not in known:
        raise _unknown_region(region)
    credentials = _credentials(own)
    collecting = Clients(_gated(own, operations, guard), connections, attempts)
    assuming = Clients(_gated(own, (ASSUME_ROLE,)), connections)
    return Connection(
        AccountSession(collecting, credentials, region),
        AccountSession(assuming, credentials, region),
        partition,
        known,
    )


def clients_of(profile: str | None, operations: Iterable[Operation], connections: int) -> Clients:
    """Return clients behind the same gate as `connect`'s, set up by the same profile, for another process."""
    return Clients(_gated(open_session(profile), operations), connections)


def clients_at(reach: AwsEndpoints, operations: Iterable[Operation], connections: int) -> Clients:
    """Return clients behind the same gate as `connect`'s, which ask where another process does.

    Nothing is read of this machine's profiles, so that a unit gets the same answers wherever it runs.
    """
    return Clients(_close(bare_session(), operations), connections, reach=reach)


def default_region(session: Session) -> str:
    """Return where to ask when nothing is configured: the global region of botocore's first partition."""
    region: str = session.get_data("partitions")["partitions"][0]["outputs"]["implicitGlobalRegion"]
    return region


def _credentials(own: Session) -> Any:
    """Return the caller's credentials.

    They may themselves come from calls (AssumeRole of a profile, SSO); those are the user's own
    configuration and pass through this session, never through one that collects.
    """
    try:
        with _source_errors():
            # botocore would read the code from a pipe, or say no more than that the input has ended.
            own.get_component("credential_provider").get_provider("assume-role")._prompter = _type_code
            credentials = own.get_credentials()
    except CredentialSourceError as error:
        raise credentials_error(error) from error
    if credentials is None:
        raise CredentialsError("No AWS credentials were found.")
    return credentials


def _type_code(question: str) -> str:
    """Have an MFA code typed at the terminal; raises CodeNeededError without one, or without an answer."""
    if not (sys.stdin and sys.stdin.isatty()):
        raise CodeNeededError
    try:
        return getpass.getpass(printable(question), sys.stderr)
    except EOFError as error:
        raise CodeNeededError from error


def _regions_of(session: Session, partition: str) -> frozenset[str]:
    """Return a partition's regions, of data that is at hand: `get_available_regions` reads all of EC2's."""
    partitions = {one["id"]: one for one in session.get_data("partitions")["partitions"]}
    return frozenset(name for name in partitions[partition]["regions"] if not name.endswith("-global"))


def _gated(own: Session, operations: Iterable[Operation], guard: Guard | None = None) -> Session:
    """Return a session behind the gate, of the same profile, without credentials of its own."""
    gated = open_session(own.profile)
    # What botocore has read from its own files (endpoints, services) need not be read again.
    gated.register_component("data_loader", own.get_component("data_loader"))
    return _close(gated, operations, guard or read_only)


def read_only(session: Session, operations: Iterable[Operation]) -> None:
    """Let operations through that read, and look at every answer."""
    gate.allow_only(session, operations)
    answers.watch(session)


def _close(gated: Session, operations: Iterable[Operation], guard: Guard = read_only) -> Session:
    gated.register_component("credential_provider", _ThreadCredentialProvider())
    guard(gated, operations)
    return gated


class _ThreadCredentialProvider:
    """botocore's credential provider, for sessions whose credentials follow the thread."""

    def load_credentials(self) -> Any:
        return _ThreadCredentials()


def _config(connections: int, attempts: int) -> Config:
    """Return botocore's settings; with one attempt its retries are off, and `evidence.aws.retry` does them.

    botocore retries neither HTML with status 200 nor an answer without its list, sleeps without regard to
    a deadline or an interrupt, and does not say when it was throttled.
    """
    return Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=connections,
        tcp_keepalive=True,
        user_agent_extra=f"aws-evidence/{__version__}",
    )


def _unknown_region(region: str | None) -> UsageError:
    return UsageError(
        f"There is no AWS region named {region!r}.", "Check --region, AWS_REGION and the profile's region."
    )
