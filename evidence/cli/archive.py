"""`evidence archive`: packs in the order of their chain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.archiving_settings)
def add(
    *,
    settings: "Settings",
    pack: Annotated[
        Path,
        typer.Argument(
            metavar="PACK",
            help="A pack that follows the archive's head.",
            autocompletion=complete_bundle_or_pack,
        ),
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a pack to the archive: verify it, copy it, and sign its entry in the index.

    The pack has to be sealed by the same identity and to follow the head of its scope; `evidence run
    --archive` and `evidence collect --archive` see to that. Prints the new head, to be published.
    """
    from evidence.archive.archive import open_archive
    from evidence.archive.store import store_of
    from evidence.clock import system_clock
    from evidence.signing.load import load_signer

    clock = system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    with open_archive(store_of(settings.archive)) as archive:
        entry = archive.add(pack, signer, clock)
    Output(json, quiet).result(entry.model_dump(mode="json"), entry.text)


@collecting.accepts_settings(collecting.archive_settings)
def list(*, settings: "Settings", json: Json = False, quiet: Quiet = False) -> None:  # noqa: A001 (the command)
    """List the archive's packs in order, and the head of each scope.

    Checks that the index is signed and in order; `evidence verify --chain` checks the packs too.
    """
    from evidence.archive.archive import list_entries
    from evidence.archive.store import store_of

    entries = list_entries(store_of(settings.archive))
    heads = {entry.scope: entry.digest for entry in entries}
    lines = [
        f"{one.added:%Y-%m-%d %H:%M}  {one.scope} {one.sequence:>3}  {one.digest}  {one.file}"
        for one in entries
    ]
    lines += [f"Head of {scope}: {digest}" for scope, digest in heads.items()]
    document = {"entries": [one.model_dump(mode="json") for one in entries], "heads": heads}
    Output(json, quiet).result(document, "\n".join(lines))
