"""What can go wrong with one request, how the demo account plays it, and what a run must make of it."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.records import Cause
from tests.aws_server.faults import Fault

JSON_SERVICES = frozenset(
    {"account", "accessanalyzer", "cloudtrail", "config", "identitystore", "organizations", "sso-admin"}
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a fault is put: one page of one operation, in one region where the operation is regional."""

    service: str
    operation: str
    page: int
    region: str | None
    paginated: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    error: Callable[[Spot], str]
    causes: frozenset[Cause]
    """What the gap must name; empty when the run must get over it."""
    status: int = 400
    scp: bool = False
    message: str = ""
    first_n: int | None = None
    pauses: bool = False
    """Whether it meets every request from there on: the run must pause, and go on as if nothing had been."""
    fits: Callable[[Spot], bool] = lambda _: True

    def fault(self, spot: Spot) -> Fault:
        """Return the fault as the demo account takes it."""
        return Fault(
            service=spot.service,
            operation=spot.operation,
            error=self.error(spot),
            status=self.status,
            message=self.message,
            region=spot.region,
            page=spot.page,
            first_n=self.first_n,
            spreads=self.pauses,
            scp=self.scp,
        )


def _same(error: str) -> Callable[[Spot], str]:
    return lambda _: error


def _of_protocol(query: str, json: str) -> Callable[[Spot], str]:
    """Return the code in the dress that the service's protocol gives it."""
    return lambda spot: json if spot.service in JSON_SERVICES else query


def _json(spot: Spot) -> bool:
    return spot.service in JSON_SERVICES


def _iam_list(spot: Spot) -> bool:
    return spot.paginated and spot.service == "iam"


INCOMPLETE = frozenset({Cause.ANSWER_INCOMPLETE})
UNREACHED = frozenset({Cause.UNREACHABLE})
OUT_OF_PATIENCE = frozenset({Cause.THROTTLED, Cause.DEADLINE})
FAILED = frozenset({Cause.FAILED})
DENIED = _of_protocol("AccessDenied", "AccessDeniedException")
THROTTLED = _of_protocol("Throttling", "ThrottlingException")
EXPIRED_SIGNATURE = "Signature expired: 20261001T060000Z is now earlier than 20261001T060500Z"

KINDS = (
    Kind("access-denied", DENIED, frozenset({Cause.PERMISSION_MISSING}), status=403),
    Kind("denied-by-scp", DENIED, frozenset({Cause.DENIED_BY_SCP}), status=403, scp=True),
    Kind("throttled-for-ever", THROTTLED, OUT_OF_PATIENCE),
    Kind("throttled-ten-times", THROTTLED, frozenset(), first_n=10),
    Kind("500-for-ever", _of_protocol("InternalFailure", "InternalServerException"), FAILED, status=500),
    Kind(
        "500-twice", _of_protocol("InternalFailure", "InternalServerException"), frozenset(), 500, first_n=2
    ),
    Kind("503-for-ever", _same("ServiceUnavailable"), FAILED, status=503),
    Kind("connection-reset", _same("reset"), UNREACHED),
    Kind("connection-reset-once", _same("reset"), frozenset(), first_n=1),
    Kind("time-out", _same("hang"), UNREACHED),
    Kind("html-200", _same("html200"), INCOMPLETE),
    Kind("blank-200", _same("blank200"), INCOMPLETE),
    Kind("truncated-body", _same("truncated"), INCOMPLETE),
    Kind("empty-object", _same("empty200"), INCOMPLETE),
    # botocore takes a text where a list of texts belongs for a list of letters; the next call then fails.
    Kind("wrong-types", _same("wrong-types"), INCOMPLETE | FAILED, fits=_json),
    Kind("repeated-token", _same("repeated-token"), INCOMPLETE, fits=lambda spot: spot.paginated),
    Kind("missing-marker", _same("no-token"), INCOMPLETE, fits=_iam_list),
    Kind(
        "expired-token",
        _of_protocol("ExpiredToken", "ExpiredTokenException"),
        frozenset({Cause.CREDENTIALS_EXPIRED}),
        status=403,
    ),
    Kind(
        "disabled-region",
        _of_protocol("InvalidClientTokenId", "UnrecognizedClientException"),
        frozenset({Cause.REGION_DISABLED, Cause.CREDENTIALS_EXPIRED}),
        status=403,
    ),
    Kind(
        "signature-expired",
        _of_protocol("SignatureDoesNotMatch", "InvalidSignatureException"),
        frozenset({Cause.CLOCK_WRONG}),
        status=403,
        message=EXPIRED_SIGNATURE,
    ),
    Kind("clock-ten-minutes-off", _same("wrong-clock"), frozenset()),
    Kind(
        "credentials-over",
        _of_protocol("ExpiredToken", "ExpiredTokenException"),
        frozenset(),
        status=403,
        pauses=True,
    ),
    Kind(
        "key-deleted",
        _of_protocol("InvalidClientTokenId", "UnrecognizedClientException"),
        frozenset(),
        status=403,
        pauses=True,
    ),
    Kind("network-gone", _same("reset"), frozenset(), pauses=True),
    Kind("proxy-signed-out", _same("html200"), frozenset(), pauses=True),
)
STAND_INS = frozenset(
    {("account", "ListRegions", "access-denied"), ("account", "ListRegions", "denied-by-scp")}
)
"""Faults that a run gets over because another operation of the item answers (ec2:DescribeRegions)."""
