"""Tests over the period, reviews and samples of the company that never was."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from evidence.controls.declaration import BundleKind, Conclusion, Severity, Verdict
from evidence.period.model import (
    AccessReview,
    PeriodBundle,
    PeriodPointer,
    PeriodRow,
    PeriodSample,
    PeriodTestResult,
    ReviewDecision,
    SampledEvent,
)
from evidence.settings.audit_sample import DRAW_METHOD

_JOINERS = "Joiners, movers and leavers"
_REVIEWS = "Access reviews"
_TESTS = {
    "JML-1": ("Every person with access is on the list", _JOINERS, 2, 1, 1),
    "JML-2": ("Leavers lost access in time", _JOINERS, 3, 0, 2),
    "JML-3": ("Nobody had access before starting", _JOINERS, 0, 0, 0),
    "JML-4": ("Contractors have an end date that has not passed", _JOINERS, 14, 0, 0),
    "REV-1": ("A review was held in each quarter", _REVIEWS, 1, 0, 0),
    "REV-2": ("Reviews are complete, by somebody else", _REVIEWS, 1, 0, 0),
    "REV-3": ("What was to be revoked is gone in time", _REVIEWS, 1, 0, 1),
}


def over_period(last: int, hostile: tuple[str, ...]) -> tuple[PeriodTestResult, ...]:
    """Return the seven tests; with hostile names exceptions too."""
    return tuple(_test(name, last, hostile) for name in _TESTS)


def _test(name: str, last: int, hostile: tuple[str, ...]) -> PeriodTestResult:
    title, topic, noted, accepted, open_ = _TESTS[name]
    if not hostile:
        noted = accepted = open_ = 0
    verdicts = [Verdict.EXCEPTION] * noted + [Verdict.ACCEPTED] * accepted + [Verdict.NOT_DETERMINED] * open_
    rows = tuple(_rows([*verdicts, *[Verdict.MET] * 6], last, hostile))
    conclusion = Conclusion.EXCEPTIONS if noted else Conclusion.NO_EXCEPTIONS
    return PeriodTestResult(
        id=name, title=title, topic=topic, criteria=("CC6.2", "CC6.3"),
        risk="Somebody who has left, or was never hired, can still use the company's accounts.",
        procedure="Each person of the population is matched to the list as `docs/period.md` says; "
        "the time between leaving and the loss of access is taken from events where there are any, "
        "else from two snapshots as an interval.",
        population="every person who had access at some time in the period",
        attribute="access ended within 24 hours",
        limits="The list of people is management's: it was compared, not verified.",
        severity=Severity.HIGH if noted else None, conclusion=conclusion, complete=not open_,
        reason=f"{noted} of 218 do not meet the attribute." if noted else "Every member meets the attribute.",
        considered=240, out_of_scope=22, population_size=218, inspected=218, exceptions=noted,
        accepted=accepted,
        not_determined=open_, rows=rows,
        missing=("No event tells what happened from 2026-02-11 to 2026-02-19.",) if open_ else (),
    )  # fmt: skip


def _rows(verdicts: list[Verdict], last: int, hostile: tuple[str, ...]) -> Iterator[PeriodRow]:
    for at, verdict in enumerate(verdicts):
        failed = verdict is not Verdict.MET
        yield PeriodRow(
            subject=hostile[at % 7] if hostile and at % 3 == 1 else f"dana.leaver{at}@northwind.example",
            account="123456789012" if at % 2 else "", region="", verdict=verdict,
            observed="left 2026-03-02; AdministratorAccess stood until between 2026-03-08 and 2026-03-11"
            if failed else "left 2026-04-30; disabled 2026-04-30 15:02:11 UTC by event 77",
            expected="access ended by 2026-03-03 24:00 UTC",
            since=datetime(2026, 3, 3, tzinfo=UTC) if failed else None,
            severity=Severity.HIGH if verdict is Verdict.EXCEPTION else None,
            note="Matched by e-mail." if at % 2 else "",
            attributes={"matched by": "e-mail", "left": "2026-03-02"},
            pointers=(PeriodPointer(bundle=last, place="organization/identity-store/users.jsonl:16"),
                      PeriodPointer(bundle=None, place=f"people.csv:{at + 2}")),
            approver="Priya Natarajan, until 2026-12-31" if verdict is Verdict.ACCEPTED else "",
        )  # fmt: skip


def reviews(
    first: PeriodBundle, made: tuple[PeriodBundle, ...], *, exceptions: bool
) -> tuple[AccessReview, ...]:
    """Return a review for each bundle of one, the second not complete where there are exceptions."""
    held = [one for one in made if one.content is BundleKind.REVIEW]
    return tuple(
        _review(
            one,
            made,
            incomplete=exceptions and one is not first and number == 1,
            revoked=5 if exceptions else 0,
        )
        for number, one in enumerate(held)
    )


def _review(
    one: PeriodBundle, made: tuple[PeriodBundle, ...], *, incomplete: bool, revoked: int
) -> AccessReview:
    reviewed = made[one.number - 2]
    return AccessReview(
        bundle=one.number, reviewed=reviewed.bundle, reviewed_digest=reviewed.digest,
        opened=one.started - timedelta(days=12), closed=one.started, rows=214,
        decided=209 if incomplete else 214,
        kept=214 - revoked, revoked=revoked, changed=0,
        reviewers=("Marta Lindqvist", "=cmd|' /C calc'!A0", "Jonas Weber"), complete=not incomplete,
        why_not=("5 rows have no decision.",
        "2 rows were decided by the person reviewed.") if incomplete else (),
        decisions=tuple(_decision(one, at) for at in range(revoked)),
    )  # fmt: skip


def _decision(one: PeriodBundle, at: int) -> ReviewDecision:
    gone = at != 4
    return ReviewDecision(
        subject=f"person {at}", access="AdministratorAccess in 123456789012", account="123456789012",
        decision="change" if at == 2 else "revoke", decided_on=one.started.date() - timedelta(days=2),
        reviewer="Marta Lindqvist", gone_by=one.number + 1 if gone else None,
        gone=one.started + timedelta(days=3) if at == 1 else None, still_in=None if gone else one.number + 1,
    )  # fmt: skip


def samples(hostile: tuple[str, ...]) -> tuple[PeriodSample, ...]:
    """Return a sample of each of the five populations; one is empty, one is not whole."""
    sizes = {"joiners": 31, "leavers": 19, "changes of access": 88, "uses of root": 1, "new keys": 0}
    return tuple(_sample(of, population, hostile) for of, population in sizes.items())


def _digest(members: list[str]) -> str:
    return hashlib.sha256("".join(f"{one}\n" for one in sorted(members)).encode()).hexdigest()


def _sample(of: str, population: int, hostile: tuple[str, ...]) -> PeriodSample:
    seed = "northwind-2026"
    everybody = [hostile[at % 7] if at % 9 == 4 else f"{of} AIDA{at:016d}" for at in range(population)]
    everybody = [f"{one} ({at})" for at, one in enumerate(everybody)]
    ranked = sorted((hashlib.sha256(f"{seed}\n{one}".encode()).hexdigest(), one) for one in everybody)[:25]
    return PeriodSample(
        of=of, population_of=f"every one of the {of} that bundles or events of the period tell of",
        population=population,
        population_digest=_digest(everybody),
        size=25, seed=seed, seed_source="settings", method=DRAW_METHOD, whole=of != "leavers",
        lacking=("No event tells what happened from 2026-02-11 to 2026-02-19.",) if of == "leavers" else (),
        members=tuple(
            SampledEvent(number=at, rank=rank, member=member, name=member.partition(" ")[2],
                         when="between 2026-01-04 and 2026-01-11", observed="first seen in bundle 4",
                         pointers=(PeriodPointer(bundle=4,
                         place="organization/identity-store/users.jsonl:16"),))
            for at, (rank, member) in enumerate(ranked, start=1)
        ),
    )  # fmt: skip
