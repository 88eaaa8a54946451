"""Names the first part in which two pages differ, whatever library compressed them."""

from pathlib import Path

from evidence.report.browser.blocks import MOST_BYTES, REST, open_blocks
from evidence.storage import read_up_to


def other_data(given: Path, computed: bytes) -> str:
    """Name the first part in which two pages differ; empty where only the compression does."""
    ours = dict(open_blocks(computed))
    most = sum(len(content) for name, content in ours.items() if name != REST)
    try:  # one after the other: what is not ours is not kept, and no more of it opened than ours has
        theirs = {
            name: content == ours.get(name)
            for name, content in open_blocks(read_up_to(given, MOST_BYTES), most)
        }
    except ValueError as error:
        return str(error)
    differing = [name for name in (*ours, *theirs) if not theirs.get(name)]
    return f"its part {differing[0] or 'around the data'} holds something else" if differing else ""
