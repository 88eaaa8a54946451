"""`evidence pack`: one signed zip of bundle, report, appendices and results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings import Settings


@collecting.takes(collecting.rendering_settings)
def pack(
    *,
    settings: "Settings",
    bundle: BundlePath,
    report: Annotated[Path, typer.Option(metavar="PDF", help="The signed report on this bundle.")],
    appendices: Annotated[Path, typer.Option(metavar="XLSX", help="Its workbook.")],
    results: Annotated[Path, typer.Option(metavar="JSON", help="What `evidence test --output` wrote.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="ZIP", help="Default: BUNDLE.zip here.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Pack a sealed bundle with its report, appendices and results into one signed zip.

    Takes along the exceptions and attestations that the results were computed with. Refuses parts that do
    not verify, that are not about this bundle or by this signer, and other exceptions or attestations.
    """
    from evidence.clock import system_clock
    from evidence.pack import write_pack
    from evidence.signing import load_signer

    clock = system_clock()
    written = write_pack(
        bundle,
        report=report,
        appendices=appendices,
        results=results,
        exceptions=settings.accepted.exceptions,
        attestations=settings.accepted.attestations,
        signer=load_signer(settings.signing, collecting.ask_passphrase, now=clock.now()),
        output=output or Path(f"{bundle.resolve().name}.zip"),
        clock=clock,
    )
    Output(json=json, quiet=quiet).result({"pack": str(written)}, str(written))
