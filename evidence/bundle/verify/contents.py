"""Checks whether the files of a bundle say the same: run.json, gaps, ledger, attachments, payload."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from evidence import storage
from evidence.bundle.format import bag, chain, strictjson
from evidence.bundle.format.models import Attachment, CallRecord, GapRecord, Run, Unit
from evidence.bundle.verify import opening
from evidence.bundle.verify.inventory import FileDigest
from evidence.custom.declarations import PREFIX
from evidence.findings import Code, Finding
from evidence.records import Outcome, Target
from evidence.wrong_values import in_words, key_path

T = TypeVar("T")

_RUN = TypeAdapter(Run)
_GAPS = TypeAdapter(tuple[GapRecord, ...])
_CALL = TypeAdapter(CallRecord)
_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])
_MAX_LINE = 4 * 1024 * 1024
"""Bytes; a call's parameters are a few hundred. A longer line is read in parts, which are not JSON."""
_CALLER_ITEM = "sts.caller"


@dataclass(frozen=True, slots=True)
class Contents:
    """A bundle's payload as found: each file below data/ with its hash, size and number of lines."""

    data: Path
    files: Mapping[str, FileDigest]

    def check(self, name: str) -> Generator[Finding, None, Run | None]:
        """Yield findings in the order: run.json, gaps.json, ledger, attachments, units, what is left over.

        Returns run.json, where it can be read.
        """
        run = yield from self._document(bag.RUN, _RUN)
        gaps = yield from self._document(bag.GAPS, _GAPS)
        yield from self._ledger()
        attachments = None
        if bag.ATTACHMENTS in self.files:
            attachments = yield from self._document(bag.ATTACHMENTS, _ATTACHMENTS)
        if run is None or gaps is None:
            return run
        if run.bundle != name:
            yield _inconsistent(bag.RUN, f"names the bundle {run.bundle!r}, but its folder is {name!r}")
        yield from chain.check(run)
        yield from opening.check_statement(self.data, self.files, run)
        yield from _check_plan(run, gaps, opened=bag.OPENING in self.files)
        for unit in run.units:
            yield from self._unit(unit)
        yield from self._attached(attachments or ())
        yield from self._accounted(run, attachments or ())
        return run

    def _document(self, path: str, shape: TypeAdapter[T]) -> Generator[Finding, None, T | None]:
        """Yield findings of one JSON document; return its value, or None."""
        if path not in self.files:
            yield Finding(Code.MISSING, _below(path), "is missing")
            return None
        try:
            data = storage.read_up_to(self.data / path, strictjson.MAX_BYTES)
            canonical = strictjson.is_document(data, strictjson.loads(data))
        except (OSError, ValueError) as error:
            yield Finding(Code.JSON, _below(path), f"is not strict JSON: {error}")
            return None
        if not canonical:
            yield Finding(Code.JSON, _below(path), "is not written in the canonical form")
            return None
        try:
            return shape.validate_json(data, strict=True)
        except ValidationError as error:
            yield Finding(Code.SCHEMA, _below(path), _first(error))
            return None

    def _ledger(self) -> Iterator[Finding]:
        if bag.CALLS not in self.files:
            yield Finding(Code.MISSING, _below(bag.CALLS), "is missing")
            return
        if not self.files[bag.CALLS].ends:
            yield Finding(Code.JSON, _below(bag.CALLS), "does not end with a newline")
        with (self.data / bag.CALLS).open("rb") as lines:
            bounded = iter(lambda: lines.readline(_MAX_LINE), b"")
            for number, line in enumerate(bounded, start=1):
                finding = self._call(number, line)
                if finding:
                    yield finding
                    return

    def _call(self, number: int, line: bytes) -> Finding | None:
        subject = f"{_below(bag.CALLS)}:{number}"
        try:
            strictjson.loads(line)
            call = _CALL.validate_json(line, strict=True)
        except ValidationError as error:
            return Finding(Code.SCHEMA, subject, _first(error))
        except ValueError as error:
            return Finding(Code.JSON, subject, f"is not strict JSON: {error}")
        if call.seq != number:
            return Finding(Code.INCONSISTENT, subject, f"has the number {call.seq}, not {number}")
        if call.file and call.file not in self.files:
            return Finding(Code.INCONSISTENT, subject, f"fed {call.file}, which is not there")
        return None

    def _unit(self, unit: Unit) -> Iterator[Finding]:
        subject = f"{unit.item} of {unit.target.target().label}"
        present = [path for path in unit.files if path in self.files]
        for path in sorted(set(unit.files) - set(present)):
            yield _inconsistent(bag.RUN, f"says that {subject} wrote {path}, which is not there")
        records = [self.files[path] for path in present if path.endswith(".jsonl")]
        count = sum(hashed.lines for hashed in records)
        if count != unit.records or not all(hashed.ends for hashed in records):
            yield _inconsistent(bag.RUN, f"counts {unit.records} records of {subject}; there are {count}")
        if unit.outcome is Outcome.GAP and (unit.files or unit.records):
            yield _inconsistent(bag.RUN, f"calls {subject} a gap, and lists files of it")
        if unit.outcome is not Outcome.GAP and not unit.files:
            yield _inconsistent(bag.RUN, f"calls {subject} {unit.outcome}, and lists no file of it")
        if unit.outcome is Outcome.EMPTY and unit.records:
            yield _inconsistent(bag.RUN, f"calls {subject} empty, and counts records of it")

    def _attached(self, attachments: Iterable[Attachment]) -> Iterator[Finding]:
        for entry in attachments:
            if not bag.is_attachment(entry.file):
                yield _inconsistent(bag.ATTACHMENTS, f"describes {entry.file}, which is not in its folder")
            found = self.files.get(entry.file)
            if found is None or (found.sha256, found.size) != (entry.sha256, entry.bytes):
                yield _inconsistent(bag.ATTACHMENTS, f"describes {entry.file}, which is not that file")

    def _accounted(self, run: Run, attachments: Iterable[Attachment]) -> Iterator[Finding]:
        owners = Counter(path for unit in run.units for path in unit.files)
        owners.update(entry.file for entry in attachments)
        owners.update(path for path in (bag.RUN, bag.GAPS, bag.CALLS) if path in self.files)
        optional = (bag.ATTACHMENTS, bag.OPENING, bag.OPENING_TIME_STAMP)
        owners.update(path for path in optional if path in self.files)
        for path in sorted(self.files):
            if owners[path] != 1:
                how = "no unit" if not owners[path] else "more than one unit"
                yield _inconsistent(path, f"is evidence of {how} in run.json")


