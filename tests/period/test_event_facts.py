"""What events tell of whom or what they are about; members that are odd tell nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.bundle import LocatedRecord
from evidence.corroborate.events import COLUMNS
from evidence.diff.model import EntryKind
from evidence.period.event_facts import EventDetails, EventEffect, targets_of
from evidence.period.events import from_bundle, of_lookup, of_record, of_row
from evidence.readers.access_events import access_event
from evidence.records import Scope, Target

ACCOUNT = "123456789012"
MADE, ENDED = EventEffect.MADE, EventEffect.ENDED
OFF, ON, CHANGED = EventEffect.TURNED_OFF, EventEffect.TURNED_ON, EventEffect.CHANGED
IAM, STORE, SCIM = "iam", "identitystore", "identitystore-scim"
DIRECTORY, SSO, CONFIG, ANALYZER = "sso-directory", "sso", "config", "access-analyzer"
SET = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
ANALYZER_ARN = f"arn:aws:access-analyzer:eu-west-1:{ACCOUNT}:analyzer/a"
PATCHED = {"id": "u", "httpBody": {"operations": [{"op": "replace", "path": "active", "value": "False"}]}}
JOINED = {
    "id": "g",
    "httpBody": {"operations": [{"op": "add", "path": "members", "value": [{"value": "u"}]}]},
}
TOLD: list[tuple[str, str, Any, Any, list[tuple[EntryKind, EventEffect, str, str]]]] = [
    (IAM, "CreateUser", {"userName": "a"}, {"user": {"userId": "AIDA1"}},
     [(EntryKind.USER, MADE, "AIDA1", "a")]),
    (IAM, "DeleteUser", {"userName": "a"}, None, [(EntryKind.USER, ENDED, "", "a")]),
    (IAM, "CreateAccessKey", None, {"accessKey": {"userName": "a", "accessKeyId": "AKIA1"}},
     [(EntryKind.KEY, MADE, "AKIA1", "a")]),
    (IAM, "UpdateAccessKey", {"userName": "a", "accessKeyId": "AKIA1", "status": "Inactive"}, None,
     [(EntryKind.KEY, OFF, "AKIA1", "a")]),
    (IAM, "DeleteAccessKey", {"userName": "a", "accessKeyId": "AKIA1"}, None,
     [(EntryKind.KEY, ENDED, "AKIA1", "a")]),
    (IAM, "DeactivateMFADevice", {"userName": "a", "serialNumber": "s"}, None,
     [(EntryKind.MFA, CHANGED, "s", "a"), (EntryKind.USER, CHANGED, "", "a")]),
    (IAM, "AttachUserPolicy", {"userName": "a", "policyArn": "p"}, None,
     [(EntryKind.USER, CHANGED, "", "a")]),
    (DIRECTORY, "CreateUser", {}, {"user": {"userId": "u"}}, [(EntryKind.PERSON, MADE, "u", "")]),
    (STORE, "CreateUser", {}, {"userId": "u"}, [(EntryKind.PERSON, MADE, "u", "")]),
    (SCIM, "CreateUser", {"httpBody": {}}, {"id": "u"}, [(EntryKind.PERSON, MADE, "u", "")]),
    (SCIM, "DeleteUser", {"id": "u", "tenantId": "t"}, None, [(EntryKind.PERSON, ENDED, "u", "")]),
    (DIRECTORY, "DisableUser", {"userId": "u"}, None, [(EntryKind.PERSON, OFF, "u", "")]),
    (SCIM, "PatchUser", PATCHED, None, [(EntryKind.PERSON, OFF, "u", "")]),
    (SCIM, "PutUser", {"id": "u", "httpBody": {"active": True}}, None, [(EntryKind.PERSON, ON, "u", "")]),
    (SCIM, "PatchUser", {"id": "u", "httpBody": {"operations": [{"path": "HIDDEN_DUE", "value": "HIDDEN"}]}},
     None, [(EntryKind.PERSON, CHANGED, "u", "")]),
    (SCIM, "PatchGroup", JOINED, None,
     [(EntryKind.GROUP, CHANGED, "g", ""), (EntryKind.MEMBERSHIP, MADE, "g u", "")]),
    (DIRECTORY, "AddMemberToGroup", {"groupId": "g", "member": {"memberId": "u"}}, None,
     [(EntryKind.MEMBERSHIP, MADE, "g u", "")]),
    (STORE, "CreateGroupMembership", {"groupId": "g", "memberId": {"userId": "u"}}, {"membershipId": "m"},
     [(EntryKind.MEMBERSHIP, MADE, "g u", "")]),
    (STORE, "DeleteGroupMembership", {"membershipId": "m"}, None, [(EntryKind.MEMBERSHIP, ENDED, "", "")]),
    (SSO, "DeleteAccountAssignment",
     {"principalId": "g", "permissionSetArn": SET, "targetId": ACCOUNT, "targetType": "AWS_ACCOUNT"}, None,
     [(EntryKind.ASSIGNMENT, ENDED, f"g {SET} {ACCOUNT}", "")]),
    ("organizations", "LeaveOrganization", None, None, [(EntryKind.ACCOUNT, ENDED, ACCOUNT, "")]),
    (CONFIG, "StopConfigurationRecorder", {"configurationRecorderName": "default"}, None,
     [(EntryKind.SETTING, CHANGED, f"{ACCOUNT} eu-west-1 recorder default", "")]),
    (CONFIG, "DeleteConfigRule", {"configRuleName": "r"}, None,
     [(EntryKind.RULE, ENDED, f"{ACCOUNT} eu-west-1 r", "")]),
    (ANALYZER, "DeleteAnalyzer", {"analyzerName": "a"}, None,
     [(EntryKind.SETTING, ENDED, ANALYZER_ARN, "")]),
    (ANALYZER, "CreateArchiveRule", {"analyzerName": "a", "ruleName": "r"}, None,
     [(EntryKind.SETTING, CHANGED, ANALYZER_ARN, "")]),
    ("quicksight", "CreateUser", {"userName": "a"}, None, []),
    (DIRECTORY, "DeleteUser", {"userId": ["u"]}, None, []),
    (DIRECTORY, "DeleteUser", {"userId": "HIDDEN_DUE_TO_SECURITY_REASONS"}, None, []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "name", "asked", "answered", "expected"), TOLD)
def test_whom_an_event_is_about(source: str, name: str, asked: Any, answered: Any, expected: Any) -> None:
    record = {
        "eventName": name, "eventSource": f"{source}.amazonaws.com", "eventTime": "2026-01-02T03:04:05Z",
        "awsRegion": "eu-west-1", "recipientAccountId": ACCOUNT, "requestParameters": asked,
        "responseElements": answered,
    }  # fmt: skip
    event = of_record(record)
    told = [(one.kind, one.effect, one.id, one.name) for one in event.targets] if event else []
    assert told == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["userId", "id", "httpBody", "operations", "path", "value", "member", "op", "user"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(json_values, json_values)
def test_nothing_in_an_event_breaks_its_reading(asked: Any, answered: Any) -> None:
    for source, name in {(row[0], row[1]) for row in TOLD}:
        details = EventDetails(
            name, ACCOUNT, "eu-west-1",
            asked if isinstance(asked, dict) else {}, answered if isinstance(answered, dict) else {},
        )  # fmt: skip
        for one in targets_of(f"{source}.amazonaws.com", details):
            assert all(isinstance(word, str) and word for word in one.about)


def test_an_export_of_lake_is_read_with_what_was_asked_where_it_has_that() -> None:
    row = dict.fromkeys(COLUMNS, "") | {
        "eventid": "e", "eventtime": "2026-01-02 03:04:05.000", "eventsource": "iam.amazonaws.com",
        "eventname": "DeleteUser", "awsregion": "us-east-1", "recipientaccountid": ACCOUNT,
        "requestparameters": '{"userName": "a"}', "useridentityarn": "arn:aws:iam::1:user/b",
        "errorcode": "",
    }  # fmt: skip
    told = of_row(row)
    assert told is not None
    assert (told.about, told.actor, f"{told.time:%H:%M:%S}") == (("a",), "arn:aws:iam::1:user/b", "03:04:05")
    without = of_row({name: value for name, value in row.items() if name != "requestparameters"})
    assert without is not None
    assert without.about == ()


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({}, False),
        ({"errorCode": None}, False),
        ({"errorCode": ""}, True),
        ({"errorCode": "AccessDenied"}, True),
        ({"responseElements": {"ConsoleLogin": "Success"}}, False),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, True),
    ],
)
def test_a_bundle_and_a_log_file_say_the_same_of_what_was_refused(
    members: dict[str, Any], *, refused: bool
) -> None:
    record = {
        "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "awsRegion": "us-east-1",
        "eventTime": "2026-01-02T03:04:05Z", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
    } | members  # fmt: skip
    in_file = of_record(record)
    event = {
        "EventName": "ConsoleLogin", "EventTime": "2026-01-02T03:04:05Z", "Username": "root",
        "CloudTrailEvent": json.dumps(record),
    }  # fmt: skip
    value = {"Event": event, "Region": "us-east-1"}
    located = LocatedRecord(value, "f.jsonl", 1, Target(Scope.ACCOUNT, ACCOUNT))
    sealed = from_bundle(access_event(located), 1)
    assert in_file is not None
    assert (in_file.failed, sealed.failed) == (refused, refused)


def test_what_is_no_event_is_unreadable() -> None:
    for odd in ({}, {"eventName": "a", "eventSource": 1}, [], None):
        with pytest.raises(ValueError, match="no name"):
            of_record(odd)
    with pytest.raises(ValueError, match="no CloudTrailEvent"):
        of_lookup({"EventName": "DeleteUser"})
