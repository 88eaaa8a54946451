"""Opens and closes the year's access reviews, with what their reviewers decide, as the script has it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from evidence.demo_account.demo import SETTINGS
from evidence.demo_account.script import ScriptedFact, ScriptedKind, of_kind
from tests.year.dates import LATER, date_of
from tests.year.world import World

AN_HOUR = 1 / 24
OTHERWISE = "Ines Falk"
"""Who decides where the workbook is nobody's."""
UNDECIDED = 3
"""Rows of each workbook that nobody decides in a review that is closed incomplete."""
SHEET, FIRST_COLUMN = "Access to review", "Person or user"


@dataclass(frozen=True, slots=True)
class Review:
    """One review of the script."""

    quarter: str
    complete: bool
    opened: float
    closed: float

    @property
    def opening(self) -> float:
        """When it is opened: an hour after the day's collection, if there is one."""
        return self.opened + LATER + AN_HOUR

    @property
    def closing(self) -> float:
        """When it is closed."""
        return self.closed + LATER + AN_HOUR

    def revoked(self) -> list[ScriptedFact]:
        """Return what it decided to take away."""
        return [one for one in of_kind(ScriptedKind.REVOKED) if self.opened <= one.start <= self.closed]


def reviews() -> Iterator[Review]:
    """Yield the script's reviews."""
    for one in of_kind(ScriptedKind.REVIEW):
        quarter, how = one.subject
        yield Review(quarter, how == "complete", one.start, one.end)


def open_review(review: Review, world: World) -> None:
    """Open a review over the newest collection, and have its workbooks filled in."""
    pack = world.archive / world.collections()[-1]["file"]
    folder = _folder(review, world)
    world.on(review.opening)
    flags = ("--config", SETTINGS, "--archive", world.archive)
    world.evidence("review", "open", pack, *flags, "--output", folder, "--quiet")
    for one in _index(review, world)["workbooks"]:
        _fill(folder / one["name"], one["reviewer"], review)


def close_review(review: Review, world: World) -> None:
    """Close a review: its bundle takes its place in the chain."""
    folder, index = _folder(review, world), _index(review, world)
    output = world.scratch / "closed"
    world.on(review.closing)
    world.evidence(
        "review", "close", *(folder / one["name"] for one in index["workbooks"]),
        world.archive / f"{index['bundle']}.zip", *world.signing(), "--opened", folder / "review.json",
        "--output", output, *([] if review.complete else ["--incomplete"]), "--quiet",
        ends=(0,) if review.complete else (3,),
    )  # fmt: skip
    shutil.rmtree(output)


def is_open(review: Review, world: World) -> bool:
    """Say whether a review was opened, and its workbooks filled in."""
    return (_folder(review, world) / "review.json").is_file()


def _folder(review: Review, world: World) -> Path:
    return world.folder / "reviews" / review.quarter


def _index(review: Review, world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_folder(review, world) / "review.json").read_text(encoding="utf-8"))
    return found


def _fill(path: Path, reviewer: str, review: Review) -> None:
    """Decide every row of a workbook as the script has it; of an incomplete review not the last ones."""
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    header = next(row[0].row for row in sheet.iter_rows() if row[0].value == FIRST_COLUMN)
    columns = {cell.value: cell.column for cell in sheet[header]}
    last = sheet.max_row - (0 if review.complete else UNDECIDED)
    for number in range(header + 1, sheet.max_row + 1):
        row = {title: sheet.cell(number, column).value for title, column in columns.items()}
        decided = _revoked(row, review)
        if number > last and not decided:
            continue
        told = {
            "Decision": "revoke" if decided else "keep",
            "Reviewer": OTHERWISE if reviewer.startswith(("everybody", "all ")) else reviewer,
            "Date": date_of(decided.start) if decided else _day(review),
            "Comment": "Not needed any more" if decided else None,
        }
        for title, value in told.items():
            sheet.cell(number, columns[title]).value = value
    book.save(path)


def _day(review: Review) -> date:
    return date_of(review.closed - 2)


def _revoked(row: Mapping[str, Any], review: Review) -> ScriptedFact | None:
    """Return the revocation of a row's access, if the review decided one."""
    person = str(row["Person or user"]).partition("@")[0]
    return next((one for one in review.revoked() if one.subject == (row["Group"], person)), None)
