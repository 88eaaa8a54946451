"""Accounts made from a seed, full of the cases on which two readers of IAM may differ."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.demo_account.account.policies import ADMINISTRATOR, READ_ONLY
from evidence.demo_account.account.shapes import (
    CustomerPolicy,
    Group,
    Password,
    User,
    UserAccessKey,
    allow,
    deny,
    document,
)
from evidence.demo_account.account.users import REPORT_AGE

SEEDS = (1, 2, 3, 4, 5)
ROOT_KEYS = ((), (UserAccessKey(400, 200),), (UserAccessKey(400, None, active=False),))
"""Drawn, but for the first account: an active one is what two readers differ on."""
BUCKET = "arn:aws:s3:::northwind-exports"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

# Ages in days, as of the credential report: both sides of 90, whole days and parts of one.
AGES = (0.5, 20, 45.5, 89, 89.9, 90, 90.5, 91.2, 200, 700)

DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "plain": document(allow("*", "*")),
    "lists": document(allow(["*"], ["*"])),
    "colon": document(allow("*:*", "*")),
    "beside-narrow": document(allow("s3:GetObject", f"{BUCKET}/*"), allow("*", "*")),
    "denied-in-part": document(allow("*", "*"), deny("iam:*", "*")),
    "conditional": document(allow("*", "*", Condition=MFA)),
    "all-but-iam": document({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}),
    "all-but-iam-beside": document(
        allow("s3:GetObject", "*"), {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    ),
    "all-but-a-bucket": document({"Effect": "Allow", "Action": "*", "NotResource": BUCKET}),
    "star-among-resources": document(allow("*", ["*", f"{BUCKET}/*"])),
    "every-arn": document(allow("*", "arn:aws:*")),
    "one-bucket": document(allow("*", [BUCKET, f"{BUCKET}/*"])),
    "one-service": document(allow("iam:*", "*")),
    "version": document(allow("iam:CreatePolicyVersion", "*")),
    "pass-role": document(allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")),
    "own-key": document(allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")),
    "one-role": document(allow("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/reports")),
    "version-with-mfa": document(allow("iam:CreatePolicyVersion", "*", Condition=MFA)),
    "pass-role-alone": document(allow("iam:PassRole", "*")),
    "narrow": document(allow("s3:GetObject", f"{BUCKET}/*")),
}
NAMES = ("svc.{}", "svc+{}@example.com", "=svc-{}", "svc,{}", "Svc_{}", "svc-{}-access-key-1")
PATHS = ("/", "/service/", "/engineering/europe/")


@dataclass(frozen=True, slots=True)
class Account:
    """What is put into the demo server in place of the demo account's people."""

    users: Sequence[User]
    groups: Sequence[Group]
    policies: Sequence[CustomerPolicy]
    root: User
    root_password: str
    """What the credential report says of root's password: `not_supported`, `true` or `false`."""
    password_policy: Mapping[str, Any] | None


def account(seed: int) -> Account:
    """Return the account of a seed: the same one for the same seed."""
    draw = random.Random(seed)  # noqa: S311  not for secrets
    policies = [_policy(name, draw) for name in DOCUMENTS]
    groups = [
        Group("empty-administrators", 800, [ADMINISTRATOR]),
        Group("readers", 800, [READ_ONLY], {"inline-all-but": DOCUMENTS["all-but-iam"]}),
        Group("makers", 700, ["own-narrow", "own-denied-in-part"]),
    ]
    return Account(
        users=[_user(number, draw) for number in range(draw.randint(18, 36))],
        groups=groups,
        policies=policies,
        root=User(
            "<root_account>",
            2000,
            password=Password(900, draw.choice((None, 30, 412))),
            mfa=draw.random() < 0.5,
            keys=max(draw.choice(ROOT_KEYS), ROOT_KEYS[1] if seed == SEEDS[0] else (), key=_is_active),
        ),
        root_password=draw.choice(("not_supported", "true")),
        password_policy=_password_policy(draw) if seed != SEEDS[-1] else None,
    )


def _is_active(keys: Sequence[UserAccessKey]) -> bool:
    return any(key.active for key in keys)


def _policy(name: str, draw: random.Random) -> CustomerPolicy:
    versions = [DOCUMENTS[name]]
    if draw.random() < 0.4:  # an older version, of the opposite kind, must not count
        versions.insert(0, DOCUMENTS["plain" if name == "narrow" else "narrow"])
    return CustomerPolicy(f"own-{name}", 600, versions)


def _user(number: int, draw: random.Random) -> User:
    password = None
    if draw.random() < 0.5:
        password = Password(_age(draw), draw.choice((None, _age(draw), _age(draw))))
    inline = draw.choice(list(DOCUMENTS)) if draw.random() < 0.25 else ""
    return User(
        name=draw.choice(NAMES).format(number),
        created=900,
        path=draw.choice(PATHS),
        password=password,
        mfa=draw.random() < 0.5,
        keys=[_key(draw) for _ in range(draw.choice((0, 1, 1, 2)))],
        groups=draw.sample(("readers", "makers"), draw.choice((0, 0, 1, 2))),
        policies=[f"own-{draw.choice(list(DOCUMENTS))}"] if draw.random() < 0.6 else [],
        inline={f"inline-{inline}": DOCUMENTS[inline]} if inline else {},
    )


def _age(draw: random.Random) -> float:
    return draw.choice(AGES) + REPORT_AGE


def _key(draw: random.Random) -> UserAccessKey:
    return UserAccessKey(_age(draw), draw.choice((None, _age(draw), _age(draw))), active=draw.random() < 0.75)


def _password_policy(draw: random.Random) -> dict[str, Any]:
    age = draw.choice((0, 30, 90, 91, 365))
    return {
        "MinimumPasswordLength": draw.choice((6, 8, 13, 14, 20)),
        "RequireSymbols": draw.random() < 0.5,
        "RequireNumbers": draw.random() < 0.5,
        "RequireUppercaseCharacters": draw.random() < 0.5,
        "RequireLowercaseCharacters": draw.random() < 0.5,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": age > 0,
        "MaxPasswordAge": age,
        "PasswordReusePrevention": draw.choice((1, 12, 23, 24)),
        "HardExpiry": False,
    }
