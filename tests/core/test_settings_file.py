"""`evidence.toml`: defaults, limits, and errors that name the key."""

from pathlib import Path

import pytest

from evidence.errors import ConfigError, ExitCode
from evidence.settings.file import load
from evidence.settings.model import Settings, bounds


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
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load(tmp_path / "absent.toml")
    assert "`evidence init`" in caught.value.advice


def test_what_shapes_results_is_sealed_and_nothing_else() -> None:
    settings = Settings.model_validate({"aws": {"profile": "audit"}, "thresholds": {"unused_days": 45}})
    sealed = settings.sealed().model_dump_json()
    assert '"unused_days":45' in sealed
    assert "audit" not in sealed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sampling]\nabove = 0\n", "sample of size 0"),
        ("[sampling]\nabove = -1\n", "sample of size 0"),
        ("[sampling]\ntable = [[4, 0]]\n", "sample of size 0"),
        ("[sampling]\ntable = [[4, 2], [12, 0], [50, 5]]\n", "sample of size 0"),
        ("[sampling]\ntable = [[12, 5], [4, 2]]\n", "bands do not rise"),
        ("[sampling]\ntable = [[4, 2], [4, 3]]\n", "bands do not rise"),
    ],
)
def test_limits_under_which_a_test_shows_nothing_are_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "evidence.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load(file)


@pytest.mark.parametrize(
    "text",
    [
        "[sampling]\nabove = 1\n",
        "[sampling]\ntable = [[0, 0], [4, 1]]\n",
        "[sampling]\ntable = []\n",
        *(f"[thresholds]\n{name} = {edge}\n" for name, edges in bounds().items() for edge in edges),
    ],
)
def test_the_widest_limits_are_taken(tmp_path: Path, text: str) -> None:
    file = tmp_path / "evidence.toml"
    file.write_text(text)
    assert load(file)


@pytest.mark.parametrize("name", bounds())
@pytest.mark.parametrize("value", ["-1", "9" * 20, "9" * 4000, "'ninety'", "1.5", "[1]"])
def test_a_threshold_out_of_bounds_is_one_sentence_with_key_bounds_and_file(
    tmp_path: Path, name: str, value: str
) -> None:
    file = write(tmp_path, f"[thresholds]\n{name} = {value}\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    least, most = bounds()[name]
    assert most is not None, f"{name} has no largest value"
    assert f"The configuration {file} is wrong: thresholds.{name} is " in caught.value.message
    assert f", and must be a whole number from {least} to {most}." in caught.value.message
    assert len(caught.value.message) < 200 + len(str(file))


def test_just_out_of_bounds_is_out(tmp_path: Path) -> None:
    for name, (least, most) in bounds().items():
        for value in (least - 1, (most or 0) + 1):
            with pytest.raises(ConfigError, match=f"thresholds.{name} is {value}, and must be"):
                load(write(tmp_path, f"[thresholds]\n{name} = {value}\n"))


@pytest.mark.parametrize(
    "text", ["a = " + "9" * 5000, "a = " + "[" * 5000, "[sampling]\nabove = " + "9" * 5000]
)
def test_a_file_that_no_parser_takes_is_a_sentence_and_no_traceback(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load(write(tmp_path, text))
