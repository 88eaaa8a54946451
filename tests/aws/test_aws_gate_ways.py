"""Whatever leads to AWS leads through the gate: foreign models, plugins, endpoints, redirects and retries."""

import ast
import gc
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.loaders import Loader, create_loader
from botocore.parsers import ResponseParserError
from botocore.session import Session

import evidence
from evidence.aws import gate
from evidence.aws.failures import AnswerError
from evidence.aws.lease import Lease, SessionKeys
from evidence.aws.reach import AwsEndpoints
from evidence.aws.sessions import AccountSession, Clients, clients_at, clients_of, connect
from evidence.errors import EndpointError, WriteRefusedError
from evidence.records import Operation
from tests.aws.scripted_aws import Reply, ScriptedAws, xml

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
ITEM = "iam.account-summary"
ASKED = "POST / GetAccountSummary"
ANSWER = xml("<GetAccountSummaryResponse><GetAccountSummaryResult/></GetAccountSummaryResponse>")


def refusal(code: str, status: int, **headers: str) -> Reply:
    body = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"
    return Reply(body.encode(), status, {"Content-Type": "text/xml", **headers})


def connected(url: str) -> Clients:
    return connect(profile=None, region=None, operations=[SUMMARY], connections=2).account.clients


def in_a_process(url: str) -> Clients:
    from evidence.collect.process import JobProcess
    from evidence.collect.processes import ProcessSetup

    return JobProcess(ProcessSetup(None, (ITEM,), 2), None)._clients


def on_a_cluster(url: str) -> Clients:
    from evidence.cluster.worker import _clients

    return _clients(AwsEndpoints((("iam", url),)), (ITEM,))


WAYS: dict[str, Callable[[str], Clients]] = {
    "a run's own": connected,
    "another process's": lambda _: clients_of(None, [SUMMARY], 2),
    "another machine's": lambda url: clients_at(AwsEndpoints((("iam", url),)), [SUMMARY], 2),
    "those of a local process": in_a_process,
    "those of a worker": on_a_cluster,
}


def ask(clients: Clients, method: str = "get_account_summary", **parameters: Any) -> None:
    keys = SessionKeys("AKIADEMODEMODEMODEMO", "very-secret-key", None)
    account = AccountSession(clients, Lease(keys), "eu-west-1")
    with account.signing():
        getattr(account.client("iam"), method)(**parameters)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Make a folder of models in which names of botocore's delete something."""
    for service, operation in (("iam", SUMMARY.name), ("sts", "AssumeRole")):
        with edited(service, tmp_path / "models") as model:
            model["operations"][operation]["http"] = {"method": "DELETE", "requestUri": "/x"}
    return tmp_path / "models"


@contextmanager
def edited(service: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield botocore's model of a service, to be changed; it is left in a folder."""
    (own,) = Path(Loader.BUILTIN_DATA_PATH).glob(f"{service}/*/service-2.json.gz")
    model = json.loads(gzip.decompress(own.read_bytes()))
    yield model
    path = folder / service / own.parent.name / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(model))


PLACES: dict[str, Callable[[pytest.MonkeyPatch, Path], None]] = {
    "home": lambda patch, models: patch.setattr(Loader, "CUSTOMER_DATA_PATH", str(models)),
    "environment": lambda patch, models: patch.setenv("AWS_DATA_PATH", str(models)),
    "configuration": lambda patch, models: configure(patch, models, f"data_path = {models}"),
}


