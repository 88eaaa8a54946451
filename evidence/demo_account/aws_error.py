"""Defines AwsError, an error as AWS answers it: code, message, HTTP status."""


class AwsError(Exception):
    """Code, message and HTTP status of an answer that is an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
