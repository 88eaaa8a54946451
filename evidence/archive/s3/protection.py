"""Tells whether a bucket can protect what an archive gives it, before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evidence.archive.s3.access import ArchiveBucket, S3CodeError
from evidence.errors import UsageError

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ENCRYPTED = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})


@dataclass(frozen=True, slots=True)
class ProtectionLack:
    """What a bucket lacks, in a clause, and what to do about it."""

    lack: str
    change: str


def require_protection(bucket: ArchiveBucket) -> None:
    """Raise UsageError, with what to change, for a bucket that cannot protect an archive."""
    lacks = list(lacks_of(bucket))
    if lacks:
        raise UsageError(
            f"The bucket {bucket.name} cannot protect an archive, and nothing was written to it: "
            f"{'; '.join(one.lack for one in lacks)}.",
            f"{' '.join(one.change for one in lacks)} `evidence archive template` prints a bucket that is "
            "right.",
        )


def lacks_of(bucket: ArchiveBucket) -> Iterator[ProtectionLack]:
    """Yield what the bucket lacks; raises as `ArchiveBucket.ask`."""
    region = bucket.ask("HeadBucket").get("BucketRegion")
    if region and region != bucket.session.region:
        yield ProtectionLack(
            f"it lies in {region}, and {bucket.session.region} was named",
            f'Set [archive] region to "{region}", or name a bucket in the region that was meant.',
        )
    if bucket.ask("GetBucketVersioning").get("Status") != "Enabled":
        yield ProtectionLack(
            "it keeps no versions, so that what is written over is lost", "Turn versioning on."
        )
    lock = _configuration(bucket, "GetObjectLockConfiguration", "ObjectLockConfiguration")
    if lock.get("ObjectLockEnabled") != "Enabled":
        yield ProtectionLack("it has no Object Lock, so that packs could be deleted", "Turn Object Lock on.")
    blocked = _configuration(bucket, "GetPublicAccessBlock", "PublicAccessBlockConfiguration")
    if open_ones := [one for one in _BLOCKS if not blocked.get(one)]:
        yield ProtectionLack(
            f"public access is not blocked ({', '.join(open_ones)})", "Block all public access."
        )
    rules = _configuration(bucket, "GetBucketEncryption", "ServerSideEncryptionConfiguration").get(
        "Rules", ()
    )
    kinds = {one.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for one in rules}
    if not kinds & _ENCRYPTED:
        yield ProtectionLack("it does not encrypt by default", "Set default encryption (SSE-S3 or SSE-KMS).")


def _configuration(bucket: ArchiveBucket, operation: str, member: str) -> dict[str, Any]:
    """Return a part of the bucket's configuration, nothing where it was never set."""
    try:
        answer = bucket.ask(operation)
    except S3CodeError as error:
        if not error.code.endswith(("NotFoundError", "NotFound")) and "NoSuch" not in error.code:
            raise
        return {}
    found: dict[str, Any] = answer.get(member, {})
    return found
