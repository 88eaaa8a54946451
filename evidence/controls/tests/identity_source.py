"""Tests that people come from an identity provider, by weighed proofs: IDC-2."""

from collections import Counter
from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.tests._identity_providers import issuer_label, provider
from evidence.controls.tests.identity_center import CRITERIA, the_organization
from evidence.readers.access_events import EVENTS, AccessEvent, EventSearch, search
from evidence.readers.evidence import Evidence, day, joined_names, plural, require_text
from evidence.readers.identity_center import INSTANCE, DirectoryInstance, instances
from evidence.readers.identity_store import USERS, Person
from evidence.readers.identity_store import people as every_person
from evidence.readers.organizations import ORGANIZATION
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable, require_readable, sort_out

FOR = frozenset({
    "CreateExternalIdPConfigurationForDirectory",
    "EnableExternalIdPConfigurationForDirectory",
    "CreateProvisioningTenant",
    "CreateBearerToken",
})  # fmt: skip
"""CloudTrail events of the directory that turn on an external identity provider, or SCIM from it."""
CHANGES = frozenset({
    "UpdateExternalIdPConfigurationForDirectory",
    "ImportExternalIdPCertificate",
    "DeleteExternalIdPCertificate",
    "DeleteProvisioningTenant",
    "DeleteBearerToken",
})  # fmt: skip
"""Events that change a provider that is there: they support, and do not tell whether it is still on."""
AGAINST = frozenset({
    "DisableExternalIdPConfigurationForDirectory",
    "DeleteExternalIdPConfigurationForDirectory",
    "AssociateDirectory",
})  # fmt: skip
"""Events that turn it off, or put Active Directory in its place."""
STRONG, SUPPORTING, WORD, NONE = "strong", "supporting", "management's word", "none"
"""How much a proof weighs. The first and the third can carry the conclusion."""
SILENT = "Speaks neither for nor against."
HOW = (
    "What would prove it: a screenshot of Settings, Identity source in the console of Identity Center, with "
    "account and date, or the provider's own page of the AWS application. Add it: evidence attach FILE "
    "--item identity-center.instance --by WHO --note WHY, then evidence run --attachments attachments."
)
HALF = 0.5
NO_ID = "has no external id"
UNTOLD = "Local, made by the API, or from a directory: the evidence does not tell which."


@control_test(
    id="IDC-2",
    title="Identities come from the identity provider",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="A person made by hand in Identity Center is missed when the identity provider removes leavers.",
    procedure="No public API returns the identity source, so it is inferred, from proofs that each have "
    "their weight: the share of users in the identity store whose external ids carry a provider's issuer "
    "(strong from half of the users on, else supporting); CloudTrail events of the last 90 days that turn on "
    "an external provider or its provisioning by SCIM (strong), change it (supporting) or turn it off "
    "(against), looked up name by name, each asked for and answered; documents attached by a person, with "
    "who, when and why (management's word). At least "
    "one strong proof or document must speak for a provider, none against. A user without an external id is "
    "an exception where a provider provisions others or is turned on, else not determined: it may be local, "
    "made by the API, or from a directory, and the evidence does not tell which.",
    population="The identity source, each kind of proof of it, and every user of the organization instance's "
    "identity store; a proof that does not decide is out of scope",
    attribute="The user carries an external id with an issuer",
    needs=(INSTANCE, ORGANIZATION, USERS),
    uses=(EVENTS,),
    empty="There is no organization instance of Identity Center (IDC-1).",
    severity=Severity.MEDIUM,
    limits="Inferred, never shown: external ids tell who provisioned users, events tell of the last 90 "
    f"days, an attachment is management's own word. None shows how the provider authenticates people. {HOW}",
    remedy=Remedy(
        console="IAM Identity Center, Settings, Identity source: connect the external identity provider, "
        "and turn on automatic provisioning; no command does that. Then delete {subject} under "
        "Users, and have the provider make it.",
        cli=("aws identitystore delete-user --identity-store-id {store} --user-id {person}",),
    ),
)
def identity_source(evidence: Evidence) -> Iterator[Row]:
    """Yield what is inferred, one row per proof, and one per user."""
    organization = the_organization(evidence)
    users, unreadable = sort_out(every_person(evidence))
    instance = _organization_instance(evidence, organization.management if organization else "")
    if instance is None:
        return
    store = require_text(instance.store)
    unreadable += [Unreadable(user.pointer, "it names no identity store") for user in users if not user.store]
    people = [user for user in users if user.store == store]
    account = instance.owner
    proofs = [
        _external_ids_proof(account, people),
        _without_proof(account, people),
        _events_proof(account, search(evidence, FOR | CHANGES | AGAINST, instance.region, account)),
        _attachment_proof(evidence, account),
    ]
    yield from _inferred(account, proofs, instance.pointer)
    yield from proofs
    provisioned = any(proof.verdict is Verdict.MET for proof in proofs) or any(map(_issuers, people))
    yield from (_user_row(account, user, provisioned=provisioned) for user in people)
    yield from (_unreadable_row(account, one) for one in unreadable)


