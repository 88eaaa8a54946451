"""The demo account's own record against the ledger of a collection, over HTTP."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.corroboration import CallVerdict, Corroboration, TrailVerdict
from tests.aws_server.faults import Fault

CHOSEN = "GetAccountSummary"
"""The call that is tampered with: one of many that IAM answers in us-east-1, so that its place is read."""


def number(lines: Sequence[dict]) -> int:
    """Return where it stands; the order of calls differs from run to run."""
    return next(n for n, line in enumerate(lines) if line["operation"] == CHOSEN)


def seq(bundle: Bundle) -> int:
    """Return its number in the ledger."""
    return next(call.seq for call in bundle.calls() if call.operation == CHOSEN)


def of(document: Corroboration, verdict: TrailVerdict) -> list[CallVerdict]:
    return [one for one in document.verdicts if one.verdict is verdict]


def test_every_call_is_found_and_agrees(world, ask: Callable[..., Corroboration]) -> None:
    document = ask()
    totals = document.totals
    assert totals.calls == totals.agree == sum(1 for _ in world.bundle.calls()) > 50
    assert (totals.differ, totals.missing, totals.unavailable, totals.unlisted) == (0, 0, 0, 0)
    assert all(place.complete for place in document.source.places)
    assert {place.region for place in document.source.places} == {
        call.region for call in world.bundle.calls()
    }
    assert document.source.caller == world.bundle.run.caller_start


def test_its_own_requests_are_on_record_and_nothing_but_look_ups(ask: Callable[..., Corroboration]) -> None:
    calls = ask().calls
    assert {(call.service, call.operation) for call in calls} == {
        ("sts", "GetCallerIdentity"), ("cloudtrail", "LookupEvents"),
    }  # fmt: skip
    assert [call.seq for call in calls] == list(range(1, len(calls) + 1))
    assert any(call.truncated for call in calls), "IAM's events are more than a page"


CHANGES = {
    "time": lambda line: line.update(
        started="2026-10-01T05:00:00Z", finished="2026-10-01T05:00:00Z", aws_date="2026-10-01T05:00:00Z"
    ),
    "region": lambda line: line.update(region="eu-west-1"),
    "event name": lambda line: line.update(operation="ListBuckets"),
    "source": lambda line: line.update(service="ec2"),
    "error code": lambda line: line.update(status=403, error_code="AccessDenied"),
}


@pytest.mark.parametrize("member", CHANGES)
def test_a_line_that_was_changed_differs(world, ask, rewritten, member: str) -> None:
    document = ask(rewritten(lambda lines: CHANGES[member](lines[number(lines)])))
    (against,) = of(document, TrailVerdict.DIFFERS)
    assert against.seq == seq(world.bundle)
    assert {found.member for found in against.differences} == {member}


def test_a_made_up_request_id_is_missing_and_the_real_one_unlisted(world, ask, rewritten) -> None:
    real: list[str] = []

    def invent(lines: list[dict]) -> None:
        real.append(lines[number(lines)]["request_id"])
        lines[number(lines)]["request_id"] = "00000000-0000-4000-8000-000000000000"

    document = ask(rewritten(invent))
    assert [one.seq for one in of(document, TrailVerdict.MISSING)] == [seq(world.bundle)]
    assert [one.request_id for one in document.unlisted] == real


def test_a_line_that_was_taken_out_is_unlisted(ask, rewritten) -> None:
    def drop(lines: list[dict]) -> None:
        del lines[number(lines)]
        for place, line in enumerate(lines, start=1):
            line["seq"] = place

    totals = ask(rewritten(drop)).totals
    assert (totals.agree, totals.calls, totals.unlisted) == (totals.calls, totals.calls, 1)


def test_one_request_cannot_stand_for_two_calls(ask, rewritten) -> None:
    document = ask(rewritten(lambda lines: lines[number(lines)].update(request_id=lines[0]["request_id"])))
    (against,) = of(document, TrailVerdict.DIFFERS)
    assert "request id" in {found.member for found in against.differences}


def test_requests_of_another_caller_differ(world, ask, monkeypatch) -> None:
    """The ledger borrows the ids of requests that somebody else made."""
    run = world.bundle.run
    other = run.caller_start.model_copy(update={"arn": run.caller_start.arn.replace("evidence", "mallory")})
    changed = run.model_copy(update={"caller_start": other, "caller_end": other})
    bundle = Bundle(world.bundle.root, world.bundle.digest, world.bundle.hashes)
    bundle.__dict__["run"] = changed
    document = ask(bundle)
    assert document.totals.differ == document.totals.calls
    assert {f.member for one in document.verdicts for f in one.differences} == {"caller"}


def test_what_may_not_be_read_is_unavailable_not_missing(ask, faulty) -> None:
    denied = Fault("cloudtrail", "LookupEvents", "AccessDeniedException", region="us-east-1")
    document = ask(url=faulty(denied))
    unavailable = of(document, TrailVerdict.UNAVAILABLE)
    assert unavailable and {one.region for one in unavailable} == {"us-east-1"}
    assert "permission missing" in unavailable[0].reason
    places = [place for place in document.source.places if place.region == "us-east-1"]
    assert {place.error_code for place in places} == {"AccessDeniedException"}
    # the other regions were read, and hold nothing: another server was asked than the one that was collected
    assert {one.region for one in of(document, TrailVerdict.MISSING)} > {"eu-west-1"}


def test_a_page_that_fails_leaves_its_place_incomplete(ask, faulty) -> None:
    broken = Fault("cloudtrail", "LookupEvents", "InvalidNextTokenException", page=1, region="eu-west-1")
    document = ask(url=faulty(broken))
    places = {place.region: place.complete for place in document.source.places}
    assert not places["eu-west-1"] and places["us-east-1"]


def test_throttling_is_waited_out(world, ask, faulty) -> None:
    document = ask(url=faulty(Fault("cloudtrail", "LookupEvents", "ThrottlingException", first_n=3)))
    assert all(place.complete for place in document.source.places)


def test_what_is_older_than_the_history_is_unavailable(world, ask, monkeypatch) -> None:
    old = timedelta(days=91)
    bundle = Bundle(world.bundle.root, world.bundle.digest, world.bundle.hashes)
    calls = [
        call.model_copy(update={"aws_date": (call.aws_date or call.finished) - old, "request_id": "unknown"})
        for call in world.bundle.calls()
    ][:3]
    monkeypatch.setattr(Bundle, "calls", lambda _self: iter(calls))
    (first, *_) = of(ask(bundle), TrailVerdict.UNAVAILABLE)
    assert "90 days" in first.reason and first.reference.startswith("https://docs.aws.amazon.com/")


def test_another_accounts_calls_are_unavailable(world, ask, monkeypatch) -> None:
    calls = [
        c.model_copy(update={"account": "210987654321", "request_id": f"x{c.seq}"})
        for c in world.bundle.calls()
    ]
    monkeypatch.setattr(Bundle, "calls", lambda _self: iter(calls[:2]))
    document = ask()
    assert document.totals.unavailable == 2
    assert "210987654321" in document.verdicts[0].reason
