"""Management's files travel in the pack, and are the ones that the results were computed with."""

import hashlib
import json
from pathlib import Path

import pytest

from evidence.clock import frozen_clock
from evidence.errors import VerificationError
from evidence.findings import Code
from evidence.pack import write_pack
from evidence.signatures.trust import Trust
from tests.pack.test_pack import attacked
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import Parts
from tests.support.verdicts import both_verdicts

PIN = Trust((signer().certificate,))
MEMBERS = {"exceptions.toml": "exceptions_file", "attestations.toml": "attestations_file"}
CONTENT = b'version = "1"\n'


@pytest.fixture(params=[["exceptions.toml"], ["attestations.toml"], list(MEMBERS)], ids=" and ".join)
def names(request: pytest.FixtureRequest) -> list[str]:
    """Which of the files management gave."""
    return request.param


def packed(parts: Parts, folder: Path, names: list[str], **given: Path | None) -> Path:
    """Pack with results that name files, and the files, or others."""
    results = json.loads(parts.results.read_bytes())
    for name in names:
        (folder / name).write_bytes(CONTENT)
        digest = hashlib.sha256(CONTENT).hexdigest()
        results[MEMBERS[name]] = {"name": "mine.toml", "sha256": digest, "entries": 1}
    (folder / "results.json").write_text(json.dumps(results))
    files = {name.removesuffix(".toml"): folder / name for name in names} | given
    return write_pack(
        parts.bundle, report=parts.report, appendices=parts.appendices, results=folder / "results.json",
        signer=signer(), output=folder / "p.zip", clock=frozen_clock(NOW), **files,
    )  # fmt: skip


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


def test_a_file_that_was_used_must_be_given(parts: Parts, names: list[str], tmp_path: Path) -> None:
    option = names[0].removesuffix(".toml")
    with pytest.raises(VerificationError, match="not given") as refused:
        packed(parts, tmp_path, names, **{option: None})
    assert refused.value.advice == f"Give it with --{option}."


@pytest.mark.parametrize("used", [True, False])
def test_another_file_is_refused(used: bool, parts: Parts, names: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_bytes(b"another")
    option = names[0].removesuffix(".toml")
    with pytest.raises(VerificationError, match="were not computed with"):
        packed(parts, tmp_path, names if used else [], **{option: other})
    assert not (tmp_path / "p.zip").exists()
