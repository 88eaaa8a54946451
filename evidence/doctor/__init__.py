"""Says before a collection what would fail in it: tried here and at AWS, read-only, in under a minute."""

from evidence.doctor.examination import examine
from evidence.doctor.health_report import HealthReport

__all__ = ["HealthReport", "examine"]
