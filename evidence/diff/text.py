"""Tells people what changed: on the terminal, as Markdown, and as facts that the report prints."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.diff.conclusions import in_words
from evidence.diff.model import (
    BundleSide,
    ChangeEntry,
    ChangeReason,
    Changes,
    ChangeWord,
    ComparedBundle,
    EntryKind,
    KindCount,
    NotCompared,
    SubjectChange,
    TestChange,
)
from evidence.foreign import printable
from evidence.readers.evidence import joined_names, plural

PLURALS = {
    EntryKind.ACCOUNT: "accounts",
    EntryKind.ADMINISTRATOR: "administrators",
    EntryKind.USER: "IAM users",
    EntryKind.KEY: "keys and credentials",
    EntryKind.MFA: "MFA and passwords",
    EntryKind.ROLE: "roles",
    EntryKind.GROUP: "groups",
    EntryKind.TRUST: "trusts",
    EntryKind.POLICY: "own policies",
    EntryKind.PERSON: "people in Identity Center",
    EntryKind.MEMBERSHIP: "group memberships",
    EntryKind.PERMISSION_SET: "permission sets",
    EntryKind.ASSIGNMENT: "assignments",
    EntryKind.FINDING: "Access Analyzer findings",
    EntryKind.RULE: "Config rules",
    EntryKind.SETTING: "settings",
}
SIGNS = {ChangeWord.APPEARED: "+", ChangeWord.VANISHED: "-", ChangeWord.CHANGED: "~"}
_SAY_WHAT_THEY_ARE = frozenset({
    EntryKind.KEY, EntryKind.TRUST, EntryKind.MEMBERSHIP, EntryKind.ASSIGNMENT, EntryKind.SETTING,
})  # fmt: skip
"""Kinds whose names need no word before them."""
_SINGULARS = {EntryKind.MFA: "MFA and password of"}
SHOWN, SUBJECTS_SHOWN = 25, 5
"""Lines of a kind, and of a test, on the terminal; JSON and Markdown have all."""
_LONGEST = 200
_MARKUP = re.compile(r"\A[#+=-]|[\\`*_{}\[\]<>!|~&@$^]|:(?=//)")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What became of one kind of things: a line of a table."""

    kind: EntryKind
    title: str
    old: str
    """How many; with `+` behind, or `?` for none, where the bundle does not show all. `new` likewise."""
    new: str
    appeared: int
    vanished: int
    changed: int
    complete: bool
    """Only then is 'no change' said of the rest."""
    words: str
    """`2 appeared, 1 changed`, `no change`, `not known`; with `; not all can be said` where that is so."""


@dataclass(frozen=True, slots=True)
class ChangedTest:
    """A test that concludes otherwise, in words."""

    test: str
    title: str
    old: str
    new: str
    because: str
    subjects: tuple[str, ...]
    """Who is judged otherwise: as many as there is room for."""
    more: int
    members: tuple[SubjectChange, ...] = ()
    """The same, not in words yet, and all of them."""
    by_account: bool = False
    """Because of what is in the account, and of nothing else."""


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What the report prints of changes.json, all in plain words; who prints it escapes it."""

    old: ComparedBundle
    new: ComparedBundle
    days: int
    """From the end of the old collection to the end of the new one."""
    notes: tuple[str, ...]
    rows: tuple[ChangeRow, ...]
    """Every kind that either bundle has something of."""
    alike: Mapping[str, tuple[str, ...]]
    """Kinds in which nothing is seen to have changed, by what can be said of them."""
    conclusions: tuple[ChangedTest, ...]
    """By today's rules, what the account, a statement, a setting or a hole made different."""
    by_rule: tuple[ChangedTest, ...]
    """What was sealed otherwise: our rule changed, and not the account."""
    entries: tuple[str, ...]
    """The things of the kinds that matter most, one line each: up to SHOWN."""
    more: int
    not_compared: tuple[str, ...]
    """What cannot be said, one line each: up to SHOWN."""
    more_not_compared: int


_WHOLE = (ChangeWord.APPEARED, ChangeWord.VANISHED)
MATTERS = (EntryKind.ACCOUNT, EntryKind.ADMINISTRATOR, EntryKind.USER, EntryKind.MFA, EntryKind.TRUST)
"""Kinds whose things the report names one by one; of others it has the numbers."""


