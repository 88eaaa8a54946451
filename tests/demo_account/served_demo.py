import threading
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from evidence.demo_account import DemoServer
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.aws_server.generated.extent import Extent

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)


class ServedDemo:
    """The demo account over HTTP, with clients for it."""

    def __init__(
        self, *faults: Fault, latency: float = 0.0, now: datetime = NOW, extent: Extent | None = None
    ) -> None:
        self.app = FaultyApp(now, latency=latency, faults=faults, extent=extent)
        self.server = DemoServer("127.0.0.1", 0, self.app)
        self.server.start()
        self.session = boto3.Session(aws_access_key_id="AKIADEMODEMODEMODEMO", aws_secret_access_key="demo")
        self.clients: dict[tuple[str, str, int], Any] = {}
        self.lock = threading.Lock()

    def client(self, service: str, region: str = "us-east-1", attempts: int = 1) -> Any:
        with self.lock:
            key = (service, region, attempts)
            if key not in self.clients:
                retries = {"total_max_attempts": attempts, "mode": "standard"}
                self.clients[key] = self.session.client(
                    service, region, endpoint_url=self.server.url, config=Config(retries=retries)
                )
            return self.clients[key]
