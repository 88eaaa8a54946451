"""Where the demonstration runs: nothing that lies in the user's folder gets into it."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from evidence.demo_account import demo


@contextmanager
def _served(*_: object):
    yield lambda: "http://127.0.0.1:9"


def test_documents_that_wait_here_are_not_the_demonstrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "private.pdf").touch()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.chdir(tmp_path)
    started: list[tuple[list[str], Path]] = []

    def run(command: list[str], *, cwd: Path | None = None, **_: object) -> SimpleNamespace:
        started.append((command, cwd or Path.cwd()))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(demo.subprocess, "run", run)
    monkeypatch.setattr(demo, "write_authority", lambda *_: SimpleNamespace(root=Path("/root.pem")))
    monkeypatch.setattr(demo, "serve_authority", _served)
    monkeypatch.setattr(demo, "_started", _served)
    monkeypatch.setattr(demo, "paperwork", lambda *_: {})
    assert demo._two_quarters(scratch, scratch / "before", Path("out"), quiet=True, say=str) == 0
    runs = [(command, cwd) for command, cwd in started if "run" in command]
    assert len(runs) == 2
    for command, cwd in runs:
        assert not (cwd / "attachments").exists()
        assert Path(command[command.index("--output") + 1]).is_absolute()
    assert runs[1][0][runs[1][0].index("--output") + 1] == str(tmp_path / "out")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "AWS_PROFILE"])
def test_nothing_leads_its_requests_elsewhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert name not in demo.demo_environment("http://127.0.0.1:9")
