"""Checks a report over a period: as it was signed, and as it comes out of the archive once more."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from pydantic import ValidationError

from evidence import __version__
from evidence.archive.store import ArchiveStore
from evidence.bundle.format import strictjson
from evidence.bundle.verify import inventory
from evidence.bundle.verify.inventory import FileDigest
from evidence.errors import UsageError
from evidence.findings import Code, Finding, VerifiedSigner
from evidence.pack import canonical_zip
from evidence.pack.layout import SIGNER, TIME_STAMP, VERSIONS
from evidence.pack.sums import check_signature, check_sums
from evidence.period import layout
from evidence.period.given import EVENTS, KINDS, given_in
from evidence.period.make import PeriodRequest, make
from evidence.period.model import PeriodResults
from evidence.period.opened import Period
from evidence.period.rendered import render
from evidence.period.source import PackSeries, Reading
from evidence.recomputation import FileComparison
from evidence.report.versions import rendering_versions
from evidence.scratch import scratch_folder
from evidence.signatures.pdf import MAX_BYTES, verify_pdf
from evidence.signing.signer import SignerIdentity, identity_of
from evidence.statements.files import STATEMENT_KINDS
from evidence.storage import read_up_to, sha256_of


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """What came out."""

    findings: tuple[Finding, ...]
    """What does not hold; then nothing else is established."""
    parts: tuple[FileComparison, ...] = ()
    """Each file that was computed again; none where the report is not as it was signed."""
    not_compared: tuple[str, ...] = ()
    """Files that were drawn with other versions, of which bytes say nothing."""
    made_with: str = ""
    trusted: bool = False
    """Report and packs are signed by whom the reader said to expect."""

    @property
    def ok(self) -> bool:
        """All that can be computed again came out the same."""
        return not self.findings and not self.not_compared

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {
            "ok": self.ok,
            "trusted": self.trusted,
            "made_with": self.made_with,
            "computed_with": __version__,
            "findings": [one.document() for one in self.findings],
            "parts": [
                {"name": one.name, "identical": one.identical, "sha256": one.sha256} for one in self.parts
            ],
            "not_compared": list(self.not_compared),
        }

    def text(self) -> str:
        """Return the form for people."""
        said = "All of it came out of the archive once more, to the byte."
        if self.not_compared:
            said = f"Not compared, as other versions draw them: {', '.join(self.not_compared)}."
        if self.findings:
            said = f"Does not verify: {len(self.findings)} of what follows does not hold."
        lines = [said, f"Made with     {self.made_with or 'not known'}", f"Computed with {__version__}"]
        lines += [
            f"  {'identical' if one.identical else 'DIFFERS':<10}  {one.name:<22}  sha256:{one.sha256}"
            for one in self.parts
        ]
        lines += [f"  {one.code}: {one.subject} {one.sentence}" for one in self.findings]
        return "\n".join(lines)


def check_report(path: Path, store: ArchiveStore, reading: Reading) -> PeriodCheck:
    """Check a report's zip, and compute it again from the packs of an archive.

    Raises UsageError for what is no such zip, VerificationError where the archive does not hold.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no file.", "Name the zip of a report over a period with --check.")
    with scratch_folder("evidence-period-") as folder:
        try:
            canonical_zip.unpack(path, folder)
        except canonical_zip.ZipError as error:
            return PeriodCheck((Finding(error.code, error.subject, str(error)),))
        found = sorted(folder.iterdir())
        if len(found) != 1 or not (found[0] / layout.RESULTS).is_file():
            sentence = "does not hold a folder with a period.json"
            return PeriodCheck((Finding(Code.NOT_A_BUNDLE, path.name, sentence),))
        return _check(found[0], store, reading)


def _check(root: Path, store: ArchiveStore, reading: Reading) -> PeriodCheck:
    listed = inventory.take_inventory(root)
    hashed = inventory.hash_files(root, listed.sizes)
    files = {name: one for name, one in hashed.items() if isinstance(one, FileDigest)}
    missing = [Finding(Code.MISSING, name, "is missing") for name in layout.ALWAYS if name not in files]
    if missing:
        return PeriodCheck((*listed.findings, *missing))
    findings = [*listed.findings, *check_sums(root, files)]
    signer, _, against = check_signature(root, files, now=reading.now, trusted=reading.trusted)
    findings += against
    results, wrong = _read(root)
    if results is None:
        return PeriodCheck((*findings, *wrong))
    findings += _expected(files, results, root.name)
    findings += _report(root, files, signer, reading)
    if findings:
        return PeriodCheck(tuple(findings), made_with=results.tool_version)
    series = PackSeries(store, reading, Period(results.first, results.last), results.scope)
    given = given_in(root, results.people_file, results.exceptions_file, results.files)
    request = PeriodRequest(
        Period(results.first, results.last), results.settings, results.leaver_access_hours, given
    )
    again = make(series, request).results
    compared = _PeriodComparison(root, results, again)
    trusted = series.trusted and signer is not None and signer.trusted
    return replace(compared.outcome(files), trusted=trusted)


def _read(root: Path) -> tuple[PeriodResults | None, list[Finding]]:
    content = (root / layout.RESULTS).read_bytes()
    try:
        results = PeriodResults.model_validate_json(content)
    except ValidationError:
        sentence = "is not a file of a report over a period, of this version"
        return None, [Finding(Code.SCHEMA, layout.RESULTS, sentence)]
    if results.to_bytes() != content:
        return None, [Finding(Code.JSON, layout.RESULTS, "is not written in the canonical form")]
    return results, []


