"""Defines the sections of the settings that shape no collection and no result."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evidence.settings.limits import NEITHER

LEAST_CONTRAST = 4.5
"""Of text to its background: WCAG 2.2, criterion 1.4.3."""


class SettingsModel(BaseModel):
    """Common rules of all sections: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class StatementSettings(SettingsModel):
    """What management states about the evidence; see docs/accepted-exceptions.md."""

    exceptions: Path | None = None
    """exceptions.toml: the exceptions that management accepted."""
    attestations: Path | None = None
    """attestations.toml: what management attests where no API shows it."""
    responses: Path | None = None
    """responses.toml: what management answers to exceptions."""
    controls: Path | None = None
    """controls.toml: which tests look at which of the entity's own controls."""
    requests: Path | None = None
    """requests.toml: what answers which of the auditor's requests."""
    logo: Path | None = None
    """A PNG for the report's cover."""

    @property
    def paths(self) -> dict[str, Path | None]:
        """The files by kind."""
        return dict(self)


class CustomSettings(SettingsModel):
    """What installed packages add, by the names of their entry points; see docs/custom.md."""

    items: tuple[str, ...] = ()
    """Entry points of the group `evidence.items`."""
    tests: tuple[str, ...] = ()
    """Entry points of the group `evidence.tests`."""

    @field_validator("items", "tests")
    @classmethod
    def _are_named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("a name stands twice")
        return names


class ArchiveSettings(SettingsModel):
    """Where packs are kept; see docs/archive.md."""

    folder: Path | None = None


class ReportSettings(SettingsModel):
    """How the report looks; it changes no word of it."""

    paper: Annotated[Literal["A4", "Letter"], NEITHER] = "A4"
    """What the report is printed on."""
    accent: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$"), NEITHER] = "#14304f"
    """Colour of headings and lines, `#rrggbb`."""

    @field_validator("accent")
    @classmethod
    def _is_legible(cls, value: str) -> str:
        if (found := _contrast_to_white(value)) < LEAST_CONTRAST:
            raise ValueError(
                f"{value} is hard to read on white (contrast {found:.1f}, and must be {LEAST_CONTRAST})"
            )
        return value.lower()


def _contrast_to_white(colour: str) -> float:
    """Return the contrast of `#rrggbb` to white, 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    red, green, blue = linear
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
