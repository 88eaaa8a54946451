"""`evidence pack`: one signed zip of all that belongs to a bundle; redacted or encrypted if asked."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, locks
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.bundle.format.seal import TimeStampAuthority
    from evidence.clock import Clock
    from evidence.pack.encryption import Lock
    from evidence.settings.model import Settings
    from evidence.sharing import RedactedPack, RedactionRequest
    from evidence.signing.signer import Signer


@collecting.accepts_settings(collecting.rendering_settings)
def pack(
    *,
    settings: "Settings",
    bundle: BundlePath,
    report: Annotated[
        Path | None, typer.Option(metavar="PDF", help="The signed report on this bundle.")
    ] = None,
    appendices: Annotated[Path | None, typer.Option(metavar="XLSX", help="Its workbook.")] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="JSON", help="What `evidence test --output` wrote.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: BUNDLE.zip here; BUNDLE.zip.age."),
    ] = None,
    redact: Annotated[
        Path | None,
        typer.Option(metavar="POLICY", help="Pack a copy with pseudonyms instead, by this policy (TOML)."),
    ] = None,
    redaction_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key of pseudonyms; `evidence redact keygen`.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the encrypted mapping goes; default: beside the pack."),
    ] = None,
    mapping_to: locks.MappingTo = None,
    mapping_passphrase_file: locks.MappingPassphraseFile = None,
    encrypt_to: locks.EncryptTo = None,
    encrypt_passphrase_file: locks.EncryptPassphraseFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Pack a sealed bundle with its report, appendices and results into one signed zip.

    Takes along the exceptions and attestations that the results were computed with. Refuses parts that do
    not verify, that are not about this bundle or by this signer, and other exceptions or attestations. Ends
    with 3 when the time-stamping authority did not answer.

    With --redact it packs a redacted copy: a bundle of its own that names the digest of this one, tested and
    rendered anew, with pseudonyms in the place of people; --report, --appendices and --results are not taken.
    With --encrypt-to or --encrypt-passphrase-file the pack is encrypted (age). See docs/sharing.md.
    """
    from evidence import pipeline
    from evidence.clock import system_clock
    from evidence.errors import ExitCode
    from evidence.sharing import name_of
    from evidence.signing import load_signer
    from evidence.signing.authority import authority_at

    parts = {"--report": report, "--appendices": appendices, "--results": results}
    _check_options(parts, {"--redaction-key": redaction_key}, redact)
    lock = locks.lock(encrypt_to, encrypt_passphrase_file)
    clock = system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    out = Output(json=json, quiet=quiet)
    if redact is not None and redaction_key is not None:
        target = output or name_of(Path(f"{bundle.resolve().name}-redacted.zip"), lock)
        kept = mapping or target.with_name(f"{target.name.partition('.zip')[0]}.mapping.age")
        request = _request(redact, redaction_key, kept, mapping_to, mapping_passphrase_file)
        request = replace(request, authority=authority_at(settings.timestamp, clock))
        _tell(out, _redacted(settings, bundle, request, signer, clock=clock, output=target, lock=lock))
        return
    target = output or name_of(Path(f"{bundle.resolve().name}.zip"), lock)
    written, unstamped = pipeline.with_optional_time_stamp(
        lambda authority: _plain(
            settings, bundle, parts, signer, clock=clock, output=target, lock=lock, authority=authority
        ),
        authority_at(settings.timestamp, clock), "The pack", out.say,
    )  # fmt: skip
    out.result({"pack": str(written), "unstamped": list(unstamped)}, str(written))
    if unstamped:
        raise typer.Exit(ExitCode.GAPS)


def _check_options(
    parts: dict[str, Path | None], needed: dict[str, Path | None], redact: Path | None
) -> None:
    from evidence.errors import UsageError

    given = [name for name, value in parts.items() if value is not None]
    absent = [name for name, value in (parts if redact is None else needed).items() if value is None]
    if absent:
        why = "" if redact is None else " with --redact"
        raise UsageError(f"Missing option {', '.join(absent)}{why}.", "See `evidence pack --help`.")
    if redact is not None and given:
        raise UsageError(
            f"{', '.join(given)} cannot go into a redacted pack, which is tested and rendered anew.",
            "Leave it out.",
        )
    if redact is None and needed["--redaction-key"] is not None:
        raise UsageError("--redaction-key needs --redact POLICY.", "See `evidence pack --help`.")


def _plain(
    settings: "Settings",
    bundle: Path,
    parts: dict[str, Path | None],
    signer: "Signer",
    *,
    clock: "Clock",
    output: Path,
    lock: "Lock | None",
    authority: "TimeStampAuthority | None",
) -> Path:
    from evidence.bundle import open_bundle
    from evidence.sharing import plain_pack

    return plain_pack(
        open_bundle(bundle, now=clock.now()),
        report=parts["--report"] or Path(),
        appendices=parts["--appendices"] or Path(),
        results=parts["--results"] or Path(),
        exceptions=settings.accepted.exceptions,
        attestations=settings.accepted.attestations,
        signer=signer,
        clock=clock,
        output=output,
        lock=lock,
        authority=authority,
    )


def _request(
    policy: Path, key: Path, mapping: Path, mapping_to: list[str] | None, passphrase_file: Path | None
) -> "RedactionRequest":
    from evidence.errors import UsageError
    from evidence.redact.key import load
    from evidence.redact.policy import read_policy
    from evidence.sharing import RedactionRequest

    read = read_policy(policy)
    named = mapping_to or list(read.policy.mapping.recipients)
    given = named if passphrase_file is None else mapping_to
    lock = locks.lock(given, passphrase_file)
    if lock is None:
        raise UsageError(
            "Nobody is named who may read the mapping from pseudonyms to people.",
            "Name a public key with --mapping-to or in the policy, or give --mapping-passphrase-file.",
        )
    return RedactionRequest(read, load(key), mapping, lock)


def _redacted(
    settings: "Settings",
    bundle: Path,
    request: "RedactionRequest",
    signer: "Signer",
    *,
    clock: "Clock",
    output: Path,
    lock: "Lock | None",
) -> "RedactedPack":
    from evidence.sharing import redacted_pack
    from evidence.statements.files import read_statements

    return redacted_pack(
        bundle,
        statements=read_statements(settings.accepted.exceptions, settings.accepted.attestations),
        request=request,
        signer=signer,
        clock=clock,
        output=output,
        lock=lock,
    )


def _tell(out: Output, shared: "RedactedPack") -> None:
    document = {
        "pack": str(shared.pack),
        "digest": shared.digest,
        "redacted_from": shared.origin,
        "mapping": str(shared.mapping),
        "replaced": shared.replaced,
        "replaced_at_their_places_only": shared.places_only,
    }
    out.result(document, str(shared.pack))
    counts = ", ".join(f"{count} × {kind}" for kind, count in shared.replaced.items())
    out.say(f"Redacted copy of sha256:{shared.origin}")
    out.say(f"Replaced, by distinct values: {counts or 'nothing'}")
    if shared.places_only:
        out.say(
            f"{shared.places_only} of them are ordinary words too, or too short, and were replaced only "
            "where the place says what they are; the mapping lists them."
        )
    out.say(f"Mapping, encrypted, keep it apart from the pack: {shared.mapping}")
