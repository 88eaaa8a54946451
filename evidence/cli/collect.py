"""`evidence collect`: from AWS to a sealed bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.ending import end_with_gaps
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.collecting_settings)
def collect(
    *,
    settings: "Settings",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to leave the bundle in.")
    ] = Path(),
    attachments: setting_options.Attachments = None,
    previous: setting_options.Previous = None,
    resume: setting_options.Resume = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Collect evidence, read-only, into a sealed bundle named after account and time.

    Exits with 3 when something could not be read: the bundle says what, why, and what that means. So it does
    when the time-stamping authority did not answer.
    """
    from evidence import pipeline, storage
    from evidence.archive.place import open_chain
    from evidence.bundle.open import digest_of, read_gaps
    from evidence.bundle.write.attachments import folder_to_seal
    from evidence.cli.progress import shown
    from evidence.clock import system_clock
    from evidence.collect import collect as collect_evidence
    from evidence.collect import has_stopped
    from evidence.preflight import try_what_a_run_needs
    from evidence.report.gap_causes import gap_causes
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer

    out, clock = Output(json, quiet), system_clock()
    attachments = folder_to_seal(attachments)
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    authority = authority_at(settings.timestamp, clock)
    digest, before = None, None
    if previous:  # else nothing that tests bundles need be loaded
        from evidence.comparison import read_previous

        digest, before = read_previous(previous, now=clock.now())
    with (
        storage.own_folder(output, fresh=False),
        open_chain(settings.archive, digest, None if resume else before, signer=signer) as (
            archive,
            follows,
        ),
        shown(out) as progress,
    ):
        if not resume and has_stopped(output):
            out.say(
                f"{output} holds a collection that stopped. This begins another; --resume goes on with it."
            )
        try_what_a_run_needs(
            settings, output, signer=signer, clock=clock, authority=authority, archive=archive,
            attachments=attachments, rendering=False, say=out.say,
        )  # fmt: skip
        folder = collect_evidence(
            settings,
            out=output,
            clock=clock,
            signer=signer,
            attachments=attachments,
            progress=progress,
            follows=follows,
            authority=authority,
            resume=resume,
            executor=pipeline.executor_of(settings, out.say),
        )
    stamped, unstamped = pipeline.time_stamp(folder, authority, clock, out.say)
    gaps = read_gaps(folder)
    document = {
        "bundle": str(folder),
        "digest": digest_of(folder),
        "gaps": [gap.model_dump(mode="json") for gap in gaps],
        "gap_causes": [cause.document() for cause in gap_causes(gaps)],
        "time_stamp": stamped.time.isoformat() if stamped else None,
        "unstamped": list(unstamped),
    }
    out.result(document, str(folder))
    if gaps:
        out.say(f"{len(gaps)} gaps; `evidence show {folder}` lists them.")
    end_with_gaps(out, gaps, unstamped)
