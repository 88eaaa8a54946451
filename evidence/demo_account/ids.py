"""Makes account numbers, ARNs, access key ids and UUIDs that look like AWS's and never change."""

import base64
import hashlib
import uuid

MANAGEMENT_ACCOUNT = "123456789012"
ORGANIZATION_ID = "o-n0rthw1nd7"
ROOT_ARN = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"
IDENTITY_CENTER_REGION = "eu-west-1"
INSTANCE_ARN = "arn:aws:sso:::instance/ssoins-7223b1d4c6a98e05"
IDENTITY_STORE_ID = "d-9367a1c2e4"
CALLER_ARN = f"arn:aws:sts::{MANAGEMENT_ACCOUNT}:assumed-role/EvidenceCollector/evidence"


COLLECTOR = "EvidenceCollector"
"""The role that is assumed in member accounts."""
EXTERNAL_ID = "northwind-evidence-2026"


def root_arn(account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


def digest(*parts: str) -> bytes:
    """Return 32 bytes that depend on nothing but the parts."""
    return hashlib.sha256("\0".join(("northwind", *parts)).encode()).digest()


def unique_id(prefix: str, name: str) -> str:
    """Return an IAM unique id: `AIDA` and 17 characters."""
    letters = base64.b32encode(digest(prefix, name)).decode().rstrip("=")
    return f"{prefix}{letters[:17]}"


def access_key_id(user: str, number: int) -> str:
    """Return a well-formed access key id that belongs to nobody."""
    return unique_id("AKIA", f"{user}#{number}")[:20]


def uuid_of(*parts: str) -> str:
    """Return a UUID that depends on nothing but the parts."""
    return str(uuid.UUID(bytes=digest("uuid", *parts)[:16], version=4))


def hex_of(length: int, *parts: str) -> str:
    """Return lower-case hexadecimal digits that depend on nothing but the parts."""
    return digest("hex", *parts).hex()[:length]
