"""Finds out what a word means, a test, a cause of gaps or an exception, and explains it."""

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from evidence.bundle import Bundle
from evidence.comparison import PackedResults, read_any
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.errors import UsageError
from evidence.explanation.causes import cause_named
from evidence.explanation.gaps import explain_cause
from evidence.explanation.model import Explanation
from evidence.explanation.tests import explain_exceptions, explain_test
from evidence.records import Cause
from evidence.statements.files import Statements


def explain_word(word: str) -> Explanation:
    """Return what a test or a cause of gaps means in general. Raises UsageError for any other word."""
    known = catalogue()
    if test := known.get(word.upper()):
        return explain_test(test)
    if cause := cause_named(word):
        return explain_cause(cause)
    raise UsageError(
        f"'{word}' is neither a test of controls nor a cause of gaps.",
        f"{_meant(word, known)}`evidence controls` lists the tests; an exception (its subject, or "
        f"TEST/SUBJECT) is explained with its bundle or pack behind it. Causes: "
        f"{', '.join(cause.slug for cause in Cause)}.",
    )


def explain_in(word: str, path: Path, statements: Statements, *, now: datetime) -> list[Explanation]:
    """Return what a test, a cause of gaps or an exception means in a bundle or pack, which is verified first.

    A pack is tested with the statements in it, a bundle with those given. Raises UsageError for a word that
    means nothing there, and for what is neither; VerificationError for what does not verify.
    """

    def take(bundle: Bundle, _: PackedResults | None, stated: Statements) -> list[Explanation]:
        return _explained(word, bundle, stated)

    return read_any(path, take, now=now, statements=statements)[0]


def _explained(word: str, bundle: Bundle, statements: Statements) -> list[Explanation]:
    known = catalogue()
    cause = cause_named(word)
    if cause and word.upper() not in known:
        return [explain_cause(cause, bundle)]
    results = run_tests(bundle, statements=statements)
    if test := known.get(word.upper()):
        return [explain_test(test, bundle, results)]
    head, slash, subject = word.partition("/")
    one = known.get(head.upper()) if slash else None
    wanted, tests = (subject, [one]) if one else (word, list(known.values()))
    found = list(explain_exceptions(wanted, tests, bundle, results))
    if not found:
        raise UsageError(
            f"'{word}' is no test, no cause of gaps, and the subject of no exception in {bundle.name}.",
            f"{_meant(word, known)}`evidence controls` lists the tests, docs/errors.md the causes; `evidence "
            "show BUNDLE --subject NAME` shows what the tests found about somebody or something.",
        )
    return found


def _meant(word: str, tests: Iterable[str]) -> str:
    """Return a question, for a word that is nearly the name of a test or a cause; empty for any other."""
    names = {one.lower(): one for one in (*tests, *(cause.slug for cause in Cause))}
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.8)
    return f"Did you mean {names[near[0]]}? " if near else ""
