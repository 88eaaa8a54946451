"""Lists words: the ones that stay in evidence although somebody is called so, and the tool's own texts.

What stays is a fixed list (words.txt) and AWS's actions. The texts of this program only say what is no sign
of a leak in report, workbook and page, which are made from the rewritten evidence.
"""

import ast
import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain
from pathlib import Path

from openpyxl import Workbook

import evidence
from evidence.policies.actions import expand

_DEMO = "demo_account"
"""The demo account is data, not words of the tool."""


def ordinary_words() -> Iterator[str]:
    """Yield the texts in which no occurrence of a value means a person; the same for every bundle."""
    listed = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    yield "\n".join(line for line in listed.splitlines() if not line.startswith("#"))
    # An action of one word is a word like others: it is in the list, or it is a name.
    names = (action.name.partition(":")[2] for action in expand("*"))
    yield "\n".join(name for name in names if name != name.capitalize())


def own_texts(templates: Path) -> Iterator[str]:
    """Yield what this program prints of its own: texts, templates, schemas, a pack's programs."""
    package = Path(evidence.__file__).parent
    for source in sorted(package.rglob("*.py")):
        if source.relative_to(package).parts[0] != _DEMO:
            nodes = ast.walk(ast.parse(source.read_bytes()))
            yield "\n".join(str(node.value) for node in nodes if isinstance(node, ast.Constant))
    programs = package.joinpath("pack", "standalone").glob("verify.*")
    tables = package.joinpath("controls").glob("*.toml")
    written = (templates.rglob(f"*.{kind}") for kind in ("j2", "css", "html", "js"))
    for file in sorted(chain(programs, tables, *written, package.rglob("*.schema.json"))):
        yield file.read_text(encoding="utf-8")
    yield from _empty_workbook()
    yield "\n".join(action.name for action in expand("*"))


def _empty_workbook() -> Iterator[str]:
    """Yield what stands in every workbook: the names of its fonts, theme and styles."""
    saved = io.BytesIO()
    Workbook().save(saved)
    with zipfile.ZipFile(saved) as parts:
        for name in parts.namelist():
            yield parts.read(name).decode("utf-8")
