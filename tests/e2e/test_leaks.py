"""No credential, token, signature, home folder, host name or login name in anything that comes out.

Every command runs as a process of its own, with recognisable secrets around it, where it works and where it
fails; all it prints and all it writes is searched, archives unpacked and PDF text extracted.
"""

import json
import re
import socket
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.command import FEW, clean_environment, evidence
from tests.support.served import serving

KEY_ID, SECRET = "AKIALEAKCANARY000001", "leakSecretCanary/w7Kq2vN8xP4sT1mZ"
TOKEN = "leakTokenCanaryFwoGZXIvYXdzEBYaDE1Q9w8e7r6"
PASSPHRASE = "leakPassphraseCanary-3f1c"
LOGIN, HOST = "leakcanarylogin", "leakcanaryhost"
HOME = "home-of-leakcanary"
CHECKOUT = str(Path(__file__).parents[2])


@dataclass
class Room:
    """A home folder in which commands are run, and all that they said."""

    home: Path
    url: str
    said: list[tuple[str, str]] = field(default_factory=list)
    searched: set[tuple[Path, int, int]] = field(default_factory=set)
    """Files in which nothing was found: path, size and time of the last change."""

    @property
    def env(self) -> dict[str, str]:
        return clean_environment() | {
            "HOME": str(self.home), "USERPROFILE": str(self.home), "USER": LOGIN, "LOGNAME": LOGIN,
            "HOSTNAME": HOST, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": TOKEN, "EVIDENCE_PASSPHRASE": PASSPHRASE, "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1", "PYTHONWARNINGS": "always", "PYTHONPATH": CHECKOUT,
        }  # fmt: skip

    def run(self, *words: str, expect: int, env: dict[str, str] | None = None) -> None:
        """Run a command in the home folder; paths are typed relative to it: none has to be echoed."""
        done = evidence(*words, env=self.env | (env or {}), cwd=self.home, timeout=300)
        assert done.returncode == expect, (words, done.returncode, done.stderr)
        self.said.append((" ".join(words), done.stdout + done.stderr))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("leaks") / HOME
    home.mkdir()
    faults = home.parent / "faults.json"
    denied = {"service": "iam", "operation": "ListVirtualMFADevices", "error": "IncompleteSignature"}
    echo = f"Authorization=AWS4-HMAC-SHA256 Credential={KEY_ID}/20261001, Signature={'0f' * 32} {TOKEN}"
    shut = {"service": "config", "operation": "*", "error": "AccessDeniedException"}
    faults.write_text(json.dumps([denied | {"message": echo, "status": 400}, shut]))
    with serving("--faults", faults) as url:
        room = Room(home, url)
        room.run("keygen", "--name", "GRC team", "--output", "id", expect=0)
        signed = ("--key", "id/signer.key", "--certificate", "id/signer.pem")
        (home / "note.txt").write_text("a screenshot")
        attached = ("--item", "iam.account-summary", "--by", "Ada", "--note", "why")
        room.run("attach", "note.txt", *attached, expect=0)
        room.run("run", *signed, *FEW, "--attachments", "attachments", "--output", "out", "--json", expect=3)
        yield room


def bundle_of(room: Room) -> str:
    (marker,) = room.home.glob("out/evidence-*/bagit.txt")
    return str(marker.parent.relative_to(room.home))


SIGNED = ("--key", "id/signer.key", "--certificate", "id/signer.pem")


def test_commands_over_a_bundle(room: Room) -> None:
    bundle = bundle_of(room)
    (pack,) = (str(one.relative_to(room.home)) for one in room.home.glob("out/*.zip"))
    room.run("show", bundle, expect=0)
    room.run("show", bundle, "--json", expect=0)
    room.run("test", bundle, "--output", "again.json", "--json", expect=3)
    room.run("exceptions", "draft", bundle, "--output", "draft.toml", expect=0)
    room.run("verify", pack, "--trust", "id/signer.pem", "--json", expect=0)
    room.run("verify", pack, expect=5)
    room.run("policy", expect=0)
    room.run("items", expect=0)
    room.run("controls", expect=0)
    room.run("redact", "keygen", expect=0)
    (room.home / "phrase").write_text(PASSPHRASE)
    room.run("pack", bundle, *SIGNED, "--encrypt-passphrase-file", "phrase", expect=0)
    search(room)


