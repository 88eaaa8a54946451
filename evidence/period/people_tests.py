"""Tests over the period who had access against the company's own list of people: JML-1 to JML-4."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict
from evidence.controls.people_matching import BY_OWNER, PersonMatch
from evidence.period.access_verdicts import gone_by, how_long, not_before, when_begun, when_gone, worst
from evidence.period.accesses import HeldAccess
from evidence.period.days import end_of_day, start_of
from evidence.period.people import SeenUser
from evidence.period.people_rows import COLUMNS, missing, needs, own_users, user_row, users_with_access
from evidence.period.period_test import PeriodEvidence, PeriodTest, RowOverPeriod
from evidence.readers.evidence import plural
from evidence.statements.people import StatedPerson

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


def listed(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user who had access in the period."""
    for key, match, held in users_with_access(evidence):
        user = evidence.users[key]
        judged = _listed(evidence, user, match, held)
        yield user_row(evidence, user, match, held, judged, expected="on the company's list of people")


def _listed(
    evidence: PeriodEvidence, user: SeenUser, match: PersonMatch, held: Sequence[HeldAccess]
) -> tuple[Verdict, str, str]:
    observed = f"{how_long(held)}; {match.in_words}"
    sure = any(one.sure for one in held)
    if match.ambiguous:
        return Verdict.NOT_DETERMINED, observed, "One line is a person's: correct the list, or the user."
    if match.person is None:
        if not sure or user.without_tags:
            return Verdict.NOT_DETERMINED, observed, user.without_tags
        note = "A program's, as it has keys only: nobody of the list answers for it." if user.service else ""
        return Verdict.EXCEPTION, observed, note
    if match.by == BY_OWNER and match.person.left is not None:
        verdict = worst(gone_by(one, _deadline(evidence, match.person)) for one in held)
        if verdict is not Verdict.MET:
            return verdict, f"{observed}, who left {match.person.left}", "Somebody else has to answer for it."
    return Verdict.MET, observed, ""


def _deadline(evidence: PeriodEvidence, person: StatedPerson) -> datetime:
    assert person.left is not None  # noqa: S101  asked by the caller
    return end_of_day(person.left) + timedelta(hours=evidence.leaver_hours)


def leavers(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per access of those who left, and one out of scope for those of whom none is known."""
    known: set[int] = set()
    for user, match, held in own_users(evidence):
        person = match.person
        expected = f"gone within {plural(evidence.leaver_hours, 'hour')} after the end of the last day"
        if person is None:
            judged = (Verdict.NOT_DETERMINED, match.in_words, "One line is a person's: correct the list.")
            yield user_row(evidence, user, match, held, judged, expected=expected)
            continue
        if person.left is None or end_of_day(person.left) >= evidence.period.end:
            continue
        known.add(person.line)
        deadline = _deadline(evidence, person)
        for one in held:
            verdict = gone_by(one, deadline)
            observed = f"{one.what}: last day {person.left}; {when_gone(one, evidence.events)}"
            if verdict is Verdict.NOT_DETERMINED and deadline >= evidence.period.end:
                verdict, observed = Verdict.OUT_OF_SCOPE, f"{observed}; the time ends after the period"
            since = deadline if verdict is Verdict.EXCEPTION else None
            note = _late(one, deadline) if verdict is Verdict.EXCEPTION else ""
            yield user_row(
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
                pointers=(), attributes=dict.fromkeys(COLUMNS, ""),
            )  # fmt: skip
            yield RowOverPeriod(row, ())


def joiners(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user of those who started after the period's first day, or nobody knows when."""
    expected = "no access before the first day"
    for user, match, held in own_users(evidence):
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
            verdict = worst(one for one, _ in by)
            shown = next(one for found, one in by if found is verdict)
            judged = (verdict, f"{shown.what}: first day {person.started}; {when_begun(shown)}", "")
        yield user_row(evidence, user, match, held, judged, expected=expected)


def contractors(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per user of contractors."""
    expected = "a contract's end, and no access after it"
    for user, match, held in own_users(evidence):
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
            judged = (verdict, f"a contractor without an end date; {how_long(held)}", "")
        elif person.left >= evidence.period.last:
            judged = (Verdict.MET, f"a contractor until {person.left}; {how_long(held)}", "")
        else:
            end = end_of_day(person.left)
            by = [(gone_by(one, end), one) for one in held]
            verdict = worst(one for one, _ in by)
            shown = next(one for found, one in by if found is verdict)
            observed = f"a contractor until {person.left}; {shown.what}, {when_gone(shown, evidence.events)}"
            judged = (verdict, observed, "")
        yield user_row(evidence, user, match, held, judged, expected=expected)


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
        missing=missing,
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
        missing=lambda evidence: needs("left", evidence),
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
        missing=lambda evidence: needs("started", evidence),
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
        missing=lambda evidence: needs("contractor", evidence),
        empty="No contractor had access.",
    ),
)
