"""Adds packs to an archive, wherever it lies, and lists them in order by its index.

Adding is atomic: the pack is there with all its bytes before the index names it, and the index is replaced
as a whole. Two runs of one scope exclude each other from the moment that the first knows its place.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from evidence.archive import index, succession
from evidence.archive.handing_over import require_turn
from evidence.archive.index import INDEX, ArchiveEntry, SignedEntry
from evidence.archive.records import require_archive
from evidence.archive.store import ArchiveStore, StateChangedError, StoredState, store_at
from evidence.archive.succession import HAND_OVERS
from evidence.bundle import Bundle
from evidence.bundle.format.chain import ChainPosition, link_of
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import ChainLink, VerificationReport
from evidence.pack import verify_pack
from evidence.signing.signer import Signer

_TRIES = 4
_ADD = "Make it with `evidence run --archive`, which takes its place from the archive."


class Archive:
    """One archive, open for adding. Claims end with `open_archive`."""

    def __init__(self, store: ArchiveStore, claims: ExitStack) -> None:
        self.store = store
        self._claims = claims
        self._claimed: set[str] = set()

    def entries(self) -> tuple[ArchiveEntry, ...]:
        """Return all entries, in order; raises VerificationError when the index is not in order."""
        return read_entries(self.store)

    def find(self, digest: str) -> ArchiveEntry | None:
        """Return the entry of a bundle's pack; raises as `entries`."""
        return next((entry for entry in self.entries() if entry.digest == digest), None)

    def claim(self, scope: str, signer: Signer | None = None) -> ChainPosition:
        """Return the place of the next bundle of a scope, and keep it until the archive is closed.

        `signer`: who will sign it, where that is known. Raises StorageError when another run has it,
        VerificationError when the index is not in order, or it is not the turn of this signer.
        """
        self._claim(scope)
        raw = self._index().content
        signed = _in_order(raw)
        if signer is not None:
            self._require_turn(raw, signed, scope, signer)
        return _next(_head(_entries_of(signed), scope))

    def _require_turn(self, raw: bytes, signed: Sequence[SignedEntry], scope: str, signer: Signer) -> None:
        """Raise VerificationError unless a signer may add behind the head of a scope."""
        handed = self.store.read(HAND_OVERS, succession.MAX_BYTES).content
        lines = raw.splitlines(keepends=True)
        require_turn(signed, succession.in_order(handed, lines, index.rebuilt_lines(signed)), scope, signer)

    def add(self, pack: Path, signer: Signer, clock: Clock) -> ArchiveEntry:
        """Copy a pack into the archive and sign its entry; return that.

        Raises VerificationError for a pack that does not verify, is not this signer's, does not follow the
        head of its scope, or is not by who may follow the head's signer; UsageError when it is there already,
        StorageError when it cannot be stored.
        """
        report = verify_pack(pack, now=clock.now())
        return self._add(pack, report.digest, _link(report, pack, signer), signer, clock)

    def add_written(self, pack: Path, bundle: Bundle, signer: Signer, clock: Clock) -> ArchiveEntry:
        """Add the pack that this process has just written of a bundle that it checked; raises as `add`."""
        return self._add(pack, bundle.digest, link_of(bundle.run), signer, clock)

    def _add(self, pack: Path, digest: str, link: ChainLink, signer: Signer, clock: Clock) -> ArchiveEntry:
        self._claim(link.scope)
        with self.store.locked("index", "Another run is adding a pack to the archive."):
            for _ in range(_TRIES):
                # A run on another machine may be faster: with its entry there, the next number is another.
                with suppress(StateChangedError):
                    return self._add_behind(pack, digest, link, signer, clock)
            return self._add_behind(pack, digest, link, signer, clock)

    def _add_behind(
        self, pack: Path, digest: str, link: ChainLink, signer: Signer, clock: Clock
    ) -> ArchiveEntry:
        state = self._index()
        raw, signed = state.content, _in_order(state.content)
        entries = _entries_of(signed)
        if any(entry.digest == digest for entry in entries):
            raise UsageError(f"{pack} is in the archive already.", "`evidence archive list` shows it.")
        place = _next(_head(entries, link.scope))
        _check_place(pack, link, place)
        self._require_turn(raw, signed, link.scope, signer)
        name = f"{link.bundle}.zip"
        entry = ArchiveEntry(
            number=len(entries) + 1,
            scope=link.scope,
            sequence=place.sequence or 1,
            bundle=link.bundle,
            digest=digest,
            previous=place.previous,
            sealed=link.finished,
            added=clock.now(),
            file=name,
            sha256=self.store.add(name, pack),
            before=index.digest(raw.splitlines(keepends=True)[-1]) if raw else None,
        )
        self.store.replace(INDEX, raw + index.sign_entry(entry, signer), state.version)
        return entry

    def _claim(self, scope: str) -> None:
        if scope not in self._claimed:
            busy = f"Another run for {scope} goes into this archive."
            self._claims.enter_context(self.store.locked(scope, busy))
            self._claimed.add(scope)

    def _index(self) -> StoredState:
        return self.store.read(INDEX, index.MAX_BYTES)


