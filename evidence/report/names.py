"""Names the workbook's sheets, which the PDF points to."""

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
