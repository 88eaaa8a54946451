"""The known ways by which somebody who is no administrator makes themselves one: data, and nothing else.

Each path names its source: `RSL-n`, Rhino Security Labs' list of 2018 (in its order); `PF …`, the id at
pathfinding.cloud (December 2025; later ones as Prowler cites them); `CS`, cloudsplaining's methods; `PR`,
Prowler's combinations (August 2026). Which actions a path takes is fact; words and order are ours. Paths that
only join two of these are left out: whoever can attach a policy to a role and assume it can attach it.
"""

from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """What a path does."""

    CHANGE = "gives more power to a principal"
    """To oneself, or to whatever one chooses."""
    BECOME = "takes the place of an administrator"
    PASS = "passes an administrator's role to a service that runs code"  # noqa: S105  not a password
    TAKE_OVER = "takes over a workload that runs as administrator"
    """Where there is such a workload."""
    ASSUME = "assumes an administrator's role"
    """Where there is one that trusts the whole account. Whoever may assume a role by its name is meant to."""


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """One path."""

    id: str
    way: Way
    actions: tuple[str, ...]
    """All of them are needed. The first is the one whose resource counts; of PASS, iam:PassRole is."""
    target: str
    """The resource type on which it counts: of IAM, or of the workload that is taken over."""
    service: str = ""
    """The service that a role is passed to, or that a workload runs in."""
    sources: str = ""


def _change(action: str, target: str, sources: str) -> EscalationPath:
    return EscalationPath(action, Way.CHANGE, (f"iam:{action}",), target, "", sources)


def _become(action: str, target: str, sources: str) -> EscalationPath:
    return EscalationPath(action, Way.BECOME, (f"iam:{action}",), target, "", sources)


def _pass(service: str, actions: str, sources: str) -> EscalationPath:
    names = tuple(actions.split())
    said = "+".join(name.partition(":")[2] for name in names)
    return EscalationPath(f"PassRole+{said}", Way.PASS, ("iam:PassRole", *names), "role",
                          f"{service}.amazonaws.com", sources)  # fmt: skip


def _take_over(service: str, target: str, actions: str, sources: str) -> EscalationPath:
    names = tuple(actions.split())
    return EscalationPath("+".join(name.partition(":")[2] for name in names), Way.TAKE_OVER, names, target,
                          f"{service}.amazonaws.com", sources)  # fmt: skip


