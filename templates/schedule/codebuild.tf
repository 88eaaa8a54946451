# Collects access-control evidence from AWS [[ every ]], in a CodeBuild project that EventBridge Scheduler starts.
# Before the first run, put evidence.toml, and what it names, under settings/ of the bucket.

[% include "variables.tf" %]

[% include "role.tf" %]

resource "aws_iam_role_policy" "build" {
  name = "Build"
  role = aws_iam_role.evidence.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.run.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.secret
      },
    ]
  })
}

resource "aws_codebuild_project" "evidence" {
  name                   = "evidence"
  description            = "Collects access-control evidence from AWS."
  service_role           = aws_iam_role.evidence.arn
  concurrent_build_limit = 1 # two runs would both add to one archive
  build_timeout          = 480

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    type         = "LINUX_CONTAINER"
    compute_type = "BUILD_GENERAL1_MEDIUM"
    image        = "aws/codebuild/amazonlinux-x86_64-standard:5.0"

    environment_variable {
      name  = "BUCKET"
      value = var.bucket
    }

    environment_variable {
      name  = "EVIDENCE_SIGNER"
      type  = "SECRETS_MANAGER"
      value = "${var.secret}:signer"
    }
[% if not kms_key %]

    environment_variable {
      name  = "EVIDENCE_PASSPHRASE"
      type  = "SECRETS_MANAGER"
      value = "${var.secret}:passphrase"
    }
[% endif %]
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.run.name
    }
  }

  source {
    type      = "NO_SOURCE"
    buildspec = [[ buildspec | hcl ]]
  }
}

resource "aws_iam_role_policy" "start" {
  name = "Start"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "codebuild:StartBuild"
      Resource = aws_codebuild_project.evidence.arn
    }]
  })
}

resource "aws_scheduler_schedule" "evidence" {
  description                  = "Collects access-control evidence [[ every ]]."
  schedule_expression          = [[ aws_cron | hcl ]]
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${data.aws_partition.current.partition}:scheduler:::aws-sdk:codebuild:startBuild"
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ ProjectName = aws_codebuild_project.evidence.name })

    retry_policy {
      maximum_retry_attempts = 3
    }
  }
}

resource "aws_cloudwatch_event_rule" "ended" {
  description = "A run that ended in another way than with 0, gaps among them."
  event_pattern = jsonencode({
    source        = ["aws.codebuild"]
    "detail-type" = ["CodeBuild Build State Change"]
    detail = {
      "project-name" = [aws_codebuild_project.evidence.name]
      "build-status" = ["FAILED", "STOPPED", "FAULT", "TIMED_OUT"]
    }
  })
}
