"""How a policy document is read: both spellings of everything, and in words what is wrong with one."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.policies.document import PatternSet, PolicyError, Principals, outline, statements
from evidence.policies.patterns import every_action

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def of(**changes: Any) -> dict[str, Any]:
    statement = {name: value for name, value in {**ALLOW, **changes}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trusting(**elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": TRUST | elements}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"Version": "2012-10-17"}, "a policy document has no Statement"),
        (of(Effect="Permit"), "a statement has the Effect 'Permit'"),
        (of(Effect=None), "a statement has the Effect None"),
        (of(NotAction="s3:*"), "a statement has both Action and NotAction"),
        (of(Action=None), "a statement has neither Action nor NotAction"),
        (of(NotResource="*"), "a statement has both Resource and NotResource"),
        (of(Resource=None), "a statement has neither Resource nor NotResource"),
        (trusting(Principal="*", NotPrincipal="*"), "a statement has both Principal and NotPrincipal"),
        (trusting(), "a statement has neither Resource nor NotResource"),
        (of(Action=["s3:Get*", 3]), "3 stands where text belongs"),
        (of(Condition={"Bool": {"k": None}}), "None stands where the value of a condition belongs"),
        (of(Condition={"Bool": "k"}), "a policy document, statement or element is not an object"),
        ([], "a policy document, statement or element is not an object"),
        (of(ACTION="s3:*"), "a policy element stands twice"),
        ('{"Statement": [], "Statement": []}', "a key stands twice in one object"),
        (json.dumps(of(Action="\ud800")), "a policy document holds half a character"),
        (json.dumps(of(Condition={"NumericEquals": {"k": float("nan")}})), "NaN is not JSON"),
    ],
)
def test_what_is_wrong_is_said(document: Any, reason: str) -> None:
    with pytest.raises(PolicyError) as raised:
        statements(document)
    assert str(raised.value) == reason


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2012-10-17", True), ("2012-10-18", True), ("2008-10-17", False), ("", False), (None, False)],
)
def test_variables_count_from_the_version_on_that_brought_them(version: str | None, expected: bool) -> None:
    document = of() | ({"Version": version} if version is not None else {})
    if version is None:
        del document["Version"]
    (statement,) = statements(document)
    assert statement.variables is expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"Principal": "*"}, Principals((("AWS", "*"),), complement=False)),
        ({"NotPrincipal": "*"}, Principals((("AWS", "*"),), complement=True)),
        ({"Principal": {"AWS": ["1", "2"]}}, Principals((("AWS", "1"), ("AWS", "2")), complement=False)),
        ({"NotPrincipal": {"aws": "1"}}, Principals((("AWS", "1"),), complement=True)),
        ({"Principal": {"Novel": "x"}}, Principals((("novel", "x"),), complement=False)),
    ],
)
def test_principals(elements: dict[str, Any], expected: Principals) -> None:
    (statement,) = statements(trusting(**elements))
    assert statement.principals == expected
    assert statement.resources is None, "a trust policy is about the role it stands in"


@pytest.mark.parametrize("spelling", ["Resource", "NotResource"])
@pytest.mark.parametrize("principal", ["Principal", "NotPrincipal"])
def test_a_resource_beside_a_principal_is_kept(spelling: str, principal: str) -> None:
    (statement,) = statements(trusting(**{spelling: "arn:aws:s3:::b", principal: "*"}))
    assert statement.resources == PatternSet(("arn:aws:s3:::b",), complement=spelling == "NotResource")


def test_values_of_conditions_are_text_as_json_writes_them() -> None:
    (statement,) = statements(of(Condition={"Bool": {"k": [True, False, 1, 1.5, "TRUE"]}}))
    assert statement.conditions[0].values == ("true", "false", "1", "1.5", "TRUE")


@pytest.mark.parametrize("text", [json.dumps(of()), f"\n {json.dumps(of())}\n", quote(json.dumps(of()))])
def test_text_is_read_url_encoded_or_plain(text: str) -> None:
    assert statements(text) == statements(of())


def test_plain_text_keeps_its_percent_signs() -> None:
    (statement,) = statements(json.dumps(of(Resource="arn:aws:s3:::b/%41")))
    assert statement.resources == PatternSet(("arn:aws:s3:::b/%41",), complement=False)


def test_text_that_decodes_to_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="codec"):
        statements("%7B%FF%7D")


# The quick outline

TEXTS = st.sampled_from(["*", "?*", "s3:*", "s3:Get?", "s3:GetObject", "", "arn:aws:s3:::b"])
ODD = st.sampled_from(
    [None, 3, "", "*", [], {}, ["*", 3], {"Bool": {}}, {"Bool": {"k": None}}, {"Bool": "k"}]
)
NAMES = st.sampled_from(
    ["Sid", "Effect", "Action", "Resource", "Condition", "NotAction", "effect", "Principal"]
)
WORDS = st.sampled_from(["Bool", "bool", "aws:SourceIp", "AWS:sourceip"])
VALUES = (
    TEXTS
    | st.lists(TEXTS | st.sampled_from([True, 3, None, []]), max_size=2)
    | st.sampled_from([True, None, {}])
)
CONDITION = st.dictionaries(WORDS, st.dictionaries(WORDS, VALUES, max_size=2) | st.just("x"), max_size=2)
USUAL_STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.lists(TEXTS), "Resource": st.lists(TEXTS)},
    optional={"Condition": CONDITION, "Sid": TEXTS},
)
STATEMENT = st.builds(dict.__or__, USUAL_STATEMENT, st.dictionaries(NAMES, ODD | TEXTS, max_size=1))
DOCUMENT = st.builds(
    dict.__or__,
    st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENT, max_size=3)}),
    st.dictionaries(st.sampled_from(["Statement", "statement", "Id", "x"]), ODD | STATEMENT, max_size=1),
)


@given(DOCUMENT | ODD)
@example({"Statement": []})
@example({"Statement": [{"Effect": "Allow"}]})
@example({"Statement": [ALLOW | {"Action": [], "Resource": [], "Condition": {"Bool": "k"}}]})
def test_the_outline_never_says_what_the_reader_would_not(document: Any) -> None:
    seen = outline(document)
    if seen is None:
        return
    read = statements(document)
    assert seen.denies is any(statement.denies for statement in read)
    actions = [pattern for statement in read for pattern in statement.actions.patterns]
    assert seen.wild is any(action.startswith(("*", "?")) for action in actions)
    assert seen.wild or not every_action(actions)
