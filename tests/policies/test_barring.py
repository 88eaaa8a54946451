"""What Deny statements leave of a trust, held against single requests: neither says what the other denies."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from evidence.policies.barring import Outsider, left_by, narrowed
from evidence.policies.conditions import RequestContext, Truth, holds
from evidence.policies.document import Statement, statements
from evidence.policies.evaluate import Request, applies
from evidence.policies.ownership import Ours
from tests.simulate.generate import ACCOUNT, OTHER, TRUST_KEYS, _trusting

OURS = Ours(frozenset({ACCOUNT}), "o-n0rthw1nd7")
STRANGERS = (f"arn:aws:iam::{OTHER}:root", OTHER, f"arn:aws:iam::{OTHER}:role/app", "*")
FRESH = {
    "sts:ExternalId": "mine", "sts:RoleSessionName": "mine", "aws:PrincipalOrgID": "o-9999999999",
    "aws:SourceIp": "198.51.100.9", "aws:MultiFactorAuthPresent": "true",
}  # fmt: skip
REQUESTS = 150


def requests(draw: random.Random, name: str) -> Iterator[Request]:
    """Yield requests that the outsider may make, of the keys that the policies know."""
    for _ in range(REQUESTS):
        account = OTHER if name != "*" else draw.choice((OTHER, "999999999999"))
        arn = (
            name
            if ":role/" in name
            else f"arn:aws:iam::{account}:{draw.choice(('user/ingrid', 'role/app', 'role/x'))}"
        )
        values: dict[str, tuple[str, ...]] = {}
        for key, (_, usual, _) in TRUST_KEYS.items():
            if draw.random() < 0.7:
                values[key.lower()] = (draw.choice((*usual, FRESH.get(key, usual[0]))),)
        if values.get("aws:principalorgid") == ("o-n0rthw1nd7",):  # nobody outside is in our organization
            values["aws:principalorgid"] = ("o-other00001",)
        organization = values.get("aws:principalorgid")
        values |= {
            "aws:principalaccount": (account,),
            "aws:principalarn": (arn,),
            "aws:resourceaccount": (ACCOUNT,),
        }
        values |= {"aws:principalorgpaths": (f"{organization[0]}/r-1/",)} if organization else {}
        yield Request("sts:AssumeRole", None, arn, RequestContext(values, complete=True))


def trust(draw: random.Random, name: str) -> tuple[Statement, list[Statement]]:
    allow: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": name}}
    denials = [_trusting(draw, "Deny") for _ in range(draw.choice((1, 1, 2, 3)))]
    first, *rest = statements({"Version": "2012-10-17", "Statement": [allow, *denials]})
    return first, rest


@pytest.mark.parametrize("block", range(8))
def test_what_is_said_of_all_requests_holds_for_each(block: int) -> None:
    said = {"barred": 0, "narrowed": 0, "free": 0, "open": 0}
    for seed in range(block * 60, block * 60 + 60):
        draw = random.Random(f"barring {seed}")  # noqa: S311  not for secrets
        name = draw.choice(STRANGERS)
        allow, denials = trust(draw, name)
        left = left_by(denials, allow, Outsider("AWS", name, ACCOUNT), OURS)
        passed = [
            one
            for one in requests(draw, name)
            if applies(allow, one) is Truth.YES and not any(applies(denial, one) for denial in denials)
        ]
        if left.barred:
            said["barred"] += 1
            assert not passed, (seed, name)
        for one in passed:
            conditions = narrowed(allow, left.demands).conditions
            assert holds(conditions, one.context, variables=True) is Truth.YES, (seed, name)
        if not (left.barred or left.demands or left.open):
            said["free"] += 1
            assert passed, (seed, name)
        said["narrowed"] += bool(left.demands)
        said["open"] += left.open
    assert all(said.values()), said
