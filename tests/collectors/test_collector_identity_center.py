import pytest
from botocore.exceptions import ClientError

from evidence.collectors.base import catalogue
from tests.collectors.collector_fakes import ACCOUNT, Run

MEMBER = "210987654321"
HOME = "eu-west-1"
ARN = "arn:aws:sso:::instance/ssoins-1"
STORE = "d-1234567890"
SETS = [f"arn:aws:sso:::permissionSet/ssoins-1/ps-{letter}" for letter in "abc"]


def instance(arn: str = ARN, owner: str = ACCOUNT, **more) -> dict:
    return {"InstanceArn": arn, "OwnerAccountId": owner, "IdentityStoreId": STORE, **more}


def known(*records: dict, management: str | None = ACCOUNT, **more) -> dict:
    """What the collectors below build on: instance records and the organization."""
    organization = {"MasterAccountId": management} if management else None
    return {
        "identity-center.instance": list(records),
        "organizations.organization": [{"Organization": organization}],
        **more,
    }


OURS = {"Region": HOME, "Instance": instance(), "Description": None}
ACCOUNT_INSTANCE = {"Region": "us-east-1", "Instance": instance(f"{ARN}-2", MEMBER), "Description": None}


REFUSED = "AccessDeniedException"
GONE = "ResourceNotFoundException"


