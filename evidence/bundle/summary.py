"""Prints bundles and verification reports, in words and as JSON, for the command line."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evidence.bundle.format.models import Unit
from evidence.bundle.open import Bundle
from evidence.bundle.verify.verdicts import Judgement, OverallVerdict, Property, PropertyState
from evidence.findings import VerificationReport, series
from evidence.foreign import printable
from evidence.records import Outcome

if TYPE_CHECKING:
    from rich.tree import Tree


_KINDS = {"bundle": "bundle", "pack": "pack", "pdf": "PDF", "corroboration": "corroboration", "file": "file"}
_PROPERTIES = {
    Property.WELL_FORMED: "well-formed",
    Property.COMPLETE: "complete",
    Property.UNCHANGED: "unchanged",
    Property.SEALED: "sealed by",
    Property.TRUSTED: "trusted by",
    Property.TIME_STAMPED: "time-stamped at",
    Property.CHAINED: "chain position",
    Property.REPORT: "PDF belongs to this bundle",
    Property.WORKBOOK: "workbook belongs to this bundle",
    Property.PAGE: "page belongs to this bundle",
    Property.RESULTS: "results belong to this bundle",
    Property.CONCLUSIONS: "conclusions follow from evidence",
    Property.RECOMPUTED: "report, workbook, page recomputed",
    Property.CHANGES: "changes since the previous bundle",
}
_WIDTH = max(map(len, _PROPERTIES.values()))


def report_document(report: VerificationReport, judgement: Judgement) -> dict[str, Any]:
    """Return a verification report as JSON members."""
    document = asdict(report)
    document |= {
        "verified": judgement.word is OverallVerdict.AUTHENTIC,
        "word": judgement.word,
        "established": verdict_line(report, judgement),
        "verdicts": [asdict(verdict) for verdict in judgement.verdicts],
    }
    if report.link is not None:
        document["link"] |= {
            "started": report.link.started.isoformat(),
            "finished": report.link.finished.isoformat(),
        }
    if report.signer is not None:
        document["signer"] |= {
            "not_after": report.signer.not_after.isoformat(),
            "claimed": report.signer.claimed.isoformat() if report.signer.claimed else None,
        }
    document["time_stamps"] = [
        asdict(one) | {"what": str(one.what), "time": one.time.isoformat(), "ends": one.ends.isoformat()}
        for one in report.time_stamps
    ]
    return document


def verdict_line(report: VerificationReport, judgement: Judgement) -> str:
    """Return one line: what this verification did and did not establish."""
    what = _KINDS[report.kind]
    if judgement.word is OverallVerdict.REFUSED or report.signer is None:
        found = [f"{one.subject} {one.sentence}" for one in report.findings[:1]]
        first = f", first that {printable(found[0])}" if found else ""
        return f"Does not verify: {len(report.findings)} finding(s){first}. Do not rely on this {what}."
    who, follows = report.signer.subject, _what_follows(report, judgement)
    if judgement.word is OverallVerdict.INTACT:
        return (
            f"Integrity, not authenticity: the {what} is complete and unchanged since it was signed under "
            f"the name {who}; anybody can make such a certificate, so pass --trust with what you got from "
            f"the signer.{follows}"
        )
    if judgement.word is OverallVerdict.UNCHANGED:
        return f"Unchanged since signing, by {who}, whom you trust.{follows}"
    said = {Property.RECOMPUTED, *([Property.CHANGES] if _drawn(judgement) else [])}
    unknown = ", ".join(_PROPERTIES[one] for one in judgement.not_shown if one not in said)
    limits = f" Not shown either: {unknown}." if unknown else ""
    return (
        f"Authentic: the {what} is complete, unchanged and sealed by {who}, whom you trust.{follows}{limits}"
    )


def _what_follows(report: VerificationReport, judgement: Judgement) -> str:
    """Return what of a pack follows from its evidence, and what was only signed; nothing for other things."""
    concluded, drawn, changes = map(
        judgement.of, (Property.CONCLUSIONS, Property.RECOMPUTED, Property.CHANGES)
    )
    if concluded.state is PropertyState.NOT_APPLICABLE:
        return ""
    if report.conclusions and report.conclusions.partly:
        return f" NOT all of its conclusions were recomputed; the rest was only signed: {concluded.sentence}."
    if concluded.state is not PropertyState.OK:
        return f" Its conclusions were NOT recomputed, only signed: {concluded.sentence}."
    if _drawn(judgement) and changes.state is PropertyState.UNKNOWN:
        # Report and page print what changes.json says: that all agree shows nothing of what is in it.
        why = changes.sentence if report.changes_asked else "give --previous PACK"
        printing = report.showing_changes
        follow = [one for one in report.drawn_parts if one not in printing]
        say = "says" if len(printing) == 1 else "say"
        return (
            f" Its {series(['conclusions', *follow])} follow from its evidence: all came out the same. "
            f"NOT shown: that changes.json, and what {series(printing)} {say} of changes, follow; these were "
            f"only signed ({why})."
        )
    if _drawn(judgement):
        same = [
            "conclusions",
            *report.drawn_parts,
            *(["changes"] if changes.state is PropertyState.OK else []),
        ]
        return f" Its {series(same)} follow from its evidence: all came out the same."
    why = drawn.sentence if report.recomputed else "these were only signed (--recompute)"
    files = ["report.pdf", "appendices.xlsx", *(["index.html"] if report.has_page else [])]
    return (
        f" Its conclusions (results.json) follow from its evidence. NOT shown: that {series(files)} show "
        f"them; {why}."
    )


def _drawn(judgement: Judgement) -> bool:
    return judgement.of(Property.RECOMPUTED).state is PropertyState.OK


def findings_text(report: VerificationReport, judgement: Judgement) -> str:
    """Return a verification report for people: the word, each verdict, each finding, the limits."""
    lines = [verdict_line(report, judgement), ""]
    titles = _PROPERTIES | {Property.RECOMPUTED: f"{', '.join(report.drawn_parts)} recomputed"}
    lines += (
        f"{one.state:<14}  {titles[one.property]:<{_WIDTH}}  {one.sentence}" for one in judgement.verdicts
    )
    if report.findings:
        lines += ["", "Findings:"]
        lines += (f"  {one.code}: {one.subject} {one.sentence}" for one in report.findings)
    elif report.digest:
        lines += ["", f"Bundle digest: {report.digest}", *report.notes]
    return "\n".join(map(printable, lines))  # a name must not start a line of its own


def bundle_document(bundle: Bundle, account: str = "") -> dict[str, Any]:
    """Return what is inside a bundle as JSON members; of units and gaps those of one account, if named."""
    run = bundle.run
    units = [unit for unit in run.units if account in ("", unit.target.account)]
    return {
        "bundle": bundle.name,
        "digest": bundle.digest,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat(),
        "caller": run.caller_start.arn,
        "accounts": list(run.accounts),
        "regions": [state.region for state in run.regions if state.in_scope],
        "outcomes": dict(Counter(str(unit.outcome) for unit in units)),
        "units": [unit.model_dump(mode="json") for unit in units],
        "gaps": [gap.model_dump(mode="json") for gap in bundle.gaps if account in ("", gap.target.account)],
        "attachments": [entry.model_dump(mode="json") for entry in bundle.attachments],
        "files": bundle.hashes,
    }


def bundle_tree(bundle: Bundle, account: str = "") -> "Tree":
    """Return what is inside a bundle as a tree: targets, items with their counts, gaps, attachments.

    Of one account where it is named: its targets alone, and nothing of the whole.
    """
    from rich.text import Text
    from rich.tree import Tree

    run = bundle.run
    tree = Tree(Text(bundle.name, style="bold"))
    tree.add(Text(f"digest {bundle.digest}"))
    made = f"collected {run.started:%Y-%m-%d %H:%M} UTC by {run.caller_start.arn}"
    if review := run.access_review:
        made = f"access review of {review.reviewed}, closed {review.closed:%Y-%m-%d %H:%M} UTC"
    tree.add(Text(printable(made)))
    if not account:
        _add_headlines(tree, bundle)
    targets = {unit.target.target() for unit in run.units if account in ("", unit.target.account)}
    if account and not targets:
        why = next((state.reason for state in run.account_states if state.account == account), "")
        tree.add(Text(printable(f"nothing of {account} was collected{why and ': '}{why}")))
    for target in sorted(targets, key=lambda found: found.label):
        branch = tree.add(Text(printable(target.label), style="bold"))
        for unit in sorted(run.units, key=lambda found: found.item):
            if unit.target.target() == target:
                branch.add(Text(printable(_unit_line(bundle, unit)), style=_STYLES[unit.outcome]))
    if bundle.attachments and not account:
        branch = tree.add(Text("attachments", style="bold"))
        for entry in bundle.attachments:
            branch.add(Text(printable(f"{entry.file}  {entry.item}, by {entry.by}: {entry.note}")))
    return tree


_STYLES = {Outcome.COLLECTED: "", Outcome.EMPTY: "dim", Outcome.GAP: "yellow"}


def _add_headlines(tree: "Tree", bundle: Bundle) -> None:
    """Put the items that auditors ask for by name first, each with what became of it."""
    from rich.text import Text

    asked = sorted((scope for scope in bundle.run.items if scope.headline), key=lambda scope: scope.headline)
    branch = tree.add(Text("asked for by name", style="bold")) if asked else tree
    for scope in asked:
        units = bundle.units(scope.item)
        missing = sum(unit.outcome is Outcome.GAP for unit in units)
        state = _records(sum(unit.records for unit in units))
        if not scope.planned:
            state = f"NOT COLLECTED: {scope.reason}"
        elif missing:
            state += f", GAP in {missing} of {len(units)} targets"
        line = printable(f"{scope.headline}. {scope.title}: {scope.item}, {state}")
        branch.add(Text(line, style="yellow" if missing or not scope.planned else ""))


def _unit_line(bundle: Bundle, unit: Unit) -> str:
    if unit.outcome is Outcome.GAP:
        causes = bundle.gaps_of(unit.item, unit.target.target())
        return f"{unit.item}  GAP: {'; '.join(f'{gap.cause} ({gap.error_code})' for gap in causes)}"
    if unit.outcome is Outcome.EMPTY:
        return f"{unit.item}  empty"
    files = f", {len(unit.files)} files" if len(unit.files) > 1 else ""
    return f"{unit.item}  {_records(unit.records)}{files}"


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"
