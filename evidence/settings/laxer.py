"""Finds which sealed settings are laxer than the defaults, each judged with all others at their defaults.

In which direction a setting is laxer stands beside it in `settings.model`; stricter values are not told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.settings.audit_sample import sample_size
from evidence.settings.declared import value_of
from evidence.settings.limits import Laxer, Limit
from evidence.settings.model import DEFAULT_TABLE, SealedSettings
from evidence.settings.sections import SettingsModel


@dataclass(frozen=True, slots=True)
class LaxValue:
    """A setting that lets more pass than its default does."""

    key: str
    """As in the settings file: `thresholds.key_max_age_days`."""
    value: str
    default: str
    limit: Limit
    by_default: SealedSettings
    """The settings in force, this one taken back to its default."""

    @property
    def name(self) -> str:
        """The key without its section."""
        return self.key.rpartition(".")[2]


def limits(model: type[SettingsModel] = SealedSettings, section: str = "") -> Iterator[tuple[str, Limit]]:
    """Yield every setting that shapes a result, by its key, with what is declared beside it.

    Raises LookupError for one that declares nothing.
    """
    for name, field in model.model_fields.items():
        key = f"{section}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, SettingsModel):
            yield from limits(field.annotation, f"{key}.")
            continue
        declared = [one for one in field.metadata if isinstance(one, Limit)]
        if len(declared) != 1:
            raise LookupError(f"{key} does not declare which of its values are laxer than the default")
        yield key, declared[0]


def lax_values(settings: SealedSettings) -> Iterator[LaxValue]:
    """Yield the settings that are laxer than the defaults, in the model's order.

    `criteria` is not among them: what it takes away is told by the catalogue of tests.
    """
    for key, limit in limits():
        section, _, name = key.rpartition(".")
        if limit.laxer not in _LAXER:
            continue
        here, there = getattr(settings, section), getattr(SealedSettings(), section)
        value, default = getattr(here, name), getattr(there, name)
        if is_laxer(limit, value, default):
            back = settings.model_copy(update={section: here.model_copy(update={name: default})})
            yield LaxValue(key, _words(value), _words(default), limit, back)


def is_laxer(limit: Limit, value: Any, default: Any) -> bool:
    """Say whether a value lets more pass than the default, by what is declared beside its setting."""
    laxer = _LAXER.get(limit.laxer)
    return laxer is not None and laxer(value, default)


def unused_beside(given: SealedSettings, sealed: SealedSettings) -> list[str]:
    """Return what was given and has no effect on a bundle that was sealed with other settings, by its key.

    What tests and pages use was sealed when the evidence was collected.
    """
    default = SealedSettings()
    return [
        key
        for key, _ in limits()
        if value_of(given, key) not in (value_of(default, key), value_of(sealed, key))
    ]


def all_by_default(settings: SealedSettings, laxer: Iterable[LaxValue]) -> SealedSettings:
    """Return settings with each of the laxer thresholds taken back to its default."""
    back = {one.name: getattr(one.by_default.thresholds, one.name) for one in laxer if not one.limit.collects}
    return settings.model_copy(update={"thresholds": settings.thresholds.model_copy(update=back)})


def _draws_less(table: Any, default: Any) -> bool:
    """Say whether a table draws less than the default from some population."""
    edges = {largest + step for largest, _ in (*table, *DEFAULT_TABLE) for step in (0, 1)}
    return any(sample_size(size, table) < sample_size(size, default) for size in edges if size > 0)


_LAXER: Mapping[Laxer, Callable[[Any, Any], bool]] = {
    Laxer.LARGER: lambda value, default: value > default,
    Laxer.SMALLER: lambda value, default: value < default,
    Laxer.FEWER: lambda value, default: not set(default) <= set(value),
    Laxer.MORE: lambda value, default: not set(value) <= set(default),
    Laxer.SMALLER_SAMPLES: _draws_less,
}


def _words(value: object) -> str:
    """Return a value for people: a list with commas, a table's bands as `up to 4: 2`."""
    if not isinstance(value, tuple):
        return str(value)
    parts = [f"up to {part[0]}: {part[1]}" if isinstance(part, tuple) else str(part) for part in value]
    return ", ".join(parts) or "none"
