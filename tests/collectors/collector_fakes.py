"""A stand-in for the runner: replays answers that botocore's models say AWS could give."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.handlers import json_decode_policies
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from evidence.aws.cause import explain
from evidence.aws.failures import DeadlineError
from evidence.collectors.base import RawFile, Refusal, Yield
from evidence.records import Cause, Operation, Scope, Target
from evidence.settings.model import AggregatorSettings, Sampling

ACCOUNT = "123456789012"
TOKENS = {"NextToken", "nextToken", "Marker"}


@cache
def model_of(service: str, name: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def validate(value: Mapping[str, Any], shape: Any, what: str) -> None:
    problems = ParamValidator().validate(dict(value), shape).generate_report().splitlines()
    # Shorter ids than AWS's keep the tests readable; nothing else is forgiven.
    serious = [problem for problem in problems if not problem.startswith("Invalid length")]
    assert not serious, f"{what}: {serious}"


def documented(model: OperationModel) -> set[str]:
    """The codes an operation's errors go by: on the wire, in the model, and in AWS's documentation."""
    names = {shape.name for shape in model.error_shapes} | {shape.error_code for shape in model.error_shapes}
    return names | {name.removesuffix("Exception") for name in names}


class FakeContext:
    """Answers by operation name: a page, a list of pages, an error code, or what returns one of these for
    the request's parameters (and `region`).

    `asked` is the log of requests: operation, region, parameters, and how many answers came before.
    """

    def __init__(
        self,
        answers: Mapping[str, Any],
        *,
        scope: Scope = Scope.ACCOUNT,
        needed: Mapping[str, Iterable[dict[str, Any]]] | None = None,
        regions: Sequence[str] = (),
        sampling: Sampling | None = None,
        aggregator: AggregatorSettings | None = None,
    ) -> None:
        self.target = Target(scope, ACCOUNT, "eu-west-1" if scope is Scope.REGION else None)
        self.regions = regions
        self.sampling = sampling or Sampling()
        self.aggregator = aggregator or AggregatorSettings()
        self.asked: list[tuple[str, str | None, dict[str, Any], int]] = []
        self.waits: list[float] = []
        self._answers = answers
        self._needed = needed or {}
        self._depth = 0

    def call(self, operation: Operation, /, **asked: Any) -> dict[str, Any] | None:
        pages = list(self._ask(operation, **asked))
        assert len(pages) <= 1, f"{operation.name} has more than one page"
        return pages[0] if pages else None

    def pages(self, operation: Operation, /, **asked: Any) -> Iterator[dict[str, Any]]:
        taken = model_of(operation.service, operation.name).input_shape.members
        assert TOKENS & set(taken), f"{operation.name} has no pages"
        return self._ask(operation, **asked)

    def records(self, operation: Operation, /, **asked: Any) -> Iterator[Any]:
        for page in self.pages(operation, **asked):
            yield from page[str(operation.list_key)]

    def map(self, function: Callable[..., Any], values: Iterable[Any]) -> Iterator[Any]:
        deepest = self._depth
        for value in values:
            child = copy.copy(self)  # shares the log, counts its own depth
            yield function(child, value)
            deepest = max(deepest, child._depth)
        self._depth = max(self._depth, deepest)  # what comes after had to wait for all of them

    def attempt(self, function: Callable[..., Any], value: Any, *, may_be_late: bool = False) -> Any:
        """As the runner's own context: AWS's refusal is returned, what ends the run is raised."""
        try:
            return function(self, value)
        except (ClientError, DeadlineError) as error:
            failure = explain(error, regional=True)
            late = failure.cause is Cause.DEADLINE and not may_be_late
            if failure.cause is Cause.CREDENTIALS_EXPIRED or late:
                raise
            return Refusal(failure.cause, failure.error_code, failure.message, error)

    def needed(self, item: str) -> Iterator[dict[str, Any]]:
        return iter(self._needed[item])

    def digest_of(self, item: str) -> str:
        assert item in self._needed
        return "d" * 64

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def depth(self) -> int:
        """The longest chain of calls that had to wait for each other."""
        return max(depth for *_, depth in self.asked)

    def _ask(
        self,
        operation: Operation,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> Iterator[dict[str, Any]]:
        model = model_of(operation.service, operation.name)
        assert set(absent) <= documented(model) | {"PolicyTypeNotEnabledException"}
        if model.input_shape:
            validate(parameters, model.input_shape, f"request {operation.name}")
        answer = self._answers[operation.name]
        answer = answer({**parameters, "region": region}) if callable(answer) else answer
        for page in answer if isinstance(answer, list) else [answer]:
            self._depth += 1
            self.asked.append((operation.name, region, parameters, self._depth))
            if isinstance(page, str):
                if page in absent:
                    return
                if page == "late":
                    raise DeadlineError(page)
                raise ClientError({"Error": {"Code": page, "Message": ""}}, operation.name)
            yield self._as_boto3(operation, model, page)

    @staticmethod
    def _as_boto3(operation: Operation, model: OperationModel, page: Mapping[str, Any]) -> dict[str, Any]:
        validate(page, model.output_shape, f"answer {operation.name}")
        assert operation.list_key in page
        parsed = copy.deepcopy(dict(page))
        json_decode_policies(parsed, model)
        return parsed


Run = Callable[..., tuple[list[Any], FakeContext]]


def records_of(yields: Iterable[Yield]) -> list[Any]:
    return [one for one in yields if not isinstance(one, RawFile)]


def files_of(yields: Iterable[Yield]) -> dict[str, bytes]:
    return {one.name: one.content for one in yields if isinstance(one, RawFile)}
