"""`make differential`: Prowler's verdicts against ours, subject by subject; see docs/differences.md.

Ends with 1 when a difference has no explanation, or when nothing meets an explanation of that page.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.differential.accounts import SEEDS
from tests.differential.explained import CONDITIONS, EQUAL, POPULATION, explain
from tests.differential.programs import PROWLER, REGIONAL, TESTS, pairs, server

UNEXPLAINED = "UNEXPLAINED"


def main() -> int:
    """Compare on the demo account and on every generated one; print each difference."""
    if not PROWLER.exists():
        print(f"{PROWLER} is missing: `make differential` installs it; or name one in PROWLER.")
        return 2
    table: Counter[tuple[str, str]] = Counter()
    for seed in (None, *SEEDS):
        name = "the demo account" if seed is None else f"account {seed}"
        with (
            tempfile.TemporaryDirectory(prefix="evidence-differential-") as scratch,
            server(seed, Path(scratch)) as environment,
        ):
            for pair in pairs(environment, Path(scratch), demo=seed is None):
                reason = explain(pair) or UNEXPLAINED
                table[pair.test, reason] += 1
                if reason not in {EQUAL, POPULATION}:
                    print(f"{name}: {pair.test} {pair.subject}: ours {pair.ours}, Prowler's {pair.theirs} "
                          f"({reason}; {pair.words})", flush=True)  # fmt: skip
    return _summary(table)


def _summary(table: Counter[tuple[str, str]]) -> int:
    reasons = (EQUAL, POPULATION, *CONDITIONS, UNEXPLAINED)
    counts = {reason: [table[test, reason] for test in (*TESTS, *REGIONAL)] for reason in reasons}
    print()
    for number, test in enumerate((*TESTS, *REGIONAL)):
        of = {reason: numbers[number] for reason, numbers in counts.items() if numbers[number]}
        print(f"{test:<8} {', '.join(f'{count} {reason}' for reason, count in of.items())}")
    print(f"{'all':<8} {', '.join(f'{sum(numbers)} {reason}' for reason, numbers in counts.items())}")
    unmet = [reason for reason in CONDITIONS if not sum(counts[reason])]
    if unmet:
        print(f"Nothing meets, so docs/differences.md says too much: {', '.join(unmet)}")
    return 1 if sum(counts[UNEXPLAINED]) or unmet else 0


if __name__ == "__main__":
    sys.exit(main())
