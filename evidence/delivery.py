"""Tells what one run left behind, for people and for machines."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.archive.index import ArchiveEntry
    from evidence.bundle.format.models import GapRecord
    from evidence.controls.results import Results
    from evidence.findings import VerifiedTimeStamp


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run left behind."""

    bundle: Path
    results: Path
    report: Path
    appendices: Path
    page: Path
    pack: Path
    outcome: "Results"
    gaps: "tuple[GapRecord, ...]"
    time_stamp: "VerifiedTimeStamp | None"
    """Of the seal."""
    unstamped: tuple[str, ...]
    """What an authority was asked to time-stamp and did not, one sentence each."""
    changes: Path | None = None
    """What changed since the previous bundle, where that was given."""
    archived: "ArchiveEntry | None" = None
    """The pack's entry in the archive; its bundle is the head of its scope now."""

    def document(self) -> dict[str, Any]:
        """Return the machine form: where everything is, and what was concluded, in two sums."""
        from evidence.controls.totals import totals
        from evidence.report.gap_causes import gap_causes

        return {
            "bundle": str(self.bundle),
            "digest": self.outcome.bundle_digest,
            "results": str(self.results),
            "report": str(self.report),
            "appendices": str(self.appendices),
            "page": str(self.page),
            "pack": str(self.pack),
            "changes": str(self.changes) if self.changes else None,
            **{total.family.value: total.document() for total in totals(self.outcome.tests)},
            "lax_settings": [one.key for one in self.outcome.lax_settings],
            "contradicted": [one.id for one in self.outcome.tests if one.contradicted_by],
            "gaps": len(self.gaps),
            "gap_causes": [cause.document() for cause in gap_causes(self.gaps)],
            "time_stamp": self.time_stamp.time.isoformat() if self.time_stamp else None,
            "unstamped": list(self.unstamped),
            "archived": self.archived.model_dump(mode="json") if self.archived else None,
        }

    def _time(self) -> str:
        if self.time_stamp is None:
            return "NOT time-stamped: the time is the signer's claim"
        return f"sealed before {self.time_stamp.time:%Y-%m-%d %H:%M:%S} UTC, by {self.time_stamp.authority}"

    def text(self) -> str:
        """Return the form for people."""
        from evidence.controls.totals import totals
        from evidence.report.lax_settings import lax_headline

        lines = [
            *(
                f"{one.family.capitalize():<11} {one.tests}: {one.words}"
                for one in totals(self.outcome.tests)
            ),
            *(f"Laxer       {said}" for said in (lax_headline(self.outcome.lax_settings),) if said),
            *(
                f"Disputed    {one.id}, attested, is contradicted by {', '.join(one.contradicted_by)}"
                for one in self.outcome.tests
                if one.contradicted_by
            ),
            f"Gaps        {len(self.gaps)}",
            f"Time        {self._time()}",
            f"Bundle      {self.bundle}",
            f"Digest      {self.outcome.bundle_digest}",
            f"Results     {self.results}",
            f"Report      {self.report}",
            f"Appendices  {self.appendices}",
            f"Page        {self.page}",
            *(f"Changes     {one}" for one in (self.changes,) if one),
            f"Pack        {self.pack}",
        ]
        if self.archived:
            lines.append(f"Archived    {self.archived.text}")
        return "\n".join(lines)
