"""Whole packs signed again by the very signer: parts edited, exchanged, or of something else.

Every signature holds and every list fits. What tells is that parts name each other, that the tests of
controls are performed again over the evidence, and, where the reader asks for it, that report and workbook
are rendered again. What does not follow is refused; what was not computed again is not called authentic.
"""

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

from openpyxl import load_workbook

from evidence import pipeline, report
from evidence.bundle.format import bag, strictjson
from evidence.bundle.verify.verdicts import OverallVerdict, Property, judge
from evidence.clock import frozen_clock
from evidence.controls import engine
from evidence.findings import Code
from evidence.pack import layout
from evidence.recompute import verify_and_recompute
from evidence.signing.pdf import sign_pdf
from evidence.statements.files import ATTESTATIONS, EXCEPTIONS, statements_in
from tests.attacks.documents import values
from tests.attacks.material import (
    PIN,
    Files,
    Material,
    a_bundle,
    a_pack,
    resealed,
    resigned,
    sha256,
    unpacked,
)
from tests.attacks.model import Attack, Make, Qualified, Verdict, attack
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import blank_page, blank_pdf, blank_workbook, sealed_bundle

_PERFORMED = ("ROOT-1", "KEY-1", "IPE-4", "ATT-1")
"""A few tests of controls: a page of each is rendered."""
_EXCEPTIONS = b'version = "1"\n[[exception]]\ntest = "KEY-1"\nsubject = "nobody"\n'
_OTHERS = b'version = "1"\n[[exception]]\ntest = "KEY-1"\nsubject = "somebody"\n'
_ATTESTED = b'version = "1"\n[[attestation]]\nid = "ATT-1"\nstatement = "We looked."\n'
_NOT_COMPUTED = Qualified(OverallVerdict.UNCHANGED, Property.CONCLUSIONS)
_NOT_RENDERED = Qualified(OverallVerdict.AUTHENTIC, Property.RECOMPUTED)
_OTHER_LIBRARY = Qualified(OverallVerdict.UNCHANGED, Property.RECOMPUTED)
_UNTIED = (Code.OTHER_BUNDLE, Code.OTHER_RESULTS, Code.CHANGED, Code.MISSING, Code.EXTRA)


def attacks() -> Iterator[Attack]:
    """Yield forgeries of results, parts exchanged, edited parts, forged versions, evidence that says less."""
    yield from _results()
    yield from _of_another_version()
    yield from _exchanged()
    yield from _statements()
    yield from _workbooks()
    yield from _rendered()
    yield from _versions()
    yield from _evidence()


# --- how they are made and judged --------------------------------------------------------------------


@cache
def _made(exceptions: bytes = _EXCEPTIONS, attested: bytes = b"") -> Material:
    """Return a pack that the production code made under management's statements."""
    with _few_tests(), tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bundle = sealed_bundle(folder)
        for kind, content in ((EXCEPTIONS, exceptions), (ATTESTATIONS, attested)):
            if content:
                (folder / kind.file).write_bytes(content)
        statements = statements_in(folder)
        quiet: dict[str, Any] = {
            "signer": signer(), "clock": frozen_clock(NOW), "authority": None, "say": lambda _: None
        }  # fmt: skip
        (folder / "parts").mkdir()
        rendered = pipeline.test_and_render(bundle, statements, folder / "parts", **quiet)
        return unpacked(pipeline.pack(bundle, rendered, folder / "pack.zip", **quiet)[0], folder / "unpacked")


@contextmanager
def _few_tests() -> Iterator[None]:
    """Perform few tests, and nothing twice: what is rendered is a pure function of bundle and results."""
    known, kept = engine.catalogue(), _kept()
    few = {test: known[test] for test in _PERFORMED}
    with (
        patch.object(engine, "catalogue", lambda: few),
        patch.object(report, "render_pdf", kept.pdf),
        patch.object(report, "write_workbook", kept.workbook),
    ):
        yield


