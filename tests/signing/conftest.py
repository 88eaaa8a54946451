"""A signing identity as files, and PDFs signed by the fixed one."""

from pathlib import Path

import pytest

from evidence.signing.pdf import sign_pdf
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import blank_pdf

DIGEST = "ab" * 32


@pytest.fixture(autouse=True)
def no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVIDENCE_PASSPHRASE", raising=False)


@pytest.fixture(scope="session")
def signed() -> bytes:
    return sign_pdf(blank_pdf(DIGEST), signer(), NOW)


@pytest.fixture
def signed_file(signed: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "report.pdf"
    file.write_bytes(signed)
    return file
