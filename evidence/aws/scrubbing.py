"""Takes credentials out of AWS's messages: the only foreign text that is kept in gaps and printed in errors.

Some repeat what they were sent (`IncompleteSignature` the Authorization header).
"""

import os
import re

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
    (re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,124}(?![A-Za-z0-9])"), HIDDEN),
)


def without_secrets(text: str) -> str:
    """Return a message without credentials, signatures and access key ids."""
    for pattern, instead in _FORMS:
        text = pattern.sub(instead, text)
    for name in _SECRET_VARIABLES:
        if len(value := os.environ.get(name, "")) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    return text
