"""Makes settings from command-line options, shared by commands and merged over the settings file."""

import functools
import getpass
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.cli.options import Config
from evidence.cli.setting_options import (
    Accounts,
    ArchivePlace,
    Attestations,
    Certificate,
    Concurrency,
    Controls,
    Deadline,
    EveryDays,
    Exceptions,
    ExcludeAccount,
    ExcludeItem,
    Executor,
    ExternalId,
    IncludeAccount,
    Key,
    KmsKey,
    KmsProfile,
    LeaverAccessHours,
    Logo,
    Organization,
    PassphraseFile,
    People,
    PeriodSampleSize,
    PeriodSeed,
    Pkcs11Key,
    Pkcs11Module,
    Pkcs11Token,
    Pkcs12,
    Processes,
    Profile,
    Region,
    Regions,
    RemediationWithin,
    Requests,
    Responses,
    ReviewDays,
    RevocationDays,
    Role,
    Seed,
    SessionName,
    Source,
    TimestampCa,
    TimestampUrl,
    Workers,
)
from evidence.foreign import printable

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.cli.output import Output
    from evidence.settings.model import Settings

Flags = dict[str, dict[str, Any]]
"""What was given on the command line, by section of the settings and member; None where it was not."""


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """What a command was given: for one that looks at where settings come from, and merges them itself."""

    config: Path | None
    """The settings file that was named."""
    flags: Flags

    def merged(self) -> "Settings":
        """Return the settings in force. Raises ConfigError for the file, UsageError for a flag's value."""
        return _merged(self.config, self.flags)


Options = tuple[Callable[..., Flags], ...]
"""Groups of options; each function's signature says which, its result where they belong in the settings."""


def _aws(*, profile: Profile = None, region: Region = None, regions: Regions = None) -> Flags:
    return {"aws": {"profile": profile, "region": region, "regions": _names(regions)}}


def _asking(*, profile: Profile = None, region: Region = None, deadline: Deadline = None) -> Flags:
    return {"aws": {"profile": profile, "region": region}, "collect": {"deadline_seconds": deadline}}


def _accounts(
    *,
    organization: Organization = None,
    accounts: Accounts = None,
    include_account: IncludeAccount = None,
    exclude_account: ExcludeAccount = None,
    role: Role = None,
    external_id: ExternalId = None,
    session_name: SessionName = None,
) -> Flags:
    from evidence.settings.model import NO_REASON

    reasons = dict.fromkeys(exclude_account or (), NO_REASON)
    given = {
        "organization": organization,
        "accounts": _names(accounts),
        "include_accounts": tuple(include_account) if include_account else None,
        "exclude_accounts": reasons or None,
        "role": role,
        "external_id": external_id,
        "session_name": session_name,
    }
    return {"aws": given}


def _signing(
    *,
    key: Key = None,
    certificate: Certificate = None,
    pkcs12: Pkcs12 = None,
    kms_key: KmsKey = None,
    kms_profile: KmsProfile = None,
    pkcs11_module: Pkcs11Module = None,
    pkcs11_token: Pkcs11Token = None,
    pkcs11_key: Pkcs11Key = None,
    passphrase_file: PassphraseFile = None,
) -> Flags:
    return {"signing": locals()}


def _collect(
    *,
    concurrency: Concurrency = None,
    workers: Workers = None,
    deadline: Deadline = None,
    seed: Seed = None,
    exclude_item: ExcludeItem = None,
    config_source: Source = None,
) -> Flags:
    run = {
        "concurrency": concurrency,
        "workers": workers,
        "deadline_seconds": deadline,
        "exclude": _names(exclude_item),
        "config_source": config_source,
    }
    return {"collect": run, "sampling": {"seed": seed}}


def _executor(*, processes: Processes = None, executor: Executor = None) -> Flags:
    return {"collect": {"processes": processes, "executor": executor}}


def _timestamp(*, timestamp_url: TimestampUrl = None, timestamp_ca: TimestampCa = None) -> Flags:
    return {"timestamp": {"url": timestamp_url, "ca": timestamp_ca}}


def _stated(
    *,
    exceptions: Exceptions = None,
    attestations: Attestations = None,
    responses: Responses = None,
    controls: Controls = None,
    requests: Requests = None,
    people: People = None,
    logo: Logo = None,
) -> Flags:
    return {"accepted": locals()}


def _period(
    *,
    every: EveryDays = None,
    remediation: RemediationWithin = None,
    review_days: ReviewDays = None,
    revocation_days: RevocationDays = None,
    leaver_access_hours: LeaverAccessHours = None,
    sample_size: PeriodSampleSize = None,
    seed: PeriodSeed = None,
) -> Flags:
    members = {
        "review_days": review_days,
        "revocation_days": revocation_days,
        "sample_size": sample_size,
        "seed": seed,
    }
    return {
        "period": members,
        "period.every_days": _numbers(every, "--every"),
        "period.remediation_days": _numbers(remediation, "--remediation"),
        "thresholds": {"leaver_access_hours": leaver_access_hours},
    }


