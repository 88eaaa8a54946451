"""Checks SHA256SUMS over the files of a folder, and its signature: of a pack, or of what is like one."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from evidence import storage
from evidence.bundle.format import bag
from evidence.bundle.verify.inventory import FileDigest
from evidence.findings import Code, Finding, TimeStampSubject, VerifiedSigner, VerifiedTimeStamp
from evidence.pack import layout
from evidence.signatures import cms, timestamps, trust

MAX_BYTES = 256 * 1024 * 1024
"""Of SHA256SUMS: a million files with paths of 190 characters."""


def check_sums(root: Path, files: Mapping[str, FileDigest]) -> Iterator[Finding]:
    """Yield where SHA256SUMS does not list exactly the files that are there, with their hashes."""
    try:
        listed = bag.parse_manifest(storage.read_up_to(root / layout.SUMS, MAX_BYTES))
    except ValueError as error:
        yield Finding(Code.MANIFEST, layout.SUMS, str(error))
        return
    present = {path: found.sha256 for path, found in files.items() if path not in layout.UNLISTED}
    for path in sorted(set(listed) - set(present)):
        yield Finding(Code.MISSING, path, "is missing, though SHA256SUMS lists it")
    for path in sorted(set(present) - set(listed)):
        yield Finding(Code.EXTRA, path, "is not listed in SHA256SUMS")
    for path in sorted(set(present) & set(listed)):
        if present[path] != listed[path]:
            yield Finding(Code.CHANGED, path, "is not the file that SHA256SUMS lists")


def check_signature(
    root: Path, files: Container[str], *, now: datetime, trusted: trust.Trust | None
) -> tuple[VerifiedSigner | None, tuple[VerifiedTimeStamp, ...], list[Finding]]:
    """Return who signed SHA256SUMS, the time-stamp of the signature that holds, and the findings."""
    content, der, chain = (
        storage.read_up_to(root / name, MAX_BYTES) for name in (layout.SUMS, layout.SIGNATURE, layout.SIGNER)
    )
    try:
        signature = cms.check(der, content)
    except cms.CmsError as error:
        found = Finding(Code.SEAL_INVALID, layout.SIGNATURE, f"is not a valid signature: {error}")
        return None, (), [found]
    findings = []
    if chain != signature.chain_pem:
        sentence = "does not hold the certificates of the signature"
        findings.append(Finding(Code.SEAL_INVALID, layout.SIGNER, sentence))
    answer = None
    if layout.TIME_STAMP in files:
        answer = storage.read_up_to(root / layout.TIME_STAMP, timestamps.MAX_BYTES)
    stamped, against_time = trust.check_time_stamp(
        answer, der, TimeStampSubject.PACK, trusted, now=now, subject=layout.TIME_STAMP, expected=False
    )
    signer, against = trust.judge(
        signature, trusted, now=now, claimed=signature.signing_time, subject=layout.SIGNATURE, stamped=stamped
    )
    return signer, (stamped,) if stamped else (), [*findings, *against_time, *against]
