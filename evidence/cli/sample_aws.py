"""`evidence sample-aws`: serve the sample account for anybody's boto3."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Quiet
from evidence.cli.output import Output


def sample_aws(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    latency: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait before each answer.")] = 0.0,
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
            help="The sample's clock starts here; default: now.",
        ),
    ] = None,
    cloudtrail_delay: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="CloudTrail tells of a request after so long, as AWS's does."
        ),
    ] = 300.0,
    ready_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the URL here once requests are answered.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Serve the sample account over HTTP, until interrupted. Nothing leaves this machine."""
    from evidence.sample.serving import serve_sample

    output = Output(quiet=quiet)

    def tell(url: str) -> None:
        output.result(url, url)
        sys.stdout.flush()  # whoever waits in a pipe needs the URL now, not at the end

    serve_sample(
        host,
        port,
        now=now,
        latency=latency,
        faults=faults,
        trail_delay=cloudtrail_delay,
        ready_file=ready_file,
        say=output.say,
        result=tell,
    )
