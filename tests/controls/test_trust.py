"""TRUST-1: several statements, a Deny, who is ours where nobody knows. By value: tests/corpus/trust.py."""

from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.engine import NOBODY
from evidence.controls.row_results import RowResult
from evidence.readers.evidence import Known
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    IAM,
    ORGANIZATION_TARGET,
    Change,
    World,
    good,
    perform_in,
)
from tests.controls.world_records import MEMBER, ORGANIZATION, OUR_ORGANIZATION, document, role
from tests.support.bundles import gap
from tests.support.rows import performed

DETAILS = "iam.authorization-details"
PASS, FAIL, OPEN, EMPTY = "no exceptions", "exceptions noted", "not concluded", "not applicable"
STRANGER = "902371465120"
OUTSIDER = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
SAML = {"Federated": f"{IAM}:saml-provider/okta"}
GITHUB = "token.actions.githubusercontent.com"
SSO = {
    "path": "/aws-reserved/sso.amazonaws.com/eu-west-1/",
    "name": "AWSReservedSSO_Admin_Set_0123456789abcdef",
}
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "x1"}}
OURS = {"StringEquals": {"aws:PrincipalOrgID": OUR_ORGANIZATION}}
ADDRESS = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
NOBODY_ELSE = document(
    "Deny",
    Action="sts:AssumeRole",
    Principal="*",
    Condition={"StringNotEquals": {"aws:PrincipalOrgID": OUR_ORGANIZATION}},
)


def trusting(principal: Any, condition: Any = None, *more: Any, **changes: Any) -> Change:
    elements = (
        {"Principal": principal} if not isinstance(principal, tuple) else {"NotPrincipal": principal[0]}
    )
    trust = document(Action="sts:AssumeRole", **elements, **({"Condition": condition} if condition else {}))
    trust["Statement"] += [part for one in more for part in one["Statement"]]
    path = changes.pop("path", "/")
    name = changes.pop("name", "r")

    def change(world: World) -> None:
        world.records[DETAILS][ACCOUNT_TARGET].append(role(name, path, AssumeRolePolicyDocument=trust))
        world.records.get("organizations.organization", {})[ORGANIZATION_TARGET] = [ORGANIZATION]

    return change


def also(principal: Any, condition: Any = None) -> dict[str, Any]:
    """A further statement that allows."""
    more = {"Condition": condition} if condition else {}
    return document(Action="sts:AssumeRole", Principal=principal, **more)


def denied_first(principal: Any) -> Change:
    """A Deny stands before the Allow."""

    def change(world: World) -> None:
        trusting(principal, None, document("Deny", Action="sts:AssumeRole", Principal=principal))(world)
        world.records[DETAILS][ACCOUNT_TARGET][-1]["RoleDetail"]["AssumeRolePolicyDocument"][
            "Statement"
        ].reverse()

    return change


