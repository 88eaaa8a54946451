"""Asks Prowler's own table of escalation paths about policies; runs with Prowler's interpreter.

Prowler 5.46.0 reads every path before it judges one. One of them names CodeStar, which AWS's reference no
longer has: the reading fails, the failure is logged, and every policy passes. Paths whose actions nobody
knows are taken out here, so that the other hundred can be compared.

Reads one JSON object a line, `name` and `document`; writes `name` and `found`.
"""

import json
import sys

from prowler.providers.aws.services.iam.lib import privilege_escalation as table  # type: ignore[import-not-found]


def main() -> None:
    """Judge each policy."""
    paths = table.privilege_escalation_policies_combination
    for name in [name for name, actions in paths.items() if not all(map(_known, actions))]:
        print(f"Prowler's path {name} names what AWS does not have", file=sys.stderr)
        del paths[name]
    for line in sys.stdin:
        given = json.loads(line)
        found = table.check_privilege_escalation(given["document"])
        print(json.dumps({"name": given["name"], "found": found}))


def _known(action: str) -> bool:
    try:
        return bool(table.expand_actions(action))
    except Exception:  # noqa: BLE001  whatever the library raises: Prowler catches all of it as well
        return False


if __name__ == "__main__":
    main()
