"""Gives one verdict for each property that verification is about: a pure function of what was found.

Unknown is not ok: a property whose precondition failed, or that nothing was there to show, is `unknown`, and
the word over all of them is `authentic` only when every property that must hold does, trust included.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.findings import Code, Finding, Repetition, TimeStampSubject, VerificationReport, series


class Property(StrEnum):
    """What a verdict is about; documented in docs/format.md. Never renamed: scripts rely on them."""

    WELL_FORMED = "well-formed"
    COMPLETE = "complete"
    UNCHANGED = "unchanged"
    SEALED = "sealed-by"
    TRUSTED = "trusted-by"
    TIME_STAMPED = "time-stamped-at"
    CHAINED = "chain-position"
    REPORT = "pdf-belongs"
    WORKBOOK = "workbook-belongs"
    PAGE = "page-belongs"
    RESULTS = "results-belong"
    CONCLUSIONS = "conclusions-follow"
    RECOMPUTED = "recomputed"
    CHANGES = "changes-follow"


class PropertyState(StrEnum):
    """How a property stands."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class OverallVerdict(StrEnum):
    """The one word for the whole."""

    AUTHENTIC = "authentic"
    """Everything that must hold holds, under a trust anchor that the reader brought; of a pack also that its
    conclusions follow from its evidence."""
    UNCHANGED = "unchanged"
    """As it was signed by whom the reader trusts; whether conclusions follow from the evidence is unknown."""
    INTACT = "intact"
    """Nobody said whose certificate to expect; everything else holds, but conclusions may be unknown too."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PropertyVerdict:
    """One property's."""

    property: Property
    state: PropertyState
    sentence: str
    """What was established, or why it was not."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts, in a fixed order, and the word over them."""

    word: OverallVerdict
    verdicts: tuple[PropertyVerdict, ...]

    def of(self, wanted: Property) -> PropertyVerdict:
        """Return one property's verdict."""
        return next(verdict for verdict in self.verdicts if verdict.property is wanted)

    @property
    def not_shown(self) -> tuple[Property, ...]:
        """The properties that are unknown."""
        return tuple(one.property for one in self.verdicts if one.state is PropertyState.UNKNOWN)


PARTS: Mapping[str, Property] = {
    "report.pdf": Property.REPORT,
    "appendices.xlsx": Property.WORKBOOK,
    "index.html": Property.PAGE,
    "results.json": Property.RESULTS,
    "changes.json": Property.CHANGES,
}
"""The parts of a pack that belong to its bundle, by file."""

