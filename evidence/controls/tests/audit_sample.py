"""Tests the sample of roles (SAMPLE): selects again, and checks that the sampled documents are there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.bundle.format.models import SampleSelection
from evidence.controls import topics
from evidence.controls.declaration import Family, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.readers.evidence import Evidence, check_kind, plural
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.reductions import Reduction, reduction
from evidence.readers.sampled_roles import DOCUMENTS, InspectedRole, readable_roles, vanished_roles
from evidence.readers.unreadable import MALFORMED, Unreadable, reason
from evidence.settings.audit_sample import DRAW_METHOD as UNSTRATIFIED
from evidence.settings.audit_sample import (
    METHOD,
    REST,
    SERVICE_ROLE_PATH,
    RoleSample,
    choose_roles,
    customary,
    rank,
    require_drawable,
    stratum_of,
)

DETAILS = "iam.authorization-details"
CHOSEN = "chosen by the method, with all its documents"
COLUMNS = ("stratum", "selected by", "rank", "documents")
SAMPLED = (DOCUMENTS, "iam.last-accessed", "access-analyzer.policy-validation")
"""Items of the sampled roles: where documents lack or differ, no test concludes over them."""
NOTHING_DRAWN = " A sample of nothing shows nothing: the settings' table of sample sizes is wrong."
ORDER_GIVEN = (
    "Redacted: ranks cannot be computed from pseudonyms; their order is the one that run.json gives, and "
    "only the origin can show it."
)


@dataclass(frozen=True, slots=True)
class Reselection:
    """One account's selection, performed again from the sealed evidence."""

    account: str
    seed: str
    method: str
    """The method in force when the bundle was made: with strata, or the older one without."""
    roles: dict[str, LocatedRecord]
    """The population by ARN."""
    strata: dict[str, str]
    """What each role was drawn from, by ARN: a stratum, or that the settings name it."""
    sample: RoleSample
    recorded: SampleSelection | None
    """What run.json says."""
    documents: dict[str, InspectedRole]
    """The sampled roles with their documents, by ARN."""
    vanished: dict[str, Pointer]
    """Sampled roles that were deleted before their documents were read, by ARN."""
    order: tuple[str, ...]
    """In a redacted bundle whose ARNs are pseudonyms: the order of the ranks, as the origin had it."""


