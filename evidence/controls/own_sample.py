"""Draws the auditor's own sample from the population of a test, after the bundle was sealed.

As the audit sample of roles is drawn (`settings.audit_sample`, docs/sampling.md): every member is ranked by
SHA-256 of seed, newline, member; the first ones are the sample, which anybody can draw again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evidence.bundle import Bundle
from evidence.controls.catalogue import catalogue, catalogue_over
from evidence.controls.declaration import Verdict
from evidence.controls.engine import run_tests
from evidence.controls.row_results import RowResult
from evidence.errors import UsageError
from evidence.readers.evidence import plural
from evidence.settings.audit_sample import DRAW_METHOD, population_digest, rank, select
from evidence.statements.files import NOTHING_STATED, Statements


@dataclass(frozen=True, slots=True)
class SampledMember:
    """One member that was drawn."""

    number: int
    """1, 2, 3 …, by rank."""
    rank: str
    """64 hex digits."""
    member: str
    """What was ranked: account, region and subject, joined by a space, empty ones left out."""
    subject: str
    account: str
    region: str
    verdict: Verdict
    """What the test found; the auditor's own inspection does not rest on it."""
    observed: str
    pointers: tuple[str, ...]
    """Where it is written: paths below data/ with lines."""


@dataclass(frozen=True, slots=True)
class PopulationSample:
    """A sample, and what is needed to draw it again."""

    bundle: str
    bundle_digest: str
    test: str
    title: str
    population_of: str
    """The test's population, in words."""
    population: int
    population_digest: str
    """SHA-256 of the sorted members, one a line."""
    size: int
    seed: str
    method: str
    complete: bool
    """The bundle shows the whole population: nothing that the test needs is missing."""
    missing: tuple[str, ...]
    """Why it does not, one sentence each."""
    members: tuple[SampledMember, ...]

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {"sample_version": "1", **asdict(self)}


def draw_sample(
    bundle: Bundle, test: str, size: int, seed: str, statements: Statements = NOTHING_STATED
) -> PopulationSample:
    """Perform one test and draw from its population.

    Raises UsageError where there is none, or too small, and for a seed that cannot be printed.
    """
    if not seed.isprintable():
        raise UsageError(
            "The seed holds what cannot be printed, so that nobody could draw the sample again.",
            "Give --seed letters, digits and signs, in the encoding of the terminal.",
        )
    known = catalogue()
    chosen = known.get(test)
    if chosen is None or chosen.attested or test not in catalogue_over(bundle):
        why = "is no test of controls"
        if chosen:
            why = (
                "is attested, and has no population"
                if chosen.attested
                else f"is not performed over {bundle.name}"
            )
        raise UsageError(f"{test} {why}.", "`evidence controls` lists the tests; name one by its id.")
    (result,) = run_tests(bundle, [chosen], statements).tests
    judged = frozenset(Verdict) - {Verdict.OUT_OF_SCOPE}
    members = dict(named_members(list(result.rows.with_verdict(judged))))
    if size > len(members):
        why = "." if members else f": {result.reason}"
        raise UsageError(
            f"The population of {test} in this bundle has {plural(len(members), 'member')}{why}",
            "Draw no more than there are with --size."
            if members
            else "Choose another test with --population.",
        )
    return PopulationSample(
        bundle=bundle.name,
        bundle_digest=bundle.digest,
        test=test,
        title=result.title,
        population_of=result.population,
        population=len(members),
        population_digest=population_digest(members),
        size=size,
        seed=seed,
        method=DRAW_METHOD,
        complete=not result.holes,
        missing=tuple(map(str, result.holes)),
        members=tuple(
            _sampled(number, member, members[member], seed)
            for number, member in enumerate(select(members, size, seed), start=1)
        ),
    )


def named_members(rows: Sequence[RowResult]) -> Iterator[tuple[str, RowResult]]:
    """Yield rows with what names each, no two alike: one that is taken gets the next number."""
    names = [" ".join(filter(None, (row.account, row.region, row.subject))) for row in rows]
    taken, seen = set(names), Counter[str]()
    for name, row in zip(names, rows, strict=True):
        seen[name] += 1
        member = name
        if seen[name] > 1:
            while (member := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            taken.add(member)
        yield member, row


def _sampled(number: int, member: str, row: RowResult, seed: str) -> SampledMember:
    return SampledMember(
        number=number, rank=rank(seed, member), member=member, subject=row.subject, account=row.account,
        region=row.region, verdict=row.verdict, observed=row.observed,
        pointers=tuple(map(str, row.pointers)),
    )  # fmt: skip
