"""Defines the section of the settings that shapes reports over a period; see docs/period.md."""

from typing import Annotated

from pydantic import Field

from evidence.settings.limits import NEITHER, SMALLER, Laxer, Limit, up_to
from evidence.settings.sections import Example, SettingsModel

Days = Annotated[int, Field(ge=1, le=366)]
MONTHLY, QUARTERLY = 31, 92
EVERY_DAYS = {
    "iam.credential-report": MONTHLY,
    "iam.authorization-details": MONTHLY,
    "access-analyzer.findings": MONTHLY,
    "config.rule-compliance": MONTHLY,
    "identity-store.users": MONTHLY,
    "identity-center.assignments": MONTHLY,
    "cloudtrail.access-events": QUARTERLY,
}
"""CloudTrail's history goes back 90 days: asked for less often, it leaves days of which no event tells."""


class RemediationDays(SettingsModel):
    """Within how many days an exception must be dealt with, by its severity."""

    critical: Annotated[int, Field(ge=1), up_to(366)] = 7
    """Of critical exceptions."""
    high: Annotated[int, Field(ge=1), up_to(366)] = 30
    """Of high ones."""
    medium: Annotated[int, Field(ge=1), up_to(366)] = 90
    """Of medium ones."""
    low: Annotated[int, Field(ge=1), up_to(366)] = 180
    """Of low ones, those of advisory tests."""


class PeriodSettings(SettingsModel):
    """What a report over a period holds its evidence against."""

    every_days: Annotated[
        dict[str, Days], Limit(Laxer.LARGER), Example({"iam.credential-report": MONTHLY})
    ] = Field(default_factory=lambda: dict(EVERY_DAYS))
    """How often each item's evidence is asked for, in days; an item that is not named here is asked for
    never."""
    remediation_days: RemediationDays = RemediationDays()
    review_days: Annotated[int, Field(ge=1), up_to(366)] = 30
    """Within how many days after it was opened an access review must be closed (REV-2)."""
    revocation_days: Annotated[int, Field(ge=1), up_to(366)] = 7
    """Within how many days after the decision revoked access must be gone (REV-3)."""
    sample_size: Annotated[int, Field(ge=1, le=1000), SMALLER] = 25
    """How many members of each population of the period are drawn; all, where there are fewer."""
    seed: Annotated[str | None, NEITHER, Example("northwind-2026")] = None
    """Chosen by the auditor; absent: the digest of the last bundle."""
