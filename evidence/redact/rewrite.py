"""Replaces people in texts: by the member that holds one, by forms that name one, and by the dictionary."""

import re
from pathlib import PurePosixPath
from typing import Any

from evidence.bundle.format import bag
from evidence.bundle.format.names import MAX_PATH
from evidence.file_names import HASHED, LONGEST_FOLDER
from evidence.records import ValueKind
from evidence.redact.dictionary import Dictionary
from evidence.redact.matcher import TextMatcher
from evidence.redact.places import PERSON, MemberClassifier, Path, people_in
from evidence.redact.spelling import folded
from evidence.redact.walk import RecordWalk

ENDINGS = frozenset({".json", ".jsonl", ".csv"})
"""Of files of evidence; behind any other dot a name goes on (anna.kowalska)."""
REMOVED = "free text removed by redaction"
"""Says something (`evidence.statements.words`): in brackets it would be a placeholder."""


class Rewriter:
    """Texts, records and paths with pseudonyms; the same text at the same kind of place gives the same."""

    def __init__(self, dictionary: Dictionary, places: MemberClassifier) -> None:
        self._dictionary = dictionary
        self._places = places
        forms = dictionary.replacements()
        self._forms = {folded(form): pseudonym for form, pseudonym in forms.items()}
        self._matcher = TextMatcher(forms, dictionary.words())

    def text(self, text: str) -> str:
        """Return running text: people in ARNs and behind unique ids, then every value of the dictionary."""
        pieces, at = [], 0
        for match in PERSON.finditer(text):
            pieces.append(self._plain(text[at : match.start()]))
            pieces.append(match[0] if match["ours"] else self._person(text, match))
            at = match.end()
        return "".join((*pieces, self._plain(text[at:])))

    def record(self, item: str, value: Any) -> Any:
        """Return one record of an item, or one document, rewritten."""

        def leaf(text: str, path: Path, siblings: dict[str, Any]) -> str:
            if self._places.removed(item, path):
                return REMOVED if text else text
            if self._places.kind(item, path, siblings):
                entry = self._dictionary.get(text)
                if entry:
                    return entry.pseudonym
            return self.text(text)

        return RecordWalk(leaf, lambda name, _path: self.text(name)).value(value)

    def subject(self, text: str) -> str:
        """Return what a row of a test is about: a value of its own, or running text."""
        entry = self._dictionary.get(text)
        return entry.pseudonym if entry else self.text(text)

    def path(self, path: str) -> str:
        """Return a path below data/, within the bounds of today: older bundles have longer ones."""
        shown = "/".join(map(self._part, path.split("/")))
        if len(f"{bag.PAYLOAD}/{shown}") <= MAX_PATH:
            return shown
        return "/".join(
            self._hidden(part) if len(part) > LONGEST_FOLDER else self._part(part) for part in path.split("/")
        )

    def _part(self, part: str) -> str:
        """Return a name in a path; of one that was shortened, or would have to be, nothing stays.

        What is left of such a name may be half of a person's; its hash, of the whole, could be tried.
        """
        shown = self._plain(part)
        if HASHED not in part and (shown == part or len(shown) <= LONGEST_FOLDER):
            return shown
        return self._hidden(part)

    def _hidden(self, part: str) -> str:
        ending = PurePosixPath(part).suffix
        return f"{self._dictionary.pseudonyms.of(ValueKind.TERM, part)}{ending if ending in ENDINGS else ''}"

    def _plain(self, text: str) -> str:
        return self._matcher.replaced(text, lambda found: self._forms.get(folded(found), found))

    def _person(self, text: str, match: re.Match[str]) -> str:
        pieces, at = [], match.start()
        for _, value, (start, end) in people_in(match):
            entry = self._dictionary.get(value)
            stripped = value if entry else value.rstrip(".,:")
            entry = entry or self._dictionary.get(stripped)
            if entry is None:
                continue
            pieces += [self._plain(text[at:start]), entry.pseudonym, value[len(stripped) :]]
            at = end
        return "".join((*pieces, self._plain(text[at : match.end()])))
