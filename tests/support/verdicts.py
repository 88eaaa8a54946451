"""Both verifiers at once: `evidence verify` and the single file that ships in packs must always agree."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from evidence.findings import VerificationReport
from evidence.pack.any import verify_any
from evidence.pack.standalone import verify as single
from evidence.signatures import cms
from evidence.signatures.pdf import verify_pdf
from evidence.signatures.trust import Trust
from tests.support.bundles import NOW
from tests.support.packs import NONE


def both_verdicts(path: Path, trust: Trust | None, now: datetime = NOW) -> VerificationReport:
    """Return the report on a pack or bundle; fails unless the single-file verifier says the same of it.

    `trust` None is integrity only. The same means accepted or refused: the single file names one defect.
    """
    report = verify_any(path, now=now, trusted=trust)
    agree(report.ok, lambda anchor: single.verify(path, anchor, now), trust, report.findings)
    return report


def both_on_report(data: bytes, trust: Trust | None, now: datetime = NOW) -> VerificationReport:
    """Return the report on a signed PDF that names some bundle, likewise."""
    report = verify_pdf(data, name="report.pdf", now=now, trusted=trust)
    named = report.digest.encode(), NONE.encode()
    agree(
        report.ok,
        lambda anchor: single.check_report(data, named, anchor, now),
        trust,
        report.findings,
    )
    return report


def agree(holds: bool, ask: Callable[[str], object], trust: Trust | None, found: object) -> None:
    """Fail unless asking the single-file verifier about an anchor ends as `evidence verify` did."""
    refusal = ""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(cms.pem(trust.certificates) if trust else b"")
        file.flush()
        try:
            ask(anchor(trust, file.name))
        except Exception as error:  # noqa: BLE001 (as the verifier's own command does)
            refusal = repr(error)
    assert holds is (not refusal), (
        f"`evidence verify` found {found or 'nothing'}; the single-file verifier said {refusal or 'verified'}"
    )


def anchor(trust: Trust | None, file: str) -> str:
    """Return a trust as the single-file verifier takes it."""
    if trust is None:
        return "--integrity-only"
    return trust.fingerprints[0] if trust.fingerprints else file
