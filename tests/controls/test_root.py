"""ROOT-1 to ROOT-4 in words: what two sources say, what central management explains, what was looked at."""

from typing import Any

import pytest

from evidence.controls.declaration import Severity
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    COLUMNS,
    ORGANIZATION_TARGET,
    REPORT_FILE,
    World,
    csv_of,
    good,
    perform_in,
    row,
)
from tests.controls.world_records import MEMBER, member

NOTHING = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}
CENTRAL = "Central root management is enabled"


def without_credentials(management: str = MEMBER) -> World:
    """An account whose root has no credentials, in an organization that manages its members' roots."""
    world = good()
    world.records["iam.account-summary"][ACCOUNT_TARGET][0] |= NOTHING
    world.report[0] = row("<root_account>", password_enabled="false")
    described = world.records["organizations.organization"][ORGANIZATION_TARGET][0]["Organization"]
    described["MasterAccountId"] = management
    return world


def note_of(world: World) -> str:
    (found,) = perform_in(world, "ROOT-1").rows
    assert found.verdict == "met"
    return found.note


def features(world: World, records: list[Any]) -> None:
    world.records["organizations.root-access"] = {ORGANIZATION_TARGET: records}


def test_central_management_is_named_where_the_evidence_shows_it() -> None:
    assert CENTRAL in note_of(without_credentials())


def test_central_management_never_covers_the_management_account() -> None:
    assert CENTRAL not in note_of(without_credentials(ACCOUNT))


@pytest.mark.parametrize("records", [[], [{"EnabledFeatures": ["RootSessions"]}], [{"Enabled": True}]])
def test_central_management_is_not_guessed(records: list[Any]) -> None:
    world = without_credentials()
    features(world, records)
    assert CENTRAL not in note_of(world)


def test_central_management_of_another_organization_explains_nothing() -> None:
    world = without_credentials()
    world.records["organizations.accounts"] = {ORGANIZATION_TARGET: [member(MEMBER, "other")]}
    assert CENTRAL not in note_of(world)
    del world.records["organizations.accounts"]
    assert CENTRAL not in note_of(world)


def test_a_contradiction_shows_both_values_and_both_places() -> None:
    world = good()
    world.report[0]["mfa_active"] = "false"
    (found,) = perform_in(world, "ROOT-1").rows
    assert (
        found.observed == "the summary says AccountMFAEnabled = 1, the credential report mfa_active = false"
    )
    assert [pointer.file.rpartition("/")[2] for pointer in found.pointers] == [
        "account-summary.jsonl",
        "credential-report.csv",
    ]


def test_a_disagreement_about_keys_is_said() -> None:
    world = good()
    world.report[0]["access_key_1_last_rotated"] = "2026-01-02T00:00:00Z"
    result = perform_in(world, "ROOT-2")
    (found,) = result.rows
    assert "disagree: 0 access keys by the summary, 1 by the report" in found.note
    assert found.severity is result.severity is Severity.CRITICAL


def test_columns_that_nobody_reads_are_named() -> None:
    world = good()
    columns = (*COLUMNS, "passkeys")
    world.options["files"] = {REPORT_FILE: csv_of([one | {"passkeys": "1"} for one in world.report], columns)}
    assert "not read: passkeys" in perform_in(world, "ROOT-2").rows[0].note


def test_a_pass_on_an_empty_list_says_what_was_looked_at() -> None:
    (found,) = perform_in(good(), "ROOT-3").rows
    assert "and AWS lists none at all, assigned or not" in found.observed
    assert found.pointers[0].file.endswith("mfa-devices.jsonl")


@pytest.mark.parametrize("test", ["ROOT-1", "ROOT-2", "ROOT-3"])
def test_what_cannot_be_read_of_an_account_is_its_row(test: str) -> None:
    world = good()
    world.records["iam.account-summary"][ACCOUNT_TARGET][0]["AccountMFAEnabled"] = "yes"
    world.records["iam.account-summary"][ACCOUNT_TARGET][0]["AccountAccessKeysPresent"] = None
    result = perform_in(world, test)
    (found,) = result.rows
    assert (found.verdict, result.conclusion, result.holes) == ("not determined", "not concluded", ())
    assert "which is no figure" in found.observed
    assert found.pointers