def change_facts(changes: Changes, most: int = SHOWN) -> ChangeFacts:
    """Return what the report prints of changes: a pure function of changes.json."""
    named = list(_that_matter(changes.entries))
    unsaid = not_compared_lines(changes.not_compared)
    rows = tuple(change_rows(changes.counts))
    still = [row for row in rows if not (row.appeared or row.vanished or row.changed)]
    return ChangeFacts(
        old=changes.old,
        new=changes.new,
        days=(changes.new.finished.date() - changes.old.finished.date()).days,
        notes=changes.notes,
        rows=rows,
        alike={
            words: tuple(row.title for row in still if row.words == words)
            for words in dict.fromkeys(row.words for row in still)
        },
        conclusions=tuple(_in_words(one, SUBJECTS_SHOWN) for one in changes.account_tests),
        by_rule=tuple(_by_rule(changes)),
        entries=tuple(map(entry_line, named[:most])),
        more=max(0, len(named) - most),
        not_compared=tuple(unsaid[:most]),
        more_not_compared=max(0, len(unsaid) - most),
    )


def _that_matter(entries: Sequence[ChangeEntry]) -> Iterator[ChangeEntry]:
    """Yield what is named one by one; a user that appeared or vanished once, and not for its password too."""
    whole = {(one.account, one.id) for one in entries if one.kind is EntryKind.USER and one.change in _WHOLE}
    for one in entries:
        if one.kind in MATTERS and not (one.kind is EntryKind.MFA and (one.account, one.id) in whole):
            yield one


def change_rows(counts: Iterable[KindCount]) -> Iterator[ChangeRow]:
    """Yield what became of each kind that either bundle has something of, or cannot show."""
    for one in counts:
        if one.old or one.new or not one.complete:
            yield ChangeRow(
                one.kind, PLURALS[one.kind], _number(one.old, one.old_complete),
                _number(one.new, one.new_complete), one.appeared, one.vanished, one.changed, one.complete,
                _counted(one),
            )  # fmt: skip


def _number(count: int, complete: bool) -> str:
    return str(count) if complete else f"{count}+" if count else "?"


def _counted(one: KindCount) -> str:
    numbers = ((one.appeared, "appeared"), (one.vanished, "vanished"), (one.changed, "changed"))
    said = ", ".join(f"{number} {word}" for number, word in numbers if number)
    if one.complete:
        return said or "no change"
    return f"{said}; not all can be said" if said else "no change seen; not all can be said"


def _in_words(one: TestChange, most: int) -> ChangedTest:
    lines = [_subject_line(one, at) for at in range(min(most, len(one.subjects)))]
    return ChangedTest(
        one.test, one.title, in_words(one.old), in_words(one.new), one.because, tuple(lines),
        max(0, len(one.subjects) - most), one.subjects,
        one.why == (ChangeReason.ACCOUNT,),
    )  # fmt: skip


def _by_rule(changes: Changes) -> Iterator[ChangedTest]:
    """Yield each test that was sealed otherwise: `old` as it was sealed, `new` by today's rules."""
    for test in changes.rule_tests:
        for one in test.sealed:
            because = f"sealed by evidence {one.made_with}, over the {one.side} bundle"
            yield ChangedTest(
                test.test, test.title, in_words(one.sealed), in_words(one.today), because, (), 0
            )


def _subject_line(test: TestChange, at: int) -> str:
    one = test.subjects[at]
    old, new = one.old or "not there", one.new or "not there"
    place = " ".join(filter(None, (one.account, one.region)))
    return f"{one.subject} ({place}): {old} → {new}; {one.observed}"


def entry_line(entry: ChangeEntry) -> str:
    """Return a change in one line: `~ user ann (123456789012, AIDA…): name anne → ann`."""
    place = ", ".join(filter(None, (entry.account, entry.region, entry.id)))
    kind = "" if entry.kind in _SAY_WHAT_THEY_ARE else f"{_SINGULARS.get(entry.kind, entry.kind)} "
    return f"{SIGNS[entry.change]} {kind}{entry.name} ({place}){_members(entry)}"


def _members(entry: ChangeEntry) -> str:
    if entry.old is not None and entry.new is not None:
        said = [f"{name} {_value(entry.old[name])} → {_value(entry.new[name])}" for name in entry.new]
    else:
        said = [f"{name} {_value(value)}" for name, value in (entry.new or entry.old or {}).items()]
    return f": {'; '.join(said)}" if said else ""


def _value(text: str) -> str:
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return short or "none"


def not_compared_lines(found: Iterable[NotCompared]) -> list[str]:
    """Return what cannot be said, a line for each reason: of which kinds, in which bundle, where."""
    alike: dict[tuple[str, tuple[str, ...]], list[NotCompared]] = {}
    for one in found:
        alike.setdefault((one.why.rstrip("."), one.where), []).append(one)
    return [_not_compared(why, where, ones) for (why, where), ones in alike.items()]


