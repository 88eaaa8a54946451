"""Wrong declarations of collectors are refused in one clear sentence."""

from collections.abc import Iterator
from typing import Any

import pytest

from evidence.collectors import base
from evidence.collectors.base import Collector, Context, Yield, catalogue, collector
from evidence.records import Operation, Scope

ALIASES = Operation("iam", "ListAccountAliases", list_key="AccountAliases")
SOUND: dict[str, Any] = {
    "item": "iam.account-aliases",
    "title": "Aliases of the account",
    "scope": Scope.ACCOUNT,
    "operations": (ALIASES,),
    "shape": "one record an alias",
    "blind_spots": ("An alias is no proof of who owns the account.",),
}


def declare(**members: Any) -> Collector:
    def collect(ctx: Context) -> Iterator[Yield]:
        yield from ()

    return collector(**SOUND | members)(collect)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Collector]:
    known = dict(catalogue())
    monkeypatch.setattr(base, "registry", known)
    return known


def test_a_sound_declaration_joins_the_catalogue(registry: dict[str, Collector]) -> None:
    declared = declare()
    assert registry["iam.account-aliases"] is declared


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"item": "aliases"}, "is a service and a name, like iam.password-policy; 'aliases' is not."),
        ({"item": "iam.aliases.all"}, "'iam.aliases.all' is not."),
        ({"item": "IAM.Aliases"}, "'IAM.Aliases' is not."),
        ({"needs": ("details",)}, "like iam.password-policy; 'details' is not."),
        (
            {"item": "sts.caller"},
            "Two collectors declare the item sts.caller; give one of them another name.",
        ),
        ({"scope": "everywhere"}, "declares the scope 'everywhere'; take one of evidence.records.Scope."),
        ({"grows_by": Scope.REGION}, "grows by accounts or regions, but only items of the organization do."),
        ({"operations": ()}, "iam.account-aliases says nothing as its operations; `evidence items` and"),
        ({"blind_spots": ()}, "iam.account-aliases says nothing as its blind_spots;"),
        ({"blind_spots": ("",)}, "iam.account-aliases has a blind spot that is no sentence: ''."),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_sentence(
    members: dict[str, Any], sentence: str, registry: dict[str, Collector]
) -> None:
    known = dict(registry)
    with pytest.raises((ValueError, TypeError)) as refused:
        declare(**members)
    assert sentence in str(refused.value)
    assert registry == known
