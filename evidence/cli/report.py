"""`evidence report`: render the signed PDF and the workbook of a sealed bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.ending import end_with_gaps
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.rendering_settings)
def report(
    *,
    settings: "Settings",
    bundle: BundlePath,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where to leave the files; new or empty."),
    ] = Path("out"),
    previous: setting_options.PreviousPack = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Test the controls over a sealed bundle, and render what follows. Needs no AWS.

    Leaves results.json, report.pdf, signed, appendices.xlsx and index.html, which all name the digest of the
    results, and the exceptions and attestations given here. The same bundle and statements give the same
    pages. Ends with 3 when the bundle has gaps, or when the time-stamping authority did not answer.
    """
    from evidence import pipeline
    from evidence.bundle import open_bundle
    from evidence.clock import system_clock
    from evidence.comparison import read_previous
    from evidence.pack import layout
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer
    from evidence.statements.files import read_statements
    from evidence.storage import own_folder

    out, clock = Output(json, quiet), system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    statements = read_statements(settings.accepted.paths)
    _, before = read_previous(previous, now=clock.now(), statements=statements, signer=signer, say=out.say)
    opened = open_bundle(bundle)
    collecting.say_what_is_unused(settings, opened, out)
    with own_folder(output) as folder:
        made = pipeline.test_and_render(
            opened, statements, folder, signer=signer, clock=clock,
            authority=authority_at(settings.timestamp, clock), say=out.say, before=before,
        )  # fmt: skip
    left = {
        "results": made.path(layout.RESULTS),
        "report": made.path(layout.REPORT),
        "appendices": made.path(layout.APPENDICES),
        "page": made.path(layout.PAGE),
    }
    if before:
        left["changes"] = made.path(layout.CHANGES)
    document = {**{name: str(path) for name, path in left.items()}, "unstamped": list(made.unstamped)}
    out.result(document, "\n".join(map(str, left.values())))
    end_with_gaps(out, opened.gaps, made.unstamped)
