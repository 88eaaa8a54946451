"""Writes and verifies the pack: one signed zip with bundle, report, appendices and results."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.pack.verify import verify_pack
    from evidence.pack.write import write_pack

__all__ = ["verify_pack", "write_pack"]


def __getattr__(name: str) -> Any:
    """Import on demand: verifying a bundle needs no PDF library."""
    if name == "verify_pack":
        from evidence.pack.verify import verify_pack

        return verify_pack
    if name == "write_pack":
        from evidence.pack.write import write_pack

        return write_pack
    raise AttributeError(name)
