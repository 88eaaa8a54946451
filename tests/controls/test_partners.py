"""`partner` entries of exceptions.toml: which count, which are findings, and what they change of TRUST-1."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evidence.controls.acceptance import REQUIRED_TO_NAME
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.partners import known_partners
from evidence.controls.results import Results
from evidence.errors import ConfigError
from evidence.statements import schema
from evidence.statements.files import EXCEPTIONS, read_file
from evidence.statements.shapes import StatedPartner
from tests.controls.statements import TODAY, exception, stated, toml
from tests.controls.test_trust import GITHUB, OUTSIDER, STRANGER, trusting
from tests.controls.world import IAM, good

DAY = timedelta(days=1)
ORGANIZATION = "o-partner1234"


def partner(**members: Any) -> dict[str, Any]:
    """An entry that counts: an account, unless it says otherwise."""
    named = members.keys() & {"account", "organization", "issuer"}
    return {
        **({} if named else {"account": STRANGER}),
        "who": "Ledgerly GmbH, our accountants",
        "reason": "Reads the billing bucket.",
        "approver": "Ines Falk, CISO",
        "approved_on": TODAY - DAY,
        "expires_on": TODAY + DAY,
    } | members


def read(folder: Path, *partners: dict[str, Any], exceptions: tuple[dict[str, Any], ...] = ()):
    path = folder / "exceptions.toml"
    path.write_text(toml("exception", exceptions) + toml("partner", partners).replace('version = "1"', ""))
    return read_file(EXCEPTIONS, path)


def known(*entries: dict[str, Any]):
    return known_partners([StatedPartner.model_validate(entry) for entry in entries], TODAY)


def test_entries_that_count_are_known_by_account_organization_or_tenant() -> None:
    found, findings = known(
        partner(), partner(organization=ORGANIZATION), partner(issuer=f"https://{GITHUB}/", tenant="Acme"),
        partner(issuer="Acme.okta.com"),
    )  # fmt: skip
    assert findings == ()
    assert found.partners == {STRANGER, ORGANIZATION}
    assert found.tenants == {(GITHUB, "acme"), ("acme.okta.com", "")}


def test_nobody_is_known_without_entries() -> None:
    found, findings = known()
    assert (found.partners, found.tenants, findings) == (frozenset(), frozenset(), ())


@pytest.mark.parametrize("name", REQUIRED_TO_NAME)
def test_an_entry_with_something_left_out_names_nobody(name: str) -> None:
    found, (finding,) = known(partner(**{name: ""}))
    assert found.partners == frozenset()
    assert (finding.entry, finding.test, finding.subject) == (1, "TRUST-1", STRANGER)
    assert (finding.problem, finding.sentence) == ("incomplete", f"It does not say: {name}.")


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ({"expires_on": TODAY - DAY}, "expired"),
        ({"approved_on": TODAY + DAY}, "not yet valid"),
        ({"expires_on": TODAY, "approved_on": TODAY}, None),
    ],
)
def test_an_entry_counts_on_the_day_of_collection(days: dict[str, Any], problem: str | None) -> None:
    found, findings = known(partner(**days))
    assert [one.problem for one in findings] == ([problem] if problem else [])
    assert (STRANGER in found.partners) is (problem is None)


def test_the_second_of_two_entries_for_one_partner_is_a_finding() -> None:
    found, (finding,) = known(partner(), partner(who="Somebody else"))
    assert (finding.entry, finding.problem) == (2, "duplicate")
    assert found.partners == {STRANGER}


def test_an_entry_that_does_not_count_hides_no_later_one() -> None:
    found, (finding,) = known(partner(reason=""), partner())
    assert (finding.entry, found.partners) == (1, {STRANGER})


# The file


def test_partners_are_read_beside_exceptions(tmp_path) -> None:
    found = read(tmp_path, partner(), exceptions=(exception("KEY-1", "a"),))
    assert [entry.name for entry in found.said.partner] == [STRANGER]
    assert (len(found.said.exception), found.used.entries) == (1, 2)


def test_a_file_of_partners_alone_is_one(tmp_path) -> None:
    found = read(tmp_path, partner(), partner(issuer="gitlab.com", tenant="acme"))
    assert (found.said.exception, [entry.name for entry in found.said.partner]) == (
        (),
        [STRANGER, "gitlab.com acme"],
    )


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"account": "12345"}, "partner 1, account"),
        ({"organization": "o-*"}, "partner 1, organization"),
        ({"account": STRANGER, "organization": ORGANIZATION}, "name one of account, organization, or issuer"),
        ({"account": ""}, "name one of account, organization, or issuer"),
        ({"account": STRANGER, "tenant": "acme"}, "a tenant needs its issuer"),
        ({"name": "Ledgerly"}, "partner 1, name: unknown key"),
        ({"expires_on": "soon"}, "partner 1, expires_on"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_number_and_key(members, sentence: str, tmp_path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, partner(**members))
    assert sentence in refused.value.message


def test_a_file_without_any_entry_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="the file has no entry"):
        read(tmp_path)


def test_the_published_schema_knows_partners() -> None:
    known_schema = json.loads(schema.generate()["exceptions.schema.json"])
    entry = {name: str(value) for name, value in partner().items()}
    jsonschema.validate({"version": "1", "partner": [entry]}, known_schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "1", "partner": [entry | {"owner": "x"}]}, known_schema)


# What they change


def verdicts(results: Results) -> dict[str, str]:
    return {row.attributes["role"]: row.verdict.value for row in results.tests[0].rows}


def named(folder: Path, *partners: dict[str, Any]) -> Results:
    world = good()
    trusting(OUTSIDER)(world)
    trusting(
        {"Federated": f"{IAM}:oidc-provider/acme.okta.com"},
        {"StringEquals": {"acme.okta.com:aud": "client-1"}},
        name="okta",
    )(world)
    given = stated(folder)
    if partners:
        given = given.model_copy(update={"exceptions": read(folder, *partners)})
    return run_tests(world.bundle(), [catalogue()["TRUST-1"]], given)


def test_a_partner_that_counts_is_trusted_and_one_that_does_not_is_a_finding(tmp_path) -> None:
    nobody = named(tmp_path)
    assert {name: verdicts(nobody)[name] for name in ("r", "okta")} == {
        "r": "exception", "okta": "not determined",
    }  # fmt: skip
    both = named(tmp_path, partner(), partner(issuer="acme.okta.com"))
    assert {name: verdicts(both)[name] for name in ("r", "okta")} == {"r": "met", "okta": "met"}
    assert both.tests[0].exceptions == both.tests[0].not_determined == 0
    assert both.exceptions_file is not None
    assert both.exceptions_file.entries == 2
    late = named(tmp_path, partner(expires_on=TODAY - DAY), partner(issuer="acme.okta.com", approver=""))
    assert verdicts(late) == verdicts(nobody)
    assert [(one.entry, one.problem) for one in late.exception_findings] == [
        (1, "expired"),
        (2, "incomplete"),
    ]