CASES: dict[str, tuple[Change, str]] = {
    "ours beside a stranger": (trusting({"AWS": [ACCOUNT, STRANGER]}), FAIL),
    "ours and a member": (trusting({"AWS": [ACCOUNT, MEMBER]}), PASS),
    "a key in other letters": (trusting(OUTSIDER, {"StringEquals": {"STS:externalid": ["x1", "x2"]}}), PASS),
    "everybody as text": (trusting("*"), FAIL),
    "everybody but ours": (trusting(({"AWS": ACCOUNT},)), FAIL),
    "a role that is deleted": (trusting({"AWS": "AROAEXAMPLEEXAMPLEEX"}), FAIL),
    "a user that is deleted": (trusting({"AWS": "AIDAEXAMPLEEXAMPLEEX"}), FAIL),
    "a word": (trusting({"AWS": "something"}), OPEN),
    "a canonical user": (trusting({"CanonicalUser": "79a5"}), OPEN),
    "a service-linked role": (trusting(OUTSIDER, path="/aws-service-role/x/"), EMPTY),
    "a role of Identity Center": (trusting(SAML, {"StringEquals": {"SAML:aud": "x"}}, **SSO), EMPTY),
    # What is free to choose is not what Identity Center makes.
    "its name at another path": (trusting(SAML, None, **SSO | {"path": "/"}), FAIL),
    "its path with another name": (trusting(SAML, None, **SSO | {"name": "Admin"}), FAIL),
    # The same principal in two statements: the worse one counts, whichever comes first.
    "the worse second": (trusting(OUTSIDER, EXTERNAL_ID, also(OUTSIDER)), FAIL),
    "the worse first": (trusting(OUTSIDER, None, also(OUTSIDER, OURS)), FAIL),
    "everybody from an address, and ours": (trusting("*", ADDRESS, also("*", OURS)), OPEN),
    "everybody with MFA": (trusting("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}), FAIL),
    "a Deny of all but ours": (trusting("*", None, NOBODY_ELSE), PASS),
    "a Deny of the same": (denied_first(OUTSIDER), PASS),
    "a Deny beside what is met": (
        trusting(OUTSIDER, EXTERNAL_ID, document("Deny", Action="sts:AssumeRole", Principal=OUTSIDER)),
        PASS,
    ),
}


@pytest.mark.parametrize(("change", "conclusion"), CASES.values(), ids=CASES)
def test_trust(change: Change, conclusion: str) -> None:
    world = good()
    change(world)
    result = perform_in(world, "TRUST-1")
    assert result.conclusion == conclusion, result.rows


def row_of(*changes: Change, known: Known = NOBODY) -> RowResult:
    """The row of role `r`."""
    world = good()
    for change in changes:
        change(world)
    found = performed(catalogue()["TRUST-1"], world.bundle(), known)
    (row,) = [one for one in found.rows if one.attributes["role"] == "r"]
    return row


def unknown(item: str) -> Change:
    def change(world: World) -> None:
        world.records.pop(item)
        world.options.setdefault("gaps", []).append(gap(item, ORGANIZATION_TARGET))

    return change


NOT_COLLECTED = [
    ("organizations.accounts", OUTSIDER, None, "not determined"),
    ("organizations.organization", OUTSIDER, None, "not determined"),
    ("organizations.accounts", OUTSIDER, EXTERNAL_ID, "not determined"),
    ("organizations.organization", "*", OURS, "not determined"),
    ("organizations.accounts", "*", OURS, "met"),
    ("organizations.accounts", {"AWS": ACCOUNT}, None, "met"),
    ("organizations.accounts", {"AWS": MEMBER}, None, "not determined"),
    ("organizations.accounts", "*", None, "exception"),
]


@pytest.mark.parametrize(("item", "principal", "condition", "verdict"), NOT_COLLECTED)
def test_who_is_a_stranger_is_not_known_without_the_organization(item, principal, condition, verdict) -> None:
    assert row_of(unknown(item), trusting(principal, condition)).verdict == verdict


def test_without_the_organization_a_partner_is_known_all_the_same() -> None:
    change = trusting(OUTSIDER)
    known = Known(frozenset({STRANGER}))
    assert row_of(unknown("organizations.accounts"), change, known=known).verdict == "met"


SEVERITIES = [
    (trusting("*"), "critical"),
    (trusting("*", EXTERNAL_ID), "critical"),
    (trusting({"Federated": f"{IAM}:oidc-provider/{GITHUB}"}), "critical"),
    (trusting(OUTSIDER), "high"),
    (trusting("*", {"StringEquals": {"aws:PrincipalAccount": STRANGER}}), "high"),
    (trusting(SAML), "high"),
    (trusting({"AWS": "AROAEXAMPLEEXAMPLEEX"}), "medium"),
    (trusting({"Service": "fis.amazonaws.com"}), "low"),
    (trusting(OUTSIDER, EXTERNAL_ID), None),
    (trusting({"AWS": MEMBER}), None),
]


@pytest.mark.parametrize(("change", "severity"), SEVERITIES)
def test_an_exception_weighs_what_it_opens(change: Change, severity: str | None) -> None:
    assert row_of(change).severity == severity


def test_a_test_weighs_what_its_heaviest_exception_does() -> None:
    world = good()
    for change in (trusting({"Service": "fis.amazonaws.com"}), trusting(OUTSIDER, name="s")):
        change(world)
    assert perform_in(world, "TRUST-1").severity == "high"


@pytest.mark.parametrize(
    ("principal", "condition", "known", "note"),
    [
        (OUTSIDER, EXTERNAL_ID, Known(), "partner not listed by management"),
        (OUTSIDER, EXTERNAL_ID, Known(frozenset({STRANGER})), ""),
        ({"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, {"StringLike": {f"{GITHUB}:sub": "repo:Acme/*"}},
         Known(), "tenant not listed by management: Acme"),
        ({"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, {"StringLike": {f"{GITHUB}:sub": "repo:Acme/*"}},
         Known(tenants=frozenset({(GITHUB, "acme")})), ""),
        ({"Federated": f"{IAM}:oidc-provider/{GITHUB}"},
         {"StringLike": {f"{GITHUB}:sub": ["repo:acme/*", "repo:zeta/*"]}},
         Known(tenants=frozenset({(GITHUB, "acme")})), "tenant not listed by management: acme, zeta"),
        ({"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, {"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}},
         Known(tenants=frozenset({(GITHUB, "")})), "tenant not listed by management: acme"),
    ],
)  # fmt: skip
def test_whom_management_has_not_named_is_said(principal, condition, known, note) -> None:
    row = row_of(trusting(principal, condition), known=known)
    assert (row.verdict, row.note) == ("met", note)


def test_the_row_prints_key_and_value_but_never_an_external_id() -> None:
    secret = {"StringEquals": {"sts:ExternalId": "s3cret-value", "aws:PrincipalAccount": STRANGER}}
    for principal in (OUTSIDER, "*"):
        row = row_of(trusting(principal, secret))
        assert row.verdict == "met"
        assert "s3cret-value" not in repr(row)
    assert f"aws:principalaccount = {STRANGER}" in row.observed


def test_what_a_deny_does_is_said() -> None:
    def row(*denials: Any) -> RowResult:
        return row_of(trusting(OUTSIDER, None, *denials))

    every = document("Deny", Action="sts:AssumeRole", Principal="*")
    assert row(every).observed.endswith("; a Deny bars whoever is outside")
    assert row(NOBODY_ELSE).observed.endswith("(all else a Deny bars)")
    another = document("Deny", Action="sts:AssumeRole", Principal={"AWS": "222222222222"})
    assert row(another).note == "The Deny beside it does not bar this principal."
    asked = document(
        "Deny", Action="sts:AssumeRole", Principal="*", Condition={"StringEquals": {"acme:team": "x"}}
    )
    assert row(asked).observed.endswith("; a Deny stands beside it, whose effect is not determinable")
