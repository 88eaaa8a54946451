"""Tests completeness and accuracy of the evidence itself: what auditors call IPE (CC4.1).

Independent sources must agree. A mismatch is shown with both numbers and its likely cause.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.bundle.format import bag
from evidence.bundle.format.models import Unit
from evidence.controls import topics
from evidence.controls.declaration import (
    COLLECTIONS,
    REVIEWS,
    Conclusion,
    Family,
    Row,
    Severity,
    Verdict,
    control_test,
)
from evidence.controls.rows import unreadable_rows
from evidence.controls.tests._collect_again import collect_again
from evidence.readers import coverage
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.authorization_details import IamUser, users
from evidence.readers.credential_report import CredentialReport
from evidence.readers.evidence import (
    CREDENTIAL_REPORT,
    Evidence,
    joined_names,
    plural,
    require_moment,
)
from evidence.readers.ledger import CallSeries, Listing, ledger_figures
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.regions import REGIONS
from evidence.readers.unreadable import Unreadable
from evidence.records import Outcome, Target

DETAILS = "iam.authorization-details"
LAG = "Likely causes: IAM's eventual consistency, a report up to 4 hours old, or a change during the run."
UNEXPLAINED = "not explained by its times"
RUN = Pointer(bag.RUN)


@control_test(
    id="IPE-1",
    title="Three sources count the same users",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A population that lacks members makes every test over it say less than it seems to.",
    procedure="Counted the users in the credential report (less root), in the authorization details and in "
    "the "
    "account summary, and compared the names of the first two. A user that one source lacks is "
    "explained by the time it was created, where that tells.",
    population="The number of users of each account, from three sources",
    attribute="Equal to the number in the authorization details",
    needs=(CREDENTIAL_REPORT, DETAILS, SUMMARY),
    empty="No account is in scope.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at who was made or deleted while the run was under way (the row names them); IAM's "
        "counts settle within minutes."
    ),
    reconciles=True,
    spares=("ROOT", "TRUST", "SAMPLE", "IDC", "IPE"),
)
def same_users(evidence: Evidence) -> Iterator[Row]:
    """Yield three rows per account, the figures side by side."""
    for account in evidence.accounts:
        report = evidence.credential_report(account)
        readable, odd = users(evidence, account)
        details = {user.arn: user for user in readable}
        summary = account_summary(evidence, account)
        reported = {user.arn: user for user in report.users}
        only = {
            "the report": sorted(reported.keys() - details.keys()),
            "the details": sorted(details.keys() - reported.keys()),
        }
        differing = "; ".join(
            f"only in {where}: {joined_names(arns)}" for where, arns in only.items() if arns
        )
        expected, figure = len(details), summary.figure("Users")
        if odd:
            counted = (len(report.users), expected + len(odd), figure)
            yield from _unread(account, odd, len(set(counted)) == 1 and not only["the details"])
            continue
        asked = evidence.collected_at(SUMMARY, account)
        yield _figure(
            account, "authorization details", expected, expected, pointer=_file(list(details.values()))
        )
        yield _figure(
            account,
            "credential report",
            len(report.users),
            expected,
            pointer=report.pointer,
            differing=differing,
            explained=UNEXPLAINED not in "; ".join(_causes(evidence, report, details, only)),
            cause="; ".join(_causes(evidence, report, details, only)),
        )
        later = sum(user.created > asked for user in details.values() if user.created)
        explained = bool(later) and figure + later == expected
        cause = f"{plural(later, 'user')} created after the summary was asked for at {_when(asked)}"
        yield _figure(
            account,
            "account summary",
            figure,
            expected,
            pointer=summary.pointer,
            cause=cause if explained else "",
            explained=explained,
        )


def _unread(account: str, odd: Sequence[Unreadable], even: bool) -> Iterator[Row]:
    """Yield a row for each user whom nobody can read; they doubt the list where it does not come out even."""
    columns = ("source", "figure", "difference", "cause")
    expected = "a user that can be read, to be found in the other sources"
    for row in unreadable_rows(((account, "", one) for one in odd), expected, columns):
        yield replace(row, doubts=() if even else (CREDENTIAL_REPORT, DETAILS))


def _causes(
    evidence: Evidence,
    report: CredentialReport,
    details: dict[str, IamUser],
    only: dict[str, list[str]],
) -> Iterator[str]:
    """Yield why each user is in one source only, as far as the times tell; else the likely causes."""
    generated, read = report.generated, evidence.collected_at(DETAILS, report.account)
    unexplained = []
    for arn in only["the details"]:
        created = details[arn].created
        if created and created > generated:
            yield f"{arn} was created at {_when(created)}, after the report of {_when(generated)}"
        else:
            unexplained.append(arn)
    made = {user.arn: user.created for user in report.users}
    for arn in only["the report"]:
        created = made[arn]
        if created and created > read:
            yield f"{arn} was created at {_when(created)}, after the details were read at {_when(read)}"
        elif generated < read:
            yield f"{arn} was deleted after the report of {_when(generated)}, or the details lag"
        else:
            unexplained.append(arn)
    if unexplained:
        yield f"{UNEXPLAINED}: {joined_names(unexplained)}. {LAG}"


def _file(users: list[IamUser]) -> Pointer:
    return Pointer(users[0].pointer.file) if users else RUN


def _figure(
    account: str,
    source: str,
    figure: int,
    expected: int,
    *,
    pointer: Pointer,
    differing: str = "",
    cause: str = "",
    explained: bool = False,
) -> Row:
    """Return the row of one figure; a difference that is explained puts no population in doubt."""
    same = figure == expected and not differing
    return Row(
        subject=f"users in the {source}",
        account=account,
        verdict=Verdict.MET if same else Verdict.EXCEPTION,
        observed=plural(figure, "user") + (f" ({differing})" if differing else ""),
        expected=f"{plural(expected, 'user')}, as in the authorization details",
        pointers=(pointer,),
        note="" if same else f"{cause}." if cause and not cause.endswith(".") else cause or LAG,
        attributes={
            "source": source,
            "figure": str(figure),
            "difference": f"{figure - expected:+d}" if figure != expected else "0",
            "cause": "" if same else cause or "not explained",
        },
        doubts=() if same or explained else (CREDENTIAL_REPORT, DETAILS),
    )


@control_test(
    id="IPE-4",
    title="Nothing planned is missing",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="What was neither collected nor missed is forgotten, and nobody knows.",
    procedure="For every item planned, went through the accounts and regions in scope: each must end as "
    "collected, "
    "empty or gap, once; what was collected must be in the bundle, and a gap must be in gaps.json with its "
    "cause. Where an account's regions are not known, as when its role could not be assumed, what should "
    "have been planned there is not known either.",
    population="Every planned unit: an evidence item for a target",
    attribute="Ended once, with its files or with its gap",
    needs=(),
    empty="Nothing was planned.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "See in gaps.json why {subject} is missing and take the cause away: a permission "
        "(`evidence policy` prints what a run needs), or a service that was not reachable."
    ),
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    over=COLLECTIONS | REVIEWS,
)
def nothing_missing(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per planned unit, and one per account whose units were planned by a guess."""
    for planned in evidence.run.items:
        if planned.planned:
            yield from _item_rows(evidence, planned.item)
    for gap in evidence.bundle.gaps_of(REGIONS):
        yield Row(
            subject="regions of the account",
            account=gap.target.account,
            verdict=Verdict.NOT_DETERMINED,
            observed=f"not known ({gap.cause.value}): the units planned there are a guess",
            expected="known, so that every unit can be planned",
            pointers=(Pointer(bag.GAPS), RUN),
            note=gap.message,
        )


