"""`make simulate`: generate pairs, ask the oracle and ourselves, print where the two differ.

Exit code 1 when a disagreement has no reason in REASONS.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from evidence.policies.evaluate import Decision
from tests.simulate.generate import cases
from tests.simulate.ours import WORDS, verdict
from tests.simulate.reasons import reason

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "simulate"
GOLDEN = HERE.parent / "policies" / "data" / "simulate.json"


def main() -> int:
    """Compare, print, and renew the golden subset if asked to."""
    options = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    options.add_argument("--pairs", type=int, default=10000)
    options.add_argument("--seed", default="northwind")
    options.add_argument(
        "--golden", type=int, default=0, help="write so many pairs with the oracle's verdicts"
    )
    chosen = options.parse_args()
    pairs = cases(chosen.pairs, chosen.seed)
    answers = ask_oracle(pairs)
    if chosen.golden:
        write_golden(pairs[: chosen.golden], answers)
    return report(pairs, answers)


def ask_oracle(pairs: list[dict[str, Any]]) -> dict[int, str]:
    """Return the oracle's verdict by id of pair; installs it below build/ first."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, BUILD / name)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=BUILD, check=True)
    done = subprocess.run(
        ["node", str(HERE / "oracle.mjs"), str(BUILD)],
        input="".join(json.dumps(pair) + "\n" for pair in pairs),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {entry["id"]: entry["verdict"] for entry in map(json.loads, done.stdout.splitlines())}


def report(pairs: list[dict[str, Any]], answers: dict[int, str]) -> int:
    """Print the counts and every disagreement without a reason."""
    counts: Counter[str] = Counter()
    decisions: Counter[str] = Counter()
    unexplained = 0
    for pair in pairs:
        ours, theirs = verdict(pair["simulation"]), answers[pair["id"]]
        decisions[ours.value] += 1
        if theirs not in WORDS:
            counts["refused by the oracle"] += 1
        elif ours is Decision.NOT_DETERMINED:
            counts[f"not determined by us: {reason(pair['simulation']) or 'NO REASON'}"] += 1
        elif ours is WORDS[theirs]:
            counts["agreements"] += 1
        else:
            why = reason(pair["simulation"])
            counts[f"disagreements: {why or 'NO REASON'}"] += 1
            unexplained += not why
            if not why and unexplained <= 10:
                print(
                    json.dumps(
                        {"id": pair["id"], "ours": ours, "theirs": theirs, **pair["simulation"]}, indent=1
                    )
                )
    print(f"{len(pairs)} pairs; our decisions: {dict(sorted(decisions.items()))}")
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return 1 if unexplained else 0


def write_golden(pairs: list[dict[str, Any]], answers: dict[int, str]) -> None:
    """Write the first pairs with the oracle's verdicts, for `make test`."""
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({**pair, "oracle": answers[pair["id"]]}, sort_keys=True) for pair in pairs]
    GOLDEN.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    sys.exit(main())
