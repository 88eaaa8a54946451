"""The Config aggregator: found, told apart from others, and read to its end."""

import pytest
from botocore.exceptions import ClientError

from evidence.aws.failures import AnswerError, NotEnabledError
from evidence.settings.model import AggregatorSettings
from tests.collectors.collector_fakes import ACCOUNT, Run

WHOLE = {"OrganizationAggregationSource": {"RoleArn": "arn:aws:iam::123456789012:role/a"}}
REGIONS = ("us-east-1", "eu-west-1")


def named(name: str, **more: object) -> dict:
    return {"ConfigurationAggregatorName": name, **more}


def where(**found: list[dict]):
    """Answer with the aggregators of the region that is asked (`eu_west_1=[...]`)."""
    return lambda asked: {"ConfigurationAggregators": found.get(asked["region"].replace("-", "_"), [])}


def source(account: str) -> dict:
    return {
        "SourceId": account,
        "SourceType": "ACCOUNT",
        "AwsRegion": "us-east-1",
        "LastUpdateStatus": "FAILED",
    }


class TestAggregators:
    ITEM = "config.aggregators"

    def test_the_organizations_is_used_and_its_sources_are_read_to_the_end(self, collected: Run) -> None:
        own, other = named("all", **WHOLE), named("two", AccountAggregationSources=[])
        pages = [{"AggregatedSourceStatusList": [source(one)]} for one in ("1" * 12, "2" * 12)]
        yields, ctx = collected(
            self.ITEM,
            {
                "DescribeConfigurationAggregators": where(us_east_1=[other], eu_west_1=[own]),
                "DescribeConfigurationAggregatorSourcesStatus": pages,
            },
            regions=REGIONS,
        )
        assert yields == [
            {"Region": "eu-west-1", "Used": True, "ConfigurationAggregator": own},
            {"Region": "us-east-1", "Used": False, "ConfigurationAggregator": other},
            {"AggregatedSourceStatus": source("1" * 12)},
            {"AggregatedSourceStatus": source("2" * 12)},
        ]
        asked = {
            (region, given["ConfigurationAggregatorName"])
            for name, region, given, _ in ctx.asked
            if name == "DescribeConfigurationAggregatorSourcesStatus"
        }
        assert asked == {("eu-west-1", "all")}

    @pytest.mark.parametrize(
        ("settings", "used"),
        [
            ({"name": "b"}, ("us-east-1", "b")),
            ({"name": "a", "region": "us-east-1"}, ("us-east-1", "a")),
            ({"region": "eu-west-1"}, ("eu-west-1", "a")),
        ],
    )
    def test_of_several_the_settings_name_one(self, collected: Run, settings, used) -> None:
        found = where(us_east_1=[named("a", **WHOLE), named("b")], eu_west_1=[named("a", **WHOLE)])
        answers = {
            "DescribeConfigurationAggregators": found,
            "DescribeConfigurationAggregatorSourcesStatus": {"AggregatedSourceStatusList": []},
        }
        yields, _ = collected(self.ITEM, answers, regions=REGIONS, aggregator=AggregatorSettings(**settings))
        assert [
            (one["Region"], one["ConfigurationAggregator"]["ConfigurationAggregatorName"])
            for one in yields
            if one["Used"]
        ] == [used]

    @pytest.mark.parametrize("names", [["a"], ["a", "b"]])
    def test_without_an_organizations_only_a_single_one_is_taken(self, collected: Run, names) -> None:
        answers = {
            "DescribeConfigurationAggregators": where(us_east_1=[named(name) for name in names]),
            "DescribeConfigurationAggregatorSourcesStatus": {"AggregatedSourceStatusList": []},
        }
        if len(names) == 1:
            assert collected(self.ITEM, answers, regions=REGIONS)[0][0]["Used"] is True
        else:
            with pytest.raises(AnswerError, match="name one of them: a in us-east-1, b in us-east-1"):
                collected(self.ITEM, answers, regions=REGIONS)

    def test_two_of_the_organization_are_not_guessed_at(self, collected: Run) -> None:
        answers = {
            "DescribeConfigurationAggregators": where(
                us_east_1=[named("a", **WHOLE)], eu_west_1=[named("a", **WHOLE)]
            )
        }
        with pytest.raises(AnswerError, match="There are 2 aggregators in 123456789012"):
            collected(self.ITEM, answers, regions=REGIONS)

    @pytest.mark.parametrize("name", [None, "gone"])
    def test_none_is_not_an_empty_answer(self, collected: Run, name) -> None:
        answers = {"DescribeConfigurationAggregators": where(us_east_1=[named("a")] if name else [])}
        with pytest.raises(NotEnabledError, match=ACCOUNT):
            collected(self.ITEM, answers, regions=REGIONS, aggregator=AggregatorSettings(name=name))


