"""The read-only gate: nothing undeclared is sent, whatever it is called and however it is called."""

import botocore.session
import pytest

from evidence.errors import WriteRefusedError
from evidence.records import Operation
from tests.aws.scripted_aws import reply, xml

RULES = Operation("config", "DescribeConfigRules", list_key="ConfigRules")

WHO = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
UNDECLARED = [
    ("iam", "delete_user", {"UserName": "root"}),
    ("iam", "create_access_key", {}),
    ("iam", "get_user", {}),
    ("config", "delete_config_rule", {"ConfigRuleName": "x"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "x"}),
    ("sts", "get_session_token", {}),
    ("sts", "get_federation_token", {"Name": "x"}),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "x"}),
    ("s3", "put_object", {"Bucket": "b", "Key": "k"}),
]


@pytest.mark.parametrize(("service", "method", "parameters"), UNDECLARED, ids=str)
def test_undeclared_operations_are_refused_before_they_are_sent(
    asking, scripted, service, method, parameters
) -> None:
    client = asking(RULES).connection.account.client(service)
    with pytest.raises(WriteRefusedError, match=f"refused {service}:"):
        getattr(client, method)(**parameters)
    assert scripted.requests == []


def test_declared_operations_and_the_callers_identity_pass(asking, scripted) -> None:
    account = asking(RULES).connection.account
    scripted.script = [reply({"ConfigRules": []}), xml(WHO)]
    with account.signing():
        account.client("config").describe_config_rules()
        account.client("sts").get_caller_identity()
    assert len(scripted.requests) == 2


def test_the_same_name_in_another_service_is_refused(asking, scripted) -> None:
    client = asking(Operation("organizations", "ListRoots")).connection.account.client("iam")
    with pytest.raises(WriteRefusedError):
        client.list_roles()
    assert scripted.requests == []


def test_paginators_and_presigned_urls_are_refused_too(asking, scripted) -> None:
    account = asking(RULES).connection.account
    with pytest.raises(WriteRefusedError):
        next(iter(account.client("iam").get_paginator("list_users").paginate()))
    with pytest.raises(WriteRefusedError):
        account.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    assert scripted.requests == []


def test_no_exception_handler_swallows_a_refusal(asking) -> None:
    with pytest.raises(WriteRefusedError):
        try:
            asking(RULES).connection.account.client("iam").delete_user(UserName="x")
        except Exception:  # noqa: BLE001 - what this test is about
            pytest.fail("swallowed")


def test_nothing_that_makes_clients_is_handed_out(asking) -> None:
    connection = asking(RULES).connection
    public = [
        getattr(thing, name)
        for thing in (connection, connection.account)
        for name in dir(thing)
        if not name.startswith("_")
    ]
    assert not any(isinstance(value, botocore.session.Session) for value in public)
