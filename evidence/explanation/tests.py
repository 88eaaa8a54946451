"""Explains a test of controls, and the exceptions that it found in a bundle."""

import heapq
from collections.abc import Callable, Iterator, Sequence

from evidence.bundle import Bundle
from evidence.controls import crosswalk
from evidence.controls.declaration import ControlTest, Verdict
from evidence.controls.exceptions_draft import draft_entries
from evidence.controls.limits_in_words import fill_in_limits
from evidence.controls.remedies import without_names
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowRemedy, RowResult
from evidence.explanation.causes import cause_named
from evidence.explanation.model import Explanation, ExplanationPart
from evidence.report.conclusions import lightness
from evidence.report.names import is_named
from evidence.settings.model import SealedSettings

MOST = 10
"""Exceptions that are shown of one test."""
_FAILING = (Verdict.EXCEPTION, Verdict.ACCEPTED)
_ACCEPT = (
    "Fill in every text, let whoever answers for the risk approve it, and name the file with --exceptions "
    "or [accepted] exceptions. It is counted and shown all the same, as accepted, and holds for evidence "
    "that is collected from approved_on to expires_on (docs/accepted-exceptions.md)."
)
_ACCEPT_IN_GENERAL = (
    "`evidence exceptions draft BUNDLE` writes an entry for each exception that nobody accepted. {}"
)
_DECIDE = "Mend what can be mended: acceptance is for what stays, with a control that compensates for it."
_ATTESTED = (
    "Nothing is tested here, so there are no exceptions to accept: without a statement it is not concluded."
)

Wanted = Callable[[RowResult], bool]


def explain_test(
    test: ControlTest, bundle: Bundle | None = None, results: Results | None = None
) -> Explanation:
    """Return what a test means and what to do about its exceptions; with results, those of this bundle."""
    result = next((one for one in results.tests if one.id == test.id), None) if results else None
    settings = bundle.run.settings if bundle else SealedSettings()
    remedy = without_names(test.remedy)
    shown = bool(result and result.exceptions + result.accepted)
    return Explanation(
        kind="test",
        id=test.id,
        title=test.title,
        bundle=bundle.name if bundle else "",
        parts=(
            _meaning(test, settings),
            _why(test, settings),
            *([_conclusion(result)] if result else []),
            ExplanationPart("What to do", (remedy.console,), () if shown else remedy.cli),
            *(_exceptions(result, lambda _: True, steps=False) if result else ()),
            _acceptance(test, result, lambda _: True),
            ExplanationPart("What it does not show", (test.limits,)),
        ),
    )


def explain_exceptions(
    name: str, tests: Sequence[ControlTest], bundle: Bundle, results: Results
) -> Iterator[Explanation]:
    """Yield what the exceptions of these tests mean whose subject a name or a shell pattern means."""

    def wanted(row: RowResult) -> bool:
        return is_named(name, row)

    known = {test.id: test for test in tests}
    for result in results.tests:
        if result.id not in known or not any(map(wanted, result.rows.with_verdict(_FAILING))):
            continue
        test = known[result.id]
        yield Explanation(
            kind="exception",
            id=test.id,
            title=test.title,
            bundle=bundle.name,
            parts=(
                _meaning(test, bundle.run.settings),
                _why(test, bundle.run.settings),
                *_exceptions(result, wanted, steps=True),
                _acceptance(test, result, wanted),
            ),
        )


def _meaning(test: ControlTest, settings: SealedSettings) -> ExplanationPart:
    procedure = f"How: {fill_in_limits(test.procedure, settings)}"
    asked = f"{fill_in_limits(test.population, settings)}: {fill_in_limits(test.attribute, settings)}."
    return ExplanationPart("What it asks", ("" if test.attested else asked, procedure))


def _why(test: ControlTest, settings: SealedSettings) -> ExplanationPart:
    criteria = settings.criteria.get(test.id, test.criteria)
    serves = (
        f"It serves SOC 2 criteria {', '.join(criteria)}."
        if criteria
        else "It serves no criterion: it shows whether the evidence itself can be relied on."
    )
    elsewhere = crosswalk.in_words(test.id)
    return ExplanationPart("Why auditors ask", (test.risk, serves, elsewhere and f"Elsewhere: {elsewhere}."))


def _conclusion(result: TestResult) -> ExplanationPart:
    causes = dict.fromkeys(cause for one in result.missing if (cause := cause_named(one.cause)))
    return ExplanationPart(
        "In this bundle",
        (
            f"{str(result.conclusion).capitalize()}. {result.reason}",
            *(one.sentence for one in result.holes[:MOST]),
            " ".join(f"`evidence explain {cause.slug} BUNDLE` says what to do." for cause in causes),
        ),
    )


def _exceptions(result: TestResult, wanted: Wanted, *, steps: bool) -> Iterator[ExplanationPart]:
    """Yield a part for each exception, the heaviest first; of very many, the rest by number.

    `steps`: with what to do in the console, which is the same for all of a test.
    """
    total = sum(map(wanted, result.rows.with_verdict(_FAILING)))
    rows = heapq.nsmallest(MOST, filter(wanted, result.rows.with_verdict(_FAILING)), key=lightness)
    for row in rows:
        yield _exception(result, row, steps=steps)
    if total > len(rows):
        more = f"`evidence show BUNDLE --test {result.id}` lists all."
        yield ExplanationPart(f"And {total - len(rows):,} more", (more,))


def _exception(result: TestResult, row: RowResult, *, steps: bool) -> ExplanationPart:
    since = f" Since {row.since:%Y-%m-%d}." if row.since else ""
    region = f", {row.region}" if row.region else ""
    accepted, answered = row.accepted, row.response
    said = [
        f"{row.observed}; expected: {row.expected}.{since} {row.note}".rstrip(),
        f"Account {row.account}{region}. Written in {', '.join(map(str, row.pointers))}.",
    ]
    if accepted:
        said.append(f"Accepted by {accepted.approver} until {accepted.expires_on}: {accepted.reason}")
    if answered:
        said.append(f"Management answers ({answered.owner}): {answered.response}")
    open_remedy = row.remedy if row.remedy and not accepted else RowRemedy("", ())
    return ExplanationPart(
        f"{result.id} {row.verdict}, {row.severity}: {row.subject}",
        (*said, open_remedy.console if steps else ""),
        open_remedy.cli,
    )


def _acceptance(test: ControlTest, result: TestResult | None, wanted: Wanted) -> ExplanationPart:
    heading = "How to accept it"
    if test.attested:
        return ExplanationPart(heading, (_ATTESTED,))
    if result is None:
        return ExplanationPart(heading, (_DECIDE, _ACCEPT_IN_GENERAL.format(_ACCEPT)))
    entries = [entry for entry, _ in zip(draft_entries(result, wanted), range(MOST), strict=False)]
    if not entries:
        return ExplanationPart(heading)
    return ExplanationPart(heading, (_DECIDE, _ACCEPT), draft='version = "1"\n\n' + "\n".join(entries))
