"""Access reviews over the period: one a quarter, complete, and what they revoked gone in time."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from evidence.controls.declaration import Conclusion, Verdict
from evidence.period.given import NOTHING_GIVEN
from evidence.period.opened import Period
from evidence.period.over_time import OverTimeGatherer, PeriodOverTime
from evidence.period.review_tests import Quarter, quarters_of
from evidence.period.reviews import ReviewOverTime
from evidence.readers.access_review import CHANGE, REVOKE, ReviewedAccess
from evidence.readers.pointer import Pointer
from evidence.settings.period import PeriodSettings
from tests.controls.world import ACCOUNT, IAM, ORGANIZATION_TARGET, World
from tests.controls.world_records import ADMIN_SET
from tests.period.opened_packs import pack, world_with
from tests.period.test_access_over_time import (
    LEFT_GROUP,
    NO_INGRID,
    NO_MEMBER,
    PERIOD,
    Change,
    hidden,
    on,
    result,
    told,
)

MEMBERSHIPS = "identity-store.memberships"


def decided(day: float, decision: str = REVOKE, **more: Any) -> ReviewedAccess:
    """Return a decision about ingrid's access through her group, of so many days after the year began."""
    values: dict[str, Any] = {
        "row": "0" * 32, "kind": "Identity Center", "name": "ingrid", "id": "id-ingrid", "names": ("ingrid",),
        "group": "leads", "group_id": "g-1", "access": "Admin_Set", "access_id": ADMIN_SET,
        "account": ACCOUNT, "account_name": "", "administrator": True, "last_used": None,
        "never_used": True, "mfa": None, "reviewed_before": "", "decision": decision, "reviewer": "tomas",
        "same_person": "", "decided_on": on(day).date(), "comment": "", "workbook": "a.xlsx", "refused": "",
        "pointer": Pointer("a.jsonl", 1),
    }  # fmt: skip
    return ReviewedAccess(**(values | more))


def review(closed: datetime, *decisions: ReviewedAccess, days: int = 5, **more: Any) -> ReviewOverTime:
    values: dict[str, Any] = {
        "number": 9, "name": "review", "reviewed": "bundle", "reviewed_digest": "0" * 64,
        "collected": closed - timedelta(days=days + 1),
        "opened": closed - timedelta(days=days), "closed": closed, "rows": 3, "decided": 3, "kept": 2,
        "revoked": 1, "changed": 0, "reviewers": ("tomas",), "exceptions": (), "not_determined": (),
        "pointers": (), "decisions": decisions,
    }  # fmt: skip
    return ReviewOverTime(**(values | more))


def over(
    *bundles: Sequence[Change],
    reviews: Sequence[ReviewOverTime],
    period: Period = PERIOD,
    archived: Set[str] | None = None,
    accounts: Sequence[int] = (),
) -> PeriodOverTime:
    gatherer = OverTimeGatherer(period, NOTHING_GIVEN)
    for number, changes in enumerate(bundles, 1):
        opened = pack(number, world_with(changes), day=(number - 1) * 10, before=number == 1)
        more = {"accounts": accounts[number - 1], "digest": f"{number}" * 64} if accounts else {}
        gatherer.add(replace(opened, about=opened.about.model_copy(update=more)))
    gatherer.reviews.reviews += reviews
    return gatherer.finish(PeriodSettings(), 24, "0" * 64, archived=archived)


def of(found: PeriodOverTime, test: str) -> list[Verdict]:
    return [row.verdict for row in result(found, test).rows]


def test_quarters() -> None:
    assert Quarter.of(date(2026, 12, 31)) == Quarter(2026, 4)
    assert (Quarter(2026, 4).next, Quarter(2026, 4).last) == (Quarter(2027, 1), date(2026, 12, 31))
    assert list(quarters_of(Period(date(2026, 3, 31), date(2026, 7, 1)))) == [
        Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3),
    ]  # fmt: skip


def test_a_review_is_held_in_each_quarter_that_lies_in_the_period_as_a_whole() -> None:
    year = Period(date(2025, 11, 1), date(2026, 6, 30))
    one = result(over((), (), reviews=[review(on(40))], period=year), "REV-1")
    assert [(row.subject, row.verdict) for row in one.rows] == [
        ("2025 Q4", Verdict.OUT_OF_SCOPE), ("2026 Q1", Verdict.MET), ("2026 Q2", Verdict.EXCEPTION),
    ]  # fmt: skip
    assert one.conclusion is Conclusion.EXCEPTIONS


def test_a_review_is_complete_and_in_time() -> None:
    good, late = review(on(40)), review(on(40), days=31)
    wrong = review(on(40), exceptions=("row 1: nobody decided",))
    unread = review(on(40), not_determined=("row 2: it cannot be read",))
    before = review(on(-5))
    found = over((), reviews=[good, late, wrong, unread, before])
    expected = [Verdict.MET, Verdict.EXCEPTION, Verdict.EXCEPTION, Verdict.NOT_DETERMINED]
    assert of(found, "REV-2") == expected
    assert [one.complete for one in found.reviews] == [True, True, False, False, True]


