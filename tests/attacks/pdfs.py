"""The report: bytes, incremental updates, shadow content, second signatures, metadata, other signatures."""

import io
import re
from collections.abc import Callable, Iterator

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers

from evidence.findings import Code
from evidence.pack import layout
from evidence.signing.pdf import sign_pdf
from tests.attacks.material import (
    Change,
    a_file,
    a_pack,
    flipped,
    foreign,
    original,
    other,
    positions,
    relisted,
    resigned,
)
from tests.attacks.model import Attack, attack
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger
from tests.support.packs import blank_pdf

_ANY = (Code.PDF, Code.PDF_SIGNATURE, Code.PDF_CHANGED)


def attacks() -> Iterator[Attack]:
    """Yield attacks on the report alone, and the more telling of them in a pack with fitting sums."""
    data = original().files[layout.REPORT]
    yield from _bytes(data)
    for trick, change in {**_texts(), **_updates()}.items():
        content = lambda c=change: c(data)  # noqa: E731
        yield attack(f"report, {trick}", a_file("report.pdf", content), *_ANY, Code.NOT_A_BUNDLE)
        files = lambda c=change: relisted(original().files | {layout.REPORT: c(data)})  # noqa: E731
        yield attack(f"report in a pack, {trick}", a_pack(files), *_ANY)
        by_key = lambda c=change: resigned(original().files | {layout.REPORT: c(data)}, signer())  # noqa: E731
        yield attack(f"report in a pack signed by the key, {trick}", a_pack(by_key), *_ANY)
    yield from _others()


