"""What AWS does wrong in the middle of a run: a gap with its cause, and the rest is there."""

import json

import pytest

from evidence.errors import CredentialsError, EndpointError, PermissionMissingError, UsageError
from tests.aws_server.faults import Fault

REFUSED = "User: x is not authorized to perform: config:DescribeConfigRules on resource: *"
RULES = ("config", "DescribeConfigRules")
FAULTS = {
    "denied": (Fault(*RULES, "AccessDeniedException"), "permission missing", "AccessDeniedException"),
    "scp": (
        Fault(*RULES, "AccessDeniedException", scp=True),
        "denied by a service control policy",
        "AccessDeniedException",
    ),
    "in words": (  # each of AWS's words: tests/aws/test_aws_cause.py
        Fault(
            *RULES, "AccessDeniedException", message=f"{REFUSED} because no permissions boundary allows it"
        ),
        "denied by a permissions boundary",
        "AccessDeniedException",
    ),
    "expired": (Fault(*RULES, "ExpiredTokenException"), "credentials expired", "ExpiredTokenException"),
    "opt-in": (
        Fault(*RULES, "UnrecognizedClientException"),
        "region disabled",
        "UnrecognizedClientException",
    ),
    "off": (
        Fault(*RULES, "SubscriptionRequiredException"),
        "service not enabled",
        "SubscriptionRequiredException",
    ),
    "html": (Fault(*RULES, "html200"), "answer incomplete", "AnswerError"),
    "empty": (Fault(*RULES, "empty200"), "answer incomplete", "AnswerError"),
    "cut": (Fault(*RULES, "truncated"), "answer incomplete", "AnswerError"),
    "circle": (Fault(*RULES, "repeated-token"), "answer incomplete", "InvalidNextTokenException"),
    "broken": (Fault(*RULES, "ValidationException"), "AWS answered with an error", "ValidationException"),
}


@pytest.mark.parametrize(("fault", "cause", "code"), FAULTS.values(), ids=FAULTS)
def test_one_operation_fails_in_one_region(run_collect, with_items, fault, cause, code) -> None:
    with_items("config.rules", "config.rule-compliance", "iam.account-summary")
    made = run_collect(
        Fault(
            **{name: getattr(fault, name) for name in ("service", "operation", "error", "scp", "message")},
            region="eu-west-1",
        )
    )
    by_item = {(gap["item"], gap["target"]["region"]): gap for gap in made.gaps}
    assert set(by_item) == {("config.rules", "eu-west-1"), ("config.rule-compliance", "eu-west-1")}
    gap = by_item["config.rules", "eu-west-1"]
    assert (gap["cause"], gap["error_code"], gap["operation"]) == (cause, code, "config:DescribeConfigRules")
    assert gap["message"]
    assert gap["effect"].count(".") == 1
    assert by_item["config.rule-compliance", "eu-west-1"]["cause"] == "an item it builds on is missing"
    assert made.unit("config.rules", "eu-west-1")["outcome"] == "gap"
    assert made.unit("config.rules", "us-east-1")["outcome"] == "collected"
    assert made.unit("iam.account-summary")["outcome"] == "collected"
    failed = [call for call in made.calls if call["item"] == "config.rules" and call["region"] == "eu-west-1"]
    assert failed
    assert all(call["file"] == "" for call in failed), "fed nothing"
    assert made.unit("config.rules", "eu-west-1")["calls"] == len(failed)
    assert not any("eu-west-1/config" in file for file in made.files())


def test_a_key_that_refuses_the_identity_store_is_named_in_the_gap(run_collect, with_items) -> None:
    with_items("identity-store.users", "identity-center.instance", "organizations.organization")
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    said = f"User: x is not authorized to perform: kms:Decrypt on resource: {key} because no session policy"
    made = run_collect(
        Fault("identitystore", "ListUsers", "AccessDeniedException", message=f"{said} allows it")
    )
    (gap,) = made.gaps
    assert (gap["item"], gap["cause"]) == ("identity-store.users", "refused by an encryption key")
    assert f"The key: {key}." in gap["message"]


def test_a_token_that_expires_between_pages_leaves_no_half_population(run_collect, with_items) -> None:
    with_items("iam.authorization-details", "iam.account-summary")
    made = run_collect(Fault("iam", "GetAccountAuthorizationDetails", "ExpiredToken", page=2))
    assert [(gap["item"], gap["cause"]) for gap in made.gaps] == [
        ("iam.authorization-details", "credentials expired")
    ]
    assert not any("authorization" in file for file in made.files())


