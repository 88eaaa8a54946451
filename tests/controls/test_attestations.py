"""What no API shows is attested or not concluded, never a pass."""

from datetime import timedelta

import pytest

from evidence.bundle.write.attachments import attach
from evidence.controls.attestations import REQUIRED, REQUIRED_OF_OWN
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import Results
from evidence.controls.summary import catalogue_markdown, ended_as
from evidence.errors import ConfigError
from evidence.settings.model import SealedSettings
from evidence.statements.files import ATTESTATIONS, read_file
from tests.controls.statements import TODAY, attestation, stated, toml
from tests.support.bundles import NOW, bundle_in_memory, make_bundle

DAY = timedelta(days=1)
ATT = [test.id for test in catalogue().values() if test.attested]
OWN = {"title": "Leavers lose access", "criteria": ["CC6.2"]}


def results_of(folder, *entries, **options) -> Results:
    statements = stated(folder, attestations=entries)
    bundle = make_bundle(folder, **options) if "attachments" in options else bundle_in_memory(**options)
    return run_tests(bundle, None, statements)


def concluded(results: Results, test: str) -> str:
    return next(result.conclusion.value for result in results.tests if result.id == test)


def test_the_catalogue_holds_what_auditors_ask_for() -> None:
    assert [f"ATT-{number}" for number in range(1, 7)] == ATT
    assert all(test in catalogue_markdown() for test in ATT)


@pytest.mark.parametrize("test", ATT)
def test_an_attestation_concludes_its_test_and_no_other(test: str, tmp_path) -> None:
    results = results_of(tmp_path, attestation(test))
    assert {name: concluded(results, name) for name in ATT} == {
        name: "attested" if name == test else "not concluded" for name in ATT
    }
    (result,) = (one for one in results.tests if one.id == test)
    assert result.attestation is not None
    assert (result.attestation.statement, result.attestation.document) == ("It is so.", "")
    assert result.reason == "Ines Falk, CISO stated it on 2026-09-01, valid until 2026-12-31."
    assert (result.population_size, result.rows) == (0, ())
    assert results.attestations_file.entries == 1


@pytest.mark.parametrize("test", ATT)
def test_without_a_file_nothing_is_concluded(test: str) -> None:
    result = perform(catalogue()[test], bundle_in_memory())
    assert (result.conclusion, result.reason) == ("not concluded", "No attestation of it was given.")
    assert ended_as(run_tests(bundle_in_memory(), [catalogue()[test]]), ["not-concluded"])


UNFIT = {
    "expired": ({"valid_until": TODAY - DAY}, "expired"),
    "not yet valid": ({"attested_on": TODAY + DAY}, "not yet valid"),
    "no such document": ({"document": "safe.png"}, "document missing"),
    **{f"no {name}": ({name: ""}, "incomplete") for name in REQUIRED},
    **{f"{name} left out": ({name: None}, "incomplete") for name in REQUIRED},
}


@pytest.mark.parametrize("changes,problem", UNFIT.values(), ids=UNFIT)
def test_an_attestation_that_does_not_count(changes: dict, problem: str, tmp_path) -> None:
    results = results_of(tmp_path, attestation("ATT-1", **changes))
    (found,) = results.attestation_findings
    assert (found.entry, found.test, found.problem) == (1, "ATT-1", problem)
    (result,) = (one for one in results.tests if one.id == "ATT-1")
    assert (result.conclusion, result.attestation) == ("not concluded", None)
    assert result.reason == f"An attestation was given and does not count. {found.sentence}"


@pytest.mark.parametrize("day", ["attested_on", "valid_until"])
def test_both_first_and_last_day_count(day: str, tmp_path) -> None:
    assert concluded(results_of(tmp_path, attestation("ATT-1", **{day: TODAY})), "ATT-1") == "attested"


def test_attested_twice_counts_once(tmp_path) -> None:
    results = results_of(tmp_path, attestation("ATT-1"), attestation("ATT-1", statement="Another."))
    assert [found.problem for found in results.attestation_findings] == ["duplicate"]
    assert concluded(results, "ATT-1") == "attested"
    (result,) = (one for one in results.tests if one.id == "ATT-1")
    assert result.attestation.statement == "It is so."


def test_an_attestation_of_ones_own_is_a_test_of_its_own(tmp_path) -> None:
    results = results_of(tmp_path, attestation("ATT-X-LEAVERS", **OWN))
    assert results.tests[-1].id == "ATT-X-LEAVERS"
    assert (results.tests[-1].conclusion, results.tests[-1].criteria) == ("attested", ("CC6.2",))
    assert results.tests[-1].title == "Leavers lose access"
    expired = results_of(tmp_path / "later", attestation("ATT-X-LEAVERS", **OWN, valid_until=TODAY - DAY))
    assert expired.tests[-1].conclusion == "not concluded"


@pytest.mark.parametrize("name", REQUIRED_OF_OWN)
def test_an_attestation_of_ones_own_must_be_complete(name: str, tmp_path) -> None:
    results = results_of(tmp_path, attestation("ATT-X-LEAVERS", **OWN) | {name: None})
    assert results.attestation_findings[0].sentence == f"It does not say: {name}."
    assert results.tests[-1].conclusion == "not concluded"


@pytest.mark.parametrize(
    "name", ["ATT-7", "KEY-1", "ATT-X-", "ATT-X-lower", "ATT-X-" + "A" * 19, "ATT-X-A/B"]
)
def test_ids_that_nobody_can_attest(name: str, tmp_path) -> None:
    results = results_of(tmp_path, attestation(name, **OWN))
    assert [found.problem for found in results.attestation_findings] == ["unknown test"]
    assert "attested" not in {result.conclusion.value for result in results.tests}


def test_criteria_of_attested_tests_come_from_the_settings_when_they_say_so(tmp_path) -> None:
    settings = SealedSettings(criteria={"ATT-1": ("CC1.1",)})
    results = results_of(tmp_path, attestation("ATT-1"), settings=settings)
    assert next(result.criteria for result in results.tests if result.id == "ATT-1") == ("CC1.1",)


@pytest.mark.parametrize("document", ["safe.png", "attachments/safe.png"])
def test_a_document_is_named_with_its_hash(document: str, tmp_path) -> None:
    (tmp_path / "safe.png").write_bytes(b"a picture")
    folder = tmp_path / "prepared"
    entry = attach(
        tmp_path / "safe.png", folder, item="sts.caller", by="Ines", note="The safe",
        known=["sts.caller"], now=NOW,
    )  # fmt: skip
    results = results_of(tmp_path / "b", attestation("ATT-1", document=document), attachments=folder)
    (result,) = (one for one in results.tests if one.id == "ATT-1")
    assert result.attestation is not None, results.attestation_findings
    assert (result.attestation.document, result.attestation.document_sha256) == (entry.file, entry.sha256)


@pytest.mark.parametrize("text", ["", 'version = "1"', "[[exception]]", '[attestation]\nid = "ATT-1"'])
def test_a_file_that_cannot_be_used_is_refused_whole(text: str, tmp_path) -> None:
    path = tmp_path / "attestations.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="attestations file"):
        read_file(ATTESTATIONS, path)


def test_the_error_names_entry_and_key(tmp_path) -> None:
    path = tmp_path / "attestations.toml"
    path.write_text(toml("attestation", [attestation("ATT-1", who="me")]))
    with pytest.raises(ConfigError, match="attestation 1, who: unknown key"):
        read_file(ATTESTATIONS, path)
