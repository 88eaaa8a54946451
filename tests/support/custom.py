"""Installs the example of a package with custom items and tests, for one test: on sys.path, without pip."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence.collect.custom import custom_scope
from evidence.custom.declarations import CustomScope
from evidence.settings.model import Settings
from evidence.settings.sections import CustomSettings

EXAMPLE = Path(__file__).parent.parent / "data" / "custom"
MODULE = "acme_evidence"
ITEM = "custom-acme-evidence.secrets"
ROTATION, PASSWORDS = "ACME-EVIDENCE.ROT-1", "ACME-EVIDENCE.PWD-1"
ALL = Settings(custom=CustomSettings(items=("acme-secrets",), tests=("acme-rotation", "acme-passwords")))


@contextmanager
def installed(folder: Path, change: Callable[[str], str] = str) -> Iterator[Path]:
    """Have the example installed in a folder, its module's text changed."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / f"{MODULE}.py"
    module.write_text(change(module.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setattr(sys, "dont_write_bytecode", True)
        sys.modules.pop(MODULE, None)
        try:
            yield folder
        finally:
            sys.modules.pop(MODULE, None)


def scope() -> CustomScope:
    """Return what the example switches on, all of it."""
    return custom_scope(ALL)
