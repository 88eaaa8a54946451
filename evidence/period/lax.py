"""Says which settings of the report over a period are laxer than their defaults."""

from collections.abc import Iterator

from evidence.controls.results import LaxSetting
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
