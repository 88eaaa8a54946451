"""Computes again what a pack concludes, from the very files that were verified, and compares.

The tests are a pure function of the sealed bundle, of management's statements and of this tool's version; the
rendering is one of the results, and of the versions of libraries besides. So where nothing differs, nobody
touched what was concluded. Where versions do, a difference of bytes says nothing; one of conclusions does.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence import __version__
from evidence.errors import EvidenceError, UsageError
from evidence.findings import Code, Finding, Repetition, VerificationReport
from evidence.pack import layout
from evidence.storage import blocks_of, read_up_to

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.controls.results import Results, TestResult
    from evidence.signatures.trust import Trust
    from evidence.statements.files import Statements

_MAX_VERSIONS = 64 * 1024
_SPARE = 1024 * 1024
"""Bytes, unpacked, by which another version's workbook may be larger than twice ours, to be looked into."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One file of a pack, computed again."""

    name: str
    identical: bool
    sha256: str
    """Of what was computed here, 64 hex digits."""
    contradicts: str = ""
    """Where it differs in more than bytes, as far as that can be said: no version explains that."""


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What came out."""

    made_by: str
    """The version that made the pack, and its other versions where they are not those here."""
    computed_by: str
    """This version, and its other versions where they are not those there."""
    conclusions: Repetition | Finding
    parts: tuple[FileComparison, ...]
    versions_differ: bool
    """The versions that shape bytes are not all the same there and here."""

    @property
    def identical(self) -> bool:
        """Every byte of every part."""
        return all(part.identical for part in self.parts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What came out otherwise, where versions do not explain it."""
        found = [self.conclusions] if isinstance(self.conclusions, Finding) else []
        versions = f"it was made by {self.made_by}; this is {self.computed_by}"
        for part in self.parts:
            if part.name == layout.RESULTS or part.identical:
                continue  # the conclusions speak for the results
            if part.contradicts or not self.versions_differ:
                remark = f" ({part.contradicts})" if part.contradicts else ""
                sentence = f"is not what comes out when it is computed again{remark}; {versions}"
                found.append(Finding(Code.NOT_REPRODUCED, part.name, sentence))
        return tuple(found)

    @property
    def drawn(self) -> Repetition | None:
        """What can be said of report, workbook and page without a finding; None where they were not drawn."""
        differing = [part.name for part in self.parts if not part.identical]
        if len(self.parts) <= 1:
            return None
        if not differing:
            return Repetition(True, f"every byte came out the same with {self.computed_by}")
        explained = f"made by {self.made_by}; this is {self.computed_by}; no conclusion differs"
        return Repetition(
            False, f"other bytes came out of {', '.join(differing)}, with other versions: {explained}"
        )

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return asdict(self) | {"identical": self.identical}

    def text(self) -> str:
        """Return the form for people."""
        lines = [f"Made by     {self.made_by}", f"Recomputed  {self.computed_by}"]
        for part in self.parts:
            state = "identical" if part.identical else "DIFFERS"
            remark = f"  {part.contradicts}" if part.contradicts else ""
            lines.append(f"  {state:<10}  {part.name:<28}  sha256:{part.sha256}{remark}")
        return "\n".join(lines)


