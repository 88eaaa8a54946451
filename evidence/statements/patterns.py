"""Matches the shell patterns in which management may name subjects, and tells those that name anything."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from string import ascii_lowercase, ascii_uppercase, digits

_WILDCARDS = frozenset("*?[")
_NAMES = ("q0w", "z-k/7_m")
"""Names without any likeness: only `*` takes both."""
_ARN_PARTS = 6


def is_pattern(subject: str) -> bool:
    """Say whether a subject may be a shell pattern."""
    return not _WILDCARDS.isdisjoint(subject)


def matches(pattern: str, subject: str) -> bool:
    """Say whether a pattern, or a subject itself, names a subject."""
    return pattern == subject or fnmatchcase(subject, pattern)


def takes_anything(pattern: str, subjects: Iterable[str]) -> bool:
    """Say whether a pattern takes whatever there could be: `*`, or all of the kind of one of `subjects`.

    `arn:aws:iam::*:user/*` takes every user of every account; with an account in it, it takes that one's.
    """
    if not is_pattern(pattern):
        return False
    kinds = {tuple(_stranger(subject, turned) for turned in _TURNED) for subject in subjects}
    return any(sum(fnmatchcase(one, pattern) for one in kind) > len(kind) / 2 for kind in (_NAMES, *kinds))


def _turned(step: int) -> dict[int, str]:
    """Return a table by which letters and digits become others, and all else stays."""
    return {
        ord(one): signs[(at + step) % len(signs)]
        for signs in (ascii_lowercase, ascii_uppercase, digits)
        for at, one in enumerate(signs)
    }


_TURNED = tuple(map(_turned, range(1, 10)))
"""Most of the strangers count: a class of signs may leave some out."""


def _stranger(subject: str, turned: dict[int, str]) -> str:
    """Return a subject of the same kind and form that is nobody's: other account, region and name."""
    parts = subject.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn":
        return subject.translate(turned)
    kind, slash, name = parts[5].partition("/")
    own = f"{kind}/{name.translate(turned)}" if slash else kind.translate(turned)
    return ":".join((*parts[:3], *(part.translate(turned) for part in parts[3:5]), own))
