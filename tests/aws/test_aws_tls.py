"""What verifies a server does so whether connections share their context or not; and it is loaded once."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, create_connection
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from evidence.aws import tls
from evidence.aws.identity import CALLER_IDENTITY, identify
from evidence.aws.sessions import connect
from evidence.demo_account.certificates import ServerCertificates, write_certificates
from evidence.errors import EndpointError
from evidence.records import Operation
from tests.aws.conftest import Asking

RULES = Operation("config", "DescribeConfigRules", "ConfigRules")
ANSWER = b"{}"


class Server:
    """Answers every request with an empty document, over TLS."""

    def __init__(self, certificate: Path | None) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Length", str(len(ANSWER)))
                self.end_headers()
                self.wfile.write(ANSWER)

            def do_CONNECT(self) -> None:
                """Be a proxy: pass bytes both ways."""
                host, _, port = self.path.rpartition(":")
                server.tunnels.append(self.path)
                with create_connection((host, int(port)), 10) as other:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=_pass_on, args=(other, self.connection), daemon=True)
                    back.start()
                    _pass_on(self.connection, other)
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        server = self
        self.tunnels: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def _pass_on(source: Any, target: Any) -> None:
    try:
        while block := source.recv(65_536):
            target.sendall(block)
        target.shutdown(SHUT_RDWR)  # who waits for the other side learns that it has left
    except OSError:
        pass


@contextmanager
def server(certificate: Path | None) -> Iterator[Server]:
    made = Server(certificate)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def trusted(tmp_path: Path) -> ServerCertificates:
    return write_certificates(tmp_path / "trusted")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in (
        "AWS_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "HTTPS_PROXY",
        "https_proxy",
        "AWS_PROFILE",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["shared", "each its own"])
def sharing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways: what is accepted and refused must not depend on it."""
    if request.param != "shared":
        monkeypatch.setattr(tls.SharedCertificates, "give_to", lambda _self, _client: False)
    return str(request.param)


def ask(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send one request as a collection does; raise what botocore does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    connection = connect(profile=None, region="eu-west-1", operations=(RULES,), connections=2)
    with connection.account.signing():
        connection.account.client("config").describe_config_rules()


Given = Callable[[ServerCertificates, Path, pytest.MonkeyPatch], None]


def by_environment(made: ServerCertificates, _scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(made.authority))


def by_requests(made: ServerCertificates, _scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.authority))


