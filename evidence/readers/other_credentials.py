"""Reads the long-lived credentials that the credential report has no columns for, and server certificates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, optional_moment, require_moment, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

SERVICE = "iam.service-credentials"
CERTIFICATES = "iam.server-certificates"
OF_USERS = "iam.user-credentials"
STATES = ("Active", "Inactive", "Expired")

_PARTS = (
    ("SSH public key", "SSHPublicKeys", "SSHPublicKeyId"),
    ("signing certificate", "SigningCertificates", "CertificateId"),
)
# Services whose credential is a bearer secret: an API key that is sent along, with no signature made by it.
BEARER = frozenset({"bedrock.amazonaws.com", "logs.amazonaws.com", "cloudwatch.amazonaws.com"})


@dataclass(frozen=True, slots=True)
class LongLivedCredential:
    """One credential of a user."""

    user: str
    """The user's name."""
    kind: str
    """`SSH public key`, `signing certificate`, `credential for SERVICE`."""
    id: str
    status: str
    """One of STATES."""
    made: datetime | None
    expires: datetime | None
    bearer: bool
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """What was asked of one user; `credentials` is None where the user was deleted meanwhile."""

    user: str
    credentials: tuple[LongLivedCredential, ...] | None
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate in IAM."""

    arn: str
    expires: datetime
    pointer: Pointer


def service_credentials(evidence: Evidence, account: str) -> Iterator[LongLivedCredential | Unreadable]:
    """Yield the service-specific credentials of an account's users."""
    return evidence.each(SERVICE, _service, account)


def server_certificates(evidence: Evidence, account: str) -> Iterator[ServerCertificate | Unreadable]:
    """Yield an account's server certificates."""
    return evidence.each(CERTIFICATES, _certificate, account)


def user_credentials(evidence: Evidence, account: str) -> Iterator[UserCredentials | Unreadable]:
    """Yield what was asked of each user of an account."""
    return evidence.each(OF_USERS, _user, account)


def _service(located: LocatedRecord) -> LongLivedCredential:
    record = located.value
    service = require_text(record["ServiceName"])
    return LongLivedCredential(
        user=require_text(record["UserName"]),
        kind=f"credential for {service}",
        id=require_text(record["ServiceSpecificCredentialId"]),
        status=_status(record),
        made=optional_moment(record.get("CreateDate")),
        expires=optional_moment(record.get("ExpirationDate")),
        bearer=service in BEARER,
        pointer=pointer_to(located),
    )


def _certificate(located: LocatedRecord) -> ServerCertificate:
    return ServerCertificate(
        arn=require_text(located.value["Arn"]),
        expires=require_moment(located.value["Expiration"]),
        pointer=pointer_to(located),
    )


def _user(located: LocatedRecord) -> UserCredentials:
    record = located.value
    name = require_text(record["UserName"])
    if record.get("Vanished") is True:
        return UserCredentials(name, None, pointer_to(located))
    made = [
        LongLivedCredential(
            user=name,
            kind=kind,
            id=require_text(one[key]),
            status=_status(one),
            made=optional_moment(one.get("UploadDate")),
            expires=None,
            bearer=False,
            pointer=pointer_to(located),
        )
        for kind, member, key in _PARTS
        for one in _list(record[member])
    ]
    return UserCredentials(name, tuple(made), pointer_to(located))


def _status(record: Mapping[str, Any]) -> str:
    status = record["Status"]
    if status not in STATES:
        raise MalformedEvidenceError(f"{status!r} stands as the status of a credential")
    return str(status)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedEvidenceError(f"{value!r} stands where a list belongs")
    return value
