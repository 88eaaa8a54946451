"""`evidence diff`: what changed between two bundles, and what cannot be said."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import (
    Identity,
    IntegrityOnly,
    Json,
    PackPassphraseFile,
    Quiet,
    Trusted,
    TrustTsa,
    require_one_of_trust,
)
from evidence.cli.output import Output
from evidence.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stated_settings)
def diff(
    *,
    settings: "Settings",
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD", help="The earlier bundle or pack.", autocompletion=complete_bundle_or_pack
        ),
    ],
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help="The later bundle or pack.", autocompletion=complete_bundle_or_pack
        ),
    ],
    trust: Trusted = None,
    trust_tsa: TrustTsa = None,
    integrity_only: IntegrityOnly = False,
    identity: Identity = None,
    passphrase_file: PackPassphraseFile = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print all of it as a document.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what changed between two bundles or packs, and what cannot be said.

    Both are verified, and tested by today's rules: a pack with the statements in it, a bundle with the
    exceptions and attestations given here. Conclusions that changed because the account did stand apart from
    sealed ones that today's rules do not draw. What one of the two does not show is neither a change nor
    none: it is listed, and the command ends with 3. Ends with 5 where one does not verify and, after
    printing, without --trust, unless --integrity-only says that integrity is all that is asked for.
    """
    from evidence.clock import system_clock
    from evidence.comparison import read_side
    from evidence.diff import compare
    from evidence.diff.text import change_markdown, change_text
    from evidence.pack.encryption import decrypted_path, is_encrypted
    from evidence.signatures.trust import load_trust
    from evidence.statements.files import read_statements

    require_one_of_trust(trust, integrity_only)
    if json and markdown:
        raise UsageError("--json and --markdown exclude each other.", "Leave one of them out.")
    trusted, now = load_trust(trust, trust_tsa), system_clock().now()
    statements = read_statements(settings.accepted.paths)
    sides = []
    for path in (old, new):
        keys = (identity, passphrase_file) if is_encrypted(path) else (None, None)
        with decrypted_path(path, *keys) as plain:
            sides.append(read_side(plain, now=now, trusted=trusted, statements=statements))
    changes = compare(*(side.snapshot for side in sides))
    out = Output(json=json, quiet=quiet)
    out.result(
        changes.model_dump(mode="json"), change_markdown(changes) if markdown else change_text(changes)
    )
    if not (integrity_only or all(side.trusted for side in sides)):
        out.say("Integrity, not authenticity: nobody said whose signature to expect. Pass --trust.")
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)
    if changes.not_compared:
        raise typer.Exit(ExitCode.GAPS)
