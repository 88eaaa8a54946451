"""Tells which control and request numbers of others count: the entries of controls.toml and requests.toml.

They change no conclusion. An entry that names what there is not, or twice, counts as a whole for nothing.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from evidence.bundle import Bundle
from evidence.controls.row_entries import Problem
from evidence.readers.evidence import joined_names
from evidence.statements.files import Statements
from evidence.statements.records import EntryProblem, FileFinding
from evidence.statements.shapes import StatedControl, StatedRequest
from evidence.statements.words import unsaid

Numbered = TypeVar("Numbered", StatedControl, StatedRequest)
Counted = tuple[tuple[Numbered, ...], tuple[FileFinding, ...]]


def numbers_in(statements: Statements, tests: Collection[str], bundle: Bundle) -> dict[str, Any]:
    """Return the members of the results that tell of both files; `tests` are all that there are."""
    asked = statements.requests.said.requests if statements.requests else ()
    requests, request_findings = counting_requests(asked, tests, bundle)
    controls, control_findings = counting_controls(
        statements.controls.said.controls if statements.controls else (),
        tests,
        {entry.number for entry in requests} if asked else None,
    )
    return {
        "controls": controls,
        "control_findings": control_findings,
        "requests": requests,
        "request_findings": request_findings,
    }


def counting_controls(
    entries: Sequence[StatedControl], tests: Collection[str], requests: Collection[str] | None
) -> Counted[StatedControl]:
    """Return the controls that count, and a finding for each that does not, in the file's order.

    `tests` are those that there are; `requests` the numbers that the auditor's list has, if it was given.
    """

    def problems(entry: StatedControl) -> Iterator[Problem]:
        if empty := unsaid(entry, ("title",)):
            yield EntryProblem.INCOMPLETE, f"It does not say: {empty}."
        yield from _unknown_tests(entry.tests, tests)
        if entry.request and requests is not None and entry.request not in requests:
            yield EntryProblem.MATCHES_NOTHING, f"The requests file has no request {entry.request}."

    return _counting(entries, lambda entry: entry.id, problems)


def counting_requests(
    entries: Sequence[StatedRequest], tests: Collection[str], bundle: Bundle
) -> Counted[StatedRequest]:
    """Return the requests, and a finding for each that does not count, in the file's order.

    What was asked for stays asked: of an entry that does not count, number and text stay, and it is open.
    """
    items = {entry.item for entry in bundle.run.items}
    attached = {name_of_attachment(entry.file) for entry in bundle.attachments}

    def problems(entry: StatedRequest) -> Iterator[Problem]:
        if empty := unsaid(entry, ("text",)):
            yield EntryProblem.INCOMPLETE, f"It does not say: {empty}."
        yield from _unknown_tests(entry.tests, tests)
        if unknown := [item for item in entry.items if item not in items]:
            yield EntryProblem.UNKNOWN_ITEM, f"There is no evidence item {joined_names(unknown)}."
        if missing := [name for name in entry.attachments if name not in attached]:
            said = f"The bundle has no attachment {joined_names(missing)}."
            yield EntryProblem.DOCUMENT_MISSING, said

    def unanswered(entry: StatedRequest) -> StatedRequest:
        return StatedRequest(number=entry.number, text=entry.text)

    return _counting(entries, lambda entry: entry.number, problems, unanswered)


def name_of_attachment(file: str) -> str:
    """Return the name by which entries name an attachment, from its path below data/."""
    return file.rpartition("/")[2]


def _unknown_tests(named: Sequence[str], tests: Collection[str]) -> Iterator[Problem]:
    if unknown := [test for test in named if test not in tests]:
        yield EntryProblem.UNKNOWN_TEST, f"There is no test {joined_names(unknown)}."


def _counting(
    entries: Sequence[Numbered],
    name_of: Callable[[Numbered], str],
    problems: Callable[[Numbered], Iterator[Problem]],
    remains: Callable[[Numbered], Numbered | None] = lambda _: None,
) -> Counted[Numbered]:
    counting: list[Numbered] = []
    names: set[str] = set()
    findings: list[FileFinding] = []
    for number, entry in enumerate(entries, start=1):
        name = name_of(entry)
        problem = next(problems(entry), None)
        if name in names and problem is None:
            problem = EntryProblem.DUPLICATE, "An earlier entry has the same number."
        if problem:
            findings.append(
                FileFinding(entry=number, test="", subject=name, problem=problem[0], sentence=problem[1])
            )
        if kept := remains(entry) if problem else entry:
            names.add(name)
            counting.append(kept)
    return tuple(counting), tuple(findings)
