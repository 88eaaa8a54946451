"""Takes from a bundle's call ledger what CloudTrail can confirm."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.bundle.format.models import Caller, CallRecord, Run

USER_AGENT = "aws-evidence/"
"""How this tool calls itself in every request (`evidence.aws.sessions`)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One call of the ledger."""

    seq: int
    service: str
    operation: str
    account: str
    region: str
    request_id: str
    status: int
    error_code: str
    started: datetime
    finished: datetime
    aws_date: datetime | None

    @property
    def moment(self) -> datetime:
        """When AWS answered, as far as is known."""
        return self.aws_date or self.finished


@dataclass(frozen=True, slots=True)
class MatchingTerms:
    """What claims and events are compared by."""

    callers: Mapping[str, tuple[Caller, ...]]
    """By account: the identities that the bundle says were asking, one for each part of the run."""
    roles: Mapping[str, str]
    """By account that was entered through a role: how the ARN of a session of that role begins."""
    sources: Mapping[str, str]
    """CloudTrail's event source by boto3's service name: `sso.amazonaws.com` for `sso-admin`."""
    tolerance: timedelta
    """How far an event may lie from the time that AWS's Date gives."""
    skew: timedelta
    """How far the collecting machine's clock was off, by the bundle."""
    started: datetime
    finished: datetime


def claims_of(calls: Iterable[CallRecord]) -> Iterator[Claim]:
    """Yield the claims of a ledger."""
    for call in calls:
        yield Claim(
            seq=call.seq,
            service=call.service,
            operation=call.operation,
            account=call.account,
            region=call.region,
            request_id=call.request_id,
            status=call.status,
            error_code=call.error_code,
            started=call.started,
            finished=call.finished,
            aws_date=call.aws_date,
        )


def terms_of(run: Run, sources: Mapping[str, str]) -> MatchingTerms:
    """Return the terms that a run sets: its callers, its clock, the skew that its settings tolerate."""
    asking = (run.caller_start, run.caller_end, *(part.caller for part in run.parts))
    callers: dict[str, tuple[Caller, ...]] = {}
    for caller in dict.fromkeys(one for one in asking if one):
        callers[caller.account] = (*callers.get(caller.account, ()), caller)
    return MatchingTerms(
        callers=callers,
        roles={state.account: _session_of(state.role) for state in run.account_states if state.role},
        sources=sources,
        tolerance=timedelta(seconds=run.settings.thresholds.clock_skew_seconds),
        skew=timedelta(seconds=run.clock.max_skew_seconds or 0),
        started=run.started,
        finished=run.finished,
    )


def _session_of(role: str) -> str:
    """Return how the ARN of any session of a role begins; AWS leaves the role's path out of it."""
    partition, account = role.split(":")[1:5:3] if role.count(":") >= 5 else ("aws", "")
    return f"arn:{partition}:sts::{account}:assumed-role/{role.rpartition('/')[2]}/"
