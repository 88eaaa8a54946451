"""Selects the audit sample: the roles that settings name, and a reproducible random sample of the rest.

Every member of a population is ranked by SHA-256 of `seed + "\\n" + member` (UTF-8, lower-case hex); the
first ones are the sample, so that anybody can draw it again, in any language, with SHA-256 alone.

The rest is drawn stratum by stratum: administrators, roles that another account may take, all others. The
rules that put a role into a stratum are few and plain, so that any program can apply them to the sealed
authorization details (docs/sampling.md); they decide how many roles are looked at, never what is found.

The collectors that fetch the roles' documents, the planner that records the selection in run.json and the
test that performs it again all call `choose_roles`, so that the same inputs always choose the same roles.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from evidence.policies.document import Statement, outline, readable_statements
from evidence.settings.model import DEFAULT_ABOVE, DEFAULT_TABLE, Sampling

SERVICE_ROLE_PATH = "/aws-service-role/"
ADMINISTRATOR_POLICY = ":iam::aws:policy/AdministratorAccess"
ADMINISTRATORS, CROSS_ACCOUNT, REST = "administrators", "cross-account", "the rest"
STRATA = (ADMINISTRATORS, CROSS_ACCOUNT, REST)
"""In the order they are drawn; a role belongs to the first that fits, and to none when it is named."""
DRAW_METHOD = 'rank by SHA-256 of seed + "\\n" + member, take the first n'
METHOD = f"strata {', '.join(STRATA)}; in each {DRAW_METHOD}"


@dataclass(frozen=True, slots=True)
class Stratum:
    """The draw from one part of the population."""

    name: str
    """One of STRATA."""
    population: int
    population_digest: str
    """`population_digest` of the stratum's ARNs."""
    chosen: tuple[str, ...]
    """ARNs in rank order: as many as the table says for this population."""


@dataclass(frozen=True, slots=True)
class RoleSample:
    """The roles chosen, by ARN, and the population they were chosen from."""

    named: tuple[str, ...]
    """Chosen by settings (name, path or tag), sorted."""
    strata: tuple[Stratum, ...]
    """One for each of STRATA, empty ones included."""
    population: int
    """Roles outside `/aws-service-role/`, the named ones included."""
    population_digest: str
    """`population_digest` of the population's ARNs."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Drawn at random, stratum after stratum, in rank order within each."""
        return tuple(arn for stratum in self.strata for arn in stratum.chosen)

    @property
    def size(self) -> int:
        """How many were drawn at random."""
        return len(self.chosen)


def require_drawable(role: Mapping[str, Any]) -> None:
    """Raise one of UNDRAWABLE for a role without what a draw asks for: it is in nobody's population."""
    for member in ("Arn", "Path", "RoleName"):
        if not isinstance(role[member], str) or not role[member]:
            raise TypeError(f"{role[member]!r} stands where text belongs")
    _tags(role)


UNDRAWABLE = (LookupError, TypeError, AttributeError)


def choose_roles(
    roles: Iterable[Mapping[str, Any]],
    sampling: Sampling,
    seed: str,
    *,
    stratified: bool = True,
    stratum: Callable[[Mapping[str, Any]], str] | None = None,
    order: Sequence[str] = (),
) -> RoleSample:
    """Choose among roles: members like GetAccountAuthorizationDetails' RoleDetailList.

    Service-linked roles (path `/aws-service-role/`) are AWS's own and not part of the population.
    `stratified=False` draws as bundles without strata did: one stratum, sized by the whole population.
    `stratum` says what `stratum_of` said of each role, for a caller that did not keep what it is read from.
    `order` stands for the ranks where ARNs are pseudonyms, whose ranks are others (redacted bundles).
    A role that is not as AWS documents it is in no population, and keeps no other from being drawn.
    """
    stratum = stratum or stratum_of
    named: list[str] = []
    members: dict[str, list[str]] = {name: [] for name in (STRATA if stratified else (REST,))}
    for role in roles:
        try:
            require_drawable(role)
            if role["Path"].startswith(SERVICE_ROLE_PATH):
                continue
            drawn_from = named if is_named(role, sampling) else members[stratum(role) if stratified else REST]
        except UNDRAWABLE:
            continue
        drawn_from.append(role["Arn"])
    population = [*named, *(arn for arns in members.values() for arn in arns)]
    return RoleSample(
        named=tuple(sorted(named)),
        strata=tuple(
            _stratum(
                name, arns, len(arns) if stratified else len(population), sampling, seed=seed, order=order
            )
            for name, arns in members.items()
        ),
        population=len(population),
        population_digest=population_digest(population),
    )