def _organization_instance(evidence: Evidence, management: str) -> DirectoryInstance | None:
    found = require_readable(instances(evidence))
    return next((one for one in found if one.owner == management), None)


def _inferred(account: str, proofs: list[Row], instance: Pointer) -> Iterator[Row]:
    """Yield what the proofs amount to, unless one speaks against: that one is the exception."""
    if any(proof.verdict is Verdict.EXCEPTION for proof in proofs):
        return
    carrying = [proof for proof in proofs if proof.verdict is Verdict.MET]
    names = sorted({proof.attributes["provider"] for proof in carrying} - {""})
    source = (
        f"an external identity provider, {joined_names(names)}," if names else "an external identity provider"
    )
    from_ = joined_names(f"{proof.attributes['name']} ({proof.attributes['weight']})" for proof in carrying)
    supporting = [proof.attributes["name"] for proof in proofs if proof.attributes["weight"] == SUPPORTING]
    yield _proof(
        account,
        "",
        NONE,
        Verdict.MET if carrying else Verdict.NOT_DETERMINED,
        observed=f"{source} inferred from {from_}"
        if carrying
        else f"nothing strong speaks for a provider; supporting: {joined_names(supporting) or 'none'}",
        pointers=(instance, *(pointer for proof in carrying for pointer in proof.pointers)),
        note="Inferred: no API shows it." if carrying else HOW,
        provider_name=joined_names(names),
    )


def _issuers(user: Person) -> list[str]:
    return [issuer for issuer in user.issuers if issuer]


