"""Decides which operations an installed package may declare: those that are known to read, and no secrets.

Ours are listed one by one and reviewed. Of anybody else's nothing is taken on trust: AWS's own list of
actions has to call it List or Read, its name has to say so too, and what it sends has to be what was looked
at when it was declared. There is no setting to widen this.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, DataNotFoundError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape

from evidence.aws.answers import TOKEN_MEMBERS
from evidence.aws.models import open_session
from evidence.aws.requests import PathNotPlainError, PinnedRequest, request_of
from evidence.errors import UsageError
from evidence.policies.actions import expand
from evidence.records import Operation

_READING = frozenset({"List", "Read"})
_NAMES = re.compile(r"(List|Describe|Get)[A-Z]")
"""GenerateCredentialReport, BatchGetSecretValue and SelectObjectContent are 'Read' as well."""
_SECRETS = re.compile(r"Get.*(Token|Credential|Secret|Password|PrivateKey|AccessDetails|Presigned)")
_OFFERED = re.compile(
    r"(?i).*(token|marker|truncated|cursor|lastevaluated\w*|hasmore\w*|moreresults)|next(?!\w*(date|time)).*"
)
_FOLLOWED = frozenset({*TOKEN_MEMBERS, "IsTruncated"})
_OURS = frozenset({"absent", "region"})
"""What our own collectors say beside a call's parameters."""
_ADVICE = "Take the item out of [custom], or have its package declare another operation (docs/custom.md)."


def custom_request(
    operation: Operation, given: Collection[str] | None = None, *, lists: bool = False
) -> PinnedRequest:
    """Return what a declared operation sends. `given`: the parameters that its declaration fills;
    `lists`: its answers have to be lists.

    Raises UsageError for an operation that is not known to read alone, that hands out secrets, whose pages
    nobody here can follow, or that sends something else than was pinned.
    """
    name = f"{operation.service}:{operation.name}"
    model = _model(operation, name)
    for problem in _problems(operation, model, given, lists=lists):
        raise UsageError(f"{name} of a custom item is refused: {problem}.", _ADVICE)
    try:
        pinned = request_of(model)
    except PathNotPlainError as error:
        raise UsageError(f"{name} of a custom item is refused: {error}.", _ADVICE) from error
    if operation.pin != pin_of(pinned):
        said = f"pins {operation.pin}" if operation.pin else "pins nothing"
        raise UsageError(
            f"{name} of a custom item is refused: its declaration {said}, and what it sends by AWS's model "
            f"here is {pinned.method} {pinned.path}, pin {pin_of(pinned)}.",
            "Look at what it sends, then have its package declare that pin.",
        )
    return pinned


def pin_of(request: PinnedRequest) -> str:
    """Return SHA-256 of what an operation sends."""
    return hashlib.sha256(json.dumps(asdict(request), sort_keys=True).encode()).hexdigest()


def _model(operation: Operation, name: str) -> OperationModel:
    try:
        return _service(operation.service).operation_model(operation.name)
    except (BotoCoreError, OperationNotFoundError) as error:
        raise UsageError(f"{name} of a custom item is unknown to AWS's models.", _ADVICE) from error


@lru_cache(maxsize=8)  # models take megabytes; an item asks of one service
def _service(name: str) -> ServiceModel:
    return open_session().get_service_model(name)


def _problems(
    operation: Operation, model: OperationModel, given: Collection[str] | None, *, lists: bool
) -> Iterator[str]:
    yield from _does_more_than_read(operation, model)
    yield from _answers(operation, model, lists=lists)
    if given is not None:
        yield from _parameters(model, given)


def _does_more_than_read(operation: Operation, model: OperationModel) -> Iterator[str]:
    action = f"{model.service_model.signing_name}:{operation.name}"
    levels = {level for known in expand(action) for level in known.levels}
    if operation.iam_actions:
        yield "the actions that authorise it follow from its name, and are not declared"
    if not _NAMES.match(operation.name):
        yield "its name begins with none of List, Describe and Get; jobs and writes are never taken"
    if not levels:
        yield f"AWS's list of actions has no {action}, so that nothing says that it only reads"
    if not levels <= _READING:
        yield f"AWS calls {action} {', '.join(sorted(levels))}, and only List and Read are taken"
    if model.service_model.service_name == "sts" or _SECRETS.match(operation.name):
        yield "what it answers may be a secret"
    if secret := _secret_in(model.output_shape, set()):
        yield f"its answer has {secret}, which AWS's model marks as sensitive, or bytes"


def _answers(operation: Operation, model: OperationModel, *, lists: bool) -> Iterator[str]:
    members: Any = model.output_shape.members if model.output_shape else {}
    offered = {*filter(_OFFERED.fullmatch, members), *_page_tokens(operation)}
    for name in sorted(offered - _FOLLOWED):
        yield f"its answer may say by {name} that more follows, which is not followed here"
    if operation.list_key not in members:
        yield f"its answer has no member {operation.list_key}"
    elif lists and members[operation.list_key].type_name != "list":
        yield f"{operation.list_key} of its answer is no list"


def _page_tokens(operation: Operation) -> tuple[str, ...]:
    """Return by which members AWS says that more follows, as botocore has it; none where it has nothing."""
    try:
        pages = (
            open_session().get_component("data_loader").load_service_model(operation.service, "paginators-1")
        )
    except DataNotFoundError:
        return ()
    tokens = pages["pagination"].get(operation.name, {}).get("output_token", ())
    return (tokens,) if isinstance(tokens, str) else tuple(tokens)


def _parameters(model: OperationModel, given: Collection[str]) -> Iterator[str]:
    taken: Any = model.input_shape.members if model.input_shape else {}
    required = set(model.input_shape.required_members) if model.input_shape else set()
    if unknown := sorted((set(given) - set(taken)) | (set(given) & _OURS)):
        yield f"it takes no parameter {unknown[0]}"
    if missing := sorted(required - set(given)):
        yield f"it needs the parameter {missing[0]}"
    if paging := sorted(set(given) & {*TOKEN_MEMBERS}):
        yield f"{paging[0]} is for the pages, which are followed anyway"


def _secret_in(shape: Shape | None, seen: set[str]) -> str:
    """Return the first shape, at any depth, that is a secret by AWS's model, or bytes; empty without."""
    if shape is None or shape.name in seen:
        return ""
    seen.add(shape.name)
    if shape.metadata.get("sensitive") or shape.type_name == "blob":
        return str(shape.name)
    inner: Any = ()
    if shape.type_name == "structure":
        inner = shape.members.values()
    elif shape.type_name in ("list", "map"):
        inner = (shape.member,) if shape.type_name == "list" else (shape.key, shape.value)
    return next((found for one in inner if (found := _secret_in(one, seen))), "")
