"""Which patterns reach every resource of a type: by AWS's formats, for any account, region and name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.policies.actions import resource_formats
from evidence.policies.patterns import PARTITIONS, matches
from evidence.policies.resources import example_arns, whole_account, wide_types

OURS = "123456789012"


@pytest.mark.parametrize(
    ("pattern", "service", "some", "none"),
    [
        ("arn:aws:s3:::*", "s3", {"bucket", "object"}, {"job", "accesspoint"}),
        ("arn:aws:s3:::*/*", "s3", {"object"}, {"bucket"}),
        ("arn:aws:s3:::b/*", "s3", set(), {"bucket", "object"}),
        ("arn:aws:s3:::b*", "s3", set(), {"bucket", "object"}),
        ("arn:aws:s3:::bucket", "s3", set(), {"bucket"}),
        ("arn:aws:ec2:*:*:*", "ec2", {"instance", "volume", "image"}, set()),
        ("arn:aws:ec2:*:*:instance/*", "ec2", {"instance"}, {"volume"}),
        ("arn:aws:ec2:us-*:*:instance/*", "ec2", set(), {"instance"}),
        ("arn:*:iam::*:role/*", "iam", {"role"}, {"user", "group", "policy"}),
        (f"arn:aws:iam::{OURS}:*", "iam", {"role", "user", "group", "policy"}, set()),
        ("arn:aws:iam::333333333333:*", "iam", set(), {"role", "user"}),
        ("arn:aws:iam::${aws:PrincipalAccount}:role/*", "iam", {"role"}, {"user"}),
        ("arn:aws:iam::${aws:username}:role/*", "iam", set(), {"role"}),
        ("arn:aws-cn:iam::*:role/*", "iam", {"role"}, set()),
        ("arn:aws-eusc:iam::*:role/*", "iam", {"role"}, set()),
        ("arn:gcp:iam::*:role/*", "iam", set(), {"role"}),
        ("arn:aws:iam::*:role/?*", "iam", {"role"}, set()),
        ("arn:aws:iam::*:role/*/*", "iam", set(), {"role"}),
    ],
)
def test_types_that_a_pattern_reaches(pattern: str, service: str, some: set[str], none: set[str]) -> None:
    found = wide_types([pattern], service, OURS)
    assert some <= found
    assert none.isdisjoint(found)


def test_the_account_of_another_is_wide_where_no_account_is_asked_for() -> None:
    assert "role" in wide_types(["arn:aws:iam::333333333333:*"], "iam")


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("*", True), ("arn:aws:*", True), ("arn:aws:*:*:123456789012:*", True),
        ("arn:*:*:*:${aws:PrincipalAccount}:*", True), ("arn:aws:*:*:*:*", True),
        ("arn:aws:iam::123456789012:*", False), ("arn:aws:*:eu-west-1:123456789012:*", False),
        ("arn:aws:*:*:123456789012:role/*", False), ("arn:aws:*:*:12345:*", False), ("", False),
    ],
)  # fmt: skip
def test_the_whole_account(pattern: str, whole: bool) -> None:
    assert whole_account(pattern) is whole


FORMATS = [pair for service in ("s3", "ec2", "iam", "lambda", "sqs") for pair in resource_formats(service)]
PARTS = st.sampled_from(["*", "aws", "s3", "iam", "ec2", "", "eu-west-1", OURS, "role/*", "instance/*", "a*"])


@given(st.builds(lambda parts: "arn:" + ":".join(parts), st.lists(PARTS, min_size=1, max_size=6)), st.data())
def test_a_type_reached_whole_has_no_member_left_out(pattern: str, data: st.DataObject) -> None:
    service = data.draw(st.sampled_from(["s3", "ec2", "iam", "lambda", "sqs"]))
    name = data.draw(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True))
    reached = wide_types([pattern], service, OURS)
    for kind, arn in resource_formats(service):
        if kind in reached:
            filled = arn.replace("${Region}", "ap-south-2").replace("${Account}", OURS)
            made = [filled.replace("${Partition}", one) for one in PARTITIONS]
            while any("${" in one for one in made):
                made = [one[: one.index("${")] + name + one[one.index("}") + 1 :] for one in made]
            assert any(matches(pattern, one) for one in made)


def test_examples_of_a_format_share_nothing_but_what_it_fixes() -> None:
    first, second = example_arns(dict(resource_formats("lambda"))["function"], "aws", OURS)
    assert first.startswith("arn:aws:lambda:") and f":{OURS}:function:" in first
    shared = [one for one in zip(first.split(":"), second.split(":"), strict=True) if one[0] == one[1]]
    assert [one for one, _ in shared] == ["arn", "aws", "lambda", OURS, "function"]
