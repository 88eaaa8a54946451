"""`evidence archive`: packs in the order of their chain."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import IntegrityOnly, Json, Quiet, Trusted, TrustTsa, require_one_of_trust
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


class ArchiveTemplateFormat(StrEnum):
    """What the bucket is printed as."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


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

    Checks that the index is signed and in order; `evidence archive verify` checks the packs too.
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


@collecting.accepts_settings(collecting.archive_settings)
def verify(
    *,
    settings: "Settings",
    head: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="A bundle that must be there, as told elsewhere."),
    ] = None,
    trust: Trusted = None,
    trust_tsa: TrustTsa = None,
    integrity_only: IntegrityOnly = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Verify every pack of the archive, one after the other, their chain, the index, and in S3 their locks.

    As `evidence verify --chain`, which takes a folder alone. In S3 every version and delete marker is looked
    at: what was deleted or written over under a lock is still there, and is found. Ends with 0 only when all
    holds and --trust says who may have signed, and with 5 otherwise.
    """
    from evidence.archive.store import store_of
    from evidence.archive.verify import verify_chain
    from evidence.bundle.verify.verdicts import OverallVerdict
    from evidence.clock import system_clock
    from evidence.errors import ExitCode
    from evidence.signatures.trust import load_trust

    require_one_of_trust(trust, integrity_only)
    found = verify_chain(
        store_of(settings.archive),
        now=system_clock().now(),
        trusted=load_trust(trust, trust_tsa),
        head=head,
    )
    Output(json, quiet).result(found.document(), found.text())
    enough = {OverallVerdict.AUTHENTIC, OverallVerdict.UNCHANGED}
    if found.word not in enough | ({OverallVerdict.INTACT} if integrity_only else set()):
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)


@collecting.accepts_settings(collecting.archiving_settings)
def rebuild(*, settings: "Settings", json: Json = False, quiet: Quiet = False) -> None:
    """Write the index again, from the packs alone: for one that was lost or is not in order.

    Every pack has to verify, and no link of their chains may be missing. The lines are signed again and say
    that they were rebuilt. What was there stays: in S3 as a version, in a folder under another name.
    """
    from evidence.archive.rebuild import rebuild_index
    from evidence.archive.store import store_of
    from evidence.clock import system_clock
    from evidence.signing.load import load_signer

    clock = system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    entries = rebuild_index(store_of(settings.archive), signer, clock)
    document = {"rebuilt": [one.model_dump(mode="json") for one in entries]}
    Output(json, quiet).result(document, "\n".join(f"Rebuilt: {one.text}" for one in entries))


@collecting.accepts_settings(collecting.archive_settings)
def policy(*, settings: "Settings") -> None:
    """Print the IAM policy of the role that keeps the archive in S3: apart from the one that collects.

    It is what the archive's own gate lets through, for the bucket, prefix and key of the settings.
    """
    from evidence.archive.s3.policy import archive_policy

    Output(json=True).result(archive_policy(settings.archive), "")


@collecting.accepts_settings(collecting.archive_settings)
def template(
    *,
    settings: "Settings",
    format: Annotated[  # noqa: A002 - the option's name
        ArchiveTemplateFormat, typer.Option(help="For CloudFormation, or for Terraform.")
    ] = ArchiveTemplateFormat.CLOUDFORMATION,
) -> None:
    """Print a bucket that can protect an archive, with the role that keeps it, by the settings.

    Object Lock, versioning, default encryption, no public access, TLS alone. Nothing is made here: give it to
    who administers the account that the archive is to lie in, better another than the audited ones.
    """
    from evidence.archive.s3.template import template_of

    Output(json=False).result({}, template_of(settings.archive, format.value))
