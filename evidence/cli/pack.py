"""`evidence pack`: one signed zip of all that belongs to a bundle; redacted or encrypted if asked."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, locks, setting_options
from evidence.cli.options import BundlePath, Json, Quiet, output_file
from evidence.cli.output import Output

if TYPE_CHECKING:
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
    previous: setting_options.PreviousPack = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Test, render and pack a sealed bundle: one signed zip, for the auditor.

    Results, report and workbook are computed from the bundle, and from the exceptions and attestations given
    here, which go along; nothing that was made before is taken. Ends with 3 when the time-stamping authority
    did not answer.

    With --redact it packs a redacted copy: a bundle of its own that names the digest of this one, tested and
    rendered anew, with pseudonyms in the place of people.
    With --encrypt-to or --encrypt-passphrase-file the pack is encrypted (age). See docs/sharing.md.
    """
    from evidence.bundle import open_bundle
    from evidence.clock import system_clock
    from evidence.comparison import read_previous
    from evidence.errors import ExitCode, UsageError
    from evidence.sharing import name_of, plain_pack
    from evidence.signing import load_signer
    from evidence.signing.authority import authority_at
    from evidence.statements.files import read_statements

    if (redact is None) is not (redaction_key is None):
        raise UsageError(
            "--redact POLICY and --redaction-key FILE go together.", "See `evidence pack --help`."
        )
    lock = locks.lock(encrypt_to, encrypt_passphrase_file)
    clock = system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    authority = authority_at(settings.timestamp, clock)
    out = Output(json=json, quiet=quiet)
    if redact is not None and previous is not None:
        raise UsageError("A redacted pack holds no changes.", "Leave --previous out, or compare two copies.")
    if redact is not None and redaction_key is not None:
        target = output_file(output, name_of(Path(f"{bundle.resolve().name}-redacted.zip"), lock))
        kept = mapping or target.with_name(f"{target.name.partition('.zip')[0]}.mapping.age")
        request = _request(redact, redaction_key, kept, mapping_to, mapping_passphrase_file)
        request = replace(request, authority=authority)
        _tell(out, _redacted(settings, bundle, request, signer, clock=clock, output=target, lock=lock))
        return
    statements = read_statements(settings.accepted.paths)
    _, before = read_previous(previous, now=clock.now(), statements=statements, signer=signer, say=out.say)
    opened = open_bundle(bundle, now=clock.now())
    collecting.say_what_is_unused(settings, opened, out)
    written, unstamped = plain_pack(
        opened, statements, signer=signer, clock=clock,
        output=output_file(output, name_of(Path(f"{bundle.resolve().name}.zip"), lock)), lock=lock,
        authority=authority, say=out.say, before=before,
    )  # fmt: skip
    out.result({"pack": str(written), "unstamped": list(unstamped)}, str(written))
    if unstamped:
        raise typer.Exit(ExitCode.GAPS)


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
        statements=read_statements(settings.accepted.paths),
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
    out.say("It holds no changes.json: `evidence diff` compares two copies that have the same key.")
    out.say(f"Replaced, by distinct values: {counts or 'nothing'}")
    if shared.places_only:
        out.say(
            f"{shared.places_only} of them are ordinary words too, or too short, and were replaced only "
            "where the place says what they are; the mapping lists them."
        )
    out.say(f"Mapping, encrypted, keep it apart from the pack: {shared.mapping}")
