"""Opens the packs of a period one at a time, in the order in which they were sealed, each verified first.

The archive's index is checked once, as a whole: signatures, order, links. A pack is verified when it is
opened and held against its entry. Whatever does not hold stops the report: nothing is left out quietly.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.archive.index import ArchiveEntry, SignedEntry
from evidence.archive.records import read_records, require_archive
from evidence.archive.renewals import hashes_of
from evidence.archive.store import ArchiveStore
from evidence.archive.verify import check_entry, check_line_signer
from evidence.bundle import Bundle
from evidence.bundle.format.chain import link_of
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.comparison import PackedResults, read_any, require_honest
from evidence.controls.catalogue import kind_of
from evidence.controls.declaration import BundleKind
from evidence.controls.engine import run_tests
from evidence.controls.recomputed import with_custom_results
from evidence.diff import take_snapshot
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, Finding, TimeStampSubject
from evidence.pack.any import verify_any
from evidence.period.model import PeriodBundle
from evidence.period.opened import OpenedPack, Period
from evidence.readers.organizations import accounts_left_out
from evidence.settings.model import SealedSettings
from evidence.signatures import trust
from evidence.statements.files import Statements

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = 3
_ADVICE = "`evidence verify --chain DIR` lists every finding; no report is made until it is clear why."


@dataclass(frozen=True, slots=True)
class Reading:
    """How the archive is read: whose signatures are expected, and what is told meanwhile."""

    now: datetime
    """For the validity of certificates; no result depends on it."""
    trusted: trust.Trust
    say: Callable[[str], None]


class PackSeries:
    """The packs of one scope that a period is reported from."""

    def __init__(self, store: ArchiveStore, reading: Reading, period: Period, scope: str | None) -> None:
        """Check the index. Raises UsageError for the scope, VerificationError for what does not hold."""
        self._store, self._reading, self._period = store, reading, period
        names = require_archive(store)
        self._records = records = read_records(store, reading.trusted, now=reading.now)
        signed, findings = records.signed, list(records.findings)
        self._signed = {one.entry.number: one for one in signed}
        for one in signed:
            findings += check_line_signer(one, None, reading.now, records)
        findings += records.check_signers(reading.now)
        findings += self._unlisted(signed, names)
        findings += (
            Finding(Code.CHAIN_INDEX, one.subject, "says a time without its zone")
            for one in signed
            if one.entry.sealed.tzinfo is None
        )
        _require(findings)
        self.scope = _scope([one.entry for one in signed], scope)
        self._entries = [one.entry for one in signed if one.entry.scope == self.scope]
        self.trusted = True
        """Every pack so far is sealed by whom the reader said to expect."""

    def read(
        self, take: Callable[[OpenedPack], None], review: Callable[[Bundle, PeriodBundle], None]
    ) -> None:
        """Hand over each bundle while its pack lies open.

        First the last collection before the period, where there is one. Raises VerificationError for a pack
        that is missing, does not verify, or is not what the index says.
        """
        inside = [one for one in self._entries if self._period.holds(one.sealed)]
        one_by_one = _PackReader(self, take, review)
        for entry in reversed([one for one in self._entries if one.sealed < self._period.start]):
            if one_by_one.open(entry, before=True):
                break
        for entry in inside:
            one_by_one.open(entry, before=False)

    @property
    def digests(self) -> frozenset[str]:
        """The digests of all bundles of the scope, by the archive's index."""
        return frozenset(one.digest for one in self._entries)

    def say(self, text: str) -> None:
        """Tell people."""
        self._reading.say(text)

    def verified(
        self,
        entry: ArchiveEntry,
        read: Callable[[Bundle, PackedResults | None, Statements], bool],
    ) -> bool:
        """Verify the pack of an entry, hold it against that, and return what `read` returns of it."""

        def take(bundle: Bundle, packed: PackedResults | None, stated: Statements) -> bool:
            _require(self._otherwise(self._signed[entry.number], bundle))
            return read(bundle, packed, stated)

        with self._opened(entry.file) as path:
            hashes = hashes_of(path, self._records.algorithms)
            if hashes["sha256"] != entry.sha256:
                _require([Finding(Code.CHANGED, entry.file, "is not the file that the index lists")])
            trusted = self._records.trust_in(entry.file, hashes)
            taken, judgement = read_any(path, take, now=self._reading.now, trusted=trusted)
        known = (OverallVerdict.AUTHENTIC, OverallVerdict.UNCHANGED)
        self.trusted = self.trusted and judgement.word in known
        return taken

    @contextmanager
    def _opened(self, name: str) -> Iterator[Path]:
        with ExitStack() as held:
            try:
                path = held.enter_context(self._store.opened(name))
            except FileNotFoundError as error:
                raise VerificationError(f"The archive lists {name}, which is not there.", _ADVICE) from error
            yield path

    def _otherwise(self, one: SignedEntry, bundle: Bundle) -> Iterator[Finding]:
        """Yield where an entry and the pack that it names do not agree."""
        if bundle.run.redacted_from:
            yield Finding(Code.CHAIN_INDEX, one.entry.file, "is a redacted copy, which stands in no chain")
        yield from check_entry(one, bundle.digest, link_of(bundle.run))
        yield from check_line_signer(one, bundle.signer, self._reading.now, self._records)

    def _unlisted(self, signed: Iterable[SignedEntry], names: Iterable[str]) -> Iterator[Finding]:
        """Yield the packs that lie there and are not in the index; redacted copies stand in no chain."""
        listed = {one.entry.file for one in signed}
        for name in names:
            if name in listed or not name.endswith(".zip"):
                continue
            with self._opened(name) as path:
                link = verify_any(path, now=self._reading.now).link
            if link and not link.redacted:
                sentence = "is not in the index: it was put there by other means, or its entry was taken out"
                yield Finding(Code.CHAIN_UNLISTED, name, sentence)


