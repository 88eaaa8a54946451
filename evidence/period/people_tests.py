"""Tests over the period who had access against the company's own list of people: JML-1 to JML-4."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict
from evidence.controls.people_matching import BY_OWNER, PersonMatch
from evidence.period.accesses import HeldAccess
from evidence.period.days import end_of_day, said, start_of
from evidence.period.model import PeriodPointer
from evidence.period.people import SeenUser, UserKey
from evidence.period.period_test import PeriodEvidence, PeriodTest, RowOverPeriod, pointers_of
from evidence.readers.evidence import joined_names, plural
from evidence.statements.people import StatedPerson

NO_LIST = "The company's own list of people was not given (people.csv, --people), and no pack of the period has one."
_WORD = "The list is the company's own word, and as old as its export; days are UTC's. "
_RULES = (
    "A user is a person's where the list's id is the user name, or the list's e-mail is the user name, the "
    "primary e-mail or the tag email; case makes no difference, and names are not compared. "
)
_HELD = (
    "Access of a person is an assignment of Identity Center while the assignment, the membership that gives "
    "it and the person, enabled, were all there; of an IAM user a console password or an active key. From "
    "when to when is told by the bundles, and to the second where CloudTrail's events tell. "
)
_LIMITS = (
    _WORD + "Assignments that AWS takes back some seconds after it is asked to count from the request. SSH "
    "keys, signing certificates and service-specific credentials of IAM users, and sessions that began "
    "before, are not looked at. Root is looked at by ROOT-1 to ROOT-6."
)
_CRITERIA = ("CC6.1", "CC6.2", "CC6.3")
_COLUMNS = ("name", "kind", "access", "person", "line", "matched by", "started", "left", "contractor")
User = tuple[UserKey, PersonMatch, Sequence[HeldAccess]]


def _users(evidence: PeriodEvidence) -> Iterator[User]:
    """Yield the users who had, or may have had, access in the period, with whose they are."""
    matches = _matches(evidence)
    for key in sorted(evidence.accesses):
        if evidence.accesses[key] and key in matches:
            yield key, matches[key], evidence.accesses[key]


def _matches(evidence: PeriodEvidence) -> Mapping[UserKey, PersonMatch]:
    found = evidence.matches.matches if evidence.matches else ()
    return dict(zip(evidence.users, found, strict=True)) if found else {}


def _own(evidence: PeriodEvidence) -> Iterator[tuple[SeenUser, PersonMatch, Sequence[HeldAccess]]]:
    """Yield the users that are, or may be, somebody's of the list."""
    for key, match, held in _users(evidence):
        if match.candidates and match.by != BY_OWNER:
            yield evidence.users[key], match, held


def _missing(evidence: PeriodEvidence) -> Iterator[str]:
    if evidence.people is None:
        yield NO_LIST
    yield from evidence.not_shown


def _needs(column: str, evidence: PeriodEvidence) -> Iterator[str]:
    yield from _missing(evidence)
    if evidence.people and not evidence.people.people.says(column):
        yield f"The list has no column {column}."


def _row(
    evidence: PeriodEvidence,
    user: SeenUser,
    match: PersonMatch,
    held: Sequence[HeldAccess],
    judged: tuple[Verdict, str, str],
    *,
    expected: str,
    since: datetime | None = None,
) -> RowOverPeriod:
    verdict, observed, note = judged
    person = match.person
    columns = {
        "name": user.name,
        "kind": user.identity.kind,
        "access": joined_names(dict.fromkeys(one.what for one in held), 6),
        "person": person.label if person else "",
        "line": str(person.line) if person else "",
        "matched by": match.by,
        "started": str(person.started or "") if person else "",
        "left": str(person.left or "") if person else "",
        "contractor": ("yes" if person.contractor else "no") if person else "",
    }
    row = Row(
        subject=user.identity.id,
        account=user.identity.account,
        verdict=verdict,
        observed=f"{user.name}: {observed}",
        expected=expected,
        pointers=(),
        since=since,
        note=note,
        attributes=columns,
        severity=user.severity if verdict is Verdict.EXCEPTION else None,
    )
    return RowOverPeriod(row, pointers_of(held, evidence.bundles) or _seen_at(user))


