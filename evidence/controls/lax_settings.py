"""Says aloud which settings of a run are laxer than the defaults, and which conclusions they changed.

Each test that asked for such a threshold is performed again with that one setting at its default. A sample
cannot be drawn again larger: the roles were not collected. There the tests that rest on it are named.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import ControlTest, Family
from evidence.controls.results import ChangedConclusion, LaxSetting, TestResult
from evidence.readers.evidence import joined_names, plural
from evidence.settings.laxer import LaxValue, lax_values
from evidence.settings.model import SealedSettings

_NO_EFFECT = "It changed no conclusion."
_UNUSED = "No test of this run asked for it."

Again = Callable[[ControlTest, SealedSettings], TestResult]


def lax_settings(
    settings: SealedSettings,
    chosen: Iterable[ControlTest],
    performed: Sequence[TestResult],
    limits: Mapping[str, Collection[str]],
    again: Again,
) -> Iterator[LaxSetting]:
    """Yield each setting that is laxer than its default, in the model's order, mappings last.

    `limits` are the thresholds that each test asked for; `again` performs a test with other settings.
    """
    tests = [test for test in chosen if not test.attested]
    ended = {one.id: one for one in performed}
    for lax in lax_values(settings):
        if lax.limit.collects:
            yield _sampled(lax, tests)
            continue
        using = [test for test in tests if lax.name in limits[test.id]]
        pairs = [(ended[test.id], again(test, lax.by_default)) for test in using]
        changed = tuple(_changed(now, other) for now, other in pairs if _said(now) != _said(other))
        yield LaxSetting(
            key=lax.key,
            value=lax.value,
            default=lax.default,
            tests=tuple(test.id for test in using),
            changed=changed,
            compared=True,
            effect=" ".join(map(_sentence, changed)) or (_NO_EFFECT if using else _UNUSED),
        )
    yield from _unmapped(settings)


def _said(result: TestResult) -> tuple[object, ...]:
    return result.conclusion, result.complete, _failing(result)


def _failing(result: TestResult) -> int:
    """Return how many members fail, accepted or not."""
    return result.exceptions + result.accepted


def _changed(now: TestResult, other: TestResult) -> ChangedConclusion:
    return ChangedConclusion(
        test=now.id,
        conclusion=now.conclusion,
        complete=now.complete,
        exceptions=_failing(now),
        default_conclusion=other.conclusion,
        default_complete=other.complete,
        default_exceptions=_failing(other),
    )


def _sentence(one: ChangedConclusion) -> str:
    here = f"{one.conclusion.value} ({plural(one.exceptions, 'exception')})"
    there = f"{one.default_conclusion.value} ({plural(one.default_exceptions, 'exception')})"
    return f"{one.test}: {here}; with the default {there}."


def _sampled(lax: LaxValue, tests: Iterable[ControlTest]) -> LaxSetting:
    resting = [test.id for test in tests if lax.limit.collects in test.needs]
    return LaxSetting(
        key=lax.key,
        value=lax.value,
        default=lax.default,
        tests=tuple(resting),
        changed=(),
        compared=False,
        effect=f"{joined_names(resting) or 'No test of this run'} looked at fewer roles than by the default; "
        "what the others hold was not collected.",
    )


def _unmapped(settings: SealedSettings) -> Iterator[LaxSetting]:
    """Yield each test of controls from which the settings take a criterion that the catalogue gives it."""
    for test in catalogue().values():
        given = settings.criteria.get(test.id, test.criteria)
        lost = [one for one in test.criteria if one not in given]
        if lost and test.family is Family.CONTROLS:
            yield LaxSetting(
                key=f"criteria.{test.id}",
                value=", ".join(given) or "none",
                default=", ".join(test.criteria),
                tests=(test.id,),
                changed=(),
                compared=True,
                effect=f"What {test.id} concluded no longer weighs on {joined_names(lost)}.",
            )