def verify_and_recompute(
    path: Path, *, now: datetime, trusted: "Trust | None" = None, every_byte: bool = False
) -> tuple[VerificationReport, Recomputation | None]:
    """Verify whatever was given, and of a pack perform the tests of controls again.

    A pack is opened once: what was verified is what is computed. Its tests are performed again where this is
    the version that made it; with `every_byte` in any case, and report, workbook and page are rendered too. A
    pack that has findings is not computed again: nothing vouches for its bundle. Raises UsageError for
    `every_byte` of what is no pack, else what `verify_any` does.
    """
    from evidence.bundle.open import checked_bundle
    from evidence.pack.any import verify_any

    found: list[Recomputation] = []

    def further(root: Path, report: VerificationReport) -> VerificationReport:
        bundle = checked_bundle(layout.bundle_in(root), report)
        untied = tuple(_untied(bundle, f"{bundle.name}/"))
        if untied:
            return replace(report, findings=untied)
        if report.made_with != __version__ and not every_byte:
            return replace(report, conclusions=Repetition(False, _apart(report)))
        try:
            again = _compute(root, bundle, every_byte)
        except EvidenceError as error:
            return _not_computed(report, error)
        found.append(again)
        if isinstance(again.conclusions, Finding):
            return replace(report, findings=again.findings)
        drawn = None if again.findings else again.drawn
        return replace(report, findings=again.findings, conclusions=again.conclusions, recomputed=drawn)

    report = verify_any(path, now=now, trusted=trusted, further=further)
    if report.kind == "bundle" and report.ok:
        report = replace(report, findings=tuple(_untied(checked_bundle(path, report), "")))
    if every_byte and report.kind != "pack":
        raise UsageError("--recompute needs a pack: a bundle alone has no results to compare.")
    return report, found[0] if found else None


def _apart(report: VerificationReport) -> str:
    return f"made with evidence {report.made_with or 'of an unknown version'}, here is {__version__}"


def _not_computed(report: VerificationReport, error: EvidenceError) -> VerificationReport:
    """Refuse what the version that made it cannot compute again; of another version nothing can be said."""
    sentence = f"cannot be computed again: {error.message}"
    if report.made_with != __version__:
        return replace(report, conclusions=Repetition(False, f"{_apart(report)}; it {sentence}"))
    return replace(report, findings=(Finding(Code.OTHER_CONCLUSIONS, layout.RESULTS, sentence),))


def _untied(bundle: "Bundle", prefix: str) -> Iterator[Finding]:
    """Yield the files that do not hold what the call ledger counted in AWS's answers for them."""
    from evidence.bundle.format import bag
    from evidence.readers.ledger import compare_files, file_of

    try:
        for unit, counts in compare_files(bundle):
            subject = f"{prefix}{bag.PAYLOAD}/{file_of(unit)}"
            for one in counts:
                if not one.agrees:
                    yield Finding(Code.INCONSISTENT, subject, f"is not what the ledger counted: {one.words}")
    except ValueError as error:
        yield Finding(Code.JSON, f"{prefix}{bag.PAYLOAD}", f"holds a record that is not strict JSON: {error}")


def _compute(root: Path, bundle: "Bundle", every_byte: bool) -> Recomputation:
    from evidence.controls.engine import run_tests
    from evidence.report.facts import read_results

    given = read_results(root / layout.RESULTS)
    results = run_tests(bundle, statements=_statements(root, given))
    named = _as_named(results, given)
    parts = [_compared(root, layout.RESULTS, named.pieces())]
    apart: dict[str, tuple[str, str]] = {}
    if every_byte:
        apart = _versions_apart(root)
        parts += _drawn(root, bundle, named, same_results=parts[0].identical)
    there, here = (", ".join(f"{name} {both[side]}" for name, both in apart.items()) for side in (0, 1))
    return Recomputation(
        made_by=f"evidence {given.tool_version}" + (f" with {there}" if there else ""),
        computed_by=f"evidence {__version__}" + (f" with {here}" if here else ""),
        conclusions=_conclusions(given, results, parts[0].identical),
        parts=tuple(parts),
        versions_differ=bool(apart) or given.tool_version != __version__,
    )


def _as_named(results: "Results", given: "Results") -> "Results":
    """Return results as of the versions that a pack names: where they changed nothing, all else is the same.

    The database of AWS's actions is renewed daily, and rarely in what evidence asks of it.
    """
    named = results.model_copy(update={"tool_version": given.tool_version, "libraries": given.libraries})
    named.__dict__.pop("digest", None)  # it was of the others
    return named


