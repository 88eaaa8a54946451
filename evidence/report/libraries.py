"""Finds Pango and its kin on macOS, where Homebrew and MacPorts keep them out of the system's search path."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLE = "DYLD_FALLBACK_LIBRARY_PATH"
_PLACES = ("/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib")
"""Of Homebrew on Apple's and on Intel's processors, and of MacPorts."""
_SYSTEM = ("~/lib", "/usr/local/lib", "/lib", "/usr/lib")
"""Where dyld looks without the variable, and no more once that is set."""


@contextmanager
def text_libraries() -> Iterator[None]:
    """Have WeasyPrint find its libraries while it is imported, which is when it loads them all.

    It asks cffi for `pango-1.0`, and cffi asks `ctypes.util.find_library`, which is Python's own copy of
    dyld's search: that reads the variable at each call. So setting it here is enough. dyld itself reads it
    when a process starts, and what macOS protects (/bin/sh, /usr/bin/env, /usr/bin/python3) loses it on the
    way; that does not matter: the library is then loaded by its full path, and Homebrew's libraries name
    each other by theirs. A process that starts itself anew would be no help, and is not needed. Set back
    afterwards, as programs started later have no use for it.
    """
    if sys.platform != "darwin":
        yield
        return
    before = os.environ.get(_VARIABLE)
    brewed = os.environ.get("HOMEBREW_PREFIX")
    places = [*(before or "").split(":"), f"{brewed}/lib" if brewed else "", *_PLACES]
    places += map(os.path.expanduser, _SYSTEM)
    os.environ[_VARIABLE] = ":".join(dict.fromkeys(filter(None, places)))
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
