"""Renders a submission's cover: a page or two that name each pack, its scope and its conclusions in sums."""

from collections.abc import Iterator
from datetime import UTC

from evidence.report.facts import SignerInfo
from evidence.report.model import Column, Table, excerpt
from evidence.submission.model import Submission, SubmissionEntry, SubmittedPack

_MOST = 25
"""Packs on the cover; submission.json has all of them."""
_INDEX = "submission.json"


def render_cover(submission: Submission, digest: str, signer: SignerInfo) -> bytes:
    """Return the cover as an unsigned PDF; it names `digest`, the SHA-256 of submission.json."""
    from evidence.report.pdf.page import environment
    from evidence.report.pdf.render import to_pdf

    packs = [entry.pack for entry in submission.entries]
    page = (
        environment()
        .get_template("submission.html.j2")
        .render(
            s=submission,
            digest=digest,
            signer=signer,
            headline=_headline(submission),
            scopes=sorted({one.scope for one in packs}),
            accounts=len({(_partition(one), account) for one in packs for account in one.accounts}),
            first=min(one.started for one in packs),
            last=max(one.finished for one in packs),
            tables=tuple(_tables(submission)),
            created=submission.made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    )
    return to_pdf(page, identifier=digest)


def _partition(pack: SubmittedPack) -> str:
    """Return the partition: each has accounts of its own, whatever their numbers."""
    return pack.scope.partition(":")[0]


def _headline(submission: Submission) -> str:
    again = sum(entry.recomputed for entry in submission.entries)
    count = len(submission.entries)
    if again == count:
        return f"Every pack verifies; the tests of all {count} were performed again and came out the same."
    return (
        f"Every pack verifies; the tests of {again} of {count} were performed again and came out the same. "
        "Of the others the conclusions were only signed."
    )


def _tables(submission: Submission) -> Iterator[Table]:
    scope = (
        Column("No.", "number", 6), Column("Entity", "text", 20), Column("Scope", "mono", 25),
        Column("Accounts", "number", 10), Column("Collected", "text", 20), Column("Period", "text"),
    )  # fmt: skip
    numbered = list(enumerate(submission.entries, start=1))
    rows = (_scope_row(number, entry.pack) for number, entry in numbered)
    yield excerpt("What each pack is of", scope, rows, _INDEX, limit=_MOST)
    sums = (
        Column("No.", "number", 6), Column("Tests of controls", "text", 33),
        Column("Reliability of evidence", "text", 28), Column("Incomplete", "number", 12),
        Column("Gaps", "number", 8), Column("Again", "text"),
    )  # fmt: skip
    rows = (_sums_row(number, entry.pack, entry.recomputed) for number, entry in numbered)
    note = (
        "Incomplete: tests that did not see all the evidence. Again: performed again, with the same results."
    )
    yield excerpt("What each pack concludes, by its own results", sums, rows, _INDEX, limit=_MOST, note=note)
    digests = (Column("No.", "number", 6), Column("Of", "text", 33), Column("SHA-256", "mono"))
    rows = (row for number, entry in numbered for row in _digest_rows(number, entry))
    yield excerpt("Digests and signers", digests, rows, _INDEX, limit=3 * _MOST)


def _scope_row(number: int, pack: SubmittedPack) -> tuple[str, ...]:
    period = f"{pack.period_start} to {pack.period_end}" if pack.period_start else "point in time"
    collected = f"{pack.finished.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    scope = f"{pack.scope} (redacted)" if pack.redacted else pack.scope
    return str(number), pack.entity or "not named", scope, f"{len(pack.accounts):,}", collected, period


def _sums_row(number: int, pack: SubmittedPack, again: bool) -> tuple[str, ...]:
    sums = [_in_words(pack.conclusions.get(family, {})) for family in ("controls", "reliability")]
    return str(number), *sums, f"{pack.incomplete:,}", f"{pack.gaps:,}", "yes" if again else "no"


def _in_words(sums: dict[str, int]) -> str:
    return "; ".join(f"{count} {conclusion}" for conclusion, count in sums.items()) or "no test"


def _digest_rows(number: int, entry: SubmissionEntry) -> Iterator[tuple[str, ...]]:
    yield str(number), entry.file, entry.sha256
    yield str(number), "its bundle", entry.pack.digest
    yield str(number), "its signer's certificate", entry.pack.signer
