"""Renders the corroboration addendum: one signed page or two, from corroboration.json."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from evidence.bundle.format.corroboration import CallVerdict, Corroboration, TrailVerdict
from evidence.report.facts import SignerInfo
from evidence.report.model import Column, Table, excerpt, plural

_ELSEWHERE = "corroboration.json"
_MOST = 15


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the summary."""

    count: int
    word: str
    style: str


def render_corroboration(document: Corroboration, content: bytes, signer: SignerInfo | None) -> bytes:
    """Return the addendum as an unsigned PDF; it names the bytes of corroboration.json, `content`."""
    from evidence.report.pdf.render import to_pdf

    digest = hashlib.sha256(content).hexdigest()
    return to_pdf(html(document, digest, signer), identifier=digest)


def html(document: Corroboration, digest: str, signer: SignerInfo | None) -> str:
    """Return the addendum as HTML."""
    from evidence.report.pdf.page import environment

    return (
        environment()
        .get_template("corroboration.html.j2")
        .render(
            c=document,
            document_digest=digest,
            signer=signer,
            headline=headline(document),
            tiles=tuple(_tiles(document)),
            source=_source(document),
            tables=tuple(_tables(document)),
            created=document.made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    )


def headline(document: Corroboration) -> str:
    """Return the result in one sentence."""
    totals = document.totals
    if totals.differ:
        return (
            f"CloudTrail contradicts the ledger: {plural(totals.differ, 'call')} of {totals.calls:,} "
            f"{'is' if totals.differ == 1 else 'are'} not as AWS recorded it."
        )
    if totals.expected and not totals.agree:
        return f"Of {totals.expected:,} expected calls not one could be confirmed."
    found = (
        f"CloudTrail holds {totals.agree:,} of {totals.expected:,} expected calls, just as the ledger says"
    )
    if totals.agree == totals.expected:
        if totals.unlisted:
            return f"{found}, and {plural(totals.unlisted, 'event')} that the ledger lacks."
        return f"{found}; none differs or is missing."
    return f"{found}; none differs, {totals.missing + totals.unavailable:,} could not be confirmed."


def _tiles(document: Corroboration) -> Iterator[Tile]:
    totals = document.totals
    yield Tile(totals.agree, "found and agree", "ok" if totals.agree else "")
    yield Tile(totals.differ, "found, but differ", "exception" if totals.differ else "")
    yield Tile(totals.missing, "not found", "open" if totals.missing else "")
    yield Tile(totals.unavailable, "could not be looked up", "open" if totals.unavailable else "")
    yield Tile(totals.not_expected, "not expected", "")
    yield Tile(totals.unlisted, "events the ledger lacks", "open" if totals.unlisted else "")


def _source(document: Corroboration) -> str:
    source = document.source
    if source.kind == "files":
        events = sum(one.events for one in source.files)
        return f"{plural(len(source.files), 'file')} that were given, {plural(events, 'event')}"
    regions = {place.region for place in source.places}
    events = sum(place.events for place in source.places)
    return (
        f"CloudTrail's event history (LookupEvents), {plural(len(regions), 'region')}, "
        f"{plural(len(document.calls), 'request')}, {plural(events, 'event')}"
    )


def _tables(document: Corroboration) -> Iterator[Table]:
    yield from _differing(document)
    yield from _unresolved(document)
    yield from _unlisted(document)
    yield from _services(document)


def _differing(document: Corroboration) -> Iterator[Table]:
    rows = [
        (str(one.seq), one.operation, found.member, found.ledger, found.cloudtrail)
        for one in document.verdicts
        for found in one.differences
    ]
    if rows:
        columns = (
            Column("Call", "number", 6), Column("Operation", "text", 22), Column("Member", "text", 12),
            Column("The ledger says", "mono", 30), Column("CloudTrail says", "mono"),
        )  # fmt: skip
        yield excerpt("Calls that CloudTrail recorded otherwise", columns, rows, _ELSEWHERE, limit=_MOST)


def _unresolved(document: Corroboration) -> Iterator[Table]:
    counted = Counter(
        (one.operation, one.region, _why(one))
        for one in document.verdicts
        if one.verdict in (TrailVerdict.MISSING, TrailVerdict.UNAVAILABLE, TrailVerdict.NOT_EXPECTED)
    )
    if counted:
        columns = (
            Column("Operation", "text", 30), Column("Region", "text", 15), Column("Calls", "number", 8),
            Column("Why", "text"),
        )  # fmt: skip
        rows = [
            (operation, region, f"{count:,}", why)
            for (operation, region, why), count in sorted(counted.items())
        ]
        yield excerpt("Calls without an event", columns, rows, _ELSEWHERE, limit=_MOST)


def _why(verdict: CallVerdict) -> str:
    return f"{verdict.verdict}: {verdict.reason}" if verdict.reason else str(verdict.verdict)


def _unlisted(document: Corroboration) -> Iterator[Table]:
    if document.unlisted:
        columns = (
            Column("Event", "mono", 30), Column("Time", "text", 20), Column("Request", "text", 30),
            Column("Region", "text"),
        )  # fmt: skip
        rows = [
            (one.event_id, f"{one.time:%Y-%m-%d %H:%M:%S}", one.operation, one.region)
            for one in document.unlisted
        ]
        caption = "Requests of this tool and caller during the run that the ledger does not list"
        yield excerpt(caption, columns, rows, _ELSEWHERE, limit=_MOST)


def _services(document: Corroboration) -> Iterator[Table]:
    """Yield how many calls of each service agree: the summary that stands even when nothing is wrong."""
    calls: Counter[str] = Counter()
    agree: Counter[str] = Counter()
    differ: Counter[str] = Counter()
    for one in document.verdicts:
        service = one.operation.partition(":")[0]
        calls[service] += one.verdict is not TrailVerdict.NOT_EXPECTED
        agree[service] += one.verdict is TrailVerdict.AGREES
        differ[service] += one.verdict is TrailVerdict.DIFFERS
    columns = (
        Column("Service", "text", 28), Column("Calls expected", "number", 15),
        Column("Found and agree", "number", 20), Column("Found, but differ", "number", 20),
        Column("Not found", "number"),
    )  # fmt: skip
    rows = [
        (service, *(f"{n:,}" for n in _split(expected, agree[service], differ[service])))
        for service, expected in sorted(calls.items())
    ]
    yield excerpt("By service", columns, rows, _ELSEWHERE, limit=_MOST)


def _split(expected: int, agree: int, differ: int) -> tuple[int, int, int, int]:
    return expected, agree, differ, expected - agree - differ