@dataclass(frozen=True)
class _Kept:
    """What was rendered, by the digests of bundle and results."""

    pdfs: dict[tuple[str, str], bytes]
    books: dict[tuple[str, str], bytes]
    render: Callable[..., bytes]
    write: Callable[..., None]

    def pdf(self, bundle: Any, results: Any, *more: Any, **parts: Any) -> bytes:
        of = bundle.digest, sha256(results.to_bytes())
        if of not in self.pdfs:
            self.pdfs[of] = self.render(bundle, results, *more, **parts)
        return self.pdfs[of]

    def workbook(self, bundle: Any, results: Any, facts: Any, path: Path) -> None:
        of = bundle.digest, sha256(results.to_bytes())
        if of not in self.books:
            self.write(bundle, results, facts, path)
            self.books[of] = path.read_bytes()
        path.write_bytes(self.books[of])


@cache
def _kept() -> _Kept:
    return _Kept({}, {}, report.render_pdf, report.write_workbook)


def _examine(path: Path, every_byte: bool) -> Verdict:
    with _few_tests():
        found, _ = verify_and_recompute(path, now=NOW, trusted=PIN, every_byte=every_byte)
    judged = judge(found)
    return Verdict(found.findings, judged.word, judged.not_shown)


def _forged(name: str, make: Make, *expected: Code, every_byte: bool = False, **more: Any) -> Attack:
    qualified = more.pop("qualified", None)
    made = attack(name, make, *expected, **more)
    return replace(made, examine=partial(_examine, every_byte=every_byte), qualified=qualified)


def _signed(files: Callable[[], Files]) -> Make:
    """Return what leaves a pack of these files, signed again by the very signer."""
    return a_pack(lambda: resigned(files(), signer()))


def _with(**parts: bytes) -> dict[str, bytes]:
    return _made().files | {_NAMES[name]: content for name, content in parts.items()}


_NAMES = {
    "report": layout.REPORT, "workbook": layout.APPENDICES, "page": layout.PAGE, "results": layout.RESULTS,
    "exceptions": EXCEPTIONS.file, "attestations": ATTESTATIONS.file, "versions": layout.VERSIONS,
}  # fmt: skip


def _fitted(results: bytes, files: Files | None = None, digest: str = "") -> dict[str, bytes]:
    """Return a pack of other results, whose report, workbook and page name them."""
    made = dict(files or _made().files)
    named = digest or _digest(_made().bag), sha256(results)
    return made | {
        layout.RESULTS: results,
        layout.REPORT: sign_pdf(blank_pdf(*named), signer(), NOW),
        layout.APPENDICES: blank_workbook(*named),
        layout.PAGE: blank_page(*named),
    }


def _digest(files: Files) -> str:
    return sha256(files[bag.TAG_MANIFEST])


# --- what is forged ----------------------------------------------------------------------------------


_SAYS_WITH_WHAT = ("tool_version ", "libraries")
"""Results that another version made, or another database of AWS's actions, are not computed again."""


def _results() -> Iterator[Attack]:
    """Yield every value of results.json changed, report and workbook fitting; and the cheapest cheats."""
    document = strictjson.loads(_made().files[layout.RESULTS])
    refused = (Code.OTHER_CONCLUSIONS, *_UNTIED)
    for trick, changed in values(document):
        how = {"qualified": _NOT_COMPUTED} if trick.startswith(_SAYS_WITH_WHAT) else {}
        made = _signed(lambda c=changed: _fitted(strictjson.document(c)))
        yield _forged(f"results, {trick}", made, *refused, **how)
    for number, test in enumerate(document["tests"]):
        for word in ("no exceptions", "exceptions noted", "not concluded", "not applicable", "attested"):
            if word != test["conclusion"]:
                made = _signed(lambda n=number, w=word: _fitted(_concluding(document, n, w)))
                yield _forged(f"results, {test['id']} concludes {word}", made, Code.OTHER_CONCLUSIONS)
    made = _signed(lambda: _fitted(all_pass(document)))
    yield _forged("results, every exception is none", made, Code.OTHER_CONCLUSIONS)
    only = _signed(lambda: _with(results=all_pass(document)))
    yield _forged("results, every exception is none, report as it was", only, Code.OTHER_RESULTS)


