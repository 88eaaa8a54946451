"""Names what a pack holds, and writes the page that says how to check it without this tool."""

import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from evidence.custom.declarations import ForeignPackage
from evidence.findings import VerifiedTimeStamp
from evidence.statements.files import STATEMENT_KINDS

REPORT = "report.pdf"
APPENDICES = "appendices.xlsx"
PAGE = "index.html"
RESULTS = "results.json"
VERSIONS = "versions.json"
"""Of what shapes the bytes of report, workbook and page: with other versions the same have other bytes."""
CHANGES = "changes.json"
"""What changed since the previous bundle, where that was given; names the digests of both."""
INSTRUCTIONS = "VERIFY.md"
SIGNER = "signer.pem"
SUMS = "SHA256SUMS"
VERIFIERS = ("verify.py", "verify.sh", "verify.ps1")
"""Programs that check the pack without this tool; the same in every pack of one version."""
SIGNATURE = "SHA256SUMS.p7s"
TIME_STAMP = "SHA256SUMS.p7s.tsr"
AUTHORITY = "authority.pem"

FILES = (REPORT, APPENDICES, RESULTS, VERSIONS, INSTRUCTIONS, *VERIFIERS, SIGNER, SUMS, SIGNATURE)
"""Everything beside the bundle's folder, but for the statements."""
STATEMENTS = {kind.file: kind.used for kind in STATEMENT_KINDS}
"""What management stated, by file; each is there exactly when results.json names it under this member."""
INDEXES = {"controls.csv": "controls_file", "requests.csv": "requests_file"}
"""Indexes of others' numbers; each is there exactly when results.json names this member."""
OPTIONAL = (PAGE, CHANGES, AUTHORITY, TIME_STAMP)
"""The page, which packs of earlier versions lack (SHA256SUMS says whether there is one); the changes; the
certificates of the seal's time-stamp, and the time-stamp of the pack's own signature."""
UNLISTED = (SUMS, SIGNATURE, TIME_STAMP)
"""What SHA256SUMS cannot list."""
FOLDER = re.compile(r"pack-[0-9a-f]{16}")
"""The pack's folder."""

_PAGE = Template("""\
# How to check this pack

Bundle:      $bundle
Digest:      $digest
Signed by:   $subject
Certificate: SHA-256 $fingerprint

Whoever sent this pack also wrote this page, and put `verify.py`, `verify.sh` and `verify.ps1` beside it. So:

1. Ask the signer, by another way than the one by which the pack came (a call, a meeting), for the SHA-256
   fingerprint of the signing certificate. Below it is called FINGERPRINT. Anybody can make a certificate with the
   name above; only the fingerprint tells them apart. The one of this pack is

       openssl x509 -in signer.pem -out ../anchor.pem
       openssl x509 -in ../anchor.pem -noout -fingerprint -sha256

   (The commands below use anchor.pem, which holds that one certificate; signer.pem may hold others behind it.)
   If it differs from what you were told, stop: somebody else made this pack.
2. Trust none of the three programs for being here. Read them (they are short), or get them from the project
   (`evidence verifier`), or use the commands below, which need none of them.

Run everything in the folder of this file, except where a whole zip is named.

`index.html` opens in a browser from this folder, asks no network (its own policy forbids it), and shows every record,
row and call, to search and follow. It vouches for nothing: check the pack first, then read.

## With evidence

    uv tool install aws-evidence      # or: pipx install aws-evidence
    evidence verify PACK.zip --trust FINGERPRINT --recompute$previous

It gives one verdict for each property, checks that the files agree with each other, performs the tests of controls again
over the evidence, so that results.json must come out the same, and renders report, workbook, page and indexes again. A
changes.json says what changed since another bundle: with `--previous OLD.zip`, the pack of that one, it is computed again
too; without that, it and what report and page say of changes are the signer's word. Without `--recompute` these were only signed: that they show what results.json says is then the signer's word. Every other way on this page shows who signed and that nothing changed since, and NOT that the conclusions
follow from the evidence. Where another version of evidence made the pack, install that one:
`uv tool install aws-evidence==$version`.
$custom
## With Python alone

`verify.py` is one file of some 300 lines that needs Python 3.11 and its package `cryptography`:

    python3 verify.py PACK.zip FINGERPRINT

## Linux

All of the following in one: `sh verify.sh FINGERPRINT`. Step by step, with the anchor.pem of above:

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS \\
      -CAfile ../anchor.pem -partial_chain -no_check_time -purpose any -out /dev/null
    sha256sum --strict -c SHA256SUMS
    cut -c 67- SHA256SUMS | sort > ../listed
    find . -type f ! -name 'SHA256SUMS*' | cut -c 3- | sort | diff ../listed -     # must print nothing
    cd $bundle
    openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s \\
      -content tagmanifest-sha256.txt -CAfile ../../anchor.pem -partial_chain -no_check_time -purpose any -out /dev/null
    sha256sum --strict -c tagmanifest-sha256.txt
    sha256sum --strict -c manifest-sha256.txt
    sha256sum tagmanifest-sha256.txt        # must print the digest above
    cd ..
    grep -c $digest results.json            # must print 1: the results are of this bundle
    sha256sum results.json                  # must print $results
    unzip -p appendices.xlsx docProps/core.xml | grep -c "$digest results sha256:$results"    # must print 1
    head -c 1024 index.html | grep -c "bundle sha256:$digest results sha256:$results"         # must print 1
    pdfsig report.pdf                       # one signature: "Signature is Valid", "Total document signed"
    pdfinfo report.pdf | grep Keywords      # the report names the bundle's digest and that of results.json

## macOS

`sh verify.sh FINGERPRINT`, or the steps above with `shasum -a 256 -c` in place of `sha256sum --strict -c`,
`shasum -a 256` in place of `sha256sum`, and openssl and poppler from Homebrew.

## Windows (PowerShell)

    powershell -ExecutionPolicy Bypass -File verify.ps1 -Trust FINGERPRINT

or step by step, with the OpenSSL that comes with Git for Windows:

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile ../anchor.pem -partial_chain -no_check_time -purpose any -out NUL
    Get-Content SHA256SUMS | ForEach-Object {
      $$sum, $$file = $$_ -split '  ', 2
      if ((Get-FileHash $$file -Algorithm SHA256).Hash -ne $$sum) { "CHANGED: $$file" }
    }
    cd $bundle
    openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt -CAfile ../../anchor.pem -partial_chain -no_check_time -purpose any -out NUL
    certutil -hashfile tagmanifest-sha256.txt SHA256     # must print the digest above

The Get-Content lines must print nothing. The report's signature is shown by Adobe Acrobat Reader: certified, no
changes since.

## What that shows

Each command ends without a word of failure: the pack is complete, unchanged and signed with the key of that
certificate, and report, workbook, page and results belong to this bundle and to each other (its digest, and that of
results.json, stand on the report's cover, in the workbook's first sheet and on the page's first screen). What the pack
concludes, and that report, workbook and page show it, is then the signer's word, until the tests are performed again (`evidence verify`).
What management said after sealing (exceptions.toml and others that lie beside results.json) are the files it gave, and
results.json holds their SHA-256. controls.csv and requests.csv, where they are, say where what answers to whose number
lies; `--recompute` writes them again too.

## When

$time""")  # noqa: E501 (a command in PowerShell cannot be broken portably)


