"""Time-stamps by the demonstration's own authority, which also stamps where `openssl ts` would refuse."""

from datetime import UTC, datetime

from evidence.demo_account.authority import AuthorityFiles
from tests.support.authority import request_for


def dummy_answer(authority: AuthorityFiles, content: bytes, moment: datetime | None = None) -> bytes:
    """Return an answer over content by an authority's key and certificate, whatever that is for."""
    return authority.stamped(request_for(content), moment or datetime.now(UTC))
