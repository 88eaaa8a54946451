"""Sends the calls of a ledger again by botocore alone: `python -m benchmarks.bare CALLS_JSONL THREADS`.

The same operations, regions, parameters and pages, from as many threads as were calls under way.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

_TOKENS = ("NextToken", "nextToken", "Marker")


class BareClients:
    """One client for each service and region, shared by all threads."""

    def __init__(self, threads: int) -> None:
        self._session = botocore.session.Session()
        self._config = Config(max_pool_connections=threads)
        self._clients: dict[tuple[str, str], Any] = {}
        self._guard = threading.Lock()

    def of(self, service: str, region: str) -> Any:
        """Return the client, made when it is first asked for."""
        with self._guard:
            if (service, region) not in self._clients:
                made = self._session.create_client(service, region_name=region, config=self._config)
                self._clients[service, region] = made
            return self._clients[service, region]


def send(clients: BareClients, call: dict[str, Any]) -> int:
    """Send a call and those for the pages that follow; return how many there were."""
    client, parameters, calls = clients.of(call["service"], call["region"]), call["parameters"], 0
    while True:
        calls += 1
        try:
            answer = getattr(client, xform_name(call["operation"]))(**parameters)
        except ClientError:  # refused then as well
            return calls
        name = next((name for name in _TOKENS if answer.get(name)), None)
        if name is None:
            return calls
        parameters |= {name: answer[name]}


def main(ledger: str, threads: str) -> None:
    """Send them all. Exits with 1 when there were more or fewer than in the ledger."""
    calls = [json.loads(line) for line in Path(ledger).read_bytes().splitlines()]
    first = [call for call in calls if not any(name in call["parameters"] for name in _TOKENS)]
    clients = BareClients(int(threads))
    with ThreadPoolExecutor(int(threads)) as pool:
        sent = sum(pool.map(lambda call: send(clients, call), first))
    if sent != len(calls):
        sys.exit(f"{sent} calls sent, where there were {len(calls)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
