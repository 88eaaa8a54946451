"""A whole organization: which accounts, how they are entered, and what a closed door leaves behind."""

import json

import pytest

from evidence.bundle import open_bundle
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import catalogue, perform
from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID, MANAGEMENT_ACCOUNT
from evidence.errors import PermissionMissingError, UsageError
from tests.aws_server.faults import Fault
from tests.collect.collect_support import MEMBERS, WHOLE

ITEMS = ("iam.account-summary", "config.recorders", "organizations.organization", "organizations.accounts",
         "organizations.units", "organizations.account-tags")  # fmt: skip


@pytest.fixture
def collect_organization(run_collect, with_items):
    """Collect a few items of the demo organization."""

    def run(*faults: Fault, items=ITEMS, collect=None, **aws):
        with_items(*items)
        return run_collect(*faults, settings={"aws": WHOLE | aws, "collect": collect or {}})

    return run


def states(made) -> dict[str, tuple[bool, str]]:
    return {state["account"]: (state["in_scope"], state["reason"]) for state in made.run["account_states"]}


def conclusion(made, test: str) -> tuple[Conclusion, str]:
    result = perform(catalogue()[test], open_bundle(made.folder))
    return result.conclusion, result.reason


def test_every_account_is_entered_and_collected_as_itself(collect_organization) -> None:
    made = collect_organization()
    assert made.gaps == []
    assert made.run["accounts"] == [MANAGEMENT_ACCOUNT, *sorted(MEMBERS)]
    assert states(made)[org.SANDBOX_ACCOUNT] == (False, "suspended: AWS lets nobody in, root included")
    for account in MEMBERS:
        (who,) = [json.loads(line) for line in made.read(f"{account}/sts/caller.jsonl").splitlines()]
        assert who["Account"] == account
        assert who["Arn"] == f"arn:aws:sts::{account}:assumed-role/{COLLECTOR}/evidence"
        regions = {state["region"] for state in made.run["regions"] if state["account"] == account}
        assert regions >= set(org.ENABLED_REGIONS)
    entered = [call for call in made.calls if call["operation"] == "AssumeRole"]
    assert sorted(call["parameters"]["RoleArn"].split(":")[4] for call in entered) == sorted(MEMBERS)
    assert all(call["parameters"]["ExternalId"].startswith("sha256:") for call in entered)
    assert EXTERNAL_ID not in made.read("calls.jsonl")
    for test in ("IPE-4", "IPE-8", "IPE-9", "IPE-10"):
        assert conclusion(made, test)[0] is Conclusion.NO_EXCEPTIONS, test


def test_the_ledger_shows_that_no_account_depends_on_another(collect_organization) -> None:
    made = collect_organization(collect={"workers": 4})  # so few that accounts are opened one after the other
    assert len({call["depth"] for call in made.calls if call["operation"] == "AssumeRole"}) == 1


CLOSED_DOORS = {
    "no permission": (
        Fault("sts", "AssumeRole", "AccessDenied", status=403, account=org.LOG_ACCOUNT),
        "permission missing",
        "the caller's own policies do not allow sts:AssumeRole",
    ),
    "scp": (
        Fault("sts", "AssumeRole", "AccessDenied", status=403, account=org.LOG_ACCOUNT, scp=True),
        "denied by a service control policy",
        "a service control policy denies it",
    ),
    "expired": (
        Fault("sts", "AssumeRole", "ExpiredTokenException", account=org.LOG_ACCOUNT, message="Too old"),
        "credentials expired",
        "could not be assumed: Too old",
    ),
}


@pytest.mark.parametrize(("fault", "cause", "text"), CLOSED_DOORS.values(), ids=CLOSED_DOORS)
def test_an_account_that_refuses_is_a_gap_in_every_unit(collect_organization, fault, cause, text) -> None:
    made = collect_organization(fault)
    assert org.LOG_ACCOUNT in made.run["accounts"]
    targets = [unit["target"] for unit in made.run["units"] if unit["target"]["account"] == org.LOG_ACCOUNT]
    assert len(targets) == len(made.gaps) == 3 + len(org.ENABLED_REGIONS)
    for gap in made.gaps:
        assert (gap["cause"], gap["operation"]) == (cause, "sts:AssumeRole")
        assert f"arn:aws:iam::{org.LOG_ACCOUNT}:role/{COLLECTOR}" in gap["message"]
        assert text in gap["message"]
    for test in ("IPE-4", "IPE-8", "IPE-9"):
        assert conclusion(made, test)[0] is Conclusion.NOT_CONCLUDED, test
    assert conclusion(made, "CFG-1")[0] is Conclusion.EXCEPTIONS, "what is known elsewhere stays known"
    assert conclusion(made, "IPE-10")[0] is Conclusion.NO_EXCEPTIONS


