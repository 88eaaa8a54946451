import pytest
from botocore.exceptions import ClientError

from tests.collectors.collector_fakes import ACCOUNT, Run

NOT_IN_USE = "AWSOrganizationsNotInUseException"


def test_organization(collected: Run) -> None:
    organization = {"Id": "o-1234567890", "MasterAccountId": ACCOUNT}
    yields, _ = collected(
        "organizations.organization", {"DescribeOrganization": {"Organization": organization}}
    )
    assert yields == [{"Organization": organization}]


def test_no_organization_is_evidence(collected: Run) -> None:
    yields, _ = collected("organizations.organization", {"DescribeOrganization": NOT_IN_USE})
    assert yields == [{"Organization": None}]


@pytest.mark.parametrize(
    ("item", "first", "needed"),
    [
        ("organizations.accounts", "ListAccounts", {}),
        ("organizations.units", "ListRoots", {"organizations.accounts": []}),
        ("organizations.policies", "ListRoots", {}),
        ("organizations.delegated-administrators", "ListDelegatedAdministrators", {}),
    ],
)
class TestFirstQuestion:
    def test_without_an_organization_it_is_the_only_one(
        self, collected: Run, item: str, first: str, needed: dict
    ) -> None:
        yields, ctx = collected(item, {first: NOT_IN_USE}, needed=needed)
        assert yields == []
        assert [name for name, *_ in ctx.asked] == [first]

    def test_denied_is_not_none(self, collected: Run, item: str, first: str, needed: dict) -> None:
        with pytest.raises(ClientError):
            collected(item, {first: "AccessDeniedException"}, needed=needed)


def test_accounts_over_all_pages_suspended_ones_too(collected: Run) -> None:
    one, two = {"Id": ACCOUNT, "State": "ACTIVE"}, {"Id": "2" * 12, "Status": "SUSPENDED"}
    pages = [{"Accounts": [one]}, {"Accounts": []}, {"Accounts": [two]}]
    yields, _ = collected("organizations.accounts", {"ListAccounts": pages})
    assert yields == [{"Account": one}, {"Account": two}]


def test_units_level_by_level_then_accounts(collected: Run) -> None:
    children = {"r-1": ["ou-a", "ou-b"], "ou-a": ["ou-c"], "ou-b": [], "ou-c": []}
    yields, ctx = collected(
        "organizations.units",
        {
            "ListRoots": {"Roots": [{"Id": "r-1"}]},
            "ListOrganizationalUnitsForParent": lambda asked: {
                "OrganizationalUnits": [{"Id": child} for child in children[asked["ParentId"]]]
            },
            "ListParents": {"Parents": [{"Id": "ou-c", "Type": "ORGANIZATIONAL_UNIT"}]},
        },
        needed={"organizations.accounts": [{"Account": {"Id": "1" * 12}}, {"Account": {"Id": "2" * 12}}]},
    )
    assert yields == [
        {"Root": {"Id": "r-1"}},
        {"OrganizationalUnit": {"Id": "ou-a"}, "ParentId": "r-1"},
        {"OrganizationalUnit": {"Id": "ou-b"}, "ParentId": "r-1"},
        {"OrganizationalUnit": {"Id": "ou-c"}, "ParentId": "ou-a"},
        {"AccountId": "1" * 12, "ParentId": "ou-c"},
        {"AccountId": "2" * 12, "ParentId": "ou-c"},
    ]
    assert ctx.depth() == 5  # root, three levels down to nothing, parents of accounts