def _bytes(data: bytes) -> Iterator[Attack]:
    """Yield each byte outside of the padding flipped, many inside; cuts everywhere."""
    start = data.index(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", start)
    padding = len(data[start:end].rstrip(b"0")) + start
    for position in range(len(data)):
        if padding < position < end and position % 97:
            continue
        content = lambda p=position: flipped(data, p, 1 << p % 8)  # noqa: E731
        expected = (*_ANY, Code.NOT_A_BUNDLE, Code.CERTIFICATE)
        yield attack(f"report, byte {position} flipped", a_file("report.pdf", content), *expected)
    for length in positions(data, 400):
        content = lambda n=length: data[:n]  # noqa: E731
        yield attack(f"report cut to {length}", a_file("report.pdf", content), *_ANY, Code.NOT_A_BUNDLE)
    for position in positions(data, 300):
        content = lambda p=position: data[:p] + b" " + data[p:]  # noqa: E731
        yield attack(f"report, space at {position}", a_file("report.pdf", content), *_ANY, Code.NOT_A_BUNDLE)


_CIRCLE = b"xref\n0 0\ntrailer\n<< /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"


def _texts() -> dict[str, Change]:
    """Return changes of its text, made without understanding it."""
    return {
        "newline behind": lambda d: d + b"\n",
        "comment behind": lambda d: d + b"% approved\n",
        "NULs behind": lambda d: d + bytes(1024),
        "end twice": lambda d: d + b"startxref\n0\n%%EOF\n",
        "comment after the header": lambda d: d.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%x\n", 1),
        "later version": lambda d: d.replace(b"%PDF-1.7", b"%PDF-2.0", 1),
        "junk before": lambda d: b"%junk\n" + d,
        "contents in small letters": _small_letters,
        "something in the padding": lambda d: _in_padding(d, b"DEADBEEF"),
        "a second element in the padding": lambda d: _in_padding(d, b"0403414243"),
        "byte range that leaves a gap": lambda d: _byte_range(d, lambda r: [0, r[1] - 4, r[2], r[3]]),
        "byte range shorter at the end": lambda d: _byte_range(d, lambda r: [*r[:3], r[3] - 10]),
        "byte range from 1": lambda d: _byte_range(d, lambda r: [1, r[1] - 1, r[2], r[3]]),
        "byte range of two more": lambda d: _byte_range(d, lambda r: [*r, r[2] + r[3], 0]),
        "byte range negative": lambda d: _byte_range(d, lambda r: [0, r[1], -r[2], r[3]]),
        "byte range huge": lambda d: _byte_range(d, lambda r: [0, r[1], r[2], 10**18]),
        "title changed": lambda d: d.replace(b"(Report)", b"(Repart)", 1),
        "digest changed": lambda d: re.sub(rb"sha256:[0-9a-f]{4}", b"sha256:0000", d, count=1),
        "changes allowed": lambda d: d.replace(b"/P 1", b"/P 2", 1),
        "signature renamed": lambda d: d.replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached", 1),
        "field type changed": lambda d: d.replace(b"/FT /Sig", b"/FT /Txx", 1),
        "reason changed": lambda d: d.replace(b"Seals this", b"Seals that", 1),
        "signature's time changed": lambda d: d.replace(b"20261001", b"20251001", 1),
        "only its header": lambda _: b"%PDF-1.7\n",
        "page twice as large": lambda d: d.replace(b"[0 0 200 200]", b"[0 0 400 400]", 1),
        "twice": lambda d: d + d,
        "nested without end": lambda _: b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\n",
        "xref that goes in circles": lambda d: d + _CIRCLE % (len(d), len(d)),
    }


def _small_letters(data: bytes) -> bytes:
    start = data.index(b"/Contents <")
    end = data.index(b">", start)
    return data[:start] + b"/Contents" + data[start + 9 : end].lower() + data[end:]


def _in_padding(data: bytes, hidden: bytes) -> bytes:
    end = data.index(b">", data.index(b"/Contents <"))
    return data[: end - len(hidden) - 16] + hidden + data[end - 16 :]


def _byte_range(data: bytes, change: Callable[[list[int]], list[int]]) -> bytes:
    found = re.search(rb"/ByteRange \[([^\]]*)\]( *)", data)
    assert found is not None
    numbers = change([int(number) for number in found[1].split()])
    made = b"/ByteRange [" + b" ".join(b"%d" % number for number in numbers) + b"]"
    return data[: found.start()] + made.ljust(len(found[0])) + data[found.end() :]


def _update(edit: Callable[[IncrementalPdfFileWriter], object]) -> Change:
    """Return what appends a revision, as PDF editors do."""

    def change(data: bytes) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        edit(writer)
        target = io.BytesIO()
        writer.write(target)
        return target.getvalue()

    return change


def _updates() -> dict[str, Change]:
    """Return revisions: whatever can be added to a PDF that is signed already."""
    return {
        "empty revision": _update(lambda w: w.update_root()),
        "metadata in a revision": _update(_retitle),
        "XMP in a revision": _update(_xmp),
        "annotation in a revision": _update(_annotate),
        "text over the page": _update(_overlay),
        "page replaced": _update(_new_page),
        "a page more": _update(_more_pages),
        "open action": _update(_open_action),
        "attachment": _update(_attach),
        "form with a script": _update(_script),
        "second signature field": _update(
            lambda w: fields.append_signature_field(w, fields.SigFieldSpec("Second"))
        ),
        "optional content": _update(lambda w: _root(w, "/OCProperties", DictionaryObject())),
        "certification taken back": _update(lambda w: _root(w, "/Perms", DictionaryObject())),
        "security store": _update(lambda w: _root(w, "/DSS", DictionaryObject())),
        "a second signature": _second_signature,
        "an object of the same number": _same_number,
    }


def _root(writer: IncrementalPdfFileWriter, name: str, value: DictionaryObject | ArrayObject) -> None:
    writer.root[NameObject(name)] = value
    writer.update_root()


def _retitle(writer: IncrementalPdfFileWriter) -> None:
    info = writer.trailer["/Info"]
    info[NameObject("/Title")] = TextStringObject("Another report")
    writer.mark_update(writer.trailer.raw_get("/Info"))


def _xmp(writer: IncrementalPdfFileWriter) -> None:
    stream = StreamObject(stream_data=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    stream[NameObject("/Type")] = NameObject("/Metadata")
    writer.root[NameObject("/Metadata")] = writer.add_object(stream)
    writer.update_root()


def _page(writer: IncrementalPdfFileWriter) -> DictionaryObject:
    reference = writer.root["/Pages"]["/Kids"].raw_get(0)
    writer.mark_update(reference)
    found: DictionaryObject = reference.get_object()
    return found


def _annotate(writer: IncrementalPdfFileWriter) -> None:
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Text"),
            NameObject("/Contents"): TextStringObject("No exceptions"),
            NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (10, 10, 50, 50)]),
        }
    )
    _page(writer)[NameObject("/Annots")] = ArrayObject([writer.add_object(note)])


def _overlay(writer: IncrementalPdfFileWriter) -> None:
    stream = StreamObject(stream_data=b"1 0 0 rg 0 0 200 200 re f")
    _page(writer)[NameObject("/Contents")] = writer.add_object(stream)


def _new_page(writer: IncrementalPdfFileWriter) -> None:
    _page(writer)[NameObject("/MediaBox")] = ArrayObject([NumberObject(n) for n in (0, 0, 9, 9)])


def _more_pages(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    page = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Page"),
            NameObject("/Parent"): writer.root.raw_get("/Pages"),
            NameObject("/MediaBox"): ArrayObject([NumberObject(n) for n in (0, 0, 200, 200)]),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages[NameObject("/Count")] = NumberObject(2)
    writer.mark_update(writer.root.raw_get("/Pages"))


def _open_action(writer: IncrementalPdfFileWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("https://example.com")}
    )
    writer.root[NameObject("/OpenAction")] = action
    writer.update_root()


