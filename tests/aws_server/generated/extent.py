"""Says how large a generated organization is, and draws the numbers it is made from."""

import random
from dataclasses import dataclass

from evidence.demo_account.account.organization import DISABLED_REGIONS
from evidence.demo_account.ids import digest

ACCOUNTS_MIN = 3
"""Management, security tooling, log archive."""
ACCOUNTS_MAX = 20_000
HOME = "us-east-1"
"""Where IAM is recorded and evaluated."""
BY_DEFAULT = (
    HOME, "eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-2", "us-east-2", "eu-west-2", "eu-north-1",
    "ap-northeast-1", "ap-southeast-1", "ca-central-1", "us-west-1", "eu-west-3", "ap-south-1", "sa-east-1",
    "ap-northeast-2", "ap-northeast-3",
)  # fmt: skip
"""Regions that AWS enables by itself, in the order in which an organization takes them into use."""
REGIONS = (*BY_DEFAULT, *DISABLED_REGIONS)
REGIONS_MIN = 2
"""The second is Identity Center's."""
REGIONS_MAX = len(REGIONS)


@dataclass(frozen=True, slots=True)
class Extent:
    """What an organization is generated from; the same extent gives the same organization."""

    accounts: int
    """The management account included."""
    regions: int
    seed: int

    @property
    def enabled(self) -> tuple[str, ...]:
        """The regions in use, the home region first."""
        return REGIONS[: self.regions]

    def draw(self, *parts: str) -> random.Random:
        """Return a generator of its own for each use, so that no draw shifts another."""
        return random.Random(digest("generated", str(self.seed), *parts))  # noqa: S311  nothing secret


def spread(draw: random.Random, median: float, most: int, width: float = 0.9) -> int:
    """Return a count: around the median mostly, now and then far above it (log-normal), at most `most`."""
    return min(most, int(draw.lognormvariate(0.0, width) * (median + 0.5)))
