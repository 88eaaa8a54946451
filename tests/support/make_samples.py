"""Makes samples/ and the README's pictures again (`make samples`): fixed key, fixed clock, fixed account.

Request ids and the order of calls differ from one making to the next; everything else is the same.
"""

import importlib
import os
import shutil
import subprocess
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from evidence.clock import shifted_clock
from evidence.comparison import read_previous
from evidence.delivery import Delivery
from evidence.demo_account.demo import SETTINGS, demo_environment
from evidence.demo_account.paperwork import FILES, LOGO, PEOPLE, paperwork
from evidence.demo_account.people_list import people_csv
from evidence.demo_account.script import EARLIER, LAST
from evidence.demo_account.server import DemoServer, create_app
from evidence.diff import Changes
from evidence.pack.layout import CHANGES
from evidence.pipeline import run
from evidence.settings.file import load
from evidence.settings.model import Settings
from evidence.settings.sections import SigningSettings, StatementSettings
from evidence.signing import Signer, load_signer
from evidence.statements.files import read_statements

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
PICTURES = ROOT / "docs" / "pictures"
DATA = ROOT / "tests" / "data"
MOMENT = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
TODAY = MOMENT.date()
PASSPHRASE = b"sample account, no secret"
"""Of tests/data/sample-signer.key, which signs samples and nothing else."""
SIGNER = ("--key", DATA / "sample-signer.key", "--certificate", DATA / "sample-signer.pem")
"""Flags that have a command sign as the samples are signed."""

WHOLE_PAGE = ("-r", "110")
UPPER = ("-r", "150", "-x", "40", "-y", "60", "-W", "1600", "-H", "680")
"""Where the first rows of a sheet stand on a page that LibreOffice made of it."""


def sample_signer() -> Signer:
    """Return the identity that signs the samples."""
    files = SigningSettings(key=DATA / "sample-signer.key", certificate=DATA / "sample-signer.pem")
    return load_signer(files, lambda _file: PASSPHRASE, now=MOMENT)


def sample_settings(scratch: Path, today: date = TODAY, day: float = LAST) -> Settings:
    """Return the sample's settings, with what its management states on a day."""
    stated = paperwork(scratch, today, day)
    accepted = StatementSettings.model_validate({Path(name).stem: path for name, path in stated.items()})
    return load(SETTINGS).model_copy(update={"accepted": accepted})


def sample_changes() -> Changes:
    """Return what the sample's bundle says to have changed since the quarter before it."""
    return Changes.model_validate_json((SAMPLES / CHANGES).read_bytes())


def collect_samples(folder: Path) -> Delivery:
    """Do the main job on the demo account of both quarters, here; return what the later one left."""
    importlib.import_module("weasyprint")  # else it takes the second that the bundle's name is of
    before = _collect_quarter(folder.with_name("before"), EARLIER, None)
    return _collect_quarter(folder, LAST, before.pack)


def _collect_quarter(folder: Path, day: float, pack: Path | None) -> Delivery:
    from evidence.collect.progress import SilentProgress

    now, signer = MOMENT + timedelta(days=day), sample_signer()
    stated = folder.with_name(f"{folder.name}-stated")
    stated.mkdir()
    settings = sample_settings(stated, now.date(), day)
    statements = read_statements(settings.accepted.paths)
    previous, before = read_previous(pack, now=now, statements=statements, signer=signer)
    server = DemoServer("127.0.0.1", 0, create_app(now, day=day))  # its clock starts here, as the run's does
    server.start()
    try:
        os.environ.update(demo_environment(server.url))
        return run(
            settings, output=folder, signer=signer,
            clock=shifted_clock(now), authority=None, progress=SilentProgress(), attachments=None,
            previous=previous, before=before,
            say=lambda _text: None,
        )  # fmt: skip
    finally:
        server.stop()


def main() -> None:
    """Replace samples/ and docs/pictures/."""
    with tempfile.TemporaryDirectory() as scratch:
        delivery = collect_samples(Path(scratch) / "out")
        _replace(delivery)
        _take_pictures(Path(scratch))


def _replace(delivery: Delivery) -> None:
    for old in SAMPLES.glob("evidence-*"):
        shutil.rmtree(old)
    shutil.copytree(delivery.bundle, SAMPLES / delivery.bundle.name)
    for made in (delivery.report, delivery.appendices, delivery.page, delivery.results, delivery.changes):
        shutil.copyfile(made, SAMPLES / made.name)
    shutil.copyfile(SETTINGS, SAMPLES / "evidence.toml")
    for name in (*FILES, LOGO):
        shutil.copyfile(SETTINGS.with_name(name), SAMPLES / name)
    (SAMPLES / PEOPLE).write_bytes(people_csv(TODAY, LAST))
    shutil.copyfile(DATA / "sample-signer.pem", SAMPLES / "signer.pem")


def _take_pictures(scratch: Path) -> None:
    PICTURES.mkdir(exist_ok=True)
    report = SAMPLES / "report.pdf"
    _picture("cover", report, 1)
    _picture("summary", report, _page("1 Summary", report))
    _picture("tests", report, _page("KEY-1 Access keys are rotated", report))
    workbook = SAMPLES / "appendices.xlsx"
    _picture_of_page("browser")
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", scratch, workbook]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    _picture("workbook", scratch / "appendices.pdf", 1, UPPER)


def _picture_of_page(name: str) -> None:
    """Draw what a browser shows first of the page."""
    switches = (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--window-size=1200,900",
    )
    target = f"--screenshot={PICTURES / name}.png"
    address = (SAMPLES / "index.html").as_uri()
    subprocess.run(
        ["chromium", *switches, "--virtual-time-budget=5000", target, address],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _page(heading: str, pdf: Path) -> int:
    """Return the page on which a heading stands; elsewhere it stands within a line."""
    told = subprocess.run(["pdftotext", pdf, "-"], check=True, capture_output=True, text=True)
    pages = told.stdout.split("\f")
    return next(
        number
        for number, page in enumerate(pages, start=1)
        if any(line.startswith(heading) for line in page.splitlines())
    )


def _picture(name: str, pdf: Path, page: int, view: tuple[str, ...] = WHOLE_PAGE) -> None:
    """Draw what pdftoppm's options say of a page."""
    command = ["pdftoppm", *view, "-f", str(page), "-l", str(page), "-singlefile", "-png"]
    subprocess.run([*command, pdf, PICTURES / name], check=True)


if __name__ == "__main__":
    main()
