"""`--output` means the same for each command that writes one file."""

import os
from pathlib import Path

import pytest

from evidence.cli.options import output_file


@pytest.mark.parametrize(
    ("given", "default", "meant"),
    [
        (None, "x.zip", "x.zip"),
        ("there", "x.zip.age", "there/x.zip.age"),
        ("acme", "x.zip", "acme.zip"),
        ("acme-2026.4", "x.zip", "acme-2026.4.zip"),
        ("acme.zip", "x.zip", "acme.zip"),
        ("acme.zip", "x.zip.age", "acme.zip.age"),
        ("acme.zip.age", "x.zip.age", "acme.zip.age"),
        ("new/acme", "results.json", "new/acme.json"),
        ("acme.txt", "results.json", "acme.txt"),
        (os.devnull, "results.json", os.devnull),
    ],
)
def test_a_folder_gets_the_default_name_and_a_name_its_extension(
    given: str | None, default: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    assert output_file(Path(given) if given else None, default) == Path(meant)
