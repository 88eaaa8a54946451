"""`evidence run`: the whole job, from an AWS account to a signed pack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.ending import end_with_gaps
from evidence.cli.notifying import Notice, notifies
from evidence.cli.options import FailOnGiven, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@notifies
@collecting.accepts_settings(collecting.running_settings)
def run(
    *,
    settings: "Settings",
    notice: Notice,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where to leave everything; new or empty."),
    ] = Path("out"),
    attachments: setting_options.Attachments = None,
    previous: setting_options.Previous = None,
    resume: setting_options.Resume = False,
    fail_on: FailOnGiven = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Collect, seal, test, render and pack: leaves bundle, report.pdf, appendices.xlsx, index.html and zip.

    Exits with 3 when something could not be read: bundle, report and workbook say what and why. So it does
    when the time-stamping authority did not answer. With the pack before as --previous, what changed since
    then is written into the pack and the report: changes.json.
    """
    from evidence import pipeline
    from evidence.bundle.write.attachments import folder_to_seal
    from evidence.cli.progress import shown
    from evidence.clock import system_clock
    from evidence.comparison import read_previous
    from evidence.controls.summary import ended_as
    from evidence.errors import ExitCode
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer
    from evidence.statements.files import read_statements

    out, clock = Output(json, quiet), system_clock()
    attachments = folder_to_seal(attachments)
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    statements = read_statements(settings.accepted.paths)
    digest, before = read_previous(
        previous, now=clock.now(), statements=statements, signer=signer, say=out.say
    )
    with shown(out) as progress:
        delivery = pipeline.run(
            settings, output=output, signer=signer, clock=clock,
            authority=authority_at(settings.timestamp, clock), progress=progress, attachments=attachments,
            previous=digest, before=before, resume=resume, say=out.say,
        )  # fmt: skip
    notice.document = delivery.document()
    out.result(notice.document, delivery.text())
    if ended_as(delivery.outcome, [choice.value for choice in fail_on or ()]):
        raise typer.Exit(ExitCode.FAIL_ON)
    end_with_gaps(out, delivery.gaps, delivery.unstamped)
