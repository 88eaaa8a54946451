"""The cases of the Library of Congress' bagit-conformance-suite, each on a bundle sealed by the right key.

So nothing but the case's own defect, or its own liberty, can be why it is refused. The names are the suite's;
the data are ours. docs/bagit-conformance.md says the same in words, and a test here compares.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.signatures.trust import Trust
from tests.support.bundles import ACCOUNT_TARGET, NOW, make_bundle
from tests.support.identity import signer
from tests.support.reseal import oxum
from tests.support.verdicts import both_verdicts

PAGE = Path(__file__).parents[2] / "docs" / "bagit-conformance.md"
PIN = Trust((signer().certificate,))
CSV = "data/123456789012/iam/credential-report.csv"
ZEROS = "0" * 64


@dataclass(frozen=True)
class Case:
    """What the suite says of it, how to make it, and what our verifiers must find; no code: accepted."""

    name: str
    suite: str
    make: Callable[[Path], object]
    code: Code | None


def seal(root: Path) -> None:
    """List the tag files as they are now, and seal that; the payload's manifest stays as the case left it."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    tags = {
        path: hashlib.sha256(file.read_bytes()).hexdigest()
        for path, file in files.items()
        if not path.startswith(("data/", "seal/")) and path != bag.TAG_MANIFEST
    }
    content = bag.manifest(tags)
    (root / bag.TAG_MANIFEST).write_bytes(content)
    (root / "seal/tagmanifest-sha256.txt.p7s").write_bytes(signer().seal(content, NOW))


def listed(root: Path) -> None:
    """List the payload as it is now, and let bag-info.txt state its size."""
    payload = {
        path.relative_to(root).as_posix(): path for path in (root / "data").rglob("*") if path.is_file()
    }
    digests = {path: hashlib.sha256(file.read_bytes()).hexdigest() for path, file in payload.items()}
    lines = "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
    (root / bag.MANIFEST).write_text(lines)
    oxum(root)


