# Collects access-control evidence from AWS [[ every ]], in a Fargate task that EventBridge Scheduler starts.
# Before the first run, put evidence.toml, and what it names, under settings/ of the bucket.

[% include "variables.tf" %]

variable "image" {
  type        = string
  description = "The image that make image made, with its digest."
[% if image %]
  default     = [[ image | hcl ]]
[% endif %]
}

variable "files_image" {
  type        = string
  description = "The AWS CLI (public.ecr.aws/aws-cli/aws-cli) with its digest; moves files from and to the bucket."
}

variable "subnets" {
  type        = list(string)
  description = "Subnets from which AWS's endpoints are reached."
}

variable "security_group" {
  type        = string
  description = "A security group that lets HTTPS out, and nothing in."
}

variable "public_address" {
  type        = bool
  default     = false
  description = "True in subnets without a NAT gateway."
}

[% include "role.tf" %]

locals {
  region = split(":", aws_cloudwatch_log_group.run.arn)[3]
  shared = {
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "work", containerPath = "/work" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.run.name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = "run"
      }
    }
  }
  files = {
    image      = var.files_image
    entryPoint = ["sh", "-ec"]
    environment = [
      { name = "BUCKET", value = var.bucket },
      { name = "HOME", value = "/work" },
    ]
  }
}

resource "aws_ecs_cluster" "evidence" {
  name = "evidence"
}

resource "aws_iam_role" "execution" {
  name_prefix = "EvidenceExecution-"
  description = "Starts the task: pulls its images, writes its logs, reads the one secret."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "signer" {
  name = "Signer"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.secret
    }]
  })
}

resource "aws_ecs_task_definition" "evidence" {
  family                   = "evidence"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 2048
  memory                   = 8192
  task_role_arn            = aws_iam_role.evidence.arn
  execution_role_arn       = aws_iam_role.execution.arn

  ephemeral_storage {
    size_in_gib = 30
  }

  volume {
    name = "work"
  }

  container_definitions = jsonencode([
    merge(local.shared, local.files, {
      name      = "fetch"
      essential = false
      command   = [[ [fetch] | hcl ]]
    }),
    merge(local.shared, {
      name             = "evidence"
      image            = var.image
      essential        = false
      dependsOn        = [{ containerName = "fetch", condition = "SUCCESS" }]
      user             = "10001:10001"
      workingDirectory = "/work/settings"
      entryPoint       = ["sh", "/usr/local/bin/evidence-run"]
      command          = [[ arguments | hcl ]]
      linuxParameters  = { initProcessEnabled = true }
      environment = [
        { name = "AWS_REGION", value = local.region },
        { name = "EVIDENCE_STATE", value = "/work" },
        { name = "HOME", value = "/work/tmp" },
        { name = "TMPDIR", value = "/work/tmp" },
      ]
      secrets = [
        { name = "EVIDENCE_SIGNER", valueFrom = "${var.secret}:signer::" },
[% if not kms_key %]
        { name = "EVIDENCE_PASSPHRASE", valueFrom = "${var.secret}:passphrase::" },
[% endif %]
      ]
    }),
    merge(local.shared, local.files, {
      name      = "keep"
      essential = true # the task ends with it
      dependsOn = [{ containerName = "evidence", condition = "COMPLETE" }]
      command   = [[ [keep] | hcl ]]
    }),
  ])
}

resource "aws_iam_role_policy" "start" {
  name = "Start"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = aws_ecs_task_definition.evidence.arn
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.evidence.arn } }
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [aws_iam_role.evidence.arn, aws_iam_role.execution.arn]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
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
    arn      = aws_ecs_cluster.evidence.arn
    role_arn = aws_iam_role.scheduler.arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.evidence.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets          = var.subnets
        security_groups  = [var.security_group]
        assign_public_ip = var.public_address
      }
    }

    retry_policy {
      maximum_retry_attempts = 3
    }
  }
}

resource "aws_cloudwatch_event_rule" "ended" {
  description = "A run that ended in another way than with 0, gaps among them, or did not start."
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.evidence.arn]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ "anything-but" = 0 }] } },
        { stopCode = ["TaskFailedToStart", "SpotInterruption", "UserInitiated", "TerminationNotice"] },
      ]
    }
  })
}
