"""Opens an access review: the reviewers' workbooks, and review.json, which says what was opened."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence import __version__, storage
from evidence.bundle import Bundle
from evidence.controls.review_rules import ReviewWindow, too_old
from evidence.errors import UsageError
from evidence.readers.evidence import Evidence
from evidence.readers.organizations import account_tag
from evidence.review.division import ReviewerPart, divide
from evidence.review.index import FILE, OpenedFile, OpenedReview, OpenedRow
from evidence.review.listing import AccessOfBundle, access_of, completed, digest_of
from evidence.review.people import StatedPeople, listed_people
from evidence.review.previous import LastReview
from evidence.review.workbook import ReviewFacts, write_workbook
from evidence.scratch import private_folder
from evidence.statements.records import UsedFile

MOST_ROWS = 20_000
"""In one workbook: more, nobody reviews."""


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """What a review will ask, of whom."""

    bundle: Bundle
    access: AccessOfBundle
    parts: tuple[ReviewerPart, ...]
    people: UsedFile | None
    last: LastReview | None


def plan_review(bundle: Bundle, people: StatedPeople | None, last: LastReview | None) -> ReviewPlan:
    """Return what a review of a verified bundle will ask. Raises UsageError where there is nothing to ask."""
    found = access_of(bundle)
    if not found.rows:
        raise UsageError(
            f"{bundle.name} shows no access that could be reviewed.",
            "Look at the sheet Access listing of its workbook for what it does not show.",
        )
    listed = listed_people(people.people, found.rows) if people else {}
    names = {row: person.names for row, person in listed.items()}
    rows = completed(found.rows, names, last.kept if last else {})
    owners = account_tag(Evidence.whole(bundle), bundle.run.settings.thresholds.owner_tag)
    parts = divide(rows, listed, owners, most=MOST_ROWS)
    return ReviewPlan(
        bundle, AccessOfBundle(rows, found.gaps, found.without_access), parts,
        people.file if people else None, last,
    )  # fmt: skip


def write_review(plan: ReviewPlan, folder: Path, *, opened: datetime, window_days: int) -> OpenedReview:
    """Write the workbooks of a review, and last review.json, into an empty folder; return what was opened.

    Raises StorageError, and UsageError where a file is there already, or the bundle is too old.
    """
    run = plan.bundle.run
    if opened < run.finished:
        raise UsageError(
            f"The clock says {opened:%Y-%m-%d %H:%M} UTC, before the end of the run that collected "
            f"{run.bundle}.",
            "Set the clock of this machine.",
        )
    window = ReviewWindow(opened, opened, window_days)
    if too_old(run.finished, window):
        raise UsageError(
            f"{run.bundle} shows access as it was {(opened - run.finished).days} days ago.",
            f"Collect again, and review that: more than {window_days} days old is too old.",
        )
    digest = digest_of(plan.access.rows)
    last = window.due.date()
    facts = ReviewFacts(
        run.bundle, plan.bundle.digest, digest, run.finished, opened, last, run.settings.entity.name
    )
    files = tuple(_workbook(folder, facts, number, part) for number, part in enumerate(plan.parts, start=1))
    index = OpenedReview(
        tool_version=__version__,
        bundle=run.bundle,
        digest=plan.bundle.digest,
        opened=opened,
        window_days=window_days,
        rows=len(plan.access.rows),
        rows_sha256=digest,
        without_access=plan.access.without_access,
        not_shown=len(plan.access.gaps),
        previous_review=plan.last.digest if plan.last else None,
        people_file=plan.people,
        workbooks=files,
    )
    storage.publish(folder / FILE, index.to_bytes())
    return index


def _workbook(folder: Path, facts: ReviewFacts, number: int, part: ReviewerPart) -> OpenedFile:
    name = f"review-{number:03d}.xlsx"  # of nobody: names of files go where their contents do not
    with storage.storage_errors(folder / name), private_folder(f".{name}.", folder) as scratch:
        write_workbook(scratch / name, facts, part.reviewer, part.rows)
        content = (scratch / name).read_bytes()
    storage.publish(folder / name, content)
    return OpenedFile(
        name=name,
        reviewer=part.reviewer,
        sha256=hashlib.sha256(content).hexdigest(),
        rows=tuple(OpenedRow(row=one.row, names=one.names, last_review=one.last_review) for one in part.rows),
    )
