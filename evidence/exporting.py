"""Exports what the tests conclude, from a bundle or from a verified pack, for other tools."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.errors import UsageError, VerificationError
from evidence.findings import VerificationReport
from evidence.pack import layout

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.controls.results import Results
    from evidence.statements.files import Statements

Export = Callable[["Bundle", "Results"], bytes]


def exported(
    path: Path, statements: "Statements", wanted: Mapping[Path, Export], *, now: datetime
) -> dict[Path, bytes]:
    """Return what is wanted, by the path it is for; nothing is written.

    A bundle is tested here, with management's statements; a pack is verified, and its own results are taken.
    Raises UsageError for statements beside a pack, VerificationError for a pack that does not verify.
    """
    from evidence.bundle import open_bundle
    from evidence.bundle.format import bag
    from evidence.controls.engine import run_tests

    if (path / bag.BAGIT).is_file():
        bundle = open_bundle(path, now=now)
        results = run_tests(bundle, statements=statements)
        return {target: make(bundle, results) for target, make in wanted.items()}
    if any(statements.given()):
        raise UsageError("A pack holds management's files already.", "Leave them out, or name its bundle.")
    return _of_pack(path, wanted, now)


def _of_pack(path: Path, wanted: Mapping[Path, Export], now: datetime) -> dict[Path, bytes]:
    from evidence.bundle.open import checked_bundle
    from evidence.pack.any import verify_any
    from evidence.report.facts import read_results

    made: dict[Path, bytes] = {}

    def further(root: Path, report: VerificationReport) -> VerificationReport:
        bundle = checked_bundle(layout.bundle_in(root), report)
        results = read_results(root / layout.RESULTS)
        made.update({target: make(bundle, results) for target, make in wanted.items()})
        return report

    report = verify_any(path, now=now, further=further)
    for finding in report.findings[:1]:
        raise VerificationError(f"{path}: {finding.subject} {finding.sentence}.", "See `evidence verify`.")
    if report.kind != "pack":
        raise UsageError(
            f"{path} is neither a bundle nor a pack.", "Name the folder of one, or a pack's zip."
        )
    return made
