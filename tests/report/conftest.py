"""One rendering of each document, shared by the tests that look into it."""

import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.bundle import Bundle
from evidence.controls.results import Results
from evidence.report import render_pdf, write_workbook
from tests.report.report_data import FACTS, bundle_of, results_of


@dataclass(frozen=True)
class Rendered:
    bundle: Bundle
    results: Results
    pdf: Path
    text: str
    complaints: list[str]

    def run(self, *command: str) -> str:
        """A tool's words about the PDF; a tool that is missing fails the test."""
        return subprocess.run([*command, str(self.pdf)], check=True, capture_output=True, text=True).stdout


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Results]:
    bundle = bundle_of(tmp_path_factory.mktemp("source"))
    return bundle, results_of(bundle)


@pytest.fixture(scope="session")
def rendered(source: tuple[Bundle, Results], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rendered]:
    listener = _Listener()
    logging.getLogger("weasyprint").addHandler(listener)
    try:
        data = render_pdf(*source, FACTS, None)
    finally:
        logging.getLogger("weasyprint").removeHandler(listener)
    pdf = tmp_path_factory.mktemp("rendered") / "report.pdf"
    pdf.write_bytes(data)
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], check=True, capture_output=True).stdout.decode()
    yield Rendered(*source, pdf, text, listener.heard)


@pytest.fixture(scope="session")
def workbook(source: tuple[Bundle, Results], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workbook") / "appendices.xlsx"
    write_workbook(*source, FACTS, path)
    return path
