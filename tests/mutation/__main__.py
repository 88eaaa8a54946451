"""`make mutants`: change the rules in thousands of small ways, and see that a test fails each time.

`python -m tests.mutation MODULE …` mutates some modules only (`keys`, `policies/power`). It works on a copy
under build/: mutmut leaves decorated functions alone, and every rule is decorated, so the copy applies
`control_test` by a call instead. Tests of the command line run another process, which no mutant reaches.
Prints what survived; docs/mutants.md explains survivors.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

WORK = Path("build/mutants")
PYTHON = Path("build/mutmut-venv/bin/python")
COPIED = ("evidence", "templates", "tests", "docs", "samples", "benchmarks")
PACKAGES = ("evidence/controls", "evidence/policies")
CONFIGURATION = """
[tool.mutmut]
source_paths = ["evidence"]
only_mutate = {only}
also_copy = ["templates", "docs", "samples", "benchmarks", "conftest.py"]
pytest_add_cli_args = ["-q", "-x", "-p", "no:cacheprovider", "--ignore-glob=*_cli.py"]
pytest_add_cli_args_test_selection = ["tests/controls", "tests/corpus"{more}]
"""
CONFTEST = '''"""Bundles of a mutation run need not survive a power cut."""

import os

os.fsync = lambda _file: None
'''
# mutmut's exit codes of pytest, as it keeps them: 1 and 3 are failures, 24 and above signals and time-outs.
KILLED, SURVIVED, UNTESTED = "killed", "survived", "no test"


def main() -> int:
    """Prepare the copy, run mutmut, print the figures; 0 whatever survives: the page explains it."""
    wanted = sys.argv[1:]
    only = [f"evidence/controls/{name}.py" if "/" not in name else f"evidence/{name}.py" for name in wanted]
    prepare(only or [f"{package}/*.py" for package in PACKAGES])
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environment = os.environ | {"PYTHONPATH": site}
    command = [str(PYTHON.absolute()), "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 2)]
    subprocess.run(command, cwd=WORK, env=environment, check=False)
    return report()


def prepare(only: list[str]) -> None:
    """Make the copy to work on."""
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in COPIED:
        if Path(folder).exists():
            shutil.copytree(folder, WORK / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (WORK / "evidence" / "controls").glob("*.py"):
        path.write_text(undecorated(path.read_text()))
    more = ', "tests/policies"' if Path("tests/policies").exists() else ""
    settings = Path("pyproject.toml").read_text() + CONFIGURATION.format(only=json.dumps(only), more=more)
    (WORK / "pyproject.toml").write_text(settings)
    (WORK / "conftest.py").write_text(CONFTEST)
    for name in ("README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(name, WORK / name)


def undecorated(source: str) -> str:
    """Return a module in which `@control_test(…)` is a call below its rule."""
    lines = source.splitlines(keepends=True)
    rules = [
        node for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
        and ast.unparse(node.decorator_list[0]).startswith("control_test(")
    ]  # fmt: skip
    for rule in reversed(rules):
        first, last = rule.decorator_list[0].lineno - 1, rule.end_lineno or 0
        call = "".join(lines[first : rule.lineno - 1]).lstrip("@").rstrip("\n")
        lines[last:last] = [f"\n\n{rule.name} = {call}({rule.name})\n"]
        del lines[first : rule.lineno - 1]
    return "".join(lines)


def report() -> int:
    """Print killed and survived by module, and the survivors' names."""
    table: dict[str, Counter[str]] = {}
    left: list[str] = []
    for path in sorted((WORK / "mutants").rglob("*.py.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        found = table.setdefault(str(path.relative_to(WORK / "mutants")).removesuffix(".py.meta"), Counter())
        for name, code in codes.items():
            found[_word(code)] += 1
            left += [name] if _word(code) in (SURVIVED, UNTESTED) else []
    print("\n".join(left))
    print(f"\n{'module':<44}{'mutants':>9}{'killed':>9}{'left':>7}{'share':>8}")
    whole: Counter[str] = Counter()
    for module, found in table.items():
        whole += found
        print(_line(module, found))
    print(_line("all", whole))
    return 0


def _word(code: int | None) -> str:
    if code is None:
        return "not run"
    return {0: SURVIVED, 5: UNTESTED, 33: UNTESTED}.get(code, KILLED)


def _line(name: str, found: Counter[str]) -> str:
    run = found[KILLED] + found[SURVIVED] + found[UNTESTED]
    share = f"{found[KILLED] / run:7.1%}" if run else "      -"
    return f"{name:<44}{run:>9}{found[KILLED]:>9}{run - found[KILLED]:>7} {share}"


if __name__ == "__main__":
    sys.exit(main())
