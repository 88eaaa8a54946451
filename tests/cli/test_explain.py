"""`evidence explain`: every test and every cause, with the subjects of a bundle as one word each."""

import json
import shlex
from pathlib import Path

import pytest

from evidence import toml
from evidence.bundle import Bundle
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.errors import UsageError
from evidence.explanation import explain
from evidence.explanation.causes import CAUSES, cause_named
from evidence.explanation.gaps import explain_cause
from evidence.explanation.model import ExplanationPart
from evidence.explanation.tests import MOST, explain_exceptions, explain_test
from evidence.records import Cause, Scope, Target
from evidence.statements.files import NOTHING_STATED, statements_in
from tests.controls import world as world_of_tests
from tests.controls.test_remedies import problems
from tests.controls.world import ACCOUNT, good, password
from tests.support.bundles import bundle_in_memory, gap
from tests.support.command import evidence

SAMPLES = Path(__file__).parents[2] / "samples"
(BUNDLE,) = SAMPLES.glob("evidence-*-*Z")
HOSTILE = "$(id)\x1b[2J; `x` '\u202e"
CONSOLE, SUBJECT = "MFA-1", "o'neil"


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_says_what_it_means_and_what_to_do(cause: Cause) -> None:
    found = explain_cause(cause)
    assert cause_named(cause.slug) is cause_named(cause.value) is cause
    assert [part.heading for part in found.said] == [
        "What it means", "Why auditors ask", "What to do", "How to accept it",
    ]  # fmt: skip
    assert all(line.endswith(".") for part in found.said for line in part.lines)
    commands = [command for part in found.parts for command in part.commands]
    assert [wrong for command in commands for wrong in problems(command.partition(" > ")[0])] == []
    assert len(commands) <= len(CAUSES[cause].commands)


def test_the_check_knows_the_commands_of_this_program() -> None:
    assert list(problems("evidence policy --for members")) == []
    assert list(problems("evidence polish")) == ["no command polish"]
    assert list(problems("evidence run --concurency 4")) == ["run has no --concurency"]


@pytest.mark.parametrize("test", catalogue())
def test_every_test_is_explained_in_general(test: str) -> None:
    found = explain.explain_word(test.lower())
    headings = [part.heading for part in found.said]
    assert headings[:4] == ["What it asks", "Why auditors ask", "What to do", "How to accept it"]
    for command in (command for part in found.parts for command in part.commands):
        assert list(problems(command)) == []
        assert "<" not in command.replace("'<", "")


def test_a_word_that_means_nothing_is_told_what_would() -> None:
    with pytest.raises(UsageError, match="neither a test") as caught:
        explain.explain_word("MFA-99")
    assert "permission-missing" in caught.value.advice


