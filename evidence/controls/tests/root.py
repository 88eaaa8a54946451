"""Tests the root user: MFA, keys, kind of MFA, use (CC6.1, CC6.2)."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.readers.account_summary import SUMMARY, AccountSummary, account_summary
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import Evidence, day, joined_names, plural
from evidence.readers.mfa_devices import DEVICES, readable_devices
from evidence.readers.organizations import FEATURES, ORGANIZATION, organizations, root_access
from evidence.readers.unreadable import require_readable

CRITERIA = ("CC6.1", "CC6.2")
REPORT = "iam.credential-report"
DAY = timedelta(days=1)


def root_arn(evidence: Evidence, account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:{evidence.run.partition}:iam::{account}:root"


@control_test(
    id="ROOT-1",
    title="Root has MFA",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="Whoever learns root's password owns the account, beyond the reach of any policy.",
    procedure="Read AccountMFAEnabled from the account summary (the API behind the console's security "
    "status) "
    "and reconciled it with the root row of the credential report.",
    population="The root user of each account in scope",
    attribute="AccountMFAEnabled = 1",
    needs=(SUMMARY, REPORT),
    empty="No account is in scope.",
    limits="MFA on root does not show who holds the device.",
)
def root_mfa(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account; root without password and keys has nothing that MFA would protect."""
    for account in evidence.accounts:
        summary = account_summary(evidence, account)
        root = evidence.credential_report(account).root
        verdict, observed, note = _mfa_state(summary, root)
        yield Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            observed=observed,
            expected="MFA enabled",
            pointers=(summary.pointer, root.pointer),
            note=note,
        )


def _mfa_state(summary: AccountSummary, root: CredentialRow) -> tuple[Verdict, str, str]:
    enabled = summary.figure("AccountMFAEnabled")
    reported = f"the credential report says mfa_active = {str(root.mfa).lower()}"
    if enabled == 1 and root.mfa:
        return Verdict.MET, "MFA enabled", f"Reconciled: {reported} too."
    if enabled == 1:
        return (
            Verdict.NOT_DETERMINED,
            f"the summary says enabled, {reported}",
            "The report can be 4 hours older than the summary; collect again to settle it.",
        )
    if not summary.figure("AccountPasswordPresent") and not summary.figure("AccountAccessKeysPresent"):
        return (
            Verdict.MET,
            "no MFA, and no password or key that could be used without it",
            "Root's credentials were removed (central root access management): nobody can sign in as root.",
        )
    return Verdict.EXCEPTION, "MFA not enabled", f"Beside the summary, {reported}."


@control_test(
    id="ROOT-2",
    title="Root has no access keys and no signing certificates",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="A root key gives full access from anywhere, without MFA, and no policy can limit it.",
    procedure="Read AccountAccessKeysPresent and AccountSigningCertificatesPresent from the account summary, "
    "and "
    "the key columns of the root row of the credential report. A key that is inactive is still present.",
    population="The root user of each account in scope",
    attribute="No access key and no signing certificate present",
    needs=(SUMMARY, REPORT),
    empty="No account is in scope.",
)
def root_keys(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    for account in evidence.accounts:
        summary = account_summary(evidence, account)
        root = evidence.credential_report(account).root
        keys = max(summary.figure("AccountAccessKeysPresent"), len(root.active_keys))
        certificates = max(summary.figure("AccountSigningCertificatesPresent"), root.certificates)
        clean = not keys and not certificates and not root.additional
        yield Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=Verdict.MET if clean else Verdict.EXCEPTION,
            observed=f"{plural(keys, 'access key')}, {plural(certificates, 'signing certificate')}",
            expected="0 access keys, 0 signing certificates",
            pointers=(summary.pointer, root.pointer),
            since=min((key.rotated for key in root.active_keys if key.rotated), default=None),
            note="" if clean else _key_note(root),
        )


def _key_note(root: CredentialRow) -> str:
    more = f" AWS adds: {root.additional}" if root.additional else ""
    return f"Active by the credential report: {plural(len(root.active_keys), 'access key')}.{more}"


