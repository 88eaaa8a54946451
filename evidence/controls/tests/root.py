"""Tests the root user: MFA, keys, kind of MFA, use (CC6.1, CC6.2)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.tests._root_user import (
    GOVCLOUD,
    LATE,
    REPORT,
    REQUIRED,
    CentralRootAccess,
    RootFacts,
    root_arn,
    rows_of_root,
)
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.credential_report import AccessKey, CredentialReport, SigningCertificate
from evidence.readers.evidence import Evidence, day, joined_names, plural
from evidence.readers.mfa_devices import DEVICES, readable_devices, virtual_devices
from evidence.readers.organizations import ACCOUNTS, FEATURES, ORGANIZATION, organizations, root_access
from evidence.readers.unreadable import require_readable, sort_out

CRITERIA = ("CC6.1", "CC6.2")
DAY = timedelta(days=1)


@control_test(
    id="ROOT-1",
    title="Root has MFA",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="Whoever learns root's password owns the account, beyond the reach of any policy.",
    procedure="Read AccountMFAEnabled from the account summary (the API behind the console's security "
    "status) and reconciled it with the root row of the credential report. Root without MFA meets the rule "
    "only where both sources show that it has no password, no access key and no signing certificate. Where "
    "they contradict each other, nothing is determined.",
    population="The root user of each account in scope",
    attribute="AccountMFAEnabled = 1, or no credentials at all",
    needs=(SUMMARY, REPORT),
    uses=(ORGANIZATION, ACCOUNTS, FEATURES),
    empty="No account is in scope.",
    limits="MFA on root does not show who holds the device.",
    severity=Severity.CRITICAL,
    remedy=Remedy(
        console="Sign in as the root user of {account}, open Security credentials from the account's "
        "menu and under Multi-factor authentication (MFA) choose Assign MFA device; take a "
        "security key or a hardware token. No command does that. In a member account whose root "
        "nobody needs: in the management account open IAM, Root access management, choose the "
        "account and delete its root credentials; or by the commands, the second with the "
        "session that the first gives.",
        cli=(
            (
                "aws sts assume-root --region us-east-1 --target-principal {account} --duration-seconds "
                "900 --task-policy-arn "
                "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
            ),
            "aws iam delete-login-profile",
        ),
    ),
)
def root_mfa(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account; root without any credentials has nothing that MFA would protect."""
    central = CentralRootAccess.of(evidence)

    def row(account: str) -> Row:
        root, summary = evidence.credential_report(account).root, account_summary(evidence, account)
        facts = RootFacts(summary, root, can_sign_in=evidence.run.partition != GOVCLOUD)
        verdict, observed, note = _mfa_state(facts, central.cause(account))
        return Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            observed=observed,
            expected=MFA,
            pointers=(summary.pointer, root.pointer),
            note=note,
        )

    yield from rows_of_root(evidence, (SUMMARY, REPORT), row, MFA)


MFA = "MFA enabled"


def _mfa_state(facts: RootFacts, cause: str) -> tuple[Verdict, str, str]:
    """Return the verdict; what only one source says never counts for the account."""
    enabled, reported = facts.mfa
    both = f"the summary says AccountMFAEnabled = {int(enabled)}, the credential report mfa_active = "
    both += str(reported).lower()
    if enabled and reported:
        return Verdict.MET, "MFA enabled", "Reconciled: the credential report says mfa_active = true too."
    if enabled or reported:
        return Verdict.NOT_DETERMINED, both, LATE
    held = facts.credentials
    if facts.contradicting:
        said = "; ".join(one.words for one in facts.contradicting)
        return Verdict.NOT_DETERMINED, f"MFA not enabled; {said}", LATE
    if any(one.there for one in held):
        names = joined_names(one.name for one in held if one.there)
        return Verdict.EXCEPTION, f"MFA not enabled; root has {names}", f"Both: {both}."
    if any(one.there is None for one in held):
        silent = joined_names(one.name for one in held if one.there is None)
        return (
            Verdict.NOT_DETERMINED,
            f"MFA not enabled; not known by both sources: {silent}",
            f"Both: {both}.",
        )
    where = "" if facts.can_sign_in else "In AWS GovCloud (US) root has no console sign-in."
    note = " ".join(filter(None, ("Both sources agree on it.", where, cause)))
    return Verdict.MET, "no MFA, and no password, access key or signing certificate to use without it", note


