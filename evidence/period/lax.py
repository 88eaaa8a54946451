"""Says which settings of a report over a period, and of its bundles, are laxer than their defaults."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from evidence.controls.results import LaxSetting
from evidence.period.opened import OpenedPack
from evidence.readers.evidence import joined_names
from evidence.settings.laxer import is_laxer, limits
from evidence.settings.limits import LARGER
from evidence.settings.model import Thresholds
from evidence.settings.period import EVERY_DAYS, PeriodSettings

LEAVERS = "thresholds.leaver_access_hours"
_EFFECTS = {
    "period.remediation_days": "Exceptions may stand longer before the report calls them late.",
    "period.review_days": "REV-2 lets access reviews be open for longer.",
    "period.revocation_days": "REV-3 lets revoked access stay for longer.",
    "period.sample_size": "Fewer members of each population of the period are drawn.",
    LEAVERS: "JML-2 lets leavers have access for longer.",
}


def lax_settings(settings: PeriodSettings, leaver_access_hours: int) -> Iterator[LaxSetting]:
    """Yield each setting that lets more pass than its default does, in the model's order."""
    default = PeriodSettings()
    yield from _rarer(settings)
    for key, limit in limits(PeriodSettings):
        value, by_default = (_value(one, key) for one in (settings, default))
        if not isinstance(value, dict) and is_laxer(limit, value, by_default):
            yield _lax(f"period.{key}", value, by_default)
    hours = Thresholds().leaver_access_hours
    if is_laxer(LARGER, leaver_access_hours, hours):
        yield _lax(LEAVERS, leaver_access_hours, hours)


@dataclass
class LaxGatherer:
    """Notes the settings of bundles by which tests let more pass: one that never changes is told, too."""

    _found: dict[str, list[tuple[int, LaxSetting]]] = field(default_factory=dict)
    """By key, with the bundles' numbers."""

    def add(self, pack: OpenedPack) -> None:
        """Take what a bundle was collected and is tested with."""
        for one in pack.results.lax_settings:
            self._found.setdefault(one.key, []).append((pack.number, one))

    def finish(self, but: Collection[str]) -> Iterator[LaxSetting]:
        """Yield each setting once, as the last bundle has it, with the bundles; none of the keys `but`."""
        for key, found in self._found.items():
            if key in but:
                continue
            last = found[-1][1]
            numbers = [number for number, _ in found]
            changed = {one.test: one for _, lax in found for one in lax.changed}
            said = f"In force in {'bundle' if len(numbers) == 1 else 'bundles'} {joined_names(numbers)}."
            yield last.model_copy(
                update={
                    "value": joined_names(dict.fromkeys(lax.value for _, lax in found)),
                    "tests": tuple(dict.fromkeys(test for _, lax in found for test in lax.tests)),
                    "changed": tuple(changed[test] for test in sorted(changed)),
                    "compared": all(lax.compared for _, lax in found),
                    "effect": f"{said} Of the last of these: {last.effect}",
                }
            )


def _rarer(settings: PeriodSettings) -> Iterator[LaxSetting]:
    """Yield the items that are asked for less often than by default, or never."""
    for item, days in EVERY_DAYS.items():
        given = settings.every_days.get(item)
        if given is None or given > days:
            said = "never asked for" if given is None else f"asked for every {given} days"
            yield _lax(f"period.every_days.{item}", given or "never", days, f"{item} is {said}.")


def _value(settings: PeriodSettings, key: str) -> object:
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _lax(key: str, value: object, default: object, effect: str = "") -> LaxSetting:
    known = next((said for start, said in _EFFECTS.items() if key.startswith(start)), "")
    return LaxSetting(
        key=key, value=str(value), default=str(default), tests=(), changed=(), compared=False,
        effect=effect or known,
    )  # fmt: skip
