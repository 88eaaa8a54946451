"""Real packs for tests: a sealed bundle with a small signed PDF, made by the production code."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence import __version__, storage
from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.clock import frozen_clock
from evidence.controls.engine import run_tests
from evidence.pack import write_pack
from evidence.pack.write import PackPart
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import Signer
from tests.support.bundles import ACCOUNT_TARGET, NOW, gap, make_bundle, region_target
from tests.support.identity import signer as fixed_signer


@dataclass(frozen=True)
class Parts:
    """What goes into a pack: real results; report, workbook and page, which only name what they are of."""

    folder: Path
    bundle: Bundle
    report: Path
    appendices: Path
    page: Path
    results: Path

    def pack(
        self,
        name: str = "pack.zip",
        signer: Signer | None = None,
        *,
        stated: tuple[Path, ...] = (),
        **options,
    ) -> Path:
        """Write the pack, with management's statements; equal parts give equal bytes."""
        given = {"report.pdf": self.report, "appendices.xlsx": self.appendices, "results.json": self.results}
        given["index.html"] = self.page
        given |= {path.name: path for path in stated}
        parts = {name: PackPart(path, storage.sha256_of(path)) for name, path in given.items()}
        return write_pack(
            self.bundle,
            {**parts, "versions.json": strictjson.document({"evidence": __version__})},
            signer=signer or fixed_signer(),
            output=self.folder / name,
            clock=options.pop("clock", None) or frozen_clock(self.bundle.run.finished),
            **options,
        )


def sealed_bundle(parent: Path, signer: Signer | None = None, **options) -> Bundle:
    """Write a small sealed bundle: a CSV, records, an empty answer and a gap."""
    return make_bundle(
        parent,
        {
            "iam.credential-report": {ACCOUNT_TARGET: [{"ReportFormat": "text/csv"}]},
            "iam.mfa-devices": {ACCOUNT_TARGET: [{"SerialNumber": "a"}, {"SerialNumber": "b"}]},
            "config.rules": {region_target(): [], region_target("eu-west-1"): [{"ConfigRule": {}}]},
        },
        {"123456789012/iam/credential-report.csv": b"user,arn\nroot,arn:aws:iam::123456789012:root\n"},
        [gap("iam.password-policy")],
        signer=signer or fixed_signer(),
        **options,
    )


NONE = "0" * 64
"""The digest of no results."""


def blank_pdf(bundle: str, results: str = NONE) -> bytes:
    """Return a one-page PDF that names the digests of a bundle and of results where the report does."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        f"<< /Title (Report) /Keywords (bundle sha256:{bundle} results sha256:{results}) >>".encode(),
    ]
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"<< /Size 5 /Root 1 0 R /Info 4 0 R /ID [<00112233445566778899aabbccddeeff> <00>] >>"
    return (
        body
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(body))
    )


def blank_workbook(bundle: str, results: str = NONE) -> bytes:
    """Return what of a workbook names what it is of: the document's properties, as the report writes them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as workbook:
        entry = zipfile.ZipInfo("docProps/core.xml")
        entry.compress_type = zipfile.ZIP_DEFLATED
        keywords = f"bundle sha256:{bundle} results sha256:{results}"
        workbook.writestr(entry, f"<cp:keywords>{keywords}</cp:keywords>")
    return content.getvalue()


def blank_page(bundle: str, results: str = NONE) -> bytes:
    """Return what of a page names what it is of: its first bytes."""
    named = f'<meta name="keywords" content="bundle sha256:{bundle} results sha256:{results}">'
    return f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n{named}\n'.encode()


def make_parts(folder: Path, signer: Signer | None = None, **options) -> Parts:
    """Write a sealed bundle (`options` as of `make_bundle`) and the files that go with it into a folder."""
    bundle = sealed_bundle(folder, signer or fixed_signer(), **options)
    return draw(bundle, run_tests(bundle).to_bytes(), folder, signer, options.get("now", NOW))


def draw(
    bundle: Bundle, results: bytes, folder: Path, signer: Signer | None = None, now: datetime = NOW
) -> Parts:
    """Write results of a bundle, any, and a report, a workbook and a page that name both."""
    parts = Parts(folder, bundle, *(folder / name for name in ("r.pdf", "a.xlsx", "i.html", "results.json")))
    named = bundle.digest, hashlib.sha256(results).hexdigest()
    parts.results.write_bytes(results)
    parts.report.write_bytes(sign_pdf(blank_pdf(*named), signer or fixed_signer(), now))
    parts.appendices.write_bytes(blank_workbook(*named))
    parts.page.write_bytes(blank_page(*named))
    return parts
