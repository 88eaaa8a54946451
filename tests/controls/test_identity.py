"""Identity Center: in use, and where its people come from."""

import json
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.tests._identity_providers import provider
from evidence.readers.access_events import EVENTS
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    ORGANIZATION_TARGET,
    Change,
    World,
    ago,
    good,
    perform_in,
)
from tests.controls.world_records import LOOKED_UP, RECORDS, person
from tests.support.bundles import NOW
from tests.support.rows import performed

ENABLE, DISABLE = "EnableExternalIdPConfigurationForDirectory", "DisableExternalIdPConfigurationForDirectory"


def put(item: str, *records: dict[str, Any]) -> Change:
    return lambda world: world.records[item].update({ORGANIZATION_TARGET: list(records)})


def instance(**members: Any) -> dict[str, Any]:
    record = RECORDS["identity-center.instance"][ORGANIZATION_TARGET][0]
    return record | {"Instance": record["Instance"] | members}


def event(name: str, days: float, **full: Any) -> dict[str, Any]:
    members = {
        "EventName": name,
        "EventTime": ago(days),
        "Username": "lead",
        "CloudTrailEvent": json.dumps(full),
    }
    return {"Region": "eu-west-1", "Event": members}


def events(*records: dict[str, Any]) -> Change:
    return lambda world: world.records.update({EVENTS: {ACCOUNT_TARGET: [*LOOKED_UP, *records]}})


def people(*records: dict[str, Any]) -> Change:
    return put("identity-store.users", *records)


OTHERS = instance(OwnerAccountId="210987654321")
NO_ORGANIZATION = put("organizations.organization", {"Organization": None})
NO_ACCOUNTS = put("organizations.accounts")
NOBODY = people()
LOCALS = [person("local-1", issuer=""), person("local-2", issuer="")]
OTHER_STORE = person("elsewhere", issuer="") | {"IdentityStoreId": "d-2"}