def _check_plan(run: Run, gaps: tuple[GapRecord, ...], *, opened: bool) -> Iterator[Finding]:
    units: Counter[tuple[str, Target]] = Counter((unit.item, unit.target.target()) for unit in run.units)
    for (item, target), count in units.items():
        if count > 1:
            yield _inconsistent(bag.RUN, f"lists {item} of {target.label} {count} times")
    planned = {entry.item for entry in run.items if entry.planned}
    for item in sorted({item for item, _ in units} ^ planned):
        yield _inconsistent(bag.RUN, f"does not agree with itself whether {item} was planned")
    declared = {one.item for one in run.custom.items}
    for item in sorted(one.item for one in run.items if one.item.startswith(PREFIX)):
        if item not in declared:
            yield _inconsistent(bag.RUN, f"names no package of the custom item {item}")
    missing = {(unit.item, unit.target.target()) for unit in run.units if unit.outcome is Outcome.GAP}
    named = {(gap.item, gap.target.target()) for gap in gaps}
    for item, target in sorted(missing - named, key=_by_label):
        yield _inconsistent(bag.GAPS, f"does not name the gap {item} of {target.label}")
    for item, target in sorted(named - missing, key=_by_label):
        unplanned = (item == _CALLER_ITEM and run.caller_end is None) or (item == opening.ITEM and not opened)
        if not unplanned:
            yield _inconsistent(bag.GAPS, f"names the gap {item} of {target.label}, which run.json does not")


def _by_label(unit: tuple[str, Target]) -> tuple[str, str]:
    return unit[0], unit[1].label


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"does not match its schema: {key_path(problem) or 'it'}: {in_words(problem)}"


def _inconsistent(path: str, sentence: str) -> Finding:
    return Finding(Code.INCONSISTENT, _below(path), sentence)


def _below(path: str) -> str:
    return f"{bag.PAYLOAD}/{path}"
