"""PRIV, ROOT-6 and ORG-1 as strangers write policies: every published path, other partitions, odd patterns."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Sequence
from typing import Any

from tests.controls.world import ACCOUNT, IAM, ORGANIZATION_TARGET
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    POWER_USER,
    RECORDS,
    ROOT_DENIED,
    SUPPORT,
    document,
    policy,
    role,
    user,
)
from tests.corpus.escalation import (
    BOUND,
    BOUNDARIES,
    BOUNDARY,
    DETAILS,
    VERDICTS,
    allow,
    both,
    deny,
    group,
    of_a_role,
    of_a_user,
)
from tests.corpus.labelled import (
    EMPTY,
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    OUTSIDE,
    PASS,
    UNSETTLED,
    USER_GUIDE,
    Case,
    table,
)
from tests.corpus.organization import ARN, FULL, MEMBER, POLICIES, SCP_DOC
from tests.corpus.privilege import _document, _inline, _scoped
from tests.support.bundles import gap

PROWLER = "https://github.com/prowler-cloud/prowler (privilege escalation combinations, August 2026)"
SAMPLES = "https://github.com/aws-samples/service-control-policy-examples"
PARTITIONS = f"{USER_GUIDE}reference-arns.html"
CONDITIONS = f"{USER_GUIDE}reference_policies_elements_condition.html"

ADMIN = policy(ADMINISTRATOR, EVERYTHING)


def trusted_by(service: str, name: str = "strong", **changes: Any) -> dict[str, Any]:
    """An administrator's role that a service may take."""
    trust = document(Action="sts:AssumeRole", Principal={"Service": service})
    return role(name, attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=trust, **changes)


