"""`make kills`: `run` killed at every kind of event, and all commands that write at 420 random moments.

`python -m tests.kills NAME …` plays the random moments of these commands only, and `run` if it is named. Ends
with 1 when anything is wrong: something that looks whole and is not, lies in clear, or does not go on.
"""

import sys
import time
from itertools import chain

from tests.kills.stage import Stage
from tests.kills.trials import MOMENTS, SEED, Trial, every_kind, random_moments, table


def main() -> int:
    """Play, print what is wrong as it comes, print the table."""
    wanted = {name: count for name, count in MOMENTS.items() if name in (sys.argv[1:] or MOMENTS)}
    stage, trials, began = Stage(), list[Trial](), time.monotonic()
    try:
        kinds = every_kind(stage) if "run" in wanted else iter(())
        for trial in chain(kinds, random_moments(stage, wanted)):
            trials.append(trial)
            print(f"{trial.command}, {trial.when}: {trial.end}", file=sys.stderr, flush=True)
            for sentence in trial.wrong:
                print(f"WRONG {trial.command}, {trial.when}: {sentence}", flush=True)
    finally:
        stage.close()
    print(f"{len(trials)} kills, seed {SEED}, {time.monotonic() - began:.0f} s")
    print(table(trials))
    return any(trial.wrong for trial in trials)


if __name__ == "__main__":
    sys.exit(main())
