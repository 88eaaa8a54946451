"""Computes again what a pack concludes, from the very files that were verified, and compares.

The tests are a pure function of the sealed bundle, of management's statements and of this tool's version; the
rendering is one of the results, and of the versions of libraries besides. So where nothing differs, nobody
touched what was concluded. Where versions do, a difference of bytes says nothing; one of conclusions does.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evidence import __version__
from evidence.bundle.format import strictjson
from evidence.errors import EvidenceError, UsageError
from evidence.findings import Code, Finding, Repetition, VerificationReport
from evidence.pack import layout
from evidence.recomputation import FileComparison, Recomputation
from evidence.scratch import scratch_folder
from evidence.storage import blocks_of, read_up_to, sha256_of

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.controls.results import Results, TestResult
    from evidence.diff import SealedResults, Snapshot
    from evidence.signatures.trust import Trust
    from evidence.statements.files import Statements
    from evidence.statements.records import UsedFile

_MAX_VERSIONS = 64 * 1024
_NAMED = 5
_OTHER_CHANGES = "it says something else, and no library that draws shapes it"


def verify_and_recompute(
    path: Path,
    *,
    now: datetime,
    trusted: "Trust | None" = None,
    every_byte: bool = False,
    previous: "Snapshot | None" = None,
    look: "Callable[[Path, Bundle], None]" = lambda _root, _bundle: None,
    signed_only: bool = False,
) -> tuple[VerificationReport, Recomputation | None]:
    """Verify whatever was given, and of a pack perform the tests of controls again.

    A pack is opened once: what was verified is what is computed. Its tests are performed again where this is
    the version that made it; with `every_byte` in any case, and report, workbook and page are rendered too. A
    pack that has findings is not computed again: nothing vouches for its bundle. `look` sees the folder of a
    pack that verifies, and its bundle, while they are open; `signed_only` performs no test. Raises UsageError
    for `every_byte` of what is no pack, else what `verify_any` does.
    """
    from evidence.bundle.open import checked_bundle
    from evidence.pack.any import verify_any

    found: list[Recomputation] = []

    def further(root: Path, report: VerificationReport) -> VerificationReport:
        bundle = checked_bundle(layout.bundle_in(root), report)
        untied = tuple(untied_files(bundle, f"{bundle.name}/"))
        if untied:
            return replace(report, findings=untied)
        other = report.made_with != __version__ and not every_byte
        try:
            look(root, bundle)
            if signed_only or other:
                apart = Repetition(False, _apart(report))
                return report if signed_only else replace(report, conclusions=apart)
            again = _compute(root, bundle, every_byte, previous)
        except EvidenceError as error:
            return _not_computed(report, error)
        found.append(again)
        if isinstance(again.conclusions, Finding):
            return replace(report, findings=again.findings)
        drawn = None if any(one.subject != layout.CHANGES for one in again.findings) else again.drawn
        return replace(
            report, findings=again.findings, conclusions=again.conclusions, recomputed=drawn,
            changes=_changes_again(report, again, previous), changes_asked=previous is not None,
        )  # fmt: skip

    report = verify_any(path, now=now, trusted=trusted, further=further)
    if report.kind == "bundle" and report.ok:
        report = replace(report, findings=tuple(untied_files(checked_bundle(path, report), "")))
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


def untied_files(bundle: "Bundle", prefix: str) -> Iterator[Finding]:
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


def _changes_again(
    report: VerificationReport, again: Recomputation, previous: "Snapshot | None"
) -> Repetition | None:
    """Return what is known of changes.json; None where the pack has none."""
    if report.changes is None or previous is None:
        return report.changes
    other = Repetition(False, "it was made from another bundle, results or statements than --previous has")
    return again.changed or other


def _compute(
    root: Path, bundle: "Bundle", every_byte: bool, previous: "Snapshot | None" = None
) -> Recomputation:
    from evidence.controls.engine import run_tests
    from evidence.controls.recomputed import with_custom_results
    from evidence.report.facts import read_results

    given = read_results(root / layout.RESULTS)
    performed = run_tests(bundle, statements=packed_statements(root, given.used_files))
    results, left = with_custom_results(bundle, performed, given)
    named = _as_named(results, given)
    parts = [_compared(root, layout.RESULTS, named.pieces())]
    apart: dict[str, tuple[str, str]] = {}
    changes = None
    if every_byte:
        apart = _versions_apart(root)
        parts += _drawn(root, bundle, named, same_results=parts[0].identical)
        changes = _since(root, bundle, results, given, previous)
    there, here = (", ".join(f"{name} {both[side]}" for name, both in apart.items()) for side in (0, 1))
    return Recomputation(
        made_by=f"evidence {given.tool_version}" + (f" with {there}" if there else ""),
        computed_by=f"evidence {__version__}" + (f" with {here}" if here else ""),
        conclusions=compare_conclusions(given, results, parts[0].identical, left),
        parts=tuple(parts),
        versions_differ=bool(apart) or given.tool_version != __version__,
        changes=changes,
        not_recomputed=left,
    )


def _since(
    root: Path, bundle: "Bundle", results: "Results", given: "Results", previous: "Snapshot | None"
) -> FileComparison | None:
    """Compute changes.json again; None without one, and where another bundle is given than it names."""
    from evidence.diff import SealedResults, compare, take_snapshot
    from evidence.pack.changes import packed_changes

    there = packed_changes(root)
    if there is None or previous is None or previous.about != there.old:
        return None
    sealed = SealedResults(given, sha256_of(root / layout.RESULTS))
    changes = compare(previous, take_snapshot(bundle, results, sealed))
    named = changes.model_copy(update={"tool_version": given.tool_version})  # made in one run
    same = _made_with(given) == _made_with(results)
    return _compared(root, layout.CHANGES, (named.to_bytes(),), lambda: _OTHER_CHANGES if same else "")


def _as_named(results: "Results", given: "Results") -> "Results":
    """Return results as of the versions that a pack names: where they changed nothing, all else is the same.

    The database of AWS's actions is renewed daily, and rarely in what evidence asks of it.
    """
    named = results.model_copy(update={"tool_version": given.tool_version, "libraries": given.libraries})
    named.__dict__.pop("digest", None)  # it was of the others
    return named


def follows(bundle: "Bundle", sealed: "SealedResults", results: "Results") -> Repetition | Finding:
    """Say whether sealed results are those that follow here, to the byte but for named versions."""
    from evidence.controls.recomputed import with_custom_results

    results, left = with_custom_results(bundle, results, sealed.results)
    named = _as_named(results, sealed.results)
    return compare_conclusions(sealed.results, results, named.digest == sealed.digest, left)


def compare_conclusions(
    given: "Results", results: "Results", identical: bool, left: tuple[str, ...] = ()
) -> Repetition | Finding:
    """Say whether the results in a pack are those that follow here, to the byte but for named versions.

    `left` are the custom tests whose results were taken as they are there: then nothing says that all follow.
    Where they are not and versions differ, nothing is said but what contradicts them: whatever a reader sees
    besides how each test ends may have been changed by hand.
    """
    made, here = _made_with(given), _made_with(results)
    if identical and left:
        from evidence.controls.recomputed import sentence_of

        said = f"every test of this program came out the same; {sentence_of(given, left)}"
        return Repetition(False, said, partly=True)
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


def packed_statements(root: Path, named: Mapping[str, "UsedFile"]) -> "Statements":
    """Read management's files as packed, under the names that their owners gave them, by kind."""
    from evidence.statements.files import statements_in

    return statements_in(root).called(named)


