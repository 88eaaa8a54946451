"""Says with what each version is written: how it is locked and encrypted. A lock is only ever made longer."""

from datetime import datetime, timedelta
from typing import Any

from evidence.archive.s3.access import ArchiveBucket
from evidence.archive.s3.versions import VersionFacts, facts
from evidence.clock import Clock
from evidence.errors import StorageError
from evidence.settings.sections import ArchiveSettings

_SLACK = timedelta(minutes=1)
"""S3 keeps whole seconds; and a run takes its own time."""


class WriteRules:
    """What the settings say about every version of one archive."""

    def __init__(self, settings: ArchiveSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def members(self) -> dict[str, Any]:
        """Return the parameters of a write."""
        lock = {
            "ObjectLockMode": self._mode,
            "ObjectLockRetainUntilDate": self._until(),
            "ServerSideEncryption": "AES256",
        }
        if self._settings.kms_key:
            lock |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._settings.kms_key}
        if self._settings.legal_hold:
            lock["ObjectLockLegalHoldStatus"] = "ON"
        return lock

    def extend(self, bucket: ArchiveBucket, name: str, version: str, said: VersionFacts) -> None:
        """Lock a version that is not locked as long as the settings say, and look whether it is then.

        `said` is what S3 says of it now. Raises StorageError when it is not.
        """
        until = self._until()
        if self._is_held(said, until):
            return
        here = {"Key": bucket.key(name), "VersionId": version, "ChecksumAlgorithm": "SHA256"}
        # Of a version in compliance mode S3 takes no other mode.
        mode = "COMPLIANCE" if said.mode == "COMPLIANCE" else self._mode
        wanted = max(until, said.until) if said.until else until
        bucket.ask("PutObjectRetention", Retention={"Mode": mode, "RetainUntilDate": wanted}, **here)
        if self._settings.legal_hold and not said.legal_hold:
            bucket.ask("PutObjectLegalHold", LegalHold={"Status": "ON"}, **here)
        if not self._is_held(facts(bucket, name, version), until):
            raise StorageError(
                f"S3 does not lock {name} until {until:%Y-%m-%d}, as it was told to.",
                f"Look at the Object Lock of version {version}, and at what the role may do.",
            )

    @property
    def _mode(self) -> str:
        return self._settings.mode.upper()

    def _until(self) -> datetime:
        now = self._clock.now().replace(microsecond=0)
        year = now.year + self._settings.retention_years
        try:
            return now.replace(year=year)
        except ValueError:  # the 29th of February
            return now.replace(year=year, month=3, day=1)

    def _is_held(self, said: VersionFacts, until: datetime) -> bool:
        """Say whether a lock is as long and as strict as the settings say, or more."""
        held = said.until is not None and said.until >= until - _SLACK
        hold = said.legal_hold or not self._settings.legal_hold
        return held and hold and said.mode in {self._mode, "COMPLIANCE"}
