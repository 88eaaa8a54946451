"""Defines submission.json: what a submission says about each pack, which the packs themselves say too."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from evidence.bundle.format.models import BundleModel, Sha256
from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.pack import layout
from evidence.report.facts import read_results
from evidence.storage import sha256_of

SUBMISSION_VERSION: Literal["1"] = "1"


class SubmittedPack(BundleModel):
    """One pack, as it says about itself; a reader holds each member against the pack."""

    bundle: str
    digest: Sha256
    """The bundle's."""
    scope: str
    """The key of the scope: partition and account that asked."""
    accounts: tuple[str, ...]
    """Account ids in scope."""
    started: datetime
    finished: datetime
    """When the collection began and ended."""
    entity: str
    """Whose evidence it is, as sealed; empty where the settings name nobody."""
    period_start: date | None
    period_end: date | None
    """The audit period, as sealed; null for a point in time."""
    signer: Sha256
    """SHA-256 of the certificate (DER)."""
    tool_version: str
    """Of what made the results."""
    results: Sha256
    """Of results.json."""
    redacted: bool
    gaps: Annotated[int, Field(ge=0)]
    conclusions: dict[str, dict[str, int]]
    """How many tests end how, by the sum that they are counted in; sums are never added up."""
    incomplete: Annotated[int, Field(ge=0)]
    """Tests that did not see all the evidence, whatever they conclude."""


class SubmissionEntry(BundleModel):
    """A pack's place in the submission."""

    file: Annotated[str, Field(pattern=r"^packs/[A-Za-z0-9][A-Za-z0-9._-]*\.zip$")]
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]
    recomputed: bool
    """Its tests were performed again when the submission was made, and came out the same."""
    recomputation: str
    """What came of that, one clause: the word of whoever made the submission."""
    pack: SubmittedPack


class Submission(BundleModel):
    """The index: submission.json."""

    submission_version: Literal["1"] = SUBMISSION_VERSION
    made: datetime
    tool_version: str
    signer: Sha256
    """Who signed the submission; each pack has its own signer."""
    entries: Annotated[tuple[SubmissionEntry, ...], Field(min_length=1)]
    """By scope, then by time."""


def submitted(root: Path, bundle: Bundle) -> SubmittedPack:
    """Return what a verified pack, open in its folder, says about itself."""
    results, run = read_results(root / layout.RESULTS), bundle.run
    entity = run.settings.entity
    return SubmittedPack(
        bundle=bundle.name,
        digest=bundle.digest,
        scope=run.scope,
        accounts=tuple(run.accounts),
        started=run.started,
        finished=run.finished,
        entity=entity.name or "",
        period_start=entity.period_start,
        period_end=entity.period_end,
        signer=bundle.signer,
        tool_version=results.tool_version,
        results=sha256_of(root / layout.RESULTS),
        redacted=run.redacted_from is not None,
        gaps=len(bundle.gaps),
        conclusions=_conclusions(results),
        incomplete=sum(not test.complete for test in results.tests),
    )


def _conclusions(results: Results) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for test in results.tests:
        sums.setdefault(str(test.family), Counter())[str(test.conclusion)] += 1
    return {family: dict(sorted(counted.items())) for family, counted in sorted(sums.items())}
