"""Verifies a submission strictly, and every pack in it. In this order:

1. the zip is byte for byte in the one accepted form, and is extracted into a temporary folder;
2. SHA256SUMS lists exactly the files, with their hashes; its signature holds and is trusted, and so does its
   time-stamp, if there is one;
3. the cover's signature holds, has the same signer, and names this submission.json;
4. submission.json is in its one form, and names exactly the packs that are there;
5. each pack verifies as by itself, its tests are performed again, and it says about itself what
   submission.json says about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evidence import storage
from evidence.bundle.format import strictjson
from evidence.bundle.open import Bundle
from evidence.bundle.summary import report_document, verdict_line
from evidence.bundle.verify import inventory
from evidence.bundle.verify.inventory import FileDigest
from evidence.bundle.verify.verdicts import Judgement, OverallVerdict, judge
from evidence.errors import EvidenceError
from evidence.findings import Code, Finding, VerificationReport, VerifiedSigner
from evidence.foreign import printable
from evidence.pack import canonical_zip
from evidence.pack.any import verify_any
from evidence.pack.sums import check_signature, check_sums
from evidence.recompute import verify_and_recompute
from evidence.scratch import scratch_folder
from evidence.signatures.pdf import MAX_BYTES, verify_pdf
from evidence.signatures.trust import Trust, notes_on
from evidence.submission import layout
from evidence.submission.model import Submission, SubmissionEntry, SubmittedPack, submitted

_WORST = (OverallVerdict.REFUSED, OverallVerdict.INTACT, OverallVerdict.UNCHANGED, OverallVerdict.AUTHENTIC)


@dataclass(frozen=True, slots=True)
class PackVerdict:
    """What verifying one pack of a submission came to."""

    file: str
    report: VerificationReport
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class SubmissionReport:
    """What verifying a submission came to."""

    name: str
    findings: tuple[Finding, ...]
    """Against the submission itself; each pack has its own."""
    signer: VerifiedSigner | None
    packs: tuple[PackVerdict, ...]
    notes: tuple[str, ...]

    @property
    def word(self) -> OverallVerdict:
        """The word over all: that of the least that holds, of the submission or a pack in it."""
        if self.findings or self.signer is None or not self.packs:
            return OverallVerdict.REFUSED
        own = OverallVerdict.AUTHENTIC if self.signer.trusted else OverallVerdict.INTACT
        return min((own, *(one.judgement.word for one in self.packs)), key=_WORST.index)

    def document(self) -> dict[str, Any]:
        """Return this as JSON members."""
        signer = self.signer
        return {
            "kind": "submission",
            "name": self.name,
            "word": self.word,
            "verified": self.word is OverallVerdict.AUTHENTIC,
            "established": self._line(),
            "findings": [one.document() for one in self.findings],
            "signer": {
                "fingerprint": signer.fingerprint,
                "subject": signer.subject,
                "trusted": signer.trusted,
            }
            if signer
            else None,
            "packs": [{"file": one.file, **report_document(one.report, one.judgement)} for one in self.packs],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Return this for people: the word over all, a line for each pack, the findings."""
        lines = [self._line(), ""]
        for one in self.packs:
            lines.append(f"{one.judgement.word!s:<10} {one.file}: {verdict_line(one.report, one.judgement)}")
            lines += (f"  {found.code}: {found.subject} {found.sentence}" for found in one.report.findings)
        if self.findings:
            lines += ["", "Findings on the submission:"]
            lines += (f"  {one.code}: {one.subject} {one.sentence}" for one in self.findings)
        return "\n".join(map(printable, [*lines, "", *self.notes]))

    def _line(self) -> str:
        count = f"{len(self.packs)} pack{'' if len(self.packs) == 1 else 's'}"
        if self.word is OverallVerdict.REFUSED:
            bad = sum(one.judgement.word is OverallVerdict.REFUSED for one in self.packs)
            own = f"{len(self.findings)} finding(s) on the submission, {bad} of {count} refused"
            return f"Does not verify: {own}. Do not rely on this submission."
        if self.word is OverallVerdict.INTACT:
            return (
                f"Integrity, not authenticity: the submission and its {count} are complete and unchanged; "
                "pass --trust for each signer to see who signed them."
            )
        if self.word is OverallVerdict.UNCHANGED:
            return (
                f"Unchanged since signing: the submission and its {count}, by whom you trust. Of at least "
                "one pack the conclusions were NOT shown to follow from its evidence."
            )
        return f"Authentic: the submission and its {count}, by whom you trust."


def verify_submission(
    path: Path,
    *,
    now: datetime,
    trusted: Trust | None = None,
    every_byte: bool = False,
    signed_only: bool = False,
) -> SubmissionReport:
    """Verify a submission, zipped or as its folder, and every pack in it.

    `every_byte` and `signed_only` as of `evidence verify`. Every defect is a finding.
    """
    check = _SubmissionCheck(now, trusted, every_byte, signed_only)
    if path.is_dir():
        return check.report_on(path.resolve(), path.resolve().name, zipped=False)
    with scratch_folder("evidence-verify-") as scratch:
        try:
            canonical_zip.unpack(path, scratch)
        except canonical_zip.ZipError as error:
            finding = Finding(error.code, error.subject, str(error))
            return SubmissionReport(path.name, (finding,), None, (), ())
        folders = sorted(scratch.iterdir())
        if len(folders) != 1 or not layout.FOLDER.fullmatch(folders[0].name):
            finding = Finding(Code.ZIP, path.name, "does not hold exactly one submission's folder")
            return SubmissionReport(path.name, (finding,), None, (), ())
        return check.report_on(folders[0], path.name, zipped=True)


