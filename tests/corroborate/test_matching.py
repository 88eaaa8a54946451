"""What one call and one event mean for each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.bundle.format.corroboration import CallVerdict, TrailVerdict
from evidence.bundle.format.models import Caller
from evidence.corroborate.claims import Claim, MatchingTerms
from evidence.corroborate.claims import _session_of as terms_roles
from evidence.corroborate.events import Event
from evidence.corroborate.matching import Absence, EventMatcher
from tests.support.bundles import ACCOUNT, NOW

MEMBER = "222222222222"
CALLER = Caller(account=ACCOUNT, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s", user_id="AROAX:s")
TERMS = MatchingTerms(
    callers={ACCOUNT: (CALLER,)},
    roles={MEMBER: f"arn:aws:sts::{MEMBER}:assumed-role/Reader/"},
    sources={"iam": "iam.amazonaws.com"},
    tolerance=timedelta(seconds=5),
    skew=timedelta(),
    started=NOW,
    finished=NOW + timedelta(minutes=1),
)
CLAIM = Claim(
    seq=1, service="iam", operation="GetRole", account=ACCOUNT, region="us-east-1", request_id="r-1",
    status=200, error_code="", started=NOW, finished=NOW + timedelta(seconds=1), aws_date=NOW,
)  # fmt: skip
EVENT = Event(
    event_id="e-1", request_id="r-1", time=NOW, source="iam.amazonaws.com", name="GetRole",
    region="us-east-1", account=ACCOUNT, caller_arn=CALLER.arn, principal_id="AROAX:s", error_code="",
    user_agent="x aws-evidence/1 y",
)  # fmt: skip


def verdict(
    claim: Claim, *events: Event, terms: MatchingTerms = TERMS, absence: Absence | None = None
) -> CallVerdict:
    matcher = EventMatcher([claim], terms)
    for event in events:
        matcher.feed(event)
    (only,) = matcher.verdicts(lambda _claim: absence)
    return only


def members(found: CallVerdict) -> set[str]:
    return {one.member for one in found.differences}


def test_found() -> None:
    found = verdict(CLAIM, EVENT, EVENT)
    assert (found.verdict, found.events) == (TrailVerdict.AGREES, ("e-1",))


@pytest.mark.parametrize(
    "event,member",
    [
        ({"account": "210987654321"}, "account"),
        ({"caller_arn": f"arn:aws:iam::{ACCOUNT}:user/mallory"}, "caller"),
        ({"caller_arn": ""}, "caller"),
        ({"principal_id": "AROAY:s"}, "caller"),
        ({"source": "sts.amazonaws.com"}, "source"),
        ({"name": "GetUser"}, "event name"),
        ({"region": "eu-west-1"}, "region"),
        ({"error_code": "AccessDenied"}, "error code"),
        ({"time": NOW + timedelta(seconds=8)}, "time"),
        ({"time": NOW - timedelta(seconds=8)}, "time"),
    ],
)
def test_each_member_counts(event: dict, member: str) -> None:
    found = verdict(CLAIM, replace(EVENT, **event))
    assert (found.verdict, members(found)) == (TrailVerdict.DIFFERS, {member})


def test_another_callers_event_is_not_excused_by_a_good_one() -> None:
    foreign = replace(EVENT, event_id="e-2", caller_arn=f"arn:aws:iam::{ACCOUNT}:user/mallory")
    assert verdict(CLAIM, EVENT, foreign).verdict is TrailVerdict.DIFFERS
    same_id = replace(foreign, event_id="e-1")
    assert verdict(CLAIM, EVENT, same_id).verdict is TrailVerdict.DIFFERS


@pytest.mark.parametrize(
    "ledger,recorded",
    [
        ("NoSuchEntity", "NoSuchEntityException"),
        ("AccessDeniedException", "AccessDenied"),
        ("UnauthorizedOperation", "Client.UnauthorizedOperation"),
        ("ThrottlingException", "Throttling"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)
def test_one_outcome_in_two_spellings(ledger: str, recorded: str) -> None:
    claim = replace(CLAIM, status=400, error_code=ledger)
    assert verdict(claim, replace(EVENT, error_code=recorded)).verdict is TrailVerdict.AGREES
    assert verdict(claim, EVENT).verdict is TrailVerdict.DIFFERS


def test_an_answer_that_broke_on_the_way_is_no_error_of_awss() -> None:
    claim = replace(CLAIM, error_code="AnswerError")
    assert verdict(claim, EVENT).verdict is TrailVerdict.AGREES


def test_a_long_call_may_be_stamped_at_either_end() -> None:
    slow = replace(CLAIM, finished=NOW + timedelta(seconds=40), aws_date=NOW + timedelta(seconds=40))
    assert verdict(slow, EVENT).verdict is TrailVerdict.AGREES
    assert verdict(slow, replace(EVENT, time=slow.finished)).verdict is TrailVerdict.AGREES


def test_a_wrong_local_clock_counts_by_as_much_as_the_bundle_admits() -> None:
    hour = timedelta(hours=1)
    claim = replace(CLAIM, started=NOW + hour, finished=NOW + hour)
    assert members(verdict(claim, EVENT)) == {"time"}
    assert verdict(claim, EVENT, terms=replace(TERMS, skew=hour)).verdict is TrailVerdict.AGREES


def test_no_request_id() -> None:
    """Nothing came: nothing to look for. An answer that came had an id: leaving it out is no way out."""
    unanswered = replace(CLAIM, request_id="", status=0, error_code="ConnectTimeoutError", aws_date=None)
    assert verdict(unanswered, EVENT).verdict is TrailVerdict.NOT_EXPECTED
    assert verdict(replace(CLAIM, request_id=""), EVENT).verdict is TrailVerdict.MISSING


def test_absences() -> None:
    assert verdict(CLAIM).verdict is TrailVerdict.MISSING
    assert verdict(CLAIM, absence=Absence("not read")).verdict is TrailVerdict.UNAVAILABLE
    refused = replace(CLAIM, status=403, error_code="ExpiredToken")
    assert (verdict(refused).verdict, verdict(refused).reference[:8]) == (
        TrailVerdict.NOT_EXPECTED,
        "https://",
    )
    assert verdict(refused, replace(EVENT, error_code="ExpiredToken")).verdict is TrailVerdict.AGREES


def test_an_account_entered_through_a_role() -> None:
    claim = replace(CLAIM, account=MEMBER)
    inside = replace(
        EVENT, account=MEMBER, caller_arn=f"arn:aws:sts::{MEMBER}:assumed-role/Reader/evidence-1"
    )
    assert verdict(claim, inside).verdict is TrailVerdict.AGREES
    other = replace(inside, caller_arn=f"arn:aws:sts::{MEMBER}:assumed-role/ReaderToo/evidence-1")
    assert members(verdict(claim, other)) == {"caller"}
    assert terms_roles("arn:aws:iam::222222222222:role/audit/Reader") == TERMS.roles[MEMBER]


def test_an_assumed_role_is_recorded_in_both_accounts() -> None:
    """In the account that was entered the event has no caller's ARN."""
    shared = replace(EVENT, event_id="e-2", account=MEMBER, caller_arn="", principal_id="AIDAX")
    assert verdict(CLAIM, EVENT, shared).verdict is TrailVerdict.AGREES
    assert verdict(CLAIM, shared).verdict is TrailVerdict.DIFFERS