def tag(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change a tag file, and seal the change."""

    def make(root: Path) -> None:
        path = root / file
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
        seal(root)

    return make


def manifest(line: str) -> Callable[[Path], object]:
    """Add a line to the payload's manifest, in its place, and seal that."""
    return tag(
        bag.MANIFEST, lambda data: b"".join(sorted([*data.splitlines(True), f"{line}\n".encode()], key=_path))
    )


def _path(line: bytes) -> bytes:
    return line[66:]


def payload(*files: str) -> Callable[[Path], object]:
    """Add payload files, listed and sealed."""

    def make(root: Path) -> None:
        for file in files:
            (root / "data" / file).parent.mkdir(parents=True, exist_ok=True)
            (root / "data" / file).write_bytes(b"x")
        listed(root)
        seal(root)

    return make


def with_space(root: Path) -> None:
    records = {"iam.authorization-details": {ACCOUNT_TARGET: [{}]}}
    path = "123456789012/iam/authorization-details/with space.json"
    made = make_bundle(root.parent / "space", records, {path: b"{}"}, signer=signer())
    root.rename(root.with_name("unused"))
    made.root.rename(root)


def twice(root: Path) -> None:
    line = (root / bag.MANIFEST).read_text().splitlines()[0]
    manifest(line)(root)


def dotted(root: Path) -> None:
    tag(bag.MANIFEST, lambda data: data.replace(b"  data/", b"  ./data/"))(root)


FETCH = tag("fetch.txt", lambda _: b"https://example.org/a - data/a\n")
CASES = [
    Case("basicBag", "valid", Path.exists, None),
    Case("basic-bag", "valid", tag(bag.BAGIT, lambda data: data.replace(b"1.0", b"0.97")), Code.BAG_FILE),
    Case("duplicate-metadata-entries", "valid", tag(bag.BAG_INFO, lambda data: data + data.splitlines(True)[0]), Code.BAG_FILE),
    Case("bag-in-a-bag", "valid", payload("bag/bagit.txt", "bag/data/a"), Code.INCONSISTENT),
    Case("bag-with-encoded-names", "valid", payload("%7Efile"), Code.HOSTILE_PATH),
    Case("bag-with-escapable-characters", "valid", with_space, None),
    Case("bag-with-leading-dot-slash-in-manifest", "valid", dotted, Code.MANIFEST),
    Case("bag-with-space", "valid", with_space, None),
    Case("holey-bag", "valid", FETCH, Code.EXTRA),
    Case("ISO-8859-1-encoded-tag-files", "valid", tag(bag.BAG_INFO, lambda data: data + "Contact: Zoë\n".encode("latin-1")), Code.BAG_FILE),
    Case("UTF-16-encoded-tag-files", "valid", tag(bag.BAG_INFO, lambda data: data.decode().encode("utf-16")), Code.BAG_FILE),
    Case("minimal-bag", "valid", lambda root: ((root / bag.BAG_INFO).unlink(), seal(root)), Code.TAG_MANIFEST),
    Case("uncommon-metadata-separators", "valid", tag(bag.BAG_INFO, lambda data: data.replace(b": ", b" :\t")), Code.BAG_FILE),
    Case("baginfo-missing-encoding", "invalid", tag(bag.BAGIT, lambda data: data.splitlines(True)[0]), Code.BAG_FILE),
    Case("bom-in-bagit.txt", "invalid", tag(bag.BAGIT, lambda data: b"\xef\xbb\xbf" + data), Code.BAG_FILE),
    Case("bagit-with-invalid-whitespace", "invalid", tag(bag.BAGIT, lambda data: data.replace(b": ", b" :  ")), Code.BAG_FILE),
    Case("invalid-version-number", "invalid", tag(bag.BAGIT, lambda data: data.replace(b"1.0", b".97")), Code.BAG_FILE),
    Case("corrupt-data-file", "invalid", lambda root: (root / CSV).write_bytes(b"corrupt"), Code.CHANGED),
    Case("corrupt-tag-file", "invalid", lambda root: (root / bag.BAG_INFO).write_bytes(b"A: b\n"), Code.CHANGED),
    Case("extra-file-in-bag", "invalid", lambda root: (root / "data/extra").write_bytes(b"x"), Code.EXTRA),
    Case("missing-baginfo", "invalid", lambda root: (root / bag.BAG_INFO).unlink(), Code.MISSING),
    Case("missing-bagit.txt", "invalid", lambda root: (root / bag.BAGIT).unlink(), Code.NOT_A_BUNDLE),
    Case("out-of-scope-file-paths-using-dot-notation", "invalid", manifest(f"{ZEROS}  data/../../etc/passwd"), Code.MISSING),
    Case("out-of-scope-file-paths-using-dot-notation-for-fetch", "invalid", FETCH, Code.EXTRA),
    Case("same-filename-listed-twice-with-different-hashes", "invalid", manifest(f"{ZEROS}  {CSV}"), Code.MANIFEST),
    Case("same-filename-listed-twice-with-the-same-hash", "invalid", twice, Code.MANIFEST),
    Case("notAllManifestsListAllFiles", "invalid", tag("manifest-sha512.txt", lambda _: b""), Code.EXTRA),
    Case("out-of-scope-file-paths-using-absolute-path", "invalid", manifest(f"{ZEROS}  /etc/passwd"), Code.MANIFEST),
    Case("out-of-scope-file-paths-using-shortcut", "invalid", manifest(f"{ZEROS}  ~/.profile"), Code.MANIFEST),
    Case("out-of-scope-file-paths-using-shortcut-username", "invalid", manifest(f"{ZEROS}  ~root/.profile"), Code.MANIFEST),
    Case("out-of-scope-file-paths-using-unc", "invalid", manifest(rf"{ZEROS}  \\host\share\a"), Code.MANIFEST),
    Case("out-of-scope-file-paths-using-absolute-path-for-fetch", "invalid", FETCH, Code.EXTRA),
    Case("out-of-scope-file-paths-using-shortcut-for-fetch", "invalid", FETCH, Code.EXTRA),
    Case("out-of-scope-file-paths-using-shortcut-username-for-fetch", "invalid", FETCH, Code.EXTRA),
    Case("out-of-scope-file-paths-using-unc-for-fetch", "invalid", FETCH, Code.EXTRA),
    Case("duplicate-file-with-different-case", "warning", payload("a/File", "a/file"), Code.DUPLICATE),
    Case("made-with-md5sum-tools", "warning", tag(bag.MANIFEST, lambda data: data.replace(b"  data/", b" *data/")), Code.MANIFEST),
    Case("relative-path", "warning", dotted, Code.MANIFEST),
    Case("same-filename-listed-twice-with-different-normalization", "warning", payload("\u00e9", "e\u0301"), Code.HOSTILE_PATH),
    Case("special-system-files", "warning", payload("Thumbs.db"), Code.INCONSISTENT),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, root: Path) -> None:
    case.make(root)
    found = {finding.code for finding in both_verdicts(root, PIN).findings}
    assert case.code in found if case.code else not found


def test_the_page_says_what_the_verifiers_do() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (\w+) \| (accepted|refused: `([^`]+)`) \|", PAGE.read_text(), re.MULTILINE
    )
    said = [(name, suite, code or None) for name, suite, _, code in rows]
    assert said == [(case.name, case.suite, case.code and case.code.value) for case in CASES]
