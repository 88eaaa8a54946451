"""`make rehearsal`: a whole generated organization, from the first call to the verified pack.

Collects with the command, in one process, in two and on a cluster, and kills it (SIGKILL) three times: with
jobs half done, right before a job gets the name of one that is whole, and while it seals. Resumes, tests,
renders, packs, verifies with the certificate alone, computes everything again, checks the bundle with
`sha256sum`, and compares what the tests found with what is planted in it. Ends with 1 when anything is not
right.
"""

import argparse
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from evidence.demo_account.demo import demo_environment
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from tests.support.dask_cluster import dask_cluster
from tests.support.make_samples import DATA, PASSPHRASE, SIGNER
from tests.support.served import serving

BY_THE_DRAW = {"PRIV-3", "PRIV-4", "PRIV-5"}
"""Tests of roles that the settings' seed draws: what they find is not listed."""

MARK = "REHEARSAL_OF"
"""Is in the environment of all that belongs to a run."""
LINGER = 5
"""Seconds after which nothing of a killed run may be alive."""


@dataclass(frozen=True)
class Step:
    """How one command went."""

    name: str
    code: int
    seconds: float
    processor: float
    megabytes: int

    def __str__(self) -> str:
        figures = f"{self.seconds:8.1f} s {self.processor:8.1f} s CPU {self.megabytes:6d} MB"
        return f"{self.name:<34} exit {self.code:>4} {figures}"


class Wrong(Exception):  # noqa: N818 - what the rehearsal found, not a failure of its own
    """Something is not as it must be."""


