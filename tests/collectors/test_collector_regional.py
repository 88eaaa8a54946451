import pytest
from botocore.exceptions import ClientError

from tests.collectors.collector_fakes import ACCOUNT, Run

ANALYZER = f"arn:aws:access-analyzer:eu-west-1:{ACCOUNT}:analyzer/own"
WHEN = "2026-10-01T00:00:00Z"


def test_recorders_meet_their_status(collected: Run) -> None:
    yields, ctx = collected(
        "config.recorders",
        {
            "DescribeConfigurationRecorders": {"ConfigurationRecorders": [{"name": "a"}, {"name": "b"}]},
            "DescribeConfigurationRecorderStatus": {
                "ConfigurationRecordersStatus": [{"name": "b", "recording": False}]
            },
            "DescribeDeliveryChannels": {"DeliveryChannels": [{"name": "default"}]},
        },
    )
    assert yields == [
        {"ConfigurationRecorder": {"name": "a"}, "Status": None},
        {"ConfigurationRecorder": {"name": "b"}, "Status": {"name": "b", "recording": False}},
        {"DeliveryChannel": {"name": "default"}},
    ]
    assert ctx.depth() == 1


def rule(name: str) -> dict:
    return {"ConfigRuleName": name, "Source": {"Owner": "AWS"}}


def test_rules_meet_their_status_over_all_pages(collected: Run) -> None:
    status = {"ConfigRuleName": "two", "FirstEvaluationStarted": True}
    pages = [{"ConfigRules": [rule("one")]}, {"ConfigRules": []}, {"ConfigRules": [rule("two")]}]
    pack = {"ConformancePackName": "cis", "ConformancePackArn": "a", "ConformancePackId": "i"}
    yields, _ = collected(
        "config.rules",
        {
            "DescribeConfigRules": pages,
            "DescribeConfigRuleEvaluationStatus": [
                {"ConfigRulesEvaluationStatus": []},
                {"ConfigRulesEvaluationStatus": [status]},
            ],
            "DescribeConformancePacks": {"ConformancePackDetails": [pack]},
        },
    )
    assert yields == [
        {"ConfigRule": rule("one"), "EvaluationStatus": None},
        {"ConfigRule": rule("two"), "EvaluationStatus": status},
        {"ConformancePack": pack},
    ]


RULES = {"config.rules": [{"ConfigRule": rule("one")}, {"ConformancePack": {}}, {"ConfigRule": rule("two")}]}
VERDICT = {"ConfigRuleName": "one", "Compliance": {"ComplianceType": "NON_COMPLIANT"}}


class TestRuleCompliance:
    def test_every_rule_at_once(self, collected: Run) -> None:
        results = {"one": [{"ComplianceType": "COMPLIANT"}, {"ComplianceType": "NON_COMPLIANT"}], "two": []}
        yields, ctx = collected(
            "config.rule-compliance",
            {
                "GetComplianceDetailsByConfigRule": lambda asked: {
                    "EvaluationResults": results[asked["ConfigRuleName"]]
                },
                "DescribeComplianceByConfigRule": {"ComplianceByConfigRules": [VERDICT]},
            },
            needed=RULES,
        )
        assert yields == [
            {"ComplianceByConfigRule": VERDICT},
            {"ConfigRuleName": "one", "EvaluationResult": {"ComplianceType": "COMPLIANT"}},
            {"ConfigRuleName": "one", "EvaluationResult": {"ComplianceType": "NON_COMPLIANT"}},
        ]
        assert ctx.depth() == 1
        limits = {asked.get("ConfigRuleName"): asked.get("Limit") for *_, asked, _ in ctx.asked}
        assert limits == {None: None, "one": 100, "two": 100}

    def test_a_rule_deleted_meanwhile_has_no_results(self, collected: Run) -> None:
        answers = {
            "GetComplianceDetailsByConfigRule": "NoSuchConfigRuleException",
            "DescribeComplianceByConfigRule": {"ComplianceByConfigRules": []},
        }
        yields, _ = collected("config.rule-compliance", answers, needed=RULES)
        assert yields == []

    def test_a_denied_rule_is_no_empty_rule(self, collected: Run) -> None:
        answers = {
            "GetComplianceDetailsByConfigRule": "AccessDeniedException",
            "DescribeComplianceByConfigRule": {"ComplianceByConfigRules": []},
        }
        with pytest.raises(ClientError):
            collected("config.rule-compliance", answers, needed=RULES)


def analyzer(name: str) -> dict:
    return {"arn": ANALYZER, "name": name, "type": "ACCOUNT", "createdAt": WHEN, "status": "ACTIVE"}