@contextmanager
def open_archive(where: Path | ArchiveStore) -> Iterator[Archive]:
    """Yield the archive in a folder or another store, which is made when absent; raises StorageError."""
    store = store_at(where) if isinstance(where, Path) else where
    store.prepare()
    with ExitStack() as claims:
        yield Archive(store, claims)


def list_entries(where: Path | ArchiveStore) -> tuple[ArchiveEntry, ...]:
    """Return the entries of an archive; raises UsageError when there is none, and as `read_entries`."""
    store = store_at(where) if isinstance(where, Path) else where
    require_archive(store)
    return read_entries(store)


def read_entries(store: ArchiveStore) -> tuple[ArchiveEntry, ...]:
    """Return the entries of an archive, none where there is no index; raises VerificationError when it is
    not in order.
    """
    return _entries_of(_in_order(store.read(INDEX, index.MAX_BYTES).content))


def _entries_of(signed: Sequence[SignedEntry]) -> tuple[ArchiveEntry, ...]:
    return tuple(one.entry for one in signed)


def _in_order(raw: bytes) -> list[SignedEntry]:
    signed, findings = index.read(raw)
    if findings:
        first = findings[0]
        raise VerificationError(
            f"The archive's index is not in order: {first.subject} {first.sentence}.",
            "`evidence archive verify` lists every finding; nothing is added until it is clear why.",
        )
    return signed


def _head(entries: tuple[ArchiveEntry, ...], scope: str) -> ArchiveEntry | None:
    return next((entry for entry in reversed(entries) if entry.scope == scope), None)


def _next(head: ArchiveEntry | None) -> ChainPosition:
    return ChainPosition(head.sequence + 1, head.digest) if head else ChainPosition(1)


def _link(report: VerificationReport, pack: Path, signer: Signer) -> ChainLink:
    if report.findings or report.link is None or report.signer is None:
        first = f": {report.findings[0].subject} {report.findings[0].sentence}" if report.findings else ""
        raise VerificationError(f"The pack {pack.name} does not verify{first}.")
    if report.signer.fingerprint != signer.fingerprint:
        raise VerificationError(
            f"The pack {pack.name} is signed by another identity.", "Add it with the key that signed it."
        )
    if report.link.redacted:
        raise UsageError(
            f"The pack {pack.name} is a redacted copy.",
            "An archive keeps what was collected: add the original.",
        )
    return report.link


def _check_place(pack: Path, link: ChainLink, place: ChainPosition) -> None:
    if link.previous != place.previous:
        raise VerificationError(
            f"The pack {pack.name} follows {link.previous or 'no bundle'}, where the archive's head for "
            f"{link.scope} is {place.previous or 'none'}.",
            _ADD,
        )
    if link.sequence not in (None, place.sequence):
        raise VerificationError(
            f"The pack {pack.name} is number {link.sequence} of {link.scope}, where number "
            f"{place.sequence} is next.",
            _ADD,
        )
