"""To whom a condition binds: ours, a partner's, a stranger's, nobody's. A value decides, not a key."""

import pytest

from evidence.policies.document import Statement, statements
from evidence.policies.ownership import Bond, Ours, bound_to, has_external_id

OURS = Ours(frozenset({"111111111111"}), "o-aaaaaaaaaa", frozenset({"222222222222", "o-bbbbbbbbbb"}))


def statement(condition: dict) -> Statement:
    (made,) = statements({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition,
        }],
    })  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("operator", "key", "value", "bond"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-aaaaaaaaaa", Bond.OURS),
        ("StringEquals", "aws:PrincipalOrgID", "o-bbbbbbbbbb", Bond.PARTNER),
        ("StringEquals", "aws:PrincipalOrgID", "o-cccccccccc", Bond.STRANGER),
        ("StringLike", "aws:PrincipalOrgID", "o-*", Bond.NOBODY),
        ("StringLike", "aws:PrincipalOrgID", "*", Bond.NOBODY),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-aaaaaaaaaa", Bond.NOBODY),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-cccccccccc", Bond.NOBODY),
        ("StringEquals", "aws:PrincipalOrgID", ["o-aaaaaaaaaa", "o-cccccccccc"], Bond.STRANGER),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-aaaaaaaaaa/*", Bond.OURS),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-aaaaaaaaaa*", Bond.NOBODY),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-cccccccccc/r-1/*", Bond.STRANGER),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-aaaaaaaaaa/*", Bond.NOBODY),
        ("StringEquals", "aws:PrincipalAccount", "111111111111", Bond.OURS),
        ("StringEquals", "aws:PrincipalAccount", "333333333333", Bond.STRANGER),
        ("StringLike", "aws:PrincipalAccount", "1111*", Bond.NOBODY),
        ("StringEquals", "aws:SourceAccount", "222222222222", Bond.PARTNER),
        ("ArnLike", "aws:SourceArn", "arn:aws:cloudtrail:*:111111111111:trail/*", Bond.OURS),
        ("ArnLike", "aws:SourceArn", "arn:aws:cloudtrail:*:*:trail/*", Bond.NOBODY),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket", Bond.NOBODY),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/*", Bond.OURS),
        ("StringLike", "aws:PrincipalArn", "arn:*:111111111111:role/x", Bond.NOBODY),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/OrganizationAccountAccessRole", Bond.NOBODY),
        ("StringEquals", "aws:SourceOrgID", "o-aaaaaaaaaa", Bond.OURS),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", Bond.NOBODY),
        ("StringEquals", "sts:ExternalId", "secret", Bond.NOBODY),
    ],
)
def test_what_a_value_binds(operator: str, key: str, value: object, bond: Bond) -> None:
    assert bound_to(statement({operator: {key: value}}), OURS).bond is bond


def test_all_conditions_must_hold_so_that_the_firmest_counts() -> None:
    both = {"StringEquals": {"aws:PrincipalAccount": "333333333333", "aws:PrincipalOrgID": "o-aaaaaaaaaa"}}
    assert bound_to(statement(both), OURS).bond is Bond.OURS


def test_without_an_organization_no_organization_is_ours() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}}
    assert bound_to(statement(condition), Ours(frozenset({"111111111111"}))).bond is Bond.STRANGER


@pytest.mark.parametrize(
    ("condition", "has"),
    [
        ({"StringEquals": {"sts:ExternalId": "x-1"}}, True),
        ({"StringLike": {"sts:ExternalId": "*"}}, False),
        ({"StringLike": {"sts:ExternalId": "x-*"}}, False),
        ({"StringEquals": {"sts:ExternalId": ["x-1", " "]}}, False),
        ({"StringEqualsIfExists": {"sts:ExternalId": "x-1"}}, False),
        ({}, False),
    ],
)
def test_an_external_id_is_a_value_and_no_pattern(condition: dict, has: bool) -> None:
    assert has_external_id(statement(condition)) is has
