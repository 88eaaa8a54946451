"""Says aloud which settings of a run are laxer than the defaults, and which conclusions they changed.

Each test that asked for such a threshold is performed again with that one setting at its default, and with
all of them where it asked for several: one may hide what another does. A sample cannot be drawn again larger:
the roles were not collected. There the tests that rest on it are named.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import ControlTest, Family
from evidence.controls.results import ChangedConclusion, LaxSetting, TestResult
from evidence.readers.evidence import joined_names, plural
from evidence.settings.laxer import LaxValue, all_by_default, lax_values
from evidence.settings.model import SealedSettings

_NO_EFFECT = "It changed no conclusion."
_UNUSED = "No test of this run asked for it."

Again = Callable[[ControlTest, SealedSettings], TestResult]


@dataclass(frozen=True, slots=True)
class TestsPerformed:
    """The tests of a run: how they ended, what they asked for, and how to perform one again."""

    __test__ = False  # not a pytest class

    tests: Sequence[ControlTest]
    ended: Mapping[str, TestResult]
    limits: Mapping[str, Collection[str]]
    """The thresholds that each test asked for."""
    again: Again

    def using(self, name: str) -> tuple[ControlTest, ...]:
        """Return the tests that asked for a threshold."""
        return tuple(test for test in self.tests if name in self.limits[test.id])

    def changed(
        self, tests: Iterable[ControlTest], settings: SealedSettings
    ) -> tuple[ChangedConclusion, ...]:
        """Return which tests end otherwise with other settings."""
        pairs = ((self.ended[test.id], self.again(test, settings)) for test in tests)
        return tuple(_changed(now, other) for now, other in pairs if _said(now) != _said(other))


def lax_settings(settings: SealedSettings, performed: TestsPerformed) -> Iterator[LaxSetting]:
    """Yield each setting that is laxer than its default, in the model's order, mappings last."""
    laxer = list(lax_values(settings))
    thresholds = [lax for lax in laxer if not lax.limit.collects]
    told: set[str] = set()
    for lax in laxer:
        if lax.limit.collects:
            yield _sampled(lax, performed.tests)
            continue
        using = performed.using(lax.name)
        changed = performed.changed(using, lax.by_default)
        told |= {one.test for one in changed}
        yield _told((lax,), using, changed)
    several = [
        test
        for test in performed.tests
        if test.id not in told and sum(lax.name in performed.limits[test.id] for lax in thresholds) > 1
    ]
    for change in performed.changed(several, all_by_default(settings, thresholds)):
        together = [lax for lax in thresholds if lax.name in performed.limits[change.test]]
        yield _told(together, [test for test in several if test.id == change.test], (change,))
    yield from _unmapped(settings)


def _told(
    laxer: Sequence[LaxValue], using: Sequence[ControlTest], changed: tuple[ChangedConclusion, ...]
) -> LaxSetting:
    """Return one setting, or several that changed a conclusion only together."""
    return LaxSetting(
        key=" and ".join(lax.key for lax in laxer),
        value=" and ".join(lax.value for lax in laxer),
        default=" and ".join(lax.default for lax in laxer),
        tests=tuple(test.id for test in using),
        changed=changed,
        compared=True,
        effect=" ".join(map(_sentence, changed)) or (_NO_EFFECT if using else _UNUSED),
    )


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
