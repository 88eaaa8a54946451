"""Redacts management's statements: writes them with pseudonyms, as new files of the same form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.controls.administrators import TEST as ADMINISTRATORS
from evidence.controls.results import Results
from evidence.redact.key import RedactionKey
from evidence.redact.rewrite import Rewriter
from evidence.statements.files import LOGO, StatementKind, Statements
from evidence.statements.patterns import is_pattern, matches, takes_anything
from evidence.statements.people import PeopleFile, StatedPerson, people_document
from evidence.statements.shapes import (
    AcceptedException,
    StatedAdministrator,
    StatedAttestation,
    StatedRequest,
    StatedResponse,
    StatementDocument,
    StatementModel,
)
from evidence.statements.words import REQUIRED_TEXTS, says_nothing
from evidence.statements.writing import toml_document

_HEAD = "# Written by redaction: people are shown by pseudonyms. Comments of the original are left out.\n"


def redact_statements(
    statements: Statements,
    results: Results,
    rewriter: Rewriter,
    key: RedactionKey,
    documents: Mapping[str, str],
) -> dict[str, bytes]:
    """Return the statements that were given, redacted, by the name of their file; pictures are left out.

    `results` are the origin's, computed with these statements; `documents` gives the new names of attached
    documents by the old.
    """
    given = StatementRedaction(results, rewriter, key, documents)
    return {kind.file: given.file(kind, file.said) for kind, file in statements.given() if kind is not LOGO}


@dataclass(frozen=True)
class StatementRedaction:
    """Management's files being rewritten."""

    results: Results
    rewriter: Rewriter
    key: RedactionKey
    documents: Mapping[str, str]

    def file(self, kind: StatementKind[Any], said: StatementDocument) -> bytes:
        """Return a file rewritten, entry by entry; one may become several."""
        tables = {
            table: [
                rewritten
                for number, entry in enumerate(entries, start=1)
                for rewritten in self._entries(kind.name, table, number, entry)
            ]
            for table, entries in said.tables()
        }
        if isinstance(said, PeopleFile):
            return people_document(said.columns, tables["people"])
        return toml_document(_HEAD, tables)

    def _entries(self, item: str, table: str, number: int, entry: StatementModel) -> Iterator[dict[str, Any]]:
        members = _rewritten(item, table, entry.model_dump(), self.rewriter)
        match entry:
            case AcceptedException():
                yield members | self._subjects(number, entry)
            case StatedAdministrator():
                yield from (members | role for role in self._administrators(entry))
            case StatedAttestation():
                yield members | {"document": self.documents.get(entry.document, members["document"])}
            case StatedRequest():
                names = zip(entry.attachments, members["attachments"], strict=True)
                yield members | {
                    "attachments": tuple(self.documents.get(name, shown) for name, shown in names)
                }
            case StatedPerson():
                yield members | {"line": entry.line}
            case StatedResponse():
                yield members | {"subject": self.rewriter.subject(entry.subject)}
            case _:
                yield members

    def _subjects(self, number: int, entry: AcceptedException) -> dict[str, Any]:
        subjects = [
            subject
            for one in (entry.subject, *entry.also)
            for subject in self._named(one, _matched(number, one, entry, self.results))
        ]
        first, *rest = dict.fromkeys(self.rewriter.subject(subject) for subject in subjects)
        return {"subject": first, "also": tuple(rest)}

    def _named(self, subject: str, matched: list[str]) -> list[str]:
        """Return what a subject matched; what takes anything accepts nothing here either."""
        if subject not in matched and takes_anything(subject, matched):
            return ["*"]
        return matched or [_hidden(subject, self.key)]

    def _administrators(self, entry: StatedAdministrator) -> list[dict[str, Any]]:
        """Return the role that an entry names, or each that its pattern does: pseudonyms match none."""
        if not is_pattern(entry.role):
            return [{"role": self.rewriter.subject(entry.role)}]
        rows = [row for test in self.results.tests if test.id == ADMINISTRATORS for row in test.rows]
        named = [row.subject for row in rows if matches(entry.role, row.subject)]
        if len(named) > entry.maximum_matches or not named:
            return [{"role": f"arn:{_hidden(entry.role, self.key)}"}]
        return [{"role": self.rewriter.subject(role), "maximum_matches": 1} for role in named]


def _matched(number: int, subject: str, entry: AcceptedException, results: Results) -> list[str]:
    """Return what an entry's subject names: itself, or all that a shell pattern matched in the origin.

    A pattern says something of the names it was made for and would not match their pseudonyms.
    """
    if not is_pattern(subject):
        return [subject]
    rows = [row for test in results.tests if test.id == entry.test for row in test.rows]
    if any(row.subject == subject for row in rows):
        return [subject]
    return [
        row.subject
        for row in rows
        if entry.account in ("", row.account)
        and (matches(subject, row.subject) or (row.accepted and row.accepted.entry == number))
    ]


def _hidden(pattern: str, key: RedactionKey) -> str:
    return f"pattern-{key.digest('pattern', pattern).hex()[:16]}"


def _rewritten(item: str, table: str, members: dict[str, Any], rewriter: Rewriter) -> dict[str, Any]:
    """Return one entry rewritten; days stay days, and what says nothing stays so."""
    days = {name: value for name, value in members.items() if isinstance(value, date)}
    members |= {name: "" for name in REQUIRED_TEXTS & members.keys() if says_nothing(name, members[name])}
    rest = {name: list(v) if isinstance(v, tuple) else v for name, v in members.items() if name not in days}
    entry: dict[str, Any] = rewriter.record(item, {table: [rest]})[table][0]
    return entry | days
