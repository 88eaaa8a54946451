"""What two sources say of an account's root user: its summary, and the report's root row."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from evidence.controls.declaration import Row, Verdict
from evidence.readers.account_summary import AccountSummary
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.organizations import (
    ACCOUNTS,
    FEATURES,
    ORGANIZATION,
    accounts,
    organizations,
    root_access,
)
from evidence.readers.unreadable import MALFORMED, reason, require_readable

REPORT = CREDENTIAL_REPORT
GOVCLOUD = "aws-us-gov"
"""The partition whose root users have no console sign-in; they may be given access keys."""
LATE = "The report can be 4 hours older than the summary; collect again to settle it."


def root_arn(evidence: Evidence, account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:{evidence.run.partition}:iam::{account}:root"


def rows_of_root(
    evidence: Evidence, items: Collection[str], row: Callable[[str], Row], expected: str
) -> Iterator[Row]:
    """Yield a row per account, of these items; not determined where they cannot be read.

    What cannot be read of one account costs no other.
    """
    for account in evidence.accounts:
        try:
            yield row(account)
        except MALFORMED as error:
            yield Row(
                subject=root_arn(evidence, account),
                account=account,
                verdict=Verdict.NOT_DETERMINED,
                observed=f"not in the documented form: {reason(error)}",
                expected=expected,
                pointers=tuple(evidence.item_pointer(item, account) for item in items),
            )


@dataclass(frozen=True, slots=True)
class RootCredential:
    """One kind of credential as both sources know it; None where a source says nothing of it."""

    name: str
    summary: bool | None
    report: bool | None

    @property
    def there(self) -> bool | None:
        """Whether root has it: by what both say, or the one that speaks; absence needs both."""
        if self.summary or self.report:
            return True
        return None if self.summary is None or self.report is None else False

    @property
    def contradictory(self) -> bool:
        """One source denies what the other knows."""
        return {self.summary, self.report} == {True, False}

    @property
    def words(self) -> str:
        """Both values."""
        return f"{self.name}: the summary says {_said(self.summary)}, the report {_said(self.report)}"


def _said(value: bool | None) -> str:
    return "nothing" if value is None else ("present" if value else "absent")


@dataclass(frozen=True)
class RootFacts:
    """The root user of one account, by both sources."""

    summary: AccountSummary
    root: CredentialRow
    can_sign_in: bool
    """False in GovCloud: there is no password, unless a source knows one."""

    @cached_property
    def mfa(self) -> tuple[bool, bool]:
        """Whether MFA is enabled by the summary, and by the report."""
        return self.summary.figure("AccountMFAEnabled") == 1, self.root.mfa

    @cached_property
    def credentials(self) -> tuple[RootCredential, ...]:
        """Every kind of credential that root may have."""
        root = self.root
        found = [
            RootCredential(
                "a password",
                self._by_default(self._counted("AccountPasswordPresent")),
                self._by_default(root.password),
            ),
            RootCredential(
                "an access key",
                self._counted("AccountAccessKeysPresent"),
                _any(key.present for key in root.keys),
            ),
            RootCredential(
                "a signing certificate",
                self._counted("AccountSigningCertificatesPresent"),
                _any(one.present for one in root.signing_certificates),
            ),
        ]
        if root.additional:  # words on credentials without columns, which the summary does not tell apart
            found.append(RootCredential(f"what the report words as {root.additional!r}", None, None))
        return tuple(found)

    @cached_property
    def contradicting(self) -> tuple[RootCredential, ...]:
        """What the sources contradict each other on; nothing where they agree that root has some credential.

        One that both know is reason enough for MFA, whatever else they know.
        """
        held = self.credentials
        agreed = any(one.there and not one.contradictory for one in held)
        return () if agreed else tuple(one for one in held if one.contradictory)

    def _counted(self, name: str) -> bool | None:
        if name not in self.summary.members:
            return None
        return self.summary.figure(name) > 0

    def _by_default(self, value: bool | None) -> bool | None:
        return False if value is None and not self.can_sign_in else value


def _any(values: Iterable[bool | None]) -> bool | None:
    found = set(values)
    if True in found:
        return True
    return None if None in found else False


@dataclass(frozen=True, slots=True)
class CentralRootAccess:
    """Whether the organization manages its members' root users, where the evidence shows it (ROOT-5)."""

    members: frozenset[str]
    """The accounts whose root is managed: never the management account."""
    where: str

    @classmethod
    def of(cls, evidence: Evidence) -> "CentralRootAccess":
        """Read it; nobody's root is managed where it cannot be read."""
        if not all(map(evidence.has, (ORGANIZATION, ACCOUNTS, FEATURES))):
            return cls(frozenset(), "")
        try:
            found = list(require_readable(organizations(evidence)))
            answer = root_access(evidence)
            listed = {one.id for one in require_readable(accounts(evidence))}
        except MALFORMED:
            return cls(frozenset(), "")
        managed = found and REQUIRED in answer.features
        members = listed - {one.management for one in found} if managed else set()
        return cls(frozenset(members), str(answer.pointer))

    def cause(self, account: str) -> str:
        """Say why an account's root may have no credentials; empty where nothing shows it."""
        if account not in self.members:
            return ""
        return f"Central root management is enabled ({self.where}): credentials may have been deleted by it."


REQUIRED = "RootCredentialsManagement"
