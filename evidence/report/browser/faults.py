"""Finds, in the records that exceptions point to, the statements of policies that are at fault.

By the functions that the tests' own rules ask (`evidence.policies`), statement by statement; where a rule
judges several statements together, or AWS's finding names no statement, nothing is marked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evidence.bundle.format import strictjson
from evidence.bundle.open import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.controls.row_results import RowResult
from evidence.policies.breadth import reach
from evidence.policies.document import Statement, statements
from evidence.policies.power import Power, power_of

Judge = Callable[[Statement, RowResult], bool]
Fault = dict[str, Any]
_FAILING = (Verdict.EXCEPTION, Verdict.ACCEPTED)
_DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument", "Document")
"""Members that hold a policy document, in records of IAM."""
_TRUST = _DOCUMENTS[0]
_INLINE = " inline:"


def statements_at_fault(bundle: Bundle, results: Results) -> dict[str, list[Fault]]:
    """Return, by pointer, each statement at fault: where in the record (names and numbers), test, subject."""
    wanted: dict[str, dict[int, list[tuple[str, RowResult]]]] = {}
    for test in results.tests:
        if test.id in _JUDGES:
            for row in test.rows.with_verdict(_FAILING):
                for pointer in row.pointers:
                    if pointer.line is not None and pointer.file.endswith(".jsonl"):
                        lines = wanted.setdefault(pointer.file, {})
                        lines.setdefault(pointer.line, []).append((test.id, row))
    found: dict[str, list[Fault]] = {}
    for file, lines in sorted(wanted.items()):
        with bundle.open(file) as content:
            for number, text in enumerate(content, start=1):
                for test_id, row in lines.get(number, ()):
                    for path in _at_fault(strictjson.loads(text), test_id, row):
                        fault = {
                            "path": path,
                            "test": test_id,
                            "subject": row.subject,
                            "observed": row.observed,
                        }
                        found.setdefault(f"{file}:{number}", []).append(fault)
    return found


def _at_fault(record: Any, test_id: str, row: RowResult) -> Iterator[list[str | int]]:
    """Yield where in a record the statements stand; nothing of a document that cannot be read."""
    for path, owner in _documents(record, []):
        member = path[-1]
        if (member == _TRUST) is not (test_id == "TRUST-1") or not _is_meant(owner, row):
            continue
        try:
            parsed = statements(owner[str(member)])
        except (ValueError, RecursionError):
            continue
        for number, statement in enumerate(parsed):
            if _JUDGES[test_id](statement, row):
                yield [*path, "Statement", number]


def _documents(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], Mapping[str, Any]]]:
    """Yield the way to each policy document, and the object that it is a member of."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in _DOCUMENTS and isinstance(member, dict):
                yield [*path, name], value
            else:
                yield from _documents(member, [*path, name])
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _documents(member, [*path, number])


def _is_meant(owner: Mapping[str, Any], row: RowResult) -> bool:
    """Say whether a document is of the policy that a row is about: by ARN, or as an inline policy by name."""
    if "PolicyArn" in owner:
        return bool(owner["PolicyArn"] == row.subject)
    if _INLINE in row.subject:
        return bool(owner.get("PolicyName") == row.subject.partition(_INLINE)[2])
    # A customer's policy is a record of its own, a list of versions of which one is in force.
    return bool(owner.get("IsDefaultVersion", _TRUST in owner))


def _reaches_all(statement: Statement, row: RowResult) -> bool:
    return any(one.changes_anything for one in reach((statement,), row.account))


def _is_administrators(statement: Statement, _row: RowResult) -> bool:
    return power_of((statement,)) > Power.CONDITIONAL


def _lets_in(statement: Statement, row: RowResult) -> bool:
    principal = row.attributes.get("principal", "")
    named = statement.principals
    if statement.denies or named is None:
        return False
    return named.complement or any(name == principal for _, name in named.named)


_JUDGES: Mapping[str, Judge] = {
    "PRIV-1": _is_administrators, "PRIV-3": _reaches_all, "TRUST-1": _lets_in,
}  # fmt: skip
"""What asks of one statement what the test's rule asks of a policy."""
