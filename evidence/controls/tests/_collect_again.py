"""What to do where the evidence itself cannot be relied on: look at the cause, and collect again."""

from evidence.controls.declaration import Remedy


def collect_again(first: str) -> Remedy:
    """Return the remedy of a test of reliability: what to look at first, then a new run."""
    return Remedy(
        console=f"{first} Then collect again: a sealed bundle is never mended.", cli=("evidence run",)
    )