@control_test(
    id="ROOT-2",
    title="Root has no access keys and no signing certificates",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="A root key gives full access from anywhere, without MFA, and no policy can limit it.",
    procedure="Read AccountAccessKeysPresent and AccountSigningCertificatesPresent from the account summary, "
    "and the key and certificate columns of the root row of the credential report. What is inactive is still "
    "present: a date in last_rotated of either slot is a key, or a certificate. Where the two sources "
    "disagree, what one of them knows counts.",
    population="The root user of each account in scope",
    attribute="No access key and no signing certificate present",
    needs=(SUMMARY, REPORT),
    empty="No account is in scope.",
    limits="AWS's text says that last_rotated of an inactive key is N/A; it was observed to keep its date.",
    severity=Severity.CRITICAL,
    remedy=Remedy(
        console="Sign in as the root user of {account}, open Security credentials from the account's "
        "menu and under Access keys deactivate each key, see that nothing breaks, then delete "
        "it; the same under X.509 signing certificates. For a member account: in the management "
        "account open IAM, Root access management, choose the account and delete its root "
        "credentials; or by the commands, with the session that the first gives.",
        cli=(
            (
                "aws sts assume-root --region us-east-1 --target-principal {account} --duration-seconds "
                "900 --task-policy-arn "
                "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
            ),
            "aws iam list-access-keys",
            "aws iam delete-access-key --access-key-id {access_key_id}",
            "aws iam list-signing-certificates",
            "aws iam delete-signing-certificate --certificate-id {certificate_id}",
        ),
    ),
)
def root_keys(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""

    def row(account: str) -> Row:
        report, summary = evidence.credential_report(account), account_summary(evidence, account)
        root = report.root
        slots = (*root.keys, *root.signing_certificates)
        counted = [summary.known("AccountAccessKeysPresent"), summary.known(CERTIFICATES)]
        known = [
            sum(slot.present is True for slot in kind) for kind in (root.keys, root.signing_certificates)
        ]
        keys, certificates = (max(figure or 0, found) for figure, found in zip(counted, known, strict=True))
        silent = any(slot.present is None for slot in slots)
        verdict = Verdict.NOT_DETERMINED if silent else Verdict.MET
        if keys or certificates or root.additional:
            verdict = Verdict.EXCEPTION
        else:  # without a known credential both figures must be there
            summary.figure("AccountAccessKeysPresent")
            summary.figure(CERTIFICATES)
        return Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            observed=f"{plural(keys, 'access key')}, {plural(certificates, 'signing certificate')}",
            expected=NO_KEYS,
            pointers=(summary.pointer, root.pointer),
            since=min((slot.rotated for slot in slots if slot.rotated), default=None),
            note=" ".join(_key_notes(report, counted, known)),
        )

    yield from rows_of_root(evidence, (SUMMARY, REPORT), row, NO_KEYS)


NO_KEYS = "0 access keys, 0 signing certificates"
CERTIFICATES = "AccountSigningCertificatesPresent"


