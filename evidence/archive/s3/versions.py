"""Lists what lies in the archive's bucket: every version and every delete marker, the oldest first."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from evidence.archive.s3.access import ArchiveBucket
from evidence.aws.answers import MAX_PAGES
from evidence.errors import StorageError

Mode = str
"""`COMPLIANCE` or `GOVERNANCE`, as S3 writes it."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of a file, or a delete marker."""

    name: str
    """The key below the archive's prefix."""
    version: str
    modified: datetime
    latest: bool
    size: int = 0
    marker: bool = False


@dataclass(slots=True)
class ObjectHistory:
    """All that lies under one name, the oldest first."""

    versions: list[ObjectVersion] = field(default_factory=list)
    markers: list[ObjectVersion] = field(default_factory=list)

    @property
    def first(self) -> ObjectVersion | None:
        """What was put there first: nothing that came later takes its place."""
        return self.versions[0] if self.versions else None

    @property
    def latest(self) -> ObjectVersion | None:
        """What a plain request gets: a version, or a marker in its place."""
        return next((one for one in (*self.versions, *self.markers) if one.latest), None)


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What S3 says of one version."""

    size: int
    etag: str
    checksum: str | None
    """As S3 has it, in base64: of the bytes, or of the parts' checksums."""
    composite: bool
    told: str | None
    """The SHA-256 that was written beside it when it was put: our own word."""
    mode: Mode | None
    until: datetime | None
    legal_hold: bool

    @property
    def sha256(self) -> str | None:
        """SHA-256 of the bytes, as S3 computed it; None where it has one of the parts alone, or none."""
        if self.checksum is None or self.composite:
            return None
        try:
            return base64.b64decode(self.checksum, validate=True).hex()
        except binascii.Error:
            return None


def histories(bucket: ArchiveBucket, name: str | None = None) -> dict[str, ObjectHistory]:
    """Return what lies in the archive, by name, sorted; of one name alone where it is given."""
    found: dict[str, ObjectHistory] = {}
    for one in _listed(bucket, bucket.key(name or "")):
        # An empty name is the mark that a console sets for a folder: no file, and nothing of the archive.
        if one.name and (name is None or one.name == name):
            history = found.setdefault(one.name, ObjectHistory())
            (history.markers if one.marker else history.versions).append(one)
    for history in found.values():  # S3 lists the newest first; a sort by time alone would mix equal ones
        history.versions.reverse()
        history.markers.reverse()
    return dict(sorted(found.items()))


def _listed(bucket: ArchiveBucket, prefix: str) -> Iterator[ObjectVersion]:
    parameters: dict[str, Any] = {"Prefix": prefix, "Delimiter": "/"}
    for _ in range(MAX_PAGES):
        page = bucket.ask("ListObjectVersions", **parameters)
        for kind in ("Versions", "DeleteMarkers"):
            yield from (_version(bucket, one, kind == "DeleteMarkers") for one in page.get(kind, ()))
        if not page.get("IsTruncated"):
            return
        following = {name: page.get(f"Next{name}") for name in ("KeyMarker", "VersionIdMarker")}
        if not following["KeyMarker"]:
            break
        parameters |= {name: value for name, value in following.items() if value}
    raise StorageError(f"S3 does not say all that lies in {bucket.name}.", "Try again later.")


def _version(bucket: ArchiveBucket, one: dict[str, Any], marker: bool) -> ObjectVersion:
    return ObjectVersion(
        name=one["Key"].removeprefix(bucket.prefix),
        version=one["VersionId"],
        modified=one["LastModified"].astimezone(UTC),
        latest=bool(one.get("IsLatest")),
        size=one.get("Size", 0),
        marker=marker,
    )


def facts(bucket: ArchiveBucket, name: str, version: str) -> VersionFacts:
    """Return what S3 says of a version, its lock with it."""
    said = bucket.ask("HeadObject", Key=bucket.key(name), VersionId=version, ChecksumMode="ENABLED")
    checksum: str | None = said.get("ChecksumSHA256")
    until = said.get("ObjectLockRetainUntilDate")
    return VersionFacts(
        size=said["ContentLength"],
        etag=said["ETag"],
        checksum=checksum.partition("-")[0] if checksum else None,
        composite=bool(checksum and "-" in checksum) or said.get("ChecksumType") == "COMPOSITE",
        told=said.get("Metadata", {}).get("sha256"),
        mode=said.get("ObjectLockMode"),
        until=until.astimezone(UTC) if until else None,
        legal_hold=said.get("ObjectLockLegalHoldStatus") == "ON",
    )
