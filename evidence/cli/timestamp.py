"""`evidence timestamp`: add a time-stamp to a sealed bundle that has none."""

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stamping_settings)
def timestamp(
    *,
    settings: "Settings",
    bundle: BundlePath,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put a new one in the place of one that does not hold.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a time-stamp to a sealed bundle, beside its seal; what was sealed is not touched.

    Shows from then on that the bundle was sealed before that time. Refuses a bundle that does not verify or
    has a time-stamp. Reports and packs made before do not have it: make them again with `evidence report`
    and `evidence pack`.
    """
    from evidence.bundle.write.stamping import check_and_stamp
    from evidence.clock import system_clock
    from evidence.errors import UsageError
    from evidence.signing.authority import authority_at

    clock = system_clock()
    authority = authority_at(settings.timestamp, clock)
    if authority is None:
        raise UsageError("No time-stamping authority is named.", "Name one with --timestamp-url.")
    stamped = check_and_stamp(bundle, authority, now=clock.now(), replace=replace)
    document = {
        "bundle": str(bundle),
        "time": stamped.time.isoformat(),
        "authority": stamped.authority,
        "fingerprint_sha256": stamped.fingerprint,
    }
    text = f"Time-stamped {stamped.time:%Y-%m-%d %H:%M:%S} UTC by {stamped.authority}."
    Output(json=json, quiet=quiet).result(document, text)
