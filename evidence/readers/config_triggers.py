"""Lists what makes AWS Config's managed rules run, what they look at, and where AWS does not offer them.

From AWS's pages of each rule and its 'List of AWS Config Managed Rules by Trigger Type', checked in November
2026. A rule that is not listed here is judged by what its own description says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_USER, _GROUP, _ROLE, _POLICY = (f"AWS::IAM::{kind}" for kind in ("User", "Group", "Role", "Policy"))


class Trigger(StrEnum):
    """What makes a rule run. A rule of both kinds counts as periodic, which is the stricter."""

    PERIODIC = "periodic"
    CHANGES = "configuration changes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ManagedRule:
    """What AWS documents of a managed rule."""

    trigger: Trigger
    types: frozenset[str] = frozenset()
    """The resource types that a change-triggered rule is meant for; its Scope must not leave one out."""
    not_in: frozenset[str] = frozenset()
    """Partitions in which AWS does not offer it."""


_COMMERCIAL_ALONE = frozenset({"aws-cn", "aws-us-gov"})
_PERIODIC = ManagedRule(Trigger.PERIODIC)
_PERIODIC_COMMERCIAL = ManagedRule(Trigger.PERIODIC, not_in=_COMMERCIAL_ALONE)


def _on_changes(*types: str) -> ManagedRule:
    return ManagedRule(Trigger.CHANGES, frozenset(types))


MANAGED_RULES: Mapping[str, ManagedRule] = {
    "IAM_ROOT_ACCESS_KEY_CHECK": _PERIODIC,
    "ROOT_ACCOUNT_MFA_ENABLED": _PERIODIC_COMMERCIAL,
    "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED": _PERIODIC_COMMERCIAL,
    "IAM_USER_MFA_ENABLED": _PERIODIC,
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": _PERIODIC,
    "ACCESS_KEYS_ROTATED": _PERIODIC,
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": _PERIODIC,
    "IAM_PASSWORD_POLICY": _PERIODIC,
    "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED": _PERIODIC_COMMERCIAL,
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": _on_changes(_POLICY),
    "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS": _on_changes(_POLICY),
    "IAM_USER_NO_POLICIES_CHECK": _on_changes(_USER),
    "IAM_USER_GROUP_MEMBERSHIP_CHECK": _on_changes(_USER),
    "IAM_NO_INLINE_POLICY_CHECK": _on_changes(_USER, _GROUP, _ROLE),
}
"""By source identifier."""

UNKNOWN_RULE = ManagedRule(Trigger.UNKNOWN)

FREQUENCIES: Mapping[str, int] = {
    "One_Hour": 1,
    "Three_Hours": 3,
    "Six_Hours": 6,
    "Twelve_Hours": 12,
    "TwentyFour_Hours": 24,
}
"""config MaximumExecutionFrequency, in hours."""
DEFAULT_FREQUENCY = 24
"""Of a periodic rule that names none (config DescribeConfigRules)."""
MESSAGES: Mapping[str, Trigger] = {
    "ScheduledNotification": Trigger.PERIODIC,
    "ConfigurationItemChangeNotification": Trigger.CHANGES,
    "OversizedConfigurationItemChangeNotification": Trigger.CHANGES,
    "ConfigurationSnapshotDeliveryCompleted": Trigger.CHANGES,
}
"""config SourceDetails, MessageType."""
