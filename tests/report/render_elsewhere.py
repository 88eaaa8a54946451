"""Renders both documents in a process of its own and prints their digests. Argument: a folder."""

import hashlib
import sys
from pathlib import Path

from evidence.report import render_pdf, write_workbook
from tests.report.report_data import FACTS, bundle_of, results_of

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    bundle = bundle_of(folder)
    results = results_of(bundle)
    write_workbook(bundle, results, FACTS, folder / "appendices.xlsx")
    for data in (render_pdf(bundle, results, FACTS, None), (folder / "appendices.xlsx").read_bytes()):
        sys.stdout.write(f"{hashlib.sha256(data).hexdigest()}\n")
