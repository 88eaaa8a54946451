"""Who was there, and who had access, over several bundles: things, events, and the tests over people."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors._access_events import ROOT, Recorded, sources_by_name
from evidence.controls.declaration import Conclusion, Verdict
from evidence.diff.model import EntryKind
from evidence.period.conclusions import TestsGatherer
from evidence.period.given import NOTHING_GIVEN, EventFile, GivenFiles
from evidence.period.happened import PopulationMember
from evidence.period.model import PeriodTestResult
from evidence.period.opened import Period
from evidence.period.over_time import OverTimeGatherer, PeriodOverTime
from evidence.settings.audit_sample import population_digest, rank
from evidence.settings.period import PeriodSettings, RemediationDays
from evidence.statements.files import PEOPLE, StatementFile, Statements
from evidence.statements.people import PeopleFile
from evidence.statements.records import EntryProblem, UsedFile
from tests.controls.statements import exception, stated
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, ORGANIZATION_TARGET, US, World, key
from tests.controls.world_records import LOOKED_UP, finding
from tests.diff.test_compare import details, without_mfa
from tests.period.opened_packs import FIRST, pack, world_with
from tests.support.bundles import gap

Change = Callable[[World], object]
PERIOD = Period(date(2026, 1, 2), date(2026, 3, 31))
USERS, MEMBERSHIPS = "identity-store.users", "identity-store.memberships"
EVENTS = "cloudtrail.access-events"
DIRECTORY = "sso-directory.amazonaws.com"


def on(day: float) -> datetime:
    return FIRST + timedelta(days=day)


def without(item: str, place: int) -> Change:
    return lambda world: world.records[item][ORGANIZATION_TARGET].pop(place)


NO_INGRID, NO_TOMAS = without(USERS, 0), without(USERS, 1)
NO_MEMBER = without(MEMBERSHIPS, 0)


def hidden(item: str) -> Change:
    def change(world: World) -> None:
        del world.records[item]
        world.options["gaps"] = [gap(item, target=ORGANIZATION_TARGET)]

    return change


def event(name: str, day: float, asked: Any, answered: Any = None, **more: Any) -> dict[str, Any]:
    """Return an event as a trail's log has it."""
    return {
        "eventID": f"{name}-{day}", "eventName": name, "eventSource": DIRECTORY,
        "eventTime": f"{on(day):%Y-%m-%dT%H:%M:%SZ}", "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT, "userIdentity": {"type": "AssumedRole", "arn": f"{IAM}:role/app"},
        "requestParameters": asked, "responseElements": answered, **more,
    }  # fmt: skip


def told(*events: dict[str, Any]) -> Change:
    """Seal events into a bundle, as CloudTrail's history tells them."""

    def change(world: World) -> None:
        records = [
            {
                "Region": one["awsRegion"],
                "Event": {
                    "EventId": one["eventID"], "EventName": one["eventName"], "EventTime": one["eventTime"],
                    "EventSource": one["eventSource"], "Username": "app", "CloudTrailEvent": json.dumps(one),
                },
            }
            for one in events
        ]  # fmt: skip
        world.records[EVENTS] = {ACCOUNT_TARGET: [*LOOKED_UP, *records]}

    return change


LEFT_GROUP = event("RemoveMemberFromGroup", 15, {"groupId": "g-1", "memberId": "id-ingrid"})
GONE = event("DeleteUser", 15, {"userId": "id-ingrid"})


def people(*lines: str) -> GivenFiles:
    """Return a list of people as it is given; each line is id, first day, last day, contractor."""
    content = "\n".join(["id,started,left,contractor", *lines]).encode()
    used = UsedFile(name="people.csv", sha256="0" * 64, entries=len(lines))
    said = StatementFile(used=used, content=content, said=PeopleFile.read(content))
    return GivenFiles(Statements.model_validate({PEOPLE.name: said}))


KNOWN = ("ingrid,2020-01-01,,no", "tomas,2020-01-01,,no", "svc-ledger,2020-01-01,,no")


def over(
    *bundles: Sequence[Change], given: GivenFiles = NOTHING_GIVEN, days: float = 10, before: bool = True
) -> PeriodOverTime:
    """Follow bundles, each a few changes, with so many days between them; the first lies before."""
    gatherer = OverTimeGatherer(PERIOD, given)
    for number, changes in enumerate(bundles, 1):
        opened = pack(number, world_with(changes), day=(number - 1) * days, before=before and number == 1)
        gatherer.add(opened)
    return gatherer.finish(PeriodSettings(), 24, "0" * 64)