def _not_compared(why: str, where: tuple[str, ...], alike: Sequence[NotCompared]) -> str:
    kinds = joined_names(dict.fromkeys(PLURALS[one.kind] for one in alike), len(EntryKind))
    sides = {one.side for one in alike}
    show = f"the {min(sides)} bundle does not show all" if len(sides) == 1 else "neither bundle shows all"
    count = sum(one.things for one in alike)
    lost = f"; {plural(count, 'thing')} of the other cannot be compared" if count else ""
    place = f" ({joined_names(where, 3)})" if where else ""
    return f"{kinds}: {show}{place}: {why}{lost}"


def change_text(changes: Changes) -> str:
    """Return the form for the terminal; what is long is cut, and says so."""
    lines = [_head(BundleSide.OLD, changes.old), _head(BundleSide.NEW, changes.new), *changes.notes]
    width = max(map(len, PLURALS.values()))
    lines += ["", "What changed in the account:"]
    lines += [
        f"  {row.title:<{width}}  {row.old:>6} → {row.new:<6}  {row.words}"
        for row in change_rows(changes.counts)
    ]
    for kind in EntryKind:
        lines += _cut([f"  {entry_line(one)}" for one in changes.entries if one.kind is kind])
    lines += ["", "Conclusions that changed, both bundles by today's rules:"]
    lines += _tests(_in_words(one, SUBJECTS_SHOWN) for one in changes.account_tests) or ["  none"]
    lines += ["", "Sealed conclusions that today's rules do not draw (our rule changed, not the account):"]
    lines += _tests(_by_rule(changes)) or [_no_rule_changes(changes)]
    if changes.not_compared:
        lines += ["", "What cannot be said, which is neither a change nor none:"]
        lines += _cut([f"  {line}" for line in not_compared_lines(changes.not_compared)])
    return "\n".join(map(printable, lines))


def _no_rule_changes(changes: Changes) -> str:
    return "  none" if changes.old.made_with or changes.new.made_with else "  not known: no pack was given"


def _head(side: BundleSide, one: ComparedBundle) -> str:
    made = f", results of evidence {one.made_with}" if one.made_with else ""
    return f"{side.capitalize()}  {one.bundle}  {one.finished:%Y-%m-%d %H:%M} UTC  sha256:{one.digest}{made}"


def _tests(tests: Iterable[ChangedTest]) -> list[str]:
    lines: list[str] = []
    for said in tests:
        lines += [f"  {said.test:<9} {said.old} → {said.new}", f"            {said.because}"]
        lines += [f"            {line}" for line in said.subjects]
        if said.more:
            lines.append(f"            and {said.more} more: --json or --markdown")
    return lines


def _cut(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], f"  and {rest} more: --json or --markdown"] if rest > 0 else list(lines)


def change_markdown(changes: Changes) -> str:
    """Return all of it as Markdown, in which nothing of a bundle is markup."""
    lines = ["# What changed", ""]
    for side, one in ((BundleSide.OLD, changes.old), (BundleSide.NEW, changes.new)):
        lines.append(f"- {_plain(_head(side, one))}")
    lines += [f"- {_plain(note)}" for note in changes.notes]
    lines += ["", "## In the account", "", "| what | old | new | |", "|---|---|---|---|"]
    lines += [f"| {row.title} | {row.old} | {row.new} | {row.words} |" for row in change_rows(changes.counts)]
    for kind in EntryKind:
        entries = [one for one in changes.entries if one.kind is kind]
        if entries:
            lines += ["", f"### {_title(kind)}", ""]
            lines += [f"- {one.change}: {_plain(entry_line(one)[2:])}" for one in entries]
    lines += _test_section(
        "Conclusions that changed, both bundles by today's rules",
        [_in_words(one, len(one.subjects)) for one in changes.account_tests],
    )
    lines += _test_section(
        "Sealed conclusions that today's rules do not draw (our rule changed, not the account)",
        list(_by_rule(changes)),
    )
    lines += ["", "## What cannot be said, which is neither a change nor none", ""]
    lines += [f"- {_plain(line)}" for line in not_compared_lines(changes.not_compared)] or ["Nothing."]
    return "\n".join(lines) + "\n"


def _title(kind: EntryKind) -> str:
    return PLURALS[kind][0].upper() + PLURALS[kind][1:]


def _test_section(title: str, found: Sequence[ChangedTest]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if not found:
        yield "None."
    for one in found:
        said = f"{_plain(one.title)}: {_plain(one.old)} → {_plain(one.new)} ({_plain(one.because)})"
        yield f"- **{_plain(one.test)}** {said}"
        yield from (f"  - {_plain(line)}" for line in one.subjects)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", printable(text))
