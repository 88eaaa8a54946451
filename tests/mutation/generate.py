"""Put every mutant of the chosen modules into the copy; mutmut's trampolines choose among them at run time.

Writes `mutants.json` beside: for each module its mutants' names, each with its difference.
"""

import difflib
import hashlib
import json
import os
from pathlib import Path

from tests.mutation.table import MUTANTS

MADE = Path("../mutants-made")


def main() -> None:
    """Mutate the modules named in MUTATED."""
    known = {}
    MADE.mkdir(exist_ok=True)
    for name in os.environ["MUTATED"].split():
        known[name] = kept(Path(name))
    Path(MUTANTS).write_text(json.dumps(known))


def kept(path: Path) -> dict[str, str]:
    """Mutate one file in place, or take over what an earlier run made of the same source."""
    made = MADE / f"{hashlib.sha256(path.read_bytes()).hexdigest()}.json"
    if not made.exists():
        found = differences(path)
        made.write_text(json.dumps({"code": path.read_text(), "differences": found}))
    known = json.loads(made.read_text())
    path.write_text(known["code"])
    return dict(known["differences"])


def differences(path: Path) -> dict[str, str]:
    """Mutate one file in place; return the difference that each mutant makes, by its full name."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    mutated = mutate_file_contents(str(path), path.read_text())
    path.write_text(mutated.code)
    lines = mutated.code.splitlines()
    module = str(path.with_suffix("")).replace("/", ".")

    def body(function: str) -> list[str]:
        span = mutated.line_span_by_function_name[function]
        text = "\n".join(lines[span.start - 1 : span.end])
        return text.replace(function, function.partition("__mutmut_")[0]).splitlines()

    found = {}
    for mutant in mutated.mutant_names:
        original = body(f"{mutant.partition('__mutmut_')[0]}__mutmut_orig")
        changes = list(difflib.unified_diff(original, body(mutant), n=1, lineterm=""))[2:]
        found[f"{module}.{mutant}"] = "\n".join(changes)
    return found


if __name__ == "__main__":
    main()