@control_test(
    id="SAMPLE",
    title="Key engineering roles are inspected, and a sample that can be drawn again",
    topic=topics.LEAST_PRIVILEGE,
    criteria=(),
    family=Family.RELIABILITY,
    risk="Roles chosen by hand show what the chooser wanted to show.",
    procedure="Performed the selection again over the sealed authorization details: the roles that the "
    "settings name, and a random sample of the rest, stratum by stratum: administrators, roles that another "
    "account may take, all others (rank by SHA-256 of seed and ARN; docs/sampling.md). Compared it with the "
    "selection in run.json and with the roles whose documents were collected, and these with the "
    "authorization details. Sample sizes by the population of each stratum: {sample_sizes}. The documents "
    "are printed in the report.",
    population="The draw of each account and of each of its strata, and every role outside "
    "/aws-service-role/; of the roles, those that are drawn are inspected, by the PRIV tests too",
    attribute="Sampled roles are the ones the method chooses, each with trust, inline, attached and boundary "
    "documents",
    needs=(DETAILS, DOCUMENTS),
    empty="No account in scope has a role of its own.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Name the roles that matter under [sampling] in evidence.toml, with a size that is not 0 "
        "and the seed that the auditor gave, then collect again: run.json must record the draw "
        "that its own seed gives.",
        cli=("evidence run",),
    ),
    limits="Shows that the sample was not picked by hand and is complete; what the roles may do is judged in "
    "the "
    "PRIV tests. A seed taken from the settings shows nothing about who chose it.",
    reconciles=True,
    doubts=SAMPLED[1:],
)
def sampled_roles(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account for the selection, one per stratum, and one per role of the population."""
    for account in evidence.accounts:
        again = _again(evidence, account)
        if again.roles or again.documents:
            yield _selection_row(again)
            yield from _stratum_rows(again)
            yield from _role_rows(again)
        odd = evidence.reduced(_Population, account).odd
        yield from unreadable_rows(((account, "", one) for one in odd), CHOSEN, COLUMNS)


@reduction(DETAILS)
class _Population(Reduction):
    """The roles by ARN, each with its stratum and, of its inline documents, the names."""

    def __init__(self) -> None:
        self.roles: dict[str, LocatedRecord] = {}
        self.strata: dict[str, str] = {}
        self.odd: list[Unreadable] = []

    def take(self, located: LocatedRecord) -> None:
        """Keep a role; one that is not as documented keeps no other from being read."""
        try:
            check_kind(DETAILS, located)
            if "RoleDetail" in located.value:
                self._keep(located)
        except MALFORMED as error:
            self.odd.append(Unreadable(pointer_to(located), reason(error)))

    def _keep(self, located: LocatedRecord) -> None:
        detail = located.value["RoleDetail"]
        require_drawable(detail)
        if detail["Path"].startswith(SERVICE_ROLE_PATH):
            return
        stratum, _ = stratum_of(detail), _expected(detail)
        names = [{"PolicyName": entry["PolicyName"]} for entry in detail["RolePolicyList"]]
        lean = {"RoleDetail": {**detail, "RolePolicyList": names}}
        self.roles[detail["Arn"]] = LocatedRecord(lean, located.file, located.line, located.target)
        self.strata[detail["Arn"]] = stratum


def _again(evidence: Evidence, account: str) -> Reselection:
    sampling = evidence.settings.sampling
    redacted = evidence.run.redacted_from is not None
    population = evidence.reduced(_Population, account)
    recorded = next((entry for entry in evidence.run.samples if entry.account == account), None)
    stratified = recorded is None or bool(recorded.strata)
    seed = sampling.seed or evidence.bundle.hashes[evidence.item_pointer(DETAILS, account).file]
    if redacted and recorded and not sampling.seed:
        seed = recorded.seed  # the digest of the origin's file; this bundle's is another
    order = recorded.order if redacted and recorded else ()
    sample = choose_roles(
        (role.value["RoleDetail"] for role in population.roles.values()),
        sampling,
        seed,
        stratified=stratified,
        stratum=lambda role: population.strata[role["Arn"]],
        order=order,
    )
    strata = population.strata if stratified else dict.fromkeys(population.strata, REST)
    return Reselection(
        account=account,
        seed=seed,
        method=METHOD if stratified else UNSTRATIFIED,
        roles=population.roles,
        strata=strata | dict.fromkeys(sample.named, "named"),
        sample=sample,
        recorded=recorded,
        documents={role.arn: role for role in readable_roles(evidence, account)},
        vanished=vanished_roles(evidence, account),
        order=order,
    )


def _selection_row(again: Reselection) -> Row:
    sample, recorded = again.sample, again.recorded
    source = recorded.seed_source if recorded else "not recorded"
    differences = list(_differences(again, recorded)) if recorded else ["run.json records no selection"]
    return Row(
        subject=f"selection of roles in {again.account}",
        account=again.account,
        verdict=Verdict.EXCEPTION if differences else Verdict.MET,
        observed="; ".join(differences)
        or f"drawn again: {plural(len(sample.named), 'named role')} and "
        f"{len(sample.chosen)} at random of {sample.population}",
        expected="the recorded selection is the one that method, seed and population give",
        pointers=(Pointer("run.json"),),
        note=f"Method: {again.method}. Seed: {again.seed} ({source}). "
        f"Population: {sample.population}, SHA-256 of its sorted ARNs {sample.population_digest}."
        + (f" {ORDER_GIVEN}" if again.order else ""),
        attributes={"stratum": "", "selected by": "", "rank": "", "documents": ""},
    )


def _stratum_rows(again: Reselection) -> Iterator[Row]:
    """Yield a row for each stratum: its population, its size by the table, and how usual that is."""
    written = {entry.name: entry for entry in again.recorded.strata} if again.recorded else {}
    for stratum in again.sample.strata:
        least, most = customary(stratum.population)
        drawn, entry = len(stratum.chosen), written.get(stratum.name)
        same = entry is None or (entry.population, entry.population_digest, entry.chosen) == (
            stratum.population,
            stratum.population_digest,
            stratum.chosen,
        )
        if same and not stratum.population:
            continue
        yield Row(
            subject=f"stratum {stratum.name} in {again.account}",
            account=again.account,
            verdict=Verdict.MET if same and drawn else Verdict.EXCEPTION,
            observed=f"{drawn} drawn of {plural(stratum.population, 'role')}"
            + ("" if same else "; run.json records another draw"),
            expected=f"the recorded draw; usual for this population: {least} to {most}"
            if stratum.population
            else "the recorded draw; the stratum is empty",
            pointers=(Pointer("run.json"),),
            note=f"SHA-256 of its sorted ARNs {stratum.population_digest}."
            + ("" if drawn else NOTHING_DRAWN)
            + (" A smaller sample than usual." if stratum.population and drawn < least else ""),
            attributes={"stratum": stratum.name, "selected by": "", "rank": "", "documents": ""},
        )


def _differences(again: Reselection, recorded: SampleSelection) -> Iterator[str]:
    sample = again.sample
    pairs: dict[str, tuple[Any, Any]] = {
        "method": (recorded.method, again.method),
        "seed": (recorded.seed, again.seed),
        "population": (recorded.population, sample.population),
        "population digest": (recorded.population_digest, sample.population_digest),
        "size": (recorded.size, sample.size),
        "named roles": (recorded.named, sample.named),
        "random roles": (recorded.chosen, sample.chosen),
    }
    for name, (written, drawn) in pairs.items():
        if written != drawn:
            yield f"{name} recorded as {_short(written)}, drawn again as {_short(drawn)}"


def _short(value: Any) -> str:
    return plural(len(value), "role") if isinstance(value, tuple) else str(value)


def _role_rows(again: Reselection) -> Iterator[Row]:
    how = dict.fromkeys(again.sample.named, "named in the settings")
    for stratum in again.sample.strata:
        how |= {arn: f"at random, rank {place}" for place, arn in enumerate(stratum.chosen, start=1)}
    for arn in [*how, *sorted(again.documents.keys() - how.keys())]:
        verdict, observed, present = _sampled(again, arn, how.get(arn, ""))
        yield _row(again, arn, verdict, observed, how=how.get(arn, ""), documents=present)
    for arn in sorted(again.roles.keys() - how.keys() - again.documents.keys()):
        yield _row(again, arn, Verdict.NOT_SELECTED, "not drawn")


def _sampled(again: Reselection, arn: str, how: str) -> tuple[Verdict, str, str]:
    """Return verdict, observation and documents of a role that is chosen, or that was inspected."""
    documents = again.documents.get(arn)
    if documents is None and arn in again.vanished:
        return Verdict.OUT_OF_SCOPE, f"selected {how}; deleted before its documents were read", ""
    if documents is None:
        return Verdict.EXCEPTION, f"selected {how}; its documents were not collected", ""
    if not how:
        return Verdict.EXCEPTION, "inspected, but the method does not choose it", ""
    # A null document does not count.
    present = {found.label(" ") for found in documents.documents if found.document}
    differing = sorted(present ^ _expected(again.roles[arn].value["RoleDetail"]))
    observed = f"selected {how}; {plural(len(present), 'document')} present"
    if differing:
        observed += f"; differs from the authorization details in {', '.join(differing)}"
    return Verdict.EXCEPTION if differing else Verdict.MET, observed, ", ".join(sorted(present))


def _expected(detail: dict[str, Any]) -> set[str]:
    boundary = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return {
        "trust",
        *(f"inline {entry['PolicyName']}" for entry in detail["RolePolicyList"]),
        *(f"attached {entry['PolicyArn']}" for entry in detail["AttachedManagedPolicies"]),
        *([f"boundary {boundary}"] if boundary else []),
    }


def _row(
    again: Reselection, arn: str, verdict: Verdict, observed: str, *, how: str = "", documents: str = ""
) -> Row:
    inspected, detail = again.documents.get(arn), again.roles.get(arn)
    there = [inspected.pointer] if inspected else [again.vanished[arn]] if arn in again.vanished else []
    return Row(
        subject=arn,
        account=again.account,
        verdict=verdict,
        observed=observed,
        outside="deleted before its documents were read",
        expected=CHOSEN,
        doubts=SAMPLED if how and verdict is Verdict.EXCEPTION else (),
        pointers=(*there, *([pointer_to(detail)] if detail else [])),
        attributes={
            "stratum": again.strata.get(arn, ""),
            "selected by": how,
            "rank": "" if again.order else rank(again.seed, arn)[:16],
            "documents": documents,
        },
    )
