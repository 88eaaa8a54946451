"""Makes packs to share: redacted ones with pseudonyms, and encrypted ones that only their reader opens.

A redacted pack is made in one go: read what must not be shown, copy the bundle without it, test the
controls over the copy, render, pack, and look once more. Nothing is published unless the copy concludes
what its origin does and no original value is left.

What may not stay in clear has no name: a pack that is not encrypted yet, or not looked over, lies in a file
that ends with the process, whatever ends that; seal and report of a copy are in memory until then.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from evidence import __version__, pipeline, storage
from evidence.clock import Clock
from evidence.errors import RedactionError, UsageError
from evidence.pack import layout
from evidence.pack.encryption import SUFFIX, Lock
from evidence.scratch import private_folder

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.bundle.format.seal import TimeStampAuthority
    from evidence.controls.results import Results, TestResult
    from evidence.diff import Snapshot
    from evidence.redact.copy import RedactedCopy
    from evidence.redact.dictionary import Dictionary
    from evidence.redact.key import RedactionKey
    from evidence.redact.places import MemberClassifier
    from evidence.redact.policy import RedactionPolicyFile
    from evidence.redact.scan import Leak
    from evidence.signing.signer import Signer
    from evidence.statements.files import Statements

_NAMED = 5


@dataclass(frozen=True, slots=True)
class RedactionRequest:
    """What to redact, with which key, and where the mapping goes."""

    policy: "RedactionPolicyFile"
    key: "RedactionKey"
    mapping: Path
    mapping_lock: Lock
    authority: "TimeStampAuthority | None" = None
    """Whoever time-stamps the copy's seal: inside of a pack it cannot be done later."""


@dataclass(frozen=True, slots=True)
class RedactedPack:
    """What was written."""

    pack: Path
    digest: str
    """Of the redacted bundle."""
    origin: str
    mapping: Path
    replaced: dict[str, int]
    """How many values of each class."""
    places_only: int
    """Values that are also ordinary words, replaced only where the place says what they are."""


def plain_pack(
    bundle: "Bundle",
    statements: "Statements",
    *,
    signer: "Signer",
    clock: Clock,
    output: Path,
    lock: Lock | None,
    authority: "TimeStampAuthority | None",
    say: pipeline.Say,
    before: "Snapshot | None" = None,
) -> tuple[Path, tuple[str, ...]]:
    """Test, render and pack a bundle, or leave nothing but the pack's encrypted form.

    Returns the path, and what lacks a time-stamp. Raises what the stages do.
    """
    _free(output)
    with _nameless(output) as clear, private_folder(f".{output.name}.", output.parent) as folder:
        rendered = pipeline.test_and_render(
            bundle, statements, folder, signer=signer, clock=clock, authority=authority, say=say,
            signed_lies_there=False, before=before,
        )  # fmt: skip
        _, unstamped = pipeline.pack(
            bundle, rendered, clear, signer=signer, clock=clock, authority=authority, say=say
        )
        _publish(clear, output, lock)
    return output, unstamped


@contextmanager
def _nameless(output: Path) -> Iterator[IO[bytes]]:
    """Hold a file without a name on the disk that the goal is on; it is gone when this process is."""
    with storage.storage_errors(output):
        output.parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=output.parent)  # noqa: SIM115  closed below
    with file:
        yield file


def _publish(pack: IO[bytes], output: Path, lock: Lock | None) -> None:
    pack.seek(0)
    if lock is not None:
        lock.encrypt_stream(pack, output)
        return
    with storage.publishing(output) as target:
        shutil.copyfileobj(pack, target)


def redacted_pack(
    bundle: Path,
    *,
    statements: "Statements",
    request: RedactionRequest,
    signer: "Signer",
    clock: Clock,
    output: Path,
    lock: Lock | None,
) -> RedactedPack:
    """Write a redacted pack, encrypted if a lock is given, and the encrypted mapping beside it.

    Raises UsageError for a bundle that is redacted already, a signer whose certificate names somebody who
    must not be shown or a name that is taken, AuthorityError when a time-stamp is asked for and not to be
    had, RedactionError when the copy would conclude otherwise or an original value is left; nothing is
    published then.
    """
    from evidence.bundle import open_bundle
    from evidence.controls.engine import run_tests

    _free(output, request.mapping)
    origin = open_bundle(bundle, now=clock.now())
    if origin.run.redacted_from is not None:
        raise UsageError(f"{bundle.name} is a redacted copy already.", "Name the bundle that was collected.")
    results = run_tests(origin, statements=statements)
    _refuse_named_custom_rows(results)
    work = _PackRedaction(origin, statements, results, request, signer, clock)
    with _nameless(output) as pack, private_folder(f".{output.name}.", output.parent) as folder:
        return work.run(folder, pack, output, lock)


