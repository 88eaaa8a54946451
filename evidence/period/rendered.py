"""Renders the period's report, workbook and page: the one place that asks for them."""

from pathlib import Path

from evidence.period import layout
from evidence.period.model import PeriodResults
from evidence.period.render import render_pdf, write_page, write_workbook
from evidence.signing.signer import SignerIdentity
from evidence.storage import publish


def render(results: PeriodResults, identity: SignerIdentity, folder: Path) -> tuple[str, ...]:
    """Write what is rendered of the results into a folder, the report unsigned; return the files' names."""
    publish(folder / layout.REPORT, (render_pdf(results, identity),))
    write_workbook(results, folder / layout.WORKBOOK)
    write_page(results, folder / layout.PAGE)
    return layout.RENDERED
