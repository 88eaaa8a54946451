"""One demonstration, made by the installed command, shared by every test that checks what it left."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Demo, clean_environment

ROOT = Path(__file__).parents[2]


def install(home: Path) -> Path:
    """Return the command of a clean virtual environment that `.[demo]` is installed into."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", home / "bin/python", f"{ROOT}[demo]"], check=True
    )
    return home / "bin/evidence"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return the demonstration's output; made once for all workers of pytest-xdist.

    Made where there is no checkout: templates, fonts and schemas are those in the wheel.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demo.done").exists():
            (shared / "attachments").mkdir()  # of other evidence, which is no matter of the demonstration's
            (shared / "attachments" / "private.pdf").touch()
            done = subprocess.run(
                [install(shared / "venv"), "demo", "--output", folder.name],
                cwd=shared, capture_output=True, text=True, check=False, timeout=600,
                env=clean_environment() | {"PYTHONPATH": ""},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            (shared / "demo.done").touch()
    return Demo(folder)
