"""Turns a foreign error (a library's, the system's) into words of ours: the one place that does.

What such errors say is not ours to pass on: botocore repeats what a credential helper printed and the URLs
of the user's settings, others the bytes they choked on. So nothing of their text is taken: a table names the
classes and says of each what is wrong, and what to do. Beside that stands the name of the class, and for an
error of the system the fixed words of its number. Classes go by their names, so that nobody has to import a
library in order to hear that it failed.
"""

import errno
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from traceback import walk_tb

from evidence.errors import (
    CredentialsError,
    DefectError,
    EndpointError,
    EvidenceError,
    StorageError,
    UsageError,
    WriteRefusedError,
)


class ForeignKind(Enum):
    """Whose matter a foreign error is: the operator's (the first three), AWS's, of this machine, or ours."""

    CREDENTIALS = "credentials"
    NETWORK = "network"
    STORAGE = "storage"
    ANSWER = "answer"
    SETTINGS = "settings"
    MACHINE = "machine"
    """Memory, a library or a package that is missing."""
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A foreign error in words of ours, fit for a bundle."""

    kind: ForeignKind
    clause: str
    """What is wrong, without a capital and without a full stop."""
    advice: str
    """What to do next; empty where the kind's own advice says it."""
    class_name: str
    errno: int | None = None
    """The system's number for why, where it was the system that refused."""

    @property
    def sentence(self) -> str:
        """The clause as a sentence, with the name of the class."""
        return f"{self.clause[:1].upper()}{self.clause[1:]} ({self.class_name})."


class CredentialSourceError(Exception):
    """The source of credentials failed, whatever it raised: a helper, a file, a metadata service, a role."""

    def __init__(self, source: Exception) -> None:
        self.source = source
        found = diagnose(source)
        if found.kind is not ForeignKind.CREDENTIALS:
            clause = next((words for kind, words in _SOURCES if isinstance(source, kind)), found.clause)
            clause = f"the source of the AWS credentials failed: {clause}"
            advice = _ASKING_FOR.get(getattr(source, "operation_name", ""), _SOURCE)
            if found.kind is ForeignKind.NETWORK:
                advice = found.advice or EndpointError.default_advice
            found = Diagnosis(ForeignKind.CREDENTIALS, clause, advice, found.class_name)
        self.diagnosis = found
        super().__init__(found.clause)


def diagnose(error: BaseException) -> Diagnosis:
    """Return what a foreign error comes to. Never raises, and never repeats what the error says.

    An error of our own package says its own words.
    """
    if isinstance(error, CredentialSourceError):
        return error.diagnosis
    if _name_of(type(error)) == "lxml.etree.SerialisationError":  # says `IO_` and the system's name
        refused = OSError(getattr(errno, str(error).removeprefix("IO_"), errno.EIO), "")
        return replace(diagnose(refused), class_name="SerialisationError")
    kind, clause, advice = _entry(error)
    return Diagnosis(kind, clause, advice, type(error).__name__, getattr(error, "errno", None))


def printable(text: str, *, lines: bool = False) -> str:
    """Return text that can neither drive a terminal nor hide: what could is shown by its number.

    With `lines`, text of several: newlines and tabulators stay.
    """
    return escape(text, lambda character: f"\\x{ord(character):02x}", lines=lines)


def escape(text: str, shown: Callable[[str], str], *, lines: bool) -> str:
    """Return text with each character that is not printable as it is shown."""

    def escaped(found: re.Match[str]) -> str:
        run = found[0]
        return run if run.isprintable() else "".join(c if c.isprintable() else shown(c) for c in run)

    return (_BEYOND_ASCII_LINES if lines else _BEYOND_ASCII).sub(escaped, text)


def reason_of(error: OSError) -> str:
    """Return why the system refused, in its own fixed words for the number of the error."""
    return os.strerror(error.errno) if error.errno else diagnose(error).clause


