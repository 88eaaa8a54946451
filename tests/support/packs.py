"""Real packs for tests: a sealed bundle with a small signed PDF, made by the production code."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.clock import frozen_clock
from evidence.pack import write_pack
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import Signer
from tests.support.bundles import ACCOUNT_TARGET, NOW, gap, make_bundle, region_target
from tests.support.identity import signer as fixed_signer


@dataclass(frozen=True)
class Parts:
    """What goes into a pack."""

    folder: Path
    bundle: Bundle
    report: Path
    appendices: Path
    results: Path

    def pack(self, name: str = "pack.zip", signer: Signer | None = None) -> Path:
        """Write the pack; equal parts give equal bytes."""
        return write_pack(
            self.bundle,
            report=self.report,
            appendices=self.appendices,
            results=self.results,
            signer=signer or fixed_signer(),
            output=self.folder / name,
            clock=frozen_clock(self.bundle.run.finished),
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


def blank_pdf(digest: str) -> bytes:
    """Return a one-page PDF that names a bundle's digest where the report does."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        f"<< /Title (Report) /Keywords (bundle sha256:{digest}) >>".encode(),
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


def blank_workbook(digest: str) -> bytes:
    """Return what of a workbook names its bundle: the document's properties, where the report writes them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as workbook:
        entry = zipfile.ZipInfo("docProps/core.xml")
        entry.compress_type = zipfile.ZIP_DEFLATED
        workbook.writestr(entry, f"<cp:keywords>bundle sha256:{digest}</cp:keywords>")
    return content.getvalue()


def make_parts(folder: Path, signer: Signer | None = None, **options) -> Parts:
    """Write a sealed bundle (`options` as of `make_bundle`) and the files that go with it into a folder."""
    identity = signer or fixed_signer()
    bundle = sealed_bundle(folder, identity, **options)
    report, appendices, results = (folder / name for name in ("r.pdf", "a.xlsx", "results.json"))
    report.write_bytes(sign_pdf(blank_pdf(bundle.digest), identity, options.get("now", NOW)))
    appendices.write_bytes(blank_workbook(bundle.digest))
    results.write_bytes(
        strictjson.document({"bundle": bundle.name, "bundle_digest": bundle.digest, "tests": []})
    )
    return Parts(folder, bundle, report, appendices, results)