@control_test(
    id="ROOT-3",
    title="Root's MFA is not a virtual device",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="A virtual device is a secret on someone's phone, and can be copied to another.",
    procedure="Listed virtual MFA devices, assigned or not, and looked for one whose user is the account's "
    "root.",
    population="The root user of each account in scope that has MFA",
    attribute="No virtual MFA device is assigned to root",
    needs=(DEVICES, SUMMARY),
    empty="Root has no MFA of any kind (ROOT-1 says so).",
    limits="FIDO keys and passkeys appear in no API: the test shows that no virtual device is assigned, not "
    "that the device is hardware.",
)
def root_mfa_kind(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    for account in evidence.accounts:
        summary = account_summary(evidence, account)
        virtual = {
            device.serial: device
            for device in readable_devices(evidence, account)
            if device.holder == root_arn(evidence, account)
        }
        verdict = Verdict.EXCEPTION if virtual else Verdict.MET
        if not virtual and summary.figure("AccountMFAEnabled") != 1:
            verdict = Verdict.OUT_OF_SCOPE
        yield Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            observed=f"virtual device {joined_names(virtual)}"
            if virtual
            else "no virtual device assigned to root",
            expected="no virtual device",
            pointers=(*(device.pointer for device in virtual.values()), summary.pointer),
            note="Root has no MFA at all: see ROOT-1." if verdict is Verdict.OUT_OF_SCOPE else "",
        )


@control_test(
    id="ROOT-4",
    title="Root is not used",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="Everyday work as root is work that no policy limits and no person answers for.",
    procedure="Read the last use of root's password and keys from the credential report and compared it with "
    "{lookback}. A use within it needs an accepted exception (break-glass).",
    population="The root user of each account in scope",
    attribute="Last use lies outside the look-back",
    needs=(REPORT,),
    empty="No account is in scope.",
    limits="The report shows the last use only, up to 4 hours late; an earlier use behind it is not visible.",
)
def root_use(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    for account in evidence.accounts:
        report = evidence.credential_report(account)
        uses = {"password": report.root.password_used} | {
            f"access key {key.number}": key.used for key in report.root.keys
        }
        known = {name: used for name, used in uses.items() if used is not None}
        start, end = _lookback(evidence, report.generated)
        verdict, note = _use(known.values(), start, end)
        if verdict is Verdict.MET and end is not None and report.generated < end:
            verdict = Verdict.MET if report.generated > start else Verdict.NOT_DETERMINED
            note = f"The report was made on {day(report.generated)} and says nothing of the days after."
        yield Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            observed="; ".join(f"{name} last used {day(used)}" for name, used in known.items())
            or "no use on record",
            expected=f"no use from {day(start)}" + (f" to {day(end - DAY)}" if end else ""),
            pointers=(report.root.pointer,),
            since=max(known.values()) if verdict is Verdict.EXCEPTION else None,
            note=note,
        )


def _lookback(evidence: Evidence, as_of: datetime) -> tuple[datetime, datetime | None]:
    entity = evidence.settings.entity
    if entity.period_start and entity.period_end:
        start, last = (
            datetime(value.year, value.month, value.day, tzinfo=UTC)
            for value in (entity.period_start, entity.period_end)
        )
        return start, last + DAY
    return as_of - evidence.thresholds.root_lookback_days * DAY, None


def _use(uses: Collection[datetime], start: datetime, end: datetime | None) -> tuple[Verdict, str]:
    within = [used for used in uses if used > start or (end is not None and used == start)]
    if any(end is None or used < end for used in within):
        return Verdict.EXCEPTION, "A use within the look-back needs an accepted exception."
    if end is not None and any(used >= end for used in uses):
        return (
            Verdict.NOT_DETERMINED,
            "Root was used after the period; the report shows the last use only, so an earlier one may hide.",
        )
    return Verdict.MET, ""


REQUIRED = "RootCredentialsManagement"


@control_test(
    id="ROOT-5",
    title="Root access of member accounts is managed centrally",
    topic=topics.ROOT,
    criteria=("CC6.1", "CC6.2"),
    risk="Every member account has a root user of its own, with a password that somebody may recover.",
    procedure="Asked IAM which features of central root access the organization has enabled "
    "(ListOrganizationsFeatures) and looked for RootCredentialsManagement.",
    population="The organization",
    attribute="RootCredentialsManagement is enabled",
    needs=(ORGANIZATION, FEATURES),
    empty="The account belongs to no organization, so there are no member accounts to manage.",
    limits="Enabled means that members' root credentials can be removed centrally, not that they have been. "
    "The management account's own root is never covered: it stays in the scope of ROOT-1 to ROOT-4.",
)
def central_root_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row for the organization, none without one."""
    found, answer = list(require_readable(organizations(evidence))), root_access(evidence)
    for one in found:
        yield Row(
            subject=one.arn,
            account=one.management,
            verdict=Verdict.MET if REQUIRED in answer.features else Verdict.EXCEPTION,
            observed=f"enabled: {joined_names(answer.features) or 'none'}",
            expected=f"{REQUIRED} enabled",
            pointers=(answer.pointer, one.pointer),
            note=f"The root user of the management account {one.management} is not covered: "
            "see ROOT-1 to ROOT-4.",
        )
