"""Finds people in evidence: members that hold one, and forms that name one inside of any text.

Sources: the AWS API references of IAM, STS, the identity store, Organizations, Account and CloudTrail
(userIdentity element), and "Reference identifiers for IAM" (ARNs, unique ids) of the IAM user guide.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from evidence.collectors.base import catalogue
from evidence.readers.access_review import DECISIONS
from evidence.records import ValueKind
from evidence.redact.policy import RedactionPolicy
from evidence.statements.files import STATEMENT_KINDS

ANYWHERE = {
    "username": ValueKind.LOGIN,
    "aws:username": ValueKind.LOGIN,
    "givenname": ValueKind.NAME,
    "familyname": ValueKind.NAME,
    "middlename": ValueKind.NAME,
    "formatted": ValueKind.NAME,
    "nickname": ValueKind.NAME,
    "emailaddress": ValueKind.MAIL,
    "masteraccountemail": ValueKind.MAIL,
    "phonenumber": ValueKind.PHONE,
    "rolesessionname": ValueKind.SESSION,
    "sts:rolesessionname": ValueKind.SESSION,
    "aws:sourceidentity": ValueKind.SESSION,
    "sts:sourceidentity": ValueKind.SESSION,
    "sourceipaddress": ValueKind.ADDRESS,
    "prepared_by": ValueKind.NAME,
}
"""Members that hold a person in whatever record they stand, by their folded names."""

OF_FILE: dict[str, Mapping[tuple[str, ...], ValueKind]] = {
    "run": {("account_states", "name"): ValueKind.ACCOUNT_NAME},
    "attachments": {("by",): ValueKind.NAME},
    "exceptions": {
        ("exception", "approver"): ValueKind.NAME,
        ("partner", "approver"): ValueKind.NAME,
        ("administrator", "approver"): ValueKind.NAME,
        ("administrator", "who"): ValueKind.NAME,
    },
    "attestations": {("attestation", "attested_by"): ValueKind.NAME},
    "responses": {("responses", "owner"): ValueKind.NAME},
    "controls": {("controls", "owner"): ValueKind.NAME},
    DECISIONS: {
        ("Row",): ValueKind.ID,  # made of names, so that it could be found out by trying
        ("Access", "Name"): ValueKind.LOGIN,
        ("Access", "Id"): ValueKind.ID,
        ("Access", "Logins"): ValueKind.LOGIN,
        ("Access", "Names"): ValueKind.NAME,
        ("Access", "AccountName"): ValueKind.ACCOUNT_NAME,
        ("Decision", "Reviewer"): ValueKind.NAME,
    },
    "people": {
        ("people", "id"): ValueKind.LOGIN,
        ("people", "name"): ValueKind.NAME,
        ("people", "email"): ValueKind.MAIL,
        ("people", "manager"): ValueKind.NAME,
    },
}
"""Members that hold a person in one file of ours; collectors declare those of their own records."""

FREE_TEXT = frozenset(
    (
        *("description", "note", "statement", "reason", "compensating_control", "ticket", "who"),
        *("response", "text", "title", "frequency", "comment"),
    )
)
"""Members that people fill with words of their own, of the items below and of management's statements."""
FREE_TEXT_STATEMENTS = frozenset({"attachments", DECISIONS, *(kind.name for kind in STATEMENT_KINDS)})

MAIL = re.compile(r"[\w.%+=~-]*\w[\w.%+=~-]*@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?")
USER_ID = re.compile(r"(?<![A-Za-z0-9])AIDA[A-Z0-9]{12,124}(?![A-Za-z0-9])")
ACCESS_KEY = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,124}(?![A-Za-z0-9])")
ORGANIZATION = re.compile(r"(?<![A-Za-z0-9-])o-[a-z0-9]{10,32}(?![A-Za-z0-9])")
ARN_ACCOUNT = re.compile(r"(?<![\w-])arn:aws[a-z-]*:[a-z0-9.-]*:[a-z0-9-]*:([0-9]{12})(?![0-9])")
CONTACT = re.compile(r"<(?:\w+:)?(?:GivenName|SurName)>([^<]+)<")
"""Contact persons of SAML metadata (OASIS saml-metadata-2.0-os §2.3.2.2)."""