def _attach(writer: IncrementalPdfFileWriter) -> None:
    stream = StreamObject(stream_data=b"forged")
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    names = ArrayObject([TextStringObject("x"), writer.add_object(stream)])
    tree = DictionaryObject({NameObject("/Names"): names})
    _root(writer, "/Names", DictionaryObject({NameObject("/EmbeddedFiles"): tree}))


def _script(writer: IncrementalPdfFileWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    _root(writer, "/AA", DictionaryObject({NameObject("/WC"): action}))


class _Defiant(signers.PdfSigner):
    """Signs although the first signature forbids it."""

    def _enforce_certification_constraints(self, _reader: PdfFileReader) -> None:
        pass


def _second_signature(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    metadata = signers.PdfSignatureMetadata(field_name="Second", md_algorithm="sha256")
    signed = _Defiant(metadata, stranger().pyhanko).sign_pdf(writer, bytes_reserved=16_384)
    return bytes(signed.getbuffer())


def _same_number(data: bytes) -> bytes:
    """Append the page's object again, with other content, and a table that points to it."""
    number = PdfFileReader(io.BytesIO(data)).root["/Pages"]["/Kids"].raw_get(0).idnum
    at = len(data)
    again = b"%d 0 obj\n<< /Type /Page /MediaBox [0 0 1 1] >>\nendobj\n" % number
    previous = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    trailer = b"trailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        previous, at + len(again))  # fmt: skip
    return data + again + table + trailer


def _unsigned() -> bytes:
    found = re.search(rb"bundle sha256:(\w{64}) results sha256:(\w{64})", original().files[layout.REPORT])
    assert found is not None
    return blank_pdf(*(digest.decode() for digest in found.groups()))


def _others() -> Iterator[Attack]:
    """Yield other reports: unsigned, by others, with a weaker kind of signature, on another bundle."""
    digest_of_another = "ab" * 32
    reports: dict[str, tuple[Callable[[], bytes], tuple[Code, ...], bool]] = {
        "unsigned": (_unsigned, _ANY, False),
        "approved, not certified": (lambda: _weak(certify=False), _ANY, False),
        "certified for filling in": (lambda: _weak(fields.MDPPerm.FILL_FORMS), _ANY, False),
        "certified for notes": (lambda: _weak(fields.MDPPerm.ANNOTATE), _ANY, False),
        "another kind of signature": (
            lambda: _weak(subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED), _ANY, False),
        "by a stranger": (lambda: sign_pdf(_unsigned(), stranger(), NOW), (Code.UNTRUSTED,), True),
        "the stranger's pack's": (lambda: foreign().files[layout.REPORT], (Code.UNTRUSTED,), True),
    }  # fmt: skip
    for trick, (content, codes, pinned) in reports.items():
        yield attack(f"report, {trick}", a_file("report.pdf", content), *codes, pinned=pinned)
        files = lambda c=content: relisted(original().files | {layout.REPORT: c()})  # noqa: E731
        yield attack(
            f"report in a pack, {trick}", a_pack(files), *codes, Code.SEAL_INVALID, Code.OTHER_SIGNER
        )
        by_key = lambda c=content: resigned(original().files | {layout.REPORT: c()}, signer())  # noqa: E731
        name = f"report in a pack signed by the key, {trick}"
        yield attack(name, a_pack(by_key), *codes, Code.OTHER_SIGNER)
    for trick, report in (
        ("on another bundle", lambda: sign_pdf(blank_pdf(digest_of_another), signer(), NOW)),
        ("the other pack's", lambda: other().files[layout.REPORT]),
        ("on no bundle", lambda: sign_pdf(blank_pdf(""), signer(), NOW)),
    ):
        files = lambda r=report: resigned(original().files | {layout.REPORT: r()}, signer())  # noqa: E731
        name = f"report {trick}, in a pack signed by the key"
        yield attack(name, a_pack(files), Code.OTHER_BUNDLE, Code.CERTIFICATE, Code.TIME)


def _weak(
    permission: fields.MDPPerm = fields.MDPPerm.NO_CHANGES,
    *,
    certify: bool = True,
    subfilter: fields.SigSeedSubFilter = fields.SigSeedSubFilter.PADES,
) -> bytes:
    """Return the report signed by the real key, in another profile."""
    writer = IncrementalPdfFileWriter(io.BytesIO(_unsigned()))
    metadata = signers.PdfSignatureMetadata(
        field_name="EvidenceSignature",
        md_algorithm="sha256",
        certify=certify,
        subfilter=subfilter,
        docmdp_permissions=permission,
    )
    signed = signers.PdfSigner(metadata, signer().pyhanko).sign_pdf(writer, bytes_reserved=16_384)
    return bytes(signed.getbuffer())
