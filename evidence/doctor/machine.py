"""Checks what a run needs of this machine: identity, folders, archive, renderer, authority, statements."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from evidence import preflight
from evidence.archive.archive import read_entries
from evidence.archive.store import ArchiveStore
from evidence.bundle.write.attachments import folder_to_seal
from evidence.clock import Clock
from evidence.collect import has_stopped
from evidence.doctor.checks import Check, Health, checked
from evidence.errors import EvidenceError
from evidence.report import assets
from evidence.settings.model import Settings
from evidence.settings.sections import SigningSettings
from evidence.signing.authority import authority_at
from evidence.signing.load import load_signer
from evidence.signing.passphrase import Prompt
from evidence.signing.signer import Signer
from evidence.statements.files import NOTHING_STATED, Statements, read_statements

SOON = timedelta(days=100)
"""A certificate that ends sooner does not see the next quarter's end."""
OF_AN_ACCOUNT = 2_000_000
"""Bytes that an account of an organization takes about, from bundle to pack."""
_FONTS = re.compile(r"font(?:-family)?:[^;}]*")
_FAMILY = re.compile(r'"([^"]+)"')


def machine_checks(
    settings: Settings, attachments: Path | None, prompt: Prompt, clock: Clock
) -> Iterator[Check]:
    """Yield what was found on this machine, but for space: how many accounts there are is not known yet."""
    signers: list[Signer] = []
    yield signing_check(settings.signing, prompt, clock.now(), keep=signers.append)
    for signer in signers:
        longest = timedelta(seconds=settings.collect.deadline_seconds)
        yield certificate_check(signer, clock, longest)
    yield authority_check(settings, clock)
    yield renderer_check()
    yield fonts_check()
    attached = attachments_check(attachments)
    if attached.found:
        yield attached


def signing_check(
    settings: SigningSettings, prompt: Prompt, now: datetime, keep: Callable[[Signer], object]
) -> Check:
    """Load the signing identity with its pass phrase."""

    def load() -> str:
        signer = load_signer(settings, prompt, now=now)
        keep(signer)
        return f"{signer.certificate.subject.rfc4514_string()}, SHA-256 {signer.fingerprint[:16]}…"

    return checked("key, certificate, pass phrase", load)


def certificate_check(signer: Signer, clock: Clock, longest: timedelta) -> Check:
    """Look at how long the certificate is valid."""

    def look() -> str | Check:
        preflight.try_certificate(signer, clock, longest)
        end = signer.certificate.not_valid_after_utc
        said = f"valid until {end:%Y-%m-%d}"
        if end - clock.now() < SOON:
            return Check("certificate", Health.LOOK, f"{said}: the next quarter needs another one",
                         "`evidence keygen` makes one, or a request for a company's CA; tell the auditor "
                         "its fingerprint in time.")  # fmt: skip
        return said

    return checked("certificate", look)


def authority_check(settings: Settings, clock: Clock) -> Check:
    """Have a few random bytes time-stamped."""

    def ask() -> str | Check:
        authority = authority_at(settings.timestamp, clock)
        if authority is None:
            return Check("time-stamping authority", Health.LOOK, "none is set: nothing proves when the "
                         "evidence was sealed", "Name one with --timestamp-url.")  # fmt: skip
        preflight.try_authority(authority)
        return f"{authority.url} time-stamps"

    return checked("time-stamping authority", ask, Health.GAP)


def renderer_check() -> Check:
    """Render a page of one word."""

    def render() -> str:
        preflight.try_renderer()
        return "renders a page"

    return checked("WeasyPrint and Pango", render)


def fonts_check() -> Check:
    """Look for a file of each family that the report names: it is drawn with these, and no others."""

    def look() -> str:
        style = (assets.folder() / "report.css").read_text(encoding="utf-8")
        families = {family for named in _FONTS.findall(style) for family in _FAMILY.findall(named)}
        there = tuple(file.name.lower() for file in (assets.folder() / "fonts").glob("*.[to]tf"))
        lack = [one for one in families if not any(_is_of(file, one) for file in there)]
        if lack:
            said = f"Fonts of the report are missing: {', '.join(sorted(lack))}."
            raise EvidenceError(said, "Install `evidence` again: they come with it.")
        return f"all {len(families)} families are there"

    return checked("fonts", look)


