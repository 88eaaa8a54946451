"""What can go wrong with a call beside the errors that botocore raises itself."""


class AnswerError(Exception):
    """AWS answered, but the answer does not count: cut short, not AWS's, or without what was asked for."""


class DeadlineError(Exception):
    """The run's deadline passed, or would pass before the next attempt."""


class StoppedError(BaseException):
    """The run was interrupted or aborted: the thread ends, and what it had is thrown away.

    Not an `Exception`, so that nobody takes the end of the run for a gap.
    """
