"""Matches claims with CloudTrail events: pure, in memory that grows with the ledger only."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from evidence.bundle.format.corroboration import CallVerdict, Difference, TrailVerdict, UnlistedEvent
from evidence.bundle.format.models import Caller
from evidence.clock import rfc3339
from evidence.corroborate.claims import USER_AGENT, Claim, MatchingTerms
from evidence.corroborate.events import Event

MOST_UNLISTED = 1_000
_MOST_EVENTS = 16
"""Events kept for one request id; AWS records one, a hostile file as many as it likes."""
_NON_API = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html"
_SIGNATURES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"
_UNAUTHENTICATED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_SAME_ERROR = {
    "accessdenied": "denied",
    "unauthorizedoperation": "denied",
    "authorizationerror": "denied",
    "throttling": "throttled",
    "throttled": "throttled",
    "toomanyrequests": "throttled",
    "requestlimitexceeded": "throttled",
}
"""Names that services and CloudTrail use for one and the same outcome, without `Exception`."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a call that is not among the events is neither found nor missing."""

    reason: str
    reference: str = ""


class EventMatcher:
    """Takes events in any order, then says of each claim what they mean for it."""

    def __init__(self, claims: Sequence[Claim], terms: MatchingTerms) -> None:
        self._claims = claims
        self._terms = terms
        self._uses = Counter(claim.request_id for claim in claims if claim.request_id)
        self._first: dict[str, int] = {}
        for claim in claims:
            self._first.setdefault(claim.request_id, claim.seq)
        self._events: dict[str, dict[str, Event]] = {}
        self._unlisted: dict[str, UnlistedEvent] = {}

    def feed(self, event: Event) -> None:
        """Take one event; the same event may come more than once."""
        if event.request_id in self._uses:
            kept = self._events.setdefault(event.request_id, {})
            # one id twice with other content is as telling as two events: both are kept
            key = f"{event.event_id} {event.caller_arn}"
            if len(kept) < _MOST_EVENTS:
                kept.setdefault(key, event)
        elif len(self._unlisted) < MOST_UNLISTED and self._is_ours(event):
            self._unlisted.setdefault(
                event.event_id,
                UnlistedEvent(
                    event_id=event.event_id,
                    request_id=event.request_id,
                    time=event.time,
                    operation=f"{event.source} {event.name}",
                    region=event.region,
                ),
            )

    def verdicts(self, unavailable: Callable[[Claim], Absence | None]) -> Iterator[CallVerdict]:
        """Yield one verdict a claim; `unavailable` says why events could not be had where it should be."""
        for claim in self._claims:
            events = tuple(self._events.get(claim.request_id, {}).values()) if claim.request_id else ()
            yield self._found(claim, events) if events else self._absent(claim, unavailable)

    def unlisted(self, own: Collection[str]) -> tuple[UnlistedEvent, ...]:
        """Return what this tool asked as this caller during the run, and the ledger does not list.

        `own` are the request ids of this comparison itself, which may follow a run by a second.
        """
        found = (one for one in self._unlisted.values() if one.request_id not in own)
        return tuple(sorted(found, key=lambda one: (one.time, one.event_id)))

    def _found(self, claim: Claim, events: tuple[Event, ...]) -> CallVerdict:
        # a role assumed across accounts is recorded in both, in the other one without the caller's name
        own = [event for event in events if event.account == claim.account] or events
        found = [(event, tuple(self._differences(claim, event))) for event in own]
        differences = min((against for _, against in found), key=len)
        # another caller under the same id is never excused by a second event that agrees
        foreign = [one for _, against in found for one in against if one.member == "caller"]
        against = tuple(dict.fromkeys((*differences, *foreign, *self._reused(claim))))
        return _verdict(
            claim,
            TrailVerdict.DIFFERS if against else TrailVerdict.AGREES,
            events=tuple(sorted({event.event_id for event in events})),
            differences=against,
        )

    def _absent(self, claim: Claim, unavailable: Callable[[Claim], Absence | None]) -> CallVerdict:
        reused = tuple(self._reused(claim))
        if reused:
            return _verdict(claim, TrailVerdict.DIFFERS, differences=reused)
        exempt = _exempt(claim)
        if exempt is not None:
            return _verdict(
                claim, TrailVerdict.NOT_EXPECTED, reason=exempt.reason, reference=exempt.reference
            )
        out_of_reach = unavailable(claim)
        if out_of_reach is not None:
            reason, reference = out_of_reach.reason, out_of_reach.reference
            return _verdict(claim, TrailVerdict.UNAVAILABLE, reason=reason, reference=reference)
        reason = "" if claim.request_id else "the ledger holds no request id for an answer that came"
        return _verdict(claim, TrailVerdict.MISSING, reason=reason)

    def _reused(self, claim: Claim) -> Iterator[Difference]:
        if self._uses[claim.request_id] > 1 and self._first[claim.request_id] != claim.seq:
            yield Difference(
                member="request id",
                ledger=f"also of call {self._first[claim.request_id]}",
                cloudtrail="one request has one id",
            )

    def _differences(self, claim: Claim, event: Event) -> Iterator[Difference]:
        for member, ledger, cloudtrail in (
            ("account", claim.account, event.account),
            ("source", self._terms.sources.get(claim.service, ""), event.source),
            ("event name", claim.operation, event.name),
            ("region", claim.region, event.region),
        ):
            if ledger != cloudtrail:
                yield Difference(member=member, ledger=ledger, cloudtrail=cloudtrail)
        yield from self._foreign(claim.account, event)
        if not self._in_time(claim, event):
            yield Difference(member="time", ledger=rfc3339(claim.moment), cloudtrail=rfc3339(event.time))
        if not _same_outcome(claim, event.error_code):
            yield Difference(
                member="error code",
                ledger=claim.error_code or "none",
                cloudtrail=event.error_code or "none",
            )

    def _foreign(self, account: str, event: Event) -> Iterator[Difference]:
        """Yield a difference unless an event's caller is one that the bundle names for an account."""
        callers, role = self._terms.callers.get(account, ()), self._terms.roles.get(account, "")
        if any(_is(caller, event) for caller in callers) or (role and event.caller_arn.startswith(role)):
            return
        if callers or role:
            named = [
                *(f"{caller.arn} ({caller.user_id})" for caller in callers),
                *([f"{role}…"] if role else []),
            ]
            seen = f"{event.caller_arn} ({event.principal_id})"
            yield Difference(member="caller", ledger=" or ".join(named), cloudtrail=seen)

    def _in_time(self, claim: Claim, event: Event) -> bool:
        """Say whether an event lies within the call by AWS's Date, and by the collecting machine's clock.

        A Date and an event's time have whole seconds; services stamp an event when they take a request or
        when they have answered it, so that the call's own length is between the two.
        """
        tolerance = self._terms.tolerance + timedelta(seconds=1)
        length = max(claim.finished - claim.started, timedelta())
        by_aws = claim.aws_date
        if by_aws is not None and not by_aws - length - tolerance <= event.time <= by_aws + tolerance:
            return False
        slack = tolerance + self._terms.skew
        return claim.started - slack <= event.time <= claim.finished + slack

    def _is_ours(self, event: Event) -> bool:
        """Say whether an event is of a request that this tool made for this run, and AWS answered.

        A failed one may be an attempt that was repeated: the ledger lists a call once, with its last attempt.
        """
        known = event.account in self._terms.callers or event.account in self._terms.roles
        slack = self._terms.skew + timedelta(seconds=1)
        return (
            known
            and not any(self._foreign(event.account, event))
            and USER_AGENT in event.user_agent
            and not event.error_code
            and self._terms.started - slack <= event.time <= self._terms.finished + slack
        )


