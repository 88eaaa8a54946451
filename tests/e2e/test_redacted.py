"""A redacted pack of the demonstration: the same conclusions, and no original value anywhere in it.

The values looked for are read from the original by this file's own few lines, not by the code under test.
"""

import csv
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import Demo, clean_environment, evidence
from tests.support.make_samples import PASSPHRASE, SIGNER

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "samples" / "redaction.toml"


def environment() -> dict[str, str]:
    """Return an environment with the pass phrase of the samples' signer."""
    return clean_environment() | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()}


@dataclass(frozen=True)
class Redacted:
    """A redacted pack, unpacked, and what was kept apart from it."""

    pack: Path
    folder: Path
    mapping: dict
    said: str

    @property
    def bundle(self) -> Path:
        (marker,) = self.folder.glob("evidence-*/bagit.txt")
        return marker.parent


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("age") / "identity.txt"
    subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True)
    return file


@pytest.fixture(scope="module")
def redacted(demo: Demo, identity: Path, tmp_path_factory: pytest.TempPathFactory) -> Redacted:
    folder = tmp_path_factory.mktemp("redacted")
    to = subprocess.run(
        ["age-keygen", "-y", identity], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert evidence("redact", "keygen", "-o", folder / "redaction.key", cwd=folder).returncode == 0
    done = evidence(
        "pack", demo.bundle, "--redact", POLICY, "--redaction-key", folder / "redaction.key",
        "--mapping-to", to, "--encrypt-to", to, "--exceptions", demo.folder / "exceptions.toml",
        "--attestations", demo.folder / "attestations.toml", "--people", demo.folder / "people.csv",
        "-o", folder / "shared.zip.age", *SIGNER,
        env=environment(), timeout=300, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in folder.iterdir()) == [
        "redaction.key",
        "shared.mapping.age",
        "shared.zip.age",
    ]
    opened = ["age", "-d", "-i", identity]
    mapping = subprocess.run([*opened, folder / "shared.mapping.age"], check=True, capture_output=True).stdout
    subprocess.run([*opened, "-o", folder / "shared.zip", folder / "shared.zip.age"], check=True)
    subprocess.run(["unzip", "-q", folder / "shared.zip", "-d", folder / "out"], check=True)
    (unpacked,) = (folder / "out").iterdir()
    return Redacted(folder / "shared.zip", unpacked, json.loads(mapping), done.stderr)


def lines(file: Path) -> Iterator[dict]:
    return map(json.loads, file.read_text().splitlines())


def originals(demo: Demo) -> set[str]:
    """Return the values of people, keys and accounts that stand in the original, by plain means."""
    data = demo.bundle / "data"
    text = "\n".join(file.read_text(errors="replace") for file in sorted(data.rglob("*")) if file.is_file())
    found = set(re.findall(r"[\w.+-]+@northwind\.example", text))
    found |= set(re.findall(r"\b(?:AIDA|AKIA|ASIA)[A-Z0-9]{12,}", text))
    found |= set(re.findall(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):", text))
    (report,) = data.rglob("credential-report.csv")
    found |= {row["user"] for row in csv.DictReader(io.StringIO(report.read_text()))} - {"<root_account>"}
    for user in lines(data / "organization/identity-store/users.jsonl"):
        found |= {user["UserName"], user["DisplayName"], user["UserId"]}
        found |= {one["Id"] for one in user["ExternalIds"]} if user.get("ExternalIds") else set()
        found |= {user["Name"]["FamilyName"], user["Name"]["GivenName"]}
    found |= {line["Account"]["Name"] for line in lines(data / "organization/organizations/accounts.jsonl")}
    return found


def shown(redacted: Redacted) -> Iterator[tuple[str, str]]:
    """Yield every text that somebody can get out of the pack, with where it stands."""
    for file in sorted(redacted.folder.rglob("*")):
        yield "a name", str(file.relative_to(redacted.folder))
        if file.suffix == ".pdf":
            for layout in ([], ["-layout"], ["-raw"]):
                done = subprocess.run(
                    ["pdftotext", *layout, file, "-"], check=True, capture_output=True, text=True
                )
                yield file.name, done.stdout
                yield file.name, re.sub(r"\s+", "", done.stdout)
            qdf = ["qpdf", "--qdf", "--object-streams=disable", file, "-"]
            plain = subprocess.run(qdf, check=False, capture_output=True).stdout
            yield file.name, re.sub(rb"\nstream\n.*?endstream", b"", plain, flags=re.DOTALL).decode("latin-1")
        elif file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as parts:
                for name in parts.namelist():
                    yield f"{file.name}/{name}", parts.read(name).decode()
        elif file.is_file():
            yield str(file.relative_to(redacted.folder)), file.read_bytes().decode("utf-8", "replace")


def test_no_original_value_is_left_anywhere(demo: Demo, redacted: Redacted) -> None:
    values = originals(demo)
    assert len(values) > 250
    placed = {entry["original"] for entry in redacted.mapping["entries"] if entry["replaced"] != "everywhere"}
    # Short names and plain words (Ben, Test, 김) are words too; where they stood is looked at below.
    assert len(values & placed) < 15
    # What the program prints of its own (break-glass; somebody is called Glass) is no leak in its outputs.
    ours = own()
    printed = {value for value in values if stands(value.lower(), ours)}
    for where, text in shown(redacted):
        low = text.lower()
        wanted = values - placed - (set() if "/data/" in where else printed)
        left = [value for value in wanted if value.lower() in low and stands(value.lower(), low)]
        assert not left, (where, left[:3])


def own() -> str:
    sources = [file for file in (ROOT / "evidence").rglob("*.py") if "demo_account" not in file.parts]
    return "\n".join(file.read_text() for file in sources).lower()


def stands(value: str, text: str) -> bool:
    """Say whether a value that is somewhere in a text stands there as a word, or is long enough anyhow."""
    return len(value) >= 8 or bool(re.search(rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", text))


def test_words_that_are_names_are_gone_from_their_places(demo: Demo, redacted: Redacted) -> None:
    file = "organization/identity-store/users.jsonl"
    was, shows = (lines(one.bundle / "data" / file) for one in (demo, redacted))
    for before, after in zip(was, shows, strict=True):
        for member in ("UserName", "DisplayName", "UserId"):
            assert before[member] != after[member]
        assert not set(before["Name"].values()) & set(after["Name"].values())
        assert before.keys() == after.keys()


def test_it_concludes_what_its_origin_does(demo: Demo, redacted: Redacted) -> None:
    results = json.loads((redacted.folder / "results.json").read_text())
    for before, after in zip(demo.results["tests"], results["tests"], strict=True):
        counts = ("considered", "out_of_scope", "population_size", "inspected", "exceptions", "accepted")
        for member in ("id", "conclusion", "reason", *counts, "missing"):
            if member == "reason" and before["conclusion"] == "attested":
                continue  # names who attests
            assert before[member] == after[member], before["id"]
        assert [row["verdict"] for row in before["rows"]] == [row["verdict"] for row in after["rows"]]


def test_lines_are_where_they_were(demo: Demo, redacted: Redacted) -> None:
    def counts(bundle: Path) -> list[int]:
        return sorted(file.read_bytes().count(b"\n") for file in (bundle / "data").rglob("*.jsonl"))

    assert counts(demo.bundle) == counts(redacted.bundle)


def test_it_is_a_bundle_of_its_own_that_names_its_origin(
    demo: Demo, redacted: Redacted, identity: Path
) -> None:
    run = json.loads((redacted.bundle / "data/run.json").read_text())
    assert run["redacted_from"]["origin"] == demo.results["bundle_digest"]
    assert redacted.mapping["origin"] == demo.results["bundle_digest"]
    assert "account ids" in run["redacted_from"]["classes"]
    done = evidence("verify", redacted.pack, "--integrity-only")
    assert done.returncode == 0, done.stdout
    assert f"A redacted copy of the bundle {demo.results['bundle_digest']}" in done.stdout
    encrypted = redacted.pack.with_suffix(".zip.age")
    assert evidence("verify", encrypted, "--integrity-only", "--identity", identity).returncode == 0
    refused = evidence("verify", encrypted, "--integrity-only")
    assert (refused.returncode, "is encrypted" in refused.stderr) == (2, True)
    text = subprocess.run(
        ["pdftotext", redacted.folder / "report.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "Redacted copy of bundle" in text
    again = evidence("test", redacted.bundle)
    assert again.returncode == 0, again.stderr


def test_the_same_person_is_the_same_everywhere(redacted: Redacted) -> None:
    data = redacted.bundle / "data"
    (report,) = data.rglob("credential-report.csv")
    users = [
        row for row in csv.DictReader(io.StringIO(report.read_text())) if row["user"] != "<root_account>"
    ]
    details = [
        line["UserDetail"]
        for line in lines(next(data.rglob("authorization-details.jsonl")))
        if "UserDetail" in line
    ]
    assert {row["user"] for row in users} == {detail["UserName"] for detail in details}
    assert {row["arn"] for row in users} == {detail["Arn"] for detail in details}
    assert all(re.fullmatch(r"user-[a-z2-7]{16}", row["user"]) for row in users)
    pseudonyms = [entry["pseudonym"] for entry in redacted.mapping["entries"]]
    assert len(set(pseudonyms)) == len(pseudonyms)


def test_a_redacted_copy_is_not_redacted_again(redacted: Redacted, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("long enough to be one")
    evidence("redact", "keygen", "-o", tmp_path / "again.key")
    done = evidence(
        "pack", redacted.bundle, "--redact", POLICY, "--redaction-key", tmp_path / "again.key",
        "--mapping-passphrase-file", tmp_path / "phrase", "-o", tmp_path / "x.zip", *SIGNER,
        env=environment(),
    )  # fmt: skip
    assert (done.returncode, "is a redacted copy already" in done.stderr) == (2, True)
    assert not list(tmp_path.glob("x*"))
