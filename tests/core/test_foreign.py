"""What a library or the system says stays out of what `evidence` writes: every class, with a secret in it."""

import ast
import errno
import inspect
import os
import urllib.error
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import botocore.exceptions as botocore
import pytest
from _pytest.mark import ParameterSet
from lxml.etree import SerialisationError

import evidence
from evidence.aws.cause import credentials_error, explain
from evidence.errors import DefectError, EvidenceError, StorageError
from evidence.foreign import CredentialSourceError, ForeignKind, as_error, diagnose, place_of

PACKAGE = Path(evidence.__file__).parent
SECRET = "s.Zf3vaultTokenQ9"


def of_botocore() -> Iterator[ParameterSet]:
    """Yield an error of each class of botocore that says the secret."""
    for name, made in inspect.getmembers(botocore, inspect.isclass):
        if not issubclass(made, botocore.BotoCoreError):
            continue
        error = made.__new__(made)
        Exception.__init__(error, SECRET)
        yield pytest.param(error, id=name)


OTHERS = [
    *(made(SECRET) for made in (ValueError, KeyError, RuntimeError, TypeError, MemoryError, ImportError)),
    *(OSError(number, SECRET, SECRET) for number in errno.errorcode),
    OSError(SECRET),
    urllib.error.URLError(OSError(errno.ECONNREFUSED, SECRET)),
    urllib.error.URLError(SECRET),
    UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    SerialisationError(SECRET),
]


@pytest.mark.parametrize("error", [*of_botocore(), *OTHERS])
def test_nothing_that_a_foreign_error_says_is_passed_on(error: Exception) -> None:
    told = [explain(error, regional=True), explain(CredentialSourceError(error), regional=False)]
    assert SECRET not in f"{diagnose(error)} {diagnose(error).sentence} {told}"
    assert SECRET not in str(credentials_error(CredentialSourceError(error)))
    if not isinstance(error, OSError):  # the user's own file is named, on the terminal
        assert SECRET not in f"{as_error(error).message} {as_error(error).advice}"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (botocore.NoCredentialsError(), ForeignKind.CREDENTIALS),
        (botocore.UnauthorizedSSOTokenError(), ForeignKind.CREDENTIALS),
        (CredentialSourceError(FileNotFoundError(errno.ENOENT, "")), ForeignKind.CREDENTIALS),
        (CredentialSourceError(botocore.ReadTimeoutError(endpoint_url="")), ForeignKind.CREDENTIALS),
        (botocore.EndpointConnectionError(endpoint_url=""), ForeignKind.NETWORK),
        (ConnectionResetError(errno.ECONNRESET, ""), ForeignKind.NETWORK),
        (urllib.error.URLError(OSError(errno.ENETUNREACH, "")), ForeignKind.NETWORK),
        (OSError(errno.ENOSPC, ""), ForeignKind.STORAGE),
        (SerialisationError("IO_ENOSPC"), ForeignKind.STORAGE),
        (PermissionError(errno.EACCES, ""), ForeignKind.STORAGE),
        (OSError("cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open"), ForeignKind.MACHINE),
        (MemoryError(), ForeignKind.MACHINE),
        (ModuleNotFoundError("", name="pkcs11"), ForeignKind.MACHINE),
        (KeyError("Arn"), ForeignKind.DEFECT),
    ],
)  # fmt: skip
def test_a_foreign_error_is_somebodys_matter(error: Exception, kind: ForeignKind) -> None:
    assert diagnose(error).kind is kind


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Free space"),
        (errno.EACCES, "permissions"),
        (errno.ENOENT, "Check the path"),
        (errno.EROFS, "can be written to"),
        (errno.EMFILE, "ulimit -n"),
    ],
)
def test_the_advice_fits_what_the_system_refused(number: int, advice: str) -> None:
    told = as_error(OSError(number, os.strerror(number), "/there/key.pem"))
    assert isinstance(told, StorageError)
    assert told.message == f"The file /there/key.pem cannot be used: {os.strerror(number)}."
    assert advice in told.advice


def test_a_missing_library_is_named_with_what_installs_it() -> None:
    told = as_error(OSError("cannot load library 'libpango-1.0-0': error 0x7e"))
    assert "libpango-1.0-0" in told.message
    assert "apt-get install" in told.advice


def test_what_nobody_expected_is_a_defect_with_its_place() -> None:
    try:
        explain(object(), regional=True)  # type: ignore[arg-type]
        diagnose.__globals__["_of_the_system"](None)
    except AttributeError as error:
        told, place = as_error(error), place_of(error)
    assert isinstance(told, DefectError)
    assert place.startswith("evidence/foreign.py:")
    assert place in told.message
    assert "AttributeError" in told.message


def test_errors_of_ours_stay_as_they_are() -> None:
    own = EvidenceError("one", "two")
    assert as_error(own) is own


WRITING = [
    path
    for name in ("aws", "cluster", "collect", "collectors", "signing")
    for path in sorted((PACKAGE / name).glob("*.py"))
]
"""The modules whose words get into a bundle, or tell of who was asked."""


@pytest.mark.parametrize("path", WRITING, ids=lambda path: path.name)
def test_no_handler_repeats_what_a_foreign_error_says(path: Path) -> None:
    module = vars(import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)))
    for handler in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(handler, ast.ExceptHandler) and handler.name and not _is_of_ours(handler.type, module):
            said = [node.lineno for node in ast.walk(handler) if _says(node, handler.name)]
            assert not said, f"{path}: use evidence.foreign.diagnose"


def _is_of_ours(kind: ast.expr | None, module: dict[str, object]) -> bool:
    try:
        named = eval(ast.unparse(kind) if kind else "BaseException", module)  # noqa: S307 - our own source
    except NameError:  # of a library that is imported where it is used
        return False
    return all(
        one.__module__.startswith("evidence.") for one in (named if type(named) is tuple else (named,))
    )


def _says(node: ast.AST, name: str) -> bool:
    """Say whether a node puts an error, or what the system says of it, into text."""
    match node:
        case (
            ast.FormattedValue(value=ast.Name(id=found))
            | ast.Attribute(value=ast.Name(id=found), attr="strerror")
        ):
            return found == name
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=found)]):
            return found == name
    return False
