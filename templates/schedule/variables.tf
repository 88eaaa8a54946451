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
  description = "Name of a private bucket, versioned; settings/ is read, archive/ is read and added to."
[% if bucket %]
  default     = [[ bucket | hcl ]]
[% endif %]
}

variable "secret" {
  type        = string
[% if kms_key %]
  description = "ARN of a secret whose member signer is the PEM text of the certificate."
[% else %]
  description = "ARN of a secret with the members signer, PEM of key and certificate, and passphrase."
[% endif %]
[% if secret %]
  default     = [[ secret | hcl ]]
[% endif %]
}

variable "mail" {
  type        = string
  description = "Address that is told of a run that did not end well."
[% if mail %]
  default     = [[ mail | hcl ]]
[% endif %]
}