def _conclusions(given: "Results", results: "Results", identical: bool) -> Repetition | Finding:
    """Say whether the results in a pack are those that follow here, to the byte but for named versions.

    Where they are not and versions differ, nothing is said but what contradicts them: whatever a reader sees
    besides how each test ends may have been changed by hand.
    """
    made, here = _made_with(given), _made_with(results)
    if identical:
        said = "" if made == here else f", though made with {made}"
        return Repetition(True, f"every test came out the same, to the byte, with {here}{said}")
    before, after = ({test.id: test for test in one.tests} for one in (given, results))
    changed = [
        f"{name} ({test.conclusion} there, {after[name].conclusion} here)"
        for name, test in before.items()
        if name in after and _ending(test) != _ending(after[name])
    ]
    same_tool = given.tool_version == __version__
    left_out = [f"{name} (left out there)" for name in after if name not in before]
    changed += [f"{name} (unknown here)" for name in before if name not in after] if same_tool else []
    changed += left_out if same_tool else []
    versions = f"it was made with {made}, this is {here}"
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        said = f"tests that end otherwise: {', '.join(changed[:_NAMED])}{more}"
        return Finding(
            Code.OTHER_CONCLUSIONS, layout.RESULTS, f"does not follow from the evidence; {said}; {versions}"
        )
    if made == here:
        return Finding(
            Code.OTHER_CONCLUSIONS, layout.RESULTS,
            f"is not what comes out when the tests are performed again by the same version, {made}, though "
            "every test ends the same",
        )  # fmt: skip
    missing = f", but for {len(left_out)} that are not there" if left_out else ""
    return Repetition(
        False, f"every test ends the same{missing}, and what else results.json says differs; {versions}"
    )


def _made_with(results: "Results") -> str:
    libraries = (f"{name} {version}" for name, version in results.libraries.items())
    return ", ".join((f"evidence {results.tool_version}", *libraries))


def _ending(test: "TestResult") -> tuple[object, ...]:
    """Return what a test concludes, and of whom."""
    rows = sorted((row.subject, row.account, row.region, str(row.verdict)) for row in test.rows)
    return test.conclusion, test.complete, test.severity, rows


def _statements(root: Path, given: "Results") -> "Statements":
    """Read management's files as packed, under the names that their owners gave them."""
    from evidence.statements.files import read_statements

    present = {name: root / name if (root / name).is_file() else None for name in layout.STATEMENTS}
    read = read_statements(present[layout.EXCEPTIONS], present[layout.ATTESTATIONS])
    named = {}
    for member, used in (("exceptions", given.exceptions_file), ("attestations", given.attestations_file)):
        part = getattr(read, member)
        if part is not None and used is not None:
            renamed = part.used.model_copy(update={"name": used.name})
            named[member] = part.model_copy(update={"used": renamed})
    return read.model_copy(update=named)


def _versions_apart(root: Path) -> dict[str, tuple[str, str]]:
    """Return the versions that shape bytes and are not the same there and here, by name."""
    from evidence.bundle.format import strictjson
    from evidence.report.versions import rendering_versions

    here = rendering_versions()
    try:
        there = strictjson.loads(read_up_to(root / layout.VERSIONS, _MAX_VERSIONS))
    except ValueError:
        there = None
    if not isinstance(there, dict) or not all(isinstance(one, str) for one in there.values()):
        raise EvidenceError(f"{layout.VERSIONS} names no versions.")
    names = sorted({*here, *there})
    return {
        name: (there.get(name, "none"), here.get(name, "none"))
        for name in names
        if there.get(name) != here.get(name)
    }


def _compared(
    root: Path, name: str, computed: Iterable[bytes], contradiction: Callable[[], str] = str
) -> FileComparison:
    digest, identical = hashlib.sha256(), True
    with (root / name).open("rb") as there:
        for piece in computed:
            digest.update(piece)
            identical = identical and there.read(len(piece)) == piece
        identical = identical and not there.read(1)
    return FileComparison(name, identical, digest.hexdigest(), "" if identical else contradiction())


