"""Says under which form two spellings of a value are one; gathering, rewriting and the last look share it.

Letter case, Unicode form (NFKC: full width, ligatures), kinds of apostrophe and hyphen, the dots of the
Turkish i, and characters that nobody sees (soft hyphen, zero-width space) make no difference.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import groupby

_HIDDEN = "Cf"
_JAMO = ("\u1160", "\u11ff")
"""Vowels and final consonants of Korean, which join what stands before them and are no marks."""
_PUNCTUATION = str.maketrans(
    dict.fromkeys("\u2019\u2018\u201b\u02bc\u02bb\u2032\u00b4\uff07", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-")
    | {"\u0131": "i"}
)
_DOTTED_I = "i\u0307"
_ASCII_WORD = re.compile("[A-Za-z0-9]+")
_BEYOND_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")


def folded(value: str) -> str:
    """Return the form under which two spellings are one value."""
    if value.isascii():
        return value.lower()
    form, before = _folded_once(value), value
    while form != before:  # what is folded may compose to what can be folded again
        form, before = _folded_once(form), form
    return form


def _folded_once(value: str) -> str:
    seen = "".join(one for one in value.translate(_PUNCTUATION) if unicodedata.category(one) != _HIDDEN)
    form = unicodedata.normalize("NFKC", seen).casefold().replace(_DOTTED_I, "i")
    return unicodedata.normalize("NFKC", form).translate(_PUNCTUATION)


def spellings_of(value: str) -> set[str]:
    """Return ways in which a value may be written where it is encoded, and folding comes too late."""
    punctuated = {value, value.translate(_PUNCTUATION), value.replace("'", "\u2019")}
    cased = punctuated | {form(one) for one in punctuated for form in (str.lower, str.upper, folded)}
    return {
        unicodedata.normalize(form, one)
        for one in (punctuated if value.isascii() else cased)
        for form in ("NFC", "NFD", "NFKC")
    }


class FoldedText:
    """A text as it is compared, and where each place of it stands in the text itself.

    ASCII stays as it is, case included, so that most texts cost nothing; look with IGNORECASE.
    """

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        self._folded, self._original = array("q", [0]), array("q", [0])
        at = length = 0
        for run in _BEYOND_ASCII.finditer(text):
            for cluster in (text[at : run.start()], *_clusters(run[0])):
                form = cluster if cluster.isascii() else _form_of(cluster)
                pieces.append(form)
                at, length = at + len(cluster), length + len(form)
                self._folded.append(length)
                self._original.append(at)
        pieces.append(text[at:])
        self._folded.append(length + len(text) - at)
        self._original.append(len(text))
        self.form = "".join(pieces)

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """Return where a match in `form` stands in the text: whole characters, with their marks."""
        start, end = match.span()
        first = bisect_right(self._folded, start) - 1
        last = max(bisect_left(self._folded, end), 1)
        begin, finish = self._original[first], self._original[last]
        if self._is_plain(first + 1):
            begin += start - self._folded[first]
        if self._is_plain(last):
            finish -= self._folded[last] - end
        return begin, finish

    def _is_plain(self, piece: int) -> bool:
        """Say whether a piece has as many characters as its form."""
        if piece == len(self._folded):
            return False
        lengths = (places[piece] - places[piece - 1] for places in (self._folded, self._original))
        return len(set(lengths)) == 1


def _clusters(text: str) -> list[str]:
    """Return a text's characters, each with the marks that follow it: these are folded together."""
    starts = [at for at, one in enumerate(text) if at == 0 or not _joins(one)]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


@lru_cache(4096)
def _form_of(cluster: str) -> str:
    return folded(cluster)


@lru_cache(4096)
def _joins(character: str) -> bool:
    first = unicodedata.normalize("NFKD", character)[0]
    return _is_mark(first) or unicodedata.category(first) == _HIDDEN or _JAMO[0] <= first <= _JAMO[1]


def is_word_character(character: str) -> bool:
    """Say whether a character is a letter, a digit, or a mark that belongs to one."""
    return character.isalnum() or _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def words_of(text: str) -> list[str]:
    """Return the words of a text: letters and digits, without any punctuation."""
    if text.isascii():
        return _ASCII_WORD.findall(text)
    return ["".join(run) for is_word, run in groupby(text, is_word_character) if is_word]
