"""Verifies a pack strictly. In this order, each step over what the one before established:

1. the zip is byte for byte in the one accepted form, and is extracted into a temporary folder;
2. SHA256SUMS lists exactly the files, with their hashes; its signature holds and is trusted, and so does the
   signature's time-stamp, if there is one;
3. the bundle verifies (`evidence.bundle.verify.bundle`) and has the same signer;
4. the report's PDF signature holds, has the same signer, and names the digests of this bundle and of the
   results that are there;
5. the workbook names both too, and so does the page, if there is one;
6. changes.json, if it is there, names this bundle and the one before it;
7. results.json names this bundle's digest, and the hashes of exactly the statements of management's
   (exceptions.toml and others) that are there.

All of that shows who signed and that nothing changed since. Whether the conclusions follow from the evidence
shows only who computes them again (`evidence.recompute`), from the very files that were verified.
"""

import shutil
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence import storage
from evidence.bundle.format import redaction, strictjson
from evidence.bundle.verify import inventory
from evidence.bundle.verify.bundle import check_bundle
from evidence.bundle.verify.inventory import FileDigest
from evidence.findings import (
    Code,
    Finding,
    Repetition,
    VerificationReport,
    VerifiedSigner,
)
from evidence.pack import canonical_zip, layout
from evidence.pack.named_digests import digests_in_page, digests_in_workbook
from evidence.pack.sums import MAX_BYTES as MAX_SUMS
from evidence.pack.sums import check_signature, check_sums
from evidence.pack.write import authority_chain
from evidence.scratch import scratch_folder
from evidence.signatures import trust
from evidence.signatures.pdf import MAX_BYTES, named_digest, verify_pdf
from evidence.signatures.trust import notes_on

Further = Callable[[Path, VerificationReport], VerificationReport]
"""What else is made of a pack that has no finding: of the folder with the very files that were verified."""


def verify_pack(
    path: Path, *, now: datetime, trusted: trust.Trust | None = None, further: Further | None = None
) -> VerificationReport:
    """Verify a pack, zipped or as an unpacked folder; every defect becomes a finding of the report.

    A zip is opened once, and a folder copied before `further` is done: what lies under the path may be
    another pack a moment later.
    """
    zipped = not path.is_dir()
    if not zipped and further is None:
        return _PackCheck(path.resolve().name, now, trusted, zipped).report_on(path.resolve())
    with scratch_folder("evidence-verify-") as folder:
        try:
            root = _only_folder(path, folder) if zipped else _copy_folder(path.resolve(), folder)
        except canonical_zip.ZipError as error:
            return VerificationReport("pack", path.name, (Finding(error.code, error.subject, str(error)),))
        name = path.name if zipped else root.name
        report = _PackCheck(name, now, trusted, zipped).report_on(root)
        return further(root, report) if further is not None and report.ok else report


def _only_folder(path: Path, folder: Path) -> Path:
    """Extract a zip; return the one folder in it. Raises ZipError for anything else."""
    canonical_zip.unpack(path, folder)
    found = sorted(folder.iterdir())
    if len(found) != 1 or not layout.FOLDER.fullmatch(found[0].name):
        raise canonical_zip.ZipError(Code.ZIP, path.name, "does not hold exactly one pack folder")
    return found[0]


def _copy_folder(root: Path, folder: Path) -> Path:
    """Copy a pack's folder; raises ZipError for the first thing in it that is no plain file of its own."""
    listed = inventory.take_inventory(root)
    for finding in listed.findings:
        raise canonical_zip.ZipError(finding.code, finding.subject, finding.sentence)
    for path in listed.sizes:
        target = folder / root.name / path
        with storage.storage_errors(target):
            storage.make_folders(folder, target.parent)
            shutil.copyfile(root / path, target, follow_symlinks=False)
    return folder / root.name


