"""Sealing joins the jobs by moving files; whatever moment it stops at, it can be done again."""

import shutil
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from evidence import storage
from evidence.bundle.verify.bundle import check_bundle
from evidence.bundle.write.writer import BundleWriter
from evidence.collect import sealing
from evidence.collect.jobs import JobFolder, move_tree
from evidence.collect.plan import Job
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID, MANAGEMENT_ACCOUNT
from evidence.errors import AuthorityError, SigningError, StorageError, UsageError
from evidence.records import Scope
from tests.collect.collect_support import ACCOUNT, NOW, PASSPHRASE, Unable, staging
from tests.support.command import clean_environment, evidence

ITEMS = ("iam.account-summary", "config.recorders", "organizations.organization")


def sound(folder: Path) -> bool:
    return not check_bundle(folder, now=NOW + timedelta(days=1)).findings


class Killed(BaseException):
    """The process is gone: while it seals, nothing is done about that."""


class Stamping:
    """An authority that counts what it is asked; its answers are its own words."""

    def __init__(self, *, silent: bool = False) -> None:
        self.asked = 0
        self._silent = silent

    def stamp(self, content: bytes) -> bytes:
        self.asked += 1
        if self._silent:
            raise AuthorityError("No answer.")
        return b"stamped %d: %d bytes" % (self.asked, len(content))


def opening_of(bag: Path) -> list[Path]:
    found = sorted((bag / "data/opening").iterdir())
    assert len(found) == 2
    return found


def die(*_: object, **__: object) -> None:
    raise Killed


def after(function, times: int = 1):
    """Return a function that does the same, and dies when it has done so that many times."""
    done = []

    def first(*given, **named):
        result = function(*given, **named)
        done.append(result)
        if len(done) == times:
            raise Killed
        return result

    return first


MOMENTS = {
    "before any file moved": (sealing, "move_tree", lambda _: die),
    "after one job's files": (sealing, "move_tree", after),
    "after two jobs' files": (sealing, "move_tree", lambda plain: after(plain, 2)),
    "between files of a job": (Path, "rename", lambda plain: after(plain, 5)),
    "after run.json": (BundleWriter, "_write_document", after),
    "after gaps.json": (BundleWriter, "_write_document", lambda plain: after(plain, 2)),
    "after one tag": (BundleWriter, "_write_tag", after),
    "after the tags": (BundleWriter, "_write_tags", after),
    "after the seal": (BundleWriter, "_remove_empty_folders", lambda _: die),
    "before the final name": (storage, "publish_folder", lambda _: die),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_seal_half_done_is_done_again(
    run_collect, with_items, watched, monkeypatch, tmp_path, *, moment
) -> None:
    where, name, trap = moment
    with_items(*ITEMS)
    with monkeypatch.context() as patch:
        if name == "rename":  # of those, some are of jobs that are whole
            plain = sealing.seal

            def seal(*given, **named):
                patch.setattr(where, name, trap(getattr(where, name)))
                return plain(*given, **named)

            patch.setattr(sys.modules["evidence.collect.run"], "seal", seal)
        else:
            patch.setattr(where, name, trap(getattr(where, name)))
        with pytest.raises(Killed):
            run_collect()
    out = tmp_path / "out"
    assert [entry.name for entry in out.iterdir()] == [staging(out).name], "nothing looks complete"
    watched.mend()
    made = run_collect(resume=True)
    assert set(watched.asked) == {("sts", "GetCallerIdentity")}
    assert sound(made.folder)
    assert made.gaps == []
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))
    assert list(out.iterdir()) == [made.folder]


def test_killed_when_it_had_its_name_it_is_complete(
    run_collect, with_items, monkeypatch, tmp_path, watched
) -> None:
    with_items(*ITEMS)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(storage, "remove_tree", die)
        run_collect()
    out = tmp_path / "out"
    (bundle,) = out.glob("evidence-*")
    assert sound(bundle)
    assert staging(out).is_dir()
    watched.mend()
    assert run_collect(resume=True).folder == bundle
    assert watched.asked == []
    assert list(out.iterdir()) == [bundle]


