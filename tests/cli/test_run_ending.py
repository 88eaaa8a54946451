"""`evidence run` ends with 4 for what `--fail-on` names, and that before gaps."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from evidence.cli.app import build
from evidence.records import Cause
from tests.cli.test_ending_with_gaps import gaps


@pytest.mark.parametrize(
    ("flags", "exceptions", "complete", "missing", "code"),
    [
        ([], 1, False, 0, 0),
        ([], 0, False, 1, 3),
        (["--fail-on", "exceptions"], 0, False, 0, 0),
        (["--fail-on", "exceptions"], 1, True, 1, 4),
        (["--fail-on", "exceptions", "--fail-on", "not-concluded"], 0, False, 0, 4),
    ],
)
def test_the_exit_code(
    flags: list[str], *, exceptions: int, complete: bool, missing: int, code: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    outcome = SimpleNamespace(tests=[SimpleNamespace(exceptions=exceptions, complete=complete)])
    delivery = SimpleNamespace(
        outcome=outcome, gaps=gaps(missing, Cause.FAILED), unstamped=(), document=dict, text=str
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("evidence.pipeline.run", lambda *_, **__: delivery)
    monkeypatch.setattr("evidence.signing.load.load_signer", lambda *_, **__: None)
    try:
        ended = typer.main.get_command(build()).main(["run", "--quiet", *flags], standalone_mode=False)
    except typer.Exit as exit_:
        ended = exit_.exit_code
    assert (ended or 0) == code
