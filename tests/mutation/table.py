"""What is known of the mutants, module by module: kept in build/, printed as the table of docs/mutants.md."""

import hashlib
import json
from collections import Counter
from pathlib import Path

KILLED, SURVIVED, TIMEOUT, UNTESTED = "killed", "survived", "timed out", "reached by no test"
RESULTS = "results.json"
KEPT = Path("build/mutants.json")
SURVIVORS = Path("build/survivors")


def merge(work: Path, chosen: list[Path]) -> None:
    """Keep what came of the mutants of those modules that were finished, in place of what was known."""
    results = json.loads((work / RESULTS).read_text())
    differences = json.loads((work / "mutants.json").read_text())
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    SURVIVORS.mkdir(exist_ok=True)
    for path in chosen:
        name = str(path)
        if name not in results:
            continue
        found = results[name]
        known[name] = {"source": digest(path), "mutants": found}
        left = [
            f"# {mutant}: {said}\n{differences[name][mutant]}\n"
            for mutant, (said, _) in found.items() if said in (SURVIVED, UNTESTED)
        ]  # fmt: skip
        (SURVIVORS / f"{name.replace('/', '.')}.diff").write_text("\n".join(left))
    KEPT.write_text(json.dumps(known, indent=1))


def digest(path: Path) -> str:
    """Return what tells whether a module has changed since its mutants ran."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def text(modules: list[str]) -> str:
    """Return the table, with a mark at modules that changed since, and the modules that have not run."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    lines = ["| module | mutants | killed | left | share |", "|---|---|---|---|---|"]
    whole: Counter[str] = Counter()
    for name in modules:
        if name not in known:
            lines.append(f"| `{name}` | not run | | | |")
            continue
        found = Counter(said for said, _ in known[name]["mutants"].values())
        if not found:
            continue
        whole += found
        since = "" if known[name]["source"] == digest(Path(name)) else " (changed since)"
        lines.append(_line(f"`{name.removesuffix('.py')}`{since}", found))
    return "\n".join([*lines, _line("all", whole)])


def _line(name: str, found: Counter[str]) -> str:
    run, killed = found.total(), found[KILLED] + found[TIMEOUT]
    share = f"{killed / run:.1%}" if run else "-"
    return f"| {name} | {run} | {killed} | {run - killed} | {share} |"
