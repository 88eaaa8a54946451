"""Defines what came out when a pack was computed again, and what may be said of it."""

from dataclasses import asdict, dataclass
from typing import Any

from evidence.findings import Code, Finding, Repetition
from evidence.pack import layout


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One file of a pack, computed again."""

    name: str
    identical: bool
    sha256: str
    """Of what was computed here, 64 hex digits."""
    contradicts: str = ""
    """Where it differs in more than bytes, as far as that can be said: no version explains that."""


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What came out."""

    made_by: str
    """The version that made the pack, and its other versions where they are not those here."""
    computed_by: str
    """This version, and its other versions where they are not those there."""
    conclusions: Repetition | Finding
    parts: tuple[FileComparison, ...]
    versions_differ: bool
    """The versions that shape bytes are not all the same there and here."""
    changes: FileComparison | None = None
    """Of changes.json, where the previous pack was given."""
    not_recomputed: tuple[str, ...] = ()
    """Custom tests whose package is not here: their results were taken as they are there."""

    @property
    def identical(self) -> bool:
        """Every byte of every part."""
        return all(part.identical for part in self._parts)

    @property
    def _parts(self) -> tuple[FileComparison, ...]:
        return self.parts if self.changes is None else (*self.parts, self.changes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What came out otherwise, where versions do not explain it."""
        found = [self.conclusions] if isinstance(self.conclusions, Finding) else []
        versions = f"it was made by {self.made_by}; this is {self.computed_by}"
        for part in self._parts:
            if part.name == layout.RESULTS or part.identical:
                continue  # the conclusions speak for the results
            if part.contradicts or not self.versions_differ:
                remark = f" ({part.contradicts})" if part.contradicts else ""
                sentence = f"is not what comes out when it is computed again{remark}; {versions}"
                found.append(Finding(Code.NOT_REPRODUCED, part.name, sentence))
        return tuple(found)

    @property
    def drawn(self) -> Repetition | None:
        """What can be said of report, workbook and page without a finding; None where they were not drawn."""
        differing = [part.name for part in self.parts if not part.identical]
        if len(self.parts) <= 1:
            return None
        if not differing:
            claimed = f", of the results of {', '.join(self.not_recomputed)} as they are there"
            said = f"every byte came out the same with {self.computed_by}"
            return Repetition(True, said + (claimed if self.not_recomputed else ""))
        explained = f"made by {self.made_by}; this is {self.computed_by}; no conclusion differs"
        return Repetition(
            False, f"other bytes came out of {', '.join(differing)}, with other versions: {explained}"
        )

    @property
    def changed(self) -> Repetition | None:
        """What can be said of changes.json without a finding; None where it was not computed again."""
        if self.changes is None:
            return None
        if self.changes.identical:
            return Repetition(True, f"every byte came out the same with {self.computed_by}")
        return Repetition(False, f"other bytes came out; made by {self.made_by}; this is {self.computed_by}")

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return asdict(self) | {"identical": self.identical}

    def text(self) -> str:
        """Return the form for people."""
        lines = [f"Made by     {self.made_by}", f"Recomputed  {self.computed_by}"]
        lines += [f"Not recomputed  {', '.join(self.not_recomputed)}"] if self.not_recomputed else []
        for part in self._parts:
            state = "identical" if part.identical else "DIFFERS"
            remark = f"  {part.contradicts}" if part.contradicts else ""
            lines.append(f"  {state:<10}  {part.name:<28}  sha256:{part.sha256}{remark}")
        return "\n".join(lines)
