"""`evidence demo-aws` as a process: what it prints, how it ends, what it says when it cannot start."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from evidence.demo_account import DemoServer, create_app
from evidence.errors import StorageError, UsageError

COMMAND = [sys.executable, "-m", "evidence", "demo-aws"]


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], str]]:
    ready = tmp_path / "ready"
    options = ["--now", "2026-10-01T06:00:00Z", "--ready-file", str(ready), *getattr(request, "param", ())]
    process = subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    deadline = time.monotonic() + 60
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    yield process, ready.read_text().strip()
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_it_serves_says_how_to_reach_it_and_stays_silent(served: tuple[subprocess.Popen[str], str]) -> None:
    process, url = served
    client = boto3.client(
        "iam",
        "us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKIADEMODEMODEMODEMO",
        aws_secret_access_key="x",
    )
    report = client.get_credential_report()
    assert report["GeneratedTime"].isoformat() == "2026-10-01T05:53:00+00:00"
    with pytest.raises(client.exceptions.ClientError):
        client.get_mfa_device(SerialNumber="arn:aws:iam::123456789012:mfa/x")  # moto lacks it
    client.create_user(UserName="a-write")
    with urllib.request.urlopen(f"{url}/_evidence/requests") as answer:  # noqa: S310
        received = [f"{entry['service']}:{entry['operation']}" for entry in json.load(answer)]
    assert received == ["iam:GetCredentialReport", "iam:GetMFADevice", "iam:CreateUser"]
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=20)
    assert stdout == f"{url}\n"
    assert f"AWS_ENDPOINT_URL={url}" in stderr
    assert "Traceback" not in stderr
    assert len(stderr.splitlines()) == 5


@pytest.mark.parametrize("served", [("--tls", "certificates")], indirect=True)
def test_it_speaks_tls_to_whoever_trusts_its_authority(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, url = served
    authority = tmp_path / "certificates/ca.pem"

    def summary(**trust: str) -> int:
        client = boto3.client(
            "iam", "us-east-1", endpoint_url=url, aws_access_key_id="AKIADEMODEMODEMODEMO",
            aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}), **trust,
        )  # fmt: skip
        return int(client.get_account_summary()["SummaryMap"]["AccountMFAEnabled"])

    assert url.startswith("https://127.0.0.1:")
    assert summary(verify=str(authority)) in (0, 1)
    with pytest.raises(SSLError):
        summary()
    assert summary(verify=str(authority)) in (0, 1)  # who shook no hands has stopped nothing
    assert (tmp_path / "certificates/server.pem").stat().st_mode & 0o077 == 0
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=20)
    assert f"AWS_CA_BUNDLE={authority.resolve()}\n" in stderr and "Traceback" not in stderr


def test_a_taken_port_is_one_error(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StorageError, match="cannot listen"):
            DemoServer("127.0.0.1", taken.getsockname()[1], lambda _environ, _start: [])
    assert capfd.readouterr().err == ""


def test_without_moto_the_advice_is_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    for name in [
        name
        for name in sys.modules
        if name.startswith(("evidence.demo_account.app", "evidence.demo_account.wire"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "moto.core.parse", None)
    with pytest.raises(UsageError, match="needs moto, which is not installed") as caught:
        create_app(datetime(2026, 10, 1, tzinfo=UTC))
    assert "aws-evidence[demo]" in caught.value.advice


def test_importing_the_package_loads_neither_moto_nor_boto() -> None:
    loaded = "[m for m in ('moto', 'botocore', 'flask') if m in sys.modules]"
    script = f"import sys, evidence.demo_account; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == "[]\n"
