"""`evidence verifier`: the programs that ship in packs, got from here instead of from a pack's sender."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Json, Quiet, output_file
from evidence.cli.output import Output


class Verifier(StrEnum):
    """The programs, as evidence.pack.layout.VERIFIERS names them."""

    PYTHON = "verify.py"
    SHELL = "verify.sh"
    POWERSHELL = "verify.ps1"


def verifier(
    name: Annotated[Verifier, typer.Argument(help="Which one.")] = Verifier.PYTHON,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: its name, here.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a verifier that needs no `evidence`: one file, the same that ships in every pack.

    The copy inside a pack comes from the pack's sender. Compare its SHA-256 with the one printed here, or use
    this copy.
    """
    import hashlib

    from evidence.pack import layout
    from evidence.storage import publish

    content, target = layout.verifier(name), output_file(output, name.value)
    publish(target, content)
    digest = hashlib.sha256(content).hexdigest()
    Output(json=json, quiet=quiet).result({"file": str(target), "sha256": digest}, f"{digest}  {target}")