class TestPolicies:
    def ask(self, collected: Run, types: list, policies: dict) -> tuple:
        return collected(
            "organizations.policies",
            {
                "ListRoots": {"Roots": [{"Id": "r-1", "PolicyTypes": types}]},
                "ListPolicies": lambda asked: policies[asked["Filter"]],
                "DescribePolicy": lambda asked: {
                    "Policy": {"PolicySummary": {"Id": asked["PolicyId"]}, "Content": "{}"}
                },
                "ListTargetsForPolicy": [
                    {"Targets": [{"TargetId": "r-1"}]},
                    {"Targets": [{"TargetId": "ou-a"}]},
                ],
            },
        )

    def test_with_documents_and_targets(self, collected: Run) -> None:
        types = [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
            {"Type": "RESOURCE_CONTROL_POLICY", "Status": "PENDING_ENABLE"},
        ]
        policies = {
            "SERVICE_CONTROL_POLICY": [{"Policies": [{"Id": "p-1"}]}, {"Policies": [{"Id": "p-2"}]}],
            "RESOURCE_CONTROL_POLICY": {"Policies": [{"Id": "p-3"}]},
        }
        yields, _ = self.ask(collected, types, policies)
        targets = [{"TargetId": "r-1"}, {"TargetId": "ou-a"}]
        assert yields == [
            {"PolicyTypeNotEnabled": "RESOURCE_CONTROL_POLICY"},
            {"PolicyTypeNotEnabled": "DECLARATIVE_POLICY_EC2"},
            *({"PolicySummary": {"Id": f"p-{n}"}, "Content": "{}", "Targets": targets} for n in (1, 2, 3)),
        ]

    def test_types_not_enabled(self, collected: Run) -> None:
        types = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        yields, _ = self.ask(collected, [], dict.fromkeys(types, "PolicyTypeNotEnabledException"))
        assert yields == [{"PolicyTypeNotEnabled": kind} for kind in (*types, "DECLARATIVE_POLICY_EC2")]

    def test_declarative_policies_are_listed_where_their_type_is_enabled(self, collected: Run) -> None:
        kinds = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "DECLARATIVE_POLICY_EC2")
        types = [{"Type": kind, "Status": "ENABLED"} for kind in (*kinds, "TAG_POLICY")]
        yields, ctx = self.ask(collected, types, {kind: {"Policies": [{"Id": kind}]} for kind in kinds})
        assert [one["PolicySummary"]["Id"] for one in yields] == list(kinds)
        asked = [parameters["Filter"] for name, _, parameters, _ in ctx.asked if name == "ListPolicies"]
        assert asked == list(kinds)


def test_delegated_administrators_with_their_services(collected: Run) -> None:
    administrators = [{"Id": "1" * 12}, {"Id": "2" * 12}]
    yields, ctx = collected(
        "organizations.delegated-administrators",
        {
            "ListDelegatedAdministrators": {"DelegatedAdministrators": administrators},
            "ListDelegatedServicesForAccount": lambda asked: {
                "DelegatedServices": [{"ServicePrincipal": f"{asked['AccountId'][0]}.amazonaws.com"}]
            },
        },
    )
    assert yields == [
        {
            "DelegatedAdministrator": {"Id": number * 12},
            "DelegatedServices": [{"ServicePrincipal": f"{number}.amazonaws.com"}],
        }
        for number in "12"
    ]
    assert ctx.depth() == 2


class TestRootAccess:
    @pytest.mark.parametrize("features", [[], ["RootCredentialsManagement"]])
    def test_enabled_features(self, collected: Run, features: list) -> None:
        yields, _ = collected(
            "organizations.root-access", {"ListOrganizationsFeatures": {"EnabledFeatures": features}}
        )
        assert yields == [{"EnabledFeatures": features, "Enabled": bool(features)}]

    @pytest.mark.parametrize(
        "code",
        [
            "ServiceAccessNotEnabledException",
            "OrganizationNotFoundException",
            "OrganizationNotInAllFeaturesModeException",
        ],
    )
    def test_not_enabled_is_evidence(self, collected: Run, code: str) -> None:
        yields, _ = collected("organizations.root-access", {"ListOrganizationsFeatures": code})
        assert yields == [{"EnabledFeatures": [], "Enabled": False}]

    def test_a_member_account_does_not_know(self, collected: Run) -> None:
        code = "AccountNotManagementOrDelegatedAdministratorException"
        with pytest.raises(ClientError):
            collected("organizations.root-access", {"ListOrganizationsFeatures": code})
