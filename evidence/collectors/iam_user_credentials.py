"""`iam.user-credentials`: SSH public keys and signing certificates of each IAM user."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

DETAILS = "iam.authorization-details"
SSH_KEYS = Operation("iam", "ListSSHPublicKeys", list_key="SSHPublicKeys")
SIGNING = Operation("iam", "ListSigningCertificates", list_key="Certificates")

GONE = ("NoSuchEntity",)
"""A user who was listed and is no more."""
PARTS = {"SSHPublicKeys": SSH_KEYS, "SigningCertificates": SIGNING}
# A certificate's body is public, and of no use here.
BODY = "CertificateBody"


@collector(
    item="iam.user-credentials",
    title="SSH keys and signing certificates of IAM users",
    scope=Scope.ACCOUNT,
    operations=(SSH_KEYS, SIGNING),
    shape=(
        "one record a user: UserName, Arn, SSHPublicKeys, SigningCertificates (ids, Status, UploadDate); of "
        "a user deleted meanwhile UserName, Arn and Vanished (true)"
    ),
    blind_spots=(
        "The users are those of the authorization details: one made since is missing.",
        "Says nothing of use: AWS gives no last-used date of these credentials.",
    ),
    needs=(DETAILS,),
    calls=86,
    people={
        ("SSHPublicKeys", "SSHPublicKeyId"): ValueKind.ACCESS_KEY,
        ("SigningCertificates", "CertificateId"): ValueKind.ACCESS_KEY,
    },
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield each user's keys and certificates."""
    yield from ctx.map(_user, _users(ctx))


def _users(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield name and ARN of each user; one without is no user that AWS could be asked about."""
    for record in ctx.needed(DETAILS):
        user = record.get("UserDetail")
        if isinstance(user, dict) and isinstance(user.get("UserName"), str):
            yield user["UserName"], str(user.get("Arn", ""))


def _user(ctx: Context, asked: tuple[str, str]) -> dict[str, Any]:
    name, arn = asked
    parts: dict[str, Any] = {}
    for member, operation in PARTS.items():
        pages = list(ctx.pages(operation, absent=GONE, UserName=name))
        if not pages:
            return {"UserName": name, "Arn": arn, "Vanished": True}
        found = (one for page in pages for one in page[str(operation.list_key)])
        parts[member] = [{key: value for key, value in one.items() if key != BODY} for one in found]
    return {"UserName": name, "Arn": arn, **parts}
