"""What to do about exceptions: every command is one of the AWS CLI, and holds its subject as one word."""

import functools
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import typer
from botocore import xform_name

from evidence.bundle import open_bundle
from evidence.cli.app import build
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import ControlTest, Remedy, Row, Severity, Verdict
from evidence.controls.engine import perform, run_tests
from evidence.controls.remedies import MOST_REPEATED, in_general, remedy_of
from evidence.controls.row_results import RowRemedy
from evidence.statements.files import statements_in
from tests.controls import world as world_of_tests
from tests.controls.world import ACCOUNT, IAM, good, password
from tests.corpus import test_corpus
from tests.corpus.labelled import Case

SAMPLES = Path(__file__).parents[2] / "samples"
CLI_NAMES = {"configservice": "config"}
"""Where the AWS CLI calls a service by another name than botocore."""
OF_EVERY_COMMAND = {"region"}
SETTINGS = "aws_session_token region output profile"  # botocore and the CLI know these without a model


def problems(command: str) -> Iterator[str]:
    """Yield what the AWS CLI would not take of a command."""
    program, service, *rest = shlex.split(command)
    if program == "evidence":
        yield from _of_ours(service, rest)
        return
    if program != "aws":
        yield f"no program {program}"
        return
    model = session().get_service_model(CLI_NAMES.get(service, service))
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if rest[0] not in operations:
        yield f"{service} has no {rest[0]}"
        return
    shape = model.operation_model(operations[rest[0]]).input_shape
    members = {xform_name(name, "-"): member for name, member in shape.members.items()} if shape else {}
    given = [word[2:].partition("=")[0] for word in rest[1:] if word.startswith("--")]
    yield from (f"{rest[0]} has no --{name}" for name in given if name not in {*members, *OF_EVERY_COMMAND})
    required = {xform_name(name, "-") for name in shape.required_members} if shape else set()
    yield from (f"{rest[0]} lacks --{name}" for name in sorted(required - set(given)))
    yield from _values(rest, members)


def _of_ours(name: str, rest: list[str]) -> Iterator[str]:
    """Yield what this program's own command line would not take of a command."""
    command = own_commands().get(name)
    while rest and (inner := getattr(command, "commands", None)):
        name, command, rest = f"{name} {rest[0]}", inner.get(rest[0]), rest[1:]
    if command is None:
        yield f"no command {name}"
        return
    options = {word for parameter in command.params for word in parameter.opts}
    yield from (f"{name} has no {word}" for word in rest if word.startswith("-") and word not in options)


@functools.cache
def own_commands() -> dict[str, Any]:
    return dict(typer.main.get_command(build()).commands)  # type: ignore[attr-defined]


