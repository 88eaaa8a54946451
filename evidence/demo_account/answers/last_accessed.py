"""Simulates IAM's last-accessed reports (GenerateServiceLastAccessedDetails): asked for, polled once, there.

A role's services are those that its policies name in Allow statements; all of SERVICES where they say `*`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evidence.demo_account.account.roles import NEVER_USED
from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import digest, uuid_of
from evidence.demo_account.wire import ApiRequest

SERVICES = (
    ("Amazon S3", "s3", ("GetObject", "PutObject", "ListAllMyBuckets")),
    ("Amazon EC2", "ec2", ("DescribeInstances", "StartInstances")),
    ("Amazon CloudWatch Logs", "logs", ("GetQueryResults", "StartQuery")),
    ("Amazon DynamoDB", "dynamodb", ("GetItem", "Query", "PutItem")),
    ("AWS Key Management Service", "kms", ("Decrypt",)),
    ("AWS Lambda", "lambda", ("InvokeFunction", "UpdateFunctionCode")),
    ("Amazon SQS", "sqs", ("SendMessage",)),
    ("AWS Identity and Access Management", "iam", ("ListRoles",)),
)
"""Name, namespace, actions that AWS tracks."""


@answers("iam", "GenerateServiceLastAccessedDetails")
def generate(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Start a job; its id depends on the ARN and the granularity alone."""
    arn = str(call.parameters.get("Arn", ""))
    if not arn.startswith(f"arn:aws:iam::{context.account}:") and not arn.startswith("arn:aws:iam::aws:"):
        raise AwsError("NoSuchEntity", f"ARN {arn} could not be found.", 404)
    level = str(call.parameters.get("Granularity") or "SERVICE_LEVEL")
    job = job_id(arn, level)
    context.jobs[job] = f"{arn}|{level}"
    return {"JobId": job}


def job_id(arn: str, level: str) -> str:
    """Return the id of the job about an entity: always the same."""
    return uuid_of("job", arn) if level == "ACTION_LEVEL" else uuid_of("job", arn, level)


@answers("iam", "GetServiceLastAccessedDetails")
def details(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The first poll finds the job running, later ones find it done."""
    job = str(call.parameters.get("JobId"))
    found = context.job(job)
    if found is None:
        raise AwsError("NoSuchEntity", f"Job {job} could not be found.", 404)
    arn, level, *polled = found.split("|")
    common = {"JobType": level, "JobCreationDate": context.ago(0.0005), "IsTruncated": False}
    if not polled:
        context.jobs[job] += "|polled"
        return {**common, "JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []}
    allowed = _allowed(context, arn)
    known = {service[1]: service for service in SERVICES}
    names = sorted(known if "*" in allowed else allowed)
    services = [
        _service(context, arn, level, known.get(name, (f"Amazon {name.upper()}", name, ()))) for name in names
    ]
    return {
        **common,
        "JobStatus": "COMPLETED",
        "JobCompletionDate": context.now,
        "ServicesLastAccessed": services,
    }


def _service(
    context: AnswerContext, arn: str, level: str, service: tuple[str, str, tuple[str, ...]]
) -> dict[str, Any]:
    name, namespace, actions = service
    shown: dict[str, Any] = {
        "ServiceName": name,
        "ServiceNamespace": namespace,
        "TotalAuthenticatedEntities": 0,
    }
    if namespace in NEVER_USED.get(arn.rpartition("/")[2], ()):
        return shown
    age = digest("accessed", arn, namespace)[0]
    used = {"LastAuthenticated": context.ago(age), "LastAuthenticatedEntity": arn,
            "LastAuthenticatedRegion": "us-east-1", "TotalAuthenticatedEntities": 1}  # fmt: skip
    tracked = [
        {
            "ActionName": action,
            "LastAccessedEntity": arn,
            "LastAccessedTime": context.ago(age + number),
            "LastAccessedRegion": "us-east-1",
        }
        for number, action in enumerate(actions)
    ]
    return {**shown, **used, **({"TrackedActionsLastAccessed": tracked} if level == "ACTION_LEVEL" else {})}


def _allowed(context: AnswerContext, arn: str) -> set[str]:
    """Return the namespaces that a role's policies allow, `*` for every one; of anything else, the same."""
    roles = [role for role in context.iam.roles.values() if role.arn == arn]
    texts = [text for role in roles for text in role.policies.values()]
    texts += [
        version.document
        for role in roles
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    ]
    if not roles:
        return {"*"}
    return {action.partition(":")[0] for text in texts for action in _actions(json.loads(text))}


def _actions(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow":
            actions = statement.get("Action", "*")
            yield from [actions] if isinstance(actions, str) else actions
