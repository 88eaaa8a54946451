"""`python -m tests.aws_server`: serve the demo account or a generated organization, slow or faulty if asked.

Prints the URL to set AWS_ENDPOINT_URL to, and serves until interrupted. See docs/demo-organizations.md.
"""

import argparse
import json
import signal
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from evidence.clock import system_clock
from evidence.demo_account.certificates import write_certificates
from evidence.demo_account.server import serve, write_ready_file
from evidence.errors import EvidenceError
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import load_faults
from tests.aws_server.generated.extent import (
    ACCOUNTS_MAX,
    ACCOUNTS_MIN,
    REGIONS_MAX,
    REGIONS_MIN,
    Extent,
)
from tests.aws_server.generated.world import GeneratedWorld
from tests.aws_server.processes import serve_in

REGIONS, SEED = 4, 1
"""Of a generated organization, unless said otherwise."""


def main() -> None:
    """Serve until interrupted."""
    parser = _parser()
    given = parser.parse_args()
    extent = _extent(parser, given)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        now = given.now or system_clock().now()
        faults = load_faults(given.faults) if given.faults else ()
        app = FaultyApp(
            now, latency=given.latency, faults=faults, throttle=given.throttle, extent=extent,
            told=given.processes == 1,
        )  # fmt: skip
        if extent is not None and given.planted:
            write_planted(extent, now, given.planted)
        _serve(given, app)
    except EvidenceError as error:
        print(f"{error.message} {error.advice}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        pass  # how serving ends


def _serve(given: argparse.Namespace, app: FaultyApp) -> None:
    def ready(url: str) -> None:
        print(url, flush=True)
        if given.ready_file:
            write_ready_file(given.ready_file, url)

    certificate = write_certificates(given.tls).server if given.tls else None
    if given.processes == 1:
        serve("127.0.0.1", given.port, app, ready, certificate)
    else:
        serve_in(given.processes, given.port, app, ready, certificate)


def write_planted(extent: Extent, now: datetime, file: Path) -> None:
    """List what is wrong in a generated organization: account, test, subject and reason of each exception."""
    found = [
        {"account": account, **asdict(plant)}
        for account, plant in GeneratedWorld(extent, now, None).planted()
    ]
    listed = {"accounts": extent.accounts, "regions": list(extent.enabled), "seed": extent.seed,
              "planted": found}  # fmt: skip
    file.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.aws_server", description=(__doc__ or "").split(": ")[1]
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    add("--ready-file", type=Path, metavar="FILE", help="write the URL here once requests are answered")
    add("--now", type=datetime.fromisoformat, metavar="RFC3339", help="where its clock starts; default: now")
    add("--latency", type=float, default=0.0, metavar="SECONDS", help="wait before each answer")
    add("--throttle", type=float, metavar="RATE", help="requests a second to one service of one account")
    add("--faults", type=Path, metavar="FILE", help="a JSON list of objects with service, operation, error…")
    add("--accounts", type=int, metavar="N", help="generate an organization of so many accounts")
    add("--regions", type=int, metavar="N", help=f"enabled regions of each account; default: {REGIONS}")
    add("--seed", type=int, help=f"the same seed gives the same organization; default: {SEED}")
    add("--planted", type=Path, metavar="FILE", help="list what is wrong with it on purpose")
    add("--tls", type=Path, metavar="FOLDER", help="speak TLS; writes ca.pem, to be trusted, into it")
    add("--processes", type=int, default=1, metavar="N", help="processes that answer")
    return parser


def _extent(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Extent | None:
    """Return the size of the organization to generate; None for the demo account."""
    if given.accounts is None:
        if (given.regions, given.seed, given.planted, given.processes) != (None, None, None, 1):
            parser.error("--regions, --seed, --planted and --processes need --accounts")
        return None
    regions = REGIONS if given.regions is None else given.regions
    if not ACCOUNTS_MIN <= given.accounts <= ACCOUNTS_MAX:
        parser.error(f"--accounts is {ACCOUNTS_MIN} to {ACCOUNTS_MAX}")
    if not REGIONS_MIN <= regions <= REGIONS_MAX:
        parser.error(f"--regions is {REGIONS_MIN} to {REGIONS_MAX}")
    return Extent(given.accounts, regions, SEED if given.seed is None else given.seed)


if __name__ == "__main__":
    main()
