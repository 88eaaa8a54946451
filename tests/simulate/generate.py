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
TRUSTING = f"arn:aws:iam::{ACCOUNT}:role/deploy"
TRUST_KEYS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "sts:ExternalId": ("string", ("x-1", "x-2"), ("x-1", "x-*", "X-1")),
    "sts:RoleSessionName": ("string", ("ci", "ann"), ("ci", "a*")),
    "aws:PrincipalOrgID": ("string", ("o-n0rthw1nd7", "o-other00001"),
                           ("o-n0rthw1nd7", "o-other00001", "o-*")),
    "aws:PrincipalAccount": ("string", (ACCOUNT, OTHER), (ACCOUNT, OTHER, "1234*", "${aws:ResourceAccount}")),
    "aws:PrincipalArn": ("arn", (USER, ROLE),
                         (USER, ROLE, f"arn:aws:iam::{OTHER}:role/*", "arn:aws:iam::*:role/app")),
    "aws:ResourceAccount": ("string", (ACCOUNT,), (ACCOUNT, OTHER, "${aws:PrincipalAccount}")),
    "aws:MultiFactorAuthPresent": KEYS["aws:MultiFactorAuthPresent"],
    "aws:SourceIp": KEYS["aws:SourceIp"],
}  # fmt: skip
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
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
    return {"id": number, "simulation": KINDS[number % len(KINDS)](draw)}


def _mixed(draw: random.Random) -> Case:
    """Return a little of everything."""
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
    return simulation


