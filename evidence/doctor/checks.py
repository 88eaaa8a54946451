"""Defines what one check of the doctor found, and how a check that fails is told."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evidence.errors import EvidenceError
from evidence.foreign import as_error, printable

_MARGIN, _NAME = 6, 34


class Health(StrEnum):
    """What a finding means for a run that begins now."""

    OK = "ok"
    LOOK = "look"
    """Nothing is missing for it; worth a look."""
    UNTRIED = "-"
    """Not tried, for a reason that is told."""
    LATE = "late"
    """Not tried: there was no time left. Nothing is known of it."""
    GAP = "gap"
    """The run goes through, and something is missing in what it leaves."""
    STOP = "stop"
    """The run does not begin, or does not come to its end."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    name: str
    health: Health
    found: str
    to_do: str = ""
    said: str = ""
    """AWS's own words, for the document alone: they are long."""

    def text(self) -> str:
        """Return the line, and below it what to do; a name from outside begins no line of its own."""
        line = printable(f"{self.health:<{_MARGIN}}{self.name:<{_NAME}} {self.found}")
        return f"{line}\n{'':{_MARGIN}}→ {printable(self.to_do)}" if self.to_do else line

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document has it."""
        return {"check": self.name, "health": self.health.name.lower(), "found": self.found,
                "to_do": self.to_do, "said": self.said}  # fmt: skip


def checked(name: str, check: Callable[[], str | Check], health: Health = Health.STOP) -> Check:
    """Return what a check found: its words where all is well, else the error in this health."""
    try:
        found = check()
    except EvidenceError as error:
        return Check(name, health, error.message, error.advice)
    except Exception as error:  # noqa: BLE001 (whatever it was: the other checks are worth as much)
        ours = as_error(error)
        return Check(name, health, ours.message, ours.advice)
    return found if isinstance(found, Check) else Check(name, Health.OK, found)