def _stratum(
    name: str, arns: list[str], sized_by: int, sampling: Sampling, *, seed: str, order: Sequence[str]
) -> Stratum:
    size = sample_size(sized_by, sampling.table, sampling.above)
    members = set(arns)
    ranked = [arn for arn in order if arn in members] if order else select(arns, size, seed)
    return Stratum(name, len(arns), population_digest(arns), tuple(ranked[:size]))


def is_named(role: Mapping[str, Any], sampling: Sampling) -> bool:
    """Say whether the settings name this role: by name (wildcards), by path prefix or by one of its tags."""
    tags = _tags(role)
    return (
        any(fnmatchcase(role["RoleName"], pattern) for pattern in sampling.role_names)
        or any(role["Path"].startswith(path) for path in sampling.role_paths)
        or any(tags.get(key) == value for key, value in sampling.role_tags.items())
    )


def _tags(role: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in role.get("Tags") or ()}


def stratum_of(role: Mapping[str, Any]) -> str:
    """Return the stratum of a role that is not named, by its authorization details alone.

    A document that cannot be read as a policy puts it nowhere: the others do.
    """
    attached = (policy["PolicyArn"] for policy in role.get("AttachedManagedPolicies", ()))
    inline = (policy["PolicyDocument"] for policy in role.get("RolePolicyList", ()))
    if any(arn.endswith(ADMINISTRATOR_POLICY) for arn in attached) or any(map(_allows_everything, inline)):
        return ADMINISTRATORS
    account = role["Arn"].split(":")[4]
    trusted = _trusted(role.get("AssumeRolePolicyDocument"))
    return CROSS_ACCOUNT if any(account not in principal.split(":") for principal in trusted) else REST


def _allows_everything(document: Any) -> bool:
    seen = outline(document)
    if seen is not None and not seen.wild:
        return False
    return any(map(_everything, readable_statements(document)))


def _everything(statement: Statement) -> bool:
    actions, resources = statement.actions, statement.resources
    if statement.denies or actions.complement or resources is None or resources.complement:
        return False
    return "*" in resources.patterns and not {"*", "*:*"}.isdisjoint(actions.patterns)


def _trusted(document: Any) -> Iterator[str]:
    """Yield the AWS principals a trust policy allows: ARNs, account ids, unique ids of deleted ones, `*`."""
    for statement in readable_statements(document):
        principals = statement.principals
        if not statement.denies and principals and not principals.complement:
            yield from (name for kind, name in principals.named if kind == "AWS")


# (largest population of the band, least and most members): what is usual, for comparison with the table.
CUSTOMARY: tuple[tuple[int, int, int], ...] = (
    (1, 1, 1),
    (4, 2, 2),
    (12, 2, 5),
    (52, 5, 15),
    (250, 20, 25),
)
CUSTOMARY_ABOVE = (25, 40)


def customary(population: int) -> tuple[int, int]:
    """Return least and most members that attribute sampling usually takes from a population."""
    for largest, least, most in CUSTOMARY:
        if population <= largest:
            return min(least, population), most
    return CUSTOMARY_ABOVE


def sample_size(
    population: int, table: Sequence[tuple[int, int]] = DEFAULT_TABLE, above: int = DEFAULT_ABOVE
) -> int:
    """Return how many members to draw from a population, never more than there are."""
    for largest, size in table:
        if population <= largest:
            return min(size, population)
    return min(above, population)


def population_digest(members: Iterable[str]) -> str:
    """Return SHA-256 (hex) of the sorted members, one a line: names the population a sample came from."""
    return hashlib.sha256("".join(f"{member}\n" for member in sorted(members)).encode()).hexdigest()


def select(members: Iterable[str], size: int, seed: str) -> list[str]:
    """Return the `size` members that the seed chooses, in the order of their rank."""
    return sorted(members, key=lambda member: (rank(seed, member), member))[:size]


def rank(seed: str, member: str) -> str:
    """Return the rank of one member: SHA-256 of seed, newline, member."""
    return hashlib.sha256(f"{seed}\n{member}".encode()).hexdigest()