def _versions_apart(root: Path) -> dict[str, tuple[str, str]]:
    """Return the versions that shape bytes and are not the same there and here, by name."""
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
    from evidence.pack.changes import packed_changes
    from evidence.pipeline import item_facts
    from evidence.report import render_indexes, write_workbook
    from evidence.report.browser.compare import other_data
    from evidence.report.browser.page import pieces
    from evidence.report.indexes import contradiction_of
    from evidence.report.workbook.compare import SPARE, other_content

    with scratch_folder("evidence-recompute-") as scratch:
        book = scratch / layout.APPENDICES
        write_workbook(bundle, results, item_facts(bundle), book)
        given = root / layout.APPENDICES
        contradiction = partial(other_content, given, book) if same_results else str
        yield _compared(root, layout.APPENDICES, blocks_of(book), contradiction)
    if (root / layout.PAGE).is_file():  # a pack of an earlier version has none
        page = b"".join(pieces(bundle, results, item_facts(bundle), changes=packed_changes(root)))
        ours = same_results and results.tool_version == __version__
        contradiction = partial(other_data, root / layout.PAGE, page) if ours else str
        yield _compared(root, layout.PAGE, (page,), contradiction)
    unsigned = _unsigned_report(root, bundle, results)
    yield from _report(root, unsigned)
    for name, content in render_indexes(bundle, results, unsigned):
        there = read_up_to(root / name, 2 * len(content) + SPARE)
        contradiction = partial(contradiction_of, there, content) if same_results else str
        yield _compared(root, name, (content,), contradiction)
    yield from (_compared(root, name, (layout.verifier(name),)) for name in layout.VERIFIERS)


def _unsigned_report(root: Path, bundle: "Bundle", results: "Results") -> bytes:
    from cryptography import x509

    from evidence.pack.changes import packed_changes
    from evidence.pipeline import item_facts
    from evidence.report import render_pdf
    from evidence.signing.signer import identity_of
    from evidence.statements.files import LOGO

    certificate = x509.load_pem_x509_certificates((root / layout.SIGNER).read_bytes())[0]
    logo = (root / LOGO.file).read_bytes() if results.logo_file else b""
    return render_pdf(
        bundle, results, item_facts(bundle), identity_of(certificate), logo=logo, changes=packed_changes(root)
    )


def _report(root: Path, unsigned: bytes) -> Iterator[FileComparison]:
    """Put the signature that is there on the report as rendered here: no byte is left unexplained."""
    from evidence.signing.pdf import apply_signature

    signed = (root / layout.REPORT).read_bytes()
    digest = hashlib.sha256(unsigned).hexdigest()
    yield FileComparison(f"{layout.REPORT} before signing", signed.startswith(unsigned), digest)
    again = apply_signature(unsigned, signed)
    yield FileComparison(layout.REPORT, again == signed, hashlib.sha256(again).hexdigest())
