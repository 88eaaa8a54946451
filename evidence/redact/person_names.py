"""Takes apart what people write where a name is asked for: several names, titles, addresses, in any order."""

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from evidence.redact.places import MAIL
from evidence.redact.spelling import folded, is_word_character, words_of

ROLES = frozenset({
    "acting", "assistant", "behalf", "board", "ceo", "cfo", "chair", "chief", "cio", "ciso", "cloud",
    "committee", "compliance", "coo", "cso", "cto", "deputy", "dpo", "engineer", "engineering", "executive",
    "finance", "governance", "grc", "head", "infrastructure", "interim", "legal", "officer", "operations",
    "people", "platform", "president", "privacy", "resources", "reviewed", "risk", "senior", "signed", "vice",
})  # fmt: skip
"""Words of titles and departments: no name where somebody is named with one; nor are the ordinary words."""
_INSIDE = frozenset(" _.'-\u2019\u2018\u02bc\u2010\u2011")
"""Stand within a name; everything else that is no letter ends it."""
_BETWEEN = re.compile(r";|\s[-\u2010\u2011]+\s|\b(?:and|und|et)\b", re.IGNORECASE)
_SHORTEST = 3
_SHORTEST_BEYOND_ASCII = 2


def parts_of_name(text: str, words: AbstractSet[str], company: AbstractSet[str]) -> Iterator[str]:
    """Yield each name in a text, and each word of it; `words` (folded) are none, and words of titles neither.

    The company's name, of such words too, is none: who signs for it is shown. Of an e-mail address only what
    stands before the `@` counts.
    """
    plain = unicodedata.normalize("NFKC", MAIL.sub(lambda found: f";{found[0].partition('@')[0]};", text))
    one_line = "".join(
        one if is_word_character(one) or one in _INSIDE else ";" for one in " ".join(plain.split())
    )
    for name in _BETWEEN.split(one_line):
        if _names_somebody(name, words | company):
            parts = (name.strip(), *name.split(), *words_of(name))
            yield from (part for part in parts if _names_somebody(part, words))


def _names_somebody(part: str, words: AbstractSet[str]) -> bool:
    if len(part) < (_SHORTEST if part.isascii() else _SHORTEST_BEYOND_ASCII):
        return False
    found = [folded(word) for word in words_of(part) if not word.isdigit()]
    long = [word for word in found if len(word) >= _SHORTEST or not word.isascii()]
    return any(word not in words and word not in ROLES for word in long or found)
