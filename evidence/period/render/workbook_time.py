"""Lists the workbook's sheets of time: coverage, days, holes, bundles, events and their sources, settings."""

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.period.model import PeriodResults
from evidence.period.render.workbook_sheet import OVER_TIME, READ_FIRST, RECORDS, PeriodSheet, marked
from evidence.report.model import yes_no
from evidence.report.workbook.sheets import columns_of


def sheets(results: PeriodResults) -> Iterator[PeriodSheet]:
    """Yield the sheets in their order."""
    yield PeriodSheet(
        "Coverage", "How often each item was collected, against how often it is asked for", OVER_TIME,
        columns_of(("Item", 34), ("Title", 40), ("Asked for every, days", 11), ("Days whole", 9),
        ("Days in part", 9),
                   ("Longest without, days", 11), ("Holes", 8), ("Met", 14)),
        _coverage(results),
    )  # fmt: skip
    yield PeriodSheet(
        "Holes", "Days on end without evidence that counts, longer than the settings allow", OVER_TIME,
        columns_of(("Item", 34), ("First day", 12), ("Last day", 12), ("Days", 8), ("Why", 70)),
        ((item.item, hole.first, hole.last, hole.days,
        hole.why) for item in results.coverage for hole in item.holes),
    )  # fmt: skip
    yield PeriodSheet(
        "Days", "Days of the period that have evidence, by item", OVER_TIME,
        columns_of(("Item", 34), ("Day", 12), ("Bundle", 8), ("Shown", 10), ("What is missing", 90)),
        ((item.item, one.day, one.bundle, one.shown,
        one.why) for item in results.coverage for one in item.days),
        wrap=False,
    )  # fmt: skip
    yield PeriodSheet(
        "Events", "Events of the period about access, and about what watches over it", RECORDS,
        columns_of(("No.", 8), ("Time (UTC)", 19), ("Event", 28), ("Source", 26), ("Account", 15),
        ("Region", 13),
                   ("By", 40), ("Refused", 9), ("About", 50), ("CloudTrail's id", 38),
                   ("Where it stands", 60)),
        ((one.number, one.time, one.name, one.source, one.account, one.region, one.actor, yes_no(one.failed),
        one.about,
          one.id, one.origin) for one in results.events),
        wrap=False, breaks=(8,),
    )  # fmt: skip
    yield PeriodSheet(
        "Sources", "Where events were taken from, and what each source covers", RECORDS,
        columns_of(("Source", 36), ("Bundle", 8), ("First (UTC)", 19), ("Last (UTC)", 19), ("Events", 9),
        ("Lacks", 60),
                   ("SHA-256 of a file given", 66)),
        ((one.name, one.bundle, one.first, one.last, one.events, "\n".join(one.lacking), one.sha256)
         for one in results.sources),
    )  # fmt: skip
    yield PeriodSheet(
        "Days without events", "Days of which no source of events tells everything", RECORDS,
        columns_of(("First day", 12), ("Last day", 12), ("Why", 90)),
        ((one.first, one.last, one.why) for one in results.events_missing),
    )  # fmt: skip
    yield PeriodSheet(
        "Bundles", "The bundles that the report is made from, in the order of sealing", RECORDS,
        columns_of(("No.", 6), ("Bundle", 46), ("Content", 15), ("Before the period", 9),
        ("Started (UTC)", 19),
                   ("Finished (UTC)", 19), ("Time-stamped (UTC)", 19), ("In the chain", 9), ("Accounts", 9),
                   ("Left out", 9), ("Gaps", 8), ("Made with", 10),
                   ("Sealed settings not as in the one before", 40),
                   ("SHA-256 of the bundle", 66), ("Pack", 48), ("SHA-256 of the pack", 66),
                   ("SHA-256 of the signer's certificate", 66)),
        ((one.number, one.bundle, one.content, yes_no(one.before), one.started, one.finished, one.stamped,
        one.sequence,
          one.accounts, one.left_out, one.gaps, one.made_with, one.settings_differ, one.digest, one.pack,
          one.pack_sha256, one.signer) for one in results.bundles),
        breaks=(12, 14, 16),
    )  # fmt: skip
    yield PeriodSheet(
        "Settings", "What the evidence is held against", READ_FIRST,
        columns_of(("Setting", 50), ("Value", 34), ("Default, where the value is laxer", 34),
        ("What that changed", 60)),
        _settings(results),
    )  # fmt: skip
    yield PeriodSheet(
        "Files", "Files given beside the packs", RECORDS,
        columns_of(("File", 44), ("Given as", 20), ("Entries", 10), ("SHA-256", 66)), _files(results),
    )  # fmt: skip
    if results.findings:
        yield PeriodSheet(
            "Findings", "Entries of files given that do not count", READ_FIRST,
            columns_of(("Entry", 8), ("Test", 12), ("Subject", 44), ("Problem", 20), ("Why", 80)),
            ((one.entry, one.test, one.subject, one.problem, one.sentence) for one in results.findings),
        )  # fmt: skip


def _coverage(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for one in results.coverage:
        whole = sum(not day.why and day.shown == "whole" for day in one.days)
        met = "not asked for" if one.met is None else marked("met") if one.met else marked("not met")
        yield (
            one.item,
            one.title,
            one.every_days,
            whole,
            len(one.days) - whole,
            one.longest,
            len(one.holes),
            met,
        )


def _settings(results: PeriodResults) -> Iterator[Sequence[Any]]:
    laxer = {one.key: one for one in results.lax_settings}
    stated: dict[str, Any] = {"thresholds.leaver_access_hours": results.leaver_access_hours}
    for key, value in results.settings.model_dump(mode="json").items():
        if isinstance(value, dict):
            stated |= {f"period.{key}.{name}": member for name, member in sorted(value.items())}
        else:
            stated[f"period.{key}"] = value
    for key, value in stated.items():
        lax = laxer.pop(key, None)
        yield key, lax.value if lax else value, lax.default if lax else None, lax.effect if lax else None
    for one in laxer.values():
        yield one.key, one.value, one.default, one.effect


def _files(results: PeriodResults) -> Iterator[Sequence[Any]]:
    given = [("list of people", results.people_file), ("accepted exceptions", results.exceptions_file)]
    given += [("events", one) for one in results.files]
    for what, file in given:
        if file:
            yield file.name, what, file.entries, file.sha256
