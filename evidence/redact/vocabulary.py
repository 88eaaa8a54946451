"""Lists the words that this tool and AWS write themselves, to tell names that are words apart."""

from collections.abc import Iterator
from pathlib import Path

import evidence
from evidence.policies.actions import expand

_DEMO = "demo_account"
"""The demo account is data, not words of the tool."""


def own_words(templates: Path) -> Iterator[str]:
    """Yield the texts of this program, of its templates, and the names of AWS's services and actions.

    Whatever the report and the workbook say besides the evidence is written in one of them.
    """
    package = Path(evidence.__file__).parent
    for source in sorted(package.rglob("*.py")):
        if source.relative_to(package).parts[0] != _DEMO:
            yield source.read_text(encoding="utf-8")
    for template in sorted((*templates.rglob("*.j2"), *templates.rglob("*.css"))):
        yield template.read_text(encoding="utf-8")
    for schema in sorted(package.rglob("*.schema.json")):
        yield schema.read_text(encoding="utf-8")
    yield "\n".join(action.name for action in expand("*"))