def _concluding(document: Any, number: int, word: str) -> bytes:
    tests = [test | {"conclusion": word} if n == number else test for n, test in enumerate(document["tests"])]
    return strictjson.document(document | {"tests": tests})


def all_pass(document: Any, **members: Any) -> bytes:
    """Return results in which every exception is none, and the numbers fit."""
    passed = {"conclusion": "no exceptions", "complete": True, "severity": None, "missing": []}
    passed |= {"exceptions": 0, "accepted": 0, "not_determined": 0}
    tests = [
        test | passed | {"rows": [row | {"verdict": _better(row["verdict"])} for row in test["rows"]]}
        for test in document["tests"]
    ]
    return strictjson.document(document | {"tests": tests, "joined": []} | members)


def _better(verdict: str) -> str:
    return verdict if verdict == "out of scope" else "met"


def _of_another_version() -> Iterator[Attack]:
    """Yield results said to be of another version: then they are not computed again, and not authentic."""
    document = strictjson.loads(_made().files[layout.RESULTS])
    for version in ("0.0.9", "99.0.0", "0.1.0 ", "", "0.1.0+local"):
        honest = _signed(lambda v=version: _fitted(strictjson.document(document | {"tool_version": v})))
        yield _forged(f"results of {version!r}", honest, qualified=_NOT_COMPUTED)
        forged = _signed(lambda v=version: _fitted(all_pass(document, tool_version=v)))
        yield _forged(f"results of {version!r}, none an exception", forged, qualified=_NOT_COMPUTED)
        asked = f"results of {version!r}, none an exception, every byte"
        yield _forged(asked, forged, Code.OTHER_CONCLUSIONS, every_byte=True)


def _exchanged() -> Iterator[Attack]:
    """Yield packs with some parts of another one by the same signer; all of them would be that pack."""
    bundles = {"another bundle's": other_made(), "the same bundle's": _made(_OTHERS)}
    parts = (layout.REPORT, layout.APPENDICES, layout.PAGE, layout.RESULTS, EXCEPTIONS.file)
    for whose, source in bundles.items():
        for count in range(1, len(parts) + 1):
            for chosen in combinations(parts, count):
                if set(chosen) == set(parts) and source.bag == _made().bag:
                    continue
                given = {part: source.files[part] for part in chosen}
                if all(given[part] == _made().files[part] for part in chosen):
                    continue  # their exceptions are the same file
                made = _signed(lambda g=given: _made().files | g)
                yield _forged(f"{whose} {', '.join(chosen)}", made, *_UNTIED)
    whole = _signed(lambda: _made().with_bag(other_made().bag))
    yield _forged("another bundle under the same name", whole, Code.OTHER_BUNDLE, Code.INCONSISTENT)
    named = strictjson.loads(other_made().files[layout.RESULTS])
    named |= {"bundle_digest": _digest(_made().bag), "bundle": _made().bundle}
    yield _forged(
        "another bundle's results, named as this one's",
        _signed(lambda: _fitted(strictjson.document(named))), Code.OTHER_CONCLUSIONS, *_UNTIED,
    )  # fmt: skip


@cache
def other_made() -> Material:
    """Return a pack of another bundle by the same signer."""
    lesser = _evidence_of({"iam.mfa-devices": 1})
    results = strictjson.loads(_made().files[layout.RESULTS]) | {"bundle_digest": _digest(lesser)}
    files = _fitted(strictjson.document(results), _made().with_bag(lesser), _digest(lesser))
    return replace(_made(), files=dict(sorted(resigned(files, signer()).items())))


