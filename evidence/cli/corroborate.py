"""`evidence corroborate`: does CloudTrail hold the requests that a bundle's ledger lists?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.bundle.format.corroboration import Corroboration, Totals
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.corroborating_settings)
def corroborate(
    *,
    settings: "Settings",
    bundle: BundlePath,
    logs: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE|DIR",
            help="CloudTrail's log files, or results of Lake or Athena, in place of AWS; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Where to leave the addendum; default: beside BUNDLE."
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look a bundle's requests up in CloudTrail, AWS's own record; leave a signed addendum.

    AWS keeps 90 days, and tells of a request after up to 15 minutes: before, it writes nothing, says when to
    ask again and ends with 75. Needs cloudtrail:LookupEvents, or with --logs nothing of AWS. Ends with 5 when
    CloudTrail contradicts the ledger, with 3 when something could not be confirmed.
    """
    from evidence.bundle import open_bundle
    from evidence.clock import system_clock
    from evidence.corroborate.corroborate import FileFetch, HistoryFetch, compare, write
    from evidence.scratch import private_folder
    from evidence.signing.load import load_signer

    out, clock = Output(json, quiet), system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    opened = open_bundle(bundle)

    def told(done: int, total: int, events: int) -> None:
        out.say(
            f"corroborate: {done} of {total} {'files' if logs else 'services and regions'}, {events} events"
        )

    with private_folder("evidence-corroborate-") as scratch:
        fetch = FileFetch(logs, told) if logs else HistoryFetch(settings, clock, scratch, told=told)
        document = compare(opened, fetch, clock)
    folder = write(document, output or bundle.resolve().parent, signer)
    out.result(
        {"corroboration": str(folder), "totals": document.totals.model_dump()}, _text(document, folder)
    )
    code = _code(document.totals)
    if code:
        raise typer.Exit(code)


def _text(document: "Corroboration", folder: Path) -> str:
    from evidence.report.pdf.corroboration import headline

    totals = document.totals
    lines = [
        headline(document),
        (
            f"Calls       {totals.calls}: {totals.agree} agree, {totals.differ} differ, "
            f"{totals.missing} missing, {totals.unavailable} could not be looked up, "
            f"{totals.not_expected} not expected"
        ),
        f"Unlisted    {totals.unlisted} events of this tool and caller that the ledger lacks",
    ]
    lines += (
        f"DIFFERS     call {one.seq}, {one.operation}: {found.member} is {found.ledger!r} in the ledger, "
        f"{found.cloudtrail!r} in CloudTrail"
        for one in document.verdicts
        for found in one.differences[:1]
    )
    lines += (
        f"NOT READ    {place.region} {place.event_source}: {place.cause} ({place.error_code})"
        for place in document.source.places
        if not place.complete
    )
    lines += (f"NOT READ    {file.name}: {file.problem}" for file in document.source.files if file.problem)
    return "\n".join([*lines, f"Addendum    {folder}"])


def _code(totals: "Totals") -> int:
    from evidence.errors import ExitCode

    if totals.differ:
        return ExitCode.VERIFICATION_FAILED
    return ExitCode.GAPS if totals.agree < totals.expected or totals.unlisted else ExitCode.DONE
