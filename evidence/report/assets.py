"""Finds templates, styles and fonts: inside the installed package, else at the top of the checkout."""

from functools import cache
from pathlib import Path

import evidence
from evidence.errors import StorageError


@cache
def folder() -> Path:
    """Return the folder of the templates. Raises StorageError when the installation is incomplete."""
    package = Path(evidence.__file__).parent
    for candidate in (package / "_templates", package.parent / "templates"):
        if (candidate / "report.html.j2").is_file():
            return candidate
    raise StorageError(
        "The report's templates are missing.",
        "Install the package again: `uv tool install --force aws-evidence`.",
    )
