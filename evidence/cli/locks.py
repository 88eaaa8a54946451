"""Defines the options that name whom a file is encrypted to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting

if TYPE_CHECKING:
    from evidence.pack.encryption import Lock

EncryptTo = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RECIPIENT", help="Encrypt to an age1… or SSH public key, or to those of a file; repeatable."
    ),
]
EncryptPassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Encrypt with this file's pass phrase; - asks for one.")
]
MappingTo = Annotated[
    list[str] | None,
    typer.Option(metavar="RECIPIENT", help="Who can read the mapping; default: as the policy says."),
]
MappingPassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Encrypt the mapping with this pass phrase; - asks.")
]


def lock(recipients: list[str] | None, passphrase_file: Path | None) -> "Lock | None":
    """Return the lock that the options name; None when they name none. Raises UsageError for both kinds."""
    from evidence.errors import UsageError
    from evidence.pack.encryption import lock_to, lock_with, new_passphrase

    if recipients and passphrase_file is not None:
        raise UsageError(
            "A file is encrypted to public keys or with a pass phrase, not both.", "Leave one out."
        )
    if recipients:
        return lock_to(recipients)
    if passphrase_file is not None:
        return lock_with(new_passphrase(passphrase_file, collecting.ask_passphrase))
    return None
