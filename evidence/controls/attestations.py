"""Concludes tests from management's attestation alone: nothing is tested, so nothing passes.

An attestation counts when it is complete, names a document that the bundle holds (or none), and is valid on
the UTC day on which the collection of the evidence finished.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from evidence.bundle import Bundle
from evidence.bundle.format.models import Attachment
from evidence.controls import topics
from evidence.controls.acceptance import collection_day, why_invalid
from evidence.controls.declaration import (
    Bearing,
    Conclusion,
    ControlTest,
    Remedy,
    Severity,
    register,
)
from evidence.controls.remedies import in_general
from evidence.controls.results import TestResult
from evidence.controls.row_results import Rows
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.statements.records import Attestation, EntryProblem, FileFinding
from evidence.statements.shapes import OWN_ID, StatedAttestation
from evidence.statements.words import unsaid

PROCEDURE = (
    "Read the statement in management's attestations file, and looked at whether it says who states it, on "
    "which day and until when, was valid when the evidence was collected, and names a document that the "
    "bundle holds, or none. What it states was not tested."
)
POPULATION = "None: no API shows it"
REMEDY = (
    "In attestations.toml an [[attestation]] entry with this id: statement, attested_by, attested_on and "
    "valid_until, and the document that shows it, attached to the bundle by `evidence attach`."
)
LIMITS = "An attestation is management's word. It is no evidence that the control works."
NONE_STATED = "No attestation of it was given."
REQUIRED = ("statement", "attested_by", "attested_on", "valid_until")
REQUIRED_OF_OWN = ("title", "criteria", *REQUIRED)
_ATTACHMENTS = "attachments/"


class AttestationEntries:
    """The entries of one attestations file, judged over one bundle."""

    def __init__(self, entries: Sequence[StatedAttestation], known: Sequence[str], bundle: Bundle) -> None:
        self._valid: dict[str, Attestation] = {}
        self._own: dict[str, StatedAttestation] = {}
        self._why: dict[str, str] = {}
        self.findings: tuple[FileFinding, ...] = ()
        """What is wrong with entries, in the file's order."""
        as_of = collection_day(bundle)
        seen: dict[str, int] = {}
        for number, entry in enumerate(entries, start=1):
            problem = _unfit(entry, known, seen, as_of, bundle.attachments)
            if problem:
                self._find(number, entry, *problem)
            if entry.id in seen:
                continue
            seen[entry.id] = number
            if re.fullmatch(OWN_ID, entry.id):
                self._own[entry.id] = entry
            if not problem:
                self._valid[entry.id] = _attestation(number, entry, bundle.attachments)

    def own(self) -> Iterator[ControlTest]:
        """Yield a test for each attestation of the company's own, in the file's order."""
        for entry in self._own.values():
            yield attested_test(entry.id, entry.title or "Untitled attestation", entry.criteria)

    def perform(self, test: ControlTest, criteria: tuple[str, ...]) -> TestResult:
        """Return the result of a test that is concluded from a statement alone."""
        given = self._valid.get(test.id)
        reason = self._why.get(test.id, NONE_STATED)
        if given:
            reason = f"{given.attested_by} stated it on {given.attested_on}, valid until {given.valid_until}."
        return TestResult(
            id=test.id,
            title=test.title,
            topic=test.topic.name,
            criteria=criteria,
            risk=test.risk,
            procedure=test.procedure,
            population=test.population,
            attribute=test.attribute,
            needs=(),
            uses=(),
            limits=test.limits,
            advisory=test.advisory,
            family=test.family,
            conclusion=Conclusion.ATTESTED if given else Conclusion.NOT_CONCLUDED,
            complete=given is not None,
            remedy=in_general(test.remedy),
            reason=reason,
            considered=0,
            out_of_scope=0,
            out_of_scope_why={},
            population_size=0,
            inspected=0,
            exceptions=0,
            not_determined=0,
            missing=() if given else (MissingEvidence(MissingKind.NOT_ATTESTED, reason),),
            as_of=None,
            rows=Rows.of(),
            attestation=given,
        )

    def _find(self, number: int, entry: StatedAttestation, problem: EntryProblem, sentence: str) -> None:
        found = FileFinding(entry=number, test=entry.id, subject="", problem=problem, sentence=sentence)
        self.findings += (found,)
        self._why.setdefault(entry.id, f"An attestation was given and does not count. {sentence}")


