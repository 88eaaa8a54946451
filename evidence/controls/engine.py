"""Runs tests of controls over a bundle; the one place where rows become a conclusion."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from evidence import __version__
from evidence.bundle import Bundle
from evidence.controls.acceptance import Acceptances, collection_day
from evidence.controls.administrators import known_administrators, unmatched_administrators
from evidence.controls.attestations import AttestationEntries
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, ControlTest, Row, Severity, Verdict
from evidence.controls.doubts import Doubts, find_doubts
from evidence.controls.partners import known_partners
from evidence.controls.results import Results, RowResult, TestResult
from evidence.controls.rows import in_open_regions
from evidence.policies.actions import database
from evidence.readers.closed_regions import closing_coverage
from evidence.readers.config_results import SOURCES
from evidence.readers.evidence import Evidence, Known, joined_names, plural
from evidence.readers.unreadable import MALFORMED, reason
from evidence.records import items_for_source
from evidence.settings.model import SealedSettings
from evidence.statements.files import NOTHING_STATED, Statements

T = TypeVar("T")


NOBODY, NO_DOUBTS = Known(), Doubts()


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
    partners, unknown_partners = known_partners(
        accepting.partners if accepting else (), collection_day(bundle)
    )
    administrators, unknown_administrators = known_administrators(
        accepting.administrators if accepting else (), collection_day(bundle)
    )
    stated = replace(partners, administrators=administrators)
    attesting = statements.attestations
    attested = AttestationEntries(
        attesting.entries if attesting else (), [test.id for test in known.values() if test.attested], bundle
    )
    if tests is None:
        chosen += attested.own()
    doubts = contradictions(bundle)
    performed = tuple(
        attested.perform(test, criteria(test, bundle))
        if test.attested
        else perform(test, bundle, acceptances, stated, doubts)
        for test in chosen
    )
    return Results(
        bundle=bundle.name,
        bundle_digest=bundle.digest,
        tool_version=__version__,
        libraries=dict([database().split(" ")]),
        exceptions_file=accepting.used if accepting else None,
        attestations_file=attesting.used if attesting else None,
        exception_findings=(
            *acceptances.findings({test.id for test in chosen}),
            *unknown_partners,
            *unknown_administrators,
            *unmatched_administrators(
                accepting.administrators if accepting else (), administrators, performed
            ),
        ),
        attestation_findings=attested.findings,
        tests=performed,
    )


def criteria(test: ControlTest, bundle: Bundle) -> tuple[str, ...]:
    """Return the criteria that a test serves in this run."""
    return bundle.run.settings.criteria.get(test.id, test.criteria)


def contradictions(bundle: Bundle) -> Doubts:
    """Return where the evidence of a bundle denies itself, by all tests that reconcile."""

    def inspect(test: ControlTest) -> tuple[Row, ...]:
        covered = closing_coverage(bundle, test.needs)
        return () if covered.nothing else _inspect(test, Evidence(bundle, test.needs, test.uses, covered))[0]

    return find_doubts(catalogue().values(), inspect)


def perform(
    test: ControlTest,
    bundle: Bundle,
    acceptances: Acceptances | None = None,
    partners: Known = NOBODY,
    doubts: Doubts = NO_DOUBTS,
) -> TestResult:
    """Perform one test. Evidence that is missing or malformed makes it `not concluded`, never a pass."""
    if test.attested:
        return AttestationEntries((), (), bundle).perform(test, criteria(test, bundle))
    source = bundle.run.settings.config_source
    needs, uses = items_for_source(test.needs, source), items_for_source(test.uses, source)
    covered = closing_coverage(bundle, needs)
    doubted = doubts.of(test)
    evidence = Evidence(bundle, needs, uses, covered, partners, doubts=doubted)
    acceptances = acceptances or Acceptances((), (), collection_day(bundle))
    members, broken = ((), "") if covered.nothing else _inspect(test, evidence)
    rows = acceptances.apply(test.id, members, tuple(_row(test, row) for row in members))
    as_of, _ = (None, "") if covered.nothing else _read(evidence.as_of)
    inspected = [row for row in rows if row.verdict is not Verdict.OUT_OF_SCOPE]
    holes = [*covered.missing, *(sentence for item in needs for sentence in doubted.get(item, ()))]
    settled = test.somewhere and inspected and {row.verdict for row in inspected} == {Verdict.MET}
    if not covered.nothing and not settled:
        holes += _not_asked_everywhere(evidence, needs)
    missing = tuple(dict.fromkeys((*holes, broken) if broken else holes))
    conclusion, reason = conclude(test, rows, missing, broken)
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
        family=test.family,
        conclusion=conclusion,
        complete=conclusion is not Conclusion.NOT_CONCLUDED
        and not missing
        and not _count(inspected, Verdict.NOT_DETERMINED),
        severity=_heaviest(inspected),
        reason=reason,
        population_size=len(rows),
        inspected=len(inspected),
        exceptions=_count(inspected, Verdict.EXCEPTION),
        accepted=_count(inspected, Verdict.ACCEPTED),
        not_determined=_count(inspected, Verdict.NOT_DETERMINED),
        missing=missing,
        as_of=as_of,
        rows=rows,
    )


def _not_asked_everywhere(evidence: Evidence, needs: Iterable[str]) -> Iterator[str]:
    """Yield where a run that was narrowed did not ask: what holds of the rest does not hold of all."""
    for item in needs:
        where = evidence.not_asked(item)
        if where:
            yield f"{item} was not asked for everywhere: {joined_names(where)}"


def _inspect(test: ControlTest, evidence: Evidence) -> tuple[tuple[Row, ...], str]:
    """Return a test's rows, and why there are no more when the evidence cannot be read further.

    What was found before that stays: a known exception is not hidden by a record that nobody can read.
    """
    rows: list[Row] = []
    try:
        for row in in_open_regions(test, evidence, test.rule(evidence)):
            rows.append(row if _all_text(row) else _in_words(row))
    except MALFORMED as error:
        return tuple(rows), _unreadable(error)
    return tuple(rows), ""


def conclude(
    test: ControlTest, rows: Sequence[RowResult], missing: Sequence[str], broken: str = ""
) -> tuple[Conclusion, str]:
    """Return the conclusion and why, in one sentence. A known exception is never hidden by a hole.

    `broken` is the one of `missing` that tells of evidence which is there and cannot be read.
    """
    inspected = [row for row in rows if row.verdict is not Verdict.OUT_OF_SCOPE]
    exceptions = _count(inspected, Verdict.EXCEPTION)
    accepted = _count(inspected, Verdict.ACCEPTED)
    failing = exceptions if test.met_by_acceptance else exceptions + accepted
    unknown = _count(inspected, Verdict.NOT_DETERMINED)
    said = _accepted_of(failing, accepted) if accepted and not test.met_by_acceptance else ""
    if failing:
        verb = "does" if failing == 1 else "do"
        hole = _hole(missing, unknown)
        besides = f" Not complete: {hole}." if hole else ""
        return (
            Conclusion.EXCEPTIONS,
            f"{failing} of {len(inspected)} inspected {verb} not meet the rule{said}.{besides}",
        )
    if missing:
        start = "" if missing[0] == broken else "Evidence is missing: "
        return Conclusion.NOT_CONCLUDED, f"{start}{_hole(missing, unknown)}."
    if unknown:
        return Conclusion.NOT_CONCLUDED, (
            f"The evidence of {unknown} of {len(inspected)} inspected does not settle the matter."
        )
    if not inspected:
        return test.empty_conclusion, (rows and test.outside) or test.empty
    if len(inspected) == 1:
        by = ", because management accepted it" if accepted else ""
        return Conclusion.NO_EXCEPTIONS, f"The one inspected meets the rule{by}."
    by = f", {accepted} of them because management accepted it" if accepted else ""
    return Conclusion.NO_EXCEPTIONS, f"All {len(inspected)} inspected meet the rule{by}."


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
        return None, _unreadable(error)


def _unreadable(error: Exception) -> str:
    return f"The evidence is not in the documented form: {reason(error)}."


def _count(rows: Iterable[RowResult], verdict: Verdict) -> int:
    return [row.verdict for row in rows].count(verdict)


def _heaviest(inspected: Iterable[RowResult]) -> Severity | None:
    """Return the severity of the heaviest exception that nobody accepted, None without one."""
    found = [row.severity for row in inspected if row.verdict is Verdict.EXCEPTION and row.severity]
    return max(found, key=lambda severity: severity.weight, default=None)


def _row(test: ControlTest, row: Row) -> RowResult:
    """Return a rule's row as a result; exceptions have a severity, their own or the test's."""
    failing = row.verdict in (Verdict.EXCEPTION, Verdict.ACCEPTED)
    return RowResult(
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
        severity=(row.severity or test.severity) if failing else None,
    )


def _all_text(row: Row) -> bool:
    texts = (row.subject, row.account, row.region, row.observed, row.expected, row.note)
    try:
        "".join((*texts, *row.attributes, *row.attributes.values()))
    except TypeError:
        return False
    return True


_MEMBERS = ("subject", "account", "region", "observed", "expected", "note")


def _in_words(row: Row) -> Row:
    """Return a row for one that holds what is no text: evidence that is not as documented got into it.

    One odd record costs one row. An exception stays one; whatever else the row said is not determined.
    """
    odd = [name for name in _MEMBERS if _text(getattr(row, name), None) is None]
    odd += [
        str(name)
        for name, value in row.attributes.items()
        if _text(name, None) is None or _text(value, None) is None
    ]
    said = f"not in the documented form: no text stands as {', '.join(odd)}"
    failing = row.verdict is Verdict.EXCEPTION
    known = failing and "observed" not in odd
    return replace(
        row,
        verdict=Verdict.EXCEPTION if failing else Verdict.NOT_DETERMINED,
        subject=_text(row.subject, " ".join(map(str, row.pointers))),
        account=_text(row.account, ""),
        region=_text(row.region, ""),
        observed=f"{row.observed}; {said}" if known else said,
        expected=_text(row.expected, "the documented form"),
        note=_text(row.note, ""),
        attributes={str(name): _text(value, "not text") for name, value in row.attributes.items()},
    )


Other = TypeVar("Other", str, None)


def _text(value: object, other: Other) -> str | Other:
    """Return what is text, and something else for what is none."""
    return value if isinstance(value, str) else other
