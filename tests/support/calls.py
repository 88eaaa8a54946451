"""Calls as the ledger takes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.aws.calls import Call

NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)


def call(seq: int, **more: Any) -> Call:
    """Return a call that was answered at once; `more` replaces its members."""
    members = {
        "seq": seq,
        "item": "test.item",
        "service": "iam",
        "operation": "ListRoles",
        "parameters": {"StartTime": NOW},
        "account": "123456789012",
        "region": "us-east-1",
        "request_id": str(seq),
        "status": 200,
        "error_code": "",
        "attempts": 1,
        "started": NOW,
        "finished": NOW + timedelta(seconds=2),
        "aws_date": NOW,
        "records": 1,
        "truncated": False,
        "depth": 1,
        "file": "kept.jsonl",
    }
    return Call(**(members | more))
