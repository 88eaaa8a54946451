"""One demonstration, made by the command itself, shared by every test that checks what it left."""

import fcntl
import os

import pytest

from tests.support.command import Demo, evidence_anew


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return the demonstration's output; made once for all workers of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demo.done").exists():
            done = evidence_anew("demo", "--output", folder, timeout=300)
            assert done.returncode == 0, done.stderr
            (shared / "demo.stderr").write_text(done.stderr)
            (shared / "demo.done").touch()
    return Demo(folder)
