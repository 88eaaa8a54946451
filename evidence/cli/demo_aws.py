"""`evidence demo-aws`: serve the demo account, a simulated AWS organization, for anybody's boto3."""

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Quiet
from evidence.cli.output import Output

_ADVICE = """The demo account is served. Point boto3 or the AWS CLI at it (any credentials will do):
  export AWS_ENDPOINT_URL={url}{trusting}
  export AWS_ACCESS_KEY_ID=AKIADEMODEMODEMODEMO AWS_SECRET_ACCESS_KEY=demo AWS_DEFAULT_REGION=us-east-1
  aws iam get-account-summary
Requests received so far: {url}/_evidence/requests. Stop with Ctrl-C."""


def demo_aws(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    now: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z"],
            metavar="RFC3339",
            help="The demo account's clock starts here; default: now.",
        ),
    ] = None,
    ages_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z"],
            metavar="RFC3339",
            help="Count the ages of what is in the account from here; default: from the clock's start.",
        ),
    ] = None,
    day: Annotated[
        float,
        typer.Option(
            min=-92,
            max=273,
            metavar="N",
            help="Serve the account as its script has it N days after the quarter that is the default; "
            "-92 is the quarter before.",
        ),
    ] = 0.0,
    cloudtrail_delay: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="CloudTrail tells of a request after so long, as AWS's does."
        ),
    ] = 300.0,
    tls: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Serve over TLS; writes ca.pem, of an authority of this run, into it."
        ),
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the URL here once requests are answered.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Serve the demo account over HTTP or TLS, until interrupted. Nothing leaves this machine."""
    from evidence.clock import system_clock
    from evidence.demo_account.certificates import HOSTS, write_certificates
    from evidence.demo_account.server import create_app, serve, write_ready_file

    output = Output(quiet=quiet)
    app = create_app(now or system_clock().now, trail_delay=cloudtrail_delay, day=day, ages_from=ages_from)
    made = write_certificates(tls, tuple(dict.fromkeys((host, *HOSTS)))) if tls else None
    trusting = f"\n  export AWS_CA_BUNDLE={shlex.quote(str(made.authority.resolve()))}" if made else ""

    def ready(url: str) -> None:
        output.say(_ADVICE.format(url=url, trusting=trusting))
        output.result(url, url)
        sys.stdout.flush()  # whoever waits in a pipe needs the URL now, not at the end
        if ready_file:
            write_ready_file(ready_file, url)

    serve(host, port, app, ready, made.server if made else None)
