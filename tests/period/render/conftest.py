"""One rendering of each document of a period, shared by the tests that look into it."""

import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.period.model import PeriodResults
from evidence.period.render import render_pdf, write_workbook
from tests.period.example import period_results


@dataclass(frozen=True)
class RenderedPeriod:
    results: PeriodResults
    pdf: Path
    text: str
    complaints: list[str]


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@pytest.fixture(scope="session")
def year() -> PeriodResults:
    return period_results(members=20)


@pytest.fixture(scope="session")
def rendered_period(
    year: PeriodResults, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RenderedPeriod]:
    listener = _Listener()
    logging.getLogger("weasyprint").addHandler(listener)
    try:
        data = render_pdf(year, None)
    finally:
        logging.getLogger("weasyprint").removeHandler(listener)
    pdf = tmp_path_factory.mktemp("period") / "report.pdf"
    pdf.write_bytes(data)
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], check=True, capture_output=True).stdout.decode()
    yield RenderedPeriod(year, pdf, text, listener.heard)


@pytest.fixture(scope="session")
def period_workbook(year: PeriodResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("period") / "period.xlsx"
    write_workbook(year, path)
    return path
