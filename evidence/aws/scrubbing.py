"""Scrubs third-party messages: takes out credentials, and where this runs.

Messages of AWS, botocore and the system are kept in gaps and printed in errors. Some repeat what they were
sent (`IncompleteSignature` the Authorization header), others name files of the user's configuration.
"""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

HIDDEN = "[hidden]"
_SECRET_VARIABLES = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "EVIDENCE_PASSPHRASE",
)
_SHORTEST = 4
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        # Signature Version 4: query parameters, and the parts of an Authorization header.
        re.compile(
            r"(?i)(?<![a-z0-9])(x-amz-(?:signature|security-token|credential)|(?:session|security)_?token|signature|credential"
            r"|secret_?(?:access_?)?key|awsaccesskeyid)(['\"]?\s*[=:]\s*['\"]?)[^\s&,;'\"]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?<=://)[^/\s@]*@"), ""),
    (re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,124}(?![A-Za-z0-9])"), HIDDEN),
)


def without_secrets(text: str) -> str:
    """Return a message without credentials, signatures, access key ids, home folder and host name."""
    for pattern, instead in _FORMS:
        text = pattern.sub(instead, text)
    for value, instead in _of_this_machine():
        text = text.replace(value, instead)
    host = socket.gethostname()
    if host and host != "localhost":
        text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", HIDDEN, text)
    return text


def _of_this_machine() -> Iterator[tuple[str, str]]:
    for name in _SECRET_VARIABLES:
        if len(value := os.environ.get(name, "")) >= _SHORTEST:
            yield value, HIDDEN
    home = str(Path("~").expanduser())
    if len(home) >= _SHORTEST:
        yield home, "~"
