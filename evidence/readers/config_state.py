"""Reads AWS Config's state: what recorders record, which rules are deployed where."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.config_triggers import (
    DEFAULT_FREQUENCY,
    FREQUENCIES,
    MANAGED_RULES,
    MESSAGES,
    UNKNOWN_RULE,
    Trigger,
)
from evidence.readers.evidence import Evidence, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, require_readable

RECORDERS = "config.recorders"
RULES = "config.rules"
USER = "AWS::IAM::User"
IAM_TYPES = frozenset({USER, "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"})

IAM_REGIONS = frozenset(
    (
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
        *("ap-south-1", "ap-southeast-1", "ap-southeast-2", "af-south-1", "me-south-1"),
        *("us-gov-east-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1"),
    )
)
"""Where Config can record IAM types: the regions it had before February 2022. Newer ones never do (AWS Config
developer guide, 'Recording AWS resources'), so a region that is not listed is taken not to."""

REPORTED_RULES = (
    "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED",
    "IAM_USER_UNUSED_CREDENTIALS_CHECK",
    "IAM_PASSWORD_POLICY",
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
    "IAM_USER_NO_POLICIES_CHECK",
    "IAM_USER_GROUP_MEMBERSHIP_CHECK",
    "IAM_NO_INLINE_POLICY_CHECK",
    "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED",
)
"""Rules that need not be there, and whose results count where they are."""


@dataclass(frozen=True, slots=True)
class ConfigRecorder:
    """A configuration recorder and its state."""

    name: str
    internal: bool
    """An AWS service runs it for itself."""
    recording: bool
    last_status: str
    """`Success`, `Pending`, `Failure`, `NotApplicable`; empty when AWS gave none."""
    iam_types: frozenset[str]
    """The IAM types it records, if it records."""
    pointer: Pointer

    @property
    def working(self) -> bool:
        """Recording, and the last delivery succeeded."""
        return self.recording and self.last_status.upper() == "SUCCESS"


@dataclass(frozen=True, slots=True)
class ConfigRule:
    """A Config rule, as deployed in one region."""

    account: str
    region: str
    name: str
    managed: bool
    """AWS's own; what it looks for is told by the identifier, the name can be anything."""
    identifier: str
    """Source.SourceIdentifier; empty for some rules of the customer's."""
    state: str
    parameters: Mapping[str, Any]
    narrowed: str
    """How the rule looks at some resources only, in words; empty when it does not."""
    trigger: Trigger
    """What makes it run: what its own description says, else what AWS documents of the identifier."""
    frequency: int
    """Hours after which it runs again, if it is periodic."""
    succeeded: datetime | None
    """Last successful evaluation."""
    failed: datetime | None
    """Last failed evaluation."""
    error: str
    pointer: Pointer

    @property
    def deployed(self) -> bool:
        """Active. EVALUATING is a state of active rules, for the moments of an evaluation."""
        return self.state in ("ACTIVE", "EVALUATING")


def recorders(evidence: Evidence, account: str, region: str) -> list[ConfigRecorder]:
    """Return a region's recorders; those that AWS services run for themselves are left out.

    Raises MalformedEvidenceError for one that cannot be read.
    """
    found = evidence.each(RECORDERS, recorder, account, region, kind="ConfigurationRecorder")
    return [one for one in require_readable(found) if not one.internal]


def recorder(located: LocatedRecord) -> ConfigRecorder:
    """Read a record of a recorder; raises one of MALFORMED."""
    described, status = located.value["ConfigurationRecorder"], located.value["Status"] or {}
    internal = bool(described.get("servicePrincipal")) or described.get("recordingScope") == "INTERNAL"
    region = located.target.region or ""
    return ConfigRecorder(
        name=require_text(described["name"]),
        internal=internal,
        recording=status.get("recording") is True,
        last_status=optional_text(status.get("lastStatus")),
        iam_types=frozenset() if internal else _iam_types(described["recordingGroup"], region),
        pointer=pointer_to(located),
    )


def _iam_types(group: Mapping[str, Any], region: str) -> frozenset[str]:
    """Return the IAM types a recording group covers (config RecordingGroup)."""
    if region not in IAM_REGIONS:
        return frozenset()
    strategy = group.get("recordingStrategy", {}).get("useOnly", "")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return IAM_TYPES - frozenset(group["exclusionByResourceTypes"]["resourceTypes"])
    if group["allSupported"]:  # alone, this leaves global types out
        return IAM_TYPES if group["includeGlobalResourceTypes"] else frozenset()
    return IAM_TYPES & frozenset(group.get("resourceTypes", ()))


