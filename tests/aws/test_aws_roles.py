"""Entering other accounts: renewed in time, signed with the right account's key, and never wider."""

from datetime import timedelta

import pytest

from evidence.aws.failures import RoleError
from evidence.aws.gate import ASSUME_ROLE
from evidence.aws.roles import AssumedRole, assume_role
from evidence.clock import rfc3339
from evidence.errors import WriteRefusedError
from evidence.records import Cause, Operation
from tests.aws.scripted_aws import xml

WHO = Operation("sts", "GetCallerIdentity", list_key="Account")
ROLE = AssumedRole("arn:aws:iam::210987654321:role/EvidenceCollector", "evidence", "nw-1", '{"Statement":[]}')
IDENTITY = xml(
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>210987654321</Account>"
    "<Arn>a</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def given(key: str, when):
    return xml(
        f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        f"<Expiration>{rfc3339(when)}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )


def denied(message: str):
    return xml(
        f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        "</ErrorResponse>",
        403,
    )


class Door:
    """A caller behind the gate for AssumeRole, and a clock that can be set."""

    def __init__(self, asking) -> None:
        self.asking = asking(WHO)
        self.asking.caller.session = self.asking.connection.assuming
        self.now = self.asking.time.clock().now()

    def enter(self):
        credentials = assume_role(self.asking.caller, ROLE, 1, lambda: self.now)
        return self.asking.connection.member(credentials)


def test_requests_are_signed_with_the_key_of_the_account_they_are_for(asking, scripted) -> None:
    door = Door(asking)
    scripted.script = [given("ASIAMEMBER", door.now), IDENTITY, IDENTITY]
    member, keys = door.enter(), []

    def note(request, **_) -> None:
        keys.append(request.headers["Authorization"].decode().split("Credential=")[1].split("/")[0])

    own = door.asking.connection.account
    assert own.client("sts") is member.client("sts")
    own.client("sts").meta.events.register("before-send.sts.*", note)
    with member.signing():
        member.client("sts").get_caller_identity()
        with own.signing():
            own.client("sts").get_caller_identity()
    assert keys == ["ASIAMEMBER", "AKIADEMODEMODEMODEMO"]
    with pytest.raises(RuntimeError, match="outside of any account"):
        own.client("sts").get_caller_identity()


def test_credentials_are_renewed_before_they_expire_whatever_awss_clock_says(asking, scripted) -> None:
    door = Door(asking)
    scripted.script = [given("ASIAFIRST", door.now - timedelta(days=50)), IDENTITY,
                       given("ASIASECOND", door.now), IDENTITY]  # fmt: skip
    member = door.enter()
    for minutes in (0, 55):
        door.now += timedelta(minutes=minutes)
        with member.signing():
            member.client("sts").get_caller_identity()
    assert [b"AssumeRole" in request for request in scripted.requests] == [True, False, True, False]
    assert b"ExternalId=nw-1" in scripted.requests[2]
    (first, second) = door.asking.recorded.calls
    assert first.parameters["ExternalId"].startswith("sha256:")
    assert (first.operation, second.operation) == ("AssumeRole", "AssumeRole")


WORDS = {
    "because no identity-based policy allows the sts:AssumeRole action": Cause.PERMISSION_MISSING,
    "with an explicit deny in a service control policy": Cause.DENIED_BY_SCP,
    "because no service control policy allows the sts:AssumeRole action": Cause.ALLOWED_BY_NO_SCP,
    "with an explicit deny in a resource control policy": Cause.DENIED_BY_RCP,
    "because no permissions boundary allows the sts:AssumeRole action": Cause.DENIED_BY_BOUNDARY,
    "with an explicit deny in an identity-based policy": Cause.DENIED_BY_IDENTITY_POLICY,
    "because no role trust policy allows the sts:AssumeRole action": Cause.ROLE_NOT_ASSUMED,
    "because no resource-based policy allows the sts:AssumeRole action": Cause.ROLE_NOT_ASSUMED,
    "": Cause.ROLE_NOT_ASSUMED,
}


@pytest.mark.parametrize(("words", "cause"), WORDS.items())
def test_why_a_role_was_not_assumed_is_told_as_exactly_as_aws_does(asking, scripted, words, cause) -> None:
    scripted.script = [denied(f"User: x is not authorized to perform: sts:AssumeRole on resource: y {words}")]
    with pytest.raises(RoleError) as caught:
        Door(asking).enter()
    failure = caught.value.failure
    assert (failure.cause, failure.operation, failure.error_code) == (cause, "sts:AssumeRole", "AccessDenied")
    assert failure.message.startswith(f"{ROLE.arn} could not be assumed: ")


def test_assume_role_passes_in_that_one_place_and_nothing_else_does(asking, scripted) -> None:
    connection = asking(WHO).connection
    with connection.account.signing(), pytest.raises(WriteRefusedError):
        connection.account.client("sts").assume_role(RoleArn=ROLE.arn, RoleSessionName="x")
    with connection.assuming.signing(), pytest.raises(WriteRefusedError):
        connection.assuming.client("iam").list_users()
    assert scripted.requests == []
    assert ASSUME_ROLE.name == "AssumeRole"