def test_analyzers_with_their_archive_rules(collected: Run) -> None:
    archive = {"ruleName": "known", "filter": {}, "createdAt": WHEN, "updatedAt": WHEN}
    rules = {"a": [archive], "b": []}
    yields, ctx = collected(
        "access-analyzer.analyzers",
        {
            "ListAnalyzers": [{"analyzers": [analyzer("a")]}, {"analyzers": [analyzer("b")]}],
            "ListArchiveRules": lambda asked: {"archiveRules": rules[asked["analyzerName"]]},
        },
    )
    assert [(one["Analyzer"]["name"], one["ArchiveRules"]) for one in yields] == [("a", [archive]), ("b", [])]
    assert ctx.asked[0][2] == {}  # a type would leave the other analyzers out


ANALYZERS = {"access-analyzer.analyzers": [{"Analyzer": analyzer("own"), "ArchiveRules": []}]}


def finding(number: str, status: str = "ACTIVE") -> dict:
    return {
        "id": number,
        "status": status,
        "analyzedAt": WHEN,
        "createdAt": WHEN,
        "updatedAt": WHEN,
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": ACCOUNT,
    }


class TestFindings:
    def test_details_of_what_is_not_resolved(self, collected: Run) -> None:
        listed = [finding("1"), finding("2", "ARCHIVED"), finding("3", "RESOLVED")]
        yields, ctx = collected(
            "access-analyzer.findings",
            {
                "ListFindingsV2": [{"findings": listed[:2]}, {"findings": listed[2:]}],
                "GetFindingV2": lambda asked: {**finding(asked["id"]), "findingDetails": []},
            },
            needed=ANALYZERS,
        )
        assert [one["Finding"] for one in yields] == listed
        assert [one["Details"] and one["Details"]["id"] for one in yields] == ["1", "2", None]
        assert {one["AnalyzerArn"] for one in yields} == {ANALYZER}
        assert "filter" not in ctx.asked[0][2]

    @pytest.mark.parametrize("kind", ["UnusedPermission", "UnusedIAMRole", "InternalAccess"])
    def test_no_details_of_what_is_no_external_access(self, collected: Run, kind: str) -> None:
        yields, ctx = collected(
            "access-analyzer.findings",
            {"ListFindingsV2": {"findings": [finding("1") | {"findingType": kind}]}},
            needed=ANALYZERS,
        )
        assert [one["Details"] for one in yields] == [None]
        assert len(ctx.asked) == 1

    def test_pages_of_details_are_joined(self, collected: Run) -> None:
        def part(permission: str) -> dict:
            return {"unusedPermissionDetails": {"serviceNamespace": permission}}

        pages = [
            {**finding("1"), "findingDetails": [part("s3")], "nextToken": "t"},
            {**finding("1"), "findingDetails": [part("ec2"), part("sns")]},
        ]
        yields, _ = collected(
            "access-analyzer.findings",
            {"ListFindingsV2": {"findings": [finding("1")]}, "GetFindingV2": pages},
            needed=ANALYZERS,
        )
        details = yields[0]["Details"]
        assert details["findingDetails"] == [part("s3"), part("ec2"), part("sns")]
        assert "nextToken" not in details

    def test_gone_since_it_was_listed(self, collected: Run) -> None:
        yields, _ = collected(
            "access-analyzer.findings",
            {
                "ListFindingsV2": {"findings": [finding("1")]},
                "GetFindingV2": "ResourceNotFoundException",
            },
            needed=ANALYZERS,
        )
        assert yields[0]["Details"] is None

    def test_an_analyzer_gone_is_not_an_analyzer_without_findings(self, collected: Run) -> None:
        with pytest.raises(ClientError):
            collected(
                "access-analyzer.findings",
                {"ListFindingsV2": "ResourceNotFoundException"},
                needed=ANALYZERS,
            )


def test_trails_of_the_region_with_what_they_record_and_the_organization_s(collected: Run) -> None:
    arn = "arn:aws:cloudtrail:{}:{}:trail/audit"
    own = {"TrailARN": arn.format("eu-west-1", ACCOUNT), "HomeRegion": "eu-west-1"}
    copy = {"TrailARN": arn.format("us-east-1", ACCOUNT), "HomeRegion": "us-east-1"}
    shadow = {"TrailARN": arn.format("us-east-1", "210987654321"), "HomeRegion": "us-east-1"}
    selectors = {"TrailARN": own["TrailARN"], "EventSelectors": []}
    yields, ctx = collected(
        "cloudtrail.trails",
        {
            "DescribeTrails": {"trailList": [own, copy, shadow]},
            "GetTrailStatus": {"IsLogging": True},
            "GetEventSelectors": selectors,
        },
    )
    assert yields == [
        {"Trail": own, "Status": {"IsLogging": True}, "EventSelectors": selectors},
        {"Trail": shadow, "Status": None, "EventSelectors": None},
    ]
    assert ctx.asked[0][2] == {"includeShadowTrails": True}
    asked = [one[2] for one in ctx.asked]
    assert {"Name": own["TrailARN"]} in asked
    assert {"TrailName": own["TrailARN"]} in asked
    assert len(asked) == 3
