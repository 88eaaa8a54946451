"""Closes an access review: holds what came back against what was opened, and lists what is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format.models import Run
from evidence.controls.review_rules import ReviewWindow, objections, same_person, too_old
from evidence.errors import UsageError
from evidence.review.index import OpenedReview
from evidence.review.listing import (
    AccessToReview,
    access_of,
    completed,
    decision_record,
    digest_of,
    gap_records,
)
from evidence.review.returned import DecidedRow, ReturnedWorkbook, read_workbook

_NOT_BACK = DecidedRow(refused="its workbook did not come back")


@dataclass(frozen=True, slots=True)
class ReviewProblem:
    """Something that stands against a review."""

    workbook: str
    """Empty for the review as a whole."""
    row: int | None
    """Of the sheet."""
    subject: str
    what: str
    """A clause."""

    def __str__(self) -> str:
        where = f"{self.workbook}, row {self.row}" if self.row else self.workbook
        return ": ".join(filter(None, (where, self.subject, self.what)))


@dataclass(frozen=True, slots=True)
class ReviewedBundle:
    """What closing needs of the bundle that was reviewed; nothing of it is kept open."""

    name: str
    digest: str
    run: Run
    rows: tuple[AccessToReview, ...]
    not_shown: tuple[dict[str, Any], ...]
    """Records of access that it does not show."""


@dataclass(frozen=True, slots=True)
class ClosedReview:
    """A review with what came back of it."""

    opened: OpenedReview
    index: bytes
    """review.json."""
    reviewed: ReviewedBundle
    closed: datetime
    files: tuple[ReturnedWorkbook, ...]
    records: tuple[dict[str, Any], ...]
    problems: tuple[ReviewProblem, ...]


def reviewed_bundle(bundle: Bundle, opened: OpenedReview) -> ReviewedBundle:
    """Return the rows of a verified bundle as they were opened.

    Raises UsageError for another bundle than the opened one, and where its listing is another by now.
    """
    if bundle.digest != opened.digest:
        raise UsageError(
            f"The review was opened over {opened.bundle}, and not over {bundle.name}.",
            f"Name the bundle, or its pack, with the digest {opened.digest}.",
        )
    found = access_of(bundle)
    asked = {one.row: one for workbook in opened.workbooks for one in workbook.rows}
    rows = completed(
        found.rows,
        {row: one.names for row, one in asked.items()},
        {row: one.last_review for row, one in asked.items()},
    )
    if {one.row for one in rows} != set(asked) or digest_of(rows) != opened.rows_sha256:
        raise UsageError(
            f"The review does not ask about the access that {bundle.name} shows today: review.json was "
            f"changed, or made by another version ({opened.tool_version}) that lists access otherwise.",
            "Close it with the version that opened it.",
        )
    return ReviewedBundle(bundle.name, bundle.digest, bundle.run, rows, tuple(gap_records(found.gaps)))


def close_review(
    files: Sequence[Path], opened: OpenedReview, index: bytes, reviewed: ReviewedBundle, *, now: datetime
) -> ClosedReview:
    """Return a review with what came back, and all that is wrong with it.

    Raises UsageError for a file that is no workbook of this review, or the same as another.
    """
    if now < opened.opened:
        raise UsageError(
            f"The clock says {now:%Y-%m-%d %H:%M} UTC, before the review was opened.",
            "Set the clock of this machine.",
        )
    rows = {one.row: one for one in reviewed.rows}
    returned: dict[str, ReturnedWorkbook] = {}
    for path in files:
        one = read_workbook(path, opened, rows)
        if one.opened.name in returned:
            other = returned[one.opened.name].path
            raise UsageError(f"{path} and {other} are both {one.opened.name}.", "Give the one that counts.")
        returned[one.opened.name] = one
    decided = {
        row.row: (workbook.name, _decided(returned.get(workbook.name), row.row))
        for workbook in opened.workbooks
        for row in workbook.rows
    }
    problems = (*_of_age(opened, reviewed, now), *_problems(opened, returned, rows, decided, now))
    records = (
        *(
            decision_record(rows[row], one.record(workbook, rows[row].names))
            for row, (workbook, one) in decided.items()
        ),
        *reviewed.not_shown,
    )
    files_back = tuple(returned[one.name] for one in opened.workbooks if one.name in returned)
    return ClosedReview(opened, index, reviewed, now, files_back, records, problems)


def _decided(workbook: ReturnedWorkbook | None, row: str) -> DecidedRow:
    return workbook.decided[row] if workbook else _NOT_BACK


def _of_age(opened: OpenedReview, reviewed: ReviewedBundle, now: datetime) -> Iterator[ReviewProblem]:
    if old := too_old(reviewed.run.finished, ReviewWindow(opened.opened, now, opened.window_days)):
        yield ReviewProblem("", None, "the review", old)


def _problems(
    opened: OpenedReview,
    returned: Mapping[str, ReturnedWorkbook],
    rows: Mapping[str, AccessToReview],
    decided: Mapping[str, tuple[str, DecidedRow]],
    now: datetime,
) -> Iterator[ReviewProblem]:
    window = ReviewWindow(opened.opened, now, opened.window_days)
    if now > window.due:
        late = f"it is closed later than {window.days} days after it was opened"
        yield ReviewProblem("", None, "the review", late)
    for workbook in opened.workbooks:
        back = returned.get(workbook.name)
        if back is None:
            yield ReviewProblem(workbook.name, None, f"{len(workbook.rows)} rows", "it did not come back")
            continue
        for one in back.strange:
            yield ReviewProblem(workbook.name, None, "", one)
        for row in workbook.rows:
            access, found = rows[row.row], decided[row.row][1]
            same = same_person(found.reviewer, access.names)
            said = (found.decision, found.reviewer, found.decided_on, same)
            for what in (found.refused,) if found.refused else objections(*said, window):
                subject = f"{access.access.name}, {access.access.access or access.access.kind}"
                yield ReviewProblem(workbook.name, found.number, subject, what)
