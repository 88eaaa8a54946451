"""`evidence init`: each question has an option, what is written is read back, and nothing is overwritten."""

import json
import sys
from pathlib import Path

import pytest

from evidence.cli import init as command
from evidence.cli.output import Output
from evidence.errors import UsageError
from evidence.settings.declared import value_of
from evidence.settings.file import load
from evidence.settings.questions import NONE, QUESTIONS, add_answer, unanswered, written
from tests.support.command import evidence

ANSWERS = {
    "entity": 'North"wind\u202e',
    "period": "2026-07-01..2026-09-30",
    "accounts": "organization",
    "role": "/audit/EvidenceCollector",
    "external-id": "northwind-2026",
    "key-roles": "deploy-*, /engineering/",
    "signing": "alias/evidence",
    "certificate": "identity/signer.pem",
    "archive": "/srv/evidence",
}
BY_NAME = {question.name: question for question in QUESTIONS}


def options(**changed: str | None) -> list[str]:
    answers = ANSWERS | {name.replace("_", "-"): answer for name, answer in changed.items()}
    return [word for name, answer in answers.items() if answer is not None for word in (f"--{name}", answer)]


def test_every_answer_by_option_writes_a_file_that_says_it(tmp_path: Path) -> None:
    done = evidence("init", *options(), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    settings = load(tmp_path / "evidence.toml")
    assert settings.entity.name == ANSWERS["entity"]
    assert "\u202e" not in (tmp_path / "evidence.toml").read_text() + done.stdout
    assert str(settings.entity.period_end) == "2026-09-30"
    assert (settings.aws.organization, settings.aws.role) == (True, "/audit/EvidenceCollector")
    assert (settings.sampling.role_names, settings.sampling.role_paths) == (("deploy-*",), ("/engineering/",))
    assert (settings.signing.kms_key, str(settings.archive.folder)) == ("alias/evidence", "/srv/evidence")
    told = json.loads(done.stdout)
    assert told["written"] == "evidence.toml"
    assert {key: str(value_of(settings, key)) for key in told["values"] if "role_" not in key} == {
        key: str(value) for key, value in told["values"].items() if "role_" not in key
    }


def test_without_a_key_the_next_steps_say_how_to_make_and_name_one() -> None:
    said = command._next_steps({"entity.name": "N"}, Path("e.toml"))
    assert said[1:3] == [
        '  evidence keygen --name "WHO SIGNS" --output identity',
        "  # and name signer.key and signer.pem under [signing] of e.toml",
    ]
    assert not any("keygen" in step for step in command._next_steps({"signing.kms_key": "k"}, Path("e.toml")))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").symlink_to("nowhere")
    done = evidence("init", *options(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "exists already" in done.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("missing", ANSWERS)
def test_an_answer_that_is_missing_is_named(missing: str) -> None:
    answers: dict[str, str | None] = {**ANSWERS, missing: None}
    assert [question.name for question in unanswered(answers)][:1] == [missing]


def test_without_a_terminal_every_missing_option_is_named(tmp_path: Path) -> None:
    done = evidence("init", *options(period=None, archive=None), cwd=tmp_path)
    assert done.returncode == 2
    assert "no answer to: --period, --archive." in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_does_not_apply_is_not_asked() -> None:
    few = {
        "entity": "N",
        "period": NONE,
        "accounts": "own",
        "key-roles": NONE,
        "signing": NONE,
        "archive": NONE,
    }
    assert list(unanswered(few)) == []
    assert [one.name for one in unanswered({**few, "accounts": "123456789012", "signing": "k.pem"})] == [
        "role", "external-id", "certificate",
    ]  # fmt: skip
    assert list(unanswered({**few, "signing": "k.P12"})) == []


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("entity", " ", "--entity says nothing"),
        ("accounts", "none", "says nothing"),
        ("role", "None", "--role says nothing"),
        ("accounts", "12", "aws.accounts"),
        ("accounts", ",", "says nothing"),
        ("period", "2026-07-01", "not two days"),
        ("period", "2026-09-30..2026-07-01", "after period_end"),
        ("role", "a b", "aws.role"),
        ("role", "none of", "aws.role"),
        ("external-id", "a", "aws.external_id"),
    ],
)
def test_an_answer_that_is_none_is_refused_in_a_sentence(name: str, answer: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        add_answer({"aws.accounts": ("123456789012",)} if name != "accounts" else {}, BY_NAME[name], answer)
    assert f"--{name}" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_person_is_asked_again_until_it_is_an_answer(monkeypatch, capsys) -> None:
    typed = iter(["2026", "2026-07-01..2026-09-30"])
    monkeypatch.setattr("builtins.input", lambda: next(typed))
    values = command._ask(BY_NAME["period"], {}, Output())
    assert len(values) == 2
    assert capsys.readouterr().err.count("The audit period") == 2
    monkeypatch.setattr("builtins.input", lambda: "")
    assert command._ask(BY_NAME["archive"], {}, Output()) == {}


def test_a_terminal_that_ends_names_the_option(monkeypatch, tmp_path: Path) -> None:
    def closed() -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answers = {name.replace("-", "_"): answer for name, answer in ANSWERS.items()} | {"archive": None}
    with pytest.raises(UsageError, match="No answer") as caught:
        command.init(output=tmp_path / "e.toml", **answers)
    assert "--archive" in caught.value.advice
    assert not list(tmp_path.iterdir())


def test_what_the_reader_does_not_take_is_not_written() -> None:
    with pytest.raises(UsageError, match="aws: other accounts are entered through a role"):
        written({"aws.organization": True})
