"""Defines `results.json`: what the tests of controls concluded, as typed records that the report reads."""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import astuple
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from evidence.bundle.format.models import BundleModel
from evidence.controls.counts import count_rows, population_in_words
from evidence.controls.declaration import Conclusion, Family, Severity
from evidence.controls.row_results import PointerText, RowRemedy, Rows, rows_apart
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.statements.files import STATEMENT_KINDS, StatementKind
from evidence.statements.records import Attestation, FileFinding, UsedFile
from evidence.statements.shapes import StatedControl, StatedRequest

RESULTS_VERSION: Literal["3"] = "3"


class BearingResult(BundleModel):
    """How a test ended that bears on what management attests."""

    test: str
    conclusion: Conclusion
    complete: bool
    exceptions: int
    accepted: int
    contradicts: str
    """What its exceptions say against the statement, a clause; empty where none does or nothing is stated."""


class TestResult(BundleModel):
    """One test of controls as performed."""

    __test__ = False  # not a pytest class

    id: str
    title: str
    topic: str
    criteria: tuple[str, ...]
    risk: str
    procedure: str
    """With the thresholds used filled in."""
    population: str
    attribute: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    """Items that explained rows where they were collected."""
    limits: str
    advisory: bool
    family: Family
    """The sum it is counted in."""
    conclusion: Conclusion
    complete: bool
    """All the evidence was there, and it settled each member; never where nothing is concluded.

    An exception may be known all the same: `exceptions noted`, not complete.
    """
    severity: Severity | None = None
    """Of its heaviest exception that nobody accepted; None without one."""
    remedy: RowRemedy
    """What to do about its exceptions, with placeholders."""
    reason: str
    """One sentence: why this conclusion."""
    considered: int
    """All rows."""
    out_of_scope: int
    out_of_scope_why: dict[str, int]
    """Each reason with its number of rows, the most frequent first."""
    population_size: int
    """Rows that are not out of scope."""
    inspected: int
    """Rows of the population, less those that an audit sample leaves out."""
    exceptions: int
    """Rows that fail and that nobody accepted."""
    accepted: int = 0
    """Rows that fail and that management accepted."""
    not_determined: int
    missing: tuple[MissingEvidence, ...]
    """Why it is not complete; empty exactly where it is."""
    as_of: datetime | None
    """The evidence's own time, where it has one."""
    rows: Rows
    """On disk: a test may have very many."""
    attestation: Attestation | None = None
    """Set exactly when the conclusion is `attested`."""
    bearing: tuple[BearingResult, ...] = ()
    """Tests of this run that bear on what is attested, with their conclusions."""

    @property
    def contradicted_by(self) -> tuple[str, ...]:
        """Ids of the tests whose exceptions deny what is attested."""
        return tuple(one.test for one in self.bearing if one.contradicts)

    @property
    def holes(self) -> tuple[MissingEvidence, ...]:
        """What evidence is missing, without what the rows and the reason say already."""
        return tuple(one for one in self.missing if one.what not in _SAID_ELSEWHERE)

    @property
    def population_in_words(self) -> str:
        """`considered 40, out of scope 6 (why), population 34, inspected 34`."""
        return population_in_words(
            self.considered, self.out_of_scope_why, self.population_size, self.inspected
        )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        """Refuse numbers that are not those of the rows, and a conclusion that what is missing forbids."""
        counts = count_rows(self.rows.verdicts())
        said = (
            self.considered, self.out_of_scope, self.population_size, self.inspected,
            self.exceptions, self.accepted, self.not_determined,
        )  # fmt: skip
        if said != astuple(counts) or sum(self.out_of_scope_why.values()) != self.out_of_scope:
            raise ValueError(f"the numbers of {self.id} are not those of its rows")
        open_ended = self.conclusion is Conclusion.NOT_CONCLUDED
        known = self.conclusion is Conclusion.EXCEPTIONS
        if self.complete is bool(self.missing) or open_ended is not (bool(self.missing) and not known):
            raise ValueError(f"{self.id} concludes {self.conclusion}, which what is missing does not allow")
        return self


_SAID_ELSEWHERE = (MissingKind.NOT_DETERMINED, MissingKind.NOTHING_SHOWN, MissingKind.NOT_ATTESTED)


class ChangedConclusion(BundleModel):
    """A test that ended otherwise than it would have by a setting's default."""

    test: str
    conclusion: Conclusion
    complete: bool
    exceptions: int
    """Members that fail, accepted or not."""
    default_conclusion: Conclusion
    default_complete: bool
    default_exceptions: int


class LaxSetting(BundleModel):
    """A setting of the run that lets more pass than its default does."""

    key: str
    """As in the settings file: `thresholds.key_max_age_days`, `criteria.KEY-1`.

    Several, joined by ` and `, where they changed a conclusion only together.
    """
    value: str
    default: str
    tests: tuple[str, ...]
    """Those whose rule asked for it, or whose evidence it shaped."""
    changed: tuple[ChangedConclusion, ...]
    """Of these, each that was performed again with the default and ended otherwise."""
    compared: bool
    """The tests were performed again with the default; not where other evidence would have been collected."""
    effect: str
    """One sentence: what it changed."""


class JoinedRow(BundleModel):
    """A row that a joined fact rests on."""

    test: str
    subject: str
    account: str
    region: str


