"""Runs attacks, in parallel, and counts what came of them."""

import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from itertools import islice
from pathlib import Path

from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.errors import EvidenceError, ExitCode
from evidence.findings import Code, Finding, VerificationReport
from evidence.pack.any import verify_any
from evidence.pack.standalone import verify as standalone
from evidence.signatures import cms, pdf
from tests.attacks.material import PIN, original
from tests.attacks.model import Attack, Verdict
from tests.support.bundles import NOW
from tests.support.command import evidence
from tests.support.identity import signer

FAMILIES = (
    "zip_bytes",
    "zip_tricks",
    "contents",
    "lists",
    "names",
    "documents",
    "seals",
    "chains",
    "pdfs",
    "timestamps",
    "stamps",
    "forged",
    "archives",
    "submissions",
)
_OF_TIME = (Code.TIME_STAMP, Code.TIME)
_SHOWN = 20


@dataclass
class Tally:
    """What came of some attacks."""

    count: int = 0
    refused: int = 0
    qualified: int = 0
    """Not refused, and taken with the words that say what is not known."""
    rightly: int = 0
    """Refused with an expected finding about the right file."""
    accepted: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    disagreed: list[str] = field(default_factory=list)
    """Attacks on which the single-file verifier does not say what `evidence verify` says."""
    asked: int = 0
    """Attacks that the single-file verifier was asked about."""
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add another tally."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.accepted or self.misnamed or self.tracebacks or self.disagreed)


def attacks_of(family: str) -> Iterator[Attack]:
    """Return the attacks of a family."""
    made: Iterator[Attack] = import_module(f"tests.attacks.{family}").attacks()
    return made


def judge(attack: Attack, place: Path, tally: Tally) -> None:
    """Carry out one attack in an empty folder."""
    tally.count += 1
    path = attack.make(place)
    try:
        if attack.examine is not None:
            _count(attack, attack.examine(path), tally)
            return
        report = verify_any(path, now=attack.now, trusted=PIN if attack.pinned else None)
    except EvidenceError:  # one sentence and an exit code, but no finding
        tally.refused += 1
        tally.misnamed.append(attack.name)
        return
    except Exception:  # noqa: BLE001 - that is what is looked for
        tally.tracebacks.append(f"{attack.name}\n{traceback.format_exc(limit=-3)}")
        return
    _count(attack, Verdict(report.findings, OverallVerdict.REFUSED), tally)
    _ask_the_other(attack, path, report, tally)


def _count(attack: Attack, verdict: Verdict, tally: Tally) -> None:
    if verdict.findings:
        tally.refused += 1
        if attack.named_rightly(verdict.findings):
            tally.rightly += 1
        else:
            tally.misnamed.append(f"{attack.name}: {_found(verdict.findings)}")
    elif attack.taken_rightly(verdict):
        tally.qualified += 1
    else:
        tally.accepted.append(f"{attack.name}: {verdict.word}")


def _found(findings: Sequence[Finding]) -> str:
    return "; ".join(f"{one.code} {one.subject}" for one in findings[:4])


def _ask_the_other(attack: Attack, path: Path, report: VerificationReport, tally: Tally) -> None:
    """Ask the verifier that ships in the pack; it reads packs and bundles, and by its own words no stamps."""
    only_time = report.findings and all(one.code in _OF_TIME for one in report.findings)
    if report.kind not in ("pack", "bundle") or only_time:
        return
    tally.asked += 1
    anchor = signer().fingerprint if attack.pinned else "--integrity-only"
    try:
        standalone.verify(path, anchor, attack.now)
    except Exception:  # noqa: BLE001 - it refuses by raising whatever its parsers raise; its main() catches all
        return
    if not report.ok:
        tally.disagreed.append(f"{attack.name}: {_found(report.findings)}")


