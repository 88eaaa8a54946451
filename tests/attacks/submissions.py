"""Submissions: packs put in, taken out and exchanged, and an index that says otherwise, all signed anew."""

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

from evidence.bundle.format import bag, strictjson
from evidence.clock import frozen_clock
from evidence.findings import Code
from evidence.pack import canonical_zip
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import Signer
from evidence.submission import layout
from evidence.submission.make import make_submission
from evidence.submission.model import Submission
from evidence.submission.verify import verify_submission
from tests.attacks.material import PIN, Files, flipped, positions, sha256, zipped
from tests.attacks.model import Attack, Verdict
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger
from tests.support.packs import blank_pdf, make_parts

_GOV = {"partition": "aws-us-gov", "scope": "aws-us-gov:123456789012", "now": NOW - timedelta(hours=1)}
_CHINA = {"partition": "aws-cn", "scope": "aws-cn:123456789012", "now": NOW - timedelta(hours=2)}
_SCOPES: tuple[dict, ...] = ({}, _GOV)
"""Of the two packs that are in the submission; a third lies beside."""
_FLIPS = 200


def attacks() -> Iterator[Attack]:
    """Yield what is done to a submission of two packs: first by anybody, then by who signs it again."""
    files = _files()
    one, two = sorted(path for path in files if path.startswith("packs/"))
    for position in positions(_zipped(files), _FLIPS):
        damaged = lambda position=position: flipped(_zipped(files), position, 1 << position % 8)  # noqa: E731
        yield _attack(f"byte {position}", damaged, *Code)
    for path in files:
        yield _attack(f"missing: {path}", lambda path=path: _zipped(_but(files, path)), *Code)
    yield _attack(
        "extra pack", lambda: _zipped(files | {"packs/more.zip": _third()}), Code.EXTRA, Code.SUBMISSION
    )
    yield _attack("swapped packs", lambda: _zipped(files | {one: files[two], two: files[one]}), Code.CHANGED)
    yield _attack("another pack in the place of one", lambda: _zipped(files | {one: _third()}), Code.CHANGED)
    again: dict[str, Callable[[], Files]] = {
        "swapped packs": lambda: files | {one: files[two], two: files[one]},
        "another pack in the place of one": lambda: files | {one: _third()},
        "extra pack": lambda: files | {"packs/more.zip": _third()},
        "missing pack": lambda: _but(files, two),
    }
    for name, change in again.items():
        yield _attack(f"{name}, signed again", lambda change=change: _resigned(change()), Code.SUBMISSION)
    for member, value in _SAID.items():
        make = lambda member=member, value=value: _resigned(_saying(files, member, value))  # noqa: E731
        yield _attack(f"index: {member}, signed again", make, Code.SUBMISSION)
    yield _attack("index: an entry twice", lambda: _resigned(_twice(files)), Code.SUBMISSION)
    yield _attack("index not canonical", lambda: _resigned(_spaced(files)), Code.JSON)
    old = lambda: _resigned(_saying(files, "gaps", 0), cover=False)  # noqa: E731
    yield _attack("index changed, the old cover", old, Code.SUBMISSION)
    yield _attack("signed again by somebody else", lambda: _resigned(files, stranger()), Code.UNTRUSTED)
    foreign = lambda: _resigned(files | _broken(files, one))  # noqa: E731
    yield _attack("a pack that does not verify, signed again", foreign, Code.ZIP, Code.CHANGED)


_SAID = {
    "gaps": 0, "incomplete": 0, "scope": "aws:999999999999", "accounts": ["999999999999"],
    "digest": "ab" * 32, "bundle": "evidence-other", "results": "cd" * 32, "tool_version": "9",
    "conclusions": {"controls": {"no exceptions": 99}}, "redacted": True, "entity": "Somebody else",
    "started": "2020-01-01T00:00:00Z", "signer": "ef" * 32,
}  # fmt: skip


def _attack(name: str, content: Callable[[], bytes], *expected: Code) -> Attack:
    def make(place: Path) -> Path:
        (place / "submission.zip").write_bytes(content())
        return place / "submission.zip"

    return Attack(name, make, frozenset(expected), now=NOW, examine=_examine)


def _examine(path: Path) -> Verdict:
    report = verify_submission(path, now=NOW, trusted=PIN)
    inside = (found for one in report.packs for found in one.report.findings)
    return Verdict((*report.findings, *inside), report.word)


@cache
def _files() -> dict[str, bytes]:
    """Return the submission that is attacked, by path below its folder."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        packs = [_pack(folder / str(number), **scope) for number, scope in enumerate(_SCOPES)]
        make_submission(packs, folder / "s.zip", signer=signer(), clock=frozen_clock(NOW), cover=_cover)
        (folder / "open").mkdir()
        canonical_zip.unpack(folder / "s.zip", folder / "open")
        (root,) = (folder / "open").iterdir()
        paths = sorted(one for one in root.rglob("*") if one.is_file())
        return {one.relative_to(root).as_posix(): one.read_bytes() for one in paths}


def _pack(folder: Path, **run) -> Path:
    folder.mkdir()
    return make_parts(folder, signer(), **run).pack()


@cache
def _third() -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        return _pack(Path(scratch) / "third", **_CHINA).read_bytes()


def _cover(_submission: Submission, digest: str, _signer: Signer) -> bytes:
    return blank_pdf(digest)


def _zipped(files: Files) -> bytes:
    folder = layout.folder_of(sha256(files.get(layout.INDEX, b"")))
    return zipped({f"{folder}/{path}": data for path, data in files.items()})


def _resigned(files: Files, by: Signer | None = None, *, cover: bool = True) -> bytes:
    """Return a submission with cover, list and signature made again to fit its files."""
    identity, made = by or signer(), dict(files)
    if cover:
        made[layout.COVER] = sign_pdf(blank_pdf(sha256(made[layout.INDEX])), identity, NOW)
    made[layout.SIGNER] = identity.chain_pem
    listed = {path: sha256(data) for path, data in made.items() if path not in layout.UNLISTED}
    made[layout.SUMS] = bag.manifest(listed)
    made[layout.SIGNATURE] = identity.seal(made[layout.SUMS], NOW)
    return _zipped(made)


def _but(files: Files, path: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name != path}


def _saying(files: Files, member: str, value: object) -> dict[str, bytes]:
    index = json.loads(files[layout.INDEX])
    index["entries"][0]["pack"][member] = value
    return dict(files) | {layout.INDEX: strictjson.document(index)}


def _twice(files: Files) -> dict[str, bytes]:
    index = json.loads(files[layout.INDEX])
    index["entries"].append(index["entries"][0])
    return dict(files) | {layout.INDEX: strictjson.document(index)}


def _spaced(files: Files) -> dict[str, bytes]:
    return dict(files) | {layout.INDEX: json.dumps(json.loads(files[layout.INDEX])).encode()}


def _broken(files: Files, path: str) -> dict[str, bytes]:
    """Return a pack with a byte of it turned, and the index that names it as it is now."""
    damaged = flipped(files[path], len(files[path]) // 2, 1)
    index = json.loads(files[layout.INDEX])
    for entry in index["entries"]:
        if entry["file"] == path:
            entry["sha256"] = sha256(damaged)
    return {path: damaged, layout.INDEX: strictjson.document(index)}


def untouched() -> bool:
    """Say whether what is attacked verifies before it is."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "s.zip"
        path.write_bytes(_resigned(_files()))
        return not _examine(path).findings
