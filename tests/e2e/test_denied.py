"""A denied operation: the run goes on, and the gap shows wherever somebody could look."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from evidence.demo_account.demo import SETTINGS, demo_environment
from tests.support.command import Demo, clean_environment, evidence
from tests.support.make_samples import DATA, PASSPHRASE, SIGNER
from tests.support.served import serving

FAULTS = [
    {"service": "iam", "operation": "GenerateCredentialReport", "error": "AccessDenied", "status": 403},
    {
        "service": "accessanalyzer",
        "operation": "ListAnalyzers",
        "error": "AccessDeniedException",
        "status": 403,
        "region": "us-west-2",
        "scp": True,
    },
]
HEADLINES = {f"{number}." for number in range(1, 7)}
NEED_THE_REPORT = {
    "ROOT-1",
    "ROOT-2",
    "ROOT-4",
    "USER-1",
    "USER-3",
    "MFA-1",
    "KEY-1",
    "KEY-2",
    "PWD-1",
    "IPE-1",
}


@dataclass(frozen=True)
class Denied:
    """What a run left that was denied two operations, and what the demo account saw of it."""

    left: Demo
    returncode: int
    requests: list[dict]


@pytest.fixture(scope="module")
def denied(tmp_path_factory) -> Iterator[Denied]:
    folder = tmp_path_factory.mktemp("denied")
    (folder / "faults.json").write_text(json.dumps(FAULTS))
    with serving("--faults", folder / "faults.json") as endpoint:
        done = evidence(
            "run", "--config", SETTINGS, "--output", folder / "out", "--quiet",
            *SIGNER,
            env=demo_environment(endpoint) | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()}, timeout=300,
        )  # fmt: skip
        with urllib.request.urlopen(f"{endpoint}/_evidence/requests") as answer:  # noqa: S310
            requests = json.load(answer)
    assert done.returncode in {0, 3}, done.stderr
    yield Denied(Demo(folder / "out"), done.returncode, requests)


def gaps(denied: Denied) -> dict[tuple[str, str | None], dict]:
    entries = json.loads((denied.left.bundle / "data/gaps.json").read_text())
    return {(entry["item"], entry["target"]["region"]): entry for entry in entries}


def test_the_exit_code_says_so(denied) -> None:
    assert denied.returncode == 3


def test_the_gaps_carry_their_cause(denied) -> None:
    assert gaps(denied)["iam.credential-report", None]["cause"] == "permission missing"
    assert (
        gaps(denied)["access-analyzer.analyzers", "us-west-2"]["cause"]
        == "denied by a service control policy"
    )
    assert all(entry["effect"] for entry in gaps(denied).values())


def test_the_denied_calls_are_in_the_ledger(denied) -> None:
    lines = (denied.left.bundle / "data/calls.jsonl").read_text().splitlines()
    refused = {
        (call["operation"], call["error_code"]) for call in map(json.loads, lines) if call["status"] == 403
    }
    assert refused == {
        ("GenerateCredentialReport", "AccessDenied"),
        ("ListAnalyzers", "AccessDeniedException"),
    }


def test_what_needs_the_missing_item_is_not_concluded(denied) -> None:
    tests = denied.left.results["tests"]
    conclusions = {test["id"]: test["conclusion"] for test in tests}
    complete = {test["id"]: test["complete"] for test in tests}
    assert {conclusions[name] for name in NEED_THE_REPORT & set(conclusions)} == {"not concluded"}
    for name in ("AA-1", "AA-2"):
        assert (conclusions[name], complete[name]) in {("not concluded", False), ("exceptions noted", False)}
    assert conclusions["PRIV-1"] == "exceptions noted", "other evidence is not touched"


def test_the_report_names_every_gap(denied) -> None:
    text = subprocess.run(
        ["pdftotext", "-raw", denied.left.report, "-"], capture_output=True, text=True, check=True
    ).stdout
    words = "".join(text.split())
    assert all(item in words for item, _ in gaps(denied))
    assert "permissionmissing" in words
    assert "notconcluded" in words


def test_the_workbook_lists_every_gap(denied) -> None:
    book = openpyxl.load_workbook(denied.left.workbook, read_only=True)
    cells = {cell for row in book["Gaps"].iter_rows(values_only=True) for cell in row}
    book.close()
    assert {item for item, _ in gaps(denied)} <= cells


def test_the_pack_is_sealed_all_the_same(denied) -> None:
    done = evidence("verify", denied.left.pack, "--trust", DATA / "sample-signer.pem")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_request_but_the_declared_ones_reached_aws(denied) -> None:
    from evidence.collectors.base import catalogue

    declared = {(op.service, op.name) for collector in catalogue().values() for op in collector.operations}
    assert {(request["service"], request["operation"]) for request in denied.requests} <= declared


def test_nothing_is_overwritten(denied) -> None:
    out: Path = denied.left.folder
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    done = evidence(
        "run", "--output", out, *SIGNER,
        env=demo_environment("http://127.0.0.1:9") | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "not empty" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_show_puts_the_six_first_and_marks_what_is_missing(denied) -> None:
    shown = evidence("show", denied.left.bundle, env=clean_environment() | {"COLUMNS": "160"}).stdout
    six = [line.strip("│├└─ ") for line in shown.splitlines() if line.strip("│├└─ ")[:2] in HEADLINES]
    assert [line.rsplit(": ", 1)[1].split(",")[0] for line in six] == [
        "iam.credential-report",
        "iam.account-summary",
        "config.rule-compliance",
        "access-analyzer.findings",
        "identity-center.instance",
        "iam.sample-role-policies",
    ]
    assert "GAP in 1 of 1 targets" in six[0]
    assert "GAP in 1 of 5 targets" in six[3]
    assert "GAP" not in six[1]