def by_config_file(made: ServerCertificates, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (scratch / "config").write_text(f"[default]\nca_bundle = {made.authority}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(scratch / "config"))


@pytest.mark.parametrize("given", [by_environment, by_requests, by_config_file])
@pytest.mark.usefixtures("sharing")
def test_an_authority_that_is_named_is_trusted(
    given: Given, trusted: ServerCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(trusted, tmp_path, monkeypatch)
    with server(trusted.server) as one:
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.parametrize("given", [by_environment, by_requests, by_config_file])
@pytest.mark.usefixtures("sharing")
def test_a_foreign_authority_is_refused(
    given: Given, trusted: ServerCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(write_certificates(tmp_path / "foreign"), tmp_path, monkeypatch)
    with server(trusted.server) as one, pytest.raises(BotoCoreError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.usefixtures("sharing")
def test_without_any_setting_a_private_authority_is_refused(
    trusted: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(trusted.server) as one, pytest.raises(BotoCoreError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.usefixtures("sharing")
def test_a_file_that_is_not_there_is_refused(
    trusted: ServerCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    with (
        server(trusted.server) as one,
        pytest.raises((BotoCoreError, OSError), match=r"No such file|nothing\.pem"),
    ):
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.usefixtures("sharing")
def test_a_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = write_certificates(tmp_path / "other", hosts=("other.example",))
    by_environment(made, tmp_path, monkeypatch)
    with server(made.server) as one, pytest.raises(BotoCoreError, match=r"127\.0\.0\.1"):
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.usefixtures("sharing")
def test_an_expired_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = write_certificates(tmp_path / "old", not_after=datetime.now(UTC) - timedelta(days=1))
    by_environment(made, tmp_path, monkeypatch)
    with server(made.server) as one, pytest.raises(BotoCoreError, match="expired"):
        ask(f"https://127.0.0.1:{one.port}", monkeypatch)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.usefixtures("sharing")
def test_a_proxy_is_used_and_the_server_behind_it_verified(
    scheme: str, trusted: ServerCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_environment(trusted, tmp_path, monkeypatch)
    foreign = write_certificates(tmp_path / "foreign")
    with server(trusted.server if scheme == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        with server(trusted.server) as one:
            ask(f"https://127.0.0.1:{one.port}", monkeypatch)
            assert proxy.tunnels == [f"127.0.0.1:{one.port}"]
        with server(foreign.server) as other, pytest.raises(BotoCoreError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(f"https://127.0.0.1:{other.port}", monkeypatch)


@pytest.mark.usefixtures("sharing")
def test_a_tls_proxy_with_a_foreign_certificate_is_refused(
    trusted: ServerCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_environment(trusted, tmp_path, monkeypatch)
    foreign = write_certificates(tmp_path / "foreign")
    with server(foreign.server) as proxy, server(trusted.server) as one:
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{proxy.port}")
        with pytest.raises(BotoCoreError):
            ask(f"https://127.0.0.1:{one.port}", monkeypatch)
        assert proxy.tunnels == []


@pytest.mark.usefixtures("sharing")
def test_who_cannot_verify_is_told_of_the_settings(
    trusted: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(trusted.server) as one:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{one.port}")
        with pytest.raises(EndpointError, match="certificate is not trusted") as caught:
            identify(Asking(CALLER_IDENTITY).caller, 1)
    assert "AWS_CA_BUNDLE" in caught.value.advice and "ca_bundle" in caught.value.advice


def test_the_file_is_loaded_once_for_all_clients(
    trusted: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails where botocore keeps its context elsewhere: each connection would load it again."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted.authority))
    loaded = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *files: Any) -> None:
        loaded.append(files)
        load(context, *files)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    with server(trusted.server) as one:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{one.port}")
        connection = connect(profile=None, region="eu-west-1", operations=(RULES,), connections=2)
        with connection.account.signing():
            for region in ("eu-west-1", "us-east-1", "eu-north-1"):
                connection.account.client("config", region).describe_config_rules()
    assert len(loaded) == 1


@pytest.fixture
def client() -> Any:
    return connect(profile=None, region=None, operations=(RULES,), connections=2).account.client("config")


def shared(client: Any) -> ssl.SSLContext:
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    return context


def test_a_shared_context_refuses_other_authorities(client: Any, tmp_path: Path) -> None:
    first, second = (write_certificates(tmp_path / name).authority for name in ("first", "second"))
    context = shared(client)
    context.load_verify_locations(str(first))
    context.load_verify_locations(str(first))
    with pytest.raises(ssl.SSLError, match=r"second/ca\.pem"):
        context.load_verify_locations(str(second))
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("less", [ssl.CERT_NONE, ssl.CERT_OPTIONAL])
def test_a_shared_context_always_verifies(client: Any, less: ssl.VerifyMode) -> None:
    context = shared(client)
    with pytest.raises(ssl.SSLError, match="always verifies"):
        context.verify_mode = less
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "config", [Config(client_cert="mine.pem"), Config(proxies_config={"proxy_ca_bundle": "theirs.pem"})]
)
def test_certificates_of_one_client_are_shown_and_trusted_by_it_alone(config: Config) -> None:
    import boto3

    made = boto3.client("config", region_name="eu-west-1", config=config)
    assert not tls.SharedCertificates().give_to(made)


@pytest.mark.parametrize("missing", ["_manager", "_get_ssl_context"])
def test_nothing_is_shared_where_botocore_keeps_it_elsewhere(missing: str) -> None:
    import boto3

    made = boto3.client("config", region_name="eu-west-1")

    class Other:
        """A session that lacks one of the two."""

        def __getattr__(self, name: str) -> Any:
            if name == missing:
                raise AttributeError(name)
            return getattr(made._old, name)

    made._old, made._endpoint.http_session = made._endpoint.http_session, Other()
    assert not tls.SharedCertificates().give_to(made)