def _external_ids_proof(account: str, users: list[Person]) -> Row:
    count = Counter(issuer for user in users for issuer in set(_issuers(user)))
    carrying = sum(bool(_issuers(user)) for user in users)
    said = joined_names(
        f"{issuer_label(issuer)}: {plural(number, 'user')}" for issuer, number in count.most_common()
    )
    weight = NONE if not carrying else STRONG if carrying >= HALF * len(users) else SUPPORTING
    note = "The provider writes its issuer when it provisions a user." if count else SILENT
    if len(count) > 1:
        note += " More than one issuer: users of a former provider may be left."
    return _proof(
        account,
        "external ids",
        weight,
        Verdict.MET if weight == STRONG else Verdict.OUT_OF_SCOPE,
        observed=f"{_share(carrying, len(users))} carry an issuer. {said}"
        if count
        else "no user carries an external id",
        pointers=(Pointer(users[0].pointer.file),) if users else (),
        note=note,
        provider_name=joined_names(sorted({provider(issuer) or issuer for issuer in count})),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} of {plural(whole, 'user')} ({100 * part // whole} %)"


def _without_proof(account: str, users: list[Person]) -> Row:
    without = [user for user in users if not _issuers(user)]
    return _proof(
        account,
        "users without",
        NONE,
        Verdict.OUT_OF_SCOPE,
        observed=f"{_share(len(without), len(users))} carry no issuer" if users else "the store has no user",
        pointers=tuple(user.pointer for user in without[:5]),
        note=UNTOLD if without else SILENT,
    )


def _events_proof(account: str, found: EventSearch) -> Row:
    """Return the row of what CloudTrail tells; names that it did not answer may hide what speaks against."""
    done = [event for event in found.events if not event.failed]
    speaks, contradicts, changes = (_latest(done, names) for names in (FOR, AGAINST, CHANGES))
    decisive, weight, verdict = speaks, STRONG, Verdict.MET
    note = "Only a directory with an external provider has these operations."
    if contradicts and not (speaks and speaks[0].time > contradicts[0].time):
        decisive, verdict = contradicts, Verdict.EXCEPTION
        note = "Against: the identity source was turned away from the external provider, and not back since."
    elif not speaks:
        decisive, verdict = changes, Verdict.OUT_OF_SCOPE
        weight = SUPPORTING if changes else NONE
        note = (
            "A provider was there to be changed; whether it still is, they do not tell."
            if changes
            else SILENT
        )
    if found.unanswered and not (verdict is Verdict.EXCEPTION and not found.unanswered & FOR):
        weight, verdict = NONE, Verdict.NOT_DETERMINED
        note = f"Not every name was asked for and answered: {joined_names(found.missing)}."
    none = "none of those that were told" if found.unanswered else "none of the last 90 days"
    return _proof(
        account,
        "CloudTrail events",
        weight,
        verdict,
        observed=joined_names(
            _event(event) for event in [*decisive, *(changes if decisive is not changes else ())]
        )
        or f"{none} turns a provider on or off, or changes one",
        pointers=tuple(event.pointer for event in decisive)
        or tuple(Pointer(event.pointer.file) for event in found.events[:1]),
        note=note,
    )


def _latest(events: list[AccessEvent], names: frozenset[str]) -> list[AccessEvent]:
    """Return the latest event of each of the names, the newest first."""
    found: dict[str, AccessEvent] = {}
    for event in sorted(events, key=lambda one: one.time):
        if event.name in names:
            found[event.name] = event
    return sorted(found.values(), key=lambda one: one.time, reverse=True)


def _event(event: AccessEvent) -> str:
    return f"{event.name} on {day(event.time)} by {event.user or 'unknown'}"


def _attachment_proof(evidence: Evidence, account: str) -> Row:
    found = evidence.attachments(INSTANCE)
    said = joined_names(f"{entry.file} by {entry.by} on {day(entry.added)}: {entry.note}" for entry in found)
    trusted = "As strong as its author is trusted: the console shows what no API does."
    return _proof(
        account,
        "attachments",
        WORD if found else NONE,
        Verdict.MET if found else Verdict.OUT_OF_SCOPE,
        observed=said or f"no document is attached to {INSTANCE}",
        pointers=tuple(Pointer(entry.file) for entry in found),
        note=trusted if found else f"{SILENT} {HOW}",
    )


def _proof(
    account: str,
    name: str,
    weight: str,
    verdict: Verdict,
    *,
    observed: str,
    pointers: tuple[Pointer, ...],
    note: str,
    provider_name: str = "",
) -> Row:
    return Row(
        subject=f"proof: {name}" if name else "identity source",
        account=account,
        verdict=verdict,
        observed=observed,
        outside="a proof that does not decide",
        expected="speaks for an external identity provider",
        pointers=pointers,
        note=note,
        attributes=_attributes("proof" if name else "inference", name, weight, provider_name),
    )


def _attributes(
    kind: str, name: str, weight: str = "", provider_name: str = "", *, status: str = "", issuer: str = ""
) -> dict[str, str]:
    return {
        "kind": kind,
        "name": name,
        "weight": weight,
        "provider": provider_name,
        "status": status,
        "issuer": issuer,
    }


def _user_row(account: str, user: Person, *, provisioned: bool) -> Row:
    """Return the row of a user; `provisioned` says that something speaks for a provider at all."""
    issuers = _issuers(user)
    known = joined_names(sorted({provider(issuer) or issuer for issuer in issuers}))
    odd = bool(user.issuers) and not issuers
    unmet = Verdict.EXCEPTION if provisioned and not odd else Verdict.NOT_DETERMINED
    has = f"comes from {known}" if issuers else "has an external id without issuer" if odd else NO_ID
    return Row(
        subject=user.id,
        account=account,
        verdict=Verdict.MET if issuers else unmet,
        observed=f"{user.name} {has}",
        expected="an external id with the provider's issuer",
        pointers=(user.pointer,),
        since=None if issuers or odd else user.created,
        note="" if issuers else "Which provider wrote it is not told." if odd else UNTOLD,
        attributes=_attributes(
            "user",
            user.name,
            provider_name=known,
            status=user.status,
            issuer=joined_names(issuers),
        ),
        fills={"person": user.id, "store": user.store},
    )


def _unreadable_row(account: str, one: Unreadable) -> Row:
    return Row(
        subject=str(one.pointer),
        account=account,
        verdict=Verdict.NOT_DETERMINED,
        observed=f"a user that cannot be read: {one.why}",
        expected="an external id with the provider's issuer",
        pointers=(one.pointer,),
        attributes=_attributes("user", ""),
    )
