"""Names the workbook's sheets, which the PDF points to."""

import re

from evidence.controls import topics
from evidence.controls.row_results import RowResult
from evidence.custom.declarations import PREFIX
from evidence.statements.patterns import matches

SHEET_NAME_LIMIT = 31
WORKBOOK = "appendices.xlsx"
INDEX, CONCLUSIONS, EXCEPTIONS, ACCESS = "Index", "Conclusions", "Exceptions", "Access listing"
JOINED_FACTS, PROCEDURES = "Joined facts", "Procedures"
ATTESTED, FINDINGS = "Attested", "Statement findings"
RECONCILIATION, GAPS, CALLS, FILES = "Reconciliation", "Gaps", "Calls", "Files"
ACCOUNTS, REGIONS, UNITS, SAMPLES = "Accounts", "Regions", "Units", "Samples"
ACCOUNT_RESULTS = "Account results"
LAX_SETTINGS = "Lax settings"
DECISIONS = "Decisions"
CUSTOM_ITEMS = "Custom items"

JOINED = {
    "Account": ("account.contacts", "account.regions", "iam.password-policy", "sts.caller"),
    "IAM credentials": (
        "iam.identity-providers", "iam.mfa-devices", "iam.server-certificates", "iam.service-credentials",
        "iam.user-credentials",
    ),
    "Access Analyzer": ("access-analyzer.analyzers", "access-analyzer.policy-validation"),
    "Recorders and trails": ("cloudtrail.trails", "config.aggregators", "config.recorders"),
    "Config results": ("config.aggregate-compliance", "config.rule-compliance"),
    "Identity Center": (
        "identity-center.applications", "identity-center.instance", "identity-center.permission-sets",
    ),
    "Identity store groups": (
        "identity-store.groups", "identity-store.memberships", "identity-store.unlisted-principals",
    ),
    "Organization": (
        "organizations.account-tags", "organizations.accounts", "organizations.delegated-administrators",
        "organizations.organization", "organizations.policies", "organizations.root-access",
        "organizations.units",
    ),
}  # fmt: skip
"""Items that share a sheet, in which the first column names the item; any other has one to itself."""
_SHEETS = {item: sheet for sheet, items in JOINED.items() for item in items}


def item_sheet(item: str) -> str:
    """Return the sheet of an evidence item: one that several share, or its id."""
    return CUSTOM_ITEMS if item.startswith(PREFIX) else _SHEETS.get(item, item[:SHEET_NAME_LIMIT])


def population_sheet(topic: str) -> str:
    """Return the sheet that has the populations of a topic's tests; what is attested has none."""
    known = {topics.ATTESTED.name: ATTESTED, topics.CUSTOM.name: topics.CUSTOM.name}
    return known.get(topic, f"Tests {topic}"[:SHEET_NAME_LIMIT])


def sheet_pointer(item: str) -> str:
    """Return where the reader finds every record of an item."""
    sheet = item_sheet(item)
    return f"sheet {sheet} of {WORKBOOK}" + (f" ({item})" if sheet not in item else "")


def population_pointer(topic: str, test_id: str) -> str:
    """Return where the reader finds every population member of a test."""
    return f"sheet {population_sheet(topic)} of {WORKBOOK} ({test_id})"


_BEFORE_THE_RESOURCE = re.compile(r"\barn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:")
SAYS_NOTHING = re.compile(r"[0-9a-f-]{36}|(account/\S+/)?[0-9]{12}|[A-Z_]+ A[A-Z0-9]{15,}")
"""Ids that tell nobody who is meant."""
_NAMES = ("name", "resource", "principal")


def short_subject(subject: str) -> str:
    """Return a subject as a line has room for it: an ARN without what stands before its resource."""
    return _BEFORE_THE_RESOURCE.sub("", subject)


def name_subject(row: RowResult, *, among_accounts: bool = False) -> str:
    """Return who or what a row is about, in short: its name in the place of an id that tells nobody.

    Beside rows of other accounts: `root of 111122223333`.
    """
    name = short_subject(row.subject)
    if SAYS_NOTHING.fullmatch(name):
        told = (short_subject(row.attributes[key]) for key in _NAMES if row.attributes.get(key))
        name = next(told, "") or name
    return f"{name} of {row.account}" if among_accounts and row.account and row.account not in name else name


def is_named(pattern: str, row: RowResult) -> bool:
    """Say whether a name, or a shell pattern, means the subject of a row: whole, in short, its name alone."""
    meant = {row.subject, name_subject(row), *row.arns}
    meant |= {short_subject(one) for one in meant}
    meant |= {one.rpartition("/")[2] for one in meant}
    return any(matches(pattern, one) for one in meant)
