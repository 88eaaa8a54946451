"""The gate's last question: is what would be sent what the operation sends? Asked of everything there is."""

import copy
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.model import OperationModel, ServiceModel

from evidence.aws import gate
from evidence.aws.models import open_session
from evidence.aws.requests import FILE, PinnedRequest, pinned_requests, request_of
from evidence.errors import WriteRefusedError
from evidence.records import Operation
from tests.aws.scripted_aws import reply
from tests.support import make_requests

RULES = Operation("config", "DescribeConfigRules", list_key="ConfigRules")
SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
FINDING = Operation("accessanalyzer", "GetFindingV2", list_key="findingDetails")
REGIONS = Operation("account", "ListRegions", list_key="Regions")


def prepared(method: str, address: str, body: str = "", **headers: str) -> AWSPreparedRequest:
    sent = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
    return AWSPreparedRequest(method, f"https://aws{address}", HeadersDict(sent), body.encode(), False)


def sent_by(model: OperationModel) -> AWSPreparedRequest:
    """Return what an operation sends, as far as it tells AWS which one it is."""
    http, name = model.http, model.name
    address = re.sub(r"\{[^}]*\}", "x", http["requestUri"])
    if "targetPrefix" in model.metadata:
        return prepared(
            http["method"], address, "{}", X_Amz_Target=f"{model.metadata['targetPrefix']}.{name}"
        )
    return prepared(http["method"], address, f"Action={name}&Version=1")


@pytest.fixture(scope="module")
def services() -> Callable[[], Iterator[list[OperationModel]]]:
    """Read all services of botocore, one at a time: together they take gigabytes."""
    loader = open_session().get_component("data_loader")

    def read() -> Iterator[list[OperationModel]]:
        for name in loader.list_available_services("service-2"):
            model = ServiceModel(loader.load_service_model(name, "service-2"), name)
            for kept in [kept for kept in loader._cache if kept[0].startswith("load_")]:
                del loader._cache[kept]
            yield [model.operation_model(operation) for operation in model.operation_names]

    return read


def test_the_table_is_what_botocore_sends_now() -> None:
    assert FILE.read_text(encoding="utf-8") == make_requests.content(), "run `make generated`"


def test_everything_botocore_knows_is_offered_and_what_is_declared_gets_through(services) -> None:
    """Each operation by each of the three events a client emits; and its request under each declared name."""
    session = open_session()
    gate.allow_only(session, make_requests.operations())
    emitter = copy.copy(session.get_component("event_emitter"))  # as each client does
    offered, passed = 0, set()
    for operations in services():
        requests = {model.name: sent_by(model) for model in operations}
        for model in operations:
            event = f"{model.service_model.service_id.hyphenize()}.{model.name}"
            name = (model.service_model.service_name, model.name)
            questions = (
                ("provide-client-params", {"model": model, "params": {}, "context": {}}),
                ("before-call", {"model": model, "params": {}, "context": {}, "request_signer": None}),
                ("before-send", {"request": requests[model.name]}),
            )
            offered += 1
            if name in pinned_requests():
                emitter.emit(f"before-send.{event}", request=requests[model.name])
                passed.add(name)
                for other, request in requests.items():
                    if other != model.name:
                        assert was_refused(emitter, f"before-send.{event}", request=request), (name, other)
                continue
            for question, given in questions:
                assert was_refused(emitter, f"{question}.{event}", **given), (question, name)
    assert offered >= 15_000
    assert passed == pinned_requests().keys()


def was_refused(emitter, event: str, **given) -> bool:
    try:
        emitter.emit(event, **given)
    except WriteRefusedError:
        return True
    return False


