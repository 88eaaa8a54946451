"""What the credential report and the account summary say of what Config's rules look at (CFG-4, CFG-5)."""

from dataclasses import replace
from datetime import datetime

from evidence.bundle.format.models import Unit
from evidence.controls.declaration import Row
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.credential_report import AccessKey, CredentialReport, CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MALFORMED
from evidence.records import Outcome

ROOT_MFA_RULES = frozenset({"ROOT_ACCOUNT_MFA_ENABLED", "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"})
"""Rules that have nothing to look at where root has no credentials: NOT_APPLICABLE, as AWS says."""
_BAD_AT_ONCE = frozenset({"IAM_ROOT_ACCESS_KEY_CHECK"})
"""Rules that object to a thing from its first moment on, and not from a certain age."""
_PRESENT = ("AccountPasswordPresent", "AccountAccessKeysPresent", "AccountSigningCertificatesPresent")


def present_keys(root: CredentialRow) -> tuple[AccessKey, ...]:
    """Return root's keys that are there, inactive ones too: a slot with a date holds a key."""
    return tuple(key for key in root.keys if key.active or key.rotated)


def root_without_credentials(root: CredentialRow) -> bool:
    """Say whether the report shows that root has nothing to sign in with; no word on a password is none."""
    return root.password is False and not (present_keys(root) or root.certificates or root.additional)


def began(identifier: str, row: CredentialRow) -> datetime | None:
    """Return when what a rule objects to began; None where the report does not tell, as of MFA."""
    if identifier == "ACCESS_KEYS_ROTATED":
        return min((key.rotated for key in row.active_keys if key.rotated), default=None)
    if identifier == "IAM_ROOT_ACCESS_KEY_CHECK":
        return min((key.rotated for key in present_keys(row) if key.rotated), default=None)
    if identifier == "IAM_USER_UNUSED_CREDENTIALS_CHECK":
        last = [key.used or key.rotated for key in row.active_keys]
        if row.password:
            last.append(row.password_used or row.password_changed or row.created)
        return min((when for when in last if when), default=None)
    return None


def dated(row: Row, identifier: str, found: CredentialRow) -> Row:
    """Return an exception with when the fact began; and since when a rule objects, where that is the same."""
    when = began(identifier, found)
    return replace(row, began=when, since=when if identifier in _BAD_AT_ONCE else None)


def readable_report(evidence: Evidence, account: str) -> CredentialReport | None:
    """Return an account's report where it was collected and every line can be read."""
    if not _collected(evidence.bundle.units(CREDENTIAL_REPORT, account)):
        return None
    try:
        report = evidence.credential_report(account)
    except MALFORMED:
        return None
    return None if report.unreadable else report


def no_root_credentials(evidence: Evidence, account: str) -> tuple[Pointer, ...]:
    """Return where both sources of ROOT-1 show that root has no credentials; nothing unless both do."""
    report = readable_report(evidence, account)
    if report is None or not root_without_credentials(report.root):
        return ()
    if not _collected(evidence.bundle.units(SUMMARY, account)):
        return ()
    try:
        summary = account_summary(evidence, account)
        present = any(summary.figure(name) for name in _PRESENT)
    except MALFORMED:
        return ()
    return () if present else (summary.pointer, report.root.pointer)


def _collected(units: tuple[Unit, ...] | list[Unit]) -> bool:
    return bool(units) and all(unit.outcome is not Outcome.GAP for unit in units)
