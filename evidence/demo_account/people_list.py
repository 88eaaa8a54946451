"""Writes the company's own list of people as its HR system would export it on a day of the script.

Planted: a contractor without an end date, and one whose contract ended long ago and who still signs in
(`script.FORMER_AUDITOR`). Whom the list leaves out is in the script: people made by hand in Identity Center.
"""

import csv
import io
import math
from collections.abc import Iterator
from datetime import date, timedelta

from evidence.demo_account.account import identity_center as directory
from evidence.demo_account.ids import digest
from evidence.demo_account.script import IAM_PEOPLE, OTHERS, ScriptedFact, ScriptedKind, of_kind

NAME = "people.csv"
COLUMNS = ("id", "name", "email", "started", "left", "manager", "contractor")
WITHOUT_END, RENEWED = "noa.levi", "wei.zhang"
"""Contractors who work on: one whose contract has no end, and one whose contract is renewed in time."""
CONTRACTORS = {WITHOUT_END, RENEWED, *(name for name, _, _, outside in IAM_PEOPLE if outside)}
TERM = 180.0
"""Days for which a contract is renewed."""
LEADS = ("ingrid.solheim", "tomas.lindqvist")
HEAD = "tomas.reyes"
WITHOUT_ACCESS = (
    ("ines.falk", "Ines", "Falk"), (HEAD, "Tomas", "Reyes"), ("priya.natarajan", "Priya", "Natarajan"),
    ("petra.grossmann", "Petra", "Grossmann"), ("jonas.ek", "Jonas", "Ek"),
)  # fmt: skip
"""People of the company who have nothing to do in AWS, or approve what others do there."""


def people_csv(today: date, day: float) -> bytes:
    """Return the list as it is `today`, which is a day of the script: everybody who has started, by id."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(_lines(today, day)))
    return text.getvalue().encode("utf-8-sig")


def _lines(today: date, day: float) -> Iterator[tuple[str, ...]]:
    names = {name: f"{given} {family}" for name, given, family in (*directory.PEOPLE, *OTHERS)}
    names |= {name: f"{given} {family}" for name, given, family, _ in IAM_PEOPLE}
    for fact in of_kind(ScriptedKind.EMPLOYED):
        (name,) = fact.subject
        if fact.start <= day:
            started = _date(today, day, fact.start)
            # Whoever is no employee has no id in the HR system: their e-mail is what tells who they are.
            id_ = "" if name == RENEWED else name
            outside = "yes" if name in CONTRACTORS else "no"
            yield id_, names[name], _mail(name), started, _left(fact, today, day), _manager(name), outside
    for name, given, family in WITHOUT_ACCESS:
        started = _date(today, day, -700.0 - digest("starts", name)[0])
        yield name, f"{given} {family}", _mail(name), started, "", "" if name == HEAD else HEAD, "no"


def _left(fact: ScriptedFact, today: date, day: float) -> str:
    if fact.subject == (RENEWED,):
        return _date(today, day, (day // TERM + 1) * TERM)
    return _date(today, day, fact.end) if fact.end <= day else ""


def _date(today: date, day: float, scripted: float) -> str:
    return str(today + timedelta(days=math.floor(scripted - day)))


def _mail(name: str) -> str:
    return f"{name}@northwind.example"


def _manager(name: str) -> str:
    return HEAD if name in LEADS else LEADS[digest("manager", name)[0] % len(LEADS)]