class TestInstance:
    def look(self, collected: Run, by_region: dict, everywhere: object = REFUSED) -> tuple:
        def listed(asked: dict) -> object:
            if asked.get("RegionScope") == "ALL_REGIONS":
                return everywhere if isinstance(everywhere, str) else {"Instances": everywhere}
            answer = by_region.get(asked["region"], [])
            return answer if isinstance(answer, str) else {"Instances": answer}

        return collected(
            "identity-center.instance",
            {
                "ListInstances": listed,
                "DescribeInstance": lambda asked: {"InstanceArn": asked["InstanceArn"], "Status": "ACTIVE"},
            },
            regions=("us-east-1", HOME, "ap-south-1"),
        )

    def found(self, yields: list) -> list[tuple[str, str]]:
        return [(one["Region"], one["Instance"]["OwnerAccountId"]) for one in yields if "Instance" in one]

    def asked(self, yields: list) -> dict[tuple[str, str], object]:
        """What was said to each question: True, or the cause of the refusal."""
        return {
            (one["Region"], one["Asked"]["RegionScope"]): one["Asked"]["Answered"] or one["Asked"]["Cause"]
            for one in yields
            if "Asked" in one
        }

    def test_one_question_for_all_regions_tells_the_home(self, collected: Run) -> None:
        """Also of an instance at home in a region that the run leaves out."""
        yields, ctx = self.look(collected, {}, [instance(PrimaryRegion="eu-north-1")])
        assert self.found(yields) == [("eu-north-1", ACCOUNT)]
        assert self.asked(yields) == {("ap-south-1", "ALL_REGIONS"): True}
        assert [(name, region) for name, region, *_ in ctx.asked] == [
            ("ListInstances", "ap-south-1"),
            ("DescribeInstance", "eu-north-1"),
        ]

    def test_where_that_is_refused_every_region_is_looked_into_at_once(self, collected: Run) -> None:
        yields, ctx = self.look(collected, {HOME: [instance()], "us-east-1": [instance("other", MEMBER)]})
        assert self.found(yields) == [(HOME, ACCOUNT), ("us-east-1", MEMBER)]
        assert yields[-2]["Description"]["Status"] == "ACTIVE"
        described = [
            (region, asked["InstanceArn"]) for _, region, asked, _ in ctx.asked if "InstanceArn" in asked
        ]
        assert described == [(HOME, ARN), ("us-east-1", "other")]
        assert ctx.depth() == 3
        assert self.asked(yields) == {
            ("ap-south-1", "ALL_REGIONS"): "permission missing",
            **{(region, "CURRENT_REGION"): True for region in ("ap-south-1", HOME, "us-east-1")},
        }

    def test_copies_in_other_regions_are_one_instance_at_home(self, collected: Run) -> None:
        copied = instance(PrimaryRegion=HOME)
        yields, _ = self.look(collected, {"ap-south-1": [copied], HOME: [copied], "us-east-1": [copied]})
        assert self.found(yields) == [(HOME, ACCOUNT)]

    def test_an_answer_that_does_not_tell_the_home_is_followed_up(self, collected: Run) -> None:
        yields, _ = self.look(collected, {HOME: [instance()]}, [instance()])
        assert self.found(yields) == [(HOME, ACCOUNT)]

    def test_none_anywhere(self, collected: Run) -> None:
        yields, _ = self.look(collected, {}, [])
        assert self.found(yields) == []
        assert set(self.asked(yields).values()) == {True}

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            (REFUSED, "permission missing"),
            ("UnrecognizedClientException", "region disabled"),
            ("InternalServerException", "AWS answered with an error"),
        ],
    )
    def test_a_region_that_refuses_takes_nothing_from_the_others(
        self, collected: Run, code: str, cause: str
    ) -> None:
        yields, _ = self.look(collected, {HOME: [instance()], "us-east-1": code})
        assert self.found(yields) == [(HOME, ACCOUNT)]
        assert self.asked(yields)["us-east-1", "CURRENT_REGION"] == cause

    def test_a_region_that_refuses_is_no_region_without(self, collected: Run) -> None:
        yields, _ = self.look(collected, {HOME: REFUSED})
        assert self.found(yields) == []
        assert self.asked(yields)[HOME, "CURRENT_REGION"] == "permission missing"

    def test_refused_everywhere_is_a_gap(self, collected: Run) -> None:
        with pytest.raises(ClientError):
            self.look(collected, dict.fromkeys(("us-east-1", HOME, "ap-south-1"), REFUSED))

    def test_expired_credentials_are_no_matter_of_a_region(self, collected: Run) -> None:
        with pytest.raises(ClientError):
            self.look(collected, {HOME: [instance()], "us-east-1": "ExpiredTokenException"})

    def test_an_instance_that_cannot_be_described_is_there_all_the_same(self, collected: Run) -> None:
        yields, _ = collected(
            "identity-center.instance",
            {"ListInstances": {"Instances": [instance(PrimaryRegion=HOME)]}, "DescribeInstance": REFUSED},
            regions=(HOME,),
        )
        assert self.found(yields) == [(HOME, ACCOUNT)]
        assert yields[-1]["Description"] is None
        assert yields[-1]["DescriptionRefused"]["ErrorCode"] == REFUSED


NOTHING_TO_READ = [
    pytest.param(known(OURS, management=None), id="no organization"),
    pytest.param(known(), id="no instance"),
    pytest.param(known(ACCOUNT_INSTANCE), id="an account instance alone"),
]
DEPENDENT = [
    "identity-center.permission-sets",
    "identity-center.assignments",
    "identity-center.applications",
    "identity-store.users",
    "identity-store.groups",
    "identity-store.memberships",
    "identity-store.unlisted-principals",
]


@pytest.mark.parametrize("item", DEPENDENT)
@pytest.mark.parametrize("needed", NOTHING_TO_READ)
def test_without_the_organizations_instance_nothing_is_asked(collected: Run, item: str, needed: dict) -> None:
    more = {
        name: [] for name in ("identity-store.groups", "identity-store.users", "identity-center.assignments")
    }
    declared = {name: records for name, records in more.items() if name in catalogue()[item].needs}
    yields, ctx = collected(item, {}, needed={**needed, **declared})
    assert yields == []
    assert ctx.asked == []


