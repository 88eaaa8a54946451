"""`evidence diff` and `evidence sample`, as they are used."""

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.cli.sample import sample
from evidence.comparison import read_previous, read_side
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.own_sample import draw_sample, named_members
from evidence.errors import UsageError
from evidence.report.csv_text import csv_text
from tests.archive.archive_support import quarter
from tests.controls.world import good, password, row
from tests.support.bundles import NOW
from tests.support.command import evidence
from tests.support.identity import signer


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("packs")
    first, digest = quarter(folder / "1", 1)
    return first, quarter(folder / "2", 2, previous=digest)[0]


def test_two_packs(packs: tuple[Path, Path]) -> None:
    done = evidence("diff", *packs, "--trust", signer().fingerprint, "--json")
    assert done.returncode == 3, "iam.password-policy is a gap in both"
    found = json.loads(done.stdout)
    assert (found["changes_version"], found["entries"], found["tests"]) == ("1", [], [])
    assert {one["side"] for one in found["not_compared"]} == {"old", "new"}


def test_nobody_said_whose_signature_to_expect(packs: tuple[Path, Path]) -> None:
    done = evidence("diff", *packs, "--markdown")
    assert (done.returncode, done.stdout.splitlines()[0]) == (5, "# What changed")
    assert "Pass --trust" in done.stderr


def test_what_is_neither_a_bundle_nor_a_pack(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no pack")
    with pytest.raises(UsageError, match="neither a bundle nor a pack"):
        read_side(tmp_path / "x", now=NOW)
    assert read_previous("0" * 64, now=NOW) == ("0" * 64, None)


def test_a_sample_of_a_pack(packs: tuple[Path, Path]) -> None:
    done = evidence("sample", packs[0], "--population", "IPE-4", "--size", "2", "--seed", "abc")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [one["number"] for one in rows] == ["1", "2"]
    assert all(one["pointers"] for one in rows)
    drawn = hashlib.sha256(f"abc\n{rows[0]['member']}".encode()).hexdigest()
    assert drawn == rows[0]["rank"] < rows[1]["rank"]
    assert "Seed        abc" in done.stderr and "sha256:" in done.stderr


def test_the_same_seed_draws_the_same_from_the_whole_population() -> None:
    world = good()
    world.report += [row(f"u{number}", **password(3, 1)) for number in range(9)]
    world.records["iam.account-summary"][next(iter(world.records["iam.account-summary"]))][0]["Users"] += 9
    bundle = world.bundle()
    drawn, whole = (draw_sample(bundle, "MFA-1", size, "s") for size in (3, 9))
    assert drawn.members == whole.members[:3]
    assert (drawn.population, drawn.population_digest) == (9, whole.population_digest)
    named = "".join(f"{one.member}\n" for one in sorted(whole.members, key=lambda one: one.member))
    assert hashlib.sha256(named.encode()).hexdigest() == drawn.population_digest
    assert not drawn.complete and "contradicts" in drawn.missing[0], "the details do not list them"
    for test, size, why in (
        ("MFA-1", 10, "has 9 members"),
        ("ATT-1", 1, "is attested"),
        ("X-1", 1, "is no test"),
    ):
        with pytest.raises(UsageError, match=why):
            draw_sample(bundle, test, size, "s")


def test_each_row_is_a_member_whatever_it_is_called() -> None:
    first = run_tests(good().bundle(), [catalogue()["IPE-4"]]).tests[0].rows[0]
    rows = [replace(first, subject=name) for name in ("x", "x", "x (2)", "x (2)")]
    names = [name.rpartition("x")[2] for name, _ in named_members(rows)]
    assert names == ["", " (3)", " (2)", " (2) (2)"]


@pytest.mark.parametrize("seed", ["\udcff", "a\nb"])
def test_a_seed_that_nobody_can_print_is_refused(seed: str) -> None:
    with pytest.raises(UsageError, match="The seed holds what cannot be printed"):
        draw_sample(good().bundle(), "IPE-4", 1, seed)


def test_a_member_stands_on_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = good().bundle()
    drawn = draw_sample(bundle, "IPE-4", 1, "s")
    hostile = replace(drawn.members[0], member="a\nNOT WHOLE", subject="a\nSeed\x1b[2J", region="")
    drawn = replace(drawn, members=(hostile,), missing=("b\nSeed  c",), complete=True)
    monkeypatch.setattr("evidence.comparison.read_any", lambda *_, **__: ((drawn, ()), None))
    sample(bundle=tmp_path, population="IPE-4", size=1, seed="s")
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert r"a\x0aSeed\x1b[2J" in said.out
    assert [line for line in said.err.splitlines() if line.startswith("Seed")] == ["Seed        s"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", ";=1", "x; =1", 'a\t"@x', ";;+1", " =1"]
)
def test_a_cell_is_no_formula(text: str) -> None:
    (_, cells) = csv.reader(io.StringIO(csv_text(("a",), [(text,)]), newline=""))
    for cell in (cells[0], *re.split("[;\t]", cells[0])):
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "\r", "\n"))
    assert not cells[0].startswith("\t")
