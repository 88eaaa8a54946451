"""Writes the access listing: who has which access, a row for each."""

from evidence.bundle.open import Bundle
from evidence.report.access_listing import ITEMS, NOT_KNOWN, AccessGap, AccessRow, access_listing
from evidence.report.names import ACCESS
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetFile, SheetTable, WorkbookBuilder, bundle_file, columns_of

_COLUMNS = (
    *columns_of(
        ("Person or user", 34), ("Display name", 20), ("Kind", 14), ("Status", 13), ("Group", 18),
        ("Permission set or policies", 24), ("Account", 14), ("Administrator", 13),
        ("Account name", 20), ("By", 30), ("Last use (UTC)", 19), ("MFA", 10), ("Contractor", 22),
        ("Oldest key, days", 10), ("Note", 36),
    ),
    *columns_of(
        ("Id of person or user", 40), ("Id of group", 40), ("ARN of permission set or policies", 50),
        ("Where to look (file:line below data/)", 50), wrap=False,
    ),
)  # fmt: skip
_WORDS = {True: "yes", False: "no", None: "not determined"}
_REMARKS = (
    "Administrator: whether this access makes one, as PRIV-2 and IDC-4 determine it.",
    "What cannot be shown comes first. No API tells the MFA or the last sign-in of Identity Center's people.",
    "Contractor: not known, unless the directory's user type, title or name says so.",
    "Roles that programs or other accounts take are not here: see TRUST-1 and PRIV-2.",
)


def write(book: WorkbookBuilder, bundle: Bundle) -> None:
    """Write one row for each person and access, and first one for each thing that cannot be shown."""
    title = "Access listing: person, group, permission set, account; and IAM users"
    with SheetTable(
        book, ACCESS, title, _files(bundle), _COLUMNS, _REMARKS, "Read first", wrap=True, breaks=(8, 15, 17)
    ) as table:
        for line in access_listing(bundle):
            table.add(_gap(line) if isinstance(line, AccessGap) else _values(line))


def _files(bundle: Bundle) -> list[SheetFile]:
    return [
        bundle_file(bundle, path, unit.item)
        for unit in bundle.run.units
        if unit.item in ITEMS
        for path in unit.files
    ]


def _gap(gap: AccessGap) -> tuple[cells.Value, ...]:
    where = str(gap.pointer) if gap.pointer else ""
    return (
        "cannot be shown", "", gap.item, cells.Marked("not determined"), "", "", gap.account, "", "", "", "",
        "", "", "", gap.why, "", "", "", where,
    )  # fmt: skip


def _values(row: AccessRow) -> tuple[cells.Value, ...]:
    used: cells.Value = cells.value(row.last_used) or ("none on record" if row.never_used else NOT_KNOWN)
    return (
        row.name, row.display, row.kind, row.status, row.group, row.access, row.account,
        cells.Marked(_WORDS[row.administrator]), row.account_name, row.by, used,
        NOT_KNOWN if row.mfa is None else _WORDS[row.mfa], row.contractor or NOT_KNOWN, row.key_days,
        row.note, row.id, row.group_id, row.access_id, ", ".join(map(str, row.pointers)),
    )  # fmt: skip
