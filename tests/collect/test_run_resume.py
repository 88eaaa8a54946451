"""`run --resume` goes on from whatever stage is done; what is done is neither asked for nor made again."""

import pytest

from evidence import pipeline
from evidence.clock import frozen_clock
from evidence.collect.progress import SilentProgress
from evidence.errors import StorageError, UsageError, VerificationError
from evidence.pack import verify_pack
from evidence.settings.model import Settings
from tests.collect.collect_support import NOW, environment
from tests.support.identity import signer, stranger


@pytest.fixture
def run(serve, with_items, watched, monkeypatch, tmp_path):
    """Run the whole job over a few items, in this process."""
    with_items("iam.account-summary")
    for name, value in environment(serve()).items():
        monkeypatch.setenv(name, value)
    settings = {"archive": {"folder": tmp_path / "archive"}, "aws": {"regions": ("us-east-1",)}}

    def run(**more):
        watched.mend()
        given = {
            "settings": Settings.model_validate(settings), "output": tmp_path / "out", "signer": signer(),
            "clock": frozen_clock(NOW), "authority": None, "progress": SilentProgress(), "attachments": None,
            "previous": None, "say": lambda _: None,
        } | more  # fmt: skip
        return pipeline.run(given.pop("settings"), **given)

    return run


class DeadError(Exception):
    """Nobody catches it."""


def dies(*_given, **_named):
    raise DeadError


def test_a_run_that_died_after_sealing_is_taken_up(run, watched, monkeypatch, tmp_path) -> None:
    out = tmp_path / "out"

    def second_run(*_given, **_named):
        with pytest.raises(StorageError, match="Another command is writing"):
            run(output=out)
        dies()

    with monkeypatch.context() as patch, pytest.raises(DeadError):
        patch.setattr(pipeline, "render", second_run)
        run()
    (bundle,) = out.glob("evidence-*")
    assert list(out.iterdir()) == [bundle]
    inode = bundle.stat().st_ino
    with pytest.raises(UsageError, match="not empty") as told:
        run()
    assert "--resume" in told.value.advice
    for other in ({"signer": stranger()}, {"settings": Settings(), "previous": "ab" * 32}):
        with pytest.raises(UsageError, match=r"another identity|and not abab"):
            run(resume=True, **other)

    for name, told in (("exceptions.toml", "is not the file"), ("notes.txt", "no run left")):
        (out / name).touch()
        with pytest.raises(UsageError, match=told):
            run(resume=True)
        (out / name).unlink()

    (out / "results.json").write_text("{}")  # as another version would have left them
    done = run(resume=True)
    assert watched.asked == []
    assert done.bundle.stat().st_ino == inode
    assert verify_pack(done.pack, now=NOW).ok
    assert done.archived
    packed = done.pack.read_bytes()

    monkeypatch.setattr(pipeline, "render", dies)
    again = run(resume=True)
    assert again.document() == done.document()
    assert again.pack.read_bytes() == packed
    again.pack.write_bytes(packed[:-1])
    with pytest.raises(VerificationError, match="not the pack that the run left"):
        run(resume=True)
    (out / "results.json").write_text("{}")
    with pytest.raises(DeadError):
        run(resume=True)
    assert list(out.iterdir()) == [bundle], "a pack would stand beside results that are not in it"


@pytest.mark.parametrize("header", [None, b"", b'{"name": "half a li'])
def test_a_run_that_died_before_it_wrote_anything_begins_anew(run, monkeypatch, tmp_path, header) -> None:
    monkeypatch.setattr(pipeline, "render", dies)
    left = tmp_path / "out" / ".evidence-123456789012-20260930T060000Z.partial"
    left.mkdir(parents=True)
    if header is not None:
        (left / "run.jsonl").write_bytes(header)
    (tmp_path / "out" / ".evidence-123456789012-20260930T060000Z.zip.partial").touch()
    with pytest.raises(DeadError):
        run(resume=True)
    assert [bundle.name for bundle in (tmp_path / "out").glob("evidence-*")] == [
        "evidence-123456789012-20261001T060000Z"
    ]