def _item_rows(evidence: Evidence, item: str) -> Iterator[Row]:
    by_target: dict[Target, list[Unit]] = {}
    for unit in evidence.bundle.units(item):
        by_target.setdefault(unit.target.target(), []).append(unit)
    if not by_target:
        yield _unit_row(item, "", "", Verdict.EXCEPTION, "planned, and no unit of it was run")
        return
    scope = next(iter(by_target)).scope
    for target in coverage.expected_targets(evidence.bundle, scope):
        by_target.setdefault(target, [])
    for target in sorted(by_target, key=lambda key: (key.account, key.region or "")):
        observed, problem = _ended(evidence, by_target[target])
        verdict = Verdict.EXCEPTION if problem else Verdict.MET
        yield _unit_row(item, target.account, target.region or "", verdict, problem or observed)


def _ended(evidence: Evidence, units: list[Unit]) -> tuple[str, str]:
    """Return how a unit ended, and what is wrong with that."""
    if len(units) != 1:
        return "", f"{plural(len(units), 'unit')} where one belongs"
    unit = units[0]
    if unit.outcome is Outcome.GAP:
        named = evidence.bundle.gaps_of(unit.item, unit.target.target())
        return "gap", "" if named else "ended as a gap that gaps.json does not name"
    absent = [file for file in unit.files if file not in evidence.bundle.hashes]
    if absent or not unit.files:
        return "", f"collected, but not in the bundle: {joined_names(absent) or 'no file'}"
    return f"{unit.outcome.value}, {plural(unit.records, 'record')}", ""