_DEFEATS: Mapping[Code, Property] = {
    Code.NOT_A_BUNDLE: Property.WELL_FORMED,
    Code.MISSING: Property.COMPLETE,
    Code.EXTRA: Property.COMPLETE,
    Code.RENAMED: Property.COMPLETE,
    Code.CHANGED: Property.UNCHANGED,
    Code.DUPLICATE: Property.WELL_FORMED,
    Code.LINKED: Property.WELL_FORMED,
    Code.SPECIAL_FILE: Property.WELL_FORMED,
    Code.EMPTY_FOLDER: Property.WELL_FORMED,
    Code.HOSTILE_PATH: Property.WELL_FORMED,
    Code.UNREADABLE: Property.COMPLETE,
    Code.MANIFEST: Property.WELL_FORMED,
    Code.TAG_MANIFEST: Property.WELL_FORMED,
    Code.BAG_FILE: Property.WELL_FORMED,
    Code.JSON: Property.WELL_FORMED,
    Code.SCHEMA: Property.WELL_FORMED,
    Code.INCONSISTENT: Property.WELL_FORMED,
    Code.SEAL_MISSING: Property.SEALED,
    Code.SEAL_INVALID: Property.SEALED,
    Code.CERTIFICATE: Property.SEALED,
    Code.UNTRUSTED: Property.TRUSTED,
    Code.TIME_STAMP: Property.TIME_STAMPED,
    Code.TIME_STAMP_MISSING: Property.TIME_STAMPED,
    Code.TIME_STAMP_UNTRUSTED: Property.TIME_STAMPED,
    Code.TIME_STAMP_ENDED: Property.TIME_STAMPED,
    Code.TIME: Property.TIME_STAMPED,
    Code.PDF: Property.WELL_FORMED,
    Code.PDF_SIGNATURE: Property.SEALED,
    Code.PDF_CHANGED: Property.UNCHANGED,
    Code.ZIP: Property.WELL_FORMED,
    Code.OTHER_BUNDLE: Property.WELL_FORMED,
    Code.OTHER_RESULTS: Property.WELL_FORMED,
    Code.OTHER_SIGNER: Property.SEALED,
    Code.OTHER_CONCLUSIONS: Property.CONCLUSIONS,
    Code.NOT_REPRODUCED: Property.RECOMPUTED,
    Code.CHAIN_GAP: Property.CHAINED,
    Code.CHAIN_FORK: Property.CHAINED,
    Code.CHAIN_ORDER: Property.CHAINED,
    Code.CHAIN_SCOPE: Property.CHAINED,
    Code.CHAIN_DUPLICATE: Property.CHAINED,
    Code.CHAIN_DELETED: Property.CHAINED,
    Code.CHAIN_UNLISTED: Property.CHAINED,
    Code.CHAIN_INDEX: Property.CHAINED,
    Code.CHAIN_HEAD: Property.CHAINED,
    Code.RENEWAL: Property.CHAINED,
    Code.RENEWAL_COVERS: Property.CHAINED,
    Code.HAND_OVER: Property.CHAINED,
    Code.SUBMISSION: Property.COMPLETE,
    Code.CHAIN_HIDDEN: Property.CHAINED,
    Code.CHAIN_UNPROTECTED: Property.CHAINED,
}

_OF_THE_PART_ONLY = {
    Code.PDF, Code.PDF_SIGNATURE, Code.PDF_CHANGED, Code.OTHER_BUNDLE, Code.OTHER_RESULTS, Code.OTHER_SIGNER,
}  # fmt: skip
"""Where the subject is a part of a pack, these say nothing against the rest of the pack."""

_BLIND = {
    Code.NOT_A_BUNDLE, Code.ZIP, Code.HOSTILE_PATH, Code.DUPLICATE, Code.LINKED, Code.SPECIAL_FILE,
    Code.MANIFEST, Code.TAG_MANIFEST, Code.UNREADABLE,
}  # fmt: skip
"""With these the files were not, or not all, held against the lists."""

_NOT_REQUIRED = {Property.TIME_STAMPED, Property.CHAINED, Property.RECOMPUTED, Property.CHANGES}
"""What a reader may do without knowing: the verdict says so, the word does not wait for it."""


def judge(report: VerificationReport) -> Judgement:
    """Return the verdicts on what was verified, and the word over them."""
    against: dict[Property, list[Finding]] = {}
    for finding in report.findings:
        for defeated in _defeated(report.kind, finding):
            against.setdefault(defeated, []).append(finding)
    known = _VerificationFacts(report, against)
    verdicts = tuple(known.verdict(prop, rule) for prop, rule in _RULES.items())
    return Judgement(_word(report, verdicts), verdicts)


def _defeated(kind: str, finding: Finding) -> set[Property]:
    part = PARTS.get(finding.subject) if kind == "pack" else None
    if part is Property.CHANGES and finding.code is Code.NOT_REPRODUCED:
        return {part}
    if part is None or finding.code in (Code.OTHER_CONCLUSIONS, Code.NOT_REPRODUCED):
        return {_DEFEATS[finding.code]}
    return {part} if finding.code in _OF_THE_PART_ONLY else {part, _DEFEATS[finding.code]}


