"""What is asked of CloudTrail about changes of access, where, and what is kept of the answers."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from evidence.aws.event_sources import global_region
from evidence.aws.failures import DeadlineError
from evidence.collectors._access_events import TABLE, Recorded, sources_by_name
from evidence.controls.tests.identity_source import AGAINST, CHANGES, FOR
from evidence.controls.tests.ipe_lists import DELETED
from tests.collectors.collector_fakes import ACCOUNT, Run
from tests.collectors.test_collector_identity_center import HOME, OURS, known

ITEM = "cloudtrail.access-events"
MEMBER = "210987654321"
DELEGATED = "organizations.delegated-administrators"
NOTHING: dict[str, list[dict[str, Any]]] = {"Events": []}
IAM_NAMES = set(sources_by_name(frozenset({Recorded.IAM, Recorded.ORGANIZATIONS})))
HOME_NAMES = set(sources_by_name(frozenset({Recorded.HOME})))
EACH = {"StopConfigurationRecorder", "DeleteConfigRule", "DeleteAnalyzer", "CreateArchiveRule"}
PERIOD = {
    "CreateUser", "DeleteUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey",
    "DeactivateMFADevice", "AttachUserPolicy", "AddUserToGroup", "CreateAccountAssignment",
    "DeleteAccountAssignment",
    "AddMemberToGroup", "RemoveMemberFromGroup", "CreateGroupMembership", "DeleteGroupMembership",
    "DisableUser", "LeaveOrganization", "DisablePolicyType", *EACH,
}  # fmt: skip


def administered_by(account: str, service: str = "sso.amazonaws.com") -> list[dict[str, Any]]:
    services = [{"ServicePrincipal": service}]
    return [{"DelegatedAdministrator": {"Id": account}, "DelegatedServices": services}]


def ask(collected: Run, answer: Any = NOTHING, regions: tuple[str, ...] = (HOME, "us-east-1"), **more: Any):
    needed = known(OURS) | {DELEGATED: []} | more
    return collected(ITEM, {"LookupEvents": answer}, needed=needed, regions=regions)


def asked(ctx: Any) -> dict[str, set[str]]:
    """The names that were looked up, by region."""
    found: dict[str, set[str]] = {}
    for _, region, parameters, _ in ctx.asked:
        (attribute,) = parameters["LookupAttributes"]
        found.setdefault(region, set()).add(attribute["AttributeValue"])
    return found


def test_each_name_is_asked_where_its_events_are_recorded(collected: Run) -> None:
    yields, ctx = ask(collected, regions=(HOME, "us-east-1", "us-west-2"))
    assert asked(ctx) == {
        HOME: HOME_NAMES | EACH,
        "us-east-1": IAM_NAMES | EACH | {"root"},
        "us-west-2": EACH,
    }
    assert len(ctx.asked) == sum(map(len, asked(ctx).values())), "none is asked twice"
    questions = {(one["Region"], one["Asked"].get("EventName", "root")) for one in yields}
    assert questions == {(region, name) for region, names in asked(ctx).items() for name in names}
    assert all(one["Asked"]["Answered"] and one["Asked"]["From"] is None for one in yields)


def test_the_table_has_what_tests_and_the_report_over_a_period_read() -> None:
    names = {name for row in TABLE for name in row.names}
    assert names >= PERIOD
    assert {"PatchUser", "PutUser", "PatchGroup", "CreateGroup", "DeleteGroup"} <= HOME_NAMES, "SCIM's"
    assert FOR | CHANGES | AGAINST | set(DELETED.values()) <= HOME_NAMES
    assert len(names) <= 50, "each costs a look-up, of which AWS allows two a second"


@pytest.mark.parametrize(
    "needed",
    [
        {"identity-center.instance": []},
        {"organizations.organization": []},
        known(OURS, management=MEMBER),
        known({**OURS, "Instance": OURS["Instance"] | {"OwnerAccountId": MEMBER}}, management=MEMBER),
    ],
)
def test_identity_centers_events_are_asked_for_where_it_is_administered_only(
    collected: Run, needed: dict
) -> None:
    """Not where the instance is not known, not in a member."""
    _, ctx = ask(collected, **needed)
    assert asked(ctx) == {HOME: EACH, "us-east-1": IAM_NAMES | EACH | {"root"}}


@pytest.mark.parametrize(("service", "there"), [("sso.amazonaws.com", True), ("config.amazonaws.com", False)])
def test_the_delegated_administrator_is_asked_too(collected: Run, service: str, there: bool) -> None:
    theirs = {**OURS, "Instance": OURS["Instance"] | {"OwnerAccountId": MEMBER}}
    needed = known(theirs, management=MEMBER) | {DELEGATED: administered_by(ACCOUNT, service)}
    _, ctx = ask(collected, **needed)
    assert (asked(ctx)[HOME] >= HOME_NAMES) is there


def test_global_events_are_asked_for_in_a_run_that_leaves_their_region_out(collected: Run) -> None:
    _, ctx = ask(collected, regions=("eu-central-1",))
    assert asked(ctx) == {"eu-central-1": EACH, "us-east-1": IAM_NAMES | {"root"}, HOME: HOME_NAMES}


@pytest.mark.parametrize(
    ("region", "service", "where"),
    [
        ("eu-west-1", "iam", "us-east-1"),
        ("us-gov-east-1", "iam", "us-gov-west-1"),
        ("cn-northwest-1", "iam", "cn-north-1"),
        ("cn-north-1", "organizations", "cn-northwest-1"),
        ("eusc-de-east-1", "iam", "eusc-de-east-1"),
    ],
)
def test_each_partition_has_its_own_region_of_global_services(region: str, service: str, where: str) -> None:
    assert global_region(service, region) == where


def test_in_china_iam_and_organizations_are_asked_for_in_different_regions(collected: Run) -> None:
    _, ctx = ask(collected, regions=("cn-north-1",), **{"identity-center.instance": []})
    assert asked(ctx) == {
        "cn-north-1": IAM_NAMES - {"LeaveOrganization", "DisablePolicyType"} | EACH | {"root"},
        "cn-northwest-1": {"LeaveOrganization", "DisablePolicyType"},
    }


def test_nothing_is_asked_where_no_region_is_known(collected: Run) -> None:
    yields, ctx = ask(collected, regions=())
    assert (yields, ctx.asked) == ([], [])


def event(name: str, source: str, **more: Any) -> dict[str, Any]:
    return {"EventName": name, "EventSource": source, "EventId": f"{name} {source}", **more}


def kept(collected: Run, name: str, *events: dict[str, Any], region: str = HOME) -> list[str]:
    def answer(asked: dict[str, Any]) -> Any:
        (attribute,) = asked["LookupAttributes"]
        here = (attribute["AttributeValue"], asked["region"]) == (name, region)
        return [{"Events": [one]} for one in events] if here else NOTHING

    yields, _ = ask(collected, answer)
    return [one["Event"]["EventId"] for one in yields if "Event" in one]


def test_events_of_other_services_and_those_that_read_are_not_kept(collected: Run) -> None:
    ours, scim = (
        event("CreateUser", "sso-directory.amazonaws.com"),
        event("CreateUser", "identitystore-scim.amazonaws.com"),
    )
    others = event("CreateUser", "iam.amazonaws.com"), event("CreateUser", "quicksight.amazonaws.com")
    read = event("CreateUser", "identitystore.amazonaws.com", ReadOnly="true")
    assert kept(collected, "CreateUser", ours, *others, read, scim) == [ours["EventId"], scim["EventId"]]
    assert kept(collected, "CreateUser", ours, *others, region="us-east-1") == [others[0]["EventId"]]


def test_of_roots_name_only_roots_own_changes_are_kept(collected: Run) -> None:
    def by(kind: str, name: str, **more: Any) -> dict[str, Any]:
        return event(
            name, "signin.amazonaws.com", CloudTrailEvent=json.dumps({"userIdentity": {"type": kind}}), **more
        )

    untold = event("CreateKey", "kms.amazonaws.com")
    broken = event("CreateTrail", "cloudtrail.amazonaws.com", CloudTrailEvent="[]")
    found = kept(
        collected, "root", by("Root", "ConsoleLogin"), by("IAMUser", "DeleteTrail"),
        by("Root", "ListUsers", ReadOnly="true"), untold, broken, region="us-east-1",
    )  # fmt: skip
    assert [one.split(" ")[0] for one in found] == ["ConsoleLogin", "CreateKey", "CreateTrail"]


def answers_but(name: str, wrong: str, region: str = HOME) -> Any:
    def answer(asked: dict[str, Any]) -> Any:
        (attribute,) = asked["LookupAttributes"]
        here = (attribute["AttributeValue"], asked["region"]) == (name, region)
        return wrong if here else {"Events": [event(attribute["AttributeValue"], "")]}

    return answer


@pytest.mark.parametrize(
    ("wrong", "cause"), [("AccessDeniedException", "permission missing"), ("late", "out of time")]
)
def test_what_refuses_every_name_is_asked_once_and_told_of_each(
    collected: Run, wrong: str, cause: str
) -> None:
    yields, ctx = ask(collected, answers_but("DeleteUser", wrong))
    said = {
        (one["Region"], one["Asked"].get("EventName")): one["Asked"].get("Cause")
        for one in yields
        if "Asked" in one
    }
    order = [name for region, name in said if region == HOME]
    first = order.index("DeleteUser")
    assert {said[HOME, name] for name in order[:first]} == {None}
    assert {said[HOME, name] for name in order[first:]} == {cause}
    assert {cause for (region, _), cause in said.items() if region != HOME} == {None}
    asked_at_home = [region for _, region, *_ in ctx.asked if region == HOME]
    assert len(asked_at_home) == first + 1


@pytest.mark.parametrize(("wrong", "cause"), [("InvalidTimeRangeException", "AWS answered with an error")])
def test_a_name_without_an_answer_takes_nothing_from_the_others(
    collected: Run, wrong: str, cause: str
) -> None:
    yields, ctx = ask(collected, answers_but("AssociateDirectory", wrong))
    open_ = [one for one in yields if "Asked" in one and not one["Asked"]["Answered"]]
    assert [(one["Region"], one["Asked"]["EventName"], one["Asked"]["Cause"]) for one in open_] == [
        (HOME, "AssociateDirectory", cause)
    ]
    assert sum("Event" in one for one in yields) == len(ctx.asked) - 1


def test_a_look_up_that_breaks_off_between_pages_leaves_no_half_of_it(collected: Run) -> None:
    first = {"Events": [event("DeleteUser", "")]}
    yields, _ = ask(
        collected,
        lambda asked: (
            [first, "late"] if asked["LookupAttributes"][0]["AttributeValue"] == "DeleteUser" else NOTHING
        ),
    )
    assert not any("Event" in one for one in yields)


def test_no_answer_at_all_is_a_gap(collected: Run) -> None:
    with pytest.raises(ClientError):
        ask(collected, "AccessDeniedException")
    with pytest.raises(DeadlineError):
        ask(collected, "late")


def test_expired_credentials_are_no_matter_of_a_name(collected: Run) -> None:
    with pytest.raises(ClientError):
        ask(collected, answers_but("AssociateDirectory", "ExpiredTokenException"))
