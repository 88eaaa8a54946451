"""Seals a closed review and makes of its bundle what an auditor gets of any: report, workbook, page, pack."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evidence import pipeline, storage
from evidence.archive.place import open_chain
from evidence.bundle import open_bundle
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.delivery import Delivery
from evidence.preflight import try_what_a_run_needs
from evidence.review.closing import ClosedReview
from evidence.review.sealing import seal_review
from evidence.settings.model import Settings
from evidence.signing.signer import Signer
from evidence.statements.files import Statements


def deliver_review(
    review: ClosedReview,
    settings: Settings,
    output: Path,
    *,
    previous: str | None,
    statements: Statements,
    signer: Signer,
    authority: TimeStampAuthority | None,
    clock: Clock,
    say: Callable[[str], None],
) -> Delivery:
    """Seal, test, render, pack and, with an archive in the settings, archive a review, in an empty folder.

    `previous` is the digest of the bundle that it follows, without an archive. Raises what the stages raise;
    what has its name by then is whole.
    """
    with (
        storage.own_folder(output) as folder,
        open_chain(settings.archive, previous) as (archive, follows),
    ):
        try_what_a_run_needs(
            settings, folder, signer=signer, clock=clock, authority=authority, archive=archive,
            attachments=None, rendering=True, say=say,
        )  # fmt: skip
        sealed = seal_review(review, settings, folder, follows=follows, signer=signer, clock=clock)
        seal_time = pipeline.time_stamp(sealed, authority, clock, say)
        bundle = open_bundle(sealed)
        delivery = pipeline.deliver(
            bundle, seal_time, folder, statements, signer=signer, authority=authority, clock=clock, say=say
        )
        if archive is None:
            return delivery
        say("Adding the pack to the archive.")
        return replace(delivery, archived=archive.add_written(delivery.pack, bundle, signer, clock))
