"""Test CFG-4: what AWS Config's rules say about each resource (CC7.1, CC4.1, CC6.1)."""

from collections.abc import Iterator
from typing import Any

from evidence.bundle import Located
from evidence.controls.base import Conclusion, Row, Verdict, control_test
from evidence.controls.config_state import RULES, Rule, followed, rules
from evidence.controls.evidence import Evidence, at, moment, text
from evidence.controls.iam import described

COMPLIANCE = "config.rule-compliance"
DETAILS = "iam.authorization-details"
VERDICTS = {
    "COMPLIANT": Verdict.MET,
    "NON_COMPLIANT": Verdict.EXCEPTION,
    "INSUFFICIENT_DATA": Verdict.NOT_DETERMINED,
    "NOT_APPLICABLE": Verdict.OUT_OF_SCOPE,
}
ATTRIBUTES = ("rule", "resource type", "resource", "recorded")


@control_test(
    id="CFG-4",
    title="Resources comply with the rules",
    topic="AWS Config",
    criteria=("CC7.1", "CC4.1", "CC6.1"),
    risk="A rule that reports a weakness nobody mends shows that the control does not work.",
    procedure="Listed every result of every deployed rule that is required or reported, and compared it with "
    "Config's own verdict on the rule. INSUFFICIENT_DATA and NOT_APPLICABLE are not COMPLIANT: a rule "
    "without "
    "any other result leaves the test not concluded.",
    population="Every resource each of these rules was evaluated on, in every region in scope",
    attribute="COMPLIANT",
    needs=(RULES, COMPLIANCE),
    uses=(DETAILS,),
    empty="No rule gave a result, which shows nothing.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    limits="Config sees what it records; a result is as old as its recorded time, given in each row.",
)
def compliant(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per rule and resource, one for each rule whose results do not settle it.

    And one for an account without any result beside others that have some.
    """
    yield from evidence.each_account(COMPLIANCE, _results(evidence), "no rule gave a result", "COMPLIANT")


def _results(evidence: Evidence) -> Iterator[Row]:
    names = _user_names(evidence)
    wanted = followed(evidence)
    for account in evidence.accounts:
        for region in evidence.regions(account):
            deployed = {
                rule.name: rule
                for rule in rules(evidence, account, region)
                if rule.identifier in wanted and rule.deployed
            }
            yield from _region_rows(evidence, account, region, deployed, names)


def _region_rows(
    evidence: Evidence, account: str, region: str, deployed: dict[str, Rule], names: dict[str, str]
) -> Iterator[Row]:
    seen: dict[str, set[Verdict]] = {name: set() for name in deployed}
    for located in evidence.kind(COMPLIANCE, "EvaluationResult", account, region):
        rule = deployed.get(text(located.value["ConfigRuleName"]))
        if rule is not None:
            row = _result_row(rule, located, names)
            seen[rule.name].add(row.verdict)
            yield row
    own = {
        located.value["ComplianceByConfigRule"]["ConfigRuleName"]: located
        for located in evidence.kind(COMPLIANCE, "ComplianceByConfigRule", account, region)
    }
    for rule in deployed.values():
        yield from _unsettled(rule, seen[rule.name], own.get(rule.name))


def _result_row(rule: Rule, located: Located, names: dict[str, str]) -> Row:
    result: dict[str, Any] = located.value["EvaluationResult"]
    qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    resource, kind = qualifier["ResourceId"], result["ComplianceType"]
    verdict = VERDICTS[kind]
    recorded = moment(result["ResultRecordedTime"])
    note = result.get("Annotation", "")
    if resource in names:
        note = f"{names[resource]}: {note}" if note else names[resource]
    return Row(
        subject=f"{rule.identifier} {resource}",
        account=rule.account,
        region=rule.region,
        verdict=verdict,
        observed=kind,
        expected="COMPLIANT",
        pointers=(at(located),),
        since=recorded if verdict is Verdict.EXCEPTION else None,
        note=note,
        attributes=dict(
            zip(
                ATTRIBUTES,
                (rule.name, qualifier["ResourceType"], resource, recorded.isoformat()),
                strict=True,
            )
        ),
    )


def _unsettled(rule: Rule, seen: set[Verdict], own: Located | None) -> Iterator[Row]:
    """Yield a row when a rule gave no result that counts, or when Config itself says otherwise."""
    said = own.value["ComplianceByConfigRule"]["Compliance"]["ComplianceType"] if own else "no verdict"
    if not seen - {Verdict.OUT_OF_SCOPE}:
        observed = "no result" if not seen else "only NOT_APPLICABLE results"
    elif said == "NON_COMPLIANT" and Verdict.EXCEPTION not in seen:
        observed = "Config calls the rule NON_COMPLIANT; no listed result is"
    else:
        return
    yield Row(
        subject=rule.identifier,
        account=rule.account,
        region=rule.region,
        verdict=Verdict.NOT_DETERMINED,
        observed=observed,
        expected="results, and Config's own verdict in line with them",
        pointers=(at(own),) if own else (rule.pointer,),
        note=f"Config's verdict on the rule: {said}.",
        attributes=dict(zip(ATTRIBUTES, (rule.name, "", "", ""), strict=True)),
    )


def _user_names(evidence: Evidence) -> dict[str, str]:
    """Return ARN by unique id: Config names users AIDA…"""
    return {
        located.value["UserDetail"]["UserId"]: located.value["UserDetail"]["Arn"]
        for account in evidence.accounts
        for located in described(evidence, "UserDetail", account)
    }
