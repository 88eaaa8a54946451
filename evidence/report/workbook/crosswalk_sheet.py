"""Writes the workbook's sheet on the requirements of other frameworks that tests bear on."""

from evidence.controls.crosswalk import LABEL, digest, frameworks, requirements_of, why_unmapped
from evidence.controls.results import Results
from evidence.report.workbook.sheets import SheetTable, WorkbookBuilder, columns_of

NAME = "Crosswalk"


def write(book: WorkbookBuilder, results: Results) -> None:
    """Write one row for each test that is mapped."""
    remarks = [LABEL, f"Of no bundle: a table of this version of evidence, SHA-256 {digest()}."]
    columns = columns_of(
        ("Test", 24),
        ("Title", 60),
        ("Conclusion", 18),
        ("SOC 2 criteria", 20),
        *((f"{one.name}, {one.part}", 40) for one in frameworks()),
    )
    with SheetTable(book, NAME, "Requirements of other frameworks", (), columns, remarks) as table:
        for test in results.tests:
            mapped = requirements_of(test.id)
            if any(ids for _, ids in mapped):
                listed = (", ".join(ids) for _, ids in mapped)
                table.add((test.id, test.title, test.conclusion.value, ", ".join(test.criteria), *listed))
            elif not why_unmapped(test.family):
                table.add(
                    (test.id, test.title, test.conclusion.value, ", ".join(test.criteria), "not mapped")
                )