class _PackReader:
    """Numbers what is opened, and makes of each pack what gatherers take."""

    def __init__(
        self,
        series: PackSeries,
        take: Callable[[OpenedPack], None],
        review: Callable[[Bundle, PeriodBundle], None],
    ) -> None:
        self._series, self._take, self._review = series, take, review
        self._finished: datetime | None = None
        self._settings: Mapping[str, str] | None = None
        self._opened = 0

    def open(self, entry: ArchiveEntry, *, before: bool) -> bool:
        """Hand a bundle over; say whether it was. Of a review before the period nothing is taken."""

        def read(bundle: Bundle, packed: PackedResults | None, stated: Statements) -> bool:
            content = kind_of(bundle)
            if before and content is BundleKind.REVIEW:
                return False
            self._require_order(entry, bundle)
            self._opened += 1
            about = _about(bundle, entry, self._opened, content, before=before)
            said = f"{about.number}. {entry.file}: sealed {entry.sealed:%Y-%m-%d %H:%M}"
            self._series.say(f"{said}, before the period" if before else said)
            if content is BundleKind.REVIEW:
                self._review(bundle, about)
            else:
                self._take(self._tested(entry, about, bundle, packed, stated))
            return True

        return self._series.verified(entry, read)

    def _tested(
        self,
        entry: ArchiveEntry,
        about: PeriodBundle,
        bundle: Bundle,
        packed: PackedResults | None,
        stated: Statements,
    ) -> OpenedPack:
        results = run_tests(bundle, statements=stated)
        sealed = packed.sealed(results) if packed else None
        snapshot = take_snapshot(bundle, results, sealed)
        claimed = with_custom_results(bundle, results, sealed.results)[0] if sealed else results
        require_honest(Path(entry.file), snapshot, claimed)
        settings = {
            key: value
            for key, value in snapshot.settings.items()
            if key.partition(".")[0] in SealedSettings.model_fields
        }
        about = about.model_copy(update={"settings_differ": _differing(self._settings, settings)})
        self._settings = settings
        return OpenedPack(
            about.number, about, bundle, results, sealed.results if sealed else None, stated, snapshot
        )

    def _require_order(self, entry: ArchiveEntry, bundle: Bundle) -> None:
        """The index says which follows which; that none was begun before the last had ended shows here."""
        if self._finished and bundle.run.started < self._finished:
            sentence = "was begun before the bundle that it follows was complete"
            _require([Finding(Code.CHAIN_ORDER, entry.file, sentence)])
        self._finished = bundle.run.finished


def _scope(entries: Iterable[ArchiveEntry], given: str | None) -> str:
    scopes = list(dict.fromkeys(one.scope for one in entries))
    if given is not None:
        if given not in scopes:
            raise UsageError(
                f"The archive has no bundle of {given}.", f"It has those of {', '.join(scopes) or 'none'}."
            )
        return given
    if not scopes:
        raise UsageError("The archive is empty.", "`evidence run --archive DIR` puts packs into it.")
    if len(scopes) > 1:
        raise UsageError(
            f"The archive holds bundles of {len(scopes)} scopes.",
            f"Name one with --scope: {', '.join(scopes)}.",
        )
    return scopes[0]


def _require(findings: Iterable[Finding]) -> None:
    found = list(findings)
    if found:
        first = "; ".join(f"{one.subject} {one.sentence}" for one in found[:_NAMED])
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise VerificationError(f"The archive does not verify: {first}{more}.", _ADVICE)


def _about(
    bundle: Bundle, entry: ArchiveEntry, number: int, content: BundleKind, *, before: bool
) -> PeriodBundle:
    run, stamped = bundle.run, bundle.time_stamp_of(TimeStampSubject.SEAL)
    return PeriodBundle(
        number=number, bundle=run.bundle, digest=bundle.digest, pack=entry.file, pack_sha256=entry.sha256,
        content=content, before=before, sequence=run.sequence, started=_utc(run.started),
        finished=_utc(run.finished), signer=bundle.signer, stamped=_utc(stamped.time) if stamped else None,
        made_with=run.tool.version, accounts=len(run.accounts), left_out=len(accounts_left_out(bundle)),
        gaps=len(bundle.gaps), settings_differ=(),
    )  # fmt: skip


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _differing(before: "Mapping[str, str] | None", now: "Mapping[str, str]") -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(key for key in sorted(before.keys() | now.keys()) if before.get(key) != now.get(key))
