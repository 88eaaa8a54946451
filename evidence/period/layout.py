"""Names what a report over a period is left as, and writes the page that says how to check it."""

from string import Template

from evidence.pack.layout import SIGNATURE, SIGNER, SUMS, VERSIONS
from evidence.period.model import PeriodResults
from evidence.period.opened import Period
from evidence.signing.signer import SignerIdentity

RESULTS, REPORT, WORKBOOK, PAGE = "period.json", "period.pdf", "period.xlsx", "period.html"
INSTRUCTIONS = "VERIFY.md"
RENDERED = (REPORT, WORKBOOK, PAGE)
ALWAYS = (RESULTS, VERSIONS, INSTRUCTIONS, SIGNER, SUMS, SIGNATURE)

_PAGE = Template("""\
# How to check this report

Period:      $first to $last
Scope:       $scope
Results:     period.json, SHA-256 $results
Last bundle: SHA-256 $head
Signed by:   $subject
Certificate: SHA-256 $fingerprint

Whoever sent this report also wrote this page. Ask the signer, by another way than the one by which the report
came, for the SHA-256 fingerprint of the signing certificate. Below it is called FINGERPRINT. The one of this
report is

    openssl x509 -in signer.pem -out ../anchor.pem
    openssl x509 -in ../anchor.pem -noout -fingerprint -sha256

If it differs from what you were told, stop: somebody else made this report.

## That nothing changed since it was signed

In the folder of this file (on macOS `shasum -a 256 -c` in place of `sha256sum --strict -c`):

    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS \\
      -CAfile ../anchor.pem -partial_chain -no_check_time -purpose any -out /dev/null
    sha256sum --strict -c SHA256SUMS
    cut -c 67- SHA256SUMS | sort > ../listed
    find . -type f ! -name 'SHA256SUMS*' | cut -c 3- | sort | diff ../listed -     # must print nothing
    sha256sum period.json           # must print $results

With a SHA256SUMS.p7s.tsr, an authority says when that was. Get its root certificate from it, as tsa.pem:

    openssl ts -verify -data SHA256SUMS.p7s -in SHA256SUMS.p7s.tsr -partial_chain -CAfile tsa.pem

## That what it says follows from the packs

Until then all that it says is the signer's word. With the archive, or a copy of the packs that period.json
names under `bundles`, and its index:

    uv tool install aws-evidence==$version      # or: pipx install aws-evidence==$version
    evidence period --check PERIOD.zip --archive DIR --trust FINGERPRINT

It verifies each pack, performs the tests again over its evidence, computes period.json again and compares
every byte, and renders report, workbook and page again. It asks AWS nothing. What people.csv, exceptions.toml
and the files below events/ say, where they are there, is the word of whoever gave them: period.json holds
their SHA-256.
""")


def folder_name(scope: str, period: Period) -> str:
    """Return the name of a report's folder, and of its zip without the ending."""
    return f"period-{scope.rpartition(':')[2]}-{period.first}-{period.last}"


def instructions(results: PeriodResults, identity: SignerIdentity, version: str) -> bytes:
    """Return VERIFY.md of one report."""
    return _PAGE.substitute(
        scope=results.scope, first=results.first, last=results.last, results=results.digest,
        head=results.head, subject=identity.subject, fingerprint=identity.fingerprint, version=version,
    ).encode()  # fmt: skip