def test_a_marker_that_is_missing_is_no_end(run_collect, with_items) -> None:
    with_items("iam.authorization-details", "iam.account-summary")
    made = run_collect(Fault("iam", "GetAccountAuthorizationDetails", "no-token"))
    assert [gap["cause"] for gap in made.gaps] == ["answer incomplete"]


def test_throttling_that_passes_leaves_no_gap(run_collect, with_items) -> None:
    with_items("config.rules")
    made = run_collect(Fault(*RULES, "ThrottlingException", first_n=4))
    assert made.gaps == []
    assert sum(call["attempts"] - 1 for call in made.calls) == 4


def test_throttling_that_does_not_pass_ends_at_the_deadline(run_collect, with_items) -> None:
    with_items("config.rules", "iam.account-summary")
    made = run_collect(
        Fault(*RULES, "ThrottlingException", region="eu-west-1"),
        settings={"collect": {"deadline_seconds": 10}},
    )
    (gap,) = made.gaps
    assert gap["cause"] in ("out of time", "throttled out")
    assert gap["target"]["region"] == "eu-west-1"


def test_the_list_of_regions_is_denied(run_collect, with_items) -> None:
    with_items("config.rules")
    made = run_collect(
        Fault("account", "ListRegions", "AccessDeniedException"),
        Fault("ec2", "DescribeRegions", "UnauthorizedOperation"),
    )
    assert [gap["item"] for gap in made.gaps] == ["account.regions"]
    (region,) = made.run["regions"]
    assert (region["region"], region["status"], region["in_scope"]) == ("us-east-1", "UNKNOWN", True)
    assert "could not be read" in region["reason"]


NOTHING = {
    "permission": ("AccessDenied", PermissionMissingError),
    "scp": ("AccessDeniedException", PermissionMissingError),
    "html": ("html200", EndpointError),
}


@pytest.mark.parametrize(("code", "error"), NOTHING.values(), ids=NOTHING)
def test_nothing_at_all_may_be_read(run_collect, with_items, tmp_path, code, error) -> None:
    with_items("config.rules", "iam.account-summary")
    services = ("iam", "config", "account", "ec2")
    with pytest.raises(error):
        run_collect(*(Fault(service, "*", code, status=403) for service in services))
    assert list((tmp_path / "out").iterdir()) == []


REFUSED = {
    "expired": ("ExpiredToken", CredentialsError, "expired"),
    "wrong key": ("InvalidClientTokenId", CredentialsError, "does not take"),
    "denied": ("AccessDenied", PermissionMissingError, "who it is"),
    "html": ("html200", EndpointError, "cannot be asked"),
}


@pytest.mark.parametrize(("code", "error", "text"), REFUSED.values(), ids=REFUSED)
def test_the_first_call_fails(run_collect, tmp_path, code, error, text) -> None:
    with pytest.raises(error, match=text):
        run_collect(Fault("sts", "*", code, status=403))
    assert not (tmp_path / "out").exists()


def test_a_region_that_does_not_exist(run_collect, with_items, tmp_path) -> None:
    with_items("config.rules")
    with pytest.raises(UsageError, match="no AWS region named 'eu-west-9'"):
        run_collect(settings={"aws": {"regions": ["eu-west-1", "eu-west-9"]}})
    assert list((tmp_path / "out").iterdir()) == []


def test_regions_left_out_are_recorded_and_not_called(run_collect, with_items) -> None:
    with_items("config.rules")
    made = run_collect(settings={"aws": {"regions": ["eu-west-1"]}})
    covered = {state["region"] for state in made.run["regions"] if state["in_scope"]}
    assert covered == {"eu-west-1"}
    left_out = {state["reason"] for state in made.run["regions"] if state["region"] == "us-east-1"}
    assert left_out == {"left out by the settings"}
    assert {call["region"] for call in made.calls if call["service"] == "config"} == {"eu-west-1"}


def test_a_region_asked_for_that_is_not_enabled_is_a_gap_without_a_call(run_collect, with_items) -> None:
    with_items("config.rules")
    made = run_collect(settings={"aws": {"regions": ["eu-west-1", "af-south-1"]}})
    assert [(gap["target"]["region"], gap["cause"]) for gap in made.gaps] == [
        ("af-south-1", "region disabled")
    ]
    assert made.unit("config.rules", "af-south-1")["calls"] == 0


