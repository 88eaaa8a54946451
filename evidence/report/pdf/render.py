"""Turns the report's HTML into a tagged PDF whose bytes depend on nothing but the HTML and the version.

Only style sheets below the templates folder and a picture inside of the HTML can be loaded, and only the
shipped fonts are seen.
"""

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from evidence.errors import EvidenceError
from evidence.report.assets import folder
from evidence.report.libraries import text_libraries

_PNG = "data:image/png;base64,"


def to_pdf(html: str, *, identifier: str) -> bytes:
    """Return the PDF (PDF/UA-1, fonts embedded) of a complete HTML document.

    `identifier` seeds the file's /ID. Raises EvidenceError when the document asks for a foreign resource.
    """
    with _shipped_fonts():
        with (
            text_libraries(),
            redirect_stdout(None),
        ):  # of what it cannot load, it prints a page beside raising an error
            import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError

        fonts = FontConfiguration()
        try:
            document = weasyprint.HTML(
                string=html, base_url=f"{folder().as_uri()}/", url_fetcher=_fetcher()
            ).render(font_config=fonts)
            data: bytes = document.write_pdf(
                pdf_variant="pdf/ua-1",
                pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
            )
        except FatalURLFetchingError as error:
            raise EvidenceError(
                "The report would have loaded a foreign resource.",
                "This is a defect of the tool: please report it.",
            ) from error
    return data


def png_address(content: bytes) -> str:
    """Return an address that holds a PNG; empty for none."""
    return f"{_PNG}{base64.b64encode(content).decode('ascii')}" if content else ""


def _fetcher() -> Any:
    """Return a fetcher that serves packaged style sheets and our PNG, and fails hard on anything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    root = folder().resolve()

    class PackagedFilesFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            del headers
            if url.startswith(_PNG):
                return URLFetcherResponse(
                    url, base64.b64decode(url.removeprefix(_PNG)), {"Content-Type": "image/png"}
                )
            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            if parts.scheme != "file" or parts.netloc or root not in path.parents or path.suffix != ".css":
                raise FatalURLFetchingError(url)
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "text/css; charset=utf-8"})

    return PackagedFilesFetcher()


@contextmanager
def _shipped_fonts() -> Iterator[None]:
    """Make fontconfig see the shipped fonts and no others, so that every machine prints the same."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(folder() / "fonts" / "fonts.conf")
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
