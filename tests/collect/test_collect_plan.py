"""`evidence plan` says beforehand what a run then does."""

import json

import pytest
from collect_support import environment

from evidence.collect.ahead import CALLS, CHAIN, Ahead
from evidence.sample.account import organization as org
from evidence.sample.ids import COLLECTOR, EXTERNAL_ID
from tests.support.command import clean_environment, evidence


@pytest.fixture
def planned(serve):
    def run(*flags: str):
        url = serve()
        done = evidence("plan", *flags, env=clean_environment() | environment(url))
        assert done.returncode == 0, done.stderr
        return done.stdout, url

    return run


def test_a_plan_for_one_account_is_what_the_run_then_does(planned, collected) -> None:
    text, _ = planned("--json")
    plan = json.loads(text)
    assert plan["units"] == len(collected.run["units"])
    assert {entry["item"] for entry in plan["items"]} == {unit["item"] for unit in collected.run["units"]}
    assert len(collected.calls) / 2 < plan["calls"] < len(collected.calls) * 2


def test_a_plan_counts_what_an_aggregator_is_asked_in_place_of_the_accounts(planned) -> None:
    flags = ("--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--json")
    own = {entry["item"]: entry for entry in json.loads(planned(*flags)[0])["items"]}
    gathered = {
        entry["item"]: entry
        for entry in json.loads(planned(*flags, "--config-source", "aggregator")[0])["items"]
    }
    assert own.keys() ^ gathered.keys() == {
        "config.rule-compliance",
        "config.aggregators",
        "config.aggregate-compliance",
    }
    places = own["config.rule-compliance"]["units"]
    assert gathered["config.aggregate-compliance"] == {
        "item": "config.aggregate-compliance",
        "units": 1,
        "calls": 3 * places,
    }


def test_a_plan_for_the_organization_lists_every_account_and_collects_nothing(planned) -> None:
    import urllib3

    text, url = planned("--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID)
    for row in org.ACCOUNTS:
        assert row[0] in text
    assert "6 to collect, 1 left out" in text
    assert "suspended" in text
    asked = urllib3.request("GET", f"{url}/_evidence/requests").json()
    assert {entry["service"] for entry in asked} == {"sts", "organizations", "account"}
    assert "AssumeRole" not in {entry["operation"] for entry in asked}


def test_more_accounts_take_more_calls_and_more_time() -> None:
    from evidence.bundle.models import AccountState
    from evidence.records import Scope, Target

    def ahead(accounts: int) -> Ahead:
        states = [
            AccountState(account=f"{n:012}", state="ACTIVE", in_scope=True, reason="")
            for n in range(accounts)
        ]
        units = [("iam.last-accessed", Target(Scope.ACCOUNT, state.account)) for state in states]
        return Ahead(tuple(states), (), tuple(units), latency=0.1, at_once=10)

    assert ahead(1).calls == CALLS["iam.last-accessed"]
    assert ahead(100).calls == 100 * CALLS["iam.last-accessed"] + 99
    assert ahead(1).seconds >= 0.1 * CHAIN
    assert ahead(100).seconds > 50 * 0.1 * CALLS["iam.last-accessed"] / 10
