"""Tells whether a text of management's says something, as people read it.

What nobody can see says nothing, nor does what only holds a place: `TODO`, `-`, `<name>`. Nor does a text
that shows itself in another order than it is written: what is read is then not what was approved.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_LOOK_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers and the Braille pattern without dots: letters and symbols that show nothing."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates of writing direction."""
_PLACEHOLDERS = frozenset(
    (
        *("todo", "tbd", "tba", "tbc", "tbr", "fixme", "wip", "na", "nil", "null", "none", "no", "yes"),
        *(
            "ok",
            "test",
            "testing",
            "dummy",
            "example",
            "sample",
            "placeholder",
            "unknown",
            "pending",
            "later",
        ),
        *("who", "why", "what", "when", "how", "name", "your name", "name and role", "reason", "approver"),
        *("statement", "title", "compensating control", "attested by", "role", "text", "somebody", "someone"),
        *("to do", "to be done", "to be defined", "to be determined", "to be decided", "to be confirmed"),
        *("to be announced", "to be filled in", "to be filled", "fill in", "fill me in", "fill this in"),
        *("change me", "changeme", "lorem ipsum", "asdf", "qwerty", "foo", "foo bar", "not applicable"),
        *("see above", "as above", "ditto", "idem"),
    )
)
_BEGINS = re.compile(r"(todo|tbd|tba|tbc|fixme|xxx+)\b")
_BRACKETED = re.compile(r"<[^\W\d_][\w ,/-]*>|\$?\{\{?[\w ,/.-]+\}\}?")
"""`<name>` and `{approver}` anywhere; an address in angle brackets has an @."""
_WHOLLY = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_ANSWERS: Mapping[str, frozenset[str]] = {"compensating_control": frozenset({"none"})}
"""What would elsewhere hold a place, and says something here."""
EMPTY = "empty"
REQUIRED_TEXTS = frozenset(
    (
        *("who", "reason", "compensating_control", "approver", "title", "statement", "attested_by"),
        *("response", "owner", "text"),
    )
)
"""Members of entries that must say something where they must be there."""


def why_empty(text: str, answers: Iterable[str] = ()) -> str:
    """Return why a text says nothing, in a word or two; nothing where it says something.

    `answers` are words that say something here though they would elsewhere hold a place.
    """
    if not text.strip():
        return EMPTY
    if not any(map(_shows, text)):
        return "nothing in it is visible"
    if any(character in _TURNS for character in text):
        return "it turns the direction of reading"
    read = " ".join(unicodedata.normalize("NFKC", "".join(filter(_kept, text))).casefold().split())
    plain = re.sub(r"[^\w ]|_", "", read).strip()
    if read in answers or plain in answers:
        return ""
    if not plain or plain in _PLACEHOLDERS or _BEGINS.match(plain) or _repeats(plain):
        return "a placeholder"
    return "a placeholder" if _BRACKETED.search(read) or _WHOLLY.fullmatch(read) else ""


def says_nothing(name: str, value: object) -> bool:
    """Say whether a member of an entry says nothing."""
    return bool(_why_unsaid(value, _ANSWERS.get(name, ())))


def unsaid(entry: object, required: Sequence[str]) -> str:
    """Return which required members of an entry say nothing, and why; empty where each says something."""
    found = [(name, _why_unsaid(getattr(entry, name), _ANSWERS.get(name, ()))) for name in required]
    return ", ".join(name if why == EMPTY else f"{name} ({why})" for name, why in found if why)


def _why_unsaid(value: object, answers: Iterable[str]) -> str:
    if isinstance(value, str):
        return why_empty(value, answers)
    if isinstance(value, tuple):
        return next((why for one in value if (why := why_empty(one))), "" if value else EMPTY)
    return "" if value else EMPTY


def _shows(character: str) -> bool:
    """Say whether a reader sees something: a letter, digit, sign or symbol; a mark needs one to stand on."""
    return unicodedata.category(character)[0] in "LNPS" and character not in _LOOK_BLANK


def _kept(character: str) -> bool:
    return character.isspace() or _shows(character) or unicodedata.category(character)[0] == "M"


def _repeats(plain: str) -> bool:
    """Say whether a text is one Latin letter or digit, however often: `x`, `xxx`, `0`."""
    return plain.isascii() and len(set(plain.replace(" ", ""))) == 1
