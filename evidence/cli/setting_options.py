"""Declares the command-line options that stand for settings, each once."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.completion import complete_bundle_or_pack, complete_item

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
Organization = Annotated[
    bool | None,
    typer.Option(
        "--organization",
        help="Collect every account of the organization, through --role.",
        show_default=False,
    ),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(metavar="ID,…", help="Collect these accounts beside the caller's, through --role."),
]
IncludeAccount = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SELECTOR",
        help="Of the organization, only accounts that match: an id, an organizational unit's id or path, "
        "tag:key=value.",
    ),
]
ExcludeAccount = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SELECTOR", help="Leave accounts out, as selected above; give reasons in the settings."
    ),
]
Role = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Role to assume in every account but the caller's, with its path."),
]
ExternalId = Annotated[
    str | None, typer.Option(metavar="TEXT", help="External id that the role's trust policy asks for.")
]
SessionName = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Name of the sessions, in CloudTrail; default: evidence.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=512,
        metavar="N",
        help="Calls at once in all accounts together, N ÷ --concurrency accounts; default: 64.",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        metavar="N",
        help="Processes that collect other accounts; default: one a core, one for eight accounts, 8 at most.",
    ),
]
Executor = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Collect other accounts on a Dask cluster: dask://HOST:PORT of its scheduler; default: here.",
    ),
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="Signing key, PEM.")]
Certificate = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The key's certificate, those above it behind, PEM.")
]
Pkcs12 = Annotated[Path | None, typer.Option(metavar="FILE", help="Key and certificate in one PKCS#12 file.")]
KmsKey = Annotated[
    str | None, typer.Option(metavar="ARN", help="Signing key in AWS KMS: its ARN, id or alias/NAME.")
]
KmsProfile = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile that may use it; default: as for collecting.")
]
Pkcs11Module = Annotated[
    Path | None, typer.Option(metavar="FILE", help="PKCS#11 library of the token with the signing key.")
]
Pkcs11Token = Annotated[
    str | None, typer.Option(metavar="LABEL", help="The token; default: the only one there is.")
]
Pkcs11Key = Annotated[str | None, typer.Option(metavar="LABEL", help="The signing key on the token.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Pass phrase of the key or PIN of the token; default: EVIDENCE_PASSPHRASE, or asked for.",
    ),
]
TimestampUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Time-stamping authority (RFC 3161); default: none is asked."),
]
TimestampCa = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The authority's root certificate: refuse answers not under it."),
]
Attachments = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder that `evidence attach` prepared; default: attachments here, if there is one.",
    ),
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
    typer.Option(
        metavar="TEXT", help="Seed of the audit sample of roles; default: digest of the population."
    ),
]
ExcludeItem = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ITEM", help="Do not collect this item; may be repeated.", autocompletion=complete_item
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--config-source",
        metavar="WHERE",
        help="Where results of Config's rules are read: accounts, or an aggregator; default: accounts.",
    ),
]
Previous = Annotated[
    str | None,
    typer.Option(
        metavar="DIGEST|PACK",
        help="The bundle that this one follows: its digest, or its pack or folder.",
        autocompletion=complete_bundle_or_pack,
    ),
]
PreviousPack = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        metavar="PACK",
        autocompletion=complete_bundle_or_pack,
        help="Pack or folder of the bundle that this one follows: what changed since is written down.",
    ),
]
ArchivePlace = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|s3://…", help="Archive of packs whose chain the bundle continues: a folder, or in S3."
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with what stopped in the output folder, from whatever stage is done."
    ),
]

Exceptions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The exceptions that management accepted (exceptions.toml)."),
]
Attestations = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What management attests (attestations.toml)."),
]
Responses = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What management answers to exceptions (responses.toml)."),
]
Controls = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The entity's own control numbers, by test (controls.toml)."),
]
Requests = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What answers the auditor's requests (requests.toml)."),
]
People = Annotated[
    Path | None, typer.Option(metavar="FILE", help="people.csv: the company's own list of its people.")
]
EveryDays = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ITEM=DAYS",
        help="How often an item's evidence is asked for; may be repeated.",
        autocompletion=complete_item,
    ),
]
RemediationWithin = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SEVERITY=DAYS",
        help="Within how many days an exception must be dealt with; default: critical=7, high=30, "
        "medium=90, low=180.",
    ),
]
ReviewDays = Annotated[
    int | None,
    typer.Option(
        min=1, max=366, metavar="DAYS", help="Within which an access review must be closed; default: 30."
    ),
]
RevocationDays = Annotated[
    int | None,
    typer.Option(
        min=1, max=366, metavar="DAYS", help="Within which revoked access must be gone; default: 7."
    ),
]
LeaverAccessHours = Annotated[
    int | None,
    typer.Option(
        min=1, max=24 * 92, metavar="HOURS", help="How long leavers may still have access; default: 24."
    ),
]
PeriodSampleSize = Annotated[
    int | None,
    typer.Option(min=1, max=1000, metavar="N", help="Members drawn of each population; default: 25."),
]
PeriodSeed = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Seed of the samples, of the auditor's choice; default: the last bundle's digest.",
    ),
]
Logo = Annotated[Path | None, typer.Option(metavar="FILE", help="A PNG for the report's cover.")]
