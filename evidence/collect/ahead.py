"""What a run would do: accounts, regions, units, and an estimate of its calls and its time."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from evidence.bundle.models import AccountState, RegionState
from evidence.records import Target

CALLS = {
    "access-analyzer.analyzers": 2,
    "access-analyzer.findings": 3,
    "access-analyzer.policy-validation": 72,
    "config.aggregators": 2,
    "config.recorders": 3,
    "config.rule-compliance": 4,
    "config.rules": 3,
    "iam.authorization-details": 2,
    "iam.credential-report": 2,
    "iam.identity-providers": 5,
    "iam.last-accessed": 96,
    "iam.sample-role-policies": 139,
    "identity-center.applications": 2,
    "identity-center.permission-sets": 61,
    "identity-center.source-events": 2,
    "identity-store.memberships": 11,
    "organizations.delegated-administrators": 3,
    "organizations.policies": 19,
}
"""Calls that an item took for one target in the sample account (41 users, 97 roles, 10 permission sets).

Others take one. What really comes depends on how much there is: most of it on the number of roles.
"""
PER_ACCOUNT = {
    "identity-center.assignments": 5,
    "identity-center.instance": 1,
    "organizations.account-tags": 1,
    "organizations.units": 2,
}
"""Items whose calls grow with the number of accounts: so many for each."""
PER_REGION = {"config.aggregate-compliance": 3}
"""Items whose calls grow with accounts and their regions: so many for each region of each account."""
NOTE = "Estimated from the sample account. AWS does not charge for these calls, but limits their rate."
CHAIN = 15
"""Calls that have to be answered one after the other, however much runs side by side."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A plan, with an estimate that says what it rests on."""

    accounts: tuple[AccountState, ...]
    regions: tuple[RegionState, ...]
    """Of the caller's account; every other one is planned as if it had the same."""
    units: tuple[tuple[str, Target], ...]
    latency: float
    """Seconds that an answer took on average while accounts and regions were listed."""
    at_once: int
    """Calls under way at once, in all."""

    @property
    def covered(self) -> int:
        """Accounts in scope."""
        return sum(state.in_scope for state in self.accounts)

    def items(self) -> list[tuple[str, int, int]]:
        """Return item, units and estimated calls, the dearest first."""
        counted = Counter(item for item, _ in self.units)
        rows = [(item, units, units * self._calls(item)) for item, units in counted.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    def _calls(self, item: str) -> int:
        if item in PER_REGION:
            return PER_REGION[item] * self.covered * sum(state.in_scope for state in self.regions)
        return PER_ACCOUNT[item] * len(self.accounts) if item in PER_ACCOUNT else CALLS.get(item, 1)

    @property
    def calls(self) -> int:
        """Estimated API calls, one AssumeRole an account included."""
        return sum(calls for _, _, calls in self.items()) + self.covered - 1

    @property
    def seconds(self) -> float:
        """Estimated time: the calls side by side, but never less than the longest chain of them."""
        return self.latency * (self.calls / self.at_once + CHAIN)

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {
            "accounts": [state.model_dump(mode="json") for state in self.accounts],
            "regions": [state.model_dump(mode="json") for state in self.regions],
            "items": [{"item": item, "units": n, "calls": calls} for item, n, calls in self.items()],
            "units": len(self.units),
            "calls": self.calls,
            "seconds": round(self.seconds, 1),
            "latency": round(self.latency, 4),
            "at_once": self.at_once,
        }

    def text(self) -> str:
        """Return the form for people."""
        out = [state for state in self.accounts if not state.in_scope]
        regions = [state.region for state in self.regions if state.in_scope]
        lines = [f"Accounts  {self.covered} to collect, {len(out)} left out"]
        lines += [f"  {state.account}  {_named(state)}: {state.reason}" for state in self.accounts]
        lines += [f"Regions   {len(regions)} in each account, as in the caller's: {', '.join(regions)}"]
        lines += [f"Units     {len(self.units):,}", f"Calls     about {self.calls:,}", ""]
        lines += [f"  {'item':<36}{'units':>8}{'calls':>10}"]
        lines += [f"  {item:<36}{units:>8,}{calls:>10,}" for item, units, calls in self.items()]
        pace = f"{self.at_once} calls at once, {self.latency * 1000:.0f} ms an answer"
        lines += ["", f"Time      about {_duration(self.seconds)}: {pace}", "", NOTE]
        return "\n".join(lines)


def _named(state: AccountState) -> str:
    place = f" {state.unit}" if state.unit else ""
    return f"{state.name or 'no name known'}{place} ({'in' if state.in_scope else 'out'})"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
