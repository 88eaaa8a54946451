"""Tests completeness and accuracy of a run (IPE): other counts, the clocks, the regions (CC4.1)."""

from collections.abc import Iterator

from evidence.bundle.format import bag
from evidence.clock import clock_skew
from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.controls.tests.ipe import DETAILS, LAG, RUN
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.authorization_details import counts, roles
from evidence.readers.closed_regions import closed_regions
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, joined_names, plural
from evidence.readers.mfa_devices import DEVICES, VirtualDevice, readable_devices
from evidence.readers.organizations import TREE
from evidence.readers.pointer import Pointer
from evidence.readers.regions import REGIONS, account_regions
from evidence.readers.unreadable import require_readable

VIRTUAL_ALONE = (
    "Exactly the virtual devices: whether the summary counts passkeys and security keys is not documented."
)
SEVERAL = f"Several devices of one user that are not virtual, or lag. {LAG}"
SAMPLED = ("iam.sample-role-policies", "iam.last-accessed", "access-analyzer.policy-validation")
"""Items collected for roles that were chosen from the authorization details."""
ENABLED = frozenset({"ENABLED", "ENABLED_BY_DEFAULT"})
"""Statuses of account ListRegions that mean a region can be used."""


@control_test(
    id="IPE-2",
    title="Two sources count the same groups, roles and policies",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A population that lacks members makes every test over it say less than it seems to.",
    procedure="Counted groups, roles and customer-managed policies in the authorization details and compared "
    "them "
    "with the account summary. Whether its Roles count service-linked roles AWS does not document: a "
    "difference of exactly these is not determined, and one of roles made after the summary is explained.",
    population="The number of groups, roles and customer-managed policies of each account",
    attribute="The same number in both sources",
    needs=(DETAILS, SUMMARY),
    empty="No account is in scope.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at what was made or deleted while the run was under way (the row names it); IAM's "
        "counts settle within minutes."
    ),
    reconciles=True,
    spares=("ROOT", "USER", "KEY", "IDC", "IPE"),
    doubts=SAMPLED,
)
def same_counts(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account and kind, with both figures."""
    for account in evidence.accounts:
        counted, summary = counts(evidence, account), account_summary(evidence, account)
        for kind, member in (("GroupDetail", "Groups"), ("RoleDetail", "Roles"), ("Policy", "Policies")):
            figure, odd = summary.figure(member), counted[kind].odd
            found = counted[kind].readable + len(odd)
            same = figure == found
            verdict, cause = (Verdict.MET, "") if same else (Verdict.EXCEPTION, "")
            if not same and member == "Roles":
                verdict, cause = _of_roles(evidence, account, found - figure)
            if odd:
                verdict = Verdict.NOT_DETERMINED
            unread = f"; cannot be read: {odd[0]}" if odd else ""
            yield Row(
                subject=member.lower(),
                account=account,
                verdict=verdict,
                observed=f"{found} in the authorization details, {figure} in the account summary{unread}",
                expected="the same number",
                pointers=(
                    *(one.pointer for one in odd[:3]),
                    evidence.item_pointer(DETAILS, account),
                    summary.pointer,
                ),
                note="" if same else cause or LAG,
                attributes={"details": str(found), "summary": str(figure)},
                doubts=() if same or cause else (DETAILS, *SAMPLED),
            )


def _of_roles(evidence: Evidence, account: str, more: int) -> tuple[Verdict, str]:
    """Return the verdict on so many more roles in the details, and what explains them exactly."""
    every, _ = roles(evidence, account)
    asked = evidence.collected_at(SUMMARY, account)
    linked = sum(role.service_linked for role in every)
    later = [role.name for role in every if role.created > asked]
    if more == linked:
        return Verdict.NOT_DETERMINED, (
            f"Exactly the {plural(linked, 'service-linked role')}: whether the summary counts them is not "
            "documented."
        )
    if later and more == len(later):
        return Verdict.EXCEPTION, f"Created after the summary was asked for: {joined_names(later)}."
    return Verdict.EXCEPTION, ""


@control_test(
    id="IPE-3",
    title="Two sources count the same MFA devices",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="MFA that one source knows and the other does not is MFA on paper.",
    procedure="Compared MFADevicesInUse of the account summary with the users that the credential report "
    "calls mfa_active. A user with several virtual devices counts as many; root's device may be counted or "
    "not. Whether the figure counts passkeys and security keys AWS does not document: where it is exactly "
    "that of the virtual devices, it is not determined. Every assigned virtual device must belong to "
    "somebody whom the report calls mfa_active.",
    population="The number of MFA devices in use of each account, and each holder of a virtual device whom "
    "the report does not call mfa_active",
    attribute="The same in both sources",
    needs=(SUMMARY, CREDENTIAL_REPORT, DEVICES),
    empty="No account is in scope.",
    severity=Severity.MEDIUM,
    remedy=collect_again("Look at the devices that were registered or removed while the run was under way."),
    reconciles=True,
    spares=("ROOT", "USER", "KEY", "PWD", "CFG", "PRIV", "IPE"),
    limits="Hardware devices and passkeys are listed by no API here: several of them for one user show as a "
    "difference.",
)
def same_mfa(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account, and one per holder of a virtual device without MFA in the report."""
    for account in evidence.accounts:
        report, summary = evidence.credential_report(account), account_summary(evidence, account)
        holders: dict[str, list[VirtualDevice]] = {}
        for device in readable_devices(evidence, account):
            if device.holder:
                holders.setdefault(device.holder, []).append(device)
        active = {user.arn for user in report.users if user.mfa}
        counted = sum(max(1, len(holders.get(arn, ()))) for arn in active)
        root = max(1, len(holders.get(report.root.arn, ()))) if report.root.mfa else 0
        figure = summary.figure("MFADevicesInUse")
        same = figure in (counted, counted + root)
        virtual = [len(held) for arn, held in holders.items() if arn != report.root.arn]
        of_root = len(holders.get(report.root.arn, ()))
        uncounted = figure in (sum(virtual), sum(virtual) + of_root) and set(holders) <= active | {
            report.root.arn
        }
        unmet = Verdict.NOT_DETERMINED if uncounted else Verdict.EXCEPTION
        yield Row(
            subject="MFA devices in use",
            account=account,
            verdict=Verdict.MET if same else unmet,
            observed=f"{figure} in the account summary; {plural(len(active), 'user')} with MFA in the "
            f"credential report, {counted} devices by the virtual ones listed"
            + (f", and {root} of root" if root else ""),
            expected="the same number",
            pointers=(summary.pointer, report.pointer),
            note="" if same else VIRTUAL_ALONE if uncounted else SEVERAL,
            attributes={"summary": str(figure), "report": str(counted), "root": str(root)},
            doubts=() if same or uncounted else (CREDENTIAL_REPORT,),
        )
        known = active | ({report.root.arn} if report.root.mfa else set())
        for arn in sorted(holders.keys() - known):
            yield Row(
                subject=arn,
                account=account,
                verdict=Verdict.EXCEPTION,
                observed="holds a virtual device; the credential report does not say mfa_active",
                expected="mfa_active in the credential report",
                pointers=tuple(device.pointer for device in holders[arn]),
                note=LAG,
                attributes={"summary": "", "report": "", "root": ""},
                doubts=(CREDENTIAL_REPORT,),
            )


@control_test(
    id="IPE-7",
    title="The clocks agree",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="Ages and times computed with a wrong clock are wrong by as much.",
    procedure="For each answer in the call ledger, computed how far AWS's Date lies outside the time its "
    "request was under way, a second either way for the header's resolution. The largest distance may be "
    "{clock_skew_seconds} seconds.",
    population="The clock of the machine that collected, by every answer that carries AWS's Date",
    attribute="No answer's Date more than {clock_skew_seconds} seconds outside the time of its request",
    needs=(),
    empty="There is always one run.",
    severity=Severity.MEDIUM,
    remedy=collect_again("Set the clock of the computer that collects by NTP."),
)
def clocks(evidence: Evidence) -> Iterator[Row]:
    """Yield one row for the run, with the answer that is furthest off."""
    limit = evidence.thresholds.clock_skew_seconds
    dated, largest, worst, line = 0, 0.0, 1, 0
    for line, call in enumerate(evidence.bundle.calls(), start=1):
        if call.aws_date is not None:
            dated += 1
            skew = clock_skew(call.aws_date, call.started, call.finished)
            if skew > largest:
                largest, worst = skew, line
    verdict = Verdict.EXCEPTION if largest > limit else Verdict.MET
    yield Row(
        subject="clock of the collecting machine",
        account=evidence.run.caller_start.account,
        verdict=verdict if dated else Verdict.NOT_DETERMINED,
        observed=f"{largest:.1f} seconds at most over {dated} of {plural(line, 'answer')}"
        if dated
        else "no answer carried AWS's Date",
        expected=f"at most {limit} seconds",
        pointers=(Pointer(bag.CALLS, worst), RUN) if dated else (Pointer(bag.CALLS),),
        attributes={"seconds": f"{largest:.3f}", "answers": str(dated), "without a date": str(line - dated)},
    )


@control_test(
    id="IPE-9",
    title="Every enabled region was collected",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A region that can be used and was not looked at can hold anything.",
    procedure="Compared the regions that AWS lists as enabled for each account with the regions in scope of "
    "the run. A region that a collected service control policy closes to the account is named with it.",
    population="Every region of each account; those that are not enabled, or closed, are out of scope",
    attribute="In scope",
    needs=(REGIONS,),
    uses=TREE,
    empty="AWS listed no enabled region, and every account has some.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Put {region} into the run (regions in evidence.toml), or give the reason in a service "
        "control policy that closes it."
    ),
    limits="That a region is in scope does not mean that nothing is missing there: see IPE-4 and the gaps.",
)
def every_region(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account and region."""
    states = {(state.account, state.region): state for state in evidence.run.regions}
    for account in evidence.accounts:
        for listed in require_readable(account_regions(evidence, account)):
            region, status = listed.name, listed.status
            state = states.get((account, region))
            covered = state is not None and state.in_scope
            closed = None if covered else closed_regions(evidence, account).get(region)
            counted = listed.enabled and closed is None
            why = "" if covered or state is None else state.reason
            yield Row(
                subject=region,
                account=account,
                region=region,
                verdict=(Verdict.MET if covered else Verdict.EXCEPTION) if counted else Verdict.OUT_OF_SCOPE,
                observed=f"{status}, {'in scope' if covered else 'not in scope'}"
                + (f"; {closed.words}" if closed else ""),
                expected="in scope if enabled",
                pointers=(listed.pointer, RUN, *((closed.pointer,) if closed else ())),
                note=" ".join(filter(None, (why, closed.note if closed else ""))),
            )
