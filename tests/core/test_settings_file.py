"""`evidence.toml`: defaults, limits, and errors that name the key."""

from pathlib import Path

import pytest

from evidence.errors import ConfigError, ExitCode
from evidence.settings.file import load
from evidence.settings.model import Settings


def write(folder: Path, text: str) -> Path:
    path = folder / "evidence.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Settings()


def test_the_file_in_the_working_folder_is_taken(tmp_path, monkeypatch) -> None:
    write(tmp_path, "[thresholds]\nkey_max_age_days = 60\n")
    monkeypatch.chdir(tmp_path)
    assert load(None).thresholds.key_max_age_days == 60


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[thresholds]\nkey_max_age = 60\n", "thresholds.key_max_age: unknown key"),
        ("[threshold]\n", "threshold: unknown key"),
        ("[thresholds]\nkey_max_age_days = 0\n", "thresholds.key_max_age_days"),
        ("[thresholds]\nkey_max_age_days = 'ninety'\n", "thresholds.key_max_age_days"),
        ("[entity]\nperiod_start = 2026-01-01\n", "go together"),
        ("[entity]\nperiod_start = 2026-04-01\nperiod_end = 2026-01-01\n", "after"),
        ("[signing]\npassphrase = 'x'\n", "signing.passphrase: unknown key"),
        ("[thresholds\n", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_the_key(tmp_path, text, named) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    assert named in caught.value.message
    assert caught.value.exit_code == ExitCode.USAGE
    assert "\n" not in caught.value.message


def test_a_named_file_must_exist(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_what_shapes_results_is_sealed_and_nothing_else() -> None:
    settings = Settings.model_validate({"aws": {"profile": "audit"}, "thresholds": {"unused_days": 45}})
    sealed = settings.sealed().model_dump_json()
    assert '"unused_days":45' in sealed
    assert "audit" not in sealed
