"""Takes apart what people write where a name is asked for: several names, titles, addresses, in any order."""

import re
import unicodedata
from collections.abc import Container, Iterator

from evidence.redact.places import MAIL
from evidence.redact.spelling import folded, words_of

ROLES = frozenset({
    "acting", "assistant", "behalf", "board", "ceo", "cfo", "chair", "chief", "cio", "ciso", "committee",
    "coo", "cso", "cto", "deputy", "dpo", "engineer", "engineering", "executive", "head", "interim", "officer",
    "operations", "president", "reviewed", "senior", "signed", "vice",
})  # fmt: skip
"""Words of titles, which are no name where somebody is named with a title; nor are the ordinary words."""
_BETWEEN = re.compile(
    r"[^\w\s.'\u2019\u2018\u02bc\u2010\u2011-]+|\s[-\u2010\u2011]+\s|\b(?:and|und|et)\b", re.IGNORECASE
)
_SHORTEST = 3
_SHORTEST_BEYOND_ASCII = 2


def parts_of_name(text: str, words: Container[str]) -> Iterator[str]:
    """Yield each name in a text, and each word of it; `words` (folded) are none, and words of titles neither.

    Of an e-mail address only what stands before the `@` counts.
    """
    plain = unicodedata.normalize("NFKC", MAIL.sub(lambda found: f";{found[0].partition('@')[0]};", text))
    for name in _BETWEEN.split(plain):
        for part in (name.strip(), *name.split(), *words_of(name)):
            if _names_somebody(part, words):
                yield part


def _names_somebody(part: str, words: Container[str]) -> bool:
    if len(part) < (_SHORTEST if part.isascii() else _SHORTEST_BEYOND_ASCII):
        return False
    found = [folded(word) for word in words_of(part)]
    long = [word for word in found if len(word) >= _SHORTEST or not word.isascii()]
    return any(word not in words and word not in ROLES for word in long or found)
