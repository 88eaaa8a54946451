"""Tells whether an archive rule of Access Analyzer archives everything that its analyzer finds (AA-3)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.readers.access_analyzer import AccessFinding, Analyzer, ArchiveRule, selects

EXTERNAL_RESOURCES = frozenset(
    (
        *("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket", "AWS::IAM::Role", "AWS::KMS::Key"),
        *("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion"),
        *("AWS::SecretsManager::Secret", "AWS::EFS::FileSystem", "AWS::EC2::Snapshot"),
        *("AWS::ECR::Repository", "AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"),
        *("AWS::DynamoDB::Table", "AWS::DynamoDB::Stream"),
    )
)
"""Types of resources that findings of external access are about (accessanalyzer ResourceType, without users,
of which only unused access is found)."""

_DOMAINS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"active"}),  # a rule archives what is active
    "findingType": frozenset({"externalaccess"}),
    "isPublic": frozenset({"true", "false"}),
    "resourceType": frozenset(kind.lower() for kind in EXTERNAL_RESOURCES),
    "resourceControlPolicyRestriction": frozenset(
        {"applicable", "failed_to_evaluate_rcp", "not_applicable", "applied"}
    ),
}
"""Properties of findings that have no other values than these, in lower case."""
_ALWAYS_THERE = frozenset({"id", "resource", "resourceOwnerAccount", *_DOMAINS})


@dataclass(frozen=True, slots=True)
class _FindingValues:
    """What is known of every finding that an analyzer can have."""

    domains: Mapping[str, frozenset[str]]
    seen: Mapping[str, frozenset[str]]
    """Values that occur in its findings, in lower case."""
    in_all: Mapping[str, str]
    """A text that holds all parts that every value of the property has."""

    def always(self, name: str, criterion: Mapping[str, Any]) -> bool:
        """Say whether a criterion holds for every finding: each of its operators does."""
        domain, seen = self.domains.get(name), self.seen.get(name, frozenset())
        equal, unequal = _lower(criterion.get("eq", ())), _lower(criterion.get("neq", ()))
        parts = _lower(criterion.get("contains", ()))
        return (
            ("exists" not in criterion or self._exists(name, criterion["exists"] is True))
            and ("eq" not in criterion or (domain is not None and domain <= equal))
            and unequal.isdisjoint(seen | (domain or frozenset()))
            and ("contains" not in criterion or self._contains(name, parts))
        )

    def _exists(self, name: str, wanted: bool) -> bool:
        there = name in _ALWAYS_THERE
        return there if wanted else not there and name not in self.seen

    def _contains(self, name: str, parts: Collection[str]) -> bool:
        domain = self.domains.get(name)
        if domain is not None and all(any(part in value for part in parts) for value in domain):
            return True
        return any(part in self.in_all.get(name, "") for part in parts)


def archiving_everything(analyzer: Analyzer, found: Iterable[AccessFinding]) -> dict[str, tuple[str, ...]]:
    """Return the rules that select every external finding an analyzer has or can have, by name.

    Each with the others that it takes to do so: `isPublic` true in one rule, false in another. `found` are
    findings of that analyzer. What its values cannot be, and what occurs in none of them, is excluded by
    `neq` and by `exists` in vain.
    """
    values = _values(analyzer, found)
    alone = {
        rule.name: ()
        for rule in analyzer.rules
        if all(values.always(name, criterion) for name, criterion in rule.filter.items())
    }
    together: dict[str, tuple[str, ...]] = {}
    for name, domain in values.domains.items():
        parts = [
            rule
            for rule in analyzer.rules
            if name in rule.filter
            and rule.name not in alone
            and all(values.always(other, rule.filter[other]) for other in rule.filter if other != name)
        ]
        if all(any(_selects(rule, name, one) for rule in parts) for one in domain):
            names = [rule.name for rule in parts]
            together |= {one: tuple(other for other in names if other != one) for one in names}
    return together | alone


def _selects(rule: ArchiveRule, name: str, value: str) -> bool:
    """Say whether a rule's criterion on a property holds for a value."""
    return selects({name: rule.filter[name]}, {name: frozenset({value})})


def _values(analyzer: Analyzer, found: Iterable[AccessFinding]) -> _FindingValues:
    seen: dict[str, set[str]] = {}
    for one in found:
        for name, texts in one.properties.items():
            seen.setdefault(name, set()).update(value.lower() for value in texts)
    account = "" if analyzer.for_organization else analyzer.account
    domains = dict(_DOMAINS) | ({"resourceOwnerAccount": frozenset({account})} if account else {})
    partition = analyzer.arn.split(":")[1] if analyzer.arn.startswith("arn:") else "aws"
    # Buckets alone have no account in their ARN: a part that is the account leaves out nothing else.
    in_all = {"resource": f"arn:{partition}:\n{account}", "id": "-"}
    return _FindingValues(domains, {name: frozenset(one) for name, one in seen.items()}, in_all)


def _lower(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(str(value).lower() for value in values)
