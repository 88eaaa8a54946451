"""Runs the stages in a row: collect, seal, test, render, pack, archive.

Each stage takes what the one before left and publishes its own file whole or not at all, so that a run that
dies leaves only finished stages behind; the remaining ones can be run on their own.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from evidence.clock import Clock
from evidence.delivery import Delivery
from evidence.errors import UsageError
from evidence.findings import TimeStampSubject
from evidence.storage import own_folder, publish, sha256_of

if TYPE_CHECKING:
    from evidence.bundle.format.seal import TimeStampAuthority
    from evidence.bundle.open import Bundle
    from evidence.collect.errand import Executor
    from evidence.collect.progress import Progress
    from evidence.controls.results import Results
    from evidence.diff import Changes, Snapshot
    from evidence.findings import VerifiedTimeStamp
    from evidence.pack.write import PackPart
    from evidence.report.facts import ItemFacts
    from evidence.settings.model import Settings
    from evidence.signing.signer import Signer
    from evidence.statements.files import Statements

Made = TypeVar("Made")
Output = TypeVar("Output", Path, IO[bytes])
Say = Callable[[str], None]
"""Tells people, on stderr."""
_UNSTAMPED = "The pack has no time-stamp."


_REVIEWS_BLIND_SPOTS = (
    "Who a reviewer is, is what was typed into the workbook: nobody signed in to decide.",
    "The access is as the reviewed bundle shows it; what that does not show, nobody reviewed.",
    "When the review was opened is what review.json says: no earlier than the reviewed bundle.",
)


def item_facts(bundle: "Bundle | None" = None) -> tuple["ItemFacts", ...]:
    """Return what the report says about each evidence item, from the collectors' declarations.

    Of a bundle's custom items too: it holds what was declared, so that nobody's code is asked.
    """
    from evidence.collectors.base import catalogue
    from evidence.readers.access_review import DECISIONS, is_review
    from evidence.report.facts import ItemFacts

    if bundle and is_review(bundle):
        return (ItemFacts(DECISIONS, bundle.run.items[0].title, 0, (), _REVIEWS_BLIND_SPOTS),)
    return tuple(
        ItemFacts(
            item=collector.item,
            title=collector.title,
            headline=collector.headline,
            operations=tuple(f"{operation.service}:{operation.name}" for operation in collector.operations),
            blind_spots=collector.blind_spots,
        )
        for collector in catalogue(bundle.run.custom.items if bundle else ()).values()
    )


def with_optional_time_stamp(
    make: Callable[["TimeStampAuthority | None"], Made],
    authority: "TimeStampAuthority | None",
    what: str,
    say: Say,
) -> tuple[Made, tuple[str, ...]]:
    """Make something with a time-stamp, and without one when the authority gives none.

    Returns what was made, and what it lacks: an authority that does not answer ends no run, but is told of.
    """
    from evidence.errors import AuthorityError

    try:
        return make(authority), ()
    except AuthorityError as error:
        say(f"{what} has no time-stamp: {error.message}")
        return make(None), (f"{what} has no time-stamp: {error.message}",)


def time_stamp(
    bundle: Path, authority: "TimeStampAuthority | None", clock: Clock, say: Say
) -> tuple["VerifiedTimeStamp | None", tuple[str, ...]]:
    """Have the seal of a bundle time-stamped, if there is an authority; as `with_optional_time_stamp`."""
    from evidence.bundle.write.stamping import stamp

    stamped, lacks = with_optional_time_stamp(
        lambda found: None if found is None else stamp(bundle, found, now=clock.now()),
        authority, "The seal", say,
    )  # fmt: skip
    if lacks:
        say(f"  Add it later: `evidence timestamp {bundle}`.")
    return stamped, lacks


@dataclass(frozen=True, slots=True)
class RenderedParts:
    """What a bundle and management's statements give: the files of a pack beside the bundle."""

    outcome: "Results"
    files: Mapping[str, "PackPart | bytes"]
    """By their names in a pack; bytes for what lies nowhere."""
    unstamped: tuple[str, ...]
    """What the report lacks, as `Delivery.unstamped`."""

    def path(self, name: str) -> Path:
        """Return where a part lies; raises KeyError when it lies nowhere."""
        part = self.files[name]
        if isinstance(part, bytes):
            raise KeyError(name)
        return part.path


