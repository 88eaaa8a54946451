"""Adds a time-stamp to a sealed bundle, beside the seal: nothing that was sealed is touched."""

from datetime import datetime
from pathlib import Path

from evidence import storage
from evidence.bundle.format import seal
from evidence.bundle.verify.bundle import check_bundle
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, TimeStampSubject, VerifiedTimeStamp
from evidence.signatures import trust


def check_and_stamp(
    bundle: Path, authority: seal.TimeStampAuthority, *, now: datetime, replace: bool = False
) -> VerifiedTimeStamp:
    """Check a bundle, have its seal time-stamped, and return the time-stamp.

    One that holds is kept, as a later one would show less; `replace` takes the place of one that does not.
    Raises UsageError when there is one, VerificationError when the bundle does not verify without it, and
    what `stamp` raises.
    """
    report = check_bundle(bundle, now=now)
    about_it = [one for one in report.findings if one.subject == seal.TIME_STAMP]
    others = [one for one in report.findings if one not in about_it and one.code is not Code.TIME]
    if others:
        raise VerificationError(f"{bundle} does not verify: {others[0].subject} {others[0].sentence}.")
    if report.ok and report.time_stamp_of(TimeStampSubject.SEAL):
        raise UsageError(f"{bundle} has a time-stamp already.", "A later one would only show less.")
    if not report.ok and not replace:
        first = report.findings[0]
        raise UsageError(
            f"{bundle}: {first.subject} {first.sentence}.", "Put a new one there with --replace."
        )
    return stamp(bundle, authority, now=now)


def stamp(bundle: Path, authority: seal.TimeStampAuthority, *, now: datetime) -> VerifiedTimeStamp:
    """Have the seal of a bundle time-stamped; the file appears whole or not at all.

    Raises AuthorityError when no time-stamp is to be had, StorageError when it cannot be kept.
    """
    target = bundle / seal.TIME_STAMP
    answer, stamped = stamp_of((bundle / seal.SIGNATURE).read_bytes(), authority, now=now)
    # A leftover inside the folder would be a file that no manifest lists.
    with storage.replacing(target, staging=bundle.parent / f".{bundle.name}.tsr.partial") as file:
        file.write(answer)
    return stamped


def stamp_of(
    signature: bytes, authority: seal.TimeStampAuthority, *, now: datetime
) -> tuple[bytes, VerifiedTimeStamp]:
    """Return an authority's answer over a seal, and what it says. Raises AuthorityError."""
    answer = authority.stamp(signature)
    stamped, findings = trust.check_time_stamp(
        answer, signature, TimeStampSubject.SEAL, None, now=now, subject=seal.TIME_STAMP
    )
    if stamped is None or findings:
        raise VerificationError(f"The time-stamp {findings[0].sentence}.")
    return answer, stamped
