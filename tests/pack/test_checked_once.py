"""A bundle that was opened is checked: the stages behind it in the same process do not check it again."""

from pathlib import Path

import pytest

from evidence import pipeline
from evidence.archive.archive import open_archive
from evidence.bundle.verify import bundle as verifier
from evidence.clock import frozen_clock
from evidence.errors import VerificationError
from evidence.pack import verify as pack_verifier
from evidence.statements.files import Statements
from tests.support.bundles import NOW
from tests.support.identity import signer as fixed_signer
from tests.support.packs import make_parts, sealed_bundle


def test_testing_rendering_packing_and_archiving_check_nothing_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = sealed_bundle(tmp_path, fixed_signer())

    def checked(*_: object, **__: object) -> None:
        raise AssertionError("the bundle was checked a second time")

    monkeypatch.setattr(verifier, "check_bundle", checked)
    monkeypatch.setattr(pack_verifier, "check_bundle", checked)
    signer, clock = fixed_signer(), frozen_clock(NOW)
    (tmp_path / "out").mkdir()
    delivery = pipeline.deliver(
        bundle, (None, ()), tmp_path / "out", Statements(), signer=signer, authority=None, clock=clock,
        say=lambda _: None,
    )  # fmt: skip
    with open_archive(tmp_path / "archive") as archive:
        entry = archive.add_written(delivery.pack, bundle, signer, clock)
    assert entry.digest == bundle.digest == delivery.outcome.bundle_digest


@pytest.mark.parametrize("name", ["tagmanifest-sha256.txt", "data/run.json", "data/calls.jsonl"])
def test_what_changed_after_the_check_is_not_packed(name: str, tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    changed = parts.bundle.root / name
    changed.write_bytes(changed.read_bytes() + b"\n")
    with pytest.raises(VerificationError, match=f"{name} was changed while it was being packed"):
        parts.pack()
    assert not (tmp_path / "pack.zip").exists()


def test_what_is_gone_after_the_check_is_missed(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    (parts.bundle.root / "data" / "gaps.json").unlink()
    with pytest.raises(VerificationError, match=r"gaps\.json was changed"):
        parts.pack()