@pytest.mark.parametrize("wrong", [{"external_id": "guessed"}, {"role": "NoSuchRole"}])
def test_what_aws_does_not_tell_apart_is_told_as_such(collect_organization, wrong) -> None:
    made = collect_organization(**wrong)
    assert {gap["target"]["account"] for gap in made.gaps} == set(MEMBERS)
    assert {gap["cause"] for gap in made.gaps} == {"the account's role could not be assumed"}
    assert all("AWS does not say which" in gap["message"] for gap in made.gaps)


CHOICES = {
    "unit by path": (
        {"include_accounts": ["/Workloads"]},
        {org.PRODUCTION_ACCOUNT, org.STAGING_ACCOUNT, org.DATA_ACCOUNT},
    ),
    "unit by id": ({"include_accounts": ["ou-nw01-security"]}, {org.SECURITY_ACCOUNT, org.LOG_ACCOUNT}),
    "id": ({"include_accounts": [org.DATA_ACCOUNT]}, {org.DATA_ACCOUNT}),
    "tag": ({"include_accounts": ["tag:environment=production"]}, {org.PRODUCTION_ACCOUNT, org.DATA_ACCOUNT}),
    "exclusion": (
        {"exclude_accounts": {"/Workloads/Production": "Audited on its own."}},
        {org.SECURITY_ACCOUNT, org.LOG_ACCOUNT, org.STAGING_ACCOUNT},
    ),
    "list": ({"organization": False, "accounts": [org.STAGING_ACCOUNT]}, {org.STAGING_ACCOUNT}),
    "list and organization": (
        {"include_accounts": ["/Security"], "accounts": [org.STAGING_ACCOUNT]},
        {org.SECURITY_ACCOUNT, org.LOG_ACCOUNT, org.STAGING_ACCOUNT},
    ),
}


@pytest.mark.parametrize(("aws", "expected"), CHOICES.values(), ids=CHOICES)
def test_accounts_are_chosen_by_id_unit_and_tag_and_each_left_out_has_a_reason(
    collect_organization, aws, expected
) -> None:
    made = collect_organization(**aws)
    assert set(made.run["accounts"]) == {MANAGEMENT_ACCOUNT, *expected}
    assert set(states(made)) == {row[0] for row in org.ACCOUNTS}
    assert all(reason for _, reason in states(made).values())
    reasoned = "exclude_accounts" in aws
    if reasoned:
        assert states(made)[org.DATA_ACCOUNT][1] == "excluded by /Workloads/Production: Audited on its own."
    right = Conclusion.NO_EXCEPTIONS if reasoned else Conclusion.EXCEPTIONS  # merely not asked for
    assert conclusion(made, "IPE-10")[0] is right


REFUSED = {
    "selects nothing": ({"include_accounts": ["/Worklods"]}, UsageError, "No account of the organization"),
    "own account": ({"exclude_accounts": {"/": "All of them."}}, UsageError, "cannot be excluded"),
}


@pytest.mark.parametrize(("aws", "kind", "text"), REFUSED.values(), ids=REFUSED)
def test_a_choice_that_cannot_be_meant_is_refused(collect_organization, tmp_path, aws, kind, text) -> None:
    with pytest.raises(kind, match=text):
        collect_organization(**aws)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_organization_whose_accounts_cannot_be_listed_is_not_taken_for_a_small_one(
    collect_organization,
) -> None:
    with pytest.raises(PermissionMissingError, match="accounts cannot be told"):
        collect_organization(Fault("organizations", "ListAccounts", "AccessDeniedException"))


def test_an_excluded_list_of_accounts_is_refused_as_well(collect_organization) -> None:
    with pytest.raises(UsageError, match="cannot be excluded"):
        collect_organization(items=ITEMS, collect={"exclude": ["organizations.accounts"]})


def test_one_account_alone_lists_the_others_as_not_asked_for(run_collect, with_items) -> None:
    with_items(*ITEMS)
    made = run_collect()
    assert made.run["accounts"] == [MANAGEMENT_ACCOUNT]
    assert {account for account, (in_scope, _) in states(made).items() if in_scope} == {MANAGEMENT_ACCOUNT}
    assert states(made)[org.LOG_ACCOUNT][1].startswith("not asked for")


def test_a_session_may_do_no_more_than_its_items_need(collect_organization) -> None:
    made = collect_organization(items=("iam.account-summary", "organizations.accounts",
                                       "organizations.organization", "organizations.units"))  # fmt: skip
    assert made.gaps == [], "the demo account refuses what the session policy does not allow"