def _statements() -> Iterator[Attack]:
    """Yield statements that are not those that the results were computed with."""
    stated = _made(_EXCEPTIONS, _ATTESTED).files
    bare = _made(b"").files
    cases: Mapping[str, dict[str, bytes]] = {
        "other exceptions": _with(exceptions=_OTHERS),
        "exceptions with a byte behind": _with(exceptions=_EXCEPTIONS + b"\n"),
        "exceptions emptied": _with(exceptions=b""),
        "exceptions taken out": {p: d for p, d in _made().files.items() if p != EXCEPTIONS.file},
        "attestations put in": _with(attestations=_ATTESTED),
        "exceptions put in": bare | {EXCEPTIONS.file: _EXCEPTIONS},
        "swapped": stated | {EXCEPTIONS.file: _ATTESTED, ATTESTATIONS.file: _EXCEPTIONS},
        "other attestations": stated | {ATTESTATIONS.file: _ATTESTED + b"# more\n"},
        "attestations taken out": {p: d for p, d in stated.items() if p != ATTESTATIONS.file},
    }
    for name, files in cases.items():
        yield _forged(f"statements, {name}", _signed(lambda f=files: f), *_UNTIED)
    document = strictjson.loads(_made().files[layout.RESULTS])
    used = document["exceptions_file"] | {"sha256": sha256(_OTHERS)}
    named = strictjson.document(document | {"exceptions_file": used})
    yield _forged(
        "statements, others and the results name them",
        _signed(lambda: _fitted(named) | {EXCEPTIONS.file: _OTHERS}), Code.OTHER_CONCLUSIONS,
    )  # fmt: skip
    without = strictjson.document(document | {"exceptions_file": None})
    gone = lambda: {p: d for p, d in _fitted(without).items() if p != EXCEPTIONS.file}  # noqa: E731
    yield _forged("statements, none and the results name none", _signed(gone), Code.OTHER_CONCLUSIONS)


def _workbooks() -> Iterator[Attack]:
    """Yield the workbook opened, edited and saved by another program; every byte is asked for."""
    for sheet, cell in _cells():
        made = _signed(lambda s=sheet, c=cell: _with(workbook=_saved(s, c)))
        yield _forged(
            f"workbook, {sheet} {cell} edited", made, Code.NOT_REPRODUCED, Code.OTHER_BUNDLE, every_byte=True
        )
        versions = strictjson.document({"pango": "9.9"})
        blamed = _signed(lambda s=sheet, c=cell, v=versions: _with(workbook=_saved(s, c), versions=v))
        name = f"workbook, {sheet} {cell} edited, blamed on a library"
        yield _forged(name, blamed, Code.NOT_REPRODUCED, Code.OTHER_BUNDLE, every_byte=True)
    saved = _signed(lambda: _with(workbook=_saved("", "")))
    yield _forged("workbook, saved unedited", saved, Code.NOT_REPRODUCED, Code.OTHER_BUNDLE, every_byte=True)