def _refuse_named_custom_rows(results: "Results") -> None:
    """Raise UsageError where management's files name rows whose evidence is left out of a redacted copy."""
    from evidence.redact.payload import is_left_out

    for test in results.tests:
        if any(map(is_left_out, test.needs)) and any(row.accepted or row.response for row in test.rows):
            raise UsageError(
                f"Management's files name rows of {test.id}, whose records are left out of redacted packs.",
                "Give --exceptions and --responses without entries of that test.",
            )


def _free(*paths: Path) -> None:
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path} exists already.", "Nothing is ever overwritten: choose another name.")


@dataclass(frozen=True)
class _PackRedaction:
    """One redacted pack being made."""

    origin: "Bundle"
    statements: "Statements"
    results: "Results"
    request: RedactionRequest
    signer: "Signer"
    clock: Clock

    def run(self, folder: Path, pack: IO[bytes], output: Path, lock: Lock | None) -> RedactedPack:
        from evidence.redact import mapping

        places, dictionary = self._dictionary()
        copying = self._copying(dictionary, places)
        copy, sealed = self._sealed(copying.write(folder, self.clock.now()))
        stated = self._stated(copying, folder)
        outcome = _tested(copy, stated, self.results)
        self._pack(copy, outcome, stated, folder=folder, sealed=sealed, pack=pack)
        self._look(copy, outcome, stated, pack, dictionary=dictionary, places=places)
        kept = mapping.document(dictionary, copying.redaction, copy.digest)
        self.request.mapping.parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        storage.publish(self.request.mapping, self.request.mapping_lock.encrypt(kept))
        _publish(pack, output, lock)
        entries = list(dictionary.entries())
        return RedactedPack(
            pack=output,
            digest=copy.digest,
            origin=self.origin.digest,
            mapping=self.request.mapping,
            replaced=dict(Counter(entry.kind.value for entry in entries)),
            places_only=sum(not entry.everywhere for entry in entries),
        )

    def _dictionary(self) -> tuple["MemberClassifier", "Dictionary"]:
        from evidence.redact.gather import build_dictionary
        from evidence.redact.places import MemberClassifier
        from evidence.redact.pseudonyms import Pseudonyms
        from evidence.redact.vocabulary import ordinary_words

        thresholds = self.origin.run.settings.thresholds
        places = MemberClassifier(self.request.policy.policy, (thresholds.owner_tag,))
        pseudonyms = Pseudonyms(self.request.key)
        return places, build_dictionary(self.origin, self.statements, places, pseudonyms, ordinary_words())

    def _copying(self, dictionary: "Dictionary", places: "MemberClassifier") -> "RedactedCopy":
        from evidence.bundle.format.models import Redaction
        from evidence.redact.copy import RedactedCopy
        from evidence.redact.rewrite import Rewriter

        rewriter = Rewriter(dictionary, places)
        subject = self.signer.identity.subject
        if rewriter.text(subject) != subject:
            raise UsageError(
                "The signing certificate names somebody whom the policy does not let be shown.",
                "Sign the redacted pack with a team's identity.",
            )
        read, key = self.request.policy, self.request.key
        redaction = Redaction(
            origin=self.origin.digest,
            classes=read.policy.classes
            + (("records of custom items",) if self.origin.run.custom.items else ()),
            policy=key.digest("policy", read.content.decode("utf-8")).hex(),
            key=key.name(),
            tool=f"evidence {__version__}",
        )
        return RedactedCopy(self.origin, rewriter, redaction, read.policy.attachments == "keep")

    def _sealed(self, copy: "Bundle") -> tuple["Bundle", dict[str, bytes]]:
        """Return the copy as it is once it is sealed, and what seals it, which lies in no folder yet."""
        from evidence.bundle.format import bag, seal
        from evidence.bundle.write.stamping import stamp_of

        signature = self.signer.seal((copy.root / bag.TAG_MANIFEST).read_bytes(), self.clock.now())
        files = {seal.SIGNATURE: signature, seal.CHAIN: self.signer.chain_pem}
        sealed = replace(copy, signer=self.signer.fingerprint)
        if self.request.authority is None:
            return sealed, files
        answer, stamped = stamp_of(signature, self.request.authority, now=self.clock.now())
        return replace(sealed, time_stamps=(stamped,)), files | {seal.TIME_STAMP: answer}

    def _stated(self, copying: "RedactedCopy", folder: Path) -> "Statements":
        from evidence.redact.statements import redact_statements
        from evidence.statements.files import LOGO, statements_in

        files = redact_statements(
            self.statements, self.results, copying.rewriter, self.request.key, copying.documents
        )
        if self.statements.logo and self.request.policy.policy.attachments == "keep":
            files[LOGO.file] = self.statements.logo.content
        given = folder / "stated"
        given.mkdir(storage.FOLDER_MODE)
        for name, content in files.items():
            storage.publish(given / name, content)
        return statements_in(given)

    def _pack(
        self,
        copy: "Bundle",
        outcome: "Results",
        stated: "Statements",
        *,
        folder: Path,
        sealed: dict[str, bytes],
        pack: IO[bytes],
    ) -> None:
        # A time-stamp would be on the copy's making, which nothing depends on; the origin has its own.
        parts = folder / "parts"
        parts.mkdir(storage.FOLDER_MODE)
        signer, clock = self.signer, self.clock
        rendered = pipeline.render(
            copy, outcome, stated, parts, signer=signer, clock=clock, authority=None, say=lambda _: None,
            signed_lies_there=False,
        )  # fmt: skip
        pipeline.pack(
            copy, rendered, pack, signer=signer, clock=clock, authority=None, say=lambda _: None,
            sealed=sealed,
        )  # fmt: skip

    def _look(
        self,
        copy: "Bundle",
        outcome: "Results",
        stated: "Statements",
        pack: IO[bytes],
        *,
        dictionary: "Dictionary",
        places: "MemberClassifier",
    ) -> None:
        """Raise RedactionError when an original value is left anywhere."""
        from evidence.redact.gather import personal_values
        from evidence.redact.pseudonyms import Pseudonyms
        from evidence.redact.scan import LeakScan, leaks_at_known_members
        from evidence.redact.vocabulary import own_texts
        from evidence.report.assets import folder
        from evidence.report.browser.blocks import open_blocks
        from evidence.report.pdf.page import html

        scan = LeakScan(dictionary, own_texts(folder()), open_blocks)
        pages = html(copy, outcome, pipeline.item_facts(copy), self.signer.identity)
        again = personal_values(copy, stated, places, Pseudonyms(self.request.key))

        def leaks() -> Iterator["Leak"]:
            yield from scan.pack(pack)
            yield from scan.markup(layout.REPORT, pages)
            yield from leaks_at_known_members(dictionary, again, copy.name)

        found = list(dict.fromkeys(leaks()))
        if found:
            first = "; ".join(
                f"{leak.file} shows an original {leak.kind} {leak.how}" for leak in found[:_NAMED]
            )
            more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            raise RedactionError(f"The redacted pack was not published: {first}{more}.")


