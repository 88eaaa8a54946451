"""Redacts management's statements: writes them with pseudonyms, as new files of the same form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from evidence.controls.administrators import TEST as ADMINISTRATORS
from evidence.controls.exceptions_draft import toml_string
from evidence.controls.results import Results
from evidence.redact.gather import ATTESTATIONS, EXCEPTIONS
from evidence.redact.key import RedactionKey
from evidence.redact.rewrite import Rewriter
from evidence.statements.files import AcceptedException, StatedAdministrator, Statements
from evidence.statements.patterns import is_pattern, matches, takes_anything
from evidence.statements.words import REQUIRED_TEXTS, says_nothing

_HEAD = "# Written by redaction: people are shown by pseudonyms. Comments of the original are left out.\n"


def redact_statements(
    statements: Statements,
    results: Results,
    rewriter: Rewriter,
    key: RedactionKey,
    documents: Mapping[str, str],
) -> dict[str, bytes]:
    """Return the statements that were given, redacted, by the name of their file.

    `results` are the origin's, computed with these statements; `documents` gives the new names of attached
    documents by the old.
    """
    files: dict[str, bytes] = {}
    if statements.exceptions:
        entries = [
            _exception(number, entry, results, rewriter, key)
            for number, entry in enumerate(statements.exceptions.entries, start=1)
        ]
        partners = [
            _rewritten(EXCEPTIONS, "partner", entry.model_dump(), rewriter)
            for entry in statements.exceptions.partners
        ]
        administrators = [
            role
            for entry in statements.exceptions.administrators
            for role in _administrators(entry, results, rewriter, key)
        ]
        files["exceptions.toml"] = _toml(
            {"exception": entries, "partner": partners, "administrator": administrators}
        )
    if statements.attestations:
        entries = []
        for entry in statements.attestations.entries:
            members = _rewritten(ATTESTATIONS, "attestation", entry.model_dump(), rewriter)
            entries.append(members | {"document": documents.get(entry.document, members["document"])})
        files["attestations.toml"] = _toml({"attestation": entries})
    return files


def _exception(
    number: int, entry: AcceptedException, results: Results, rewriter: Rewriter, key: RedactionKey
) -> dict[str, Any]:
    members = _rewritten(EXCEPTIONS, "exception", entry.model_dump(), rewriter)
    subjects = [
        subject
        for one in (entry.subject, *entry.also)
        for subject in _named(one, _matched(number, one, entry, results), key)
    ]
    first, *rest = dict.fromkeys(rewriter.subject(subject) for subject in subjects)
    return members | {"subject": first, "also": tuple(rest)}


def _named(subject: str, matched: list[str], key: RedactionKey) -> list[str]:
    """Return what stands for a subject: what it matched; what takes anything accepts nothing here either."""
    if subject not in matched and takes_anything(subject, matched):
        return ["*"]
    return matched or [_hidden(subject, key)]


def _administrators(
    entry: StatedAdministrator, results: Results, rewriter: Rewriter, key: RedactionKey
) -> list[dict[str, Any]]:
    """Return an entry for each role that it names: a pattern would not match their pseudonyms."""
    members = _rewritten(EXCEPTIONS, "administrator", entry.model_dump(), rewriter)
    if not is_pattern(entry.role):
        return [members | {"role": rewriter.subject(entry.role)}]
    rows = [row for test in results.tests if test.id == ADMINISTRATORS for row in test.rows]
    named = [row.subject for row in rows if matches(entry.role, row.subject)]
    if len(named) > entry.maximum_matches or not named:
        return [members | {"role": f"arn:{_hidden(entry.role, key)}"}]
    return [members | {"role": rewriter.subject(role), "maximum_matches": 1} for role in named]


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


def _toml(tables: Mapping[str, list[dict[str, Any]]]) -> bytes:
    lines = [_HEAD, 'version = "1"\n']
    for table, entries in tables.items():
        for entry in entries:
            lines.append(f"[[{table}]]")
            lines += [f"{name} = {_value(value)}" for name, value in entry.items() if _said(value)]
            lines.append("")
    return "\n".join(lines).encode()


def _said(value: Any) -> bool:
    return value not in (None, "", (), [])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_string, value))}]"
    return str(value)