OURS = r"arn:aws[a-z-]*:[a-z0-9.-]*:[a-z0-9-]*:aws:[^\s\"'<>,]*"
"""What belongs to AWS itself: the ARN of a managed policy is the same in every account."""
PERSON = re.compile(
    rf"(?P<ours>{OURS})"
    r"|(?P<before>arn:aws[a-z-]*:[a-z0-9.-]*:[a-z0-9-]*:[0-9]*:"
    r"(?P<type>user|mfa|sms-mfa|u2f|assumed-role|federated-user|dbuser)[/:])(?P<path>[\w+=,.@/:-]+)(?![*?$])"
    r"|(?P<id>(?<![A-Za-z0-9])A[A-Z]{3}[A-Z0-9]{12,124}:)(?P<session>[\w+=,.@-]+)(?![*?$])"
)
"""A person inside of any text: the last part of such an ARN, or what stands behind a role's unique id."""
TYPES = {
    "user": ValueKind.LOGIN, "federated-user": ValueKind.LOGIN, "dbuser": ValueKind.LOGIN,
    "mfa": ValueKind.DEVICE,
    "sms-mfa": ValueKind.DEVICE, "assumed-role": ValueKind.SESSION, "u2f": ValueKind.DEVICE,
}  # fmt: skip
UUID = re.compile(r"(?:[0-9a-f]{10}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACCOUNT = re.compile(r"[0-9]{12}")

Path = tuple[str, ...]


class MemberClassifier:
    """What the members of records are, under one policy."""

    def __init__(self, policy: RedactionPolicy, owner_tags: Collection[str]) -> None:
        self.policy = policy
        self._own = OF_FILE | {item: one.people for item, one in catalogue().items()}
        self._owner_tags = {key.casefold() for key in (*policy.owner_tags, *owner_tags)}

    def kind(self, item: str, path: Path, siblings: Mapping[str, Any]) -> ValueKind | None:
        """Return what a text is by its place: the names of the members that lead to it, the last its own."""
        if not path:
            return None
        name = path[-1].casefold()
        found = self._own.get(item, {}).get(path) or ANYWHERE.get(name) or self._owner(name, path, siblings)
        if name == "principalid" and siblings.get("PrincipalType") == "USER":
            found = ValueKind.ID
        return found if found and self.is_replaced(found) else None

    def is_replaced(self, kind: ValueKind) -> bool:
        """Say whether the policy has this kind replaced."""
        if kind in (ValueKind.ACCOUNT, ValueKind.ACCOUNT_NAME, ValueKind.ORGANIZATION):
            return self.policy.accounts
        if kind is ValueKind.ACCESS_KEY:
            return self.policy.access_keys
        if kind is ValueKind.ADDRESS:
            return self.policy.addresses
        return kind is ValueKind.TERM or self.policy.people

    def removed(self, item: str, path: Path) -> bool:
        """Say whether a text is someone's own words, which the policy does not let through."""
        if self.policy.free_text == "names" or not path:
            return False
        name = path[-1].casefold()
        return name == "description" or (item in FREE_TEXT_STATEMENTS and name in FREE_TEXT)

    def people_inside(self, text: str) -> Iterator[tuple[ValueKind, str]]:
        """Yield what a text names, wherever it stands."""
        for kind, pattern in (
            (ValueKind.MAIL, MAIL), (ValueKind.UNIQUE_ID, USER_ID), (ValueKind.ACCESS_KEY, ACCESS_KEY),
            (ValueKind.ORGANIZATION, ORGANIZATION), (ValueKind.ACCOUNT, ARN_ACCOUNT),
            (ValueKind.NAME, CONTACT),
        ):  # fmt: skip
            if self.is_replaced(kind):
                yield from ((kind, match[match.re.groups]) for match in pattern.finditer(text))
        if self.policy.accounts and _ACCOUNT.fullmatch(text):
            yield ValueKind.ACCOUNT, text
        if self.policy.people:
            for match in PERSON.finditer(text):
                whole = match.end() == len(text)
                yield from (
                    (kind, value if whole else value.rstrip(".,:")) for kind, value, _ in people_in(match)
                )

    def _owner(self, name: str, path: Path, siblings: Mapping[str, Any]) -> ValueKind | None:
        if name == "value" and str(siblings.get("Key", "")).casefold() in self._owner_tags:
            return ValueKind.OWNER
        if len(path) > 1 and path[-2].casefold() in ("tags", "role_tags") and name in self._owner_tags:
            return ValueKind.OWNER
        if "tag/" in name and name.rpartition("tag/")[2] in self._owner_tags:
            return ValueKind.OWNER
        return None


def people_in(match: re.Match[str]) -> Iterator[tuple[ValueKind, str, tuple[int, int]]]:
    """Yield kind, value and span of each person that a match of PERSON names."""
    if match["session"]:
        yield ValueKind.SESSION, match["session"], match.span("session")
    if not match["path"]:
        return
    start, parts = match.start("path"), match["path"].split("/")
    wanted = {"u2f": range(1, len(parts)), "assumed-role": range(1, len(parts))}.get(
        match["type"], range(len(parts) - 1, len(parts))
    )
    at = start
    for number, part in enumerate(parts):
        if number in wanted and part:
            kind = ValueKind.ID if UUID.fullmatch(part) else TYPES[match["type"]]
            kind = ValueKind.LOGIN if match["type"] == "u2f" and number == 1 else kind
            yield kind, part, (at, at + len(part))
        at += len(part) + 1
