"""AWS's messages that repeat what they were sent."""

import pytest

from evidence.aws.scrubbing import HIDDEN, without_secrets

SIGNATURE = "fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
TOKEN = "FwoGZXIvYXdzEBYaDkExampleToken//////////"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization=AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/2026/iam, Signature={SIGNATURE}",
        f"GET https://b.example/k?X-Amz-Signature={SIGNATURE}&X-Amz-Security-Token={TOKEN}&x=1 failed",
        f"x-amz-security-token: {TOKEN}",
        f"{{'SessionToken': '{TOKEN}', 'Version': 1}}",
        f"aws_session_token={TOKEN}",
        "The access key ASIAIOSFODNN7EXAMPLE is not active",
    ],
)
def test_what_identifies_or_authorises_is_taken_out(text: str) -> None:
    hidden = without_secrets(text)
    for value in (SIGNATURE, TOKEN, "NN7EXAMPLE"):
        assert value not in hidden


def test_secrets_of_the_environment_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalr/XUtnFEMI+K7MDENG")
    assert without_secrets("key wJalr/XUtnFEMI+K7MDENG is wrong") == f"key {HIDDEN} is wrong"


def test_what_a_reader_needs_stays() -> None:
    text = "User: arn:aws:iam::123456789012:user/ann may not perform: iam:ListUsers (request id 5d-1)"
    assert without_secrets(text) == text
