"""`make fuzz`: feed every parser with what a stranger may write, guided by coverage, and print a table.

Each for so many seconds or a million inputs, whichever comes first. An input that raises what is not
documented, takes more than a second of processor time or 500 MB is kept in build/fuzz/PARSER/failed, and ends
this with 1.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fuzz.mutation import LARGEST
from tests.fuzz.parsers import PARSERS, SCRATCH, memory

INPUTS = 1_000_000
LIMITS = ("-timeout=60", "-rss_limit_mb=500")
"""Seconds by the clock: a parser that hangs. One second of processor time is `one`'s to tell."""
_WORK = Path("build/fuzz")
KEPT = Path(__file__).parent / "kept"
_SAID = 2_000


@dataclass(frozen=True)
class Outcome:
    """What came of one parser."""

    parser: str
    inputs: int
    seconds: int
    memory: int
    """Peak, MB."""
    failed: str
    """The end of what was said of an input that failed; empty when none did."""

    @property
    def row(self) -> str:
        """A line of the table."""
        ended = "a million inputs" if self.inputs >= INPUTS else "time"
        how = "FAILED" if self.failed else ended
        return f"{self.parser:<18}{self.inputs:>10,}{self.seconds:>9,}{self.memory:>9,}  {how}"


def main() -> int:
    """Fuzz the parsers named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=", ".join(PARSERS))
    parser.add_argument("--seconds", type=int, default=600, metavar="N", help="for each parser")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    given = parser.parse_args()
    if unknown := set(given.parsers) - set(PARSERS):
        parser.error(f"no parser: {', '.join(sorted(unknown))}")
    print(f"{'parser':<18}{'inputs':>10}{'seconds':>9}{'peak MB':>9}  ended by", flush=True)
    with ThreadPoolExecutor(given.workers) as pool:
        outcomes = list(pool.map(partial(fuzz, seconds=given.seconds), given.parsers or PARSERS))
    failed = [one for one in outcomes if one.failed]
    print(f"{'all':<18}{sum(one.inputs for one in outcomes):>10,}{sum(one.seconds for one in outcomes):>9,}")
    for one in failed:
        print(f"\n{one.parser}, input kept in {_WORK / one.parser / 'failed'}:\n{one.failed}")
    return 1 if failed else 0


def fuzz(name: str, *, seconds: int) -> Outcome:
    """Feed one parser, in a process of its own."""
    corpus, failed = (_WORK / name / part for part in ("corpus", "failed"))
    for folder in (corpus, failed):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(PARSERS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [
        sys.executable, "-m", "tests.fuzz.one", name, str(failed), str(corpus), *map(str, kept(name)),
        *LIMITS, f"-max_total_time={seconds}", f"-runs={INPUTS}", f"-max_len={LARGEST}",
        f"-artifact_prefix={failed}/", "-print_final_stats=1", "-detect_leaks=0",
    ]  # fmt: skip
    # libFuzzer ends its process without a word to Python, so that its files are cleared away here.
    with tempfile.TemporaryDirectory(prefix="evidence-fuzz-", dir=memory()) as scratch:
        told = {**os.environ, SCRATCH: scratch}
        done = subprocess.run(
            command, env=told, capture_output=True, text=True, errors="replace", check=False
        )
    outcome = _outcome(name, done.stderr, done.stdout if done.returncode else "", done.returncode)
    print(outcome.row, flush=True)
    return outcome


def kept(name: str) -> Sequence[Path]:
    """Return the folder of the inputs that once failed, where there is one."""
    return [KEPT / name] if (KEPT / name).is_dir() else []


def _outcome(name: str, said: str, printed: str, code: int) -> Outcome:
    def told(pattern: str) -> int:
        found = re.findall(pattern, said)
        return int(found[-1]) if found else 0

    return Outcome(
        name,
        told(r"stat::number_of_executed_units:\s+(\d+)") or told(r"#(\d+)\s"),
        told(r"Done \d+ runs in (\d+) second"),
        told(r"stat::peak_rss_mb:\s+(\d+)"),
        f"exit {code}: {(printed + said)[-_SAID:]}" if code else "",
    )


if __name__ == "__main__":
    sys.exit(main())