def _word(report: VerificationReport, verdicts: tuple[PropertyVerdict, ...]) -> OverallVerdict:
    good = (PropertyState.OK, PropertyState.NOT_APPLICABLE)
    asked = {Property.RECOMPUTED} if report.recomputed else set()
    asked |= {Property.CHANGES} if report.changes_asked else set()
    lacking = {
        one.property
        for one in verdicts
        if one.state is PropertyState.FAILED
        or (one.state not in good and one.property not in _NOT_REQUIRED - asked)
    }
    may_lack = {Property.TRUSTED, Property.CONCLUSIONS, Property.RECOMPUTED, Property.CHANGES}
    if report.findings or lacking - may_lack:
        return OverallVerdict.REFUSED
    if Property.TRUSTED in lacking:
        return OverallVerdict.INTACT
    return OverallVerdict.UNCHANGED if lacking else OverallVerdict.AUTHENTIC


@dataclass(frozen=True, slots=True)
class _VerificationFacts:
    """What one report says, as the rules below ask for it."""

    report: VerificationReport
    against: Mapping[Property, list[Finding]]

    def verdict(self, prop: Property, rule: "Rule") -> PropertyVerdict:
        found = self.against.get(prop)
        if found:
            more = f", and {len(found) - 1} more finding(s)" if len(found) > 1 else ""
            return PropertyVerdict(
                prop, PropertyState.FAILED, f"{found[0].subject} {found[0].sentence}{more}"
            )
        return PropertyVerdict(prop, *rule(self))

    @property
    def read(self) -> bool:
        """Whether checking got as far as the signatures."""
        return self.report.signer is not None or Property.SEALED in self.against

    @property
    def sealed(self) -> bool:
        return self.report.signer is not None and Property.SEALED not in self.against

    @property
    def compared(self) -> bool:
        """Whether every file was held against lists that a seal vouches for."""
        return self.sealed and not any(one.code in _BLIND for one in self.report.findings)

    def belongs(self, what: str) -> "Answer":
        if self.report.kind != "pack":
            return PropertyState.NOT_APPLICABLE, f"no pack was given, so there is no {what} to compare"
        if not self.compared or not self.report.digest:
            return PropertyState.UNKNOWN, "cannot be said of a bundle whose seal does not hold"
        said = " and that of the results" if what != "results file" else ""
        return PropertyState.OK, f"it names this bundle's digest, {self.report.digest}{said}"

    def repeated(self, found: Repetition | None, how: str) -> "Answer":
        """Answer for what was computed again, or not; `how` says what would have been needed."""
        if self.report.kind != "pack":
            return PropertyState.NOT_APPLICABLE, "no pack was given, so there are no results to compute again"
        if found is None:
            return PropertyState.UNKNOWN, how
        return PropertyState.OK if found.same else PropertyState.UNKNOWN, found.sentence


Answer = tuple[PropertyState, str]
Rule = Callable[[_VerificationFacts], Answer]


def _well_formed(known: _VerificationFacts) -> Answer:
    if not known.read:
        return PropertyState.UNKNOWN, "not everything could be read"
    if known.report.kind == "pdf":
        return PropertyState.OK, "a PDF with one signature, which allows no change"
    return PropertyState.OK, "every file is in the one form of its kind, and the files agree with each other"


def _complete(known: _VerificationFacts) -> Answer:
    if known.report.kind == "pdf":
        return (
            PropertyState.OK if known.sealed else PropertyState.UNKNOWN,
            "the signature covers the whole file",
        )
    if not known.compared:
        return PropertyState.UNKNOWN, "no list that a seal vouches for could be held against all files"
    return PropertyState.OK, "every file that the sealed lists name is there, and no other"


def _unchanged(known: _VerificationFacts) -> Answer:
    if not known.compared:
        return PropertyState.UNKNOWN, "no list that a seal vouches for could be held against all files"
    return PropertyState.OK, "every byte is as it was when it was sealed"


def _sealed(known: _VerificationFacts) -> Answer:
    signer = known.report.signer
    if signer is None:
        return PropertyState.UNKNOWN, "no signature could be checked"
    return PropertyState.OK, f"{signer.subject}, certificate SHA-256 {signer.fingerprint}"


def _trusted(known: _VerificationFacts) -> Answer:
    signer = known.report.signer
    if not known.sealed or signer is None:
        return PropertyState.UNKNOWN, "there is no seal to trust"
    if not signer.trusted:
        return (
            PropertyState.UNKNOWN,
            "no trust anchor was given: anybody can make a certificate with this name",
        )
    return PropertyState.OK, signer.trusted_by