USED = {
    "config.aggregators": [
        {"Region": "us-east-1", "Used": False, "ConfigurationAggregator": named("two")},
        {"Region": "eu-west-1", "Used": True, "ConfigurationAggregator": named("all")},
        {"AggregatedSourceStatus": source(ACCOUNT)},
    ]
}


def verdict(rule: str, account: str = ACCOUNT, region: str = "us-east-1") -> dict:
    compliance = {"ComplianceType": "COMPLIANT"}
    return {"ConfigRuleName": rule, "Compliance": compliance, "AccountId": account, "AwsRegion": region}


class TestAggregateCompliance:
    ITEM = "config.aggregate-compliance"

    def test_each_rule_of_each_account_and_region_with_its_results(self, collected: Run) -> None:
        verdicts = [verdict("one"), verdict("one", "2" * 12), verdict("two", region="eu-west-1")]
        pages = [{"AggregateComplianceByConfigRules": page} for page in (verdicts[:1], [], verdicts[1:])]
        results = {("one", ACCOUNT): ["COMPLIANT", "NON_COMPLIANT"], ("one", "2" * 12): ["COMPLIANT"]}
        yields, ctx = collected(
            self.ITEM,
            {
                "DescribeAggregateComplianceByConfigRules": pages,
                "GetAggregateComplianceDetailsByConfigRule": lambda asked: {
                    "AggregateEvaluationResults": [
                        {"ComplianceType": kind}
                        for kind in results.get((asked["ConfigRuleName"], asked["AccountId"]), [])
                    ]
                },
            },
            needed=USED,
        )
        result = {kind: {"ConfigRuleName": "one", "AggregateEvaluationResult": {"ComplianceType": kind}}
                  for kind in ("COMPLIANT", "NON_COMPLIANT")}  # fmt: skip
        first, second, third = ({"AggregateComplianceByConfigRule": one} for one in verdicts)
        assert yields == [
            first, result["COMPLIANT"], result["NON_COMPLIANT"], second, result["COMPLIANT"], third,
        ]  # fmt: skip
        assert {region for _, region, *_ in ctx.asked} == {"eu-west-1"}
        assert {asked["ConfigurationAggregatorName"] for *_, asked, _ in ctx.asked} == {"all"}
        assert {
            (asked["AccountId"], asked["AwsRegion"], asked["Limit"])
            for *_, asked, _ in ctx.asked
            if "AccountId" in asked
        } == {(ACCOUNT, "us-east-1", 100), ("2" * 12, "us-east-1", 100), (ACCOUNT, "eu-west-1", 100)}

    def test_rules_that_the_settings_leave_out_keep_their_verdict(self, collected: Run) -> None:
        answers = {
            "DescribeAggregateComplianceByConfigRules": {
                "AggregateComplianceByConfigRules": [verdict("iam-root"), verdict("volumes")]
            },
            "GetAggregateComplianceDetailsByConfigRule": {"AggregateEvaluationResults": []},
        }
        yields, ctx = collected(
            self.ITEM, answers, needed=USED, aggregator=AggregatorSettings(rules=("*iam*",))
        )
        assert [one["AggregateComplianceByConfigRule"]["ConfigRuleName"] for one in yields] == [
            "iam-root",
            "volumes",
        ]
        assert [asked["ConfigRuleName"] for *_, asked, _ in ctx.asked if "ConfigRuleName" in asked] == [
            "iam-root"
        ]

    def test_a_denied_rule_is_no_empty_rule(self, collected: Run) -> None:
        answers = {
            "DescribeAggregateComplianceByConfigRules": {"AggregateComplianceByConfigRules": [verdict("a")]},
            "GetAggregateComplianceDetailsByConfigRule": "AccessDeniedException",
        }
        with pytest.raises(ClientError):
            collected(self.ITEM, answers, needed=USED)