def member(found: PeriodOverTime, kind: EntryKind, identity: str) -> PopulationMember:
    (population,) = [one for one in found.populations if one.kind is kind]
    return next(one for one in population.members if one.id == identity)


def result(found: PeriodOverTime, test: str) -> PeriodTestResult:
    return next(one for one in found.over_period if one.id == test)


def verdicts(found: PeriodOverTime, test: str) -> dict[str, Verdict]:
    return {row.subject: row.verdict for row in result(found, test).rows}


def test_a_person_who_goes_is_there_until_between_two_bundles() -> None:
    found = over((), (), (NO_INGRID,), ())
    first, second = member(found, EntryKind.PERSON, "id-ingrid").presences
    assert (first.first, first.last, first.absent_after, first.ended) == (1, 2, 3, None)
    assert (second.first, second.absent_before) == (4, 3)


def test_an_event_tells_the_moment() -> None:
    found = over((), (), (NO_INGRID, NO_MEMBER, told(GONE, LEFT_GROUP)))
    (presence,) = member(found, EntryKind.PERSON, "id-ingrid").presences
    assert (presence.ended, presence.absent_after) == (on(15), 3)
    assert found.events[presence.ended_by - 1].name == "DeleteUser"  # type: ignore[operator]
    (presence,) = member(found, EntryKind.MEMBERSHIP, "g-1 id-ingrid").presences
    assert presence.ended == on(15)


def test_a_bundle_that_does_not_show_people_is_a_doubt_and_no_end() -> None:
    found = over((), (hidden(USERS),), (), (NO_TOMAS,))
    (presence,) = member(found, EntryKind.PERSON, "id-tomas").presences
    assert (presence.first, presence.last, presence.absent_after) == (1, 3, 4)
    assert presence.doubts[0].startswith("bundle 2: identity-store.users was not collected")
    (population,) = [one for one in found.populations if one.kind is EntryKind.PERSON]
    assert population.whole is False
    assert population.lacking[0].startswith("Bundle 2 does not show all")


def test_who_came_and_went_between_two_bundles_is_told_by_events_alone() -> None:
    made = event("CreateUser", 12, {"userName": "eve"}, {"user": {"userId": "id-eve"}})
    gone = event("DeleteUser", 16, {"userId": "id-eve"})
    (presence,) = member(over((), (), (told(made, gone),)), EntryKind.PERSON, "id-eve").presences
    assert (presence.first, presence.began, presence.ended) == (None, on(12), on(16))
    assert (presence.absent_before, presence.absent_after) == (2, 3)


def test_a_failed_event_tells_nothing() -> None:
    found = over((), (), (NO_INGRID, told(GONE | {"errorCode": "AccessDenied"})))
    (presence,) = member(found, EntryKind.PERSON, "id-ingrid").presences
    assert presence.ended is None
    assert found.events[0].failed


def test_an_event_that_bundles_contradict_is_a_doubt() -> None:
    (presence,) = member(over((), (), (told(GONE),)), EntryKind.PERSON, "id-ingrid").presences
    assert presence.ended is None
    assert presence.doubts == ("an event ended it at 2026-01-16T06:00:00Z, and bundle 3 shows it",)


def test_an_event_counts_once_however_often_it_is_told() -> None:
    found = over((), (told(GONE),), (NO_INGRID, told(GONE)))
    assert len(found.events) == 1
    assert found.findings == ()
    other = over((), (told(GONE),), (NO_INGRID, told(GONE | {"sourceIPAddress": "192.0.2.1"})))
    assert other.findings[0].sentence.startswith("DeleteUser at 2026-01-16T06:00:00Z")


def test_changes_are_told_with_the_events_between() -> None:
    def disabled(world: World) -> None:
        world.records[USERS][ORGANIZATION_TARGET][0]["UserStatus"] = "DISABLED"

    off = event("DisableUser", 15, {"userId": "id-ingrid"})
    (change,) = member(over((), (), (disabled, told(off))), EntryKind.PERSON, "id-ingrid").changes
    assert (change.old, change.new, change.member) == (2, 3, "status")
    assert (change.before, change.after, change.events) == ("ENABLED", "DISABLED", (1,))


