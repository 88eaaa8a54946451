"""Managed policies: the account's own, and the AWS ones that are attached somewhere."""

from evidence.demo_account.account.shapes import Policy, allow, deny, document

AWS = "arn:aws:iam::aws:policy"
ADMINISTRATOR = f"{AWS}/AdministratorAccess"
READ_ONLY = f"{AWS}/ReadOnlyAccess"
VIEW_ONLY = f"{AWS}/job-function/ViewOnlyAccess"
BILLING = f"{AWS}/job-function/Billing"
SECURITY_AUDIT = f"{AWS}/SecurityAudit"
SSM_CORE = f"{AWS}/AmazonSSMManagedInstanceCore"
LAMBDA_BASIC = f"{AWS}/service-role/AWSLambdaBasicExecutionRole"
LAMBDA_VPC = f"{AWS}/service-role/AWSLambdaVPCAccessExecutionRole"
ECS_EXECUTION = f"{AWS}/service-role/AmazonECSTaskExecutionRolePolicy"
CONFIG_ROLE = f"{AWS}/service-role/AWS_ConfigRole"
S3_READ_ONLY = f"{AWS}/AmazonS3ReadOnlyAccess"
CLOUDWATCH_READ_ONLY = f"{AWS}/CloudWatchReadOnlyAccess"
CHANGE_PASSWORD = f"{AWS}/IAMUserChangePassword"

AWS_MANAGED = (
    ADMINISTRATOR, READ_ONLY, VIEW_ONLY, BILLING, SECURITY_AUDIT, SSM_CORE, LAMBDA_BASIC, LAMBDA_VPC,
    ECS_EXECUTION, CONFIG_ROLE, S3_READ_ONLY, CLOUDWATCH_READ_ONLY, CHANGE_PASSWORD,
)  # fmt: skip
"""Their documents come from moto's copy of AWS's own."""

_FORCE_MFA_EXEMPT = [
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices",
    "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "iam:ChangePassword", "sts:GetSessionToken",
]  # fmt: skip

