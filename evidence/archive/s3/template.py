"""Prints a bucket that can protect an archive, with the role that keeps it, from templates/archive/."""

import json

from evidence.archive.s3.policy import (
    KEY_ACTIONS,
    actions_of,
    key_statement,
    policy_document,
    require_bucket,
    statements,
)
from evidence.report import assets
from evidence.settings.sections import ArchiveSettings

_FILES = {"cloudformation": "bucket.yaml", "terraform": "bucket.tf"}


def template_of(settings: ArchiveSettings, kind: str) -> str:
    """Return the template, `cloudformation` or `terraform`; raises UsageError when no bucket is named."""
    bucket, prefix = require_bucket(settings)
    about, inside = actions_of()
    arn = {"Fn::GetAtt": ["Bucket", "Arn"]}
    words = {
        "bucket": bucket,
        "prefix": prefix,
        "mode": settings.mode.upper(),
        "years": settings.retention_years,
        "kms_key": settings.kms_key or "",
        "policy": policy_document(statements(arn, {"Fn::Sub": "${Bucket.Arn}/${Prefix}*"})),
        "key_policy": policy_document([key_statement(settings.kms_key or {"Fn::GetAtt": ["Key", "Arn"]})]),
        "about": about,
        "inside": inside,
        "key_actions": KEY_ACTIONS,
    }
    # Settings have been matched against patterns: none can hold what a template language would read.
    return assets.fill_in("archive", _FILES[kind], words, {"json": json.dumps}).rstrip("\n")
