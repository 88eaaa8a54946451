"""Defines the errors of a call beside those that botocore raises itself."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from evidence.foreign import CredentialSourceError
from evidence.records import Cause


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was not collected, ready for a gap."""

    cause: Cause
    error_code: str
    message: str
    operation: str = ""
    """`service:Operation` that failed, where it is not the one that was asked for."""


class AnswerError(Exception):
    """AWS answered, but the answer does not count: cut short, not AWS's, or without what was asked for."""


class NotEnabledError(Exception):
    """AWS answered, and what was to be read there does not exist."""


class DeadlineError(Exception):
    """The run's deadline passed, or would pass before the next attempt."""


class StoppedError(BaseException):
    """The run was interrupted or aborted: the thread ends, and what it had is thrown away.

    Not an `Exception`, so that nobody takes the end of the run for a gap.
    """


class RoleError(Exception):
    """The role through which an account is read could not be assumed, at first or again."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class CodeNeededError(Exception):
    """A profile asks for an MFA code, and there is nobody to type it; words: `evidence.foreign`."""


CALL_ERRORS = (
    ClientError,
    BotoCoreError,
    ResponseParserError,
    AnswerError,
    RoleError,
    CredentialSourceError,
    DeadlineError,
)
"""All that a call ends with, other than an answer; anything else is a defect."""
