"""Puts the page together: head, inert blocks, one script. A pure function of bundle, results and facts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.controls.summary import FIX_FIRST
from evidence.controls.totals import totals
from evidence.diff import Changes
from evidence.report.access_review import review_view
from evidence.report.accounts import account_rows, is_organization
from evidence.report.assets import folder
from evidence.report.browser import contents
from evidence.report.browser.blocks import MOST_BYTES, BlockStore
from evidence.report.browser.changes import since
from evidence.report.browser.faults import statements_at_fault
from evidence.report.browser.frame import frame, hidden_characters
from evidence.report.facts import ItemFacts, check_same_bundle
from evidence.report.lax_settings import lax_headline
from evidence.report.pdf.times import time_facts
from evidence.report.priorities import priorities
from evidence.report.statements import findings
from evidence.statements.files import STATEMENT_KINDS

SCRIPTS = (
    "page.js", "blocks.js", "data.js", "table.js", "record.js", "columns.js", "views.js", "overview.js",
    "tests.js", "access.js", "changes.js", "evidence.js", "search.js", "parts.js", "router.js", "main.js",
)  # fmt: skip
"""In this order one script."""
_NAMES_ROOM = 32 * 1024
"""Bytes kept free for the names of what is left out."""


def pieces(
    bundle: Bundle,
    results: Results,
    facts: Sequence[ItemFacts],
    *,
    changes: Changes | None = None,
    most_bytes: int = MOST_BYTES,
) -> Iterator[bytes]:
    """Yield the page, at most `most_bytes`, with what changed since the previous bundle where that is given.

    Raises UsageError when the results belong to another bundle.
    """
    check_same_bundle(bundle, results)
    source = folder() / "browser"
    style = (source / "browser.css").read_text("utf-8")
    script = "".join((source / name).read_text("utf-8") for name in SCRIPTS)
    before, after = frame(
        source / "page.html",
        style=style,
        script=script,
        keywords=f"bundle sha256:{bundle.digest} results sha256:{results.digest}",
    )
    filled = contents.PageContents(BlockStore(most_bytes - len(before) - len(after) - _NAMES_ROOM))
    filled.store.require("results", (contents.results_without_rows(results),))
    bodies = contents.bodies(bundle)
    summary = {**_summary(bundle, results), "items": contents.items(bundle, bodies, facts)}
    filled.store.require("summary", _json(summary))
    if changes:
        filled.store.require("changes", _json(since(changes)))
    contents.fill(filled, bundle, results, bodies)
    filled.store.require("left", _json(filled.left_out))
    yield before
    for block in filled.store.blocks:
        yield from block.markup()
    yield after


def _json(value: Any) -> tuple[bytes]:
    return (json.dumps(value, ensure_ascii=False).encode(),)


def _review(bundle: Bundle) -> dict[str, str] | None:
    """Return what the page says of an access review; null of collected evidence."""
    view = review_view(bundle)
    if view is None:
        return None
    review = view.review
    return {
        "reviewed": review.reviewed,
        "digest": review.reviewed_digest,
        "as_of": review.reviewed_finished.isoformat(),
        "opened": review.opened.isoformat(),
        "closed": review.closed.isoformat(),
        "reviewers": view.reviewers,
    }


def _summary(bundle: Bundle, results: Results) -> dict[str, Any]:
    """Return what the page says of the bundle as a whole, by the report's own readers."""
    run = bundle.run
    entity = run.settings.entity
    first = priorities(results, among_accounts=is_organization(bundle))
    return {
        "bundle": bundle.name,
        "digest": bundle.digest,
        "results_digest": results.digest,
        "entity": entity.model_dump(mode="json"),
        "collected": {"from": run.started.isoformat(), "to": run.finished.isoformat()},
        "times": [
            *((fact.name, fact.value, fact.remark) for fact in time_facts(bundle)),
            *(("Not of this program", f"{one.name} {one.version}", f"sha256:{one.sha256}")
              for one in results.custom),
        ],
        "caller": run.caller_start.arn,
        "review": _review(bundle),
        "redacted": run.redacted_from is not None,
        "accounts": [
            {"account": row.account, "name": row.name, "unit": row.ou, "state": row.state,
             "in_scope": row.in_scope, "reason": row.reason, "gaps": row.gaps}
            for row in account_rows(bundle)
        ],
        "priorities": [asdict(one) for one in first[:FIX_FIRST]],
        "stated": [
            (kind.title, results.used_files[kind.name].model_dump(mode="json"))
            for kind in STATEMENT_KINDS
            if kind.name in results.used_files
        ],
        "uncounted": [{"file": one.file, **one.finding.model_dump(mode="json")} for one in findings(results)],
        "totals": [(total.name, total.tests, total.words) for total in totals(results.tests)],
        "laxer": lax_headline(results.lax_settings),
        "attachments": [one.model_dump(mode="json") for one in bundle.attachments],
        "faults": statements_at_fault(bundle, results),
        "unreadable": dict(contents.unreadable(bundle)),
        "hidden": hidden_characters(),
    }  # fmt: skip
