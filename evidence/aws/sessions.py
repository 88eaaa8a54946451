"""Sessions and clients. Credentials, region, endpoint and proxies come from the standard AWS settings."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound, UnknownRegionError

from evidence import __version__
from evidence.aws import answers, gate
from evidence.errors import CredentialsError, UsageError
from evidence.private import without_secrets
from evidence.records import Operation

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 60
"""Seconds. GetAccountAuthorizationDetails is the slowest answer; 60 s is botocore's own default."""


class AccountSession:
    """The clients of one account. Other accounts get one each, from the credentials of an assumed role.

    Clients are shared by all threads, as botocore allows; the session, which is not thread-safe, stays
    behind a lock and is not handed out, so that no client can be made around the gate.
    """

    def __init__(
        self, session: botocore.session.Session, region: str, connections: int, attempts: int = 1
    ) -> None:
        self.region = region
        """Where calls go that name no region."""
        self._session = session
        self._config = _config(connections, attempts)
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str | None = None) -> BaseClient:
        """Return the client of a service (boto3's name) in a region."""
        key = (service, region or self.region)
        return self._clients.get(key) or self._create(key)

    def _create(self, key: tuple[str, str]) -> BaseClient:
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    key[0], region_name=key[1], config=self._config
                )
            return self._clients[key]


@dataclass(frozen=True, slots=True)
class Connection:
    """An account's session and where it points."""

    account: AccountSession
    partition: str
    known_regions: frozenset[str]
    """The partition's regions that this version of botocore knows."""


def connect(
    *,
    profile: str | None,
    region: str | None,
    operations: Iterable[Operation],
    connections: int,
    attempts: int = 1,
) -> Connection:
    """Find credentials, region and partition; return a session whose clients may send `operations` only.

    `attempts` is for callers that leave retries to botocore; see `_config`.

    Raises CredentialsError without usable credentials, UsageError for a profile or region that is unknown.
    """
    try:
        own = botocore.session.Session(profile=profile)
        region = region or own.get_config_variable("region") or default_region(own)
        partition = own.get_partition_for_region(region)
    except ProfileNotFound as error:
        raise UsageError(
            f"{error}.".replace("..", "."), "`aws configure list-profiles` lists them."
        ) from error
    except UnknownRegionError as error:
        raise _unknown_region(region) from error
    except BotoCoreError as error:  # a configuration file that is none
        raise UsageError(
            f"The AWS configuration cannot be used: {without_secrets(str(error))}.".replace("..", "."),
            "Repair it, or name another with AWS_CONFIG_FILE.",
        ) from error
    known = frozenset(own.get_available_regions("ec2", partition))
    if region not in known:
        raise _unknown_region(region)
    account = AccountSession(_gated(own, profile, operations), region, connections, attempts)
    return Connection(account, partition, known)


def default_region(session: botocore.session.Session) -> str:
    """Return where to ask when nothing is configured: the global region of botocore's first partition."""
    region: str = session.get_data("partitions")["partitions"][0]["outputs"]["implicitGlobalRegion"]
    return region


def _gated(
    own: botocore.session.Session, profile: str | None, operations: Iterable[Operation]
) -> botocore.session.Session:
    """Return a second session behind the gate that takes its credentials from the first.

    Credentials may themselves come from calls (AssumeRole of a profile, SSO); those are the user's own
    configuration and pass through the first session, never through the one that collects.
    """
    try:
        credentials = own.get_credentials()
    except BotoCoreError as error:
        raise CredentialsError(
            f"The AWS credentials cannot be used: {without_secrets(str(error))}"
        ) from error
    if credentials is None:
        raise CredentialsError("No AWS credentials were found.")
    gated = botocore.session.Session(profile=profile)
    gated.register_component("credential_provider", _Credentials(credentials))
    gate.close(gated, operations)
    answers.watch(gated)
    return gated


@dataclass(frozen=True, slots=True)
class _Credentials:
    """botocore's credential provider, already resolved; refreshes itself where its source does."""

    credentials: Any

    def load_credentials(self) -> Any:
        return self.credentials


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
