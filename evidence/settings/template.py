"""Writes a settings file that explains itself: each setting with what it means, given or commented out."""

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from evidence.settings.declared import DeclaredSection, DeclaredSetting, declared_sections
from evidence.toml import toml_string

WIDTH = 110
_HEAD = """\
Settings of `evidence`, as evidence.toml in the working folder or with --config. Every key is optional; \
one that is not known is an error. A line such as #key = 1 shows the default, or an example where nothing is \
set: take the # away and change it. Options win over this file. Paths are below the working folder."""


def settings_file(values: Mapping[str, Any] | None = None) -> str:
    """Return a settings file with these values, by key; without any, the template.

    Raises KeyError for a key that no setting has.
    """
    given = dict(values or {})
    lines = list(_comment(_HEAD))
    for section in declared_sections():
        lines += ["", "", *_section(section, given)]
    if given:
        raise KeyError(f"no setting is called {', '.join(given)}")
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """Return a value as TOML 1.0 has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_string(name)} = {toml_value(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return toml_string(str(value) if isinstance(value, Path) else value)


def _section(section: DeclaredSection, given: dict[str, Any]) -> Iterator[str]:
    yield from _comment(section.meaning)
    yield f"[{section.name}]"
    for setting in section.settings:
        if setting.name:
            yield ""
            yield from _comment(_explanation(setting, given))
        yield from _lines(setting, given)


def _explanation(setting: DeclaredSetting, given: Mapping[str, Any]) -> str:
    allowed = f" May be {setting.allowed}." if setting.allowed else ""
    unset = setting.example != setting.default and setting.key not in given
    return f"{setting.meaning}{allowed}{' Not set; for example:' if unset else ''}"


def _lines(setting: DeclaredSetting, given: dict[str, Any]) -> Iterator[str]:
    """Yield the line of a setting; where the table itself is the setting, one for each of its names."""
    mark = "" if setting.key in given else "#"
    value = given.pop(setting.key, setting.example)
    named = {setting.name: value} if setting.name else {toml_string(one): of for one, of in value.items()}
    for name, one in named.items():
        yield f"{mark}{name} = {toml_value(one)}"


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False))
