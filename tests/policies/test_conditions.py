"""Conditions: operators, IfExists, qualifiers, Null, several values, what is known and what is not."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.policies.conditions import RequestContext, Truth, holds
from evidence.policies.document import statements
from tests.controls.world_records import document

NO, UNKNOWN, YES = Truth


def judged(condition: dict, context: RequestContext) -> Truth:
    (statement,) = statements(document(Action="*", Resource="*", Condition=condition))
    return holds(statement.conditions, context, variables=statement.variables)


def known(**values) -> RequestContext:
    return RequestContext({key.replace("__", ":"): value for key, value in values.items()}, complete=True)


MFA = "aws:MultiFactorAuthPresent"
CASES = [
    # AWS: aws:MultiFactorAuthPresent is absent from requests with long-lived keys.
    ({"Bool": {MFA: "false"}}, {}, NO),
    ({"BoolIfExists": {MFA: "false"}}, {}, YES),
    ({"BoolIfExists": {MFA: False}}, {MFA: ("true",)}, NO),
    ({"Bool": {"AWS:multifactorAUTHpresent": "False"}}, {MFA: ("false",)}, YES),
    ({"Null": {MFA: "true"}}, {}, YES),
    ({"Null": {MFA: "false"}}, {}, NO),
    ({"Null": {MFA: ["true", "false"]}}, {}, YES),
    ({"Null": {MFA: "perhaps"}}, {}, UNKNOWN),
    ({"StringEquals": {"k": ["a", "b"]}}, {"k": ("b",)}, YES),
    ({"StringEquals": {"k": "a*"}}, {"k": ("ab",)}, NO),
    ({"StringLike": {"k": "a?c*"}}, {"k": ("abcd",)}, YES),
    ({"StringLike": {"k": "A*"}}, {"k": ("abcd",)}, NO),
    ({"StringEqualsIgnoreCase": {"k": "AB"}}, {"k": ("ab",)}, YES),
    ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ("b",)}, NO),
    ({"StringNotEquals": {"k": ["a", "b"]}}, {}, YES),
    ({"StringNotLike": {"k": "a*"}}, {"k": ("b",)}, YES),
    ({"StringEquals": {"k": "a"}, "Bool": {"m": "true"}}, {"k": ("a",), "m": ("false",)}, NO),
    ({"StringEquals": {"k": "a"}}, {"k": ("a", "b")}, UNKNOWN),
    ({"StringEquals": {"k": []}}, {"k": ("a",)}, NO),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, YES),
    ({"ForAllValues:StringEquals": {"k": ["a"]}}, {"k": ("a", "b")}, NO),
    ({"ForAllValues:StringEquals": {"k": ["a"]}}, {}, YES),
    ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {"k": ("a", "b")}, YES),
    ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {}, NO),
    ({"ForAnyValue:StringNotEquals": {"k": ["a"]}}, {"k": ("a", "b")}, YES),
    ({"ForAllValues:StringNotEquals": {"k": ["a"]}}, {"k": ("a", "b")}, NO),
    ({"ForAnyValue:StringEqualsIfExists": {"k": ["a"]}}, {}, UNKNOWN),
    ({"ForSomeValues:StringEquals": {"k": ["a"]}}, {"k": ("a",)}, UNKNOWN),
    ({"StringSounds": {"k": "a"}}, {"k": ("a",)}, UNKNOWN),
    ({"NumericLessThan": {"k": "300"}}, {"k": ("299",)}, YES),
    ({"NumericLessThan": {"k": 300}}, {"k": ("300",)}, NO),
    ({"NumericLessThanEquals": {"k": "300"}}, {"k": ("300.0",)}, YES),
    ({"NumericGreaterThan": {"k": "300"}}, {"k": ("300",)}, NO),
    ({"NumericGreaterThanEquals": {"k": "300"}}, {"k": ("300",)}, YES),
    ({"NumericNotEquals": {"k": "300"}}, {"k": ("300",)}, NO),
    ({"NumericEquals": {"k": "three"}}, {"k": ("3",)}, UNKNOWN),
    ({"NumericEquals": {"k": "NaN"}}, {"k": ("NaN",)}, UNKNOWN),
    ({"DateLessThan": {"k": "2026-01-01T00:00:00Z"}}, {"k": ("2025-12-31T23:59:59Z",)}, YES),
    ({"DateGreaterThan": {"k": "2026-01-01"}}, {"k": ("1767225601",)}, YES),
    ({"DateNotEquals": {"k": "2026-01-01"}}, {"k": ("2026-01-01T00:00:00+00:00",)}, NO),
    ({"DateEquals": {"k": "tomorrow"}}, {"k": ("2026-01-01",)}, UNKNOWN),
    ({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": ("10.1.2.3",)}, YES),
    ({"NotIpAddress": {"k": "10.0.0.0/8"}}, {"k": ("10.1.2.3",)}, NO),
    ({"NotIpAddress": {"k": "10.0.0.0/8"}}, {"k": ("2001:db8::1",)}, YES),
    ({"IpAddress": {"k": "everywhere"}}, {"k": ("10.1.2.3",)}, UNKNOWN),
    ({"Bool": {"k": "maybe"}}, {"k": ("true",)}, UNKNOWN),
    ({"BinaryEquals": {"k": "QQ=="}}, {"k": ("QQ==",)}, YES),
    ({"ArnLike": {"k": "arn:aws:s3:::a*"}}, {"k": ("arn:aws:s3:::abc",)}, YES),
    ({"ArnEquals": {"k": "arn:*:s3:::a*"}}, {"k": ("arn:aws:s3:::abc",)}, YES),
    ({"ArnLike": {"k": "arn:aws:*"}}, {"k": ("arn:aws:s3:::abc",)}, UNKNOWN),
    ({"ArnLike": {"k": "arn:aws:iam::*:root"}}, {"k": ("arn:aws:iam::1:user/a:root",)}, NO),
    ({"ArnNotLike": {"k": "arn:aws:s3:::a*"}}, {"k": ("abc",)}, YES),
    ({"StringEquals": {"k": "${aws:username}"}}, {"k": ("ann",), "aws:username": ("ann",)}, YES),
    ({"StringLike": {"k": "${aws:username}-?"}}, {"k": ("a*-1",), "aws:username": ("a*",)}, YES),
    ({"StringLike": {"k": "${aws:username}"}}, {"k": ("ann",), "aws:username": ("a*",)}, NO),
    ({"StringLike": {"k": "a${*}"}}, {"k": ("ann",)}, NO),
    ({"StringLike": {"k": "a${*}"}}, {"k": ("a*",)}, YES),
    ({"StringEquals": {"k": "${t, 'none'}"}}, {"k": ("none",)}, YES),
    ({"StringEquals": {"k": "${t}"}}, {"k": ("none",)}, NO),
    ({"StringNotEquals": {"k": "${t}"}}, {"k": ("none",)}, UNKNOWN),
    ({"StringEquals": {"k": "${t}"}}, {"k": ("a",), "t": ("a", "b")}, UNKNOWN),
    ({"StringEquals": {"k": "a[b"}}, {"k": ("a[b",)}, YES),
    ({"DateEquals": {"k": "2026-01-01T00:00:00Z"}}, {"k": ("2026-01-01T01:00:00+01:00",)}, YES),
    ({"IpAddress": {"k": "10.1.2.3/8"}}, {"k": ("10.9.9.9",)}, YES),
    ({"ArnLike": {"k": "arn:aws:logs:r:1:group:a:*"}}, {"k": ("arn:aws:logs:r:1:group:a:b:c",)}, YES),
    ({"ArnLike": {"k": "arn:aws:logs:r:1:group:a"}}, {"k": ("arn:aws:logs:r:1:group:a:b",)}, NO),
    ({"ArnLike": {"k": "arn:aws:s3:::a*"}}, {"k": ("arn:aws",)}, NO),
    ({"ArnLike": {"k": "x*:aws:s3:::a"}}, {"k": ("xyz:aws:s3:::a",)}, NO),
    ({"ArnLike": {"k": "arn:aws:iam::1:user/${aws:username}"}},
     {"k": ("arn:aws:iam::1:user/ann",), "aws:username": ("ann",)}, YES),
    ({"ArnLike": {"k": "arn:aws:iam::${t}:user/a"}}, {"k": ("arn:aws:iam::1:user/a",), "t": ("1",)}, YES),
    # The colon in a variable's name is no end of a part; what IAM makes of it is not documented.
    ({"ArnLike": {"k": "arn:aws:iam::${aws:PrincipalAccount}:user/a"}},
     {"k": ("arn:aws:iam::1:user/a",), "aws:PrincipalAccount": ("1",)}, UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "values", "expected"), CASES)
def test_conditions(condition, values, expected) -> None:
    context = RequestContext({key.lower(): value for key, value in values.items()}, complete=True)
    assert judged(condition, context) is expected


@pytest.mark.parametrize("condition", [condition for condition, _, _ in CASES])
def test_what_is_left_open_is_not_determined(condition) -> None:
    assert judged(condition, RequestContext()) is UNKNOWN


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"StringEquals": {"k": "${aws:username}"}}, "${aws:username}"),
        ({"StringLike": {"k": "${aws:username}-?*"}}, "${aws:username}-12"),
        ({"ArnLike": {"k": "arn:aws:s3:::${t}/*"}}, "arn:aws:s3:::${t}/a"),
    ],
)
def test_variables_are_plain_text_in_older_documents(condition, value) -> None:
    old = document(Action="*", Resource="*", Condition=condition) | {"Version": "2008-10-17"}
    (statement,) = statements(old)
    context = RequestContext({"k": (value,), "aws:username": ("ann",), "t": ("b",)}, complete=True)
    assert holds(statement.conditions, context, variables=statement.variables) is YES


def test_one_condition_that_fails_settles_those_left_open() -> None:
    context = RequestContext({"k": ("b",)})
    assert judged({"StringEquals": {"k": "a", "open": "x"}}, context) is NO
    assert judged({"StringEquals": {"k": "b", "open": "x"}}, context) is UNKNOWN


def test_a_key_known_to_be_absent() -> None:
    context = RequestContext(absent=frozenset({"k"}))
    assert judged({"StringEquals": {"k": "a"}}, context) is NO


def test_variables_are_text_in_old_documents() -> None:
    condition = {"StringEquals": {"k": "${aws:username}"}}
    old = document(Action="*", Resource="*", Condition=condition) | {"Version": "2008-10-17"}
    (statement,) = statements(old)
    context = RequestContext({"k": ("${aws:username}",), "aws:username": ("ann",)}, complete=True)
    assert holds(statement.conditions, context, variables=statement.variables) is YES


@given(st.text("*?ab", max_size=6), st.text("ab", max_size=6))
def test_string_like_is_the_shells_matching(pattern: str, value: str) -> None:
    expected = Truth.of(fnmatch.fnmatchcase(value, pattern))
    assert judged({"StringLike": {"k": pattern}}, known(k=(value,))) is expected
    assert judged({"StringNotLike": {"k": pattern}}, known(k=(value,))) is ~expected


NAMES = st.sampled_from(["k", "m"])
OPERATORS = st.sampled_from([
    "StringEquals", "StringNotLike", "StringLikeIfExists", "NumericLessThan", "Null",
    "ForAllValues:StringLike", "ForAnyValue:StringNotEquals", "BoolIfExists",
])  # fmt: skip
CONDITIONS = st.dictionaries(
    OPERATORS,
    st.dictionaries(NAMES, st.lists(st.sampled_from(["a", "b*", "true", "3"]), max_size=2)),
    max_size=2,
)
VALUES = st.dictionaries(NAMES, st.lists(st.sampled_from(["a", "bc", "true", "1"]), max_size=2).map(tuple))


@given(CONDITIONS, VALUES)
def test_learning_more_never_overturns_what_was_certain(condition, values) -> None:
    before = judged(condition, RequestContext({key: value for key, value in values.items() if key == "k"}))
    after = judged(condition, RequestContext(values, complete=True))
    if "m" not in values:
        after = judged(condition, RequestContext({**values, "m": ()}, complete=True))
    if "k" in values and before is not UNKNOWN:
        assert after is before
