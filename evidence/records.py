"""Defines the values that collection passes around: targets, operations, causes of gaps, kinds of values.

Imports nothing of the project, so that every part may use it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ORGANIZATION_FOLDER = "organization"
ITEM_ID = r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*"
"""How the id of an evidence item is formed: `iam.credential-report`."""
ROLE_NAME = r"^/?([A-Za-z0-9_+=,.@{}-]+/)*[A-Za-z0-9_+=,.@{}-]+$"
"""How a role in other accounts is named: with its path, and `{account}` for the account's id."""


class Scope(StrEnum):
    """What kind of target an evidence item is collected for."""

    ORGANIZATION = "organization"
    ACCOUNT = "account"
    REGION = "region"


class Cause(StrEnum):
    """Why something that should have been collected was not."""

    PERMISSION_MISSING = "permission missing"
    ROLE_NOT_ASSUMED = "the account's role could not be assumed"
    DENIED_BY_SCP = "denied by a service control policy"
    ALLOWED_BY_NO_SCP = "allowed by no service control policy"
    DENIED_BY_RCP = "denied by a resource control policy"
    DENIED_BY_BOUNDARY = "denied by a permissions boundary"
    DENIED_BY_SESSION_POLICY = "denied by a session policy"
    DENIED_BY_ENDPOINT = "denied by a VPC endpoint's policy"
    DENIED_BY_IDENTITY_POLICY = "denied by a policy of the caller's own"
    DENIED_BY_RESOURCE_POLICY = "denied by a resource's policy"
    REFUSED_BY_KEY = "refused by an encryption key"
    SERVICE_NOT_ENABLED = "service not enabled"
    REGION_DISABLED = "region disabled"
    REGION_CHANGING = "region being enabled or disabled"
    THROTTLED = "throttled out"
    CREDENTIALS_EXPIRED = "credentials expired"
    CLOCK_WRONG = "the local clock is wrong"
    ANSWER_INCOMPLETE = "answer incomplete"
    UNREACHABLE = "AWS not reached"
    DEADLINE = "out of time"
    PREREQUISITE_MISSING = "an item it builds on is missing"
    FAILED = "AWS answered with an error"
    NO_TIME_STAMP = "no time-stamp from the authority"
    LEFT_OUT = "left out of a redacted copy"

    @property
    def slug(self) -> str:
        """The cause as a word, and its anchor in docs/errors.md: `permission-missing`."""
        return self.name.lower().replace("_", "-")


DENIALS = frozenset({
    Cause.PERMISSION_MISSING, Cause.DENIED_BY_SCP, Cause.ALLOWED_BY_NO_SCP, Cause.DENIED_BY_RCP,
    Cause.DENIED_BY_BOUNDARY, Cause.DENIED_BY_SESSION_POLICY, Cause.DENIED_BY_ENDPOINT,
    Cause.DENIED_BY_IDENTITY_POLICY, Cause.DENIED_BY_RESOURCE_POLICY,
})  # fmt: skip
"""AWS did not authorise it, whichever policy its message names: it names one only, however many there are."""


class Outcome(StrEnum):
    """How one (target, item) unit ended. `empty` is an answer; `gap` is none."""

    COLLECTED = "collected"
    EMPTY = "empty"
    GAP = "gap"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What a collector runs on: the organization, one account, or one account in one region."""

    scope: Scope
    account: str
    """12 digits. For the organization: the account that was asked (management or delegated)."""
    region: str | None = None
    """Set for scope `region` only."""

    @property
    def folder(self) -> str:
        """The folder below `data/` that holds this target's evidence."""
        if self.scope is Scope.ORGANIZATION:
            return ORGANIZATION_FOLDER
        return self.account if self.region is None else f"{self.account}/{self.region}"

    @property
    def label(self) -> str:
        """How people read this target."""
        if self.scope is Scope.ORGANIZATION:
            return f"organization (asked in {self.account})"
        return self.account if self.region is None else f"{self.account} {self.region}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One AWS API operation that a collector may call.

    The single source for the read-only gate, for the IAM policy that `evidence policy` prints and for the
    documentation.
    """

    service: str
    """boto3's client name, as in `boto3.client("accessanalyzer")`."""
    name: str
    """The operation in AWS's model, as in `ListFindingsV2`."""
    list_key: str | None = None
    """The member that must be present in an answer for it to count."""
    iam_actions: tuple[str, ...] = ()
    """The IAM actions that authorise it, where they differ from `prefix:name`."""
    pin: str = ""
    """Of an operation that an installed package declares: SHA-256 of what it sends (`aws.custom_operations`);
    ours are pinned in `aws/requests.json`."""


class ValueKind(StrEnum):
    """What a value tells about a person or a company; redaction puts a pseudonym of that kind in its place.

    Printed in the mapping and in refusals. Earlier kinds win where two claim a value.
    """

    MAIL = "e-mail address"
    ACCOUNT = "account id"
    ACCESS_KEY = "access key id"
    UNIQUE_ID = "unique id of a user"
    ID = "id of a user"
    ORGANIZATION = "organization id"
    LOGIN = "user name"
    NAME = "name of a person"
    DEVICE = "MFA device"
    SESSION = "session name"
    OWNER = "owner tag"
    TITLE = "title of a person"
    PHONE = "phone number"
    ADDRESS = "IP address"
    ACCOUNT_NAME = "account name"
    TERM = "further term"


ConfigSource = Literal["accounts", "aggregator"]
"""Where the results of AWS Config's rules are read: in each account and region, or in an aggregator."""
CONFIG_RESULTS: dict[ConfigSource, tuple[str, ...]] = {
    "accounts": ("config.rule-compliance",),
    "aggregator": ("config.aggregators", "config.aggregate-compliance"),
}
"""The items that hold them; a run collects those of one source."""


def items_for_source(items: Iterable[str], source: ConfigSource) -> tuple[str, ...]:
    """Return what items come to in a run with this source: those of the other are replaced, or left out.

    Results read in each account are replaced by the aggregator's; what is asked of an aggregator alone has
    nothing in its place where there is none.
    """
    own = CONFIG_RESULTS[source]
    others = {item for other, results in CONFIG_RESULTS.items() if other != source for item in results}
    found = []
    for item in items:
        if item not in others:
            found.append(item)
        elif source == "aggregator":
            found.extend(own)
    return tuple(dict.fromkeys(found))
