"""Makes (policies, request) pairs from a seed: the same seed gives the same pairs."""

import random
from collections.abc import Callable
from typing import Any

ACCOUNT, OTHER = "123456789012", "210987654321"
USER = f"arn:aws:iam::{ACCOUNT}:user/ingrid"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
BUCKET = "northwind-lake"

REQUESTS = (
    ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/a/b.txt"),
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/ingrid/x"),
    ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/ledger"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/ledger"),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:payments-in"),
    ("ec2:StopInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0123456789abcdef0"),
    ("iam:GetUser", USER),
    ("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:ledger-post"),
)
WIDE = ("*", "*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:Put*", "dynamodb:*", "ec2:St?p*",
        "iam:*", "iam:Get*", "sqs:Send*", "lambda:Invoke*", "s3:List*", "dynamodb:?e*")  # fmt: skip
RESOURCES = ("*", "*", "*", "arn:aws:s3:::*", f"arn:aws:s3:::{BUCKET}/*", f"arn:aws:s3:::{BUCKET}",
             "arn:aws:s3:::northwind-l?ke/*", f"arn:aws:dynamodb:*:{ACCOUNT}:table/*",
             f"arn:aws:sqs:us-east-1:{ACCOUNT}:payments-*", "arn:aws:*:*:*:*", "arn:aws:ec2:*:*:instance/*",
             f"arn:aws:s3:::{BUCKET}/${{aws:username}}/*", "arn:aws:iam::*:user/${aws:username}",
             "arn:aws:s3:::NORTHWIND-LAKE/*", f"arn:aws:lambda:us-*:{ACCOUNT}:function:ledger-*")  # fmt: skip

KEYS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    # key: family of operators, values of requests, values of policies
    "aws:SourceIp": ("ip", ("203.0.113.7", "10.1.2.3", "2001:db8::1"),
                     ("203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32", "203.0.113.7")),
    "aws:MultiFactorAuthPresent": ("bool", ("true", "false"), ("true", "false")),
    "aws:SecureTransport": ("bool", ("true", "false"), ("true", "false")),
    "aws:MultiFactorAuthAge": ("numeric", ("0", "300", "3600"), ("300", "3600", "86400")),
    "aws:CurrentTime": ("date", ("2026-03-01T00:00:00Z", "2026-09-01T12:00:00Z"),
                        ("2026-03-01T00:00:00Z", "2026-06-30T23:59:59Z", "2027-01-01T00:00:00Z")),
    "aws:PrincipalTag/team": ("string", ("ledger", "Ledger", "platform"),
                              ("ledger", "LEDGER", "l*", "plat????", "*", "${aws:username}")),
    "aws:RequestedRegion": ("string", ("eu-west-1", "us-east-1"),
                            ("eu-*", "us-east-1", "eu-west-?", "EU-WEST-1")),
    "aws:PrincipalOrgID": ("string", ("o-n0rthw1nd7", "o-other00001"), ("o-n0rthw1nd7", "o-*")),
    "aws:username": ("string", ("ingrid", "tomas"), ("ingrid", "IN*", "in?rid", "tomas")),
    "aws:SourceArn": ("arn", (f"arn:aws:s3:::{BUCKET}", f"arn:aws:sns:eu-west-1:{ACCOUNT}:alerts"),
                      ("arn:aws:s3:::*", f"arn:aws:sns:*:{ACCOUNT}:*", f"arn:aws:s3:::{BUCKET}",
                       "arn:aws:*:*:*:*")),
}  # fmt: skip
MANY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "aws:TagKeys": (("team", "owner", "cost", "Team"), ("team", "owner", "co*", "*")),
    "aws:CalledVia": (("athena.amazonaws.com", "cloudformation.amazonaws.com"),
                      ("athena.amazonaws.com", "cloud*.amazonaws.com")),
}  # fmt: skip
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "ip": ("IpAddress", "NotIpAddress"),
    "bool": ("Bool",),
    "numeric": tuple(f"Numeric{order}" for order in ORDERS),
    "date": tuple(f"Date{order}" for order in ORDERS),
    "string": ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
               "StringLike", "StringNotLike"),
    "arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
}  # fmt: skip

Case = dict[str, Any]


def cases(count: int, seed: str) -> list[Case]:
    """Return pairs in iam-simulate's own form, each with an id."""
    return [_case(number, random.Random(f"{seed} {number}")) for number in range(count)]  # noqa: S311