class JoinedFact(BundleModel):
    """What rows of several tests make together, or a row and the organization's units: `controls.joined`."""

    id: str
    """Its kind: `administrator-without-mfa`."""
    title: str
    why: str
    """One sentence."""
    subject: str
    account: str
    severity: Severity
    """The highest of its parts, one step up where they make each other worse."""
    tests: tuple[str, ...]
    rows: tuple[JoinedRow, ...]
    more: int
    """How many rows like them are not named here."""
    pointers: tuple[PointerText, ...]
    """Of the rows named."""
    remedy: RowRemedy


class CustomPackage(BundleModel):
    """Code of others that results rest on."""

    name: str
    version: str
    sha256: str
    """Over its files as installed; docs/custom.md says which."""
    items: tuple[str, ...]
    """The custom items that it declares."""
    tests: tuple[str, ...]
    """The custom tests that are its."""
    not_performed: tuple[str, ...]
    """Of these tests, those that were not performed, as the package is not here, or is another."""


class Results(BundleModel):
    """All tests over one bundle. A pure function of the bundle and of management's statements."""

    results_version: Literal["3"] = RESULTS_VERSION
    bundle: str
    bundle_digest: str
    """SHA-256 of the bundle's tagmanifest-sha256.txt."""
    tool_version: str
    libraries: dict[str, str] = Field(default_factory=dict)
    """Versions of the data that conclusions rest on: name to version (the database of AWS's actions)."""
    exceptions_file: UsedFile | None = None
    attestations_file: UsedFile | None = None
    responses_file: UsedFile | None = None
    controls_file: UsedFile | None = None
    requests_file: UsedFile | None = None
    people_file: UsedFile | None = None
    logo_file: UsedFile | None = None
    exception_findings: tuple[FileFinding, ...] = ()
    """Entries of the exceptions file that accept nothing."""
    attestation_findings: tuple[FileFinding, ...] = ()
    """Entries of the attestations file that attest nothing."""
    response_findings: tuple[FileFinding, ...] = ()
    """Entries of the responses file that answer nothing."""
    control_findings: tuple[FileFinding, ...] = ()
    """Entries of the controls file that do not count."""
    request_findings: tuple[FileFinding, ...] = ()
    """Entries of the requests file that do not count."""
    controls: tuple[StatedControl, ...] = ()
    """The entity's own controls that count, in the file's order."""
    requests: tuple[StatedRequest, ...] = ()
    """The auditor's requests that count, in the file's order, those that nothing answers too."""
    lax_settings: tuple[LaxSetting, ...] = ()
    """Settings that are laxer than the defaults, and what they changed."""
    tests: tuple[TestResult, ...]
    joined: tuple[JoinedFact, ...] = ()
    """The heaviest first."""
    custom: Annotated[tuple[CustomPackage, ...], Field(exclude_if=lambda packages: not packages)] = ()
    """By name and version; left out where nothing custom was switched on."""

    @property
    def used_files(self) -> dict[str, UsedFile]:
        """The files of management's that the results were computed with, by kind."""
        named = {kind.name: getattr(self, kind.used) for kind in STATEMENT_KINDS}
        return {name: used for name, used in named.items() if used}

    def findings_of(self, kind: StatementKind[Any]) -> tuple[FileFinding, ...]:
        """Return what is wrong with the entries of one of management's files."""
        found: tuple[FileFinding, ...] = getattr(self, kind.findings) if kind.findings else ()
        return found

    def controls_of(self, test: str) -> tuple[StatedControl, ...]:
        """Return the entity's own controls that a test looks at."""
        return tuple(control for control in self.controls if test in control.tests)

    def requests_of(self, test: str) -> tuple[str, ...]:
        """Return the numbers of the auditor's requests that a test answers, by itself or by its control."""
        by_control = (control.request for control in self.controls_of(test) if control.request)
        named = (request.number for request in self.requests if test in request.tests)
        return tuple(dict.fromkeys((*named, *by_control)))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of results.json, 64 hex digits: report and workbook name it, so that no other fits them."""
        deque(self.pieces(), maxlen=0)
        return str(self.__dict__["digest"])

    def pieces(self) -> Iterator[bytes]:
        """Yield results.json in pieces, row by row: the same bytes for the same bundle and statements.

        Members keep their declared order, because a test's attributes are columns: what is rendered from
        this file must equal what is rendered from the results in memory.
        """
        hashed = hashlib.sha256()
        for piece in self._pieces():
            hashed.update(piece)
            yield piece
        self.__dict__["digest"] = hashed.hexdigest()  # known now, for who asks later

    def _pieces(self) -> Iterator[bytes]:
        document = self.model_dump_json(indent=2, context=rows_apart()).encode()
        first, *others = document.split(_NO_ROWS, len(self.tests))  # one of each test; facts come after
        yield first
        for test, after in zip(self.tests, others, strict=True):
            yield _NO_ROWS if not test.rows else _NO_ROWS[:-1]
            for number, text in enumerate(test.rows.texts()):
                yield (b",\n" if number else b"\n") + text
            yield after if not test.rows else b"\n      ]" + after
        yield b"\n"

    def to_bytes(self) -> bytes:
        """Return results.json whole, for who knows that it is small."""
        return b"".join(self.pieces())


_NO_ROWS = b'\n      "rows": []'
"""The rows of a test that is written without; a line never begins within a string of JSON."""
