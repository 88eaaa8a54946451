"""On macOS the libraries of Homebrew are found without anybody setting a variable."""

import os
import sys
from ctypes.macholib.dyld import dyld_find
from pathlib import Path

import pytest

from evidence.report.libraries import text_libraries

VARIABLE, LIBRARY = "DYLD_FALLBACK_LIBRARY_PATH", "libpango-1.0.dylib"


@pytest.fixture
def brewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where a library is that dyld's search, which Python has a copy of, does not find by itself."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOMEBREW_PREFIX", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    library = tmp_path / "lib" / LIBRARY
    library.parent.mkdir()
    library.touch()
    return library


def test_they_are_found_while_they_are_loaded_and_the_variable_is_set_back(brewed: Path) -> None:
    with pytest.raises(ValueError, match="could not be found"):
        dyld_find(LIBRARY)
    with text_libraries():
        assert dyld_find(LIBRARY) == str(brewed)
        assert os.environ[VARIABLE].split(":")[1:3] == ["/opt/homebrew/lib", "/usr/local/lib"]
        assert os.environ[VARIABLE].endswith("/usr/lib")  # without it, dyld would look there
    assert VARIABLE not in os.environ


def test_what_somebody_set_comes_first_and_is_set_back(brewed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/own")
    with text_libraries():
        assert os.environ[VARIABLE].startswith("/own:")
    assert os.environ[VARIABLE] == "/own"


def test_elsewhere_nothing_is_touched(brewed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with text_libraries():
        assert VARIABLE not in os.environ