def _case(number: int, draw: random.Random) -> Case:
    action, resource = draw.choice(REQUESTS)
    context = _context(draw)
    simulation: Case = {
        "identityPolicies": _named(
            draw, lambda: _document(draw, "Allow"), 0 if draw.random() < 0.05 else 1, 3
        ),
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "request": {
            "principal": draw.choice((USER, USER, ROLE)),
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": context,
        },
    }
    if draw.random() < 0.25:
        simulation["permissionBoundaryPolicies"] = _named(draw, lambda: _document(draw, "Allow"), 1, 1)
    if draw.random() < 0.35:
        simulation["serviceControlPolicies"] = [
            {"orgIdentifier": name, "policies": _named(draw, lambda: _scp(draw), 1, 2)}
            for name in ("r-nw01", "ou-nw01", ACCOUNT)[: draw.randint(1, 3)]
        ]
    if action.startswith("s3:") and "permissionBoundaryPolicies" not in simulation and draw.random() < 0.6:
        simulation["resourcePolicy"] = _resource_policy(draw)
        simulation["request"]["resource"]["accountId"] = draw.choice((ACCOUNT, OTHER, OTHER))
    return {"id": number, "simulation": simulation}


def _named(draw: random.Random, make: Callable[[], Case], least: int, most: int) -> list[Case]:
    return [{"name": f"p{n}", "policy": make()} for n in range(draw.randint(least, most) if least else 0)]


def _document(draw: random.Random, usual: str) -> Case:
    made = [_statement(draw, usual) for _ in range(draw.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": made[0] if len(made) == 1 and draw.random() < 0.5 else made}


def _scp(draw: random.Random) -> Case:
    if draw.random() < 0.5:
        return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return _document(draw, "Allow")


def _statement(draw: random.Random, usual: str) -> Case:
    statement: Case = {"Effect": usual if draw.random() < 0.7 else "Deny"}
    statement["NotAction" if draw.random() < 0.15 else "Action"] = _some(draw, WIDE)
    statement["NotResource" if draw.random() < 0.1 else "Resource"] = _some(draw, RESOURCES)
    if draw.random() < 0.5:
        statement["Condition"] = _condition(draw)
    return statement


def _resource_policy(draw: random.Random) -> Case:
    statements = []
    for _ in range(draw.randint(1, 2)):
        statement = _statement(draw, "Allow")
        principals = (USER, ROLE, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{OTHER}:root", "*")
        negated = statement["Effect"] == "Deny" and draw.random() < 0.3
        named = _some(draw, principals[:-1] if negated else principals)
        statement["NotPrincipal" if negated else "Principal"] = {"AWS": named}
        for element in ("Resource", "NotResource"):
            if element in statement:
                del statement[element]
        statement["Resource"] = _some(draw, ("*", f"arn:aws:s3:::{BUCKET}/*", f"arn:aws:s3:::{BUCKET}"))
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _some(draw: random.Random, among: tuple[str, ...]) -> str | list[str]:
    chosen = draw.sample(among, min(len(among), draw.choice((1, 1, 2, 3))))
    return chosen[0] if len(chosen) == 1 and draw.random() < 0.6 else list(dict.fromkeys(chosen))


def _condition(draw: random.Random) -> Case:
    condition: Case = {}
    for _ in range(draw.choice((1, 1, 2))):
        operator, key, values = _demand(draw)
        keys = condition.setdefault(operator, {})
        if key.lower() not in {other.lower() for other in keys}:
            keys[key] = values
    return condition


def _demand(draw: random.Random) -> tuple[str, str, str | list[str]]:
    if draw.random() < 0.12:
        return "Null", draw.choice([*KEYS, *MANY]), draw.choice(("true", "false"))
    if draw.random() < 0.2:
        key = draw.choice([*MANY])
        operator = draw.choice(("ForAllValues", "ForAnyValue")) + ":" + draw.choice(OPERATORS["string"])
        return _maybe_if_exists(draw, operator), key, _some(draw, MANY[key][1])
    key = draw.choice([*KEYS])
    family, _, values = KEYS[key]
    key = key.lower() if draw.random() < 0.1 else key
    return _maybe_if_exists(draw, draw.choice(OPERATORS[family])), key, _some(draw, values)


def _maybe_if_exists(draw: random.Random, operator: str) -> str:
    return f"{operator}IfExists" if draw.random() < 0.35 else operator


def _context(draw: random.Random) -> Case:
    context: Case = {key: draw.choice(values) for key, (_, values, _) in KEYS.items() if draw.random() < 0.6}
    for key, (values, _) in MANY.items():
        if draw.random() < 0.6:
            context[key] = draw.sample(values, draw.randint(1, 2))
    return context
