"""`evidence schedule`: what runs `evidence` again and again, with the exact role."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output
from evidence.cli.policy import ConfigResultsSource


class ScheduleName(StrEnum):
    """The words of `evidence.schedule.files.KINDS`, which is imported when used."""

    SYSTEMD = "systemd"
    CRON = "cron"
    GITHUB = "github"
    FARGATE = "fargate"
    FARGATE_TERRAFORM = "fargate-terraform"
    CODEBUILD = "codebuild"
    CODEBUILD_TERRAFORM = "codebuild-terraform"
    SCRIPT = "script"


class ScheduleInterval(StrEnum):
    """The words of `evidence.schedule.Interval`."""

    MONTH = "month"
    QUARTER = "quarter"


def schedule(
    *,
    name: Annotated[
        ScheduleName,
        typer.Argument(
            metavar="NAME",
            help="systemd, cron, github (a workflow and its action), fargate or codebuild (CloudFormation), "
            "fargate-terraform, codebuild-terraform; or script, which all of them run.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Write the files here; default: print them."),
    ] = None,
    every: Annotated[ScheduleInterval, typer.Option(help="How often.")] = ScheduleInterval.QUARTER,
    day: Annotated[
        int,
        typer.Option(min=1, max=28, metavar="N", help="Day of the month; a quarter's is that of its first."),
    ] = 2,
    at: Annotated[str, typer.Option(metavar="HH:MM", help="Time of the day, UTC.")] = "06:00",
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Region of what has none; in AWS it is the stack's.")
    ] = "us-east-1",
    bucket: Annotated[
        str, typer.Option(metavar="NAME", help="github, fargate, codebuild: bucket of settings and archive.")
    ] = "",
    folder: Annotated[
        str, typer.Option(metavar="DIR", help="cron: folder of settings, archive and script.")
    ] = "/var/lib/evidence",
    user: Annotated[str, typer.Option(metavar="NAME", help="systemd, cron: who runs it.")] = "evidence",
    image: Annotated[
        str, typer.Option(metavar="IMAGE", help="fargate: the container image, with its digest.")
    ] = "",
    secret: Annotated[
        str, typer.Option(metavar="ARN", help="fargate, codebuild: the secret with the signing identity.")
    ] = "",
    mail: Annotated[
        str, typer.Option(metavar="ADDRESS", help="fargate, codebuild: who is told of a run that failed.")
    ] = "",
    kms_key: Annotated[
        str | None, typer.Option(metavar="ARN", help="Sign with this key of AWS KMS: its ARN, no alias.")
    ] = None,
    organization: Annotated[
        bool,
        typer.Option("--organization", help="Collect every account of the organization, through --role."),
    ] = False,
    role: Annotated[
        str, typer.Option(metavar="NAME", help="Role in the other accounts.")
    ] = "EvidenceCollector",
    external_id: Annotated[
        str | None, typer.Option(metavar="TEXT", help="External id that the role's trust policy asks for.")
    ] = None,
    config_source: Annotated[
        ConfigResultsSource, typer.Option(help="Where runs read the results of AWS Config's rules.")
    ] = ConfigResultsSource.ACCOUNTS,
    notify: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Given to `evidence run`: who is told how it ended.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print what runs `evidence` every quarter: a timer, a workflow or a stack, with the exact role.

    The role's policy is the one that `evidence policy` prints for the same options. See docs/schedule.md.
    """
    from evidence.aws.stacks import RoleLocation
    from evidence.collect.custom import custom_scope
    from evidence.permissions import NeededPermissions
    from evidence.schedule import Interval, Schedule, When, files_of
    from evidence.settings.file import load

    place = RoleLocation.MANAGEMENT if organization else RoleLocation.ACCOUNT
    hour, minute = _time(at)
    given = {
        "--role": role if organization else None,
        "--external-id": external_id,
        "--config-source": None if config_source is ConfigResultsSource.ACCOUNTS else config_source.value,
        "--notify": notify,
    }
    arguments = [word for option, value in given.items() if value is not None for word in (option, value)]
    made = files_of(
        name.value,
        Schedule(
            permissions=NeededPermissions(
                place, role, config_source.value, kms_key, custom_scope(load(None)).items
            ),
            when=When(Interval(every.value), day, hour, minute),
            arguments=(*(["--organization"] if organization else []), *arguments),
            region=region, folder=folder, user=user, bucket=bucket, secret=secret, image=image, mail=mail,
        ),
    )  # fmt: skip
    out = Output(json, quiet)
    if output is None:
        out.result({"files": dict(made)}, _printed(dict(made)))
        return
    written = _write(output, dict(made))
    out.result({"written": written}, "\n".join(written))


def _time(text: str) -> tuple[int, int]:
    from datetime import time

    from evidence.errors import UsageError

    try:
        read = time.fromisoformat(text)
    except ValueError:
        read = None
    # A zone and seconds are what not every scheduler knows.
    if read is None or read != time(read.hour, read.minute):
        raise UsageError(f"{text!r} is no time of the day.", "Write --at 06:00, in UTC and without seconds.")
    return read.hour, read.minute


def _printed(files: dict[str, str]) -> str:
    """Return one file as it is, several each under its name."""
    if len(files) == 1:
        return next(iter(files.values())).removesuffix("\n")
    return "\n".join(f"==> {name} <==\n{text}" for name, text in files.items()).removesuffix("\n")


def _write(folder: Path, files: dict[str, str]) -> list[str]:
    """Write the files; raises UsageError, before anything is written, when one of them is there already."""
    from evidence.errors import UsageError
    from evidence.storage import publish, storage_errors

    there = [name for name in files if (folder / name).exists()]
    if there:
        raise UsageError(f"{folder / there[0]} is there already.", "Choose another folder with --output.")
    for name, text in files.items():
        path = folder / name
        with storage_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        publish(path, text.encode())
    return [str(folder / name) for name in files]
