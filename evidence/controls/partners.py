"""Tells which outsiders management has named: the `partner` entries of exceptions.toml that count.

An entry counts as an accepted exception does: complete, and valid on the UTC day on which the collection of
the evidence finished. It turns no exception into a pass by itself; it tells whose an account or a tenant is.
"""

from collections.abc import Sequence
from datetime import date

from evidence.controls.acceptance import REQUIRED_TO_NAME, why_unfit
from evidence.readers.evidence import Known
from evidence.statements.records import EntryProblem, FileFinding
from evidence.statements.shapes import StatedPartner

TEST = "TRUST-1"
"""The test whose rows partners explain."""


def known_partners(entries: Sequence[StatedPartner], as_of: date) -> tuple[Known, tuple[FileFinding, ...]]:
    """Return the partners that count, and a finding for each entry that does not, in the file's order."""
    findings: list[FileFinding] = []
    valid: dict[str, StatedPartner] = {}
    for number, entry in enumerate(entries, start=1):
        problem = _unfit(entry, entry.name in valid, as_of)
        if problem:
            findings.append(
                FileFinding(
                    entry=number, test=TEST, subject=entry.name, problem=problem[0], sentence=problem[1]
                )
            )
        else:
            valid[entry.name] = entry
    named = frozenset(entry.account or entry.organization for entry in valid.values()) - {""}
    tenants = frozenset(
        (entry.issuer.lower().removeprefix("https://").rstrip("/"), entry.tenant.lower())
        for entry in valid.values()
        if entry.issuer
    )
    return Known(named, tenants), tuple(findings)


def _unfit(entry: StatedPartner, repeated: bool, as_of: date) -> tuple[EntryProblem, str] | None:
    if repeated:
        return EntryProblem.DUPLICATE, "An earlier partner entry names the same."
    return why_unfit(entry, REQUIRED_TO_NAME, as_of)
