"""The package works where there is no checkout: the demonstration was made by a command out of its wheel."""

import subprocess

from tests.support.command import clean_environment


def test_the_installed_command_does_the_main_job(demo) -> None:
    left = {path.suffix for path in demo.folder.iterdir()}
    assert left >= {".pdf", ".xlsx", ".zip", ".json", ".pem"}


def test_nothing_of_the_checkout_made_it(demo) -> None:
    home = demo.folder.with_name("venv")
    asked = [home / "bin/python", "-c", "import evidence; print(evidence.__file__)"]
    env = clean_environment() | {"PYTHONPATH": ""}
    done = subprocess.run(asked, cwd=home, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(home))
