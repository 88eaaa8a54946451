"""Forecasts a run for `evidence plan`: accounts, regions, units, and an estimate of calls and time."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from evidence.aws.failures import Failure
from evidence.bundle.format.models import AccountState, RegionState
from evidence.collect.estimate import CallEstimate, OrganizationSize
from evidence.next_steps import next_step
from evidence.records import Target

NOTE = "AWS does not charge for these calls, but limits their rate."
CHAIN = 15
"""Calls that have to be answered one after the other, however much runs side by side."""
PROCESSOR = 0.003
"""Seconds of one processor that a call takes (docs/scale.md): more workers get no more than that through."""


@dataclass(frozen=True, slots=True)
class RoleTrial:
    """What came of entering one of the accounts that a run would enter."""

    account: str
    failure: Failure | None = None

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        found = self.failure
        said = (
            {"cause": found.cause.value, "message": found.message, "next_step": self._next_step}
            if found
            else {}
        )
        return {"account": self.account, "entered": found is None, **said}

    @property
    def _next_step(self) -> str:
        return next_step(self.failure.cause, self.failure.operation) if self.failure else ""

    def lines(self) -> list[str]:
        """Return the form for people."""
        if self.failure is None:
            return [f"Role      tried in {self.account}, and assumed"]
        return [
            f"Role      tried in {self.account}, and NOT assumed: every such account would be a gap",
            f"  {self.failure.message}",
            f"  {self._next_step}",
        ]


@dataclass(frozen=True, slots=True)
class RunForecast:
    """A plan, with an estimate that says what it rests on."""

    accounts: tuple[AccountState, ...]
    regions: tuple[RegionState, ...]
    """Of the caller's account; every other one is planned as if it had the same."""
    units: tuple[tuple[str, Target], ...]
    latency: float
    """Seconds that an answer took on average while accounts and regions were listed."""
    at_once: int
    """Calls under way at once, in all."""
    estimate: CallEstimate
    tried: RoleTrial | None = None
    """None where no other account than the caller's is to be collected."""

    @property
    def covered(self) -> int:
        """Accounts in scope."""
        return sum(state.in_scope for state in self.accounts)

    def items(self) -> list[tuple[str, int, int]]:
        """Return item, units and estimated calls, the dearest first."""
        size = OrganizationSize(
            len(self.accounts), self.covered, sum(state.in_scope for state in self.regions)
        )
        counted = Counter(item for item, _ in self.units)
        rows = [(item, units, self.estimate.calls(item, units, size)) for item, units in counted.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    @property
    def calls(self) -> int:
        """Estimated API calls, one AssumeRole an account included."""
        return sum(calls for _, _, calls in self.items()) + self.covered - 1

    @property
    def seconds(self) -> float:
        """Estimated time: the calls side by side, and the longest chain of them besides."""
        return self.calls * max(self.latency / self.at_once, PROCESSOR) + self.latency * CHAIN

    @property
    def _bound(self) -> str:
        """What the time depends on, in words."""
        if self.latency / self.at_once < PROCESSOR:
            return f"one processor gets about {1 / PROCESSOR:.0f} calls a second through"
        return f"{self.at_once} calls at once, {self.latency * 1000:.0f} ms an answer"

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
            "basis": self.estimate.basis,
            "role": self.tried.document() if self.tried else None,
        }

    def text(self) -> str:
        """Return the form for people."""
        out = [state for state in self.accounts if not state.in_scope]
        regions = [state.region for state in self.regions if state.in_scope]
        lines = [f"Accounts  {self.covered} to collect, {len(out)} left out"]
        lines += [f"  {_named(state)}: {state.reason}" for state in self.accounts]
        lines += [f"Regions   {len(regions)} in each account, as in the caller's: {', '.join(regions)}"]
        lines += [f"Units     {len(self.units):,}", f"Calls     about {self.calls:,}", ""]
        lines += [f"  {'item':<36}{'units':>8}{'calls':>10}"]
        lines += [f"  {item:<36}{units:>8,}{calls:>10,}" for item, units, calls in self.items()]
        lines += ["", f"Time      about {_duration(self.seconds)}: {self._bound}"]
        lines += ["", *self.tried.lines()] if self.tried else []
        lines += ["", f"Estimated from {self.estimate.basis}. {NOTE}"]
        return "\n".join(lines)


def _named(state: AccountState) -> str:
    unit = "" if state.unit == "/" else state.unit  # which is also there where units were not asked for
    known = ", ".join(filter(None, (state.name, unit)))
    return f"{'in ' if state.in_scope else 'out'} {state.account}{known and '  '}{known}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