def test_the_delegated_administrator_reads_the_organizations_instance(collected: Run) -> None:
    """Seen from a member account, the organization's instance is the management account's."""
    theirs = {"Region": HOME, "Instance": instance(owner="111111111111"), "Description": None}
    own = {"Region": "us-east-1", "Instance": instance(f"{ARN}-2", ACCOUNT), "Description": None}
    _, ctx = collected(
        "identity-store.users",
        {"ListUsers": {"Users": []}},
        needed=known(own, theirs, management="111111111111"),
    )
    assert ctx.asked[0][1] == HOME


ANSWERS_ON_SETS = {
    "ListPermissionSets": {"PermissionSets": SETS},
    "DescribePermissionSet": lambda asked: {"PermissionSet": {"PermissionSetArn": asked["PermissionSetArn"]}},
    "ListManagedPoliciesInPermissionSet": {"AttachedManagedPolicies": []},
    "ListCustomerManagedPolicyReferencesInPermissionSet": {"CustomerManagedPolicyReferences": []},
    "GetInlinePolicyForPermissionSet": {"InlinePolicy": ""},
    "GetPermissionsBoundaryForPermissionSet": "ResourceNotFoundException",
    "ListTagsForResource": {"Tags": []},
}


class TestPermissionSets:
    def test_all_parts_of_all_sets_at_once_in_the_home_region(self, collected: Run) -> None:
        boundary = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
        yields, ctx = collected(
            "identity-center.permission-sets",
            {
                "ListPermissionSets": [{"PermissionSets": SETS[:2]}, {"PermissionSets": SETS[2:]}],
                "DescribePermissionSet": lambda asked: {
                    "PermissionSet": {"PermissionSetArn": asked["PermissionSetArn"]}
                },
                "ListManagedPoliciesInPermissionSet": [
                    {"AttachedManagedPolicies": [{"Name": "A"}]},
                    {"AttachedManagedPolicies": [{"Name": "B"}]},
                ],
                "ListCustomerManagedPolicyReferencesInPermissionSet": {
                    "CustomerManagedPolicyReferences": [{"Name": "own"}]
                },
                "GetInlinePolicyForPermissionSet": {"InlinePolicy": ""},
                "GetPermissionsBoundaryForPermissionSet": lambda asked: (
                    {"PermissionsBoundary": boundary}
                    if asked["PermissionSetArn"] == SETS[0]
                    else "ResourceNotFoundException"
                ),
                "ListTagsForResource": {"Tags": [{"Key": "team", "Value": "it"}]},
            },
            needed=known(ACCOUNT_INSTANCE, OURS),
        )
        assert [one["PermissionSet"]["PermissionSetArn"] for one in yields] == SETS
        assert yields[0] == {
            "InstanceArn": ARN,
            "PermissionSet": {"PermissionSetArn": SETS[0]},
            "ManagedPolicies": [{"Name": "A"}, {"Name": "B"}],
            "CustomerManagedPolicies": [{"Name": "own"}],
            "InlinePolicy": "",
            "PermissionsBoundary": boundary,
            "Tags": [{"Key": "team", "Value": "it"}],
        }
        assert [one["PermissionsBoundary"] for one in yields[1:]] == [None, None]
        assert {region for _, region, *_ in ctx.asked} == {HOME}
        assert ctx.depth() == 4  # two pages of sets, then two pages of policies

    @pytest.mark.parametrize(
        "operation",
        sorted(set(ANSWERS_ON_SETS) - {"ListPermissionSets", "GetPermissionsBoundaryForPermissionSet"}),
    )
    def test_a_set_deleted_meanwhile_is_recorded_and_takes_no_other_away(
        self, collected: Run, operation: str
    ) -> None:
        usual = ANSWERS_ON_SETS[operation]

        def gone(asked: dict) -> object:
            if SETS[1] in (asked.get("PermissionSetArn"), asked.get("ResourceArn")):
                return "ResourceNotFoundException"
            return usual(asked) if callable(usual) else usual

        yields, _ = collected(
            "identity-center.permission-sets", ANSWERS_ON_SETS | {operation: gone}, needed=known(OURS)
        )
        assert yields[1] == {"InstanceArn": ARN, "PermissionSetArn": SETS[1], "Vanished": True}
        assert [one["PermissionSet"]["PermissionSetArn"] for one in (yields[0], yields[2])] == [
            SETS[0],
            SETS[2],
        ]

    def test_a_set_that_is_refused_is_no_set_without_policies(self, collected: Run) -> None:
        answers = ANSWERS_ON_SETS | {"ListManagedPoliciesInPermissionSet": "AccessDeniedException"}
        with pytest.raises(ClientError):
            collected("identity-center.permission-sets", answers, needed=known(OURS))


