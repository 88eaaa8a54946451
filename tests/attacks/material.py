"""What is attacked: one small complete pack, the same every time; and what else an attacker has at hand."""

import hashlib
import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from evidence.bundle.format import bag, strictjson
from evidence.pack import canonical_zip, layout
from evidence.signatures.trust import Trust
from evidence.signing.signer import Signer
from tests.attacks.model import Make
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger
from tests.support.packs import draw, sealed_bundle

Files = Mapping[str, bytes]
Change = Callable[[bytes], bytes]

PIN = Trust((signer().certificate,))
SIGNATURE = "seal/tagmanifest-sha256.txt.p7s"
CHAIN = "seal/chain.pem"
LATER = NOW + timedelta(days=1)


@dataclass(frozen=True)
class Material:
    """A pack, taken apart."""

    folder: str
    """The pack's one folder."""
    bundle: str
    """The bundle's name: its folder in the pack."""
    files: dict[str, bytes]
    """Content by path below the pack's folder."""

    @property
    def bag(self) -> dict[str, bytes]:
        """The bundle's files, by path below its folder."""
        prefix = f"{self.bundle}/"
        return {path[len(prefix) :]: data for path, data in self.files.items() if path.startswith(prefix)}

    @property
    def archive(self) -> bytes:
        """The pack's bytes."""
        return zipped({f"{self.folder}/{path}": data for path, data in self.files.items()})

    def with_bag(self, files: Files) -> dict[str, bytes]:
        """Return the pack's files with another bundle's content under this one's name."""
        beside = {path: data for path, data in self.files.items() if not path.startswith(f"{self.bundle}/")}
        return beside | {f"{self.bundle}/{path}": data for path, data in files.items()}


@cache
def original() -> Material:
    """Return the pack that is attacked."""
    return _material(signer(), NOW)


@cache
def other() -> Material:
    """Return a pack of another bundle by the same signer."""
    return _material(signer(), LATER)


@cache
def foreign() -> Material:
    """Return a pack of the same evidence, by somebody else under the same name."""
    return _material(stranger(), NOW)


def _material(by: Signer, moment: datetime) -> Material:
    with tempfile.TemporaryDirectory() as scratch:
        bundle = sealed_bundle(Path(scratch), by, now=moment)
        # Of few values: those of real results are attacked in `forged`, where it takes computing them again.
        results = {"bundle": bundle.name, "bundle_digest": bundle.digest, "tests": []}
        parts = draw(bundle, strictjson.document(results), Path(scratch), by, moment)
        return unpacked(parts.pack(signer=by), Path(scratch) / "unpacked")


def unpacked(pack: Path, folder: Path) -> Material:
    """Take a pack apart in a new folder."""
    folder.mkdir()
    canonical_zip.unpack(pack, folder)
    (root,) = folder.iterdir()
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return Material(root.name, layout.bundle_in(root).name, dict(sorted(files.items())))


def zipped(files: Files) -> bytes:
    """Return an archive in the one form."""
    target = io.BytesIO()
    canonical_zip.write(target, {name: canonical_zip.measure(data) for name, data in files.items()})
    return target.getvalue()


def sha256(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def relisted(files: Files) -> dict[str, bytes]:
    """Return a pack's files with SHA256SUMS written again to fit them."""
    listed = {path: sha256(data) for path, data in files.items() if path not in layout.UNLISTED}
    return dict(files) | {layout.SUMS: bag.manifest(listed)}


def remanifested(files: Files) -> dict[str, bytes]:
    """Return a bundle's files with both manifests and the payload's size written again to fit them."""
    made = dict(files)
    payload = {path: data for path, data in made.items() if path.startswith("data/")}
    stated = bag.oxum(sum(map(len, payload.values())), len(payload)).encode()
    lines = made[bag.BAG_INFO].splitlines(keepends=True)
    made[bag.BAG_INFO] = b"".join(
        b"Payload-Oxum: " + stated + b"\n" if line.startswith(b"Payload-Oxum") else line for line in lines
    )
    made[bag.MANIFEST] = bag.manifest({path: sha256(data) for path, data in payload.items()})
    tags = {
        p: sha256(d)
        for p, d in made.items()
        if not p.startswith(("data/", "seal/")) and p != bag.TAG_MANIFEST
    }
    made[bag.TAG_MANIFEST] = bag.manifest(tags)
    return made


def resealed(files: Files, by: Signer, moment: datetime = NOW) -> dict[str, bytes]:
    """Return a bundle's files sealed again."""
    made = remanifested(files)
    made[SIGNATURE], made[CHAIN] = by.seal(made[bag.TAG_MANIFEST], moment), by.chain_pem
    return made


def resigned(files: Files, by: Signer, moment: datetime = NOW) -> dict[str, bytes]:
    """Return a pack's files with sums and signature of somebody's."""
    made = relisted(dict(files) | {layout.SIGNER: by.chain_pem})
    made[layout.SIGNATURE] = by.seal(made[layout.SUMS], moment)
    return made


def a_pack(files: Callable[[], Files]) -> Make:
    """Return what leaves a pack of these files (paths below its folder), in the one form of archive."""

    def make(place: Path) -> Path:
        content = files()
        target = place / "pack.zip"
        target.write_bytes(zipped({f"{original().folder}/{path}": data for path, data in content.items()}))
        return target

    return make


def a_file(name: str, content: Callable[[], bytes]) -> Make:
    """Return what leaves one file."""

    def make(place: Path) -> Path:
        (place / name).write_bytes(content())
        return place / name

    return make


def a_bundle(
    files: Callable[[], Files], then: Callable[[Path], object] = lambda _root: None, name: str = ""
) -> Make:
    """Return what leaves a bundle's folder, and then does something to it."""

    def make(place: Path) -> Path:
        root = place / (name or original().bundle)
        for path, data in files().items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        then(root)
        return root

    return make


def edited(files: Files, path: str, change: Change) -> dict[str, bytes]:
    """Return files with one of them changed."""
    return dict(files) | {path: change(files[path])}


def without(files: Files, path: str) -> dict[str, bytes]:
    """Return files but one."""
    return {name: data for name, data in files.items() if name != path}


def flipped(data: bytes, position: int, mask: int) -> bytes:
    """Return bytes with some bits of one of them turned."""
    return data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]


def positions(data: bytes, most: int) -> range:
    """Return every position, or `most` spread evenly."""
    return range(0, len(data), max(1, -(-len(data) // max(1, most))))


EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
