"""Tells which roles management named as administrators: the `administrator` entries of exceptions.toml.

An entry counts as an accepted exception does: complete, and valid on the UTC day on which the collection of
the evidence finished. A pattern that takes more administrator roles than its stated maximum, or all there
could be, accepts none and is a finding.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from evidence.controls.acceptance import REQUIRED_TO_NAME, end_of, why_unfit
from evidence.controls.results import TestResult
from evidence.readers.evidence import KnownAdministrator, plural
from evidence.statements.patterns import matches, takes_anything
from evidence.statements.records import EntryProblem, FileFinding
from evidence.statements.shapes import StatedAdministrator

TEST = "PRIV-2"
"""The test that judges administrators."""
_ROLES = tuple(
    f"arn:{partition}:iam::000000000000:role/name" for partition in ("aws", "aws-cn", "aws-us-gov")
)
"""Roles of a kind that a pattern must not take altogether."""


def known_administrators(
    entries: Sequence[StatedAdministrator], as_of: date
) -> tuple[tuple[KnownAdministrator, ...], tuple[FileFinding, ...]]:
    """Return the entries that count, and a finding for each that does not, in the file's order."""
    findings: list[FileFinding] = []
    valid: dict[str, KnownAdministrator] = {}
    for number, entry in enumerate(entries, start=1):
        problem = _unfit(entry, entry.role in valid, as_of)
        if problem:
            findings.append(_finding(number, entry, *problem))
        else:
            words = f"{entry.who} (approved by {entry.approver}, until {entry.expires_on})"
            approved = end_of(entry.approved_on or as_of)
            valid[entry.role] = KnownAdministrator(entry.role, entry.maximum_matches, words, approved)
    return tuple(valid.values()), tuple(findings)


def unmatched_administrators(
    entries: Sequence[StatedAdministrator],
    known: Sequence[KnownAdministrator],
    performed: Iterable[TestResult],
) -> Iterator[FileFinding]:
    """Yield a finding for each entry that counts and names no administrator role, or more than it may."""
    rows = next((test.rows for test in performed if test.id == TEST), None) if entries else None
    roles = [row.subject for row in rows or () if row.attributes.get("kind") == "role"]
    counting = {one.pattern for one in known}
    for number, entry in enumerate(entries, start=1):
        if not rows or entry.role not in counting:
            continue
        counting.discard(entry.role)
        found = sum(matches(entry.role, arn) for arn in roles)
        if not found:
            yield _finding(number, entry, EntryProblem.MATCHES_NOTHING, "No administrator role is named so.")
        elif found > entry.maximum_matches:
            said = f"It takes {plural(found, 'administrator role')}, more than its {entry.maximum_matches}."
            yield _finding(number, entry, EntryProblem.MATCHES_TOO_MANY, said)


def _unfit(entry: StatedAdministrator, repeated: bool, as_of: date) -> tuple[EntryProblem, str] | None:
    if repeated:
        return EntryProblem.DUPLICATE, "An earlier administrator entry names the same."
    if takes_anything(entry.role, _ROLES):
        return EntryProblem.MATCHES_TOO_MANY, "It takes every role there could be."
    return why_unfit(entry, REQUIRED_TO_NAME, as_of)


def _finding(number: int, entry: StatedAdministrator, problem: EntryProblem, sentence: str) -> FileFinding:
    return FileFinding(entry=number, test=TEST, subject=entry.role, problem=problem, sentence=sentence)
