# A bucket that can protect an archive of evidence, and the role that keeps the archive in it.
# What Object Lock holds in compliance mode nobody can delete before its time, the account's root user neither.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  type        = string
  description = "Name of the bucket to make."
  default     = [[ bucket | json ]]
}

variable "prefix" {
  type        = string
  description = "Where in it the archive lies; empty, or with a slash at the end."
  default     = [[ prefix | json ]]
}

variable "principal" {
  type        = string
  description = "ARN of the user or role that keeps the archive, or an account id."
}

variable "external_id" {
  type        = string
  description = "Asked of the principal when it assumes the role; empty for none."
  default     = ""
  sensitive   = true
}

variable "key_arn" {
  type        = string
  description = "ARN of a key of AWS KMS to encrypt with; empty for SSE-S3, or for a key that is made here."
  default     = [[ kms_key | json ]]
}

variable "make_key" {
  type        = bool
  description = "Whether a key is made. Without that key no pack can be read again."
  default     = false
}

variable "key_administrator" {
  type        = string
  description = "With make_key, ARN of who alone may disable that key or schedule its deletion."
  default     = ""
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  key_used = var.make_key ? aws_kms_key.archive[0].arn : var.key_arn
  uses_key = var.make_key || var.key_arn != ""
}

resource "aws_kms_key" "archive" {
  count                   = var.make_key ? 1 : 0
  description             = "Encrypts an archive of evidence. Deleted, or disabled, it takes every pack with it."
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "NotDeletedByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["kms:ScheduleKeyDeletion", "kms:DisableKey"]
        Resource  = "*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = var.key_administrator } }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
    precondition {
      condition     = var.key_administrator != ""
      error_message = "Name key_administrator, who alone may disable the key or schedule its deletion."
    }
  }
}

resource "aws_s3_bucket" "archive" {
  bucket              = var.bucket
  object_lock_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    default_retention {
      mode  = [[ mode | json ]]
      years = [[ years ]]
    }
  }
  depends_on = [aws_s3_bucket_versioning.archive]
}

resource "aws_s3_bucket_ownership_controls" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket                  = aws_s3_bucket.archive.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    bucket_key_enabled = local.uses_key
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.uses_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.uses_key ? local.key_used : null
    }
  }
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.archive.arn, "${aws_s3_bucket.archive.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.archive]
}

resource "aws_iam_role" "archive" {
  name_prefix = "EvidenceArchive-"
  description = "Keeps an archive of evidence; adds to it, and deletes nothing."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.principal }
      Condition = var.external_id == "" ? {} : { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "archive" {
  name = "Archive"
  role = aws_iam_role.archive.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "EvidenceArchiveBucket"
        Effect   = "Allow"
        Action   = [[ about | json ]]
        Resource = aws_s3_bucket.archive.arn
      },
      {
        Sid      = "EvidenceArchivePacks"
        Effect   = "Allow"
        Action   = [[ inside | json ]]
        Resource = "${aws_s3_bucket.archive.arn}/${var.prefix}*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "key" {
  count = local.uses_key ? 1 : 0
  name  = "Key"
  role  = aws_iam_role.archive.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "EvidenceArchiveKey"
      Effect   = "Allow"
      Action   = [[ key_actions | json ]]
      Resource = local.key_used
    }]
  })
}

# For role and kms_key under [archive] of evidence.toml.
output "role_arn" {
  value = aws_iam_role.archive.arn
}

output "key_used" {
  value = local.key_used
}
