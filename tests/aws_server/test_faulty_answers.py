"""Faults happen as declared, latency too, and the command says what is wrong with a faults file."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from evidence.demo_account.ids import IDENTITY_STORE_ID
from evidence.errors import UsageError
from tests.aws_server.faults import Fault, load_faults
from tests.demo_account.served_demo import ServedDemo

Start = Callable[..., ServedDemo]


def code_of(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_denial_hits_its_operation_only(faulty: Start) -> None:
    demo = faulty(Fault("iam", "GetAccountSummary", "AccessDenied", status=403))
    code, status, message = code_of(demo.client("iam").get_account_summary)
    assert (code, status) == ("AccessDenied", 403)
    assert "GetAccountSummary" in message
    assert "service control policy" not in message
    assert demo.client("iam").get_account_password_policy()["PasswordPolicy"]


def test_a_denial_by_scp_says_so_and_can_be_for_one_region(faulty: Start) -> None:
    demo = faulty(Fault("config", "*", "AccessDeniedException", region="eu-west-1", scp=True))
    code, _, message = code_of(demo.client("config", "eu-west-1").describe_config_rules)
    assert code == "AccessDeniedException"
    assert "with an explicit deny in a service control policy" in message
    assert demo.client("config", "us-east-1").describe_config_rules()["ConfigRules"]


def test_throttling_that_passes_is_survived_by_botocore(faulty: Start) -> None:
    demo = faulty(Fault("organizations", "ListAccounts", "ThrottlingException", first_n=2))
    answer = demo.client("organizations", attempts=4).list_accounts()
    assert len(answer["Accounts"]) == 7
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_server_errors_are_retried_and_reported(faulty: Start) -> None:
    demo = faulty(Fault("accessanalyzer", "ListAnalyzers", "InternalServerException", status=500))
    assert code_of(demo.client("accessanalyzer").list_analyzers)[:2] == ("InternalServerException", 500)


def test_a_reset_ends_the_connection_and_does_not_wait_for_more_on_it(faulty: Start) -> None:
    demo = faulty(Fault("accessanalyzer", "ListAnalyzers", "reset"))
    with pytest.raises(ConnectionClosedError):
        demo.client("accessanalyzer").list_analyzers()


def test_a_token_can_expire_between_pages(faulty: Start) -> None:
    demo = faulty(Fault("iam", "GetAccountAuthorizationDetails", "ExpiredToken", status=403, page=2))
    client = demo.client("iam")
    first = client.get_account_authorization_details()
    assert first["IsTruncated"]
    code, status, _ = code_of(lambda: client.get_account_authorization_details(Marker=first["Marker"]))
    assert (code, status) == ("ExpiredToken", 403)


def test_an_empty_200_lacks_the_list(faulty: Start) -> None:
    demo = faulty(Fault("config", "*", "empty200"), Fault("iam", "*", "empty200"))
    assert "ConfigRules" not in demo.client("config").describe_config_rules()
    assert "SAMLProviderList" not in demo.client("iam").list_saml_providers()


def test_html_with_200_is_html(faulty: Start) -> None:
    demo = faulty(Fault("iam", "*", "html200"))
    with pytest.raises(ResponseParserError):
        demo.client("iam").list_saml_providers()


def test_a_truncated_body_is_shorter_than_announced(faulty: Start) -> None:
    demo = faulty(Fault("organizations", "*", "truncated"))
    answer = demo.client("organizations").list_accounts()
    assert "Accounts" not in answer, "botocore says nothing; the length alone tells"
    assert int(answer["ResponseMetadata"]["HTTPHeaders"]["content-length"]) > 1000


def test_a_repeated_token_never_ends(faulty: Start) -> None:
    demo = faulty(
        Fault("identitystore", "ListUsers", "repeated-token", page=2), Fault("iam", "*", "repeated-token")
    )
    store = demo.client("identitystore", "eu-west-1")
    first = store.list_users(IdentityStoreId=IDENTITY_STORE_ID, MaxResults=5)
    second = store.list_users(IdentityStoreId=IDENTITY_STORE_ID, MaxResults=5, NextToken=first["NextToken"])
    assert second["NextToken"] == first["NextToken"]
    devices = demo.client("iam").list_virtual_mfa_devices()
    assert devices["IsTruncated"]
    assert devices["Marker"]


def test_truncated_without_a_marker(faulty: Start) -> None:
    demo = faulty(Fault("iam", "GetAccountAuthorizationDetails", "no-token"))
    answer = demo.client("iam").get_account_authorization_details()
    assert answer["IsTruncated"]
    assert "Marker" not in answer


def test_latency_is_per_request_and_requests_overlap(faulty: Start) -> None:
    demo = faulty(latency=0.2)
    demo.client("sts")
    start = time.monotonic()
    demo.client("sts").get_caller_identity()
    assert time.monotonic() - start >= 0.2
    start = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: demo.client("sts").get_caller_identity(), range(16)))
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