def as_error(error: Exception | WriteRefusedError) -> EvidenceError | WriteRefusedError:
    """Return the error to end a command with: itself when it is ours, else what it comes to.

    For the terminal alone: the file that the system could not use is named.
    """
    if isinstance(error, EvidenceError | WriteRefusedError):
        return error
    found = diagnose(error)
    message = found.sentence
    if isinstance(error, OSError) and found.kind is ForeignKind.STORAGE:
        where = f" {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
        message = f"The file{where} cannot be used: {found.clause}."
    return _OURS[found.kind](message, found.advice)


def place_of(error: BaseException) -> str:
    """Return the innermost line of ours that a foreign error passed; empty when it passed none."""
    ours = [
        f"{Path(frame.f_code.co_filename).relative_to(_PACKAGE.parent).as_posix()}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).is_relative_to(_PACKAGE)
    ]
    return ours[-1] if ours else ""


_OURS = {
    ForeignKind.CREDENTIALS: CredentialsError,
    ForeignKind.NETWORK: EndpointError,
    ForeignKind.STORAGE: StorageError,
    ForeignKind.ANSWER: EndpointError,
    ForeignKind.SETTINGS: UsageError,
    ForeignKind.MACHINE: EvidenceError,
    ForeignKind.DEFECT: DefectError,
}
_BEYOND_ASCII, _BEYOND_ASCII_LINES = re.compile(r"[^ -~]+"), re.compile(r"[^\n\t -~]+")
_PACKAGE = Path(__file__).parent
_Entry = tuple[ForeignKind, str, str]
_LIBRARY = re.compile(r"cannot load library '([\w.+-]{1,100})'")
"""How cffi names what is missing, and what of it is passed on: a file name."""


def _entry(error: BaseException) -> _Entry:
    names = list(map(_name_of, type(error).__mro__))
    reason = getattr(error, "reason", None)
    if isinstance(error, OSError) and isinstance(reason, OSError):  # urllib's, around one of the system
        return _entry(reason)
    known = next((_CLASSES[name] for name in names if name in _CLASSES), None)
    if known is not None:
        return known
    return _of_the_system(error) if isinstance(error, OSError) else _of_python(error, names[0])


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _of_python(error: BaseException, name: str) -> _Entry:
    if name.partition(".")[0] == __package__:
        return ForeignKind.DEFECT, str(error), ""  # words of ours
    if isinstance(error, ImportError):
        package = re.sub(r"[^\w.]", "", error.name or "") or "its name is not told"
        return ForeignKind.MACHINE, f"a package of Python is missing: {package}", _EXTRAS
    place = place_of(error)
    return ForeignKind.DEFECT, f"an unexpected error{f' in {place}' if place else ''}", ""


def _of_the_system(error: OSError) -> _Entry:
    if error.errno is None:
        library = _LIBRARY.search(str(error))
        if library:
            return (
                ForeignKind.MACHINE,
                f"the library {library[1]} cannot be loaded",
                INSTALL_PANGO,
            )
        return ForeignKind.STORAGE, "the system gave no reason", "Check the path and the disk."
    if error.errno in _NETWORK:
        return ForeignKind.NETWORK, reason_of(error), ""
    return ForeignKind.STORAGE, reason_of(error), _ADVICE.get(error.errno, "Check the path and the disk.")


