"""Reads and writes the text files of a BagIt 1.0 bag (RFC 8493), in the one form that is accepted."""

import re
from collections.abc import Mapping
from datetime import datetime

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
PAYLOAD = "data"
SCHEMAS = "schemas"
SEAL = "seal"

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
"""RFC 8493 §2.1.1."""

RUN = "run.json"
GAPS = "gaps.json"
CALLS = "calls.jsonl"
ATTACHMENTS = "attachments/index.json"
OPENING = "opening/statement.json"
OPENING_TIME_STAMP = "opening/statement.json.tsr"

# Anchored to the beginnings of lines: else a line without end is looked through again from each of its bytes.
_LINE = re.compile(r"^([0-9a-f]{64})  ([ -~]+)\n", re.MULTILINE)
_INFO_LINE = re.compile(r"^([A-Za-z-]+): ([ -~]+)\n", re.MULTILINE)


def is_attachment(path: str) -> bool:
    """Say whether a path below data/ is one where a document that a person added may lie: nothing else's."""
    folder, _, name = path.rpartition("/")
    return folder == ATTACHMENTS.rpartition("/")[0] and bool(name) and path.casefold() != ATTACHMENTS


def manifest_line(path: str, digest: str) -> bytes:
    """Return the line of a manifest (RFC 8493 §2.1.3) for one file; they are sorted by path."""
    return f"{digest}  {path}\n".encode()


def manifest(hashes: Mapping[str, str]) -> bytes:
    """Return a manifest; `sha256sum -c` reads it."""
    return b"".join(manifest_line(path, hashes[path]) for path in sorted(hashes))


def parse_manifest(data: bytes) -> dict[str, str]:
    """Return SHA-256 by path; raises ValueError unless the bytes are exactly what `manifest` writes."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError("has characters other than ASCII") from error
    entries = [(found[2], found[1]) for found in _LINE.finditer(text)]
    hashes = dict(entries)
    if len(hashes) != len(entries):
        raise ValueError("lists a file twice")
    if manifest(hashes) != data:
        raise ValueError("is not a sorted list of `SHA-256, two spaces, path` lines")
    return hashes


def bag_info(
    *, name: str, accounts: tuple[str, ...], finished: datetime, agent: str, octets: int, files: int
) -> bytes:
    """Return bag-info.txt (RFC 8493 §2.2.2). It names no host and no person."""
    members = {
        "Bagging-Date": finished.date().isoformat(),
        "Bag-Group-Identifier": " ".join(accounts),
        "Bag-Software-Agent": agent,
        "External-Identifier": name,
        "Payload-Oxum": oxum(octets, files),
    }
    return "".join(f"{label}: {value}\n" for label, value in members.items()).encode()


def oxum(octets: int, files: int) -> str:
    """Return Payload-Oxum: bytes and number of payload files."""
    return f"{octets}.{files}"


def parse_info(data: bytes) -> dict[str, str]:
    """Return bag-info.txt's members; raises ValueError for any other form than `bag_info` writes."""
    text = data.decode("ascii", "replace")
    entries = [(found[1], found[2]) for found in _INFO_LINE.finditer(text)]
    members = dict(entries)
    written = "".join(f"{label}: {value}\n" for label, value in entries).encode("ascii", "replace")
    if written != data or len(members) != len(entries):
        raise ValueError("is not a list of `Label: value` lines without repetition")
    return members