def _plain(draw: random.Random) -> Case:
    """Return a request that its identity policy allows, so that all hangs on what stands beside it."""
    action, resource = draw.choice(REQUESTS)
    return {
        "identityPolicies": [{"name": "p", "policy": FULL}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "request": {
            "principal": draw.choice((USER, ROLE)),
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": _context(draw),
        },
    }


def _levels(draw: random.Random) -> Case:
    """Return service control policies on root, units down to five deep, and the account; one may be bare."""
    simulation = _plain(draw)
    units = [f"ou-nw01-{depth}" for depth in range(draw.randint(0, 5))]
    bare = draw.random() < 0.05
    simulation["serviceControlPolicies"] = [
        {"orgIdentifier": name, "policies": [] if bare and name == ACCOUNT else _guards(draw)}
        for name in ("r-nw01", *units, ACCOUNT)
    ]
    return simulation


def _guards(draw: random.Random) -> list[Case]:
    """Return what is attached to one level: usually everything allowed, and something denied."""
    found = [{"name": "FullAWSAccess", "policy": FULL}] if draw.random() < 0.85 else []
    found += [{"name": f"d{number}", "policy": _guard(draw)} for number in range(draw.choice((0, 0, 1, 2)))]
    return found or [{"name": "allow", "policy": _document(draw, "Allow")}]


def _guard(draw: random.Random) -> Case:
    region = {"StringNotEquals": {"aws:RequestedRegion": _some(draw, ("eu-west-1", "us-east-1"))}}
    exempt = {"ArnNotLike": {"aws:PrincipalArn": draw.choice((ROLE, "arn:aws:iam::*:role/a*"))}}
    root = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    condition = draw.choice((region, region | exempt, exempt, root, _condition(draw)))
    element = draw.choice(("Action", "Action", "NotAction"))
    statement = {"Effect": "Deny", element: _some(draw, WIDE), "Resource": _some(draw, RESOURCES)}
    return {"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]}


def _trust(draw: random.Random) -> Case:
    """Return a role that is to be assumed, and its trust policy with allowing and denying statements."""
    simulation = _plain(draw)
    home = draw.choice((ACCOUNT, ACCOUNT, OTHER))
    principal = f"arn:aws:iam::{home}:{draw.choice(('user/ingrid', 'role/app'))}"
    context = {key: draw.choice(values) for key, (_, values, _) in TRUST_KEYS.items() if draw.random() < 0.75}
    context |= {"aws:PrincipalArn": principal, "aws:PrincipalAccount": home}
    if draw.random() < 0.6:
        context["aws:PrincipalOrgPaths"] = [draw.choice(("o-n0rthw1nd7/r-nw01/ou-1/", "o-other00001/r-1/"))]
    simulation["request"] |= {
        "principal": principal,
        "action": "sts:AssumeRole",
        "resource": {"resource": TRUSTING, "accountId": ACCOUNT},
        "contextVariables": context,
    }
    if draw.random() < 0.3:
        narrow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": draw.choice((TRUSTING, ROLE))}
        policy = {"Version": "2012-10-17", "Statement": [narrow]}
        simulation["identityPolicies"] = [{"name": "p", "policy": policy}] if draw.random() < 0.7 else []
    statements = [_trusting(draw, "Allow"), *(_trusting(draw, "") for _ in range(draw.choice((0, 1, 1, 2))))]
    simulation["resourcePolicy"] = {"Version": "2012-10-17", "Statement": statements}
    return simulation


def _trusting(draw: random.Random, effect: str) -> Case:
    effect = effect or draw.choice(("Allow", "Deny", "Deny"))
    principals = tuple(
        f"arn:aws:iam::{home}:{name}"
        for home in (ACCOUNT, OTHER)
        for name in ("root", "user/ingrid", "role/app")
    )
    named = _some(draw, (*principals, "*", ACCOUNT, OTHER, "*"))
    statement: Case = {
        "Effect": effect,
        "Action": draw.choice(
            ("sts:AssumeRole", "sts:*", ["sts:AssumeRole", "sts:TagSession"], "sts:TagSession")
        ),
        "Principal": "*" if named == "*" else {"AWS": named},
    }
    if draw.random() < 0.65:
        demands = [_trust_demand(draw, denies=effect == "Deny") for _ in range(draw.choice((1, 1, 2)))]
        statement["Condition"] = {operator: {key: values} for operator, key, values in demands}
    return statement


def _trust_demand(draw: random.Random, *, denies: bool) -> tuple[str, str, str | list[str]]:
    if draw.random() < 0.15:
        return "Null", draw.choice([*TRUST_KEYS]), draw.choice(("true", "false"))
    if draw.random() < 0.15:
        operator = draw.choice(
            ("ForAnyValue:StringLike", "ForAllValues:StringNotLike", "ForAnyValue:StringNotLike")
        )
        return operator, "aws:PrincipalOrgPaths", _some(draw, ("o-n0rthw1nd7/*", "o-other00001/*", "*"))
    key = draw.choice([*TRUST_KEYS])
    family, _, values = TRUST_KEYS[key]
    operators = [one for one in OPERATORS[family] if not denies or "Not" in one or draw.random() < 0.5]
    return _maybe_if_exists(draw, draw.choice(operators or OPERATORS[family])), key, _some(draw, values)


def _bounded(draw: random.Random) -> Case:
    """Return a boundary beside policies of principal and resource."""
    simulation = _plain(draw)
    if draw.random() < 0.5:
        policies = _named(draw, lambda: _document(draw, "Allow"), 0 if draw.random() < 0.3 else 1, 2)
        simulation["identityPolicies"] = policies
    simulation["permissionBoundaryPolicies"] = _named(draw, lambda: _document(draw, "Allow"), 1, 1)
    if draw.random() < 0.7:
        action, resource = draw.choice([one for one in REQUESTS if one[0].startswith("s3:")])
        owner = draw.choice((ACCOUNT, ACCOUNT, OTHER))
        simulation["request"] |= {"action": action, "resource": {"resource": resource, "accountId": owner}}
        simulation["resourcePolicy"] = _resource_policy(draw)
    return simulation


KINDS: tuple[Callable[[random.Random], Case], ...] = (_mixed, _mixed, _levels, _trust, _bounded)


def _named(draw: random.Random, make: Callable[[], Case], least: int, most: int) -> list[Case]:
    return [{"name": f"p{n}", "policy": make()} for n in range(draw.randint(least, most) if least else 0)]


def _document(draw: random.Random, usual: str) -> Case:
    made = [_statement(draw, usual) for _ in range(draw.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": made[0] if len(made) == 1 and draw.random() < 0.5 else made}


def _scp(draw: random.Random) -> Case:
    return FULL if draw.random() < 0.5 else _document(draw, "Allow")


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