def test_assignments_of_each_set_in_each_account(collected: Run) -> None:
    accounts = {SETS[0]: ["1" * 12, "2" * 12], SETS[1]: [], SETS[2]: ["3" * 12]}

    def assigned(asked: dict) -> list:
        where = {key: asked[key] for key in ("AccountId", "PermissionSetArn")}
        return [
            {"AccountAssignments": [{**where, "PrincipalType": "GROUP", "PrincipalId": "g1"}]},
            {"AccountAssignments": [{**where, "PrincipalType": "USER", "PrincipalId": "u1"}]},
        ]

    yields, ctx = collected(
        "identity-center.assignments",
        {
            "ListPermissionSets": {"PermissionSets": SETS},
            "ListAccountsForProvisionedPermissionSet": lambda asked: (
                [{"AccountIds": [account]} for account in accounts[asked["PermissionSetArn"]]]
                or {"AccountIds": []}
            ),
            "ListAccountAssignments": assigned,
        },
        needed=known(OURS),
    )
    assert yields[0] == {
        "InstanceArn": ARN,
        "AccountId": "1" * 12,
        "PermissionSetArn": SETS[0],
        "PrincipalType": "GROUP",
        "PrincipalId": "g1",
    }
    assert [(one["AccountId"][0], one["PrincipalId"]) for one in yields] == [
        (account, principal) for account in "123" for principal in ("g1", "u1")
    ]
    assert {region for _, region, *_ in ctx.asked} == {HOME}


def test_applications_and_issuers(collected: Run) -> None:
    yields, ctx = collected(
        "identity-center.applications",
        {
            "ListApplications": [{"Applications": [{"Name": "a"}]}, {"Applications": [{"Name": "b"}]}],
            "ListTrustedTokenIssuers": {"TrustedTokenIssuers": [{"Name": "idp"}]},
        },
        needed=known(OURS),
    )
    assert yields == [
        {"Application": {"Name": "a"}},
        {"Application": {"Name": "b"}},
        {"TrustedTokenIssuer": {"Name": "idp"}},
    ]
    assert {region for _, region, *_ in ctx.asked} == {HOME}


REQUIRED = {"Revision": "1"}
"""What AWS's model promises and nobody keeps."""


