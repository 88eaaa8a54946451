"""Parses AWS API requests and writes answers in AWS's wire formats, from botocore's service models.

Builds on moto's `core.parse` and `core.serialize`, which are internals: moto is pinned exactly, and
tests/demo_account reads every answer back with botocore.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from evidence.demo_account import sessions
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT

SERVICES = {
    "access-analyzer": "accessanalyzer",
    "account": "account",
    "cloudtrail": "cloudtrail",
    "config": "config",
    "ec2": "ec2",
    "iam": "iam",
    "identitystore": "identitystore",
    "organizations": "organizations",
    "sso": "sso-admin",
    "sts": "sts",
}
"""Signing name in the credential scope to boto3's service name, for services the overlay answers."""

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class ApiRequest:
    """One request, as far as it could be told apart."""

    service: str
    """boto3's service name; the signing name where the overlay does not know the service."""
    operation: str
    """As in AWS's model; empty when it could not be told."""
    account: str
    region: str
    request_id: str
    protocol: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    """The access key that signed it."""
    received: datetime | None = None
    """By the demo account's own clock."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A finished HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@cache
def service_model(service: str) -> Any:
    """Return botocore's model of a service, in moto's dress."""
    return get_service_model(service)


def signing_name(service: str) -> str:
    """Return the name of a service in signatures and IAM actions."""
    return next((signed for signed, name in SERVICES.items() if name == service), service)


@cache
def _router(service: str) -> Any:
    return get_service_router(service)


def read(environ: Mapping[str, Any], request_id: str) -> ApiRequest:
    """Return what a WSGI environment asks for. The body must be readable again afterwards."""
    request = Request(dict(environ))
    key, region, signed = _scope(request)
    sessions.restore_session(key, request.headers.get("X-Amz-Security-Token", ""))
    service = SERVICES.get(signed, signed)
    account = _account(key)
    if signed not in SERVICES:
        return ApiRequest(service, _plain_operation(request), account, region, request_id, key=key)
    return replace(_known(request, service, account, region, request_id), key=key)


def _scope(request: Any) -> tuple[str, str, str]:
    found = _SCOPE.search(request.headers.get("Authorization", ""))
    return (found[1], found[2], found[3].lower()) if found else ("", "us-east-1", "")


def _account(access_key: str) -> str:
    """Return the account of an access key; keys nobody issued belong to the management account."""
    session = sessions.session_of(access_key)
    if session is not None:
        return session.account
    from moto.iam.models import get_account_id_from

    return str(get_account_id_from(access_key)) if access_key.startswith("ASIA") else MANAGEMENT_ACCOUNT


def _plain_operation(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]
    return target or str(request.values.get("Action", "") or f"{request.method} {request.path}")


def _known(request: Any, service: str, account: str, region: str, request_id: str) -> ApiRequest:
    model = service_model(service)
    protocol = determine_request_protocol(model, request.content_type)
    path: Mapping[str, Any] = {}
    if protocol.startswith("rest"):
        try:
            operation, path = _router(service).match(request)
            name = str(operation.name)
        except NotFound:
            return ApiRequest(service, "", account, region, request_id, protocol)
    else:
        name = _plain_operation(request)
    try:
        operation = model.operation_model(name)
    except OperationNotFoundError:
        return ApiRequest(service, name, account, region, request_id, protocol)
    return ApiRequest(
        service, name, account, region, request_id, protocol, _parse(request, operation, protocol, path)
    )


def _parse(request: Any, operation: Any, protocol: str, path: Mapping[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.get_data(),
            "url_path": request.path,
            "url_params": dict(path),
        }
    )
    return parsed


def write(call: ApiRequest, result: Mapping[str, Any]) -> HttpAnswer:
    """Return a successful answer in the call's protocol."""
    model = service_model(call.service)
    serializer = get_serializer_class(call.service, call.protocol)(
        model.operation_model(call.operation), context=SerializationContext(call.request_id)
    )
    made = serializer.serialize(result)
    body = made["body"].encode() if isinstance(made["body"], str) else made["body"]
    headers = {"Content-Type": "text/xml" if call.protocol in _XML else "application/json", **made["headers"]}
    return HttpAnswer(made["status_code"], tuple(headers.items()), body)


_XML = ("query", "ec2", "rest-xml")


def write_error(call: ApiRequest, error: AwsError) -> HttpAnswer:
    """Return an error answer in the call's protocol."""
    if call.protocol in _XML:
        body = _xml_error(call, error)
        return HttpAnswer(error.status, (("Content-Type", "text/xml"),), body.encode())
    body = json.dumps({"__type": error.code, "message": error.message})
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code))
    return HttpAnswer(error.status, headers, body.encode())


def _xml_error(call: ApiRequest, error: AwsError) -> str:
    code, message = escape(error.code), escape(error.message)
    if call.protocol == "ec2":
        return (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{call.request_id}</RequestID></Response>"
        )
    kind = "Sender" if error.status < 500 else "Receiver"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        f"<RequestId>{call.request_id}</RequestId></ErrorResponse>"
    )
