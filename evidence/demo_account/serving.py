"""Does what `evidence demo-aws` does: reads the faults, makes the accounts, serves them."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from evidence.clock import system_clock
from evidence.demo_account.faults import load_faults
from evidence.demo_account.generated.extent import ACCOUNTS_MIN, Extent
from evidence.demo_account.server import create_app, serve
from evidence.errors import StorageError, UsageError

ADVICE = """The demo account is served. Point boto3 or the AWS CLI at it (any credentials will do):
  export AWS_ENDPOINT_URL={url}
  export AWS_ACCESS_KEY_ID=AKIASAMPLESAMPLESAMP AWS_SECRET_ACCESS_KEY=sample AWS_DEFAULT_REGION=us-east-1
  aws iam get-account-summary
{requests}Stop with Ctrl-C."""
REQUESTS = "Requests received so far: {url}/_evidence/requests. "


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What is served, and how it misbehaves."""

    now: datetime | None = None
    latency: float = 0.0
    """Seconds before each answer."""
    faults: Path | None = None
    trail_delay: float = 300.0
    """Seconds after which CloudTrail tells of a request."""
    accounts: int | None = None
    """Accounts of a generated organization; None for the demo account."""
    regions: int | None = None
    seed: int | None = None
    planted: Path | None = None
    """Where the generated organization's exceptions are listed."""
    throttle: float | None = None
    """Requests a second for each account and service."""
    processes: int = 1

    @property
    def extent(self) -> Extent | None:
        """The extent of the generated organization, where there is one; raises UsageError for half of one."""
        if self.accounts is not None:
            return Extent(self.accounts, self.regions or REGIONS, SEED if self.seed is None else self.seed)
        if (self.regions, self.seed, self.planted, self.processes) != (None, None, None, 1):
            raise UsageError(
                "--regions, --seed, --planted and --processes are about a generated organization.",
                f"Give --accounts too, {ACCOUNTS_MIN} or more.",
            )
        return None


REGIONS, SEED = 4, 1
"""Of a generated organization, unless said otherwise."""


def serve_demo(
    host: str,
    port: int,
    sample: DemoOptions,
    *,
    ready_file: Path | None,
    say: Callable[[str], None],
    result: Callable[[str], None],
) -> None:
    """Serve until interrupted.

    Raises UsageError without moto or with bad faults, StorageError for the port and the list of exceptions.
    """
    extent = sample.extent
    now = sample.now or system_clock().now()
    app = create_app(
        now, latency=sample.latency, faults=load_faults(sample.faults) if sample.faults else (),
        trail_delay=sample.trail_delay, extent=extent, throttle=sample.throttle, told=sample.processes == 1,
    )  # fmt: skip
    if extent is not None and sample.planted is not None:
        write_planted(extent, now, sample.planted)

    def ready(url: str) -> None:
        requests = REQUESTS.format(url=url) if sample.processes == 1 else ""
        say(ADVICE.format(url=url, requests=requests))
        result(url)
        if ready_file:
            half = ready_file.with_name(ready_file.name + ".partial")
            half.write_text(f"{url}\n", encoding="utf-8")
            half.replace(ready_file)

    if sample.processes == 1:
        serve(host, port, app, ready)
    else:
        from evidence.demo_account.processes import serve_in

        serve_in(sample.processes, host, port, app, ready)


def write_planted(extent: Extent, now: datetime, file: Path) -> None:
    """Write what is wrong in a generated organization: account, test, subject and reason of each exception.

    Raises StorageError when the file cannot be written.
    """
    from evidence.demo_account.generated.world import GeneratedWorld

    found = [
        {"account": account, **asdict(plant)}
        for account, plant in GeneratedWorld(extent, now, None).planted()
    ]
    listed = {"accounts": extent.accounts, "regions": list(extent.enabled), "seed": extent.seed,
              "planted": found}  # fmt: skip
    try:
        file.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The list of exceptions cannot be written to {file}: {error.strerror}.",
            "Choose another --planted.",
        ) from error