def test_a_review_of_the_wrong_evidence() -> None:
    """Old evidence, a bundle that nobody archived, one that a run narrowed: REV-2 tells each."""
    old = review(on(40), collected=on(1))
    (row,) = result(over((), reviews=[old]), "REV-2").rows
    assert row.verdict is Verdict.EXCEPTION
    assert row.observed.endswith("34 days old when it was opened, more than the 30 of its window")
    (row,) = result(over((), reviews=[review(on(40))], archived={"1" * 64}), "REV-2").rows
    assert row.observed.endswith("what was reviewed, bundle, is no bundle of the archive")
    narrow = review(on(40), reviewed_digest="2" * 64)
    (row,) = result(over((), (), (), reviews=[narrow], accounts=(3, 2, 3)), "REV-2").rows
    assert row.observed.endswith("what was reviewed, bundle 2, covers 2 accounts, another one until then 3")
    whole = over((), (), (), reviews=[narrow], archived={"2" * 64}, accounts=(2, 3, 3))
    assert of(whole, "REV-2") == [Verdict.MET]


def test_a_decision_of_the_year_2099_is_due_when_the_review_was_closed() -> None:
    found = over((), (), (), reviews=[review(on(5), decided(5, decided_on=date(2099, 1, 1)))])
    assert of(found, "REV-3") == [Verdict.EXCEPTION]


def test_a_review_in_which_nobody_decided_anything_was_not_held() -> None:
    whole = Period(date(2026, 1, 1), date(2026, 3, 31))
    (row,) = result(over((), reviews=[review(on(40), decided=0)], period=whole), "REV-1").rows
    assert row.verdict is Verdict.EXCEPTION


def disabled(world: World) -> None:
    world.records["identity-store.users"][ORGANIZATION_TARGET][0]["UserStatus"] = "DISABLED"


GONE, SHOWN, OFF = (NO_MEMBER,), (), (disabled,)
FOLLOWED = {
    "gone in the next bundle, in time": ((SHOWN, SHOWN, GONE), 15, Verdict.MET),
    "gone by an event, in time": ((SHOWN, SHOWN, (NO_MEMBER, told(LEFT_GROUP))), 11, Verdict.MET),
    "shown after the time": ((SHOWN, SHOWN, SHOWN), 11, Verdict.EXCEPTION),
    "gone between two bundles": ((SHOWN, SHOWN, GONE), 11, Verdict.NOT_DETERMINED),
    "came back": ((SHOWN, SHOWN, GONE, SHOWN), 15, Verdict.EXCEPTION),
    "gone before the decision": ((SHOWN, GONE, GONE), 15, Verdict.MET),
    "gone before, and came back": ((SHOWN, GONE, GONE, SHOWN), 15, Verdict.EXCEPTION),
    "the person is gone": ((SHOWN, SHOWN, (NO_INGRID,)), 15, Verdict.MET),
    "the person is disabled, and keeps it": ((SHOWN, SHOWN, OFF, OFF), 15, Verdict.EXCEPTION),
    "disabled before the decision": ((SHOWN, OFF, OFF, OFF), 15, Verdict.EXCEPTION),
    "nobody looked": ((SHOWN, SHOWN, (hidden(MEMBERSHIPS),)), 15, Verdict.NOT_DETERMINED),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_was_revoked(name: str) -> None:
    bundles, day, verdict = FOLLOWED[name]
    found = over(*bundles, reviews=[review(on(day), decided(day))])
    assert of(found, "REV-3") == [verdict]


def test_what_became_of_a_decision_is_told_with_the_review() -> None:
    bundles = (SHOWN, SHOWN, (NO_MEMBER, told(LEFT_GROUP)))
    (decision,) = over(*bundles, reviews=[review(on(11), decided(9))]).reviews[0].decisions
    assert (decision.still_in, decision.gone_by, decision.gone) == (2, 3, on(15))
    (decision,) = over((), (), reviews=[review(on(11), decided(9))]).reviews[0].decisions
    assert (decision.still_in, decision.gone_by, decision.gone) == (2, None, None)


def test_a_change_is_out_of_scope_and_a_time_that_is_not_over_too() -> None:
    found = over((), (), reviews=[review(on(11), decided(9, CHANGE)), review(on(88), decided(88))])
    assert of(found, "REV-3") == [Verdict.OUT_OF_SCOPE, Verdict.OUT_OF_SCOPE]
    assert result(found, "REV-3").conclusion is Conclusion.NOT_APPLICABLE


def test_access_that_nothing_tells_of_is_not_determined() -> None:
    found = over((), (), reviews=[review(on(11), decided(9, group_id="g-2"))])
    assert of(found, "REV-3") == [Verdict.NOT_DETERMINED]


def of_group(world: World) -> None:
    world.records["iam.authorization-details"] = {
        target: [
            {"UserDetail": one["UserDetail"] | {"GroupList": ["staff"]}} if "UserDetail" in one else one
            for one in records
        ]
        for target, records in world.records["iam.authorization-details"].items()
    }


def test_an_iam_user_who_was_to_leave_a_group() -> None:
    of_user = decided(9, kind="IAM user", id=f"{IAM}:user/dormant", group="staff", group_id="", access_id="")
    bundles = ((of_group,), (of_group,), ())
    (decision,) = over(*bundles, reviews=[review(on(11), of_user)]).reviews[0].decisions
    assert (decision.still_in, decision.gone_by) == (2, 3)
    assert of(over(*bundles, reviews=[review(on(14), decided(14, **vars_of(of_user)))]), "REV-3") == ["met"]


def vars_of(one: ReviewedAccess) -> dict[str, Any]:
    names = ("kind", "id", "group", "group_id", "access_id")
    return {name: getattr(one, name) for name in names}
