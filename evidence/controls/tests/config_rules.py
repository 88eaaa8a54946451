"""Tests AWS Config: it records, required rules are there, evaluated lately, and met (CC7.1, CC4.1)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import as_far_as_readable, none_found, out_of_scope_rows, with_every_account
from evidence.readers.config_state import (
    IAM_TYPES,
    RECORDERS,
    RULES,
    ConfigRecorder,
    ConfigRule,
    counted_rule_identifiers,
    iam_regions,
    recorders,
    rules,
)
from evidence.readers.config_triggers import MANAGED_RULES, UNKNOWN_RULE, Trigger
from evidence.readers.evidence import Evidence, joined_names

CRITERIA = ("CC7.1", "CC4.1")

AWS_DEFAULT_KEY_AGE = 90
"""What ACCESS_KEYS_ROTATED checks when maxAccessKeyAge is not given."""
_DAYS = re.compile(r"[1-9][0-9]{0,5}")
_NO_DAYS = "maxAccessKeyAge is no number of days"


@control_test(
    id="CFG-1",
    title="Config records everywhere, and IAM somewhere",
    topic=topics.CONFIG,
    criteria=CRITERIA,
    risk="What is not recorded can be changed and changed back unseen, and no rule evaluates it.",
    procedure="In each region in scope, looked for a recorder that is recording and whose last status is "
    "Success; "
    "in each account, for regions whose recorders cover users, groups, roles and policies of IAM.",
    population="Each region in scope, and each account for IAM's types",
    attribute="Recording, last status Success; all four IAM types recorded in at least one region",
    needs=(RECORDERS,),
    regional=True,
    empty="No region is in scope.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="AWS Config in region {region}, Settings: start recording, all resource types; in one "
        "region with the global types of IAM. Where the last status is Failure, mend the "
        "delivery channel's bucket or role.",
        cli=(
            "aws configservice describe-configuration-recorder-status --region {region}",
            (
                "[recorder] aws configservice start-configuration-recorder --configuration-recorder-name "
                "{recorder} --region {region}"
            ),
            (
                "[none] aws configservice put-configuration-recorder --configuration-recorder "
                "file://recorder.json --region {region}"
            ),
            (
                "[none] aws configservice put-delivery-channel --delivery-channel "
                "name=default,s3BucketName={bucket} --region {region}"
            ),
            (
                "[none] aws configservice start-configuration-recorder --configuration-recorder-name "
                "default --region {region}"
            ),
        ),
    ),
    limits="The state at collection: a recorder stopped for a day and started again is not seen here.",
)
def recording(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per region and one per account."""
    for account in evidence.accounts:
        by_region: dict[str, list[ConfigRecorder]] = {}
        for region in evidence.regions(account):
            where = evidence.item_pointer(RECORDERS, account, region)
            rows = _recorder_rows(evidence, account, region, by_region)
            yield from as_far_as_readable(rows, account, region, where, ())
        yield from out_of_scope_rows(evidence, account)
        if evidence.regions(account):
            yield _iam_row(evidence, account, by_region)


def _recorder_rows(
    evidence: Evidence, account: str, region: str, by_region: dict[str, list[ConfigRecorder]]
) -> Iterator[Row]:
    """Yield a region's row, and keep its recorders; raises for one that cannot be read."""
    by_region[region] = recorders(evidence, account, region)
    yield _recorder_row(evidence, account, region, by_region[region])


def _recorder_row(evidence: Evidence, account: str, region: str, found: list[ConfigRecorder]) -> Row:
    return Row(
        subject=f"arn:{evidence.run.partition}:config:{region}:{account}:recorder",
        account=account,
        region=region,
        verdict=Verdict.MET if any(entry.working for entry in found) else Verdict.EXCEPTION,
        observed="; ".join(_state(entry) for entry in found) or "no recorder",
        expected="a recorder that is recording, last status Success",
        pointers=tuple(entry.pointer for entry in found)
        or (evidence.item_pointer(RECORDERS, account, region),),
        fills={"recorder": tuple(entry.name for entry in found)} if found else {"none": "yes"},
    )


