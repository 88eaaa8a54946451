"""Defines every error `evidence` raises on purpose, each with its advice and its exit code.

EvidenceError                      exit 1   could not run
 ├─ UsageError                     exit 2   wrong option, argument or configuration
 │   └─ ConfigError                exit 2   evidence.toml is wrong
 ├─ CredentialsError               exit 1   no usable AWS credentials
 ├─ PermissionMissingError         exit 1   nothing at all may be read
 ├─ EndpointError                  exit 1   AWS could not be reached
 ├─ StorageError                   exit 1   disk full, folder not writable, folder locked
 ├─ SigningError                   exit 1   key unreadable, wrong pass phrase, unfit certificate
 ├─ AuthorityError                 exit 1   no time-stamp to be had
 ├─ ClusterError                   exit 1   the Dask cluster is not there
 ├─ RunPausedError                 exit 75  a collection that cannot go on now; it can be resumed
 ├─ DefectError                    exit 1   a defect of the tool
 ├─ TooEarlyError                  exit 75  CloudTrail may not yet tell of a run's requests
 ├─ RedactionError                 exit 1   a redacted pack would show, or conclude, what it must not
 ├─ IncompleteBundleError          exit 5   the leftover of a run that did not finish
 └─ VerificationError              exit 5   what was given does not verify
WriteRefusedError (BaseException)  exit 1   the read-only gate stopped an undeclared operation

The command line catches `EvidenceError` once (`evidence.cli`); library code never exits. Each class has a
section in docs/errors.md, which is made from this file.
"""

import re
from collections.abc import Iterator
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command; documented in docs/exit-codes.md."""

    DONE = 0
    COULD_NOT_RUN = 1
    USAGE = 2
    GAPS = 3
    FAIL_ON = 4
    VERIFICATION_FAILED = 5
    PAUSED = 75
    """sysexits.h: EX_TEMPFAIL."""
    INTERRUPTED = 130


class EvidenceError(Exception):
    """Base of all expected errors: one sentence that says what is wrong, one that says what to do.

    Of this kind itself is what the machine lacks: memory, Pango, a package that an option needs.
    """

    exit_code = ExitCode.COULD_NOT_RUN
    default_advice = ""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice or self.default_advice


class UsageError(EvidenceError):
    """A wrong option or argument."""

    exit_code = ExitCode.USAGE
    default_advice = "See `evidence --help`."


class ConfigError(UsageError):
    """A file of settings, or another that a person wrote, cannot be used.

    A key that is not known, a value of another kind, a file that is not TOML. The sentence names the
    place.
    """

    default_advice = "`evidence settings --template` prints one with every key, to compare with."


class CredentialsError(EvidenceError):
    """No AWS credentials, or credentials that AWS no longer takes.

    No profile, variable or role gives any; an SSO session has ended; the helper that gives them failed;
    AWS knows no such key, or says that the token has expired. In the middle of a collection they pause it
    instead.
    """

    default_advice = (
        "Sign in (`aws sso login --profile NAME`) or name a profile with --profile, then run again."
    )


class PermissionMissingError(EvidenceError):
    """Not one evidence item could be read.

    AWS answered, and refused everything: the policy is not attached to the role that asks, something
    above the account denies it, or it is another account than was meant. docs/items.md names each item's
    operations.
    """

    default_advice = "Attach the policy that `evidence policy` prints to the caller, then run again."


class EndpointError(EvidenceError):
    """The AWS endpoint does not answer.

    No network, a name that does not resolve, a firewall, a proxy that answers in AWS's place, a
    certificate that is not AWS's.
    """

    default_advice = "Check the network, --region, any proxy and AWS_ENDPOINT_URL, then run again."


class StorageError(EvidenceError):
    """The output folder cannot be written.

    The disk is full, the folder is not writable, another command is writing into it, a file is gone. What
    was being written has no final name, so nothing there looks complete.
    """

    default_advice = "Free space or choose another folder with --output, then run again."
    errno: int | None = None
    """The system's number for why, where it was the system that refused."""


