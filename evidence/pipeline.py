"""Runs the stages in a row: collect, seal, test, render, pack, archive.

Each stage takes what the one before left and publishes its own file whole or not at all, so that a run that
dies leaves only finished stages behind; the remaining ones can be run on their own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evidence import storage
from evidence.clock import Clock
from evidence.errors import UsageError
from evidence.findings import TimeStampSubject
from evidence.storage import publish

if TYPE_CHECKING:
    from evidence.archive.folder import Archive
    from evidence.archive.index import ArchiveEntry
    from evidence.bundle.format.chain import Follows
    from evidence.bundle.format.seal import TimeStampAuthority
    from evidence.bundle.open import Bundle
    from evidence.collect.errand import Executor
    from evidence.collect.progress import Progress
    from evidence.controls.results import Results
    from evidence.findings import VerifiedTimeStamp
    from evidence.report.facts import ItemFacts
    from evidence.settings.model import Settings
    from evidence.signing.signer import Signer
    from evidence.statements.files import Statements

Made = TypeVar("Made")
Say = Callable[[str], None]
"""Tells people, on stderr."""

RESULTS = "results.json"
REPORT = "report.pdf"
APPENDICES = "appendices.xlsx"
EXCEPTIONS = "exceptions.toml"
ATTESTATIONS = "attestations.toml"
OUTPUTS = (RESULTS, REPORT, APPENDICES, EXCEPTIONS, ATTESTATIONS)
"""What a run leaves beside its bundle and its pack."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run left behind."""

    bundle: Path
    results: Path
    report: Path
    appendices: Path
    pack: Path
    outcome: "Results"
    gaps: int
    time_stamp: "VerifiedTimeStamp | None"
    """Of the seal."""
    unstamped: tuple[str, ...]
    """What an authority was asked to time-stamp and did not, one sentence each."""
    archived: "ArchiveEntry | None" = None
    """The pack's entry in the archive; its bundle is the head of its scope now."""

    def document(self) -> dict[str, Any]:
        """Return the machine form: where everything is, and what was concluded, in two sums."""
        from evidence.controls.totals import totals

        return {
            "bundle": str(self.bundle),
            "digest": self.outcome.bundle_digest,
            "results": str(self.results),
            "report": str(self.report),
            "appendices": str(self.appendices),
            "pack": str(self.pack),
            **{total.family.value: total.document() for total in totals(self.outcome.tests)},
            "lax_settings": [one.key for one in self.outcome.lax_settings],
            "contradicted": [one.id for one in self.outcome.tests if one.contradicted_by],
            "gaps": self.gaps,
            "time_stamp": self.time_stamp.time.isoformat() if self.time_stamp else None,
            "unstamped": list(self.unstamped),
            "archived": self.archived.model_dump(mode="json") if self.archived else None,
        }

    def _time(self) -> str:
        if self.time_stamp is None:
            return "NOT time-stamped: the time is the signer's claim"
        return f"sealed before {self.time_stamp.time:%Y-%m-%d %H:%M:%S} UTC, by {self.time_stamp.authority}"

    def text(self) -> str:
        """Return the form for people."""
        from evidence.controls.totals import totals
        from evidence.report.lax_settings import lax_headline

        lines = [
            *(
                f"{one.family.capitalize():<11} {one.tests}: {one.words}"
                for one in totals(self.outcome.tests)
            ),
            *(f"Laxer       {said}" for said in (lax_headline(self.outcome),) if said),
            *(
                f"Denied      {one.id}, attested, is contradicted by {', '.join(one.contradicted_by)}"
                for one in self.outcome.tests
                if one.contradicted_by
            ),
            f"Gaps        {self.gaps}",
            f"Time        {self._time()}",
            f"Bundle      {self.bundle}",
            f"Digest      {self.outcome.bundle_digest}",
            f"Results     {self.results}",
            f"Report      {self.report}",
            f"Appendices  {self.appendices}",
            f"Pack        {self.pack}",
        ]
        if self.archived:
            lines.append(f"Archived    {self.archived.text}")
        return "\n".join(lines)


