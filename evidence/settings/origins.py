"""Says of each setting in force where it came from: default, line of the file, option, environment."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from evidence import toml
from evidence.settings.declared import DeclaredSetting, declared_settings, value_of
from evidence.settings.model import Settings

VARIABLES = {
    "aws.profile": ("AWS_DEFAULT_PROFILE", "AWS_PROFILE"),
    "aws.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "signing.passphrase_file": ("EVIDENCE_PASSPHRASE",),
}
"""What stands in for a setting that nobody gave, the first that is set. A test holds it to botocore's own."""
_NOT_SHOWN = ("EVIDENCE_PASSPHRASE",)
"""Variables that hold a secret itself."""


_ENDS = ("]", '"""', "'''")
"""One of these is on the last line of whatever takes several: others need not be looked at."""


class OriginKind(StrEnum):
    """Where a value came from."""

    DEFAULT = "default"
    FILE = "file"
    OPTION = "option"
    ENVIRONMENT = "environment"
    FOLLOWS = "another setting"


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """A setting in force."""

    declared: DeclaredSetting
    value: Any
    kind: OriginKind
    where: str = ""
    """`evidence.toml:12`, the variable's name; empty where the kind says it all."""

    @property
    def origin(self) -> str:
        """Where it came from, in words."""
        return self.where if self.kind is OriginKind.FILE else " ".join(filter(None, (self.kind, self.where)))

    def document(self) -> dict[str, Any]:
        """Return it as JSON members."""
        return {
            "value": to_jsonable_python(self.value),
            "default": to_jsonable_python(self.declared.default),
            "origin": self.kind.value,
            "where": self.where,
            "meaning": self.declared.meaning,
            "allowed": self.declared.allowed,
        }


def effective_settings(
    settings: Settings,
    *,
    file: Path | None,
    content: bytes,
    options: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str] = os.environ,
) -> Iterator[EffectiveSetting]:
    """Yield every setting in force, in the order of a settings file.

    `content` is what the file holds, read by `settings.file` without complaint; `options` are the values
    given by options, by section and name, None where they were not.
    """
    lines = lines_of(content)
    for declared in declared_settings():
        value = value_of(settings, declared.key)
        line = _line(declared.key, lines)
        if options.get(declared.section, {}).get(declared.name) is not None:
            yield EffectiveSetting(declared, value, OriginKind.OPTION)
        elif line is not None:
            yield EffectiveSetting(declared, value, OriginKind.FILE, f"{file}:{line}")
        elif value != declared.default:
            yield EffectiveSetting(declared, value, OriginKind.FOLLOWS)
        else:
            yield _from_environment(declared, environment)


def lines_of(content: bytes) -> dict[tuple[str, ...], int]:
    """Return the line on which each key of a TOML document is given a value.

    The document is one that `toml.loads` takes. Statements of TOML end with lines, and no part of one is one:
    so lines are put together until they are whole.
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    begins, statement = 1, ""
    for number, line in enumerate(content.decode().split("\n"), start=1):
        statement += f"{line}\n"
        if number > begins and not any(mark in line for mark in _ENDS):
            continue
        try:
            keys = list(_paths(toml.loads(statement.encode())))
        except ValueError:
            continue
        if statement.lstrip().startswith("["):
            table = keys[0]
        else:
            found.update({(*table, *key): begins for key in keys if key})
        begins, statement = number + 1, ""
    return found


def _paths(said: Any) -> Iterator[tuple[str, ...]]:
    """Yield the key of one statement, and of an inline table those in it."""
    if not isinstance(said, dict) or not said:
        yield ()
        return
    for name, inner in said.items():
        yield from ((name, *rest) for rest in _paths(inner))


def _line(key: str, lines: Mapping[tuple[str, ...], int]) -> int | None:
    """Return the line that gives a setting: its own, or the first of those within it."""
    path = tuple(key.split("."))
    own = (line for one, line in lines.items() if one[: len(path)] == path)
    return min(own, default=None)


def _from_environment(declared: DeclaredSetting, environment: Mapping[str, str]) -> EffectiveSetting:
    for name in VARIABLES.get(declared.key, ()):
        if environment.get(name):
            value = "(not shown)" if name in _NOT_SHOWN else environment[name]
            return EffectiveSetting(declared, value, OriginKind.ENVIRONMENT, name)
    return EffectiveSetting(declared, declared.default, OriginKind.DEFAULT)