class SigningError(EvidenceError):
    """The signing identity cannot be used.

    A file that is not there or not PEM; a wrong pass phrase or PIN; a certificate that is not the key's,
    has expired, is not valid yet or not for signing; a weak key; KMS or a token that refuses. All of it
    is tried before AWS is asked. See docs/signing.md.
    """

    default_advice = (
        "Check --key, --certificate and the pass phrase, or make an identity with `evidence keygen`."
    )


class AuthorityError(EvidenceError):
    """The time-stamping authority cannot be reached, or its answer cannot be relied on.

    No answer, a refusal, another digest than was sent, a certificate that is not under the one named. A
    run goes on without it, and ends with 3.
    """

    default_advice = "Check --timestamp-url, or try later: `evidence timestamp BUNDLE` adds it any time."


class ClusterError(EvidenceError):
    """The Dask cluster cannot run the collection.

    The scheduler does not answer, no worker is there, or one has another version. See docs/cluster.md.
    """

    default_advice = "Start scheduler and workers as docs/cluster.md says, then run again."


class RunPausedError(EvidenceError):
    """A collection cannot go on: credentials have expired, the network is gone, the disk is full.

    The operator's own, so no gap comes of it, and nothing was sealed. docs/exit-codes.md tells what
    pauses a run from what is a gap.
    """

    exit_code = ExitCode.PAUSED
    default_advice = "What has been collected is kept: go on with --resume."


class DefectError(EvidenceError):
    """An error that nobody expected: a defect of the tool, not of what it was given."""

    default_advice = (
        "This is a defect of `evidence`: please report it with the line above, the command and "
        "`evidence --version`. EVIDENCE_DEBUG=1 prints where it happened; look it over before you pass it on."
    )


class TooEarlyError(EvidenceError):
    """What is asked for may not be there yet; a later try will tell.

    CloudTrail takes up to a quarter of an hour to tell of a request. See docs/corroboration.md.
    """

    exit_code = ExitCode.PAUSED
    default_advice = "Nothing was written. Ask again later."


class RedactionError(EvidenceError):
    """A redacted copy that may not be published.

    A name would still be readable in it, or its tests would conclude something else than the original's.
    See docs/sharing.md.
    """

    default_advice = (
        "Name what is shown under `terms` in the policy, or leave its item out of the collection."
    )


class IncompleteBundleError(EvidenceError):
    """The leftover of a run that did not finish: never evidence.

    A folder whose name ends with .partial. `evidence run --resume` goes on with it, if it is that run's.
    """

    exit_code = ExitCode.VERIFICATION_FAILED
    default_advice = "Collect again; the folder can then be deleted."


class VerificationError(EvidenceError):
    """A bundle, pack or PDF that does not verify.

    A file that was changed, is missing or was added; no seal; another signer than was expected;
    conclusions that do not follow from the evidence. docs/format.md has the meaning of each finding's
    code.
    """

    exit_code = ExitCode.VERIFICATION_FAILED
    default_advice = (
        "Do not rely on it. `evidence verify` lists every finding; ask the sender for a fresh copy."
    )


class WriteRefusedError(BaseException):
    """The read-only gate refused what no collector declares, before it was sent.

    Not an `Exception`, so that no `except Exception` on the way, ours or a library's, can swallow it.
    """

    exit_code = ExitCode.COULD_NOT_RUN
    default_advice = "Nothing was sent. This is a defect of the tool: please report it."

    def __init__(self, service: str, operation: str, why: str = "no collector declares it") -> None:
        super().__init__(f"The read-only gate refused {service}:{operation}: {why}.")
        self.service, self.operation, self.why = service, operation, why
        self.message = str(self)
        self.advice = self.default_advice

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.service, self.operation, self.why)  # it may be raised in another process


def error_kinds(kind: type[BaseException] = EvidenceError) -> Iterator[type[BaseException]]:
    """Yield this module's classes, each before those that narrow it, the gate's refusal last."""
    if kind.__module__ != __name__:
        return
    yield kind
    for narrower in kind.__subclasses__():
        yield from error_kinds(narrower)
    if kind is EvidenceError:
        yield WriteRefusedError


def slug_of(kind: type[BaseException]) -> str:
    """Return the anchor of a class of errors in docs/errors.md: `signing-error`.

    A class of another module has that of the class here that it narrows.
    """
    named = next(one for one in kind.__mro__ if one.__module__ == __name__)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", named.__name__).lower()