_NETWORK = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
_SPACE = "Free space or choose another folder with --output, then run again."
_RIGHTS = "Check the permissions of the file and of the folders above it."
_PATH = "Check the path."
_ADVICE = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "Lift the limit for the size of files (`ulimit -f`), or choose another disk.",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "Choose a folder that can be written to.",
    errno.ENOENT: _PATH,
    errno.ENOTDIR: _PATH,
    errno.EISDIR: _PATH,
    errno.ELOOP: _PATH,
    errno.ENAMETOOLONG: "Choose a shorter path.",
    errno.EMFILE: "Raise the limit for open files (`ulimit -n`), then run again.",
    errno.ENFILE: "The machine has too many files open: end other programs, then run again.",
    errno.EIO: "The disk may be failing: choose another.",
}
_SOURCE = (
    "Check what the profile and the environment name as their source: credential_process, "
    "AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, an SSO session."
)
_ASKING_FOR = {
    "AssumeRole": "Allow whom the profile's source_profile or credential_source names sts:AssumeRole on its "
    "role_arn, have that role's trust policy name them, and write the external_id that it asks for, if any, "
    "into the profile. What `evidence policy` prints is for the role itself, and does not help here.",
    "AssumeRoleWithWebIdentity": "Have the trust policy of the role in AWS_ROLE_ARN name the identity "
    "provider, with the audience and the subject that the token has.",
    "GetRoleCredentials": "Check sso_account_id and sso_role_name of the profile: Identity Center must have "
    "assigned that permission set to you in that account.",
}
"""What to do where AWS refused the credentials that a profile asks for, by the operation."""
_SOURCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (FileNotFoundError, "a program or a file that it needs is not there"),
    (PermissionError, "a program or a file that it needs may not be used"),
    (ValueError, "it gave what is not in the documented form, or its address is not allowed"),
    (RuntimeError, "what it gave has expired already"),
    ((AttributeError, KeyError, TypeError), "it gave what is not in the documented form"),
)
"""What goes wrong with sources that botocore reads without errors of its own."""
_EXTRAS = "Install `aws-evidence` again, with the extras that the command needs."
INSTALL_PANGO = (
    "Install Pango, which draws reports. Debian, Ubuntu: `apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0`; Fedora: `dnf install pango`; macOS: `brew install pango`; Windows: `pacman -S "
    "mingw-w64-ucrt-x86_64-pango` in MSYS2."
)
_CONFIGURATION = "Repair the AWS configuration, or name another with AWS_CONFIG_FILE."
_CODE = (
    "Sign in where somebody can type it, such as with `aws sts get-session-token --serial-number ARN "
    "--token-code CODE`, and run with the keys that gives; where nobody can, name a profile without MFA."
)
_TLS = (
    "Where a proxy of the company inspects TLS, name its authorities' file with AWS_CA_BUNDLE or the "
    "profile's ca_bundle; else what answers is not AWS: check any proxy and AWS_ENDPOINT_URL."
)


def _botocore(kind: ForeignKind, clauses: dict[str, str], advice: str = "") -> dict[str, _Entry]:
    return {f"botocore.exceptions.{name}": (kind, clause, advice) for name, clause in clauses.items()}