CUSTOMER = (
    Policy(
        "ledger-postings-write",
        910,
        [
            document(
                allow(
                    ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
                    "arn:aws:dynamodb:*:123456789012:table/ledger-postings",
                )
            )
        ],
    ),
    Policy(
        "ledger-postings-read",
        910,
        [
            document(
                allow(
                    ["dynamodb:GetItem", "dynamodb:Query"],
                    "arn:aws:dynamodb:*:123456789012:table/ledger-postings*",
                )
            )
        ],
    ),
    Policy(
        "payments-queue",
        880,
        [
            document(
                allow(
                    ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                    "arn:aws:sqs:*:123456789012:payments-*",
                )
            )
        ],
    ),
    Policy(
        "statements-bucket-write",
        860,
        [document(allow("s3:PutObject", "arn:aws:s3:::northwind-statements/*"))],
    ),
    Policy(
        "statements-bucket-read",
        860,
        [
            document(
                allow(
                    ["s3:GetObject", "s3:ListBucket"],
                    ["arn:aws:s3:::northwind-statements", "arn:aws:s3:::northwind-statements/*"],
                )
            )
        ],
    ),
    Policy(
        "artifact-publish",
        800,
        [
            document(
                allow(["ecr:GetAuthorizationToken"], "*"),
                allow(
                    [
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:PutImage",
                        "ecr:InitiateLayerUpload",
                        "ecr:UploadLayerPart",
                        "ecr:CompleteLayerUpload",
                    ],
                    "arn:aws:ecr:*:123456789012:repository/northwind/*",
                ),
            )
        ],
    ),
    Policy(
        "deploy-services",
        780,
        [
            document(allow(["ecs:*"], "*")),
            document(
                allow(["ecs:UpdateService", "ecs:DescribeServices", "ecs:RegisterTaskDefinition"], "*"),
                allow(
                    "iam:PassRole",
                    "arn:aws:iam::123456789012:role/ledger-*",
                    Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                ),
            ),
        ],
    ),
    Policy(
        "platform-engineering",
        760,
        [
            document(
                allow(["eks:Describe*", "eks:List*", "ec2:Describe*", "logs:*", "cloudwatch:*"], "*"),
                allow(
                    ["ec2:StartInstances", "ec2:StopInstances"],
                    "*",
                    Condition={"StringEquals": {"aws:ResourceTag/team": "platform"}},
                ),
            )
        ],
        path="/engineering/",
    ),
    Policy(
        "data-engineering",
        740,
        [
            document(
                allow(["glue:*", "athena:*"], "*"),
                allow(
                    ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                    ["arn:aws:s3:::northwind-lake", "arn:aws:s3:::northwind-lake/*"],
                ),
            )
        ],
        path="/engineering/",
    ),
    Policy(
        "backend-engineering",
        740,
        [
            document(
                allow(
                    ["lambda:GetFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"],
                    "arn:aws:lambda:*:123456789012:function:ledger-*",
                ),
                allow(["logs:StartQuery", "logs:GetQueryResults", "xray:Get*"], "*"),
            )
        ],
        path="/engineering/",
    ),
    Policy(
        "sre-oncall",
        700,
        [
            document(
                allow(["rds:RebootDBInstance", "rds:FailoverDBCluster", "ecs:UpdateService"], "*"),
                allow(["cloudwatch:*", "logs:*"], "*"),
            )
        ],
        path="/engineering/",
    ),
    Policy(
        "engineering-boundary",
        700,
        [
            document(
                allow("*", "*"),
                deny(["iam:CreateUser", "iam:CreateAccessKey", "organizations:*", "account:*"], "*"),
            )
        ],
        description="Permissions boundary only: never attached",
    ),
    Policy(
        "force-mfa",
        1200,
        [
            document(
                {
                    "Sid": "DenyAllButEnrolmentWithoutMfa",
                    "Effect": "Deny",
                    "NotAction": _FORCE_MFA_EXEMPT,
                    "Resource": "*",
                    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                }
            )
        ],
    ),
    Policy(
        "backup-operator",
        650,
        [document(allow(["backup:StartBackupJob", "backup:Describe*", "backup:List*"], "*"))],
    ),
    Policy(
        "kms-ledger-decrypt",
        640,
        [
            document(
                allow(
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    "arn:aws:kms:eu-west-1:123456789012:key/7d1f0c1e-94f2-4f0d-8b52-1c3d7a1b9e11",
                )
            )
        ],
    ),
    Policy(
        "mail-sending",
        620,
        [
            document(
                allow(
                    "ses:SendRawEmail",
                    "*",
                    Condition={"StringEquals": {"ses:FromAddress": "no-reply@northwind.example"}},
                )
            )
        ],
    ),
    Policy(
        "metrics-push",
        600,
        [
            document(
                allow(
                    "cloudwatch:PutMetricData",
                    "*",
                    Condition={"StringEquals": {"cloudwatch:namespace": "Northwind"}},
                )
            )
        ],
    ),
    Policy(
        "terraform-state",
        590,
        [
            document(
                allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::northwind-terraform-state/*"),
                allow(
                    ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                    "arn:aws:dynamodb:us-east-1:123456789012:table/terraform-locks",
                ),
            )
        ],
    ),
    # Near miss: it was too wide once; the default version no longer is.
    Policy(
        "reporting-export",
        560,
        [document(allow("*", "*")), document(allow(["s3:GetObject", "athena:StartQueryExecution"], "*"))],
    ),
    # Near miss: as wide as can be, and attached to nothing.
    Policy("migration-2023-leftover", 930, [document(allow("*", "*"))]),
    # Near miss: everything, denied.
    Policy("quarantine", 500, [document(deny("*", "*"))]),
    # Planted: full administrator power, spelled `*:*` in a list.
    Policy("data-platform-migration", 210, [document(allow(["*:*"], ["*"]))]),
    # Planted: Allow with NotAction is nearly as wide.
    Policy(
        "vendor-onboarding",
        330,
        [
            document(
                {
                    "Sid": "EverythingButBilling",
                    "Effect": "Allow",
                    "NotAction": ["aws-portal:*"],
                    "Resource": "*",
                }
            )
        ],
    ),
)
