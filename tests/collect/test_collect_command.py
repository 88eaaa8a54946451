"""`evidence collect` as a user runs it: exit codes, one sentence, and nothing left that looks complete."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.aws_server.faults import Fault
from tests.collect.collect_support import PASSPHRASE, environment
from tests.support.command import FEW, clean_environment, evidence
from tests.support.processes import start


@pytest.fixture
def command(identity: list[str | Path], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run `evidence collect` into tmp_path/out."""

    def run(url: str, *flags: str, env: dict[str, str] | None = None, **options):
        arguments = [*identity, "--output", tmp_path / "out", *FEW, *flags]
        own = environment(url) if url else {}
        surroundings = clean_environment() | own | {"EVIDENCE_PASSPHRASE": PASSPHRASE} | (env or {})
        return evidence("collect", *arguments, env=surroundings, cwd=tmp_path, timeout=120, **options)

    return run


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def assert_one_sentence(done: subprocess.CompletedProcess) -> None:
    lines = done.stderr.strip().splitlines()
    assert lines[-2].startswith("evidence: "), done.stderr
    assert lines[-1].startswith("  "), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_denied_operation_goes_on_and_exits_with_3(serve, command, tmp_path) -> None:
    done = command(serve(Fault("iam", "ListVirtualMFADevices", "AccessDenied", status=403)), "--json")
    assert done.returncode == 3, done.stderr
    result = json.loads(done.stdout)
    assert [(gap["item"], gap["cause"]) for gap in result["gaps"]] == [
        ("iam.mfa-devices", "permission missing")
    ]
    assert [cause["gaps"] for cause in result["gap_causes"]] == [1]
    assert "1 gap in 1 account: permission missing (iam:ListVirtualMFADevices AccessDenied)" in done.stderr
    assert "Attach what `evidence policy` prints" in done.stderr
    assert left(tmp_path / "out") == [Path(result["bundle"]).name]
    lines = [line for line in done.stderr.splitlines() if line.startswith("collect: ")]
    assert 2 <= len(lines) <= 11, "plain lines where stderr is no terminal"
    assert re.match(r"collect: (\d+) of \1 units, \d+ calls, 0 throttled, 1 gaps$", lines[-1])
    denied = [
        json.loads(line)
        for line in (Path(result["bundle"]) / "data/calls.jsonl").read_text().splitlines()
        if "ListVirtualMFADevices" in line
    ]
    assert [call["error_code"] for call in denied] == ["AccessDenied"]


