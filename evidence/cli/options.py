"""Defines the options that several commands share, so that they behave the same everywhere."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.completion import complete_bundle, complete_bundle_or_pack
from evidence.errors import UsageError


class FailOn(StrEnum):
    """What ends the command with exit code 4."""

    EXCEPTIONS = "exceptions"
    """Any exception that management has not accepted."""
    NOT_CONCLUDED = "not-concluded"
    """Any test that did not see all the evidence, whether exceptions are known or not."""


Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing on stderr but errors.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: evidence.toml here, if there is one."),
]
BundlePath = Annotated[
    Path,
    typer.Argument(metavar="BUNDLE", help="The folder of a sealed bundle.", autocompletion=complete_bundle),
]
BundleOrPack = Annotated[
    Path,
    typer.Argument(
        metavar="BUNDLE|PACK",
        help="A bundle's folder, or a pack.",
        autocompletion=complete_bundle_or_pack,
    ),
]
Trusted = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CERT|FINGERPRINT",
        help="Certificate of the signer, or of its CA, PEM or DER; or the SHA-256 fingerprint of the "
        "signer's certificate. Got from the signer by another way than the pack. May be repeated.",
    ),
]
TrustTsa = Annotated[
    Path | None,
    typer.Option(
        metavar="CERT",
        help="Certificate of the time-stamping authority, or of its CA, PEM or DER, got from it.",
    ),
]
IntegrityOnly = Annotated[
    bool,
    typer.Option(
        "--integrity-only", help="Without --trust: end with 0 when nothing was changed, whoever signed."
    ),
]
Identity = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For an encrypted pack (.age): your age identity or SSH key."),
]
PackPassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="For an encrypted pack (.age): its pass phrase.")
]
FailOnGiven = Annotated[
    list[FailOn] | None,
    typer.Option(
        "--fail-on",
        metavar="exceptions|not-concluded",
        help="End with exit code 4 on exceptions that nobody accepted, or when a test is not concluded or "
        "not complete; may be given twice.",
    ),
]


def output_file(output: Path | None, default: Path | str) -> Path:
    """Return the file that `--output` means, the same for each command that writes one; `default` without it.

    A folder that is there gets the file under its default name. A name without an extension gets the
    default's, one that has the first of two the second.
    """
    default = Path(default)
    if output is None:
        return default
    if output.is_dir():
        return output / default.name
    if os.path.lexists(output):  # a device, or what is refused as it is there
        return output
    extensions = default.suffixes
    for last in range(len(extensions), 0, -1):
        if output.name.endswith("".join(extensions[:last])):
            return output.with_name(output.name + "".join(extensions[last:]))
    named = re.search("[A-Za-z]", output.suffix)  # `acme-2026.4` has none
    return output if named else output.with_name(output.name + "".join(extensions))


def require_one_of_trust(trust: list[str] | None, integrity_only: bool) -> None:
    """Raise UsageError where somebody says whom to trust, and that it does not matter."""
    if trust and integrity_only:
        raise UsageError("--trust and --integrity-only exclude each other.", "Leave one of them out.")
