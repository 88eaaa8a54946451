"""A stranger's hour: every command of the README, as it stands there, in order, in one folder.

Against the demo account, organization included; a settings file leaves most items out, as commands are what
this is about. `python -m tests.guides.readme_steps` has all of them collected, and says how long each takes.
"""

import json
import re
import zipfile
from pathlib import Path

import pytest

from evidence.collectors.base import catalogue
from evidence.demo_account.account import organization as org
from tests.guides.readme_steps import EndedStep, commands, run_all
from tests.support.served import serving

KEPT = {
    "account.regions", "iam.credential-report", "iam.account-summary", "identity-center.instance",
    "organizations.accounts", "organizations.organization", "organizations.units", "sts.caller",
}  # fmt: skip
REVIEWED = {
    "identity-center.assignments", "identity-center.permission-sets", "identity-store.groups",
    "identity-store.memberships", "identity-store.users",
}  # fmt: skip
"""What there must be beside, for somebody to have access that can be reviewed."""
ENDS = {"corroborate": 75, "period": 3}
"""CloudTrail tells of requests a quarter of an hour later; what one bundle of a year cannot know is said."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quarter")


@pytest.fixture(scope="module")
def steps(folder: Path) -> list[EndedStep]:
    with serving() as url:
        return list(run_all(folder, url, afterwards=lambda command: leave_out(folder, command)))


def leave_out(folder: Path, command: str) -> None:
    """Have most items left out by the settings that `evidence init` has written; of the quarter, fewer."""
    settings = folder / "evidence.toml"
    if command.startswith("evidence init "):
        written = settings.read_text()
        assert written.count("\n[collect]\n") == 1
        settings.write_text(written.replace("\n[collect]\n", f"\n[collect]\n{_excluding(KEPT)}\n"))
    elif command.startswith("evidence schedule "):
        written = settings.read_text()
        settings.write_text(written.replace(_excluding(KEPT), _excluding(KEPT | REVIEWED)))


def _excluding(kept: set[str]) -> str:
    return f"exclude = {json.dumps(sorted(catalogue().keys() - kept))}"


def test_each_command_ends_as_the_readme_says(steps: list[EndedStep]) -> None:
    assert len(steps) == len(commands()) > 10
    for step in steps:
        print(f"{step.seconds:6.1f} s, {step.processor:5.1f} s of processors  {step.command}")
        assert step.code == ENDS.get(step.command.split()[1], 0), f"{step.command}\n{step.said}"


def test_the_screenshot_is_sealed_though_nobody_names_its_folder(
    steps: list[EndedStep], folder: Path
) -> None:
    for quarter in ("evidence-2026-q4", "organization-2026-q4"):
        (pack,) = (folder / quarter).glob("evidence-*.zip")
        assert any(name.endswith("data/attachments/idp.png") for name in zipfile.ZipFile(pack).namelist())
    (run,) = (step for step in steps if "--output evidence-2026-q4" in step.command)
    assert "Seals attachments/idp.png" in run.said


def test_the_auditor_finds_it_authentic(steps: list[EndedStep]) -> None:
    (verified,) = (step for step in steps if step.command.startswith("evidence verify"))
    assert verified.said.startswith("Authentic")


def test_the_quarter_holds_the_review(steps: list[EndedStep], folder: Path) -> None:
    (pack,) = (folder / "reviewed").glob("evidence-review-*.zip")
    names = zipfile.ZipFile(folder / "2026-q4.zip").namelist()
    assert any(name.endswith(f"/packs/{pack.name}") for name in names)
    assert any(name.endswith("data/organization/access-review/decisions.jsonl")
               for name in zipfile.ZipFile(pack).namelist())  # fmt: skip
    (report,) = (folder / "year").glob("period-*/period.json")
    assert [one["complete"] for one in json.loads(report.read_text())["reviews"]] == [False]


def test_the_organization_was_entered(steps: list[EndedStep], folder: Path) -> None:
    planned, ran = (step for step in steps if "--organization" in step.command)
    assert "and assumed" in planned.said
    assert re.search(r"Gaps +0\n", ran.said)
    (run,) = (folder / "organization-2026-q4").glob("evidence-*Z/data/run.json")
    assert len(json.loads(run.read_text())["accounts"]) == len(org.ACCOUNTS) - 1  # one is suspended