def test_killed_while_the_rest_is_deleted_it_is_complete(
    run_collect, with_items, monkeypatch, tmp_path
) -> None:
    """The header may be the first that goes."""

    def half(folder: Path) -> None:
        (folder / "run.jsonl").unlink()
        raise Killed

    with_items(*ITEMS)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(storage, "remove_tree", half)
        run_collect()
    assert sound(run_collect(resume=True).folder)
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_files_are_moved_and_never_copied(run_collect, with_items, monkeypatch) -> None:
    inodes = {}
    plain = JobFolder.complete

    def complete(folder: JobFolder) -> None:
        plain(folder)
        data = folder.root / "data"
        inodes.update(
            {path.relative_to(data): path.stat().st_ino for path in data.rglob("*") if path.is_file()}
        )

    monkeypatch.setattr(JobFolder, "complete", complete)
    with_items(*ITEMS)
    made = run_collect()
    assert len(inodes) > 4
    assert {path: (made.folder / "data" / path).stat().st_ino for path in inodes} == inodes


def test_no_file_replaces_another(tmp_path) -> None:
    for name, content in (("one", "1"), ("two", "2")):
        (tmp_path / name / "a/b").mkdir(parents=True)
        (tmp_path / name / "a/b/same").write_text(content)
        (tmp_path / name / f"a/b/{name}").write_text(content)
    (tmp_path / "bag").mkdir()
    move_tree(tmp_path / "one", tmp_path / "bag")
    with pytest.raises(StorageError, match="same cannot be written: File exists"):
        move_tree(tmp_path / "two", tmp_path / "bag")
    assert (tmp_path / "bag/a/b/same").read_text() == "1"
    assert (tmp_path / "two/a/b/same").read_text() == "2"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_no_file_goes_through_what_is_no_folder(tmp_path, kind) -> None:
    (tmp_path / "job/a").mkdir(parents=True)
    (tmp_path / "job/a/file").write_text("1")
    (tmp_path / "bag").mkdir()
    (tmp_path / "elsewhere").mkdir()
    if kind == "link":
        (tmp_path / "bag/a").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "bag/a").write_text("a file")
    with pytest.raises(StorageError, match="File exists"):
        move_tree(tmp_path / "job", tmp_path / "bag")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_two_jobs_with_the_same_path_are_not_sealed(run_collect, with_items, monkeypatch, tmp_path) -> None:
    plain = sealing.seal

    def seal(asked, begun, jobs, *more, **named):
        planted = JobFolder(begun.jobs, f"{ACCOUNT}.regions").root / "data" / ACCOUNT / "iam"
        planted.mkdir()
        (planted / "account-summary.jsonl").write_text("{}\n")
        return plain(asked, begun, jobs, *more, **named)

    with_items(*ITEMS)
    monkeypatch.setattr(sys.modules["evidence.collect.run"], "seal", seal)
    with pytest.raises(StorageError, match="File exists"):
        run_collect()
    assert list((tmp_path / "out").glob("evidence-*")) == []


def test_calls_are_told_job_after_job(run_collect, with_items) -> None:
    with_items(*ITEMS, "organizations.accounts", "organizations.units")
    whole = {"organization": True, "role": COLLECTOR, "external_id": EXTERNAL_ID}
    made = run_collect(settings={"aws": whole})
    first, *calls, last = made.calls
    assert {first["file"], last["file"]} == {"run.json"}

    def job(call) -> Job:
        account = (
            call["account"] if call["operation"] != "AssumeRole" else call["parameters"]["RoleArn"][13:25]
        )
        if call["item"].startswith("organizations."):
            return Job(account, (call["item"],), Scope.ORGANIZATION)
        if call["item"] == "account.regions" and account == MANAGEMENT_ACCOUNT:
            return Job(account, ("account.regions",), Scope.ACCOUNT)
        return Job(account, ("several", "items"), Scope.ACCOUNT)

    told = list(dict.fromkeys(job(call).name for call in calls))
    changes = sum(job(one) != job(other) for one, other in pairwise(calls))
    assert len(told) == 1 + 3 + 6
    assert changes == len(told) - 1, "no job is told in two pieces"
    ranks = list(dict.fromkeys(job(call).rank for call in calls))
    assert ranks == sorted(ranks)
    units = [(unit["target"]["account"], unit["target"]["scope"]) for unit in made.run["units"]]
    assert len(set(units)) > 6
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))


