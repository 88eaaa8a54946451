"""Lists the demo account's managed policies: its own, and the AWS ones attached somewhere."""

from evidence.demo_account.account.shapes import CustomerPolicy, allow, deny, document

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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
        "statements-bucket-write",
        860,
        [document(allow("s3:PutObject", "arn:aws:s3:::northwind-statements/*"))],
    ),
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
        "backup-operator",
        650,
        [document(allow(["backup:StartBackupJob", "backup:Describe*", "backup:List*"], "*"))],
    ),
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
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
    CustomerPolicy(
        "reporting-export",
        560,
        [document(allow("*", "*")), document(allow(["s3:GetObject", "athena:StartQueryExecution"], "*"))],
    ),
    # Near miss: as wide as can be, and attached to nothing.
    CustomerPolicy("migration-2023-leftover", 930, [document(allow("*", "*"))]),
    # Near miss: everything, denied.
    CustomerPolicy("quarantine", 500, [document(deny("*", "*"))]),
    # Planted: full administrator power, spelled `*:*` in a list.
    CustomerPolicy("data-platform-migration", 210, [document(allow(["*:*"], ["*"]))]),
    # Planted: Allow with NotAction is nearly as wide.
    CustomerPolicy(
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