def configure(patch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    path = folder.parent / "config"
    path.write_text("\n".join(["[default]", *lines, ""]))
    patch.setenv("AWS_CONFIG_FILE", str(path))


@pytest.mark.parametrize(
    ("way", "place"),
    [
        *((way, "environment") for way in WAYS),
        *(("a run's own", place) for place in ("home", "configuration")),
    ],
)
def test_foreign_models_change_nothing(scripted, monkeypatch, models, way, place) -> None:
    PLACES[place](monkeypatch, models)
    scripted.script = [ANSWER]
    ask(WAYS[way](scripted.url))
    assert scripted.lines == [ASKED]


def knowing(models: Path) -> Any:
    """Return a gated client of a session that is not ours."""
    session = Session()
    session.register_component("data_loader", create_loader(str(models)))
    gate.allow_only(session, [SUMMARY])
    return session.create_client("iam", config=Config(retries={"total_max_attempts": 1}))


def test_foreign_models_would_not_get_past_the_gate_either(scripted, models) -> None:
    with pytest.raises(WriteRefusedError, match="GetAccountSummary: what would be sent is DELETE, not POST"):
        knowing(models).get_account_summary()
    assert scripted.lines == []


@pytest.mark.parametrize(
    ("protocol", "line"),
    [
        ("json", ASKED),
        ("smithy-rpc-v2-cbor", "POST /service/NewIam/operation/GetAccountSummary"),
        ("ec2", ASKED),
    ],
)
def test_a_protocol_may_change_with_botocore(scripted, tmp_path, protocol, line) -> None:
    with edited("iam", tmp_path) as model:
        model["metadata"] |= {"protocol": protocol, "protocols": [protocol], "targetPrefix": "NewIam"}
        model["metadata"] |= {"jsonVersion": "1.1"}
    scripted.script = [Reply(b"", 400)]
    with suppress(ClientError, ResponseParserError, AttributeError):  # no answer is in all three
        knowing(tmp_path).get_account_summary()
    assert scripted.lines == [line]


def test_no_older_model_of_botocores_own_is_chosen(scripted, monkeypatch, tmp_path) -> None:
    configure(monkeypatch, tmp_path / "x", "api_versions =", "  ec2 = 2014-09-01")
    client = connected(scripted.url).client("ec2", "eu-west-1")
    assert client.meta.service_model.api_version == "2016-11-15"


def test_what_finds_the_credentials_knows_no_foreign_models(scripted, monkeypatch, models) -> None:
    configure(
        monkeypatch, models, f"data_path = {models}",
        "role_arn = arn:aws:iam::123456789012:role/Auditor", "credential_source = Environment",
    )  # fmt: skip
    scripted.script = [refusal("AccessDenied", 403)]
    account = connect(profile="default", region=None, operations=[SUMMARY], connections=2).account
    with account.signing(), pytest.raises(ClientError):
        account.client("iam").get_account_summary()
    assert set(scripted.lines) == {"POST / AssumeRole"}


@pytest.mark.parametrize("way", WAYS)
def test_every_gate_refuses_what_is_not_declared(scripted, monkeypatch, tmp_path, way) -> None:
    """And none can be taken out by a plugin that the environment names."""
    (tmp_path / "hostile.py").write_text("def initialize_client_plugin(client): client.meta.hostile = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("BOTOCORE_EXPERIMENTAL__PLUGINS", "hostile=hostile")
    clients = WAYS[way](scripted.url)
    assert not hasattr(clients.client("iam", "eu-west-1").meta, "hostile")
    with pytest.raises(WriteRefusedError, match="iam:DeleteUser"):
        ask(clients, "delete_user", UserName="x")
    assert scripted.lines == []


def test_sessions_are_opened_in_one_place_and_clients_made_in_another() -> None:
    """Elsewhere a session would read foreign models, and a client could be made around the gate."""
    package = Path(evidence.__file__).parent
    names = {
        "Session": "aws/models.py",
        "get_session": "",
        "create_client": "",
        "create_nested_client": "aws/sessions.py",
    }
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in (*names, "boto3")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and (name := called(node.func)) in names:
                assert str(path.relative_to(package)) == names[name], f"{path}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "boto3" not in {getattr(node, "module", ""), *(one.name for one in node.names)}, path


def called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


BEYOND = ["/x", "/?Action=DeleteUser&UserName=x", "?Action=DeleteUser", "/x#", "/#x"]
SETTINGS: dict[str, Callable[[pytest.MonkeyPatch, Path, str], None]] = {
    "for all": lambda patch, _, url: patch.setenv("AWS_ENDPOINT_URL", url),
    "for one": lambda patch, _, url: patch.setenv("AWS_ENDPOINT_URL_IAM", url),
    "in the profile": lambda patch, folder, url: configure(patch, folder, f"endpoint_url = {url}"),
    "of the profile's services": lambda patch, folder, url: configure(
        patch, folder, "services = mine", "[services mine]", "iam =", f"  endpoint_url = {url}"
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_an_endpoint_of_scheme_and_host_is_asked_what_is_declared(
    scripted, monkeypatch, tmp_path, setting
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    SETTINGS[setting](monkeypatch, tmp_path / "x", f"{scripted.url}/")
    scripted.script = [ANSWER]
    ask(connected(scripted.url))
    assert scripted.lines == [ASKED]


@pytest.mark.parametrize(
    ("setting", "beyond"),
    [*(("for one", one) for one in BEYOND), *((setting, "/x?y") for setting in SETTINGS)],
)
def test_an_endpoint_that_says_more_is_refused_before_anything_is_asked(
    scripted, monkeypatch, tmp_path, setting, beyond
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    SETTINGS[setting](monkeypatch, tmp_path / "x", scripted.url + beyond)
    with pytest.raises(EndpointError, match=r"set for (iam|sts) has a path or a query") as raised:
        connected(scripted.url)
    assert "DeleteUser" not in str(raised.value), "addresses may hold secrets"
    # Whoever does not ask beforehand meets the gate.
    with pytest.raises(WriteRefusedError, match="refused iam:GetAccountSummary: "):
        ask(clients_of(None, [SUMMARY], 2))
    assert scripted.lines == []


def test_an_endpoint_that_another_process_names_leads_nowhere_else(scripted) -> None:
    reach = AwsEndpoints((("iam", f"{scripted.url}/?Action=DeleteUser"),))
    with pytest.raises(WriteRefusedError, match="refused iam:GetAccountSummary: "):
        ask(clients_at(reach, [SUMMARY], 2))
    assert scripted.lines == []


def test_endpoints_that_are_to_be_ignored_are(scripted, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scripted.url}/x")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert connected("").client("iam", "eu-west-1").meta.endpoint_url == "https://iam.amazonaws.com"


@pytest.fixture
def elsewhere() -> Any:
    server = ScriptedAws()
    yield server
    server.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_are_not_followed(asking, scripted, elsewhere, status) -> None:
    scripted.script = [refusal("Moved", status, Location=f"{elsewhere.url}/x?Action=DeleteUser")]
    aws = asking(SUMMARY)
    # botocore takes 300 for an answer; urllib3 stumbles over botocore's headers at 303.
    with pytest.raises((ClientError, AnswerError, HTTPClientError)):
        aws.ask(SUMMARY)
    assert set(scripted.lines) == {ASKED}
    assert elsewhere.lines == []
    gc.collect()  # at 303 a socket is left to it


@pytest.mark.parametrize("attempts", [1, 4], ids=["retried by us", "retried by botocore"])
def test_retries_ask_the_same_again(asking, scripted, monkeypatch, attempts) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    moved = {"Location": "/x?Action=DeleteUser", "x-amz-bucket-region": "us-east-1"}
    scripted.script = [
        Reply(b"<x/>", 503, moved),
        refusal("Throttling", 400),
        Reply(b"<html/>", 500, moved),
        ANSWER,
    ]
    if attempts == 1:
        asking(SUMMARY).ask(Operation("iam", "GetAccountSummary"))
    else:
        ask(
            connect(
                profile=None, region=None, operations=[SUMMARY], connections=1, attempts=4
            ).account.clients
        )
    assert scripted.lines == [ASKED] * 4


def test_a_retry_that_became_another_request_is_not_sent(asking, scripted) -> None:
    """As botocore's redirector for S3 does it: it changes the request, and asks for another attempt."""
    account = asking(SUMMARY).connection.account
    scripted.script = [refusal("Moved", 301)]

    def redirect(request_dict: dict[str, Any], attempts: int, **_: Any) -> int | None:
        request_dict["url"] += "x"
        return 0 if attempts == 1 else None

    client = account.client("iam")
    client.meta.events.register_first("needs-retry.iam", redirect)
    with account.signing(), pytest.raises(WriteRefusedError, match="its path is not the operation's"):
        client.get_account_summary()
    assert scripted.lines == [ASKED]
