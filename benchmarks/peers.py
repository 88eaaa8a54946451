"""The same account on the same server: the AWS CLI in a shell script, and Prowler, against one collection.

Both are installed by `make peers`, as they are large and nothing else needs them.
"""

import json
import os
import shlex
from pathlib import Path

from botocore import xform_name

from benchmarks.collecting import LATENCY
from benchmarks.collection import collected, served
from benchmarks.measure import Row, process
from evidence.aws.answers import TOKEN_MEMBERS

AWS = Path(os.environ.get("AWS_CLI", "build/awscli-venv/bin/aws"))
PROWLER = Path(os.environ.get("PROWLER", "build/prowler-venv/bin/prowler"))
TENTH = 0.1
"""The aim: at least ten times faster."""
EVERY = 10
_CLI_NAMES = {"config": "configservice"}
_SERVICES = ("iam", "accessanalyzer", "config")
_FOUND_SOMETHING = 3
"""Prowler's exit code for checks that failed."""


def cli_row(scratch: Path) -> Row:
    """Collecting over a script of one `aws` command for each listing and each look-up of the same items.

    Of the script every tenth command is run, and its time counted ten times: they do not differ by much.
    """
    with served(LATENCY) as environment:
        made = collected(scratch / "ours", environment)
        commands = _commands(made.folder / "data/calls.jsonl")
        script = scratch / "fetch.sh"
        some = commands[::EVERY]
        script.write_text("\n".join(["failed=0", *some, 'echo "$failed" > failed', ""]))
        used = process(["sh", script], cwd=scratch, env=environment)
    failed = (scratch / "failed").read_text().strip()
    note = f"{made.calls} calls, {len(commands)} aws commands, of {len(some)} run {failed} failed"
    seconds = used.seconds * len(commands) / len(some)
    return Row("collect, whole process / shell script of aws (s)", made.used.seconds, seconds, TENTH, note)


def prowler_row(scratch: Path) -> Row:
    """Collecting over Prowler's checks of the three services, of the same regions."""
    with served(LATENCY) as environment:
        made = collected(scratch / "ours", environment)
        regions = {json.loads(line)["region"] for line in (made.folder / "data/calls.jsonl").open()}
        command = [PROWLER.absolute(), "aws", "--services", *_SERVICES, "--region", *sorted(regions)]
        quiet = ("-M", "json-ocsf", "-o", scratch, "-F", "found", "--no-banner", "--only-logs")
        used = process(
            [*command, *quiet, "--log-level", "CRITICAL"], scratch, environment, (0, _FOUND_SOMETHING)
        )
    findings = len(json.loads((scratch / "found.ocsf.json").read_text()))
    note = f"{made.calls} calls of ours, {findings} findings of Prowler's"
    return Row("collect, whole process / prowler (s)", made.used.seconds, used.seconds, TENTH, note)


def _commands(ledger: Path) -> list[str]:
    """Return one command for each request that is not a further page: the CLI asks for those by itself.

    Left out are requests whose parameters the ledger holds as a digest alone.
    """
    commands: dict[str, None] = {}
    for line in ledger.open():
        call = json.loads(line)
        parameters = {name: value for name, value in call["parameters"].items() if name not in TOKEN_MEMBERS}
        if not call["error_code"] and "sha256:" not in json.dumps(parameters):
            words = [str(AWS.absolute()), _CLI_NAMES.get(call["service"], call["service"])]
            words += [xform_name(call["operation"], "-"), "--region", call["region"], "--output", "json"]
            words += ["--cli-input-json", json.dumps(parameters)]
            commands[f"{shlex.join(words)} > answer.json 2>> errors || failed=$((failed+1))"] = None
    return list(commands)
