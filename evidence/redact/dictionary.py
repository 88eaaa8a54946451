"""Maps every original value to its pseudonym, and says where it may be replaced.

A value that is one of the ordinary words (a user called `admin` or `backup`; vocabulary.py) cannot be told
from that word in running text. It is replaced where the place itself says that it is a person, and nowhere
else; all others are replaced everywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from evidence.file_names import safe_name
from evidence.records import ValueKind
from evidence.redact.matcher import TextMatcher
from evidence.redact.pseudonyms import SHAPED, WORDS, Pseudonyms
from evidence.redact.spelling import folded, spellings_of

NEVER = frozenset({
    "", "*", "root", "<root_account>", "n/a", "none", "null", "anonymous", "hidden_due_to_security_reasons",
})  # fmt: skip
"""What stands where a person's name would and is none (folded)."""
_KINDS = {kind: rank for rank, kind in enumerate(ValueKind)}
_LETTERS, _SHORTEST = 3, 4


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """One value and its pseudonym."""

    kind: ValueKind
    original: str
    pseudonym: str
    everywhere: bool
    """Replaced in running text too, not only where the place says what it is."""


@dataclass
class Dictionary:
    """Filled while a bundle is read (`add`), then closed (`close`) and asked (`get`)."""

    pseudonyms: Pseudonyms
    _kinds: dict[str, ValueKind] = field(default_factory=dict)
    _spellings: dict[str, set[str]] = field(default_factory=dict)
    _entries: dict[str, DictionaryEntry] = field(default_factory=dict)

    def add(self, kind: ValueKind, value: str) -> None:
        """Note a value that must not be shown."""
        fold = folded(value)
        if fold in NEVER:
            return
        if kind not in SHAPED and "@" in value.strip("@") and "." in value.rpartition("@")[2].strip("."):
            kind = ValueKind.MAIL
        known = self._kinds.get(fold)
        if known is None or _KINDS[kind] < _KINDS[known]:
            self._kinds[fold] = kind
        self._spellings.setdefault(fold, set()).add(value)

    def close(self, words: Iterable[str]) -> None:
        """Give out pseudonyms; `words` are texts in which no occurrence of a value means a person."""
        words = list(words)
        common = self._common(words)
        for fold, kind in self._kinds.items():
            original = min(self._spellings[fold])
            self._entries[fold] = DictionaryEntry(
                kind=kind,
                original=original,
                pseudonym=self.pseudonyms.of(kind, original, self._kinds),
                everywhere=kind in SHAPED or (_telling(kind, original) and fold not in common),
            )

    def _common(self, words: list[str]) -> set[str]:
        """Return the folded values that occur in the texts; a longer one may hide a shorter, so ask again."""
        left = {fold for fold, kind in self._kinds.items() if kind not in SHAPED}
        common: set[str] = set()
        while True:
            matcher = TextMatcher(value for fold in left for value in _spelled(self._spellings[fold]))
            found = {folded(value) for text in words for value in matcher.found(text)} & left
            if not found:
                return common
            common |= found
            left -= found

    def get(self, value: str) -> DictionaryEntry | None:
        """Return the entry of a value, in any spelling."""
        return self._entries.get(folded(value))

    def holds(self, value: str) -> bool:
        """Say whether a value was noted."""
        return folded(value) in self._kinds

    def entries(self) -> Iterator[DictionaryEntry]:
        """Yield all entries, in an order that depends on nothing but them."""
        return iter(sorted(self._entries.values(), key=lambda entry: (_KINDS[entry.kind], entry.original)))

    def replacements(self) -> dict[str, str]:
        """Return what to replace in running text: each written form of each value, by what."""
        forms: dict[str, str] = {}
        for fold, entry in self._entries.items():
            if entry.everywhere:
                for spelling in _spelled(self._spellings[fold]):
                    forms.setdefault(quote(spelling, safe=""), quote(entry.pseudonym, safe=""))
                    forms.setdefault(safe_name(spelling), safe_name(entry.pseudonym))
        for fold, entry in self._entries.items():
            if entry.everywhere:
                forms.update(dict.fromkeys(_spelled(self._spellings[fold]), entry.pseudonym))
        return forms

    def words(self) -> set[str]:
        """Return the written forms that are replaced where they are a word only, however long they are."""
        entries = [(fold, entry) for fold, entry in self._entries.items() if entry.kind in WORDS]
        spelled = [spelling for fold, _ in entries for spelling in _spelled(self._spellings[fold])]
        return {form for one in spelled for form in (one, quote(one, safe=""), safe_name(one))}

    def spellings(self, entry: DictionaryEntry) -> set[str]:
        """Return the ways in which a value may be written, Unicode forms included."""
        return _spelled(self._spellings[folded(entry.original)])


def _spelled(spellings: Iterable[str]) -> set[str]:
    return {form for one in spellings for form in spellings_of(one)}


def _telling(kind: ValueKind, value: str) -> bool:
    """Say whether a value is distinct enough to be looked for in running text."""
    letters = sum(character.isalpha() for character in value)
    if kind is ValueKind.TITLE or (kind is ValueKind.OWNER and not set(value) & set(" .@")):
        return False
    if kind in (ValueKind.ADDRESS, ValueKind.PHONE):
        return True
    if any(character.isalpha() and not character.isascii() for character in value):
        return len(value) > 1
    return letters >= _LETTERS and len(value) >= _SHORTEST
