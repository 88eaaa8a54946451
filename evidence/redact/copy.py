"""Writes the redacted copy of a bundle: a bundle of its own, sealed, that names the digest of its origin."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from evidence.bundle import Bundle, open_bundle
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import (
    AccessReviewScope,
    Attachment,
    GapRecord,
    Redaction,
    Run,
    SampleSelection,
    Unit,
)
from evidence.bundle.write.writer import BundleWriter
from evidence.readers.access_review import DECISIONS, ROW, rows_digest
from evidence.records import Cause, Outcome
from evidence.redact import payload
from evidence.redact.rewrite import Rewriter
from evidence.settings import audit_sample as draw
from evidence.settings.audit_sample import choose_roles

SUFFIX = "-redacted"
_ROLES = "iam.authorization-details"
_INSTEAD = (
    "This document was left out by redaction: what a picture or a document shows cannot be replaced.\n"
    "SHA-256 of the original: {sha256}\nBytes: {bytes}\n"
)


@dataclass(frozen=True)
class RedactedCopy:
    """One redacted copy being made."""

    origin: Bundle
    rewriter: Rewriter
    redaction: Redaction
    keep_attachments: bool

    @property
    def documents(self) -> dict[str, str]:
        """The new names of attached documents by the old, with and without their folder."""
        names: dict[str, str] = {}
        for number, entry in enumerate(self.origin.attachments, start=1):
            old = PurePosixPath(entry.file)
            suffix = old.suffix.lower() if self.keep_attachments else ".txt"
            new = old.parent / f"document-{number:03}{suffix}"
            names |= {str(old): str(new), old.name: new.name}
        return names

    def write(self, parent: Path, now: datetime) -> Bundle:
        """Write and open the copy, below `parent`; it is not sealed as long as nobody has looked it over.

        Raises StorageError when two names become one or the disk does not take it, EvidenceError for
        evidence that cannot be redacted.
        """
        name = f"{self.rewriter.text(self.origin.name)}{SUFFIX}"
        writer = BundleWriter.create(parent, name)
        try:
            for part in payload.parts(self.origin):
                with writer.file(self.rewriter.path(part.path)) as target:
                    for piece in payload.rewritten(self.origin, part, self._change):
                        target.write(piece)
            self._attachments(writer)
            gaps = self._change(payload.GAPS, [gap.model_dump(mode="json") for gap in self.origin.gaps])
            run = self._run(name, writer)
            shown = [_without_words(GapRecord.model_validate(gap)) for gap in gaps]
            final = writer.publish(run, [*shown, *map(_left_out, self._custom_units())], None)
        except BaseException:  # an interrupt too: half a copy must not stay
            writer.abandon()
            raise
        return open_bundle(final, sealed=False, now=now)

    def _change(self, item: str, record: Any) -> Any:
        if item == payload.CALLS and payload.is_left_out(record["item"]):
            # what was asked by may be anybody's name, and what it fed is not there
            return self.rewriter.record(item, record | {"parameters": {}}) | {"file": ""}
        if item == payload.CALLS:
            return self.rewriter.record(item, record) | {"file": self.rewriter.path(record["file"])}
        return self.rewriter.record(item, record)

    def _run(self, name: str, writer: BundleWriter) -> Run:
        document = self._change(payload.RUN, self.origin.run.model_dump(mode="json"))
        run = Run.model_validate_json(strictjson.document(document))
        before = self.origin.run.units
        units = tuple(self._unit(old, new) for old, new in zip(before, run.units, strict=True))
        return run.model_copy(
            update={
                "bundle": name,
                "redacted_from": self.redaction,
                "units": units,
                "access_review": self._review(run, writer),
                "samples": tuple(self._samples(run, writer)),
            }
        )

    def _review(self, run: Run, writer: BundleWriter) -> AccessReviewScope | None:
        """Return what tells of an access review, about the records and documents of the copy."""
        origin, review = self.origin.run.access_review, run.access_review
        if origin is None or review is None:
            return None
        path = self.rewriter.path(self.origin.units(DECISIONS)[0].files[0])
        with writer.path_of(path).open("rb") as lines:
            records = [value for value in map(strictjson.loads, lines) if ROW in value]
        workbooks = tuple(
            new.model_copy(
                update={"file": self.documents[old.file], "sha256": writer.sha256(self.documents[old.file])}
            )
            if old.file
            else new
            for old, new in zip(origin.workbooks, review.workbooks, strict=True)
        )
        digest = rows_digest((value["Row"], value[ROW]) for value in records)
        return review.model_copy(update={"workbooks": workbooks, "rows_sha256": digest})

    def _custom_units(self) -> list[Unit]:
        """Return the units whose records are left out, and that were no gaps before."""
        return [
            unit
            for unit in self.origin.run.units
            if payload.is_left_out(unit.item) and unit.outcome is not Outcome.GAP
        ]

    def _unit(self, old: Unit, new: Unit) -> Unit:
        if payload.is_left_out(old.item):
            return new.model_copy(update={"outcome": Outcome.GAP, "records": 0, "files": ()})
        return new.model_copy(update={"files": tuple(sorted(map(self.rewriter.path, old.files)))})

    def _samples(self, run: Run, writer: BundleWriter) -> Iterator[SampleSelection]:
        """Yield the selections; a digest of ARNs that are shown no more could be found out by trying."""
        for old, new in zip(self.origin.run.samples, run.samples, strict=True):
            path = next(
                path
                for unit in self.origin.units(_ROLES)
                if unit.target.account == old.account
                for path in unit.files
            )
            with self.origin.open(path) as lines:
                originals = [arn for role in _roles(map(strictjson.loads, lines)) for arn in _arns(role)]
            unnamed = [arn for arn in originals if arn not in set(old.named)]
            ranked = [self.rewriter.text(arn) for arn in draw.select(unnamed, len(unnamed), old.seed)]
            order = tuple(ranked) if set(ranked) - set(unnamed) else ()
            with writer.path_of(self.rewriter.path(path)).open("rb") as lines:
                roles = list(_roles(map(strictjson.loads, lines)))
            again = choose_roles(
                roles, run.settings.sampling, new.seed, stratified=bool(new.strata), order=order
            )
            digests = {stratum.name: stratum.population_digest for stratum in again.strata}
            strata = tuple(
                one.model_copy(update={"population_digest": digests[one.name]}) for one in new.strata
            )
            changes = {"order": order, "population_digest": again.population_digest, "strata": strata}
            yield new.model_copy(update=changes)

    def _attachments(self, writer: BundleWriter) -> None:
        entries = [entry.model_dump(mode="json") for entry in self.origin.attachments]
        kept: list[dict[str, Any]] = []
        for old, changed in zip(
            self.origin.attachments, self._change(payload.ATTACHMENTS, entries), strict=True
        ):
            path = self.documents[old.file]
            content = self.origin.read(old.file) if self.keep_attachments else _instead(old)
            writer.write(path, content)
            kept.append(changed | {"file": path, "sha256": writer.sha256(path), "bytes": len(content)})
        if kept:
            writer.write(bag.ATTACHMENTS, strictjson.document(kept))


def _without_words(gap: GapRecord) -> GapRecord:
    """Return a gap of a custom item without AWS's message, which may name anybody; any other as it is."""
    return gap.model_copy(update={"message": ""}) if payload.is_left_out(gap.item) else gap


def _left_out(unit: Unit) -> GapRecord:
    return GapRecord(
        item=unit.item,
        target=unit.target,
        cause=Cause.LEFT_OUT,
        operation="",
        error_code="",
        message="Nobody has said where in the records of a custom item a person stands.",
        effect=f"Nothing can be concluded from {unit.item} over this copy; the original has its records.",
    )


def _roles(records: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (record["RoleDetail"] for record in records if isinstance(record, dict) and "RoleDetail" in record)


def _arns(role: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ARN of a role that may have been drawn."""
    try:
        draw.require_drawable(role)
    except draw.UNDRAWABLE:
        return
    if not role["Path"].startswith(draw.SERVICE_ROLE_PATH):
        yield role["Arn"]


def _instead(entry: Attachment) -> bytes:
    return _INSTEAD.format(sha256=entry.sha256, bytes=entry.bytes).encode()
