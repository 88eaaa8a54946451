"""`administrator` entries of exceptions.toml: which roles PRIV-2 takes as named, and what is a finding."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.errors import ConfigError
from evidence.settings.file import load
from evidence.statements.files import statements_in
from tests.controls.statements import toml
from tests.controls.test_privilege import add
from tests.controls.world import IAM, good
from tests.controls.world_records import ADMINISTRATOR, role

ENTRY = {
    "who": "the platform team, in emergencies",
    "reason": "break-glass",
    "approver": "Ines Falk, CISO",
    "approved_on": date(2026, 9, 1),
    "expires_on": date(2026, 12, 31),
}
EMERGENCY = f"{IAM}:role/emergency"


def performed(folder: Path, *entries: dict[str, Any], roles: tuple[str, ...] = ("emergency",)) -> Results:
    world = good()
    for name in roles:
        add(role(name, attached=(ADMINISTRATOR,)))(world)
    (folder / "exceptions.toml").write_text(toml("administrator", entries), encoding="utf-8")
    statements = statements_in(folder)
    return run_tests(world.bundle(), [catalogue()["PRIV-2"]], statements)


def verdicts(results: Results) -> dict[str, str]:
    return {row.subject.rpartition("/")[2]: row.verdict for row in results.tests[0].rows}


def test_a_role_that_is_named_is_met(tmp_path: Path) -> None:
    results = performed(tmp_path, ENTRY | {"role": EMERGENCY})
    assert results.tests[0].conclusion == "no exceptions"
    (row,) = results.tests[0].rows
    assert row.note.startswith("Named by management: the platform team, in emergencies (approved by")
    assert results.exception_findings == ()


def test_another_role_is_not(tmp_path: Path) -> None:
    results = performed(tmp_path, ENTRY | {"role": EMERGENCY}, roles=("emergency", "other"))
    assert verdicts(results) == {"emergency": "met", "other": "exception"}
    assert results.tests[0].severity == "high"


def test_a_pattern_takes_as_many_as_it_says(tmp_path: Path) -> None:
    pattern = {"role": f"{IAM}:role/ops-?", "maximum_matches": 2}
    results = performed(tmp_path, ENTRY | pattern, roles=("ops-a", "ops-b"))
    assert verdicts(results) == {"ops-a": "met", "ops-b": "met"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": f"{IAM}:role/*", "maximum_matches": 1}, "matches too many"),
        ({"role": "*", "maximum_matches": 9}, "matches too many"),
        ({"role": "arn:aws:iam::*:role/*", "maximum_matches": 9}, "matches too many"),
        ({"who": ""}, "incomplete"),
        ({"reason": " "}, "incomplete"),
        ({"approver": ""}, "incomplete"),
        ({"expires_on": date(2026, 9, 2)}, "expired"),
        ({"approved_on": date(2026, 12, 30)}, "not yet valid"),
    ],
)
def test_an_entry_that_does_not_count_accepts_nobody(tmp_path: Path, changes: Any, problem: str) -> None:
    results = performed(tmp_path, ENTRY | {"role": EMERGENCY} | changes, roles=("emergency", "more"))
    assert set(verdicts(results).values()) == {"exception"}
    (found,) = results.exception_findings
    assert (found.problem, found.test, found.entry) == (problem, "PRIV-2", 1)


def test_an_entry_that_names_no_administrator_is_a_finding(tmp_path: Path) -> None:
    results = performed(tmp_path, ENTRY | {"role": f"{IAM}:role/app"})
    (found,) = results.exception_findings
    assert (found.problem, verdicts(results)) == ("matches nothing", {"emergency": "exception"})


def test_a_second_entry_for_a_role_is_a_finding(tmp_path: Path) -> None:
    results = performed(tmp_path, ENTRY | {"role": EMERGENCY}, ENTRY | {"role": EMERGENCY})
    assert [found.problem for found in results.exception_findings] == ["duplicate"]
    assert verdicts(results) == {"emergency": "met"}


def test_settings_name_no_administrators_any_more(tmp_path: Path) -> None:
    settings = tmp_path / "evidence.toml"
    settings.write_text(f'[thresholds]\naccepted_administrator_roles = ["{EMERGENCY}"]\n', encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(settings)
    assert "administrators are accepted in exceptions.toml" in str(raised.value)
    entry = raised.value.advice.partition(":\n")[2]
    assert f'role = "{EMERGENCY}"' in entry
    (tmp_path / "exceptions.toml").write_text(entry, encoding="utf-8")
    read = statements_in(tmp_path)
    assert read.exceptions is not None
    assert [one.role for one in read.exceptions.said.administrator] == [EMERGENCY]


@pytest.mark.parametrize(("days", "verdict"), [(-1, "exception"), (0, "met"), (1, "met")])
def test_a_role_that_was_made_after_the_approval_is_another_role(
    tmp_path: Path, days: int, verdict: str
) -> None:
    made = role("emergency", attached=(ADMINISTRATOR,))
    day = datetime.fromisoformat(made["RoleDetail"]["CreateDate"]).date() + timedelta(days)
    results = performed(tmp_path, ENTRY | {"role": EMERGENCY, "approved_on": day})
    assert verdicts(results) == {"emergency": verdict}
    if verdict == "exception":
        (row,) = results.tests[0].rows
        assert row.note == (
            f"The entry {EMERGENCY} was approved on {day}, before the role was made on {day + timedelta(1)}."
        )


def test_a_role_that_is_younger_than_the_approval_takes_nothing_from_the_others(tmp_path: Path) -> None:
    world = good()
    add(role("ops-a", attached=(ADMINISTRATOR,)))(world)
    add(role("ops-b", attached=(ADMINISTRATOR,), CreateDate="2026-09-20T00:00:00Z"))(world)
    entry = ENTRY | {"role": f"{IAM}:role/ops-?", "maximum_matches": 2}
    (tmp_path / "exceptions.toml").write_text(toml("administrator", [entry]), encoding="utf-8")
    statements = statements_in(tmp_path)
    results = run_tests(world.bundle(), [catalogue()["PRIV-2"]], statements)
    assert verdicts(results) == {"ops-a": "met", "ops-b": "exception"}
