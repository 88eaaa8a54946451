"""Packs a sealed bundle, its report, appendices and results into one signed zip."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence import storage
from evidence.bundle import Bundle
from evidence.bundle.format import bag, seal, strictjson
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import TimeStampSubject
from evidence.pack import canonical_zip, layout
from evidence.pack.workbook import digest_in_workbook
from evidence.signatures import cms, timestamps
from evidence.signatures.pdf import verify_pdf
from evidence.signing.signer import Signer

if TYPE_CHECKING:
    from evidence.pack.canonical_zip import ZipMember


def write_pack(
    bundle: Bundle,
    *,
    report: Path,
    appendices: Path,
    results: Path,
    signer: Signer,
    output: Path,
    clock: Clock,
    authority: TimeStampAuthority | None = None,
    exceptions: Path | None = None,
    attestations: Path | None = None,
) -> Path:
    """Write a pack and return its path; its name appears only with all its bytes.

    `bundle` was checked when it was bundle and is not checked again: its files must have the hashes they had.
    An authority time-stamps the pack's signature. `exceptions` and `attestations` are the files that the
    results were computed with, if any. Raises VerificationError when the parts do not verify or do not
    belong together, UsageError when the name is taken or the disk does not take it, AuthorityError when
    there is no time-stamp to be had.
    """
    if os.path.lexists(output):
        raise UsageError(f"{output} exists already.", "Choose another name with --output.")
    _check_parts(bundle, report, results, signer, clock)
    if digest_in_workbook(appendices) != bundle.digest:
        raise VerificationError(f"The workbook {appendices} belongs to another bundle.", "Render it again.")
    statements = _statements({layout.EXCEPTIONS: exceptions, layout.ATTESTATIONS: attestations}, results)
    members = _members(bundle, report, appendices, results, signer) | statements
    sums = bag.manifest({path: member.sha256 for path, member in members.items()})
    members[layout.SUMS] = canonical_zip.measure(sums)
    signature = signer.seal(sums, clock.now())
    members[layout.SIGNATURE] = canonical_zip.measure(signature)
    if authority is not None:
        members[layout.TIME_STAMP] = canonical_zip.measure(authority.stamp(signature))
    folder = layout.pack_folder(bundle.digest)
    _publish(output, {f"{folder}/{path}": member for path, member in members.items()})
    return output


def _check_parts(bundle: Bundle, report: Path, results: Path, signer: Signer, clock: Clock) -> None:
    with storage.storage_errors(report):
        checked = verify_pdf(report.read_bytes(), name=report.name, now=clock.now())
    if not checked.ok:
        raise VerificationError(f"The report {report} {checked.findings[0].sentence}.", "Render it again.")
    if checked.digest != bundle.digest:
        raise VerificationError(f"The report {report} belongs to another bundle.", "Render it again.")
    if checked.signer is None or checked.signer.fingerprint != signer.fingerprint:
        raise VerificationError(
            f"The report {report} is signed by another identity.", "Use the same key for report and pack."
        )
    if digest_in(results) != bundle.digest:
        raise VerificationError(f"The results {results} belong to another bundle.", "Test the bundle again.")


def _statements(given: dict[str, Path | None], results: Path) -> dict[str, "ZipMember"]:
    """Return management's files as measured, which must be the ones that the results name."""
    named = statements_in(results)
    members: dict[str, ZipMember] = {}
    for name, path in given.items():
        if path is None and name in named:
            raise VerificationError(
                f"The results {results} were computed with a file of management's that was not given.",
                f"Give it with --{name.removesuffix('.toml')}.",
            )
        if path is None:
            continue
        with storage.storage_errors(path):
            members[name] = canonical_zip.measure(path.read_bytes())
        if members[name].sha256 != named.get(name):
            raise VerificationError(
                f"The results {results} were not computed with {path}.", "Test the bundle with it again."
            )
    return members


def digest_in(results: Path) -> str:
    """Return the digest of the bundle that results.json is about; empty when it names none."""
    return str(_document(results).get("bundle_digest", ""))


def statements_in(results: Path) -> dict[str, str]:
    """Return the SHA-256 of each of management's files that results.json names, by its name in the pack."""
    document = _document(results)
    used = {name: document.get(member) for name, member in layout.STATEMENTS.items()}
    return {name: str(file.get("sha256", "")) for name, file in used.items() if isinstance(file, dict)}


def authority_chain(bundle: Path) -> bytes:
    """Return the certificates of a bundle's time-stamp as PEM, empty when it has none that holds."""
    try:
        answer, signature = ((bundle / name).read_bytes() for name in (seal.TIME_STAMP, seal.SIGNATURE))
        return cms.pem(timestamps.check(answer, signature).chain)
    except (OSError, timestamps.TimeStampError):
        return b""


def _document(results: Path) -> dict[str, Any]:
    try:
        document = strictjson.loads(results.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _members(
    bundle: Bundle, report: Path, appendices: Path, results: Path, signer: Signer
) -> dict[str, "ZipMember"]:
    page = layout.instructions(
        bundle=bundle.name,
        digest=bundle.digest,
        subject=signer.identity.subject,
        fingerprint=signer.fingerprint,
        time=bundle.time_stamp_of(TimeStampSubject.SEAL),
    )
    sources: dict[str, Path | bytes] = {
        layout.REPORT: report,
        layout.APPENDICES: appendices,
        layout.RESULTS: results,
        layout.INSTRUCTIONS: page,
        layout.SIGNER: signer.chain_pem,
        **{name: layout.verifier(name) for name in layout.VERIFIERS},
    }
    chain = authority_chain(bundle.root)
    if chain:
        sources[layout.AUTHORITY] = chain
    files = sorted(path for path in bundle.root.rglob("*") if path.is_file())
    sources.update({f"{bundle.name}/{path.relative_to(bundle.root).as_posix()}": path for path in files})
    with storage.storage_errors(bundle.root):
        members = {path: canonical_zip.measure(source) for path, source in sources.items()}
    _check_unchanged(bundle, {path: member.sha256 for path, member in members.items()})
    return members


def _check_unchanged(bundle: Bundle, packed: dict[str, str]) -> None:
    """Raise VerificationError unless the files to pack are those that were checked when it was opened."""
    tags = {f"{bundle.name}/{bag.TAG_MANIFEST}": bundle.digest}
    payload = {f"{bundle.name}/{bag.PAYLOAD}/{path}": digest for path, digest in bundle.hashes.items()}
    changed = [path for path, digest in (tags | payload).items() if packed.get(path) != digest]
    if changed:
        raise VerificationError(f"{changed[0]} was changed after the bundle was checked.", "Pack it again.")


def _publish(output: Path, members: dict[str, "ZipMember"]) -> None:
    staging = output.with_name(f".{output.name}.partial")
    with storage.storage_errors(staging):
        output.parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = storage.create_file(staging)
        try:
            with os.fdopen(descriptor, "wb") as target:
                canonical_zip.write(target, members)
                storage.sync_file(target)
            storage.publish_file(staging, output)
        finally:
            staging.unlink(missing_ok=True)