def test_a_key_out_of_reach_costs_nothing_of_the_run(run_collect, with_items, watched, tmp_path) -> None:
    with_items(*ITEMS)
    with pytest.raises(SigningError) as told:
        run_collect(signer=Unable())
    assert "--resume" in told.value.advice
    assert list((tmp_path / "out").glob("evidence-*")) == []
    watched.mend()
    made = run_collect(resume=True)
    assert set(watched.asked) == {("sts", "GetCallerIdentity")}
    assert sound(made.folder)


def test_what_is_left_is_refused_by_every_other_command(
    run_collect, with_items, monkeypatch, tmp_path, identity
) -> None:
    """Even when all of it is there, sealed, but for its name."""
    with_items(*ITEMS)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(storage, "publish_folder", die)
        run_collect()
    left = staging(tmp_path / "out")
    renamed = tmp_path / "evidence-123456789012-20261001T060000Z"
    shutil.copytree(left, renamed)
    env = clean_environment() | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
    flags = {"report": identity, "pack": identity}
    for command in ("show", "test", "verify", "report", "pack"):
        for folder in (left, left / "bag.partial"):
            done = evidence(command, folder, *flags.get(command, ()), cwd=tmp_path, env=env)
            assert done.returncode == 5, (command, folder, done.stdout, done.stderr)
            assert "leftover of a run" in done.stdout + done.stderr
        done = evidence(command, renamed, *flags.get(command, ()), cwd=tmp_path, env=env)
        assert done.returncode in (1, 2, 5), command


def test_the_opening_is_written_once_and_sealed_with_what_the_second_part_adds(
    run_collect, with_items, tmp_path
) -> None:
    authority = Stamping()
    with_items(*ITEMS)
    with pytest.raises(SigningError):
        run_collect(signer=Unable(), authority=authority, draw=lambda n: b"1" * n)
    before = {path.name: path.read_bytes() for path in opening_of(staging(tmp_path / "out") / "bag.partial")}
    made = run_collect(resume=True, authority=authority, draw=lambda n: b"2" * n)
    assert authority.asked == 1
    assert {path.name: path.read_bytes() for path in opening_of(made.folder)} == before


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("x")])
def test_an_opening_that_is_not_what_was_written_is_not_sealed(
    run_collect, with_items, tmp_path, damage
) -> None:
    with_items(*ITEMS)
    with pytest.raises(SigningError):
        run_collect(signer=Unable(), authority=Stamping())
    damage(opening_of(staging(tmp_path / "out") / "bag.partial")[0])
    with pytest.raises(UsageError, match="opening"):
        run_collect(resume=True, authority=Stamping())


def test_an_authority_that_did_not_answer_is_not_asked_in_the_second_part(
    run_collect, with_items, tmp_path
) -> None:
    """A statement made then would not tell that the evidence is younger."""
    silent, answering = Stamping(silent=True), Stamping()
    with_items(*ITEMS)
    with pytest.raises(SigningError):
        run_collect(signer=Unable(), authority=silent)
    made = run_collect(resume=True, authority=answering)
    assert (silent.asked, answering.asked) == (1, 0)
    assert [gap["cause"] for gap in made.gaps] == ["no time-stamp from the authority"]
