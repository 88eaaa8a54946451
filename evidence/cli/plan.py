"""`evidence plan`: what a collection would do, without doing it."""

from typing import TYPE_CHECKING

from evidence.cli import collecting
from evidence.cli.options import Json
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings import Settings


@collecting.takes(collecting.planning_settings)
def plan(*, settings: "Settings", json: Json = False) -> None:
    """Print what a collection would ask: accounts, regions, units, calls and time. Collects nothing.

    Asks AWS for the list of accounts and of the caller's regions; everything else is an estimate.
    """
    from evidence.clock import system_clock
    from evidence.collect import look_ahead

    ahead = look_ahead(settings, system_clock())
    Output(json).result(ahead.document(), ahead.text())
