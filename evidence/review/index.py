"""Defines `review.json`: what was opened, for whom, when, so that nothing can fail to come back unnoticed."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from evidence.bundle.format import strictjson
from evidence.bundle.format.models import BundleModel, Moment, Sha256
from evidence.errors import UsageError
from evidence.statements.records import UsedFile
from evidence.storage import read_named

FILE = "review.json"
MAX_BYTES = 256 * 1024 * 1024
Row = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class OpenedRow(BundleModel):
    """One access that a workbook asks about."""

    row: Row
    names: tuple[str, ...]
    """By which a reviewer is taken for the person reviewed."""
    last_review: str


class OpenedFile(BundleModel):
    """One workbook."""

    name: Annotated[str, Field(pattern=r"^review-[0-9]{3,6}\.xlsx$")]
    reviewer: str
    """Whom it is for."""
    sha256: Sha256
    """As it was written: what comes back differs."""
    rows: tuple[OpenedRow, ...]


class OpenedReview(BundleModel):
    """What `evidence review open` made."""

    review_version: Literal["1"] = "1"
    tool_version: str
    bundle: str
    """Name of the bundle whose access is reviewed."""
    digest: Sha256
    """Its digest."""
    opened: Moment
    window_days: Annotated[int, Field(ge=1)]
    """Within how many days it must be closed."""
    rows: int
    rows_sha256: Sha256
    without_access: int
    """People who have none, about whom nothing is asked."""
    not_shown: int
    """What the bundle does not show of access."""
    previous_review: Sha256 | None
    people_file: UsedFile | None
    workbooks: tuple[OpenedFile, ...]

    def to_bytes(self) -> bytes:
        """Return review.json."""
        return strictjson.document(self.model_dump(mode="json"))


def read_index(path: Path) -> tuple[OpenedReview, bytes]:
    """Return a review.json and its bytes. Raises UsageError for anything else."""
    content = read_named(path, MAX_BYTES, called="The review's index")
    try:
        strictjson.loads(content)
        opened = OpenedReview.model_validate_json(content, strict=True)
    except (ValueError, ValidationError) as error:
        raise UsageError(
            f"{path} is no {FILE} that `evidence review open` wrote.", "Give that file with --opened."
        ) from error
    named = [one.name for one in opened.workbooks]
    asked = [one.row for workbook in opened.workbooks for one in workbook.rows]
    if len(set(named)) != len(named) or len(set(asked)) != len(asked) or len(asked) != opened.rows:
        raise UsageError(f"{path} contradicts itself.", f"Give the {FILE} as `evidence review open` left it.")
    return opened, content
