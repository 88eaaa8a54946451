"""`evidence archive renew` and `hand-over`: what keeps an archive checkable for years."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings

_DAYS = 180


class Algorithm(StrEnum):
    """What a renewal hashes with."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


@collecting.accepts_settings(collecting.renewing_settings)
def renew(
    *,
    settings: "Settings",
    within: Annotated[
        int,
        typer.Option(min=0, max=3650, metavar="DAYS", help="Renew what ends within so many days."),
    ] = _DAYS,
    algorithm: Annotated[
        Algorithm, typer.Option(metavar="NAME", help="Hash with sha256, sha384 or sha512.")
    ] = Algorithm.SHA256,
    always: Annotated[
        bool,
        typer.Option("--always", help="Renew though nothing ends: for another algorithm or authority."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Renew what ends soon: have all that is in the archive time-stamped once more, before it does.

    Looks at every pack first: when the certificates of its time-stamps and of its signer end. Where one does
    so within --within, and no renewal covers it yet, one new time-stamp is made over every pack, the index,
    the hand-overs and all renewals before. Nothing in the archive is changed. Run it with each collection, or
    at least twice a year.
    """
    from evidence.archive.renewing import renew as renew_archive
    from evidence.archive.store import store_of
    from evidence.clock import system_clock
    from evidence.signing.authority import authority_at

    clock = system_clock()
    outcome = renew_archive(
        store_of(settings.archive),
        authority_at(settings.timestamp, clock, digest=algorithm.value),
        clock,
        within=timedelta(days=within),
        algorithm=algorithm.value,
        always=always,
    )
    Output(json, quiet).result(outcome.document(), outcome.text(clock.now(), within))


@collecting.accepts_settings(collecting.handing_over_settings)
def hand_over(
    *,
    settings: "Settings",
    to: Annotated[
        Path | None, typer.Option(metavar="NEW.pem", help="Certificate of who signs from now on.")
    ] = None,
    lost: Annotated[
        str | None,
        typer.Option(
            metavar="CERT|FINGERPRINT",
            help="Instead: the old signer's, whose key is lost. Then sign with the new key.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hand the archive over to the next signer: the old key signs which certificate comes after it.

    Name the old key as for any signature. From then on packs of the old key are refused, and those of the
    new one taken; whoever trusts the old signer trusts the new one in this archive. With --lost the new key
    signs, which vouches for nothing: readers then pass --trust for both.
    """
    from evidence.archive import handing_over
    from evidence.archive.store import store_of
    from evidence.clock import system_clock
    from evidence.errors import UsageError
    from evidence.signatures.trust import load_trust
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer

    if (to is None) == (lost is None):
        raise UsageError("Who signs next?", "Name the new certificate with --to, or the old one with --lost.")
    clock, store = system_clock(), store_of(settings.archive)
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    authority = authority_at(settings.timestamp, clock)
    if lost is not None:
        said = handing_over.take_over(store, load_trust(lost), signer, clock, authority)
    else:
        new = load_trust(to).certificates
        said = handing_over.hand_over(store, new[0], signer, clock, authority)
    Output(json, quiet).result(said.model_dump(mode="json"), said.text)
