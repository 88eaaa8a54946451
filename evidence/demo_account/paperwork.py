"""Writes what the demo account's management states, dated for the day of collection."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from evidence.demo_account.people_list import NAME as PEOPLE
from evidence.demo_account.people_list import people_csv
from evidence.demo_account.script import LAST

LOGO = "logo.png"
FILES = ("exceptions.toml", "attestations.toml", "responses.toml", "controls.toml", "requests.toml")
WRITTEN_FOR = date(2026, 10, 1)
"""The day that samples/ was made for: on it, one accepted exception has expired and all else holds."""
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def paperwork(folder: Path, today: date, day: float = LAST) -> dict[str, Path]:
    """Write the files into a folder, every date moved as far as `today` is from that day.

    The account's ages are relative to the day it is served; so are its management's decisions. `today` is
    `day` of the script, which the list of people is made of. Returns the paths by name.
    """
    later = today - WRITTEN_FOR
    dated = {name: _dated(Path(__file__).with_name(name), folder / name, later) for name in FILES}
    (folder / PEOPLE).write_bytes(people_csv(today, day))
    logo = Path(shutil.copyfile(Path(__file__).with_name(LOGO), folder / LOGO))
    return dated | {PEOPLE: folder / PEOPLE, LOGO: logo}


def _dated(source: Path, target: Path, later: timedelta) -> Path:
    text = source.read_text(encoding="utf-8")
    moved = _DAY.sub(lambda found: str(date.fromisoformat(found[0]) + later), text)
    target.write_text(moved, encoding="utf-8")
    return target
