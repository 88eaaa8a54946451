"""Programs this project did not write accept a bundle, and refuse a changed one."""

import subprocess
import sys
from pathlib import Path

import pytest

PEERS = {
    "sha256sum": ["sha256sum", "--strict", "-c", "manifest-sha256.txt"],
    "sha256sum of tags": ["sha256sum", "--strict", "-c", "tagmanifest-sha256.txt"],
    "bagit": [sys.executable, "-m", "bagit", "--validate", "."],
    "openssl": [
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "seal/tagmanifest-sha256.txt.p7s",
        "-content", "tagmanifest-sha256.txt", "-CAfile", "seal/chain.pem", "-out", "/dev/null",
    ],
}  # fmt: skip
ATTACKED = {
    "sha256sum": "data/run.json",
    "sha256sum of tags": "bag-info.txt",
    "bagit": "data/run.json",
    "openssl": "tagmanifest-sha256.txt",
}


def status(peer: str, root: Path) -> int:
    return subprocess.run(PEERS[peer], cwd=root, capture_output=True, check=False).returncode


@pytest.mark.parametrize("peer", PEERS)
def test_peer_accepts_and_refuses(peer: str, root: Path) -> None:
    assert status(peer, root) == 0
    target = root / ATTACKED[peer]
    target.write_bytes(target.read_bytes().replace(b"a", b"b", 1))
    assert status(peer, root) != 0
