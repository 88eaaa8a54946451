"""Simulates AWS Config: recorders, rules, and compliance computed from what moto's IAM holds."""

from collections.abc import Mapping
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.answers.verdicts import ResourceVerdict, verdicts
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import hex_of
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest

EVALUATED = 0.21
"""Days since rules were last evaluated."""


@answers("config", "DescribeConfigurationRecorders")
def recorders(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The region's recorder."""
    found = [context.config.recorder(call.region)] if call.region in context.config.RECORDING else []
    return {"ConfigurationRecorders": found}


@answers("config", "DescribeConfigurationRecorderStatus")
def recorder_status(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The status of the region's recorder."""
    found = [context.config.recorder_status(call.region)] if call.region in context.config.RECORDING else []
    return {"ConfigurationRecordersStatus": context.resolved(found)}


@answers("config", "DescribeDeliveryChannels")
def delivery_channels(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The region's delivery channel."""
    found = [context.config.delivery_channel(call.region)] if call.region in context.config.RECORDING else []
    return {"DeliveryChannels": found}


def _rules(context: AnswerContext, call: ApiRequest) -> list[dict[str, Any]]:
    """Return the region's rules, with ids, reduced to the names asked for."""
    found = [_identified(context, call.region, rule) for rule in context.config.RULES.get(call.region, [])]
    names = call.parameters.get("ConfigRuleNames")
    if not names:
        return found
    missing = set(names) - {rule["ConfigRuleName"] for rule in found}
    if missing:
        raise AwsError(
            "NoSuchConfigRuleException", f"The ConfigRule '{sorted(missing)[0]}' provided is invalid."
        )
    return [rule for rule in found if rule["ConfigRuleName"] in names]


def _identified(context: AnswerContext, region: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    number = f"config-rule-{hex_of(6, region, str(rule['ConfigRuleName']))}"
    arn = f"arn:aws:config:{region}:{context.account}:config-rule/{number}"
    return {**rule, "ConfigRuleArn": arn, "ConfigRuleId": number}


def _identifier(rule: Mapping[str, Any]) -> str:
    return str(rule["Source"]["SourceIdentifier"])


@answers("config", "DescribeConfigRules")
def rules(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Rules, in pages of 25 as AWS's are."""
    return page(call, _rules(context, call), key="ConfigRules", size=25)


@answers("config", "DescribeConfigRuleEvaluationStatus")
def evaluation_status(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """When rules were last evaluated."""
    shown = [_status(context, rule) for rule in _rules(context, call)]
    return page(call, shown, key="ConfigRulesEvaluationStatus", limit="Limit", size=150)


def _status(context: AnswerContext, rule: Mapping[str, Any]) -> dict[str, Any]:
    stale = context.config.STALE_RULES.get(_identifier(rule))
    success = context.ago(stale or EVALUATED)
    failure = {
        "LastFailedEvaluationTime": context.ago(0.2),
        "LastFailedInvocationTime": context.ago(0.2),
        "LastErrorCode": "INTERNAL_ERROR",
        "LastErrorMessage": "The evaluation did not finish.",
    }
    return {
        **{key: rule[key] for key in ("ConfigRuleName", "ConfigRuleArn", "ConfigRuleId")},
        "LastSuccessfulInvocationTime": success, "LastSuccessfulEvaluationTime": success,
        "FirstActivatedTime": context.ago(700), "FirstEvaluationStarted": True, **(failure if stale else {}),
    }  # fmt: skip


@answers("config", "DescribeConformancePacks")
def conformance_packs(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Conformance packs of the region."""
    packs = context.resolved(context.config.CONFORMANCE_PACKS.get(call.region, []))
    return page(call, packs, key="ConformancePackDetails", limit="Limit", size=20)


@answers("config", "GetComplianceDetailsByConfigRule")
def compliance_details(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Verdicts of one rule, in pages of 100 at most."""
    name = call.parameters.get("ConfigRuleName")
    rule = next((rule for rule in _rules(context, call) if rule["ConfigRuleName"] == name), None)
    if rule is None:
        raise AwsError(
            "NoSuchConfigRuleException", f"The ConfigRule '{name}' provided in the request is invalid."
        )
    wanted = call.parameters.get("ComplianceTypes")
    results = [_result(context, rule, verdict) for verdict in verdicts(context, call.region, rule)
               if not wanted or verdict.kind in wanted]  # fmt: skip
    return page(call, results, key="EvaluationResults", limit="Limit", size=100)


def _result(context: AnswerContext, rule: Mapping[str, Any], verdict: ResourceVerdict) -> dict[str, Any]:
    moment = context.ago(context.config.STALE_RULES.get(_identifier(rule), EVALUATED))
    qualifier = {"ConfigRuleName": rule["ConfigRuleName"], "ResourceType": verdict.resource_type,
                 "ResourceId": verdict.resource, "EvaluationMode": "DETECTIVE"}  # fmt: skip
    result = {
        "EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier, "OrderingTimestamp": moment},
        "ComplianceType": verdict.kind, "ResultRecordedTime": moment, "ConfigRuleInvokedTime": moment,
    }  # fmt: skip
    return {**result, "Annotation": verdict.note} if verdict.note else result


@answers("config", "DescribeComplianceByConfigRule")
def compliance_by_rule(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One verdict a rule."""
    return page(call, [_compliance(context, call, rule) for rule in _rules(context, call)],
                key="ComplianceByConfigRules", size=25)  # fmt: skip


def _compliance(context: AnswerContext, call: ApiRequest, rule: Mapping[str, Any]) -> dict[str, Any]:
    found = verdicts(context, call.region, rule)
    failing = sum(1 for verdict in found if verdict.kind == "NON_COMPLIANT")
    kind = "NON_COMPLIANT" if failing else "COMPLIANT" if found else "INSUFFICIENT_DATA"
    compliance: dict[str, Any] = {"ComplianceType": kind}
    if failing:
        compliance["ComplianceContributorCount"] = {
            "CappedCount": min(failing, 25),
            "CapExceeded": failing > 25,
        }
    return {"ConfigRuleName": rule["ConfigRuleName"], "Compliance": compliance}