def test_and_render(
    bundle: "Bundle",
    statements: "Statements",
    folder: Path,
    *,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    say: Say,
    signed_lies_there: bool = True,
    before: "Snapshot | None" = None,
) -> RenderedParts:
    """Perform the tests of controls, and leave in a folder what follows: see `render`.

    The one way from a bundle to conclusions that anybody signs: no command takes results, report, workbook or
    page that were made before. Raises UsageError for another identity than the bundle is sealed by: no
    verifier takes a pack of two, and, with the bundle `before`, for one that does not follow it.
    """
    from evidence.controls.engine import run_tests
    from evidence.diff import changes_since

    _require_same_signer(bundle, signer)
    results = run_tests(bundle, statements=statements)
    changes = changes_since(before, bundle, results) if before else None
    say("Rendering the report, the appendices and the page.")
    return render(
        bundle, results, statements, folder, signer=signer, clock=clock, authority=authority, say=say,
        signed_lies_there=signed_lies_there, changes=changes,
    )  # fmt: skip


def _require_same_signer(bundle: "Bundle", signer: "Signer") -> None:
    if bundle.signer not in ("", signer.fingerprint):
        raise UsageError(
            f"The bundle {bundle.name} is sealed by another identity, whose certificate has the SHA-256 "
            f"{bundle.signer}.",
            "Sign report and pack with the key and the certificate that sealed it.",
        )


def render(
    bundle: "Bundle",
    results: "Results",
    statements: "Statements",
    folder: Path,
    *,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    say: Say,
    signed_lies_there: bool = True,
    changes: "Changes | None" = None,
) -> RenderedParts:
    """Write results, changes, the signed report, workbook, page and the statements used into a folder.

    What must not be taken for a report yet is signed in memory alone (`signed_lies_there`).
    """
    from evidence.pack import layout
    from evidence.pack.write import PackPart
    from evidence.report import render_indexes, render_pdf, write_page, write_workbook
    from evidence.signing.pdf import sign_pdf

    facts = item_facts(bundle)
    files: dict[str, PackPart | bytes] = {}
    for kind, given in statements.given():
        path = folder / kind.file
        if not path.is_file():  # as where a run is taken up, which has looked at it
            publish(path, given.content)
        files[kind.file] = PackPart(path, given.used.sha256)
    publish(folder / layout.RESULTS, results.pieces())
    if changes:
        publish(folder / layout.CHANGES, changes.to_bytes())
        files[layout.CHANGES] = PackPart(folder / layout.CHANGES, sha256_of(folder / layout.CHANGES))
    logo = statements.logo.content if statements.logo else b""
    unsigned = render_pdf(bundle, results, facts, signer.identity, logo=logo, changes=changes)
    signed, lacks = with_optional_time_stamp(
        lambda found: sign_pdf(unsigned, signer, clock.now(), authority=found), authority, "The report", say
    )
    if signed_lies_there:
        publish(folder / layout.REPORT, signed)
    write_workbook(bundle, results, facts, folder / layout.APPENDICES)
    write_page(bundle, results, facts, folder / layout.PAGE, changes=changes)
    for name, content in render_indexes(bundle, results, unsigned):
        publish(folder / name, content)
        files[name] = PackPart(folder / name, hashlib.sha256(content).hexdigest())
    files |= {
        layout.RESULTS: PackPart(folder / layout.RESULTS, results.digest),
        layout.REPORT: PackPart(folder / layout.REPORT, hashlib.sha256(signed).hexdigest())
        if signed_lies_there
        else signed,
        **{
            name: PackPart(folder / name, sha256_of(folder / name))
            for name in (layout.APPENDICES, layout.PAGE)
        },
    }
    return RenderedParts(results, files, lacks)


def pack(
    bundle: "Bundle",
    rendered: RenderedParts,
    output: Output,
    *,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    say: Say,
    sealed: Mapping[str, bytes] | None = None,
) -> tuple[Output, tuple[str, ...]]:
    """Write the pack of what was rendered, as `write_pack`; return that, and all that lacks a time-stamp."""
    from evidence.bundle.format import strictjson
    from evidence.pack import layout, write_pack
    from evidence.report.versions import rendering_versions

    versions = strictjson.document(rendering_versions())
    parts: dict[str, PackPart | bytes] = {**rendered.files, layout.VERSIONS: versions}
    written, lacks = with_optional_time_stamp(
        lambda found: write_pack(
            bundle, parts, signer=signer, output=output, clock=clock, authority=found, sealed=sealed
        ),
        authority, "The pack", say,
    )  # fmt: skip
    return written, rendered.unstamped + lacks


def executor_of(settings: "Settings", say: Say) -> "Executor":
    """Return what opens the processes in which members' accounts are collected, beside the run's own."""
    from evidence.cluster.address import warning_of
    from evidence.cluster.dispatch import on_cluster
    from evidence.collect.processes import on_this_machine
    from evidence.settings.model import THREADS

    if settings.collect.executor == THREADS:
        return on_this_machine(settings)
    if warning := warning_of(settings.collect.executor):
        say(warning)
    return partial(on_cluster, settings, say)


