"""Defines `changes.json`: what changed between two bundles, as typed records (docs/changes.md)."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Literal

from evidence.bundle.format.models import BundleModel, Moment, Sha256
from evidence.controls.declaration import Conclusion, Verdict

CHANGES_VERSION: Literal["1"] = "1"


class EntryKind(StrEnum):
    """What kinds of things are compared, in the order in which they are told of."""

    ACCOUNT = "account"
    ADMINISTRATOR = "administrator"
    USER = "user"
    KEY = "key"
    MFA = "mfa"
    ROLE = "role"
    GROUP = "group"
    TRUST = "trust"
    POLICY = "policy"
    PERSON = "person"
    MEMBERSHIP = "membership"
    PERMISSION_SET = "permission set"
    ASSIGNMENT = "assignment"
    FINDING = "finding"
    RULE = "rule"
    SETTING = "setting"


class ChangeWord(StrEnum):
    """What became of a thing."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    CHANGED = "changed"


class ChangeReason(StrEnum):
    """Why a test concludes otherwise; several may hold."""

    ACCOUNT = "account"
    """What is in the account is another."""
    STATEMENTS = "statements"
    """Management accepts, or attests, other things."""
    SETTINGS = "settings"
    """A limit of the test, the period or the scope is another; the entries tell whether the account is."""
    EVIDENCE = "evidence"
    """One bundle shows what the other does not: a gap, something not asked, or not readable."""
    RULE = "rule"
    """The sealed results are not what today's rules conclude over the same bundle."""


class ComparedBundle(BundleModel):
    """One of the two bundles, and what it was tested with."""

    bundle: str
    digest: Sha256
    scope: str
    started: Moment
    finished: Moment
    format_version: str
    results_digest: Sha256 | None = None
    """SHA-256 of the results.json that was sealed with it; null where a bundle alone was given."""
    made_with: str = ""
    """The tool's version in those results; empty without them."""
    exceptions_sha256: Sha256 | None = None
    """Of the exceptions file that it was tested with here; null for none, as the next."""
    attestations_sha256: Sha256 | None = None


class EntryPointers(BundleModel):
    """Where a thing stands in each bundle: paths below data/ with lines."""

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class ChangeEntry(BundleModel):
    """A thing that appeared, vanished or changed."""

    kind: EntryKind
    change: ChangeWord
    account: str
    region: str
    id: str
    """By what it was found in the other bundle: a unique id where AWS gives one."""
    name: str
    """How people call it, in the newer bundle that has it."""
    old: dict[str, str] | None
    """The members that differ, all of one that vanished; null for one that appeared. `new` likewise."""
    new: dict[str, str] | None
    pointers: EntryPointers


class BundleSide(StrEnum):
    """Which of the two bundles."""

    OLD = "old"
    NEW = "new"


class NotCompared(BundleModel):
    """What cannot be said: one bundle does not show it, so that it is neither a change nor none."""

    kind: EntryKind
    side: BundleSide
    """The bundle that does not show it."""
    why: str
    where: tuple[str, ...]
    """Accounts, or accounts and regions; the thing itself where one alone is concerned. Empty for all."""
    things: int
    """Things in the other bundle that could not be looked for, or compared."""


class KindCount(BundleModel):
    """How much of a kind was compared."""

    kind: EntryKind
    old: int
    new: int
    appeared: int
    vanished: int
    changed: int
    old_complete: bool
    """The old bundle shows all of it; `new_complete` likewise."""
    new_complete: bool

    @property
    def complete(self) -> bool:
        """Both bundles show all of it: only then is 'no change' said of the rest."""
        return self.old_complete and self.new_complete


class TestEnding(BundleModel):
    """How a test ended."""

    __test__ = False  # not a pytest class

    conclusion: Conclusion
    complete: bool
    exceptions: int
    accepted: int
    not_determined: int


class SealedEnding(BundleModel):
    """How a test ended when a bundle was sealed, and ends over it by today's rules: our rule changed."""

    side: BundleSide
    made_with: str
    """The version of the tool that sealed it."""
    sealed: TestEnding | None
    """Null where that version had no such test; `today` likewise."""
    today: TestEnding | None


class SubjectChange(BundleModel):
    """A member of a test's population whose verdict is another."""

    subject: str
    account: str
    region: str
    old: Verdict | None
    """Null where it is not in the population, as `new`."""
    new: Verdict | None
    observed: str
    """In the newer bundle that has it."""
    pointers: EntryPointers


class TestChange(BundleModel):
    """A test that concludes otherwise, or of others."""

    __test__ = False

    test: str
    title: str
    old: TestEnding | None
    """By today's rules; null where the test was not performed. `new` likewise."""
    new: TestEnding | None
    why: tuple[ChangeReason, ...]
    because: str
    """The same in words."""
    sealed: tuple[SealedEnding, ...] = ()
    """What was sealed, where that is not what today's rules conclude over the same bundle."""
    subjects: tuple[SubjectChange, ...] = ()


class Changes(BundleModel):
    """What changed. A pure function of two bundles, of management's statements on each, and of the tool."""

    changes_version: Literal["1"] = CHANGES_VERSION
    tool_version: str
    """Whose rules both bundles were tested by."""
    old: ComparedBundle
    new: ComparedBundle
    notes: tuple[str, ...]
    """What to know before reading on: other scopes, other order, no statements."""
    tests: tuple[TestChange, ...]
    entries: tuple[ChangeEntry, ...]
    counts: tuple[KindCount, ...]
    not_compared: tuple[NotCompared, ...]

    @property
    def account_tests(self) -> Iterator[TestChange]:
        """The tests that end otherwise by today's rules."""
        return (one for one in self.tests if set(one.why) - {ChangeReason.RULE})

    @property
    def rule_tests(self) -> Iterator[TestChange]:
        """The tests whose sealed conclusion is not that of today's rules."""
        return (one for one in self.tests if ChangeReason.RULE in one.why)

    def to_bytes(self) -> bytes:
        """Return changes.json: the same bytes for the same bundles, statements and version."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def day_of(moment: datetime) -> str:
    """Return the UTC day of a bundle's time."""
    return moment.date().isoformat()