def test_what_nobody_asks_of_a_resolved_finding_is_no_change() -> None:
    def active(world: World) -> None:
        world.records["access-analyzer.findings"][US] = [finding("old", "ACTIVE", public=True)]

    (change,) = member(over((active,), (), ()), EntryKind.FINDING, "old").changes
    assert (change.member, change.before, change.after) == ("status", "ACTIVE", "RESOLVED")


def test_who_has_access_is_on_the_list() -> None:
    found = over((), (), given=people(*KNOWN))
    assert set(verdicts(found, "JML-1").values()) == {Verdict.MET}
    assert result(found, "JML-1").conclusion is Conclusion.NO_EXCEPTIONS
    assert "the list that was given, people.csv" in result(found, "JML-1").procedure
    found = over((), (), given=people(*KNOWN[1:]))
    assert verdicts(found, "JML-1")["id-ingrid"] is Verdict.EXCEPTION
    assert "id-tomas" not in verdicts(found, "JML-1"), "nothing is assigned to him"


def test_without_a_list_nothing_is_concluded() -> None:
    found = over((), ())
    for test in ("JML-1", "JML-2", "JML-3", "JML-4"):
        one = result(found, test)
        assert (one.conclusion, one.complete, one.rows) == (Conclusion.NOT_CONCLUDED, False, ())
    for test in ("REV-1", "REV-2", "REV-3"):
        assert result(found, test).conclusion is Conclusion.NOT_CONCLUDED


def test_what_management_accepts_stays_an_exception(tmp_path: Path) -> None:
    given = people(*KNOWN[1:])
    holds = {"approved_on": date(2026, 2, 1), "expires_on": date(2026, 12, 31)}
    accepted = stated(tmp_path, [exception("JML-1", "id-ingrid", **holds)])
    statements = given.statements.model_copy(update={"exceptions": accepted.exceptions})
    one = result(over((), (), given=GivenFiles(statements)), "JML-1")
    assert (one.conclusion, one.accepted, one.exceptions) == (Conclusion.EXCEPTIONS, 1, 0)
    (row,) = [row for row in one.rows if row.verdict is Verdict.ACCEPTED]
    assert row.approver.endswith("on 2026-02-01, until 2026-12-31")
    assert row.note == "Nobody had accepted it in the period before 2026-02-01."


def test_an_approval_accepts_no_access_that_came_later(tmp_path: Path) -> None:
    """The membership is not there on January 1, and there on January 11."""
    given = people(*KNOWN[1:])
    for approved, accepted in ((date(2025, 12, 1), 0), (date(2026, 1, 1), 1)):
        holds = {"approved_on": approved, "expires_on": date(2026, 12, 31)}
        said = stated(tmp_path, [exception("JML-1", "id-ingrid", **holds)])
        statements = given.statements.model_copy(update={"exceptions": said.exceptions})
        found = over((NO_MEMBER,), (), given=GivenFiles(statements))
        assert result(found, "JML-1").accepted == accepted
        assert [one.problem for one in found.findings] == [EntryProblem.PREDATES] * (1 - accepted)


LEFT = {
    "gone in time, by an event": (("ingrid,2020-01-01,2026-01-15,no"), (told(LEFT_GROUP),), Verdict.MET),
    "gone late, by an event": (("ingrid,2020-01-01,2026-01-13,no"), (told(LEFT_GROUP),), Verdict.EXCEPTION),
    "gone by a bundle within the time": (("ingrid,2020-01-01,2026-01-20,no"), (), Verdict.MET),
    "shown after the time": (("ingrid,2020-01-01,2026-01-08,no"), (), Verdict.EXCEPTION),
    "between two bundles": (("ingrid,2020-01-01,2026-01-15,no"), (), Verdict.NOT_DETERMINED),
}


@pytest.mark.parametrize("name", LEFT)
def test_leavers(name: str) -> None:
    """The membership is there on January 11, and gone on January 21."""
    line, changes, verdict = LEFT[name]
    found = over((), (), (NO_MEMBER, *changes), given=people(line))
    assert verdicts(found, "JML-2")["id-ingrid"] is verdict


