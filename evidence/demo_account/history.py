"""Tells what CloudTrail's event history has of the script: events where facts began, or ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from evidence.demo_account.account import trails
from evidence.demo_account.account.shapes import DaysAgo
from evidence.demo_account.ids import (
    IDENTITY_CENTER_REGION,
    IDENTITY_STORE_ID,
    INSTANCE_ARN,
    access_key_id,
    hex_of,
    uuid_of,
)
from evidence.demo_account.script import END, Happening, ScriptedFact, ScriptedKind, happenings

_BEGINNING = -400.0
_IAM_REGION = "us-east-1"
_IAM, _CONFIG, _ANALYZER = "iam.amazonaws.com", "config.amazonaws.com", "access-analyzer.amazonaws.com"
_SCIM = "SCIM"


@dataclass(frozen=True, slots=True)
class ToldAs:
    """How CloudTrail calls that a fact of a kind began, or ended; empty for what it does not tell."""

    began: str
    ended: str
    source: str
    who: str = trails.LEAD
    region: str = _IAM_REGION


_HOME = IDENTITY_CENTER_REGION
TOLD_AS = {
    ScriptedKind.PERSON: ToldAs("CreateUser", "DeleteUser", trails.DIRECTORY, _SCIM, _HOME),
    ScriptedKind.ENABLED: ToldAs("", "DisableUser", trails.DIRECTORY, _SCIM, _HOME),
    ScriptedKind.MEMBERSHIP: ToldAs(
        "AddMemberToGroup", "RemoveMemberFromGroup", trails.DIRECTORY, _SCIM, _HOME
    ),
    ScriptedKind.ASSIGNMENT: ToldAs(
        "CreateAccountAssignment", "DeleteAccountAssignment", trails.SSO, region=_HOME
    ),
    ScriptedKind.USER: ToldAs("CreateUser", "DeleteUser", _IAM),
    ScriptedKind.KEY: ToldAs("CreateAccessKey", "DeleteAccessKey", _IAM),
    ScriptedKind.KEY_ACTIVE: ToldAs("", "UpdateAccessKey", _IAM),
    ScriptedKind.MFA: ToldAs("EnableMFADevice", "DeactivateMFADevice", _IAM),
    ScriptedKind.RECORDER: ToldAs("StartConfigurationRecorder", "StopConfigurationRecorder", _CONFIG),
    ScriptedKind.ANALYZER: ToldAs("CreateAnalyzer", "DeleteAnalyzer", _ANALYZER),
    ScriptedKind.ROOT: ToldAs("ConsoleLogin", "", "signin.amazonaws.com", "root"),
}
"""Kinds that are absent leave no such event: findings, and what the company itself knows of people."""


def events(day: float) -> dict[str, list[dict[str, Any]]]:
    """Return what the history tells on a day, by region: the events of `account.trails`, and the script's."""
    found: dict[str, list[dict[str, Any]]] = {}
    for told in (trails.EVENTS, _scripted()):
        for region, some in told.items():
            here = (one for one in some if 0 <= one["EventTime"].days + day <= trails.REMEMBERED)
            found.setdefault(region, []).extend(here)
    return found


@cache
def _scripted() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in happenings(_BEGINNING, END):
        told = TOLD_AS.get(one.fact.kind)
        name = (told.began if one.began else told.ended) if told else ""
        if told and name:
            regional = one.fact.kind in (ScriptedKind.RECORDER, ScriptedKind.ANALYZER)
            region = one.fact.subject[0] if regional else told.region
            found.setdefault(region, []).append(_event(one, name, told))
    return found


def _event(happened: Happening, name: str, told: ToldAs) -> dict[str, Any]:
    fact, age = happened.fact, -happened.day
    asked, answered = _details(fact, name)
    return trails.event(name, told.source, age, told.who) | {
        "EventId": uuid_of("script", name, *fact.subject, str(age)),
        "EventTime": DaysAgo(age, once=True),
        trails.ABOUT: asked,
        trails.ANSWERED: answered,
    }


Details = tuple[Mapping[str, Any], Mapping[str, Any] | None]
"""What was asked for, and what came of it, as far as it tells whom or what an event is about."""


def _details(fact: ScriptedFact, name: str) -> Details:
    return _DETAILS.get(fact.kind, _user)(name, *fact.subject)


def _user(_name: str, user: str) -> Details:
    return {"userName": user}, None


def _person(name: str, user: str) -> Details:
    person = uuid_of("identity-user", user)
    if name == "CreateUser":
        return {"identityStoreId": IDENTITY_STORE_ID}, {"user": {"userId": person}}
    return {"userId": person}, None


def _membership(_name: str, group: str, user: str) -> Details:
    return {"groupId": uuid_of("identity-group", group), "memberId": uuid_of("identity-user", user)}, None


def _assignment(_name: str, permission_set: str, kind: str, principal: str, account: str) -> Details:
    base = INSTANCE_ARN.replace("instance", "permissionSet", 1)
    asked = {
        "instanceArn": INSTANCE_ARN,
        "permissionSetArn": f"{base}/ps-{hex_of(16, 'permission-set', permission_set)}",
        "targetId": account,
        "targetType": "AWS_ACCOUNT",
        "principalType": kind,
        "principalId": uuid_of(f"identity-{kind.lower()}", principal),
    }
    return asked, None


def _key(name: str, user: str, number: str, turn: str) -> Details:
    key = access_key_id(user if turn == "0" else f"{user} {turn}", int(number))
    if name == "CreateAccessKey":
        return {"userName": user}, {"accessKey": {"userName": user, "accessKeyId": key, "status": "Active"}}
    status = {"status": "Inactive"} if name == "UpdateAccessKey" else {}
    return {"userName": user, "accessKeyId": key, **status}, None


_DETAILS: dict[ScriptedKind, Callable[..., Details]] = {
    ScriptedKind.PERSON: _person,
    ScriptedKind.ENABLED: _person,
    ScriptedKind.MEMBERSHIP: _membership,
    ScriptedKind.ASSIGNMENT: _assignment,
    ScriptedKind.KEY: _key,
    ScriptedKind.KEY_ACTIVE: _key,
    ScriptedKind.RECORDER: lambda _name, _region: ({"configurationRecorderName": "default"}, None),
    ScriptedKind.ANALYZER: lambda _name, _region, analyzer: ({"analyzerName": analyzer}, None),
    ScriptedKind.ROOT: lambda _name: ({}, {"ConsoleLogin": "Success"}),
}
