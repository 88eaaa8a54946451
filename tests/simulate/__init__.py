"""Compares the reading of policies with @cloud-copilot/iam-simulate (`make simulate`)."""
