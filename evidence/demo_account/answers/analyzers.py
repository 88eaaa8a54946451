"""Simulates IAM Access Analyzer: analyzers, archive rules, findings, and policy validation."""

import json
from collections.abc import Mapping
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest


def _page(call: ApiRequest, items: list[Any], key: str) -> Mapping[str, Any]:
    return page(call, items, key=key, limit="maxResults", token="nextToken")  # noqa: S106  a paging token


@answers("accessanalyzer", "ListAnalyzers")
def analyzers(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Analyzers of the region."""
    wanted = call.parameters.get("type")
    found = [one for one in context.analyzers.ANALYZERS.get(call.region, []) if wanted in (None, one["type"])]
    return _page(call, context.resolved(found), "analyzers")


@answers("accessanalyzer", "ListArchiveRules")
def archive_rules(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Archive rules of an analyzer, which is given by name."""
    arn = context.analyzers.arn(call.region, str(call.parameters.get("analyzerName")))
    _known(context, call, arn)
    return _page(call, context.resolved(context.analyzers.ARCHIVE_RULES.get(arn, [])), "archiveRules")


def _known(context: AnswerContext, call: ApiRequest, arn: str) -> None:
    if all(one["arn"] != arn for one in context.analyzers.ANALYZERS.get(call.region, [])):
        raise AwsError("ResourceNotFoundException", f"Analyzer {arn} does not exist.", 404)


def _findings(context: AnswerContext, call: ApiRequest) -> list[dict[str, Any]]:
    arn = str(call.parameters.get("analyzerArn"))
    _known(context, call, arn)
    found: list[dict[str, Any]] = context.analyzers.FINDINGS.get(arn, [])
    return found


@answers("accessanalyzer", "ListFindingsV2")
def findings(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Findings of one analyzer, filtered by `eq` and `neq`; details are for GetFindingV2."""
    chosen = [
        finding
        for finding in _findings(context, call)
        if _matches(finding, call.parameters.get("filter") or {})
    ]
    shown = [{key: value for key, value in finding.items() if key != "findingDetails"} for finding in chosen]
    return _page(call, context.resolved(shown), "findings")


def _matches(finding: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    for member, criterion in filters.items():
        value = finding.get(member)
        if "eq" in criterion and value not in criterion["eq"]:
            return False
        if "neq" in criterion and value in criterion["neq"]:
            return False
    return True


@answers("accessanalyzer", "GetFindingV2")
def finding(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One finding with its details."""
    for one in _findings(context, call):
        if one["id"] == call.parameters.get("id"):
            found: Mapping[str, Any] = context.resolved(one)
            return found
    raise AwsError("ResourceNotFoundException", f"Finding {call.parameters.get('id')} does not exist.", 404)


_LEARN = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"


@answers("accessanalyzer", "ValidatePolicy")
def validate_policy(_context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The few checks that tell the demo account's documents apart, as AWS words them."""
    text = str(call.parameters.get("policyDocument", ""))
    try:
        document = json.loads(text)
    except ValueError:
        return _page(
            call, [_issue("ERROR", "JSON_SYNTAX_ERROR", "Fix the JSON syntax error.", [])], "findings"
        )
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    found = [issue for number, statement in enumerate(listed) for issue in _issues(number, statement)]
    return _page(call, found, "findings")


def _issues(number: int, statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    path: list[dict[str, Any]] = [{"value": "Statement"}, {"index": number}]
    if statement.get("Effect") != "Allow":
        return []
    actions = statement.get("Action", [])
    listed = [actions] if isinstance(actions, str) else actions
    everywhere = statement.get("Resource") in ("*", ["*"])
    found = []
    if everywhere and any(action in ("iam:PassRole", "iam:*", "*", "*:*") for action in listed):
        about = "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive."
        found.append(_issue("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE", about, path))
    if "NotAction" in statement:
        about = "Using Allow with NotAction can be overly permissive."
        found.append(_issue("WARNING", "ALLOW_WITH_NOT_ACTION", about, path))
    return found


def _issue(kind: str, code: str, about: str, path: list[dict[str, Any]]) -> dict[str, Any]:
    point = {"line": 1, "column": 0, "offset": 0}
    return {"findingType": kind, "issueCode": code, "findingDetails": about, "learnMoreLink": _LEARN,
            "locations": [{"path": path, "span": {"start": point, "end": point}}]}  # fmt: skip
