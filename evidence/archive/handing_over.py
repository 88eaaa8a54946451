"""Hands an archive over from one signer to the next, and says whose turn it is."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from evidence.archive import index, succession
from evidence.archive.index import INDEX, SignedEntry
from evidence.archive.store import ArchiveStore
from evidence.archive.succession import HAND_OVERS, HandOver, Succession
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.signatures import cms
from evidence.signatures.trust import Trust
from evidence.signing.signer import Signer

_HOW = (
    "Let the old key hand over: `evidence archive hand-over --to NEW.pem`. Is it lost, the new one does: "
    "`evidence archive hand-over --lost FINGERPRINT` (docs/long-term.md)."
)


def require_turn(
    signed: Sequence[SignedEntry], line_of_signers: Succession, scope: str, signer: Signer
) -> None:
    """Raise VerificationError unless a signer may add an entry behind the head of a scope."""
    wrong = line_of_signers.wrong_at(signer.fingerprint, len(signed) + 1)
    if wrong:
        raise VerificationError(f"The next pack of {scope} {wrong}.", "Sign with the key that took over.")
    head = next((one for one in reversed(signed) if one.entry.scope == scope), None)
    if head and not succession.may_follow(line_of_signers, head.signature.certificate, signer.certificate):
        fingerprint = cms.fingerprint(head.signature.certificate)
        raise VerificationError(
            f"The head of {scope} in this archive is signed by another identity, SHA-256 {fingerprint}.",
            _HOW,
        )


def hand_over(
    store: ArchiveStore,
    to: x509.Certificate,
    signer: Signer,
    clock: Clock,
    authority: TimeStampAuthority | None,
) -> HandOver:
    """Have a signer name the one who signs from now on; return what was added.

    Raises UsageError for a certificate that may not sign, where there is no archive, or where the signer
    handed over before; VerificationError where it has signed nothing here; SigningError, AuthorityError and
    StorageError.
    """
    _require_fit(to, clock.now())
    return _add(store, signer, clock, authority, old=signer.fingerprint, new=cms.fingerprint(to), lost=False)


def take_over(
    store: ArchiveStore, lost: Trust, signer: Signer, clock: Clock, authority: TimeStampAuthority | None
) -> HandOver:
    """Have a new signer go on for the one that `lost` names; return what was added. Raises as `hand_over`.

    It vouches for nothing: a reader has to trust both.
    """
    old = (*lost.fingerprints, *map(cms.fingerprint, lost.certificates))[0]
    return _add(store, signer, clock, authority, old=old, new=signer.fingerprint, lost=True)


def _require_fit(certificate: x509.Certificate, now: datetime) -> None:
    unfit = cms.unfit_key(certificate.public_key())
    if unfit is None and not cms.may_sign(certificate):
        unfit = "its key usage does not allow signing"
    if unfit is None and now > certificate.not_valid_after_utc:
        unfit = f"it ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if unfit:
        raise UsageError(f"The certificate given with --to cannot sign packs: {unfit}.", "Name another.")


def _add(
    store: ArchiveStore,
    signer: Signer,
    clock: Clock,
    authority: TimeStampAuthority | None,
    *,
    old: str,
    new: str,
    lost: bool,
) -> HandOver:
    with store.locked("index", "Another run is adding to the archive."):
        raw = store.read(INDEX, index.MAX_BYTES).content
        lines = raw.splitlines(keepends=True)
        if not lines:
            raise UsageError(
                f"There is no archive in {store.location}, or nothing in it.",
                "Name its place with --archive.",
            )
        store.prepare()
        state = store.read(HAND_OVERS, succession.MAX_BYTES)
        signed, _ = index.read(raw)
        rebuilt = index.rebuilt_lines(signed)
        line_of_signers = succession.in_order(state.content, lines, rebuilt)
        if (done := line_of_signers.successor_of(old)) is not None:
            raise UsageError(
                f"SHA-256 {old} handed over already, on {done.made:%Y-%m-%d}, to {done.new}.",
                "Sign with the key that took over: it may hand over in its turn.",
            )
        above = state.content.splitlines(keepends=True)
        said = HandOver(
            number=len(above) + 1,
            old=old,
            new=new,
            lost=lost,
            made=clock.now(),
            entries=len(lines),
            head=hashlib.sha256(lines[-1]).hexdigest(),
            before=hashlib.sha256(above[-1]).hexdigest() if above else None,
        )
        _require_signed(signed, old, line_of_signers)
        line = succession.sign_hand_over(said, signer, authority)
        succession.in_order(state.content + line, lines, rebuilt)  # a circle is refused, not written
        store.replace(HAND_OVERS, state.content + line, state.version)
    return said


def _require_signed(signed: Sequence[SignedEntry], old: str, line_of_signers: Succession) -> None:
    """Refuse a hand-over by somebody whom nothing in the archive is by."""
    signers = {cms.fingerprint(one.signature.certificate) for one in signed}
    signers |= {one.hand_over.new for one in line_of_signers.hand_overs}
    if old not in signers:
        raise VerificationError(
            f"Nothing in this archive is signed by SHA-256 {old}, which would hand over.",
            "Name the key that signed until now: `evidence verify --chain` prints who signed what.",
        )
