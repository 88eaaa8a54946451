"""Management's files travel in the pack, and are the ones that the results were computed with."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.findings import Code
from evidence.pack import layout
from evidence.signatures.trust import Trust
from tests.pack.test_pack import attacked
from tests.support.identity import signer
from tests.support.packs import Parts, draw
from tests.support.verdicts import both_verdicts

PIN = Trust((signer().certificate,))
MEMBERS = layout.STATEMENTS
CONTENT = b'version = "1"\n'


@pytest.fixture(params=[["exceptions.toml"], list(MEMBERS)], ids=" and ".join)
def names(request: pytest.FixtureRequest) -> list[str]:
    """Which of the files management gave."""
    return request.param


def packed(parts: Parts, folder: Path, names: list[str]) -> Path:
    """Pack with results that name files, and the files."""
    results = json.loads(parts.results.read_bytes())
    for name in names:
        (folder / name).write_bytes(CONTENT)
        digest = hashlib.sha256(CONTENT).hexdigest()
        results[MEMBERS[name]] = {"name": "mine.toml", "sha256": digest, "entries": 1}
    drawn = draw(parts.bundle, json.dumps(results).encode(), folder)
    indexes = [name for name, member in layout.INDEXES.items() if results.get(member)]
    for name in indexes:
        (folder / name).write_bytes(b"made of them\n")
    return drawn.pack("p.zip", stated=tuple(folder / name for name in (*names, *indexes)))


def found(pack: Path) -> set[tuple[Code, str]]:
    return {(one.code, one.subject) for one in both_verdicts(pack, PIN).findings}


def test_the_files_are_in_the_pack(parts: Parts, names: list[str], tmp_path: Path) -> None:
    assert found(packed(parts, tmp_path, names)) == set()


def test_changed_under_fitting_sums(parts: Parts, names: list[str], tmp_path: Path) -> None:
    def change(root: Path) -> None:
        for name in names:
            (root / name).write_bytes(CONTENT + b"# and more\n")

    pack = attacked(packed(parts, tmp_path, names), change, sums=True, by=signer())
    assert found(pack) == {(Code.CHANGED, name) for name in names}


def test_taken_out_under_fitting_sums(parts: Parts, names: list[str], tmp_path: Path) -> None:
    def remove(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    pack = attacked(packed(parts, tmp_path, names), remove, sums=True, by=signer())
    assert found(pack) == {(Code.MISSING, name) for name in names}


def test_put_in_under_fitting_sums(parts: Parts, names: list[str], tmp_path: Path) -> None:
    def add(root: Path) -> None:
        for name in names:
            (root / name).write_bytes(CONTENT)

    pack = attacked(packed(parts, tmp_path, []), add, sums=True, by=signer())
    assert found(pack) == {(Code.EXTRA, name) for name in names}


def test_changed_in_the_pack(parts: Parts, names: list[str], tmp_path: Path) -> None:
    def change(root: Path) -> None:
        (root / names[0]).write_bytes(b"")

    assert (Code.CHANGED, names[0]) in found(attacked(packed(parts, tmp_path, names), change))


def test_an_index_is_there_exactly_with_what_it_is_made_of(parts: Parts, tmp_path: Path) -> None:
    def attack(given: list[str], change: Callable[[Path], object]) -> set[tuple[Code, str]]:
        folder = tmp_path / str(len(given))
        folder.mkdir()
        return found(attacked(packed(parts, folder, given), change, sums=True, by=signer()))

    gone = attack(["controls.toml"], lambda root: (root / "controls.csv").unlink())
    more = attack([], lambda root: (root / "requests.csv").write_bytes(b"12\n"))
    assert (gone, more) == ({(Code.MISSING, "controls.csv")}, {(Code.EXTRA, "requests.csv")})