def run(families: Sequence[str], *, workers: int, every: int = 1) -> Mapping[str, Tally]:
    """Carry out every attack of some families, or every n-th, on several processes."""
    results: dict[str, Tally] = {}
    with ProcessPoolExecutor(workers) as pool:
        for family in families:
            parts = [pool.submit(_share, family, number, workers, every) for number in range(workers)]
            results[family] = Tally()
            for part in parts:
                results[family].add(part.result())
    return results


def _share(family: str, number: int, of: int, every: int) -> Tally:
    chosen = islice(attacks_of(family), 0, None, every)
    return carry_out(islice(chosen, number, None, of))


def carry_out(attacks: Iterator[Attack]) -> Tally:
    """Carry out attacks one after the other."""
    tally, began = Tally(), time.process_time()
    with tempfile.TemporaryDirectory(dir=_memory()) as scratch, _remembering(), _temporary(scratch):
        for attack in attacks:
            place = Path(scratch) / "place"
            place.mkdir()
            judge(attack, place, tally)
            shutil.rmtree(place)
    tally.seconds = time.process_time() - began
    return tally


def by_command(attacks: Iterator[Attack]) -> list[str]:
    """Verify attacks by `evidence verify`, each in a process of its own; return those that end otherwise.

    They have to end with 5 and say why in words: no traceback, not even one that a library logs.
    """
    wrong = []
    for attack in attacks:
        with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
            trust = ("--trust", signer().fingerprint) if attack.pinned else ("--integrity-only",)
            done = evidence("verify", attack.make(Path(scratch)), *trust)
        said = done.stdout + done.stderr
        if done.returncode != ExitCode.VERIFICATION_FAILED or "Traceback" in said or not done.stdout:
            wrong.append(f"{attack.name}: exit {done.returncode}: {said[-400:]}")
    return wrong


@contextmanager
def _remembering() -> Iterator[None]:
    """Check a signature over the same bytes once in a process: both are pure functions of their input.

    Most attacks change one of the three signatures of a pack, or what it is over; two stay as they were.
    """
    kept = cms.check, pdf._check
    cms.check, pdf._check = lru_cache(64)(cms.check), lru_cache(16)(pdf._check)
    try:
        yield
    finally:
        cms.check, pdf._check = kept


@contextmanager
def _temporary(folder: str) -> Iterator[None]:
    """Let packs be unpacked there."""
    before = tempfile.tempdir
    tempfile.tempdir = folder
    try:
        yield
    finally:
        tempfile.tempdir = before


def _memory() -> str | None:
    """Return a folder in memory, where there is one: the disk is not what is tried here."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def untouched() -> bool:
    """Say whether what is attacked verifies before it is: else every refusal would mean nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        pack = Path(scratch) / "pack.zip"
        pack.write_bytes(original().archive)
        report = verify_any(pack, now=NOW, trusted=PIN)
        standalone.verify(pack, signer().fingerprint, NOW)
        return report.ok


def table(results: Mapping[str, Tally]) -> str:
    """Return the counts, a line a family, and by name what went wrong."""
    head = (
        "family",
        "count",
        "refused",
        "qualified",
        "right finding",
        "accepted",
        "tracebacks",
        "disagreed",
        "CPU s",
    )
    rows = [head, *(_row(family, tally) for family, tally in results.items())]
    total = Tally()
    for tally in results.values():
        total.add(tally)
    rows.append(_row("all", total))
    lines = ["  ".join(f"{cell:>13}" if n else f"{cell:<12}" for n, cell in enumerate(row)) for row in rows]
    for what in ("accepted", "tracebacks", "misnamed", "disagreed"):
        names: list[str] = getattr(total, what)
        lines += [f"{what}: {name}" for name in names[:_SHOWN]]
        lines += [f"{what}: and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return "\n".join(lines)


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    counts = (
        tally.count,
        tally.refused,
        tally.qualified,
        tally.rightly,
        len(tally.accepted),
        len(tally.tracebacks),
    )
    agreed = f"{len(tally.disagreed)} of {tally.asked}"
    return (name, *(f"{count:,}" for count in counts), agreed, f"{tally.seconds:,.0f}")