def test_a_leaver_who_is_still_there() -> None:
    found = over((), (), given=people("ingrid,2020-01-01,2026-01-05,no"))
    (row,) = [one for one in result(found, "JML-2").rows if one.subject == "id-ingrid"]
    assert row.verdict is Verdict.EXCEPTION
    assert "there in bundle 2" in row.observed
    assert row.pointers[0].bundle == 2


def test_a_leaver_whose_time_is_not_over_is_out_of_scope() -> None:
    found = over((), (), given=people("ingrid,2020-01-01,2026-03-30,no"))
    assert verdicts(found, "JML-2")["id-ingrid"] is Verdict.OUT_OF_SCOPE


def test_access_that_came_back_after_the_last_day() -> None:
    found = over((), (NO_MEMBER,), (), given=people("ingrid,2020-01-01,2026-01-15,no"))
    assert [row.verdict for row in result(found, "JML-2").rows] == [Verdict.MET, Verdict.EXCEPTION]


def test_joiners() -> None:
    """The membership is not there on January 11, and there on January 21."""
    for first, verdict in (("08", "met"), ("15", "not determined"), ("25", "exception")):
        found = over((NO_MEMBER,), (NO_MEMBER,), (), given=people(f"ingrid,2026-01-{first},,no"))
        assert verdicts(found, "JML-3")["id-ingrid"] == verdict
    assert "id-ingrid" not in verdicts(over((), (), given=people(*KNOWN)), "JML-3")


def test_contractors() -> None:
    for left, verdict in (("", "exception"), ("2026-01-05", "exception"), ("2027-01-01", "met")):
        found = over((), (), given=people(f"ingrid,2020-01-01,{left},yes"))
        assert verdicts(found, "JML-4") == {"id-ingrid": verdict}


def test_an_account_that_no_bundle_shows_makes_it_incomplete() -> None:
    found = over((hidden(MEMBERSHIPS),), (hidden(MEMBERSHIPS),), given=people(*KNOWN))
    one = result(found, "JML-1")
    assert (one.conclusion, one.complete) == (Conclusion.NOT_CONCLUDED, False)
    assert "No bundle shows all of the kind membership" in one.missing[0]