def test_failures(room: Room) -> None:
    bundle = bundle_of(room)
    broken = room.home / "broken"
    subprocess.run(["cp", "-r", room.home / bundle, broken], check=True)
    (broken / "data/run.json").write_text("{")
    (room.home / "bad.toml").write_text(f'[entity]\nname = "x"\nsecret = "{SECRET}"\n')
    (room.home / "worse.toml").write_text("= nothing")
    collect = ("collect", *SIGNED, "--output", "none")
    room.run(*collect, expect=1, env={"AWS_ENDPOINT_URL": "http://user:leakSecretCanary@127.0.0.1:9"})
    room.run(*collect, expect=1, env={"AWS_ENDPOINT_URL": f"http://127.0.0.1:9/?X-Amz-Signature={SECRET}"})
    room.run(*collect, expect=1, env={"HTTP_PROXY": "http://user:leakSecretCanary@127.0.0.1:9"})
    room.run(*collect, "--profile", "nobody", expect=2)
    room.run(*collect, expect=1, env={"EVIDENCE_PASSPHRASE": f"{PASSPHRASE}-wrong"})
    room.run(*collect, "--config", "bad.toml", expect=2)
    room.run(*collect, "--config", "worse.toml", expect=2)
    (room.home / ".aws").mkdir(exist_ok=True)
    (room.home / ".aws/config").write_text("[profile broken\nregion")
    room.run(*collect, expect=2)  # botocore's message names the file
    (room.home / ".aws/config").unlink()
    room.run("verify", "broken", expect=5)
    room.run("test", "broken", expect=5)
    room.run("show", "nowhere", expect=2)
    room.run("pack", bundle, *SIGNED, "--encrypt-to", SECRET, expect=2)
    room.run("keygen", "--name", "GRC team", "--output", "id", expect=2)
    search(room)


def test_credentials_that_aws_refuses(room: Room, tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    message = f"The security token included in the request is expired: {TOKEN}"
    for error in ("ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"):
        fault = {"service": "sts", "operation": "*", "error": error, "message": message, "status": 403}
        faults.write_text(json.dumps([fault]))
        with serving("--faults", faults) as url:
            room.run("collect", *SIGNED, "--output", "none", expect=1, env={"AWS_ENDPOINT_URL": url})
    search(room)


def search(room: Room) -> None:
    """Look for every canary in all that was said, and in all that was written since the last look."""
    names = (name for name in (HOME, LOGIN, HOST, socket.gethostname()) if len(name) > 3)
    words = [*map(str.lower, (*names, SECRET, TOKEN, PASSPHRASE, KEY_ID, "leakSecretCanary"))]
    signature = re.compile("x-amz-signature=[0-9a-f%]{4}")
    for where, text in (*room.said, *written(room, {"phrase", "bad.toml"})):
        lowered = text.lower()
        found = [lowered.find(word) for word in words if word in lowered]
        found += (one.start() for one in signature.finditer(lowered))
        assert not found, (where, text[max(0, found[0] - 200) :][:400])


def written(room: Room, ours: set[str]) -> Iterator[tuple[str, str]]:
    for file in sorted(one for one in room.home.rglob("*") if one.is_file() and one.name not in ours):
        state = (file, file.stat().st_size, file.stat().st_mtime_ns)
        if state in room.searched:
            continue
        room.searched.add(state)
        name = str(file.relative_to(room.home))
        yield "a file's name", name
        if file.suffix in (".zip", ".xlsx"):
            with zipfile.ZipFile(file) as archive:
                for entry in archive.namelist():
                    yield f"{name}/{entry}", archive.read(entry).decode("utf-8", "replace")
        elif file.suffix == ".pdf":
            text = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
            yield name, re.sub(r"\s+", "", text)
            qdf = ["qpdf", "--qdf", "--object-streams=disable", file, "-"]
            plain = subprocess.run(qdf, check=False, capture_output=True).stdout
            yield name, re.sub(rb"\nstream\n.*?endstream", b"", plain, flags=re.DOTALL).decode("latin-1")
        else:
            yield name, file.read_bytes().decode("utf-8", "replace")
