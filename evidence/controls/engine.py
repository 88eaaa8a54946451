"""Runs tests of controls over a bundle; the one place where rows become a conclusion."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from typing import TypeVar

from pydantic import TypeAdapter

from evidence import __version__
from evidence.bundle import Bundle
from evidence.controls.acceptance import Acceptances, collection_day
from evidence.controls.attestations import AttestationEntries
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, ControlTest, Row, Verdict
from evidence.controls.results import Results, RowResult, TestResult
from evidence.policies.actions import database
from evidence.readers.config_results import SOURCES
from evidence.readers.coverage import coverage
from evidence.readers.evidence import Evidence, plural
from evidence.readers.unreadable import MALFORMED, reason
from evidence.records import items_for_source
from evidence.settings.model import SealedSettings
from evidence.statements.files import NOTHING_STATED, Statements

T = TypeVar("T")

_ROW = TypeAdapter(RowResult)


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
    """Perform tests of controls, all of them by default.

    A pure function of bundle, management's statements and tool version.
    """
    known = catalogue()
    chosen = list(known.values() if tests is None else tests)
    accepting = statements.exceptions
    acceptances = Acceptances(
        accepting.entries if accepting else (),
        {test.id for test in (*known.values(), *chosen) if not test.attested},
        collection_day(bundle),
    )
    attesting = statements.attestations
    attested = AttestationEntries(
        attesting.entries if attesting else (), [test.id for test in known.values() if test.attested], bundle
    )
    if tests is None:
        chosen += attested.own()
    performed = tuple(
        attested.perform(test, criteria(test, bundle))
        if test.attested
        else perform(test, bundle, acceptances)
        for test in chosen
    )
    return Results(
        bundle=bundle.name,
        bundle_digest=bundle.digest,
        tool_version=__version__,
        libraries=dict([database().split(" ")]),
        exceptions_file=accepting.used if accepting else None,
        attestations_file=attesting.used if attesting else None,
        exception_findings=acceptances.findings({test.id for test in chosen}),
        attestation_findings=attested.findings,
        tests=performed,
    )


def criteria(test: ControlTest, bundle: Bundle) -> tuple[str, ...]:
    """Return the criteria that a test serves in this run."""
    return bundle.run.settings.criteria.get(test.id, test.criteria)


def perform(test: ControlTest, bundle: Bundle, acceptances: Acceptances | None = None) -> TestResult:
    """Perform one test. Evidence that is missing or malformed makes it `not concluded`, never a pass."""
    if test.attested:
        return AttestationEntries((), (), bundle).perform(test, criteria(test, bundle))
    source = bundle.run.settings.config_source
    needs, uses = items_for_source(test.needs, source), items_for_source(test.uses, source)
    covered = coverage(bundle, needs)
    evidence = Evidence(bundle, needs, uses, covered)
    acceptances = acceptances or Acceptances((), (), collection_day(bundle))
    inspect = partial(_inspect, test, evidence, acceptances)
    rows, broken = (None, "") if covered.nothing else _read(inspect)
    if rows is None:
        acceptances.apply(test.id, (), ())
    as_of, _ = (None, "") if covered.nothing else _read(evidence.as_of)
    missing = (*covered.missing, broken) if broken else covered.missing
    conclusion, reason = conclude(test, rows or (), missing, broken)
    inspected = [row for row in rows or () if row.verdict is not Verdict.OUT_OF_SCOPE]
    settings = bundle.run.settings
    return TestResult(
        id=test.id,
        title=test.title,
        topic=test.topic.name,
        criteria=criteria(test, bundle),
        risk=test.risk,
        procedure=fill_in_limits(test.procedure, settings),
        population=fill_in_limits(test.population, settings),
        attribute=fill_in_limits(test.attribute, settings),
        needs=needs,
        uses=uses,
        limits=test.limits,
        advisory=test.advisory,
        conclusion=conclusion,
        reason=reason,
        population_size=len(rows or ()),
        inspected=len(inspected),
        exceptions=_count(inspected, Verdict.EXCEPTION),
        accepted=_count(inspected, Verdict.ACCEPTED),
        not_determined=_count(inspected, Verdict.NOT_DETERMINED),
        missing=missing,
        as_of=as_of,
        rows=rows or (),
    )


def _inspect(test: ControlTest, evidence: Evidence, acceptances: Acceptances) -> tuple[RowResult, ...]:
    """Return a test's rows, with those that management accepted marked."""
    rows = tuple(test.rule(evidence))
    return acceptances.apply(test.id, rows, tuple(map(_row, rows)))


