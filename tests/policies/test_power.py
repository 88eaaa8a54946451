"""What policy documents allow: spellings, wildcards, complements, conditions, encodings."""

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.policies.document import PolicyError
from evidence.policies.patterns import every_action, every_resource, matches
from evidence.policies.power import Power, power
from tests.controls.world_records import EVERYTHING, document

LESS, CONDITIONAL, ALL_BUT, FULL = Power


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("*", FULL), ("*:*", FULL), ("**", FULL), ("*:**", FULL), ("?*:*", FULL), ("*:?*", FULL),
        ("*?", FULL),
        (["*"], FULL), (["s3:GetObject", "*:*"], FULL),
        ("s3:*", LESS), ("*:Get*", LESS), ("i*", LESS), ("?:*", LESS), ("", LESS), ([], LESS),
        (["iam:*", "s3:*"], LESS), ("[*]", LESS), (["s3:Get*", "?*"], FULL), (["s3:Get?", "*:?*"], FULL),
        (["s3:GetObject", "s3:Get*"], LESS),
    ],
)  # fmt: skip
def test_actions(action, expected) -> None:
    assert power(document(Action=action, Resource="*")) is expected
    assert power(document(Action=action, Resource=["*"])) is expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", FULL), (["arn:aws:s3:::b", "*"], FULL), ("arn:*", FULL), ("arn:aws:*", FULL), ("*:*", FULL),
        ("arn:aws:*:*:*:*", FULL), ("arn:aws-us-gov:*", FULL), ("arn:*:*:*:*:*", FULL), ("a*", FULL),
        ("arn:aws:s3:::*", LESS), ("arn:aws:iam::123456789012:*", LESS), ("arn:aws:*:us-east-1:*:*", LESS),
        ("${*}", LESS),
    ],
)  # fmt: skip
def test_resources(resource, expected) -> None:
    assert power(document(Action="*", Resource=resource)) is expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"NotAction": "iam:*", "Resource": "*"}, ALL_BUT),
        ({"NotAction": ["aws-portal:*"], "Resource": ["*"]}, ALL_BUT),
        ({"NotAction": [], "Resource": "*"}, ALL_BUT),
        ({"NotAction": "*", "Resource": "*"}, LESS),
        ({"NotAction": "iam:*", "Resource": "arn:aws:s3:::b"}, LESS),
        ({"Action": "*", "NotResource": "arn:aws:s3:::b"}, ALL_BUT),
        ({"Action": "*", "NotResource": "*"}, LESS),
        ({"Action": "*", "Resource": "*", "Condition": {}}, FULL),
        ({"Action": "*", "Resource": "*", "Condition": {"Bool": {}}}, FULL),
        ({"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}, CONDITIONAL),
        ({"NotAction": "iam:*", "Resource": "*", "Condition": {"Bool": {}}}, ALL_BUT),
        ({"Action": "s3:*", "Resource": "*", "Condition": {"Bool": {}}}, LESS),
        ({"action": "*", "RESOURCE": "*"}, FULL),
    ],
)  # fmt: skip
def test_elements(elements, expected) -> None:
    assert power(document(**elements)) is expected
    assert power(document("Deny", **elements)) is LESS


USUAL = {"Sid": "a", "Action": ["s3:Get*", "iam:List?sers"], "Resource": ["*"], "Condition": {"Bool": {}}}


@pytest.mark.parametrize(
    "statements",
    [
        [{"Effect": "Allow", **USUAL}],
        [
            {"Effect": "Deny", **USUAL},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a", "*"]},
        ],
        [{"Effect": "Allow", "Action": ["s3:List*"], "Resource": ["*"]}],
        [{"Effect": "Allow", "Action": ["s3:List?"], "Resource": ["*"]}],
    ],
)
def test_usual_documents_are_not_taken_apart(statements, monkeypatch) -> None:
    monkeypatch.setattr("evidence.policies.power.statements", None)
    assert power({"Statement": statements}) is LESS
    with pytest.raises(TypeError):
        power({"Statement": [*statements, EVERYTHING["Statement"][0]]})


def test_complements_can_be_left_out_of_account() -> None:
    assert power(document(NotAction="iam:*", Resource="*"), complements=False) is LESS
    assert power(EVERYTHING, complements=False) is FULL


def test_one_statement_or_many_and_the_widest_counts() -> None:
    narrow, wide = document(Action="s3:*", Resource="*"), EVERYTHING
    both = {"Statement": [*narrow["Statement"], *wide["Statement"]]}
    assert power({"Statement": wide["Statement"][0]}) is FULL
    assert power(both) is FULL
    assert power({"Statement": []}) is LESS


def test_text_url_encoded_as_the_raw_api_has_it_or_plain() -> None:
    text = json.dumps(EVERYTHING)
    assert power(text) is power(quote(text)) is power(quote(text, safe="")) is FULL


@pytest.mark.parametrize(
    "broken",
    [
        {}, [], None, 3, "", "{", "%7B", "%ff", {"Statement": ["*"]}, {"Statement": [{}]},
        document(Resource="*"), document(Action="*"), document("allow", Action="*", Resource="*"),
        document(Action="*", NotAction="s3:*", Resource="*"), document(Action=[3], Resource="*"),
        document(Action="*", action="*", Resource="*"), document(Action=["s3:GetObject"], Resource={}),
        document(Action=["s3:GetObject"], Resource=[3]), document(Action={}, Resource=["*"]),
        document("allow", Action=["s3:GetObject"], Resource=["*"]), '{"Statement": [], "Statement": []}',
    ],
)  # fmt: skip
def test_what_iam_would_not_take_is_refused(broken) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        power(broken)


def naive(pattern: str, text: str) -> bool:
    """IAM's wildcards, the slow and obvious way."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return naive(pattern[1:], text) or (bool(text) and naive(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@given(st.text("*?ab[]:\n", max_size=8), st.text("ab[]:\n", max_size=8))
def test_wildcards_match_as_the_slow_way_does(pattern: str, text: str) -> None:
    assert matches(pattern, text) is naive(pattern, text)


ACTION = st.from_regex(re.compile(r"[a-z][a-z0-9-]{0,20}:[A-Z][A-Za-z]{2,20}"), fullmatch=True)
ARN = st.from_regex(re.compile(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[\w/-]+", re.ASCII), fullmatch=True)


@given(st.text("*?:", max_size=6), ACTION)
def test_a_pattern_called_everything_matches_any_action(pattern: str, action: str) -> None:
    if every_action([pattern]):
        assert naive(pattern, action)


@given(st.text("*?:arnws", max_size=8), ARN)
def test_a_pattern_called_every_resource_matches_any_arn(pattern: str, arn: str) -> None:
    if every_resource([pattern]):
        assert naive(pattern, arn)


@given(st.text("*:", min_size=1, max_size=3).filter(lambda text: "*" in text and text.count(":") <= 1))
def test_stars_around_at_most_one_colon_are_everything_when_they_match_an_action(pattern: str) -> None:
    assert every_action([pattern]) is naive(pattern, "iam:CreateUser")


def test_hostile_patterns_take_no_time() -> None:
    assert not matches("*a" * 5_000 + "b", "a" * 5_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "NotAction", "Resource", "Condition"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_is_judged_or_refused_in_one_way(value) -> None:
    try:
        assert power(value) in Power
    except ValueError as error:
        assert isinstance(error, PolicyError) or isinstance(value, str)
