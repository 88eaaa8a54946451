"""One call: checked, retried, bounded by the deadline, and on record."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from evidence.aws.failures import AnswerError, DeadlineError, StoppedError
from evidence.aws.retry import Retry
from evidence.records import Operation
from tests.aws.scripted_aws import Reply, error, reply, xml

RULES = Operation("config", "DescribeConfigRules", list_key="ConfigRules")
LISTED = "ServerCertificateMetadataList"
CERTIFICATES = Operation("iam", "ListServerCertificates", list_key=LISTED)
SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
CONTACT = Operation("account", "GetAlternateContact", list_key="AlternateContact")

HTML = Reply(b"<html><body>Sign in</body></html>", headers={"Content-Type": "text/html"})
FULL = json.dumps({"ConfigRules": [{"ConfigRuleName": "a" * 500}]}).encode()


def certificates(*names: str, truncated: bool | None = None, marker: str = "") -> Reply:
    name_of, answer = "ServerCertificateName", "ListServerCertificatesRes"
    members = "".join(f"<member><{name_of}>{name}</{name_of}></member>" for name in names)
    more = "" if truncated is None else f"<IsTruncated>{str(truncated).lower()}</IsTruncated>"
    more += f"<Marker>{marker}</Marker>" if marker else ""
    return xml(
        f"<{answer}ponse><{answer}ult><{LISTED}>{members}</{LISTED}>{more}</{answer}ult>"
        f"<ResponseMetadata><RequestId>from-the-body</RequestId></ResponseMetadata></{answer}ponse>"
    )


REFUSED = error("NoSuchConfigRuleException")
BAD_ANSWERS = {
    "html with 200": (HTML, AnswerError),
    "empty object": (reply({}), AnswerError),
    "empty body": (Reply(b""), AnswerError),
    "another key": (reply({"Rules": []}), AnswerError),
    "body cut short": (Reply(FULL[:300], length=len(FULL)), AnswerError),
    "error cut short": (replace(REFUSED, body=REFUSED.body[:20], length=len(REFUSED.body)), AnswerError),
}


@pytest.mark.parametrize(("bad", "kind"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_is_none_is_an_error_after_retries(asking, scripted, bad, kind) -> None:
    aws = asking(RULES)
    scripted.script = [bad]
    with pytest.raises(kind):
        aws.ask(RULES)
    assert len(scripted.requests) == Retry().attempts
    assert aws.recorded.calls[0].error_code == kind.__name__
    assert aws.recorded.calls[0].attempts == Retry().attempts
    assert aws.recorded.calls[0].records is None


@pytest.mark.parametrize("bad", [HTML, xml("<html><body>unclosed"), xml("<html><body/></html>")])
def test_a_web_page_from_an_xml_service_is_an_error(asking, scripted, bad) -> None:
    aws = asking(CERTIFICATES)
    scripted.script = [bad]
    with pytest.raises((AnswerError, ResponseParserError)):
        aws.ask(CERTIFICATES)
    assert aws.recorded.calls[0].status == 200
    assert aws.recorded.calls[0].request_id == f"request-{Retry().attempts}"


@pytest.mark.parametrize("bad", [bad for bad, _ in BAD_ANSWERS.values()], ids=BAD_ANSWERS)
def test_an_answer_that_gets_well_counts(asking, scripted, bad) -> None:
    aws = asking(RULES)
    scripted.script = [bad, bad, reply({"ConfigRules": []})]
    assert aws.ask(RULES) == {"ConfigRules": []}
    assert [call.attempts for call in aws.recorded.calls] == [3]


def test_throttling_is_waited_out_and_counted(asking, scripted) -> None:
    aws = asking(RULES)
    scripted.script = [error("ThrottlingException")] * 7 + [reply({"ConfigRules": []})]
    aws.ask(RULES)
    assert aws.recorded.calls[0].attempts == 8
    assert aws.recorded.throttles == 7
    assert sum(aws.time.slept) > 5, "waits grow"


def test_throttling_slows_the_next_callers_down_too(asking, scripted) -> None:
    aws = asking(RULES)
    scripted.script = [error("ThrottlingException")] * 4 + [reply({"ConfigRules": []})]
    aws.ask(RULES)
    before = sum(aws.time.slept)
    for _ in range(3):
        aws.ask(RULES)
    assert sum(aws.time.slept) > before


def test_a_denial_is_not_retried_and_is_on_record(asking, scripted) -> None:
    aws = asking(RULES)
    scripted.script = [error("AccessDeniedException")]
    with pytest.raises(ClientError):
        aws.ask(RULES)
    (call,) = aws.recorded.calls
    assert (call.status, call.error_code, call.attempts, call.request_id) == (
        400,
        "AccessDeniedException",
        1,
        "request-1",
    )


def test_there_is_none_is_an_answer_for_the_codes_named_only(asking, scripted) -> None:
    aws = asking(CONTACT)
    scripted.script = [Reply(b'{"message": "none"}', 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})]
    assert aws.ask(CONTACT, "ResourceNotFoundException", AlternateContactType="SECURITY") is None
    with pytest.raises(ClientError):
        aws.ask(CONTACT, "SomethingElse", AlternateContactType="SECURITY")


def test_the_record_of_a_call(asking, scripted) -> None:
    aws = asking(CERTIFICATES)
    scripted.script = [
        certificates("a", "b", truncated=True, marker="next-page-secret"),
        certificates("c", truncated=False),
    ]
    aws.pages(CERTIFICATES, PathPrefix="/")
    first, second = aws.recorded.calls
    digest = hashlib.sha256(b"next-page-secret").hexdigest()[:16]
    assert (first.seq, second.seq) == (1, 2)
    assert (first.parameters, second.parameters) == (
        {"PathPrefix": "/"},
        {"PathPrefix": "/", "Marker": f"sha256:{digest}"},
    )
    assert (first.truncated, second.truncated) == (True, False)
    assert (first.records, second.records) == (2, 1)
    assert (first.depth, second.depth) == (1, 2)
    assert first.request_id == "from-the-body"
    assert first.aws_date == datetime(2026, 10, 1, 6, tzinfo=UTC)
    assert first.account == "123456789012"
    assert "secret" not in repr([asdict(call) for call in aws.recorded.calls])


def test_the_region_on_record_is_the_one_that_answered(asking, scripted, monkeypatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    aws = asking(CERTIFICATES)
    page = AWSResponse("https://iam", 200, {}, None)
    page._content = certificates("a").body
    aws.connection.account.client("iam").meta.events.register("before-send", lambda **_: page)
    aws.ask(CERTIFICATES)
    assert aws.connection.account.region == "eu-west-1"
    assert aws.recorded.calls[0].region == "us-east-1", "IAM is global, and us-east-1 answers for it"


def test_pages_follow_tokens_over_empty_pages_and_end_at_an_empty_token(asking, scripted) -> None:
    aws = asking(RULES)
    scripted.script = [
        reply({"ConfigRules": [], "NextToken": "1"}),
        reply({"ConfigRules": [], "NextToken": "2"}),
        reply({"ConfigRules": [{"ConfigRuleName": "x"}], "NextToken": ""}),
    ]
    assert [len(page["ConfigRules"]) for page in aws.pages(RULES)] == [0, 0, 1]


ENDLESS = {
    "same token": [reply({"ConfigRules": [], "NextToken": "1"})],
    "alternating tokens": [reply({"ConfigRules": [], "NextToken": token}) for token in "12121212"],
    "truncated without marker": [certificates("a", truncated=True)],
}


@pytest.mark.parametrize(("name", "script"), ENDLESS.items(), ids=ENDLESS)
def test_a_listing_that_cannot_end_is_an_error(asking, scripted, name, script) -> None:
    operation = CERTIFICATES if "marker" in name else RULES
    aws = asking(operation)
    scripted.script = list(script)
    with pytest.raises(AnswerError):
        aws.pages(operation)
    assert len(scripted.requests) <= Retry().attempts


def test_too_many_pages_are_an_error(asking, scripted, monkeypatch) -> None:
    monkeypatch.setattr("evidence.aws.answers.MAX_PAGES", 3)
    aws = asking(RULES)
    scripted.script = [reply({"ConfigRules": [], "NextToken": str(number)}) for number in range(9)]
    with pytest.raises(AnswerError, match="more than 3 pages"):
        aws.pages(RULES)


def test_is_truncated_false_ends_whatever_the_marker_says(asking, scripted) -> None:
    aws = asking(CERTIFICATES)
    scripted.script = [certificates("a", truncated=False, marker="left-over")]
    assert len(aws.pages(CERTIFICATES)) == 1


def test_retries_end_at_the_deadline_and_the_call_is_on_record(asking, scripted) -> None:
    aws = asking(RULES, deadline=3.0)
    scripted.script = [error("ThrottlingException")]
    with pytest.raises(DeadlineError) as raised:
        aws.ask(RULES)
    assert isinstance(raised.value.__cause__, ClientError)
    assert aws.time.clock().monotonic() <= 3.0
    assert aws.recorded.calls[0].error_code == "ThrottlingException"


def test_after_the_deadline_nothing_is_sent(asking, scripted) -> None:
    aws = asking(RULES, deadline=0.0)
    with pytest.raises(DeadlineError):
        aws.ask(RULES)
    assert scripted.requests == []
    assert aws.recorded.calls == []


def test_after_an_interrupt_nothing_is_sent(asking, scripted) -> None:
    aws = asking(RULES)
    aws.limits.stop.set()
    with pytest.raises(StoppedError):
        aws.ask(RULES)
    assert scripted.requests == []


def test_no_connection_is_retried_then_told(asking, scripted) -> None:
    from botocore.exceptions import EndpointConnectionError

    aws = asking(RULES)
    scripted.close()
    with pytest.raises(EndpointConnectionError):
        aws.ask(RULES)
    (call,) = aws.recorded.calls
    assert (call.status, call.request_id, call.aws_date) == (0, "", None)
    assert call.attempts == Retry().attempts


def test_threads_do_not_see_each_others_answers(asking, scripted) -> None:
    aws = asking(RULES)
    scripted.script = [reply({"ConfigRules": []})]
    regions = [f"eu-west-{number}" for number in (1, 2, 3)] * 8
    questions = [replace(aws.question(RULES), region=region) for region in regions]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(aws.caller.ask, questions))
    assert sorted(call.region for call in aws.recorded.calls) == sorted(regions)
