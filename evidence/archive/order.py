"""Checks whether bundles form chains: a pure function of what each says about itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.findings import ChainLink, Code, Finding


@dataclass(frozen=True, slots=True)
class ChainMember:
    """One bundle that verifies, where it was found, and what it says about its place."""

    file: str
    """The name of the pack or the bundle's folder."""
    digest: str
    signer: str
    """SHA-256 of the signer's certificate (DER)."""
    link: ChainLink


def check(found: Sequence[ChainMember]) -> Iterator[Finding]:
    """Yield what keeps the bundles from being one chain for each scope.

    A chain is a first bundle that names none before it, and from there each bundle named by exactly one
    other, until the head that none names.
    """
    yield from _duplicates(found)
    by_digest = {placed.digest: placed for placed in found}
    unique = list(by_digest.values())
    yield from _forks(unique)
    for placed in unique:
        if placed.link.previous is not None:
            yield from _step(placed, by_digest)
        elif placed.link.sequence not in (None, 1):
            sentence = f"is number {placed.link.sequence} and names none before it"
            yield Finding(Code.CHAIN_ORDER, placed.file, sentence)


def chains(found: Sequence[ChainMember]) -> dict[str, tuple[ChainMember, ...]]:
    """Return the bundles by scope, each scope's in the order of their links, then of their times."""
    by_digest = {placed.digest: placed for placed in found}
    depths: dict[str, int] = {}
    for placed in by_digest.values():
        _measure_depth(placed, by_digest, depths)
    ordered = sorted(
        by_digest.values(), key=lambda one: (one.link.scope, depths[one.digest], one.link.started, one.file)
    )
    scopes = dict.fromkeys(placed.link.scope for placed in ordered)
    return {scope: tuple(one for one in ordered if one.link.scope == scope) for scope in scopes}


def _measure_depth(placed: ChainMember, by_digest: Mapping[str, ChainMember], depths: dict[str, int]) -> None:
    """Count the bundles before this one; a digest cannot be named before it exists, so that this ends."""
    line = [placed]
    while (before := by_digest.get(str(line[-1].link.previous))) and before.digest not in depths:
        if len(line) > len(by_digest):
            break
        line.append(before)
    depth = depths[before.digest] + 1 if before and before.digest in depths else 0
    for further, one in enumerate(reversed(line)):
        depths[one.digest] = depth + further


def _duplicates(found: Sequence[ChainMember]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for placed in found:
        if placed.digest in seen:
            sentence = f"holds the same bundle as {seen[placed.digest]}"
            yield Finding(Code.CHAIN_DUPLICATE, placed.file, sentence)
        seen.setdefault(placed.digest, placed.file)


def _forks(found: Sequence[ChainMember]) -> Iterator[Finding]:
    followed = Counter((placed.link.scope, placed.link.previous) for placed in found)
    for (scope, previous), count in followed.items():
        if count > 1:
            names = sorted(
                placed.file
                for placed in found
                if (placed.link.scope, placed.link.previous) == (scope, previous)
            )
            what = f"all follow {previous}" if previous else f"all claim to be the first of {scope}"
            yield Finding(Code.CHAIN_FORK, names[0], f"and {', '.join(names[1:])} {what}")


def _step(placed: ChainMember, by_digest: Mapping[str, ChainMember]) -> Iterator[Finding]:
    """Yield what is wrong between a bundle and the one it names."""
    link = placed.link
    before = by_digest.get(str(link.previous))
    if before is None:
        yield Finding(Code.CHAIN_GAP, placed.file, f"follows {link.previous}, which is not there")
        return
    if before.link.scope != link.scope:
        sentence = f"is of {link.scope} and follows {before.file}, which is of {before.link.scope}"
        yield Finding(Code.CHAIN_SCOPE, placed.file, sentence)
    if link.started < before.link.finished:
        sentence = f"was begun before {before.file}, which it follows, was complete"
        yield Finding(Code.CHAIN_ORDER, placed.file, sentence)
    number, earlier = link.sequence, before.link.sequence
    if number is not None and earlier is not None and number != earlier + 1:
        sentence = f"is number {number} and follows number {earlier}"
        yield Finding(Code.CHAIN_ORDER, placed.file, sentence)
