"""Sends a large file in parts, each with its SHA-256, which S3 compares; what fails leaves nothing behind."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.archive.s3.access import ArchiveBucket
from evidence.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class PartsUpload:
    """One upload in parts of a size, to one name."""

    bucket: ArchiveBucket
    name: str
    part: int

    def send(self, source: Path, beside: dict[str, Any], condition: dict[str, str]) -> str:
        """Send a file and return its version; raises as `ArchiveBucket.ask`."""
        where = {"Key": self.bucket.key(self.name)}
        begun = self.bucket.ask(
            "CreateMultipartUpload", ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE", **where, **beside
        )
        where["UploadId"] = begun["UploadId"]
        try:
            parts = [
                self._send(block, number, where) for number, block in enumerate(_blocks(source, self.part), 1)
            ]
            answer = self.bucket.ask(
                "CompleteMultipartUpload", MultipartUpload={"Parts": parts}, **where, **condition
            )
        except BaseException:  # an interrupt too: parts that nobody completes stay, and cost
            with contextlib.suppress(EvidenceError):  # what went wrong first is what is to be said
                self.bucket.ask("AbortMultipartUpload", **where)
            raise
        version: str = answer.get("VersionId", "null")
        return version

    def _send(self, block: bytes, number: int, where: dict[str, str]) -> dict[str, Any]:
        checksum = base64.b64encode(hashlib.sha256(block).digest()).decode()
        answer = self.bucket.ask(
            "UploadPart", PartNumber=number, Body=block, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum,
            **where,
        )  # fmt: skip
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}


def composite_of(source: Path, part: int) -> str:
    """Return the checksum that S3 has of a file in parts: SHA-256 over the parts' SHA-256, in base64."""
    over = hashlib.sha256()
    for block in _blocks(source, part):
        over.update(hashlib.sha256(block).digest())
    return base64.b64encode(over.digest()).decode()


def _blocks(source: Path, part: int) -> Iterator[bytes]:
    with source.open("rb") as file:
        while block := file.read(part):
            yield block
