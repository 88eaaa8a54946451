"""`evidence submit`: several packs in one signed zip with one cover, for the auditor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import Json, Quiet, output_file
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings

_DEFAULT = "submission.zip"


@collecting.accepts_settings(collecting.submitting_settings)
def submit(
    *,
    settings: "Settings",
    packs: Annotated[
        list[Path],
        typer.Argument(metavar="PACK…", help="Each pack's zip.", autocompletion=complete_bundle_or_pack),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=f"Default: {_DEFAULT} here.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put several packs into one signed zip, with one cover and one index; it is sent nowhere.

    For several organizations, standalone accounts or partitions. Every pack is verified, and its tests are
    performed again, before it goes in, byte for byte as it is; one that does not verify, the same bundle
    twice, and redacted copies among originals are refused. `evidence verify` takes all of it at once.
    """
    from evidence.clock import system_clock
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer
    from evidence.submission.make import make_submission

    clock = system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    authority = authority_at(settings.timestamp, clock)
    target = output_file(output, _DEFAULT)
    made = make_submission(packs, target, signer=signer, clock=clock, authority=authority)
    document = {"submission": str(target), "entries": [one.model_dump(mode="json") for one in made.entries]}
    Output(json, quiet).result(document, str(target))
