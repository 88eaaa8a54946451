"""What a pack holds, under which names, and the page that says how to check it without this tool."""

from string import Template

REPORT = "report.pdf"
APPENDICES = "appendices.xlsx"
RESULTS = "results.json"
EXCEPTIONS = "exceptions.toml"
ATTESTATIONS = "attestations.toml"
INSTRUCTIONS = "VERIFY.md"
SIGNER = "signer.pem"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.p7s"

FILES = (REPORT, APPENDICES, RESULTS, INSTRUCTIONS, SIGNER, SUMS, SIGNATURE)
"""Everything beside the bundle's folder, but for the statements."""
STATEMENTS = {EXCEPTIONS: "exceptions_file", ATTESTATIONS: "attestations_file"}
"""What management stated, by file; each is there exactly when results.json names it under this member."""
UNLISTED = (SUMS, SIGNATURE)
"""What SHA256SUMS cannot list."""
SUFFIX = "-pack"
"""The pack's folder is called as its bundle, with this behind."""

_PAGE = Template("""\
# How to check this pack

Bundle:      $bundle
Digest:      $digest
Signed by:   $subject
Certificate: SHA-256 $fingerprint

Whoever sent this pack also wrote this page. First ask the signer, by another way than the one by which the
pack came (a call, a meeting), for the SHA-256 fingerprint of the signing certificate, and compare it with the
one of `signer.pem`:

    openssl x509 -in signer.pem -noout -fingerprint -sha256

If it differs, stop: somebody else made this pack. Run everything below in the folder of this file.

## With evidence

    pip install aws-evidence
    evidence verify PACK.zip --trust CERTIFICATE-GOT-FROM-THE-SIGNER.pem

## Linux

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS \\
      -CAfile signer.pem -purpose any -out /dev/null
    sha256sum --strict -c SHA256SUMS
    cd $bundle
    openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s \\
      -content tagmanifest-sha256.txt -CAfile ../signer.pem -purpose any -out /dev/null
    sha256sum --strict -c tagmanifest-sha256.txt
    sha256sum --strict -c manifest-sha256.txt
    sha256sum tagmanifest-sha256.txt        # must print the digest above
    cd ..
    pdfsig report.pdf                       # "Signature is Valid", "Total document signed"

## macOS

The same with `shasum -a 256 -c` in place of `sha256sum --strict -c`, `shasum -a 256` in place of `sha256sum`,
and openssl and poppler from Homebrew.

## Windows (PowerShell; OpenSSL comes with Git for Windows)

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile signer.pem -purpose any -out NUL
    Get-Content SHA256SUMS | ForEach-Object {
      $$sum, $$file = $$_ -split '  ', 2
      if ((Get-FileHash $$file -Algorithm SHA256).Hash -ne $$sum) { "CHANGED: $$file" }
    }
    cd $bundle
    openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt -CAfile ../signer.pem -purpose any -out NUL
    (Get-FileHash tagmanifest-sha256.txt).Hash     # must print the digest above

The Get-Content lines must print nothing. The report's signature is shown by Adobe Acrobat Reader.

## What that shows

Each command ends without a word of failure: the pack is complete, unchanged and signed with the key of that
certificate, and report, workbook and results belong to this bundle (its digest stands on the report's cover
and in results.json). Where management accepted exceptions or attested what no API shows, exceptions.toml and
attestations.toml are the files that did, and results.json holds their SHA-256. Files that no list names must not be there; `evidence verify` looks for them, these
commands do not. When it was signed is the signer's statement: there is no time-stamp.
""")  # noqa: E501 (a command in PowerShell cannot be broken portably)


def instructions(*, bundle: str, digest: str, subject: str, fingerprint: str) -> bytes:
    """Return VERIFY.md of one pack."""
    page = _PAGE.substitute(bundle=bundle, digest=digest, subject=subject, fingerprint=fingerprint)
    return page.encode()
