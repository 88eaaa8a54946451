"""`evidence test` and `evidence controls`, and the pages made from them."""

import json
from pathlib import Path

import pytest

from evidence.cli.options import FailOn
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.summary import catalogue_json, catalogue_markdown, ended_as, table
from evidence.errors import ExitCode
from tests.controls.statements import EVERY_ATTESTATION, stated
from tests.controls.world import ACCOUNT_TARGET, PEOPLE, good, password, row
from tests.controls.world_records import user
from tests.corpus.labelled import items_in_good_order
from tests.corpus.other_credentials import of_user
from tests.support.bundles import gap
from tests.support.command import evidence
from tests.support.identity import signer

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_controls_is_current() -> None:
    assert (DOCS / "controls.md").read_text(encoding="utf-8") == catalogue_markdown()


def test_the_catalogue_as_json_and_as_a_table() -> None:
    said = evidence("controls", "--json")
    assert json.loads(said.stdout) == catalogue_json()
    assert [entry["id"] for entry in catalogue_json()] == list(catalogue())
    assert all(test in evidence("controls").stdout for test in ("ROOT-1", "IPE-6"))


def test_results_as_a_table_name_what_was_not_concluded() -> None:
    world = good()
    world.report.append(row("person", **password(1, 1)))
    del world.records["iam.password-policy"]
    world.options["gaps"] = [gap("iam.password-policy")]
    said = table(run_tests(world.bundle()))
    assert "USER-1" in said
    assert "PWD-1: Evidence is missing: iam.password-policy of 123456789012: permission missing" in said


def test_names_from_aws_do_not_drive_the_terminal() -> None:
    results = run_tests(good().bundle())
    hostile = results.tests[0].model_copy(update={"title": "[red]x[/red]"})
    assert "[red]x[/red]" in table(results.model_copy(update={"tests": (hostile,)}))


@pytest.mark.parametrize(
    ("broken", "gaps", "exceptions", "not_concluded"),
    [
        (False, False, False, False),
        (True, False, True, False),
        (False, True, False, True),
        (True, True, True, True),
    ],
)
def test_what_fails(broken, gaps, exceptions, not_concluded, tmp_path) -> None:
    world = good()
    world.records |= items_in_good_order()
    if broken:
        world.report.append(row("person", **password(1, 1)))
        world.records["iam.authorization-details"][ACCOUNT_TARGET].append(user("person"))
        world.records["iam.user-credentials"][ACCOUNT_TARGET].append(of_user("person"))
        world.records["iam.account-summary"] = {
            target: [record | {"Users": 3} for record in records]
            for target, records in world.records["iam.account-summary"].items()
        }
    if gaps:
        del world.records["iam.password-policy"]
        world.options["gaps"] = [gap("iam.password-policy")]
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    results = run_tests(world.bundle(), statements=stated(tmp_path, attestations=EVERY_ATTESTATION))
    assert ended_as(results, [FailOn.EXCEPTIONS.value]) is exceptions
    assert ended_as(results, [FailOn.NOT_CONCLUDED.value]) is not_concluded
    assert ended_as(results, []) is False


def test_exit_codes_and_the_results_file(tmp_path) -> None:
    world = good()
    del world.records["iam.password-policy"]
    world.options |= {"gaps": [gap("iam.password-policy")], "signer": signer()}
    signed = world.written(tmp_path)
    output = tmp_path / "results.json"
    done = evidence("test", signed.root, "--json", "--output", output)
    assert done.returncode == ExitCode.GAPS, done.stderr
    expected = run_tests(signed).to_bytes()
    assert output.read_bytes() == expected
    assert json.loads(done.stdout) == json.loads(expected)
    assert evidence("test", signed.root, "--quiet", "--fail-on", "not-concluded").returncode == 4
    again = evidence("test", signed.root, "--output", output)
    assert again.returncode == ExitCode.USAGE, "a results file is never overwritten"
