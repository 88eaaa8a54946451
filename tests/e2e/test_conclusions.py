"""The run finds exactly what is planted in the demo account, and asks for nothing that writes."""

import json

from evidence.demo_account.planted import (
    ACCEPTED,
    ATTESTED,
    CONTRADICTED,
    JOINED,
    NOT_ATTESTED,
    PLANTED,
    REFUSED,
    UNSETTLED,
)


def rows(demo, *verdicts: str) -> set[tuple[str, str]]:
    return {
        (test["id"], row["subject"])
        for test in demo.results["tests"]
        for row in test["rows"]
        if row["verdict"] in verdicts
    }


def test_exactly_the_planted_exceptions_are_found(demo) -> None:
    assert rows(demo, "exception", "accepted") == {(plant.test, plant.subject) for plant in PLANTED}


def test_exactly_those_that_management_accepted_are_accepted(demo) -> None:
    assert rows(demo, "accepted") == {(plant.test, plant.subject) for plant in ACCEPTED}
    refused = {
        (found["test"], found["subject"], found["problem"]) for found in demo.results["exception_findings"]
    }
    assert refused == {(plant.test, plant.subject, plant.why) for plant in REFUSED}
    assert demo.results["attestation_findings"] == []


def test_exactly_the_planted_facts_are_joined(demo) -> None:
    joined = [(fact["id"], fact["subject"]) for fact in demo.results["joined"]]
    assert sorted(joined) == sorted((plant.test, plant.subject) for plant in JOINED)
    assert all(fact["remedy"]["console"] and fact["remedy"]["cli"] for fact in demo.results["joined"])


def test_every_test_concludes_on_the_demo_account(demo) -> None:
    conclusions = {test["id"]: test["conclusion"] for test in demo.results["tests"]}
    ended = {
        word: {name for name, said in conclusions.items() if said == word} for word in conclusions.values()
    }
    # AA-3 asks for acceptance, which both of its findings have.
    assert ended["exceptions noted"] == {plant.test for plant in PLANTED} - {"AA-3"}
    assert conclusions["AA-3"] == "no exceptions"
    assert ended["not concluded"] == {*NOT_ATTESTED, *(plant.test for plant in UNSETTLED)}
    assert rows(demo, "not determined") == {(plant.test, plant.subject) for plant in UNSETTLED}
    assert ended["attested"] == set(ATTESTED)


def test_statements_that_tests_deny_are_contradicted(demo) -> None:
    denied = {
        test["id"]: tuple(one["test"] for one in test["bearing"] if one["contradicts"])
        for test in demo.results["tests"]
    }
    assert {name: tests for name, tests in denied.items() if tests} == CONTRADICTED


def test_the_demo_account_has_the_defaults_and_says_so(demo) -> None:
    assert demo.results["lax_settings"] == []


def test_nothing_is_missing(demo) -> None:
    assert json.loads((demo.bundle / "data/gaps.json").read_text()) == []
    assert {unit["outcome"] for unit in demo.run["units"]} == {"collected", "empty"}


def test_every_call_is_one_that_a_collector_declares(demo) -> None:
    from evidence.collectors.base import catalogue

    declared = {(op.service, op.name) for collector in catalogue().values() for op in collector.operations}
    calls = [json.loads(line) for line in (demo.bundle / "data/calls.jsonl").read_text().splitlines()]
    assert {(call["service"], call["operation"]) for call in calls} <= declared
    assert all(call["request_id"] and call["aws_date"] for call in calls)
    assert [call["seq"] for call in calls] == list(range(1, len(calls) + 1))
