"""Whatever boto3's chain finds signs what is collected: each way that a customer may use, played on the wire.

The server answers a script; the test looks at whose key signed the last request.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.aws.caller import RequestSender
from evidence.aws.gate import CALLER_IDENTITY
from evidence.aws.identity import identify
from evidence.aws.limits import Limits
from evidence.aws.sessions import connect
from evidence.clock import system_clock
from evidence.collect.access import AccountEntry, Askers
from evidence.errors import CredentialsError
from tests.aws.scripted_aws import Reply, ScriptedAws, reply, xml

WHO = xml(
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
LATER = "2099-01-01T00:00:00Z"
ASK = (
    "from evidence.aws.sessions import connect\n"
    "account = connect(profile={profile!r}, region=None, operations=[], connections=2).account\n"
    "with account.signing():\n"
    "    print(account.client('sts').get_caller_identity()['Account'])\n"
)


def assumed(operation: str, key: str) -> Reply:
    return xml(
        f"<{operation}Response><{operation}Result><Credentials><AccessKeyId>{key}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{LATER}</Expiration>"
        f"</Credentials></{operation}Result></{operation}Response>"
    )


def from_metadata(key: str) -> dict[str, str]:
    return {
        "Code": "Success", "AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": LATER,
        "LastUpdated": "2026-10-01T00:00:00Z", "Type": "AWS-HMAC",
    }  # fmt: skip


class Machine:
    """A user's files and environment; nothing of AWS in it but what a way puts there."""

    def __init__(self, folder: Path, aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.aws, self.set = folder, aws, monkeypatch.setenv
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)

    def file(self, name: str, content: str) -> str:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(content)
        return str(self.folder / name)

    def config(self, text: str) -> None:
        self.set("AWS_CONFIG_FILE", self.file("config", text))


def environment(machine: Machine) -> str | None:
    machine.set("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00001")
    machine.set("AWS_SECRET_ACCESS_KEY", "s")
    return None


def shared_file(machine: Machine) -> str | None:
    keys = "[audit]\naws_access_key_id = AKIASHAREDFILE000001\naws_secret_access_key = s\n"
    machine.set("AWS_SHARED_CREDENTIALS_FILE", machine.file("credentials", keys))
    return "audit"


def process(machine: Machine) -> str | None:
    said = json.dumps({"Version": 1, "AccessKeyId": "ASIAPROCESS000000001", "SecretAccessKey": "s"})
    command = shlex.join([sys.executable, "-c", f"print({said!r})"])
    machine.config(f"[profile audit]\ncredential_process = {command}\n")
    return "audit"


def profile_chain(machine: Machine) -> str | None:
    machine.config(
        "[profile person]\naws_access_key_id = AKIAPERSON0000000001\naws_secret_access_key = s\n"
        "[profile hub]\nrole_arn = arn:aws:iam::111122223333:role/Hub\nsource_profile = person\n"
        "[profile audit]\nrole_arn = arn:aws:iam::123456789012:role/Audit\nsource_profile = hub\n"
    )
    machine.aws.script[:0] = [
        assumed("AssumeRole", "ASIAHUB0000000000001"),
        assumed("AssumeRole", "ASIACHAIN00000000001"),
    ]
    return "audit"


def web_identity(machine: Machine) -> str | None:
    machine.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Evidence")
    machine.set("AWS_WEB_IDENTITY_TOKEN_FILE", machine.file("token", "the pipeline's own OIDC token"))
    machine.aws.script.insert(0, assumed("AssumeRoleWithWebIdentity", "ASIAWEBIDENTITY00001"))
    return None


def container(machine: Machine) -> str | None:
    machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{machine.aws.url}/credentials")
    machine.aws.script.insert(0, reply(from_metadata("ASIACONTAINER0000001")))
    return None


def instance(machine: Machine) -> str | None:
    machine.set("AWS_EC2_METADATA_DISABLED", "false")
    machine.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.aws.url)
    document = reply(from_metadata("ASIAINSTANCE00000001"))
    machine.aws.script[:0] = [Reply(b"token"), Reply(b"EvidenceRunner"), document]
    return None