def item_facts() -> tuple["ItemFacts", ...]:
    """Return what the report says about each evidence item, from the collectors' declarations."""
    from evidence.collectors.base import catalogue
    from evidence.report.facts import ItemFacts

    return tuple(
        ItemFacts(
            item=collector.item,
            title=collector.title,
            headline=collector.headline,
            operations=tuple(f"{operation.service}:{operation.name}" for operation in collector.operations),
            blind_spots=collector.blind_spots,
        )
        for collector in catalogue().values()
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


def render(
    bundle: "Bundle",
    results: "Results",
    folder: Path,
    *,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    say: Say,
) -> tuple[Path, Path, tuple[str, ...]]:
    """Write the signed PDF and the workbook into a folder; return their paths, and what the PDF lacks."""
    from evidence.report import render_pdf, write_workbook
    from evidence.signing.pdf import sign_pdf

    facts = item_facts()
    report, appendices = folder / REPORT, folder / APPENDICES
    unsigned = render_pdf(bundle, results, facts, signer.identity)
    signed, lacks = with_optional_time_stamp(
        lambda found: sign_pdf(unsigned, signer, clock.now(), authority=found), authority, "The report", say
    )
    publish(report, signed)
    write_workbook(bundle, results, facts, appendices)
    return report, appendices, lacks


@contextmanager
def open_chain(folder: Path | None, previous: str | None) -> Iterator[tuple["Archive | None", "Follows"]]:
    """Yield the archive, if one is given, and what tells a new bundle its place in the chain.

    Raises UsageError when an archive and a previous bundle are both given, StorageError for the folder.
    """
    from evidence.bundle.format.chain import follow_digest

    if folder is None:
        yield None, follow_digest(previous)
        return
    from evidence.archive.folder import open_archive

    if previous is not None:
        raise UsageError(
            "--previous and --archive exclude each other.", "The archive knows the bundle before."
        )
    with open_archive(folder) as archive:
        yield archive, archive.claim


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
) -> Delivery:
    """Collect, seal, test, render, pack, archive. Raises what the stages raise; what is there is complete.

    Management's statements are read first: a file that cannot be used ends the run before AWS is asked. With
    `resume` it goes on after the last stage that an earlier process has ended.
    """
    from evidence.bundle import open_bundle
    from evidence.collect import collect
    from evidence.resumption import require_own, sealed_bundle
    from evidence.statements.files import read_statements

    statements = read_statements(settings.accepted.exceptions, settings.accepted.attestations)
    with (
        storage.own_folder(output, fresh=not resume) as folder,
        open_chain(settings.archive.folder, previous) as (archive, follows),
    ):
        before = sealed_bundle(folder, OUTPUTS) if resume else None
        sealed = before or collect(
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
        if before:
            found = open_bundle(sealed)
            require_own(found, signer, follows)
            stamped = found.time_stamp_of(TimeStampSubject.SEAL)
        seal_time = (stamped, ()) if stamped else time_stamp(sealed, authority, clock, say)
        bundle = open_bundle(sealed)  # the one check of a run: later stages trust what is open
        delivery = _deliver(
            bundle, seal_time, folder, statements, signer=signer, authority=authority, clock=clock, say=say,
            resumed=before is not None,
        )  # fmt: skip
        if archive is None:
            return delivery
        say("Adding the pack to the archive.")
        entry = archive.find(bundle.digest) or archive.add_written(delivery.pack, bundle, signer, clock)
        return replace(delivery, archived=entry)


def _deliver(
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
) -> Delivery:
    """Test, render and pack a sealed bundle; `resumed` keeps the pack that an earlier process made of it."""
    from evidence.controls.engine import run_tests
    from evidence.pack import write_pack
    from evidence.resumption import clear, packed_before

    stamped, unstamped = seal_time
    say(f"Sealed {bundle.name}. Testing controls over the bundle.")
    exceptions, attestations = _keep(statements, folder)
    outcome = run_tests(bundle, statements=statements)
    results, report, appendices = folder / RESULTS, folder / REPORT, folder / APPENDICES
    pack = folder / f"{bundle.name}.zip"
    if resumed:
        kept = report.is_file() and appendices.is_file() and packed_before(
            pack, bundle, results, outcome.pieces(), signer=signer, clock=clock
        )  # fmt: skip
        if kept:
            if authority and not kept.time_stamp_of(TimeStampSubject.PACK):
                unstamped += ("The pack has no time-stamp.",)
            return Delivery(
                bundle.root, results, report, appendices, pack, outcome, len(bundle.gaps), stamped, unstamped
            )
        clear(folder, pack, (REPORT, APPENDICES, RESULTS))
    publish(results, outcome.pieces())
    say("Rendering the report and the appendices.")
    answering = authority if stamped else None  # an authority that was silent once is not asked again
    report, appendices, lacks = render(
        bundle, outcome, folder, signer=signer, clock=clock, authority=answering, say=say
    )
    unstamped += lacks
    pack, lacks = with_optional_time_stamp(
        lambda found: write_pack(
            bundle,
            report=report,
            appendices=appendices,
            results=results,
            exceptions=exceptions,
            attestations=attestations,
            signer=signer,
            output=pack,
            clock=clock,
            authority=found,
        ),
        answering, "The pack", say,
    )  # fmt: skip
    unstamped += lacks
    return Delivery(
        bundle.root, results, report, appendices, pack, outcome, len(bundle.gaps), stamped, unstamped
    )


def _keep(statements: "Statements", folder: Path) -> tuple[Path | None, Path | None]:
    """Leave the statements that were used, byte by byte, beside the results; return their paths.

    Raises UsageError where others lie there, of the run that is taken up: they are management's.
    """
    kept: list[Path | None] = []
    for name, given in ((EXCEPTIONS, statements.exceptions), (ATTESTATIONS, statements.attestations)):
        path = folder / name
        if path.exists() and (given is None or path.read_bytes() != given.content):
            raise UsageError(
                f"{path} is not the file that is given with --{path.stem}.",
                "Go on with the same file, or move that one away.",
            )
        if given and not path.exists():
            publish(path, given.content)
        kept.append(path if given else None)
    return kept[0], kept[1]
