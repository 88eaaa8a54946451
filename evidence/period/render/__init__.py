"""Renders the results of a period: report (PDF), workbook (XLSX) and page (HTML), from period.json alone.

Importing this package is light; WeasyPrint and XlsxWriter are imported when something is rendered.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.period.model import PeriodResults
    from evidence.report.facts import SignerInfo
    from evidence.settings.sections import ReportSettings

__all__ = ["render_pdf", "write_page", "write_workbook"]


def render_pdf(
    results: "PeriodResults",
    identity: "SignerInfo | None",
    *,
    logo: bytes = b"",
    look: "ReportSettings | None" = None,
) -> bytes:
    """Return the report as an unsigned, tagged PDF; the same input gives the same bytes.

    `identity` is who will sign it, None for nobody. `logo` is a PNG as `evidence.statements.logo` took it;
    empty for none. `look` are paper and accent; None: A4 and the tool's own colour.
    """
    from evidence.period.render.pdf import html
    from evidence.report.pdf.render import to_pdf

    return to_pdf(html(results, identity, logo=logo, look=look), identifier=results.digest)


def write_workbook(results: "PeriodResults", path: Path) -> None:
    """Write the workbook: all that period.json holds, a row each; same input, same bytes.

    Raises UsageError when the path is taken, StorageError when the disk is full.
    """
    from evidence.period.render.workbook import write

    write(results, path)


def write_page(results: "PeriodResults", path: Path) -> None:
    """Write the page that shows all of it without a network; same input, same bytes.

    Raises UsageError when the path is taken, StorageError when the disk is full.
    """
    from evidence.period.render.page import pieces
    from evidence.storage import publish

    publish(path, pieces(results))
