"""The differences that docs/differences.md explains, as conditions on both verdicts and our own words.

A difference that meets no condition fails the run, and so does a condition that nothing meets.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

EQUAL = "equal"
POPULATION = "outside our population"
"""No row of ours, or one out of scope, and nothing against the subject by Prowler: nothing to differ on.

Nor where Prowler judges a holder's own policies for PRIV-7, the holder has none, and we find no path."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What both say of one subject."""

    test: str
    subject: str
    ours: str
    """Our verdict; `-` without a row."""
    words: str
    """What we observed."""
    theirs: str
    """`pass`, `fail`, or `-` without a finding."""

    @property
    def verdicts(self) -> tuple[str, str]:
        """Both, ours first."""
        return self.ours, self.theirs


Condition = Callable[[Pair], bool]
TOO_LAX = ("exception", "pass")


def _priv(*endings: str) -> Condition:
    """A policy of tests/differential/accounts.py, by the end of its name."""

    def holds(pair: Pair) -> bool:
        named = any(re.search(rf"(own|inline)-{ending}$", pair.subject) for ending in endings)
        return pair.test == "PRIV-1" and pair.verdicts == TOO_LAX and named

    return holds


def _part_of_a_day(pair: Pair) -> bool:
    """Every age we object to is 90 whole days and a part of one."""
    ages = re.findall(r"(\d+) days?", re.sub(r"at most \d+ days", "", pair.words))
    return pair.verdicts == TOO_LAX and bool(ages) and set(ages) == {"90"}


def _never_used(pair: Pair) -> bool:
    """At least one credential we object to was never used, none that was is older than 90 whole days."""
    parts = pair.words.split("; ")
    used = [part for part in parts if "never used" not in part]
    return (
        pair.test == "USER-3"
        and pair.verdicts == TOO_LAX
        and len(used) < len(parts)
        and all(part.endswith(", 90 days") for part in used)
    )


CONDITIONS: dict[str, Condition] = {
    "root-without-finding": lambda pair: pair.test in {"ROOT-1", "ROOT-2", "ROOT-3"} and pair.theirs == "-",
    "root-inactive-key": lambda pair: (
        pair.test == "ROOT-2" and pair.verdicts == TOO_LAX and pair.words.startswith("1 access key")
    ),
    "root-key": lambda pair: (
        pair.test in {"KEY-1", "KEY-2", "USER-3"}
        and ":root" in pair.subject
        and pair.verdicts == ("-", "fail")
    ),
    "part-of-a-day": lambda pair: pair.test in {"KEY-1", "USER-3"} and _part_of_a_day(pair),
    "never-used": _never_used,
    "action-star-colon-star": lambda pair: (
        _priv("colon")(pair)
        or (pair.verdicts == TOO_LAX and pair.subject.endswith("/data-platform-migration"))
    ),
    "notaction-beside": _priv("all-but-iam-beside"),
    "resource-forms": _priv("every-arn", "star-among-resources"),
    "condition": lambda pair: (
        pair.test == "PRIV-1"
        and pair.verdicts == ("not determined", "fail")
        and pair.subject.endswith("-conditional")
    ),
    "administrator-by-another-policy": lambda pair: (
        pair.test == "PRIV-2"
        and pair.verdicts in {TOO_LAX, ("not determined", "pass"), ("met", "pass")}
        and " by AdministratorAccess" not in pair.words
    ),
    "root-without-mfa": lambda pair: pair.test == "ROOT-3" and pair.verdicts == ("out of scope", "fail"),
    "administrators-group-is-empty": lambda pair: (
        pair.test == "PRIV-2" and pair.verdicts == ("met", "fail") and ":group/" in pair.subject
    ),
    "administrator-of-identity-center": lambda pair: (
        pair.test == "PRIV-2" and pair.verdicts == ("met", "fail") and "/AWSReservedSSO_" in pair.subject
    ),
    "administrator-escalates": lambda pair: (
        pair.test == "PRIV-7" and pair.verdicts == ("out of scope", "fail") and "PRIV-2" in pair.words
    ),
    "workload-of-no-administrator": lambda pair: (
        pair.test == "PRIV-7" and pair.verdicts == ("met", "fail") and "take over workloads" in pair.words
    ),
    "escalation-on-one-resource": lambda pair: (
        pair.test == "PRIV-7"
        and pair.verdicts == ("met", "fail")
        and pair.words.startswith("no known path")
        and "take over workloads" not in pair.words
    ),
    "escalation-under-condition": lambda pair: (
        pair.test == "PRIV-7" and pair.verdicts == ("not determined", "fail")
    ),
    "service-without-source": lambda pair: (
        pair.test == "TRUST-1"
        and pair.verdicts == ("out of scope", "fail")
        and pair.words == "an AWS service"
    ),
    "selector-by-its-name": lambda pair: pair.test == "CT-1" and pair.verdicts == ("met", "fail"),
    "recorders-of-one-name": lambda pair: pair.test == "CFG-1" and pair.theirs == "-",
}


def explain(pair: Pair) -> str | None:
    """Return EQUAL, POPULATION, the name of an explanation, or None for a difference without one."""
    if pair.verdicts in {("met", "pass"), ("exception", "fail")}:
        return EQUAL
    for name, holds in CONDITIONS.items():
        if holds(pair):
            return name
    if pair.ours in {"-", "out of scope"} and pair.theirs in {"-", "pass"}:
        return POPULATION
    if pair.test == "PRIV-7" and pair.verdicts == ("met", "-"):
        return POPULATION
    return None