GET_ROLE = pinned_requests()[("iam", "GetRole")]
LIST_RULES = pinned_requests()[("accessanalyzer", "ListArchiveRules")]
FORM = "application/x-www-form-urlencoded; charset=utf-8"
RPC = {"smithy_protocol": "rpc-v2-cbor"}
STILL_THE_SAME = {
    "query": (GET_ROLE, prepared("POST", "/", "Action=GetRole&RoleName=DeleteRole", Content_Type=FORM)),
    "json": (GET_ROLE, prepared("POST", "/", '{"RoleName": "&Action=x"}', X_Amz_Target="NewIam.GetRole")),
    "cbor": (GET_ROLE, prepared("POST", "/service/NewIam/operation/GetRole", **RPC)),
    "from rest to cbor": (LIST_RULES, prepared("POST", "/service/A/operation/ListArchiveRules", **RPC)),
    "rest": (LIST_RULES, prepared("GET", "/analyzer/a%2Fb..c/archive-rule?nextToken=x%26delete%3D1")),
}
ANOTHER = {
    "another method": (GET_ROLE, prepared("GET", "/", "Action=GetRole")),
    "another action": (GET_ROLE, prepared("POST", "/", "Action=DeleteRole")),
    "two actions": (GET_ROLE, prepared("POST", "/", "Action=GetRole&Action=DeleteRole")),
    "two spellings": (GET_ROLE, prepared("POST", "/", "Action=GetRole&%61ction=DeleteRole")),
    "no action": (GET_ROLE, prepared("POST", "/", "RoleName=GetRole")),
    "action in the query": (GET_ROLE, prepared("POST", "/?Action=DeleteRole", "Action=GetRole")),
    "a word in the query": (GET_ROLE, prepared("POST", "/?policy", "Action=GetRole")),
    "a fragment": (GET_ROLE, prepared("POST", "/#x", "Action=GetRole")),
    "another target": (GET_ROLE, prepared("POST", "/", "{}", X_Amz_Target="NewIam.DeleteRole")),
    "target and action": (
        GET_ROLE,
        prepared("POST", "/", "Action=DeleteRole", X_Amz_Target="A.GetRole", Content_Type=FORM),
    ),
    "another path": (GET_ROLE, prepared("POST", "/x", "Action=GetRole")),
    "cbor of another": (GET_ROLE, prepared("POST", "/service/NewIam/operation/DeleteRole", **RPC)),
    "cbor's path without its header": (GET_ROLE, prepared("POST", "/service/NewIam/operation/GetRole")),
    "cbor by another method": (GET_ROLE, prepared("PUT", "/service/NewIam/operation/GetRole", **RPC)),
    "cbor with a query": (GET_ROLE, prepared("POST", "/service/NewIam/operation/GetRole?x=1", **RPC)),
    "rest by another method": (LIST_RULES, prepared("DELETE", "/analyzer/a/archive-rule")),
    "rest's path cut short": (LIST_RULES, prepared("GET", "/analyzer/a")),
    "rest's path prolonged": (LIST_RULES, prepared("GET", "/analyzer/a/archive-rule/b")),
    "rest's path put off": (LIST_RULES, prepared("GET", "/x/analyzer/a/archive-rule")),
    "a step back": (LIST_RULES, prepared("GET", "/analyzer/../archive-rule")),
    "a step back at the end": (
        PinnedRequest("x", "Get", "x.Get", "GET", "/a/{id}"),
        prepared("GET", "/a/.."),
    ),
    "no label": (LIST_RULES, prepared("GET", "/analyzer//archive-rule")),
    "a query of another": (LIST_RULES, prepared("GET", "/analyzer/a/archive-rule?tagging")),
}


@pytest.mark.parametrize(("pinned", "request_"), STILL_THE_SAME.values(), ids=STILL_THE_SAME)
def test_a_request_in_another_protocol_is_the_same(pinned, request_) -> None:
    assert pinned.difference(request_) == ""


@pytest.mark.parametrize(("pinned", "request_"), ANOTHER.values(), ids=ANOTHER)
def test_what_would_have_another_operation_executed_is_refused(pinned, request_) -> None:
    assert pinned.difference(request_)


CHANGES = [
    lambda request, **_: setattr(request, "method", "DELETE"),
    lambda request, **_: setattr(request, "url", request.url + "x"),
    lambda request, **_: setattr(request, "url", request.url + "?Action=DeleteUser"),
    lambda request, **_: setattr(
        request, "data" if hasattr(request, "data") else "body", b"Action=DeleteUser"
    ),
]


@pytest.mark.parametrize(
    "event",
    ["request-created", "before-sign", "before-send.iam.GetAccountSummary", "before-send.iam", "before-send"],
)
def test_a_handler_that_changes_the_request_is_noticed_wherever_it_is(asking, scripted, event) -> None:
    account = asking(SUMMARY).connection.account
    client = account.client("iam")
    for change in CHANGES:
        client.meta.events.register(event, change)
        with account.signing(), pytest.raises(WriteRefusedError, match="refused iam:GetAccountSummary: "):
            client.get_account_summary()
        client.meta.events.unregister(event, change)
    assert scripted.lines == []


def test_values_stay_values_in_a_path(asking, scripted) -> None:
    """Botocore leaves dots, and urllib3 would go back by them."""
    account = asking(FINDING).connection.account
    scripted.script = [reply({"findingDetails": []})]
    ask = account.client("accessanalyzer").get_finding_v2
    with account.signing():
        ask(analyzerArn="arn:a?b&c#d", id="a/../b")
        with pytest.raises(WriteRefusedError, match="path"):
            ask(analyzerArn="arn", id="..")
    assert scripted.lines == ["GET /findingv2/a%2F..%2Fb?analyzerArn=arn%3Aa%3Fb%26c%23d"]


def test_what_is_allowed_and_not_pinned_is_not_sent(asking, scripted) -> None:
    account = asking(Operation("iam", "ListRoles")).connection.account
    with account.signing(), pytest.raises(WriteRefusedError, match="make requests"):
        account.client("iam").list_roles()
    assert scripted.lines == []


@pytest.mark.parametrize(
    ("protocol", "path"), [("rest-xml", "/"), ("rest-xml", "/{Bucket}?policy"), ("rest-json", "/{all+}")]
)
def test_what_a_path_alone_does_not_tell_apart_cannot_be_pinned(protocol, path) -> None:
    service = SimpleNamespace(resolved_protocol=protocol)
    model = SimpleNamespace(name="Get", http={"method": "GET", "requestUri": path}, service_model=service)
    with pytest.raises(ValueError, match="Get is told apart"):
        request_of(model)
