"""`evidence period --check` of what was touched: it does not come out of its archive once more.

Report, workbook and page are blank here; `test_period_command` draws them, and has them drawn again.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence.archive.store import store_at
from evidence.bundle.format import bag
from evidence.clock import frozen_clock
from evidence.errors import VerificationError
from evidence.pack import canonical_zip
from evidence.pack.layout import SIGNATURE, SUMS
from evidence.period.check import PeriodCheck, check_report
from evidence.period.files import Signing, leave
from evidence.period.given import read_given
from evidence.period.layout import PAGE, RENDERED, REPORT, WORKBOOK
from evidence.period.model import PeriodResults
from evidence.period.source import Reading
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import SignerIdentity
from tests.controls.statements import exception, toml
from tests.period.archives import LATER, made
from tests.support.command import evidence
from tests.support.identity import signer, stranger
from tests.support.packs import blank_page, blank_pdf, blank_workbook

NAME = "period-123456789012-2026-09-03-2026-10-01"
TRUST = Trust((signer().certificate,))


def blank(results: PeriodResults, identity: SignerIdentity, folder: Path) -> tuple[str, ...]:
    """Stand in for what draws: seconds for each report, and of the same results the same bytes."""
    named = results.head, results.digest
    (folder / REPORT).write_bytes(blank_pdf(*named))
    (folder / WORKBOOK).write_bytes(blank_workbook(*named))
    (folder / PAGE).write_bytes(blank_page(*named))
    return RENDERED


@pytest.fixture(scope="module", autouse=True)
def drawn_blank() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in ("files", "check"):
            patch.setattr(f"evidence.period.{module}.render", blank)
        yield


@pytest.fixture(scope="module")
def report(two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a file of each kind that can be given."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "ours.toml").write_text(toml("exception", [exception("JML-2", "someone")]))
    (folder / "trail").mkdir()
    (folder / "trail" / "a.json").write_text('{"Records": []}')
    (folder / "hr.csv").write_text("id,name,started\n1,Mara,2020-01-01\n")
    stated = {"exceptions": folder / "ours.toml", "people": folder / "hr.csv"}
    given = read_given(stated, [folder / "trail"])
    results = made(two, given=given).results
    signing = Signing(signer(), frozen_clock(LATER), None, lambda _: None)
    return leave(results, given, tmp_path_factory.mktemp("left"), signing).zip


def check(path: Path, archive: Path, trust: Trust = TRUST) -> PeriodCheck:
    return check_report(path, store_at(archive), Reading(LATER, trust, lambda _: None))


def test_untouched_it_comes_out_the_same(report: Path, two: Path) -> None:
    found = check(report, two)
    assert (found.ok, found.trusted, found.findings) == (True, True, ())


def test_the_files_given_lie_in_it_under_names_of_ours(report: Path) -> None:
    with zipfile.ZipFile(report) as packed:
        names = {name.removeprefix(f"{NAME}/") for name in packed.namelist()}
        results = json.loads(packed.read(f"{NAME}/period.json"))
    assert {"exceptions.toml", "people.csv", "events/000001.json"} <= names
    assert results["people_file"]["name"] == "hr.csv"
    assert results["exceptions_file"]["name"] == "ours.toml"
    assert [one["name"] for one in results["files"]] == ["a.json"]


def test_it_says_what_comes_out_otherwise(report: Path, two: Path, tmp_path: Path) -> None:
    changed = resigned(report, tmp_path, _says_nothing_is_open)
    done = evidence("period", "--check", changed, "--archive", two, "--integrity-only")
    assert done.returncode == 5
    assert "period.json is not what comes out of the archive (other tests)" in done.stdout
    assert not check(changed, two, Trust()).trusted


def resigned(report: Path, folder: Path, change: Callable[[Path], None], by=None) -> Path:
    """Change a report and sign it again, as whoever has the key can."""
    canonical_zip.unpack(report, folder)
    root = folder / NAME
    change(root)
    files = [
        path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in (SUMS, SIGNATURE)
    ]
    hashes = {path.relative_to(root).as_posix(): canonical_zip.measure(path).sha256 for path in files}
    (root / SUMS).write_bytes(bag.manifest(hashes))
    (root / SIGNATURE).write_bytes((by or signer()).seal((root / SUMS).read_bytes(), LATER))
    return zipped(root, folder / "again.zip")


def zipped(root: Path, target: Path) -> Path:
    files = [path for path in root.rglob("*") if path.is_file()]
    with target.open("wb") as file:
        members = {
            f"{NAME}/{path.relative_to(root).as_posix()}": canonical_zip.measure(path) for path in files
        }
        canonical_zip.write(file, members)
    return target


def _says_nothing_is_open(root: Path) -> None:
    document = json.loads((root / "period.json").read_bytes())
    for test in document["tests"]:
        test["exceptions"] = []
    (root / "period.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _laxer_settings(root: Path) -> None:
    text = (root / "period.json").read_text().replace('"high": 30', '"high": 31')
    (root / "period.json").write_text(text)


def _other_instructions(root: Path) -> None:
    (root / "VERIFY.md").write_text("All is well.\n")


def _drawn_otherwise(root: Path) -> None:
    """Whoever has the key draws whatever they like, and signs it."""
    _other_instructions(root)
    (root / "period.html").write_text("<p>All is well.")
    (root / "period.pdf").write_bytes(sign_pdf(blank_pdf("0" * 64), signer(), LATER))


def _another_statement(root: Path) -> None:
    (root / "exceptions.toml").write_text(toml("exception", [exception("JML-2", "anybody")]))


def _one_event_more(root: Path) -> None:
    (root / "events" / "000002.json").write_text('{"Records": []}')


def _page(root: Path) -> None:
    (root / "page.html").write_text("")


def _not_canonical(root: Path) -> None:
    document = json.loads((root / "period.json").read_bytes())
    (root / "period.json").write_text(json.dumps(document))


def _of_another_kind(root: Path) -> None:
    (root / "period.json").write_text("{}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_laxer_settings, "other lax_settings"),
        (_another_statement, "other exceptions_file"),
        (_one_event_more, "holds 2 files, where period.json was computed with 1"),
        (_page, "page.html does not belong"),
        (_not_canonical, "not written in the canonical form"),
        (_of_another_kind, "not a file of a report over a period"),
    ],
)
def test_signed_again_by_whoever_has_the_key(
    report: Path, two: Path, tmp_path: Path, change: Callable[[Path], None], says: str
) -> None:
    found = check(resigned(report, tmp_path, change), two)
    assert not found.ok
    assert says in found.text()


def test_what_is_drawn_is_drawn_again(report: Path, two: Path, tmp_path: Path) -> None:
    found = check(resigned(report, tmp_path, _drawn_otherwise), two)
    assert [one.subject for one in found.findings] == ["period.pdf", "period.html", "VERIFY.md"]


def test_changed_without_the_key(report: Path, two: Path, tmp_path: Path) -> None:
    canonical_zip.unpack(report, tmp_path)
    _other_instructions(tmp_path / NAME)
    found = check(zipped(tmp_path / NAME, tmp_path / "again.zip"), two)
    assert [(one.subject, one.code) for one in found.findings] == [("VERIFY.md", "changed")]


def test_signed_by_a_stranger(report: Path, two: Path, tmp_path: Path) -> None:
    def as_theirs(root: Path) -> None:
        (root / "signer.pem").write_bytes(stranger().chain_pem)

    path = resigned(report, tmp_path, as_theirs, by=stranger())
    assert [one.code for one in check(path, two).findings] == ["untrusted", "other-signer"]


def test_what_is_no_report(two: Path, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    assert not check(tmp_path / "a.zip", two).ok
    pack = next(two.glob("*.zip"))
    assert "does not hold a folder with a period.json" in check(pack, two).text()


def test_an_archive_that_lacks_a_pack(report: Path, two: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(two, tmp_path / "archive"))
    sorted(archive.glob("*.zip"))[1].unlink()
    with pytest.raises(VerificationError, match="is not there"):
        check(report, archive)
