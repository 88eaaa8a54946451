"""Lists the access reviews of the demo organization's year, and what they had taken away.

Days as in `script`, which makes facts of them.
"""

from evidence.demo_account.account.organization import STAGING_ACCOUNT

REVIEWS = {
    ("2026-Q3", "complete"): (-15.0, -6.0),
    ("2026-Q4", "complete"): (70.0, 80.0),
    ("2027-Q1", "incomplete"): (160.0, 172.0),
    ("2027-Q2", "complete"): (250.0, 260.0),
}
"""Quarter of the simulated year, and how its review was closed: from when to when it was held."""

DIRECT = ("ViewOnly", "USER", "ben.carter", STAGING_ACCOUNT)
"""Planted: revoked by the first review, and taken away late."""
REVOKED: dict[tuple[str, ...], tuple[float, float]] = {
    DIRECT: (-8.0, 14.0),
    ("aws-ledger", "claire.dubois"): (78.0, 82.0),
    ("aws-sre", "oliver.brown"): (78.0, 84.0),
    ("aws-security", "isabel.costa"): (170.0, 173.0),
    ("aws-support", "astrid.holm"): (257.0, 262.0),
}
"""An assignment, or group and member, that a review revoked: when that was decided, and when done."""

MISSED = (178.0, 185.0)
"""Planted: the days in which nobody collects."""