def _state(recorder: ConfigRecorder) -> str:
    state = "recording" if recorder.recording else "stopped"
    return f"recorder {recorder.name} {state}, last status {recorder.last_status or 'none'}"


def _iam_row(evidence: Evidence, account: str, by_region: dict[str, list[ConfigRecorder]]) -> Row:
    active = {
        region: frozenset().union(*(entry.iam_types for entry in found if entry.recording))
        for region, found in by_region.items()
    }
    missing = sorted(IAM_TYPES.difference(*active.values()))
    unmet, why = none_found(evidence, RECORDERS, account)
    unread = [region for region in evidence.regions(account) if region not in by_region]
    if unread:
        unmet = Verdict.NOT_DETERMINED
        why = f"{why} Recorders that nobody can read: {joined_names(unread)}.".strip()
    where = [region for region, types in active.items() if types]
    return Row(
        subject=f"arn:{evidence.run.partition}:config::{account}:iam-types",
        account=account,
        verdict=unmet if missing else Verdict.MET,
        observed=f"recorded in {joined_names(where)}" if where else "recorded in no region",
        expected=f"{', '.join(sorted(IAM_TYPES))} recorded in at least one region",
        pointers=tuple(entry.pointer for region in where for entry in by_region[region]),
        note=why or f"Recorded nowhere: {', '.join(missing)}." if missing else "",
    )