def _expected(files: dict[str, FileDigest], results: PeriodResults, folder: str) -> Iterator[Finding]:
    """Yield the files that do not belong to a report, and a folder of another name than its own."""
    used = {"people": results.people_file, "exceptions": results.exceptions_file}
    stated = {kind.file for kind in STATEMENT_KINDS if kind.name in KINDS and used[kind.name]}
    for name in sorted(stated - files.keys()):
        yield Finding(Code.MISSING, name, "is missing, though period.json was computed with it")
    known = {*layout.ALWAYS, *layout.RENDERED, TIME_STAMP, *stated}
    events = [name for name in files if name.startswith(f"{EVENTS}/")]
    for name in sorted(set(files) - known - set(events)):
        yield Finding(Code.EXTRA, name, "does not belong to a report over a period")
    if len(events) != len(results.files):
        sentence = f"holds {len(events)} files, where period.json was computed with {len(results.files)}"
        yield Finding(Code.INCONSISTENT, EVENTS, sentence)
    if folder != layout.folder_name(results.scope, Period(results.first, results.last)):
        yield Finding(Code.INCONSISTENT, folder, "is not the name of this period's report")


def _report(
    root: Path, files: dict[str, FileDigest], signer: VerifiedSigner | None, reading: Reading
) -> Iterator[Finding]:
    """Yield what is wrong with the signature inside of the PDF."""
    if layout.REPORT not in files:
        return
    data = read_up_to(root / layout.REPORT, MAX_BYTES)
    found = verify_pdf(data, name=layout.REPORT, now=reading.now, trusted=reading.trusted, alone=False)
    yield from found.findings
    if signer and found.signer and found.signer.fingerprint != signer.fingerprint:
        yield Finding(Code.OTHER_SIGNER, layout.REPORT, "is signed by another identity than the report")


@dataclass(frozen=True, slots=True)
class _PeriodComparison:
    """A report as it is in its zip, and as it came out again."""

    root: Path
    given: PeriodResults
    again: PeriodResults

    def outcome(self, files: dict[str, FileDigest]) -> PeriodCheck:
        """Compare the results, and what is rendered of them where the same versions draw it."""
        parts = [self._results()]
        not_compared = []
        drawn = [name for name in layout.RENDERED if name in files]
        if not parts[0].identical:
            pass  # what is drawn of other results differs, and says nothing more
        elif self._same_versions():
            parts += self._drawn(drawn)
        else:
            not_compared = [*drawn, layout.INSTRUCTIONS]
        return PeriodCheck(
            tuple(self._otherwise(one) for one in parts if not one.identical), tuple(parts),
            tuple(not_compared), self.given.tool_version,
        )  # fmt: skip

    def _results(self) -> FileComparison:
        same = self.given.to_bytes() == self.again.to_bytes()
        return FileComparison(layout.RESULTS, same, self.again.digest, "" if same else self._differing())

    def _differing(self) -> str:
        """Return which members of the results are others, and whether versions may explain it."""
        before, after = (dict(one) for one in (self.given, self.again))
        members = [name for name in before if before[name] != after[name]]
        versions = ("tool_version", "libraries")
        explained = any(name in members for name in versions)
        said = f"other {', '.join(name for name in members if name not in versions) or 'versions'}"
        return f"{said}; made with evidence {self.given.tool_version}" if explained else said

    def _same_versions(self) -> bool:
        return (self.root / VERSIONS).read_bytes() == strictjson.document(rendering_versions())

    def _drawn(self, drawn: list[str]) -> Iterator[FileComparison]:
        certificate = x509.load_pem_x509_certificates((self.root / SIGNER).read_bytes())[0]
        identity = identity_of(certificate)
        with scratch_folder("evidence-period-") as folder:
            made = render(self.again, identity, folder)
            for name in (name for name in layout.RENDERED if name in {*made, *drawn}):
                if name not in made or name not in drawn:
                    yield FileComparison(name, False, "", "it is in one of the two alone")
                elif name == layout.REPORT:
                    yield self._same_report((folder / name).read_bytes())
                else:
                    yield self._same(name, sha256_of(folder / name))
        yield self._instructions(identity)

    def _same(self, name: str, again: str) -> FileComparison:
        return FileComparison(name, sha256_of(self.root / name) == again, again)

    def _same_report(self, unsigned: bytes) -> FileComparison:
        """Put the signature that is there on the report as rendered here: no byte is left unexplained."""
        from evidence.signing.pdf import apply_signature

        signed = (self.root / layout.REPORT).read_bytes()
        same = signed.startswith(unsigned) and apply_signature(unsigned, signed) == signed
        return FileComparison(layout.REPORT, same, hashlib.sha256(unsigned).hexdigest())

    def _instructions(self, identity: SignerIdentity) -> FileComparison:
        page = layout.instructions(self.again, identity, __version__)
        return self._same(layout.INSTRUCTIONS, hashlib.sha256(page).hexdigest())

    def _otherwise(self, one: FileComparison) -> Finding:
        remark = f" ({one.contradicts})" if one.contradicts else ""
        sentence = f"is not what comes out of the archive{remark}"
        return Finding(Code.NOT_REPRODUCED, one.name, sentence)