# PRIV-1: everything, however it is spelled.
EVERY = {
    **{f"every ARN of {one}": (document(Action="*", Resource=f"arn:{one}:*"), FAIL)
       for one in ("aws-us-gov", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")},
    "every ARN of any partition": (document(Action="*", Resource="arn:aws*:*"), FAIL),
    "every ARN part by part in GovCloud": (document(Action="*", Resource="arn:aws-us-gov:*:*:*:*"), FAIL),
    "a colon between stars": (document(Action="*", Resource="*:*"), FAIL),
    "question mark and star": (document(Action="?*", Resource="?*"), FAIL),
    "all but an action that is none": (document(NotAction="prowler:action", Resource="*"), FAIL),
    "all but everything and more": (document(NotAction=["*", "s3:*"], Resource="*"), PASS),
    "all resources but none": (document(Action="*", NotResource=[]), FAIL),
    "all actions but none": (document(NotAction=[], Resource="*"), FAIL),
    "no action in a list": (document(Action=[], Resource="*"), PASS),
    "no resource in a list": (document(Action="*", Resource=[]), PASS),
    "the old version": ({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, FAIL),
    "no version": ({"Statement": {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}}, FAIL),
    "an operator without keys is no condition": (document(Action="*", Resource="*", Condition={"StringEquals": {}}), FAIL),
    "a condition that is null": (document(Action="*", Resource="*", Condition=None), FAIL),
    "a variable stands for whatever": (document(Action="*", Resource="arn:aws:s3:::${aws:username}/*"), PASS),
    "everything by text of JSON": ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', FAIL),
    "twice the same statement": ({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 2}, FAIL),
    "every service by its star": (document(Action=["s3:*", "ec2:*"], Resource="*"), PASS),
    "everything in a region": (document(Action="*", Resource="*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), OPEN),
    "everything, tagged": (document(Action="*", Resource="*", Condition={"StringEquals": {"aws:ResourceTag/x": "y"}}), OPEN),
}  # fmt: skip

GOV = "arn:aws-us-gov:iam::aws:policy"


def _records(value: tuple[Sequence[Any], Any, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {"records": {DETAILS: list(records)}, "conclusion": conclusion, "rows": rows, "only": True}


def _holding(made: Any, **changes: Any) -> dict[str, Any]:
    return role("p", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": made}], **changes)


PRIV_2 = {
    "AdministratorAccess of GovCloud": ([role("p", attached=(f"{GOV}/AdministratorAccess",)), policy(f"{GOV}/AdministratorAccess", EVERYTHING)], FAIL, {"role/p": EXCEPTION}),
    "all of IAM on every ARN of China": ([_holding(document(Action="iam:*", Resource="arn:aws-cn:*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM on every ARN of the sovereign cloud": ([_holding(document(Action="iam:*", Resource="arn:aws-eusc:iam::*:*"))], FAIL, {"role/p": EXCEPTION}),
    "IAM in capitals": ([_holding(document(Action="IAM:*", Resource="*"))], FAIL, {"role/p": EXCEPTION}),
    "every action of IAM by the letters they begin with": (
        [_holding(document(Action=[f"iam:{letter}*" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"], Resource="*"))], FAIL, {"role/p": EXCEPTION}),
    "a boundary is shown, not passed on": ([role("p", attached=(ADMINISTRATOR,), **BOUND), ADMIN, policy(BOUNDARY, NARROW)], FAIL, {"role/p": EXCEPTION}),
    "a role of Control Tower that nobody named": ([role("AWSControlTowerExecution", attached=(ADMINISTRATOR,)), ADMIN], FAIL, {"role/AWSControlTowerExecution": EXCEPTION}),
    "AdministratorAccess for Amplify is less": ([role("p", attached=("arn:aws:iam::aws:policy/AdministratorAccess-Amplify",)), policy("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", document(Action=["amplify:*", "s3:CreateBucket"], Resource="*"))], EMPTY, {}),
    "a group by its inline policy, with a member": ([group(EVERYTHING), user("a", GroupList=["g"])], FAIL, {"group/g": EXCEPTION}),
    "a user under two policies that are all of IAM together": ([of_a_user(document(Action="iam:*", Resource=f"{IAM}:user/*"), document(Action="iam:*", Resource=f"{IAM}:role/*"))], FAIL, {"user/a": EXCEPTION}),
    "a role that only looks like Identity Center's": ([role("AWSReservedSSO_x_0123456789abcdef", "/team/", (ADMINISTRATOR,)), ADMIN], FAIL, {"role/team/AWSReservedSSO_x_0123456789abcdef": EXCEPTION}),
    "a role under a path that only begins as AWS's": ([role("x", "/aws-service-roles/", (ADMINISTRATOR,)), ADMIN], FAIL, {"role/aws-service-roles/x": EXCEPTION}),
}  # fmt: skip


def on(action: Any, resource: Any, **elements: Any) -> dict[str, Any]:
    return document(Action=action, Resource=resource, **elements)


PRIV_3 = {
    "every bucket of China": (on("s3:*", "arn:aws-cn:s3:::*"), FAIL),
    "every instance of GovCloud": (on("ec2:TerminateInstances", "arn:aws-us-gov:ec2:*:*:instance/*"), FAIL),
    "every bucket of the sovereign cloud": (on("s3:PutObject", "arn:aws-eusc:s3:::*"), FAIL),
    "every secret, in small letters": (on("SecretsManager:putsecretvalue", "arn:aws:secretsmanager:*:*:secret:*"), FAIL),
    "one secret and whatever follows its name": (on("secretsmanager:PutSecretValue", "arn:aws:secretsmanager:*:*:secret:app-*"), PASS),
    "one's own prefix by a variable": (on("s3:PutObject", "arn:aws:s3:::home/${aws:username}/*"), PASS),
    "buckets by a principal's tag": (on("s3:PutObject", "arn:aws:s3:::${aws:PrincipalTag/team}-*"), PASS),
    "tagged resources": (on("ec2:*", "*", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), PASS),
    "tagged resources, if they are": (on("ec2:*", "*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/team": "core"}}), OPEN),
    "whatever tag": (on("ec2:*", "*", Condition={"StringLike": {"aws:ResourceTag/team": "*"}}), OPEN),
    "all but a tag": (on("ec2:*", "*", Condition={"StringNotEquals": {"aws:ResourceTag/team": "core"}}), OPEN),
    "a service by its star in a list": (on(["logs:GetLogEvents", "dynamodb:*"], "*"), FAIL),
    "all but one bucket": (document(Action="s3:*", NotResource="arn:aws:s3:::one"), FAIL),
    "all but reading": (document(NotAction=["s3:Get*"], Resource="*"), FAIL),
    "writes that cannot be limited": (on("cloudwatch:PutMetricData", "*"), FAIL),
    "reading what cannot be limited": (on(["ec2:Describe*", "cloudwatch:GetMetricData"], "*"), PASS),
    "AWS's Lambda basics": (on(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/f:*"), PASS),
    "an action that nobody knows, on everything": (on("nosuch:Thing", "*"), OPEN),
    "an action that nobody knows, on a bucket": (on("nosuch:Thing", "arn:aws:s3:::b"), PASS),
    "allowed and denied": (both(on("s3:*", "*"), document("Deny", Action="s3:*", Resource="*")), FAIL),
}  # fmt: skip

# PRIV-7: combinations that Prowler and pathfinding.cloud publish, and that were in no table of ours.
PASSES = {
    "Batch": "batch:RegisterJobDefinition batch:SubmitJob",
    "Braket": "braket:CreateJob",
    "Cognito's identity pools": "cognito-identity:SetIdentityPoolRoles",
    "EMR": "elasticmapreduce:RunJobFlow",
    "EMR Serverless": "emr-serverless:CreateApplication emr-serverless:StartJobRun",
    "GameLift": "gamelift:CreateBuild gamelift:CreateFleet gamelift:RequestUploadCredentials",
    "Glue's sessions": "glue:CreateSession glue:RunStatement",
    "Image Builder": "imagebuilder:CreateComponent imagebuilder:CreateImageRecipe imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage",
    "Kinesis Data Analytics": "kinesisanalytics:CreateApplication kinesisanalytics:StartApplication",
    "HealthOmics": "omics:CreateWorkflow omics:StartRun s3:GetObject",
    "EventBridge Scheduler": "scheduler:CreateSchedule",
    "Systems Manager Automation": "ssm:CreateDocument ssm:StartAutomationExecution",
    "Step Functions": "states:CreateStateMachine states:StartExecution",
    "AgentCore's runtime": "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:InvokeAgentRuntimeCommand",
    "AgentCore's harness": "bedrock-agentcore:CreateHarness bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:GetAgentRuntime bedrock-agentcore:InvokeAgentRuntimeCommand",
    "AgentCore's browser": "bedrock-agentcore:CreateBrowser bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
    "ECS, a task that is there": "ecs:StartTask",
    "DataPipeline": "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
}  # fmt: skip
TAKEN_OVER = {
    "jobs of Batch": ("batch:SubmitJob", "ecs-tasks.amazonaws.com"),
    "deployments": ("codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision codedeploy:GetDeploymentConfig", "ec2.amazonaws.com"),
    "state machines": ("states:UpdateStateMachine states:StartExecution", "states.amazonaws.com"),
    "an agent's runtime": ("bedrock-agentcore:InvokeAgentRuntimeCommand", "bedrock-agentcore.amazonaws.com"),
    "an agent's browser": ("bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore.amazonaws.com"),
    "code of functions": ("lambda:UpdateFunctionCode", "lambda.amazonaws.com"),
    "stacks": ("cloudformation:UpdateStack", "cloudformation.amazonaws.com"),
    "instances by commands": ("ssm:SendCommand", "ec2.amazonaws.com"),
}  # fmt: skip


def _user(value: tuple[Any, ...]) -> dict[str, Any]:
    *documents, conclusion = value
    return _records(([of_a_user(*documents)], conclusion, {"user/a": VERDICTS[conclusion]}))


def _one_role(value: tuple[Any, ...]) -> dict[str, Any]:
    *documents, conclusion = value
    return _records(([of_a_role(*documents)], conclusion, {"role/r": VERDICTS[conclusion]}))


BY_A_USER = {
    "IAM's changes by a pattern": (allow("iam:*Policy*"), FAIL),
    "IAM by question marks": (allow("iam:Put?serPolicy"), FAIL),
    "a star for the service": (allow("*:PutUserPolicy"), FAIL),
    "all of EC2 and PassRole": (allow("ec2:*", "iam:PassRole"), FAIL),
    "all of EC2 alone": (allow("ec2:*"), PASS),
    "all but IAM's dangers": (document(NotAction=["iam:*", "lambda:*"], Resource=f"{IAM}:*"), PASS),
    "PassRole by NotResource": (both(document(Action="iam:PassRole", NotResource=f"{IAM}:role/x"), allow("lambda:*")), FAIL),
    "a Deny of everything": (both(allow("iam:*Policy*"), deny("*")), PASS),
    "a Deny of all but reading": (both(allow("iam:PutUserPolicy"), document("Deny", NotAction=["iam:Get*", "iam:List*"], Resource="*")), PASS),
    "a Deny elsewhere": (both(allow("iam:PutUserPolicy"), deny("iam:PutUserPolicy", resource=f"{IAM}:user/b")), FAIL),
    "a Deny of a resource of none": (both(allow("iam:PutUserPolicy"), document("Deny", Action="iam:*", NotResource="*")), FAIL),
    "a Deny that a tag lifts": (both(allow("iam:PutUserPolicy"), deny("iam:*", Condition={"StringNotEquals": {"aws:PrincipalTag/admin": "true"}})), OPEN),
    "one's own user under any path": (allow("iam:AttachUserPolicy", resource="arn:aws:iam::*:user/*/${aws:username}"), PASS),
    "one's own user by a pattern": (allow("iam:AttachUserPolicy", resource="arn:aws:iam::*:user/a*"), FAIL),
    "a login profile for anybody": (allow("iam:UpdateLoginProfile"), FAIL),
    "passing to any service but Lambda": (both(allow("iam:PassRole", Condition={"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}), allow("lambda:CreateFunction", "lambda:InvokeFunction")), PASS),
    "passing by a pattern of services": (both(allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}), allow("lambda:CreateFunction", "lambda:InvokeFunction")), FAIL),
    "passing by a list of services": (both(allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}}), allow("lambda:CreateFunction", "lambda:InvokeFunction")), FAIL),
    "passing if it is told": (both(allow("iam:PassRole", Condition={"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}), allow("lambda:CreateFunction", "lambda:InvokeFunction")), FAIL),
    "users of another partition": (allow("iam:PutUserPolicy", resource="arn:aws-cn:iam::*:user/*"), PASS),
    "MFA if it is told": (allow("iam:PutUserPolicy", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}), OPEN),
    "from an address": (allow("iam:PutUserPolicy", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), OPEN),
    "an empty condition": (allow("iam:PutUserPolicy", Condition={}), FAIL),
    "self service as AWS publishes it": (both(
        allow("iam:ChangePassword", "iam:GetUser", resource="arn:aws:iam::*:user/${aws:username}"),
        allow("iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey", resource="arn:aws:iam::*:user/${aws:username}"),
        allow("iam:CreateVirtualMFADevice", resource="arn:aws:iam::*:mfa/*")), PASS),
}  # fmt: skip
TAKES_ROLE = document(Action="sts:AssumeRole", Principal={"AWS": f"{IAM}:root"})
CHINA = "arn:aws-cn:iam::123456789012"
DELETES, REPLACES = "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"
TOGETHER = {
    "all but IAM is administrator by PRIV-1": ([of_a_user(document(NotAction="iam:*", Resource="*"))], EMPTY, {"user/a": OUTSIDE}),
    "China: passing to EC2 by the name it has there": (
        [user("a", Arn=f"{CHINA}:user/a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": both(
            allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com.cn"}}), allow("ec2:RunInstances"))}])],
        FAIL, {f"{CHINA}:user/a": EXCEPTION}),
    "permission sets where Identity Center is at home": ([of_a_user(allow("sso:PutInlinePolicyToPermissionSet"))], OPEN, {"user/a": UNSETTLED}),
    "one permission set": ([of_a_user(allow("sso:PutInlinePolicyToPermissionSet", resource="arn:aws:sso:::permissionSet/ssoins-1/ps-1"))], PASS, {"user/a": MET}),
    "a boundary that its holder may replace by itself alone": ([of_a_user(allow("iam:PutUserPolicy"), allow(REPLACES, Condition={"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}), **BOUND), policy(BOUNDARY, allow("s3:*", REPLACES))], PASS, {"user/a": MET}),
    "a boundary that its holder may remove from others alone": ([of_a_user(allow("iam:PutUserPolicy"), allow(DELETES, resource=f"{IAM}:user/b"), **BOUND), policy(BOUNDARY, allow("s3:*", DELETES))], PASS, {"user/a": MET}),
    "a boundary that its holder may remove with MFA": ([of_a_user(allow("iam:PutUserPolicy"), allow(DELETES, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), **BOUND), policy(BOUNDARY, allow("s3:*", DELETES))], OPEN, {"user/a": UNSETTLED}),
    "a boundary that its holder may remove bars nothing": ([of_a_user(allow("iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"), **BOUND), policy(BOUNDARY, allow("s3:*", "iam:DeleteUserPermissionsBoundary"))], FAIL, {"user/a": EXCEPTION}),
    "a boundary that its holder may change bars nothing": ([of_a_user(allow("iam:PutUserPolicy", "iam:PutUserPermissionsBoundary"), **BOUND), policy(BOUNDARY, allow("s3:*", "iam:PutUserPermissionsBoundary"))], FAIL, {"user/a": EXCEPTION}),
    "a boundary whose policy its holder may rewrite bars nothing": ([of_a_user(allow("iam:PutUserPolicy"), allow("iam:CreatePolicyVersion", resource=BOUNDARY), **BOUND), policy(BOUNDARY, allow("s3:*", "iam:CreatePolicyVersion"))], FAIL, {"user/a": EXCEPTION}),
    "a boundary whose removal it bars itself": ([of_a_user(allow("iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"), **BOUND), policy(BOUNDARY, allow("s3:*"))], PASS, {"user/a": MET}),
    "a role's boundary that the role may remove bars nothing": ([of_a_role(allow("iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary"), **BOUND), policy(BOUNDARY, allow("s3:*", "iam:DeleteRolePermissionsBoundary"))], FAIL, {"role/r": EXCEPTION}),
    "removing a boundary where there is none": ([of_a_user(allow("iam:DeleteUserPermissionsBoundary"))], PASS, {"user/a": MET}),
    "every role may be assumed, an administrator's trusts the account": (
        [role("strong", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=TAKES_ROLE), of_a_user(allow("sts:AssumeRole")), ADMIN], FAIL, {"role/strong": OUTSIDE, "user/a": EXCEPTION}),
    "every role may be assumed, no administrator's trusts the account": (
        [trusted_by("lambda.amazonaws.com"), of_a_user(allow("sts:AssumeRole")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "every role may be assumed, there is no administrator's": ([role("weak", AssumeRolePolicyDocument=TAKES_ROLE), of_a_user(allow("sts:AssumeRole"))], PASS, {"role/weak": MET, "user/a": MET}),
    "roles of a name may be assumed, an administrator's is none": (
        [role("strong", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=TAKES_ROLE), of_a_user(allow("sts:AssumeRole", resource=f"{IAM}:role/app-*")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "PassRole on every role of a path, an administrator's is there": ([role("strong", "/app/", (ADMINISTRATOR,)), of_a_user(allow("iam:PassRole", resource=f"{IAM}:role/app/*"), allow("lambda:CreateFunction", "lambda:InvokeFunction")), ADMIN], FAIL, {"role/app/strong": OUTSIDE, "user/a": EXCEPTION}),
    "a user of two groups, half by each": (
        [group(allow("iam:PassRole")), {"GroupDetail": {"GroupName": "h", "Arn": f"{IAM}:group/h", "Path": "/", "AttachedManagedPolicies": [], "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": allow("lambda:*")}]}}, user("a", GroupList=["g", "h"])],
        FAIL, {"group/g": MET, "group/h": MET, "user/a": EXCEPTION}),
}  # fmt: skip
ELSEWHERE = [{"Organization": {"Arn": "arn:o", "MasterAccountId": MEMBER}}]
HOME = RECORDS["identity-center.instance"][ORGANIZATION_TARGET][0]
OF_OTHERS = {"organizations.organization": ELSEWHERE, "identity-center.instance": [
    HOME | {"Instance": HOME["Instance"] | {"OwnerAccountId": MEMBER}}]}  # fmt: skip
POWERFUL = [
    role("r", attached=(POWER_USER,)),
    policy(POWER_USER, document(NotAction=["iam:*"], Resource="*")),
]
DELEGATE = {
    "DelegatedAdministrator": {"Id": ACCOUNT},
    "DelegatedServices": [{"ServicePrincipal": "sso.amazonaws.com"}],
}
MEMBERS = (
    Case("PRIV-7", "strangers: AWS's PowerUserAccess in a member account", PASS, {"role/r": MET}, {DETAILS: POWERFUL, **OF_OTHERS}),
    Case("PRIV-7", "strangers: AWS's PowerUserAccess in the account that Identity Center is delegated to", OPEN, {"role/r": UNSETTLED},
         {DETAILS: POWERFUL, **OF_OTHERS, "organizations.delegated-administrators": {ORGANIZATION_TARGET: [DELEGATE]}}),
    Case("PRIV-7", "strangers: AWS's PowerUserAccess in a member account, the instance not asked for", PASS, {"role/r": MET},
         {DETAILS: POWERFUL, "organizations.organization": ELSEWHERE}, gaps=[gap("identity-center.instance", ORGANIZATION_TARGET)]),
)  # fmt: skip
PRIV_7 = (
    *MEMBERS,
    *table("PRIV-7", {f"published: passing a role to {name}": (allow("iam:PassRole", *actions.split()), FAIL) for name, actions in PASSES.items()}, _user, reference=PROWLER),
    *table("PRIV-7", {f"published: passing no role to {name}": (allow(*actions.split(), "iam:GetRole"), PASS) for name, actions in PASSES.items()}, _user, reference=PROWLER),
    *table("PRIV-7", {f"published: taking over {name}, an administrator's role is trusted by the service": (
        [trusted_by(service), of_a_user(allow(*actions.split())), ADMIN], OPEN, {"role/strong": OUTSIDE, "user/a": UNSETTLED})
        for name, (actions, service) in TAKEN_OVER.items()}, _records, reference=PROWLER),
    *table("PRIV-7", {f"published: taking over {name}, none is": (
        [trusted_by("macie.amazonaws.com"), of_a_user(allow(*actions.split())), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET})
        for name, (actions, _) in TAKEN_OVER.items()}, _records, reference=PROWLER),
    *table("PRIV-7", {f"strangers: {name}": value for name, value in BY_A_USER.items()}, _user, reference=CONDITIONS),
    *table("PRIV-7", {f"strangers: {name}": value for name, value in TOGETHER.items()}, _records, reference=BOUNDARIES),
    *table("PRIV-7", {
        "strangers: a role's own by a pattern": (allow("iam:PutRolePolicy", resource=f"{IAM}:role/r*"), FAIL),
        "strangers: what a session's name stands for": (allow("iam:PutRolePolicy", resource=f"{IAM}:role/${{aws:PrincipalTag/role}}"), OPEN),
    }, _one_role, reference=CONDITIONS),
)  # fmt: skip

SUPPORTED = policy(SUPPORT, allow("support:*"))
PRIV_8_9 = (
    *table("PRIV-8", {
        "strangers: an inline list that is empty": ([user("a", UserPolicyList=[])], PASS, {"user/a": MET}),
        "strangers: two users, each with a policy": ([user("a", AttachedManagedPolicies=[{"PolicyArn": SUPPORT}]), user("b", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": NARROW}]), SUPPORTED], FAIL, {"user/a": EXCEPTION, "user/b": EXCEPTION}),
        "strangers: many groups": ([group(NARROW), user("a", GroupList=["g", "gone"])], PASS, {"user/a": MET}),
    }, _records),
    *table("PRIV-9", {
        "strangers: GovCloud's policy": ([role("r", attached=(f"{GOV}/AWSSupportAccess",)), policy(f"{GOV}/AWSSupportAccess", allow("support:*"))], PASS, {"root": MET}),
        "strangers: a policy whose name only begins so": ([role("r", attached=("arn:aws:iam::aws:policy/AWSSupportAccessPlus",)), policy("arn:aws:iam::aws:policy/AWSSupportAccessPlus", NARROW)], FAIL, {"root": EXCEPTION}),
        "strangers: a user alone": ([user("a", AttachedManagedPolicies=[{"PolicyArn": SUPPORT}]), SUPPORTED], PASS, {"root": MET}),
    }, _records),
)  # fmt: skip


# SCPs.
def _policy(value: tuple[Any, Any]) -> dict[str, Any]:
    contents, conclusion = value
    listed = contents if isinstance(contents, list) else [contents]
    return {"records": {POLICIES: [FULL, *(
        {"PolicySummary": {"Id": f"p-{at}", "Name": f"p{at}", "Type": "SERVICE_CONTROL_POLICY"}, "Content": one, "Targets": [{"TargetId": "r-1"}]}
        for at, one in enumerate(listed))]},
        "conclusion": conclusion, "rows": {f"{ARN}/{MEMBER}": VERDICTS[conclusion]}}  # fmt: skip


def scp_of(**elements: Any) -> dict[str, Any]:
    return document("Deny", **({} if {"Action", "NotAction"} & set(elements) else {"Action": "*"}),
                    **({} if {"Resource", "NotResource"} & set(elements) else {"Resource": "*"}), **elements)  # fmt: skip


LEAVE = "organizations:LeaveOrganization"
ARN_LIKE = {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:root"]}}
ROOT_6 = {
    "AWS's sample: all but bucket policies": (scp_of(NotAction=["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"], Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), PASS),
    "AWS's sample: AssumeRoot is left out": (scp_of(Condition=ARN_LIKE | {"Null": {"aws:AssumedRoot": "true"}}), PASS),
    "operators in small letters": (scp_of(Condition={"arnlike": {"AWS:PRINCIPALARN": "arn:aws:iam::*:root"}}), PASS),
    "StringEquals takes a star literally": (scp_of(Condition={"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), FAIL),
    "ArnEquals takes a star as a wildcard": (scp_of(Condition={"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), PASS),
    "roots by a shorter pattern": (scp_of(Condition={"StringLike": {"aws:PrincipalArn": "*:root"}}), PASS),
    "root in every partition": (scp_of(Condition={"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}), PASS),
    "by the kind of principal": (scp_of(Condition={"StringEquals": {"aws:PrincipalType": "Account"}}), PASS),
    "everybody but roles": (scp_of(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}), PASS),
    "everybody but root": (scp_of(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), FAIL),
    "users": (scp_of(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}), FAIL),
    "all but everything": (scp_of(NotAction="*", Condition=ARN_LIKE), FAIL),
    "all but nothing": (scp_of(NotAction=[], Condition=ARN_LIKE), PASS),
    "no action at all": (scp_of(Action=[], Condition=ARN_LIKE), FAIL),
    "no resource at all": (scp_of(Resource=[], Condition=ARN_LIKE), FAIL),
    "one service for root": (scp_of(Action="ec2:*", Condition=ARN_LIKE), OPEN),
    "everybody, everything": (scp_of(), PASS),
    "any of several values, of a key with one": (scp_of(Condition={"ForAnyValue:ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:root"]}}), PASS),
    "if the ARN is told": (scp_of(Condition={"ArnLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), PASS),
    "the same statement twice": (document("Deny", Action="*", Resource="*", Condition=ARN_LIKE) | {"Statement": ROOT_DENIED["Statement"] * 2}, PASS),
    "an Id and Sids": ({"Id": "x", **ROOT_DENIED}, PASS),
    "root, with MFA left out": (scp_of(Condition=ARN_LIKE | {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), OPEN),
    "root, from outside the network": (scp_of(Condition=ARN_LIKE | {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), OPEN),
    "root of accounts that begin so": (scp_of(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::3333*:root"}}), PASS),
    "only AWS's services": (scp_of(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), FAIL),
    "root alone, in one statement of several": ({"Version": "2012-10-17", "Statement": [*document("Deny", Action=LEAVE, Resource="*")["Statement"], *ROOT_DENIED["Statement"]]}, PASS),
}  # fmt: skip
ORG_1 = {
    "AWS's sample": (scp_of(Action=[LEAVE]), PASS),
    "the service by its star": (scp_of(Action="organizations:*"), PASS),
    "by a pattern": (scp_of(Action="organizations:Leave*"), PASS),
    "by question marks": (scp_of(Action="organizations:?eaveOrganization"), PASS),
    "all but another service": (scp_of(NotAction="s3:*"), PASS),
    "all but the service": (scp_of(NotAction=["organizations:*"]), FAIL),
    "closing instead of leaving": (scp_of(Action="account:CloseAccount"), FAIL),
    "another action of the service": (scp_of(Action="organizations:InviteAccountToOrganization"), FAIL),
    "a resource of every account": (scp_of(Action=LEAVE, Resource="arn:aws:organizations::*:account/*"), FAIL),
    "no resource": (scp_of(Action=LEAVE, Resource=[]), FAIL),
    "with an operator without keys": (scp_of(Action=LEAVE, Condition={"StringEquals": {}}), PASS),
    "to all but roles of a path": (scp_of(Action=LEAVE, Condition={"ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/org/*"}}), OPEN),
    "to AWS's services": (scp_of(Action=LEAVE, Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), FAIL),
    "to users": (scp_of(Action=LEAVE, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}), FAIL),
    "an Allow beside it": ([scp_of(Action=LEAVE), document(Action=LEAVE, Resource="*")], PASS),
    "a misspelled action": (scp_of(Action="organisations:LeaveOrganization"), FAIL),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    *table("PRIV-1", {f"strangers: {name}": value for name, value in EVERY.items()}, _document, reference=PARTITIONS),
    *table("PRIV-1", {f"strangers: inline, {name}": value for name, value in EVERY.items()}, _inline, reference=PARTITIONS),
    *table("PRIV-2", {f"strangers: {name}": value for name, value in PRIV_2.items()}, _records, reference=PARTITIONS),
    *table("PRIV-3", {f"strangers: {name}": value for name, value in PRIV_3.items()}, _scoped, reference=PARTITIONS),
    *PRIV_7, *PRIV_8_9,
    *table("ROOT-6", {f"strangers: {name}": value for name, value in ROOT_6.items()}, _policy, reference=SAMPLES),
    *table("ORG-1", {f"strangers: {name}": value for name, value in ORG_1.items()}, _policy, reference=SCP_DOC),
)  # fmt: skip