def test_files_of_events_are_read_hashed_and_joined(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    other = event("PutObject", 15, {}, eventSource="s3.amazonaws.com")
    log.write_text(json.dumps({"Records": [LEFT_GROUP, other, {"eventName": 7}]}))
    used = UsedFile(name="log.json", sha256="0" * 64, entries=0)
    given = GivenFiles(people("ingrid,2020-01-01,2026-01-13,no").statements,
                       (EventFile(log, used, "events/1.json"),))  # fmt: skip
    found = over((), (), (NO_MEMBER,), given=given)
    assert [one.origin for one in found.events] == ["log.json, event 1"]
    assert (found.files[0].entries, found.sources[-1].lacking) == (3, ("1 of its events cannot be read.",))
    assert verdicts(found, "JML-2")["id-ingrid"] is Verdict.EXCEPTION


def test_days_that_no_source_of_events_covers_are_said() -> None:
    found = over((), (), ())
    assert (found.events_missing[0].first, found.events_missing[-1].last) == (PERIOD.first, PERIOD.last)
    assert all("Nobody can know from this evidence" in one.sentence for one in found.unknown[:1])


def everything_asked(world: World) -> None:
    """Have CloudTrail be asked for every name, in both regions, and answer."""
    home, everywhere = (sources_by_name(frozenset(where)) for where in (
        set(Recorded) - {Recorded.EVERYWHERE}, {Recorded.EVERYWHERE}))  # fmt: skip
    asked = [("eu-west-1", name) for name in (*home, ROOT)]
    asked += [(region, name) for region in ("eu-west-1", "us-east-1") for name in everywhere]
    answered = {"From": None, "Answered": True, "Kept": 0}
    world.records[EVENTS] = {
        ACCOUNT_TARGET: [
            {"Region": region, "Asked": {"EventName": name, **answered}} for region, name in asked
        ]
    }


def all_in_scope(world: World) -> None:
    world.options["accounts"] = (ACCOUNT, "333333333333")


def test_an_account_that_no_run_covers_takes_no_day_of_events_away() -> None:
    """Nothing is about it, and that is said once; an account that some run covers does."""
    found = over(*([(everything_asked,)] * 4), days=30)
    assert all("left out of the run" in one.lacking[0] for one in found.sources)
    assert found.events_missing == ()
    (root,) = [one for one in found.samples if one.of == "uses of root"]
    assert not root.whole and root.lacking[-1].startswith("Every run left 1 account out")
    found = over(*([(everything_asked,)] * 3), (everything_asked, all_in_scope), days=30)
    assert "1 account left out of the run" in found.events_missing[0].why


def test_samples_can_be_drawn_again() -> None:
    found = over((), (), (NO_MEMBER, told(LEFT_GROUP)), given=people(*KNOWN, "new,2026-02-01,2026-03-01,no"))
    by_name = {one.of: one for one in found.samples}
    assert [one.of for one in found.samples] == [
        "joiners", "leavers", "changes of access", "uses of root", "new keys",
    ]  # fmt: skip
    (joiner,) = by_name["joiners"].members
    assert joiner.rank == rank("0" * 64, joiner.member)
    assert by_name["joiners"].population_digest == population_digest([joiner.member])
    (change,) = by_name["changes of access"].members
    assert (change.when, change.pointers[0].bundle) == ("2026-01-16 06:00:00 UTC", 2)


def test_a_use_of_root_is_found_whatever_it_is_called() -> None:
    root = event("ConsoleLogin", 15, None, {"ConsoleLogin": "Success"}, eventSource="signin.amazonaws.com",
                 userIdentity={"type": "Root", "arn": f"{IAM}:root"})  # fmt: skip
    found = over((), (), (told(root),))
    (use,) = next(one for one in found.samples if one.of == "uses of root").members
    assert (use.name, use.when) == (ACCOUNT, "2026-01-16 06:00:00 UTC")
    assert found.events[0].about == (f"root of {ACCOUNT}",)


def test_the_order_of_bundles_and_names_is_all_that_counts() -> None:
    """Same input, same bytes."""
    one, other = (over((), (), (NO_MEMBER, told(LEFT_GROUP)), given=people(*KNOWN)) for _ in range(2))
    assert replace(one, ends=other.ends) == other


def old_key(world: World) -> None:
    world.report[2] |= key(1, 400, 300)


@pytest.mark.parametrize("told_by", ["an event", "bundles alone"])
def test_an_exception_ends_when_its_key_does(told_by: str) -> None:
    asked = {"userName": "dormant", "accessKeyId": "AKIA1"}
    gone = event("DeleteAccessKey", 15, asked, eventSource="iam.amazonaws.com")
    tests, over_time = TestsGatherer(RemediationDays()), OverTimeGatherer(PERIOD, NOTHING_GIVEN)
    last = [told(gone)] if told_by == "an event" else []
    for number, changes in enumerate(([old_key], [old_key], last), 1):
        opened = pack(number, world_with(changes), day=(number - 1) * 10, tests=("KEY-1",))
        tests.add(opened)
        over_time.add(opened)
    found = over_time.finish(PeriodSettings(), 24, "0" * 64)
    (one,) = tests.finish(found.ends)[0].exceptions
    assert (one.last, one.absent_after) == (2, 3)
    if told_by == "an event":
        assert (one.ended, one.ended_by) == (on(15), 1)
        assert one.least_days == one.most_days
    else:
        assert (one.ended, one.ended_by) == (None, None)


def test_an_exception_of_a_user_is_over_with_the_user_at_the_latest() -> None:
    """MFA may have been enrolled before the user was deleted: no event tells of that."""

    def deleted(world: World) -> None:
        del world.report[2], details(world)[1]
        summary = world.records["iam.account-summary"][ACCOUNT_TARGET][0]
        summary |= {"Users": summary["Users"] - 1, "MFADevicesInUse": summary["MFADevicesInUse"] - 1}

    gone = event("DeleteUser", 15, {"userName": "dormant"}, eventSource="iam.amazonaws.com")
    tests, over_time = TestsGatherer(RemediationDays()), OverTimeGatherer(PERIOD, NOTHING_GIVEN)
    for number, changes in enumerate(([], [without_mfa], [deleted, told(gone)]), 1):
        opened = pack(number, world_with(changes), day=(number - 1) * 10)
        tests.add(opened)
        over_time.add(opened)
    found = over_time.finish(PeriodSettings(), 24, "0" * 64)
    (one,) = tests.finish(found.ends)[0].exceptions
    assert (one.last, one.absent_after, one.ended) == (2, 3, None), one.doubts
    assert (one.least_days, one.most_days) == (0, 15)
