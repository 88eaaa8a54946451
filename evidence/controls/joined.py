"""Joins rows of several tests into facts: what each says of the same user, role or account.

Only rows are read, by their ARNs, accounts and columns; the evidence is not read again. A part that is not
determined, or that management accepted, joins nothing, so that a joined fact is never less certain than its
parts. Where a test was not performed, or could not look, there is simply no fact.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import JoinedFact, JoinedRow, TestResult
from evidence.controls.row_results import RowRemedy, RowResult, Rows

MOST_ROWS = 10
"""Rows named by one fact: an account may have a thousand findings."""
_ORDER = sorted(Severity, key=lambda severity: severity.weight)
_IN_NO_UNIT = ("", "/")
_EXCEPTION = (Verdict.EXCEPTION,)
_KNOWN = (Verdict.EXCEPTION, Verdict.MET)
"""Of a test that lists who is something: management may have named them, which makes it no less so."""


@dataclass(frozen=True, slots=True)
class JoinedPart:
    """A row, and the test it is of."""

    test: str
    row: RowResult


class JoinedParts:
    """The rows that can be joined."""

    def __init__(self, performed: Iterable[TestResult], units: Mapping[str, str]) -> None:
        self._rows = {result.id: result.rows for result in performed}
        self.units = units
        """The organizational unit of each account, `/Workloads/Production`, as far as it is known."""

    def of(self, test: str, verdicts: Sequence[Verdict] = _EXCEPTION) -> Iterator[JoinedPart]:
        """Yield a test's rows of these verdicts."""
        return (JoinedPart(test, row) for row in self._rows.get(test, Rows.of()).with_verdict(verdicts))

    def administrators(self) -> dict[str, list[JoinedPart]]:
        """Return who is administrator, by ARN; members of a group that is are told by its row."""
        return _by_arn(self.of("PRIV-2", _KNOWN))


@dataclass(frozen=True, slots=True)
class Joint:
    """JoinedParts that make a fact together, the one to mend first at the head."""

    parts: tuple[JoinedPart, ...]
    why: str
    subject: str = ""
    """Where it is not that of the first part."""


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of joined fact."""

    id: str
    title: str
    find: Callable[[JoinedParts], Iterator[Joint]]
    worse: bool = False
    """The parts make each other worse: one step up from the highest of them."""


def joined_facts(performed: Iterable[TestResult], units: Mapping[str, str]) -> tuple[JoinedFact, ...]:
    """Return what the rows of these tests make together, the heaviest first, then in the order of KINDS."""
    parts = JoinedParts(performed, units)
    found = [_fact(kind, joint) for kind in KINDS for joint in kind.find(parts)]
    return tuple(sorted(found, key=lambda fact: -fact.severity.weight))


def _fact(kind: FactKind, joint: Joint) -> JoinedFact:
    first, shown = joint.parts[0].row, joint.parts[:MOST_ROWS]
    return JoinedFact(
        id=kind.id,
        title=kind.title,
        why=joint.why,
        subject=joint.subject or first.subject,
        account=first.account,
        severity=_severity(joint.parts, worse=kind.worse),
        tests=tuple(dict.fromkeys(part.test for part in joint.parts)),
        rows=tuple(
            JoinedRow(
                test=part.test, subject=part.row.subject, account=part.row.account, region=part.row.region
            )
            for part in shown
        ),
        more=len(joint.parts) - len(shown),
        pointers=tuple(dict.fromkeys(pointer for part in shown for pointer in part.row.pointers)),
        remedy=first.remedy or RowRemedy("", ()),
    )


def _severity(parts: Iterable[JoinedPart], *, worse: bool) -> Severity:
    highest = max((part.row.severity or Severity.LOW for part in parts), key=lambda one: one.weight)
    return _ORDER[min(_ORDER.index(highest) + worse, len(_ORDER) - 1)]


def _by_arn(parts: Iterable[JoinedPart]) -> dict[str, list[JoinedPart]]:
    found: dict[str, list[JoinedPart]] = defaultdict(list)
    for part in parts:
        for arn in part.row.arns:
            found[arn].append(part)
    return found


def _outsiders(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each role that an outsider may take, and that is administrator or may make itself one.

    A trust that weighs less than high is in nobody: a deleted identity, a service. An analyzer's finding that
    nobody accepted tells of outsiders, too, whom the trust binds to a condition of theirs.
    """
    strong, climbing = parts.administrators(), _by_arn(parts.of("PRIV-7"))
    open_to_others = chain(parts.of("TRUST-1"), parts.of("AA-2"))
    trusting = (part for part in open_to_others if _weighs(part, Severity.HIGH))
    for role, trusts in _by_arn(trusting).items():
        powers = [*strong.get(role, ()), *climbing.get(role, ())]
        if powers:
            who = ", ".join(dict.fromkeys(part.row.attributes.get("principal", "") for part in trusts[:3]))
            power = powers[0].row.observed
            yield Joint((*trusts, *powers), f"{who} may become this role, which {_says(power)}.", role)


