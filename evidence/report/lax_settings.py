"""Says in one line that settings of a run are laxer than the defaults; sheets and pages hold the rest."""

from collections.abc import Sequence

from evidence.controls.results import LaxSetting
from evidence.report.accounts import first_names

_NAMED = 6


def lax_headline(lax_settings: Sequence[LaxSetting]) -> str:
    """Return which settings are laxer and which conclusions they changed; empty where none is."""
    keys = [one.key for one in lax_settings]
    if not keys:
        return ""
    changed = dict.fromkeys(change.test for one in lax_settings for change in one.changed)
    effect = "changed no conclusion"
    if changed:
        effect = f"changed what {first_names(list(changed), _NAMED)} concludes"
    elif not any(one.compared or one.tests for one in lax_settings):
        effect = "let more pass, and nothing was compared with the defaults"
    said, who = ("settings are", "They") if len(keys) > 1 else ("setting is", "It")
    return f"{len(keys)} {said} laxer than the defaults: {first_names(keys, _NAMED)}. {who} {effect}"
