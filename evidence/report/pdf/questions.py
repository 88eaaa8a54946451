"""Answers the questions that readers ask with what the tests found here: how many, and who."""

from collections.abc import Iterator, Sequence
from itertools import chain

from evidence.controls.declaration import Verdict
from evidence.report.accounts import first_names
from evidence.report.conclusions import TestView
from evidence.report.names import name_subject

NAMES_SHOWN = 6
QUESTIONS = {
    "contractors": ("USER-1", "IDC-2", "ATT-3"),
    "unused": ("USER-3", "PRIV-6"),
    "findings": ("AA-2", "AA-3"),
    "policies": ("ROOT-6", "ORG-1"),
    "cadence": ("IPE-6",),
}
"""The tests that tell, of each question."""


def answers(tests: Sequence[TestView]) -> dict[str, list[tuple[TestView, str]]]:
    """Return, for each question, the tests that tell and what each found."""
    known = {test.result.id: test for test in tests}
    return {
        question: [(known[name], _found(known[name])) for name in names if name in known]
        for question, names in QUESTIONS.items()
    }


def _found(test: TestView) -> str:
    """Return `exceptions noted, 5 of 40 inspected fail the rule: user/anna, user/ben and 3 more`."""
    result = test.result
    if test.attested:
        return f"{test.mark.word}. {result.reason.removesuffix('.')}"
    words = [test.mark.word]
    if test.mark.beside:
        words[0] += f" ({test.mark.beside})"
    failing = result.exceptions + result.accepted
    verb = "fails" if failing < 2 else "fail"
    words.append(f"{f'{failing:,}' if failing else 'none'} of {result.inspected:,} inspected {verb} the rule")
    names = first_names(list(_names(test)), NAMES_SHOWN)
    accepted = f"; {result.accepted:,} of them accepted" if result.accepted else ""
    return ", ".join(words) + (f": {names}" if names else "") + accepted


def _names(test: TestView) -> Iterator[str]:
    failing = ((Verdict.EXCEPTION,), (Verdict.ACCEPTED,))
    rows = chain.from_iterable(test.result.rows.with_verdict(verdict) for verdict in failing)
    return map(name_subject, rows)
