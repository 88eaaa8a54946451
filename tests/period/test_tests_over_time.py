"""Each test over time: how exceptions are joined, when they have ended, and what is said of remediation."""

from datetime import date
from pathlib import Path

import pytest

from evidence.controls.declaration import Conclusion, Severity
from evidence.period.conclusions import TestsGatherer
from evidence.period.model import ExceptionOverTime, Remediation
from evidence.settings.model import SealedSettings
from evidence.settings.period import RemediationDays
from evidence.statements.files import NOTHING_STATED
from tests.controls.statements import exception, stated
from tests.controls.test_identity_access import ASSIGNMENTS, add, given
from tests.controls.world import ACCOUNT, World, key, stamp
from tests.diff.test_compare import given_again, renamed, without_mfa
from tests.period.opened_packs import pack, world_with
from tests.support.bundles import gap

DORMANT = f"arn:aws:iam::{ACCOUNT}:user/dormant"
AGREED = RemediationDays(critical=7, high=30, medium=30, low=30)


def over(*bundles, tests=("MFA-1",), agreed: RemediationDays = AGREED, days: int = 10, before: bool = False):
    """Follow bundles, each a tuple of changes, with so many days between them."""
    gatherer = TestsGatherer(agreed)
    for number, one in enumerate(bundles, 1):
        changes, statements = one if isinstance(one, list) else (one, NOTHING_STATED)
        gatherer.add(
            pack(
                number, world_with(changes), day=(number - 1) * days, tests=tests, statements=statements,
                before=before and number == 1,
            )
        )  # fmt: skip
    return gatherer.finish()


def exceptions(*bundles, **options) -> tuple[ExceptionOverTime, ...]:
    return over(*bundles, **options)[0].exceptions


def where(one: ExceptionOverTime) -> tuple[int | None, ...]:
    return one.absent_before, one.first, one.last, one.absent_after


GOOD, BAD = (), (without_mfa,)


def no_report(world: World) -> None:
    del world.records["iam.credential-report"]
    world.options["gaps"] = [gap("iam.credential-report")]


NOT_SEEN = (no_report,)


def test_ended_and_come_again() -> None:
    first, second = exceptions(GOOD, BAD, BAD, GOOD, BAD)
    assert (where(first), where(second)) == ((1, 2, 3, 4), (4, 5, 5, None))
    assert (first.least_days, first.most_days) == (10, 30)
    assert (second.least_days, second.most_days) == (0, None)
    assert (first.remediation, second.remediation) == (Remediation.IN_TIME, Remediation.OPEN)


def test_what_a_bundle_does_not_show_ends_nothing() -> None:
    (found,) = exceptions(GOOD, BAD, NOT_SEEN, BAD, NOT_SEEN, GOOD)
    assert where(found) == (1, 2, 4, 6)
    assert [one.partition(" of ")[0] for one in found.doubts] == [
        "bundle 3: iam.credential-report",
        "bundle 5: iam.credential-report",
    ]
    assert (found.least_days, found.most_days) == (0, 50), "it may have gone and come again"
    assert found.remediation is Remediation.NOT_DETERMINED


def test_nobody_knows_when_it_began_or_ended() -> None:
    (found,) = exceptions(NOT_SEEN, BAD, NOT_SEEN)
    assert where(found) == (None, 2, 2, None)
    assert (found.most_days, found.remediation) == (None, Remediation.NOT_DETERMINED)


@pytest.mark.parametrize(
    ("bundles", "expected"),
    [
        ([GOOD, BAD, GOOD], Remediation.IN_TIME),
        ([GOOD, BAD, BAD, BAD, BAD, BAD, GOOD], Remediation.LATE),
        ([GOOD, BAD, BAD, BAD, GOOD], Remediation.NOT_DETERMINED),
        ([GOOD, BAD, BAD, BAD, BAD, BAD], Remediation.OVERDUE),
        ([GOOD, BAD, BAD], Remediation.OPEN),
        ([BAD, BAD], Remediation.NOT_DETERMINED),
        ([BAD, BAD, BAD, BAD, BAD], Remediation.OVERDUE),
    ],
    ids=["in time", "late", "between", "overdue", "open", "since before", "overdue since before"],
)  # fmt: skip
def test_remediation(bundles, expected: Remediation) -> None:
    found = exceptions(*bundles)[-1]
    assert (found.agreed_days, found.severity) == (30, Severity.MEDIUM)
    assert found.remediation is expected


@pytest.fixture
def accepted(tmp_path: Path):
    """What makes bundles whose exception is accepted until a day of February."""

    def until(day: int = 28):
        entry = exception("MFA-1", DORMANT, approved_on=date(2026, 1, 1), expires_on=date(2026, 2, day))
        return [BAD, stated(tmp_path, [entry])]

    return until


def test_accepted_all_the_time(accepted) -> None:
    (found,) = exceptions(GOOD, *([accepted()] * 5))
    (by,) = found.accepted
    assert (by.first, by.last, by.approver, by.lapsed) == (2, 6, "Ines Falk, CISO", False)
    assert (by.approved_on, by.expires_on) == (date(2026, 1, 1), date(2026, 2, 28))
    assert found.remediation is Remediation.ACCEPTED