def test_no_caller_known_for_an_account() -> None:
    claim = replace(CLAIM, account="210987654321")
    assert (
        verdict(claim, replace(EVENT, account="210987654321", caller_arn="?")).verdict is TrailVerdict.AGREES
    )


@pytest.mark.parametrize(
    "event,listed",
    [
        ({}, True),
        ({"user_agent": "aws-cli/2"}, False),
        ({"caller_arn": "arn:aws:iam::123456789012:user/mallory"}, False),
        ({"error_code": "Throttling"}, False),
        ({"time": NOW - timedelta(minutes=2)}, False),
        ({"account": "210987654321"}, False),
    ],
)
def test_requests_that_the_ledger_lacks(event: dict, listed: bool) -> None:
    matcher = EventMatcher([CLAIM], TERMS)
    matcher.feed(replace(EVENT, request_id="r-2", **event))
    assert [one.request_id for one in matcher.unlisted(())] == (["r-2"] if listed else [])
    assert matcher.unlisted({"r-2"}) == ()


def test_memory_does_not_grow_with_the_trail() -> None:
    matcher = EventMatcher([CLAIM], TERMS)
    for number in range(2_000):
        matcher.feed(replace(EVENT, event_id=f"e-{number}"))
        matcher.feed(replace(EVENT, event_id=f"e-{number}", request_id=f"x-{number}"))
    assert len(matcher.unlisted(())) == 1_000
    (only,) = matcher.verdicts(lambda _claim: None)
    assert len(only.events) == 16