def test_regions_that_refuse_take_no_instance_of_identity_center_away(run_collect, with_items) -> None:
    """The first of the regions is where all are asked for at once."""
    with_items("identity-center.instance", "organizations.organization")
    refused = [Fault("sso-admin", "ListInstances", "AccessDeniedException", region=region, scp=True)
               for region in ("ap-southeast-2", "us-east-1")]  # fmt: skip
    made = run_collect(*refused)
    assert made.gaps == []
    lines = made.read("organization/identity-center/instance.jsonl").splitlines()
    records = [json.loads(line) for line in lines]
    asked = {(one["Region"], one["Asked"]["RegionScope"]): one["Asked"] for one in records if "Asked" in one}
    assert asked["ap-southeast-2", "ALL_REGIONS"]["Cause"] == "denied by a service control policy"
    here = {region: said for (region, scope), said in asked.items() if scope == "CURRENT_REGION"}
    unanswered = [region for region, said in here.items() if not said["Answered"]]
    assert unanswered == ["ap-southeast-2", "us-east-1"]
    assert [one["Region"] for one in records if "Instance" in one] == ["eu-west-1"]


LOOK_UP = ("cloudtrail", "LookupEvents")
IDENTITY = (
    "identity-center.instance",
    "organizations.organization",
    "organizations.delegated-administrators",
)


def looked_up(made) -> tuple[dict[tuple[str, str], str], list[str]]:
    """What came of each question to CloudTrail, by region and name; the names of the events that it told."""
    lines = made.read("123456789012/cloudtrail/access-events.jsonl").splitlines()
    records = [json.loads(line) for line in lines]
    said = {
        (one["Region"], one["Asked"].get("EventName", "root")): one["Asked"].get("Cause", "answered")
        for one in records
        if "Asked" in one
    }
    return said, [one["Event"]["EventName"] for one in records if "Event" in one]


def test_a_region_that_refuses_takes_no_event_of_others(run_collect, with_items) -> None:
    with_items("cloudtrail.access-events", *IDENTITY)
    made = run_collect(Fault(*LOOK_UP, "AccessDeniedException", region="us-west-2", scp=True))
    assert made.gaps == []
    said, events = looked_up(made)
    assert {cause for (region, _), cause in said.items() if region == "us-west-2"} == {
        "denied by a service control policy"
    }
    assert {cause for (region, _), cause in said.items() if region != "us-west-2"} == {"answered"}
    assert {"CreateBearerToken", "CreateAccountAssignment", "CreateAccessKey"} <= set(events)
    assert not {"ListExternalIdPConfigurationsForDirectory", "ProvisionPermissionSet"} & set(events)


def test_what_was_told_before_the_units_time_was_over_is_kept(run_collect, with_items) -> None:
    with_items("cloudtrail.access-events", *IDENTITY)
    late = Fault(*LOOK_UP, "ThrottlingException", region="eu-west-1", status=400)
    made = run_collect(late, settings={"collect": {"unit_seconds": 10}})
    said, events = looked_up(made)
    assert {cause for (region, _), cause in said.items() if region == "eu-west-1"} <= {
        "throttled out",
        "out of time",
    }
    assert "out of time" in said.values()
    assert said["us-east-1", "CreateAccessKey"] == "answered"
    assert "CreateAccessKey" in events
    assert made.unit("cloudtrail.access-events")["outcome"] == "collected"


def test_no_answer_from_any_region_is_a_gap(run_collect, with_items) -> None:
    with_items("cloudtrail.access-events", *IDENTITY)
    made = run_collect(Fault(*LOOK_UP, "AccessDeniedException"))
    assert [(gap["item"], gap["cause"]) for gap in made.gaps] == [
        ("cloudtrail.access-events", "permission missing")
    ]


def test_events_of_iam_are_asked_for_though_nobody_may_ask_identity_center(run_collect, with_items) -> None:
    with_items("cloudtrail.access-events", *IDENTITY)
    made = run_collect(Fault("sso-admin", "ListInstances", "AccessDeniedException"))
    assert [gap["item"] for gap in made.gaps] == ["identity-center.instance"]
    said, events = looked_up(made)
    assert said["us-east-1", "CreateAccessKey"] == "answered"
    assert ("eu-west-1", "CreateBearerToken") not in said
    assert "CreateAccessKey" in events