def _drawn(
    root: Path, bundle: "Bundle", results: "Results", *, same_results: bool
) -> Iterator[FileComparison]:
    """Render and compare everything beside results and bundle that this tool writes.

    Of the same results the workbook has the same cells, whatever library writes them.
    """
    from evidence.pipeline import item_facts
    from evidence.report import write_workbook
    from evidence.report.browser.page import pieces

    with tempfile.TemporaryDirectory(prefix="evidence-recompute-") as scratch:
        book = Path(scratch) / layout.APPENDICES
        write_workbook(bundle, results, item_facts(), book)
        given = root / layout.APPENDICES
        contradiction = partial(_other_content, given, book) if same_results else str
        yield _compared(root, layout.APPENDICES, blocks_of(book), contradiction)
    if (root / layout.PAGE).is_file():  # a pack of an earlier version has none
        page = b"".join(pieces(bundle, results, item_facts()))
        ours = same_results and results.tool_version == __version__
        contradiction = partial(_other_data, root / layout.PAGE, page) if ours else str
        yield _compared(root, layout.PAGE, (page,), contradiction)
    yield from _report(root, bundle, results)
    yield from (_compared(root, name, (layout.verifier(name),)) for name in layout.VERIFIERS)


def _other_data(given: Path, computed: bytes) -> str:
    """Name the first part in which two pages differ; empty where only the compression does."""
    from evidence.report.browser.blocks import MOST_BYTES, open_blocks

    ours = dict(open_blocks(computed))
    try:
        theirs = dict(open_blocks(read_up_to(given, MOST_BYTES)))
    except ValueError as error:
        return str(error)
    differing = [name for name in (*ours, *theirs) if ours.get(name) != theirs.get(name)]
    return f"its part {differing[0] or 'around the data'} holds something else" if differing else ""


def _other_content(given: Path, computed: Path) -> str:
    """Name the first row in which two workbooks differ; empty where only their bytes do."""
    try:
        there, here = (_unpacked_size(book) for book in (given, computed))
        if there > 2 * here + _SPARE:
            return "it is far larger than its evidence makes it"
        return _other_row(given, computed)
    # Over hostile bytes openpyxl raises whatever its parsers raise. Whatever it was: it is no such workbook.
    except Exception:  # noqa: BLE001
        return "it cannot be read as a workbook"


def _other_row(given: Path, computed: Path) -> str:
    from openpyxl import load_workbook

    books = [load_workbook(book, read_only=True) for book in (given, computed)]
    names = [book.sheetnames for book in books]
    if names[0] != names[1]:
        return "it has other sheets"
    for name in names[0]:
        sheets = (map(_cells, book[name].iter_rows(values_only=True)) for book in books)
        rows = zip_longest(*sheets, fillvalue=[])
        for number, (one, other) in enumerate(rows, start=1):
            if one != other:
                return f"row {number} of sheet {name} holds something else"
    return ""


def _cells(row: Iterable[Any]) -> list[Any]:
    """Return the values of a row, without the empty cells at its end, which a writer may leave out."""
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _unpacked_size(book: Path) -> int:
    with zipfile.ZipFile(book) as parts:
        return sum(part.file_size for part in parts.infolist())


def _report(root: Path, bundle: "Bundle", results: "Results") -> Iterator[FileComparison]:
    """Render the report, and put the signature that is there on it: no byte is left unexplained."""
    from cryptography import x509

    from evidence.pipeline import item_facts
    from evidence.report import render_pdf
    from evidence.signing.pdf import apply_signature
    from evidence.signing.signer import identity_of

    certificate = x509.load_pem_x509_certificates((root / layout.SIGNER).read_bytes())[0]
    unsigned = render_pdf(bundle, results, item_facts(), identity_of(certificate))
    signed = (root / layout.REPORT).read_bytes()
    digest = hashlib.sha256(unsigned).hexdigest()
    yield FileComparison(f"{layout.REPORT} before signing", signed.startswith(unsigned), digest)
    again = apply_signature(unsigned, signed)
    yield FileComparison(layout.REPORT, again == signed, hashlib.sha256(again).hexdigest())
