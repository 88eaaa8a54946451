"""No path that is written is longer than Windows' Explorer can extract into a folder for downloads."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import file_names
from evidence.bundle.format import bag, names
from evidence.bundle.write.payload import PayloadFolder
from evidence.collectors._filenames import FileNames
from evidence.collectors.base import catalogue
from evidence.pack.layout import pack_folder
from evidence.records import Scope, Target

LONGEST_IN_A_PACK = 165
REGION = "us-isof-south-1"
"""AWS's longest."""
ACCOUNT = "1" * 12
BUNDLE = f"evidence-{ACCOUNT}-20261001T060000Z"
REDACTED = f"{BUNDLE}-redacted"
TARGETS = {
    Scope.ORGANIZATION: Target(Scope.ORGANIZATION, ACCOUNT),
    Scope.ACCOUNT: Target(Scope.ACCOUNT, ACCOUNT),
    Scope.REGION: Target(Scope.REGION, ACCOUNT, REGION),
}
DOWNLOADS = "C:\\Users\\" + "n" * 20 + "\\Downloads\\"
WINDOWS = 259


def written() -> list[str]:
    """The longest path below data/ of each item, of its further files, of an attachment, and our own."""
    found = [bag.CALLS, bag.ATTACHMENTS, f"attachments/{'f' * file_names.LONGEST_ATTACHMENT}"]
    for one in catalogue().values():
        target = TARGETS[one.scope]
        found.append(one.path(target))
        if one.folder:
            further = f"{one.folder}/{'r' * file_names.LONGEST_FOLDER}/{'d' * file_names.LONGEST_DOCUMENT}"
            found.append(f"{target.folder}/{one.service}/{further}")
    return found


def test_the_longest_path_of_a_pack_is_the_documented_one() -> None:
    longest = max(written(), key=len)
    assert len(f"{bag.PAYLOAD}/{longest}") == names.MAX_PATH
    for bundle, most in ((BUNDLE, 156), (REDACTED, LONGEST_IN_A_PACK)):
        inside = f"{pack_folder('d' * 64)}/{bundle}/{bag.PAYLOAD}/{longest}"
        assert len(inside) == most
        assert len(f"{DOWNLOADS}{bundle}-pack\\{inside}") <= WINDOWS
    said = re.findall(r"has at most\s+(\d+)", (Path(__file__).parents[2] / "docs/format.md").read_text())
    assert [int(one) for one in said] == [names.MAX_PATH - 5, LONGEST_IN_A_PACK]


@given(st.text(max_size=300), st.sampled_from(["", ".png", ".tar.gz", ".a-long-ending", "."]))
def test_the_name_of_an_attachment_fits_and_keeps_its_ending(stem: str, ending: str) -> None:
    short = file_names.short_file_name(stem + ending, file_names.LONGEST_ATTACHMENT)
    assert names.problem_of(short, file_names.LONGEST_ATTACHMENT) is None
    if ending == ".png" and stem.strip("."):
        assert short.endswith(".png")


@given(st.text(max_size=300), st.text(max_size=300), st.integers(12, 60))
def test_different_names_stay_different(one: str, other: str, limit: int) -> None:
    folder = FileNames(limit)
    first, second = folder.of(one), folder.of(other)
    assert first.casefold() != second.casefold()
    assert not any(names.problem_of(name, limit) for name in (first, second))


def test_a_longer_path_is_not_written(tmp_path: Path) -> None:
    from evidence.errors import StorageError

    folder = PayloadFolder(tmp_path)
    folder.write("a" * (names.MAX_PATH - 5), b"")
    with pytest.raises(StorageError, match="longer than"):
        folder.write("b" * (names.MAX_PATH - 4), b"")
