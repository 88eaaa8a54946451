"""Renders a bundle and its results: report (PDF), appendices (XLSX), page (HTML). Talks to nobody.

Importing this package is light; WeasyPrint and openpyxl are imported when something is rendered.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.report.facts import ItemFacts, SignerInfo

if TYPE_CHECKING:
    from evidence.bundle.open import Bundle
    from evidence.controls.results import Results

__all__ = ["ItemFacts", "SignerInfo", "render_pdf", "try_rendering", "write_page", "write_workbook"]


def render_pdf(
    bundle: "Bundle", results: "Results", facts: Sequence[ItemFacts], signer: SignerInfo | None
) -> bytes:
    """Return the report as an unsigned, tagged PDF; the same input gives the same bytes.

    Raises UsageError when the results were computed over another bundle.
    """
    from evidence.report.pdf.page import html
    from evidence.report.pdf.render import to_pdf

    return to_pdf(html(bundle, results, facts, signer), identifier=bundle.digest)


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


def write_page(bundle: "Bundle", results: "Results", facts: Sequence[ItemFacts], path: Path) -> None:
    """Write the page to search and follow all of it, without a network; same input, same bytes.

    Raises UsageError when the results were computed over another bundle, UsageError when the path is taken.
    """
    from evidence.report.browser.page import pieces
    from evidence.storage import publish

    publish(path, pieces(bundle, results, facts))
