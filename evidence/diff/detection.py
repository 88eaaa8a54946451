"""Reads what is compared of Access Analyzer, AWS Config and CloudTrail: findings, rules, what watches."""

import json
from collections.abc import Iterator

from evidence.diff.model import EntryKind
from evidence.diff.things import Found, Thing, ThingSource, listed, yes
from evidence.readers import access_analyzer, cloudtrail, config_results, config_state
from evidence.readers.config_results import RuleVerdict
from evidence.readers.evidence import Evidence
from evidence.readers.unreadable import Unreadable
from evidence.records import Scope


def findings(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield the findings of a region, of every status."""
    for one in access_analyzer.findings(evidence, account, region):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "status": one.status,
            "kind": one.kind,
            "resource": one.resource,
            "error": one.error,
        }
        if one.status != access_analyzer.RESOLVED:  # of these, nobody asked for the details
            members |= {"principal": one.principal, "public": yes(one.public)}
        name = f"{one.kind} {one.resource}"
        yield Thing(one.id, name, one.owner, members, one.pointer, region=one.region)


def analyzers(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield the analyzers of a region with their archive rules."""
    for one in access_analyzer.analyzers(evidence, account, region):
        if isinstance(one, Unreadable):
            yield one
            continue
        rules = (f"{rule.name} {json.dumps(rule.filter, sort_keys=True)}" for rule in one.rules)
        members: dict[str, str | Unreadable] = {
            "type": one.kind,
            "status": one.status,
            "archive rules": listed(rules),
        }
        yield Thing(one.arn, f"analyzer {one.name}", one.account, members, one.pointer, region=one.region)


def rules(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield the Config rules of a region, the customer's own included."""
    for one in config_state.every_rule(evidence, account, region):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "source": one.identifier,
            "deployed": yes(one.deployed),
            "parameters": json.dumps(dict(one.parameters), sort_keys=True) if one.parameters else "",
            "narrowed to": one.narrowed,
        }
        identity = f"{one.account} {one.region} {one.name}"
        yield Thing(identity, one.name, one.account, members, one.pointer, region=one.region)


def verdicts(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield Config's own verdict on each rule, where each account was asked."""
    for one in config_results.every_result(evidence, account, region):
        if isinstance(one, Unreadable):
            yield one
        elif isinstance(one, RuleVerdict):
            identity = f"verdict {one.account} {one.region} {one.rule}"
            name = f"verdict of {one.rule}"
            members: dict[str, str | Unreadable] = {"compliance": one.compliance}
            yield Thing(identity, name, one.account, members, one.pointer, region=one.region)


def recorders(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield the configuration recorders of a region."""
    read = config_state.recorder
    for one in evidence.each(config_state.RECORDERS, read, account, region, kind="ConfigurationRecorder"):
        if isinstance(one, Unreadable):
            yield one
        elif not one.internal:
            members: dict[str, str | Unreadable] = {
                "recording": yes(one.recording),
                "IAM types": listed(one.iam_types),
            }
            name = f"recorder {one.name}"
            yield Thing(f"{account} {region} {name}", name, account, members, one.pointer, region=region)


def trails(evidence: Evidence, account: str, region: str) -> Iterator[Found]:
    """Yield the trails of a region, with what they lack."""
    for one in cloudtrail.trails(evidence, account, region):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "for the organization": yes(one.for_organization),
            "lacks": listed(one.problems),
            "leaves out": listed(one.left_out),
        }
        identity = f"{one.arn} in {one.account}"
        yield Thing(identity, f"trail {one.name}", one.account, members, one.pointer, region=region)


SOURCES = (
    ThingSource(EntryKind.FINDING, (access_analyzer.FINDINGS,), Scope.REGION, findings),
    ThingSource(EntryKind.RULE, (config_state.RULES,), Scope.REGION, rules),
    ThingSource(EntryKind.RULE, (config_results.COMPLIANCE,), Scope.REGION, verdicts),
    ThingSource(EntryKind.SETTING, (access_analyzer.ANALYZERS,), Scope.REGION, analyzers),
    ThingSource(EntryKind.SETTING, (config_state.RECORDERS,), Scope.REGION, recorders),
    ThingSource(EntryKind.SETTING, (cloudtrail.TRAILS,), Scope.REGION, trails),
)
