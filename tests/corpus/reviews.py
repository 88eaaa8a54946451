"""REV: access reviews, over bundles that hold one."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from evidence.bundle.format.models import AccessReviewScope, OpenedWorkbook
from evidence.readers.access_review import DECISIONS, rows_digest
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, PASS, UNSETTLED, Case
from tests.support.bundles import ACCOUNT, NOW, ORGANIZATION_TARGET

OPENED = NOW - timedelta(days=10)
TODAY = NOW.date().isoformat()
REVIEW = f"evidence-{ACCOUNT}-{NOW:%Y%m%dT%H%M%SZ}"
ADA, BEN = f"id-ada Admin {ACCOUNT}", f"id-ben Admin {ACCOUNT}"


def day(days: int) -> str:
    return (OPENED + timedelta(days=days)).date().isoformat()


def access(name: str = "ada", **members: Any) -> dict[str, Any]:
    """One access as a review's bundle holds it, kept by somebody else in time."""
    told = {
        "Kind": "Identity Center", "Name": name, "Id": f"id-{name}", "Logins": [name], "Names": [],
        "Group": "", "GroupId": "", "Access": "Admin", "AccessId": "arn:set", "Account": ACCOUNT,
        "AccountName": "", "Administrator": False, "LastUsed": None, "NeverUsed": False, "Mfa": None,
        "LastReview": "",
    }  # fmt: skip
    decided = {
        "Decision": "keep", "Reviewer": "Rhea Quinn", "Date": TODAY, "Comment": "", "Refused": "",
        "SamePerson": "", "Workbook": "review-001.xlsx",
    }  # fmt: skip
    return {
        "Row": name.encode().hex().zfill(32),
        "Access": told | {key: value for key, value in members.items() if key in told},
        "Decision": decided | {key: value for key, value in members.items() if key in decided},
    }


def reviewed(
    records: Sequence[Mapping[str, Any]],
    *,
    opened: datetime = OPENED,
    window: int = 30,
    rows: int | None = None,
    digest: str | None = None,
    back: bool = True,
    age: int = 1,
) -> dict[str, Any]:
    """The options and records of a bundle that holds these rows."""
    accesses = [record for record in records if "Access" in record]
    count = len({record["Row"] for record in accesses}) if rows is None else rows
    scope = AccessReviewScope(
        reviewed="evidence-reviewed", reviewed_digest="a" * 64, reviewed_finished=OPENED - timedelta(days=age),
        opened=opened, closed=NOW, window_days=window, rows=count,
        rows_sha256=digest or rows_digest((one["Row"], one["Access"]) for one in accesses),
        previous_review=None, incomplete=False,
        workbooks=(
            OpenedWorkbook(
                name="review-001.xlsx", rows=count, file="attachments/review-001.xlsx" if back else None,
                sha256="b" * 64 if back else None,
            ),
        ),
    )  # fmt: skip
    return {
        "records": {DECISIONS: {ORGANIZATION_TARGET: list(records)}},
        "options": {"access_review": scope},
    }


def case(name: str, conclusion: Any, rows: Mapping[str, str], given: Mapping[str, Any], **more: Any) -> Case:
    return Case(test="REV-2", name=name, conclusion=conclusion, rows=rows, only=True, **given, **more)


def one(**members: Any) -> dict[str, Any]:
    return reviewed([access(**members)])


_GOOD = one()
IN_GOOD_ORDER = _GOOD["records"]
RUN_IN_GOOD_ORDER = {DECISIONS: _GOOD["options"]}

KEPT = {ADA: MET, REVIEW: MET}
WRONG = {ADA: EXCEPTION, REVIEW: MET}
NOT_AS_OPENED = {ADA: MET, REVIEW: EXCEPTION}
HIDDEN = "organization/access-review/decisions.jsonl:2"

CASES = (
    case("kept by somebody else in time", PASS, KEPT, one()),
    case("revoked", PASS, KEPT, one(Decision="revoke")),
    case("to be changed", PASS, KEPT, one(Decision="change")),
    case("two people about each other", PASS, KEPT | {BEN: MET},
         reviewed([access("ada", Reviewer="ben"), access("ben", Reviewer="ada")])),
    case("nobody decided", FAIL, WRONG, one(Decision="", Reviewer="", Date=None)),
    case("no reviewer", FAIL, WRONG, one(Reviewer="")),
    case("no date", FAIL, WRONG, one(Date=None)),
    case("what came back was changed", FAIL, WRONG, one(Decision="", Refused="the cell Account is not as it was")),
    case("an administrator's", FAIL, WRONG, one(Decision="", Administrator=True), severities={ADA: "high"}),
    case("anybody else's", FAIL, WRONG, one(Decision="", Administrator=None), severities={ADA: "medium"}),
    case("by the user name itself", FAIL, WRONG, one(Reviewer="  ADA ")),
    case("by the display name", FAIL, WRONG, one(Names=["Ada Lovelace"], Reviewer="ada  lovelace")),
    case("by the name the other way round", FAIL, WRONG, one(Names=["Ada Lovelace"], Reviewer="Lovelace, Ada")),
    case("by the name without its accents", FAIL, WRONG, one(Names=["Ada Lovelacé"], Reviewer="ada lovelace")),
    case("by the address", FAIL, WRONG, one(Logins=["ada@n.example"], Reviewer="Lady L. <ADA@n.example>")),
    case("by the name beside an address", FAIL, WRONG, one(Names=["Ada Byron"], Reviewer="Ada Byron <x@n.example>")),
    case("by what stands before the @ of a user name", FAIL, WRONG, one(Reviewer="ada@n.example")),
    case("by a namesake's address at another company", PASS, KEPT,
         one(Logins=["ada@n.example"], Reviewer="ada@m.example")),
    case("before it was opened", FAIL, WRONG, one(Date=day(-2))),
    case("on the day it was opened, west of Greenwich", PASS, KEPT, one(Date=day(-1))),
    case("in the future", FAIL, WRONG, one(Date=day(12))),
    case("after the window", FAIL, WRONG | {REVIEW: EXCEPTION}, reviewed([access(Date=day(9))], window=7)),
    case("closed after the window, decided in it", FAIL, NOT_AS_OPENED, reviewed([access(Date=day(3))], window=7)),
    case("a row fewer than opened", FAIL, NOT_AS_OPENED, reviewed([access()], rows=2)),
    case("rows other than opened", FAIL, NOT_AS_OPENED, reviewed([access()], digest="c" * 64)),
    case("evidence that was too old to review", FAIL, NOT_AS_OPENED, reviewed([access()], window=30, age=31)),
    case("a workbook that did not come back", FAIL, NOT_AS_OPENED, reviewed([access()], back=False)),
    case("a row twice", FAIL, {ADA: [EXCEPTION, EXCEPTION], REVIEW: MET}, reviewed([access(), access()])),
    case("access that the bundle does not show", OPEN, KEPT | {HIDDEN: UNSETTLED},
         reviewed([access(), {"NotShown": {"Why": "iam.users was not collected", "Account": ACCOUNT}}])),
    case("a row that cannot be read", FAIL, {REVIEW: EXCEPTION, HIDDEN.replace(":2", ":1"): UNSETTLED},
         one(Decision="perhaps")),
)  # fmt: skip
