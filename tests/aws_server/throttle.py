"""Throttles as AWS does: a token bucket for each account and service, one for all server processes."""

import math
import mmap
import struct
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context

from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import digest
from evidence.demo_account.wire import ApiRequest

SLOTS = 65_536
_SLOT = struct.Struct("<Qd")
"""Key of the bucket, 0 for a free slot; the moment at which it is full again."""
_CODES = {"query": "Throttling", "rest-xml": "Throttling", "ec2": "RequestLimitExceeded"}


class Throttle:
    """Refuses what exceeds `rate` requests a second; a bucket holds one second's worth, and at least one.

    The buckets lie in memory that processes forked later share: each bucket is the moment at which it would
    be full again (the generic cell rate algorithm), on the machine's monotonic clock.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1.0 / rate
        self._burst = max(1.0, math.floor(rate)) * self._interval
        self._clock = clock
        self._memory = mmap.mmap(-1, SLOTS * _SLOT.size)
        self._between = get_context("fork").Lock()
        self._within = threading.Lock()

    def refuses(self, account: str, service: str) -> bool:
        """Take a token of the account's bucket for the service; say whether there was none."""
        key = int.from_bytes(digest("bucket", account, service)[:8], "little") or 1
        with self._within, self._between:
            now = self._clock()
            place, full = self._slot(key)
            full = max(full, now) + self._interval
            if full - now > self._burst + 1e-9:
                return True
            _SLOT.pack_into(self._memory, place, key, full)
        return False

    def _slot(self, key: int) -> tuple[int, float]:
        """Return where a bucket lies and when it is full; of a full table, whichever bucket comes last."""
        place, full = 0, 0.0
        for step in range(64):
            place = (key + step) % SLOTS * _SLOT.size
            found, full = _SLOT.unpack_from(self._memory, place)
            if found in (0, key):
                return place, full if found else 0.0
        return place, full

    @staticmethod
    def error(call: ApiRequest) -> AwsError:
        """Return the refusal as the service's protocol spells it."""
        return AwsError(_CODES.get(call.protocol, "ThrottlingException"), "Rate exceeded")
