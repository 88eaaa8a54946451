"""Renders the period's report, workbook and page: the one place that asks for them."""

from pathlib import Path

from evidence.period.model import PeriodResults
from evidence.signing.signer import SignerIdentity


def render(results: PeriodResults, identity: SignerIdentity, folder: Path) -> tuple[str, ...]:
    """Write what is rendered of the results into a folder, the report unsigned; return the files' names."""
    del results, identity, folder
    return ()