def attested_test(
    id: str,  # noqa: A002
    title: str,
    criteria: tuple[str, ...],
    risk: str = "What management relies on and no API shows goes unexamined.",
    bearings: tuple[Bearing, ...] = (),
) -> ControlTest:
    """Return the declaration of a test that only management's statement concludes."""
    return ControlTest(
        id=id,
        title=title,
        topic=topics.ATTESTED,
        criteria=criteria,
        risk=risk,
        procedure=PROCEDURE,
        population=POPULATION,
        attribute="A complete and valid statement of management",
        needs=(),
        rule=lambda _evidence: iter(()),
        severity=Severity.MEDIUM,
        remedy=Remedy(console=REMEDY),
        empty=NONE_STATED,
        empty_conclusion=Conclusion.NOT_CONCLUDED,
        limits=LIMITS,
        attested=True,
        bearings=bearings,
    )


def _unfit(
    entry: StatedAttestation,
    known: Sequence[str],
    seen: dict[str, int],
    as_of: date,
    attachments: Sequence[Attachment],
) -> tuple[EntryProblem, str] | None:
    own = re.fullmatch(OWN_ID, entry.id) is not None
    if not own and entry.id not in known:
        return EntryProblem.UNKNOWN_TEST, (
            f"Management attests {', '.join(known)}; an id of one's own is ATT-X- and up to 18 capital "
            "letters, digits and hyphens."
        )
    if entry.id in seen:
        return EntryProblem.DUPLICATE, f"Entry {seen[entry.id]} attests the same."
    if empty := unsaid(entry, REQUIRED_OF_OWN if own else REQUIRED):
        return EntryProblem.INCOMPLETE, f"It does not say: {empty}."
    if entry.document and not _document(entry, attachments):
        return EntryProblem.DOCUMENT_MISSING, f"The bundle holds no attachment {entry.document}."
    return why_invalid("Stated on", entry.attested_on, "was valid until", entry.valid_until, as_of)


def _document(entry: StatedAttestation, attachments: Sequence[Attachment]) -> Attachment | None:
    wanted = entry.document.removeprefix(_ATTACHMENTS)
    return next((one for one in attachments if one.file.removeprefix(_ATTACHMENTS) == wanted), None)


def _attestation(number: int, entry: StatedAttestation, attachments: Sequence[Attachment]) -> Attestation:
    if entry.attested_on is None or entry.valid_until is None:
        raise RuntimeError("an incomplete entry attests nothing")
    document = _document(entry, attachments) if entry.document else None
    return Attestation(
        entry=number,
        statement=entry.statement,
        attested_by=entry.attested_by,
        attested_on=entry.attested_on,
        valid_until=entry.valid_until,
        document=document.file if document else "",
        document_sha256=document.sha256 if document else "",
    )


register(
    attested_test(
        "ATT-1",
        "Root's credentials and hardware key are out of reach",
        ("CC6.1", "CC6.4"),
        "Whoever holds root's password and key can do everything, and no policy stops them.",
        (
            Bearing("ROOT-3", "root's MFA is a virtual device, which is no hardware key"),
            Bearing("ROOT-4", "root was used, and nobody accepted that use", when_accepted=False),
        ),
    ),
    attested_test(
        "ATT-2",
        "The identity provider enforces MFA for everyone assigned to AWS",
        ("CC6.1",),
        "A stolen password at the identity provider opens every account that its owner is assigned to.",
        (
            Bearing("IDC-2", "some identities do not come from the identity provider"),
            Bearing("MFA-1", "people sign in to the console without MFA and without the identity provider"),
        ),
    ),
    attested_test(
        "ATT-3",
        "Contractors without a corporate identity are known, and how they get access",
        ("CC6.2",),
        "Access that joins and leaves by no personnel process stays when the contract ends.",
        (
            Bearing("IDC-2"),
            Bearing("TRUST-1", "outsiders are trusted whom management has not named", when_accepted=False),
            Bearing("USER-1"),
        ),
    ),
    attested_test(
        "ATT-4",
        "Repositories are scanned for committed keys",
        ("CC6.1", "CC7.1"),
        "A key committed to a repository is a key that everybody with a copy holds.",
    ),
    attested_test(
        "ATT-5",
        "Active analyzer findings are reviewed monthly",
        ("CC6.6", "CC7.2"),
        "A finding that nobody reads protects nothing.",
        (
            Bearing(
                "AA-2",
                "findings have been active for more than a month, and nobody accepted them",
                when_accepted=False,
                after_days=31,
            ),
            Bearing("AA-3", "findings are archived and nobody recorded why", when_accepted=False),
        ),
    ),
    attested_test(
        "ATT-6",
        "Long-lived keys that must exist are kept in a secret store",
        ("CC6.1",),
        "A key in a file or a chat is copied without trace.",
        (Bearing("KEY-1"), Bearing("USER-2")),
    ),
)
