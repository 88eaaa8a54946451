"""Reads of one event of CloudTrail whom or what it is about, and what it did to that.

Every member of an event is a stranger's: what is no text of a sensible length says nothing. Members: AWS's
references of IAM, Identity Store, IAM Identity Center (console API, SCIM), AWS Config and Access Analyzer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evidence.diff.model import EntryKind

_LONGEST = 512
_HIDDEN = "HIDDEN"
"""How the value of a member begins that AWS does not show."""


class EventEffect(StrEnum):
    """What an event did to something."""

    MADE = "made"
    ENDED = "ended"
    TURNED_OFF = "turned off"
    """It is there, and nobody can use it: a user disabled, a key inactive."""
    TURNED_ON = "turned on"
    CHANGED = "changed"
    """Something else of it, or nothing at all: the event is about it."""


@dataclass(frozen=True, slots=True)
class EventTarget:
    """Something that an event is about."""

    kind: EntryKind
    effect: EventEffect
    id: str = ""
    """As the things that bundles show are called; an access key by its AccessKeyId. Empty where not told."""
    name: str = ""
    """Of an IAM user, or of a key's user, where no id is told."""
    also: str = ""
    """Another id: of a membership (MembershipId)."""

    @property
    def about(self) -> Iterator[str]:
        """Yield what the event calls it."""
        return (one for one in (self.id, self.name, self.also) if one)


Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventDetails:
    """What was asked for, what came of it, and where."""

    name: str
    account: str
    region: str
    asked: Members
    answered: Members


def targets_of(source: str, details: EventDetails) -> tuple[EventTarget, ...]:
    """Return what an event is about, as far as it tells; nothing of one that is not known."""
    read = _READERS.get((source, details.name))
    return tuple(read(details)) if read else ()


def members_of(value: Any) -> Members:
    """Return the members of what should be an object."""
    return value if isinstance(value, dict) else {}


def text_of(members: Members, *path: str) -> str:
    """Return a text by its path; empty for anything else, and for what AWS hides."""
    value: Any = members
    for name in path:
        value = members_of(value).get(name)
    if not isinstance(value, str) or len(value) > _LONGEST or value.startswith(_HIDDEN):
        return ""
    return value.encode("utf-8", "replace").decode()


def first_text(members: Members, *paths: tuple[str, ...]) -> str:
    """Return the first of several texts that is there."""
    return next((found for path in paths if (found := text_of(members, *path))), "")