def iam_regions(evidence: Evidence, account: str, kind: str = USER) -> list[str]:
    """Return the regions whose recorder records an IAM type: where rules about IAM are evaluated."""
    return [
        region
        for region in evidence.regions(account)
        if any(entry.recording and kind in entry.iam_types for entry in recorders(evidence, account, region))
    ]


def rules(evidence: Evidence, account: str, region: str) -> Iterator[ConfigRule]:
    """Yield the AWS-managed rules deployed in a region.

    Raises MalformedEvidenceError at a rule, of anybody's, that cannot be read.
    """
    return (one for one in require_readable(every_rule(evidence, account, region)) if one.managed)


def every_rule(
    evidence: Evidence, account: str | None = None, region: str | None = None
) -> Iterator[ConfigRule | Unreadable]:
    """Yield the rules deployed in a region, or everywhere, the customer's own included."""
    return evidence.each(RULES, rule, account, region, kind="ConfigRule")


def _trigger(source: Mapping[str, Any], identifier: str) -> Trigger:
    """Return what makes a rule run; of both kinds, periodic, which asks for more."""
    told = {MESSAGES[detail["MessageType"]] for detail in source.get("SourceDetails") or ()}
    if told:
        return Trigger.PERIODIC if Trigger.PERIODIC in told else Trigger.CHANGES
    return MANAGED_RULES.get(identifier, UNKNOWN_RULE).trigger


def _frequency(described: Mapping[str, Any]) -> int:
    """Return a rule's frequency in hours: its own, that of its source, or what AWS takes for none."""
    details = described["Source"].get("SourceDetails") or ()
    given = [
        one["MaximumExecutionFrequency"]
        for one in (described, *details)
        if "MaximumExecutionFrequency" in one
    ]
    return FREQUENCIES[given[0]] if given else DEFAULT_FREQUENCY


def rule(located: LocatedRecord) -> ConfigRule:
    """Read a record of a rule; raises one of MALFORMED."""
    described, status = located.value["ConfigRule"], located.value["EvaluationStatus"] or {}
    source = described["Source"]
    managed = require_text(source["Owner"]) == "AWS"
    identifier = optional_text(source.get("SourceIdentifier"))
    return ConfigRule(
        account=located.target.account,
        region=located.target.region or "",
        name=require_text(described["ConfigRuleName"]),
        managed=managed,
        identifier=require_text(source["SourceIdentifier"]) if managed else identifier,
        state=require_text(described["ConfigRuleState"]),
        parameters=_parameters(described) if managed else {},
        narrowed=_narrowed(described.get("Scope") or {}, identifier) or _mode(described),
        trigger=_trigger(source, identifier) if managed else Trigger.UNKNOWN,
        frequency=_frequency(described) if managed else DEFAULT_FREQUENCY,
        succeeded=optional_moment(status.get("LastSuccessfulEvaluationTime")),
        failed=optional_moment(status.get("LastFailedEvaluationTime")),
        error=optional_text(status.get("LastErrorCode")),
        pointer=pointer_to(located),
    )


def counted_rule_identifiers(evidence: Evidence) -> frozenset[str]:
    """Return the identifiers whose results count: required, or reported where present."""
    return frozenset((*evidence.thresholds.required_config_rules, *REPORTED_RULES))


def _parameters(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    given = rule.get("InputParameters", "")  # left out, or empty, by rules without parameters
    parsed = {} if given == "" else json.loads(given)
    if not isinstance(parsed, dict):
        raise MalformedEvidenceError(f"the parameters of {rule['ConfigRuleName']} are not an object")
    json.dumps(parsed, ensure_ascii=False).encode()  # raises ValueError for half a character
    return parsed


def _mode(described: Mapping[str, Any]) -> str:
    """Return how a rule looks at nothing that is there: before resources are made alone (EvaluationModes)."""
    modes = {one["Mode"] for one in described.get("EvaluationModes") or ()}
    return "resources that are not made yet (PROACTIVE)" if modes == {"PROACTIVE"} else ""


def _narrowed(scope: Mapping[str, Any], identifier: str) -> str:
    """Return how Scope narrows a rule: to a resource, to a tag, or to some of the types it is meant for.

    A periodic rule looks at what it looks at, whatever types its Scope names.
    """
    if scope.get("ComplianceResourceId"):
        return f"the resource {scope['ComplianceResourceId']}"
    if scope.get("TagKey"):
        return f"resources tagged {scope['TagKey']}"
    types = frozenset(scope.get("ComplianceResourceTypes") or ())
    left_out = MANAGED_RULES.get(identifier, UNKNOWN_RULE).types - types if types else frozenset()
    return f"{', '.join(sorted(types))}, without {', '.join(sorted(left_out))}" if left_out else ""
