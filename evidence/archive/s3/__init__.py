"""Keeps an archive in a bucket of S3 under Object Lock.

The only part of this program that writes to AWS. It is imported when an archive at `s3://` is named, and has
a session, a role and a gate of its own: what collects cannot write, and this cannot collect.
"""
