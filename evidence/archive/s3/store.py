"""Keeps an archive in a bucket of S3: each version under Object Lock, none in the place of another.

A pack is written on the condition that nothing is there (`If-None-Match: *`), with its SHA-256, which S3
computes too and compares: in one PUT of the whole, in several parts of each part, and over those. Afterwards
S3 is asked what it has, and how long it is locked. The index is replaced on the condition that it is the one
that was read (`If-Match`); every state of it stays as a version.
"""

import base64
import getpass
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evidence import storage
from evidence.archive.s3 import inspection
from evidence.archive.s3.access import CONFLICT, NO_OBJECT, ArchiveBucket, S3CodeError, open_bucket
from evidence.archive.s3.locks import WriteRules
from evidence.archive.s3.parts import PartsUpload, composite_of
from evidence.archive.s3.protection import require_protection
from evidence.archive.s3.versions import ObjectHistory, VersionFacts, facts, histories
from evidence.archive.store import PLAIN_NAME, StateChangedError, StoredState, StoreInspection
from evidence.clock import Clock, system_clock
from evidence.errors import StorageError, UsageError, VerificationError
from evidence.scratch import scratch_folder
from evidence.settings.sections import ArchiveSettings

ONE_PUT = 512 * 1024 * 1024
"""Bytes that are sent in one request at most; S3 takes ten times that."""
PART = 64 * 1024 * 1024
"""Bytes of a part; S3 takes 10,000 of them."""
_BLOCK = 1024 * 1024
_LONGEST = 200
"""Bytes of a name that is kept on this machine: S3 takes 1024, file systems 255."""


