"""`evidence period`: what the packs of an archive show of a period, as a signed report."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import IntegrityOnly, Json, Quiet, Trusted, TrustTsa, require_one_of_trust
from evidence.cli.output import Output
from evidence.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.archive.store import ArchiveStore
    from evidence.period.opened import Period
    from evidence.period.source import Reading
    from evidence.period.unknown import UnknownFact
    from evidence.settings.model import Settings

_LARGEST = 3
_NO_TRUST = "Integrity, not authenticity: nobody said whose signatures to expect. Pass --trust."


@collecting.accepts_settings(collecting.period_settings)
def period(
    *,
    settings: "Settings",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day, as 2026-01-01, in UTC."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day, in UTC."),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Where the archive holds several scopes: `evidence archive list`."),
    ] = None,
    trust: Trusted = None,
    trust_tsa: TrustTsa = None,
    integrity_only: IntegrityOnly = False,
    events: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE|DIR",
            help="CloudTrail's log files, or results of Lake or Athena, of the period; may be repeated.",
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="ZIP", help="Check a report that was left before: compute it again, compare every byte."
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to leave the report.")
    ] = Path("out"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Report over a period, from nothing but the packs of an archive and what is given beside them.

    Opens each pack of the period, and the last one before it, verifies it and performs today's tests over it.
    Says which days have evidence, how each test went over time, and how long each exception stood; what
    cannot be known comes first. A pack that is missing or does not verify stops the report. Asks AWS nothing.
    Without --from and --to, the audit period of the settings is meant. Ends with 3 where something cannot be
    known, and with 5, after writing, without --trust, unless --integrity-only says that integrity is all that
    is asked for. With --check nothing is written: a report is verified, computed again from the archive, and
    must come out the same; else it ends with 5.
    """
    from evidence.archive.store import store_of
    from evidence.clock import system_clock
    from evidence.period.files import Signing, leave, require_free
    from evidence.period.given import read_given
    from evidence.period.layout import folder_name
    from evidence.period.make import PeriodRequest, make
    from evidence.period.source import PackSeries, Reading
    from evidence.signatures.trust import load_trust
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer

    require_one_of_trust(trust, integrity_only)
    if check and (first or last or scope or events):
        raise UsageError("--check goes with no period of its own.", "The report says which it is about.")
    out, clock = Output(json, quiet), system_clock()
    reading = Reading(clock.now(), load_trust(trust, trust_tsa), out.say)
    store = store_of(settings.archive)
    if check:
        _check(check, store, reading, out, integrity_only=integrity_only)
        return
    asked = _period(settings, first, last)
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    given = read_given(settings.accepted.paths, events or ())
    series = PackSeries(store, reading, asked, scope)
    require_free(output, folder_name(series.scope, asked))
    hours = settings.thresholds.leaver_access_hours
    made = make(series, PeriodRequest(asked, settings.period, hours, given))
    signing = Signing(signer, clock, authority_at(settings.timestamp, clock), out.say)
    left = leave(made.results, given, output, signing)
    out.result({**left.document(), "unknown": list(made.results.unknown)}, left.text())
    _say_unknown(out, made.unknown)
    if not (integrity_only or series.trusted):
        out.say(_NO_TRUST)
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)
    if made.unknown or left.unstamped:
        raise typer.Exit(ExitCode.GAPS)


def _check(
    path: Path, store: "ArchiveStore", reading: "Reading", out: Output, *, integrity_only: bool
) -> None:
    from evidence.period.check import check_report

    found = check_report(path, store, reading)
    out.result(found.document(), found.text())
    if not (found.trusted or integrity_only or found.findings):
        out.say(_NO_TRUST)
    if not (found.ok and (found.trusted or integrity_only)):
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)


def _period(settings: "Settings", first: datetime | None, last: datetime | None) -> "Period":
    from evidence.period.opened import Period

    begins = first.date() if first else settings.entity.period_start
    ends = last.date() if last else settings.entity.period_end
    if begins is None or ends is None:
        raise UsageError("No period is given.", "Name its first and its last day with --from and --to.")
    if ends < begins or ends >= date.max:
        raise UsageError(f"The period from {begins} to {ends} is none.", "Name --from before --to.")
    return Period(begins, ends)


def _say_unknown(out: Output, unknown: "Sequence[UnknownFact]") -> None:
    """Say the largest of each kind of what is not known, with what to do about it."""
    from evidence.period.unknown import largest

    told = largest(unknown, _LARGEST)
    if told:
        out.say(f"What the report cannot know ({len(unknown)} in all, in it), and what to do:")
    for one in told:
        out.say(f"  {one.sentence}")
        if one.next_step:
            out.say(f"    {one.next_step}")
