import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.bundle.format.names import problem_of
from evidence.collectors._filenames import FileNames
from evidence.file_names import LONGEST_FOLDER
from evidence.settings.audit_sample import choose_roles
from evidence.settings.model import Sampling
from tests.collectors.collector_fakes import ACCOUNT, Run, files_of, records_of

BASE = f"arn:aws:iam::{ACCOUNT}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}],
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def role(name: str, path: str = "/") -> dict:
    return {
        "RoleName": name,
        "Path": path,
        "Arn": f"{BASE}:role{path}{name}",
        "AssumeRolePolicyDocument": TRUST,
    }


def needed(*roles: dict) -> dict:
    return {"iam.authorization-details": [{"UserDetail": {}}, *({"RoleDetail": one} for one in roles)]}


def wire_role(name: str, boundary: str | None = None) -> dict:
    """A role as GetRole answers."""
    more = {"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}
    dates = {"CreateDate": "2026-01-01T00:00:00Z"}
    document = {"AssumeRolePolicyDocument": json.dumps(TRUST)}
    return {
        "Role": {"Path": "/", "RoleName": name, "RoleId": "AROA", "Arn": "a", **dates, **document, **more}
    }


def answers(*, attached=(), inline=(), boundary=None) -> dict:
    attachments = [{"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]} for arn in attached]
    inline_pages = [{"PolicyNames": [name]} for name in inline]
    return {
        "GetRole": lambda asked: wire_role(asked["RoleName"], boundary),
        "ListRolePolicies": inline_pages or {"PolicyNames": []},
        "GetRolePolicy": lambda asked: {
            "RoleName": asked["RoleName"],
            "PolicyName": asked["PolicyName"],
            "PolicyDocument": json.dumps(ALLOW),
        },
        "ListAttachedRolePolicies": {"AttachedPolicies": attachments},
        "GetPolicy": lambda asked: {
            "Policy": {"PolicyName": asked["PolicyArn"].rpartition("/")[2], "DefaultVersionId": "v3"}
        },
        "GetPolicyVersion": lambda asked: {
            "PolicyVersion": {"VersionId": asked["VersionId"], "Document": json.dumps(ALLOW)}
        },
    }


class TestSampleRolePolicies:
    def test_record_and_files_of_a_role(self, collected: Run) -> None:
        managed, boundary = f"{BASE}:policy/team/Build", f"{BASE}:policy/Limit"
        yields, ctx = collected(
            "iam.sample-role-policies",
            answers(attached=[managed], inline=["own"], boundary=boundary),
            needed=needed(role("deploy", "/ci/")),
        )
        (record,) = records_of(yields)
        assert record["RoleName"] == "deploy"
        assert record["Arn"] == f"{BASE}:role/ci/deploy"
        assert record["SelectedBy"] == "random"
        assert record["Role"]["AssumeRolePolicyDocument"] == TRUST
        assert record["InlinePolicies"] == [{"PolicyName": "own", "PolicyDocument": ALLOW}]
        version = {"VersionId": "v3", "PolicyDocument": ALLOW}
        assert record["AttachedPolicies"] == [{"PolicyArn": managed, "PolicyName": "Build", **version}]
        assert record["PermissionsBoundary"] == {"PolicyArn": boundary, "PolicyName": "Limit", **version}
        folder = "roles/deploy"
        assert {name: json.loads(content) for name, content in files_of(yields).items()} == {
            f"{folder}/trust.json": TRUST,
            f"{folder}/inline-own.json": ALLOW,
            f"{folder}/own-Build.json": ALLOW,
            f"{folder}/boundary-Limit.json": ALLOW,
        }
        assert ctx.depth() == 3

    def test_a_shared_policy_is_fetched_once(self, collected: Run) -> None:
        yields, ctx = collected(
            "iam.sample-role-policies",
            answers(attached=[f"{BASE}:policy/Shared"]),
            needed=needed(*(role(f"r{n}") for n in range(3))),
        )
        assert [len(record["AttachedPolicies"]) for record in records_of(yields)] == [1, 1]
        assert [name for name, *_ in ctx.asked].count("GetPolicyVersion") == 1

    def test_policies_of_one_name_keep_a_file_each(self, collected: Run) -> None:
        attached = [f"{BASE}:policy/Read", "arn:aws:iam::aws:policy/Read"]
        yields, _ = collected(
            "iam.sample-role-policies", answers(attached=attached), needed=needed(role("reader"))
        )
        names = {name.rpartition("/")[2] for name in files_of(yields)}
        assert names == {"trust.json", "own-Read.json", "aws-Read.json"}

    def test_same_documents_give_the_same_bytes(self, collected: Run) -> None:
        def files() -> dict:
            yields, _ = collected("iam.sample-role-policies", answers(), needed=needed(role("reader")))
            return files_of(yields)

        assert files() == files()
        assert files()["roles/reader/trust.json"].startswith(b'{\n  "Statement"')

    def test_no_roles_no_calls(self, collected: Run) -> None:
        service_linked = role("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/")
        yields, ctx = collected("iam.sample-role-policies", {}, needed=needed(service_linked))
        assert yields == []
        assert ctx.asked == []

    @pytest.mark.parametrize("seed", [None, "auditor's own"])
    def test_the_roles_are_those_anybody_would_choose(self, collected: Run, seed: str | None) -> None:
        roles = [role(f"role-{number}") for number in range(30)] + [role("key-admin", "/key/")]
        sampling = Sampling(seed=seed, role_paths=("/key/",))
        yields, _ = collected("iam.sample-role-policies", answers(), needed=needed(*roles), sampling=sampling)
        expected = choose_roles(roles, sampling, seed or "d" * 64)
        selected = [(record["Arn"], record["SelectedBy"]) for record in records_of(yields)]
        named = [(arn, "named") for arn in expected.named]
        assert selected == named + [(arn, "random") for arn in expected.chosen]
        assert len(selected) == 16


SSO = "/aws-reserved/sso.amazonaws.com/eu-west-1/"


class TestFileNames:
    @example(["Admin", "admin", "a/b", "a~2Fb", "x" * 99, "X" * 99, "x" * 98 + "~2"])
    @given(st.lists(st.text(max_size=40), max_size=30))
    def test_safe_short_and_different_for_any_names(self, names: list[str]) -> None:
        given_out = FileNames(LONGEST_FOLDER)
        safe = [given_out.of(name) for name in names]
        assert len({name.casefold() for name in safe}) == len(names)
        assert not any(problem_of(name, LONGEST_FOLDER) for name in safe)

    @pytest.mark.parametrize(
        ("name", "full", "limit", "short"),
        [
            ("ci-docs", "arn:aws:iam::123456789012:role/ci/ci-docs", 30, "ci-docs"),
            ("AWSReservedSSO_AdministratorAccess_bba619c6f6e86e4f",
             f"{BASE}:role{SSO}AWSReservedSSO_AdministratorAccess_bba619c6f6e86e4f", 30,
             "AWSReservedSSO_Admin~~16f18334"),
            ("AmazonEC2ContainerServiceforEC2Role",
             "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role", 27,
             "AmazonEC2Containe~~d6ecc2b2"),
            ("team+dev=a,b.c@d-e_f", "", 30, "team+dev=a,b.c@d-e_f"),
        ],
    )  # fmt: skip
    def test_names_are_readable(self, name: str, full: str, limit: int, short: str) -> None:
        assert FileNames(limit).of(name, full) == short


DATES = {"JobCreationDate": "2026-10-01T00:00:00Z", "JobCompletionDate": "2026-10-01T00:00:05Z"}


class TestLastAccessed:
    def report(self, status: str, *services: str, **more) -> dict:
        listed = [{"ServiceName": name, "ServiceNamespace": name} for name in services]
        return {"JobStatus": status, "ServicesLastAccessed": listed, **DATES, **more}

    def test_waits_for_the_job_and_reads_all_pages(self, collected: Run) -> None:
        queue = [
            self.report("IN_PROGRESS"),
            [self.report("COMPLETED", "s3", IsTruncated=True, Marker="m"), self.report("COMPLETED", "ec2")],
        ]
        yields, ctx = collected(
            "iam.last-accessed",
            {
                "GenerateServiceLastAccessedDetails": {"JobId": "j" * 36},
                "GetServiceLastAccessedDetails": lambda _: queue.pop(0),
            },
            needed=needed(role("deploy")),
        )
        (record,) = yields
        assert record["Arn"] == f"{BASE}:role/deploy"
        assert record["JobStatus"] == "COMPLETED"
        assert [service["ServiceNamespace"] for service in record["ServicesLastAccessed"]] == ["s3", "ec2"]
        assert "Error" not in record
        assert len(ctx.waits) == 1
        assert ctx.asked[0][2]["Granularity"] == "ACTION_LEVEL"

    def test_a_failed_job_is_recorded_with_its_error(self, collected: Run) -> None:
        error = {"Message": "too large", "Code": "LIMIT"}
        yields, _ = collected(
            "iam.last-accessed",
            {
                "GenerateServiceLastAccessedDetails": {"JobId": "j" * 36},
                "GetServiceLastAccessedDetails": self.report("FAILED", Error=error),
            },
            needed=needed(role("deploy")),
        )
        assert yields[0]["JobStatus"] == "FAILED"
        assert yields[0]["Error"] == error


ROLE = {
    "Arn": f"{BASE}:role/deploy",
    "Role": {"AssumeRolePolicyDocument": TRUST},
    "InlinePolicies": [{"PolicyName": "own", "PolicyDocument": ALLOW}],
    "AttachedPolicies": [{"PolicyArn": f"{BASE}:policy/Build", "PolicyDocument": ALLOW}],
    "PermissionsBoundary": None,
}


class TestPolicyValidation:
    def test_each_document_by_its_kind(self, collected: Run) -> None:
        finding = {
            "findingDetails": "d",
            "findingType": "WARNING",
            "issueCode": "c",
            "learnMoreLink": "l",
            "locations": [],
        }
        kinds = {"IDENTITY_POLICY": [{"findings": [finding]}, {"findings": [finding]}]}
        yields, ctx = collected(
            "access-analyzer.policy-validation",
            {"ValidatePolicy": lambda asked: kinds.get(asked["policyType"], {"findings": []})},
            needed={"iam.sample-role-policies": [ROLE]},
        )
        assert [(one["Document"], one["PolicyType"], len(one["Findings"])) for one in yields] == [
            ("trust", "RESOURCE_POLICY", 0),
            ("inline:own", "IDENTITY_POLICY", 2),
            (f"attached:{BASE}:policy/Build", "IDENTITY_POLICY", 2),
        ]
        trust, inline = (ctx.asked[index][2] for index in (0, 1))
        assert trust["validatePolicyResourceType"] == "AWS::IAM::AssumeRolePolicyDocument"
        assert json.loads(trust["policyDocument"]) == TRUST
        assert "validatePolicyResourceType" not in inline


class TestVanishedRole:
    @pytest.mark.parametrize("operation", ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"])
    def test_a_role_deleted_meanwhile_is_recorded_and_takes_no_other_away(
        self, collected: Run, operation: str
    ) -> None:
        usual = {
            "GetRole": lambda asked: wire_role(asked["RoleName"]),
            "ListRolePolicies": lambda _: {"PolicyNames": []},
            "ListAttachedRolePolicies": lambda _: {"AttachedPolicies": []},
        }

        def gone(asked: dict) -> object:
            return "NoSuchEntity" if asked["RoleName"] == "goes" else usual[operation](asked)

        yields, _ = collected(
            "iam.sample-role-policies",
            usual | {operation: gone},
            needed=needed(role("stays"), role("goes")),
            sampling=Sampling(role_names=("stays", "goes")),
        )
        records = {one["RoleName"]: one for one in records_of(yields)}
        arn = f"{BASE}:role/goes"
        assert records["goes"] == {"RoleName": "goes", "Arn": arn, "SelectedBy": "named", "Vanished": True}
        assert records["stays"]["Role"]["RoleName"] == "stays"
        assert list(files_of(yields)) == ["roles/stays/trust.json"]
