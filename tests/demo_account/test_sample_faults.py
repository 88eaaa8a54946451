"""Faults happen as declared, latency too, and the command says what is wrong with a faults file."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from evidence.demo_account import Fault, load_faults
from evidence.demo_account.account.organization import LOG_ACCOUNT
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID, IDENTITY_STORE_ID
from evidence.errors import UsageError
from tests.demo_account.served_sample import NOW, Sample

Start = Callable[..., Sample]


def code_of(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_denial_hits_its_operation_only(faulty: Start) -> None:
    sample = faulty(Fault("iam", "GetAccountSummary", "AccessDenied", status=403))
    code, status, message = code_of(sample.client("iam").get_account_summary)
    assert (code, status) == ("AccessDenied", 403)
    assert "GetAccountSummary" in message
    assert "service control policy" not in message
    assert sample.client("iam").get_account_password_policy()["PasswordPolicy"]


def test_a_denial_by_scp_says_so_and_can_be_for_one_region(faulty: Start) -> None:
    sample = faulty(Fault("config", "*", "AccessDeniedException", region="eu-west-1", scp=True))
    code, _, message = code_of(sample.client("config", "eu-west-1").describe_config_rules)
    assert code == "AccessDeniedException"
    assert "with an explicit deny in a service control policy" in message
    assert sample.client("config", "us-east-1").describe_config_rules()["ConfigRules"]


def test_throttling_that_passes_is_survived_by_botocore(faulty: Start) -> None:
    sample = faulty(Fault("organizations", "ListAccounts", "ThrottlingException", first_n=2))
    answer = sample.client("organizations", attempts=4).list_accounts()
    assert len(answer["Accounts"]) == 7
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_server_errors_are_retried_and_reported(faulty: Start) -> None:
    sample = faulty(Fault("accessanalyzer", "ListAnalyzers", "InternalServerException", status=500))
    assert code_of(sample.client("accessanalyzer").list_analyzers)[:2] == ("InternalServerException", 500)


def test_a_reset_ends_the_connection_and_does_not_wait_for_more_on_it(faulty: Start) -> None:
    sample = faulty(Fault("accessanalyzer", "ListAnalyzers", "reset"))
    with pytest.raises(ConnectionClosedError):
        sample.client("accessanalyzer").list_analyzers()


def test_a_connection_is_kept_for_the_next_request(faulty: Start) -> None:
    sample = faulty()
    kept = http.client.HTTPConnection("127.0.0.1", int(sample.server.url.rpartition(":")[2]))
    kept.connect()
    socket = kept.sock
    for method, body in (("POST", b"Action=ListUsers&Version=2010-05-08"), ("GET", b"unread"), ("GET", None)):
        kept.request(method, "/_evidence/requests", body)
        assert kept.getresponse().read().startswith(b"[")
        assert kept.sock is socket
    kept.close()


def test_sessions_last_an_hour_from_when_they_are_asked_for(faulty: Start) -> None:
    sample = faulty()
    sample.app._started -= 7200  # the server has run for two hours
    given = sample.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{LOG_ACCOUNT}:role/{COLLECTOR}",
        RoleSessionName="late",
        ExternalId=EXTERNAL_ID,
    )
    left = given["Credentials"]["Expiration"] - NOW
    assert timedelta(hours=3) <= left < timedelta(hours=3, minutes=10)


def test_a_client_that_dies_in_the_middle_of_a_request_is_no_news(faulty: Start, capfd) -> None:
    sample = faulty()
    place = urlsplit(sample.server.url)
    with socket.create_connection((place.hostname, place.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n"
                       b"Content-Type: application/x-www-form-urlencoded\r\n\r\nAction=")  # fmt: skip
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert capfd.readouterr().err == ""


def test_a_token_can_expire_between_pages(faulty: Start) -> None:
    sample = faulty(Fault("iam", "GetAccountAuthorizationDetails", "ExpiredToken", status=403, page=2))
    client = sample.client("iam")
    first = client.get_account_authorization_details()
    assert first["IsTruncated"]
    code, status, _ = code_of(lambda: client.get_account_authorization_details(Marker=first["Marker"]))
    assert (code, status) == ("ExpiredToken", 403)


def test_an_empty_200_lacks_the_list(faulty: Start) -> None:
    sample = faulty(Fault("config", "*", "empty200"), Fault("iam", "*", "empty200"))
    assert "ConfigRules" not in sample.client("config").describe_config_rules()
    assert "SAMLProviderList" not in sample.client("iam").list_saml_providers()


def test_html_with_200_is_html(faulty: Start) -> None:
    sample = faulty(Fault("iam", "*", "html200"))
    with pytest.raises(ResponseParserError):
        sample.client("iam").list_saml_providers()


def test_a_truncated_body_is_shorter_than_announced(faulty: Start) -> None:
    sample = faulty(Fault("organizations", "*", "truncated"))
    answer = sample.client("organizations").list_accounts()
    assert "Accounts" not in answer, "botocore says nothing; the length alone tells"
    assert int(answer["ResponseMetadata"]["HTTPHeaders"]["content-length"]) > 1000


def test_a_repeated_token_never_ends(faulty: Start) -> None:
    sample = faulty(
        Fault("identitystore", "ListUsers", "repeated-token", page=2), Fault("iam", "*", "repeated-token")
    )
    store = sample.client("identitystore", "eu-west-1")
    first = store.list_users(IdentityStoreId=IDENTITY_STORE_ID, MaxResults=5)
    second = store.list_users(IdentityStoreId=IDENTITY_STORE_ID, MaxResults=5, NextToken=first["NextToken"])
    assert second["NextToken"] == first["NextToken"]
    devices = sample.client("iam").list_virtual_mfa_devices()
    assert devices["IsTruncated"]
    assert devices["Marker"]


def test_truncated_without_a_marker(faulty: Start) -> None:
    sample = faulty(Fault("iam", "GetAccountAuthorizationDetails", "no-token"))
    answer = sample.client("iam").get_account_authorization_details()
    assert answer["IsTruncated"]
    assert "Marker" not in answer


def test_latency_is_per_request_and_requests_overlap(faulty: Start) -> None:
    sample = faulty(latency=0.2)
    sample.client("sts")
    start = time.monotonic()
    sample.client("sts").get_caller_identity()
    assert time.monotonic() - start >= 0.2
    start = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: sample.client("sts").get_caller_identity(), range(16)))
    assert time.monotonic() - start < 16 * 0.2 / 2


def test_faults_load_from_json(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"service": "iam", "operation": "*", "error": "Throttling", "first_n": 3}]))
    assert load_faults(file) == (Fault("iam", "*", "Throttling", first_n=3),)


@pytest.mark.parametrize("text", ["{", '[{"service": "iam"}]', '[{"servce": 1}]', "[3]"])
def test_a_bad_faults_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"faults\.json cannot be used"):
        load_faults(file)