def _tested(copy: "Bundle", stated: "Statements", results: "Results") -> "Results":
    """Test the controls over the copy. Raises RedactionError when it concludes otherwise than its origin."""
    from evidence.controls.engine import run_tests

    outcome = run_tests(copy, statements=stated)
    pairs = zip(results.tests, outcome.tests, strict=True)
    differing = [
        f"{old.id} ({old.conclusion} became {new.conclusion})"
        for old, new in pairs
        if _sum(old) != _sum(new) and not _rests_on_what_is_left_out(new)
    ]
    if differing:
        raise RedactionError(
            f"The redacted copy would not conclude what its origin does: {', '.join(differing[:_NAMED])}.",
            "A rule depends on a name: see docs/sharing.md, or share the bundle encrypted and whole.",
        )
    return outcome


def _rests_on_what_is_left_out(test: "TestResult") -> bool:
    """Say whether a test concludes nothing over a redacted copy because it needs a custom item."""
    from evidence.controls.declaration import Conclusion
    from evidence.redact.payload import is_left_out

    return test.conclusion is Conclusion.NOT_CONCLUDED and any(map(is_left_out, test.needs))


def _sum(test: "TestResult") -> tuple[object, ...]:
    from evidence.redact.payload import is_left_out

    shown = (row for row in test.rows if not is_left_out(row.subject))  # of a file that the copy has not
    verdicts = sorted(
        Counter((row.verdict.value, row.region, row.response is not None) for row in shown).items()
    )
    return test.id, test.conclusion, test.exceptions, test.accepted, test.not_determined, verdicts


def name_of(pack: Path, lock: Lock | None) -> Path:
    """Return the name of a pack's file, `.age` behind it when it is encrypted."""
    return pack if lock is None else pack.with_name(f"{pack.name}{SUFFIX}")
