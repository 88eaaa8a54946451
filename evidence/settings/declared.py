"""Lists the settings as the models declare them: key, default, what it means, what it may be.

The models are the only list: the template of a settings file, `evidence settings` and `evidence init` are
made from them, and what a setting means is the text beneath it there.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from evidence.settings.file import MOVED
from evidence.settings.model import Settings, value_bounds
from evidence.settings.sections import Example, SettingsModel


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """One setting."""

    section: str
    """Its table in the file: `aws`, `collect.aggregator`; `criteria` is a table itself."""
    name: str
    """Within its table; empty where the table itself is the setting."""
    default: Any
    example: Any
    """What a file could say where the default is none; else the default."""
    meaning: str
    allowed: str
    """What it may be, where the meaning does not say so; may be empty."""

    @property
    def key(self) -> str:
        """As in errors and in `evidence settings`: `aws.role`."""
        return f"{self.section}.{self.name}" if self.name else self.section


@dataclass(frozen=True, slots=True)
class DeclaredSection:
    """One table of the file."""

    name: str
    meaning: str
    settings: tuple[DeclaredSetting, ...]


@cache
def declared_sections() -> tuple[DeclaredSection, ...]:
    """Return every table that a settings file may have, in the models' order, with its settings."""
    return tuple(_sections(Settings, ""))


def declared_settings() -> Iterator[DeclaredSetting]:
    """Yield every setting, in the order of the file."""
    for section in declared_sections():
        yield from section.settings


def value_of(settings: SettingsModel, key: str) -> Any:
    """Return the value that settings have under a key."""
    found: Any = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _sections(model: type[SettingsModel], prefix: str) -> Iterator[DeclaredSection]:
    """Yield the tables below a model: those of its members that are models, or tables of any names."""
    texts = _texts(model)
    for name, field in model.model_fields.items():
        key = f"{prefix}{name}"
        if _is_model(field.annotation):
            inner: type[SettingsModel] = field.annotation  # type: ignore[assignment]
            own = tuple(_settings(inner, key))
            yield DeclaredSection(key, _one_line(inner.__doc__), own)
            yield from _sections(inner, f"{key}.")
        elif not prefix:
            yield DeclaredSection(key, texts[name], (_setting(key, "", field, texts[name]),))


def _settings(model: type[SettingsModel], section: str) -> Iterator[DeclaredSetting]:
    texts = _texts(model)
    for name, field in model.model_fields.items():
        if not _is_model(field.annotation) and name != MOVED:
            yield _setting(section, name, field, texts[name])


def _setting(section: str, name: str, field: FieldInfo, meaning: str) -> DeclaredSetting:
    default = field.get_default(call_default_factory=True)
    shown = next((one.value for one in field.metadata if isinstance(one, Example)), default)
    return DeclaredSetting(section, name, default, shown, meaning, _allowed(field))


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(f'"{one}"' for one in get_args(field.annotation))
    bounds = value_bounds(field)
    if not bounds or field.annotation not in (int, str):
        return ""
    least, most = bounds.get("ge"), bounds.get("le", bounds.get("most"))
    return "" if least is None or most is None else f"{least:,} to {most:,}"


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, SettingsModel)


def _texts(model: type[SettingsModel]) -> dict[str, str]:
    """Return the text beneath each setting of a model; raises LookupError where one has none."""
    found = dict(_texts_of(sys.modules[model.__module__]).get(model.__name__, {}))
    if missing := set(model.model_fields) - set(found) - {MOVED}:
        told = sorted(one for one in missing if not _is_model(model.model_fields[one].annotation))
        if told:
            raise LookupError(f"{model.__name__} does not say what {', '.join(told)} means")
    return found


@cache
def _texts_of(module: ModuleType) -> dict[str, dict[str, str]]:
    """Return by class and member the strings that stand beneath members; Python itself drops them."""
    return {
        node.name: {
            before.target.id: _one_line(after.value.value)
            for before, after in zip(node.body, node.body[1:], strict=False)
            if isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        }
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef)
    }


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
