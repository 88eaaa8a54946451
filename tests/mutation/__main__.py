"""`make mutants`: change the rules in thousands of small ways, and see that a test fails each time.

`python -m tests.mutation MODULE …` mutates some modules only (`keys`, `policies/power`). Figures are kept
in build/mutants.json, module by module, so that the table can be made piece by piece; `--table` prints it.
What survived stands as a difference of each mutant in build/survivors/. docs/mutants.md explains survivors.

mutmut makes the mutants; it would start pytest once for each, which costs a hundred times what the tests
cost. Here pytest collects once (`tests.mutation.session`) and forks for each mutant.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.mutation import copy, table

PYTHON = Path("build/mutmut-venv/bin/python")
PACKAGES = ("evidence/controls", "evidence/controls/tests", "evidence/policies", "evidence/readers")
TESTS = ("tests/controls", "tests/corpus", "tests/policies", "tests/readers")


def main() -> int:
    """Make the copy, run the mutants, print the figures; 0 whatever survives: the page explains it."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="`keys`, `policies/power`; all by default")
    parser.add_argument("--max-children", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--tests", type=int, default=400, help="run so many tests for a mutant at most")
    parser.add_argument("--left", action="store_true", help="of modules unchanged since, only what was left")
    parser.add_argument("--table", action="store_true", help="print what is known; run nothing")
    asked = parser.parse_args()
    if not asked.table:
        failed = run(sources(asked.modules), asked)
        if failed:
            return failed
    print(table.text([str(path) for path in sources([])]))
    return 0


def run(chosen: list[Path], asked: argparse.Namespace) -> int:
    """Mutate modules and keep what came of it; returns pytest's exit code."""
    copy.prepare(copy.WORK)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environment = os.environ | {
        "PYTHONPATH": f"{site}:.",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MUTATED": " ".join(map(str, chosen)),
        "MUTANTS_AT_ONCE": str(asked.max_children),
        "MUTANTS_TESTS": str(asked.tests),
    }
    python = str(PYTHON.absolute())
    subprocess.run([python, "-m", "tests.mutation.generate"], cwd=copy.WORK, env=environment, check=True)
    table.choose(copy.WORK, chosen, left=asked.left)
    plugins = [
        "-p",
        "tests.mutation.session",
        *(f"-pno:{name}" for name in ("cacheprovider", "xdist", "cov")),
    ]
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-s",
        "--assert=plain",
        *plugins,
        "--ignore-glob=*_cli.py",
        *TESTS,
    ]
    try:
        return subprocess.run(command, cwd=copy.WORK, env=environment, check=False).returncode
    finally:  # a run that is stopped leaves the modules that it finished
        if (copy.WORK / table.RESULTS).exists():
            table.merge(copy.WORK, chosen)


def sources(modules: list[str]) -> list[Path]:
    """Return the files to mutate."""
    if not modules:
        return [path for package in PACKAGES for path in sorted(Path(package).glob("*.py"))]
    return [Path(f"evidence/{name if '/' in name else f'controls/tests/{name}'}.py") for name in modules]


if __name__ == "__main__":
    sys.exit(main())
