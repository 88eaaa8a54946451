"""Simulates CloudTrail's event history: records every request, and tells of it as late as AWS does.

Each request becomes one management event in the form of AWS's record (event version 1.11), which LookupEvents
finds in the region it was signed for, once `delay` seconds have passed.
"""

import json
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from evidence.demo_account.ids import CALLER_ARN, unique_id
from evidence.demo_account.wire import SERVICES, ApiRequest, HttpAnswer

DELAY = 300.0
"""Seconds; AWS says about five minutes on average."""
_KEPT = 100_000
_SIGNING = {name: signed for signed, name in SERVICES.items()}
_XML_ID = re.compile(rb"<Request(?:Id|ID)>([^<]{1,64})</Request(?:Id|ID)>")
_XML_CODE = re.compile(rb"<Code>([^<]{1,128})</Code>")
_BEFORE_AUTHENTICATION = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch",
     "UnrecognizedClientException"}
)  # fmt: skip
"""Errors of requests that AWS could not attribute to anybody: no account's trail has them."""


class Trail:
    """The events of one demo account. Safe for use by many threads."""

    def __init__(self, clock: Callable[[], datetime], delay: float = DELAY) -> None:
        self._clock = clock
        self._delay = timedelta(seconds=delay)
        self._guard = threading.Lock()
        self._events: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def record(self, call: ApiRequest, answer: HttpAnswer, agent: str) -> None:
        """Remember a request, what came of it, and with which program it was made."""
        if call.service not in _SIGNING or not call.operation:
            return
        error = _error(answer)
        if error in _BEFORE_AUTHENTICATION:
            return
        moment = self._clock().replace(microsecond=0)
        event = _event(call, _request_id(call, answer), error, moment, agent)
        with self._guard:
            self._events.append(event)

    def events(self, region: str) -> list[dict[str, Any]]:
        """Return the events of a region that are old enough to be told, as LookupEvents lists them."""
        told = self._clock() - self._delay
        with self._guard:
            return [e for e in self._events if e["_region"] == region and e["EventTime"] <= told]


def _request_id(call: ApiRequest, answer: HttpAnswer) -> str:
    """Return the id that the caller saw: in XML it stands in the body."""
    found = _XML_ID.search(answer.body) if answer.body[:1] == b"<" else None
    return found[1].decode("ascii", "replace") if found else call.request_id


def _error(answer: HttpAnswer) -> str:
    if answer.status < 400:
        return ""
    if answer.body[:1] == b"<":
        found = _XML_CODE.search(answer.body)
        return found[1].decode("ascii", "replace") if found else "Unknown"
    try:
        kind = str(json.loads(answer.body)["__type"])
    except (ValueError, KeyError, TypeError):
        return "Unknown"
    return kind.rsplit("#", 1)[-1]


def _event(call: ApiRequest, request_id: str, error: str, moment: datetime, agent: str) -> dict[str, Any]:
    source = f"{_SIGNING[call.service]}.amazonaws.com"
    event_id = str(uuid.uuid4())
    told: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{unique_id('AROA', 'EvidenceCollector')}:evidence",
            "arn": CALLER_ARN.replace(CALLER_ARN.split(":")[4], call.account),
            "accountId": call.account,
            "accessKeyId": unique_id("ASIA", "EvidenceCollector")[:20],
        },
        "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": "203.0.113.24",
        "userAgent": f"[{agent[:1000]}]",
        "requestParameters": None,
        "responseElements": None,
        "requestID": request_id,
        "eventID": event_id,
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }
    if error:
        told["errorCode"] = _spelled(call.service, error)
    return {
        "_region": call.region,
        "EventId": event_id,
        "EventName": call.operation,
        "ReadOnly": "true",
        "AccessKeyId": told["userIdentity"]["accessKeyId"],
        "EventTime": moment,
        "EventSource": source,
        "Username": "evidence",
        "Resources": [],
        "CloudTrailEvent": json.dumps(told),
    }


def _spelled(service: str, error: str) -> str:
    """Return an error as CloudTrail spells it: IAM's `NoSuchEntity` is recorded as an exception's name."""
    named = service != "iam" or error.endswith("Exception") or error.startswith("AccessDenied")
    return error if named else f"{error}Exception"
