data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_iam_policy" "evidence" {
  name_prefix = "EvidencePolicy-"
  description = "What evidence policy prints."
  policy      = <<-POLICY
    [[ policy | hcl(2) | indent(4) ]]
  POLICY
}

resource "aws_iam_role" "evidence" {
  name_prefix = "Evidence-"
  description = "Collects audit evidence; may read it, and change nothing but the archive."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "[[ service ]].amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "evidence" {
  role       = aws_iam_role.evidence.name
  policy_arn = aws_iam_policy.evidence.arn
}

resource "aws_iam_role_policy" "archive" {
  name = "Archive"
  role = aws_iam_role.evidence.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"
      },
      {
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}/settings/*",
          "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}/archive/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}/archive/*"
      },
    ]
  })
}

resource "aws_iam_role" "scheduler" {
  name_prefix = "EvidenceScheduler-"
  description = "Lets EventBridge Scheduler start the run, and nothing else."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_cloudwatch_log_group" "run" {
  name_prefix       = "evidence-"
  retention_in_days = 90
}

# Its messages say that a run ended and how, and no name of anybody.
resource "aws_sns_topic" "ended" {
  name_prefix = "evidence-"
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.ended.arn
  protocol  = "email"
  endpoint  = var.mail
}

resource "aws_sns_topic_policy" "ended" {
  arn = aws_sns_topic.ended.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sns:Publish"
      Principal = { Service = "events.amazonaws.com" }
      Resource  = aws_sns_topic.ended.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.ended.arn } }
    }]
  })
}

resource "aws_cloudwatch_event_target" "mail" {
  rule = aws_cloudwatch_event_rule.ended.name
  arn  = aws_sns_topic.ended.arn
}