def _iam_user(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        identity = text_of(told.answered, "user", "userId")
        yield EventTarget(EntryKind.USER, effect, identity, text_of(told.asked, "userName"))

    return read


def _access_key(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        key = text_of(told.answered, "accessKey", "accessKeyId") or text_of(told.asked, "accessKeyId")
        user = text_of(told.asked, "userName") or text_of(told.answered, "accessKey", "userName")
        did = effect
        if told.name == "UpdateAccessKey":
            words = {"inactive": EventEffect.TURNED_OFF, "active": EventEffect.TURNED_ON}
            did = words.get(text_of(told.asked, "status").casefold(), effect)
        yield EventTarget(EntryKind.KEY, did, key, user)

    return read


def _mfa(told: EventDetails) -> Iterator[EventTarget]:
    serial, user = text_of(told.asked, "serialNumber"), text_of(told.asked, "userName")
    yield EventTarget(EntryKind.MFA, EventEffect.CHANGED, serial, user)
    yield EventTarget(EntryKind.USER, EventEffect.CHANGED, name=user)


def _person(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        answered = first_text(told.answered, ("user", "userId"), ("userId",), ("id",))
        identity = answered or first_text(told.asked, ("userId",), ("id",))
        did = effect
        if effect is EventEffect.CHANGED:
            active = told.asked.get("active", members_of(told.asked.get("httpBody")).get("active"))
            said = _truth(active)
            did = did if said is None else _turned(on=said)
            did = next(_of_operations(told.asked), did)
        if identity:
            yield EventTarget(EntryKind.PERSON, did, identity)

    return read


def _truth(value: Any) -> bool | None:
    """Return a truth value, also as some identity providers write it."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.casefold())
    return value if isinstance(value, bool) else None


def _operations(asked: Members) -> Iterator[Members]:
    """Yield the operations of a SCIM PATCH."""
    body = members_of(asked.get("httpBody"))
    found = body.get("operations") or body.get("Operations")
    yield from map(members_of, found if isinstance(found, list) else ())


def _of_operations(asked: Members) -> Iterator[EventEffect]:
    for one in _operations(asked):
        value = one.get("value")
        active = value if text_of(one, "path") == "active" else members_of(value).get("active")
        said = _truth(active)
        if said is not None:
            yield _turned(on=said)


def _turned(*, on: bool) -> EventEffect:
    return EventEffect.TURNED_ON if on else EventEffect.TURNED_OFF


def _group(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        answered = first_text(told.answered, ("group", "groupId"), ("groupId",), ("id",))
        identity = answered or first_text(told.asked, ("groupId",), ("id",))
        if identity:
            yield EventTarget(EntryKind.GROUP, effect, identity)
            yield from _patched_members(identity, told.asked)

    return read


def _patched_members(group: str, asked: Members) -> Iterator[EventTarget]:
    """Yield the memberships that a SCIM PATCH of a group makes and ends, where it tells whose."""
    effects = {"add": EventEffect.MADE, "remove": EventEffect.ENDED}
    for one in _operations(asked):
        effect, path = effects.get(text_of(one, "op").casefold()), text_of(one, "path")
        value = one.get("value")
        if effect is None or not path.startswith("members"):
            continue
        for member in value if isinstance(value, list) else ():
            if user := text_of(members_of(member), "value"):
                yield EventTarget(EntryKind.MEMBERSHIP, effect, f"{group} {user}")


def _membership(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        group = text_of(told.asked, "groupId")
        user = first_text(
            told.asked,
            ("memberId",), ("memberId", "userId"), ("member", "memberId"), ("member", "userId"), ("userId",),
        )  # fmt: skip
        also = text_of(told.answered, "membershipId") or text_of(told.asked, "membershipId")
        identity = f"{group} {user}" if group and user else ""
        if identity or also:
            yield EventTarget(EntryKind.MEMBERSHIP, effect, identity, also=also)

    return read


def _assignment(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        parts = [text_of(told.asked, name) for name in ("principalId", "permissionSetArn", "targetId")]
        if all(parts) and text_of(told.asked, "targetType") in ("", "AWS_ACCOUNT"):
            yield EventTarget(EntryKind.ASSIGNMENT, effect, " ".join(parts))

    return read


def _account(told: EventDetails) -> Iterator[EventTarget]:
    yield EventTarget(EntryKind.ACCOUNT, EventEffect.ENDED, told.account)


def _recorder(told: EventDetails) -> Iterator[EventTarget]:
    if name := text_of(told.asked, "configurationRecorderName"):
        identity = f"{told.account} {told.region} recorder {name}"
        yield EventTarget(EntryKind.SETTING, EventEffect.CHANGED, identity, also=name)


def _config_rule(told: EventDetails) -> Iterator[EventTarget]:
    if name := text_of(told.asked, "configRuleName"):
        identity = f"{told.account} {told.region} {name}"
        yield EventTarget(EntryKind.RULE, EventEffect.ENDED, identity, also=name)


def _analyzer(effect: EventEffect) -> "Reader":
    def read(told: EventDetails) -> Iterator[EventTarget]:
        if name := text_of(told.asked, "analyzerName"):
            partition = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
            of = next((one for start, one in partition.items() if told.region.startswith(start)), "aws")
            arn = f"arn:{of}:access-analyzer:{told.region}:{told.account}:analyzer/{name}"
            yield EventTarget(EntryKind.SETTING, effect, arn, also=text_of(told.asked, "ruleName"))

    return read


def _policy_type(told: EventDetails) -> Iterator[EventTarget]:
    if name := text_of(told.asked, "policyType"):
        yield EventTarget(EntryKind.SETTING, EventEffect.CHANGED, also=name)


def _of_root(told: EventDetails) -> Iterator[EventTarget]:
    yield EventTarget(EntryKind.MFA, EventEffect.CHANGED, root_id(told.account))


def root_id(account: str) -> str:
    """Return how the things that bundles show call an account's root user."""
    return f"root of {account}"


Reader = Callable[[EventDetails], Iterable[EventTarget]]
_IAM, _SSO, _CONFIG = "iam.amazonaws.com", "sso.amazonaws.com", "config.amazonaws.com"
_ORGANIZATIONS, _ANALYZER = "organizations.amazonaws.com", "access-analyzer.amazonaws.com"
_DIRECTORIES = ("sso-directory.amazonaws.com", "identitystore.amazonaws.com",
                "identitystore-scim.amazonaws.com")  # fmt: skip
_MADE, _ENDED, _CHANGED = EventEffect.MADE, EventEffect.ENDED, EventEffect.CHANGED
_OF_DIRECTORIES: dict[str, Reader] = {
    "CreateUser": _person(_MADE),
    "DeleteUser": _person(_ENDED),
    "DisableUser": _person(EventEffect.TURNED_OFF),
    "PatchUser": _person(_CHANGED),
    "PutUser": _person(_CHANGED),
    "CreateGroup": _group(_MADE),
    "DeleteGroup": _group(_ENDED),
    "PatchGroup": _group(_CHANGED),
    "AddMemberToGroup": _membership(_MADE),
    "CreateGroupMembership": _membership(_MADE),
    "RemoveMemberFromGroup": _membership(_ENDED),
    "DeleteGroupMembership": _membership(_ENDED),
}
_READERS: dict[tuple[str, str], Reader] = {
    **{(source, name): read for source in _DIRECTORIES for name, read in _OF_DIRECTORIES.items()},
    (_IAM, "CreateUser"): _iam_user(_MADE),
    (_IAM, "DeleteUser"): _iam_user(_ENDED),
    (_IAM, "AttachUserPolicy"): _iam_user(_CHANGED),
    (_IAM, "AddUserToGroup"): _iam_user(_CHANGED),
    (_IAM, "CreateAccessKey"): _access_key(_MADE),
    (_IAM, "UpdateAccessKey"): _access_key(_CHANGED),
    (_IAM, "DeleteAccessKey"): _access_key(_ENDED),
    (_IAM, "DeactivateMFADevice"): _mfa,
    (_SSO, "CreateAccountAssignment"): _assignment(_MADE),
    (_SSO, "DeleteAccountAssignment"): _assignment(_ENDED),
    (_ORGANIZATIONS, "LeaveOrganization"): _account,
    (_ORGANIZATIONS, "DisablePolicyType"): _policy_type,
    (_CONFIG, "StopConfigurationRecorder"): _recorder,
    (_CONFIG, "DeleteConfigRule"): _config_rule,
    (_ANALYZER, "DeleteAnalyzer"): _analyzer(_ENDED),
    (_ANALYZER, "CreateArchiveRule"): _analyzer(_CHANGED),
    ("signin.amazonaws.com", "ConsoleLogin"): _of_root,
}
