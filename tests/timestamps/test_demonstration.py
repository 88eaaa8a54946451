"""The demonstration's own authority: openssl takes its tokens, and its name says what they are worth."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from evidence.clock import shifted_clock
from evidence.demo_account.authority import NAME, serve_authority, write_authority
from evidence.signing.authority import HttpAuthority


def test_openssl_accepts_what_it_stamps_and_reads_whom_nobody_trusts(tmp_path: Path) -> None:
    files = write_authority(tmp_path / "authority", datetime.now(UTC))
    then = datetime.now(UTC) - timedelta(days=92)
    content, token = tmp_path / "content", tmp_path / "content.tsr"
    content.write_bytes(b"a seal of a quarter ago")
    with serve_authority(files, lambda: then) as url:
        anchors = tuple(x509.load_pem_x509_certificates(files.root.read_bytes()))
        asked = HttpAuthority(url, 20, shifted_clock(then), anchors)
        token.write_bytes(asked.stamp(content.read_bytes()))
    verify = ["openssl", "ts", "-verify", "-data", content, "-in", token, "-CAfile", files.root]
    subprocess.run(verify, check=True, capture_output=True)
    show = ["openssl", "ts", "-reply", "-in", token, "-text"]
    told = subprocess.run(show, check=True, capture_output=True, text=True).stdout
    assert NAME in told.replace("\\", "")
    assert f"{then:%b}" in told and str(then.year) in told
