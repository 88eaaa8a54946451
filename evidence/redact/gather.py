"""Reads a bundle and management's statements for everything that must not be shown."""

from collections.abc import Iterable, Iterator
from typing import Any

from evidence.bundle import Bundle
from evidence.records import ValueKind
from evidence.redact import payload
from evidence.redact.dictionary import Dictionary
from evidence.redact.person_names import parts_of_name
from evidence.redact.places import MemberClassifier, Path
from evidence.redact.pseudonyms import Pseudonyms
from evidence.redact.spelling import folded, words_of
from evidence.redact.walk import RecordWalk
from evidence.statements.files import Statements

_REMEMBERED = 500_000
"""Texts that are not looked at twice; beyond it they are."""


def build_dictionary(
    bundle: Bundle,
    statements: Statements,
    places: MemberClassifier,
    pseudonyms: Pseudonyms,
    words: Iterable[str],
) -> Dictionary:
    """Return the dictionary of a bundle; `words` are the texts whose words stay; no bundle adds to them."""
    words = list(words)
    ordinary = {folded(word) for text in words for word in words_of(text)}
    dictionary = Dictionary(pseudonyms)
    company = set(map(folded, words_of(bundle.run.settings.entity.name)))
    names = _PersonalValues(dictionary, places).read_all(bundle, statements)
    for name in names:
        for part in parts_of_name(name, ordinary, company):
            dictionary.add(ValueKind.NAME, part)
    for term in places.policy.terms:
        dictionary.add(ValueKind.TERM, term)
    dictionary.close(words)
    return dictionary


def personal_values(
    bundle: Bundle, statements: Statements, places: MemberClassifier, pseudonyms: Pseudonyms
) -> Dictionary:
    """Return what a bundle holds at the places of people, in a dictionary that is not closed."""
    dictionary = Dictionary(pseudonyms)
    _PersonalValues(dictionary, places).read_all(bundle, statements)
    return dictionary


def all_records(bundle: Bundle, statements: Statements) -> Iterator[tuple[str, Any]]:
    """Yield every record there is, with the name of its item."""
    yield payload.RUN, bundle.run.model_dump(mode="json")
    yield payload.GAPS, [gap.model_dump(mode="json") for gap in bundle.gaps]
    yield payload.ATTACHMENTS, [entry.model_dump(mode="json") for entry in bundle.attachments]
    for kind, given in statements.given():
        for table, entries in given.said.tables():
            yield kind.name, {table: [entry.model_dump(mode="json") for entry in entries]}
    for part in payload.parts(bundle):
        for record in payload.records(bundle, part):
            yield part.item, record


class _PersonalValues:
    """What was found so far."""

    def __init__(self, dictionary: Dictionary, places: MemberClassifier) -> None:
        self._dictionary = dictionary
        self._places = places
        self._inside: set[str] = set()
        self._names: set[str] = set()

    def read_all(self, bundle: Bundle, statements: Statements) -> set[str]:
        """Note what all records name; return the names of people as they stand at their places."""
        for item, record in all_records(bundle, statements):
            self.read(item, record)
        return self._names

    def read(self, item: str, record: Any) -> None:
        """Note what one record names."""

        def leaf(text: str, path: Path, siblings: dict[str, Any]) -> str:
            self._text(item, text, path, siblings)
            return text

        def name(text: str, _path: Path) -> str:
            self._inner(text)
            return text

        RecordWalk(leaf, name).value(record)

    def _text(self, item: str, text: str, path: Path, siblings: dict[str, Any]) -> None:
        kind = self._places.kind(item, path, siblings)
        if kind:
            self._dictionary.add(kind, text)
            if kind is ValueKind.NAME:
                self._names.add(text)
        self._inner(text)

    def _inner(self, text: str) -> None:
        if text in self._inside:
            return
        if len(self._inside) < _REMEMBERED:
            self._inside.add(text)
        for kind, value in self._places.people_inside(text):
            self._dictionary.add(kind, value)