_CUSTOM = Template("""
Custom tests and items come from these packages, which are not of this program. No code of theirs is in this pack:

$packages

A custom test is performed again only where its package is installed beside evidence, in this version and with
this SHA-256; elsewhere evidence says which tests were `not recomputed`, and never `authentic`. Their conclusions,
counted in a sum of their own, are then the signer's word. Read the code of a package before you install it: it
runs as you.
""")  # noqa: E501
_NO_TIME = """\
When it was signed is the signer's statement: there is no time-stamp.
"""

_TIME = Template("""\
The signer states a time; a time-stamping authority, which is not the signer, states that the seal existed at

    $time, says $authority
    Certificate: SHA-256 $fingerprint

Get the authority's root certificate from the authority itself, as `tsa.pem`; with `authority.pem`, which came
in this pack, the commands show integrity only. They are the same on Linux, macOS and Windows, and must print
"Verification: OK":

    openssl ts -verify -data $bundle/seal/tagmanifest-sha256.txt.p7s \\
      -in $bundle/seal/tagmanifest-sha256.txt.tsr -partial_chain -CAfile tsa.pem
    openssl ts -verify -data SHA256SUMS.p7s -in SHA256SUMS.p7s.tsr -partial_chain -CAfile tsa.pem

The second is for the pack's own signature, if there is a SHA256SUMS.p7s.tsr. What a time-stamp says is
printed by `openssl ts -reply -text -in FILE.tsr`. The time inside the report's signature is shown by Adobe
Acrobat Reader. With evidence: `evidence verify PACK.zip --trust signer.pem --trust-tsa tsa.pem`.
""")


def pack_folder(digest: str) -> str:
    """Return the name of a pack's folder: short, as Windows counts it; the report prints these digits too."""
    return f"pack-{digest[:16]}"


def bundle_in(pack: Path) -> Path:
    """Return the bundle in a pack's folder, the one folder there is; one that is not there without any."""
    folders = [one for one in sorted(pack.iterdir()) if one.is_dir()]
    return folders[0] if len(folders) == 1 else pack / "bundle"


def verifier(name: str) -> bytes:
    """Return one of the programs that ship in every pack."""
    return (Path(__file__).parent / "standalone" / name).read_bytes()


def instructions(
    *,
    bundle: str,
    digest: str,
    results: str,
    version: str,
    subject: str,
    fingerprint: str,
    time: VerifiedTimeStamp | None,
    changes: bool,
    custom: Sequence[ForeignPackage] = (),
) -> bytes:
    """Return VERIFY.md of one pack.

    `time` is the time-stamp of its bundle's seal, if there is one; `changes`: it has changes.json; `custom`:
    the packages whose tests were performed beside ours.
    """
    when = _NO_TIME
    if time is not None:
        when = _TIME.substitute(
            bundle=bundle,
            time=f"{time.time:%Y-%m-%d %H:%M:%S} UTC",
            authority=time.authority,
            fingerprint=time.fingerprint,
        )
    page = _PAGE.substitute(
        bundle=bundle, digest=digest, results=results, version=version,
        subject=subject, fingerprint=fingerprint, time=when,
        previous=" --previous OLD.zip" if changes else "",
        custom=_CUSTOM.substitute(packages="\n".join(f"    {one}" for one in custom)) if custom else "",
    )  # fmt: skip
    return page.encode()
