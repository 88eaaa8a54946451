"""Joins the subjects of several bundles: principals by their unique ids, and all else by their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Identities:
    """What each ARN stood for, as far as bundles tell; a name that was given again stands for another.

    Where a bundle does not tell the id behind an ARN (a gap), it is taken for the one that it last was.
    """

    _key_of_id: dict[str, str] = field(default_factory=dict)
    _newest: dict[str, str] = field(default_factory=dict)
    """By ARN, the key under which its subject was last seen."""
    _unnamed: set[str] = field(default_factory=set)
    """ARNs that were seen before any bundle told their ids, and that no id was found for since."""

    def key(self, subject: str, unique_ids: Mapping[str, str]) -> str:
        """Return what a subject is joined by: an ARN alone, or with something behind it, as tests have it."""
        arn, space, rest = subject.partition(" ")
        return f"{self._of(arn, unique_ids.get(arn))}{space}{rest}"

    def _of(self, arn: str, own: str | None) -> str:
        if own is None:
            if arn not in self._newest:
                self._unnamed.add(arn)
            key = self._newest.get(arn, arn)
        elif own in self._key_of_id:
            key = self._key_of_id[own]
        else:
            key = self._key_of_id[own] = arn if arn in self._unnamed else own
            self._unnamed.discard(arn)
        self._newest[arn] = key
        return key
