"""Makes a submission: every pack is verified and its tests performed again, then packed as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence import __version__, storage
from evidence.bundle.format import strictjson
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.bundle.open import Bundle
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, Finding, VerificationReport
from evidence.pack import canonical_zip
from evidence.pack import layout as packs
from evidence.pack.sealed_zip import publish, require_free, sign_members
from evidence.recompute import verify_and_recompute
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import Signer
from evidence.submission import layout
from evidence.submission.cover import render_cover
from evidence.submission.model import Submission, SubmissionEntry, SubmittedPack, submitted

Cover = Callable[[Submission, str, Signer], bytes]


@dataclass(frozen=True, slots=True)
class _GivenPack:
    path: Path
    member: canonical_zip.ZipMember
    pack: SubmittedPack
    report: VerificationReport


def make_submission(
    given: Sequence[Path],
    output: Path,
    *,
    signer: Signer,
    clock: Clock,
    authority: TimeStampAuthority | None = None,
    cover: Cover = lambda submission, digest, signer: render_cover(submission, digest, signer.identity),
) -> Submission:
    """Write a submission of packs; return its index.

    Raises VerificationError for a pack that does not verify, or whose conclusions do not follow from its
    evidence; UsageError for what is no pack, for the same bundle twice, for redacted copies among originals,
    and where the output is taken; SigningError, AuthorityError, StorageError.
    """
    require_free(output)
    made = clock.now()
    found = sorted(
        (_read(path, made) for path in given),
        key=lambda one: (one.pack.scope, one.pack.finished, one.pack.digest),
    )
    _require_apart(found)
    submission = Submission(
        made=made, tool_version=__version__, signer=signer.fingerprint, entries=tuple(map(_entry, found))
    )
    index = canonical_zip.measure(strictjson.document(submission.model_dump(mode="json")))
    drawn = sign_pdf(cover(submission, index.sha256, signer), signer, made, authority=authority)
    members = {entry.file: one.member for entry, one in zip(submission.entries, found, strict=True)}
    members |= {layout.INDEX: index, layout.COVER: canonical_zip.measure(drawn)}
    members |= _fixed(submission, index.sha256, signer, stamped=authority is not None)
    sign_members(members, signer, made, authority)
    publish(output, layout.folder_of(index.sha256), members)
    return submission


def _read(path: Path, now: datetime) -> _GivenPack:
    """Verify a pack and perform its tests again."""
    looked: list[SubmittedPack] = []

    def look(root: Path, bundle: Bundle) -> None:
        looked.append(submitted(root, bundle))

    with storage.storage_errors(path):
        member = canonical_zip.measure(path) if path.is_file() else None
    report, _ = verify_and_recompute(path, now=now, look=look)
    if report.kind != "pack" or member is None:
        raise UsageError(f"{path} is no pack's zip.", "Name what `evidence pack` or `evidence run` wrote.")
    if report.findings or not looked:
        found = report.findings or (Finding(Code.OTHER_CONCLUSIONS, packs.RESULTS, "cannot be read here"),)
        raise VerificationError(
            f"{path.name} does not verify: {found[0].subject} {found[0].sentence}.",
            "`evidence verify` lists every finding.",
        )
    with storage.storage_errors(path):
        if canonical_zip.measure(path).sha256 != member.sha256:
            raise VerificationError(f"{path.name} changed while it was read.", "Try again.")
    return _GivenPack(path, member, looked[0], report)


def _require_apart(found: Sequence[_GivenPack]) -> None:
    """Refuse what makes a reader count something twice, or take a copy for an original."""
    digests: dict[str, _GivenPack] = {}
    names: dict[str, _GivenPack] = {}
    for one in found:
        other = digests.setdefault(one.pack.digest, one)
        if other is not one:
            raise UsageError(
                f"{one.path.name} and {other.path.name} hold the same bundle, {one.pack.bundle}.",
                "Name each once.",
            )
        other = names.setdefault(one.pack.bundle, one)
        if other is not one:
            raise UsageError(
                f"{one.path.name} and {other.path.name} hold two bundles of one name, {one.pack.bundle}.",
                "Submit the one that counts.",
            )
    copies = [one for one in found if one.pack.redacted]
    if copies and len(copies) < len(found):
        raise UsageError(
            f"{copies[0].path.name} is a redacted copy, and others are originals.",
            "Submit copies or originals, not both: a reader would hold one for the other.",
        )


def _entry(one: _GivenPack) -> SubmissionEntry:
    again = one.report.conclusions
    return SubmissionEntry(
        file=f"packs/{one.pack.bundle}.zip",
        sha256=one.member.sha256,
        bytes=one.member.size,
        recomputed=again is not None and again.same,
        recomputation=again.sentence if again else "they were not performed again",
        pack=one.pack,
    )


def _fixed(
    submission: Submission, digest: str, signer: Signer, *, stamped: bool
) -> dict[str, canonical_zip.ZipMember]:
    """Return what stands in every submission in the same way."""
    page = layout.instructions(
        submission.entries, digest=digest, subject=signer.identity.subject, fingerprint=signer.fingerprint,
        stamped=stamped,
    )  # fmt: skip
    files = {layout.INSTRUCTIONS: page, layout.SIGNER: signer.chain_pem}
    files |= {name: packs.verifier(name) for name in packs.VERIFIERS}
    return {name: canonical_zip.measure(content) for name, content in files.items()}
