from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.aws.caller import RequestSender
from evidence.aws.calls import Call, Question
from evidence.aws.limits import Limits
from evidence.aws.retry import Retry
from evidence.aws.sessions import Connection, connect
from evidence.clock import Clock
from evidence.collect.slots import CallSlots
from evidence.records import Operation
from tests.aws.scripted_aws import ScriptedAws

NOW = datetime(2026, 10, 1, 6, 0, 2, tzinfo=UTC)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    server = ScriptedAws()
    for name, value in {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
        "AWS_SECRET_ACCESS_KEY": "very-secret-key",
        "AWS_SESSION_TOKEN": "very-secret-token",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield server
    server.close()


class PatientClock:
    """Sleeps in no time, and remembers how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def clock(self) -> Clock:
        return Clock(now=lambda: NOW, monotonic=lambda: sum(self.slept), sleep=self.slept.append)


@dataclass
class Recorded:
    calls: list[Call] = field(default_factory=list)
    throttles: int = 0
    sent: int = 0

    def next(self) -> int:
        self.sent += 1
        return self.sent

    def add(self, call: Call) -> None:
        self.calls.append(call)

    def throttled(self) -> None:
        self.throttles += 1


class Asking:
    """A caller on the scripted server, with everything it leaves behind."""

    def __init__(self, *operations: Operation, deadline: float = 1000.0, retry: Retry | None = None) -> None:
        self.time = PatientClock()
        self.recorded = Recorded()
        self.limits = Limits(self.time.clock(), deadline)
        self.connection: Connection = connect(profile=None, region=None, operations=operations, connections=2)
        self.caller = RequestSender(
            self.connection.account,
            account="123456789012",
            recorder=self.recorded,
            limits=self.limits,
            slots=CallSlots(2, self.limits.clock),
            retry=retry or Retry(),
            jitter=lambda: 1.0,
        )

    def ask(self, operation: Operation, *absent: str, **parameters: Any) -> Any:
        return self.caller.ask(self.question(operation, *absent, **parameters)).payload

    def pages(self, operation: Operation, **parameters: Any) -> list[Any]:
        return [answer.payload for answer in self.caller.pages(self.question(operation, **parameters))]

    def question(self, operation: Operation, *absent: str, **parameters: Any) -> Question:
        return Question(operation, parameters, "test.item", "data/file.jsonl", 1, absent=absent)


@pytest.fixture
def asking(scripted: ScriptedAws) -> Callable[..., Asking]:
    return Asking
