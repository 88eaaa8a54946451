"""Verifies a bundle strictly: pure, in a fixed order, fail-closed; trust comes from outside.

In this order, each step over what the one before established:
 1. the folder: regular files with portable names only, nothing linked, nothing empty;
 2. bagit.txt and bag-info.txt (RFC 8493 §2.1.1, §2.2.2);
 3. tagmanifest-sha256.txt lists exactly the tag files, with their hashes (§2.2.1);
 4. the seal over tagmanifest-sha256.txt (RFC 5652), its time-stamp (RFC 3161) if there is one, and whether
    their certificates are trusted;
 5. manifest-sha256.txt lists exactly the payload, with its hashes (§2.1.3);
 6. the contents: strict JSON, schemas, run.json against every file that is there.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from evidence.bundle.format import bag, chain, redaction, schema, seal
from evidence.bundle.format.models import Run
from evidence.bundle.format.names import PARTIAL_SUFFIX
from evidence.bundle.verify import inventory, opening
from evidence.bundle.verify.contents import Contents
from evidence.bundle.verify.inventory import FileDigest
from evidence.errors import IncompleteBundleError
from evidence.findings import (
    ChainLink,
    Code,
    Finding,
    TimeStampSubject,
    VerificationReport,
    VerifiedSigner,
    VerifiedTimeStamp,
)
from evidence.foreign import reason_of
from evidence.signatures import cms, trust

_SEAL_FILES = (seal.SIGNATURE, seal.CHAIN)
_MAX_TAG_BYTES = 256 * 1024 * 1024

Files = Mapping[str, FileDigest]


def check_bundle(root: Path, *, now: datetime, trusted: trust.Trust | None = None) -> VerificationReport:
    """Verify a bundle's folder; every defect becomes a finding of the report.

    Raises IncompleteBundleError for the staging folder of a run that did not finish.
    """
    name = root.resolve().name
    if name.endswith(PARTIAL_SUFFIX):
        raise IncompleteBundleError(f"{root} is the leftover of a run that did not finish, not a bundle.")
    if root.is_symlink() or not root.is_dir() or not (root / bag.BAGIT).exists():
        finding = Finding(Code.NOT_A_BUNDLE, name, "is not the folder of a bundle")
        return VerificationReport("bundle", name, (finding,))
    listed = inventory.take_inventory(root)
    findings = list(listed.findings)
    files = _readable(inventory.hash_files(root, listed.sizes), findings)
    findings += _bag_files(root, files, name)
    findings += _tags(root, files)
    signer, stamps = _sealed(root, files, findings, now=now, trusted=trusted)
    findings += _payload(root, files)
    payload = {
        path.removeprefix(f"{bag.PAYLOAD}/"): found for path, found in _below(files, bag.PAYLOAD).items()
    }
    link = _contents(Contents(root / bag.PAYLOAD, payload), name, findings)
    digest = files[bag.TAG_MANIFEST].sha256 if bag.TAG_MANIFEST in files else ""
    # what is there under a file's name may be a pipe: it is read only where nothing was found
    notes = (*trust.notes_on(signer, stamps, now), *(() if findings else redaction.notes(root)))
    return VerificationReport("bundle", name, tuple(findings), digest, signer, notes, stamps, link=link)


def _contents(contents: Contents, name: str, findings: list[Finding]) -> ChainLink | None:
    """Add the findings of the contents; return what run.json says about the bundle's place in its chain."""
    found: list[Run | None] = []

    def check() -> Generator[Finding, None, None]:
        found.append((yield from contents.check(name)))

    findings += check()
    run = found[0]
    if run is None:
        return None
    return chain.link_of(run)


def _readable(hashed: Mapping[str, FileDigest | OSError], findings: list[Finding]) -> dict[str, FileDigest]:
    for path, found in hashed.items():
        if isinstance(found, OSError):
            findings.append(Finding(Code.UNREADABLE, path, f"cannot be read: {reason_of(found)}"))
    return {path: found for path, found in hashed.items() if isinstance(found, FileDigest)}


def _below(files: Files, folder: str) -> dict[str, FileDigest]:
    return {path: found for path, found in files.items() if path.startswith(f"{folder}/")}


def _read(root: Path, path: str, files: Files) -> bytes:
    """Return the bytes of a tag file, empty when it is not there (which other steps report)."""
    if path not in files or files[path].size > _MAX_TAG_BYTES:
        return b""
    return (root / path).read_bytes()


def _bag_files(root: Path, files: Files, name: str) -> Iterator[Finding]:
    if bag.BAGIT in files and _read(root, bag.BAGIT, files) != bag.DECLARATION:
        yield Finding(Code.BAG_FILE, bag.BAGIT, "does not declare BagIt 1.0 in UTF-8")
    if bag.BAG_INFO not in files:
        return
    try:
        info = bag.parse_info(_read(root, bag.BAG_INFO, files))
    except ValueError as error:
        yield Finding(Code.BAG_FILE, bag.BAG_INFO, str(error))
        return
    payload = _below(files, bag.PAYLOAD).values()
    oxum = bag.oxum(sum(found.size for found in payload), len(payload))
    if info.get("Payload-Oxum") != oxum:
        yield Finding(Code.BAG_FILE, bag.BAG_INFO, f"does not state the payload's size, {oxum}")
    if info.get("External-Identifier") != name:
        yield Finding(Code.BAG_FILE, bag.BAG_INFO, f"names another bundle than {name}")


