"""Packs a sealed bundle, its report, appendices and results into one signed zip."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from evidence import __version__, storage
from evidence.bundle import Bundle
from evidence.bundle.format import bag, seal
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.errors import VerificationError
from evidence.findings import TimeStampSubject
from evidence.pack import canonical_zip, layout
from evidence.pack.sealed_zip import publish, require_free, sign_members
from evidence.signatures import cms, timestamps
from evidence.signing.signer import Signer

if TYPE_CHECKING:
    from evidence.pack.canonical_zip import ZipMember

Output = TypeVar("Output", Path, IO[bytes])


@dataclass(frozen=True, slots=True)
class PackPart:
    """A file that this process has made, and the hash of what it wrote."""

    path: Path
    sha256: str


def write_pack(
    bundle: Bundle,
    parts: Mapping[str, PackPart | bytes],
    *,
    signer: Signer,
    output: Output,
    clock: Clock,
    authority: TimeStampAuthority | None = None,
    sealed: Mapping[str, bytes] | None = None,
) -> Output:
    """Write a pack into an open file, or to a path, where its name appears only with all its bytes.

    `bundle` was checked when it was opened and is not checked again: its files must have the hashes they had,
    and so must `parts`, which this process made from it: report, workbook, results, versions, statements, by
    their names in the pack. `sealed` is what seals the bundle, by name, where that does not lie in its folder
    yet. An authority time-stamps the pack's signature. Raises VerificationError for what was changed
    meanwhile, UsageError when the name is taken, StorageError when the disk does not take it,
    AuthorityError when there is no time-stamp to be had.
    """
    require_free(output)
    members = _members(bundle, parts, signer, sealed or {})
    sign_members(members, signer, clock.now(), authority)
    publish(output, layout.pack_folder(bundle.digest), members)
    return output


def authority_chain(bundle: Path) -> bytes:
    """Return the certificates of a bundle's time-stamp as PEM, empty when it has none that holds."""
    try:
        return _authority_chain(*((bundle / name).read_bytes() for name in (seal.TIME_STAMP, seal.SIGNATURE)))
    except OSError:
        return b""


def _authority_chain(answer: bytes, signature: bytes) -> bytes:
    try:
        return cms.pem(timestamps.check(answer, signature).chain)
    except timestamps.TimeStampError:
        return b""


def _members(
    bundle: Bundle, parts: Mapping[str, PackPart | bytes], signer: Signer, sealed: Mapping[str, bytes]
) -> dict[str, "ZipMember"]:
    results = parts[layout.RESULTS]
    page = layout.instructions(
        bundle=bundle.name,
        digest=bundle.digest,
        results=results.sha256 if isinstance(results, PackPart) else hashlib.sha256(results).hexdigest(),
        version=__version__,
        subject=signer.identity.subject,
        fingerprint=signer.fingerprint,
        time=bundle.time_stamp_of(TimeStampSubject.SEAL),
        changes=layout.CHANGES in parts,
        custom=bundle.run.custom.packages,
    )
    sources: dict[str, Path | bytes] = {
        **{name: part.path if isinstance(part, PackPart) else part for name, part in parts.items()},
        layout.INSTRUCTIONS: page,
        layout.SIGNER: signer.chain_pem,
        **{name: layout.verifier(name) for name in layout.VERIFIERS},
    }
    if seal.TIME_STAMP in sealed:
        chain = _authority_chain(sealed[seal.TIME_STAMP], sealed[seal.SIGNATURE])
    else:
        chain = authority_chain(bundle.root)
    if chain:
        sources[layout.AUTHORITY] = chain
    files = sorted(path for path in bundle.root.rglob("*") if path.is_file())
    sources.update({f"{bundle.name}/{path.relative_to(bundle.root).as_posix()}": path for path in files})
    sources.update({f"{bundle.name}/{name}": content for name, content in sealed.items()})
    with storage.storage_errors(bundle.root):
        members = {path: canonical_zip.measure(source) for path, source in sources.items()}
    expected = {name: part.sha256 for name, part in parts.items() if isinstance(part, PackPart)}
    found = {path: member.sha256 for path, member in members.items()}
    changed = [path for path, one in (expected | _checked(bundle)).items() if found.get(path) != one]
    if changed:
        raise VerificationError(f"{changed[0]} was changed while it was being packed.", "Pack it again.")
    return members


def _checked(bundle: Bundle) -> dict[str, str]:
    """Return the hashes that a bundle's files had when it was opened, by their paths in the pack."""
    tags = {f"{bundle.name}/{bag.TAG_MANIFEST}": bundle.digest}
    return tags | {f"{bundle.name}/{bag.PAYLOAD}/{path}": digest for path, digest in bundle.hashes.items()}
