"""Computes the compliance that each AWS Config rule reports, from what moto's IAM holds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from evidence.demo_account.answers import AnswerContext, aware
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, hex_of, root_arn

USER, ACCOUNT = "AWS::IAM::User", "AWS::::Account"


@dataclass(frozen=True, slots=True)
class ResourceVerdict:
    """One resource's compliance with one rule."""

    resource_type: str
    resource: str
    """Config's resource id: AIDA… for users."""
    compliant: bool
    note: str = ""

    @property
    def kind(self) -> str:
        """As Config spells it."""
        return "COMPLIANT" if self.compliant else "NON_COMPLIANT"


def verdicts(context: AnswerContext, region: str, rule: Mapping[str, Any]) -> list[ResourceVerdict]:
    """Return a rule's verdicts in a region, in the order of resource ids."""
    check = _CHECKS[rule["Source"]["SourceIdentifier"]]
    found = check(context, region, json.loads(rule["InputParameters"]))
    return sorted(found, key=lambda verdict: verdict.resource)


def _root_keys(context: AnswerContext, _region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    return [ResourceVerdict(ACCOUNT, context.account, not context.root.keys)]


def _root_mfa(context: AnswerContext, _region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    return [ResourceVerdict(ACCOUNT, context.account, context.root.mfa)]


def _root_hardware_mfa(
    context: AnswerContext, _region: str, _given: Mapping[str, str]
) -> list[ResourceVerdict]:
    virtual = any(
        device.user and device.user.arn == root_arn(context.account)
        for device in context.iam.virtual_mfa_devices.values()
    )
    note = "Root signs in with a virtual MFA device." if virtual else ""
    return [ResourceVerdict(ACCOUNT, context.account, not virtual, note)]


def _console_mfa(context: AnswerContext, _region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    return [
        ResourceVerdict(USER, user.id, bool(user.mfa_devices))
        for user in context.iam.users.values()
        if user.password
    ]


def _keys_rotated(context: AnswerContext, _region: str, given: Mapping[str, str]) -> list[ResourceVerdict]:
    limit = timedelta(days=int(given["maxAccessKeyAge"]))
    found = []
    for user in context.iam.users.values():
        ages = [context.now - _aware(key.create_date) for key in user.access_keys if key.status == "Active"]
        if ages:
            found.append(ResourceVerdict(USER, user.id, max(ages) <= limit))
    return found


def _unused(context: AnswerContext, _region: str, given: Mapping[str, str]) -> list[ResourceVerdict]:
    limit = timedelta(days=int(given["maxCredentialUsageAge"]))
    return [ResourceVerdict(USER, user.id, all(context.now - moment <= limit for moment in _uses(user)))
            for user in context.iam.users.values()]  # fmt: skip


def _uses(user: Any) -> list[Any]:
    """Return when each live credential was last used, or made if never used."""
    moments = [key.last_used.timestamp if key.last_used else key.create_date
               for key in user.access_keys if key.status == "Active"]  # fmt: skip
    if user.password:
        moments.append(user.password_last_used or getattr(user, "password_last_changed", user.create_date))
    return [_aware(moment) for moment in moments]


def _analyzer(context: AnswerContext, region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    external = [
        one
        for one in context.analyzers.ANALYZERS.get(region, [])
        if one["type"] in ("ACCOUNT", "ORGANIZATION")
    ]
    return [ResourceVerdict(ACCOUNT, context.account, bool(external))]


def _volumes(context: AnswerContext, region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    whose = [] if context.account == MANAGEMENT_ACCOUNT else [context.account]
    volume = "AWS::EC2::Volume"
    return [ResourceVerdict(volume, f"vol-0{hex_of(16, *whose, region, str(number))}", compliant=True)
            for number in range(context.config.VOLUMES.get(region, 0))]  # fmt: skip


def _trail(context: AnswerContext, _region: str, _given: Mapping[str, str]) -> list[ResourceVerdict]:
    return [ResourceVerdict(ACCOUNT, context.account, compliant=True)]


def _aware(moment: Any) -> Any:
    return aware(moment)


_CHECKS: dict[str, Callable[[AnswerContext, str, Mapping[str, str]], list[ResourceVerdict]]] = {
    "IAM_ROOT_ACCESS_KEY_CHECK": _root_keys,
    "ROOT_ACCOUNT_MFA_ENABLED": _root_mfa,
    "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED": _root_hardware_mfa,
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": _console_mfa,
    "ACCESS_KEYS_ROTATED": _keys_rotated,
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": _unused,
    "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED": _analyzer,
    "ENCRYPTED_VOLUMES": _volumes,
    "CLOUD_TRAIL_ENABLED": _trail,
}
