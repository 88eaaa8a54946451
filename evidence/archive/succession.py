"""Reads and writes an archive's hand-overs: who signs after whom, said by the one before.

A line is `{"hand_over": {…}, "signature": "…", "time_stamp": "…" or null}`: the signature is CMS over the
hand-over as a compact JSON line, in base64, and the time-stamp, where an authority gave one, is over that
signature. It names the index as it was, so that it stands between two of its lines. Whoever lost the old key
signs with the new one: that vouches for nothing, and a reader has to trust both.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from cryptography import x509
from pydantic import Field, ValidationError

from evidence.archive.lines import decode, parse_line
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import BundleModel, Sha256
from evidence.bundle.format.seal import SealSigner, TimeStampAuthority
from evidence.errors import VerificationError
from evidence.findings import Code, Finding, TimeStampSubject
from evidence.signatures import cms, trust
from evidence.wrong_values import in_words

HAND_OVERS = "hand-overs.jsonl"
MAX_BYTES = 16 * 1024 * 1024


class HandOver(BundleModel):
    """One signer names the next."""

    number: Annotated[int, Field(ge=1)]
    """The line in the file."""
    old: Sha256
    """SHA-256 of the certificate (DER) that signed until now."""
    new: Sha256
    """SHA-256 of the certificate (DER) that signs from now on."""
    lost: bool
    """The old key is lost: this is signed by the new one, and vouches for nothing."""
    made: datetime
    """From when, by the clock of whoever signed."""
    entries: Annotated[int, Field(ge=0)]
    """How many lines the archive's index had: what comes after is the new signer's."""
    head: Sha256 | None
    """SHA-256 of the last of these lines, newline included; null where there was none."""
    before: Sha256 | None
    """SHA-256 of the line above this one, newline included; null for the first."""

    @property
    def text(self) -> str:
        """The hand-over for people, on one line."""
        by = "by the new signer alone, as the old key is lost" if self.lost else "by the old signer"
        return f"Handed over on {self.made:%Y-%m-%d}, {by}: from {self.old} to {self.new}."


class _HandOverLine(BundleModel):
    hand_over: HandOver
    signature: str
    time_stamp: str | None


@dataclass(frozen=True, slots=True)
class SignedHandOver:
    """A line whose signature holds, by the key that has to have made it; whether to trust it is open."""

    hand_over: HandOver
    signature: cms.Signature
    signed: bytes
    """The signature (DER), which the time-stamp is over."""
    time_stamp: bytes | None

    @property
    def subject(self) -> str:
        """The line, as findings name it."""
        return f"{HAND_OVERS}:{self.hand_over.number}"


@dataclass(frozen=True, slots=True)
class Succession:
    """Who may have signed which entries of the index."""

    hand_overs: tuple[SignedHandOver, ...] = ()

    def successor_of(self, fingerprint: str) -> HandOver | None:
        """Return the hand-over by which somebody stopped signing."""
        found = (one.hand_over for one in self.hand_overs)
        return next((one for one in found if one.old == fingerprint), None)

    def leads(self, old: str, new: str) -> bool:
        """Say whether hand-overs lead from one signer to another, or both are one."""
        while old != new:
            found = self.successor_of(old)
            if found is None:
                return False
            old = found.new
        return True

    def wrong_at(self, fingerprint: str, entry: int) -> str:
        """Return why somebody may not have signed an entry (from 1) of the index; empty where he may."""
        left = self.successor_of(fingerprint)
        if left is not None and entry > left.entries:
            return f"is signed by an identity that handed over on {left.made:%Y-%m-%d}"
        came = next((one.hand_over for one in self.hand_overs if one.hand_over.new == fingerprint), None)
        if came is not None and entry <= came.entries:
            return f"is signed by an identity that took over later, on {came.made:%Y-%m-%d}"
        return ""

    def wrong_in_rebuilt(self, fingerprint: str, moment: datetime) -> str:
        """Return why somebody may not have rebuilt a line at a moment; empty where he may."""
        left = self.successor_of(fingerprint)
        if left is not None and moment > left.made:
            return f"is signed by an identity that handed over on {left.made:%Y-%m-%d}"
        return ""


def sign_hand_over(
    hand_over: HandOver, signer: SealSigner, authority: TimeStampAuthority | None = None
) -> bytes:
    """Return the line of a hand-over; raises SigningError, and AuthorityError where one is asked."""
    members = hand_over.model_dump(mode="json")
    signed = signer.seal(strictjson.line(members), hand_over.made)
    answer = base64.b64encode(authority.stamp(signed)).decode() if authority else None
    text = base64.b64encode(signed).decode()
    return strictjson.line({"hand_over": members, "signature": text, "time_stamp": answer})


def read(
    data: bytes, index_lines: Sequence[bytes], rebuilt: int = 0
) -> tuple[list[SignedHandOver], list[Finding]]:
    """Return the lines that hold, and the findings against the others.

    `index_lines` are the index's, of which the first `rebuilt` were written again: a hand-over from before
    names one of them by a hash that nothing has any more, and is held against their number alone.
    """
    if len(data) > MAX_BYTES:
        return [], [Finding(Code.HAND_OVER, HAND_OVERS, f"is larger than {MAX_BYTES} bytes")]
    held: list[SignedHandOver] = []
    findings: list[Finding] = []
    before: str | None = None
    for number, raw in enumerate(data.splitlines(keepends=True), start=1):
        subject = f"{HAND_OVERS}:{number}"
        try:
            found = _read_line(raw)
        except ValueError as error:
            findings.append(Finding(Code.HAND_OVER, subject, str(error)))
        else:
            wrong = [*_unbound(found, number, before, index_lines, rebuilt), *_circular(found, held)]
            findings += (Finding(Code.HAND_OVER, subject, sentence) for sentence in wrong)
            held += [] if wrong else [found]
        before = hashlib.sha256(raw).hexdigest()
    return held, findings


def in_order(data: bytes, index_lines: Sequence[bytes], rebuilt: int = 0) -> Succession:
    """Return the succession, whoever is trusted; raises VerificationError where a line does not hold.

    `index_lines` and `rebuilt` as of `read`.
    """
    held, findings = read(data, index_lines, rebuilt)
    if findings:
        raise VerificationError(
            f"The archive's hand-overs are not in order: {findings[0].subject} {findings[0].sentence}.",
            "`evidence verify --chain` lists every finding; nothing is added until it is clear why.",
        )
    return Succession(tuple(held))


def may_follow(line_of_signers: Succession, before: x509.Certificate, after: x509.Certificate) -> bool:
    """Say whether one signer may follow another in a scope: the same key, or handed over to."""
    if before.public_key() == after.public_key():
        return True
    return line_of_signers.leads(cms.fingerprint(before), cms.fingerprint(after))


def _read_line(raw: bytes) -> SignedHandOver:
    """Return a line; raises ValueError, one clause."""
    value = parse_line(raw)
    try:
        parsed = _HandOverLine.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise ValueError(f"is not a hand-over: {in_words(error.errors()[0])}") from error
    signed = decode(parsed.signature, "a member")
    try:
        signature = cms.check(signed, strictjson.line(value["hand_over"]))
    except cms.CmsError as error:
        raise ValueError(f"is not signed: {error}") from error
    said = parsed.hand_over
    if cms.fingerprint(signature.certificate) != (said.new if said.lost else said.old):
        raise ValueError("is signed by another identity than the one that hands over")
    if signature.signing_time != said.made.replace(microsecond=0):
        raise ValueError("is signed at another time than it says")
    answer = decode(parsed.time_stamp, "a member") if parsed.time_stamp is not None else None
    return SignedHandOver(said, signature, signed, answer)


def _unbound(
    found: SignedHandOver, number: int, before: str | None, index_lines: Sequence[bytes], rebuilt: int
) -> Iterator[str]:
    """Yield what keeps a line from its place, among its kind and in the index."""
    said = found.hand_over
    if said.number != number:
        yield f"says that it is line {said.number}"
    if said.before != before:
        yield "does not name the line above it: one was changed, taken out or put in"
    heads = [hashlib.sha256(line).hexdigest() for line in index_lines[: said.entries][-1:]]
    other = said.head != (heads[0] if heads else None) and said.entries > rebuilt
    if said.entries > len(index_lines) or other:
        yield f"names a head that is not line {said.entries} of the index"


def _circular(found: SignedHandOver, held: Sequence[SignedHandOver]) -> Iterator[str]:
    """Yield where a signer hands over that has done so, or somebody comes back who was there before."""
    said = found.hand_over
    olds = {one.hand_over.old for one in held}
    if said.old in olds:
        yield "is by a signer that had handed over before"
    if said.new in olds or said.new == said.old:
        yield "goes back to a signer that had handed over: that is a circle"
    if held and said.entries < held[-1].hand_over.entries:
        yield "names an older state of the index than the line above it"


def check_times(line_of_signers: Succession, added: Mapping[int, datetime]) -> Iterator[Finding]:
    """Yield each hand-over that was not made between the two lines of the index between which it stands.

    `added`: when each line, from 1, was added.
    """
    for one in line_of_signers.hand_overs:
        said = one.hand_over
        before, after = added.get(said.entries), added.get(said.entries + 1)
        if (before and said.made < before - trust.SKEW) or (after and said.made > after + trust.SKEW):
            sentence = f"was made on {said.made:%Y-%m-%d}, out of its place in the index"
            yield Finding(Code.HAND_OVER, one.subject, sentence)


def judge(
    held: Sequence[SignedHandOver],
    trusted: trust.Trust | None,
    *,
    now: datetime,
    moments: Sequence[datetime | None],
) -> tuple[Succession, trust.Trust | None, list[Finding]]:
    """Return the succession, the reader's trust with whom it leads to, and the findings.

    `moments`: by when each line was there, where a renewal shows it. A hand-over counts where who signed it
    is trusted, or was named by such a one; and within the time of his certificate.
    """
    kept: list[SignedHandOver] = []
    findings: list[Finding] = []
    for one, existed in zip(held, moments, strict=True):
        then = replace(trusted, existed=existed) if trusted else None
        stamped, against_time = trust.check_time_stamp(
            one.time_stamp, one.signed, TimeStampSubject.HAND_OVER, then,
            now=now, subject=one.subject, expected=False,
        )  # fmt: skip
        _, against = trust.judge(
            one.signature, then, now=now, claimed=one.signature.signing_time, subject=one.subject,
            stamped=stamped,
        )  # fmt: skip
        wrong = [*against_time, *against]
        if not one.hand_over.lost and trusted and not wrong:
            trusted = replace(trusted, successors=(*trusted.successors, one.hand_over.new))
        findings += wrong
        kept += [] if wrong else [one]
    return Succession(tuple(kept)), trusted, findings
