"""What the page holds of changes.json, however much that is."""

import pytest

from evidence.controls.declaration import Conclusion, Verdict
from evidence.diff.model import (
    ChangeReason,
    Changes,
    ComparedBundle,
    EntryPointers,
    SubjectChange,
    TestChange,
    TestEnding,
)
from evidence.report.browser import changes as page
from tests.support.bundles import NOW


def changes(subjects: int) -> Changes:
    side = ComparedBundle(
        bundle="evidence-1", digest="0" * 64, scope="aws:1", started=NOW, finished=NOW, format_version="1"
    )
    ending = TestEnding(
        conclusion=Conclusion.EXCEPTIONS, complete=True, exceptions=1, accepted=0, not_determined=0
    )
    one = SubjectChange(
        subject="ann", account="1", region="", old=None, new=Verdict.EXCEPTION, observed="",
        pointers=EntryPointers(),
    )  # fmt: skip
    tests = [
        TestChange(
            test=name, title="", old=ending, new=ending, why=(ChangeReason.ACCOUNT,), because="",
            subjects=(one,) * subjects,
        )
        for name in ("MFA-1", "MFA-2")
    ]  # fmt: skip
    return Changes(
        tool_version="1", old=side, new=side, notes=(), counts=(), entries=(), not_compared=(), tests=tests
    )


@pytest.mark.parametrize(("subjects", "shown", "left"), [(2, [2, 2], []), (4, [4, 1], ["3 more who"])])
def test_who_is_judged_otherwise_leaves_room_for_the_evidence(
    subjects: int, shown: list[int], left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_SUBJECTS", 5, raising=False)
    said = page.since(changes(subjects))
    assert [len(test["subjects"]) for test in said["tests"]] == shown
    assert [note[:10] for note in said["notes"]] == left