class TestIdentityStore:
    def test_personal_data_of_users_is_dropped(self, collected: Run) -> None:
        kept = {
            "IdentityStoreId": STORE,
            "UserId": "u1",
            "UserName": "ann",
            "DisplayName": "Ann",
            "Name": {"GivenName": "Ann"},
            "ExternalIds": [{"Issuer": "https://idp.example", "Id": "1"}],
            "UserStatus": "ENABLED",
            "CreatedBy": "SCIM",
        }
        dropped = {
            **REQUIRED,
            "UserArn": "arn:aws:identitystore:::user/u1",
            "Emails": [{"Value": "ann@example.com"}],
            "Addresses": [{"StreetAddress": "1 Road"}],
            "PhoneNumbers": [{"Value": "+1"}],
            "Birthdate": "2000-01-01",
            "Photos": [{"Value": "x"}],
            "NickName": "annie",
            "Title": "CEO",
            "Locale": "en",
            "Timezone": "UTC",
            "Extensions": {"aws:identitystore:enterprise": {}},
        }
        second = {"IdentityStoreId": STORE, "UserId": "u2"}
        pages = [{"Users": [{**kept, **dropped}]}, {"Users": [{**second, **REQUIRED, "UserArn": "a"}]}]
        yields, ctx = collected("identity-store.users", {"ListUsers": pages}, needed=known(OURS))
        assert yields == [kept, second]
        assert ctx.asked[0][1:3] == (HOME, {"IdentityStoreId": STORE})

    def test_groups(self, collected: Run) -> None:
        group = {"IdentityStoreId": STORE, "GroupId": "g1", "DisplayName": "admins"}
        pages = [{"Groups": [{**group, **REQUIRED, "GroupArn": "a", "CreatedBy": "x"}]}, {"Groups": []}]
        yields, _ = collected("identity-store.groups", {"ListGroups": pages}, needed=known(OURS))
        assert yields == [group]

    def test_memberships_of_every_group_at_once(self, collected: Run) -> None:
        def members(asked: dict) -> dict:
            group = asked["GroupId"]
            one = {"GroupId": group, "MembershipId": f"m-{group}", "MemberId": {"UserId": "u1"}}
            return {"GroupMemberships": [{**one, "IdentityStoreId": STORE, "MembershipArn": "a"}]}

        groups = {"identity-store.groups": [{"GroupId": "g1"}, {"GroupId": "g2"}]}
        yields, ctx = collected(
            "identity-store.memberships", {"ListGroupMemberships": members}, needed=known(OURS, **groups)
        )
        assert yields == [
            {"GroupId": group, "MembershipId": f"m-{group}", "MemberId": {"UserId": "u1"}}
            for group in ("g1", "g2")
        ]
        assert ctx.depth() == 1

    def test_principals_that_no_list_holds_are_asked_for_by_their_id(self, collected: Run) -> None:
        def assigned(kind: str, name: str) -> dict:
            return {"AccountId": ACCOUNT, "PrincipalType": kind, "PrincipalId": name}

        lists = {
            "identity-store.users": [{"UserId": "u1"}, {"UserName": "without an id"}],
            "identity-store.groups": [{"GroupId": "g1"}],
            "identity-center.assignments": [
                *(assigned("USER", name) for name in ("u1", "u2", "u3", "u2", "g1")),
                *(assigned("GROUP", name) for name in ("g1", "g2", "u1")),
            ],
        }

        def user(asked: dict) -> object:
            found = {"IdentityStoreId": STORE, "UserId": "u3", "UserArn": "a", "UserName": "ann", **REQUIRED}
            return found if asked["UserId"] == "u3" else GONE

        answers = {"DescribeUser": user, "DescribeGroup": GONE}
        yields, ctx = collected("identity-store.unlisted-principals", answers, needed=known(OURS, **lists))
        assert [(one["PrincipalType"], one["PrincipalId"], one["Exists"]) for one in yields] == [
            ("GROUP", "g2", False),
            ("GROUP", "u1", False),
            ("USER", "g1", False),
            ("USER", "u2", False),
            ("USER", "u3", True),
        ]
        assert all(len(one) == 3 for one in yields)
        assert {region for _, region, *_ in ctx.asked} == {HOME}
        assert ctx.depth() == 1

    @pytest.mark.parametrize(
        "refused", ["AccessDeniedException", "ValidationException", "ThrottlingException"]
    )
    def test_any_other_refusal_is_no_proof(self, collected: Run, refused: str) -> None:
        lists = {
            "identity-store.users": [],
            "identity-store.groups": [],
            "identity-center.assignments": [{"PrincipalType": "USER", "PrincipalId": "u1"}],
        }
        with pytest.raises(ClientError, match=refused):
            collected(
                "identity-store.unlisted-principals", {"DescribeUser": refused}, needed=known(OURS, **lists)
            )