def main() -> int:
    """Rehearse; print each step, and what is wrong."""
    asked = _arguments()
    folder = Path(asked.output) if asked.output else Path(tempfile.mkdtemp(prefix="evidence-rehearsal-"))
    try:
        rehearse(folder, asked.accounts, asked.regions, asked.seed)
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    finally:
        if not asked.output:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def rehearse(folder: Path, accounts: int, regions: int, seed: int) -> None:
    """Do it all in a new folder. Raises Wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    planted = folder / "planted.json"
    size = ("--accounts", str(accounts), "--regions", str(regions), "--seed", str(seed))
    _settings(folder)
    with (
        serving(*size, "--processes", "2", "--planted", planted) as url,
        dask_cluster(folder / "dask") as cluster,
    ):
        units = _planned(folder, url)
        for name, flags in (
            ("one process", ("--processes", "1")),
            ("two processes", ("--processes", "2")),
            ("a cluster", ("--executor", cluster.executor)),
        ):
            out = folder / name.replace(" ", "-")
            collect = ("run", "--config", folder / "organization.toml", *flags)
            run = (*collect, "--output", out, *SIGNER, "--json")
            _killed(run, url, out, ("units", units // 2))
            _killed((*run, "--resume"), url, out, ("rename", accounts // 4))
            if left := list(cluster.folder.glob("*/dask-scratch-space/*/evidence-*")):
                raise Wrong(f"{LINGER} s after the run was killed workers go on with it: {left}")
            _killed((*run, "--resume"), url, out, ("sealing", accounts // 2))
            whole = _step(f"run --resume, {name}", (*run, "--resume"), url)
            _judge(out, whole, accounts, json.loads(planted.read_text()))


def _judge(out: Path, whole: Step, accounts: int, planted: dict) -> None:
    """Check what a run left that was killed and resumed. Raises Wrong."""
    _expect(whole, 0)
    bundle, pack = _bundle(out), next(out.glob("evidence-*.zip"))
    trusted = ("--trust", DATA / "sample-signer.pem")
    _expect(_step("verify the pack", ("verify", pack, *trusted)), 0)
    _expect(_step("verify, everything computed again", ("verify", pack, *trusted, "--recompute")), 0)
    _checksums(bundle)
    _coverage(bundle, accounts)
    _compare(planted, json.loads((out / "results.json").read_text()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rehearsal", description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--regions", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", help="new folder to leave everything in; default: nothing is left")
    return parser.parse_args()


def _settings(folder: Path) -> None:
    file = folder / "organization.toml"
    role = f'role = "{COLLECTOR}"\nexternal_id = "{EXTERNAL_ID}"\n'
    file.write_text(f'[entity]\nname = "Rehearsal"\n\n[aws]\norganization = true\n{role}')


def _environment(url: str) -> dict[str, str]:
    return demo_environment(url) | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode(), MARK: str(os.getpid())}


def _planned(folder: Path, url: str) -> int:
    words = ("plan", "--config", folder / "organization.toml", "--json")
    said = subprocess.run(_command(words), env=_environment(url), capture_output=True, check=True).stdout
    plan = json.loads(said)
    print(f"{'plan':<34} {plan['units']:,} units, about {plan['calls']:,} calls", flush=True)
    return int(plan["units"])


def _command(words: Sequence[str | Path | int], module: str = "evidence") -> list[str]:
    return [sys.executable, "-m", module, *map(str, words)]


def _killed(run: Sequence[str | Path], url: str, out: Path, moment: tuple[str, int]) -> None:
    """Have a run kill itself at a moment. Raises Wrong unless it did, and left nothing alive or complete."""
    with _started((*moment, *run), url, "tests.rehearsal.dying") as (process, began):
        step = _finished("run, killed: {} {}".format(*moment), process, began)
    _say(step)
    _expect(step, -signal.SIGKILL)
    if list(out.glob("evidence-*")):
        raise Wrong("the killed run left something that has a bundle's name")
    time.sleep(LINGER)
    if alive := [pid for pid in _marked() if pid != os.getpid()]:
        raise Wrong(f"{LINGER} s after the run was killed there are still processes of it: {alive}")


def _marked() -> list[int]:
    """Return the processes of the runs that this one started."""
    mark = f"{MARK}={os.getpid()}".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


def _step(name: str, words: Sequence[str | Path], url: str = "http://127.0.0.1:9") -> Step:
    """Run a command to its end; what needs no AWS is given an address where nobody answers."""
    with _started(words, url) as (process, began):
        step = _finished(name, process, began)
    _say(step)
    return step


@contextmanager
def _started(
    words: Sequence[str | Path | int], url: str, module: str = "evidence"
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(_command(words, module), env=_environment(url), stdout=said, stderr=said)
        yield process, began
        if process.returncode not in (0, -signal.SIGKILL):
            said.seek(0)
            print(said.read()[-4000:].decode(errors="replace"), flush=True)


def _finished(name: str, process: subprocess.Popen[bytes], began: float) -> Step:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    processor = usage.ru_utime + usage.ru_stime
    megabytes = usage.ru_maxrss // (1024 if sys.platform != "darwin" else 1024**2)
    return Step(name, process.returncode, time.monotonic() - began, processor, megabytes)


def _say(step: Step) -> None:
    print(step, flush=True)


def _expect(step: Step, code: int) -> None:
    if step.code != code:
        raise Wrong(f"{step.name} ended with {step.code}, not {code}")


def _bundle(out: Path) -> Path:
    (marker,) = out.glob("evidence-*/bagit.txt")
    return marker.parent


def _checksums(bundle: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(
            ["sha256sum", "--check", "--quiet", "--strict", manifest], cwd=bundle, check=False
        )
        print(f"{'sha256sum --check ' + manifest:<34} exit {done.returncode:>4}", flush=True)
        if done.returncode:
            raise Wrong(f"sha256sum does not accept {manifest}")


def _coverage(bundle: Path, accounts: int) -> None:
    run = json.loads((bundle / "data/run.json").read_text())
    gaps = json.loads((bundle / "data/gaps.json").read_text())
    states = run["account_states"]
    inside = sum(state["in_scope"] for state in states)
    keys = collections.Counter((unit["item"], json.dumps(unit["target"])) for unit in run["units"])
    print(
        f"{'bundle':<34} {len(states)} accounts listed, {inside} collected, {len(keys):,} units, "
        f"{len(gaps)} gaps, {len(run['parts'])} parts",
        flush=True,
    )
    if len(states) != accounts:
        raise Wrong(f"{len(states)} of {accounts} accounts are listed")
    if gaps or len(run["parts"]) != 4 or set(keys.values()) != {1}:
        raise Wrong("there are gaps, or not four parts, or units that ended twice")


def _compare(planted: dict, results: dict) -> None:
    wanted = {
        (one["account"], one["test"], one["subject"])
        for one in planted["planted"]
        if one["test"] not in BY_THE_DRAW
    }
    found = {
        (row["account"], test["id"], row["subject"])
        for test in results["tests"]
        if test["id"] not in BY_THE_DRAW
        for row in test["rows"]
        if row["verdict"] == "exception"
    }
    tests = len({test for _, test, _ in wanted})
    print(
        f"{'planted exceptions':<34} {len(wanted):,} in {tests} tests, found {len(wanted & found):,}",
        flush=True,
    )
    if wanted != found:
        by_test = [
            collections.Counter(test for _, test, _ in side) for side in (wanted - found, found - wanted)
        ]
        print(*sorted(wanted ^ found)[:20], sep="\n")
        raise Wrong("missing {}, extra {}".format(*map(dict, by_test)))
    print("All as it must be.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
