"""Renders a bundle and its results: report (PDF), appendices (XLSX), page (HTML). Talks to nobody.

Importing this package is light; WeasyPrint and openpyxl are imported when something is rendered.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.report.facts import ItemFacts, SignerInfo

if TYPE_CHECKING:
    from evidence.bundle.open import Bundle
    from evidence.controls.results import Results
    from evidence.diff import Changes

__all__ = [
    "ItemFacts",
    "SignerInfo",
    "render_indexes",
    "render_pdf",
    "try_rendering",
    "write_page",
    "write_workbook",
]


def render_pdf(
    bundle: "Bundle",
    results: "Results",
    facts: Sequence[ItemFacts],
    signer: SignerInfo | None,
    *,
    logo: bytes = b"",
    changes: "Changes | None" = None,
) -> bytes:
    """Return the report as an unsigned, tagged PDF; the same input gives the same bytes.

    `logo` is the PNG that the results name, as `evidence.statements.logo` took it; empty for none. `changes`
    are those since the previous bundle, where the pack has them (changes.json). Raises UsageError when the
    results were computed over another bundle.
    """
    from evidence.report.pdf.page import html
    from evidence.report.pdf.render import to_pdf

    return to_pdf(html(bundle, results, facts, signer, logo=logo, changes=changes), identifier=bundle.digest)


def render_indexes(bundle: "Bundle", results: "Results", report: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the indexes by others' numbers, by their names in a pack: those whose file management gave.

    `report` is the report of these results, as this process rendered it: its pages are named.
    """
    from evidence.report.indexes import index_files
    from evidence.report.pdf.pages import pages_of

    if results.controls_file or results.requests_file:
        yield from index_files(bundle, results, pages_of(report))


def try_rendering() -> None:
    """Render a page of one word, in the report's style and fonts. Raises what `render_pdf` would.

    Loading WeasyPrint and Pango is nearly all of it, and has to be paid by whoever renders.
    """
    from evidence.report.pdf.render import to_pdf

    style = '<link rel="stylesheet" href="report.css">'
    to_pdf(f'<!DOCTYPE html><html lang="en"><title>Trial</title>{style}<p>Evidence</p></html>', identifier="")


def write_workbook(bundle: "Bundle", results: "Results", facts: Sequence[ItemFacts], path: Path) -> None:
    """Write the appendices: every record of every item, every population; same input, same bytes.

    Raises UsageError when the results were computed over another bundle, UsageError when the path is taken.
    """
    from evidence.report.workbook.write import write

    write(bundle, results, facts, path)


def write_page(
    bundle: "Bundle",
    results: "Results",
    facts: Sequence[ItemFacts],
    path: Path,
    *,
    changes: "Changes | None" = None,
) -> None:
    """Write the page to search and follow all of it, without a network; same input, same bytes.

    Raises UsageError when the results were computed over another bundle, UsageError when the path is taken.
    """
    from evidence.report.browser.page import pieces
    from evidence.storage import publish

    publish(path, pieces(bundle, results, facts, changes=changes))
