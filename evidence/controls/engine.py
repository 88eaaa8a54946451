"""Runs tests of controls over a bundle; the one place where rows become a conclusion."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from evidence import __version__
from evidence.bundle import Bundle
from evidence.controls.acceptance import Acceptances, collection_day
from evidence.controls.administrators import known_administrators, unmatched_administrators
from evidence.controls.attestations import AttestationEntries
from evidence.controls.bearing import beside_statement
from evidence.controls.catalogue import catalogue, catalogue_over
from evidence.controls.counts import NOT_INSPECTED, RowCounts, count_rows
from evidence.controls.custom import not_performed, packages_of, switched_on
from evidence.controls.declaration import (
    ConcludedTest,
    Conclusion,
    ControlTest,
    Family,
    Severity,
    Verdict,
)
from evidence.controls.doubts import Doubts, concerns
from evidence.controls.inspection import NOBODY, Inspection, as_missing, inspect, read
from evidence.controls.joined import joined_facts
from evidence.controls.lax_settings import TestsPerformed, lax_settings
from evidence.controls.limits_in_words import fill_in_limits
from evidence.controls.partners import known_partners
from evidence.controls.recording import InspectionRecord, record
from evidence.controls.remedies import in_general
from evidence.controls.responses import Responses
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowFile, RowResult, Rows
from evidence.controls.stated_numbers import numbers_in
from evidence.policies.actions import database
from evidence.readers.access_review import is_review
from evidence.readers.asked import UnaskedPlace
from evidence.readers.evidence import Evidence, Known, joined_names, plural
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.readers.organizations import run_accounts
from evidence.settings.model import SealedSettings, out_of_bounds
from evidence.statements.files import NOTHING_STATED, Statements
from evidence.statements.records import Acceptance, Response
from evidence.statements.shapes import ExceptionsFile

NO_DOUBTS = Doubts()
NO_RESPONSES = Responses((), ())
NO_LIST = "the company's own list of people was not given (people.csv, --people)"
NOTHING_ACCEPTED = ExceptionsFile.model_construct()
"""No file says nothing: one that does is refused."""


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Stop the garbage collector meanwhile: there are no cycles in evidence and rows for it to find.

    What has been made by then counts as old: else all of it would be searched as soon as it starts again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if enabled:
            gc.enable()


@_no_search_for_cycles()
def run_tests(
    bundle: Bundle,
    tests: Iterable[ControlTest] | None = None,
    statements: Statements = NOTHING_STATED,
) -> Results:
    """Perform tests of controls; by default all that range over bundles of this kind.

    A pure function of bundle, management's statements and tool version.
    """
    known, ours = catalogue(), catalogue_over(bundle)
    chosen = list(ours.values() if tests is None else tests)
    custom = list(switched_on(bundle)) if tests is None else []
    foreign = {sealed.id for sealed, _ in custom}
    accepting = statements.exceptions.said if statements.exceptions else NOTHING_ACCEPTED
    looking = {test.id for test in (*known.values(), *chosen) if not test.attested} | foreign
    acceptances = Acceptances(accepting.exception, looking, collection_day(bundle))
    responses = Responses(statements.responses.said.responses if statements.responses else (), looking)
    partners, unknown_partners = known_partners(accepting.partner, collection_day(bundle))
    administrators, unknown_administrators = known_administrators(
        accepting.administrator, collection_day(bundle)
    )
    people = statements.people.said if statements.people else None
    stated = replace(partners, administrators=administrators, people=people)
    attesting = statements.attestations
    attested = AttestationEntries(
        attesting.said.attestation if attesting else (),
        [test.id for test in known.values() if test.attested],
        bundle,
    )
    if tests is None and not is_review(bundle):
        chosen += attested.own()
    file = RowFile()
    reconciled = {
        test: record(inspect(test, bundle, stated), file, named=_named(test, acceptances, responses))
        for test in _reconciling(ours.values(), chosen)
    }
    doubts = Doubts([doubt for one in reconciled.values() for doubt in one.doubts])
    limits: dict[str, set[str]] = {test.id: set() for test in chosen}
    performed = [
        attested.perform(test, criteria(test, bundle))
        if test.attested
        else perform(
            test,
            bundle,
            acceptances,
            stated,
            doubts,
            responses=responses,
            recorded=reconciled.pop(test, None),
            limits=limits[test.id],
            file=file,
        )
        for test in chosen
    ]
    ended = {one.id: one for one in performed}
    day = collection_day(bundle)
    performed = [
        beside_statement(one, test, ended, day) if test.attested else one
        for test, one in zip(chosen, performed, strict=True)
    ]

    def again(test: ControlTest, settings: SealedSettings) -> TestResult:
        return perform(test, bundle, acceptances.afresh(), stated, doubts, settings=settings)

    lax = tuple(
        lax_settings(
            bundle.run.settings,
            TestsPerformed([test for test in chosen if not test.attested], ended, limits, again),
        )
    )
    joined = joined_facts(performed, {one.account: one.unit for one in run_accounts(bundle)})
    # After all of ours: nothing that code of others does in this process comes before a conclusion of ours.
    theirs = [
        perform(test, bundle, acceptances, stated, doubts, responses=responses, file=file)
        if isinstance(test, ControlTest)
        else not_performed(sealed, test)
        for sealed, test in custom
    ]
    performing = {test.id for test in chosen} | foreign
    return Results(
        **_used(statements),
        **numbers_in(statements, {*known, *performing}, bundle),
        bundle=bundle.name,
        bundle_digest=bundle.digest,
        tool_version=__version__,
        libraries=dict([database().split(" ")]),
        exception_findings=(
            *acceptances.findings(performing),
            *unknown_partners,
            *unknown_administrators,
            *unmatched_administrators(accepting.administrator, administrators, performed),
        ),
        attestation_findings=attested.findings,
        response_findings=responses.findings(performing),
        lax_settings=lax,
        tests=(*performed, *theirs),
        joined=joined,
        custom=packages_of(bundle, theirs) if tests is None else (),
    )


def _used(statements: Statements) -> dict[str, Any]:
    return {kind.used: file.used for kind, file in statements.given()}


def criteria(test: ControlTest, bundle: Bundle) -> tuple[str, ...]:
    """Return the criteria that a test serves in this run; no setting makes one of reliability serve any."""
    if test.family is not Family.CONTROLS:
        return ()
    return bundle.run.settings.criteria.get(test.id, test.criteria)


def _reconciling(known: Iterable[ControlTest], chosen: Sequence[ControlTest]) -> Iterator[ControlTest]:
    """Yield the tests that reconcile: those chosen, and those that may contradict a chosen one."""
    for test in dict.fromkeys((*known, *chosen)):
        if test.reconciles and (test in chosen or any(_may_contradict(test, other) for other in chosen)):
            yield test


def _may_contradict(reconciling: ControlTest, test: ControlTest) -> bool:
    """Say whether a test rests on an item that another may doubt; one that needs none ranges over all."""
    items = {*reconciling.needs, *reconciling.uses, *reconciling.doubts}
    resting = {*test.needs, *test.uses} - {*test.decides_nothing}
    return (not reconciling.needs or not items.isdisjoint(resting)) and concerns(reconciling, test)


def perform(
    test: ControlTest,
    bundle: Bundle,
    acceptances: Acceptances | None = None,
    partners: Known = NOBODY,
    doubts: Doubts = NO_DOUBTS,
    *,
    responses: Responses = NO_RESPONSES,
    recorded: InspectionRecord | None = None,
    settings: SealedSettings | None = None,
    limits: set[str] | None = None,
    file: RowFile | None = None,
) -> TestResult:
    """Perform one test. Evidence that is missing or malformed makes it `not concluded`, never a pass.

    `recorded` is what its rule gave already; `settings` stand for those sealed into the bundle; `limits`
    takes the thresholds that the test asked for, `file` its rows.
    """
    if test.attested:
        return AttestationEntries((), (), bundle).perform(test, criteria(test, bundle))
    acceptances = acceptances or Acceptances((), (), collection_day(bundle))
    recorded = recorded or record(
        inspect(test, bundle, partners, doubts.of(test), settings),
        file or RowFile(),
        named=_named(test, acceptances, responses),
    )
    found, given = recorded.inspection, recorded.rows
    rows = given.replaced(
        dict(
            _with_what_management_says(
                given,
                acceptances.apply(test.id, recorded.nameable),
                responses.apply(test.id, recorded.nameable),
            )
        )
    )
    counts = count_rows(rows.verdicts())
    holes = tuple(dict.fromkeys(_holes(found, set(given.verdicts()), doubts.of(test))))
    conclusion, reason = conclude(test, counts, tuple(map(str, holes)), found.unreadable)
    missing = (*holes, *_unsettled(conclusion, counts, reason, holes))
    settings = found.settings
    if limits is not None:
        limits |= found.evidence.limits_read
    return TestResult(
        id=test.id,
        title=test.title,
        topic=test.topic.name,
        criteria=criteria(test, bundle),
        risk=test.risk,
        procedure=fill_in_limits(test.procedure, settings),
        population=fill_in_limits(test.population, settings),
        attribute=fill_in_limits(test.attribute, settings),
        needs=found.needs,
        uses=found.uses,
        limits=test.limits,
        advisory=test.advisory,
        family=test.family,
        conclusion=conclusion,
        complete=not missing,
        severity=_heaviest(rows),
        remedy=in_general(test.remedy),
        reason=reason,
        considered=counts.considered,
        out_of_scope=counts.out_of_scope,
        out_of_scope_why=dict(recorded.why_outside),
        population_size=counts.population,
        inspected=counts.inspected,
        exceptions=counts.exceptions,
        accepted=counts.accepted,
        not_determined=counts.not_determined,
        missing=missing,
        as_of=None if found.covered.nothing else read(found.evidence.as_of),
        rows=rows,
    )


def _named(test: ControlTest, acceptances: Acceptances, responses: Responses) -> bool:
    return acceptances.concern(test.id) or responses.concern(test.id)


def _with_what_management_says(
    rows: Rows, accepted: Mapping[int, Acceptance], answered: Mapping[int, Response]
) -> Iterator[tuple[int, RowResult]]:
    """Yield the rows that management accepted or answered, by their positions."""
    for at in sorted({*accepted, *answered}):
        row = replace(rows[at], response=answered.get(at))
        by = accepted.get(at)
        yield at, replace(row, verdict=Verdict.ACCEPTED, accepted=by) if by else row


def _holes(
    found: Inspection, given: Set[Verdict], doubts: Mapping[str, tuple[MissingEvidence, ...]]
) -> Iterator[MissingEvidence]:
    """Yield what stands against a conclusion: gaps, contradictions, places not asked, limits, what is unread.

    What explains rows (`uses`) may be missing, and may not be contradicted: it would explain too much.
    """
    yield from found.covered.missing
    if found.unstated:
        yield MissingEvidence(MissingKind.NOT_STATED, NO_LIST)
    for item in (*found.needs, *found.uses):
        if item not in found.test.decides_nothing:
            yield from doubts.get(item, ())
    verdicts = given - NOT_INSPECTED
    if not found.covered.nothing and not (found.test.somewhere and verdicts == {Verdict.MET}):
        yield from _not_asked_everywhere(found.evidence, found.needs)
    for name, said in out_of_bounds(found.settings.thresholds).items():
        if name in found.evidence.limits_read:
            yield MissingEvidence(MissingKind.LIMIT, f"the limit {said}")
    if found.unreadable:
        yield as_missing(found.unreadable)


def _unsettled(
    conclusion: Conclusion, counts: RowCounts, reason: str, holes: Sequence[MissingEvidence]
) -> Iterator[MissingEvidence]:
    """Yield why a test is not complete though nothing that it needs is missing."""
    if counts.not_determined:
        members = plural(counts.not_determined, "member")
        sentence = f"The evidence of {members} does not settle the matter: see the rows."
        yield MissingEvidence(MissingKind.NOT_DETERMINED, sentence)
    elif conclusion is Conclusion.NOT_CONCLUDED and not holes:
        yield MissingEvidence(MissingKind.NOTHING_SHOWN, reason)


def _not_asked_everywhere(evidence: Evidence, needs: Iterable[str]) -> Iterator[MissingEvidence]:
    """Yield where a run that was narrowed did not ask: what holds of the rest does not hold of all.

    By region, as thousands of accounts leave out the same.
    """
    for item in needs:
        places: dict[tuple[str, str], list[UnaskedPlace]] = {}
        for place in evidence.not_asked(item):
            places.setdefault((place.region, place.why), []).append(place)
        for (region, why), alike in places.items():
            yield MissingEvidence(
                MissingKind.NOT_ASKED,
                f"{item} was not asked for everywhere: {joined_names(alike)}",
                item,
                alike[0].account if len(alike) == 1 else "",
                region,
                why,
            )


def conclude(
    test: ConcludedTest, counts: RowCounts, missing: Sequence[str], broken: str = ""
) -> tuple[Conclusion, str]:
    """Return the conclusion and why, in one sentence. A known exception is never hidden by a hole.

    `broken` is the one of `missing` that tells of evidence which is there and cannot be read.
    """
    inspected, accepted, unknown = counts.inspected, counts.accepted, counts.not_determined
    failing = counts.exceptions if test.met_by_acceptance else counts.exceptions + accepted
    said = _accepted_of(failing, accepted) if accepted and not test.met_by_acceptance else ""
    if failing:
        verb = "does" if failing == 1 else "do"
        hole = _hole(missing, unknown)
        besides = f" Not complete: {hole}." if hole else ""
        return (
            Conclusion.EXCEPTIONS,
            f"{failing} of {inspected} inspected {verb} not meet the rule{said}.{besides}",
        )
    if missing:
        start = "" if missing[0] == broken else "Evidence is missing: "
        return Conclusion.NOT_CONCLUDED, f"{start}{_hole(missing, unknown)}."
    if unknown:
        return Conclusion.NOT_CONCLUDED, (
            f"The evidence of {unknown} of {inspected} inspected does not settle the matter."
        )
    if not inspected:
        return test.empty_conclusion, (test.outside if counts.considered else "") or test.empty
    if inspected == 1:
        by = ", because management accepted it" if accepted else ""
        return Conclusion.NO_EXCEPTIONS, f"The one inspected meets the rule{by}."
    by = f", {accepted} of them because management accepted it" if accepted else ""
    return Conclusion.NO_EXCEPTIONS, f"All {inspected} inspected meet the rule{by}."


def _hole(missing: Sequence[str], unknown: int) -> str:
    """Return what stands against a complete answer, empty for nothing."""
    if missing:
        first = missing[0].rstrip(".")
        return first + (f", and {len(missing) - 1} more" if len(missing) > 1 else "")
    return f"the evidence of {plural(unknown, 'member')} does not settle the matter" if unknown else ""


def _accepted_of(failing: int, accepted: int) -> str:
    """Return how many of the exceptions management accepted; they remain exceptions."""
    if accepted < failing:
        return f", {accepted} of them accepted by management"
    return ", accepted by management" if failing == 1 else f", all {failing} accepted by management"


def _heaviest(rows: Rows) -> Severity | None:
    """Return the severity of the heaviest exception that nobody accepted, None without one."""
    found = (row.severity for row in rows.with_verdict((Verdict.EXCEPTION,)) if row.severity)
    return max(found, key=lambda severity: severity.weight, default=None)
