"""Every command is registered, documented and light."""

import subprocess
import sys
from pathlib import Path

import pytest

import evidence.cli
from evidence.cli.app import COMMANDS
from tests.support import make_docs

CLI = Path(evidence.cli.__file__).parent
SHARED = {
    "__init__",
    "app",
    "options",
    "output",
    "collecting",
    "completion",
    "ending",
    "locks",
    "notifying",
    "progress",
    "setting_options",
}


def test_each_module_is_a_command_and_each_command_a_module() -> None:
    assert {path.stem for path in CLI.glob("*.py")} - SHARED == set(COMMANDS.values())


@pytest.mark.parametrize("page", make_docs.PAGES)
def test_generated_pages_are_current(page: str) -> None:
    made = make_docs.PAGES[page]()
    assert (make_docs.DOCS / page).read_text(encoding="utf-8") == made.rstrip() + "\n", "run `make generated`"


@pytest.mark.parametrize("words", make_docs.command_names(), ids=" ".join)
def test_each_command_explains_itself(words: list[str]) -> None:
    text = make_docs.evidence(*words, "--help")
    assert text.startswith(f"Usage: evidence {' '.join(words)}")
    assert len(text.splitlines()[2].strip()) > 10, "the first line of help says what the command does"


def test_help_imports_nothing_heavy() -> None:
    heavy = (
        "boto3 botocore weasyprint openpyxl xlsxwriter jinja2 moto pyhanko cryptography jsonschema "
        "distributed"
    )
    script = (
        "import sys; sys.argv = ['evidence', '--help']\n"
        "from evidence.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([m for m in {heavy.split()!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str) -> None:
    assert "_EVIDENCE_COMPLETE" in make_docs.evidence("--show-completion", shell)