PATHS: tuple[EscalationPath, ...] = (
    _change("CreatePolicyVersion", "policy", "RSL-1, PF iam-001, CS, PR"),
    _change("SetDefaultPolicyVersion", "policy", "RSL-2, CS, PR"),
    _change("AttachUserPolicy", "user", "RSL-7, PF iam-008, CS, PR"),
    _change("AttachGroupPolicy", "group", "RSL-8, PF iam-010, CS, PR"),
    _change("AttachRolePolicy", "role", "RSL-9, PF iam-009, CS, PR"),
    _change("PutUserPolicy", "user", "RSL-10, PF iam-007, CS, PR"),
    _change("PutGroupPolicy", "group", "RSL-11, PF iam-011, CS, PR"),
    _change("PutRolePolicy", "role", "RSL-12, PF iam-005, CS, PR"),
    _become("AddUserToGroup", "group", "RSL-13, PF iam-013, CS, PR"),
    _become("UpdateAssumeRolePolicy", "role", "RSL-14, PF iam-012, CS, PR"),
    _become("CreateAccessKey", "user", "RSL-4, PF iam-002, CS, PR"),
    _become("CreateLoginProfile", "user", "RSL-5, PF iam-004, CS, PR"),
    _become("UpdateLoginProfile", "user", "RSL-6, PF iam-006, CS, PR"),
    EscalationPath("AssumeRole", Way.ASSUME, ("sts:AssumeRole",), "role", "", "PF sts-001, PR"),
    _pass("ec2", "ec2:RunInstances", "RSL-3, PF ec2-001, CS, PR"),
    _pass("ec2", "ec2:RequestSpotInstances", "PF ec2-003, CS, PR"),
    _pass("ec2", "autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup", "PR"),
    _pass("ec2", "autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup", "PR"),
    _pass("lambda", "lambda:CreateFunction lambda:InvokeFunction", "RSL-15, PF lambda-001, CS, PR"),
    _pass("lambda", "lambda:CreateFunction lambda:CreateEventSourceMapping",
          "RSL-16, PF lambda-002, CS, PR"),
    _pass("lambda", "lambda:CreateFunction lambda:AddPermission", "PF lambda-006, CS, PR"),
    _pass("glue", "glue:CreateDevEndpoint", "RSL-18, PF glue-001, CS, PR"),
    _pass("glue", "glue:CreateJob glue:StartJobRun", "PF glue-003, CS, PR"),
    _pass("glue", "glue:CreateJob glue:CreateTrigger", "PF glue-004, CS, PR"),
    _pass("glue", "glue:UpdateJob glue:StartJobRun", "PF glue-005, CS, PR"),
    _pass("glue", "glue:UpdateJob glue:CreateTrigger", "PF glue-006, CS, PR"),
    _pass("cloudformation", "cloudformation:CreateStack", "RSL-20, PF cloudformation-001, CS, PR"),
    _pass("cloudformation", "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
          "PF cloudformation-003, CS, PR"),
    _pass("cloudformation", "cloudformation:UpdateStackSet", "PF cloudformation-004, CS, PR"),
    _pass("datapipeline",
          "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
          "RSL-21, PF datapipeline-001, CS, PR"),
    _pass("codestar", "codestar:CreateProject", "PR"),
    _pass("codebuild", "codebuild:CreateProject codebuild:StartBuild", "PF codebuild-001, CS, PR"),
    _pass("codebuild", "codebuild:CreateProject codebuild:StartBuildBatch", "PF codebuild-004, CS, PR"),
    _pass("ecs-tasks", "ecs:RegisterTaskDefinition ecs:CreateService", "PF ecs-003, CS, PR"),
    _pass("ecs-tasks", "ecs:RegisterTaskDefinition ecs:RunTask", "PF ecs-004, CS, PR"),
    _pass("ecs-tasks", "ecs:RegisterTaskDefinition ecs:StartTask", "PF ecs-005, CS, PR"),
    _pass("ecs-tasks", "ecs:RunTask", "PR"),
    _pass("ecs-tasks", "ecs:StartTask", "PF ecs-009, PR"),
    _pass("ecs-tasks", "batch:RegisterJobDefinition batch:SubmitJob", "PF batch-001, PR"),
    _pass("sagemaker", "sagemaker:CreateNotebookInstance", "PF sagemaker-001, CS, PR"),
    _pass("sagemaker", "sagemaker:CreateTrainingJob", "PF sagemaker-002, CS, PR"),
    _pass("sagemaker", "sagemaker:CreateProcessingJob", "PF sagemaker-003, CS, PR"),
    _pass("tasks.apprunner", "apprunner:CreateService", "PF apprunner-001, CS, PR"),
    _pass("bedrock-agentcore",
          "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession "
          "bedrock-agentcore:InvokeCodeInterpreter", "PF bedrock-001, CS, PR"),
    _pass("bedrock-agentcore",
          "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:InvokeAgentRuntimeCommand", "PR"),
    _pass("bedrock-agentcore",
          "bedrock-agentcore:CreateBrowser bedrock-agentcore:StartBrowserSession "
          "bedrock-agentcore:ConnectBrowserAutomationStream", "PR"),
    _pass("braket", "braket:CreateJob", "PF braket-001, PR"),
    _pass("cognito-identity", "cognito-identity:SetIdentityPoolRoles", "PF cognitoidentity-001, PR"),
    _pass("ec2", "elasticmapreduce:RunJobFlow", "PF emr-001, PR"),
    _pass("ec2",
          "imagebuilder:CreateComponent imagebuilder:CreateImageRecipe "
          "imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage",
          "PF imagebuilder-001, PR"),
    _pass("emr-serverless", "emr-serverless:CreateApplication emr-serverless:StartJobRun",
          "PF emrserverless-001, PR"),
    _pass("gamelift", "gamelift:CreateBuild gamelift:CreateFleet", "PF gamelift-001, PR"),
    _pass("glue", "glue:CreateSession glue:RunStatement", "PF glue-007, PR"),
    _pass("kinesisanalytics", "kinesisanalytics:CreateApplication kinesisanalytics:StartApplication",
          "PF kinesisanalytics-001, PR"),
    _pass("omics", "omics:CreateWorkflow omics:StartRun", "PF omics-001, PR"),
    _pass("scheduler", "scheduler:CreateSchedule", "PF scheduler-001, PR"),
    _pass("ssm", "ssm:CreateDocument ssm:StartAutomationExecution", "PF ssm-003, PR"),
    _pass("states", "states:CreateStateMachine states:StartExecution", "PF stepfunctions-001, PR"),
    _take_over("lambda", "function", "lambda:UpdateFunctionCode", "RSL-17, PF lambda-003 to 005, CS, PR"),
    _take_over("lambda", "function", "lambda:UpdateFunctionConfiguration", "PR"),
    _take_over("glue", "devendpoint", "glue:UpdateDevEndpoint", "RSL-19, PF glue-002, CS, PR"),
    _take_over("ec2", "instance", "ssm:StartSession", "PF ssm-001, CS, PR"),
    _take_over("ec2", "instance", "ssm:SendCommand", "PF ssm-002, CS, PR"),
    _take_over("ec2", "instance", "ec2-instance-connect:SendSSHPublicKey",
               "PF ec2instanceconnect-003, CS, PR"),
    _take_over("ec2", "instance", "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances",
               "PF ec2-002, CS, PR"),
    _take_over("ec2", "launch-template", "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
               "PF ec2-004, CS, PR"),
    _take_over("cloudformation", "stack", "cloudformation:UpdateStack", "PF cloudformation-002, CS, PR"),
    _take_over("cloudformation", "stack", "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
               "PF cloudformation-005, CS, PR"),
    _take_over("codebuild", "project", "codebuild:StartBuild", "PF codebuild-002, CS, PR"),
    _take_over("codebuild", "project", "codebuild:StartBuildBatch", "PF codebuild-003, CS, PR"),
    _take_over("ecs-tasks", "task", "ecs:ExecuteCommand", "CS, PR"),
    _take_over("sagemaker", "notebook-instance", "sagemaker:CreatePresignedNotebookInstanceUrl",
               "PF sagemaker-004, CS, PR"),
    _take_over("sagemaker", "notebook-instance",
               "sagemaker:UpdateNotebookInstance sagemaker:CreateNotebookInstanceLifecycleConfig "
               "sagemaker:StopNotebookInstance sagemaker:StartNotebookInstance",
               "PF sagemaker-005, CS, PR"),
    _take_over("tasks.apprunner", "service", "apprunner:UpdateService", "PF apprunner-002, CS, PR"),
    _take_over("bedrock-agentcore", "code-interpreter-custom",
               "bedrock-agentcore:InvokeCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession",
               "PF bedrock-002, CS, PR"),
    _take_over("bedrock-agentcore", "runtime", "bedrock-agentcore:InvokeAgentRuntimeCommand", "PR"),
    _take_over("bedrock-agentcore", "browser-custom",
               "bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
               "PR"),
    _take_over("ecs-tasks", "job-definition", "batch:SubmitJob", "PF batch-002, PR"),
    _take_over("ec2", "deploymentgroup",
               "codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision "
               "codedeploy:GetDeploymentConfig", "PF codedeploy-001, PR"),
    _take_over("states", "statemachine", "states:UpdateStateMachine states:StartExecution",
               "PF stepfunctions-002, PR"),
    _take_over("sso", "PermissionSet", "sso:AttachManagedPolicyToPermissionSet", "PF sso-001, sso-002, PR"),
    _take_over("sso", "PermissionSet", "sso:PutInlinePolicyToPermissionSet", "PF sso-003, PR"),
)  # fmt: skip

LIFTING = {
    kind: (
        f"iam:Delete{kind.capitalize()}PermissionsBoundary",
        f"iam:Put{kind.capitalize()}PermissionsBoundary",
    )
    for kind in ("user", "role")
}
"""Actions on oneself that take a boundary away or put another in its place (PF iam-022, iam-023, PR)."""
REWRITING = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
"""Actions on a boundary's policy that change what it bars."""
ACTIONS = frozenset(
    action.lower() for actions in (*(path.actions for path in PATHS), *LIFTING.values()) for action in actions
)
"""Every action that a path takes, or by which a boundary is lifted, in lower case."""
