"""Decisions: Deny over Allow, boundaries, levels of SCPs, principals; and the oracle's verdicts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.policies.conditions import RequestContext, Truth
from evidence.policies.document import statements
from evidence.policies.evaluate import Decision, Policies, Request, applies, decide
from evidence.policies.organization import OrganizationTree, Scp, TreeError
from tests.controls.world_records import EVERYTHING, document
from tests.simulate.ours import WORDS, verdict
from tests.simulate.reasons import reason

GOLDEN = json.loads((Path(__file__).parent / "data" / "simulate.json").read_text())
ALLOWED, DENIED, NOT_ALLOWED, NOT_DETERMINED = Decision
USER = "arn:aws:iam::123456789012:user/ann"
READ = Request("s3:GetObject", "arn:aws:s3:::b/k", USER, RequestContext(complete=True))


def policy(*parts):
    return tuple(statement for part in parts for statement in statements(part))


ALL, NONE = policy(EVERYTHING), policy(document("Deny", Action="*", Resource="*"))
S3 = policy(document(Action="S3:get*", Resource="arn:aws:s3:::b/*"))
EC2 = policy(document(Action="ec2:*", Resource="*"))
OPEN = policy(
    document("Deny", Action="*", Resource="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
)


def test_the_golden_pairs_are_the_oracles() -> None:
    assert len(GOLDEN) >= 200
    for pair in GOLDEN:
        ours = verdict(pair["simulation"])
        if not reason(pair["simulation"]):
            assert ours is WORDS[pair["oracle"]], pair["id"]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (Policies(), NOT_ALLOWED),
        (Policies([S3]), ALLOWED),
        (Policies([EC2]), NOT_ALLOWED),
        (Policies([ALL, NONE]), DENIED),
        (Policies([S3], boundary=EC2), NOT_ALLOWED),
        (Policies([S3], boundary=ALL), ALLOWED),
        (Policies([S3], boundary=NONE), DENIED),
        (Policies([], boundary=ALL), NOT_ALLOWED),
        (Policies([S3], scps=[[ALL], [ALL, EC2], [S3]]), ALLOWED),
        (Policies([S3], scps=[[ALL], [EC2], [ALL]]), NOT_ALLOWED),
        (Policies([S3], scps=[[ALL], []]), NOT_ALLOWED),
        (Policies([S3], scps=[[ALL], [ALL, NONE], [ALL]]), DENIED),
        (Policies([], scps=[[ALL]]), NOT_ALLOWED),
    ],
)
def test_deny_over_allow_boundaries_and_levels(policies: Policies, expected: Decision) -> None:
    assert decide(policies, READ) is expected


OLD = {"Version": "2008-10-17"}
OWN_KEY = "arn:aws:s3:::b/${aws:username}"
ANN = RequestContext({"aws:username": ("ann",)}, complete=True)


@pytest.mark.parametrize(
    ("part", "resource", "context", "expected"),
    [
        (document(Action="s3:*", Resource=OWN_KEY), "arn:aws:s3:::b/ann", ANN, Truth.YES),
        (document(Action="s3:*", Resource=OWN_KEY), "arn:aws:s3:::b/bob", ANN, Truth.NO),
        (document(Action="s3:*", Resource=OWN_KEY), "arn:aws:s3:::b/ann", RequestContext(), Truth.UNKNOWN),
        # A variable without a value matches nothing; what its complement matches is not documented.
        (
            document(Action="s3:*", Resource=OWN_KEY),
            "arn:aws:s3:::b/ann",
            RequestContext(complete=True),
            Truth.NO,
        ),
        (
            document(Action="s3:*", NotResource=OWN_KEY),
            "arn:aws:s3:::b/ann",
            RequestContext(complete=True),
            Truth.UNKNOWN,
        ),
        (document(Action="s3:*", Resource=OWN_KEY) | OLD, "arn:aws:s3:::b/ann", ANN, Truth.NO),
        (document(Action="s3:*", Resource=OWN_KEY) | OLD, OWN_KEY, ANN, Truth.YES),
        (document(Action="s3:*", Resource="arn:aws:s3:::b/[a]"), "arn:aws:s3:::b/a", ANN, Truth.NO),
        (document(Action="s3:*", Resource="arn:aws:s3:::${*}/?"), "arn:aws:s3:::*/a", ANN, Truth.YES),
        (document(Action="s3:*", Resource=[]), None, ANN, Truth.NO),
        (document(Action="s3:*", Resource=OWN_KEY), None, ANN, Truth.UNKNOWN),
        (document(Action="s3:*", Resource="*"), None, ANN, Truth.YES),
        (
            document(Action="s3:*", Resource="*", Condition={"StringEquals": {"k": "${aws:username}"}}) | OLD,
            None,
            RequestContext({"k": ("ann",), "aws:username": ("ann",)}, complete=True),
            Truth.NO,
        ),
    ],
)
def test_resources_with_variables(part, resource, context, expected) -> None:
    (statement,) = statements(part)
    assert applies(statement, Request("s3:GetObject", resource, USER, context)) is expected


ROOT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("principal", "asks", "expected"),
    [
        ({"Principal": "*"}, None, Truth.YES),
        ({"Principal": {"AWS": [ROOT, "*"]}}, None, Truth.YES),
        ({"Principal": {"AWS": USER}}, None, Truth.UNKNOWN),
        ({"NotPrincipal": {"AWS": USER}}, None, Truth.UNKNOWN),
        ({"NotPrincipal": "*"}, None, Truth.NO),
        ({"Principal": {"AWS": USER}}, USER, Truth.YES),
        ({"Principal": {"AWS": ROOT}}, USER, Truth.YES),
        ({"Principal": {"AWS": "123456789012"}}, USER, Truth.YES),
        ({"Principal": {"Service": "*"}}, USER, Truth.NO),
        ({"NotPrincipal": {"AWS": USER}}, USER, Truth.NO),
        ({"NotPrincipal": {"AWS": ROOT}}, "arn:aws:iam::999999999999:user/x", Truth.YES),
        ({"Principal": {"AWS": ROOT}}, "someone", Truth.NO),
    ],
)
def test_principals(principal, asks, expected) -> None:
    (statement,) = statements(document(Action="*", Resource="*", **principal))
    assert applies(statement, Request("s3:GetObject", None, asks, ANN)) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Principal": {"AWS": USER}}, ALLOWED),
        ({"Principal": "*"}, ALLOWED),
        # Naming the account only lets the account grant.
        ({"Principal": {"AWS": ROOT}}, NOT_ALLOWED),
    ],
)
def test_a_resource_s_policy_grants_alone_to_whom_it_names(principal, expected) -> None:
    own = policy(document(Action="s3:*", Resource="*", **principal))
    assert decide(Policies(resource=own), READ) is expected


def test_a_question_left_open_is_not_determined() -> None:
    request = Request("s3:GetObject", "arn:aws:s3:::b/k", USER)
    assert decide(Policies([ALL, OPEN]), request) is NOT_DETERMINED
    assert decide(Policies([EC2, OPEN]), request) is NOT_ALLOWED
    assert decide(Policies([ALL, OPEN]), READ) is ALLOWED
    assert decide(Policies([S3]), Request("s3:GetObject", None, USER)) is NOT_DETERMINED
    assert decide(Policies([ALL]), Request("s3:GetObject", None, USER)) is ALLOWED


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": USER}}, True),
        ({"Principal": {"AWS": ["arn:aws:iam::1:root", "123456789012"]}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:user/*"}}, False),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, False),
        ({"Principal": {"Federated": USER}}, False),
        ({"NotPrincipal": {"AWS": USER}}, False),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/bob"}}, True),
        ({"NotAction": "s3:Get*", "Resource": "*"}, False),
        ({"NotAction": "s3:Put*", "Resource": "*"}, True),
        ({"Action": "s3:getOBJECT", "NotResource": "arn:aws:s3:::B/*"}, True),
        ({"Action": "s3:getOBJECT", "NotResource": "arn:aws:s3:::b/?"}, False),
    ],
)
def test_elements(elements, expected: bool) -> None:
    if "Resource" not in elements and "NotResource" not in elements:
        elements = {"Resource": "*", **elements}
    if "NotAction" not in elements:
        elements = {"Action": "s3:*", **elements}
    (statement,) = statements(document(**elements))
    assert applies(statement, READ) is Truth.of(expected)


def test_across_accounts_both_must_allow_and_within_one_either() -> None:
    bucket = policy(document(Action="s3:*", Resource="*", Principal={"AWS": USER}))
    account = policy(document(Action="s3:*", Resource="*", Principal={"AWS": "123456789012"}))
    assert decide(Policies([], resource=bucket, resource_account="123456789012"), READ) is ALLOWED
    assert decide(Policies([], resource=account, resource_account="123456789012"), READ) is NOT_ALLOWED
    assert decide(Policies([], resource=bucket, resource_account="2"), READ) is NOT_ALLOWED
    assert decide(Policies([S3], resource=bucket, resource_account="2"), READ) is ALLOWED
    assert decide(Policies([S3], resource=NONE, resource_account="2"), READ) is DENIED


ROLE = "arn:aws:iam::123456789012:role/app"
AS_ROLE = Request("s3:GetObject", "arn:aws:s3:::b/k", ROLE, RequestContext(complete=True))
ROOT_ARN, EVERYBODY = "arn:aws:iam::123456789012:root", "*"


@pytest.mark.parametrize(
    ("request_", "granted_to", "identity", "boundary", "expected"),
    [
        (READ, USER, [], EC2, ALLOWED),
        (READ, EVERYBODY, [], EC2, ALLOWED),
        (READ, ROOT_ARN, [], EC2, NOT_ALLOWED),
        (READ, ROOT_ARN, [S3], EC2, NOT_ALLOWED),
        (READ, ROOT_ARN, [S3], S3, ALLOWED),
        (READ, ROLE, [S3], EC2, NOT_ALLOWED),
        (AS_ROLE, ROLE, [], EC2, NOT_ALLOWED),
        (AS_ROLE, ROLE, [], S3, ALLOWED),
        (AS_ROLE, ROLE, [S3], EC2, NOT_ALLOWED),
        (AS_ROLE, EVERYBODY, [], EC2, ALLOWED),
        (AS_ROLE, ROOT_ARN, [], S3, NOT_ALLOWED),
        (AS_ROLE, EVERYBODY, [], NONE, DENIED),
    ],
)
def test_a_boundary_limits_what_a_role_is_granted_not_a_user(
    request_: Request, granted_to: str, identity: list, boundary: tuple, expected: Decision
) -> None:
    """AWS: 'IAM entity permissions boundaries', resource-based policies; 'Principal', IAM role principals."""
    resource = policy(document(Action="s3:*", Resource="*", Principal={"AWS": granted_to}))
    assert decide(Policies(identity, boundary=boundary, resource=resource), request_) is expected


@pytest.mark.parametrize(
    ("boundary", "left_out", "expected"),
    [(None, USER, ALLOWED), (ALL, USER, DENIED), (ALL, ROLE, DENIED), (None, ROLE, DENIED)],
)
def test_not_principal_denies_whoever_has_a_boundary(boundary, left_out: str, expected: Decision) -> None:
    """AWS: 'NotPrincipal with Deny' applies to an entity with a boundary, whomever it leaves out."""
    resource = policy(document("Deny", Action="s3:*", Resource="*", NotPrincipal={"AWS": left_out}))
    for owner in ("123456789012", "2"):
        grant = policy(document(Action="s3:*", Resource="*", Principal="*"))
        found = decide(Policies([S3], boundary, resource=(*resource, *grant), resource_account=owner), READ)
        assert found is expected


@pytest.mark.parametrize(
    ("action", "granted_to", "identity", "expected"),
    [
        ("sts:AssumeRole", USER, [], ALLOWED),
        ("sts:AssumeRole", ROOT_ARN, [], NOT_ALLOWED),
        ("sts:AssumeRole", ROOT_ARN, [ALL], ALLOWED),
        ("sts:AssumeRole", ROLE, [ALL], NOT_ALLOWED),
        ("STS:assumeRole", "210987654321", [ALL], NOT_ALLOWED),
        ("kms:Decrypt", ROLE, [ALL], NOT_ALLOWED),
        ("kms:Decrypt", ROOT_ARN, [ALL], ALLOWED),
        ("sts:TagSession", ROLE, [ALL], NOT_ALLOWED),
        ("s3:GetObject", ROLE, [ALL], ALLOWED),
    ],
)
def test_a_role_or_key_must_itself_allow_within_the_account_too(
    action: str, granted_to: str, identity: list, expected: Decision
) -> None:
    """AWS: policy evaluation logic, trust policies of roles and policies of KMS keys."""
    resource = policy(document(Action="*", Resource="*", Principal={"AWS": granted_to}))
    asked = Request(action, "arn:aws:x:::r", USER, RequestContext(complete=True))
    assert decide(Policies(identity, resource=resource), asked) is expected


ACTIONS = st.sampled_from(["*", "s3:*", "s3:Get*", "ec2:*", "iam:GetUser"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::c", "arn:aws:s3:::${aws:username}/*"])
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
).flatmap(lambda base: st.tuples(st.sampled_from(["Action", "NotAction"]), ACTIONS,
                                  st.sampled_from(["Resource", "NotResource"]), RESOURCES,
                                  st.sampled_from([{}, {"Bool": {"aws:SecureTransport": "true"}}]))
    .map(lambda drawn: {**base, drawn[0]: drawn[1], drawn[2]: drawn[3], "Condition": drawn[4]}))  # fmt: skip
DOCUMENTS = st.lists(STATEMENTS, max_size=3).map(
    lambda listed: policy({"Version": "2012-10-17", "Statement": listed})
)
REQUESTS = st.builds(
    Request,
    action=st.sampled_from(["s3:GetObject", "ec2:StopInstances", "iam:GetUser"]),
    resource=st.sampled_from([None, "arn:aws:s3:::b/k", "arn:aws:s3:::c"]),
    principal=st.just(USER),
    context=st.sampled_from(
        [RequestContext(), RequestContext(complete=True), RequestContext({"aws:securetransport": ("true",)})]
    ),
)
ORDER = {ALLOWED: 2, NOT_DETERMINED: 1, NOT_ALLOWED: 0, DENIED: 0}


@given(DOCUMENTS, DOCUMENTS, REQUESTS)
def test_adding_a_deny_never_widens(given_policy, added, request) -> None:
    denies = tuple(statement for statement in added if statement.denies)
    before, after = (decide(Policies([given_policy, more]), request) for more in ((), denies))
    assert ORDER[after] <= ORDER[before]


@given(DOCUMENTS, DOCUMENTS, REQUESTS)
def test_adding_an_allow_never_narrows(given_policy, added, request) -> None:
    allows = tuple(statement for statement in added if not statement.denies)
    before, after = (decide(Policies([given_policy, more]), request) for more in ((), allows))
    assert ORDER[after] >= ORDER[before]


@given(DOCUMENTS, DOCUMENTS, REQUESTS)
def test_boundaries_and_levels_never_widen(given_policy, other, request) -> None:
    alone = decide(Policies([given_policy]), request)
    assert ORDER[decide(Policies([given_policy], boundary=other), request)] <= ORDER[alone]
    assert ORDER[decide(Policies([given_policy], scps=[[ALL], [other]]), request)] <= ORDER[alone]
    assert decide(Policies([given_policy], boundary=ALL, scps=[[ALL], [ALL]]), request) is alone


def test_the_tree() -> None:
    scps = [Scp("all", ALL, frozenset({"r", "ou", "1", "2"})), Scp("none", NONE, frozenset({"ou"}))]
    tree = OrganizationTree(frozenset({"r"}), {"ou": "r", "1": "ou", "2": "r"}, scps, management="2")
    assert tree.path("1") == ("r", "ou", "1")
    assert [[scp.name for scp in level] for level in tree.levels("1")] == [["all"], ["all", "none"], ["all"]]
    assert tree.levels("2") == ()
    with pytest.raises(TreeError, match="no parent"):
        tree.path("3")
    with pytest.raises(TreeError, match="own ancestor"):
        OrganizationTree(frozenset({"r"}), {"a": "b", "b": "a"}, [], "2").path("a")
