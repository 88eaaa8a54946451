"""Completes what a shell asks for: ids of tests and items, causes of gaps, bundles and packs nearby.

A shell waits for it at each press of a key, so nothing is imported for it: ids are read out of the files that
declare them. Names of files are anybody's, and some shells evaluate what they get: only plain ones are given.
"""

import os
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path

from evidence.records import ITEM_ID, Cause

Completion = tuple[str, str]
"""What completes, and what the shell may show beside it."""
_TEST = re.compile(r'\b(?:id=|attested_test\()\s*"([A-Z][A-Z0-9]*(?:-\d+)?)",\s+(?:title=)?"([^"\\]*)"')
_ITEM = re.compile(rf'\bitem="({ITEM_ID})",\s+title="([^"\\]*)"')
_PLAIN = re.compile(r"(?!-)[\w+.:,@%/-]+", re.ASCII)
"""Not a name that begins as an option does: completed, it would be one."""
_MARKS = ("bagit.txt", "SHA256SUMS")
"""What lies in the folder of a bundle, and of an unpacked pack."""
_PACKS = (".zip", ".zip.age")
_MOST = 500
"""Names that are looked at in a folder."""


def declared_tests() -> Iterator[Completion]:
    """Yield the id and title of each test of controls, in no order."""
    return _declared("controls/tests", _TEST, "controls/attestations.py")


def declared_items() -> Iterator[Completion]:
    """Yield the id and title of each evidence item, in no order."""
    return _declared("collectors", _ITEM)


def complete_test(incomplete: str) -> list[Completion]:
    """Complete the id of a test of controls."""
    return _beginning(incomplete, declared_tests())


def complete_item(incomplete: str) -> list[Completion]:
    """Complete the id of an evidence item."""
    return _beginning(incomplete, declared_items())


def complete_explained(incomplete: str) -> list[Completion]:
    """Complete what `evidence explain` explains by itself: tests, and causes of gaps."""
    causes = ((cause.slug, cause.value) for cause in Cause)
    return [*complete_test(incomplete), *_beginning(incomplete, causes)]


def complete_bundle(incomplete: str) -> list[str]:
    """Complete the folder of a bundle, here or one folder below."""
    return _nearby(incomplete, packs=False)


def complete_bundle_or_pack(incomplete: str) -> list[str]:
    """Complete a bundle's folder or a pack, here or one folder below."""
    return _nearby(incomplete, packs=True)


def _declared(folder: str, pattern: re.Pattern[str], *others: str) -> Iterator[Completion]:
    package = files("evidence")
    modules = [one for one in package.joinpath(folder).iterdir() if one.name.endswith(".py")]
    for module in chain(modules, map(package.joinpath, others)):
        for found in pattern.finditer(module.read_text(encoding="utf-8")):
            yield found[1], found[2]


def _beginning(begin: str, known: Iterator[Completion]) -> list[Completion]:
    return sorted(one for one in known if one[0].startswith(begin))


def _nearby(incomplete: str, *, packs: bool) -> list[str]:
    """Return what is there; nothing has the shell complete any file's name itself."""
    folder, _, begin = incomplete.rpartition("/")
    place = f"{folder}/" if folder or incomplete.startswith("/") else ""
    found = []
    for entry in _entries(place or "."):
        if not entry.name.startswith(begin) or (entry.name.startswith(".") and not begin):
            continue
        if _is_evidence(entry, packs=packs):
            found.append(f"{place}{entry.name}")
        elif entry.is_dir():
            below = (one for one in _entries(entry.path) if _is_evidence(one, packs=packs))
            found += [f"{place}{entry.name}/{one.name}" for one in below]
    return sorted(filter(_PLAIN.fullmatch, found))


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(islice(entries, _MOST))
    except OSError:
        return []


def _is_evidence(entry: "os.DirEntry[str]", *, packs: bool) -> bool:
    if entry.name.startswith("."):  # the leftover of a run
        return False
    if entry.is_dir():
        return any(Path(entry.path, mark).is_file() for mark in _MARKS[: 1 + packs])
    return packs and entry.name.endswith(_PACKS)
