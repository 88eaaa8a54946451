"""Where a system lacks what POSIX has, as Windows does, commands load, and files appear whole."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, signal, sys
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None
for module, names in (
    (os, ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "geteuid", "getuid", "mkfifo", "fork", "chown")),
    (signal, ("SIGHUP", "pthread_sigmask")),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from evidence import storage, system
from evidence.cli.app import COMMANDS, build
from evidence.errors import StorageError, UsageError

assert not system.LOCKS_OPEN_FILES
system.FOLDERS_OPEN = False
for module in COMMANDS.values():
    import_module(f"evidence.cli.{module}")
for module in ("archive.archive", "collect", "collect.process", "corroborate.corroborate", "pack", "pipeline",
               "recompute", "resumption", "sharing", "signing.load"):
    import_module(f"evidence.{module}")
for words in (["--help"], ["run", "--help"]):
    with suppress(SystemExit):
        build()(words)

from evidence.collect.header import RunHeader
from evidence.collect.processes import fitting

os.chdir(sys.argv[1])


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error.message
    raise AssertionError("not refused")


with storage.own_folder(Path("out")) as folder, storage.publishing(folder / "report.pdf") as first:
    first.write(b"first")
    assert "written by another process" in refused(
        StorageError, lambda: storage.publish(folder / "report.pdf", b"second")
    )
    assert "Another command" in refused(StorageError, storage.own_folder(Path("out")).__enter__)
    (folder / ".index.partial").write_bytes(b"of a process that died")
    with storage.replacing(folder / "index") as file:
        file.write(b"new")
assert "exists already" in refused(UsageError, lambda: storage.publish(Path("out/report.pdf"), b"third"))
assert Path("out/report.pdf").read_bytes() == b"first"
staging = Path("out/.evidence-1-2Z.partial")
staging.mkdir()
header = RunHeader.open(staging)
assert "written by another process" in refused(StorageError, lambda: RunHeader.open(staging))
storage.remove_tree(staging)
header.close()
assert fitting(None, 1000) == 1
assert "--processes" in refused(UsageError, lambda: fitting(4, 1000))
left = sorted(path.name for path in Path("out").iterdir())
assert left == ["index", "report.pdf"], left
print("held")
"""


def test_commands_load_and_files_appear_whole(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("held")
    assert " run [OPTIONS]" in done.stdout
