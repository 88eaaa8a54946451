"""Who kills the command (SIGKILL) loses the jobs that were under way, and no other."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import system_clock
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from tests.collect.collect_support import PASSPHRASE, environment, staging
from tests.support.command import FEW, clean_environment

FLAGS = ["--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--regions", "us-east-1"]
FLAGS += ["--processes", "1", *FEW]


@pytest.fixture
def collect(serve, identity, tmp_path):
    """Run `evidence collect` over the demo organization, to its end or to its death."""
    env = clean_environment() | environment(serve()) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}

    def run(*flags: str, dies: tuple[str, int] | None = None) -> subprocess.CompletedProcess[str]:
        module = ["tests.rehearsal.dying", *map(str, dies)] if dies else ["evidence"]
        words = [
            *module,
            "collect",
            *map(str, identity),
            "-o",
            str(tmp_path / "out"),
            "--quiet",
            *FLAGS,
            *flags,
        ]
        return subprocess.run(
            [sys.executable, "-m", *words], env=env, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def names(folder: Path) -> dict[str, int]:
    """The jobs of a run, and the inode of what says how they ended, where it does."""
    return {job.name: job.stat().st_ino for job in sorted((folder / "jobs").iterdir())}


MOMENTS = {
    "with jobs half done": ("units", 60),
    "before a rename": ("rename", 10),
    "in sealing": ("sealing", 9),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_whole_jobs_are_kept(watched, collect, tmp_path, moment) -> None:
    out = tmp_path / "out"
    assert collect(dies=moment).returncode == -signal.SIGKILL
    left = staging(out)
    assert {entry.name for entry in out.iterdir()} == {left.name, ".evidence.lock"}
    before = names(left)
    whole = {name for name in before if not name.endswith(".partial")}
    assert whole
    assert (whole == set(before)) == (moment[0] == "sealing")
    collected = {
        path.relative_to(left / "jobs" / name / "data"): path.stat().st_ino
        for name in whole
        for path in (left / "jobs" / name / "data").rglob("*")
        if path.is_file()
    }
    watched.mend()
    done = collect("--resume")
    assert done.returncode == 0, done.stderr
    bundle = Path(done.stdout.strip())
    assert list(out.iterdir()) == [bundle]
    assert not check_bundle(bundle, now=system_clock().now()).findings
    assert {path: (bundle / "data" / path).stat().st_ino for path in collected} == collected
    run = json.loads((bundle / "data/run.json").read_text())
    assert len(run["parts"]) == 2
    assert len(run["accounts"]) == 6
    calls = [json.loads(line) for line in (bundle / "data/calls.jsonl").read_text().splitlines()]
    assert [call["seq"] for call in calls] == list(range(1, len(calls) + 1))
    given_up = [call for call in calls if not call["file"] and call["operation"] != "AssumeRole"]
    if moment[0] == "units":
        assert given_up
    elif moment[0] == "sealing":
        assert not given_up
    assert not {call["account"] for call in given_up} & {name for name in whole if name.isdigit()}
    if moment[0] == "sealing":
        assert set(watched.asked) == {("sts", "GetCallerIdentity")}
