"""Every result that a test of the rules gets, in words, held against a table that people have read.

Assertions beside a case say what matters about it; the table holds the rest: each word of each row.
`make rows` writes the table again, and its difference is what to review. One file a test module.
"""

import functools
import hashlib
import os
import re
from pathlib import Path

from evidence.bundle import Bundle
from evidence.controls.declaration import ControlTest
from evidence.controls.engine import perform
from evidence.controls.results import RowResult, TestResult

FOLDER = Path(__file__).parent.parent / "rows"
WRITING = "EVIDENCE_WRITE_ROWS"
LONG, SHOWN = 14, 6
_calls: dict[str, int] = {}


def performed(test: ControlTest, bundle: Bundle) -> TestResult:
    """Perform a test of controls; what comes out must be what the table says of the pytest case under way."""
    result = perform(test, bundle)
    module, case = _case()
    said = in_words(result)
    if os.environ.get(WRITING):
        with _file(module).open("a", encoding="utf-8") as table:
            table.write(f"== {case}\n{said}\n")
        return result
    known = _table(module).get(case)
    assert known is not None, f"{case} of {module} is not in tests/rows: run `make generated`, and read it"
    assert said.splitlines() == known.splitlines()
    return result


def in_words(result: TestResult) -> str:
    """A result as lines: its conclusion, what is missing, its rows; of many, a few and a digest."""
    rows = [_row(row) for row in result.rows]
    if len(rows) > LONG:
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        rows = [*rows[:SHOWN], f"… {len(rows)} rows, sha256 {digest}"]
    as_of = f", as of {result.as_of.isoformat()}" if result.as_of else ""
    counts = f"{result.population_size} rows, {result.inspected} inspected, {result.exceptions} exceptions"
    head = f"{result.id}: {result.conclusion}. {result.reason} ({counts}{as_of})"
    return "\n".join(
        line.replace("\n", "\\n") for line in [head, *(f"- {gap}" for gap in result.missing), *rows]
    )


def _row(row: RowResult) -> str:
    since = row.since.isoformat() if row.since else ""
    attributes = "; ".join(f"{name}={value}" for name, value in row.attributes.items())
    words = (row.subject, row.account, row.region, row.observed, row.expected, row.note, since, attributes)
    return f"  {row.verdict.upper()} " + " | ".join((*words, " ".join(map(str, row.pointers))))


def _case() -> tuple[str, str]:
    """The test module and the case under way; a case that performs twice has a number behind its name."""
    node = os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]
    path, _, name = node.partition("::")
    _calls[node] = _calls.get(node, 0) + 1
    again = f" #{_calls[node]}" if _calls[node] > 1 else ""
    return Path(path).stem.removeprefix("test_"), name + again


def _file(module: str) -> Path:
    FOLDER.mkdir(exist_ok=True)
    return FOLDER / f"{module}.txt"


@functools.cache
def _table(module: str) -> dict[str, str]:
    text = _file(module).read_text(encoding="utf-8") if _file(module).exists() else ""
    return dict(re.findall(r"^== (.*)\n((?:(?!== ).*\n)*)", text, re.MULTILINE))