def _key_notes(report: CredentialReport, counted: list[int | None], known: list[int]) -> Iterator[str]:
    root = report.root
    kinds: tuple[tuple[str, Sequence[AccessKey | SigningCertificate]], ...] = (
        ("access key", root.keys),
        ("signing certificate", root.signing_certificates),
    )
    for (name, slots), figure, found in zip(kinds, counted, known, strict=True):
        inactive = sum(slot.present is True and not slot.active for slot in slots)
        if figure is None:
            yield f"The summary gives no figure of {name}s that can be read."
        elif figure != found:
            yield f"The sources disagree: {plural(figure, name)} by the summary, {found} by the report."
        if inactive:
            yield f"Inactive, and present all the same: {plural(inactive, name)}."
        if figure is not None and figure + inactive == found and inactive:
            yield "The summary may count active ones alone."
        if any(slot.present is None for slot in slots):
            yield f"Of one slot ({name}) the report says neither a date nor N/A."
    if root.additional:
        yield f"AWS adds: {root.additional}"
    if report.further:
        yield f"Columns of the report that are not read: {joined_names(report.further)}."


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
    uses=(REPORT,),
    empty="Root has no MFA of any kind (ROOT-1 says so).",
    limits="FIDO keys and passkeys appear in no API: the test shows that no virtual device is assigned, not "
    "that the device is hardware.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="Sign in as the root user of {account}, open Security credentials from the account's "
        "menu and under Multi-factor authentication (MFA) choose Assign MFA device and register "
        "a security key or a hardware token, two where the account matters. Then select the "
        "virtual device and remove it. No command does that; the one here must list no device of "
        "root afterwards.",
        cli=("aws iam list-virtual-mfa-devices --assignment-status Assigned",),
    ),
)
def root_mfa_kind(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    reconciled = evidence.has(REPORT)

    def row(account: str) -> Row:
        summary = account_summary(evidence, account)
        listed, _ = sort_out(virtual_devices(evidence, account))
        virtual = {one.serial: one for one in listed if one.holder == root_arn(evidence, account)}
        if not virtual:  # a known device outweighs what cannot be read; without one all must be read
            listed = list(readable_devices(evidence, account))
        enabled = bool(virtual) or summary.figure("AccountMFAEnabled") == 1
        pointers = (*(device.pointer for device in virtual.values()), summary.pointer)
        verdict, note = (Verdict.EXCEPTION if virtual else Verdict.MET), ""
        if not virtual and not enabled:
            verdict, note = Verdict.OUT_OF_SCOPE, "Root has no MFA at all: see ROOT-1."
            if reconciled and evidence.credential_report(account).root.mfa:
                verdict = Verdict.NOT_DETERMINED
                note = f"The summary says that root has no MFA, the credential report that it has. {LATE}"
                pointers += (evidence.credential_report(account).root.pointer,)
        looked_at = (
            f"of {plural(len(listed), 'virtual device')} listed" if listed else "and AWS lists none at all"
        )
        return Row(
            subject=root_arn(evidence, account),
            account=account,
            verdict=verdict,
            outside="root has no MFA (ROOT-1)",
            observed=f"virtual device {joined_names(virtual)}"
            if virtual
            else f"no virtual device assigned to root, {looked_at}, assigned or not",
            expected=NOT_VIRTUAL,
            pointers=pointers if virtual else (evidence.item_pointer(DEVICES, account), *pointers),
            note=note,
        )

    yield from rows_of_root(evidence, (DEVICES, SUMMARY), row, NOT_VIRTUAL)


NOT_VIRTUAL = "no virtual device"


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
    severity=Severity.HIGH,
    remedy=Remedy(
        console="Find out who signed in as the root user of {account} and why: CloudTrail, Event "
        "history, filter by User name root, in us-east-1 for sign-ins. Give that work to a role. "
        "Where it was an emergency, accept it in exceptions.toml (test ROOT-4, subject "
        "{subject}).",
        cli=(
            (
                "aws cloudtrail lookup-events --region us-east-1 --lookup-attributes "
                "AttributeKey=Username,AttributeValue=root"
            ),
        ),
    ),
)
def root_use(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""

    def row(account: str) -> Row:
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
        return Row(
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

    yield from rows_of_root(evidence, (REPORT,), row, "no use within the look-back")


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
    severity=Severity.MEDIUM,
    limits="Enabled means that members' root credentials can be removed centrally, not that they have been. "
    "The management account's own root is never covered: it stays in the scope of ROOT-1 to ROOT-4.",
    remedy=Remedy(
        console="In the management account {account} open IAM, Root access management, choose Enable, "
        "and select Root credentials management. Name a delegated administrator there if another "
        "account shall do it. Then delete the root credentials of each member account.",
        cli=(
            "aws organizations enable-aws-service-access --service-principal iam.amazonaws.com",
            "aws iam enable-organizations-root-credentials-management",
        ),
    ),
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