class S3Store:
    """An archive in a bucket. Nothing is asked before it is needed."""

    def __init__(
        self,
        settings: ArchiveSettings,
        clock: Clock | None = None,
        *,
        one_put: int = ONE_PUT,
        part: int = PART,
    ) -> None:
        self._settings, self._clock = settings, clock or system_clock()
        self._one_put, self._part = one_put, part
        self._rules = WriteRules(settings, self._clock)

    @cached_property
    def _bucket(self) -> ArchiveBucket:
        return open_bucket(self._settings, self._clock)

    @property
    def location(self) -> str:
        """The bucket and prefix, as they were named."""
        return str(self._settings.location)

    @property
    def folder(self) -> None:
        """There is none on this machine."""
        return

    def prepare(self) -> None:
        """Refuse a bucket that cannot protect what it is given."""
        require_protection(self._bucket)

    def read(self, name: str, limit: int, *, hidden: bool = False) -> StoredState:
        """Return the newest state; raises VerificationError where a delete marker hides it."""
        history = self._history(name)
        latest = history.latest
        if latest is not None and latest.marker:
            if not hidden:
                raise VerificationError(
                    f"{name} of {self.location} was deleted at {latest.modified:%Y-%m-%d %H:%M} UTC: a "
                    "delete marker hides it.",
                    "What was locked is still there: `evidence archive verify` looks at it. Take the marker "
                    "away as the bucket's administrator.",
                )
            latest = history.versions[-1] if history.versions else None
        if latest is None:
            return StoredState(b"", None)
        answer = self._get(name, latest.version)
        return StoredState(self._bucket.content(answer, limit), answer["ETag"])

    def replace(self, name: str, content: bytes, version: str | None) -> None:
        """Write a new state, locked as packs are; the one before it stays as a version."""
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        try:
            self._put(name, content, hashlib.sha256(content).digest(), condition)
        except S3CodeError as error:
            if error.code not in CONFLICT | NO_OBJECT:
                raise
            # Either somebody was faster, or this was, and its answer was lost on the way.
            if self.read(name, len(content)).content != content:
                raise StateChangedError(
                    f"{name} of {self.location} was changed by another run meanwhile.", "Run again."
                ) from error

    def add(self, name: str, source: Path) -> str:
        """Write a file under a new name and ask S3 what it has; equal bytes that lie there are taken up."""
        found = storage.sha256_of(source)
        if self._is_there(name, source, found):
            return found
        try:
            version = self._write(name, source, found)
        except S3CodeError as error:
            if error.code in CONFLICT and self._is_there(name, source, found):
                return found
            if error.code == "BadDigest":
                raise StorageError(f"{source} changed while it was added.", "Add it again.") from error
            raise
        self._require(name, version, source, found)
        return found

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Yield a copy of what was put there first, in a private folder that is gone afterwards."""
        first = self._history(name).first
        if first is None:
            raise FileNotFoundError(name)
        with scratch_folder("evidence-archive-") as folder:
            path = folder / (name if PLAIN_NAME.fullmatch(name) and len(name) <= _LONGEST else "pack.zip")
            answer = self._get(name, first.version)
            with storage.storage_errors(path), path.open("xb") as file:
                while block := self._next_block(answer):
                    file.write(block)
            yield path

    def names(self) -> Sequence[str]:
        """Return the names under which a version lies, hidden behind a delete marker or not."""
        return [name for name, one in histories(self._bucket).items() if one.versions and name[:1] != "."]

    def is_bundle(self, name: str) -> bool:
        """Say no: a bucket holds files."""
        del name
        return False

    def sha256_of(self, name: str) -> str | None:
        """Return what S3 has as SHA-256 of what was put there first; of parts, what was said at the time."""
        first = self._history(name).first
        if first is None:
            return None
        found = facts(self._bucket, name, first.version)
        return found.sha256 or found.told or ""

    def locked(self, what: str, busy: str) -> AbstractContextManager[None]:
        """Exclude other runs of this machine and user; those elsewhere, the conditions of each write do."""
        of = hashlib.sha256(f"{getpass.getuser()} {self.location} {what}".encode()).hexdigest()[:32]
        return storage.locked(Path(tempfile.gettempdir()) / f".evidence-archive-{of}.lock", busy)

    def inspect(self, now: datetime) -> StoreInspection:
        """Look at the bucket and every version in it."""
        return inspection.inspect(self._bucket, self._settings, now)

    def _history(self, name: str) -> ObjectHistory:
        return histories(self._bucket, name).get(name, ObjectHistory())

    def _get(self, name: str, version: str) -> dict[str, Any]:
        return self._bucket.ask("GetObject", Key=self._bucket.key(name), VersionId=version)

    def _next_block(self, answer: dict[str, Any]) -> bytes:
        with self._bucket.refusals("GetObject"):
            block: bytes = answer["Body"].read(_BLOCK)
        return block

    def _is_there(self, name: str, source: Path, found: str) -> bool:
        """Say whether a run that died left these very bytes, and see to it that they are locked.

        Raises UsageError where something else lies there, or a delete marker over it.
        """
        latest = self._history(name).latest
        if latest is None:
            return False
        if latest.marker:
            raise UsageError(
                f"{name} was deleted from {self.location} once: a delete marker lies there.",
                "`evidence archive verify` lists what is hidden; nothing is written over it.",
            )
        said = facts(self._bucket, name, latest.version)
        if not self._holds(said, source, found):
            raise UsageError(
                f"{name} exists already in {self.location}, with other bytes.",
                "`evidence archive verify` says what lies there; nothing is written over it.",
            )
        self._rules.extend(self._bucket, name, latest.version, said)
        return True

    def _write(self, name: str, source: Path, found: str) -> str:
        condition = {"IfNoneMatch": "*"}
        size = source.stat().st_size
        if size > self._one_put:
            beside = self._rules.members() | {"Metadata": {"sha256": found}}
            return PartsUpload(self._bucket, name, self._part).send(source, beside, condition)
        with source.open("rb") as file:
            return self._put(name, file, bytes.fromhex(found), condition)

    def _put(self, name: str, body: Any, digest: bytes, condition: dict[str, str]) -> str:
        answer = self._bucket.ask(
            "PutObject",
            Key=self._bucket.key(name),
            Body=body,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(digest).decode(),
            Metadata={"sha256": digest.hex()},
            **condition,
            **self._rules.members(),
        )
        version: str = answer.get("VersionId", "null")
        return version

    def _require(self, name: str, version: str, source: Path, found: str) -> None:
        """Raise StorageError unless S3 has these bytes, and holds them as long as it was told to."""
        said = facts(self._bucket, name, version)
        if not self._holds(said, source, found):
            raise StorageError(
                f"S3 has other bytes under {name} than were sent.",
                f"Nothing was added to the index. Look at version {version} of it in {self.location}.",
            )
        self._rules.extend(self._bucket, name, version, said)

    def _holds(self, said: VersionFacts, source: Path, found: str) -> bool:
        """Say whether a version has the bytes of a file, by the checksum that S3 has of it."""
        if said.size != source.stat().st_size or said.checksum is None:
            return False
        if not said.composite:
            return said.sha256 == found
        return said.checksum == composite_of(source, self._part)
