import pytest
from botocore.exceptions import ClientError

from tests.collectors.collector_fakes import ACCOUNT, Run


def test_caller(collected: Run) -> None:
    caller = {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/audit/me", "UserId": "AROA:me"}
    yields, _ = collected("sts.caller", {"GetCallerIdentity": caller})
    assert yields == [caller]


class TestRegions:
    def test_from_account_management(self, collected: Run) -> None:
        pages = [
            {"Regions": [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]},
            {"Regions": [{"RegionName": "af-south-1", "RegionOptStatus": "DISABLED"}]},
        ]
        yields, ctx = collected("account.regions", {"ListRegions": pages})
        assert yields == [
            {
                "RegionName": "us-east-1",
                "RegionOptStatus": "ENABLED_BY_DEFAULT",
                "Source": "account:ListRegions",
            },
            {"RegionName": "af-south-1", "RegionOptStatus": "DISABLED", "Source": "account:ListRegions"},
        ]
        assert "DescribeRegions" not in {name for name, *_ in ctx.asked}

    @pytest.mark.parametrize("when", ["first page", "second page"])
    def test_from_ec2_where_the_permission_is_missing(self, collected: Run, when: str) -> None:
        first = [{"Regions": [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED"}]}]
        yields, ctx = collected(
            "account.regions",
            {
                "ListRegions": [*(first if when == "second page" else []), "AccessDeniedException"],
                "DescribeRegions": {
                    "Regions": [
                        {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
                        {"RegionName": "ap-east-1", "OptInStatus": "opted-in"},
                        {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
                    ]
                },
            },
        )
        assert [(one["RegionName"], one["RegionOptStatus"]) for one in yields] == [
            ("us-east-1", "ENABLED_BY_DEFAULT"),
            ("ap-east-1", "ENABLED"),
            ("af-south-1", "DISABLED"),
        ]
        assert {one["Source"] for one in yields} == {"ec2:DescribeRegions"}
        assert ctx.asked[-1][2] == {"AllRegions": True}

    def test_no_fallback_for_other_errors(self, collected: Run) -> None:
        with pytest.raises(ClientError):
            collected("account.regions", {"ListRegions": "InternalServerException"})


class TestSecurityContact:
    def test_phone_number_is_dropped(self, collected: Run) -> None:
        contact = {
            "Name": "Ann",
            "Title": "CISO",
            "EmailAddress": "sec@example.com",
            "PhoneNumber": "+1 555 0100",
            "AlternateContactType": "SECURITY",
        }
        yields, ctx = collected("account.contacts", {"GetAlternateContact": {"AlternateContact": contact}})
        kept = {"Name": "Ann", "Title": "CISO", "EmailAddress": "sec@example.com"}
        assert yields == [{"AlternateContactType": "SECURITY", "AlternateContact": kept}]
        assert ctx.asked[0][2] == {"AlternateContactType": "SECURITY"}

    def test_none_set_is_evidence(self, collected: Run) -> None:
        yields, _ = collected("account.contacts", {"GetAlternateContact": "ResourceNotFoundException"})
        assert yields == [{"AlternateContactType": "SECURITY", "AlternateContact": None}]
