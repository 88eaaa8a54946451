"""Tells which permission sets of IAM Identity Center make administrators."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from evidence.policies.document import statements
from evidence.policies.power import Power, iam_power, power_of
from evidence.policies.role_documents import is_aws_managed
from evidence.readers import authorization_details
from evidence.readers.evidence import Evidence, joined_names, require_text
from evidence.readers.identity_center import ADMINISTRATOR, SETS, PermissionSet, permission_sets
from evidence.readers.pointer import Pointer
from evidence.readers.principals import ManagedPolicy
from evidence.readers.unreadable import MalformedEvidenceError, require_readable

_STRONG = (ADMINISTRATOR, ":iam::aws:policy/IAMFullAccess")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """A permission set, and whether it makes administrators."""

    arn: str
    name: str
    session: timedelta | None
    """SessionDuration; None when AWS gives none that can be read."""
    strong: bool | None
    """Administrator power; None when that cannot be told."""
    why: str
    """The policies that decide it."""
    pointer: Pointer


def judged_sets(evidence: Evidence) -> list[JudgedSet]:
    """Return every permission set, judged by the policies that the bundle's accounts describe.

    They are judged once for all who ask. Raises MalformedEvidenceError for a set or a policy that cannot be
    read.
    """
    return evidence.once_of(SETS, "", "judged", lambda: _judge_sets(evidence))


def _judge_sets(evidence: Evidence) -> list[JudgedSet]:
    described: dict[str, Power | None] = {}
    own: dict[str, Power | None] = {}
    complete = True
    for account in evidence.accounts:
        iam = authorization_details.read(evidence, account)
        complete = complete and not iam.odd("policy")
        for arn, policy in iam.policies.items():
            amount = _strength(policy) if isinstance(policy, ManagedPolicy) else None
            described[arn] = amount
            if not is_aws_managed(arn):
                path = arn.partition(":policy")[2]
                own[path] = _most(amount, own.get(path, amount))
    known = DescribedPowers(described, own, complete)
    return [_judged(one, known) for one in require_readable(permission_sets(evidence))]


@dataclass(frozen=True, slots=True)
class DescribedPowers:
    """What the managed policies that the bundle's accounts describe amount to; None where nobody can read."""

    by_arn: Mapping[str, Power | None]
    own: Mapping[str, Power | None]
    """The most that a customer's policy of a path and name amounts to in any account."""
    complete: bool
    """No record that may be a policy is unreadable."""


def _most(one: Power | None, other: Power | None) -> Power | None:
    """Return the greater power; of one that is not known, only that more than a condition is certain."""
    known = max((power for power in (one, other) if power is not None), default=None)
    if None in (one, other) and (known is None or known <= Power.CONDITIONAL):
        return None
    return known


def _judged(one: PermissionSet, known: DescribedPowers) -> JudgedSet:
    powers = dict(_powers(one, known))
    full = sorted(
        name for name, amount in powers.items() if amount is not None and amount > Power.CONDITIONAL
    )
    open_ = sorted(
        f"{name}, whose document cannot be read" if amount is None else name
        for name, amount in powers.items()
        if amount in (None, Power.CONDITIONAL)
    )
    return JudgedSet(
        arn=one.arn,
        name=one.name,
        session=_session(one.session),
        strong=True if full else None if open_ else False,
        why=joined_names(full or open_),
        pointer=one.pointer,
    )


def _powers(
    one: PermissionSet,
    known: DescribedPowers,
) -> Iterator[tuple[str, Power | None]]:
    """Yield each policy of a set and its power; None for one whose document is nowhere in the bundle."""
    for arn in one.managed:
        found = known.by_arn.get(arn, Power.LESS if known.complete else None)
        if arn.endswith(_STRONG) and (found is None or arn not in known.by_arn):
            found = Power.FULL  # AWS has policies of full power under these names, in every partition
        yield arn.rpartition("/")[2], found
    for name, path in one.customer:
        found = known.own.get(path)
        yield name, found if known.complete else _most(found, None)
    if one.inline:
        parsed = statements(one.inline)
        yield "inline policy", max(power_of(parsed), iam_power(parsed))


def _strength(policy: ManagedPolicy) -> Power:
    """Return how much of an administrator a policy makes: all of IAM is one call from it, as in PRIV-2."""
    return max(policy.power, policy.digest.iam)


def _session(said: str) -> timedelta | None:
    """Return a set's duration, None without one that can be read: it costs its own row."""
    try:
        return duration(said) if said else None
    except MalformedEvidenceError:
        return None


def duration(value: Any) -> timedelta:
    """Return an ISO 8601 duration of days, hours, minutes and seconds: `PT1H30M`.

    Raises MalformedEvidenceError for anything else; years and months have no fixed length.
    """
    match = _DURATION.fullmatch(require_text(value))
    if match is None or not any(match.groups()):
        raise MalformedEvidenceError(f"{value!r} is not a duration")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
