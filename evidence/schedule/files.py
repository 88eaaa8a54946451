"""Renders the files of a schedule from templates/schedule: the same words give the same bytes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence import __version__
from evidence.errors import UsageError
from evidence.permissions import NeededPermissions
from evidence.report import assets
from evidence.schedule.quoting import CREDENTIALS, FILTERS
from evidence.schedule.when import When

SCRIPT = "evidence-run"
_REPLACED = ("${{", "{{resolve:")
"""Begin what GitHub and CloudFormation replace, whatever quotes it stands in."""
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is to run, when, and with what: the words that templates are filled with."""

    permissions: NeededPermissions = field(default_factory=NeededPermissions)
    when: When = field(default_factory=When)
    arguments: tuple[str, ...] = ()
    """What `evidence run` gets, beside archive, output folder and signing identity."""
    region: str = "us-east-1"
    folder: str = "/var/lib/evidence"
    user: str = "evidence"
    bucket: str = ""
    secret: str = ""
    image: str = ""
    mail: str = ""

    def __post_init__(self) -> None:
        names = (self.region, self.folder, self.user, self.bucket, self.secret, self.image, self.mail)
        for word in (*self.arguments, *names):
            if not word.isprintable() or any(mark in word for mark in _REPLACED):
                advice = f"Leave control characters, {' and '.join(_REPLACED)} out."
                raise UsageError(f"{word!r} cannot stand in a schedule.", advice)
        if not _USER.fullmatch(self.user):  # neither a unit nor a crontab reads quotes there
            raise UsageError(f"{self.user!r} is no name of a user.", "Pass --user with a plain name.")

    def words(self, signer: tuple[str, ...] = (), service: str = "") -> dict[str, Any]:
        """Return what templates may name; `service` is AWS's that may assume the role."""
        kms_key = self.permissions.kms_key
        return {
            "arguments": [*self.arguments, *(("--kms-key", kms_key) if kms_key else ()), *signer],
            "aws_cron": self.when.aws,
            "bucket": self.bucket,
            "cron": self.when.cron,
            "every": self.when.words,
            "image": self.image,
            "kms_key": kms_key,
            "mail": self.mail,
            "on_calendar": self.when.systemd,
            "policy": self.permissions.document(),
            "region": self.region,
            "secret": self.secret,
            "service": service,
            "folder": self.folder,
            "user": self.user,
            "version": __version__,
        }


def files_of(name: str, schedule: Schedule) -> Mapping[str, str]:
    """Return the files of a schedule by their names. Raises KeyError for a name that is none of KINDS."""
    return KINDS[name](schedule)


def _script(_schedule: Schedule) -> dict[str, str]:
    return {SCRIPT: _text(SCRIPT)}


def _systemd(schedule: Schedule) -> dict[str, str]:
    words = schedule.words(_signer(CREDENTIALS, schedule))
    names = ("evidence.service", "evidence.timer")
    return {**{name: _render(name, words) for name in names}, SCRIPT: _text(SCRIPT), **_role(schedule)}


def _cron(schedule: Schedule) -> dict[str, str]:
    words = schedule.words(_signer("", schedule))
    return {"evidence.cron": _render("evidence.cron", words), SCRIPT: _text(SCRIPT), **_role(schedule)}


def _github(schedule: Schedule) -> dict[str, str]:
    if not schedule.permissions.kms_key:
        raise UsageError(
            "A workflow on GitHub signs with a key in AWS KMS, so that no key is stored there.",
            "Name it with --kms-key ARN; `evidence keygen --kms-key` makes its certificate.",
        )
    words = schedule.words(_signer("", schedule))
    return {
        ".github/workflows/evidence.yml": _render("workflow.yml", words),
        ".github/actions/evidence/action.yml": _text("action.yml"),
        "role.yaml": _render("github-role.yaml", words),
    }


def _template(name: str, service: str) -> Callable[[Schedule], dict[str, str]]:
    def made(schedule: Schedule) -> dict[str, str]:
        words = schedule.words(service=service)
        if service == "codebuild":
            words["buildspec"] = _render("buildspec.yaml", words)
        else:
            words |= {step: _text(f"task-{step}.sh") for step in ("fetch", "keep")}
        return {name: _render(name, words)}

    return made


KINDS: dict[str, Callable[[Schedule], dict[str, str]]] = {
    "systemd": _systemd,
    "cron": _cron,
    "github": _github,
    "fargate": _template("fargate.yaml", "ecs-tasks"),
    "fargate-terraform": _template("fargate.tf", "ecs-tasks"),
    "codebuild": _template("codebuild.yaml", "codebuild"),
    "codebuild-terraform": _template("codebuild.tf", "codebuild"),
    "script": _script,
}
"""What makes the files of each schedule, by its name."""


def _signer(where: str, schedule: Schedule) -> tuple[str, ...]:
    """Return the options that name the signing identity in a folder."""
    certificate = ("--certificate", f"{where}signer.pem")
    if schedule.permissions.kms_key:
        return certificate
    return (*certificate, "--key", f"{where}signer.key", "--passphrase-file", f"{where}passphrase")


def _role(schedule: Schedule) -> dict[str, str]:
    """Return the stack with the role that the machine assumes, as `evidence policy --cloudformation`."""
    return {"role.json": json.dumps(schedule.permissions.cloudformation(), indent=2) + "\n"}


def _text(name: str) -> str:
    return (assets.folder() / "schedule" / name).read_text(encoding="utf-8")


def _render(name: str, words: Mapping[str, Any]) -> str:
    return assets.fill_in("schedule", name, words, FILTERS)