def _seen_at(user: SeenUser) -> tuple[PeriodPointer, ...]:
    return tuple(PeriodPointer(bundle=user.bundle, place=place) for place in user.pointers)


def listed(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user who had access in the period."""
    for key, match, held in _users(evidence):
        user = evidence.users[key]
        judged = _listed(evidence, user, match, held)
        yield _row(evidence, user, match, held, judged, expected="on the company's list of people")


def _listed(
    evidence: PeriodEvidence, user: SeenUser, match: PersonMatch, held: Sequence[HeldAccess]
) -> tuple[Verdict, str, str]:
    observed = f"{_how_long(held)}; {match.in_words}"
    sure = any(one.sure for one in held)
    if match.ambiguous:
        return Verdict.NOT_DETERMINED, observed, "One line is a person's: correct the list, or the user."
    if match.person is None:
        if not sure or not user.tags_known:
            note = "" if user.tags_known else "Its tags were not collected."
            return Verdict.NOT_DETERMINED, observed, note
        note = "A program's, as it has keys only: nobody of the list answers for it." if user.service else ""
        return Verdict.EXCEPTION, observed, note
    if match.by == BY_OWNER and match.person.left is not None:
        verdict = _worst(gone_by(one, _deadline(evidence, match.person)) for one in held)
        if verdict is not Verdict.MET:
            return verdict, f"{observed}, who left {match.person.left}", "Somebody else has to answer for it."
    return Verdict.MET, observed, ""


def _deadline(evidence: PeriodEvidence, person: StatedPerson) -> datetime:
    assert person.left is not None  # noqa: S101  asked by the caller
    return end_of_day(person.left) + timedelta(hours=evidence.leaver_hours)


def gone_by(held: HeldAccess, deadline: datetime) -> Verdict:
    """Say whether an access was gone by a moment: met, not met, or the evidence does not settle it.

    Met where even the latest possible end is no later; an exception where it certainly was there, and even
    the earliest possible end is later.
    """
    span = held.span
    if span.doubted:
        return Verdict.NOT_DETERMINED
    if span.end_latest is not None and span.end_latest <= deadline:
        return Verdict.MET
    if held.sure and span.end_earliest is not None and span.end_earliest > deadline:
        return Verdict.EXCEPTION
    return Verdict.NOT_DETERMINED


def not_before(held: HeldAccess, start: datetime) -> Verdict:
    """Say whether an access began no sooner than a moment, likewise."""
    span = held.span
    if span.doubted:
        return Verdict.NOT_DETERMINED
    if span.begin_earliest is not None and span.begin_earliest >= start:
        return Verdict.MET
    if held.sure and span.begin_latest is not None and span.begin_latest < start:
        return Verdict.EXCEPTION
    return Verdict.NOT_DETERMINED


def _worst(verdicts: Iterator[Verdict]) -> Verdict:
    found = set(verdicts)
    order = (Verdict.EXCEPTION, Verdict.NOT_DETERMINED)
    return next((one for one in order if one in found), Verdict.MET)


def _how_long(held: Sequence[HeldAccess]) -> str:
    shown = [one for access in held for one in access.shown]
    if not shown:
        return "had access between two bundles, by events alone"
    return f"had access from bundle {min(shown)} to bundle {max(shown)}"


def when_gone(evidence: PeriodEvidence, held: HeldAccess) -> str:
    """Return in words when an access ended, as far as is known."""
    span = held.span
    numbers = [evidence.events[key] for key in held.ended_by if key in evidence.events]
    by = f" (event {joined_names(numbers)})" if numbers else ""
    if span.end_latest is None:
        last = f"bundle {held.shown[-1]}" if held.shown else "the last that is known of it"
        return (
            f"there in {last} of {said(span.end_earliest)}, and not seen gone" if span.end_earliest else last
        )
    if span.end_earliest == span.end_latest:
        return f"gone at {said(span.end_latest)}{by}"
    since = f"gone after {said(span.end_earliest)}, and " if span.end_earliest else "gone "
    return f"{since}by {said(span.end_latest)}{by}"


def leavers(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per access of those who left, and one out of scope for those of whom none is known."""
    known: set[int] = set()
    for user, match, held in _own(evidence):
        person = match.person
        expected = f"gone within {plural(evidence.leaver_hours, 'hour')} after the end of the last day"
        if person is None:
            judged = (Verdict.NOT_DETERMINED, match.in_words, "One line is a person's: correct the list.")
            yield _row(evidence, user, match, held, judged, expected=expected)
            continue
        if person.left is None or end_of_day(person.left) >= evidence.period.end:
            continue
        known.add(person.line)
        deadline = _deadline(evidence, person)
        for one in held:
            verdict = gone_by(one, deadline)
            observed = f"{one.what}: last day {person.left}; {when_gone(evidence, one)}"
            if verdict is Verdict.NOT_DETERMINED and deadline >= evidence.period.end:
                verdict, observed = Verdict.OUT_OF_SCOPE, f"{observed}; the time ends after the period"
            since = deadline if verdict is Verdict.EXCEPTION else None
            note = _late(one, deadline) if verdict is Verdict.EXCEPTION else ""
            yield _row(
                evidence, user, match, [one], (verdict, observed, note), expected=expected, since=since
            )
    yield from _without_access(evidence, known)


def _late(held: HeldAccess, deadline: datetime) -> str:
    least = held.span.end_earliest
    if least is None:
        return ""
    hours = (least - deadline) / timedelta(hours=1)
    return f"At least {hours:,.1f} hours too long."


def _without_access(evidence: PeriodEvidence, known: set[int]) -> Iterator[RowOverPeriod]:
    for person in evidence.people.people.people if evidence.people else ():
        if person.left and evidence.period.first <= person.left <= evidence.period.last:
            if person.line in known:
                continue
            row = Row(
                subject=f"people.csv line {person.line}", account="", verdict=Verdict.OUT_OF_SCOPE,
                observed=f"{person.label} left {person.left}; no access in the period is known",
                outside="left, and no access of theirs is known", expected="no access",
                pointers=(), attributes=dict.fromkeys(_COLUMNS, ""),
            )  # fmt: skip
            yield RowOverPeriod(row, ())


def joiners(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user of those who started after the period's first day, or nobody knows when."""
    expected = "no access before the first day"
    for user, match, held in _own(evidence):
        person = match.person
        if person is None:
            judged = (Verdict.NOT_DETERMINED, match.in_words, "One line is a person's: correct the list.")
        elif person.started is None:
            judged = (Verdict.NOT_DETERMINED, "the list does not say since when", "")
        elif person.started <= evidence.period.first:
            continue
        else:
            start = start_of(person.started)
            by = [(not_before(one, start), one) for one in held]
            verdict = _worst(iter([one for one, _ in by]))
            shown = next(one for found, one in by if found is verdict)
            judged = (verdict, f"{shown.what}: first day {person.started}; {_when_begun(shown)}", "")
        yield _row(evidence, user, match, held, judged, expected=expected)


def _when_begun(held: HeldAccess) -> str:
    span = held.span
    if span.begin_latest is not None and span.begin_earliest == span.begin_latest:
        return f"there since {said(span.begin_latest)}"
    since = f"not before {said(span.begin_earliest)}" if span.begin_earliest else "nobody knows since when"
    return f"{since}, there by {said(span.begin_latest)}" if span.begin_latest else since


def contractors(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user of contractors."""
    expected = "a contract's end, and no access after it"
    for user, match, held in _own(evidence):
        person = match.person
        if person is None:
            if not any(one.contractor for one in match.candidates):
                continue
            judged = (Verdict.NOT_DETERMINED, match.in_words, "One line is a person's: correct the list.")
        elif not person.contractor:
            continue
        elif person.left is None:
            sure = any(one.sure for one in held)
            verdict = Verdict.EXCEPTION if sure else Verdict.NOT_DETERMINED
            judged = (verdict, f"a contractor without an end date; {_how_long(held)}", "")
        elif person.left >= evidence.period.last:
            judged = (Verdict.MET, f"a contractor until {person.left}; {_how_long(held)}", "")
        else:
            end = end_of_day(person.left)
            by = [(gone_by(one, end), one) for one in held]
            verdict = _worst(iter([one for one, _ in by]))
            shown = next(one for found, one in by if found is verdict)
            observed = f"a contractor until {person.left}; {shown.what}, {when_gone(evidence, shown)}"
            judged = (verdict, observed, "")
        yield _row(evidence, user, match, held, judged, expected=expected)


_HOLDS = "Held each user who had access against {list}. " + _RULES + _HELD
TESTS = (
    PeriodTest(
        id="JML-1",
        title="Everybody who had access is on the company's list",
        topic=topics.JOINERS_LEAVERS,
        criteria=_CRITERIA,
        risk="Whom the company does not know as its own keeps access that nobody takes away when they leave.",
        procedure=_HOLDS + "An IAM user whom neither finds needs an owner tag with the id or e-mail of "
        "somebody on the list who had not left while it had access; or an accepted exception.",
        population="Each user of the identity store and each IAM user with access at some time in the period",
        attribute="The user is one person's of the list, or somebody of the list answers for it",
        limits=_LIMITS,
        rule=listed,
        missing=_missing,
        empty="Nobody had access.",
    ),
    PeriodTest(
        id="JML-2",
        title="Who left lost access in time",
        topic=topics.JOINERS_LEAVERS,
        criteria=_CRITERIA,
        risk="Who left can still read, change and delete, and nobody watches what they do.",
        procedure=_HOLDS + "Of those whose last day ended before the period did, looked at when each access "
        "ended: within {hours} after the end of the last day, 24:00 UTC. Between two bundles without an "
        "event, it is met where the later shows it gone within that time, an exception where the earlier "
        "shows it there after it, and else not determined.",
        population="Each access, at some time in the period, of each user that is a leaver's of the list; "
        "leavers of the period of whom none is known are listed, out of scope",
        attribute="The access was gone within {hours} after the end of the last day",
        limits=_LIMITS,
        rule=leavers,
        missing=lambda evidence: _needs("left", evidence),
        empty="Nobody of the list who left had access in the period.",
    ),
    PeriodTest(
        id="JML-3",
        title="Nobody had access before starting",
        topic=topics.JOINERS_LEAVERS,
        criteria=_CRITERIA,
        risk="Access before the first day is used by somebody who has signed nothing yet, or by another.",
        procedure=_HOLDS + "Of those whose first day came after the period's first, looked at when each "
        "access began: not before 00:00 UTC of the first day.",
        population="Each user with access that is one person's of the list who started after the period's "
        "first day, or of whom the list does not say when",
        attribute="No access began before the first day",
        limits=_LIMITS,
        rule=joiners,
        missing=lambda evidence: _needs("started", evidence),
        empty="Nobody of the list who started in the period had access.",
    ),
    PeriodTest(
        id="JML-4",
        title="Contractors had an end date, and no access after it",
        topic=topics.JOINERS_LEAVERS,
        criteria=_CRITERIA,
        risk="A contract without an end in the list is one after which nobody thinks of the access.",
        procedure=_HOLDS + "Of those whom the list calls contractors, looked at the end of the contract: it "
        "must be there, and no access after 24:00 UTC of that day.",
        population="Each user with access that is one contractor's of the list",
        attribute="The contract has an end, and there was no access after it",
        limits=_LIMITS + " Who is a contractor is what the list says, and an empty cell says no.",
        rule=contractors,
        missing=lambda evidence: _needs("contractor", evidence),
        empty="No contractor had access.",
    ),
)
