"""A run that was killed goes on where it stopped, keeps what is certain, and says that it had two parts."""

import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.bundle import open_bundle
from evidence.bundle.format.chain import follow_digest
from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import frozen_clock
from evidence.collect.journal import Journal
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import catalogue, perform
from evidence.errors import EvidenceError, StorageError, UsageError
from evidence.records import Operation
from tests.aws_server.faults import Fault
from tests.collect.collect_support import NOW, Collected, environment
from tests.support.command import clean_environment, evidence

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")


def staging(out: Path) -> Path:
    (found,) = out.glob(".evidence-*.partial")
    return found


@pytest.fixture
def killed(run_collect, with_items, tmp_path):
    """A run of which some units have ended, others not: what a killed process leaves."""
    from evidence.collectors.base import Collector
    from evidence.records import Scope

    stop = [True]

    def late(ctx):
        yield {"first": 1}
        ctx.call(SUMMARY)
        if stop[0]:
            raise KeyboardInterrupt
        yield {"second": 2}

    one = Collector("test.late", "Late", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", late,
                    needs=("iam.account-summary", "config.recorders"))  # fmt: skip
    with_items("iam.account-summary", "config.recorders", one)
    with pytest.raises(KeyboardInterrupt):
        run_collect()
    stop[0] = False
    return staging(tmp_path / "out")


def later(run_collect, **more) -> Collected:
    return run_collect(resume=True, clock=frozen_clock(NOW + timedelta(hours=1)), **more)


def test_what_has_ended_is_kept_and_the_rest_starts_again(run_collect, killed) -> None:
    summary = killed / "data/123456789012/iam/account-summary.jsonl"
    inode = summary.stat().st_ino
    made = later(run_collect)
    assert made.folder.name == "evidence-123456789012-20261001T060000Z"
    assert (made.folder / "data/123456789012/iam/account-summary.jsonl").stat().st_ino == inode
    assert made.read("123456789012/test/late.jsonl").splitlines() == ['{"first":1}', '{"second":2}']
    assert not list(made.folder.glob("*.jsonl")), "the journal is gone"
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))
    late = [call["file"] for call in made.calls if call["item"] == "test.late"]
    assert late == ["", "123456789012/test/late.jsonl"], "the first part's call fed nothing"
    first, second = made.run["parts"]
    assert first["started"] == made.run["started"] == "2026-10-01T06:00:00Z"
    assert second["started"] == "2026-10-01T07:00:00Z"
    assert first["units"] + second["units"] == len(made.run["units"])
    assert second["units"] == 1
    for test in ("IPE-4", "IPE-5", "IPE-8"):
        assert perform(catalogue()[test], open_bundle(made.folder)).conclusion is Conclusion.NO_EXCEPTIONS


class _Interrupted:
    """Ends the process when all is collected and the tags are written."""

    chain_pem = b""

    def seal(self, *_) -> bytes:
        raise KeyboardInterrupt


def test_a_call_whose_unit_started_again_never_comes_to_feed_it(run_collect, killed) -> None:
    with pytest.raises(KeyboardInterrupt):
        later(run_collect, signer=_Interrupted())
    made = later(run_collect)
    late = [call["file"] for call in made.calls if call["item"] == "test.late"]
    assert late == ["", "123456789012/test/late.jsonl"]
    assert made.unit("test.late")["calls"] == 1
    assert [part["units"] for part in made.run["parts"]] == [len(made.run["units"]) - 1, 1, 0]
    assert check_bundle(made.folder, now=NOW + timedelta(days=1)).findings == ()


def test_a_resumed_bundle_is_whole(run_collect, killed) -> None:
    assert check_bundle(later(run_collect).folder, now=NOW + timedelta(days=1)).findings == ()


