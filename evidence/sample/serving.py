"""What `evidence sample-aws` does: read the faults, make the account, serve it, tell how to reach it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from evidence.clock import system_clock
from evidence.sample.faults import load_faults
from evidence.sample.server import create_app, serve

ADVICE = """The sample account is served. Point boto3 or the AWS CLI at it (any credentials will do):
  export AWS_ENDPOINT_URL={url}
  export AWS_ACCESS_KEY_ID=AKIASAMPLESAMPLESAMP AWS_SECRET_ACCESS_KEY=sample AWS_DEFAULT_REGION=us-east-1
  aws iam get-account-summary
Requests received so far: {url}/_evidence/requests. Stop with Ctrl-C."""


def serve_sample(
    host: str,
    port: int,
    *,
    now: datetime | None,
    latency: float,
    faults: Path | None,
    trail_delay: float = 300.0,
    ready_file: Path | None,
    say: Callable[[str], None],
    result: Callable[[str], None],
) -> None:
    """Serve until interrupted.

    Raises UsageError without moto or with bad faults, StorageError for the port.
    """
    loaded = load_faults(faults) if faults else ()
    app = create_app(now or system_clock().now(), latency=latency, faults=loaded, trail_delay=trail_delay)

    def ready(url: str) -> None:
        say(ADVICE.format(url=url))
        result(url)
        if ready_file:
            half = ready_file.with_name(ready_file.name + ".partial")
            half.write_text(f"{url}\n", encoding="utf-8")
            half.replace(ready_file)

    serve(host, port, app, ready)
