"""`evidence sample`: the auditor's own sample from a population of a sealed bundle."""

from dataclasses import astuple
from typing import Annotated

import typer

from evidence.cli.completion import complete_test
from evidence.cli.ending import end_with_gaps
from evidence.cli.options import BundleOrPack, Json, Quiet
from evidence.cli.output import Output

COLUMNS = ("number", "rank", "member", "subject", "account", "region", "verdict", "observed", "pointers")


def sample(
    *,
    bundle: BundleOrPack,
    population: Annotated[
        str,
        typer.Option(
            metavar="TEST",
            help="The test whose population is drawn from: its id, as KEY-1.",
            autocompletion=complete_test,
        ),
    ],
    size: Annotated[int, typer.Option(min=1, metavar="N", help="How many members to draw.")],
    seed: Annotated[str, typer.Option(metavar="TEXT", help="The seed, of the auditor's choice.")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw a sample from the population of a test: CSV, with where each member is written.

    Members are ranked by SHA-256 of the seed, a newline and the member; the first ones are the sample. Size
    and digest of the population are printed with the seed, so that anybody can draw it again
    (docs/sampling.md). Ends with 3 where evidence is missing, so that the population may not be whole.
    """
    from evidence.clock import system_clock
    from evidence.comparison import read_any
    from evidence.controls.own_sample import draw_sample
    from evidence.foreign import printable
    from evidence.report.csv_text import csv_text

    (drawn, gaps), _ = read_any(
        bundle,
        lambda opened, _, stated: (draw_sample(opened, population, size, seed, stated), opened.gaps),
        now=system_clock().now(),
    )
    out = Output(json=json, quiet=quiet)
    rows = [
        [printable(str(value)) for value in (*astuple(one)[:-1], " ".join(one.pointers))]
        for one in drawn.members
    ]
    out.result(drawn.document(), csv_text(COLUMNS, rows).rstrip())
    out.say(f"Population  {drawn.test}, {drawn.population_of}: {drawn.population}")
    out.say(f"Digest      sha256:{drawn.population_digest}")
    out.say(f"Bundle      {drawn.bundle}, sha256:{drawn.bundle_digest}")
    out.say(f"Seed        {drawn.seed}")
    out.say(f"Method      {drawn.method}")
    gaps = tuple(gap for gap in gaps if any(gap.item in one for one in drawn.missing))
    for one in drawn.missing:
        out.say(f"NOT WHOLE   {printable(one)}")
    if not drawn.complete:
        end_with_gaps(out, gaps, drawn.missing)