def _tags(root: Path, files: Files) -> Iterator[Finding]:
    schemas = schema.names(opened=opening.STATEMENT in files)
    expected = {bag.BAGIT, bag.BAG_INFO, bag.MANIFEST, *(f"{bag.SCHEMAS}/{name}" for name in schemas)}
    present = {path for path in files if not path.startswith(f"{bag.PAYLOAD}/")}
    for path in sorted(present - expected - {bag.TAG_MANIFEST, *_SEAL_FILES, seal.TIME_STAMP}):
        yield Finding(Code.EXTRA, path, "does not belong to a bundle")
    if bag.TAG_MANIFEST not in files:
        yield Finding(Code.MISSING, bag.TAG_MANIFEST, "is missing")
        return
    try:
        listed = bag.parse_manifest(_read(root, bag.TAG_MANIFEST, files))
    except ValueError as error:
        yield Finding(Code.TAG_MANIFEST, bag.TAG_MANIFEST, str(error))
        return
    for path in sorted(set(listed) ^ expected):
        how = "does not list" if path in expected else "lists besides what belongs there"
        yield Finding(Code.TAG_MANIFEST, bag.TAG_MANIFEST, f"{how} {path}")
    for path in sorted(expected & set(listed)):
        if path not in files:
            yield Finding(Code.MISSING, path, "is missing")
        elif files[path].sha256 != listed[path]:
            yield Finding(Code.CHANGED, path, "is not the file that tagmanifest-sha256.txt lists")


def _sealed(
    root: Path, files: Files, findings: list[Finding], *, now: datetime, trusted: trust.Trust | None
) -> tuple[VerifiedSigner | None, tuple[VerifiedTimeStamp, ...]]:
    absent = [path for path in _SEAL_FILES if path not in files]
    if absent:
        findings += (
            Finding(Code.SEAL_MISSING, path, "is missing: the bundle is not sealed") for path in absent
        )
        return None, ()
    der = _read(root, seal.SIGNATURE, files)
    try:
        signature = cms.check(der, _read(root, bag.TAG_MANIFEST, files))
    except cms.CmsError as error:
        findings.append(Finding(Code.SEAL_INVALID, seal.SIGNATURE, f"is not a valid seal: {error}"))
        return None, ()
    if signature.signing_time is None:
        findings.append(Finding(Code.SEAL_INVALID, seal.SIGNATURE, "does not say when it was made"))
    if _read(root, seal.CHAIN, files) != signature.chain_pem:
        findings.append(Finding(Code.SEAL_INVALID, seal.CHAIN, "does not hold the certificates of the seal"))
    answer = _read(root, seal.TIME_STAMP, files) if seal.TIME_STAMP in files else None
    stamped, against = trust.check_time_stamp(
        answer, der, TimeStampSubject.SEAL, trusted, now=now, subject=seal.TIME_STAMP
    )
    signed_by, against_signer = trust.judge(
        signature,
        trusted,
        now=now,
        claimed=signature.signing_time,
        subject=seal.SIGNATURE,
        stamped=stamped,
    )
    opened, against_opening = opening.check_time(
        root, trusted, now=now, sealed=stamped, claimed=signature.signing_time
    )
    findings += [*against, *against_signer, *against_opening]
    return signed_by, tuple(one for one in (opened, stamped) if one)


def _payload(root: Path, files: Files) -> Iterator[Finding]:
    if bag.MANIFEST not in files:
        return
    try:
        listed = bag.parse_manifest(_read(root, bag.MANIFEST, files))
    except ValueError as error:
        yield Finding(Code.MANIFEST, bag.MANIFEST, str(error))
        return
    present = _below(files, bag.PAYLOAD)
    for path in sorted(path for path in listed if not path.startswith(f"{bag.PAYLOAD}/")):
        yield Finding(Code.MANIFEST, bag.MANIFEST, f"lists {path}, which is not below data/")
    extra = {path: present[path].sha256 for path in sorted(set(present) - set(listed))}
    for path in sorted(set(listed) - set(present)):
        now_named = next((other for other, digest in extra.items() if digest == listed[path]), None)
        if now_named is None:
            yield Finding(Code.MISSING, path, "is missing")
        else:
            del extra[now_named]
            yield Finding(Code.RENAMED, path, f"is missing; the same content is named {now_named}")
    for path in extra:
        yield Finding(Code.EXTRA, path, "is not listed in manifest-sha256.txt")
    for path in sorted(set(listed) & set(present)):
        if present[path].sha256 != listed[path]:
            yield Finding(Code.CHANGED, path, "is not the file that manifest-sha256.txt lists")
