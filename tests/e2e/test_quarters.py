"""The demonstration's two quarters: the difference is what the script planted, and nothing else."""

import json
from collections import Counter
from typing import Any

from evidence.demo_account.account.analyzers import finding_id
from evidence.demo_account.authority import NAME
from evidence.demo_account.script import EARLIER, LAST, ScriptedKind, happenings
from tests.e2e.test_other_programs import run

COMPARED = {
    "user": ScriptedKind.USER, "person": ScriptedKind.PERSON, "membership": ScriptedKind.MEMBERSHIP,
    "assignment": ScriptedKind.ASSIGNMENT,
}  # fmt: skip


def test_the_difference_is_what_was_planted(demo) -> None:
    entries = changes(demo)["entries"]
    planted = happenings(EARLIER, LAST)
    for kind, fact in COMPARED.items():
        told = Counter(one["change"] for one in entries if one["kind"] == kind)
        happened = Counter(
            "appeared" if one.began else "vanished" for one in planted if one.fact.kind is fact
        )
        assert {word: told[word] for word in ("appeared", "vanished")} == happened, kind
    keys = [one for one in entries if one["kind"] == "key" and one["name"].startswith("access key")]
    happened = Counter(
        "appeared" if one.began else "vanished" for one in planted if one.fact.kind is ScriptedKind.KEY
    )
    turned_off = [one for one in planted if one.fact.kind is ScriptedKind.KEY_ACTIVE]
    assert Counter(one["change"] for one in keys) == happened | {"changed": len(turned_off)}
    resolved = [one["id"] for one in entries if one["kind"] == "finding" and one["change"] == "changed"]
    assert resolved == [finding_id("old-queue")]
    assert [one["name"] for one in entries if one["kind"] == "setting"] == ["recorder default"]
    disabled = {one.fact.subject for one in planted if one.fact.kind is ScriptedKind.ENABLED}
    assert len([one for one in entries if (one["kind"], one["change"]) == ("person", "changed")]) == len(
        disabled
    )


def changes(demo) -> dict[str, Any]:
    return json.loads((demo.folder / "changes.json").read_text())


def test_conclusions_change_both_ways(demo) -> None:
    verdicts = [
        (test["test"], one["old"], one["new"]) for test in changes(demo)["tests"] for one in test["subjects"]
    ]
    assert ("MFA-1", "exception", "met") in verdicts
    assert ("KEY-1", "exception", "met") in verdicts, "rotated"
    assert ("KEY-1", "met", "exception") in verdicts, "aged"
    assert all(set(test["why"]) == {"account"} for test in changes(demo)["tests"])


def test_what_lies_beside_the_later_run(demo) -> None:
    packs = sorted(path.name for path in (demo.folder / "archive").glob("*.zip"))
    assert packs == [demo.pack_before.name, demo.pack.name]
    assert demo.pack_before.stem in (demo.folder / "changes.md").read_text()
    assert (demo.folder / "quarter-before/report.pdf").is_file()
    assert NAME.replace(",", "\\,") in " ".join(run("pdftotext", "-raw", demo.report, "-").split())
