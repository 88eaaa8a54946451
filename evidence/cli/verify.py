"""`evidence verify`: check a pack, a bundle or a report, and say what that establishes."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import (
    Identity,
    IntegrityOnly,
    Json,
    PackPassphraseFile,
    Quiet,
    Trusted,
    TrustTsa,
    require_one_of_trust,
)
from evidence.cli.output import Output
from evidence.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from evidence.bundle.verify.verdicts import OverallVerdict
    from evidence.signatures.trust import Trust


def verify(
    *,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PACK|BUNDLE|PDF|FOLDER|SUBMISSION",
            help="What you were given.",
            autocompletion=complete_bundle_or_pack,
        ),
    ] = None,
    chain: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Verify every pack or bundle in a folder, and their order."),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="With --chain: a bundle that must be there, as told elsewhere."),
    ] = None,
    trust: Trusted = None,
    trust_tsa: TrustTsa = None,
    integrity_only: IntegrityOnly = False,
    corroboration: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="What `evidence corroborate` left: verify it too, and that it is about this."
        ),
    ] = None,
    identity: Identity = None,
    passphrase_file: PackPassphraseFile = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute",
            help="Render report, workbook and page again too, and compare every byte; also of a pack that "
            "another version made.",
        ),
    ] = False,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="PACK",
            autocompletion=complete_bundle_or_pack,
            help="With --recompute: the pack, or bundle, before this one, to compute changes.json again.",
        ),
    ] = None,
    signed_only: Annotated[
        bool,
        typer.Option(
            "--signed-only",
            help="End with 0 for what was signed, without performing the tests of controls again.",
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Verify a pack, bundle, signed report, corroboration or submission: each property, and every finding.

    Needs neither AWS nor trust in the sender. Ends with 0 only when all holds that must hold, and with 5
    otherwise. Of a pack, the tests of controls are performed again over its bundle, and must conclude what it
    says. Where another version of evidence made it they are not, and it ends with 5: install that version,
    or ask with --recompute what this one concludes, or with --signed-only for no more than the signature.
    Without --trust nobody says who may have signed, so that it ends with 5 too, unless --integrity-only says
    that integrity is all that is asked for. Without --trust-tsa a time-stamp is shown,
    but not relied on; with it, there must be one by that authority. An encrypted pack is decrypted into a
    private folder that is deleted at the end.
    """
    from evidence.bundle.verify.verdicts import OverallVerdict
    from evidence.clock import system_clock
    from evidence.pack.encryption import decrypted_path
    from evidence.signatures.trust import load_trust
    from evidence.submission.layout import is_submission

    require_one_of_trust(trust, integrity_only)
    if previous and not recompute:
        raise UsageError("--previous goes with --recompute.", "Add --recompute, or leave --previous out.")
    if recompute and signed_only:
        raise UsageError("--recompute and --signed-only exclude each other.", "Leave one of them out.")
    if (
        (path is None) == (chain is None)
        or (head and chain is None)
        or (chain and (corroboration or recompute))
    ):
        raise UsageError("One thing is verified at a time.", "Name a pack, bundle or PDF, or --chain DIR.")
    trusted, now = load_trust(trust, trust_tsa), system_clock().now()
    out = Output(json=json, quiet=quiet)
    if path is not None and is_submission(path):
        _refuse_beside_a_submission(corroboration, previous, identity or passphrase_file)
        words = [_verify_submission(path, recompute, signed_only, now=now, trusted=trusted, out=out)]
    elif path is not None:
        with decrypted_path(path, identity, passphrase_file) as opened:
            words = _verify(
                opened, corroboration, recompute, signed_only, now=now, trusted=trusted, out=out,
                previous=previous,
            )  # fmt: skip
    else:
        words = [_verify_chain(chain, head, now=now, trusted=trusted, out=out)]
    enough = {OverallVerdict.AUTHENTIC}
    enough |= {OverallVerdict.INTACT} if integrity_only else set()
    enough |= {OverallVerdict.UNCHANGED} if signed_only or chain else set()
    if not all(word in enough for word in words):
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)


def _verify(
    path: Path,
    corroboration: Path | None,
    recompute: bool,
    signed_only: bool,
    *,
    now: "datetime",
    trusted: "Trust | None",
    out: Output,
    previous: Path | None = None,
) -> "list[OverallVerdict]":
    from evidence.bundle.summary import findings_text, report_document
    from evidence.bundle.verify.verdicts import judge
    from evidence.comparison import read_previous
    from evidence.pack.any import verify_any
    from evidence.recompute import verify_and_recompute

    again = None
    if signed_only:
        reports = [verify_any(path, now=now, trusted=trusted)]
    else:
        _, before = read_previous(previous, now=now)
        report, again = verify_and_recompute(
            path, now=now, trusted=trusted, every_byte=recompute, previous=before
        )
        reports = [report]
    if corroboration is not None:
        from evidence.pack.corroboration import check_corroboration

        digest = reports[0].digest
        reports.append(check_corroboration(corroboration, now=now, trusted=trusted, digest=digest))
    judgements = [judge(report) for report in reports]
    documents = list(map(report_document, reports, judgements))
    if corroboration is not None:
        documents[0]["corroboration"] = documents[1]
    texts = list(map(findings_text, reports, judgements))
    if again is not None:
        documents[0]["recomputation"] = again.document()
        texts += [again.text()] if recompute else []
    out.result(documents[0], "\n\n".join(texts))
    return [judgement.word for judgement in judgements]


def _refuse_beside_a_submission(*given: Path | None) -> None:
    if any(given):
        raise UsageError(
            "--corroboration, --previous and keys go with one pack, not with a submission.",
            "Leave them out, or verify the pack in the submission by itself.",
        )


def _verify_submission(
    path: Path, recompute: bool, signed_only: bool, *, now: "datetime", trusted: "Trust | None", out: Output
) -> "OverallVerdict":
    from evidence.submission.verify import verify_submission

    found = verify_submission(path, now=now, trusted=trusted, every_byte=recompute, signed_only=signed_only)
    out.result(found.document(), found.text())
    return found.word


def _verify_chain(
    folder: Path | None, head: str | None, *, now: "datetime", trusted: "Trust | None", out: Output
) -> "OverallVerdict":
    from evidence.archive.verify import verify_chain

    found = verify_chain(folder or Path(), now=now, trusted=trusted, head=head)
    out.result(found.document(), found.text())
    return found.word
