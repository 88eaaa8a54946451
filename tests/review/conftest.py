"""One small bundle with people and users, and the review that is opened over it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle, open_bundle
from evidence.review import workbook as sheet
from evidence.review.closing import ClosedReview, close_review, reviewed_bundle
from evidence.review.index import FILE, OpenedReview, read_index
from evidence.review.opening import ReviewPlan, plan_review, write_review
from tests.controls.test_identity_access import ASSIGNMENTS, OTHER, USERS, add, given
from tests.controls.world import NOW, good
from tests.review.filling import REVIEWER, Row, fill_in, rows_of
from tests.support.identity import signer

OPENED = NOW + timedelta(days=1)
CLOSED = OPENED + timedelta(days=5)
HOSTILE = '=HYPERLINK("http://x.example","Ada")'


def reviewed_world(parent: Path, now: datetime = NOW) -> Bundle:
    """Write the bundle: two people with access by group and alone, users, root, a hostile name."""
    world = good()
    add(ASSIGNMENTS, given("GROUP", "g-1", account=OTHER), given("USER", "id-tomas"))(world)
    add(USERS, {"UserId": "id-odd", "UserName": HOSTILE, "UserStatus": "ENABLED"})(world)
    add(ASSIGNMENTS, given("USER", "id-odd"))(world)
    world.options |= {"signer": signer(), "now": now}
    return open_bundle(world.written(parent).root, now=now)


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return reviewed_world(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="session")
def plan(reviewed: Bundle) -> ReviewPlan:
    return plan_review(reviewed, None, None)


@dataclass
class OpenedHere:
    """A review that is open in a folder."""

    folder: Path
    bundle: Bundle

    @property
    def index(self) -> OpenedReview:
        return read_index(self.folder / FILE)[0]

    @property
    def files(self) -> list[Path]:
        return [self.folder / one.name for one in self.index.workbooks]

    def fill(self, edit: Callable[[Any, list[Row]], None] = lambda _sheet, _rows: None) -> None:
        """Decide every row, then edit: the sheet, and its rows as cells by title."""
        for path in self.files:
            fill_in(path, REVIEWER, CLOSED.date())
            book = load_workbook(path)
            edit(book[sheet.ACCESS], list(rows_of(book[sheet.ACCESS])))
            book.save(path)

    def close(self, *, now: datetime = CLOSED, files: list[Path] | None = None) -> ClosedReview:
        index, content = read_index(self.folder / FILE)
        chosen = self.files if files is None else files
        return close_review(chosen, index, content, reviewed_bundle(self.bundle, index), now=now)


@pytest.fixture
def opened(plan: ReviewPlan, tmp_path: Path) -> OpenedHere:
    folder = tmp_path / "review"
    folder.mkdir()
    write_review(plan, folder, opened=OPENED, window_days=30)
    return OpenedHere(folder, plan.bundle)
