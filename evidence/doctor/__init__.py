"""Says before a collection what would fail in it: tried here and at AWS, read-only, in under a minute."""

from evidence.doctor.diagnosis import Diagnosis
from evidence.doctor.examine import examine

__all__ = ["Diagnosis", "examine"]
