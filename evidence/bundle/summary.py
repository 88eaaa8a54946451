"""Bundles and verification reports in words and as JSON, for the command line."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evidence.bundle.findings import Report
from evidence.bundle.models import Unit
from evidence.bundle.reader import Bundle
from evidence.records import Outcome

if TYPE_CHECKING:
    from rich.tree import Tree


def report_document(report: Report) -> dict[str, Any]:
    """Return a verification report as JSON members."""
    document = asdict(report)
    document |= {"verified": report.ok, "established": report.established}
    if report.signer is not None:
        document["signer"] |= {
            "not_after": report.signer.not_after.isoformat(),
            "claimed": report.signer.claimed.isoformat() if report.signer.claimed else None,
        }
    return document


def findings_text(report: Report) -> str:
    """Return a verification report for people: each finding, what was established, its limits."""
    lines = [f"{one.code}: {one.subject} {one.sentence}" for one in report.findings]
    lines.append(report.established)
    if report.ok:
        lines += [f"Bundle digest: {report.digest}"] if report.digest else []
        lines += report.notes
    return "\n".join(lines)


def bundle_document(bundle: Bundle) -> dict[str, Any]:
    """Return what is inside a bundle as JSON members."""
    run = bundle.run
    return {
        "bundle": bundle.name,
        "digest": bundle.digest,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat(),
        "caller": run.caller_start.arn,
        "accounts": list(run.accounts),
        "regions": [state.region for state in run.regions if state.in_scope],
        "outcomes": dict(Counter(str(unit.outcome) for unit in run.units)),
        "units": [unit.model_dump(mode="json") for unit in run.units],
        "gaps": [gap.model_dump(mode="json") for gap in bundle.gaps],
        "attachments": [entry.model_dump(mode="json") for entry in bundle.attachments],
        "files": bundle.hashes,
    }


def bundle_tree(bundle: Bundle) -> "Tree":
    """Return what is inside a bundle as a tree: targets, items with their counts, gaps, attachments."""
    from rich.text import Text
    from rich.tree import Tree

    run = bundle.run
    tree = Tree(Text(bundle.name, style="bold"))
    tree.add(Text(f"digest {bundle.digest}"))
    tree.add(Text(_clean(f"collected {run.started:%Y-%m-%d %H:%M} UTC by {run.caller_start.arn}")))
    _add_headlines(tree, bundle)
    for target in sorted({unit.target.target() for unit in run.units}, key=lambda found: found.label):
        branch = tree.add(Text(_clean(target.label), style="bold"))
        for unit in sorted(run.units, key=lambda found: found.item):
            if unit.target.target() == target:
                branch.add(Text(_clean(_unit_line(bundle, unit)), style=_STYLES[unit.outcome]))
    if bundle.attachments:
        branch = tree.add(Text("attachments", style="bold"))
        for entry in bundle.attachments:
            branch.add(Text(_clean(f"{entry.file}  {entry.item}, by {entry.by}: {entry.note}")))
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
        state = f"{sum(unit.records for unit in units)} records"
        if not scope.planned:
            state = f"NOT COLLECTED: {scope.reason}"
        elif missing:
            state += f", GAP in {missing} of {len(units)} targets"
        line = _clean(f"{scope.headline}. {scope.title}: {scope.item}, {state}")
        branch.add(Text(line, style="yellow" if missing or not scope.planned else ""))


def _unit_line(bundle: Bundle, unit: Unit) -> str:
    if unit.outcome is Outcome.GAP:
        causes = [gap for gap in bundle.gaps if gap.item == unit.item and gap.target == unit.target]
        return f"{unit.item}  GAP: {'; '.join(f'{gap.cause} ({gap.error_code})' for gap in causes)}"
    if unit.outcome is Outcome.EMPTY:
        return f"{unit.item}  empty"
    files = f", {len(unit.files)} files" if len(unit.files) > 1 else ""
    return f"{unit.item}  {unit.records} record{'' if unit.records == 1 else 's'}{files}"


def _clean(text: str) -> str:
    """Names from AWS must not drive the terminal, nor start a new line of the tree."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
