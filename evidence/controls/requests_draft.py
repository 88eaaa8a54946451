"""Proposes a requests.toml for an auditor's list: by words that a request has in common with what there is.

A proposal is a comment: nothing answers a request until a person has taken the sign in front of it away.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from evidence.controls.declaration import ControlTest
from evidence.statements.request_sheet import AskedLine
from evidence.statements.shapes import VERSION
from evidence.toml import toml_comment, toml_string

_HEAD = f"""\
# Drafted from {{source}}. For each request: where a proposal fits, take the # in front of items or tests
# away, and correct the list; name attached documents with attachments = ["file.pdf"]. What nothing answers
# stays open, and requests.csv in the pack says so. See docs/after-sealing.md.

version = "{VERSION}"
"""
MOST_PROPOSED = 3
_RARE = 6
"""A word of at most so many candidates is enough alone."""
_WORD = re.compile(r"cc\d\.\d|[^\W_]+")
_PHRASES = {
    "multi-factor authentication": "mfa", "multi factor authentication": "mfa", "multifactor": "mfa",
    "two-factor": "mfa", "single sign-on": "identity center", "sso": "identity center",
    "privileged": "administrator", "administrative": "administrator", "admin": "administrator",
    "terminated": "disabled", "leaver": "disabled", "offboarded": "disabled", "inactive": "unused",
    "dormant": "unused", "external": "foreign external", "third party": "external", "rotation": "rotated",
}  # fmt: skip
"""How auditors say what the catalogue says otherwise."""
_PHRASE = re.compile(rf"\b(?:{'|'.join(map(re.escape, _PHRASES))})\b")
_SINGULAR = re.compile(r"(?<=\w\w[^\Wsu])s$")
_COMMON = frozenset(
    {
        "a", "access", "all", "an", "and", "any", "are", "as", "at", "audit", "aws", "be", "by", "each",
        "evidence", "file", "for", "from", "generated", "has", "have", "how", "in", "is", "it", "its",
        "last", "list", "no", "not", "of", "on", "or", "period", "please", "policy", "provide", "report",
        "sample", "screenshot", "set", "show", "system", "that", "the", "their", "them", "they", "this",
        "to", "until", "used", "was", "were", "what", "where", "which", "who", "whose", "with"
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestsDraft:
    """A draft, and how many of its requests nothing is proposed for."""

    text: str
    requests: int
    unmatched: int


def draft_requests(
    lines: Sequence[AskedLine], source: str, items: Mapping[str, str], tests: Iterable[ControlTest]
) -> RequestsDraft:
    """Return a draft for a list; `items` are titles of evidence items by id."""
    wanted = {
        "items": _Candidates({item: f"{item} {title}" for item, title in items.items()}),
        "tests": _Candidates(
            {t.id: f"{t.title} {t.attribute} {t.topic.name} {' '.join(t.criteria)}" for t in tests}
        ),
    }
    entries, unmatched = [], 0
    for line in lines:
        entry = f"[[requests]]\nnumber = {toml_string(line.number)}\ntext = {toml_string(line.text)}\n"
        proposed = {member: found.like(line.text) for member, found in wanted.items()}
        for member, names in proposed.items():
            if names:
                why = sorted({word for words in names.values() for word in words})
                entry += f"# Proposed for {toml_comment(', '.join(why))}:\n"
                entry += f"# {member} = [{', '.join(map(toml_string, names))}]\n"
        if not any(proposed.values()):
            unmatched += 1
            entry += "# Nothing has its words: open.\n"
        entries.append(entry)
    head = _HEAD.format(source=toml_comment(source))
    return RequestsDraft("\n".join([head, *entries]), len(lines), unmatched)


class _Candidates:
    """What may answer requests, by the words that describe it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._words = {name: _words(text) for name, text in texts.items()}
        self._named_in = Counter(word for words in self._words.values() for word in words)

    def like(self, text: str) -> dict[str, set[str]]:
        """Return the candidates that are most like a text, each with the words in common."""
        asked = _words(text)
        scored = []
        for name, words in self._words.items():
            common = asked & words
            if len(common) > 1 or any(self._named_in[word] <= _RARE for word in common):
                weight = sum(log(1 + len(self._words) / self._named_in[word]) for word in common)
                scored.append((-weight / sqrt(len(words)), name, common))
        return {name: common for _, name, common in sorted(scored)[:MOST_PROPOSED]}


def _words(text: str) -> set[str]:
    found = _WORD.findall(_PHRASE.sub(lambda said: _PHRASES[said[0]], text.casefold()))
    return {_SINGULAR.sub("", word) for word in found if len(word) > 1 and word not in _COMMON}
