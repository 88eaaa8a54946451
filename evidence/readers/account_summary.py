"""Reads the account summary: IAM's own figures of an account (iam GetAccountSummary)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

SUMMARY = "iam.account-summary"


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """The figures of one account, by AWS's names for them."""

    account: str
    members: Mapping[str, Any]
    pointer: Pointer

    def figure(self, name: str) -> int:
        """Return a figure; raises KeyError where AWS gives none, MalformedEvidenceError for what is none."""
        value = self.members[name]
        if type(value) is not int:
            raise MalformedEvidenceError(f"{name} of the account summary is {value!r}, which is no figure")
        return value

    def known(self, name: str) -> int | None:
        """Return a figure, None where AWS gives none that can be read."""
        try:
            return self.figure(name)
        except (KeyError, MalformedEvidenceError):
            return None

    def shown(self, name: str) -> str:
        """Return a figure as a page prints it; empty where AWS gives none."""
        try:
            return str(self.figure(name))
        except KeyError:
            return ""
        except MalformedEvidenceError as error:
            return Unreadable(self.pointer, str(error)).short


def account_summary(evidence: Evidence, account: str) -> AccountSummary:
    """Return the summary of an account; raises MalformedEvidenceError unless there is exactly one."""
    return _summary(evidence.only_record(SUMMARY, account))


def account_summaries(evidence: Evidence) -> Iterator[AccountSummary | Unreadable]:
    """Yield every summary of a bundle."""
    return evidence.each(SUMMARY, _summary)


def _summary(located: LocatedRecord) -> AccountSummary:
    return AccountSummary(located.target.account, located.value, pointer_to(located))
