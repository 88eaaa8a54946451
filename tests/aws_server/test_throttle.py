"""Throttling: so many requests a second for each account and service, whichever process is asked."""

import multiprocessing
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from evidence.demo_account import DemoServer
from evidence.demo_account.wire import ApiRequest
from tests.aws_server.app import FaultyApp
from tests.aws_server.throttle import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("rate", "burst"), [(5.0, 5), (0.5, 1), (2.5, 2)])
def test_a_bucket_gives_a_seconds_worth_and_then_its_rate(rate: float, burst: int) -> None:
    clock = Clock()
    throttle = Throttle(rate, clock)
    assert [throttle.refuses("1", "iam") for _ in range(burst + 2)] == [False] * burst + [True] * 2
    clock.now += 1 / rate
    assert [throttle.refuses("1", "iam") for _ in range(2)] == [False, True]
    clock.now += 3600
    assert sum(not throttle.refuses("1", "iam") for _ in range(burst + 2)) == burst, "it does not save up"


def test_accounts_and_services_do_not_share_a_bucket() -> None:
    throttle = Throttle(1.0, Clock())
    asked = (("1", "iam"), ("1", "config"), ("2", "iam"), ("1", "iam"))
    assert [throttle.refuses(*who) for who in asked] == [False, False, False, True]


def test_a_process_forked_later_draws_from_the_same_bucket() -> None:
    throttle = Throttle(0.001)
    fork: Any = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    child = fork.Process(target=lambda: results.put(throttle.refuses("1", "iam")))
    child.start()
    child.join(20)
    assert (results.get(), throttle.refuses("1", "iam")) == (False, True)


@pytest.mark.parametrize(
    ("protocol", "code"),
    [("query", "Throttling"), ("json", "ThrottlingException"), ("ec2", "RequestLimitExceeded")],
)
def test_the_refusal_is_spelled_as_the_protocol_does(protocol: str, code: str) -> None:
    assert Throttle.error(ApiRequest("x", "y", "1", "us-east-1", "id", protocol)).code == code


def test_a_client_is_refused_in_words_that_it_retries_and_gets_through_later() -> None:
    server = DemoServer("127.0.0.1", 0, FaultyApp(datetime(2026, 10, 1, tzinfo=UTC), throttle=0.5))
    server.start()
    try:
        session = boto3.Session("AKIADEMODEMODEMODEMO", "demo", region_name="us-east-1")

        def client(service: str, attempts: int) -> Any:
            config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
            return session.client(service, endpoint_url=server.url, config=config)

        for service, ask, code in (
            ("iam", "get_account_summary", "Throttling"),
            ("config", "describe_config_rules", "ThrottlingException"),
            ("organizations", "list_roots", "ThrottlingException"),
        ):
            impatient = client(service, 1)
            with pytest.raises(ClientError) as caught:
                for _ in range(20):
                    getattr(impatient, ask)()
            assert caught.value.response["Error"]["Code"] == code
        answer = client("iam", 10).get_account_summary()
        assert answer["SummaryMap"]["Users"]
    finally:
        server.stop()
