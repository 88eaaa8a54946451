"""Has compliance-trestle validate the samples' OSCAL assessment results: `make oscal`. Ends with its code."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TRESTLE = ROOT / "build" / "trestle-venv" / "bin" / "trestle"


def main() -> int:
    """Export, import into a workspace of trestle's, and validate there."""
    (bundle,) = (ROOT / "samples").glob("evidence-*")
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / "exported.json"
        workspace = Path(scratch) / "workspace"
        workspace.mkdir()
        stated = [
            f"--{path.stem}={path}" for path in (ROOT / "samples").glob("*.toml") if path.stem in _STATED
        ]
        ours = [sys.executable, "-m", "evidence", "export", str(bundle), *stated, "--oscal", str(exported)]
        subprocess.run(ours, cwd=ROOT, check=True)
        for command in (["init", "--local"], ["import", "-f", str(exported), "-o", "ours"]):
            subprocess.run([str(TRESTLE), *command], cwd=workspace, check=True)
        file = "assessment-results/ours/assessment-results.json"
        return subprocess.run([str(TRESTLE), "validate", "-f", file], cwd=workspace, check=False).returncode


_STATED = frozenset({"exceptions", "attestations", "responses", "controls", "requests"})

if __name__ == "__main__":
    sys.exit(main())
