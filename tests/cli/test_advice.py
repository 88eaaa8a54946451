"""What messages advise exists: commands, their options, files; and fits what is wrong."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from botocore.exceptions import ClientError

import evidence
from evidence.aws.sessions import connect, frozen
from evidence.cli.app import build
from evidence.errors import UsageError
from evidence.foreign import CredentialSourceError, diagnose
from evidence.pack.encryption import decrypted_path
from evidence.redact.policy import read_policy
from evidence.statements.files import STATEMENT_KINDS, read_file

PACKAGE = Path(evidence.__file__).parent
BY_OTHERS = re.compile(r"\b(aws|age|sha256sum|uv) [a-z-]|--policy-document")
"""What runs another program, whose options are its own."""


def texts() -> Iterator[tuple[str, str]]:
    """Yield each text of the package that can be printed, with its place: no comments, no docstrings."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "evidence" not in source and "--" not in source:
            continue
        tree = ast.parse(source)
        documented = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                whole = "".join(p.value if isinstance(p, ast.Constant) else "X" for p in node.values)
                documented |= {id(part) for part in node.values}
                yield f"{path.name}:{node.lineno}", whole
            elif (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
            ):
                yield f"{path.name}:{node.lineno}", node.value


def commands() -> dict[str, set[str]]:
    """Return each command with its options."""
    found: dict[str, set[str]] = {}
    app = typer.main.get_command(build())
    for name, command in app.commands.items():  # type: ignore[attr-defined]
        for inner, one in getattr(command, "commands", {"": command}).items():
            found[f"{name} {inner}".strip()] = {
                flag for parameter in one.params for flag in (*parameter.opts, *parameter.secondary_opts)
            } | {"--help"}
    return found


def test_what_messages_name_exists() -> None:
    known = commands()
    every = set().union(*known.values()) | {"--version", "--help"}
    wrong = []
    for place, text in texts():
        for said in re.findall(r"`evidence ([a-z][a-z-]*(?: [^`]*)?)`", text):
            words = said.split()
            name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            flags = {word.split("=")[0] for word in words if word.startswith("--") and len(word) > 2}
            if name not in known or not flags <= known[name]:
                wrong.append((place, said))
        if " " in text and not BY_OTHERS.search(text):
            flags = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))
            wrong += [(place, flag) for flag in flags - every]
        if re.search(r"\bsamples/", text):
            wrong.append((place, "samples/, which whoever installed the package does not have"))
    assert not wrong, wrong


def test_who_may_not_assume_the_role_of_a_profile_is_not_told_to_attach_our_policy() -> None:
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "AssumeRole")
    advice = diagnose(CredentialSourceError(refused)).advice
    assert "sts:AssumeRole" in advice
    assert "external_id" in advice


def test_a_profile_with_mfa_without_a_terminal_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        "[profile mfa]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/Audit\n"
        "source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/ada\n"
    )
    keys.write_text("[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    connection = connect(profile="mfa", region=None, operations=(), connections=1)
    with pytest.raises(CredentialSourceError) as caught:
        frozen(connection.account.credentials)
    found = diagnose(caught.value)
    assert "MFA code" in found.clause
    assert "get-session-token" in found.advice
    assert capfd.readouterr().err == ""


def test_a_pack_that_is_not_there_is_not_called_unencrypted(tmp_path: Path) -> None:
    with decrypted_path(tmp_path / "absent.zip", None, tmp_path / "secret") as path:
        assert not path.exists()
    (tmp_path / "there.zip").write_bytes(b"PK")
    with (
        pytest.raises(UsageError, match="is not encrypted"),
        decrypted_path(tmp_path / "there.zip", None, tmp_path / "secret"),
    ):
        pass


def test_a_wrong_file_of_management_is_told_its_keys(tmp_path: Path) -> None:
    for kind in STATEMENT_KINDS:
        path = tmp_path / kind.file
        path.write_text("unheard = 1\n")
        with pytest.raises(UsageError) as caught:
            read_file(kind, path)
        assert ("It may have: version; [[" in caught.value.advice) is (kind.ending == "toml")
    with pytest.raises(UsageError) as caught:
        read_policy(tmp_path / "responses.toml")
    assert "owner_tags; terms; [mapping] with recipients." in caught.value.advice