@pytest.mark.parametrize(("word", "meant"), [("role-not-asumed", "role-not-assumed"), ("KEY1", "KEY-1")])
def test_a_word_that_is_nearly_one_is_asked_about(word: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain.explain_word(word)
    assert caught.value.advice.startswith(f"Did you mean {meant}? ")


def hostile_world() -> Bundle:
    world = good()
    for user in (HOSTILE, SUBJECT, *(f"u{number:02}" for number in range(MOST))):
        world.report.append(world_of_tests.row(user, **password(9, 1, mfa=False)))
    return world.bundle()


@pytest.fixture(scope="module")
def hostile() -> Bundle:
    return hostile_world()


@pytest.fixture(scope="module")
def results(hostile):
    return run_tests(hostile)


def test_a_bundle_s_subjects_stand_in_commands_as_one_word_each(hostile, results) -> None:
    found = explain_test(catalogue()[CONSOLE], hostile, results)
    shown = [part for part in found.said if part.heading.startswith(CONSOLE)]
    assert len(shown) == MOST
    for part in shown:
        assert {tuple(shlex.split(command)[4:5]) for command in part.commands} <= {
            (part.heading.rpartition("/")[2],), ("<user>",),
        }  # fmt: skip
    assert "And 2 more" in [part.heading for part in found.said]
    assert not any(
        command for part in found.said if part.heading == "What to do" for command in part.commands
    )


def test_what_is_printed_neither_drives_a_terminal_nor_starts_a_line(hostile, results) -> None:
    (found,) = explain_exceptions(HOSTILE, [catalogue()[CONSOLE]], hostile, results)
    assert "\\x1b[2J" in found.text()
    assert json.loads(json.dumps(found.document()))["kind"] == "exception"
    evil = f"{HOSTILE}\nFORGED"
    written = "\n".join(ExplanationPart(evil, (evil,), (evil,)).text())
    for text in (found.text(), written):
        assert all(character.isprintable() or character == "\n" for character in text)
        assert not any(line.strip().startswith("FORGED") for line in text.splitlines())


def test_the_entry_to_fill_in_names_the_subject_and_accepts_nothing(hostile, results) -> None:
    for subject in (HOSTILE, SUBJECT):
        (found,) = explain_exceptions(subject, [catalogue()[CONSOLE]], hostile, results)
        (draft,) = (part.draft for part in found.parts if part.draft)
        (entry,) = toml.loads(draft.encode())["exception"]
        assert entry["subject"].endswith(f"/{subject}")
        assert (entry["test"], entry["reason"], entry["approver"]) == (CONSOLE, "", "")


def test_an_exception_is_found_by_name_pattern_and_test(hostile, results, monkeypatch) -> None:
    monkeypatch.setattr(explain, "run_tests", lambda *_, **__: results)

    def ids(word: str) -> list[str]:
        return [one.id for one in explain._explained(word, hostile, NOTHING_STATED)]

    assert ids(f"mfa-1/{SUBJECT}") == ids(f"MFA-1/*user/{SUBJECT}") == [CONSOLE]
    assert ids(SUBJECT) == ids("u0*") == ["USER-1", CONSOLE, "CFG-5"]
    for word in ("nobody", f"KEY-1/{SUBJECT}", "neil"):
        with pytest.raises(UsageError, match="no exception"):
            ids(word)


def test_gaps_fill_in_who_asked_and_where() -> None:
    region = Target(Scope.REGION, ACCOUNT, "eu-west-1")
    bundle = bundle_in_memory(
        {}, gaps=[gap("iam.credential-report"), gap("config.rules", region, Cause.REGION_DISABLED)]
    )
    found = explain_cause(Cause.PERMISSION_MISSING, bundle)
    assert found.parts[2].heading == "In this bundle: 1 gap"
    assert "MFA-1" in found.parts[2].lines[-1]
    role = bundle.run.caller_start.arn.split("/")[1]
    (attach,) = (command for command in found.parts[3].commands if "put-" in command)
    assert f"--role-name {role} " in attach
    assert toml.loads(found.parts[4].draft.encode())["collect"]["exclude"] == ["iam.credential-report"]
    (enable,) = (
        command for command in explain_cause(Cause.REGION_DISABLED, bundle).parts[3].commands
        if "enable-region" in command
    )  # fmt: skip
    assert enable.endswith(" --region-name eu-west-1")
    assert explain_cause(Cause.THROTTLED, bundle).parts[2].lines == ("No gap has this cause.",)


def test_many_gaps_that_differ_in_account_or_item_alone_are_told_once() -> None:
    items = ("iam.credential-report", "iam.mfa-devices", "config.rules", "config.recorders")
    accounts = [Target(Scope.ACCOUNT, f"{number:012}") for number in range(MOST)]
    gaps = [
        gap(item, account).model_copy(update={"message": f"{account.account} is not authorized."})
        for item in items
        for account in accounts
    ]
    bundle = bundle_in_memory({}, gaps=gaps)
    lines = [line for line in explain_cause(Cause.PERMISSION_MISSING, bundle).parts[2].lines if line]
    assert len(lines) == 3  # what iam refused, what config refused, the tests
    assert "10 accounts" in lines[0]


def test_an_accepted_exception_says_who_accepted_it_and_is_not_drafted_again() -> None:
    stated = statements_in(SAMPLES)
    accepted = json.loads((SAMPLES / "results.json").read_bytes())
    test, row = next(
        (one["id"], row) for one in accepted["tests"] for row in one["rows"] if row["verdict"] == "accepted"
    )
    (found,) = explain.explain_in(
        f"{test}/{row['subject']}", BUNDLE, stated, now=world_of_tests.NOW
    )  # fmt: skip
    lines = [line for part in found.said for line in part.lines]
    assert any(line.startswith(f"Accepted by {row['accepted']['approver']} until") for line in lines)
    assert not any(part.draft for part in found.said)


def test_the_command_fills_in_a_bundle() -> None:
    done = evidence("explain", "MFA-1/k.brandt", BUNDLE, "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert (told["id"], told["bundle"]) == ("MFA-1", BUNDLE.name)
    assert any("--user-name k.brandt" in command for part in told["parts"] for command in part["commands"])
