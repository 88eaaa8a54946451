"""The package works where there is no checkout: templates, fonts and schemas are in the wheel."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import clean_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Return the command of a clean virtual environment that `.[demo]` was installed into."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", home / "bin/python", f"{ROOT}[demo]"], check=True
    )
    return home / "bin/evidence"


def test_the_installed_command_does_the_main_job(installed, tmp_path) -> None:
    done = subprocess.run(
        [installed, "demo", "--output", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env=clean_environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (tmp_path / "out").iterdir()} >= {
        ".pdf",
        ".xlsx",
        ".zip",
        ".json",
        ".pem",
    }
