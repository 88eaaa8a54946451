"""`evidence demo-aws`: serve the demo account, or a generated organization, for anybody's boto3."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Quiet
from evidence.cli.output import Output

_GENERATED = "A generated organization"


def demo_aws(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    latency: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait before each answer.")] = 0.0,
    throttle: Annotated[
        float | None,
        typer.Option(
            min=0.001, metavar="RATE", help="Refuse more requests a second to one service of one account."
        ),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Faults to inject: a JSON list of objects with service, operation, error…"
        ),
    ] = None,
    now: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z"],
            metavar="RFC3339",
            help="The demo account's clock starts here; default: now.",
        ),
    ] = None,
    cloudtrail_delay: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="CloudTrail tells of a request after so long, as AWS's does."
        ),
    ] = 300.0,
    accounts: Annotated[
        int | None,
        typer.Option(
            min=3,
            max=20_000,
            help="Serve a generated organization of so many accounts instead of the demo account.",
            rich_help_panel=_GENERATED,
        ),
    ] = None,
    regions: Annotated[
        int | None,
        typer.Option(
            min=2, max=29, help="Enabled regions of each account; default: 4.", rich_help_panel=_GENERATED
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, help="The same seed gives the same organization; default: 1.", rich_help_panel=_GENERATED
        ),
    ] = None,
    planted: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what is wrong on purpose: a JSON list of account, test, subject and why.",
            rich_help_panel=_GENERATED,
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that answer.", rich_help_panel=_GENERATED)
    ] = 1,
    ready_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the URL here once requests are answered.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Serve the demo account over HTTP, until interrupted. Nothing leaves this machine.

    With --accounts, an organization of that size is generated and served instead.
    """
    from evidence.demo_account.serving import DemoOptions, serve_demo

    output = Output(quiet=quiet)

    def tell(url: str) -> None:
        output.result(url, url)
        sys.stdout.flush()  # whoever waits in a pipe needs the URL now, not at the end

    sample = DemoOptions(
        now=now, latency=latency, faults=faults, trail_delay=cloudtrail_delay, accounts=accounts,
        regions=regions, seed=seed, planted=planted, throttle=throttle, processes=processes,
    )  # fmt: skip
    serve_demo(host, port, sample, ready_file=ready_file, say=output.say, result=tell)
