"""The options that make settings, shared by commands and merged over the settings file."""

import functools
import getpass
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.cli.options import Config

if TYPE_CHECKING:
    from evidence.settings import Settings

Profile = Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile.")]
Region = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Region to ask for what has none; default: AWS_REGION or the profile's."
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME,…", help="Collect these regions only; default: every enabled one."),
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="Signing key, PEM.")]
Certificate = Annotated[Path | None, typer.Option(metavar="FILE", help="Its certificate, PEM.")]
Pkcs12 = Annotated[Path | None, typer.Option(metavar="FILE", help="Key and certificate in one PKCS#12 file.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Pass phrase of the key; default: EVIDENCE_PASSPHRASE, or asked for."),
]
Attachments = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder that `evidence attach` prepared; sealed with the evidence."),
]
Concurrency = Annotated[
    int | None, typer.Option(min=1, max=64, metavar="N", help="Calls under way at once; default: 16.")
]
Deadline = Annotated[
    int | None,
    typer.Option(
        min=10, max=86_400, metavar="SECONDS", help="What is not read by then is a gap; default: 1800."
    ),
]
Seed = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Seed of the role sample; default: digest of the population."),
]
ExcludeItem = Annotated[
    list[str] | None, typer.Option(metavar="ITEM", help="Do not collect this item; may be repeated.")
]
Previous = Annotated[
    str | None, typer.Option(metavar="DIGEST", help="Digest of the bundle that this one follows.")
]

Exceptions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The exceptions that management accepted (exceptions.toml)."),
]
Attestations = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What management attests (attestations.toml)."),
]


def signing_settings(
    *,
    config: Config = None,
    key: Key = None,
    certificate: Certificate = None,
    pkcs12: Pkcs12 = None,
    passphrase_file: PassphraseFile = None,
) -> "Settings":
    """Return the settings file's content with the signing flags that were given put over it.

    Raises ConfigError for the file, UsageError for a flag's value.
    """
    signing = {"key": key, "certificate": certificate, "pkcs12": pkcs12, "passphrase_file": passphrase_file}
    return _merged(config, {"signing": signing})


def stated_settings(
    *, config: Config = None, exceptions: Exceptions = None, attestations: Attestations = None
) -> "Settings":
    """Return the settings file's content with the flags for management's statements put over it.

    Raises ConfigError for the file, UsageError for a flag's value.
    """
    return _merged(config, {"accepted": {"exceptions": exceptions, "attestations": attestations}})


def rendering_settings(
    *,
    config: Config = None,
    exceptions: Exceptions = None,
    attestations: Attestations = None,
    key: Key = None,
    certificate: Certificate = None,
    pkcs12: Pkcs12 = None,
    passphrase_file: PassphraseFile = None,
) -> "Settings":
    """Return the settings file's content with the flags for statements and signing put over it.

    Raises ConfigError for the file, UsageError for a flag's value.
    """
    signing = {"key": key, "certificate": certificate, "pkcs12": pkcs12, "passphrase_file": passphrase_file}
    stated = {"exceptions": exceptions, "attestations": attestations}
    return _merged(config, {"signing": signing, "accepted": stated})


def running_settings(
    *,
    profile: Profile = None,
    region: Region = None,
    regions: Regions = None,
    config: Config = None,
    key: Key = None,
    certificate: Certificate = None,
    pkcs12: Pkcs12 = None,
    passphrase_file: PassphraseFile = None,
    concurrency: Concurrency = None,
    deadline: Deadline = None,
    seed: Seed = None,
    exclude_item: ExcludeItem = None,
    exceptions: Exceptions = None,
    attestations: Attestations = None,
) -> "Settings":
    """Return what `collecting_settings` does, with the flags for management's statements put over it."""
    settings = collecting_settings(
        profile=profile, region=region, regions=regions, config=config, key=key, certificate=certificate,
        pkcs12=pkcs12, passphrase_file=passphrase_file, concurrency=concurrency, deadline=deadline,
        seed=seed, exclude_item=exclude_item,
    )  # fmt: skip
    given = {"exceptions": exceptions, "attestations": attestations}
    stated = {name: value for name, value in given.items() if value is not None}
    return settings.model_copy(update={"accepted": settings.accepted.model_copy(update=stated)})


def collecting_settings(
    *,
    profile: Profile = None,
    region: Region = None,
    regions: Regions = None,
    config: Config = None,
    key: Key = None,
    certificate: Certificate = None,
    pkcs12: Pkcs12 = None,
    passphrase_file: PassphraseFile = None,
    concurrency: Concurrency = None,
    deadline: Deadline = None,
    seed: Seed = None,
    exclude_item: ExcludeItem = None,
) -> "Settings":
    """Return the settings file's content with all flags that were given put over it.

    Raises ConfigError for the file, UsageError for a flag's value.
    """
    signing = {"key": key, "certificate": certificate, "pkcs12": pkcs12, "passphrase_file": passphrase_file}
    run = {"concurrency": concurrency, "deadline_seconds": deadline, "exclude": _names(exclude_item)}
    return _merged(
        config,
        {
            "aws": {"profile": profile, "region": region, "regions": _names(regions)},
            "collect": run,
            "signing": signing,
            "sampling": {"seed": seed},
        },
    )


def takes(options: Callable[..., "Settings"]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of `signing_settings` or `collecting_settings`; it gets `settings`.

    Typer reads a command's options from its signature, so the two signatures are put together.
    """
    shared = inspect.signature(options).parameters.values()

    def widen(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            settings = options(**{parameter.name: given.pop(parameter.name) for parameter in shared})
            command(settings=settings, **given)

        own = [one for one in inspect.signature(command).parameters.values() if one.name != "settings"]
        last = [one for one in own if one.name in {"json", "quiet"}]
        first = [one for one in own if one not in last]
        run.__signature__ = inspect.Signature([*first, *shared, *last])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in (*first, *shared, *last)}
        return run

    return widen


def _merged(config: Path | None, flags: Mapping[str, Mapping[str, Any]]) -> "Settings":
    from pydantic import ValidationError

    from evidence.config import load
    from evidence.errors import UsageError
    from evidence.settings import Settings

    values = load(config).model_dump()
    for section, members in flags.items():
        values[section].update({name: value for name, value in members.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise UsageError(f"The option for {where} is wrong: {problem['msg']}.") from error


def _names(values: list[str] | None) -> tuple[str, ...] | None:
    """Return the names of a repeatable option that also takes commas; None when it was not given."""
    if not values:
        return None
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def ask_passphrase(file: str) -> bytes | None:
    """Ask the person at the terminal for a key's pass phrase; None when there is nobody."""
    if not sys.stdin.isatty():
        return None
    return getpass.getpass(f"Pass phrase of {file}: ", sys.stderr).encode()