def conclude(
    test: ControlTest, rows: Sequence[RowResult], missing: Sequence[str], broken: str = ""
) -> tuple[Conclusion, str]:
    """Return the conclusion and why, in one sentence. What is not known outweighs what is.

    `broken` is the one of `missing` that tells of evidence which is there and cannot be read.
    """
    inspected = [row for row in rows if row.verdict is not Verdict.OUT_OF_SCOPE]
    exceptions = _count(inspected, Verdict.EXCEPTION)
    accepted = _count(inspected, Verdict.ACCEPTED)
    failing = exceptions if test.met_by_acceptance else exceptions + accepted
    unknown = _count(inspected, Verdict.NOT_DETERMINED)
    said = _accepted_of(failing, accepted) if accepted and not test.met_by_acceptance else ""
    found = f"; {plural(failing, 'exception')} noted in what is there{said}" if failing else ""
    if missing:
        first = missing[0].rstrip(".")
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        start = "" if missing[0] == broken else "Evidence is missing: "
        return Conclusion.NOT_CONCLUDED, f"{start}{first}{more}{found}."
    if unknown:
        return Conclusion.NOT_CONCLUDED, (
            f"The evidence of {unknown} of {len(inspected)} inspected does not settle the matter{found}."
        )
    if failing:
        verb = "does" if failing == 1 else "do"
        return (
            Conclusion.EXCEPTIONS,
            f"{failing} of {len(inspected)} inspected {verb} not meet the rule{said}.",
        )
    if not inspected:
        return test.empty_conclusion, (rows and test.outside) or test.empty
    if len(inspected) == 1:
        by = ", because management accepted it" if accepted else ""
        return Conclusion.NO_EXCEPTIONS, f"The one inspected meets the rule{by}."
    by = f", {accepted} of them because management accepted it" if accepted else ""
    return Conclusion.NO_EXCEPTIONS, f"All {len(inspected)} inspected meet the rule{by}."


def _accepted_of(failing: int, accepted: int) -> str:
    """Return how many of the exceptions management accepted; they remain exceptions."""
    if accepted < failing:
        return f", {accepted} of them accepted by management"
    return ", accepted by management" if failing == 1 else f", all {failing} accepted by management"


def fill_in_limits(text: str, settings: SealedSettings) -> str:
    """Return a test's words with the limits in force filled in."""
    limits = settings.thresholds
    values = {name: _words(value) for name, value in limits.model_dump().items()}
    entity = settings.entity
    values["lookback"] = f"the {limits.root_lookback_days} days before the report was generated"
    if entity.period_start and entity.period_end:
        values["lookback"] = f"the audit period {entity.period_start} to {entity.period_end}"
    bands = [f"up to {largest}: {size}" for largest, size in settings.sampling.table]
    values["config_source"] = SOURCES[settings.config_source]
    values["sample_sizes"] = "; ".join([*bands, f"above: {settings.sampling.above}"])
    return text.format_map(values)


def _words(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value) or "none"
    return str(value)


def _read(function: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return function(), ""
    except MALFORMED as error:
        return None, f"The evidence is not in the documented form: {reason(error)}."


def _count(rows: Iterable[RowResult], verdict: Verdict) -> int:
    return [row.verdict for row in rows].count(verdict)


def _row(row: Row) -> RowResult:
    """Return a rule's row as a result; raises pydantic's ValidationError for one that is not all text."""
    made = RowResult(
        subject=row.subject,
        account=row.account,
        region=row.region,
        verdict=row.verdict,
        observed=row.observed,
        expected=row.expected,
        pointers=row.pointers,
        since=row.since,
        note=row.note,
        attributes=dict(row.attributes),
    )
    texts = (row.subject, row.account, row.region, row.observed, row.expected, row.note)
    try:
        "".join((*texts, *made.attributes, *made.attributes.values()))
    except TypeError:  # what evidence holds may be no text; pydantic says so, member by member
        return _ROW.validate_python({field.name: getattr(made, field.name) for field in fields(made)})
    return made