def _cells() -> Iterator[tuple[str, str]]:
    book = load_workbook(io.BytesIO(_made().files[layout.APPENDICES]))
    for sheet in book:
        written = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value is not None]
        for coordinate in written[:: max(1, len(written) // 5)]:
            yield sheet.title, coordinate


def _saved(sheet: str, cell: str) -> bytes:
    book = load_workbook(io.BytesIO(_made().files[layout.APPENDICES]))
    if sheet:
        book[sheet][cell].value = "no exceptions"
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _rendered() -> Iterator[Attack]:
    """Yield report, workbook and page that are said to be of these results; every byte is asked for."""
    named = _digest(_made().bag), sha256(_made().files[layout.RESULTS])
    blank = {
        "report": sign_pdf(blank_pdf(*named), signer(), NOW),
        "workbook": blank_workbook(*named),
        "page": blank_page(*named),
    }
    earlier = sign_pdf(blank_pdf(*named), signer(), NOW - timedelta(hours=1))
    for name, parts in {
        "a blank report": {"report": blank["report"]},
        "a blank report, signed earlier": {"report": earlier},
        "a blank workbook": {"workbook": blank["workbook"]},
        "a blank page": {"page": blank["page"]},
        "a blank page, blamed on a library": {
            "page": blank["page"],
            "versions": strictjson.document({"zlib": "9.9"}),
        },
        "all blank": blank,
    }.items():
        made = _signed(lambda p=parts: _with(**p))
        yield _forged(name, made, Code.NOT_REPRODUCED, every_byte=True)
        yield _forged(f"{name}, not asked for", made, qualified=_NOT_RENDERED)
    for name in layout.VERIFIERS:
        made = _signed(lambda n=name: _made().files | {n: b"echo Authentic\n"})
        yield _forged(f"{name} that says Authentic", made, Code.NOT_REPRODUCED, every_byte=True, subject=name)


def _versions() -> Iterator[Attack]:
    """Yield versions.json forged: it may explain other bytes, never other cells or conclusions."""
    honest = strictjson.loads(_made().files[layout.VERSIONS])
    named = _digest(_made().bag), sha256(_made().files[layout.RESULTS])
    blank = sign_pdf(blank_pdf(*named), signer(), NOW)
    document = strictjson.loads(_made().files[layout.RESULTS])
    for name in honest:
        forged = strictjson.document(honest | {name: "9.9"})
        made = _signed(lambda v=forged: _with(versions=v, report=blank))
        yield _forged(f"{name} 9.9 and a blank report", made, every_byte=True, qualified=_OTHER_LIBRARY)
        made = _signed(lambda v=forged: _with(versions=v, workbook=blank_workbook(*named)))
        yield _forged(f"{name} 9.9 and a blank workbook", made, Code.NOT_REPRODUCED, every_byte=True)
        made = _signed(lambda v=forged: _fitted(all_pass(document), _with(versions=v)))
        yield _forged(f"{name} 9.9 and no exceptions", made, Code.OTHER_CONCLUSIONS, every_byte=True)
    for trick, content in {
        "no JSON": b"pango", "a list": b"[]\n", "numbers": b'{"pango": 1}\n', "emptied": b"",
        "twice": b'{"pango": "1", "pango": "2"}\n', "a megabyte": b'{"p": "' + b"1" * 1_000_000 + b'"}\n',
    }.items():  # fmt: skip
        made = _signed(lambda c=content: _with(versions=c))
        yield _forged(f"versions.json, {trick}", made, Code.OTHER_CONCLUSIONS, every_byte=True)


def _evidence() -> Iterator[Attack]:
    """Yield bundles sealed again with records taken out, put in twice or changed, the ledger as it was."""
    for item, count in {"iam.mfa-devices": 2, "config.rules": 1}.items():
        for number in range(count):
            for trick, keep in (("taken out", 0), ("put in twice", 2)):
                files = lambda i=item, n=number, k=keep: _evidence_of({i: n}, keep=k)  # noqa: E731
                yield _forged(f"{item} {number} {trick}", a_bundle(files), Code.INCONSISTENT)
                packed = lambda f=files: _repacked(f())  # noqa: E731
                yield _forged(f"{item} {number} {trick}, packed", _signed(packed), Code.INCONSISTENT)
    for path, content in _made().bag.items():
        if not path.startswith("data/") or path.endswith((bag.RUN, bag.GAPS, bag.CALLS)):
            continue
        for trick, data in (("emptied", b""), ("doubled", content * 2)):
            changed = lambda p=path, d=data: resealed(_made().bag | {p: d}, signer())  # noqa: E731
            if data == content:
                continue
            packed = lambda c=changed: _repacked(c())  # noqa: E731
            yield _forged(f"{path} {trick}", _signed(packed), Code.INCONSISTENT, Code.OTHER_CONCLUSIONS)


def _repacked(files: Files) -> dict[str, bytes]:
    """Return a pack of another bundle whose results, those of before, are named as its own."""
    results = strictjson.loads(_made().files[layout.RESULTS]) | {"bundle_digest": _digest(files)}
    return _fitted(strictjson.document(results), _made().with_bag(files), _digest(files))


def _evidence_of(gone: Mapping[str, int], keep: int = 0) -> dict[str, bytes]:
    """Return the bundle's files with a record of an item kept so often; run.json counts what is there."""
    files = dict(_made().bag)
    run = strictjson.loads(files[f"data/{bag.RUN}"])
    for item, number in gone.items():
        unit = next(one for one in run["units"] if one["item"] == item and one["records"] > number)
        path = f"data/{unit['files'][0]}"
        lines = files[path].splitlines(keepends=True)
        files[path] = b"".join([*lines[:number], *lines[number : number + 1] * keep, *lines[number + 1 :]])
        unit["records"] += keep - 1
        if not unit["records"]:
            unit["outcome"] = "empty"
    files[f"data/{bag.RUN}"] = strictjson.document(run)
    return resealed(files, signer())
