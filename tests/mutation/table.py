"""What is known of the mutants, module by module: kept in build/, printed as the table of docs/mutants.md."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

KILLED, SURVIVED, TIMEOUT, UNTESTED = "killed", "survived", "timed out", "reached by no test"
LEFT = (SURVIVED, UNTESTED)
MUTANTS, CHOSEN, RESULTS = "mutants.json", "chosen.json", "results.json"
ORIGINALS = "originals"  # the sources as they were when the copy was made
KEPT = Path("build/mutants.json")
SURVIVORS = Path("build/survivors")


def choose(work: Path, chosen: list[Path], *, left: bool) -> None:
    """Write which mutants are to run: all, or of modules unchanged since they ran those that were left."""
    made = json.loads((work / MUTANTS).read_text())
    known = _known()
    names = {}
    for name in map(str, chosen):
        before = known.get(name, {"source": "", "mutants": {}})
        unchanged = left and before["source"] == digest(work / ORIGINALS / name)
        names[name] = [
            mutant for mutant in made[name]
            if not unchanged or before["mutants"].get(mutant, [SURVIVED])[0] in LEFT
        ]  # fmt: skip
    (work / CHOSEN).write_text(json.dumps(names))


def merge(work: Path, chosen: list[Path]) -> None:
    """Keep what came of the mutants of the finished modules, with what was known of the rest."""
    results = json.loads((work / RESULTS).read_text())
    differences = json.loads((work / MUTANTS).read_text())
    known = _known()
    SURVIVORS.mkdir(exist_ok=True)
    for path in chosen:
        name = str(path)
        if name not in results:
            continue
        before = known.get(name, {}).get("mutants", {})
        source = digest(work / ORIGINALS / path)
        found = {mutant: results[name].get(mutant) or before[mutant] for mutant in differences[name]}
        known[name] = {"source": source, "mutants": found}
        left = [
            f"# {mutant}: {said}\n{differences[name][mutant]}\n"
            for mutant, (said, _) in found.items() if said in LEFT
        ]  # fmt: skip
        (SURVIVORS / f"{name.replace('/', '.')}.diff").write_text("\n".join(left))
    KEPT.write_text(json.dumps(known, indent=1))


def _known() -> dict[str, Any]:
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def digest(path: Path) -> str:
    """Return what tells whether a module has changed since its mutants ran."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def text(modules: list[str]) -> str:
    """Return the table, with a mark at modules that changed since, and the modules that have not run."""
    known = _known()
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
