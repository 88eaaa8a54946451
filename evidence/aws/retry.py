"""Decides when a call is tried again and how long it waits: throttling, network errors, broken answers.

Waiting grows exponentially with full jitter (as the AWS SDKs do). All clients of one service and region
share a pace, so that sixteen threads slow down together instead of each learning about the limit alone.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its name
from botocore.parsers import ResponseParserError

from evidence.aws.failures import AnswerError
from evidence.foreign import CredentialSourceError

THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
TRANSIENT_STATUS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how patiently a call is tried."""

    throttled_attempts: int = 12
    attempts: int = 5
    """For everything else that may pass."""
    base: float = 0.1
    """Seconds; doubled with every attempt."""
    longest: float = 20.0

    def delay(self, error: Exception, attempt: int, jitter: Callable[[], float]) -> float | None:
        """Return the seconds to wait before the next attempt, None when there is none."""
        if is_throttling(error):
            allowed = self.throttled_attempts
        elif is_transient(error):
            allowed = self.attempts
        else:
            return None
        if attempt >= allowed:
            return None
        ceiling: float = min(self.longest, self.base * 2**attempt)
        return jitter() * ceiling


QUICK = Retry(attempts=2)
"""For the first call: a wrong endpoint should be told at once."""


def is_throttling(error: Exception) -> bool:
    """Say whether AWS asked to slow down."""
    error = source_of(error)
    if not isinstance(error, ClientError):
        return False
    return code_of(error) in THROTTLING or status_of(error) == 429


def is_transient(error: Exception) -> bool:
    """Say whether the same request may well succeed a moment later."""
    error = source_of(error)
    if isinstance(error, ClientError):
        return code_of(error) in TRANSIENT or status_of(error) in TRANSIENT_STATUS
    return isinstance(error, HTTPClientError | ConnectionError | ResponseParserError | AnswerError)


def source_of(error: Exception) -> Exception:
    """Return what the source of the credentials raised where that is why a request failed, else the error."""
    return error.source if isinstance(error, CredentialSourceError) else error


def code_of(error: ClientError) -> str:
    """Return AWS's error code, without the namespace some services put before it."""
    return str(error.response.get("Error", {}).get("Code", "")).rsplit("#", 1)[-1].split(":", 1)[0]


def status_of(error: ClientError) -> int:
    """Return the HTTP status, 0 when unknown."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


class Paces:
    """The paces of one account's calls; shared by all who ask in it. Safe for use by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str | None], Pace] = {}

    def of(self, service: str, region: str | None) -> "Pace":
        """Return the pace of a service in a region."""
        with self._lock:
            return self._paces.setdefault((service, region), Pace())


class Pace:
    """The interval between requests to one service in one region: grows on throttling, shrinks on success."""

    FIRST = 0.05
    SLOWEST = 2.0
    NEGLIGIBLE = 0.005

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interval = 0.0
        self._next = 0.0

    def turn(self, now: float) -> float:
        """Take the next turn; return the seconds to wait for it (`now` and turns in monotonic seconds)."""
        with self._lock:
            if not self._interval:
                return 0.0
            self._next = max(self._next + self._interval, now)
            return self._next - now

    def throttled(self) -> None:
        """Slow down."""
        with self._lock:
            self._interval = min(max(self._interval * 1.5, self.FIRST), self.SLOWEST)

    def succeeded(self) -> None:
        """Speed up a little."""
        with self._lock:
            self._interval *= 0.9
            if self._interval < self.NEGLIGIBLE:
                self._interval = 0.0
