"""Makes the IAM policy of the role that keeps an archive in S3: what its gate lets through, no more."""

import json
from collections.abc import Iterable
from typing import Any

from evidence.archive.s3.gate import OPERATIONS
from evidence.aws.models import open_session
from evidence.aws.policy import SESSION_POLICY_LENGTH
from evidence.errors import UsageError
from evidence.records import Operation
from evidence.settings.sections import ArchiveSettings

_ABOUT_OBJECTS = ("GetObject", "PutObject", "AbortMultipartUpload")
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]


def archive_policy(settings: ArchiveSettings) -> dict[str, Any]:
    """Return the policy document for the bucket and prefix that the settings name.

    Raises UsageError when they name none.
    """
    bucket, prefix = require_bucket(settings)
    arn = f"arn:{_partition(settings)}:s3:::{bucket}"
    owned = {"StringEquals": {"s3:ResourceAccount": settings.owner}} if settings.owner else None
    made = statements(arn, f"{arn}/{prefix}*", owned)
    return policy_document([*made, *([key_statement(settings.kms_key)] if settings.kms_key else [])])


def actions_of(operations: Iterable[Operation] = OPERATIONS) -> tuple[list[str], list[str]]:
    """Return the actions on the bucket and those on what lies in it, sorted."""
    actions = sorted({action for one in operations for action in one.iam_actions})
    inside = [one for one in actions if one.removeprefix("s3:").startswith(_ABOUT_OBJECTS)]
    return [one for one in actions if one not in inside], inside


def statements(bucket: Any, objects: Any, condition: Any = None) -> list[dict[str, Any]]:
    """Return the statements for a bucket; the resources may be expressions of a template."""
    about, inside = actions_of()
    more = {"Condition": condition} if condition else {}
    return [
        {"Sid": "EvidenceArchiveBucket", "Effect": "Allow", "Action": about, "Resource": bucket, **more},
        {"Sid": "EvidenceArchivePacks", "Effect": "Allow", "Action": inside, "Resource": objects, **more},
    ]


def key_statement(key: Any) -> dict[str, Any]:
    """Return the statement that lets packs be encrypted and decrypted with a key of AWS KMS."""
    return {"Sid": "EvidenceArchiveKey", "Effect": "Allow", "Action": KEY_ACTIONS, "Resource": key}


def policy_document(made: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a policy with these statements."""
    return {"Version": "2012-10-17", "Statement": made}


def session_policy(settings: ArchiveSettings) -> str:
    """Return the policy of a session in the archive's role; raises UsageError when AWS would not take it."""
    text = json.dumps(archive_policy(settings), separators=(",", ":"))
    if len(text) > SESSION_POLICY_LENGTH:
        raise UsageError("The session policy for the archive is too long.", "Choose a shorter prefix.")
    return text


def require_bucket(settings: ArchiveSettings) -> tuple[str, str]:
    """Return bucket and prefix; raises UsageError when the settings name none."""
    if settings.bucket is None:
        raise UsageError(
            "No archive in S3 is given.", "Name it with --archive s3://BUCKET/PREFIX, or [archive] location."
        )
    return settings.bucket


def _partition(settings: ArchiveSettings) -> str:
    if settings.region is None:
        return "aws"
    partition: str = open_session().get_partition_for_region(settings.region)
    return partition
