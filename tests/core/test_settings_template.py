"""The template of `evidence.toml`, and where each setting in force came from: both from the models alone."""

import json
import os
from pathlib import Path

import pytest

from evidence import toml
from evidence.aws.models import open_session
from evidence.settings.declared import declared_settings, value_of
from evidence.settings.file import settings_in
from evidence.settings.model import Settings
from evidence.settings.origins import VARIABLES, OriginKind, effective_settings, lines_of
from evidence.settings.template import settings_file, toml_value
from tests.support.command import evidence

KEYS = {one.key: one for one in declared_settings()}
GOES_WITH = {
    "entity.period_start": "entity.period_end",
    "entity.period_end": "entity.period_start",
    "aws.organization": "aws.role",
    "aws.accounts": "aws.role",
}


def read(text: str) -> Settings:
    return settings_in(text.encode(), "The template")


def test_the_template_changes_nothing_and_names_every_setting() -> None:
    text = settings_file()
    assert read(text) == Settings()
    assert text.count("\n#") == text.count("\n# ") + sum(
        max(len(one.example), 1) if not one.name else 1 for one in KEYS.values()
    )
    assert {line for line in text.splitlines() if line.startswith("[")} >= {
        "[entity]",
        "[collect.aggregator]",
    }
    assert "accepted_administrator_roles" not in text


@pytest.mark.parametrize("key", KEYS)
def test_each_line_of_the_template_is_taken_once_its_mark_is_away(key: str) -> None:
    setting = KEYS[key]
    values = {key: setting.example}
    if other := GOES_WITH.get(key):
        values[other] = KEYS[other].example
    if key == "aws.include_accounts":
        values |= {"aws.organization": True, "aws.role": "R"}
    if key.startswith("collect.aggregator."):
        values["collect.config_source"] = "aggregator"
    assert toml_value(value_of(read(settings_file(values)), key)) == toml_value(setting.example)
    assert setting.meaning.endswith(".")


def test_values_are_written_so_that_they_are_read_back() -> None:
    hostile = 'a"\n[aws]\nprofile = "x"\u202e\\'
    made = read(settings_file({"entity.name": hostile, "aws.exclude_accounts": {"tag:a=\u200b": hostile}}))
    assert made.entity.name == hostile
    assert made.aws.exclude_accounts == {"tag:a=\u200b": hostile}
    assert made.aws.profile is None
    with pytest.raises(KeyError, match=r"aws\.rule"):
        settings_file({"aws.rule": "x"})


DOCUMENT = b'''# about
[aws]
profile = "audit"
regions = [
  "us-east-1",  # [thresholds]
]
exclude_accounts."tag:a=b" = """
[aws]
region = 1"""

[thresholds]
unused_days = 30
sampling.x = 1
[collect.aggregator]
name = "a"
[criteria]
"KEY-1" = ["CC6.1"]'''


def test_each_key_has_the_line_on_which_it_begins() -> None:
    assert lines_of(DOCUMENT) == {
        ("aws", "profile"): 3,
        ("aws", "regions"): 4,
        ("aws", "exclude_accounts", "tag:a=b"): 7,
        ("thresholds", "unused_days"): 12,
        ("thresholds", "sampling", "x"): 13,
        ("collect", "aggregator", "name"): 15,
        ("criteria", "KEY-1"): 17,
    }


def test_where_each_setting_came_from() -> None:
    content = b'[aws]\nprofile = "audit"\n[signing]\nkms_key = "alias/a"\n[criteria]\n"KEY-1" = []\n'
    found = {
        one.declared.key: one
        for one in effective_settings(
            settings_in(content, "x").model_copy(update={}),
            file=Path("evidence.toml"),
            content=content,
            options={"aws": {"role": "R", "region": None}},
            environment={
                "AWS_PROFILE": "other",
                "AWS_DEFAULT_REGION": "eu-west-1",
                "EVIDENCE_PASSPHRASE": "never-shown",
            },
        )
    }
    assert set(found) == set(KEYS)
    assert (found["aws.profile"].value, found["aws.profile"].origin) == ("audit", "evidence.toml:2")
    assert found["aws.role"].kind is OriginKind.OPTION
    assert (found["aws.region"].value, found["aws.region"].origin) == (
        "eu-west-1", "environment AWS_DEFAULT_REGION",
    )  # fmt: skip
    assert (found["signing.kms_profile"].value, found["signing.kms_profile"].origin) == (
        "audit", "another setting",
    )  # fmt: skip
    assert found["criteria"].origin == "evidence.toml:6"
    assert found["thresholds.unused_days"].origin == "default"
    assert found["signing.passphrase_file"].kind is OriginKind.ENVIRONMENT
    assert "never-shown" not in json.dumps([one.document() for one in found.values()])


def test_the_variables_are_those_that_our_sessions_read() -> None:
    known = open_session().session_var_map
    for key, name in (("aws.profile", "profile"), ("aws.region", "region")):
        read_by_botocore = known[name][1]
        listed = [read_by_botocore] if isinstance(read_by_botocore, str) else read_by_botocore
        assert list(VARIABLES[key]) == listed


def test_the_command_prints_both(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").write_text('[thresholds]\nunused_days = 45\n[entity]\nname = "\\u001b[2J"\n')
    done = evidence("settings", "--role", "R", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert ["evidence.toml:2", "thresholds.unused_days", "45"] in lines
    assert ["option", "aws.role", '"R"'] in lines
    assert "\x1b" not in done.stdout
    told = json.loads(evidence("settings", "--json", cwd=tmp_path).stdout)
    assert told["settings"]["thresholds.unused_days"] | {"meaning": ""} == {
        "value": 45, "default": 90, "origin": "file", "where": "evidence.toml:2", "meaning": "",
        "allowed": "1 to 3,650",
    }  # fmt: skip


def test_the_template_is_printed_beside_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").write_text("[aws\n")
    assert evidence("settings", cwd=tmp_path).returncode == 2
    done = evidence("settings", "--template", cwd=tmp_path, env=dict(os.environ))
    assert done.stdout == settings_file()


def test_a_long_list_is_not_read_again_at_each_of_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    read = toml.loads
    monkeypatch.setattr(toml, "loads", lambda content: looked.append(content) or read(content))
    names = "".join(f'  "{number:012}",\n' for number in range(1000))
    assert lines_of(f'[aws]\naccounts = [\n{names}]\nrole = "R"\n'.encode()) == {
        ("aws", "accounts"): 2,
        ("aws", "role"): 1004,
    }
    assert len(looked) < 10