@dataclass(frozen=True, slots=True)
class _SubmissionCheck:
    now: datetime
    trusted: Trust | None
    every_byte: bool
    signed_only: bool

    def report_on(self, root: Path, name: str, *, zipped: bool) -> SubmissionReport:
        listed = inventory.take_inventory(root)
        findings = list(listed.findings)
        hashed = inventory.hash_files(root, listed.sizes)
        files = {path: found for path, found in hashed.items() if isinstance(found, FileDigest)}
        missing = sorted(set(layout.FILES) - set(files))
        findings += (Finding(Code.MISSING, path, "is missing") for path in missing)
        if missing:
            return SubmissionReport(name, tuple(findings), None, (), ())
        findings += check_sums(root, files)
        signer, stamps, against = check_signature(root, files, now=self.now, trusted=self.trusted)
        findings += against
        digest = files[layout.INDEX].sha256
        if zipped and root.name != layout.folder_of(digest):
            sentence = "is not the name of this submission's folder"
            findings.append(Finding(Code.INCONSISTENT, root.name, sentence))
        findings += self._cover(root, signer, digest)
        index = _index(root, findings)
        entries = {entry.file: entry for entry in index.entries} if index else {}
        findings += _expected(files, entries)
        if index and signer and index.signer != signer.fingerprint:
            findings.append(
                Finding(Code.SUBMISSION, layout.INDEX, "names another signer than the submission's")
            )
        packs = []
        for file in sorted(path for path in files if path in entries):
            verdict, against = self._pack(root, entries[file], files[file])
            packs.append(verdict)
            findings += against
        return SubmissionReport(
            name, tuple(findings), signer, tuple(packs), notes_on(signer, stamps, self.now)
        )

    def _cover(self, root: Path, signer: VerifiedSigner | None, digest: str) -> Iterator[Finding]:
        data = storage.read_up_to(root / layout.COVER, MAX_BYTES)
        report = verify_pdf(data, name=layout.COVER, now=self.now, trusted=self.trusted, alone=False)
        yield from report.findings
        if report.signer and signer and report.signer.fingerprint != signer.fingerprint:
            yield Finding(
                Code.OTHER_SIGNER, layout.COVER, "is signed by another identity than the submission"
            )
        if report.signer and report.digest != digest:
            yield Finding(Code.SUBMISSION, layout.COVER, "does not say that it is of this submission.json")

    def _pack(
        self, root: Path, entry: SubmissionEntry, there: FileDigest
    ) -> tuple[PackVerdict, list[Finding]]:
        looked: list[SubmittedPack] = []

        def look(folder: Path, bundle: Bundle) -> None:
            looked.append(submitted(folder, bundle))

        path = root / entry.file
        try:
            report, _ = verify_and_recompute(
                path, now=self.now, trusted=self.trusted, every_byte=self.every_byte, look=look,
                signed_only=self.signed_only,
            )  # fmt: skip
        except EvidenceError as error:  # of one pack nothing more can be said; the others are still looked at
            unread = Finding(Code.UNREADABLE, entry.file, f"was not read: {error.message}")
            report = replace(verify_any(path, now=self.now, trusted=self.trusted), findings=(unread,))
        against = [
            Finding(Code.SUBMISSION, entry.file, one) for one in _differences(entry, there, looked, report.ok)
        ]
        if report.kind != "pack":
            against.append(Finding(Code.SUBMISSION, entry.file, "is no pack"))
        return PackVerdict(entry.file, report, judge(report)), against


def _index(root: Path, findings: list[Finding]) -> Submission | None:
    content = storage.read_up_to(root / layout.INDEX, strictjson.MAX_BYTES)
    try:
        value = strictjson.loads(content)
        index = Submission.model_validate_json(content, strict=True)
    except ValidationError:
        findings.append(Finding(Code.SCHEMA, layout.INDEX, "does not match its schema"))
        return None
    except ValueError as error:
        findings.append(Finding(Code.JSON, layout.INDEX, f"is not strict JSON: {error}"))
        return None
    if strictjson.document(value) != content:
        findings.append(Finding(Code.JSON, layout.INDEX, "is not written in the canonical form"))
    for what in ("file", "digest"):
        named = [entry.file if what == "file" else entry.pack.digest for entry in index.entries]
        if len(set(named)) != len(named):
            findings.append(Finding(Code.SUBMISSION, layout.INDEX, f"names one {what} twice"))
    if len({entry.pack.redacted for entry in index.entries}) > 1:
        findings.append(Finding(Code.SUBMISSION, layout.INDEX, "names redacted copies among originals"))
    return index


def _expected(files: Mapping[str, FileDigest], entries: Mapping[str, SubmissionEntry]) -> Iterator[Finding]:
    for path in sorted(set(entries) - set(files)):
        yield Finding(Code.SUBMISSION, path, "is not there, though submission.json names it")
    for path in sorted(set(files) - set(entries) - {*layout.FILES, *layout.OPTIONAL}):
        what = "is a pack that submission.json does not name" if path.endswith(".zip") else "does not belong"
        yield Finding(Code.SUBMISSION if path.endswith(".zip") else Code.EXTRA, path, f"{what} here")


def _differences(
    entry: SubmissionEntry, there: FileDigest, looked: list[SubmittedPack], ok: bool
) -> Iterator[str]:
    """Yield where submission.json says otherwise than the pack about it."""
    if (entry.sha256, entry.bytes) != (there.sha256, there.size):
        yield "is not the file that submission.json names"
    elif not looked and ok:
        yield "could not be held against submission.json: its results cannot be read here"
    elif looked and looked[0] != entry.pack:
        said, found = entry.pack.model_dump(), looked[0].model_dump()
        names = ", ".join(name for name in said if said[name] != found[name])
        yield f"says otherwise about itself than submission.json ({names})"