def _unit_row(item: str, account: str, region: str, verdict: Verdict, observed: str) -> Row:
    return Row(
        subject=item,
        account=account,
        region=region,
        verdict=verdict,
        observed=observed,
        expected="collected, empty, or a gap with its cause",
        pointers=(RUN,),
    )


@control_test(
    id="IPE-5",
    title="Every list was read to its end",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A list that stops in the middle is a population without its last members.",
    procedure="Went through the call ledger. Of every series of calls (same item, account, region, operation "
    "and "
    "parameters but for the page token) that lists something, the last answer must say that no page follows.",
    population="Every list operation called, by item, account and region",
    attribute="The last answer of each series is the last page",
    needs=(),
    empty="No list operation was called.",
    severity=Severity.MEDIUM,
    remedy=collect_again("See in calls.jsonl where the list of {subject} broke off, and why."),
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    limits="Relies on AWS's own statement that no page follows.",
)
def read_to_the_end(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per item, account, region and operation, and one per series that is not complete."""
    for listing, series in ledger_figures(evidence.bundle).lists():
        cut = [one for one in series if one.truncated]
        for one in cut:
            yield _series_row(evidence, listing, one, "AWS said that more pages follow")
        if not cut:
            yield _series_row(
                evidence, listing, series[-1], f"{len(series)} series of calls, each read to its last page"
            )


def _series_row(evidence: Evidence, listing: Listing, series: CallSeries, observed: str) -> Row:
    item, account, region, operation = listing
    missed = series.truncated and any(gap.target.account == account for gap in evidence.bundle.gaps_of(item))
    return Row(
        subject=f"{item} {operation}",
        account=account,
        region=region,
        verdict=Verdict.EXCEPTION if series.truncated else Verdict.MET,
        observed=observed,
        expected="no page follows the last one read",
        pointers=(Pointer(bag.CALLS, series.line),),
        note="The item is recorded as a gap: nothing rests on what was read of it." if missed else "",
    )


@control_test(
    id="IPE-6",
    title="The evidence is of its time",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="Evidence from another day answers another question.",
    procedure="Compared the credential report's GeneratedTime with the start of its collection (at most "
    "{credential_report_hours} hours earlier, as AWS makes a new one no more often; at most "
    "{clock_skew_seconds} seconds after its end), and the times of every unit with start and end of the run.",
    population="The credential report of each account, and every evidence item",
    attribute="Made at most {credential_report_hours} hours before collection; collected inside the run",
    needs=(CREDENTIAL_REPORT,),
    empty="No account is in scope.",
    severity=Severity.MEDIUM,
    remedy=collect_again("Wait until the credential report is 4 hours old: only then AWS makes a new one."),
)
def recently_collected(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per credential report and one per item."""
    for account in evidence.accounts:
        yield _report_age(evidence, account)
    by_item: dict[str, list[Unit]] = {}
    for unit in evidence.run.units:
        by_item.setdefault(unit.item, []).append(unit)
    for item, units in by_item.items():
        yield _inside(evidence, item, units)


def _report_age(evidence: Evidence, account: str) -> Row:
    limits = evidence.thresholds
    head = evidence.only_record(CREDENTIAL_REPORT, account)
    generated, asked = (
        require_moment(head.value["GeneratedTime"]),
        evidence.collected_at(CREDENTIAL_REPORT, account),
    )
    age = asked - generated
    ahead = generated - evidence.unit(CREDENTIAL_REPORT, account).finished
    skewed = ahead > timedelta(seconds=limits.clock_skew_seconds)
    fine = age <= timedelta(hours=limits.credential_report_hours) and not skewed
    return Row(
        subject="credential report",
        account=account,
        verdict=Verdict.MET if fine else Verdict.EXCEPTION,
        observed=f"generated {_when(generated)}, asked for {_when(asked)}",
        expected=f"generated at most {limits.credential_report_hours} hours before, and not after collection",
        pointers=(pointer_to(head),),
    )


def _inside(evidence: Evidence, item: str, units: list[Unit]) -> Row:
    run = evidence.run
    outside = [unit for unit in units if not run.started <= unit.started <= unit.finished <= run.finished]
    first, last = min(unit.started for unit in units), max(unit.finished for unit in units)
    where = joined_names(unit.target.target().label for unit in outside)
    return Row(
        subject=item,
        account=units[0].target.account if len({unit.target.account for unit in units}) == 1 else "",
        verdict=Verdict.EXCEPTION if outside else Verdict.MET,
        observed=f"{plural(len(units), 'unit')} between {_when(first)} and {_when(last)}",
        expected=f"between {_when(run.started)} and {_when(run.finished)}",
        pointers=(RUN,),
        note=f"Outside the run: {where}." if outside else "",
    )


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