def run(
    settings: "Settings",
    *,
    output: Path,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    progress: "Progress",
    attachments: Path | None,
    previous: str | None,
    say: Say,
    resume: bool = False,
    before: "Snapshot | None" = None,
) -> Delivery:
    """Collect, seal, test, render, pack, archive. Raises what the stages raise; what is there is complete.

    Management's statements are read first: a file that cannot be used ends the run before AWS is asked. With
    `resume` it goes on after the last stage that an earlier process has ended. `before` is the bundle whose
    digest is `previous`: what changed since then is written beside the new one.
    """
    from evidence.archive.place import open_chain
    from evidence.bundle import open_bundle
    from evidence.collect import collect
    from evidence.preflight import try_what_a_run_needs
    from evidence.resumption import (
        require_none_stopped,
        require_place,
        require_statements,
        sealed_bundle,
    )
    from evidence.statements.files import read_statements

    statements = read_statements(settings.accepted.paths)
    with (
        own_folder(output, fresh=not resume) as folder,
        open_chain(settings.archive, previous, None if resume else before, signer=signer) as (
            archive,
            follows,
        ),
    ):
        ended = None
        if resume:
            ended = sealed_bundle(folder)
        else:
            require_none_stopped(folder)
        try_what_a_run_needs(
            settings, folder, signer=signer, clock=clock, authority=authority, archive=archive,
            attachments=attachments, rendering=True, say=say,
        )  # fmt: skip
        sealed = ended or collect(
            settings,
            out=folder,
            clock=clock,
            signer=signer,
            progress=progress,
            attachments=attachments,
            follows=follows,
            authority=authority,
            resume=resume,
            executor=executor_of(settings, say),
        )
        stamped = None
        if ended:
            found = open_bundle(sealed)
            _require_same_signer(found, signer)
            require_place(found, follows)
            require_statements(folder, statements)
            stamped = found.time_stamp_of(TimeStampSubject.SEAL)
        seal_time = (stamped, ()) if stamped else time_stamp(sealed, authority, clock, say)
        bundle = open_bundle(sealed)  # the one check of a run: later stages trust what is open
        delivery = deliver(
            bundle, seal_time, folder, statements, signer=signer, authority=authority, clock=clock, say=say,
            resumed=ended is not None, before=before,
        )  # fmt: skip
        if archive is None:
            return delivery
        say("Adding the pack to the archive.")
        entry = archive.find(bundle.digest) or archive.add_written(delivery.pack, bundle, signer, clock)
        return replace(delivery, archived=entry)


def deliver(
    bundle: "Bundle",
    seal_time: tuple["VerifiedTimeStamp | None", tuple[str, ...]],
    folder: Path,
    statements: "Statements",
    *,
    signer: "Signer",
    authority: "TimeStampAuthority | None",
    clock: Clock,
    say: Say,
    resumed: bool = False,
    before: "Snapshot | None" = None,
) -> Delivery:
    """Test, render and pack a sealed bundle, which lies in `folder`; return what was left there.

    `seal_time` is what `time_stamp` gave. `resumed` keeps the pack that an earlier process made of it.
    """
    from evidence.pack import layout
    from evidence.resumption import take_up

    stamped, unstamped = seal_time
    say(f"Sealed {bundle.name}. Testing controls over the bundle.")
    answering = authority if stamped else None  # an authority that was silent once is not asked again
    packed = folder / f"{bundle.name}.zip"
    left = None
    if resumed:
        left = take_up(packed, bundle, statements, signer=signer, clock=clock, changes=before is not None)
    lacks: tuple[str, ...]
    if left:
        outcome, report = left
        lacks = (_UNSTAMPED,) if authority and not report.time_stamp_of(TimeStampSubject.PACK) else ()
    else:
        rendered = test_and_render(
            bundle, statements, folder, signer=signer, clock=clock, authority=answering, say=say,
            before=before,
        )  # fmt: skip
        outcome = rendered.outcome
        _, lacks = pack(
            bundle, rendered, packed, signer=signer, clock=clock, authority=answering, say=say
        )  # fmt: skip
    return Delivery(
        bundle=bundle.root,
        results=folder / layout.RESULTS,
        report=folder / layout.REPORT,
        appendices=folder / layout.APPENDICES,
        page=folder / layout.PAGE,
        pack=packed,
        changes=folder / layout.CHANGES if before else None,
        outcome=outcome,
        gaps=bundle.gaps,
        time_stamp=stamped,
        unstamped=unstamped + lacks,
    )
