"""Names what a submission holds, and writes the page that says how to check it."""

import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from evidence.pack import layout as packs
from evidence.submission.model import SubmissionEntry

COVER = "cover.pdf"
INDEX = "submission.json"
INSTRUCTIONS = packs.INSTRUCTIONS
SIGNER = packs.SIGNER
SUMS = packs.SUMS
SIGNATURE = packs.SIGNATURE
TIME_STAMP = packs.TIME_STAMP
FILES = (COVER, INDEX, INSTRUCTIONS, *packs.VERIFIERS, SIGNER, SUMS, SIGNATURE)
"""Everything beside the packs that has to be there."""
OPTIONAL = (TIME_STAMP,)
"""The time-stamp of the submission's signature."""
UNLISTED = packs.UNLISTED
FOLDER = re.compile(r"submission-[0-9a-f]{16}")
"""The submission's folder: the first digits of the SHA-256 of submission.json."""
_MAGIC = b"PK\x03\x04"
_NAME_AT = 30
"""Where the first name stands in a zip (APPNOTE.TXT §4.3.7)."""

_PAGE = Template("""\
# How to check this submission

Index:       $digest
Signed by:   $subject
Certificate: SHA-256 $fingerprint

$packs

Whoever sent this also wrote this page. So ask each signer, by another way than the one by which this came, for the
SHA-256 fingerprint of the signing certificate. They may be several: the packs keep the signatures they had.

## With evidence

    uv tool install aws-evidence      # or: pipx install aws-evidence
    evidence verify SUBMISSION.zip --trust FINGERPRINT --trust FINGERPRINT --recompute

It verifies the submission and every pack in it, performs the tests of controls again, and gives a verdict for each and
one for all.

## Linux and macOS

In the folder of this file, with anchor.pem, the certificate whose fingerprint you were told (`shasum -a 256 -c` in the
place of `sha256sum --strict -c` on macOS):

    openssl x509 -in signer.pem -out ../anchor.pem
    openssl x509 -in ../anchor.pem -noout -fingerprint -sha256        # must be what you were told
    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS \\
      -CAfile ../anchor.pem -partial_chain -no_check_time -purpose any -out /dev/null
    sha256sum --strict -c SHA256SUMS
    find . -type f ! -name 'SHA256SUMS*' | cut -c 3- | sort > ../there
    cut -c 67- SHA256SUMS | sort | diff - ../there                    # must print nothing
    sha256sum submission.json                                         # must print $digest
    pdfinfo cover.pdf | grep Keywords                                 # names the same
    pdfsig cover.pdf                  # one signature: "Signature is Valid", "Total document signed"
$time
Then each pack by itself: unzip it and follow the VERIFY.md in it, or

    python3 verify.py packs/NAME.zip FINGERPRINT

## Windows (PowerShell)

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile ../anchor.pem -partial_chain -no_check_time -purpose any -out NUL
    Get-Content SHA256SUMS | ForEach-Object {
      $$sum, $$file = $$_ -split '  ', 2
      if ((Get-FileHash $$file -Algorithm SHA256).Hash -ne $$sum) { "CHANGED: $$file" }
    }

The last command must print nothing. Then each pack: unzip it and run the verify.ps1 in it.

## What that shows

The submission is complete and unchanged since it was signed, and its packs are, byte for byte, what their own signers
signed. That nothing was left out of it, nobody can see from within.
""")  # noqa: E501 (a command in PowerShell cannot be broken portably)
_TIME = """\
    openssl ts -verify -data SHA256SUMS.p7s -in SHA256SUMS.p7s.tsr -partial_chain -CAfile tsa.pem
"""


def folder_of(digest: str) -> str:
    """Return the name of a submission's folder, by the SHA-256 of its index."""
    return f"submission-{digest[:16]}"


def is_submission(path: Path) -> bool:
    """Say whether a path claims to be a submission, zipped or as its folder, by names alone."""
    if path.is_dir():
        return (path / INDEX).is_file() and (path / SUMS).is_file()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_NAME_AT + 32)
    name = head[_NAME_AT:].split(b"/")[0].decode("ascii", "replace")
    return head.startswith(_MAGIC) and FOLDER.fullmatch(name) is not None


def instructions(
    entries: Sequence[SubmissionEntry], *, digest: str, subject: str, fingerprint: str, stamped: bool
) -> bytes:
    """Return VERIFY.md of one submission; `stamped`: its signature has a time-stamp."""
    listed = "\n".join(
        f"- {entry.file}: {entry.pack.scope}, signer SHA-256 {entry.pack.signer}" for entry in entries
    )
    page = _PAGE.substitute(
        digest=digest, subject=subject, fingerprint=fingerprint, packs=listed, time=_TIME if stamped else ""
    )
    return page.encode()
