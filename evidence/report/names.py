"""Names the workbook's sheets, which the PDF points to."""

import re

from evidence.controls.row_results import RowResult

SHEET_NAME_LIMIT = 31
WORKBOOK = "appendices.xlsx"
ACCOUNTS, REGIONS, UNITS, SAMPLES = "Accounts", "Regions", "Units", "Samples"
ACCOUNT_RESULTS = "Account results"
LAX_SETTINGS = "Lax settings"
_SHORT = {"access-analyzer.": "analyzer.", "organizations.": "org."}


def item_sheet(item: str) -> str:
    """Return the sheet of an evidence item: its id, shortened where Excel's 31 characters do not hold it."""
    name = item
    if len(name) > SHEET_NAME_LIMIT:
        for long, short in _SHORT.items():
            name = name.replace(long, short, 1)
    return name[:SHEET_NAME_LIMIT]


def population_sheet(test_id: str) -> str:
    """Return the sheet of a test's population."""
    return f"Test {test_id}"[:SHEET_NAME_LIMIT]


def sheet_pointer(item: str) -> str:
    """Return where the reader finds every record of an item."""
    return f"sheet {item_sheet(item)} of {WORKBOOK}"


def population_pointer(test_id: str) -> str:
    """Return where the reader finds every population member of a test."""
    return f"sheet {population_sheet(test_id)} of {WORKBOOK}"


_BEFORE_THE_RESOURCE = re.compile(r"\barn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:")
SAYS_NOTHING = re.compile(r"[0-9a-f-]{36}|(account/\S+/)?[0-9]{12}|[A-Z_]+ A[A-Z0-9]{15,}")
"""Ids that tell nobody who is meant."""
_NAMES = ("name", "resource", "principal")


def short_subject(subject: str) -> str:
    """Return a subject as a line has room for it: an ARN without what stands before its resource."""
    return _BEFORE_THE_RESOURCE.sub("", subject)


def name_subject(row: RowResult) -> str:
    """Return who or what a row is about, in short: its name in the place of an id that tells nobody."""
    short = short_subject(row.subject)
    if not SAYS_NOTHING.fullmatch(short):
        return short
    name = next((short_subject(row.attributes[key]) for key in _NAMES if row.attributes.get(key)), "")
    return name or short
