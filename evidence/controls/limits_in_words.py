"""Fills the limits in force into a test's words."""

from evidence.readers.config_results import SOURCES
from evidence.settings.model import SealedSettings


def fill_in_limits(text: str, settings: SealedSettings) -> str:
    """Return a test's words with the limits in force filled in."""
    limits = settings.thresholds
    values = {name: _words(value) for name, value in limits.model_dump().items()}
    entity = settings.entity
    values["lookback"] = f"the {limits.root_lookback_days} days before the report was generated"
    if entity.period_start and entity.period_end:
        values["lookback"] = f"the audit period {entity.period_start} to {entity.period_end}"
    bands = [f"up to {largest}: {size}" for largest, size in settings.sampling.table]
    values["config_source"] = SOURCES[settings.config_source]
    values["sample_sizes"] = "; ".join([*bands, f"above: {settings.sampling.above}"])
    return text.format_map(values)


def _words(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value) or "none"
    return str(value)
