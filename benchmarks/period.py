"""A report over a period against parsing the records of its bundles once; its memory, as bundles grow."""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Row, process

USERS, ROLES, POLICIES = 1_000, 200, 100
BUNDLES, FEW = 6, 3
FIRST = datetime(2026, 9, 3, 6, tzinfo=UTC)
REPORT = (
    "import sys; from pathlib import Path; from benchmarks.period import report; "
    "report(Path(sys.argv[1]), int(sys.argv[2]))"
)
PARSE = "import sys; from pathlib import Path; from benchmarks.period import parse; parse(Path(sys.argv[1]))"


def period_row(scratch: Path) -> Row:
    """`evidence period` without rendering, processor time, over `json.loads` of every line of all bundles."""
    with ProcessPoolExecutor(max_workers=1) as maker:
        maker.submit(make_archive, scratch).result()
    ours, fewer = (process([sys.executable, "-c", REPORT, scratch, str(n)]) for n in (BUNDLES, FEW))
    none = process([sys.executable, "-c", REPORT, scratch, "0"])
    parsed = process([sys.executable, "-c", PARSE, scratch / "bundles"])
    base = process([sys.executable, "-c", PARSE, scratch / "none"])
    return Row(
        f"period of {BUNDLES} bundles / parsing them once",
        ours.processor - none.processor,
        parsed.processor - base.processor,
        3.0,
        f"peak {ours.megabytes} MiB, of {FEW} bundles {fewer.megabytes} MiB, before reading {none.megabytes}",
    )


def make_archive(scratch: Path) -> None:
    """Put packs of an account of 1,000 users into an archive, and keep their bundles beside it."""
    from benchmarks.testing import sized_bundle
    from evidence.archive.archive import open_archive
    from evidence.clock import frozen_clock
    from evidence.controls.engine import run_tests
    from tests.period.archives import SCOPE
    from tests.support.identity import signer
    from tests.support.packs import draw

    for number in range(BUNDLES):
        moment, folder = FIRST + timedelta(days=number), scratch / "bundles" / str(number)
        folder.mkdir(parents=True)
        with open_archive(scratch / "archive") as archive:
            place = archive.claim(SCOPE)
            bundle = sized_bundle(
                folder, USERS, ROLES, POLICIES, now=moment, signer=signer(),
                sequence=place.sequence, previous=place.previous,
            )  # fmt: skip
            parts = draw(bundle, run_tests(bundle).to_bytes(), folder, now=moment)
            archive.add(parts.pack(), signer(), frozen_clock(moment + timedelta(minutes=5)))


def report(scratch: Path, bundles: int) -> None:
    """Make the report over so many of the bundles; with none, only import what makes it."""
    from evidence.period.opened import Period
    from tests.period.archives import made

    if bundles:
        last: date = (FIRST + timedelta(days=bundles - 1)).date()
        made(scratch / "archive", Period(FIRST.date(), last))


def parse(bundles: Path) -> None:
    """Parse every line of every file of records below a folder."""
    for path in sorted(bundles.glob("*/evidence-*/data/**/*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                json.loads(line)