@control_test(
    id="CFG-2",
    title="Required rules are deployed",
    topic=topics.CONFIG,
    criteria=(*CRITERIA, "CC6.1"),
    risk="A weakness that no rule looks for is found by whoever uses it.",
    procedure="In each region where IAM users are recorded, looked for each required rule "
    "({required_config_rules}) "
    "by its source identifier, whatever its name, in state ACTIVE or EVALUATING. A narrower scope, one that "
    "leaves out types which a change-triggered rule is meant for, or a maxAccessKeyAge of more than "
    "{key_max_age_days} days, is an exception. Rules that AWS does not offer in a partition are not required "
    "there.",
    population="Each required rule in each region where IAM is evaluated",
    attribute="Active, as strict as required",
    needs=(RECORDERS, RULES),
    empty="No rule is required by the settings.",
    severity=Severity.MEDIUM,
    outside="AWS offers none of the required rules where IAM is evaluated.",
    remedy=Remedy(
        console="AWS Config in region {region}, Rules, Add rule: the AWS managed rule {subject}, for all "
        "resources it is meant for. One that is there and too lax: edit its scope and "
        "parameters. By command rule.json names the rule, with Source Owner AWS and "
        "SourceIdentifier {subject}.",
        cli=("aws configservice put-config-rule --config-rule file://rule.json --region {region}",),
    ),
)
def required_rules_deployed(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per required rule and region where IAM is evaluated."""
    for account in evidence.accounts:
        regions = evidence.regions(account)
        if regions:
            pointer = evidence.item_pointer(RECORDERS, account, regions[0])
            yield from as_far_as_readable(_deployments(evidence, account), account, "", pointer, ("rule",))


def _deployments(evidence: Evidence, account: str) -> Iterator[Row]:
    where = iam_regions(evidence, account)
    for region in where:
        pointer = evidence.item_pointer(RULES, account, region)
        rows = _deployments_in(evidence, account, region)
        yield from as_far_as_readable(rows, account, region, pointer, ("rule",))
    if not where and evidence.regions(account):
        unmet, why = none_found(evidence, RECORDERS, account)
        for identifier in evidence.thresholds.required_config_rules:
            yield Row(
                subject=identifier,
                account=account,
                verdict=unmet,
                observed="no region records IAM users, so no region evaluates rules about them",
                expected="ACTIVE where IAM is evaluated",
                pointers=tuple(
                    evidence.item_pointer(RECORDERS, account, region) for region in evidence.regions(account)
                ),
                note=why or "See CFG-1.",
                attributes={"rule": ""},
            )


def _deployments_in(evidence: Evidence, account: str, region: str) -> Iterator[Row]:
    found = list(rules(evidence, account, region))
    for identifier in evidence.thresholds.required_config_rules:
        same = [rule for rule in found if rule.identifier == identifier]
        yield _deployment_row(evidence, account, region, identifier, same)


def _deployment_row(
    evidence: Evidence, account: str, region: str, identifier: str, same: list[ConfigRule]
) -> Row:
    problems = {rule.name: _problem(evidence, rule) for rule in same}
    partition = evidence.run.partition
    if not same and partition in MANAGED_RULES.get(identifier, UNKNOWN_RULE).not_in:
        return _not_offered_row(evidence, account, region, identifier)
    good = any(not problem for problem in problems.values())
    unmet = Verdict.NOT_DETERMINED if _NO_DAYS in problems.values() else Verdict.EXCEPTION
    shown = [f"{name}: {problem or 'active'}" for name, problem in problems.items()]
    return Row(
        subject=identifier,
        account=account,
        region=region,
        verdict=Verdict.MET if good else unmet,
        observed="; ".join(shown) or "not deployed",
        expected=_required(evidence, identifier),
        pointers=tuple(rule.pointer for rule in same) or (evidence.item_pointer(RULES, account, region),),
        note="A laxer one stands beside it." if good and any(problems.values()) else "",
        attributes={"rule": ", ".join(problems)},
    )


def _not_offered_row(evidence: Evidence, account: str, region: str, identifier: str) -> Row:
    return Row(
        subject=identifier,
        account=account,
        region=region,
        verdict=Verdict.OUT_OF_SCOPE,
        observed=f"not deployed; AWS does not offer it in the partition {evidence.run.partition}",
        expected=_required(evidence, identifier),
        pointers=(evidence.item_pointer(RULES, account, region),),
        attributes={"rule": ""},
    )


def _required(evidence: Evidence, identifier: str) -> str:
    if identifier != "ACCESS_KEYS_ROTATED":
        return "ACTIVE"
    return f"ACTIVE, maxAccessKeyAge at most {evidence.thresholds.key_max_age_days}"


def _problem(evidence: Evidence, rule: ConfigRule) -> str:
    if not rule.deployed:
        return f"state {rule.state}"
    if rule.narrowed:
        return f"narrowed to {rule.narrowed}"
    if rule.identifier == "ACCESS_KEYS_ROTATED":
        allowed, required = _key_age(rule), evidence.thresholds.key_max_age_days
        if allowed is None:
            return _NO_DAYS
        if allowed > required:
            return f"maxAccessKeyAge is {allowed} where {required} is required"
    return ""


def _key_age(rule: ConfigRule) -> int | None:
    """Return the days that a rule lets keys live; None for what counts no days, such as 90.9 or true."""
    days = str(rule.parameters.get("maxAccessKeyAge", AWS_DEFAULT_KEY_AGE)).strip()
    return int(days) if _DAYS.fullmatch(days) else None


@control_test(
    id="CFG-3",
    title="Rules were evaluated lately",
    topic=topics.CONFIG,
    criteria=CRITERIA,
    risk="A stale COMPLIANT tells of the day it was made, not of today.",
    procedure="For each deployed rule that is required or reported, read its last successful and last failed "
    "evaluation. A periodic rule: the last success is at most its own MaximumExecutionFrequency (24 hours "
    "where it names none) and {config_evaluation_hours} hours before collection. One that runs on changes: "
    "evaluated at least once, and the region's recorder, without which it sees no change, records (CFG-1). "
    "Of neither may a failure follow the last success.",
    population="Each deployed rule that is required or reported where present, in every region in scope",
    attribute="Evaluated as its trigger asks, no later failure",
    needs=(RULES, RECORDERS),
    empty="None of the rules is deployed (CFG-2), so none was evaluated.",
    severity=Severity.MEDIUM,
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    remedy=Remedy(
        console="AWS Config in region {region}, Rules, open the rule of {subject}: read the error of the "
        "last evaluation, mend what it names (mostly the recorder or a role), then Re-evaluate.",
        cli=(
            (
                "aws configservice describe-config-rule-evaluation-status --config-rule-names {rule} "
                "--region {region}"
            ),
            "aws configservice start-config-rules-evaluation --config-rule-names {rule} --region {region}",
        ),
    ),
    limits="When a change-triggered rule runs is up to the changes: a quiet one is not stale.",
)
def rules_evaluated(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per deployed rule, and one for an account without any beside others that have some."""
    rows = _evaluations(evidence)
    yield from with_every_account(
        evidence, RULES, rows, "none of the rules is deployed", "rules, evaluated lately"
    )


def _evaluations(evidence: Evidence) -> Iterator[Row]:
    for account in evidence.accounts:
        for region in evidence.regions(account):
            where = evidence.item_pointer(RULES, account, region)
            rows = _evaluations_of(evidence, account, region)
            yield from as_far_as_readable(rows, account, region, where, ("rule",))


def _evaluations_of(evidence: Evidence, account: str, region: str) -> Iterator[Row]:
    wanted = counted_rule_identifiers(evidence)
    slack = timedelta(hours=evidence.thresholds.config_evaluation_hours)
    as_of = evidence.collected_at(RULES, account, region)
    there = recorders(evidence, account, region)
    for rule in rules(evidence, account, region):
        if rule.identifier not in wanted or not rule.deployed:
            continue
        if rule.trigger is Trigger.CHANGES:
            yield _change_row(evidence, rule, there)
        else:
            yield _periodic_row(rule, as_of, timedelta(hours=rule.frequency) + slack)


def _failing(rule: ConfigRule) -> bool:
    """Say whether the rule failed after it last succeeded."""
    return rule.failed is not None and (rule.succeeded is None or rule.failed > rule.succeeded)


def _observed(rule: ConfigRule) -> str:
    failed = f"; failed since, {_when(rule.failed)} {rule.error}".rstrip() if _failing(rule) else ""
    return f"{rule.trigger}: last success {_when(rule.succeeded)}{failed}"


def _periodic_row(rule: ConfigRule, as_of: datetime, limit: timedelta) -> Row:
    """Return the row of a periodic rule, and of one whose trigger is not known: a quiet one may be either."""
    stale = rule.succeeded is None or as_of - rule.succeeded > limit
    doubtful = rule.trigger is Trigger.UNKNOWN and rule.succeeded is not None and not _failing(rule)
    bad = Verdict.NOT_DETERMINED if doubtful else Verdict.EXCEPTION
    hours = limit // timedelta(hours=1)
    return Row(
        subject=rule.identifier,
        account=rule.account,
        region=rule.region,
        verdict=bad if stale or _failing(rule) else Verdict.MET,
        observed=_observed(rule),
        expected=f"success within {hours} hours before {_when(as_of)}, no failure since",
        pointers=(rule.pointer,),
        since=rule.succeeded + limit if stale and not doubtful and rule.succeeded else None,
        began=rule.succeeded,
        note="Whether it runs by the clock or on changes is not known." if stale and doubtful else "",
        attributes={"rule": rule.name},
        fills={"rule": rule.name},
    )


def _change_row(evidence: Evidence, rule: ConfigRule, there: list[ConfigRecorder]) -> Row:
    healthy = any(one.working for one in there)
    state = "; ".join(_state(one) for one in there) or "no recorder"
    good = healthy and rule.succeeded is not None and not _failing(rule)
    where = tuple(one.pointer for one in there) or (
        evidence.item_pointer(RECORDERS, rule.account, rule.region),
    )
    return Row(
        subject=rule.identifier,
        account=rule.account,
        region=rule.region,
        verdict=Verdict.MET if good else Verdict.EXCEPTION,
        observed=f"{_observed(rule)}; {state}",
        expected="evaluated at least once, no later failure, and a recorder that works",
        pointers=(rule.pointer, *where),
        note="" if healthy else "Without a recorder that works it sees no change: CFG-1.",
        attributes={"rule": rule.name},
        fills={"rule": rule.name},
    )


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"
