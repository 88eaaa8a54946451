"""Runs the command with its clock set back: `python -m evidence.demo_account.set_back DAYS COMMAND…`.

For the demonstration alone, which shows a quarter that is over; no option and no variable of the command
itself does this. What is stamped meanwhile is stamped by the demonstration's own authority, and says so.
"""

import runpy
import sys
from datetime import UTC, datetime, timedelta

from evidence import clock


def set_back(days: float) -> None:
    """Have everything in this process that asks for the time be told an earlier one."""
    earlier = clock.shifted_clock(datetime.now(UTC) - timedelta(days=days))
    clock.system_clock = lambda: earlier


if __name__ == "__main__":
    set_back(float(sys.argv[1]))
    sys.argv[:2] = ["evidence"]
    runpy.run_module("evidence", run_name="__main__")