DAMAGE = {
    "changed": lambda path: path.write_text("{}\n"),
    "deleted": lambda path: path.unlink(),
    "linked": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_file_that_is_no_longer_what_was_written_is_collected_again(run_collect, killed, damage) -> None:
    damage(killed / "data/123456789012/iam/account-summary.jsonl")
    made = later(run_collect)
    assert made.run["parts"][1]["units"] == 2
    assert (
        "SummaryMap" in made.read("123456789012/iam/account-summary.jsonl")
        or made.unit("iam.account-summary")["outcome"] == "collected"
    )
    assert not (made.folder / "data/123456789012/iam/account-summary.jsonl").is_symlink()


def test_files_that_nobody_wrote_do_not_come_along(run_collect, killed) -> None:
    (killed / "data/123456789012/iam/planted.jsonl").write_text('{"UserName":"nobody"}\n')
    (killed / "seal").mkdir()
    (killed / "seal/forged.p7s").write_bytes(b"x")
    made = later(run_collect)
    assert not any("planted" in file for file in made.files())
    assert not (made.folder / "seal/forged.p7s").exists()


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_journal_cut_short_costs_no_more_than_its_last_line(run_collect, killed, cut) -> None:
    for name in ("journal.jsonl", "ledger.jsonl"):
        path = killed / name
        path.write_bytes(path.read_bytes()[:-cut])
    made = later(run_collect)
    assert made.gaps == []
    assert len(made.run["parts"]) == 2


REFUSED = {
    "other regions": ({"settings": {"aws": {"regions": ["us-east-1"]}}}, "aws.regions"),
    "other thresholds": ({"settings": {"thresholds": {"unused_days": 45}}}, "thresholds.unused_days"),
    "another source": ({"settings": {"collect": {"config_source": "aggregator"}}}, "collect.config_source"),
    "another previous": ({"follows": follow_digest("ab" * 32)}, "--previous"),
}


@pytest.mark.parametrize(("given", "text"), REFUSED.values(), ids=REFUSED)
def test_another_scope_is_refused_and_nothing_is_lost(run_collect, killed, given, text) -> None:
    before = (killed / "journal.jsonl").read_bytes()
    with pytest.raises(UsageError, match=text):
        later(run_collect, **given)
    assert (killed / "journal.jsonl").read_bytes() == before
    assert later(run_collect).gaps == []


def test_two_cannot_resume_at_once(run_collect, killed) -> None:
    journal = Journal.open(killed)
    with pytest.raises(StorageError, match="another process"):
        later(run_collect)
    journal.close()
    assert later(run_collect).gaps == []


def test_nothing_to_resume(run_collect, with_items) -> None:
    with_items("iam.account-summary")
    with pytest.raises(UsageError, match="no interrupted collection"):
        run_collect(resume=True)


def test_an_error_in_the_second_part_keeps_the_first(run_collect, killed) -> None:
    with pytest.raises(EvidenceError):
        run_collect(Fault("sts", "GetCallerIdentity", "ExpiredToken", status=403), resume=True)
    assert later(run_collect).gaps == []


def test_what_is_left_is_refused_by_every_other_command(run_collect, killed, tmp_path) -> None:
    renamed = tmp_path / "evidence-123456789012-20261001T060000Z"
    shutil.copytree(killed, renamed)
    for command in ("show", "test", "verify"):
        for folder in (killed, renamed):
            done = evidence(command, folder)
            assert done.returncode in (1, 2, 5), (command, folder, done.stdout)


def test_a_killed_organization_is_resumed_by_the_command(serve, identity, tmp_path) -> None:
    from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID

    out = tmp_path / "out"
    flags = ["--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--regions", "us-east-1"]
    flags += ["--exclude-item", "iam.last-accessed", "--exclude-item", "access-analyzer.policy-validation"]
    command = [sys.executable, "-m", "evidence", "collect", *identity, "--output", out, "--quiet", *flags]
    env = clean_environment() | environment(serve(latency=0.02)) | {"EVIDENCE_PASSPHRASE": "correct horse"}
    running = subprocess.Popen(command, env=env)
    while running.poll() is None and len(list(out.glob(".evidence-*.partial/data/*/iam/*.jsonl"))) < 6:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert [path.name.startswith(".evidence-") for path in out.iterdir()] == [True]
    done = subprocess.run([*command, "--resume"], env=env, capture_output=True, text=True, check=False)
    bundle = Path(done.stdout.strip())
    assert json.loads((bundle / "data/gaps.json").read_text()) == [], done.stderr
    assert done.returncode == 0
    run = json.loads((bundle / "data/run.json").read_text())
    assert len(run["accounts"]) == 6
    assert len(run["parts"]) == 2
    assert run["parts"][0]["units"] > 0
