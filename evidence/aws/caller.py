"""Sends AWS requests: bounded in number, paced, retried until the deadline, checked, and on record."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from evidence.aws import answers
from evidence.aws.calls import Call, CallRecorder, Question
from evidence.aws.cause import error_code
from evidence.aws.failures import CALL_ERRORS, AnswerError, DeadlineError
from evidence.aws.limits import Limits
from evidence.aws.retry import Pace, Paces, Retry, code_of, is_throttling
from evidence.aws.sessions import AccountSession


class Slots(Protocol):
    """Bounds the requests that are under way at once, in one account and in all of them."""

    def held(self, urgency: int, service: str) -> AbstractContextManager[None]:
        """Wait for a slot for a request to a service, and hold it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    payload: dict[str, Any] | None
    """boto3's answer without ResponseMetadata; None for an error code listed as `absent`."""
    next_token: str | None
    depth: int


@dataclass(slots=True)
class _Attempts:
    """A question on its way: what the last attempt brought, and how many there were."""

    question: Question
    started: datetime
    seq: int = 0
    attempts: int = 0
    payload: dict[str, Any] = field(default_factory=dict)
    next_token: str | None = None
    error: Exception | None = None
    region: str = ""
    request_id: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class RequestSender:
    """Asks AWS in one account. Safe for use by many threads."""

    def __init__(
        self,
        session: AccountSession,
        *,
        account: str,
        recorder: CallRecorder,
        limits: Limits,
        slots: Slots,
        retry: Retry,
        jitter: Callable[[], float],
        paces: Paces | None = None,
    ) -> None:
        self.account = account
        self.session = session
        self._recorder = recorder
        self._limits = limits
        self._slots = slots
        self._retry = retry
        self._jitter = jitter
        self._paces = paces or Paces()

    def ask(self, question: Question) -> Answer:
        """Send a request until it is answered or time is up; put it on record either way.

        Raises what botocore raises, AnswerError, or DeadlineError (from the last error).
        """
        trial = _Attempts(question, self._limits.clock.now())
        try:
            self._try(trial)
        finally:
            if trial.seq:
                self._recorder.add(self._call(trial))
        return _outcome(trial)

    def pages(self, question: Question) -> Iterator[Answer]:
        """Ask for page after page until AWS says that none follows.

        Raises what `ask` raises, and AnswerError when a token comes back or the pages never end.
        """
        tokens = answers.PageTokens()
        while True:
            answer = self.ask(question)
            yield answer
            if answer.next_token is None:
                return
            tokens.use(answer.next_token)
            token = {self._token_parameter(question): answer.next_token}
            question = replace(question, parameters=question.parameters | token, depth=answer.depth + 1)

    def _token_parameter(self, question: Question) -> str:
        client = self.session.client(question.operation.service, question.region)
        return answers.token_parameter(client.meta.service_model.operation_model(question.operation.name))

    def _try(self, trial: _Attempts) -> None:
        question = trial.question
        pace = self._paces.of(question.operation.service, question.region)
        limits = question.limits or self._limits
        delay: float | None = 0.0
        while delay is not None:
            try:
                limits.wait(max(delay, pace.turn(limits.clock.monotonic())))
                with self._slots.held(question.urgency, question.operation.service):
                    limits.check()
                    self._attempt(trial)
            except DeadlineError as late:
                raise late from trial.error
            delay = self._after(trial, pace)

    def _after(self, trial: _Attempts, pace: Pace) -> float | None:
        """Return the seconds until the next attempt, None when this was the last one."""
        if trial.error is None:
            pace.succeeded()
            return None
        if is_throttling(trial.error):
            pace.throttled()
            self._recorder.throttled()
        return self._retry.delay(trial.error, trial.attempts, self._jitter)

    def _attempt(self, trial: _Attempts) -> None:
        if not trial.attempts:
            trial.seq, trial.started = self._recorder.next(), self._limits.clock.now()
        trial.attempts += 1
        trial.error = None
        answers.start_attempt()
        try:
            self._send(trial)
        except CALL_ERRORS as error:
            trial.error = error
            if isinstance(error, ClientError):
                _note_metadata(trial, error.response.get("ResponseMetadata", {}))
        trial.region = answers.signed_for()
        if not trial.status:
            trial.status, trial.headers = answers.last_answer()
            trial.request_id = trial.headers.get("x-amzn-requestid", "")

    def _send(self, trial: _Attempts) -> None:
        operation = trial.question.operation
        client = self.session.client(operation.service, trial.question.region)
        trial.status = 0
        with self.session.signing():
            payload = _exchange(client, operation.name, trial.question.parameters)
        _note_metadata(trial, payload.pop("ResponseMetadata", {}))
        answers.check_members(operation, payload)
        trial.next_token = answers.next_token(payload)
        trial.payload = payload

    def _call(self, trial: _Attempts) -> Call:
        question, operation = trial.question, trial.question.operation
        answered = trial.error is None and trial.attempts > 0
        return Call(
            seq=trial.seq,
            item=question.item,
            service=operation.service,
            operation=operation.name,
            parameters=answers.redact(question.parameters),
            account=self.account,
            region=trial.region or question.region or self.session.region,
            request_id=trial.request_id,
            status=trial.status,
            error_code="" if trial.error is None else error_code(trial.error),
            attempts=trial.attempts,
            started=trial.started,
            finished=self._limits.clock.now(),
            aws_date=_date(trial.headers.get("date", "")),
            records=answers.count(operation, trial.payload) if answered and trial.payload else None,
            truncated=trial.next_token is not None,
            depth=question.depth,
            file=question.file,
        )


def _exchange(client: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if not answers.last_answer()[0]:
            raise
        # botocore's parsers fail like this on an answer of another shape, such as a proxy's XHTML
        raise AnswerError(f"the answer cannot be read: {type(error).__name__}") from error
    return answer


def _outcome(trial: _Attempts) -> Answer:
    if trial.error is None:
        return Answer(trial.payload, trial.next_token, trial.question.depth)
    if isinstance(trial.error, ClientError) and code_of(trial.error) in trial.question.absent:
        return Answer(None, None, trial.question.depth)
    raise trial.error


def _note_metadata(trial: _Attempts, metadata: Mapping[str, Any]) -> None:
    trial.request_id = str(metadata.get("RequestId", ""))
    trial.status = int(metadata.get("HTTPStatusCode", 0))
    trial.headers = metadata.get("HTTPHeaders", {})


def _date(header: str) -> datetime | None:
    """Return the moment a Date header names, None when it is absent or not one."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