def _says(observed: str) -> str:
    """Return an observation as what follows `which`: `role is administrator by …`, `may become …`."""
    return observed.removeprefix("role ")


def _weighs(part: JoinedPart, least: Severity) -> bool:
    return part.row.severity is not None and part.row.severity.weight >= least.weight


def _public_resources(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each resource that is public, in an account of which the organization's unit is known."""
    for part in parts.of("AA-2"):
        unit = parts.units.get(part.row.account, "")
        resource = part.row.attributes.get("resource", "")
        if part.row.attributes.get("access") == "public" and unit not in _IN_NO_UNIT:
            yield Joint((part,), f"{resource} is public, in an account of the unit {unit}.", resource)


def _without_mfa(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each administrator with a console password and no MFA."""
    for part, powers in _of_administrators(parts, parts.of("MFA-1")):
        yield Joint((part, *powers), "A password is all it takes to sign in as this administrator.")


def _unused_keys(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each administrator with an access key that nobody uses; what rotation says of it joins."""
    rotation = _by_arn(parts.of("KEY-1"))
    unused = (part for part in parts.of("USER-3") if "access key" in part.row.attributes.get("unused", ""))
    for part, powers in _of_administrators(parts, unused):
        keys = rotation.get(part.row.subject, ())
        yield Joint((part, *keys, *powers), f"An administrator's key lies unused: {part.row.observed}.")


def _of_administrators(
    parts: JoinedParts, of: Iterable[JoinedPart]
) -> Iterator[tuple[JoinedPart, list[JoinedPart]]]:
    strong = parts.administrators()
    return ((part, strong[part.row.subject]) for part in of if part.row.subject in strong)


def _disabled(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each person whom the identity provider disabled, and who still holds an assignment."""
    provided = {part.row.subject: part for part in parts.of("IDC-2", (Verdict.MET,))}
    for part in parts.of("IDC-6"):
        source = provided.get(part.row.subject)
        if source:
            provider = source.row.attributes.get("provider", "")
            yield Joint(
                (part, source), f"Disabled, provisioned by {provider}, with access left: {part.row.observed}."
            )


def _root_with_findings(parts: JoinedParts) -> Iterator[Joint]:
    """Yield each account whose root has no MFA, and from which something is shared outside."""
    shared: dict[str, list[JoinedPart]] = defaultdict(list)
    for part in parts.of("AA-2"):
        shared[part.row.account].append(part)
    for part in parts.of("ROOT-1"):
        findings = shared.get(part.row.account, [])
        if findings:
            count = f"{len(findings)} finding{'s' * (len(findings) > 1)}"
            yield Joint((part, *findings), f"Root has no MFA, in an account with {count} of external access.")


KINDS = (
    FactKind("outsider-administrator", "An outsider may become administrator", _outsiders, worse=True),
    FactKind("root-without-mfa", "Root without MFA in an account that shares outside", _root_with_findings),
    FactKind("public-resource", "A public resource in an account of a named unit", _public_resources),
    FactKind("administrator-without-mfa", "An administrator signs in without MFA", _without_mfa, worse=True),
    FactKind("unused-administrator-key", "An administrator's key is unused", _unused_keys),
    FactKind("disabled-with-access", "A disabled person has access left", _disabled),
)
"""In the order in which facts of one severity stand."""