def _verdict(
    claim: Claim,
    verdict: TrailVerdict,
    *,
    events: tuple[str, ...] = (),
    differences: tuple[Difference, ...] = (),
    reason: str = "",
    reference: str = "",
) -> CallVerdict:
    return CallVerdict(
        seq=claim.seq,
        operation=f"{claim.service}:{claim.operation}",
        account=claim.account,
        region=claim.region,
        request_id=claim.request_id,
        verdict=verdict,
        events=events,
        differences=differences,
        reason=reason,
        reference=reference,
    )


def _is(caller: Caller, event: Event) -> bool:
    return caller.arn == event.caller_arn and event.principal_id in ("", caller.user_id)


def _exempt(claim: Claim) -> Absence | None:
    """Return why CloudTrail holds no event of a request like this one, or None when it should."""
    if not claim.status and not claim.request_id:
        return Absence("no answer of AWS's came: there is no request id to look for", _NON_API)
    if claim.error_code in _UNAUTHENTICATED:
        return Absence("AWS refused the credentials, so that no account can be told of it", _SIGNATURES)
    return None


def _same_outcome(claim: Claim, recorded: str) -> bool:
    """Say whether ledger and event name the same outcome, each in its own spelling."""
    if not claim.status:
        return True
    if claim.status < 400:
        return not recorded
    return bool(recorded) and _error(claim.error_code) == _error(recorded)


def _error(code: str) -> str:
    """Return an error code in one spelling: CloudTrail has `NoSuchEntityException` for `NoSuchEntity`."""
    name = code.rsplit(".", 1)[-1].casefold().removesuffix("exception")
    return _SAME_ERROR.get(name, name)
