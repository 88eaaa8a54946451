"""Puts the period's page together: period.json in inert blocks, and one script that shows it."""

import json
from collections.abc import Iterator
from typing import Any

from evidence.period.model import PeriodResults
from evidence.period.render.words import holes_headline
from evidence.report.assets import folder
from evidence.report.browser.blocks import MOST_BYTES, BlockStore
from evidence.report.browser.frame import frame, hidden_characters

SCRIPTS = (
    "browser/page.js", "browser/blocks.js", "browser/table.js", "browser/views.js", "period/words.js",
    "period/overview.js", "period/tests.js", "period/members.js", "period/parts.js", "browser/router.js",
    "period/main.js",
)  # fmt: skip
"""In this order one script."""
STYLES = ("browser/browser.css", "period/page.css")
_NAMES_ROOM = 8 * 1024
"""Bytes kept free for the names of what is left out."""


def pieces(results: PeriodResults, *, most_bytes: int = MOST_BYTES) -> Iterator[bytes]:
    """Yield the page, at most `most_bytes` where events and populations can be left out for that, by name."""
    source = folder()
    before, after = frame(
        source / "period" / "page.html",
        style="".join((source / name).read_text("utf-8") for name in STYLES),
        script="".join((source / name).read_text("utf-8") for name in SCRIPTS),
        keywords=f"head sha256:{results.head} period sha256:{results.digest}",
    )
    store = BlockStore(most_bytes - len(before) - len(after) - _NAMES_ROOM)
    told = results.model_dump(mode="json")
    events = told.pop("events")
    members = [one.pop("members") for one in told["populations"]]
    store.require("results", _json(told))
    left = []
    if not store.add("events", _json(events)):
        left.append({"block": "events", "what": f"{len(events):,} events"})
    for number, (population, those) in enumerate(zip(told["populations"], members, strict=True)):
        if not store.add(name := f"members{number}", _json(those)):
            left.append({"block": name, "what": f"{len(those):,} members: {population['kind']}"})
    about = {
        "digest": results.digest, "holes": holes_headline(results), "hidden": hidden_characters(),
        "left": left,
    }  # fmt: skip
    store.require("about", _json(about))
    yield before
    for block in store.blocks:
        yield from block.markup()
    yield after


def _json(value: Any) -> tuple[bytes]:
    return (json.dumps(value, ensure_ascii=False).encode(),)