CASES = [
    ("IDC-1", "no exceptions", []),
    ("IDC-1", "exceptions noted", [put("identity-center.instance")]),
    ("IDC-1", "exceptions noted", [put("identity-center.instance", instance(Status="CREATE_IN_PROGRESS"))]),
    ("IDC-1", "exceptions noted", [put("identity-center.instance", OTHERS)]),
    (
        "IDC-1",
        "no exceptions",
        [put("identity-center.instance", instance(), OTHERS)],
    ),
    ("IDC-1", "not applicable", [NO_ORGANIZATION, NO_ACCOUNTS]),
    ("IDC-2", "no exceptions", []),
    ("IDC-2", "exceptions noted", [people(person("a"), person("local", issuer=""))]),
    ("IDC-2", "exceptions noted", [people(person("a"), person("local") | {"ExternalIds": []})]),
    ("IDC-2", "no exceptions", [people(person("a"), OTHER_STORE)]),
    ("IDC-2", "not concluded", [NOBODY]),
    ("IDC-2", "no exceptions", [NOBODY, events(event(ENABLE, 30))]),
    ("IDC-2", "no exceptions", [NOBODY, events(event("CreateProvisioningTenant", 30))]),
    ("IDC-2", "not concluded", [NOBODY, events(event(ENABLE, 30, errorCode="AccessDenied"))]),
    ("IDC-2", "not concluded", [NOBODY, events(event("CreateUser", 30))]),
    ("IDC-2", "exceptions noted", [events(event(ENABLE, 30), event(DISABLE, 10))]),
    ("IDC-2", "no exceptions", [events(event(DISABLE, 30), event(ENABLE, 10))]),
    ("IDC-2", "exceptions noted", [events(event(DISABLE, 10), event(ENABLE, 10))]),
    ("IDC-2", "exceptions noted", [events(event("AssociateDirectory", 1))]),
    ("IDC-2", "no exceptions", [events(event(DISABLE, 1, errorCode="AccessDenied"))]),
    ("IDC-2", "not concluded", [NOBODY, events(event("ImportExternalIdPCertificate", 30))]),
    ("IDC-2", "no exceptions", [events(event("DeleteProvisioningTenant", 1))]),
    ("IDC-2", "exceptions noted", [people(person("a"), *LOCALS)]),
    ("IDC-2", "exceptions noted", [people(person("a"), person("b"), *LOCALS)]),
    ("IDC-2", "not applicable", [put("identity-center.instance")]),
    ("IDC-2", "not applicable", [NO_ORGANIZATION, NO_ACCOUNTS]),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_identity(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_a_local_user_is_named_by_its_id() -> None:
    world = good()
    people(person("a"), person("local", issuer="") | {"CreatedAt": ago(40)})(world)
    (found,) = [row for row in perform_in(world, "IDC-2").rows if row.verdict == "exception"]
    assert (found.subject, found.observed) == ("id-local", "local has no external id")
    assert found.since is not None
    assert (NOW - found.since).days == 40


def test_an_attached_document_speaks_with_who_when_and_why(tmp_path) -> None:
    from evidence.bundle.write.attachments import attach

    world: World = good()
    NOBODY(world)
    screenshot = tmp_path / "source.png"
    screenshot.write_bytes(b"png")
    folder = tmp_path / "attachments"
    item = "identity-center.instance"
    attach(screenshot, folder, item=item, by="I. Solheim", note="identity source", known=[item], now=NOW)
    world.options["attachments"] = folder
    result = performed(catalogue()["IDC-2"], world.written(tmp_path))
    assert result.conclusion == "no exceptions"
    (proof,) = [row for row in result.rows if row.subject == "proof: attachments"]
    assert "by I. Solheim on 2026-10-01: identity source" in proof.observed
    assert proof.account == ACCOUNT


STRONG_BOTH = "external ids (strong), CloudTrail events (strong)"
OKTA = "https://www.okta.com/exk1fcia6d6EMsf331d8"


def proofs(world: World) -> dict[str, tuple[str, str, str]]:
    rows = perform_in(world, "IDC-2").rows
    return {
        row.attributes["name"] or "inferred": (row.attributes["weight"], row.verdict.value, row.observed)
        for row in rows
        if row.attributes["kind"] != "user"
    }


def test_proofs_are_weighed_in_the_open() -> None:
    world = good()
    people(*(person(str(n), OKTA) for n in range(3)), person("local", issuer=""))(world)
    events(event(ENABLE, 30), event("ImportExternalIdPCertificate", 20))(world)
    assert proofs(world) == {
        "inferred": (
            "none", "met",
            f"an external identity provider, Okta, inferred from {STRONG_BOTH}",
        ),
        "external ids": ("strong", "met", f"3 of 4 users (75 %) carry an issuer. Okta ({OKTA}): 3 users"),
        "users without": ("none", "out of scope", "1 of 4 users (25 %) carry no issuer"),
        "CloudTrail events": (
            "strong", "met",
            f"{ENABLE} on 2026-09-01 by lead, ImportExternalIdPCertificate on 2026-09-11 by lead",
        ),
        "attachments": ("none", "out of scope", "no document is attached to identity-center.instance"),
    }  # fmt: skip


def test_what_would_prove_it_and_how_to_add_it() -> None:
    world = good()
    NOBODY(world)
    (inferred,) = [row for row in perform_in(world, "IDC-2").rows if row.verdict == "not determined"]
    assert "evidence attach FILE --item identity-center.instance --by WHO --note WHY" in inferred.note


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        (OKTA, "Okta"),
        ("http://acme.OktaPreview.com/x", "Okta"),
        ("https://sts.windows.net/0b1c/", "Microsoft Entra ID"),
        ("https://login.microsoftonline.com/0b1c/v2.0", "Microsoft Entra ID"),
        ("https://accounts.google.com/o/saml2?idpid=C01", "Google Workspace"),
        ("https://sso.jumpcloud.com/saml2/aws", "JumpCloud"),
        ("JumpCloud", "JumpCloud"),
        ("https://auth.pingone.eu/0b1c", "Ping Identity"),
        ("https://app.onelogin.com/saml/metadata/1", "OneLogin"),
        ("https://okta.com.example/1", ""),
        ("https://notokta.com/1", ""),
        ("https://example.com/okta.com", ""),
        ("https://okta.com@example.com/", ""),
        ("https://[okta.com", ""),
        ("okta.com", ""),
        ("urn:acme:idp", ""),
        ("", ""),
    ],
)
def test_the_provider_s_name(issuer: str, name: str) -> None:
    assert provider(issuer) == name