def test_done_without_gaps_prints_the_folder_and_nothing_else_when_quiet(serve, command, tmp_path) -> None:
    done = command(
        serve(), "--quiet", "--regions", "us-east-1,eu-west-1", "--exclude-item", "iam.last-accessed"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert left(tmp_path / "out") == [Path(done.stdout.strip()).name]
    run = json.loads((Path(done.stdout.strip()) / "data/run.json").read_text())
    assert {state["region"] for state in run["regions"] if state["in_scope"]} == {"us-east-1", "eu-west-1"}


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


FAILING: dict[str, tuple[list[Fault], list[str], dict[str, str], int, str]] = {
    "no credentials": (
        [],
        [],
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        1,
        "No AWS credentials were found.",
    ),
    "expired credentials": ([Fault("*", "*", "ExpiredToken", status=403)], [], {}, 1, "have expired"),
    "no permission": (
        [
            Fault(service, "*", "AccessDeniedException", status=403)
            for service in (
                "iam",
                "account",
                "ec2",
                "config",
                "accessanalyzer",
                "cloudtrail",
                "organizations",
                "sso-admin",
            )
        ],
        [],
        {},
        1,
        "may not read a single evidence item",
    ),
    "no such profile": ([], ["--profile", "nobody"], {}, 2, "nobody"),
    "wrong home region": ([], ["--region", "moon-1"], {}, 2, "no AWS region named 'moon-1'"),
    "wrong region": ([], ["--regions", "eu-west-1,moon-1"], {}, 2, "no AWS region named 'moon-1'"),
    "wrong item": ([], ["--exclude-item", "iam.nothing"], {}, 2, "no evidence item 'iam.nothing'"),
    "unreadable key": ([], ["--key", "/nowhere/key.pem"], {}, 1, "/nowhere/key.pem"),
    "wrong pass phrase": ([], [], {"EVIDENCE_PASSPHRASE": "wrong"}, 1, "pass phrase"),
    "no such settings": ([], ["--config", "/nowhere.toml"], {}, 2, "/nowhere.toml"),
}


@pytest.mark.parametrize(("faults", "flags", "env", "code", "text"), FAILING.values(), ids=FAILING)
def test_bad_input_is_told_in_one_sentence(
    serve, command, tmp_path, faults, flags, *, env, code, text
) -> None:
    done = command(serve(*faults), "--quiet", *flags, env=env)
    assert done.returncode == code, done.stderr
    assert text in done.stderr
    assert_one_sentence(done)
    assert left(tmp_path / "out") == []


def test_an_endpoint_that_does_not_answer(command, tmp_path) -> None:
    began = time.monotonic()
    done = command(closed_port(), "--quiet")
    assert done.returncode == 1
    assert "cannot be asked" in done.stderr
    assert_one_sentence(done)
    assert left(tmp_path / "out") == []
    assert time.monotonic() - began < 20


def test_an_unknown_key_in_the_settings(serve, command, tmp_path) -> None:
    (tmp_path / "evidence.toml").write_text("[collect]\nspeed = 9\n")
    done = command(serve(), "--quiet")
    assert done.returncode == 2
    assert "collect.speed: unknown key" in done.stderr
    assert_one_sentence(done)


def test_flags_go_over_the_settings_file(serve, command, tmp_path) -> None:
    (tmp_path / "evidence.toml").write_text('[aws]\nregions = ["moon-1"]\n[entity]\nname = "Northwind"\n')
    done = command(serve(), "--quiet", "--regions", "us-east-1")
    assert done.returncode == 0, done.stderr
    run = json.loads((Path(done.stdout.strip()) / "data/run.json").read_text())
    assert run["settings"]["entity"]["name"] == "Northwind"


def test_a_full_disk(serve, identity, command, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # its own file would not fit either
    running = start(
        [sys.executable, "-m", "evidence", "collect", *identity, "-o", tmp_path / "out", *FEW, "--quiet"],
        env=clean_environment() | environment(serve(latency=0.1)) | {"EVIDENCE_PASSPHRASE": PASSPHRASE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    wait_for_files(tmp_path / "out")
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (20_000, 20_000))
    done = subprocess.CompletedProcess([], running.wait(60), *running.communicate())
    assert done.returncode == 75, done.stderr
    assert "cannot be written" in done.stderr
    assert_one_sentence(done)
    assert_can_be_resumed(tmp_path / "out")
    done = command(serve(), "--quiet", "--resume")
    assert done.returncode == 0, done.stderr
    assert left(tmp_path / "out") == [Path(done.stdout.strip()).name]


def test_credentials_that_expire_in_the_middle(serve, command, tmp_path, watched) -> None:
    watched.fail(Fault("*", "*", "ExpiredToken", status=403))
    watched.after = 60
    done = command(serve(), "--quiet")
    assert done.returncode == 75, done.stderr
    assert "have expired" in done.stderr
    assert "--resume" in done.stderr
    assert_one_sentence(done)
    assert_can_be_resumed(tmp_path / "out")
    watched.mend()
    done = command(serve(), "--quiet", "--resume")
    assert done.returncode == 0, done.stderr
    assert left(tmp_path / "out") == [Path(done.stdout.strip()).name]


def test_a_credential_helper_that_fails_in_the_middle_is_not_quoted(serve, command, tmp_path) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()  # so that it is asked for every request
    keys = {"Version": 1, "AccessKeyId": "AKIADEMODEMODEMODEMO", "SecretAccessKey": "s", "SessionToken": "t"}
    (tmp_path / "keys").write_text(json.dumps(keys | {"Expiration": soon}))
    (tmp_path / "helper").write_text(
        f"cd {tmp_path}; echo >>asked; [ $(wc -l <asked) -gt 4 ] || exec cat keys\n"
        "echo 'login failed: s.Zf3vaultTokenQ9' >&2; exit 1\n"
    )
    (tmp_path / "config").write_text(f"[profile p]\ncredential_process = sh {tmp_path / 'helper'}\n")
    url = serve()
    env = {name: value for name, value in environment(url).items() if "ACCESS_KEY" not in name}
    done = command("", "--profile", "p", env=env | {"AWS_CONFIG_FILE": str(tmp_path / "config")})
    kept = [path.read_text("utf-8", "replace") for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert kept
    assert "vaultToken" not in "".join([done.stdout, done.stderr, *kept])
    assert "the source of the AWS credentials failed" in done.stderr.lower() + "".join(kept)


def test_a_network_that_is_gone_in_the_middle(command, tmp_path) -> None:
    from tests.support.served import serving

    with serving() as url:
        stop_when_under_way = threading.Thread(target=lambda: wait_for_files(tmp_path / "out"))
        stop_when_under_way.start()
        running = threading.Thread(target=lambda: done.append(command(url, "--quiet")))
        done: list[subprocess.CompletedProcess] = []
        running.start()
        stop_when_under_way.join()
    running.join()
    assert done[0].returncode == 75, done[0].stderr
    assert "cannot be asked" in done[0].stderr
    assert_one_sentence(done[0])
    assert_can_be_resumed(tmp_path / "out")
    with serving() as url:
        again = command(url, "--quiet", "--resume")
    assert again.returncode == 0, again.stderr


def assert_can_be_resumed(out: Path) -> None:
    (name,) = left(out)
    assert re.fullmatch(r"\.evidence-123456789012-\d{8}T\d{6}Z\.partial", name)


def wait_for_files(out: Path, folder: str = "iam") -> None:
    """Wait until the account's job has begun to write."""
    until = time.monotonic() + 60
    while not list(out.glob(f".evidence-*.partial/jobs/[0-9]*/data/*/{folder}/*")):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_output_folder_that_is_a_file(serve, command, tmp_path) -> None:
    (tmp_path / "out").write_text("mine")
    done = command(serve(), "--quiet")
    assert done.returncode == 2
    assert_one_sentence(done)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_and_leaves_nothing_but_what_can_be_resumed(
    serve, identity, command, tmp_path, *, number
) -> None:
    url = serve(latency=0.5)
    running = start(
        [sys.executable, "-m", "evidence", "collect", *identity, "--output", tmp_path / "out", *FEW],
        env=clean_environment() | environment(url) | {"EVIDENCE_PASSPHRASE": PASSPHRASE},
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    wait_for_files(tmp_path / "out")
    began = time.monotonic()
    running.send_signal(number)
    _, words = running.communicate(timeout=30)
    assert running.returncode == 130, words
    assert "Interrupted." in words
    assert "Traceback" not in words
    assert "--resume" in words
    assert_can_be_resumed(tmp_path / "out")
    assert time.monotonic() - began < 10
    records = [
        json.loads(path.read_text()) for path in (tmp_path / "out").glob(".evidence-*/jobs/*/job.json")
    ]
    ended = {file for record in records for one in record["units"] for file in one["files"]}
    assert ended
    done = command(serve(), "--quiet", "--resume")
    assert done.returncode == 0, done.stderr
    bundle = Path(done.stdout.strip())
    resumed = json.loads((bundle / "data/run.json").read_text())["parts"][1]["started"]
    calls = [json.loads(line) for line in (bundle / "data/calls.jsonl").read_text().splitlines()]
    anew = {call["file"] for call in calls if call["started"] >= resumed}
    assert not anew & ended, "what had ended is not asked for again"
    assert ended <= {str(path.relative_to(bundle / "data")) for path in (bundle / "data").rglob("*")}


def test_the_policy_lists_exactly_what_is_called() -> None:
    done = evidence("policy")
    assert done.returncode == 0
    (statement,) = json.loads(done.stdout)["Statement"]
    assert "sso:ListInstances" in statement["Action"]
    template = json.loads(evidence("policy", "--format", "cloudformation").stdout)
    made = template["Resources"]["EvidencePolicy"]["Properties"]["PolicyDocument"]
    assert made["Statement"][0]["Action"] == statement["Action"]


def test_items_lists_every_item_with_what_it_asks() -> None:
    listed = json.loads(evidence("items", "--json").stdout)
    assert len({entry["item"] for entry in listed}) == len(listed) >= 30
    assert all(entry["operations"] and entry["blind_spots"] for entry in listed)
    text = evidence("items").stdout
    assert all(entry["item"] in text for entry in listed)


def test_a_terminal_gets_a_live_line(serve, identity, tmp_path) -> None:
    surroundings = (
        clean_environment() | environment(serve(latency=0.02)) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
    )
    surroundings |= {"TERM": "xterm", "COLUMNS": "120"}
    parent, child = os.openpty()
    seen = bytearray()

    def drain() -> None:
        with contextlib.suppress(OSError):  # the terminal is closed when the command has ended
            while block := os.read(parent, 4096):
                seen.extend(block)

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    arguments = [sys.executable, "-m", "evidence", "collect", *identity, "--output", tmp_path / "out", *FEW]
    piped = {"stdout": subprocess.PIPE, "stderr": child}
    done = subprocess.run(arguments, check=False, env=surroundings, timeout=120, **piped)
    os.close(child)
    reader.join(5)
    os.close(parent)
    assert done.returncode == 0, bytes(seen)
    assert b"\x1b[" in seen
    assert re.search(rb"\d+ of \d+ units, \d+ calls, 0 throttled, 0 gaps", seen)
