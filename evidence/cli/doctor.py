"""`evidence doctor`: what would fail at the quarter's end, told before it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.doctor.checks import Check
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.running_settings)
def doctor(
    *,
    settings: "Settings",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where a run would leave everything.")
    ] = Path("out"),
    attachments: setting_options.Attachments = None,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Try every operation in every account, however long that takes.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Try what a run needs, here and at AWS, in under a minute: prints what would fail, and what to do.

    Collects nothing and writes nothing. Each operation is asked once, in the caller's account and one other;
    the role is tried in all. Ends with 3 when a run would leave gaps, with 1 when it would not begin.
    """
    from evidence.clock import system_clock
    from evidence.doctor import examine

    out = Output(json, quiet)

    def tell(check: "Check") -> None:
        if not json:
            out.result(None, check.text())

    found = examine(
        settings, output=output, attachments=attachments, everywhere=everywhere,
        prompt=collecting.ask_passphrase, clock=system_clock(), tell=tell, say=out.say,
    )  # fmt: skip
    out.result(found.document(), f"\n{found.text()}")
    if found.exit_code:
        raise typer.Exit(found.exit_code)
