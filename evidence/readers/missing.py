"""Says what evidence is missing: what, of which item, where and why, and the same in one sentence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict


class MissingKind(StrEnum):
    """What keeps a conclusion from being complete."""

    GAP = "gap"
    """Should have been collected and was not."""
    NOT_ASKED = "not asked"
    """The run was narrowed, or somebody refused to say where there is something to ask."""
    CONTRADICTION = "contradiction"
    """Another source in the same bundle denies it."""
    UNREADABLE = "unreadable"
    """It is there and not in the documented form."""
    LIMIT = "limit"
    """A limit that was sealed limits nothing."""
    NOT_DETERMINED = "not determined"
    """It is there and does not settle a member: the rows have each."""
    NOTHING_SHOWN = "nothing shown"
    """Without members, the test shows nothing."""
    NOT_PERFORMED = "not performed"
    """The package of a custom test is not installed where the tests were performed, or is another."""
    NOT_STATED = "not stated"
    """A file of management's that the test holds the evidence against was not given."""
    NOT_ATTESTED = "not attested"
    """Management's statement is not there, or does not count."""


@dataclass(frozen=True, slots=True)
class MissingEvidence:
    """One thing that is missing."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    what: MissingKind
    sentence: str
    item: str = ""
    """Empty where it is of no one item."""
    account: str = ""
    """Empty where it is of several accounts, or of none."""
    region: str = ""
    """Empty where it is of an account as a whole, or of none."""
    cause: str = ""
    """A gap's cause, or why something was not asked."""

    def __str__(self) -> str:
        return self.sentence