def _values(words: list[str], members: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the values: switches have none, all else has one, lists of choices know it."""
    for at, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        member = members.get(name)
        following = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("--") else ""
        value = value if equals else following
        switch = member is not None and member.type_name == "boolean"
        if switch is bool(value):
            yield f"--{name} {value}".rstrip()
        choices = getattr(member, "enum", None) or getattr(getattr(member, "member", None), "enum", None)
        if choices and value not in choices and not value.startswith("<"):
            yield f"--{name} is none of {choices}: {value}"


_sessions: list[Any] = []


def session() -> Any:
    if not _sessions:
        _sessions.append(botocore.session.get_session())
    return _sessions[0]


def shown(command: str) -> str:
    """A command as declared, with its placeholders quoted as in a row."""
    return " ".join(shlex.quote(word) if word.startswith("<") else word for word in command.split(" "))


@pytest.mark.parametrize("test", catalogue().values(), ids=lambda test: test.id)
def test_every_test_says_what_to_do(test: ControlTest) -> None:
    general = in_general(test.remedy)
    assert general.console.endswith(".")
    assert [found for line in general.cli for found in problems(shown(line))] == []
    assert general.cli or test.attested
    assert "{" not in " ".join((general.console, *general.cli)).replace("<", "")
    assert test.advisory is (test.severity is Severity.LOW)


def test_the_check_itself_finds_what_is_invented() -> None:
    assert list(problems("aws iam delete-user --user-name a")) == []
    assert list(problems("aws iam remove-user --user-name a")) == ["iam has no remove-user"]
    assert list(problems("aws iam delete-user")) == ["delete-user lacks --user-name"]
    assert list(problems("aws iam delete-user --user a")) == [
        "delete-user has no --user", "delete-user lacks --user-name",
    ]  # fmt: skip
    assert list(problems("evidence review open '<bundle>'")) == []
    assert list(problems("evidence review begin '<bundle>'")) == ["no command review begin"]
    assert list(problems("evidence review open --opened a")) == ["review open has no --opened"]
    wrong = "aws iam update-access-key --access-key-id a --status Off"
    assert "--status is none of" in next(problems(wrong))
    with pytest.raises(Exception, match="Unknown service"):
        list(problems("aws identity list-users"))


def test_every_exception_of_the_demo_account_says_what_to_do() -> None:
    (folder,) = SAMPLES.glob("evidence-*-*Z")
    stated = statements_in(SAMPLES)
    results = run_tests(open_bundle(folder), statements=stated)
    rows = [(test, row) for test in results.tests for row in test.rows if row.severity]
    assert len(rows) > 80
    for test, row in rows:
        assert row.remedy is not None, test.id
        assert [found for line in row.remedy.cli for found in problems(line)] == [], (test.id, row.subject)
        assert row.remedy.cli or test.id.startswith("ATT"), test.id


@pytest.mark.parametrize("case", test_corpus.CASES[::7], ids=lambda case: case.id)
def test_commands_of_labelled_cases_are_commands(case: Case) -> None:
    result = perform(catalogue()[case.test], test_corpus.world_of(case).bundle(), partners=case.known)
    for found in result.rows:
        assert (found.remedy is not None) is (found.verdict is Verdict.EXCEPTION)
        for line in found.remedy.cli if found.remedy else ():
            assert list(problems(line)) == []


def filled(line: str, subject: str = f"{IAM}:user/ann", **fills: Any) -> tuple[str, ...]:
    made = Row(subject, ACCOUNT, Verdict.EXCEPTION, "seen", "wanted", (), fills=fills)
    return remedy_of(Remedy("See {subject}.", (line,)), made).cli


USER = "aws iam get-user --user-name {user}"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("ann", "ann"),
        ("a b", "a b"),
        ("$(id)", "$(id)"),
        ("`id`", "`id`"),
        ("a'; id; '", "a'; id; '"),
        ('"', '"'),
        ("a&&b|c>d", "a&&b|c>d"),
        ("{user}", "{user}"),
        ("a\\", "a\\"),
        ("*", "*"),
        ("a\nb", "<user>"),
        ("a\x1b[2Jb", "<user>"),
        ("a\u202eb", "<user>"),
        ("a\u200bb", "<user>"),
        ("file://x", "<user>"),
        ("fileb://x", "<user>"),
        ("HTTPS://x.example", "<user>"),
        ("x" * 3000, "<user>"),
    ],
)
def test_a_hostile_name_stays_one_word(name: str, word: str) -> None:
    (line,) = filled(USER, user=name)
    assert shlex.split(line) == ["aws", "iam", "get-user", "--user-name", word]


def test_a_name_that_begins_like_an_option_is_none() -> None:
    (line,) = filled(USER, user="--debug")
    assert shlex.split(line) == ["aws", "iam", "get-user", "--user-name=--debug"]
    assert list(problems(line)) == []


@pytest.mark.parametrize("name", ["=sudo", "=", "=a b"])
def test_a_name_that_zsh_would_look_up_is_quoted(name: str) -> None:
    assert filled(USER, user=name) == (f"aws iam get-user --user-name '{name}'",)


def test_a_part_of_a_value_cannot_end_it() -> None:
    tag = "aws iam tag-user --user-name {user} --tags Key={owner_tag},Value={who_answers}"
    for key, said in (("owner", "owner"), ("a,Value=b", "<owner-tag>"), ("a b", "<owner-tag>")):
        (line,) = filled(tag, owner_tag=key)
        assert shlex.split(line)[-1] == f"Key={said},Value=<who-answers>"


def test_what_is_not_known_is_a_placeholder_that_no_shell_reads() -> None:
    (line,) = filled("aws iam delete-access-key --user-name {user} --access-key-id {access_key_id}")
    assert line.endswith("--access-key-id '<access-key-id>'")
    assert filled(USER, subject="not an ARN") == ("aws iam get-user --user-name '<user>'",)


def test_several_values_are_several_commands() -> None:
    line = "aws iam detach-user-policy --user-name {user} --policy-arn {policy}"
    assert [one.rpartition(" ")[2] for one in filled(line, policy=("a", "b"))] == ["a", "b"]
    assert len(filled(line, policy=tuple(map(str, range(99))))) == MOST_REPEATED


def test_values_that_are_no_text_leave_placeholders() -> None:
    for odd in (7, None, {"a": 1}, (7, None), object()):
        assert filled(USER, subject="s", user=odd) == ("aws iam get-user --user-name '<user>'",)


@pytest.mark.parametrize(
    ("kind", "left"),
    [("user", ["delete-user"]), ("role", ["delete-role"]), ("mfa", ["delete-user", "delete-role"])],
)
def test_commands_for_other_kinds_are_left_out(kind: str, left: list[str]) -> None:
    lines = ("[user] aws iam delete-user --user-name {user}", "[role] aws iam delete-role --role-name {role}")
    made = Row(f"{IAM}:{kind}/eu/ann", ACCOUNT, Verdict.EXCEPTION, "seen", "wanted", ())
    found = remedy_of(Remedy("See {subject}.", lines), made)
    assert [line.split()[2] for line in found.cli] == left
    assert found.console == f"See {IAM}:{kind}/eu/ann."


def test_a_user_gets_commands_with_the_name() -> None:
    world = good()
    world.report.append(world_of_tests.row("o'neil", **password(9, 1, mfa=False)))
    rows = perform(catalogue()["MFA-1"], world.bundle()).rows
    (failing,) = (one for one in rows if one.verdict is Verdict.EXCEPTION)
    assert isinstance(failing.remedy, RowRemedy)
    assert shlex.split(failing.remedy.cli[-1]) == [
        "aws",
        "iam",
        "delete-login-profile",
        "--user-name",
        "o'neil",
    ]
    assert failing.arns == (f"{IAM}:user/o'neil",)
