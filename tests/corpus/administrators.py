"""Labelled cases of roles that management named as administrators, and of those it cannot have meant."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from evidence.readers.evidence import Known, KnownAdministrator
from tests.controls.world_records import ADMINISTRATOR, EVERYTHING, policy, role
from tests.corpus.labelled import EXCEPTION, FAIL, MET, PASS, table
from tests.support.bundles import ACCOUNT, NOW

ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
APPROVED = datetime.combine(NOW.date() - timedelta(30), time.max, UTC)


def _made(days: float, name: str = "ops-a") -> dict[str, Any]:
    """An administrator role made so many days after the day of the approval ended."""
    created = (APPROVED + timedelta(days)).isoformat()
    return role(name, attached=(ADMINISTRATOR,), CreateDate=created)


def _named(value: tuple[str, int, list[dict[str, Any]], dict[str, str]]) -> dict[str, Any]:
    pattern, maximum, roles, rows = value
    known = KnownAdministrator(f"{ROLES}{pattern}", maximum, "the team on call", APPROVED)
    return {
        "records": {"iam.authorization-details": [*roles, policy(ADMINISTRATOR, EVERYTHING)]},
        "known": Known(administrators=(known,)),
        "rows": {f"role/{name}": said for name, said in rows.items()},
        "conclusion": FAIL if EXCEPTION in rows.values() else PASS,
        "only": True,
    }


CASES = table("PRIV-2", {
    "named, and older than the approval": ("ops-a", 1, [_made(-300)], {"ops-a": MET}),
    "named, and made on the day of the approval": ("ops-a", 1, [_made(0)], {"ops-a": MET}),
    "named, and made in the first second of the day after": (
        "ops-a", 1, [_made(1 / 86_400)], {"ops-a": EXCEPTION}),
    "named, and made again since": ("ops-a", 1, [_made(20)], {"ops-a": EXCEPTION}),
    "a pattern takes the older of two": (
        "ops-?", 2, [_made(-9), _made(9, "ops-b")], {"ops-a": MET, "ops-b": EXCEPTION}),
    "a pattern takes one more than it may": (
        "ops-?", 1, [_made(-9), _made(-9, "ops-b")], {"ops-a": EXCEPTION, "ops-b": EXCEPTION}),
    "a pattern takes as many as it may": (
        "ops-?", 2, [_made(-9), _made(-9, "ops-b")], {"ops-a": MET, "ops-b": MET}),
    "another is named": ("ops-b", 1, [_made(-9)], {"ops-a": EXCEPTION}),
}, _named)  # fmt: skip