def _period_statements(*, people: People = None, exceptions: Exceptions = None) -> Flags:
    return {"accepted": locals()}


def _archive(*, archive: ArchivePlace = None) -> Flags:
    return {"archive": {"location": archive}}


signing_settings: Options = (_signing,)
stated_settings: Options = (_stated,)
stamping_settings: Options = (_timestamp,)
rendering_settings: Options = (_stated, _signing, _timestamp)
corroborating_settings: Options = (_asking, _signing)
planning_settings: Options = (_aws, _accounts, _collect)
collecting_settings: Options = (_aws, _accounts, _signing, _timestamp, _collect, _executor, _archive)
running_settings: Options = (_aws, _accounts, _signing, _timestamp, _collect, _executor, _stated, _archive)
reviewing_settings: Options = (_stated, _signing, _timestamp, _archive)
archiving_settings: Options = (_archive, _signing)
archive_settings: Options = (_archive,)
submitting_settings: Options = (_signing, _timestamp)
renewing_settings: Options = (_archive, _timestamp)
handing_over_settings: Options = (_archive, _signing, _timestamp)
period_settings: Options = (_archive, _period_statements, _period, _signing, _timestamp)


def accepts_settings(options: Options) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `--config` and these groups of options; it gets `settings`, the flags over the file.

    A command that declares `given` in place of `settings` gets `GivenSettings`.

    Typer reads a command's options from its signature, so the signatures are put together. The command
    raises ConfigError for the file, UsageError for a flag's value.
    """
    groups = [(group, list(inspect.signature(group).parameters.values())) for group in options]
    shared = [inspect.signature(_config).parameters["config"], *(one for _, own in groups for one in own)]

    def widen(command: Callable[..., None]) -> Callable[..., None]:
        unmerged = "given" in inspect.signature(command).parameters

        @functools.wraps(command)
        def run(**given: Any) -> None:
            config = given.pop("config")
            flags: Flags = {}
            for group, own in groups:
                for section, members in group(**{one.name: given.pop(one.name) for one in own}).items():
                    flags.setdefault(section, {}).update(members)
            if unmerged:
                command(given=GivenSettings(config, flags), **given)
            else:
                command(settings=_merged(config, flags), **given)

        own = [
            one
            for one in inspect.signature(command).parameters.values()
            if one.name not in {"settings", "given"}
        ]
        last = [one for one in own if one.name in {"json", "quiet"}]
        first = [one for one in own if one not in last]
        run.__signature__ = inspect.Signature([*first, *shared, *last])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in (*first, *shared, *last)}
        return run

    return widen


def _config(*, config: Config = None) -> None:
    """Stand for the option that every group comes with."""


def _merged(config: Path | None, flags: Mapping[str, Mapping[str, Any]]) -> "Settings":
    from pydantic import ValidationError

    from evidence.errors import UsageError
    from evidence.settings.file import load
    from evidence.settings.model import Settings
    from evidence.wrong_values import in_words, key_path

    values = load(config).model_dump()
    for section, members in flags.items():
        table = values
        for name in section.split("."):
            table = table[name]
        table.update({name: value for name, value in members.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        raise UsageError(f"The option for {key_path(problem)} is wrong: {in_words(problem)}.") from error


def say_what_is_unused(settings: "Settings", bundle: "Bundle", out: "Output") -> None:
    """Name the settings given here that a sealed bundle's own stand against."""
    from evidence.settings.laxer import unused_beside

    if unused := unused_beside(settings.sealed(), bundle.run.settings):
        names = ", ".join(unused)
        out.say(f"Not used: {names}. A bundle is tested and printed by the settings it was sealed with.")


def _numbers(values: list[str] | None, option: str) -> dict[str, str]:
    """Return what a repeatable option says as NAME=NUMBER; raises UsageError for anything else."""
    from evidence.errors import UsageError

    found = {}
    for value in values or ():
        name, equals, number = value.partition("=")
        if not (name and equals and number.isdecimal()):
            raise UsageError(f"{option} {value} is not a name and a number.", f"Write {option} NAME=DAYS.")
        found[name] = number
    return found


def _names(values: list[str] | None) -> tuple[str, ...] | None:
    """Return the names of a repeatable option that also takes commas; None when it was not given."""
    if not values:
        return None
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def ask_passphrase(file: str) -> bytes | None:
    """Ask the person at the terminal for a key's pass phrase; None when there is nobody."""
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    try:
        return getpass.getpass(printable(f"Pass phrase or PIN of {file}: "), sys.stderr).encode()
    except EOFError:  # the end of the input, typed in its place
        return None
