"""Simulates AWS Config's aggregator: what every account's Config says of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from evidence.demo_account.answers import AnswerContext, Handler, answers
from evidence.demo_account.answers.config import compliance_by_rule, compliance_details
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, hex_of
from evidence.demo_account.member import member_answer
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest

UPDATED = 0.04
"""Days since the aggregator heard from its sources."""
HELD = ("COMPLIANT", "NON_COMPLIANT")
"""All that AWS keeps in an aggregator: a rule without such a result is not in it."""
_ACCOUNTS_A_PAGE = 10


@answers("config", "DescribeConfigurationAggregators")
def aggregators(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The organization's aggregator, in its account and region alone."""
    found = [_aggregator(context)] if _is_here(context, call) else []
    for name in call.parameters.get("ConfigurationAggregatorNames") or ():
        if not found or name != context.organization.AGGREGATOR[2]:
            raise _unknown(name)
    return page(call, found, key="ConfigurationAggregators", limit="Limit")


def _is_here(context: AnswerContext, call: ApiRequest) -> bool:
    return (call.account, call.region) == tuple(context.organization.AGGREGATOR[:2])


def _aggregator(context: AnswerContext) -> dict[str, Any]:
    account, region, name = context.organization.AGGREGATOR
    number = f"config-aggregator-{hex_of(8, 'aggregator', name)}"
    return {
        "ConfigurationAggregatorName": name,
        "ConfigurationAggregatorArn": f"arn:aws:config:{region}:{account}:config-aggregator/{number}",
        "OrganizationAggregationSource": {
            "RoleArn": f"arn:aws:iam::{account}:role/service-role/config-aggregator", "AllAwsRegions": True,
        },
        "CreationTime": context.ago(690), "LastUpdatedTime": context.ago(690),
    }  # fmt: skip


def _asked(context: AnswerContext, call: ApiRequest) -> None:
    """Raise AwsError unless the aggregator is asked by its name, where it is."""
    name = call.parameters.get("ConfigurationAggregatorName")
    if not _is_here(context, call) or name != context.organization.AGGREGATOR[2]:
        raise _unknown(name)


def _unknown(name: Any) -> AwsError:
    return AwsError(
        "NoSuchConfigurationAggregatorException",
        f"The configuration aggregator {name} does not exist. Check the configuration aggregator name.",
    )


@answers("config", "DescribeConfigurationAggregatorSourcesStatus")
def sources(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The organization as a source, then each open account in each enabled region."""
    _asked(context, call)
    state = {"LastUpdateStatus": "SUCCEEDED", "LastUpdateTime": context.ago(UPDATED)}
    whole = {"SourceId": "Organization", "SourceType": "ORGANIZATION", **state}
    places = [
        {"SourceId": account, "SourceType": "ACCOUNT", "AwsRegion": region, **state}
        for account in _accounts(context)
        for region in context.organization.ENABLED_REGIONS
    ]
    return page(call, [whole, *places], key="AggregatedSourceStatusList", limit="Limit")


def _accounts(context: AnswerContext) -> list[str]:
    return [row[0] for row in context.organization.ACCOUNTS if row[3] == "ACTIVE"]


@answers("config", "DescribeAggregateComplianceByConfigRules")
def compliance_by_rules(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """AWS's verdict on each rule that has one; pages may differ in length, and hold some accounts each."""
    _asked(context, call)
    answer = page(call, _accounts(context), key="Accounts", size=_ACCOUNTS_A_PAGE)
    verdicts = [
        {**verdict, "AccountId": account, "AwsRegion": region}
        for account in answer.pop("Accounts")
        for region in context.organization.ENABLED_REGIONS
        for verdict in _listed(
            context, replace(call, account=account, region=region, parameters={}), _VERDICTS
        )
        if verdict["Compliance"]["ComplianceType"] in HELD
    ]
    return {"AggregateComplianceByConfigRules": verdicts, **answer}


@answers("config", "GetAggregateComplianceDetailsByConfigRule")
def details(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The results of one rule of one account and region; none for a rule that is not there."""
    _asked(context, call)
    account, region = (str(call.parameters[name]) for name in ("AccountId", "AwsRegion"))
    asked = {"ConfigRuleName": call.parameters["ConfigRuleName"], "ComplianceTypes": list(HELD)}
    own = replace(call, account=account, region=region, parameters=asked)
    try:
        found = [
            {**one, "AccountId": account, "AwsRegion": region} for one in _listed(context, own, _DETAILS)
        ]
    except AwsError:
        found = []
    return page(call, found, key="AggregateEvaluationResults", limit="Limit")


_VERDICTS = ("DescribeComplianceByConfigRule", compliance_by_rule, "ComplianceByConfigRules")
_DETAILS = ("GetComplianceDetailsByConfigRule", compliance_details, "EvaluationResults")
"""Operation, its answer in an account, list key."""


def _listed(
    context: AnswerContext, call: ApiRequest, what: tuple[str, Handler, str]
) -> Iterator[dict[str, Any]]:
    """Yield what the call's account lists of its own Config, over all pages."""
    of = context.neighbour(call.account)
    operation, handler, key = what
    token: dict[str, Any] = {}
    while of is not None:
        own = replace(call, operation=operation, parameters={**call.parameters, **token})
        answer = handler(of, own) if call.account == MANAGEMENT_ACCOUNT else member_answer(handler, of, own)
        yield from answer[key]
        if "NextToken" not in answer:
            return
        token = {"NextToken": answer["NextToken"]}
