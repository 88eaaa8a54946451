"""The company's own list of people, as it stands on a day of the year: people.csv."""

import csv
import io
import math

from evidence.demo_account.account import identity_center as directory
from evidence.demo_account.script import OTHERS, ScriptedKind, of_kind
from tests.year.dates import date_of

COLUMNS = ("id", "name", "email", "started", "left", "manager", "contractor")
LEADS = ("ingrid.solheim", "tomas.lindqvist")
"""Managers of everybody else, the first, and of the first, the second."""
CONSOLE = (("anna.kowalska", -1480.0), ("m.delgado", -1320.0), ("k.brandt", -1150.0))
"""People who sign in as IAM users, and their first day."""
CONTRACTORS = (("contractor.fx-audit", -directory.joined("contractor.fx-audit"), 400.0),
               ("auditor.2024", -640.0, 9.0))  # fmt: skip
"""Whose contract ends, and when."""


def people_csv(day: float) -> str:
    """Return the list of a day: whoever has started by then."""
    names = {name: f"{given} {family}" for name, given, family in (*directory.PEOPLE, *OTHERS)}
    rows = [(*one.subject, one.start, one.end, "no") for one in of_kind(ScriptedKind.EMPLOYED)]
    rows += [(name, start, math.inf, "no") for name, start in CONSOLE]
    rows += [(name, start, end, "yes") for name, start, end in CONTRACTORS]
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for name, start, end, contractor in sorted(rows):
        if start <= day:
            manager = LEADS[1] if name == LEADS[0] else LEADS[0]
            left = date_of(end) if end <= day or (contractor == "yes" and end < math.inf) else ""
            mail = f"{name}@northwind.example"
            lines.writerow((name, names.get(name, name), mail, date_of(start), left, manager, contractor))
    return written.getvalue()