WAYS: dict[Callable[[Machine], str | None], str] = {
    environment: "AKIAENVIRONMENT00001",
    shared_file: "AKIASHAREDFILE000001",
    process: "ASIAPROCESS000000001",
    profile_chain: "ASIACHAIN00000000001",
    web_identity: "ASIAWEBIDENTITY00001",
    container: "ASIACONTAINER0000001",
    instance: "ASIAINSTANCE00000001",
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_its_credentials_sign_what_is_asked(scripted, monkeypatch, tmp_path, way) -> None:
    scripted.script = [WHO]
    profile = way(Machine(tmp_path, scripted, monkeypatch))
    account = connect(profile=profile, region=None, operations=[], connections=2).account
    with account.signing():
        assert account.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert scripted.keys[-1] == WAYS[way]


SECRET = "s.Zf3vaultTokenQ9"


def helper(*command: str) -> Callable[[Machine], str]:
    def way(machine: Machine) -> str:
        machine.config(f"[profile audit]\ncredential_process = {shlex.join(command)}\n")
        return "audit"

    return way


def python(code: str) -> Callable[[Machine], str]:
    return helper(sys.executable, "-c", code)


def foreign_host(machine: Machine) -> None:
    machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://203.0.113.9/{SECRET}")


def no_token(machine: Machine) -> None:
    machine.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Evidence")
    machine.set("AWS_WEB_IDENTITY_TOKEN_FILE", str(machine.folder / "absent"))


EXPIRED = json.dumps(
    {"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": SECRET, "Expiration": "2020-01-01T00:00:00Z"}
)
BROKEN: dict[str, Callable[[Machine], str | None]] = {
    "fails": python(f"import sys; sys.exit('{SECRET} denied')"),
    "says what is not UTF-8": python("import sys; sys.stderr.buffer.write(b'\\xff'); sys.exit(1)"),
    "prints no JSON": python(f"print('{SECRET}')"),
    "prints a list": python(f"print('[\"{SECRET}\"]')"),
    "prints nothing": python(""),
    "prints another version": python(f'print(\'{{"Version": "{SECRET}"}}\')'),
    "gives what has expired": python(f"print({EXPIRED!r})"),
    "is not there": helper("/there/is/no/such/helper", SECRET),
    "is no program": helper("/", SECRET),
    "foreign host": foreign_host,
    "missing token": no_token,
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_source_that_fails_is_told_in_words_of_ours(scripted, monkeypatch, tmp_path, way) -> None:
    profile = BROKEN[way](Machine(tmp_path, scripted, monkeypatch))
    with pytest.raises(CredentialsError) as caught:
        identify(sender(profile), depth=1)
    told = f"{caught.value.message} {caught.value.advice}"
    assert SECRET not in told
    assert "credential_process" in told
    assert scripted.keys == []


def sender(profile: str | None) -> RequestSender:
    account = connect(profile=profile, region=None, operations=[CALLER_IDENTITY], connections=2).account
    return Askers(1, system_clock()).sender(AccountEntry("", account, 1), Unrecorded(), LIMITS)


LIMITS = Limits(system_clock(), float("inf"))


class Unrecorded:
    """Keeps no calls."""

    def next(self) -> int:
        return 1

    def add(self, call: object) -> None:
        assert SECRET not in str(call)

    def throttled(self) -> None:
        pass


def test_a_profile_of_identity_center(scripted, monkeypatch, tmp_path) -> None:
    """In a process of its own: botocore looks for the home folder's token when it is imported."""
    machine = Machine(tmp_path, scripted, monkeypatch)
    machine.config(
        "[profile audit]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Audit\n"
        f"[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = {scripted.url}/start\n"
        "sso_registration_scopes = sso:account:access\n"
    )
    token = {"accessToken": "of-the-person", "expiresAt": LATER, "region": "eu-west-1"}
    name = f"{hashlib.sha1(b'corp').hexdigest()}.json"  # noqa: S324 - how botocore names the file
    machine.file(f".aws/sso/cache/{name}", json.dumps(token | {"startUrl": f"{scripted.url}/start"}))
    role = {
        "accessKeyId": "ASIAIDENTITYCENTER01", "secretAccessKey": "s", "sessionToken": "t",
        "expiration": 4_070_908_800_000,
    }  # fmt: skip
    scripted.script = [reply({"roleCredentials": role}), WHO]
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(profile="audit")],
        env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("123456789012", "")
    assert scripted.keys[-1] == "ASIAIDENTITYCENTER01"
