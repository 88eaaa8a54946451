"""Kills this process (SIGKILL) at its so-manieth event of a kind; nothing of the product knows of it.

Everything that changes a disk goes through a few functions of `os` and `io`: they are put in the place of
themselves, counting, in a process that is to die.
"""

import builtins
import io
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "create": ("open",),
    "write": (),
    "fsync": ("fsync",),
    "rename": ("rename", "replace", "link"),
    "unlink": ("unlink", "remove", "rmdir"),
    "mkdir": ("mkdir",),
}
"""The kinds of events, and what of `os` they are."""
ANY = "any"


@dataclass
class Trap:
    """Counts events, and springs at one."""

    kind: str = ""
    number: int = 0
    """From 1; 0 for never."""
    counts: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def event(self, kind: str, half: Callable[[], object] = lambda: None) -> None:
        """Count an event that is about to be; die before it, or with `half` of it done."""
        with self._guard:
            self.counts.update((kind, ANY))
            if self.counts[self.kind] == self.number and self.kind in (kind, ANY):
                half()
                os.kill(os.getpid(), signal.SIGKILL)

    def set(self) -> None:
        """Count what this process does from here on."""
        for kind, names in KINDS.items():
            for name in names:
                setattr(os, name, self._counted(kind, getattr(os, name)))
        io.open = builtins.open = self._opening(io.open)  # type: ignore[assignment]

    def _counted(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            if kind != "create" or given[1] & os.O_CREAT:
                self.event(kind)
            return function(*given, **named)

        return counted

    def _opening(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        trap = self

        class CountedFile(io.FileIO):
            def write(self, data: Any) -> int:
                content = bytes(data)
                trap.event("write", lambda: super(CountedFile, self).write(content[: len(content) // 2]))
                return super().write(content)

        def opened(file: Any, mode: str = "r", buffering: int = -1, *given: Any, **named: Any) -> Any:
            if "b" not in mode or not set(mode) & set("wax+"):
                return plain(file, mode, buffering, *given, **named)
            if not isinstance(file, int):
                self.event("create")
            ways = {name: named[name] for name in ("closefd", "opener") if name in named}
            raw = CountedFile(file, mode.replace("b", ""), **ways)
            if buffering == 0:
                return raw
            buffered = io.BufferedRandom if "+" in mode else io.BufferedWriter
            return buffered(raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)

        return opened
