"""The copy under build/ that is mutated.

mutmut leaves decorated functions alone, and every rule is decorated, so in the copy the decorators named
below are calls under the function they decorate.
"""

import ast
import shutil
from pathlib import Path

from tests.mutation.table import ORIGINALS

WORK = Path("build/mutants")
COPIED = ("evidence", "templates", "tests", "docs", "samples")
UNDECORATED = ("control_test", "property", "cached_property", "cache")
CONFTEST = '''"""Folders of tests, made without looking for the next free number among thousands."""

import itertools

import pytest

from tests.mutation.session import folder_of

NUMBERS = itertools.count()


@pytest.fixture
def tmp_path():
    folder = folder_of() / str(next(NUMBERS))
    folder.mkdir(parents=True)
    return folder
'''
SETTINGS = '\n[tool.mutmut]\nsource_paths = ["evidence"]\n'


def prepare(work: Path) -> None:
    """Make the copy anew."""
    shutil.rmtree(work, ignore_errors=True)
    for folder in COPIED:
        shutil.copytree(folder, work / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree("evidence", work / ORIGINALS / "evidence", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("controls", "policies", "readers"):
        for path in (work / "evidence" / package).rglob("*.py"):
            path.write_text(undecorated(path.read_text()))
    (work / "pyproject.toml").write_text(Path("pyproject.toml").read_text() + SETTINGS)
    (work / "conftest.py").write_text(CONFTEST)
    for name in ("README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(name, work / name)


def undecorated(source: str) -> str:
    """Return a module in which `@control_test(…)` and its like are calls below the functions."""
    lines = source.splitlines(keepends=True)
    found = [
        node for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1
        and ast.unparse(node.decorator_list[0]).partition("(")[0] in UNDECORATED
    ]  # fmt: skip
    for node in sorted(found, key=lambda node: node.lineno, reverse=True):
        first, last = node.decorator_list[0].lineno - 1, node.end_lineno or 0
        call = "".join(lines[first : node.lineno - 1]).strip().removeprefix("@")
        lines[last:last] = [f"\n\n{' ' * node.col_offset}{node.name} = {call}({node.name})\n"]
        del lines[first : node.lineno - 1]
    return "".join(lines)
