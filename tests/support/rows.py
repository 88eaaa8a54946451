"""Every result that a test of the rules gets, in words, held against a table that people have read.

Assertions beside a case say what matters about it; the table holds the rest: each word of each row.
`make rows` writes the tables again, and their difference is what to review. One file a test module.
"""

import functools
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.controls.declaration import ControlTest, Severity, Verdict
from evidence.controls.engine import NOBODY, perform
from evidence.controls.results import TestResult
from evidence.controls.row_results import RowResult
from evidence.readers.evidence import Known

FOLDER = Path(__file__).parent.parent / "rows"
WRITING = bool(os.environ.get("EVIDENCE_WRITE_ROWS"))
LONG, SHOWN = 100, 6
"""Of more rows than LONG, as of 5,000 users, so many of the first and of the last are written."""
_calls: dict[str, int] = {}
_said: dict[str, dict[str, str]] = {}
"""What was said in this process, by module and case, when tables are written."""


def performed(test: ControlTest, bundle: Bundle, known: Known = NOBODY) -> TestResult:
    """Perform a test of controls; what comes out must be what the table says of the pytest case under way."""
    result = perform(test, bundle, partners=known)
    module, case = _case()
    said = in_words(result, test.severity)
    if WRITING:
        _said.setdefault(module, {})[case] = said
        return result
    known = _table(module).get(case)
    assert known is not None, f"{case} of {module} is not in tests/rows: run `make generated`, and read it"
    assert said.splitlines() == known.splitlines()
    return result


def in_words(result: TestResult, usual: Severity) -> str:
    """A result as lines: its conclusion, what is missing, its rows; of very many, a count.

    An exception's severity stands there where it is not the usual one of its test.
    """
    rows = [_row(row, usual) for row in result.rows]
    if len(rows) > LONG:
        verdicts = Counter(row.verdict.upper() for row in result.rows)
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
        rows = [*rows[:SHOWN], f"  … {len(rows):,} rows in all: {counts}; the last:", *rows[-SHOWN:]]
    as_of = f", as of {result.as_of.isoformat()}" if result.as_of else ""
    counts = f"{result.considered} rows, {result.inspected} inspected, {result.exceptions} exceptions"
    head = f"{result.id}: {result.conclusion}. {result.reason} ({counts}{as_of})"
    return "\n".join(
        line.replace("\n", "\\n") for line in [head, *(f"- {gap}" for gap in result.holes), *rows]
    )


class Writer:
    """A plugin of pytest that writes the tables anew, also of what several processes of xdist performed."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for module, cases in getattr(node, "workeroutput", {}).get("rows", {}).items():
            _said.setdefault(module, {}).update(cases)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["rows"] = _said
            return
        for module, cases in _said.items():
            text = "".join(f"== {case}\n{said}\n" for case, said in sorted(cases.items()))
            _file(module).parent.mkdir(parents=True, exist_ok=True)
            _file(module).write_text(text, encoding="utf-8")


def _row(row: RowResult, usual: Severity) -> str:
    since = row.since.isoformat() if row.since else ""
    attributes = "; ".join(f"{name}={value}" for name, value in row.attributes.items())
    words = (row.subject, row.account, row.region, row.observed, row.expected, row.note, since, attributes)
    own = row.severity and row.severity is not usual and row.verdict is Verdict.EXCEPTION
    verdict = f"{row.verdict} ({row.severity})" if own else row.verdict
    return f"  {verdict.upper()} " + " | ".join((*words, " ".join(map(str, row.pointers))))


def _case() -> tuple[str, str]:
    """The test module and the case under way; a case that performs twice has a number behind its name."""
    node = os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]
    path, _, name = node.partition("::")
    _calls[node] = _calls.get(node, 0) + 1
    again = f" #{_calls[node]}" if _calls[node] > 1 else ""
    return path, name + again


def _file(module: str) -> Path:
    path = Path(module)
    return FOLDER / path.parent.name / f"{path.stem.removeprefix('test_')}.txt"


@functools.cache
def _table(module: str) -> dict[str, str]:
    text = _file(module).read_text(encoding="utf-8") if _file(module).exists() else ""
    return dict(re.findall(r"^== (.*)\n((?:(?!== ).*\n)*)", text, re.MULTILINE))
