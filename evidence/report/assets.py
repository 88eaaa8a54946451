"""Finds templates, styles and fonts: inside the installed package, else at the top of the checkout."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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


def fill_in(
    place: str, name: str, words: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]]
) -> str:
    """Return a template that is no markup, from a folder among ours, with `[[ words ]]` filled in.

    `filters` quote each value for its kind of file.
    """
    templates = Environment(  # nosec: no markup: each value is quoted for its file by a filter
        loader=FileSystemLoader(folder() / place), undefined=StrictUndefined, autoescape=False,  # noqa: S701
        variable_start_string="[[", variable_end_string="]]", block_start_string="[%", block_end_string="%]",
        comment_start_string="[#", comment_end_string="#]", trim_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    templates.filters |= dict(filters)
    return templates.get_template(name).render(words)
