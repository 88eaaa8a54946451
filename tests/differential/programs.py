"""Runs both programs on one server and brings their verdicts to the same subjects."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence.bundle import open_bundle
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform
from evidence.controls.results import TestResult
from evidence.controls.row_results import RowResult
from evidence.demo_account.account.organization import ENABLED_REGIONS
from evidence.demo_account.demo import demo_environment
from tests.differential.explained import Pair

Ours = dict[str, dict[str, tuple[str, str]]]
"""By test and subject: verdict and what was observed."""
Theirs = dict[str, dict[str, str]]
"""By test and subject: `pass` or `fail`."""
TESTS = (
    *("ROOT-1", "ROOT-2", "ROOT-3", "ROOT-5", "MFA-1", "KEY-1", "KEY-2", "USER-3", "PWD-1"),
    *("PRIV-1", "PRIV-2", "PRIV-7", "PRIV-8", "PRIV-9", "TRUST-1", "CT-1"),
)
REGIONAL = ("AA-1", "CFG-1")
"""Compared on the demo account alone: no seed changes what there is of them."""
PROWLER = Path(os.environ.get("PROWLER", "build/prowler-venv/bin/prowler"))
DAYS = 90
ROOT = "root"
OF_THE_ACCOUNT = frozenset({"ROOT-1", "ROOT-2", "ROOT-3", "ROOT-5", "PRIV-9", "CT-1"})
"""Tests with one subject, the account: called `root`."""
HOLDERS = ("UserDetail", "GroupDetail", "RoleDetail")
SERVICE_ROWS = ("exception", "not determined", "out of scope")

SETTINGS = f"""[entity]
name = "Differential"
[thresholds]
key_max_age_days = {DAYS}
unused_days = {DAYS}
password_max_age_days = {DAYS}
"""
PROWLER_SETTINGS = f"aws:\n  max_unused_access_keys_days: {DAYS}\n  max_console_access_days: {DAYS}\n"

PASSWORD_CHECKS = {
    "iam_password_policy_minimum_length_14": "length",
    "iam_password_policy_reuse_24": "reuse",
    "iam_password_policy_uppercase": "upper-case letters",
    "iam_password_policy_lowercase": "lower-case letters",
    "iam_password_policy_number": "numbers",
    "iam_password_policy_symbol": "symbols",
    "iam_password_policy_expires_passwords_within_90_days_or_less": "expiry",
}
REGIONAL_CHECKS = {"accessanalyzer_enabled": "AA-1", "config_recorder_all_regions_enabled": "CFG-1"}
CHECKS = {
    "iam_root_hardware_mfa_enabled": "ROOT-3",
    "iam_root_credentials_management_enabled": "ROOT-5",
    "iam_user_two_active_access_key": "KEY-2",
    "iam_user_administrator_access_policy": "PRIV-2",
    "iam_group_administrator_access_policy": "PRIV-2",
    "iam_role_administratoraccess_policy": "PRIV-2",
    "iam_policy_attached_only_to_group_or_roles": "PRIV-8",
    "iam_support_role_created": "PRIV-9",
    "iam_role_cross_service_confused_deputy_prevention": "TRUST-1",
    "cloudtrail_multi_region_enabled_logging_management_events": "CT-1",
    "cloudtrail_log_file_validation_enabled": "CT-1",
    "iam_root_mfa_enabled": "ROOT-1",
    "iam_no_root_access_key": "ROOT-2",
    "iam_user_mfa_enabled_console_access": "MFA-1",
    "iam_rotate_access_key_90_days": "KEY-1",
    "iam_user_accesskey_unused": "USER-3",
    "iam_user_console_access_unused": "USER-3",
    "iam_customer_attached_policy_no_administrative_privileges": "PRIV-1",
    "iam_inline_policy_no_administrative_privileges": "PRIV-1",
    **dict.fromkeys(PASSWORD_CHECKS, "PWD-1"),
}
PASSWORD_WORDS = {
    "length": r"minimum length",
    "reuse": r"remembers \d+ passwords",
    "upper-case letters": "upper-case letters",
    "lower-case letters": "lower-case letters",
    "numbers": r"\bnumbers",
    "symbols": "symbols",
    "expiry": r"expires",
}


@contextmanager
def server(seed: int | None, scratch: Path) -> Iterator[dict[str, str]]:
    """Serve the demo account, or the one of a seed; yield the environment that points at it."""
    ready = scratch / "ready"
    command = ["evidence", "demo-aws", "--port", "0", "--quiet", "--ready-file"]
    if seed is not None:
        command = ["tests.differential.serve", str(seed)]
    with (scratch / "server.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *command, str(ready)], stdout=subprocess.DEVNULL, stderr=log
        )
    try:
        while not ready.exists():
            if child.poll() is not None:
                raise RuntimeError((scratch / "server.log").read_text())
            time.sleep(0.05)
        yield demo_environment(ready.read_text().strip())
    finally:
        child.terminate()
        child.wait()


def pairs(environment: Mapping[str, str], scratch: Path, *, demo: bool) -> Iterator[Pair]:
    """Yield both verdicts for every subject that either names; those by region of the demo account."""
    tests = (*TESTS, *(REGIONAL if demo else ()))
    mine, folder = ours(environment, scratch, tests)
    theirs = prowlers(environment, scratch, tests)
    _per_key(mine, theirs)
    theirs["PRIV-7"] = _escalations(folder)
    for test in tests:
        for subject in sorted({*mine[test], *theirs[test]}):
            verdict, words = mine[test].get(subject, ("-", ""))
            yield Pair(test, subject, verdict, words, theirs[test].get(subject, "-"))


def _per_key(mine: Ours, theirs: Theirs) -> None:
    """Prowler passes a user with all keys at once and fails keys one by one: give each key its verdict."""
    found = theirs["KEY-1"]
    for subject in mine["KEY-1"]:
        user = subject.rpartition(" key ")[0]
        if user in found or any(key.rpartition(" key ")[0] == user for key in found):
            found.setdefault(subject, "pass")
    for user in {subject.rpartition(" key ")[0] for subject in mine["KEY-1"]}:
        found.pop(user, None)


def _escalations(folder: Path) -> dict[str, str]:
    """Return Prowler's verdicts on escalation by holder: it judges policies, and one that fails is enough."""
    details = _details(folder)
    owned = {name: document for detail in details for name, document in _own_policies(detail)}
    asked = "".join(json.dumps({"name": name, "document": owned[name]}) + "\n" for name in owned)
    script = Path(__file__).with_name("escalations.py")
    done = subprocess.run(
        [PROWLER.parent / "python", script], input=asked, capture_output=True, text=True, check=True
    )
    said = {entry["name"]: entry["found"] for entry in map(json.loads, done.stdout.splitlines())}
    groups = {one["GroupDetail"]["GroupName"]: one["GroupDetail"] for one in details if "GroupDetail" in one}
    found: dict[str, str] = {}
    for holder in (one[kind] for one in details for kind in HOLDERS if kind in one):
        held = [
            name for one in (holder, *map(groups.get, holder.get("GroupList", ()))) for name in _held(one)
        ]
        verdicts = [bool(said[name]) for name in held if name in said]
        if verdicts:
            found[holder["Arn"]] = "fail" if any(verdicts) else "pass"
    return found