def _time_stamped(known: _VerificationFacts) -> Answer:
    signer = known.report.signer
    if not known.sealed or signer is None:
        return PropertyState.UNKNOWN, "there is no seal that a time-stamp could be on"
    stamped = known.report.time_stamp_of(
        TimeStampSubject.REPORT if known.report.kind == "pdf" else TimeStampSubject.SEAL
    )
    if stamped is not None:
        when = f"{stamped.time:%Y-%m-%d %H:%M:%S} UTC at the latest, by {stamped.authority}"
        if stamped.trusted:
            return PropertyState.OK, f"{when}, whom you trust"
        return PropertyState.UNKNOWN, f"{when}, whom nobody but the sender vouches for: pass --trust-tsa"
    claimed = f"{signer.claimed:%Y-%m-%d %H:%M:%S} UTC" if signer.claimed else "nothing"
    return PropertyState.UNKNOWN, f"there is no time-stamp; the signer says {claimed}, which is a claim"


def _chained(known: _VerificationFacts) -> Answer:
    if known.report.kind in ("pdf", "corroboration"):
        return PropertyState.NOT_APPLICABLE, f"a {known.report.kind} stands in no chain; its bundle does"
    link = known.report.link
    if not known.sealed or link is None or (link.sequence is None and link.previous is None):
        return PropertyState.UNKNOWN, "no other bundles were given to compare with"
    number = f"number {link.sequence} of {link.scope}" if link.sequence else f"of {link.scope}"
    after = f"following {link.previous}" if link.previous else "the first"
    return PropertyState.UNKNOWN, f"it says that it is {number}, {after}; `evidence verify --chain` compares"


def _report(known: _VerificationFacts) -> Answer:
    if known.report.kind == "pdf" and known.report.digest:
        return PropertyState.NOT_APPLICABLE, f"it names the bundle {known.report.digest}, which was not given"
    return known.belongs("report")


def _page(known: _VerificationFacts) -> Answer:
    state, said = known.belongs("page")
    if state is PropertyState.OK and not known.report.has_page:
        return PropertyState.NOT_APPLICABLE, "the pack has no index.html, as those of earlier versions"
    return state, said


def _conclusions(known: _VerificationFacts) -> Answer:
    if known.report.kind == "pdf":
        return PropertyState.UNKNOWN, "a report alone has no evidence to test: verify its pack"
    return known.repeated(known.report.conclusions, "the tests of controls were not performed again")


def _recomputed(known: _VerificationFacts) -> Answer:
    report = known.report
    state, said = known.repeated(
        report.recomputed, f"{series(report.drawn_parts)} were not rendered again: --recompute"
    )
    if state is PropertyState.OK and report.changes and not report.changes.same:
        said += f"; {series(report.showing_changes)} with changes.json as it is, which is the signer's word"
    return state, said


def _changes(known: _VerificationFacts) -> Answer:
    found = known.report.changes
    if known.report.kind == "pack" and not known.compared:
        return PropertyState.UNKNOWN, "no list that a seal vouches for tells whether there is a changes.json"
    if found is None:
        return PropertyState.NOT_APPLICABLE, "there is no changes.json"
    return PropertyState.OK if found.same else PropertyState.UNKNOWN, found.sentence


_RULES: Mapping[Property, Rule] = {
    Property.WELL_FORMED: _well_formed,
    Property.COMPLETE: _complete,
    Property.UNCHANGED: _unchanged,
    Property.SEALED: _sealed,
    Property.TRUSTED: _trusted,
    Property.TIME_STAMPED: _time_stamped,
    Property.CHAINED: _chained,
    Property.REPORT: _report,
    Property.WORKBOOK: lambda known: known.belongs("workbook"),
    Property.PAGE: _page,
    Property.RESULTS: lambda known: known.belongs("results file"),
    Property.CONCLUSIONS: _conclusions,
    Property.RECOMPUTED: _recomputed,
    Property.CHANGES: _changes,
}
