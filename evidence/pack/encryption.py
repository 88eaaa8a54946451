"""Encrypts packs and mappings for sharing: the age format (https://age-encryption.org/v1), by pyrage.

To public keys a file of any size is streamed. A pass phrase is taken by pyrage as a whole only, so that
what it encrypts is bounded. Identities and pass phrases come from files, the environment or a prompt, never
as arguments.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from evidence import storage
from evidence.errors import UsageError
from evidence.scratch import private_folder

SUFFIX = ".age"
MAGIC = b"age-encryption.org/v1\n"
ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
MAX_WITH_PASSPHRASE = 512 * 1024 * 1024
"""Bytes that are encrypted in memory."""
MIN_PASSPHRASE = 12
"""Bytes; the file may be attacked for years by whoever has it."""
_MAX_KEY_FILE = 1024 * 1024
_MAX_PASSPHRASE = 4096
_HOW_TO_NAME = "Give an age public key (age1…) or an SSH public key (ssh-ed25519 … or ssh-rsa …)."

Prompt = Callable[[str], bytes | None]
"""Asks a person for the pass phrase of what is named; None when nobody can be asked."""


@dataclass(frozen=True)
class Lock:
    """Whom a file is encrypted to: public keys, or one pass phrase."""

    recipients: tuple[Any, ...] = ()
    passphrase: str = ""

    def encrypt(self, data: bytes) -> bytes:
        """Return the data encrypted. Raises UsageError for more than a pass phrase takes."""
        import pyrage

        if self.recipients:
            return bytes(pyrage.encrypt(data, list(self.recipients)))
        if len(data) > MAX_WITH_PASSPHRASE:
            raise UsageError(
                f"More than {MAX_WITH_PASSPHRASE // 1024**2} MiB cannot be encrypted with a pass phrase.",
                "Encrypt it to a public key with --encrypt-to.",
            )
        return bytes(pyrage.passphrase.encrypt(data, self.passphrase))

    def encrypt_stream(self, content: IO[bytes], target: Path) -> None:
        """Write a new file with the encrypted content of another; never over a file that is there.

        Raises UsageError when the name is taken, StorageError when the disk does not take it.
        """
        with storage.publishing(target) as out:
            if self.recipients:
                import pyrage

                pyrage.encrypt_io(content, out, list(self.recipients))
            else:
                out.write(self.encrypt(content.read(MAX_WITH_PASSPHRASE + 1)))


def lock_to(names: Sequence[str]) -> Lock:
    """Return the lock for public keys, or for those of a file, one a line. Raises UsageError for neither."""
    return Lock(recipients=tuple(_recipient(key) for name in names for key in _public_keys(name.strip())))


def new_passphrase(file: Path, prompt: Prompt) -> bytes:
    """Return a file's pass phrase; for `-` a person is asked twice. Raises UsageError for none."""
    if str(file) != "-":
        return given_passphrase(file)
    what = "the encrypted file"
    secret = prompt(what)
    if secret is None:
        raise UsageError("Nobody can be asked for a pass phrase.", "Name a file that holds it.")
    if prompt(f"{what}, again") != secret:
        raise UsageError("The two pass phrases differ.", "Run the command again.")
    return secret


def given_passphrase(file: Path) -> bytes:
    """Return the pass phrase in a file. Raises UsageError when it cannot be read."""
    content = storage.read_named(file, _MAX_PASSPHRASE, called="The pass phrase file", pipes=True)
    return content.rstrip(b"\r\n")


def lock_with(passphrase: bytes) -> Lock:
    """Return the lock of a pass phrase. Raises UsageError for a short one or one that is not UTF-8."""
    try:
        text = passphrase.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The pass phrase for encryption is not UTF-8.", "Choose another one.") from error
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(
            f"The pass phrase for encryption is shorter than {MIN_PASSPHRASE} bytes.", "Choose a longer one."
        )
    return Lock(passphrase=text)


@contextmanager
def decrypted_path(path: Path, identity: Path | None, passphrase_file: Path | None) -> Iterator[Path]:
    """Yield the path itself, or where a decrypted copy of an age file stands while the context lasts.

    The copy is private (0600 in a 0700 folder), named as the file without `.age`, and deleted at the end with
    all that is made of it meanwhile, even when this process is killed.
    Raises UsageError when an encrypted file comes with nothing to decrypt it, or with what does not fit, and
    when something to decrypt comes with a file that is not encrypted.
    """
    if not is_encrypted(path):
        if path.exists() and (identity is not None or passphrase_file is not None):
            raise UsageError(f"{path} is not encrypted.", "Leave out --identity and --passphrase-file.")
        yield path
        return
    passphrase = None if passphrase_file is None else given_passphrase(passphrase_file)
    with private_folder("evidence-decrypt-") as folder:
        copy = folder / (path.name.removesuffix(SUFFIX) or "decrypted")
        with storage.storage_errors(copy), os.fdopen(storage.create_file(copy), "wb") as out:
            _decrypt(path, out, identity, passphrase)
        yield copy


def is_encrypted(path: Path) -> bool:
    """Say whether a file is one of age's."""
    try:
        return path.is_file() and storage.read_up_to(path, len(ARMOUR)).startswith((MAGIC, ARMOUR))
    except OSError:
        return False  # whoever reads it next says why it cannot be read


def _decrypt(path: Path, out: Any, identity: Path | None, passphrase: bytes | None) -> None:
    import pyrage

    try:
        with path.open("rb") as content:
            if identity is not None:
                pyrage.decrypt_io(content, out, _identities(identity))
            elif passphrase is not None:
                data = content.read(MAX_WITH_PASSPHRASE * 2)
                out.write(pyrage.passphrase.decrypt(data, passphrase.decode("utf-8", "replace")))
            else:
                raise UsageError(
                    f"{path} is encrypted.",
                    f"Decrypt it first (`age -d -i KEY -o PACK.zip {path.name}`), or pass --identity KEY or "
                    "--passphrase-file FILE.",
                )
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # of the disk; pyrage reports content cut short as an error without a number
        raise UsageError(
            f"{path} cannot be decrypted: the key or pass phrase does not fit, or the file is damaged.",
            "Ask the sender to which key it was encrypted.",
        ) from error


def _public_keys(name: str) -> list[str]:
    """Return a public key as it is given, or those in the file of that name."""
    if name.startswith(("age1", "ssh-")):
        return [name]
    try:
        text = storage.read_up_to(Path(name), _MAX_KEY_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(
            "A recipient is neither a public key nor a file that can be read.", _HOW_TO_NAME
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _recipient(text: str) -> Any:
    import pyrage

    kinds = {"age1": pyrage.x25519.Recipient, "ssh-": pyrage.ssh.Recipient}
    kind = kinds.get(text[:4])
    if kind is not None:
        # pyrage's message would repeat the text, which may be a secret given by mistake.
        with suppress(pyrage.RecipientError):
            return kind.from_str(text)
    raise UsageError("A recipient is no public key that files can be encrypted to.", _HOW_TO_NAME)


def _identities(file: Path) -> list[Any]:
    """Return the private keys of an age identity file or of one SSH key; raises UsageError for neither."""
    import pyrage

    data = storage.read_named(file, _MAX_KEY_FILE, advice="Check --identity.", pipes=True)
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    try:
        if data.startswith(b"-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(data)]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise UsageError(
            f"{file} holds no private key that files can be decrypted with.",
            "Name an age identity (AGE-SECRET-KEY-1…) or an SSH private key without a pass phrase.",
        )
    return found
