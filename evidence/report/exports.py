"""Writes results for other tools, beside the sealed parts: a table of exceptions, and a summary to paste."""

import re
from collections.abc import Iterator

from evidence.bundle import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.controls.summary import FIX_FIRST
from evidence.controls.totals import in_words, totals
from evidence.report.csv_text import csv_text
from evidence.report.text import visible

FAILING = (Verdict.EXCEPTION, Verdict.ACCEPTED)
_COLUMNS = (
    "Severity", "Test", "Title", "Criteria", "Controls", "Requests", "Account", "Region", "Subject",
    "Observed", "Expected", "Since", "Verdict", "Accepted by", "Accepted until", "Response", "Owner", "Due",
    "Remedy", "Evidence",
)  # fmt: skip
_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~!&]")


def exceptions_csv(results: Results) -> bytes:
    """Return every exception, accepted or not, with what management says of it."""

    def rows() -> Iterator[tuple[object, ...]]:
        for test in results.tests:
            controls = " ".join(control.id for control in results.controls_of(test.id))
            requests = " ".join(results.requests_of(test.id))
            for row in test.rows.with_verdict(FAILING):
                accepted, said = row.accepted, row.response
                yield (
                    row.severity or "", test.id, test.title, " ".join(test.criteria), controls, requests,
                    row.account, row.region, row.subject, row.observed, row.expected,
                    f"{row.since:%Y-%m-%d}" if row.since else "", row.verdict.value,
                    accepted.approver if accepted else "", accepted.expires_on if accepted else "",
                    said.response if said else "", said.owner if said else "", (said and said.due_on) or "",
                    row.remedy.console if row.remedy else "", " ".join(map(str, row.pointers)),
                )  # fmt: skip

    return csv_text(_COLUMNS, rows()).encode("utf-8-sig")


def summary_markdown(bundle: Bundle, results: Results) -> bytes:
    """Return what the tests concluded, as Markdown: sums, what to fix first, and one row for each test."""
    entity = bundle.run.settings.entity
    lines = [
        f"# Access controls: {_plain(entity.name or bundle.name)}",
        "",
        f"- Bundle {_plain(bundle.name)}, collected until {bundle.run.finished:%Y-%m-%d %H:%M} UTC",
        f"- SHA-256 of its tag manifest: {bundle.digest}",
        f"- SHA-256 of results.json: {results.digest}",
        "- This page is signed by nobody: the pack is.",
        "",
        *(f"- **{total.name}**: {total.words}" for total in totals(results.tests)),
        *(f"- **Gaps** in the evidence: {len(bundle.gaps)}" for _ in bundle.gaps[:1]),
        "",
    ]
    if results.joined:
        lines += ["## Fix first", ""]
        lines += [
            f"1. **{fact.severity}**: {_plain(fact.title)}: {_plain(fact.subject)} ({', '.join(fact.tests)})"
            for fact in results.joined[:FIX_FIRST]
        ]
        lines.append("")
    lines += [
        "## Tests of controls", "",
        "| test | title | conclusion | severity | inspected | exceptions | accepted |",
        "|---|---|---|---|---:|---:|---:|",
    ]  # fmt: skip
    lines += [
        f"| {_plain(test.id)} | {_plain(test.title)} | {_plain(in_words(test))} | {test.severity or ''} "
        f"| {test.inspected} | {test.exceptions} | {test.accepted} |"
        for test in results.tests
    ]
    return ("\n".join(lines) + "\n").encode()


def _plain(text: str) -> str:
    """Return text in one line of which nothing is markup (CommonMark, backslash escapes)."""
    return _MARKS.sub(r"\\\g<0>", " ".join(visible(text).split()))
