"""Tests AWS Config: it records, required rules are there, evaluated lately, and met (CC7.1, CC4.1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Row, Verdict, control_test
from evidence.controls.rows import none_found, out_of_scope_rows, with_every_account
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
from evidence.readers.evidence import Evidence, joined_names

CRITERIA = ("CC7.1", "CC4.1")

AWS_DEFAULT_KEY_AGE = 90
"""What ACCESS_KEYS_ROTATED checks when maxAccessKeyAge is not given."""


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
    empty="No region is in scope.",
    limits="The state at collection: a recorder stopped for a day and started again is not seen here.",
)
def recording(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per region and one per account."""
    for account in evidence.accounts:
        by_region = {region: recorders(evidence, account, region) for region in evidence.regions(account)}
        for region, found in by_region.items():
            yield _recorder_row(evidence, account, region, found)
        yield from out_of_scope_rows(evidence, account)
        if by_region:
            yield _iam_row(evidence, account, by_region)


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
    "by its source identifier, whatever its name, in state ACTIVE. A narrower scope, or a maxAccessKeyAge of "
    "more "
    "than {key_max_age_days} days, is an exception.",
    population="Each required rule in each region where IAM is evaluated",
    attribute="Active, as strict as required",
    needs=(RECORDERS, RULES),
    empty="No rule is required by the settings.",
)
def required_rules_deployed(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per required rule and region where IAM is evaluated."""
    for account in evidence.accounts:
        where = iam_regions(evidence, account)
        for region in where:
            found = list(rules(evidence, account, region))
            for identifier in evidence.thresholds.required_config_rules:
                same = [rule for rule in found if rule.identifier == identifier]
                yield _deployment_row(evidence, account, region, identifier, same)
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
                        evidence.item_pointer(RECORDERS, account, region)
                        for region in evidence.regions(account)
                    ),
                    note=why or "See CFG-1.",
                    attributes={"rule": ""},
                )


def _deployment_row(
    evidence: Evidence, account: str, region: str, identifier: str, same: list[ConfigRule]
) -> Row:
    problems = {rule.name: _problem(evidence, rule) for rule in same}
    good = any(not problem for problem in problems.values())
    shown = [f"{name}: {problem or 'active'}" for name, problem in problems.items()]
    return Row(
        subject=identifier,
        account=account,
        region=region,
        verdict=Verdict.MET if good else Verdict.EXCEPTION,
        observed="; ".join(shown) or "not deployed",
        expected=_required(evidence, identifier),
        pointers=tuple(rule.pointer for rule in same) or (evidence.item_pointer(RULES, account, region),),
        note="A laxer one stands beside it." if good and any(problems.values()) else "",
        attributes={"rule": ", ".join(problems)},
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
        allowed = int(rule.parameters.get("maxAccessKeyAge", AWS_DEFAULT_KEY_AGE))
        required = evidence.thresholds.key_max_age_days
        if allowed > required:
            return f"maxAccessKeyAge is {allowed} where {required} is required"
    return ""


@control_test(
    id="CFG-3",
    title="Rules were evaluated lately",
    topic=topics.CONFIG,
    criteria=CRITERIA,
    risk="A stale COMPLIANT tells of the day it was made, not of today.",
    procedure="For each deployed rule that is required or reported, read its last successful and last failed "
    "evaluation. The last success must be at most {config_evaluation_hours} hours before collection, and no "
    "failure may follow it.",
    population="Each deployed rule that is required or reported where present, in every region in scope",
    attribute="Evaluated within {config_evaluation_hours} hours, no later failure",
    needs=(RULES,),
    empty="None of the rules is deployed (CFG-2), so none was evaluated.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
)
def rules_evaluated(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per deployed rule, and one for an account without any beside others that have some."""
    rows = _evaluations(evidence)
    yield from with_every_account(
        evidence, RULES, rows, "none of the rules is deployed", "rules, evaluated lately"
    )


def _evaluations(evidence: Evidence) -> Iterator[Row]:
    limit = timedelta(hours=evidence.thresholds.config_evaluation_hours)
    wanted = counted_rule_identifiers(evidence)
    for account in evidence.accounts:
        for region in evidence.regions(account):
            as_of = evidence.collected_at(RULES, account, region)
            for rule in rules(evidence, account, region):
                if rule.identifier in wanted and rule.deployed:
                    yield _evaluation_row(rule, as_of, limit)


def _evaluation_row(rule: ConfigRule, as_of: datetime, limit: timedelta) -> Row:
    stale = rule.succeeded is None or as_of - rule.succeeded > limit
    failing = rule.failed is not None and (rule.succeeded is None or rule.failed > rule.succeeded)
    observed = f"last success {_when(rule.succeeded)}"
    if failing:
        observed += f"; failed since, {_when(rule.failed)} {rule.error}".rstrip()
    return Row(
        subject=rule.identifier,
        account=rule.account,
        region=rule.region,
        verdict=Verdict.EXCEPTION if stale or failing else Verdict.MET,
        observed=observed,
        expected=f"success within {limit // timedelta(hours=1)} hours before {_when(as_of)}, no later "
        f"failure",
        pointers=(rule.pointer,),
        since=rule.succeeded + limit if stale and rule.succeeded else None,
        attributes={"rule": rule.name},
    )


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"