@dataclass
class _PackCheck:
    """One verification of an extracted pack."""

    name: str
    now: datetime
    trusted: trust.Trust | None
    zipped: bool
    """Whoever unpacks a zip may give its folder another name."""
    findings: list[Finding] = field(default_factory=list)

    def report_on(self, root: Path) -> VerificationReport:
        """Run all steps on a pack's folder."""
        bundle_name = layout.bundle_in(root).name
        listed = inventory.take_inventory(root)
        self.findings += listed.findings
        hashed = inventory.hash_files(root, listed.sizes)
        files = {path: found for path, found in hashed.items() if isinstance(found, FileDigest)}
        self.findings += _expected(files, bundle_name)
        if not set(layout.FILES) <= set(files):
            return VerificationReport("pack", self.name, tuple(self.findings))
        self.findings += check_sums(root, files)
        signer, stamped, against = check_signature(root, files, now=self.now, trusted=self.trusted)
        self.findings += against
        bundle = check_bundle(root / bundle_name, now=self.now, trusted=self.trusted)
        self._part(bundle, f"{bundle_name}/", signer)
        if bundle.digest and self.zipped and root.name != layout.pack_folder(bundle.digest):
            self._add(Code.INCONSISTENT, root.name, "is not the name of this bundle's pack")
        pdf = storage.read_up_to(root / layout.REPORT, MAX_BYTES)
        report = verify_pdf(pdf, name=layout.REPORT, now=self.now, trusted=self.trusted, alone=False)
        self._part(report, "", signer)
        self._belongs(layout.APPENDICES, digests_in_workbook(root / layout.APPENDICES), files, bundle.digest)
        if layout.PAGE in files:
            self._belongs(layout.PAGE, digests_in_page(root / layout.PAGE), files, bundle.digest)
        if report.ok:
            named = report.digest, named_digest(report, "results")
            self._belongs(layout.REPORT, named, files, bundle.digest)
        results = _document(root / layout.RESULTS)
        if results.get("bundle_digest") != bundle.digest:
            self._add(Code.OTHER_BUNDLE, layout.RESULTS, "holds the results of another bundle")
        self._vouched(root, files, bundle_name)
        self.findings += _stated(results, files)
        changes = self._changes(root, files, bundle)
        stamps = (*bundle.time_stamps, *report.time_stamps, *stamped)
        copy = () if bundle.findings else redaction.notes(root / bundle_name)
        return VerificationReport(
            "pack", self.name, tuple(self.findings), bundle.digest, signer,
            notes=(*notes_on(signer, stamps, self.now), *copy), time_stamps=stamps, link=bundle.link,
            made_with=str(results.get("tool_version", "")), changes=changes, has_page=layout.PAGE in files,
        )  # fmt: skip

    def _vouched(self, root: Path, files: Container[str], bundle_name: str) -> None:
        """Compare authority.pem with the time-stamp whose certificates it says it holds."""
        wanted, found = authority_chain(root / bundle_name), b""
        if layout.AUTHORITY in files:
            found = storage.read_up_to(root / layout.AUTHORITY, MAX_SUMS)
        if wanted != found:
            self._add(Code.INCONSISTENT, layout.AUTHORITY, "does not hold the certificates of the time-stamp")

    def _changes(self, root: Path, files: Container[str], bundle: VerificationReport) -> Repetition | None:
        """Compare the digests that changes.json names; what it says shows who computes it again."""
        if layout.CHANGES not in files:
            return None
        document = _document(root / layout.CHANGES)
        sides = [document.get(side) for side in ("old", "new")]
        named = [side.get("digest") if isinstance(side, dict) else None for side in sides]
        if bundle.link and bundle.link.redacted:
            self._add(Code.EXTRA, layout.CHANGES, "does not belong to a redacted pack")
        elif bundle.link and (None in named or named != [bundle.link.previous, bundle.digest]):
            sentence = "does not say that it is of this bundle and of the one before it"
            self._add(Code.OTHER_BUNDLE, layout.CHANGES, sentence)
        return Repetition(False, "it was signed, and not computed again: --recompute --previous PACK")

    def _part(self, part: VerificationReport, prefix: str, signer: VerifiedSigner | None) -> None:
        self.findings += (replace(one, subject=f"{prefix}{one.subject}") for one in part.findings)
        if signer and part.signer and part.signer.fingerprint != signer.fingerprint:
            self._add(Code.OTHER_SIGNER, part.name, "is signed by another identity than the pack")

    def _belongs(self, part: str, named: tuple[str, str], files: dict[str, FileDigest], digest: str) -> None:
        """Compare what report or workbook say that they are of with what is there."""
        bundle, results = named
        if bundle != digest:
            self._add(Code.OTHER_BUNDLE, part, "does not say that it is of this bundle")
        elif results != files[layout.RESULTS].sha256:
            self._add(
                Code.OTHER_RESULTS, part, "does not say that it shows the results that are in results.json"
            )

    def _add(self, code: Code, subject: str, sentence: str) -> None:
        self.findings.append(Finding(code, subject, sentence))


def _expected(files: Iterable[str], bundle_name: str) -> Iterator[Finding]:
    beside = {path for path in files if not path.startswith(f"{bundle_name}/")}
    for path in sorted(set(layout.FILES) - beside):
        yield Finding(Code.MISSING, path, "is missing")
    for path in sorted(beside - {*layout.FILES, *layout.STATEMENTS, *layout.INDEXES, *layout.OPTIONAL}):
        yield Finding(Code.EXTRA, path, "does not belong to a pack")


def _document(results: Path) -> dict[str, Any]:
    try:
        document = strictjson.loads(storage.read_up_to(results, strictjson.MAX_BYTES))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _stated(results: dict[str, Any], files: dict[str, FileDigest]) -> Iterator[Finding]:
    """Yield where management's files are not exactly those that the results were computed with."""
    used = {name: results.get(member) for name, member in layout.STATEMENTS.items()}
    named = {name: file.get("sha256") for name, file in used.items() if isinstance(file, dict)}
    for path in layout.STATEMENTS:
        if path in named and path not in files:
            yield Finding(Code.MISSING, path, "is missing, though results.json was computed with it")
        elif path in files and path not in named:
            yield Finding(Code.EXTRA, path, "is no file that results.json was computed with")
        elif path in files and files[path].sha256 != named[path]:
            yield Finding(Code.CHANGED, path, "is not the file that results.json was computed with")
    for path, member in layout.INDEXES.items():
        if (results.get(member) is not None) and path not in files:
            yield Finding(Code.MISSING, path, f"is missing, though results.json names {member}")
        elif results.get(member) is None and path in files:
            yield Finding(Code.EXTRA, path, f"is the index of what results.json does not name ({member})")