_CLASSES: dict[str, _Entry] = {
    **_botocore(
        ForeignKind.CREDENTIALS,
        {
            "NoCredentialsError": "no AWS credentials were found",
            "PartialCredentialsError": "a part of the AWS credentials is missing",
            "NoAuthTokenError": "no token to sign in with was found",
            "TokenRetrievalError": "the token to sign in with could not be renewed",
            "SSOError": "the sign-in through IAM Identity Center does not hold",
            "SSOTokenLoadError": "there is no sign-in through IAM Identity Center",
            "UnauthorizedSSOTokenError": "the sign-in through IAM Identity Center has expired",
            "PendingAuthorizationExpiredError": "the sign-in through IAM Identity Center was not finished",
            "LoginError": "the sign-in with `aws login` does not hold",
        },
    ),
    **_botocore(
        ForeignKind.CREDENTIALS,
        {
            "CredentialRetrievalError": "the source of the AWS credentials failed",
            "MetadataRetrievalError": "the source of the AWS credentials gave none",
            "InvalidIMDSEndpointError": "the address of the instance's metadata is not usable",
            "InvalidIMDSEndpointModeError": "the address of the instance's metadata is not usable",
        },
        _SOURCE,
    ),
    **_botocore(
        ForeignKind.CREDENTIALS,
        {"RefreshWithMFAUnsupportedError": "a session that asks for MFA cannot be renewed"},
        "Sign in anew with a longer session, then run again.",
    ),
    **_botocore(
        ForeignKind.SETTINGS,
        {
            "ProfileNotFound": "there is no such profile in the AWS configuration",
            "UnknownRegionError": "there is no AWS region of that name",
            "InvalidRegionError": "that is no name of an AWS region",
            "NoRegionError": "no AWS region is set",
        },
        "Check --profile, --region and their variables; `aws configure list-profiles` lists profiles.",
    ),
    **_botocore(
        ForeignKind.SETTINGS,
        {
            "ConfigNotFound": "the AWS configuration file is not there",
            "ConfigParseError": "the AWS configuration file cannot be read",
            "InvalidConfigError": "a setting of the AWS configuration is not usable",
            "UnknownCredentialError": "the AWS configuration names an unknown source of credentials",
            "InvalidProxiesConfigError": "a setting for the proxy is not usable",
            "InvalidDefaultsMode": "defaults_mode of the AWS configuration is not usable",
            "InvalidRetryConfigurationError": "a setting for retries is not usable",
            "InvalidChecksumConfigError": "a setting for checksums is not usable",
            "InvalidSTSRegionalEndpointsConfigError": "sts_regional_endpoints is not usable",
            "InvalidEndpointConfigurationError": "the endpoint that is set is not usable",
            "MissingDependencyException": "the AWS configuration needs a package that is not installed",
        },
        _CONFIGURATION,
    ),
    **_botocore(
        ForeignKind.NETWORK,
        {
            "HTTPClientError": "the connection to the AWS endpoint failed",
            "ConnectionError": "the connection to the AWS endpoint failed",
            "EndpointConnectionError": "the AWS endpoint cannot be reached",
            "ConnectTimeoutError": "the AWS endpoint does not take connections in time",
            "ReadTimeoutError": "the AWS endpoint did not answer in time",
            "ConnectionClosedError": "the connection was closed before an answer came",
            "ProxyConnectionError": "the proxy cannot be reached",
            "EndpointProviderError": "no endpoint is known for the service in that region",
            "BaseEndpointResolverError": "no endpoint is known for the service in that region",
        },
    ),
    **_botocore(ForeignKind.NETWORK, {"SSLError": "the endpoint's certificate is not trusted"}, _TLS),
    **_botocore(
        ForeignKind.ANSWER,
        {
            "IncompleteReadError": "the answer was cut short",
            "ResponseStreamingError": "the answer was cut short",
            "ChecksumError": "the answer's checksum is wrong",
            "FlexibleChecksumError": "the answer's checksum is wrong",
        },
    ),
    "botocore.exceptions.ClientError": (ForeignKind.ANSWER, "AWS refused the request", ""),
    "botocore.parsers.ResponseParserError": (ForeignKind.ANSWER, "the answer is none that AWS gives", ""),
    "urllib.error.URLError": (ForeignKind.NETWORK, "the address cannot be used", ""),
    "http.client.HTTPException": (ForeignKind.NETWORK, "what answers does not speak HTTP", ""),
    "ssl.SSLError": (ForeignKind.NETWORK, "the secure connection failed", _TLS),
    "ssl.SSLCertVerificationError": (
        ForeignKind.NETWORK,
        "the other side's certificate is not trusted",
        _TLS,
    ),
    "evidence.storage.IrregularFileError": (
        ForeignKind.STORAGE,
        "it is a pipe, a device or a socket, not a file",
        "Name a regular file.",
    ),
    "evidence.aws.failures.CodeNeededError": (
        ForeignKind.CREDENTIALS,
        "the profile asks for an MFA code (mfa_serial), and there is no terminal to type it at",
        _CODE,
    ),
    "distributed.comm.core.CommClosedError": (ForeignKind.NETWORK, "the connection was closed", ""),
    "socket.gaierror": (ForeignKind.NETWORK, "the name of the host cannot be resolved", ""),
    "builtins.TimeoutError": (ForeignKind.NETWORK, "no answer came in time", ""),
    "builtins.ConnectionRefusedError": (ForeignKind.NETWORK, "the connection was refused", ""),
    "builtins.ConnectionError": (ForeignKind.NETWORK, "the connection broke", ""),
    "builtins.MemoryError": (
        ForeignKind.MACHINE,
        "there is not enough memory",
        "End other programs, or run it on a machine with more.",
    ),
}
