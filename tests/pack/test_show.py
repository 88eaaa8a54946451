"""`evidence show`: rows by test, subject and account; a pack as well as a bundle; the page, drawn here."""

import json
import webbrowser
import zipfile
from pathlib import Path

import pytest

from evidence import showing
from evidence.bundle import open_bundle
from evidence.cli import show as command
from evidence.clock import system_clock
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.errors import UsageError
from evidence.settings.model import Settings
from evidence.showing import Selection, ShownBundle, draw_page, show_bundle
from evidence.statements.files import NOTHING_STATED
from tests.controls import world as world_of_tests
from tests.controls.world import ACCOUNT, IAM, good, password
from tests.support.bundles import gap
from tests.support.identity import signer
from tests.support.packs import Parts

NOW = system_clock().now()
HOSTILE = "evil\x1b[2J\u202e"
OTHER = "210987654321"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    world = good()
    for user in ("ann", "joann", HOSTILE):
        world.report.append(world_of_tests.row(user, **password(9, 1, mfa=False)))
    world.options |= {"signer": signer(), "gaps": [gap("account.contacts")]}
    return world.written(tmp_path_factory.mktemp("shown")).root


def shown(path: Path, *tests: str, subject: str = "", account: str = "") -> ShownBundle:
    return show_bundle(path, Selection(tests, subject, account), NOTHING_STATED, now=NOW)


def rows_of(found: ShownBundle) -> dict[str, list[str]]:
    return {test["id"]: [row["subject"] for row in test["rows"]] for test in found.document["tests"]}


@pytest.fixture(scope="module")
def results(bundle: Path) -> Results:
    return run_tests(open_bundle(bundle))


@pytest.fixture
def performed(results: Results, monkeypatch) -> None:
    """Have the tests of `bundle` performed once for all."""
    monkeypatch.setattr(showing, "run_tests", lambda *_, **__: results)


@pytest.mark.usefixtures("performed")
def test_rows_by_test_and_subject(bundle: Path, results: Results) -> None:
    assert rows_of(shown(bundle, "mfa-1", subject="ann")) == {"MFA-1": [f"{IAM}:user/ann"]}
    assert set(rows_of(shown(bundle, "MFA-1", subject="*ann"))["MFA-1"]) == {
        f"{IAM}:user/ann", f"{IAM}:user/joann",
    }  # fmt: skip
    about = rows_of(shown(bundle, subject=f"{IAM}:user/ann"))
    assert {"MFA-1", "USER-1"} <= set(about)
    assert all(about.values())
    whole = next(test for test in results.tests if test.id == "MFA-1")
    assert len(rows_of(shown(bundle, "MFA-1"))["MFA-1"]) == whole.considered
    nobody = shown(bundle, "MFA-1", subject="nobody")
    assert rows_of(nobody) == {}
    assert "'*NAME*'" in str(nobody.drawn)


@pytest.mark.usefixtures("performed")
def test_what_is_of_one_account(bundle: Path) -> None:
    assert rows_of(shown(bundle, "MFA-1", account=ACCOUNT)) == rows_of(shown(bundle, "MFA-1"))
    found = shown(bundle, account=ACCOUNT).document
    assert {unit["target"]["account"] for unit in found["units"]} == {ACCOUNT}
    assert [one["item"] for one in found["gaps"]] == ["account.contacts"]
    for asked in ({"account": OTHER}, {"account": OTHER, "subject": "ann"}):
        with pytest.raises(UsageError, match="knows no account"):
            shown(bundle, **asked)


@pytest.mark.usefixtures("performed")
def test_a_test_that_is_not_there_is_named(bundle: Path) -> None:
    with pytest.raises(UsageError, match="no test MFA-99"):
        shown(bundle, "MFA-1", "mfa-99")


@pytest.mark.usefixtures("performed")
def test_a_hostile_name_drives_no_terminal(bundle: Path) -> None:
    text = shown(bundle, "MFA-1").drawn
    assert isinstance(text, str)
    assert "evil\\x1b[2J" in text
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_pack_shows_what_its_bundle_does(parts: Parts, original: Path) -> None:
    whole = shown(original).document
    assert whole["bundle"] == parts.bundle.name
    assert whole["units"] == shown(parts.bundle.root).document["units"]
    assert rows_of(shown(original, "IPE-1")).keys() == {"IPE-1"}


def test_the_page_is_drawn_anew_and_opened(bundle: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)))
    target = tmp_path / "my page.html"
    command.show.__wrapped__(settings=Settings(), source=bundle, browser=target)
    assert opened == [target.as_uri()]
    assert "No browser was found" in capsys.readouterr().err
    assert b'id="results"' in target.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        draw_page(bundle, target, NOTHING_STATED, now=NOW)
    with pytest.raises(UsageError, match="holds all of it"):
        command.show.__wrapped__(settings=Settings(), source=bundle, browser=target, subject="ann")


def test_the_page_of_a_pack_is_not_the_one_that_lies_in_it(original: Path, tmp_path: Path) -> None:
    draw_page(original, tmp_path / "page.html", NOTHING_STATED, now=NOW)
    with zipfile.ZipFile(original) as pack:
        (packed,) = (name for name in pack.namelist() if name.endswith("index.html"))
        assert b'id="results"' not in pack.read(packed)
    assert b'id="results"' in (tmp_path / "page.html").read_bytes()


@pytest.mark.usefixtures("performed")
def test_json_says_the_rows(bundle: Path, capsys) -> None:
    command.show.__wrapped__(settings=Settings(), source=bundle, test=["MFA-1"], subject="ann", json=True)
    document = json.loads(capsys.readouterr().out)
    (test,) = document["tests"]
    assert (test["id"], test["conclusion"], test["rows"][0]["verdict"]) == (
        "MFA-1", "exceptions noted", "exception",
    )  # fmt: skip
