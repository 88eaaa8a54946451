"""Opens what is compared, or sampled: a bundle or a pack, verified, then tested by today's rules."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from evidence.bundle.open import Bundle, bundle_within, checked_bundle
from evidence.bundle.verify.verdicts import Judgement, OverallVerdict, judge
from evidence.controls.engine import run_tests
from evidence.controls.recomputed import with_custom_results
from evidence.controls.results import Results
from evidence.diff import SealedResults, Snapshot, take_snapshot
from evidence.errors import UsageError, VerificationError
from evidence.findings import Finding, VerificationReport
from evidence.pack import layout
from evidence.pack.any import verify_any
from evidence.readers.access_review import is_review
from evidence.recompute import compare_conclusions, packed_statements, untied_files
from evidence.report.facts import read_results, read_used_files
from evidence.statements.files import NOTHING_STATED, Statements
from evidence.storage import sha256_of

if TYPE_CHECKING:
    from evidence.signatures.trust import Trust
    from evidence.signing.signer import Signer

Taken = TypeVar("Taken")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class ReadSide:
    """A bundle or pack that was read, and how it verified."""

    snapshot: Snapshot
    judgement: Judgement

    @property
    def trusted(self) -> bool:
        """The signer is whom the reader said to expect."""
        return self.judgement.word in (OverallVerdict.AUTHENTIC, OverallVerdict.UNCHANGED)


def read_side(
    path: Path, *, now: datetime, trusted: "Trust | None" = None, statements: Statements = NOTHING_STATED
) -> ReadSide:
    """Verify a bundle or a pack and read what is compared of it.

    A pack is tested with the statements that are in it, a bundle with those given. Raises UsageError for what
    is neither, VerificationError for what does not verify, or whose sealed conclusions are not those of the
    same version.
    """

    def test(bundle: Bundle, packed: PackedResults | None, stated: Statements) -> tuple[Snapshot, Results]:
        if is_review(bundle):
            raise UsageError(
                f"{bundle.name} holds an access review, with which nothing is compared.",
                f"Name a bundle of collected evidence; with --previous, this one's digest: {bundle.digest}.",
            )
        results = run_tests(bundle, statements=stated)
        sealed = packed.sealed(results) if packed else None
        claimed = with_custom_results(bundle, results, sealed.results)[0] if sealed else results
        return take_snapshot(bundle, results, sealed), claimed

    (snapshot, claimed), judgement = read_any(path, test, now=now, trusted=trusted, statements=statements)
    require_honest(path, snapshot, claimed)
    return ReadSide(snapshot, judgement)


@dataclass(frozen=True, slots=True)
class PackedResults:
    """The results.json of a pack that verified. It is read where it is asked for, as that takes long."""

    path: Path

    def sealed(self, today: Results) -> SealedResults:
        """Return what it says; `today`, of the same evidence, stands for it where it is the same to the byte.

        Raises UsageError where it is no file of results.
        """
        digest = sha256_of(self.path)
        return SealedResults(today if today.digest == digest else read_results(self.path), digest)


Take = Callable[[Bundle, PackedResults | None, Statements], Taken]


def read_any(
    path: Path,
    take: Take[Taken],
    *,
    now: datetime,
    trusted: "Trust | None" = None,
    statements: Statements = NOTHING_STATED,
) -> tuple[Taken, Judgement]:
    """Verify a bundle or a pack; return what `take` makes of it while it is open, and the judgement.

    Raises UsageError for what is neither, VerificationError for what does not verify.
    """
    taken: list[Taken] = []

    def further(root: Path, report: VerificationReport) -> VerificationReport:
        bundle = checked_bundle(layout.bundle_in(root), report)
        untied = tuple(untied_files(bundle, f"{bundle.name}/"))
        if untied:
            return replace(report, findings=untied)
        results = root / layout.RESULTS
        stated = packed_statements(root, read_used_files(results))
        taken.append(take(bundle, PackedResults(results), stated))
        return report

    report = verify_any(path, now=now, trusted=trusted, further=further)
    if report.kind not in ("pack", "bundle"):
        raise UsageError(f"{path} is neither a bundle nor a pack.", "Name a bundle's folder or a pack's zip.")
    if report.kind == "bundle" and report.ok:
        bundle = checked_bundle(path, report)
        report = replace(report, findings=tuple(untied_files(bundle, "")))
        if report.ok:
            taken.append(take(bundle, None, statements))
    _require_ok(path, report.findings)
    return taken[0], judge(report)


def read_previous(
    given: str | Path | None,
    *,
    now: datetime,
    statements: Statements = NOTHING_STATED,
    signer: "Signer | None" = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[str | None, Snapshot | None]:
    """Return the digest of the bundle before, and what is compared of it where more than its digest is given.

    It has to verify; who signed it is said where that is not `signer`. Raises as `read_side`, and UsageError
    for a redacted copy, which stands in no chain.
    """
    if given is None or not Path(given).exists():
        return None if given is None else str(given), None  # what is no digest is refused as one
    before = read_side(Path(given), now=now, statements=statements).snapshot
    if before.redaction:
        raise UsageError(f"{given} is a redacted copy, which no bundle follows.", "Name the original.")
    if signer is not None and before.signer != signer.fingerprint:
        say(f"The bundle before is signed by another certificate than this run: SHA-256 {before.signer}.")
    return before.about.digest, before


def _require_ok(path: Path, findings: tuple[Finding, ...]) -> None:
    if findings:
        first = "; ".join(f"{one.subject} {one.sentence}" for one in findings[:_NAMED])
        more = f"; and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
        raise VerificationError(
            f"{path.name} does not verify: {first}{more}.",
            bundle_within(path, findings) or "`evidence verify` lists every finding.",
        )


def require_honest(path: Path, snapshot: Snapshot, claimed: Results) -> None:
    """Refuse sealed results that are not what the very version that made them concludes.

    Raises VerificationError. `claimed`: today's, with those of custom tests whose package is not here as
    they are sealed.
    """
    sealed, today = snapshot.sealed, snapshot.results
    if sealed is None or _made_with(sealed) != _made_with(today):
        return
    found = compare_conclusions(sealed, claimed, claimed.digest == snapshot.about.results_digest)
    if isinstance(found, Finding):
        _require_ok(path, (found,))


def _made_with(results: Results) -> tuple[str, dict[str, str]]:
    return results.tool_version, results.libraries
