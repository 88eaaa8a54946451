"""Takes the results of custom tests that cannot be performed here from results that were: as a claim.

Who verifies a pack need not have the packages that its custom tests come from. Everything else is computed
again; these results are taken as they are there, so that the rest can be compared to the byte, and are named
as not recomputed wherever a verdict is given. What the bundle itself denies is not taken.
"""

from collections.abc import Iterable
from typing import Any

from evidence.bundle import Bundle
from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Family
from evidence.controls.results import Results, TestResult
from evidence.custom.declarations import SwitchedOnTest
from evidence.readers.coverage import coverage
from evidence.readers.missing import MissingKind


def with_custom_results(bundle: Bundle, results: Results, given: Results) -> tuple[Results, tuple[str, ...]]:
    """Return results with those of custom tests that were not performed here as `given` has them, and which.

    One that claims to be of another family, or complete though an item that it needs is missing in the
    bundle, is not taken: then the results differ.
    """
    sealed = {test.id: test for test in bundle.run.custom.tests}
    absent = {test.id for test in results.tests if test.id in sealed and not _performed(test)}
    claimed = {
        test.id: test for test in given.tests if test.id in absent and _may_be(test, sealed[test.id], bundle)
    }
    if not claimed:
        return results, ()
    changes: dict[str, Any] = {"tests": tuple(claimed.get(test.id, test) for test in results.tests)}
    for name in ("exception_findings", "response_findings"):
        here, there = getattr(results, name), getattr(given, name)
        if _of_others(here, claimed) == _of_others(there, claimed):
            changes[name] = there
    bare = [[one.model_copy(update={"not_performed": ()}) for one in of.custom] for of in (results, given)]
    if bare[0] == bare[1]:
        changes["custom"] = given.custom
    taken = results.model_copy(update=changes)
    taken.__dict__.pop("digest", None)  # it was of the others
    return taken, tuple(test for test in sealed if test in claimed)


def sentence_of(results: Results, left: Iterable[str]) -> str:
    """Return which custom tests were not recomputed, and what they would need."""
    ids = tuple(left)
    needed = [
        f"{one.name} {one.version} with the SHA-256 {one.sha256}"
        for one in results.custom
        if set(one.tests) & set(ids)
    ]
    return f"not recomputed: {', '.join(ids)}; that takes {' and '.join(needed)}, installed here"


def _performed(test: TestResult) -> bool:
    return all(one.what is not MissingKind.NOT_PERFORMED for one in test.missing)


def _may_be(test: TestResult, sealed: SwitchedOnTest, bundle: Bundle) -> bool:
    """Say whether a result may be that of a custom test over this bundle: what is known without its rule."""
    foreign = test.family is Family.CUSTOM and not test.criteria and test.topic == topics.CUSTOM.name
    named = (test.title, test.needs, test.uses) == (sealed.title, sealed.needs, ())
    bare = test.attestation is None and not test.bearing and test.conclusion is not Conclusion.ATTESTED
    return foreign and named and bare and not (test.complete and coverage(bundle, sealed.needs).missing)


def _of_others(findings: Iterable[Any], claimed: Iterable[str]) -> list[Any]:
    return [one for one in findings if one.test not in set(claimed)]