def _details(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("data/*/iam/authorization-details.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def _own_policies(detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the documents that a record holds, save AWS's own, which Prowler does not judge."""
    policy = detail.get("Policy")
    if policy and ":iam::aws:" not in policy["Arn"]:
        yield (
            policy["Arn"],
            next(one["Document"] for one in policy["PolicyVersionList"] if one["IsDefaultVersion"]),
        )
    for holder in (detail[kind] for kind in HOLDERS if kind in detail):
        for name, document in _inline(holder):
            yield f"{holder['Arn']} {name}", document


def _inline(holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for member in ("UserPolicyList", "GroupPolicyList", "RolePolicyList"):
        yield from ((one["PolicyName"], one["PolicyDocument"]) for one in holder.get(member, ()))


def _held(holder: Mapping[str, Any]) -> list[str]:
    attached = [one["PolicyArn"] for one in holder["AttachedManagedPolicies"]]
    return [*attached, *(f"{holder['Arn']} {name}" for name, _ in _inline(holder))]


def ours(environment: Mapping[str, str], scratch: Path, tests: Sequence[str]) -> tuple[Ours, Path]:
    """Collect with this tool, as a user would, and perform the tests."""
    settings = scratch / "evidence.toml"
    settings.write_text(SETTINGS)
    mine = dict(environment) | {"EVIDENCE_PASSPHRASE": secrets.token_urlsafe(24)}
    identity = scratch / "identity"
    for words in (
        ("keygen", "--name", "Differential", "--output", identity, "--quiet"),
        ("collect", "--config", settings, "--output", scratch / "out", "--quiet",
         "--key", identity / "signer.key", "--certificate", identity / "signer.pem"),
    ):  # fmt: skip
        _run([sys.executable, "-m", "evidence", *map(str, words)], mine)
    (folder,) = (scratch / "out").glob("evidence-*")
    bundle = open_bundle(folder)
    return {test: _ours(test, perform(catalogue()[test], bundle)) for test in tests}, folder


def _ours(test: str, result: TestResult) -> dict[str, tuple[str, str]]:
    if result.holes:
        raise RuntimeError(f"{test}: {result.reason}")
    found: dict[str, tuple[str, str]] = {}
    for row in result.rows:
        if test == "PWD-1":
            found.update(_password_parts(row.observed))
        elif test == "KEY-1":
            found[f"{row.subject} key {row.attributes['key']}"] = row.verdict.value, row.observed
        elif test == "TRUST-1":
            _of_services(row, found)
        elif test == "CFG-1":
            region = row.subject.split(":")[3]
            found |= {region: (row.verdict.value, row.observed)} if region else {}
        else:
            words = f"{row.observed}. {row.note}" if test == "PRIV-7" else row.observed
            found[ROOT if test in OF_THE_ACCOUNT else row.subject] = row.verdict.value, words
    return found


def _of_services(row: RowResult, found: dict[str, tuple[str, str]]) -> None:
    """Note the worst that is said of a role's trust in AWS services; Prowler judges these alone."""
    role, verdict = row.subject.split(" ")[0], row.verdict.value
    if row.attributes["kind"] == "service":
        worse = role not in found or SERVICE_ROWS.index(verdict) < SERVICE_ROWS.index(found[role][0])
        found[role] = (verdict, row.observed) if worse else found[role]


def _password_parts(observed: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for part, pattern in PASSWORD_WORDS.items():
        bad = observed.startswith("no policy") or re.search(pattern, observed)
        yield part, ("exception" if bad else "met", observed)


def prowlers(environment: Mapping[str, str], scratch: Path, tests: Sequence[str]) -> Theirs:
    """Run Prowler's checks and read its OCSF findings."""
    settings = scratch / "prowler.yaml"
    settings.write_text(PROWLER_SETTINGS)
    regional = set(REGIONAL) <= set(tests)
    checks = CHECKS | (REGIONAL_CHECKS if regional else {})
    regions = tuple(ENABLED_REGIONS) if regional else ("us-east-1",)
    _run(
        [
            *(str(PROWLER.absolute()), "aws", "--checks", *checks, "--config-file", str(settings)),
            *("-M", "json-ocsf", "-o", str(scratch / "prowler"), "-F", "findings", "--region", *regions),
            *("--ignore-exit-code-3", "--no-banner", "--only-logs", "--log-level", "CRITICAL"),
        ],
        environment,
        cwd=scratch,
    )
    findings = json.loads((scratch / "prowler" / "findings.ocsf.json").read_text())
    found: Theirs = {test: {} for test in tests}
    for finding in findings:
        check, resource = finding["metadata"]["event_code"], finding["resources"][0]
        test, subject = checks[check], _prowlers_subject(check, resource["uid"], resource["name"])
        verdict = {"PASS": "pass", "FAIL": "fail"}[finding["status_code"]]
        if found[test].get(subject) != "fail":  # one bad key, or a bad password beside a good key, is enough
            found[test][subject] = verdict
    return found


def _prowlers_subject(check: str, arn: str, name: str) -> str:
    test = (CHECKS | REGIONAL_CHECKS)[check]
    if test in OF_THE_ACCOUNT:
        return ROOT
    if test in REGIONAL:
        return arn.split(":")[3]
    if test == "PWD-1":
        return PASSWORD_CHECKS[check]
    if test == "KEY-1":
        user = arn.rpartition("/")[2]
        return f"{arn} key {name.rpartition('-')[2]}" if name != user else arn
    if "inline" in check:
        return f"{arn} inline:{name.partition('/')[2]}"
    return arn


def _run(command: list[str], environment: Mapping[str, str], cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, env=dict(environment), cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
