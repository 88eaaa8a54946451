"""Finds many values in a text at once, however they are spelled: one regular expression made from a trie."""

import re
from collections.abc import Callable, Iterable, Iterator

from evidence.policies.actions import services
from evidence.redact.spelling import FoldedText, folded

LONG = 8
"""From this length on a value is found inside of words too; a shorter one only where a word is it."""
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
_NO_SERVICE = (
    r"(?<!arn:aws:)(?<!arn:aws-cn:)(?<!arn:aws-us-gov:)",
    r"(?!:(?-i:[A-Z*])|\.amazonaws\.com)",
)
"""Around a value that is a service's prefix too (`athena`): not as such in an ARN, action or host name."""
_Node = dict[str, "_Node"]
_END = ""


class TextMatcher:
    """The occurrences of any of some values in a text; where several begin, the longest."""

    def __init__(self, values: Iterable[str], words: Iterable[str] = ()) -> None:
        """Take the values, and of them those that count where they are a word only, however long."""
        wanted = {folded(value) for value in values} - {""}
        whole = {folded(value) for value in words}
        parts = []
        numbers = {value for value in wanted if value.isdigit()}
        long = {value for value in wanted - numbers - whole if len(value) >= LONG}
        short = wanted - numbers - long
        prefixes = (long | short).intersection(services())
        long, short = long - prefixes, short - prefixes
        if long:
            parts.append(trie(long))
        if numbers:
            parts.append(rf"(?<!\d)(?:{trie(numbers)})(?!\d)")
        if short:
            parts.append(f"{_BEFORE}(?:{trie(short)}){_AFTER}")
        if prefixes:
            parts.append(f"{_NO_SERVICE[0]}{_BEFORE}(?:{trie(prefixes)}){_AFTER}{_NO_SERVICE[1]}")
        self._pattern = re.compile("|".join(parts) if parts else r"(?!)", re.IGNORECASE)

    def found(self, text: str) -> Iterator[str]:
        """Yield what is found, ASCII as the text spells it, the rest folded."""
        return (match[0] for match in self._pattern.finditer(FoldedText(text).form))

    def replaced(self, text: str, change: Callable[[str], str]) -> str:
        """Return the text with what stands for each that is found (as `found` gives it)."""
        compared = FoldedText(text)
        pieces, at = [], 0
        for match in self._pattern.finditer(compared.form):
            start, end = compared.span(match)
            pieces += [text[at:start], change(match[0])]
            at = max(at, end)
        return "".join((*pieces, text[at:]))


def trie(values: Iterable[str]) -> str:
    """Return an expression that matches exactly the values, the longest where several begin."""
    root: _Node = {}
    for value in values:
        node = root
        for character in value:
            node = node.setdefault(character, {})
        node[_END] = {}
    return _expression(root)


def _expression(node: _Node) -> str:
    """Return a node's expression; a run of nodes with one child each is one literal."""
    branches = []
    for character, child in sorted(node.items()):
        if character == _END:
            continue
        literal, at = character, child
        while len(at) == 1 and _END not in at:
            ((following, at),) = at.items()
            literal += following
        branches.append(re.escape(literal) + (_expression(at) if set(at) - {_END} else ""))
    joined = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return f"(?:{joined})?" if _END in node else joined
