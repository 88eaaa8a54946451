"""Scans a redacted pack for leaks before it is published: does any original value still stand in it?

Every file of the pack is read, the workbook's XML and what lies compressed in the page too, whatever the
case, also percent-encoded, as JSON escape, as a file name and inside of base64. The report is read as the
HTML that its pages are set from: nothing else gets onto them, and no line break hides a value there. A word
that this program prints of its own is a leak in the evidence, and none in what is made from it (report,
workbook, page, results). Pictures and other binary attachments cannot be read.
"""

import base64
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import quote

from evidence.errors import RedactionError
from evidence.file_names import safe_name
from evidence.records import ValueKind
from evidence.redact.dictionary import Dictionary
from evidence.redact.matcher import LONG, TextMatcher, trie
from evidence.redact.spelling import folded
from evidence.statements.files import STATEMENT_KINDS

_MARKUP = re.compile(r"<(?:wbr|br)\s*/?>|\u200b|\u00ad")
_TAG = re.compile(r"<[^>]*>")
_SEALED_BY = frozenset({".p7s", ".tsr", ".pem", ".pdf"})
"""Signatures and certificates, whose subject is compared before; and the report, read as HTML."""
_MIN_BASE64 = 8
_DEFECT = "This is a defect of the tool: please report it."
_STATED = "|".join(re.escape(kind.file) for kind in STATEMENT_KINDS)
_EVIDENCE = re.compile(rf"/data/|/(?:{_STATED})\Z")
"""The files of a pack that are rewritten; all others are this program's, or made from these."""


@dataclass(frozen=True, slots=True)
class Leak:
    """An original value that is still there; the value itself is not repeated."""

    file: str
    kind: ValueKind
    how: str


OpenPage = Callable[[bytes], Iterable[tuple[str, bytes]]]
"""From a page to the parts of its data, with their names; raises ValueError where it cannot be opened."""


def _as_it_is(page: bytes) -> Iterable[tuple[str, bytes]]:
    return (("", page),)


class LeakScan:
    """Looks for the values of one dictionary that are replaced everywhere."""

    def __init__(
        self, dictionary: Dictionary, own: Iterable[str] = (), open_page: OpenPage = _as_it_is
    ) -> None:
        """Take the dictionary, the texts that this program prints of its own, what opens a page's data."""
        self._open_page = open_page
        self._kinds: dict[str, tuple[ValueKind, str]] = {}
        encoded: dict[str, ValueKind] = {}
        forms: set[str] = set()
        for entry in dictionary.entries():
            if entry.everywhere:
                for spelling in dictionary.spellings(entry):
                    for how, form in _forms(spelling):
                        forms.add(form)
                        self._kinds.setdefault(folded(form), (entry.kind, how))
                    encoded |= dict.fromkeys(_base64(spelling), entry.kind)
        self._plain = TextMatcher(forms, dictionary.words())
        self._long = TextMatcher(form for form in forms if len(form) >= LONG)
        self._base64 = re.compile(trie(encoded) if encoded else r"(?!)")
        self._encoded = encoded
        self._own = {folded(value) for text in own for value in self._plain.found(text)}

    def text(self, file: str, text: str, *, words: bool = True) -> Iterator[Leak]:
        """Yield what a text shows; without `words` only what cannot be there by chance."""
        own = () if _EVIDENCE.search(file) else self._own
        for value in (self._plain if words else self._long).found(text):
            if folded(value) in own:
                continue
            yield Leak(file, *self._kinds.get(folded(value), (ValueKind.TERM, "as it is")))
        for match in self._base64.finditer(text):
            yield Leak(file, self._encoded[match[0]], "inside of base64")

    def markup(self, file: str, markup: str) -> Iterator[Leak]:
        """Yield what an HTML or XML text shows, attributes included."""
        yield from self.text(file, html.unescape(_TAG.sub(" ", _MARKUP.sub("", markup))))
        yield from self.text(file, html.unescape("\n".join(_TAG.findall(markup))))

    def pack(self, pack: IO[bytes]) -> Iterator[Leak]:
        """Yield what a pack's files show, and their names."""
        with zipfile.ZipFile(pack) as archive:
            for name in archive.namelist():
                yield from self.text(name, name)
                suffix = PurePosixPath(name).suffix
                if suffix == ".xlsx":
                    yield from self._workbook(name, archive.read(name))
                elif suffix == ".html":
                    yield from self._page(name, archive.read(name))
                elif suffix not in _SEALED_BY:
                    yield from self._bytes(name, archive.read(name))

    def _workbook(self, name: str, data: bytes) -> Iterator[Leak]:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.namelist():
                yield from self.markup(f"{name} ({part})", parts.read(part).decode("utf-8", "replace"))

    def _page(self, name: str, data: bytes) -> Iterator[Leak]:
        try:
            for block, content in self._open_page(data):
                yield from self._bytes(f"{name} ({block})" if block else name, content)
        except ValueError as error:
            raise RedactionError(f"{name} cannot be looked into: {error}.", _DEFECT) from error

    def _bytes(self, name: str, data: bytes) -> Iterator[Leak]:
        try:
            yield from self.text(name, data.decode("utf-8"))
        except UnicodeDecodeError:
            yield from self.text(name, data.decode("latin-1"), words=False)


def leaks_at_known_members(dictionary: Dictionary, again: Dictionary, file: str) -> Iterator[Leak]:
    """Yield what still stands at a place that says it is a person: `again` was gathered from the copy."""
    for entry in dictionary.entries():
        if again.holds(entry.original):
            yield Leak(file, entry.kind, "at a place of its own")


def _forms(value: str) -> Iterator[tuple[str, str]]:
    yield "as it is", value
    yield "percent-encoded", quote(value, safe="")
    yield "as a file name", safe_name(value)
    yield "as a JSON escape", json.dumps(value)[1:-1]


def _base64(value: str) -> Iterable[str]:
    """Return what of a value's base64 does not depend on its neighbours, for the three ways it may fall."""
    data = value.encode()
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + data).decode("ascii").rstrip("=")
        sure = text[(8 * offset + 5) // 6 : (8 * (offset + len(data))) // 6]
        if len(sure) >= _MIN_BASE64:
            yield sure
