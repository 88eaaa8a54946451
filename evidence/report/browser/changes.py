"""What the page shows of changes.json: every test that ends otherwise, and every thing that changed."""

from typing import Any

from evidence.diff import Changes
from evidence.diff.model import ChangeEntry
from evidence.diff.text import change_facts

MOST_ENTRIES = 5_000
"""Of an organization in which everything changed there are more; changes.json has them."""
MOST_SUBJECTS = 5_000
"""Of all tests together: more would take the room of the evidence itself."""


def since(changes: Changes) -> dict[str, Any]:
    """Return what changed since the previous bundle, in the report's words and numbers."""
    facts = change_facts(changes)
    room, tests = MOST_SUBJECTS, []
    for test, words in zip(changes.account_tests, facts.conclusions, strict=True):
        shown = test.subjects[:room]
        room -= len(shown)
        tests.append(
            {"test": test.test, "because": test.because, "old": words.old, "new": words.new,
             "subjects": [one.model_dump(mode="json", exclude={"pointers"}) for one in shown]}
        )  # fmt: skip
    left = sum(len(test.subjects) for test in changes.account_tests) - (MOST_SUBJECTS - room)
    unshown = f"{left:,} more who are judged otherwise stand in changes.json alone." if left else ""
    return {
        "old": changes.old.bundle,
        "old_digest": changes.old.digest,
        "days": facts.days,
        "notes": [*facts.notes, *filter(None, [unshown])],
        "kinds": [[row.title, row.old, row.new, row.words] for row in facts.rows],
        "tests": tests,
        "by_rule": [[one.test, one.old, one.new] for one in facts.by_rule],
        "entries": [_entry(one) for one in changes.entries[:MOST_ENTRIES]],
        "more": max(0, len(changes.entries) - MOST_ENTRIES),
        "not_compared": list(facts.not_compared),
        "more_not_compared": facts.more_not_compared,
    }  # fmt: skip


def _entry(one: ChangeEntry) -> dict[str, Any]:
    return {
        "kind": one.kind, "change": one.change, "account": one.account, "region": one.region,
        "name": one.name, "old": one.old or {}, "new": one.new or {}, "pointers": list(one.pointers.new[:1]),
    }  # fmt: skip
