"""Splits answers into pages with NextToken or Marker, the way each AWS protocol does."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.wire import ApiRequest

TOKENS = ("Marker", "NextToken", "nextToken")


def token_of(offset: int, number: int, operation: str) -> str:
    """Return an opaque token for page `number`, which only this operation takes back."""
    return base64.urlsafe_b64encode(f"{operation}:{offset}:{number}".encode()).decode().rstrip("=")


def position(token: str | None, operation: str) -> tuple[int, int]:
    """Return where a page starts and its number, from 1; raises AwsError for a token that is not ours."""
    if not token:
        return 0, 1
    try:
        name, offset, number = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().split(":")
        start, page_number = int(offset), int(number)
    except (ValueError, binascii.Error):
        raise _invalid() from None
    if name != operation:
        raise _invalid()
    return start, page_number


def _invalid() -> AwsError:
    return AwsError("InvalidNextTokenException", "The specified next token is not valid.")


def page(
    call: ApiRequest,
    items: Sequence[Any],
    *,
    key: str,
    limit: str = "MaxResults",
    token: str = "NextToken",  # noqa: S107  a paging token
    size: int = 100,
    show: Callable[[Any], Any] = lambda item: item,
) -> dict[str, Any]:
    """Return one page under `key`, with a token when more follow. `size` is both default and maximum.

    `show` turns an item into what is answered, for those of the page alone.
    """
    start, number = position(call.parameters.get(token), call.operation)
    end = start + max(1, min(int(call.parameters.get(limit) or size), size))
    answer: dict[str, Any] = {key: [show(item) for item in items[start:end]]}
    if end < len(items):
        answer[token] = token_of(end, number + 1, call.operation)
    return answer


def marked(call: ApiRequest, items: Sequence[Any], *, key: str, size: int = 100) -> dict[str, Any]:
    """Return one page the IAM way: IsTruncated and Marker."""
    answer = page(call, items, key=key, limit="MaxItems", token="Marker", size=size)  # noqa: S106
    return {**answer, "IsTruncated": "Marker" in answer}


def sent_token(parameters: Mapping[str, Any]) -> str | None:
    """Return the token a request carries, whatever its protocol calls it."""
    return next((parameters[name] for name in TOKENS if parameters.get(name)), None)


def page_number(call: ApiRequest) -> int:
    """Return which page of a listing a request asks for, from 1."""
    try:
        return position(sent_token(call.parameters), call.operation)[1]
    except AwsError:
        return 1
