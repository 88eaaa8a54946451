"""What a dishonest owner of the key could do: change a bundle and make all of it agree again."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from evidence.bundle.format import bag
from evidence.signing.signer import Signer
from tests.support.bundles import NOW
from tests.support.identity import signer

Change = Callable[[bytes], bytes]


def edit(root: Path, path: str, change: Change) -> None:
    """Change a file, and make both manifests agree with it again: all but the seal."""
    (root / path).write_bytes(change((root / path).read_bytes()))
    remanifest(root)


def remanifest(root: Path) -> None:
    """Write both manifests again, as if what is there had always been so."""
    hashes = {
        file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in root.rglob("*")
        if file.is_file()
    }
    payload = {path: value for path, value in hashes.items() if path.startswith("data/")}
    (root / bag.MANIFEST).write_bytes(bag.manifest(payload))
    hashes[bag.MANIFEST] = hashlib.sha256((root / bag.MANIFEST).read_bytes()).hexdigest()
    tags = {p: v for p, v in hashes.items() if not p.startswith(("data/", "seal/")) and p != bag.TAG_MANIFEST}
    (root / bag.TAG_MANIFEST).write_bytes(bag.manifest(tags))


def oxum(root: Path) -> None:
    """State the payload's size again."""
    files = [file for file in (root / "data").rglob("*") if file.is_file()]
    stated = bag.oxum(sum(file.stat().st_size for file in files), len(files))
    info = (root / bag.BAG_INFO).read_text()
    (root / bag.BAG_INFO).write_text(re.sub(r"Oxum: .*", f"Oxum: {stated}", info))


def reseal(root: Path, by: Signer | None = None) -> None:
    """Seal again."""
    remanifest(root)
    content = (root / bag.TAG_MANIFEST).read_bytes()
    (root / "seal/tagmanifest-sha256.txt.p7s").write_bytes((by or signer()).seal(content, NOW))
    (root / "seal/chain.pem").write_bytes((by or signer()).chain_pem)
