"""Verifies a corroboration addendum strictly. In this order:

1. the folder holds its three files and nothing else;
2. the signature over corroboration.json holds and is trusted (docs/format.md §2);
3. corroboration.json is strict JSON, canonical, follows its schema, and its totals are those of its verdicts;
4. the PDF's signature holds, has the same signer, and names this bundle and this corroboration.json;
5. when a bundle or pack is given with it: it is about that one.
"""

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from evidence import storage
from evidence.bundle.format import strictjson
from evidence.bundle.format.corroboration import DOCUMENT, FILES, INFIX, PAGE, SIGNATURE, Corroboration, count
from evidence.bundle.verify import inventory
from evidence.errors import IncompleteBundleError
from evidence.findings import Code, Finding, VerificationReport, VerifiedSigner
from evidence.signatures import cms, trust
from evidence.signatures.pdf import MAX_BYTES, named_digest, verify_pdf


def is_corroboration(folder: Path) -> bool:
    """Say whether a folder is an addendum rather than a bundle."""
    return INFIX in folder.resolve().name or (folder / DOCUMENT).exists()


def check_corroboration(
    root: Path, *, now: datetime, trusted: trust.Trust | None = None, digest: str | None = None
) -> VerificationReport:
    """Verify an addendum's folder; every defect becomes a finding of the report.

    `digest` is that of the bundle it has to be about, when there is one to compare with. Raises
    IncompleteBundleError for a leftover.
    """
    name = root.resolve().name
    if name.endswith(".partial"):
        raise IncompleteBundleError(f"{root} is the leftover of a run that did not finish.")
    listed = inventory.take_inventory(root)
    findings = list(listed.findings)
    findings += (Finding(Code.MISSING, path, "is missing") for path in FILES if path not in listed.sizes)
    findings += (
        Finding(Code.EXTRA, path, "does not belong to a corroboration")
        for path in listed.sizes
        if path not in FILES
    )
    if not set(FILES) <= set(listed.sizes):
        return VerificationReport("corroboration", name, tuple(findings))
    content = storage.read_up_to(root / DOCUMENT, strictjson.MAX_BYTES)
    signer = _signature(root, content, findings, now=now, trusted=trusted)
    document = _document(content, findings)
    if document is not None:
        _check_statements(document, name, digest, findings)
        _check_page(root, document, content, signer, findings, now=now, trusted=trusted)
    notes = _notes(document, digest) if document is not None else ()
    about = document.bundle_digest if document is not None else ""
    return VerificationReport("corroboration", name, tuple(findings), about, signer, notes)


def _signature(
    root: Path, content: bytes, findings: list[Finding], *, now: datetime, trusted: trust.Trust | None
) -> VerifiedSigner | None:
    try:
        signature = cms.check(storage.read_up_to(root / SIGNATURE, cms.MAX_BYTES), content)
    except cms.CmsError as error:
        findings.append(Finding(Code.SEAL_INVALID, SIGNATURE, f"is not a valid signature: {error}"))
        return None
    signer, against = trust.judge(
        signature, trusted, now=now, claimed=signature.signing_time, subject=SIGNATURE
    )
    findings += against
    return signer


def _document(content: bytes, findings: list[Finding]) -> Corroboration | None:
    try:
        written = strictjson.document(strictjson.loads(content))
    except ValueError as error:
        findings.append(Finding(Code.JSON, DOCUMENT, f"is not strict JSON: {error}"))
        return None
    if written != content:
        findings.append(Finding(Code.JSON, DOCUMENT, "is not written in the canonical form"))
        return None
    try:
        return Corroboration.model_validate_json(content, strict=True)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        findings.append(Finding(Code.SCHEMA, DOCUMENT, f"does not follow its schema at {where}"))
        return None


def _check_statements(
    document: Corroboration, name: str, digest: str | None, findings: list[Finding]
) -> None:
    if name != f"{document.bundle}{INFIX}{document.made:%Y%m%dT%H%M%SZ}":
        findings.append(Finding(Code.INCONSISTENT, DOCUMENT, "names another bundle or time than its folder"))
    if document.totals != count(document.verdicts, len(document.unlisted)):
        findings.append(
            Finding(Code.INCONSISTENT, DOCUMENT, "states totals that are not those of its verdicts")
        )
    if digest is not None and document.bundle_digest != digest:
        findings.append(Finding(Code.OTHER_BUNDLE, DOCUMENT, "is the corroboration of another bundle"))


def _check_page(
    root: Path,
    document: Corroboration,
    content: bytes,
    signer: VerifiedSigner | None,
    findings: list[Finding],
    *,
    now: datetime,
    trusted: trust.Trust | None,
) -> None:
    data = storage.read_up_to(root / PAGE, MAX_BYTES)
    page = verify_pdf(data, name=PAGE, now=now, trusted=trusted)
    findings += page.findings
    if signer and page.signer and page.signer.fingerprint != signer.fingerprint:
        findings.append(Finding(Code.OTHER_SIGNER, PAGE, f"is signed by another identity than {DOCUMENT}"))
    if not page.ok:
        return
    if page.digest != document.bundle_digest:
        findings.append(Finding(Code.OTHER_BUNDLE, PAGE, "is about another bundle"))
    if named_digest(page, "corroboration") != hashlib.sha256(content).hexdigest():
        findings.append(Finding(Code.INCONSISTENT, PAGE, f"was rendered from another {DOCUMENT}"))


def _notes(document: Corroboration, digest: str | None) -> tuple[str, ...]:
    totals = document.totals
    notes = [
        (
            f"It says: of {totals.expected} calls that CloudTrail should hold, {totals.agree} agree, "
            f"{totals.differ} differ, {totals.missing} are missing, {totals.unavailable} could not be looked "
            f"up; {totals.unlisted} events are not in the ledger."
        ),
        "That CloudTrail holds this is the signer's statement: whoever may read the trail can compare again.",
    ]
    if digest is None:
        notes.append("No bundle was given to compare its digest with.")
    return tuple(notes)
