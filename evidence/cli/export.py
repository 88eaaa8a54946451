"""`evidence export`: what the tests conclude, for other tools."""

from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundleOrPack, Json, Quiet
from evidence.cli.output import Output
from evidence.errors import UsageError

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stated_settings)
def export(
    *,
    settings: "Settings",
    source: BundleOrPack,
    oscal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write OSCAL assessment results (JSON) to this file.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every exception, as CSV, to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a summary, as Markdown, to this file.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write results for other tools: OSCAL assessment results, a table of exceptions, a Markdown summary.

    A bundle is tested, with the files of management's given here. A pack is verified for integrity and its
    tests are performed again: its own results are taken where they come out the same, else it ends with 5.
    What is written is signed by nobody: it names the digests of what is.
    """
    from evidence.clock import system_clock
    from evidence.exporting import Export, exported
    from evidence.report.exports import exceptions_csv, summary_markdown
    from evidence.report.oscal import assessment_results
    from evidence.statements.files import read_statements
    from evidence.storage import publish

    makers: dict[Path | None, Export] = {
        oscal: assessment_results,
        csv: lambda _, results: exceptions_csv(results),
        markdown: summary_markdown,
    }
    wanted = {path: make for path, make in makers.items() if path}
    if len(wanted) < sum(map(bool, (oscal, csv, markdown))) or not wanted:
        raise UsageError(
            "Nothing to write, or one file twice.", "Name a file with --oscal, --csv or --markdown."
        )
    for path in filter(lexists, wanted):
        raise UsageError(f"{path} exists already.", "Nothing is ever overwritten: name another file.")
    statements = read_statements(settings.accepted.paths)
    made = exported(source, statements, wanted, now=system_clock().now())
    for path, content in made.items():
        publish(path, content)
    out = Output(json=json, quiet=quiet)
    out.result({"written": list(map(str, made))}, "\n".join(map(str, made)))
