"""What `evidence run` ends with, and what `evidence pack` needs."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from evidence.cli.app import build
from evidence.records import Cause
from evidence.signing.keygen import CertificateSubject, generate
from tests.cli.test_ending_with_gaps import gaps

(BUNDLE,) = (Path(__file__).parents[2] / "samples").glob("evidence-*Z")


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


def test_a_bundle_is_all_that_pack_needs_where_settings_name_who_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = CertificateSubject("Test", "Northwind Ledger", 2)
    made = generate(tmp_path, b"secret of a test", subject, algorithm="p-256", now=datetime.now(UTC))
    settings = f'[signing]\nkey = "{made.key}"\ncertificate = "{made.certificate}"\n'
    (tmp_path / "evidence.toml").write_text(settings)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVIDENCE_PASSPHRASE", "secret of a test")
    asked = {}

    def packed(_bundle: object, _statements: object, **given: Any) -> tuple[Path, tuple[str, ...]]:
        asked.update(given)
        return given["output"], ()

    monkeypatch.setattr("evidence.sharing.plain_pack", packed)
    typer.main.get_command(build()).main(["pack", str(BUNDLE), "--quiet"], standalone_mode=False)
    assert asked["output"] == Path(f"{BUNDLE.name}.zip")
    assert asked["lock"] is None