def test_an_acceptance_that_lapsed(accepted) -> None:
    """Accepted until 2 February, the 33rd day: from then on it is counted, and no earlier."""
    run = [GOOD, accepted(2), accepted(2), accepted(2), accepted(2)]
    (found,) = exceptions(*run)
    assert (found.accepted[0].last, found.accepted[0].lapsed) == (4, True)
    assert found.remediation is Remediation.OPEN
    (found,) = exceptions(*run, BAD, BAD, BAD, BAD)
    assert found.remediation is Remediation.OVERDUE


def test_accepted_in_time_after_it_was_found(accepted) -> None:
    assert exceptions(GOOD, BAD, accepted(), accepted())[0].remediation is Remediation.IN_TIME


def very_old_key(world: World) -> None:
    world.report[1] |= key(1, 400, 1)


@pytest.mark.parametrize(("days", "expected"), [(30, Remediation.LATE), (60, Remediation.IN_TIME)])
def test_accepted_when_it_had_stood_for_long(tmp_path: Path, days: int, expected: Remediation) -> None:
    """Every bundle has it accepted; the evidence says that it began 37 days before the approval."""
    entry = exception(
        "KEY-1", f"arn:aws:iam::{ACCOUNT}:user/svc-ledger", approved_on=date(2026, 1, 1),
        expires_on=date(2026, 2, 28),
    )  # fmt: skip
    agreed = RemediationDays(critical=days, high=days, medium=days, low=days)
    run = [(very_old_key,), stated(tmp_path, [entry])]
    (found,) = exceptions(run, run, tests=("KEY-1",), agreed=agreed)
    assert found.remediation is expected


def test_joined_by_unique_id() -> None:
    (found,) = exceptions(BAD, (without_mfa, renamed), BAD)
    assert (where(found), found.subject) == ((None, 1, 3, None), DORMANT)
    first, second = exceptions(BAD, (without_mfa, given_again))
    assert {where(first), where(second)} == {(None, 1, 1, 2), (1, 2, 2, None)}, "another user of that name"


def no_details(world: World) -> None:
    del world.records["iam.authorization-details"]
    world.options["gaps"] = [gap("iam.authorization-details")]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_id_that_one_bundle_does_not_tell(at: int) -> None:
    bundles = [BAD, BAD, BAD]
    bundles[at] = (without_mfa, no_details)
    found = exceptions(*bundles)
    assert [(one.first, one.last) for one in found] == [(1, 3)]


def older_keys(world: World) -> None:
    world.report[1] |= key(1, 200, 1) | key(2, 300, 1)


def one_older_key(world: World) -> None:
    world.report[1] |= key(1, 10, 1) | key(2, 300, 1)


def test_keys_of_one_user_are_apart() -> None:
    """The first is rotated: the second is not taken for it."""
    found = exceptions((older_keys,), (one_older_key,), tests=("KEY-1",))
    assert {("key 1" in one.observed, one.absent_after) for one in found} == {(True, 2), (False, None)}


def test_since_when_the_evidence_says_so() -> None:
    found = next(
        one for one in exceptions((older_keys,), (older_keys,), tests=("KEY-1",)) if "key 1" in one.observed
    )
    assert found.since is not None and found.since.isoformat()[:10] > stamp(200)[:10]
    assert found.most_days is None


def test_what_the_organization_tells_of_an_account_needs_no_account() -> None:
    """Assignments in an account that no run asked anything: one that is gone is gone."""
    elsewhere = (add(ASSIGNMENTS, given("USER", "id-tomas", account="999999999999")),)
    (found,) = exceptions(GOOD, elsewhere, GOOD, tests=("IDC-3",))
    assert where(found) == (1, 2, 2, 3)


def laxer(world: World) -> None:
    older_keys(world)
    limits = {"thresholds": {"key_max_age_days": 3000}}
    world.options["settings"] = SealedSettings.model_validate(limits)


def test_a_laxer_limit_ends_nothing() -> None:
    for found in exceptions((older_keys,), (laxer,), tests=("KEY-1",)):
        assert (found.absent_after, found.doubts) == (None, ("bundle 2: a limit of the test was another",))


def test_the_line_leaves_out_what_lies_before() -> None:
    (found,) = over(BAD, BAD, NOT_SEEN, before=True)
    assert [(one.bundle, one.conclusion, one.complete) for one in found.line] == [
        (2, Conclusion.EXCEPTIONS, True),
        (3, Conclusion.NOT_CONCLUDED, False),
    ]
    assert found.exceptions[0].first == 1


def test_sealed_conclusions_that_differ_stand_beside() -> None:
    gatherer = TestsGatherer(AGREED)
    other = pack(1, world_with(GOOD), day=0).results
    gatherer.add(pack(1, world_with(BAD), day=0, sealed=other))
    (point,) = gatherer.finish()[0].line
    assert (point.conclusion, point.sealed) == (Conclusion.EXCEPTIONS, Conclusion.NOT_APPLICABLE)
    assert (point.exceptions, point.sealed_exceptions) == (1, 0)
