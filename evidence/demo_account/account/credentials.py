"""Lists the demo account's credentials beyond passwords and access keys, and its server certificates."""

from typing import Any

from evidence.demo_account.account.shapes import DaysAgo
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, unique_id

BEDROCK, CODECOMMIT = "bedrock.amazonaws.com", "codecommit.amazonaws.com"


def credential_id(user: str, service: str) -> str:
    """Return the id of a user's credential for a service."""
    return unique_id("ACCA", f"{user} {service}")


def ssh_key_id(user: str) -> str:
    """Return the id of a user's SSH public key."""
    return unique_id("APKA", user)


def certificate_arn(name: str) -> str:
    """Return the ARN of a server certificate."""
    return f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:server-certificate/{name}"


def _service(
    user: str, service: str, made: float, status: str = "Active", expires: float | None = None
) -> dict[str, Any]:
    name = "ServiceCredentialAlias" if service == BEDROCK else "ServiceUserName"
    return {
        "UserName": user, "Status": status, name: f"{user}-at-{MANAGEMENT_ACCOUNT}",
        "CreateDate": DaysAgo(made), "ServiceSpecificCredentialId": credential_id(user, service),
        "ServiceName": service,
        **({} if expires is None else {"ExpirationDate": DaysAgo(expires, once=True)}),
    }  # fmt: skip


SERVICE = [
    _service("svc-jenkins-build", CODECOMMIT, 60),
    # Planted: an API key for a proof of concept that nobody ended.
    _service("svc-poc-textract", BEDROCK, 236),
    # Planted: expired, and never removed.
    _service("svc-partner-sandbox", BEDROCK, 42, "Expired", 12),
    # Near miss: young, and it expires.
    _service("svc-new-warehouse", BEDROCK, 18, expires=-12),
    # Near miss: old, and inactive.
    _service("svc-retired-meter", CODECOMMIT, 800, "Inactive"),
]

SSH_KEYS: dict[str, list[dict[str, Any]]] = {
    # Planted: a key of 403 days.
    "svc-mobile-build": [{"Status": "Active", "UploadDate": DaysAgo(403)}],
    "svc-jenkins-build": [{"Status": "Active", "UploadDate": DaysAgo(51)}],
    # Near miss: as old, and inactive.
    "svc-terraform": [{"Status": "Inactive", "UploadDate": DaysAgo(520)}],
}

SIGNING: dict[str, list[dict[str, Any]]] = {
    # Near miss: of the days when EC2's tools signed with them, and inactive.
    "legacy-admin": [{"Status": "Inactive", "UploadDate": DaysAgo(2050)}],
}


def _certificate(name: str, uploaded: float, expires: float) -> dict[str, Any]:
    return {
        "Path": "/", "ServerCertificateName": name, "ServerCertificateId": unique_id("ASCA", name),
        "Arn": certificate_arn(name), "UploadDate": DaysAgo(uploaded),
        "Expiration": DaysAgo(expires, once=True),
    }  # fmt: skip


CERTIFICATES = [
    # Planted: expired 41 days ago, and left.
    _certificate("northwind-legacy-gateway", 438, 41),
    # Near miss: it expires in 20 days.
    _certificate("northwind-sftp-gateway", 345, -20),
]
