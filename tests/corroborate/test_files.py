"""Events from files: the forms they come in, and files that are hostile."""

import csv
import gzip
import io
import json
from pathlib import Path

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.bundle.format.corroboration import SourceFile
from evidence.corroborate import files
from evidence.corroborate.events import Event
from evidence.errors import UsageError
from tests.corroborate.conftest import ENVIRONMENT

RECORD = {
    "eventVersion": "1.11", "eventType": "AwsApiCall", "eventID": "e", "requestID": "r",
    "awsRegion": "us-east-1",
    "eventTime": "2026-10-01T06:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "GetRole",
    "recipientAccountId": "123456789012", "userIdentity": {"arn": "arn:x", "principalId": "p"},
}  # fmt: skip
HEADER = "requestID,eventID,eventTime,eventSource,eventName,awsRegion,recipientAccountId,userIdentity_arn"
ROW = "r,e,2026-10-01 06:00:00.000,iam.amazonaws.com,GetRole,us-east-1,123456789012,arn:x"


def read(tmp_path: Path, content: bytes, name: str = "log.json") -> tuple[SourceFile, list[Event]]:
    path = tmp_path / name
    path.write_bytes(content)
    found: list[Event] = []
    return files.read(name, path, found.append), found


@pytest.fixture(scope="module")
def told(world) -> list[dict]:
    """Return the account's events as `aws cloudtrail lookup-events` gives them."""
    session = boto3.Session(ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"])
    events = []
    for region in {call.region for call in world.bundle.calls()}:
        client = session.client("cloudtrail", region, endpoint_url=world.url)
        for page in client.get_paginator("lookup_events").paginate():
            events += page["Events"]
    return events


def test_log_files_of_a_trail(told, from_files, tmp_path: Path) -> None:
    """As they lie in S3: gzip, by account and region, digest files beside them."""
    records = [json.loads(event["CloudTrailEvent"]) for event in told]
    folder = tmp_path / "AWSLogs/123456789012/CloudTrail/us-east-1/2026/10/01"
    folder.mkdir(parents=True)
    for part in range(3):
        content = json.dumps({"Records": records[part::3]}).encode()
        (folder / f"123456789012_CloudTrail_{part}.json.gz").write_bytes(gzip.compress(content))
    digests = tmp_path / "AWSLogs/123456789012/CloudTrail-Digest"
    digests.mkdir()
    (digests / "d.json.gz").write_bytes(gzip.compress(b'{"digestStartTime": "x"}'))
    document = from_files(tmp_path / "AWSLogs")
    assert document.totals.agree == document.totals.calls
    assert [file.problem for file in document.source.files] == ["", "", ""]
    assert sum(file.events for file in document.source.files) == len(records)
    assert document.calls == ()


def test_what_the_aws_cli_prints(told, from_files, tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text(json.dumps({"Events": told}, indent=4, default=str))
    totals = from_files(tmp_path / "events.json").totals
    assert totals.agree == totals.calls


def test_results_of_a_query(told, from_files, tmp_path: Path) -> None:
    """Lake writes RFC 3339 or SQL times, and quotes; Athena may write `null` for what is absent."""
    target = io.StringIO()
    rows = csv.writer(target, quoting=csv.QUOTE_ALL)
    rows.writerow([*HEADER.split(","), "errorCode", "userAgent"])
    for event in told:
        one = json.loads(event["CloudTrailEvent"])
        when = one["eventTime"].replace("T", " ").replace("Z", ".000")
        row = [one.get("requestID", ""), one["eventID"], when, one["eventSource"], one["eventName"]]
        row += [one["awsRegion"], one["recipientAccountId"], one["userIdentity"].get("arn", "")]
        rows.writerow([*row, one.get("errorCode", "null"), one.get("userAgent", "")])
    (tmp_path / "result.csv").write_text(target.getvalue())
    totals = from_files(tmp_path / "result.csv").totals
    assert (totals.agree, totals.unlisted) == (totals.calls, 0)


def test_a_part_of_the_files_leaves_calls_missing(told, from_files, tmp_path: Path) -> None:
    records = [json.loads(event["CloudTrailEvent"]) for event in told]
    (tmp_path / "half.json").write_text(json.dumps({"Records": records[: len(records) // 2]}))
    totals = from_files(tmp_path / "half.json").totals
    assert totals.missing and totals.agree and not totals.differ


def test_the_hash_is_of_the_file_as_given(tmp_path: Path) -> None:
    import hashlib

    for content in (gzip.compress(json.dumps({"Records": [RECORD]}).encode()), b"\x1f\x8b broken", b""):
        file, _ = read(tmp_path, content, "log.json.gz")
        assert (file.sha256, file.bytes) == (hashlib.sha256(content).hexdigest(), len(content))


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": "yesterday"}, {"eventTime": 5}, {"eventTime": None}, {"awsRegion": ["x"]},
        {"requestID": 7}, {"eventID": {"a": 1}}, {"userIdentity": {"arn": 1}}, {"errorCode": False},
        {"eventTime": "9" * 10_000},
    ],
)  # fmt: skip
def test_a_record_that_is_none_is_counted_and_passed_over(tmp_path: Path, change: dict) -> None:
    file, found = read(tmp_path, json.dumps({"Records": [RECORD | change, RECORD, 7, None, []]}).encode())
    assert (file.events, file.unreadable, file.problem, len(found)) == (5, 4, "", 1)


@pytest.mark.parametrize("change", [{"eventType": "AwsServiceEvent"}, {"requestID": None}, {"requestID": ""}])
def test_what_is_no_api_call_is_no_event(tmp_path: Path, change: dict) -> None:
    file, found = read(tmp_path, json.dumps({"Records": [RECORD | change]}).encode())
    assert (file.unreadable, found) == (0, [])


@pytest.mark.parametrize(
    "content,name,problem",
    [
        (b"", "a.json", "no JSON"),
        (b"[]", "a.json", "no JSON"),
        (b'{"digestStartTime": 1}', "a.json", "does not begin"),
        (b'{"Records": [{"eventID": 1', "a.json", "cut short"),
        (b'{"Records": [' + b'{"a":' * 100_000, "a.json", ""),
        (b'{"Records": [{"a": 1, "a": 2}]}', "a.json", "twice"),
        (b'{"Records": ["' + b"x" * 3_000_000 + b'"]}', "a.json", "larger than an event"),
        (b'{"Records": [1,,2]}', "a.json", ""),
        (b"\x1f\x8bnonsense", "a.json.gz", ""),
        (gzip.compress(b'{"Records": []}', mtime=0)[:-6], "a.json.gz", "damaged"),
        (b"a,b\n1,2\n", "a.csv", "lacks the columns"),
        (b"", "a.csv", "lacks the columns"),
        (HEADER.encode() + b"\n" + b"x" * 5_000_000, "a.csv", "line larger"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), "a.csv", "lacks the columns"),
    ],
)
def test_a_file_that_is_none_says_so(tmp_path: Path, content: bytes, name: str, problem: str) -> None:
    file, found = read(tmp_path, content, name)
    assert file.problem and problem in file.problem
    assert found == []


def test_rows_that_are_none(tmp_path: Path) -> None:
    content = f"{HEADER}\n{ROW}\nshort,row\n{ROW.replace('2026', 'year')}\n\n{ROW},more\n"
    file, found = read(tmp_path, content.encode(), "a.csv")
    assert (file.events, file.unreadable, len(found)) == (4, 3, 1)


def test_a_bomb_is_not_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10 * 1024 * 1024)
    bomb = gzip.compress(b'{"Records": [' + b" " * 30_000_000)
    file, _ = read(tmp_path, bomb, "a.json.gz")
    assert "larger than" in file.problem


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, 400),
    junk=st.binary(max_size=40),
    name=st.sampled_from(["a.json", "a.csv", "a.json.gz"]),
)
def test_anything_may_lie_in_a_file(tmp_path: Path, cut: int, junk: bytes, name: str) -> None:
    whole = f"{HEADER}\n{ROW}\n".encode() if name == "a.csv" else json.dumps({"Records": [RECORD]}).encode()
    whole = gzip.compress(whole) if name.endswith("gz") else whole
    file, found = read(tmp_path, whole[:cut] + junk + whole[cut:], name)
    assert len(found) <= file.events


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of events"):
        files.find([tmp_path])
    with pytest.raises(UsageError, match="neither a folder nor a file"):
        files.find([tmp_path / "nothing"])