def _is_of(file: str, family: str) -> bool:
    return file.startswith(family.replace(" ", "").lower())


def attachments_check(given: Path | None) -> Check:
    """Read the folder of attachments that a run would seal; nothing is found where it would seal none."""

    def read() -> str:
        folder = folder_to_seal(given)
        if folder is None:
            return ""
        preflight.try_attachments(folder, lambda _: None)
        return f"{folder} can be sealed with the evidence"

    return checked("attachments", read)


def output_checks(output: Path, accounts: int) -> Iterator[Check]:
    """Look at the folder that a run of so many accounts writes into."""
    yield disk_check("output folder", output, accounts)
    if not output.is_dir():
        return
    if has_stopped(output):
        yield Check("output folder", Health.LOOK, f"{output} holds a collection that stopped",
                    "Go on with --resume, or name another folder with --output.")  # fmt: skip
    elif any(not one.name.startswith(".") for one in output.iterdir()):
        yield Check("output folder", Health.LOOK, f"{output} is not empty, and a run takes a new one",
                    "Name another folder with --output.")  # fmt: skip


def disk_check(name: str, folder: Path, accounts: int = 0) -> Check:
    """Write a trial file, and look for space: for accounts too, once it is known how many there are."""

    def write() -> str:
        free = preflight.try_folder(folder, max(preflight.FLOOR, accounts * OF_AN_ACCOUNT))
        return f"{folder.absolute()} takes files, {free // 10**6:,} MB free"

    return checked(name, write)


def archive_checks(store: ArchiveStore, scope: str, accounts: int) -> Iterator[Check]:
    """Look at the archive: what it holds, and whether the chain that a run would continue is there.

    `scope` is empty where nobody knows who is asking.
    """
    if store.folder is not None:
        disk = disk_check("archive folder", store.folder, accounts)
        yield disk
        if not store.folder.is_dir() or disk.health is Health.STOP:
            return
    else:
        bucket = checked("archive bucket", lambda: _bucket(store))
        yield bucket
        if bucket.health is Health.STOP:
            return
    yield checked("archive", lambda: _chain(store, scope))


def _bucket(store: ArchiveStore) -> str:
    store.prepare()
    return f"{store.location} can protect what it is given"


def _chain(store: ArchiveStore, scope: str) -> str | Check:
    entries = read_entries(store)
    own = [entry for entry in entries if entry.scope == scope]
    if not entries:
        return "empty: a run would begin a chain"
    if not own:
        others = ", ".join(sorted({entry.scope for entry in entries}))
        told = f"holds no bundle of {scope}, but of {others}" if scope else f"holds bundles of {others}"
        health = Health.LOOK if scope else Health.OK
        return Check("archive", health, told,
                     "Is it the archive of another organization? A run would begin a new chain in it."
                     if scope else "")  # fmt: skip
    head = own[-1]
    there = store.sha256_of(head.file)
    if there != head.sha256:
        state = "is not the one that was added" if there else "is not there"
        return Check("archive", Health.GAP, f"the pack of the chain's head, {head.file}, {state}",
                     "Restore it from a copy; `evidence archive verify` lists every finding.")  # fmt: skip
    return f"a run would follow {head.bundle}, number {head.sequence} of {scope}"


def statements_check(settings: Settings) -> tuple[Statements, Check]:
    """Read management's files; return them, nothing where one cannot be used."""
    read = [NOTHING_STATED]

    def look() -> str:
        read.append(read_statements(settings.accepted.paths))
        return ", ".join(kind.file for kind, _ in read[-1].given()) or "none are named"

    check = checked("management's statements", look)
    return read[-1], check
